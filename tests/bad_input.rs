//! Damaged input: one warning that names file and line, a count in the report, the rest analysed.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use common::{Ran, case, causes, files, items, run};
use serde_json::Value;
use std::{
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
};

/// What case 13 holds: a first start, and a restart by hand.
const RIGHT: [&str; 2] = ["first-start", "manual-restart"];

/// A copy of evidence to damage, in a folder of its own.
struct Evidence {
    folder: tempfile::TempDir,
    log: PathBuf,
    events: PathBuf,
    inspect: PathBuf,
}

impl Evidence {
    fn new() -> Self {
        let case = case("13-");
        let folder = tempfile::tempdir().unwrap();
        let copy = |from: &str, to: &str| {
            let path = folder.path().join(to);
            fs::copy(from, &path).unwrap();
            path
        };
        let id = case.truth["startups"][0]["container_id"].as_str().unwrap();
        let log = case.folder.join(format!("json-file/{id}-json.log"));
        let events = case.folder.join("events.jsonl");
        let inspect = files(&case.folder.join("inspect"), ".json").pop().unwrap();
        Self {
            log: copy(log.to_str().unwrap(), &format!("{id}-json.log")),
            events: copy(events.to_str().unwrap(), "events.jsonl"),
            inspect: copy(&inspect, "inspect.json"),
            folder,
        }
    }

    /// Puts `bytes` in front of line `line` (from 1) of the log.
    fn insert(&self, line: usize, bytes: &[u8]) {
        insert(&self.log, line, bytes);
    }

    fn all(&self) -> [OsString; 3] {
        [&self.events, &self.inspect, &self.log].map(OsString::from)
    }
}

fn insert(path: &Path, line: usize, bytes: &[u8]) {
    let old = fs::read(path).unwrap();
    let mut lines = old.split_inclusive(|byte| *byte == b'\n');
    let mut new: Vec<u8> = lines.by_ref().take(line - 1).flatten().copied().collect();
    new.extend_from_slice(bytes);
    new.extend(lines.flatten());
    fs::write(path, new).unwrap();
}

/// The report, and everything that was said besides. Panics of the program are failures.
#[track_caller]
fn analysed<W: Into<OsString>>(words: impl IntoIterator<Item = W>) -> (Value, Ran) {
    let fixed = ["--format", "json"].map(OsString::from);
    let ran = run(fixed.into_iter().chain(words.into_iter().map(Into::into)));
    assert!(!ran.err.contains("panicked"), "{}", ran.err);
    (serde_json::from_str(&ran.out).unwrap(), ran)
}

/// What the report says about the input at `path`.
fn input<'a>(report: &'a Value, path: &Path) -> &'a Value {
    items(&report["inputs"])
        .iter()
        .find(|input| input["path"].as_str() == path.to_str())
        .unwrap()
}

/// Exactly one warning, about `path` at `place` (as `:LINE`, or empty), the rest analysed.
#[track_caller]
fn warned(evidence: &Evidence, path: &Path, place: &str, what: &str, skipped: u64) {
    let (report, ran) = analysed(evidence.all());
    let expected = format!("whystart: warning: {}{place}: {what}\n", path.display());
    assert_eq!(ran.err, expected);
    assert_eq!(ran.status, 0);
    assert_eq!(causes(&report), RIGHT);
    let input = input(&report, path);
    assert_eq!(input["skipped"], skipped);
    assert_eq!(items(&input["warnings"]).len(), 1);
}

/// Nothing is wrong with it.
#[track_caller]
fn silent(evidence: &Evidence) {
    let (report, ran) = analysed(evidence.all());
    assert_eq!((ran.err.as_str(), ran.status), ("", 0));
    assert_eq!(causes(&report), RIGHT);
}

#[test]
fn sound_evidence_gives_no_warning() {
    silent(&Evidence::new());
}

#[test]
fn an_empty_file_is_named() {
    let evidence = Evidence::new();
    fs::write(&evidence.log, "").unwrap();
    warned(&evidence, &evidence.log, "", "it is empty", 0);
}

#[test]
fn a_truncated_last_line_is_left_out() {
    let evidence = Evidence::new();
    let bytes = fs::read(&evidence.log).unwrap();
    fs::write(&evidence.log, &bytes[..bytes.len() - 30]).unwrap();
    let what = "is not a whole JSON object";
    warned(&evidence, &evidence.log, ":61", what, 1);
}

#[test]
fn broken_json_in_the_middle_of_a_log_is_left_out() {
    for broken in [
        &b"{\"log\":\"abc\n"[..],
        b"{broken}\n",
        b"garbage\n",
        b"}\n",
    ] {
        let evidence = Evidence::new();
        evidence.insert(6, broken);
        let what = "is not a whole JSON object";
        warned(&evidence, &evidence.log, ":6", what, 1);
    }
}

#[test]
fn broken_neighbours_are_said_once() {
    let evidence = Evidence::new();
    evidence.insert(6, b"{\"log\":\"abc\n\xff\xfe\ngarbage\n");
    let what = "is not a whole JSON object (3 such lines)";
    warned(&evidence, &evidence.log, ":6", what, 3);
}

