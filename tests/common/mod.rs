//! The recorded cases, the ways to show them to the program, and the program itself.
#![allow(
    dead_code,
    unreachable_pub,
    missing_docs,
    clippy::unwrap_used,
    reason = "each test file uses a part of it, and fails by panicking"
)]

pub mod evidence;
pub mod played;
pub mod story;
pub mod told;
pub mod truth;

use serde_json::Value;
use std::{
    ffi::OsStr,
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

/// One recorded case.
#[derive(Clone)]
pub struct Case {
    /// The folder's name.
    pub name: String,
    /// Relative to the repository's root, where tests run.
    pub folder: PathBuf,
    /// What really happened.
    pub truth: Value,
}

/// All recorded cases.
pub fn cases() -> Vec<Case> {
    let mut folders: Vec<PathBuf> = fs::read_dir("testdata/cases")
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    folders.sort();
    assert!(folders.len() >= 30, "the recorded cases are missing");
    folders
        .into_iter()
        .map(|folder| {
            let truth = fs::read(folder.join("truth.json")).unwrap();
            Case {
                name: folder.file_name().unwrap().to_str().unwrap().to_owned(),
                truth: serde_json::from_slice(&truth).unwrap(),
                folder,
            }
        })
        .collect()
}

/// The case whose name begins with `name`.
pub fn case(name: &str) -> Case {
    cases()
        .into_iter()
        .find(|case| case.name.starts_with(name))
        .unwrap()
}

/// Which part of a case's evidence the program is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Live events, inspect, `docker logs -t`, the engine's log.
    Full,
    /// Events as the engine could replay them, the driver's files, the engine's log.
    Raw,
    /// Live events, logs without times.
    Plain,
    /// Live events, `docker logs -t`.
    NoInspect,
    /// Inspect, `docker logs -t`.
    NoEvents,
    /// `docker logs -t`.
    LogsOnly,
    /// Live events.
    EventsOnly,
    /// All of `Full`, and the log of the script that acted.
    Host,
}

impl Mode {
    pub const ALL: [Self; 8] = [
        Self::Full,
        Self::Raw,
        Self::Plain,
        Self::NoInspect,
        Self::NoEvents,
        Self::LogsOnly,
        Self::EventsOnly,
        Self::Host,
    ];

    /// The name by which `truth.json` knows it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Raw => "raw",
            Self::Plain => "plain",
            Self::NoInspect => "no-inspect",
            Self::NoEvents => "no-events",
            Self::LogsOnly => "logs-only",
            Self::EventsOnly => "events-only",
            Self::Host => "host",
        }
    }

    /// Whether the evidence is enough to decide everything.
    pub fn is_complete(self) -> bool {
        matches!(self, Self::Full | Self::Raw | Self::NoInspect)
    }

    /// The words that show this part of the case: one element for each input, with its option.
    /// `None` when the case lacks the evidence.
    pub fn words(self, case: &Case) -> Option<Vec<Vec<String>>> {
        let in_folder = |folder: &str, ending: &str| files(&case.folder.join(folder), ending);
        let is_plain = |path: &String| path.ends_with(".plain.log");
        let (plain, stamped): (Vec<_>, Vec<_>) =
            in_folder("logs", ".log").into_iter().partition(is_plain);
        let driver = in_folder("json-file", "");
        let host = in_folder("host", ".log");
        let root = |name: &str| {
            let path = case.folder.join(name);
            path.is_file()
                .then(|| path.to_str().unwrap().to_owned())
                .into_iter()
                .collect::<Vec<_>>()
        };
        let live = with("--events", root("events.jsonl"));
        let replayed = with("--events", root("events.txt"));
        let inspect = with("--inspect", in_folder("inspect", ".json"));
        let engine = with("--journal", root("dockerd.log"));
        let given = |paths: Vec<String>| with("", paths);
        let needed: [&[Vec<String>]; 2];
        let stamped = given(stamped);
        let plain = given(plain);
        let driver = given(driver);
        let host = with("--journal", host);
        let words = match self {
            Self::Full => {
                needed = [&live, &stamped];
                [&live[..], &inspect, &engine, &stamped].concat()
            }
            Self::Raw => {
                needed = [&replayed, &driver];
                [&replayed[..], &engine, &driver].concat()
            }
            Self::Plain => {
                needed = [&live, &plain];
                [&live[..], &plain].concat()
            }
            Self::NoInspect => {
                needed = [&live, &stamped];
                [&live[..], &stamped].concat()
            }
            Self::NoEvents => {
                needed = [&inspect, &stamped];
                [&inspect[..], &stamped].concat()
            }
            Self::LogsOnly => {
                needed = [&stamped, &stamped];
                stamped.clone()
            }
            Self::EventsOnly => {
                needed = [&live, &live];
                live.clone()
            }
            Self::Host => {
                needed = [&live, &host];
                [&live[..], &inspect, &stamped, &engine, &host].concat()
            }
        };
        needed.iter().all(|some| !some.is_empty()).then_some(words)
    }
}

