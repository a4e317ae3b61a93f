//! Every recorded startup gets its true cause, and where evidence is withheld nothing wrong is said.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use common::truth::{self, True};
use common::{Case, Mode, cases, items, report, text};
use serde_json::Value;

/// The startups of `case` that the evidence of `mode` can show and decide.
fn truth(case: &Case, mode: Mode) -> Vec<True<'_>> {
    let hidden = |row: &Value| match mode {
        Mode::LogsOnly | Mode::NoEvents => row["visible_in_log"] == false,
        Mode::EventsOnly => {
            matches!(
                text(&row["cause"]),
                "worker-process" | "dev-reload" | "pool-reconnect" | "in-process-duplicate"
            ) || row["in_event_window"] == false
        }
        _ => false,
    };
    let may_abstain = |row: &Value| {
        let mut modes = items(&row["abstain_ok_in"]).iter();
        !mode.is_complete() || row["abstain_ok"] == true || modes.any(|name| name == mode.name())
    };
    True::startups_of(case)
        .into_iter()
        .map(|startup| True {
            visible: !hidden(startup.row),
            may_abstain: may_abstain(startup.row),
            ..startup
        })
        .collect()
}

/// What is wrong with the report on `case`.
fn judge(case: &Case, mode: Mode, report: &Value) -> Vec<String> {
    let problems = truth::judge(&truth(case, mode), report);
    problems.iter().map(ToString::to_string).collect()
}

/// Judges all cases that have the evidence, at least `least` of them.
#[track_caller]
fn check(mode: Mode, least: usize) {
    let mut wrong = Vec::new();
    let mut judged = 0;
    for case in cases() {
        let Some(words) = mode.words(&case) else {
            continue;
        };
        let skipped = items(&case.truth["skip_modes"]);
        if skipped.iter().any(|name| name == mode.name()) {
            continue;
        }
        judged += 1;
        let report = report(words.concat());
        for problem in judge(&case, mode, &report) {
            wrong.push(format!("{}: {problem}", case.name));
        }
    }
    assert!(judged >= least, "only {judged} cases have the evidence");
    assert!(wrong.is_empty(), "{mode:?}:\n{}", wrong.join("\n"));
}

#[test]
fn all_evidence_decides_everything() {
    check(Mode::Full, 30);
}

#[test]
fn raw_files_decide_everything() {
    check(Mode::Raw, 30);
}

#[test]
fn events_and_logs_decide_everything() {
    check(Mode::NoInspect, 30);
}

#[test]
fn logs_without_times_lead_to_nothing_wrong() {
    check(Mode::Plain, 30);
}

#[test]
fn without_events_nothing_wrong_is_said() {
    check(Mode::NoEvents, 30);
}

#[test]
fn logs_alone_lead_to_nothing_wrong() {
    check(Mode::LogsOnly, 30);
}

#[test]
fn events_alone_lead_to_nothing_wrong() {
    check(Mode::EventsOnly, 30);
}

#[test]
fn a_scripts_own_log_decides_everything() {
    check(Mode::Host, 6);
}

#[test]
fn beside_a_hole_in_the_events_nobody_is_accused() {
    let case = common::case("13-");
    let told = std::fs::read_to_string(case.folder.join("events.jsonl")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let events = folder.path().join("events.jsonl");
    let judged = |keep: &dyn Fn(&str) -> bool| {
        let kept: Vec<&str> = told.lines().filter(|line| keep(line)).collect();
        std::fs::write(&events, kept.join("\n")).unwrap();
        let report = report([events.as_os_str()]);
        let warnings = items(&report["inputs"][0]["warnings"]).to_vec();
        (common::causes(&report), warnings)
    };
    let is = |line: &str, action: &str| line.contains(&format!("\"Action\":\"{action}\""));
    let (whole, warnings) = judged(&|_| true);
    assert!(whole.iter().any(|cause| cause == "manual-restart"));
    assert_eq!(warnings, [Value::Null; 0]);
    // Who asked is missing, or all that happened between two starts.
    for left_out in [&["kill"][..], &["kill", "stop", "die", "disconnect"]] {
        let (causes, warnings) = judged(&|line| !left_out.iter().any(|action| is(line, action)));
        assert!(!causes.is_empty());
        assert!(
            !causes.iter().any(|cause| cause == "manual-restart"),
            "{left_out:?}: {causes:?}"
        );
        let warning = text(&warnings[0]);
        assert!(
            warning.contains("events before it are missing, between 2026-"),
            "{warning}"
        );
    }
}

#[test]
fn the_judge_sees_what_is_wrong() {
    let case = common::case("01-");
    let mode = Mode::NoInspect;
    let right = report(mode.words(&case).unwrap().concat());
    assert_eq!(judge(&case, mode, &right), [""; 0]);
    let damaged = |damage: &dyn Fn(&mut Vec<Value>)| {
        let mut report = right.clone();
        let service = report["services"]
            .as_array_mut()
            .and_then(|services| {
                services
                    .iter_mut()
                    .find(|service| service["name"] == "pms-backend")
            })
            .and_then(|service| service["startups"].as_array_mut());
        if let Some(startups) = service {
            damage(startups);
        }
        judge(&case, mode, &report)
    };
    let found = damaged(&|startups| startups[1]["cause"] = "manual-restart".into());
    assert!(found[0].starts_with("said manual-restart"), "{found:?}");
    let found = damaged(&|startups| {
        startups.pop();
    });
    assert!(
        found[0].starts_with("missed host-automation-restart"),
        "{found:?}"
    );
    let found = damaged(&|startups| startups.push(startups[1].clone()));
    assert!(
        found[0].starts_with("spurious host-automation-restart"),
        "{found:?}"
    );
    let found = damaged(&|startups| startups[1]["evidence"] = Value::Array(Vec::new()));
    assert!(
        found[0].starts_with("uncited host-automation-restart"),
        "{found:?}"
    );
}