#[test]
fn a_record_after_a_torn_one_is_still_read() {
    let evidence = Evidence::new();
    // The line before the second start loses its end, and its line end with it.
    let old = fs::read_to_string(&evidence.log).unwrap();
    let mut lines: Vec<&str> = old.split_inclusive('\n').collect();
    let start = lines
        .iter()
        .rposition(|line| line.contains("Started server process"))
        .unwrap();
    lines[start - 1] = &lines[start - 1][..20];
    fs::write(&evidence.log, lines.concat()).unwrap();
    let (report, ran) = analysed(evidence.all());
    assert_eq!(ran.status, 0);
    assert_eq!(causes(&report), RIGHT);
    assert_eq!(
        common::startups(&report)[1].1["pids"],
        serde_json::json!([1])
    );
}

#[test]
fn broken_json_in_the_middle_of_events_is_left_out() {
    let evidence = Evidence::new();
    insert(&evidence.events, 4, b"{\"status\":\"start\n");
    let what = "is cut or is no valid JSON; the rest was read";
    warned(&evidence, &evidence.events, ":4", what, 1);
    let evidence = Evidence::new();
    insert(&evidence.events, 4, b"\xff\xfe odd\n");
    warned(&evidence, &evidence.events, ":4", "is no event", 1);
}

#[test]
fn truncated_events_are_read_up_to_the_cut() {
    let evidence = Evidence::new();
    let bytes = fs::read(&evidence.events).unwrap();
    fs::write(&evidence.events, &bytes[..bytes.len() - 20]).unwrap();
    let (report, ran) = analysed(evidence.all());
    let name = evidence.events.display();
    assert!(
        ran.err
            .starts_with(&format!("whystart: warning: {name}:10: is cut")),
        "{}",
        ran.err
    );
    assert_eq!(ran.err.lines().count(), 1);
    assert_eq!(input(&report, &evidence.events)["skipped"], 1);
    assert_eq!(causes(&report), RIGHT);
}

#[test]
fn truncated_inspect_output_is_named() {
    let evidence = Evidence::new();
    let bytes = fs::read(&evidence.inspect).unwrap();
    fs::write(&evidence.inspect, &bytes[..bytes.len() / 2]).unwrap();
    let what = "is cut or is no valid JSON";
    warned(&evidence, &evidence.inspect, ":2", what, 1);
}

#[test]
fn bytes_that_are_not_utf8_are_read_as_bytes() {
    let evidence = Evidence::new();
    evidence.insert(
        6,
        b"{\"log\":\"caf\xe9\\n\",\"stream\":\"stdout\",\"time\":\"2026-11-20T09:41:53Z\"}\n",
    );
    let what = "is not UTF-8; it is read as bytes";
    warned(&evidence, &evidence.log, ":6", what, 0);
}

#[test]
fn nul_bytes_of_a_crashed_host_are_passed_over() {
    let evidence = Evidence::new();
    evidence.insert(6, &[0; 512]);
    let what = "holds NUL bytes: a file that was cut by a crash";
    warned(&evidence, &evidence.log, ":6", what, 0);
}

#[test]
fn line_ends_of_windows_are_no_damage() {
    let evidence = Evidence::new();
    for path in [&evidence.log, &evidence.events, &evidence.inspect] {
        let text = fs::read_to_string(path).unwrap();
        fs::write(path, text.replace('\n', "\r\n")).unwrap();
    }
    silent(&evidence);
}

#[test]
fn a_huge_line_is_cut_and_the_rest_read() {
    let evidence = Evidence::new();
    let huge = "x".repeat(3 << 20);
    evidence.insert(
        6,
        format!(
            "{{\"log\":\"{huge}\\n\",\"stream\":\"stdout\",\"time\":\"2026-11-20T09:41:53Z\"}}\n"
        )
        .as_bytes(),
    );
    let what = "is longer than 1048576 bytes, cut there";
    warned(&evidence, &evidence.log, ":6", what, 1);
}

/// Bytes without any sense, always the same.
fn garbage() -> Vec<u8> {
    let mut state = 1_u64;
    let next = |_| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    };
    (0..10_000).flat_map(next).collect()
}

#[test]
fn garbage_is_named_whatever_it_is_called() {
    for option in [None, Some("--events"), Some("--inspect"), Some("--journal")] {
        let evidence = Evidence::new();
        let path = evidence.folder.path().join("garbage.log");
        fs::write(&path, garbage()).unwrap();
        let words = evidence
            .all()
            .into_iter()
            .chain(option.map(OsString::from))
            .chain([OsString::from(&path)]);
        let (report, ran) = analysed(words);
        assert_eq!(ran.status, 2);
        assert_eq!(causes(&report), RIGHT, "{option:?}");
        let refused = format!(
            "whystart: error: {} is neither a log nor anything else that can be read",
            path.display()
        );
        let about = format!("whystart: warning: {}:", path.display());
        assert!(ran.err.starts_with(&refused), "{}", ran.err);
        assert!(ran.err.lines().count() <= 3, "{}", ran.err);
        for line in ran.err.lines().skip(1) {
            assert!(line.starts_with(&about), "{line}");
        }
        // In a folder it is only a warning.
        let (report, ran) = analysed([evidence.folder.path()]);
        assert_eq!(ran.status, 0);
        assert_eq!(causes(&report), RIGHT);
        assert!(ran.err.starts_with("whystart: warning: "), "{}", ran.err);
    }
}

