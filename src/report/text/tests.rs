//! The whole text report on hand-built models.

use super::{TextOptions, layout, render};
use crate::model::note::{Noise, Recorded};
use crate::model::{Candidate, Cause, InputKind, Note, Outcome, Warning, report::Report};
use crate::report::fixture::{self, at, evidence, input, report, service, startup};
use proptest::prelude::*;

fn text_at(report: &Report, options: &TextOptions) -> String {
    let mut out = Vec::new();
    render(report, options, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn text(report: &Report) -> String {
    text_at(report, &TextOptions::default())
}

#[track_caller]
fn assert_fits(text: &str, width: usize) {
    for line in text.lines() {
        assert!(
            layout::width(line) <= width,
            "{} columns: {line}",
            layout::width(line)
        );
        assert!(
            !line.chars().any(char::is_control),
            "control character: {line:?}"
        );
    }
}

#[test]
fn the_answer_comes_first_and_its_proof_second() {
    assert_eq!(
        text(&fixture::timer_restart()),
        "\
pms-backend started again once: host-automation-restart (B), 97 %
  Stopped through the API 0.3 s after a probe failed in the container, with a
  network attached to it in between.

pms-backend: 2 startups in 1 container, 1 of them a duplicate
  container 1df37d801ee7 pms-backend image pms-backend:1.4.0

  2026-11-20 09:41:11Z                                                 09:41:47Z
    ○                               ▲
  ○ first-start  ▲ host-automation-restart (B)

  #1  2026-11-20 09:41:12Z  run 1  first-start                  99 %  degraded
      Name resolution failed 3 times.
  #2  2026-11-20 09:41:27Z  run 2  host-automation-restart (B)  97 %  ready
      Stopped through the API 0.3 s after a probe failed in the container, with
      a network attached to it in between.
      initiator: timer, every 30.0 s (n=12)
        events.jsonl:6  09:41:25.8  exec_die exitCode=2 (getent hosts database)
        events.jsonl:7  09:41:26.1  network connect pms_net, while running
        pms-backend.1df37d801ee7.log:42  09:41:27.9
          process start: INFO: Started server process [1]

  WS001 warning: Automation on the host restarts the container
      1 of 2 startups.
      fix: Attach the network when the container is created.

inputs (times are UTC):
  pms-backend.1df37d801ee7.log  timestamped-log
      2026-11-20 09:41:11 to 09:45:01Z
  events.jsonl                  docker-events
      2026-11-20 09:41:11 to 09:45:01Z

2 startups in 1 service, 1 duplicate: first-start 1, host-automation-restart 1
",
    );
}

#[test]
fn colours_frame_the_text_and_change_nothing_else() {
    let report = fixture::timer_restart();
    let coloured = text_at(
        &report,
        &TextOptions {
            colour: true,
            ..TextOptions::default()
        },
    );
    assert!(coloured.contains("\x1b[1m"));
    assert_eq!(
        anstream::adapter::strip_str(&coloured).to_string(),
        text(&report)
    );
}

#[test]
fn each_cause_fits_80_columns_with_its_outcome() {
    for cause in Cause::ALL {
        let mut first = startup(1, cause);
        first.outcome = Outcome::Degraded;
        first.confidence = 1.0;
        let shown = text(&report(
            vec![],
            vec![service("api", vec![first.clone(), startup(9, cause)])],
        ));
        assert_fits(&shown, 80);
        let line = shown.lines().find(|line| line.starts_with("  #1")).unwrap();
        assert!(
            line.contains(cause.name()) && line.ends_with("degraded"),
            "{line}"
        );

        // In several containers the id takes a column, and the outcome may go to the next line.
        let mut other = startup(2, cause);
        other.container_id = Some("ced9f54372b3".repeat(5));
        let shown = text(&report(vec![], vec![service("api", vec![first, other])]));
        assert_fits(&shown, 80);
        let line = shown.lines().find(|line| line.starts_with("  #2")).unwrap();
        assert!(
            line.contains("ced9f54372b3 ") && line.contains(cause.name()),
            "{line}"
        );
        assert!(shown.to_lowercase().contains("degraded"), "{shown}");
    }
}

#[test]
fn replacements_leave_out_the_run_and_keep_the_outcome() {
    let mut startups = vec![
        startup(1, Cause::FirstStart),
        startup(2, Cause::DeploymentReplacement),
    ];
    startups[1].container_id = Some("ced9f54372b3".repeat(5));
    startups[1].run = Some(1);
    let shown = text(&report(vec![], vec![service("api", startups)]));
    let lines: Vec<_> = shown
        .lines()
        .filter(|line| line.starts_with("  #"))
        .collect();
    assert_eq!(
        lines,
        [
            "  #1 2026-11-20 09:41:27Z 1df37d801ee7 first-start                97 % ready",
            "  #2 2026-11-20 09:41:27Z ced9f54372b3 deployment-replacement (A) 97 % ready",
        ]
    );
}

#[test]
fn unknown_names_its_candidates_and_what_is_missing() {
    let mut unknown = startup(2, Cause::Unknown);
    unknown.summary = "The process started again.".into();
    unknown.outcome = Outcome::Unknown;
    unknown.missing = vec!["docker events around 09:41:27".into()];
    unknown.against = vec![evidence(0, 9, "09:41:20", "no shutdown line", "x")];
    unknown.candidates = vec![
        Candidate {
            cause: Cause::ManualRestart,
            confidence: 0.45,
        },
        Candidate {
            cause: Cause::HostAutomationRestart,
            confidence: 0.4,
        },
    ];
    let inputs = vec![input(0, "events.jsonl")];
    let shown = text(&report(
        inputs,
        vec![service("api", vec![startup(1, Cause::FirstStart), unknown])],
    ));
    let (_, shown) = shown.split_once("  #2").unwrap();
    assert!(
        shown.starts_with(
            "  2026-11-20 09:41:27Z  run 2  unknown
      The process started again.
      against:
        events.jsonl:9  09:41:20.0  no shutdown line
      missing: docker events around 09:41:27
      could be: manual-restart 45 %, host-automation-restart 40 %
"
        ),
        "{shown}"
    );
}

#[test]
fn an_uneventful_service_is_one_line() {
    let mut first = startup(1, Cause::FirstStart);
    first.evidence = vec![evidence(0, 1, "09:41:12", "start", "x")];
    let shown = text(&report(vec![], vec![service("db", vec![first])]));
    assert_eq!(
        shown,
        "db: 1 startup, first-start, ready, 2026-11-20 09:41:27Z\n\n\
         1 startup in 1 service, no duplicates: first-start 1\n"
    );
}

#[test]
fn very_many_startups_become_groups() {
    let mut startups = vec![startup(1, Cause::FirstStart)];
    for n in 2..=340 {
        let mut again = startup(n, Cause::RestartPolicy);
        again.at = Some(at("09:41:27") + chrono::TimeDelta::seconds(60 * i64::from(n)));
        again.outcome = Outcome::Exited;
        again.summary = "Ended with exit status 1.".into();
        again.evidence = vec![evidence(0, u64::from(n), "09:41:20", "die exitCode=1", "x")];
        startups.push(again);
    }
    startups.push(startup(341, Cause::ManualRestart));
    let report = report(
        vec![input(0, "events.jsonl")],
        vec![service("api", startups)],
    );
    let shown = text(&report);
    assert_fits(&shown, 80);
    assert!(
        shown.contains(
            "  #2-#340  2026-11-20 09:43:27Z  339 x restart-policy  97 %  exited  every ~60 s
      The first: Ended with exit status 1.
        events.jsonl:2  09:41:20.0  die exitCode=1
  #341     2026-11-20"
        ),
        "{shown}"
    );
    let verbose = text_at(
        &report,
        &TextOptions {
            verbose: true,
            ..TextOptions::default()
        },
    );
    assert_eq!(
        verbose
            .lines()
            .filter(|line| line.starts_with("  #"))
            .count(),
        341
    );
}

#[test]
fn of_very_many_groups_the_middle_is_counted_but_for_what_is_new_in_it() {
    let causes = [Cause::RestartPolicy, Cause::ManualRestart];
    let mut startups: Vec<_> = (1..=1000)
        .zip(causes.into_iter().cycle())
        .map(|(n, cause)| {
            let mut startup = startup(n, cause);
            startup.at = Some(at("09:00:00") + chrono::TimeDelta::seconds(i64::from(n)));
            startup
        })
        .collect();
    startups[499].cause = Cause::InProcessDuplicate;
    startups[504].cause = Cause::OomRestart;
    let report = report(
        vec![input(0, "events.jsonl")],
        vec![service("api", startups)],
    );
    let shown = text(&report);
    assert_fits(&shown, 80);
    let counted: Vec<&str> = shown
        .lines()
        .filter(|line| line.starts_with("  #") || line.starts_with("  and "))
        .collect();
    assert!(counted[49].starts_with("  #50 "), "{}", counted[49]);
    assert_eq!(
        counted[50],
        "  and 449 startups more until 2026-11-20 09:08:19Z: manual-restart 224,"
    );
    // The four between them take no more lines than counting them would.
    for (line, n) in counted[51..57].iter().zip(500..) {
        assert!(line.starts_with(&format!("  #{n} ")), "{line}");
    }
    assert!(counted[57].starts_with("  and 345 startups more until"));
    assert!(counted[58].starts_with("  #851 "), "{}", counted[58]);
    assert_eq!(counted.len(), 50 + 1 + 6 + 1 + 150);
    let all = TextOptions {
        verbose: true,
        ..TextOptions::default()
    };
    let all = text_at(&report, &all);
    let lines = all.lines().filter(|line| line.starts_with("  #"));
    assert_eq!(lines.count(), 1000);
}

#[test]
fn of_very_many_services_those_that_started_once_are_counted() {
    let report_of = |many: usize| {
        let once = |n| service(&format!("job-{n}"), vec![startup(1, Cause::FirstStart)]);
        let mut services: Vec<_> = (0..many).map(once).collect();
        let mut failed = startup(1, Cause::FirstStart);
        failed.outcome = Outcome::Failed;
        services.push(service("mail", vec![failed]));
        let again = startup(2, Cause::ManualRestart);
        services.push(service("shop", vec![startup(1, Cause::FirstStart), again]));
        report(vec![input(0, "events.jsonl")], services)
    };
    let heads = |text: &str, name: &str| {
        let heads = text.lines().filter(|line| line.starts_with(name));
        heads.filter(|line| line.contains(": ")).count()
    };
    let few = text(&report_of(200));
    assert_eq!(heads(&few, "job-"), 200);
    let many = text(&report_of(201));
    assert_eq!(heads(&many, "job-"), 0);
    assert_eq!((heads(&many, "mail: "), heads(&many, "shop: ")), (1, 1));
    assert!(many.contains("\n\n201 services started once and not again (--verbose shows all)\n\n"));
    let options = TextOptions {
        verbose: true,
        ..TextOptions::default()
    };
    assert_eq!(heads(&text_at(&report_of(201), &options), "job-"), 201);
}

#[test]
fn hostile_text_is_shown_and_not_obeyed() {
    let mut again = startup(2, Cause::ManualRestart);
    again.evidence = vec![
        evidence(
            0,
            7,
            "09:41:26",
            "",
            "\x1b]0;owned\x07\x1b[2J\u{202e}gpj.exe\0",
        ),
        evidence(1, 8, "09:41:27", "kill\x1b[1A\r\nforged: line", "{}"),
    ];
    again.summary = "By \u{9b}31m\x1b[31mroot\x1b[0m.".into();
    let mut service = service(
        "api\x1b[7m\u{200b}",
        vec![startup(1, Cause::FirstStart), again],
    );
    service.containers[0].name = Some("a\nb".to_owned());
    let mut log = input(0, "lo\x1bg");
    log.warnings = vec![Warning::Unreadable("line 3: \x1b[5mbad\x07".to_owned())];
    log.notes = vec![Note::LeftOut {
        events: 1,
        noise: Noise::Health,
        when: Recorded {
            from: None,
            to: None,
        },
    }];
    log.skipped = 1;
    let shown = text(&report(vec![log, input(1, "events.jsonl")], vec![service]));
    assert_fits(&shown, 80);
    assert!(
        shown.contains("lo␛g:7          09:41:26.0  ␛]0;owned␇␛[2J<U+202E>gpj.exe␀"),
        "{shown}"
    );
    assert!(shown.contains("kill␛[1A␍␊forged: line"), "{shown}");
    assert!(shown.contains("    warning: line 3: bad␇"), "{shown}");
    assert!(
        shown.contains("    note: left out as noise so far: 1 event of containers"),
        "{shown}"
    );
    assert!(shown.contains("api<U+200B>:"), "{shown}");
}

#[test]
fn an_empty_report_says_what_can_be_done() {
    assert_eq!(
        text(&report(vec![], vec![])),
        "\
no startups found: there was nothing to read.

  save the engine's history:
    docker events --since 24h --until 0s --format '{{json .}}' > events.jsonl
  save the container's log:
    docker logs -t CONTAINER > app.log 2>&1
  and read them together:
    whystart --events events.jsonl app.log

0 startups in 0 services, no duplicates
"
    );
    let shown = text(&report(vec![input(0, "a/app.log")], vec![]));
    assert!(shown.starts_with("no startups found in app.log: no signature knows a line of it"));
    assert!(shown.contains("    docker events --since"));
    assert!(shown.contains("whystart signatures list"));
    assert!(!shown.contains("docker logs"));
    let shown = text(&report(vec![input(0, "events.jsonl")], vec![]));
    assert!(shown.contains("the events hold no start of a container"));
    assert!(shown.contains("    docker logs -t CONTAINER"));
    let mut nothing = input(0, "-");
    nothing.kind = InputKind::Empty;
    let shown = text(&report(vec![nothing], vec![]));
    assert!(
        shown.starts_with("no startups found in stdin: it is empty.\n"),
        "{shown}"
    );
}

#[test]
fn json_file_lines_show_the_message_of_the_program() {
    let mut log = input(0, "x-json.log");
    log.kind = InputKind::JsonFileLog;
    let mut again = startup(2, Cause::ManualRestart);
    let line = r#"{"log":"INFO: Started server process [1]\n","stream":"stderr","time":"x"}"#;
    again.evidence = vec![evidence(0, 7, "09:41:26", "process start", line)];
    let shown = text(&report(vec![log], vec![service("api", vec![again])]));
    assert!(
        shown.contains("09:41:26.0  process start: INFO: Started server process […\n"),
        "{shown}"
    );
}

/// Text that is mostly what hurts: controls, wide, joined and combining characters, long words.
fn hostile() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[\\x00-\\x1f\\x7f-\\u{9f}\\u{200b}-\\u{202e}日本語🚀👩\u{200d}💻e\u{301} a-z]{0,90}",
        "[a-z/.-]{0,200}",
    ]
}

