//! What the program says about itself, and how it refuses: standard output, standard error, status.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use assert_cmd::Command;
use std::process::{Command as Process, Stdio};

/// Runs the program and compares all three: standard output, the start of standard error, status.
#[track_caller]
fn check(words: &[&str], stdout: &str, stderr: &str, status: i32) {
    let output = Command::cargo_bin("whystart")
        .unwrap()
        .args(words)
        .env("XDG_CONFIG_HOME", env!("CARGO_TARGET_TMPDIR"))
        .output()
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert!(out.starts_with(stdout), "stdout: {out}");
    assert_eq!(out.is_empty(), stdout.is_empty(), "stdout: {out}");
    assert!(err.starts_with(stderr), "stderr: {err}");
    assert_eq!(err.is_empty(), stderr.is_empty(), "stderr: {err}");
    assert_eq!(output.status.code(), Some(status));
}

#[test]
fn answers_go_to_standard_output() {
    check(
        &["--version"],
        concat!("whystart ", env!("CARGO_PKG_VERSION"), "\n"),
        "",
        0,
    );
    check(&["--help"], "Why did that container start again?\n", "", 0);
    check(&["explain"], "Causes\n  first-start  ", "", 0);
    check(
        &["--color", "never", "explain"],
        "Causes\n  first-start  ",
        "",
        0,
    );
    check(
        &["explain", "ws003"],
        "WS003: One process creates its pool twice\n(error)\n",
        "",
        0,
    );
    check(
        &["explain", "--rules"],
        "Rules on restarts\n  engine-",
        "",
        0,
    );
    check(
        &["explain", "network-repair"],
        "network-repair: host-automation-restart, 93 %\n(rule on restarts)\n",
        "",
        0,
    );
    check(
        &["signatures", "test", "Started server process [7]"],
        "process-start: ",
        "",
        0,
    );
}

#[test]
fn refusals_go_to_standard_error() {
    check(
        &["--bogus"],
        "",
        "whystart: error: unexpected argument '--bogus' found\n",
        2,
    );
    check(
        &["explain", "dev-relaod"],
        "",
        "whystart: error: \"dev-relaod\" is no cause, finding or rule; did you mean dev-reload",
        2,
    );
    check(
        &["--since", "soon", "a"],
        "",
        "whystart: error: --since: \"soon\" is not a time: give ",
        2,
    );
    check(
        &["--fail-on", "oom", "a"],
        "",
        "whystart: error: --fail-on: \"oom\" is neither",
        2,
    );
    check(
        &["-", "--events", "-"],
        "",
        "whystart: error: '-' is named twice",
        2,
    );
    check(
        &["--timezone", "Mars", "a"],
        "",
        "whystart: error: --timezone: unknown time zone",
        2,
    );
}

#[test]
fn a_wrong_word_is_answered_with_the_right_one() {
    for (words, right) in [
        (
            &["--format", "jsonn", "a"][..],
            "a similar value exists: 'json'",
        ),
        (
            &["--fail-on", "oom-restrat", "a"],
            "did you mean oom-restart?",
        ),
        (&["-o", "r.jsno", "a"], "did you mean .json?"),
        (&["-o", "{dat}.json", "a"], "did you mean {date}?"),
        (
            &["--quiet-if-claen", "a"],
            "a similar argument exists: '--quiet-if-clean'",
        ),
        (&["schema", "repotr"], "a similar value exists: 'report'"),
    ] {
        let ran = Process::new(env!("CARGO_BIN_EXE_whystart"))
            .args(words)
            .output()
            .unwrap();
        let err = String::from_utf8(ran.stderr).unwrap();
        assert!(err.contains(right), "{err}");
        assert_eq!((ran.status.code(), ran.stdout.len()), (Some(2), 0));
    }
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let output = Process::new(env!("CARGO_BIN_EXE_whystart"))
        .args(["explain"])
        .stdout(writer)
        .stderr(Stdio::piped())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert!(output.stderr.is_empty());
}
