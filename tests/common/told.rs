//! What the program reports of a story.
#![allow(
    dead_code,
    unreachable_pub,
    missing_docs,
    clippy::must_use_candidate,
    clippy::return_self_not_must_use,
    clippy::unwrap_used,
    reason = "each test file uses a part of it, and fails by panicking"
)]

use super::story::{Moment, Story, stamp};
use super::{Ran, items, startups, text, whystart};
use serde_json::Value;

/// The report on a story, which assertions follow in a chain.
pub struct Told {
    story: String,
    report: Value,
    /// The startup that [`Told::startup`] named last, from 0.
    current: usize,
}

impl Story {
    /// The program's report. It ends with status 0, and neither the report nor standard error has
    /// a warning that the story does not expect.
    #[track_caller]
    pub fn report(self) -> Told {
        self.exits(0)
    }

    /// As [`Story::report`], with another status.
    #[track_caller]
    pub fn exits(mut self, status: i32) -> Told {
        let story = std::mem::take(&mut self.name);
        let expected = std::mem::take(&mut self.warnings);
        let ran = self.run();
        assert_eq!(ran.status, status, "{story}: {}", ran.err);
        let report: Value = serde_json::from_str(&ran.out).unwrap();
        let inputs = items(&report["inputs"]).iter();
        let warnings = inputs.flat_map(|input| items(&input["warnings"])).map(text);
        let said: Vec<&str> = ran.err.lines().chain(warnings).collect();
        for line in &said {
            let is_expected = expected.iter().any(|words| line.contains(words));
            assert!(is_expected, "{story}: nobody expected this: {line}");
        }
        for words in &expected {
            let is_said = said.iter().any(|line| line.contains(words));
            assert!(is_said, "{story}: no {words:?} in {said:#?}");
        }
        Told {
            story,
            report,
            current: 0,
        }
    }

    /// Runs the program in a folder with the story's evidence and nothing else.
    #[track_caller]
    fn run(mut self) -> Ran {
        let folder = tempfile::tempdir().unwrap();
        let mut words = std::mem::take(&mut self.words);
        words.splice(
            0..0,
            ["report", "--format", "json", "--threads", "1"].map(str::to_owned),
        );
        words.extend(self.write(folder.path()));
        let output = whystart(words).current_dir(folder.path()).output();
        output.unwrap().into()
    }
}

/// Assertions on the whole report.
impl Told {
    /// The causes of all startups: service by service, by time.
    #[track_caller]
    pub fn causes(self, expected: &[&str]) -> Self {
        let found: Vec<&str> = self.each("cause").map(text).collect();
        assert_eq!(found, expected, "{}", self.story);
        self
    }

    /// What a field holds in each startup.
    pub fn each<'a>(&'a self, field: &'a str) -> impl Iterator<Item = &'a Value> {
        self.startups()
            .into_iter()
            .map(move |startup| &startup[field])
    }

    /// How the runs ended: service by service, container by container. `-` where the run goes on.
    #[track_caller]
    pub fn ends(self, expected: &[&str]) -> Self {
        let ends = self
            .runs()
            .map(|run| run["ended_by"].as_str().unwrap_or("-"));
        assert_eq!(ends.collect::<Vec<_>>(), expected, "{}", self.story);
        self
    }

    /// How many runs there are.
    #[track_caller]
    pub fn run_count(self, expected: usize) -> Self {
        assert_eq!(self.runs().count(), expected, "{}", self.story);
        self
    }

    /// The names of all services.
    #[track_caller]
    pub fn services(self, expected: &[&str]) -> Self {
        let services = items(&self.report["services"]).iter();
        let names: Vec<&str> = services.map(|service| text(&service["name"])).collect();
        assert_eq!(names, expected, "{}", self.story);
        self
    }

    /// There is this finding.
    #[track_caller]
    pub fn finding(self, id: &str) -> Self {
        let found = self.findings();
        assert!(found.contains(&id), "{}: no {id} in {found:?}", self.story);
        self
    }