prop_compose! {
    fn reports()(
        names in prop::collection::vec(hostile(), 3),
        lines in prop::collection::vec((hostile(), hostile(), 0_u32..4, any::<u64>()), 0..6),
        words in prop::collection::vec(hostile(), 6),
        causes in prop::collection::vec((0_usize..16, any::<bool>(), any::<bool>()), 0..60),
        n in any::<u32>(),
    ) -> Report {
        let cited: Vec<_> = lines
            .iter()
            .map(|(claim, text, input, line)| evidence(*input, *line, "10:00:00", claim, text))
            .collect();
        let startups = causes
            .iter()
            .enumerate()
            .map(|(index, (cause, odd, other))| {
                let mut one = startup(n.saturating_add(u32::try_from(index).unwrap()), Cause::ALL[*cause]);
                if *odd {
                    one.evidence.clone_from(&cited);
                    one.against.clone_from(&cited);
                    one.summary = words[0].clone().into();
                    one.outcome = Outcome::Degraded;
                    one.outcome_reason = Some(words[1].clone());
                    one.missing = vec![words[2].clone().into()];
                    one.at = None;
                }
                if *other {
                    one.container_id = None;
                    one.container_name = Some(words[3].as_str().into());
                }
                one
            })
            .collect();
        let mut whole = service(&names[0], startups);
        whole.containers[0].name = Some(words[4].clone());
        whole.containers[0].id = Some(words[5].clone());
        let mut first = input(0, &names[1]);
        first.warnings = words.iter().cloned().map(Warning::Unreadable).collect();
        report(vec![first, input(1, &names[2])], vec![whole])
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn no_line_is_wider_than_the_page_or_steers_a_terminal(
        report in reports(),
        width in 30_usize..140,
        verbose in any::<bool>(),
        ascii in any::<bool>(),
    ) {
        let shown = text_at(&report, &TextOptions { width, colour: false, ascii, verbose });
        let page = width.max(40);
        for line in shown.lines() {
            prop_assert!(layout::width(line) <= page, "{} columns: {line}", layout::width(line));
            prop_assert!(unicode_width::UnicodeWidthStr::width(line) <= page, "{line}");
            prop_assert!(!line.chars().any(char::is_control), "{line:?}");
            prop_assert!(!ascii || line.is_ascii(), "{line}");
        }
    }
}