#[test]
fn an_events_file_given_as_anything_is_read_as_events() {
    let evidence = Evidence::new();
    let renamed = evidence.folder.path().join("app.log");
    fs::copy(&evidence.events, &renamed).unwrap();
    let (report, ran) = analysed([&renamed]);
    assert_eq!((ran.err.as_str(), ran.status), ("", 0));
    assert_eq!(input(&report, &renamed)["kind"], "docker-events");
    assert_eq!(causes(&report), RIGHT);
    for (option, called) in [("--inspect", "inspect output"), ("--journal", "a journal")] {
        let (report, ran) = analysed([OsString::from(option), renamed.clone().into()]);
        let what = format!("given as {called}, but it holds Docker events: read as that");
        let expected = format!("whystart: warning: {}: {what}\n", renamed.display());
        assert_eq!(ran.err, expected);
        assert_eq!(causes(&report), RIGHT);
    }
}

#[test]
fn a_log_given_as_events_is_read_as_a_log() {
    let evidence = Evidence::new();
    let (report, ran) = analysed([OsString::from("--events"), evidence.log.clone().into()]);
    let what = "given as Docker events, but it holds a json-file log: read as that";
    let expected = format!("whystart: warning: {}: {what}\n", evidence.log.display());
    assert_eq!((ran.err, ran.status), (expected, 0));
    assert_eq!(input(&report, &evidence.log)["kind"], "json-file-log");
}

#[test]
fn a_missing_file_makes_the_status_2_and_the_rest_is_analysed() {
    let evidence = Evidence::new();
    let missing = evidence.folder.path().join("missing.log");
    let (report, ran) = analysed([&evidence.events, &missing]);
    assert_eq!(ran.status, 2);
    let expected = format!("whystart: error: cannot read {}: ", missing.display());
    assert!(ran.err.starts_with(&expected), "{}", ran.err);
    assert_eq!(ran.err.lines().count(), 1);
    assert_eq!(input(&report, &missing)["kind"], "unreadable");
    assert_eq!(causes(&report), RIGHT);
}

#[test]
fn an_empty_folder_makes_the_status_2() {
    let folder = tempfile::tempdir().unwrap();
    let (report, ran) = analysed([folder.path()]);
    assert_eq!(ran.status, 2);
    assert_eq!(
        ran.err,
        format!(
            "whystart: error: cannot read {}: no logs or events in this folder\n",
            folder.path().display()
        )
    );
    assert_eq!(report["summary"]["startups"], 0);
}

/// Nothing is closed to root, so there it cannot be tried and the test says so.
#[cfg(unix)]
#[test]
#[expect(clippy::print_stderr, reason = "a test that was skipped says so")]
fn a_folder_without_permission_makes_the_status_2() {
    use std::os::unix::fs::PermissionsExt as _;
    let evidence = Evidence::new();
    let closed = evidence.folder.path().join("closed");
    fs::create_dir(&closed).unwrap();
    fs::write(closed.join("a.log"), "text\n").unwrap();
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o000)).unwrap();
    let root = fs::read_dir(&closed).is_ok();
    if root {
        eprintln!("skipped: this user may read every folder");
    } else {
        let (report, ran) = analysed([&evidence.events, &closed]);
        assert_eq!(ran.status, 2);
        let expected = format!("whystart: error: cannot read {}: ", closed.display());
        assert!(ran.err.starts_with(&expected), "{}", ran.err);
        assert_eq!(causes(&report), RIGHT);
        // Inside of a folder that is named, it is only a warning.
        let (report, ran) = analysed([evidence.folder.path()]);
        assert_eq!(ran.status, 0);
        assert!(ran.err.starts_with("whystart: warning: "), "{}", ran.err);
        assert_eq!(causes(&report), RIGHT);
    }
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o700)).unwrap();
}

#[test]
fn every_truncation_of_every_kind_is_survived() {
    let evidence = Evidence::new();
    for path in [&evidence.log, &evidence.events, &evidence.inspect] {
        let whole = fs::read(path).unwrap();
        let step = whole.len() / 23;
        for end in (1..whole.len()).step_by(step) {
            fs::write(path, &whole[..end]).unwrap();
            let (report, ran) = analysed(evidence.all());
            assert_eq!(ran.status, 0, "{} cut at {end}", path.display());
            assert!(ran.err.lines().count() <= 2, "{}", ran.err);
            assert!(report["summary"]["startups"].is_u64());
        }
        fs::write(path, whole).unwrap();
    }
}
