//! Where reports go: several files from one analysis, whole or absent, and a mail that is short or not there at all.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use common::{Ran, case, names, run, whystart};
use std::{fs, path::Path, process::Stdio};

/// A restart by a timer.
fn events() -> String {
    let path = case("01-").folder.join("events.jsonl");
    path.to_str().unwrap().to_owned()
}

/// Runs on the evidence of a restart by a timer, with `{}` in a word for the folder.
fn run_in(folder: &Path, words: &[&str]) -> Ran {
    let events = events();
    let folder = folder.to_str().unwrap();
    let words = words.iter().map(|word| word.replace("{}", folder));
    run(words.chain([events]))
}

#[test]
fn several_outputs_are_those_of_several_runs() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let endings = ["json", "jsonl", "csv", "prom", "xml", "txt"];
    let formats = ["json", "jsonl", "csv", "prometheus", "junit", "text"];
    let outputs: Vec<String> = endings.iter().map(|end| format!("{{}}/r.{end}")).collect();
    let mut words = vec!["-q", "--fail-on", "WS001"];
    for output in &outputs {
        words.extend(["-o", output]);
    }
    let all = run_in(path, &words);
    assert_eq!(
        (all.out.as_str(), all.err.as_str(), all.status),
        ("", "", 1)
    );
    assert_eq!(names(path).len(), endings.len());
    for (ending, format) in endings.iter().zip(formats) {
        let one = run_in(path, &["-q", "--fail-on", "WS001", "--format", format]);
        let file = fs::read_to_string(path.join(format!("r.{ending}"))).unwrap();
        assert!(file == one.out, "{format}");
    }
}

#[test]
fn one_that_cannot_be_written_leaves_none() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    fs::write(path.join("old.json"), "old").unwrap();
    let mut refused = vec![
        "{}/no/r.csv",
        "{}",
        "{}/r.yaml",
        "{}/{week}.csv",
        "{}/sub/../r.json",
    ];
    if cfg!(target_os = "linux") {
        // A full disk.
        refused.push("/dev/full");
    }
    fs::create_dir(path.join("sub")).unwrap();
    for second in refused {
        let ran = run_in(
            path,
            &["-o", "{}/r.json", "-o", "{}/old.json", "-o", second],
        );
        assert_eq!((ran.status, ran.out.as_str()), (2, ""), "{second}");
        assert!(ran.err.starts_with("whystart: error: "), "{}", ran.err);
        assert_eq!(ran.err.lines().count(), 1, "{}", ran.err);
        assert_eq!(names(path), ["old.json", "sub"], "{second}");
        assert_eq!(fs::read_to_string(path.join("old.json")).unwrap(), "old");
    }
}

#[test]
fn what_cannot_be_written_is_said_with_what_to_try() {
    let folder = tempfile::tempdir().unwrap();
    for (output, message) in [
        ("{}/no/r.csv", "/no; make it first (mkdir -p '"),
        ("{}", ": it is a folder; name a file in it"),
        ("{}/r.jsno", "did you mean .json?"),
        ("{}/{dat}.json", "did you mean {date}?"),
        ("{}/{date.json", "write {{ for the character itself"),
    ] {
        let ran = run_in(folder.path(), &["-o", output]);
        assert_eq!(ran.status, 2);
        assert!(ran.err.contains(message), "{}", ran.err);
    }
}

/// A mistake is said at once, not after an analysis of hours: before an input is even opened.
#[test]
fn what_cannot_be_written_is_refused_before_anything_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("no/r.json");
    let ran = run(["-o", output.to_str().unwrap(), "no-such-input"]);
    assert!(ran.err.contains("there is no folder"), "{}", ran.err);
    assert!(!ran.err.contains("no-such-input"), "{}", ran.err);
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_behind_standard_output_is_an_error() {
    for words in [&[][..], &["--format", "json"], &["-o", "-"]] {
        let full = fs::OpenOptions::new()
            .write(true)
            .open("/dev/full")
            .unwrap();
        let output = whystart(words)
            .arg(events())
            .stdout(full)
            .stderr(Stdio::piped())
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(2));
        let err = String::from_utf8(output.stderr).unwrap();
        assert!(err.contains("cannot write to standard output: "), "{err}");
        assert!(err.contains("make room"), "{err}");
    }
}

