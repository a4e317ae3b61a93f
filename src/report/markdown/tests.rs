//! The whole Markdown report on hand-built models.

use super::render;
use crate::model::{
    Candidate, Cause, EndedBy, Warning,
    report::{Report, Run},
};
use crate::report::fixture::{self, at, evidence, input, report, service, startup};

fn markdown(report: &Report) -> String {
    let mut out = Vec::new();
    render(report, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn a_postmortem_has_its_sections_in_order() {
    let mut report = fixture::timer_restart();
    report.services[0].containers[0].runs = vec![Run {
        n: 1,
        started_at: Some(at("09:41:12")),
        ended_at: Some(at("09:41:26")),
        exit_code: Some(143),
        ended_by: Some(EndedBy::ApiStop),
    }];
    let shown = markdown(&report);
    let mut rest = shown.as_str();
    for part in [
        "## Why `pms-backend` started\n\n**Summary.** pms-backend started again once: host-automation-restart (B), 97 %. \
         Automation on the host",
        "All times are UTC. The evidence covers 2026-11-20 09:41:11 to 09:45:01Z.",
        "### `pms-backend`\n",
        "#### Timeline\n\n| time | container | what | how it came |\n| --- | --- | --- | --- |\n\
         | 2026-11-20 09:41:12Z | `1df37d801ee7` | **startup 1** | `first-start`, 99 %, degraded |\n\
         | 2026-11-20 09:41:26Z | `1df37d801ee7` | run 1 ended | stopped through the API, exit status 143 |\n\
         | 2026-11-20 09:41:27Z | `1df37d801ee7` | **startup 2** | `host-automation-restart` (case B), 97 %, ready |\n",
        "#### Causes and evidence\n",
        "**Startup 2**, 2026-11-20 09:41:27Z: `host-automation-restart` (case B), 97 %, ready.",
        "- Evidence:\n  - `events.jsonl:6`, 2026-11-20 09:41:25.812Z: `exec_die` `exitCode=2` (getent hosts database)\n",
        "  - `pms-backend.1df37d801ee7.log:42`, 2026-11-20 09:41:27.912Z: process start: \
         `INFO:     Started server process [1]`\n",
        "#### What to do\n\n- **WS001 warning: Automation on the host restarts the container.**",
        "### What was read\n",
        "| `case/events.jsonl` | docker-events | 2026-11-20 09:41:11 to 09:45:01Z | 120 | 0 |\n",
    ] {
        let Some((_, after)) = rest.split_once(part) else {
            panic!("{part}\n\nis not in its place in\n{shown}");
        };
        rest = after;
    }
    assert!(!shown.contains("What is not known"));
}

#[test]
fn what_is_not_known_is_said() {
    let mut unknown = startup(2, Cause::Unknown);
    unknown.at = Some(at("09:50:00"));
    unknown.missing = vec!["docker events around 09:50".into()];
    unknown.candidates = vec![Candidate {
        cause: Cause::ManualRestart,
        confidence: 0.45,
    }];
    let shown = markdown(&report(
        vec![],
        vec![service("api", vec![startup(1, Cause::FirstStart), unknown])],
    ));
    let expected = "#### What is not known\n\n\
        - Startup 2: its cause. It could be: manual-restart 45 %.\n\
        - Startup 2, missing: docker events around `09:50`\n\
        - What happened to `1df37d801ee7`: no source covers 2026-11-20 09:45:01 to 09:50:00Z.\n";
    assert!(shown.contains(expected), "{shown}");
}

#[test]
fn hostile_text_is_shown_and_not_obeyed() {
    let attack =
        "x | y\n# head\n@all #1 !2 [a](javascript:b) <script>c</script> `d` *e* \x1b[2J\u{202e}";
    let mut again = startup(2, Cause::ManualRestart);
    again.evidence = vec![evidence(0, 7, "09:41:26", attack, attack)];
    again.summary = attack.to_owned().into();
    again.container_id = None;
    again.container_name = Some(attack.into());
    let mut log = input(0, attack);
    log.warnings = vec![Warning::Unreadable(attack.to_owned())];
    let shown = markdown(&report(
        vec![log],
        vec![service(attack, vec![startup(1, Cause::FirstStart), again])],
    ));
    assert!(!shown.contains(['\x1b', '\u{202e}']));
    // Outside of code, where a renderer would look, nothing of it is left.
    for line in shown.lines() {
        let outside = without_code(line);
        for word in ["@", "#1", "!2", "](", "<script", "*e*"] {
            assert!(!outside.contains(word), "{word}: {line}");
        }
        if line.starts_with('|') {
            // No bar but those of the cells: 5 or 6.
            assert!(matches!(line.matches('|').count(), 5 | 6), "{line}");
        }
    }
    assert!(!shown.contains("\n# head"));
}

/// A line without its code: neither spans nor the elements that stand in tables.
fn without_code(line: &str) -> String {
    let mut line = line.to_owned();
    while let Some((before, rest)) = line.split_once("<code>") {
        let (inside, after) = rest.split_once("</code>").unwrap();
        // Only letters, blanks and the numbers of characters.
        let acts = |c: char| c.is_ascii_punctuation() && !matches!(c, '&' | '#' | ';');
        assert!(!inside.contains(acts), "{inside}");
        line = format!("{before}{after}");
    }
    let mut outside = String::new();
    let mut rest = line.as_str();
    while let Some(begin) = rest.find('`') {
        outside.push_str(&rest[..begin]);
        let fence = rest[begin..].bytes().take_while(|b| *b == b'`').count();
        let body = &rest[begin + fence..];
        // The first run of just as many quotes ends it.
        let mut at = 0;
        loop {
            let next = at + body[at..].find('`').expect("a span ends");
            let run = body[next..].bytes().take_while(|b| *b == b'`').count();
            at = next + run;
            if run == fence {
                break;
            }
        }
        rest = &body[at..];
    }
    outside + rest
}

#[test]
fn nothing_found_says_what_to_do() {
    let shown = markdown(&report(vec![], vec![]));
    assert!(shown.starts_with("## Why the containers started\n\n**Summary.** No startups found"));
    assert!(
        shown.contains("- save the container's log: `docker logs -t CONTAINER > app.log 2>&1`\n")
    );
}
