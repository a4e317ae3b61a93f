//! What the README says to put into a crontab or a timer works as it is written: only its paths are moved to a folder of the test.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use common::{Case, Ran, case, names, without_settings};
use std::{env, fs, path::Path, process::Command};

/// The blocks of the README in this language.
fn blocks(language: &str) -> Vec<String> {
    let readme = fs::read_to_string("README.md").unwrap();
    readme
        .split(&format!("\n```{language}\n"))
        .skip(1)
        .map(|rest| rest.split("```").next().unwrap().to_owned())
        .collect()
}

/// `text` with the paths of a host replaced by those of a test: evidence of `case`, output below `folder`.
fn moved(text: &str, case: &Case, folder: &Path) -> String {
    let root = env::current_dir().unwrap().join(&case.folder);
    let mut moved = text.to_owned();
    for (there, here) in [
        ("/var/log/docker-events.jsonl", root.join("events.jsonl")),
        ("/var/lib/docker/containers", root.join("json-file")),
        ("/var/log/whystart", folder.to_owned()),
        ("/var/lib/prometheus/node-exporter", folder.to_owned()),
        (
            "/usr/local/bin/whystart",
            env!("CARGO_BIN_EXE_whystart").into(),
        ),
        // The recordings are of one day in the past.
        ("--since yesterday", "--since 2026-11-20".into()),
    ] {
        moved = moved.replace(there, here.to_str().unwrap());
    }
    moved
}

/// Runs a line as cron and systemd do: by `sh`, with nothing on standard input.
fn sh(line: &str) -> Ran {
    let program = Path::new(env!("CARGO_BIN_EXE_whystart"));
    let mut path = vec![program.parent().unwrap().to_owned()];
    path.extend(env::split_paths(&env::var_os("PATH").unwrap_or_default()));
    let mut command = Command::new("sh");
    command
        .args(["-c", line])
        .env("PATH", env::join_paths(path).unwrap())
        .stdin(std::process::Stdio::null());
    without_settings(&mut command);
    command.output().unwrap().into()
}

/// Runs `line` on evidence with something to act on, and on evidence without.
#[track_caller]
fn check(line: &str, files: usize) {
    assert!(line.contains(" --since yesterday "), "{line}");
    let folder = tempfile::tempdir().unwrap();
    let found = sh(&moved(line, &case("01-"), folder.path()));
    assert_eq!((found.err.as_str(), found.status), ("", 1));
    let first = "whystart: host-automation-restart 1; ";
    assert!(found.out.starts_with(first), "{}", found.out);
    let written = names(folder.path());
    assert_eq!(written.len(), files, "{written:?}");
    let today = regex::Regex::new(r"^\d{4}-\d\d-\d\d\.[a-z]+$").unwrap();
    assert!(today.is_match(&written[0]), "{written:?}");
    let folder = tempfile::tempdir().unwrap();
    let clean = sh(&moved(line, &case("13-"), folder.path()));
    assert_eq!(
        (clean.out.as_str(), clean.err.as_str(), clean.status),
        ("", "", 0)
    );
    assert_eq!(names(folder.path()).len(), files);
}

#[test]
fn the_line_of_the_crontab_works() {
    let blocks = blocks("crontab");
    let line = blocks[0].trim_end();
    assert_eq!((blocks.len(), line.lines().count()), (1, 1));
    assert!(!line.contains('%'), "cron takes it for a line end");
    let (_, command) = line.split_once("* * * ").unwrap();
    check(command, 1);
}

#[test]
fn the_command_of_the_unit_works() {
    let units = blocks("ini");
    let start = units[0]
        .lines()
        .find_map(|line| line.strip_prefix("ExecStart="))
        .unwrap();
    check(start, 2);
}

#[test]
#[expect(clippy::print_stderr, reason = "a test that was skipped says so")]
fn systemd_takes_the_units() {
    let available = Command::new("systemd-analyze").arg("--version").output();
    if !available.is_ok_and(|output| output.status.success()) {
        eprintln!("skipped: there is no systemd-analyze");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let units = blocks("ini");
    assert_eq!(units.len(), 3);
    let mut paths = Vec::new();
    for unit in &units {
        let name = unit.lines().next().unwrap().rsplit('/').next().unwrap();
        let path = folder.path().join(name);
        fs::write(&path, moved(unit, &case("01-"), folder.path())).unwrap();
        paths.push(path);
    }
    let output = Command::new("systemd-analyze")
        .arg("verify")
        .args(&paths)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    // It may say something of other units of the machine; of ours it says nothing.
    assert!(!said.contains("whystart"), "{said}");
}
