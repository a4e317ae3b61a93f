//! The command line as its users meet it: pipes, files, filters, statuses, and what the text looks like.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use common::{Mode, case, cases, causes, items, report, run, run_piped, startups, text, whystart};
use serde_json::Value;
use std::{fs, process::Stdio};
use whystart::{classify::findings, model::Cause};

/// The log of the service of case 01, as `docker logs -t` prints it, and the recorded events.
fn timer_restart() -> (Vec<u8>, String) {
    let case = case("01-");
    let log = fs::read(case.folder.join("logs/pms-backend.1df37d801ee7.log")).unwrap();
    let events = case.folder.join("events.jsonl");
    (log, events.to_str().unwrap().to_owned())
}

#[test]
fn a_log_that_is_piped_in_is_read_beside_the_events() {
    let (log, events) = timer_restart();
    let words = ["--format", "json", "--events", &events];
    let silent = run_piped(words, &log);
    let named = run_piped(words.into_iter().chain(["-"]), &log);
    assert_eq!((silent.status, named.status), (0, 0));
    assert_eq!(silent.out, named.out);
    let report: Value = serde_json::from_str(&silent.out).unwrap();
    assert_eq!(causes(&report), ["first-start", "host-automation-restart"]);
    let cites_the_pipe = startups(&report)
        .iter()
        .any(|(_, startup)| !items(&startup["generations"]).is_empty());
    assert!(
        cites_the_pipe,
        "the log says the generation, the events do not"
    );
    // Events may come through the pipe just as well.
    let events = fs::read(events).unwrap();
    let piped = run_piped(["--format", "json", "-"], &events);
    let report: Value = serde_json::from_str(&piped.out).unwrap();
    assert_eq!(causes(&report), ["first-start", "host-automation-restart"]);
}

#[test]
fn a_report_of_a_record_says_what_the_record_does_not_have() {
    let (_, events) = timer_restart();
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    fs::copy(events, path("events-00000001-20261120T094111Z.jsonl")).unwrap();
    let ledger = [
        r#"{"record":{"schema":"whystart.record/1"}}"#,
        r#"{"covered":{"from":"2026-11-20T09:41:00Z","to":"2026-11-20T09:50:00Z"}}"#,
        r#"{"covered":{"from":"2026-11-20T09:51:00Z","to":"2026-11-20T09:52:00Z"}}"#,
        r#"{"gap":{"from":"2026-11-20T09:50:00Z","to":"2026-11-20T09:51:00Z","why":"overrun","during":"stopped"}}"#,
        r#"{"skipped":{"exec_events":18201,"health_events":0}}"#,
        r#"{"missed":{"snapshots":0,"logs":12}}"#,
        "",
    ];
    fs::write(path("record.jsonl"), ledger.join("\n")).unwrap();
    let folder = folder.path().to_str().unwrap();
    let sentences = [
        "not covered: 2026-11-20 09:50:00.000 to 2026-11-20 09:51:00.000Z",
        "left out as noise between 2026-11-20 09:41:00Z and 2026-11-20 09:52:00Z: 18201 events",
        "12 times the last lines of a container",
    ];
    for format in ["text", "json", "html", "markdown"] {
        // Nothing of it is a failure, and only the gap is a warning.
        let ran = run(["--fail-on", "oom-restart", "--format", format, folder]);
        assert_eq!(ran.status, 0, "{format}: {}", ran.err);
        // Markdown has what it might take for links in code.
        let shown = ran.out.replace('`', "");
        let shown = shown.split_whitespace().collect::<Vec<_>>().join(" ");
        for sentence in sentences {
            assert!(shown.contains(sentence), "{format}: {sentence}: {shown}");
        }
        assert!(ran.err.contains(sentences[0]), "{}", ran.err);
        assert!(!ran.err.contains("noise"), "{}", ran.err);
    }
}

#[test]
fn what_fail_on_names_makes_the_status_1() {
    let (_, events) = timer_restart();
    for (names, status) in [
        ("host-automation-restart", 1),
        ("oom-restart,host-automation-restart", 1),
        ("WS001", 1),
        ("ws001", 1),
        ("oom-restart", 0),
        ("oom-restart,dev-reload", 0),
    ] {
        let ran = run(["-q", "--fail-on", names, &events]);
        assert_eq!(ran.status, status, "{names}");
        assert!(ran.out.contains("host-automation-restart"), "{}", ran.out);
    }
    // An unfinished job is never taken for an answer.
    let ran = run(["--fail-on", "WS001", &events, "no-such-file"]);
    assert_eq!(ran.status, 2);
}

