//! The whole page on hand-built models. What a browser makes of it is tested in `tests/page.rs`.

use super::{SCRIPT, SCRIPT_HASH, render};
use crate::model::{Cause, Warning, report::Report};
use crate::report::fixture::{self, at, evidence, input, report, service, startup};
use base64::Engine as _;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeSet;

fn page(report: &Report) -> String {
    let mut out = Vec::new();
    render(report, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// All values of an attribute.
fn values<'a>(page: &'a str, attribute: &str) -> Vec<&'a str> {
    page.split(&format!(" {attribute}=\""))
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap())
        .collect()
}

/// Many restarts, each with the lines that a real one cites.
fn busy(count: u32) -> Report {
    let mut startups = vec![startup(1, Cause::FirstStart)];
    for n in 2..=count {
        let mut again = startup(n, Cause::ALL[n as usize % 16]);
        again.at = Some(at("00:00:00") + chrono::TimeDelta::seconds(60 * i64::from(n)));
        again.summary = "Stopped through the API, no sign of automation.".into();
        again.evidence = (0..6)
            .map(|k| evidence(0, u64::from(n * 8 + k), "09:41:20", "kill signal=15", "x"))
            .collect();
        startups.push(again);
    }
    report(
        vec![input(0, "events.jsonl")],
        vec![service("api", startups)],
    )
}

#[test]
fn the_policy_lets_the_pages_own_script_run_and_no_other() {
    let hash = base64::engine::general_purpose::STANDARD.encode(Sha256::digest(SCRIPT));
    assert_eq!(SCRIPT_HASH, format!("sha256-{hash}"));
    let page = page(&fixture::timer_restart());
    // The hash is that of what stands in the element, byte for byte.
    assert!(page.contains(&format!("<script>{SCRIPT}</script>")));
    assert!(page.contains(&format!("script-src '{SCRIPT_HASH}'")));
    assert_eq!(page.matches("<script").count(), 1);
}

#[test]
fn the_page_fetches_nothing() {
    let page = page(&fixture::timer_restart());
    for word in [
        "http:", "https:", "//www", "@import", " src=", "srcset", "<base", "<iframe",
    ] {
        assert!(!page.contains(word), "{word}");
    }
    assert_eq!(
        page.matches("url(").count(),
        page.matches("url(#hatch)").count()
    );
    for target in values(&page, "href") {
        assert!(target.starts_with('#') || target == "data:,", "{target}");
    }
}

#[test]
fn every_link_leads_somewhere_and_no_id_is_there_twice() {
    let page = page(&busy(60));
    let ids = values(&page, "id");
    let distinct: BTreeSet<_> = ids.iter().copied().collect();
    assert_eq!(ids.len(), distinct.len());
    for target in values(&page, "href")
        .into_iter()
        .chain(values(&page, "aria-labelledby"))
    {
        let target = target.trim_start_matches('#');
        assert!(target == "data:," || distinct.contains(target), "{target}");
    }
}

#[test]
fn every_element_is_closed() {
    let page = page(&busy(60));
    let page = page.replace(SCRIPT, "");
    let mut open = Vec::new();
    for rest in page.split('<').skip(1) {
        let (tag, _) = rest.split_once('>').unwrap();
        let name = tag.split_whitespace().next().unwrap();
        match name.strip_prefix('/') {
            Some(name) => assert_eq!(open.pop(), Some(name.to_owned()), "{rest}"),
            None if ["!DOCTYPE", "meta", "link", "br", "input"].contains(&name) => {}
            None => open.push(name.to_owned()),
        }
    }
    assert!(open.is_empty(), "{open:?}");
}