/// Each path as the words that name it: behind its option, or alone when that is empty.
fn with(option: &str, paths: Vec<String>) -> Vec<Vec<String>> {
    paths
        .into_iter()
        .map(|path| match option {
            "" => vec![path],
            option => vec![option.to_owned(), path],
        })
        .collect()
}

/// The files of `folder` that end with `ending`, sorted; none when there is no such folder.
pub fn files(folder: &Path, ending: &str) -> Vec<String> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut paths: Vec<String> = entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file())
        .map(|path| path.to_str().unwrap().to_owned())
        .filter(|path| path.ends_with(ending))
        .collect();
    paths.sort();
    paths
}

/// The program, with nothing on standard input.
pub fn whystart<I: IntoIterator<Item: AsRef<OsStr>>>(words: I) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_whystart"));
    command
        .args(words)
        .env_remove("NO_COLOR")
        .env_remove("CLICOLOR_FORCE")
        .stdin(Stdio::null());
    without_settings(&mut command);
    command
}

/// Lets nothing that the developer has set once reach the program.
pub fn without_settings(command: &mut Command) {
    for setting in ["COLOR", "CONFIG", "FAIL_ON", "SIGNATURES", "TIMEZONE"] {
        command.env_remove(format!("WHYSTART_{setting}"));
    }
    command.env("XDG_CONFIG_HOME", env!("CARGO_TARGET_TMPDIR"));
}

/// The names of what is in `folder`, sorted: leftovers, too.
pub fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// What a run gave: standard output, standard error, status.
#[derive(Debug)]
pub struct Ran {
    pub out: String,
    pub err: String,
    pub status: i32,
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        Self {
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
            status: output.status.code().unwrap(),
        }
    }
}

/// Runs the program with these words.
pub fn run<I: IntoIterator<Item: AsRef<OsStr>>>(words: I) -> Ran {
    whystart(words).output().unwrap().into()
}

/// Runs the program with `input` piped into it.
pub fn run_piped<I: IntoIterator<Item: AsRef<OsStr>>>(words: I, input: &[u8]) -> Ran {
    let mut child = whystart(words)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    std::thread::scope(|scope| {
        scope.spawn(move || stdin.write_all(input));
        child.wait_with_output().unwrap().into()
    })
}

/// The JSON report on these words. Warnings are allowed, a status other than 0 is not.
#[track_caller]
pub fn report<I: IntoIterator<Item: AsRef<OsStr>>>(words: I) -> Value {
    let words: Vec<_> = words
        .into_iter()
        .map(|word| word.as_ref().to_owned())
        .collect();
    let ran = run(["--format", "json"]
        .iter()
        .map(OsStr::new)
        .chain(words.iter().map(AsRef::as_ref)));
    assert_eq!(ran.status, 0, "{words:?}: {}", ran.err);
    serde_json::from_str(&ran.out).unwrap()
}

/// The elements of an array; none when there is no array.
pub fn items(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// A string; empty when there is none.
pub fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// All startups of a report, each with its service's name.
pub fn startups(report: &Value) -> Vec<(&str, &Value)> {
    items(&report["services"])
        .iter()
        .flat_map(|service| {
            items(&service["startups"])
                .iter()
                .map(|startup| (text(&service["name"]), startup))
        })
        .collect()
}

/// How often each cause is in the report.
pub fn causes(report: &Value) -> Vec<String> {
    let mut causes: Vec<String> = startups(report)
        .into_iter()
        .map(|(_, startup)| text(&startup["cause"]).to_owned())
        .collect();
    causes.sort();
    causes
}