#[test]
fn wrong_use_makes_the_status_2_and_prints_no_report() {
    let (_, events) = timer_restart();
    for words in [
        &["--fail-on", "oom-restrat", &events][..],
        &["--since", "yesterdayish", &events],
        &["--since", "2026-11-21", "--until", "2026-11-20", &events],
        &["--timezone", "Mars/Olympus", &events],
        &["--threads", "0", &events],
        &["--format", "yaml", &events],
        &["-o", "r.yaml", &events],
        &["-o", "{week}.json", &events],
        &["-o", "no-such-folder/r.json", &events],
        &["-o", "-", "-o", "-", &events],
        &["--no-such-option", &events],
        &["--signatures", "no-such-pack.toml", &events],
        &["explain", "no-such-cause"],
    ] {
        let ran = run(words);
        assert_eq!((ran.status, ran.out.as_str()), (2, ""), "{words:?}");
        assert!(ran.err.starts_with("whystart: "), "{words:?}: {}", ran.err);
    }
    let ran = run(["--fail-on", "oom-restrat", &events]);
    assert!(ran.err.contains("did you mean oom-restart"), "{}", ran.err);
}

#[test]
fn a_reader_that_saw_enough_is_no_error() {
    let case = case("20-");
    let words = Mode::Full.words(&case).unwrap().concat();
    let mut child = whystart(["-q", "-v"].map(str::to_owned).into_iter().chain(words))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // As `| head -1` does after its line.
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
}

#[test]
fn filters_leave_out_what_they_say() {
    let case = case("20-");
    let words = Mode::Full.words(&case).unwrap().concat();
    let with = |options: &[&str]| {
        let report = report(
            options
                .iter()
                .map(|word| (*word).to_owned())
                .chain(words.clone()),
        );
        startups(&report)
            .into_iter()
            .map(|(service, startup)| {
                (
                    service.to_owned(),
                    text(&startup["at"]).to_owned(),
                    text(&startup["container_id"]).to_owned(),
                )
            })
            .collect::<Vec<_>>()
    };
    let all = with(&[]);
    let middle = &all[all.len() / 2].1.clone();
    let (early, late): (Vec<_>, Vec<_>) = all.iter().cloned().partition(|row| row.1 < *middle);
    assert!(!early.is_empty() && !late.is_empty());
    assert_eq!(with(&["--since", middle]), late);
    assert_eq!(with(&["--until", middle]), early);
    let service = &all.last().unwrap().0;
    let of_service: Vec<_> = all
        .iter()
        .filter(|row| row.0 == *service)
        .cloned()
        .collect();
    assert!(of_service.len() < all.len());
    assert_eq!(with(&["--service", service]), of_service);
    let container = &all.last().unwrap().2;
    let of_container: Vec<_> = all
        .iter()
        .filter(|row| row.2 == *container)
        .cloned()
        .collect();
    assert_eq!(with(&["--container", &container[..12]]), of_container);
}

#[test]
fn a_filter_that_matches_nothing_is_a_mistake() {
    let (_, events) = timer_restart();
    for (option, name) in [
        ("--service", "pms-bakcend"),
        ("--container", "pms_backend"),
        ("--container", "0123456789ab"),
    ] {
        let ran = run(["--quiet-if-clean", &events, option, name]);
        assert_eq!((ran.status, ran.out.as_str()), (2, ""), "{name}");
        assert!(
            ran.err
                .starts_with(&format!("whystart: error: {option}: no "))
        );
        assert!(ran.err.contains("pms-backend"), "{}", ran.err);
    }
    // What is there and has no startup in the window is no mistake.
    let since = ["--since", "2027-01-01", "--service", "pms-backend"];
    let ran = run(["-q", &events].into_iter().chain(since));
    assert_eq!(ran.status, 0, "{}", ran.err);
    let shown = ran.out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        shown.contains("there are 2 startups between 2026-11-20 09:4")
            && shown.contains("none at or after 2027-01-01 00:00:00Z"),
        "{shown}"
    );
}

#[test]
fn nothing_passes_on_no_evidence() {
    let piped = run_piped(["--quiet-if-clean"], b"");
    assert_eq!(piped.status, 2);
    assert!(
        piped.err.contains("nothing to analyse: stdin is empty"),
        "{}",
        piped.err
    );
    let allowed = run_piped(["--quiet-if-clean", "--allow-empty"], b"");
    assert_eq!((allowed.status, allowed.err.as_str()), (0, ""));
    // An export that failed is no log.
    let failed = run_piped(
        ["-q"],
        b"Error response from daemon: No such container: web\n",
    );
    assert_eq!(failed.status, 2);
    let (_, events) = timer_restart();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("inspect.json");
    fs::write(&path, "[]\nError: No such object: web\n").unwrap();
    let ran = run(["--format", "json", &events, path.to_str().unwrap()]);
    assert_eq!(ran.status, 0);
    assert!(
        ran.err
            .contains("inspect.json: the export failed: no such object: web"),
        "{}",
        ran.err
    );
}