#[test]
fn the_verdict_its_proof_and_its_place_are_on_the_page() {
    let page = page(&fixture::timer_restart());
    for part in [
        "<h1><span>pms-backend started again once: host-automation-restart (B), 97\u{a0}%</span></h1>",
        "id=\"s0-2\" data-n=\"2\" data-cause=\"host-automation-restart\"",
        "<tr data-input=\"1\" data-line=\"6\"><td><code title=\"case/events.jsonl\">events.jsonl:6</code>",
        "<time datetime=\"2026-11-20T09:41:25.812Z\">2026-11-20 09:41:25.812Z</time>",
        "<b>What to do:</b> Attach the network when the container is created.",
        "Less likely:</b> manual-restart 2 %",
    ] {
        assert!(page.contains(part), "{part}\n{page}");
    }
}

#[test]
fn hostile_text_is_shown_and_not_obeyed() {
    let attack = "\"><script>alert(1)</script><img src=x onerror=alert(1)>'--><!--\x1b]0;t\x07\u{9b}2J\u{202e}`<b>`";
    let mut again = startup(2, Cause::ManualRestart);
    again.evidence = vec![evidence(0, 7, "09:41:26", attack, attack)];
    again.against = vec![evidence(9, 8, "09:41:27", attack, attack)];
    again.summary = attack.to_owned().into();
    again.outcome_reason = Some(attack.to_owned());
    again.missing = vec![attack.to_owned().into()];
    again.container_name = Some(attack.into());
    again.pool_ids = [attack.to_owned()].into();
    again.initiator = Some(Box::new(crate::model::Initiator {
        kind: crate::model::InitiatorKind::Operator,
        detail: attack.to_owned().into(),
    }));
    let mut whole = service(attack, vec![startup(1, Cause::FirstStart), again]);
    whole.containers[0].name = Some(attack.to_owned());
    whole.containers[0].image = Some(attack.to_owned());
    let mut log = input(0, attack);
    log.warnings = vec![Warning::Unreadable(attack.to_owned())];
    let page = page(&report(vec![log], vec![whole]));
    let rest = page.replace(SCRIPT, "");
    assert_eq!(rest.matches("<script").count(), 1);
    for tag in ["<img", "<b>`", "<!--", "onerror=alert(1)>"] {
        assert!(!rest.contains(tag), "{tag}");
    }
    let steers = |c: char| c.is_control() && c != '\n' || matches!(c, '\u{202e}');
    assert_eq!(rest.find(steers), None);
    assert!(rest.contains("&#34;&#62;&#60;script&#62;alert(1)&#60;/script&#62;"));
    assert!(
        rest.contains("<code>&#60;b&#62;</code>"),
        "quoted parts are code"
    );
}

#[test]
fn templates_show_nothing_past_the_escaper() {
    for template in [
        include_str!("page.html"),
        include_str!("chart.html"),
        include_str!("service.html"),
        include_str!("evidence.html"),
    ] {
        for (at, _) in template.match_indices("|safe") {
            let shown = template[..at].rsplit("{{ ").next().unwrap();
            let known = matches!(shown, "style" | "script") || shown.starts_with("Prose(");
            assert!(known, "{shown}");
        }
        assert!(!template.contains("|escape"));
    }
}

#[test]
fn a_thousand_startups_are_a_file_that_opens() {
    let bytes = page(&busy(1000)).len();
    assert!(bytes < 4_000_000, "{bytes} bytes");
}

#[test]
fn a_page_without_startups_says_what_to_do() {
    let page = page(&report(vec![], vec![]));
    assert!(page.contains("<h1><span>No startups found: there was nothing to read.</span></h1>"));
    assert!(page.contains("<code>docker logs -t CONTAINER &#62; app.log 2&#62;&#38;1</code>"));
    assert!(!page.contains("class=\"chart\""));
    assert!(!page.contains("id=\"filter\""));
}

#[test]
fn startups_without_a_time_are_counted_and_listed() {
    let mut report = fixture::timer_restart();
    report.services[0].startups[0].at = None;
    let shown = page(&report);
    assert!(
        shown.contains("1 without a known time is not on it."),
        "{shown}"
    );
    assert!(shown.contains("<time>no time known</time>"));
    report.services[0].startups[1].at = None;
    assert!(!page(&report).contains("class=\"chart\""));
}