#[test]
fn a_closed_pipe_keeps_no_file_from_being_written() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("r.json");
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let output = whystart(["-o", "-", "-o"])
        .args([file.as_os_str(), events().as_ref()])
        .stdout(writer)
        .stderr(Stdio::piped())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(output.stderr, b"");
    assert_eq!(names(folder.path()), ["r.json"]);
}

#[test]
fn names_are_filled_in() {
    let folder = tempfile::tempdir().unwrap();
    let ran = run_in(folder.path(), &["-q", "-o", "{}/a-{date}_{time}.json"]);
    assert_eq!((ran.err.as_str(), ran.status), ("", 0));
    let form = regex::Regex::new(r"^a-\d{4}-\d\d-\d\d_\d\d-\d\d-\d\d\.json$").unwrap();
    let names = names(folder.path());
    assert!(names.len() == 1 && form.is_match(&names[0]), "{names:?}");
}

#[test]
fn a_mail_is_there_when_everything_goes_to_files() {
    let folder = tempfile::tempdir().unwrap();
    let fail_on = ["--fail-on", "host-automation-restart"];
    let with = |words: &[&str]| run_in(folder.path(), &[&fail_on, words].concat());
    let mail = with(&["-o", "{}/r.json"]);
    let first = "whystart: host-automation-restart 1; 2 startups in 1 service\n";
    assert!(mail.out.starts_with(first), "{}", mail.out);
    assert!(mail.out.contains("times are UTC"), "{}", mail.out);
    assert!(mail.out.ends_with("/r.json\n"), "{}", mail.out);
    assert_eq!((mail.err.as_str(), mail.status), ("", 1));
    // Not where the report itself is, and not for those who want silence.
    assert!(
        !with(&["-o", "{}/r.json", "-o", "-"])
            .out
            .contains("written:")
    );
    assert_eq!(with(&["-q", "-o", "{}/r.json"]).out, "");
}

#[test]
fn nothing_is_said_when_it_is_clean() {
    let folder = tempfile::tempdir().unwrap();
    let with = |name: &str, words: &[&str]| {
        run_in(
            folder.path(),
            &[&["--quiet-if-clean", "--fail-on", name], words].concat(),
        )
    };
    for words in [&[][..], &["-o", "{}/r.json"], &["--format", "json"]] {
        let clean = with("oom-restart", words);
        assert_eq!(
            (clean.out.as_str(), clean.err.as_str(), clean.status),
            ("", "", 0)
        );
        let found = with("WS001", words);
        assert!(found.out.contains("WS001"), "{}", found.out);
        assert_eq!(found.status, 1);
    }
    assert_eq!(
        names(folder.path()),
        ["r.json"],
        "the file is written in any case"
    );
    // Not even what is odd about an input, but what could not be read at all.
    let odd = folder.path().join("odd.log");
    fs::write(&odd, "x\n").unwrap();
    let odd = odd.to_str().unwrap();
    assert_eq!(with("oom-restart", &[odd]).err, "");
    assert_ne!(run(["--fail-on", "oom-restart", odd]).err, "");
    let missing = with("oom-restart", &["no-such-input"]);
    assert_eq!(missing.status, 2);
    assert!(missing.err.contains("no-such-input"), "{}", missing.err);
}

#[test]
fn clean_without_fail_on_is_without_duplicates_and_advice() {
    let found = run(["--quiet-if-clean", &events()]);
    assert!(
        found.out.contains("host-automation-restart"),
        "{}",
        found.out
    );
    // The database of that case: it started once.
    let case = case("01-");
    let database = common::files(&case.folder.join("logs"), ".log")
        .into_iter()
        .find(|path| path.contains("pms-database") && !path.contains("plain"))
        .unwrap();
    assert_ne!(run(["-q", &database]).out, "");
    let clean = run(["--quiet-if-clean", &database]);
    assert_eq!(
        (clean.out.as_str(), clean.err.as_str(), clean.status),
        ("", "", 0)
    );
}