#[test]
fn every_cause_and_finding_is_explained() {
    let causes = Cause::ALL.into_iter().map(Cause::name);
    let findings = findings::ROWS.iter().map(|row| row.id);
    for topic in causes.chain(findings) {
        let ran = run(["explain", topic]);
        assert_eq!((ran.status, ran.err.as_str()), (0, ""), "{topic}");
        assert!(ran.out.starts_with(&format!("{topic}: ")), "{}", ran.out);
        assert!(ran.out.contains("\nWhat to do\n"), "{}", ran.out);
    }
}

#[test]
fn colours_are_for_those_who_want_them() {
    let (_, events) = timer_restart();
    let escapes = |command: &mut std::process::Command| {
        let output = command.output().unwrap();
        output.stdout.contains(&0x1b)
    };
    assert!(!escapes(&mut whystart(["-q", &events])), "not in a pipe");
    assert!(escapes(&mut whystart(["-q", "--color", "always", &events])));
    assert!(escapes(
        whystart(["-q", &events]).env("CLICOLOR_FORCE", "1")
    ));
    assert!(!escapes(
        whystart(["-q", &events])
            .env("CLICOLOR_FORCE", "1")
            .env("NO_COLOR", "1")
    ));
    assert!(!escapes(&mut whystart(["-q", "--color", "never", &events])));
}

#[test]
fn the_text_report_fits_80_columns_and_holds_no_control_characters() {
    for case in cases() {
        for mode in Mode::ALL {
            let Some(words) = mode.words(&case) else {
                continue;
            };
            for option in ["-q", "-qv"] {
                let ran = run([option.to_owned()].into_iter().chain(words.concat()));
                assert_eq!(ran.status, 0);
                for line in ran.out.lines() {
                    let place = format!("{} {mode:?}: {line}", case.name);
                    assert!(line.chars().count() <= 80, "{place}");
                    assert!(!line.contains(|c: char| c.is_control()), "{place}");
                    assert_eq!(line.trim_end(), line, "{place}");
                }
            }
        }
    }
}

#[test]
fn the_json_report_keeps_its_promises() {
    for case in cases() {
        let report = report(Mode::Full.words(&case).unwrap().concat());
        assert_eq!(report["schema"], "whystart.report/1");
        assert_eq!(report["tool"]["name"], "whystart");
        let all = startups(&report);
        assert_eq!(report["summary"]["startups"], all.len());
        let duplicates = all.iter().filter(|(_, row)| row["duplicate"] == true);
        assert_eq!(report["summary"]["duplicates"], duplicates.count());
        for (service, startup) in all {
            let cause: Cause = text(&startup["cause"]).parse().unwrap();
            let place = format!("{} {service} {startup}", case.name);
            // What is unknown may still have a family that is known.
            let family = serde_json::to_value(cause.family()).unwrap();
            assert!(
                startup["family"] == family || cause == Cause::Unknown,
                "{place}"
            );
            assert_eq!(
                startup["case"],
                serde_json::to_value(cause.case()).unwrap(),
                "{place}"
            );
            let confidence = startup["confidence"].as_f64().unwrap();
            assert!((0.0..=1.0).contains(&confidence), "{place}");
            let pool_ids = items(&startup["pool_ids"]);
            assert!(pool_ids.iter().all(Value::is_string), "{place}");
        }
    }
}

#[test]
fn two_files_of_one_container_are_one_container_with_its_name() {
    let case = case("01-");
    let id = text(&case.truth["startups"][0]["container_id"]).to_owned();
    let raw = case.folder.join(format!("json-file/{id}-json.log"));
    let printed = case.folder.join("logs/pms-backend.1df37d801ee7.log");
    let report = report([raw, printed]);
    let services = items(&report["services"]);
    assert_eq!(services.len(), 1, "{services:#?}");
    assert_eq!(services[0]["name"], "pms-backend");
    assert_eq!(services[0]["containers"][0]["id"], id);
}

#[test]
fn a_time_without_a_zone_counts_only_in_a_zone_that_was_named() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("app.log");
    std::fs::write(
        &log,
        "2026-11-20 10:00:01,100 INFO uvicorn.error: Started server process [1]\n\
         2026-11-20 10:00:02,100 INFO uvicorn.error: Application startup complete.\n",
    )
    .unwrap();
    let at = |zone: &[&str]| {
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_whystart"))
            .args(["-q", "--format", "json"])
            .args(zone)
            .arg(&log)
            .output()
            .unwrap();
        let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        report["services"][0]["startups"][0]["at"].clone()
    };
    assert_eq!(at(&[]), serde_json::Value::Null);
    assert_eq!(
        at(&["--timezone", "Europe/Berlin"]),
        "2026-11-20T09:00:01.100000000Z"
    );
}
