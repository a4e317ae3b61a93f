//! What the formats look like: each of them on the same three cases, kept under `tests/snapshots`.
//!
//! `INSTA_UPDATE=always cargo test --test snapshots` writes them anew; the difference is for a human to judge.

mod common;

use common::{Mode, case, run};

/// A restart by a timer, a bug in one process, and a deployment.
const CASES: [&str; 3] = [
    "01-timer-restart",
    "11-in-process-duplicate",
    "03-compose-redeploy",
];
/// What `--fail-on` names: something that is there, in part of the cases.
const FAIL_ON: &str = "host-automation-restart,in-process-duplicate,WS003";

fn check(format: &str) {
    for name in CASES {
        let words = Mode::NoInspect
            .words(&case(name))
            .unwrap_or_default()
            .concat();
        let fixed = ["-q", "--fail-on", FAIL_ON, "--format", format].map(str::to_owned);
        let ran = run(fixed.into_iter().chain(words));
        assert_eq!(ran.err, "");
        // A new version is no new look.
        let version = env!("CARGO_PKG_VERSION");
        let shown = ran
            .out
            .replace(&format!("\"{version}\""), "\"[version]\"")
            .replace(&format!("whystart {version}"), "whystart [version]");
        insta::assert_snapshot!(format!("{name}.{format}"), shown);
    }
}

#[test]
fn json() {
    check("json");
}

#[test]
fn jsonl() {
    check("jsonl");
}

#[test]
fn csv() {
    check("csv");
}

#[test]
fn prometheus() {
    check("prometheus");
}

#[test]
fn junit() {
    check("junit");
}

#[test]
fn text() {
    check("text");
}

#[test]
fn html() {
    check("html");
}

#[test]
fn markdown() {
    check("markdown");
}
