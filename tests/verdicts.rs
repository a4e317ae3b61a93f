//! Every recorded startup gets its true cause, and where evidence is withheld nothing wrong is said.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use chrono::DateTime;
use common::{Case, Mode, cases, items, report, startups, text};
use serde_json::Value;

/// How far a reported moment may be from the true one, in seconds: a process takes its time to say
/// that it started.
const TOLERANCE: f64 = 4.0;

/// The startups of other containers that the cases hold besides the service in question.
const OTHERS: [&str; 3] = ["database", "postgres", "db"];

/// One startup that really happened.
struct True<'a> {
    row: &'a Value,
    moments: Vec<f64>,
    /// The mode's evidence can show it.
    visible: bool,
}

impl True<'_> {
    fn cause(&self) -> &str {
        text(&self.row["cause"])
    }

    fn abstaining_is_right(&self, mode: Mode) -> bool {
        self.row["abstain_ok"] == true
            || items(&self.row["abstain_ok_in"])
                .iter()
                .any(|name| name == mode.name())
    }

    fn takes(&self, cause: &str, mode: Mode) -> bool {
        cause == self.cause()
            || items(&self.row["also_right"])
                .iter()
                .any(|also| also == cause)
            || (matches!(cause, "unknown" | "first-seen")
                && (!mode.is_complete() || self.abstaining_is_right(mode)))
    }

    fn distance(&self, at: &Value) -> Option<f64> {
        let at = seconds(at)?;
        let distances = self.moments.iter().map(|moment| (at - moment).abs());
        distances.min_by(f64::total_cmp)
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "milliseconds since 1970 fit well"
)]
fn seconds(time: &Value) -> Option<f64> {
    let time = DateTime::parse_from_rfc3339(time.as_str()?).ok()?;
    Some(time.timestamp_millis() as f64 / 1000.0)
}

fn same_container(a: &Value, b: &Value) -> bool {
    let (a, b) = (text(a), text(b));
    let short = |id: &str| id.get(..12).unwrap_or(id).to_owned();
    a.is_empty() || b.is_empty() || a.starts_with(&short(b)) || b.starts_with(&short(a))
}

fn truth(case: &Case, mode: Mode) -> Vec<True<'_>> {
    let hidden = |row: &Value| match mode {
        Mode::LogsOnly | Mode::NoEvents => row["visible_in_log"] == false,
        Mode::EventsOnly => {
            matches!(text(&row["cause"]), "worker-process" | "dev-reload")
                || row["in_event_window"] == false
        }
        _ => false,
    };
    let in_process = items(&case.truth["in_process"])
        .iter()
        .filter(|_| mode != Mode::EventsOnly);
    items(&case.truth["startups"])
        .iter()
        .chain(in_process)
        .map(|row| True {
            row,
            moments: ["at", "app_start_at", "docker_start_event"]
                .iter()
                .filter_map(|key| seconds(&row[*key]))
                .collect(),
            visible: !hidden(row),
        })
        .collect()
}

/// What is wrong with the report on `case`.
fn judge(case: &Case, mode: Mode, report: &Value) -> Vec<String> {
    let all = truth(case, mode);
    let said: Vec<&Value> = startups(report)
        .into_iter()
        .filter(|(service, startup)| {
            let name = startup["container_name"].as_str().unwrap_or(service);
            !OTHERS.iter().any(|other| name.contains(other))
                && all
                    .iter()
                    .any(|row| same_container(&startup["container_id"], &row.row["container_id"]))
        })
        .map(|(_, startup)| startup)
        .collect();

    // The nearest pairs first; a wrong PID or cause makes a pair less likely, not impossible.
    let mut pairs = Vec::new();
    for (w, wanted) in all.iter().enumerate().filter(|(_, row)| row.visible) {
        for (s, startup) in said.iter().enumerate() {
            if !same_container(&startup["container_id"], &wanted.row["container_id"]) {
                continue;
            }
            let gap = wanted.distance(&startup["at"]).unwrap_or(TOLERANCE);
            let pids = items(&startup["pids"]);
            let pid = &wanted.row["pid_in_log"];
            let strange_pid = !pid.is_null() && !pids.is_empty() && !pids.contains(pid);
            let other_cause = text(&startup["cause"]) != wanted.cause();
            if gap <= TOLERANCE {
                let penalty = f64::from(strange_pid) + 0.5 * f64::from(other_cause);
                pairs.push((gap + penalty, w, s));
            }
        }
    }
    pairs.sort_by(|a, b| a.0.total_cmp(&b.0).then((a.1, a.2).cmp(&(b.1, b.2))));
    let mut taken: Vec<(usize, usize)> = Vec::new();
    for (_, w, s) in pairs {
        if !taken
            .iter()
            .any(|(other_w, other_s)| *other_w == w || *other_s == s)
        {
            taken.push((w, s));
        }
    }

    let mut wrong = Vec::new();
    for (w, wanted) in all.iter().enumerate().filter(|(_, row)| row.visible) {
        match taken.iter().find(|(taken, _)| *taken == w) {
            None => wrong.push(format!("missed {} at {}", wanted.cause(), wanted.row["at"])),
            Some((_, s)) => {
                let verdict = text(&said[*s]["cause"]);
                if !wanted.takes(verdict, mode) {
                    wrong.push(format!(
                        "said {verdict}, true is {} at {}",
                        wanted.cause(),
                        wanted.row["at"]
                    ));
                }
            }
        }
    }
    for (s, startup) in said.iter().enumerate() {
        let verdict = text(&startup["cause"]);
        // The run of a master process whose workers are the recorded startups is no mistake.
        let is_run_of_workers = || {
            all.iter().any(|wanted| {
                wanted.row["run_cause"] != wanted.row["cause"]
                    && same_container(&startup["container_id"], &wanted.row["container_id"])
                    && wanted
                        .distance(&startup["at"])
                        .is_some_and(|gap| gap <= TOLERANCE + 2.0)
                    && (matches!(&*verdict, "unknown" | "first-seen")
                        || verdict == text(&wanted.row["run_cause"]))
            })
        };
        if !taken.iter().any(|(_, taken)| *taken == s) && !is_run_of_workers() {
            wrong.push(format!("spurious {verdict} at {}", startup["at"]));
        }
        if !matches!(&*verdict, "unknown" | "first-seen") && items(&startup["evidence"]).is_empty()
        {
            wrong.push(format!("uncited {verdict} at {}", startup["at"]));
        }
    }
    wrong
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