    /// There is no such finding.
    #[track_caller]
    pub fn no_finding(self, id: &str) -> Self {
        let found = self.findings();
        assert!(!found.contains(&id), "{}: {id} in {found:?}", self.story);
        self
    }

    /// How many startups of the report's summary are real duplicates.
    #[track_caller]
    pub fn duplicates(self, expected: u64) -> Self {
        assert_eq!(
            self.report["summary"]["duplicates"], expected,
            "{}",
            self.story
        );
        self
    }

    /// All startups.
    pub fn startups(&self) -> Vec<&Value> {
        let all = startups(&self.report).into_iter();
        all.map(|(_, startup)| startup).collect()
    }

    /// The whole report, for what has no assertion of its own.
    pub fn json(&self) -> &Value {
        &self.report
    }

    fn runs(&self) -> impl Iterator<Item = &Value> {
        let services = items(&self.report["services"]).iter();
        services
            .flat_map(|service| items(&service["containers"]))
            .flat_map(|container| items(&container["runs"]))
    }

    fn findings(&self) -> Vec<&str> {
        let services = items(&self.report["services"]).iter();
        services
            .flat_map(|service| items(&service["findings"]))
            .map(|finding| text(&finding["id"]))
            .collect()
    }
}

/// Assertions on one startup.
impl Told {
    /// The startup with this number, from 1, over all services, has this cause. What follows is about it.
    #[track_caller]
    pub fn startup(mut self, number: usize, cause: &str) -> Self {
        self.current = number - 1;
        self.holds("cause", &cause.into())
    }

    /// What follows is about the last startup, which has this cause.
    #[track_caller]
    pub fn last(self, cause: &str) -> Self {
        let number = self.startups().len();
        assert!(number > 0, "{}: there is no startup", self.story);
        self.startup(number, cause)
    }

    /// A line that proves the verdict holds these words, or what is said of it does.
    #[track_caller]
    pub fn cites(self, words: &str) -> Self {
        let startup = self.current();
        let holds = |line: &Value| {
            text(&line["text"]).contains(words) || text(&line["claim"]).contains(words)
        };
        let found = items(&startup["evidence"]).iter().any(holds);
        assert!(found, "{}: {words:?} in {startup:#}", self.story);
        self
    }

    /// The numbers of all lines that prove the verdict.
    #[track_caller]
    pub fn cites_lines(self, expected: &[u64]) -> Self {
        let startup = self.current();
        let lines = items(&startup["evidence"]).iter();
        let found: Vec<u64> = lines.map(|line| line["line"].as_u64().unwrap()).collect();
        assert_eq!(found, expected, "{}: {startup:#}", self.story);
        self
    }

    /// How far it got.
    #[track_caller]
    pub fn outcome(self, expected: &str) -> Self {
        self.holds("outcome", &expected.into())
    }

    /// The family of its cause.
    #[track_caller]
    pub fn family(self, expected: &str) -> Self {
        self.holds("family", &expected.into())
    }

    /// When it happened.
    #[track_caller]
    pub fn at(self, expected: impl Moment) -> Self {
        self.holds("at", &stamp(expected).into())
    }

    /// The report knows of something that would have told more.
    #[track_caller]
    pub fn misses_something(self) -> Self {
        let startup = self.current();
        assert!(
            !items(&startup["missing"]).is_empty(),
            "{}: {startup:#}",
            self.story
        );
        self
    }

    /// The cause that would be the next one to think of.
    #[track_caller]
    pub fn first_candidate(self, cause: &str) -> Self {
        let startup = self.current();
        let first = &startup["candidates"][0]["cause"];
        assert_eq!(first, cause, "{}: {startup:#}", self.story);
        self
    }

    /// A field of it.
    #[track_caller]
    pub fn holds(self, field: &str, expected: &Value) -> Self {
        let startup = self.current();
        assert_eq!(&startup[field], expected, "{}: {startup:#}", self.story);
        self
    }

    /// The startup that the assertions are about.
    #[track_caller]
    pub fn current(&self) -> &Value {
        let all = self.startups();
        let found = all.get(self.current).copied();
        found.unwrap_or_else(|| panic!("{}: there are {} startups", self.story, all.len()))
    }
}
