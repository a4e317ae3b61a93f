//! What the program says in the end: the report, as its renderers and its JSON contract know it.
//!
//! The JSON form is versioned ([`SCHEMA`]); field names and their order here are that contract.

use super::{
    Candidate, Case, Cause, EndedBy, Evidence, Family, Initiator, InputId, InputKind, Note,
    Outcome, Severity, Time, Warning,
};
use schemars::JsonSchema;
use serde::{Serialize, Serializer};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The contract's name and version.
pub const SCHEMA: &str = "whystart.report/1";

/// A whole report.
#[derive(Clone, Debug, JsonSchema, Serialize)]
pub struct Report {
    /// The contract's name and version.
    #[schemars(extend("const" = SCHEMA))]
    pub schema: &'static str,
    /// Who made it.
    pub tool: Tool,
    /// What was read, in the order of the ids.
    pub inputs: Vec<Input>,
    /// What was found, sorted by name.
    pub services: Vec<Service>,
    /// Counts over all services.
    pub summary: Summary,
    /// What was found and not asked for, when no startup was left.
    #[serde(skip)]
    #[schemars(skip)]
    pub left_out: LeftOut,
}

/// The startups that were not asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LeftOut {
    /// Those of services and containers that were not asked for.
    pub of_others: u64,
    /// The others, which are outside of `since` and `until`.
    pub outside: u64,
    /// The first time of those outside.
    pub first: Option<Time>,
    /// The last time of those outside.
    pub last: Option<Time>,
    /// The start of the window that was asked for.
    pub since: Option<Time>,
    /// Its end.
    pub until: Option<Time>,
}

/// The program that made the report.
#[derive(Clone, Debug, JsonSchema, Serialize)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Tool {
    pub name: &'static str,
    pub version: &'static str,
}

/// One input and its coverage.
#[derive(Clone, Debug, JsonSchema, Serialize)]
pub struct Input {
    /// Its number, from 0.
    pub id: InputId,
    /// Its path as given (`-` for standard input).
    pub path: String,
    /// What it turned out to be.
    pub kind: InputKind,
    /// Lines (or records, where there are no lines).
    pub lines: u64,
    /// Bytes of the decoded stream.
    pub bytes: u64,
    /// Lines or records that could not be understood and were left out.
    pub skipped: u64,
    /// The first time in it.
    #[serde(serialize_with = "rfc3339")]
    #[schemars(with = "Option<Time>")]
    pub from: Option<Time>,
    /// The last time in it.
    #[serde(serialize_with = "rfc3339")]
    #[schemars(with = "Option<Time>")]
    pub to: Option<Time>,
    /// What was wrong or assumed, each a sentence that names the line.
    #[schemars(with = "Vec<String>")]
    pub warnings: Vec<Warning>,
    /// What is to be known of it though nothing is wrong, each a sentence.
    #[schemars(with = "Vec<String>")]
    pub notes: Vec<Note>,
    /// Whether it held a record, or a line that a signature knows.
    #[serde(skip)]
    #[schemars(skip)]
    pub recognised: bool,
    /// Whether it is plain text without a time in its beginning, as no log is.
    #[serde(skip)]
    #[schemars(skip)]
    pub timeless: bool,
}

impl Input {
    /// One of which nothing was read yet.
    #[must_use]
    pub fn new(id: InputId, path: impl Into<String>, kind: InputKind) -> Self {
        Self {
            id,
            path: path.into(),
            kind,
            lines: 0,
            bytes: 0,
            skipped: 0,
            from: None,
            to: None,
            warnings: Vec::new(),
            notes: Vec::new(),
            recognised: false,
            timeless: false,
        }
    }
}

/// A service over all its containers.
#[derive(Clone, Debug, JsonSchema, Serialize)]
pub struct Service {
    /// Its name.
    pub name: String,
    /// Its containers, by first appearance.
    pub containers: Vec<Container>,
    /// Its startups, by time.
    pub startups: Vec<Startup>,
    /// What to change so that it does not happen again.
    pub findings: Vec<Finding>,
}

impl Service {
    /// The container of `startup`, where its id is known.
    #[must_use]
    pub fn container_of(&self, startup: &Startup) -> Option<&Container> {
        let id = startup.container_id.as_ref()?;
        self.containers
            .iter()
            .find(|container| container.id.as_ref() == Some(id))
    }
}

/// One container of a service.
#[derive(Clone, Debug, JsonSchema, Serialize)]
pub struct Container {
    /// Its id, as much of it as is known.
    pub id: Option<String>,
    /// Its latest name.
    pub name: Option<String>,
    /// The image reference it was created from.
    pub image: Option<String>,
    /// When it was created.
    #[serde(serialize_with = "rfc3339")]
    #[schemars(with = "Option<Time>")]
    pub created_at: Option<Time>,
    /// When it was removed.
    #[serde(serialize_with = "rfc3339")]
    #[schemars(with = "Option<Time>")]
    pub removed_at: Option<Time>,
    /// Its runs, in order.
    pub runs: Vec<Run>,
    /// The windows in which its logs or the events would show what happens to it, sorted and apart.
    /// Not part of the JSON contract.
    #[serde(skip)]
    pub seen: Vec<(Time, Time)>,
}

/// One life of a container's main process.
#[derive(Clone, Debug, JsonSchema, Serialize)]
pub struct Run {
    /// Its number in the container, from 1, among the runs that the evidence shows.
    pub n: u32,
    /// When it started.
    #[serde(serialize_with = "rfc3339")]
    #[schemars(with = "Option<Time>")]
    pub started_at: Option<Time>,
    /// When it ended.
    #[serde(serialize_with = "rfc3339")]
    #[schemars(with = "Option<Time>")]
    pub ended_at: Option<Time>,
    /// The main process's exit status.
    pub exit_code: Option<i64>,
    /// How it ended.
    pub ended_by: Option<EndedBy>,
}

/// One startup and its verdict.
#[derive(Clone, Debug, JsonSchema, Serialize)]
pub struct Startup {
    /// Its number in the service, from 1, by time.
    pub n: u32,
    /// When, if a time is known.
    #[serde(serialize_with = "rfc3339")]
    #[schemars(with = "Option<Time>")]
    pub at: Option<Time>,
    /// The container's id, as much of it as is known.
    pub container_id: Option<String>,
    /// Its name at that moment.
    pub container_name: Option<Arc<str>>,
    /// The run's number in the container.
    pub run: Option<u32>,
    /// The PIDs that it shows, in the container's namespace.
    pub pids: Arc<[u32]>,
    /// Pool generations that it shows.
    pub generations: Arc<[u64]>,
    /// Pool addresses that it shows, as text.
    pub pool_ids: Arc<[String]>,
    /// How far it got.
    pub outcome: Outcome,
    /// A reader of the log sees the startup signature again.
    pub duplicate: bool,
    /// Why it happened.
    pub cause: Cause,
    /// The id of the rule that decided, see `explain --rules`.
    pub rule: &'static str,
    /// Where the cause lies; known for some `unknown` too.
    pub family: Family,
    /// A or B, for the two causes that are one.
    pub case: Option<Case>,
    /// Of all verdicts given with this figure, that share is right. Two decimals.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub confidence: f64,
    /// Who or what asked for it, where the evidence says.
    pub initiator: Option<Box<Initiator>>,
    /// What the verdict rests on. Never empty unless the cause is `unknown`.
    pub evidence: Vec<Evidence>,
    /// What speaks against it.
    pub against: Vec<Evidence>,
    /// What was not there and would have helped or would decide.
    pub missing: Vec<Cow<'static, str>>,
    /// Other causes that fit, likeliest first.
    pub candidates: Vec<Candidate>,
    /// One or two sentences for a human: what happened. Not part of the JSON contract.
    #[serde(skip)]
    pub summary: Cow<'static, str>,
    /// Why it is degraded or failed, in a few words. Not part of the JSON contract.
    #[serde(skip)]
    pub outcome_reason: Option<String>,
}

/// What was said of a startup before more was known.
#[derive(Clone, Copy, Debug, PartialEq, JsonSchema, Serialize)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Revised {
    pub cause: Cause,
    #[schemars(range(min = 0.0, max = 1.0))]
    pub confidence: f64,
    pub outcome: Outcome,
}

/// Advice that follows.
#[derive(Clone, Debug, JsonSchema, Serialize)]
pub struct Finding {
    /// Its id, never reused.
    pub id: &'static str,
    /// How urgent it is.
    pub severity: Severity,
    /// What is wrong, in a few words.
    pub title: &'static str,
    /// What was seen here.
    pub detail: String,
    /// What to change.
    pub remedy: &'static str,
    /// Where it was seen.
    pub evidence: Vec<Evidence>,
}

/// Counts over all services.
#[derive(Clone, Debug, Default, JsonSchema, Serialize)]
pub struct Summary {
    /// All startups.
    pub startups: u64,
    /// Those that a reader of the log takes for a second one.
    pub duplicates: u64,
    /// How many of each cause, in the order of the causes' table.
    #[schemars(with = "BTreeMap<String, u64>")]
    pub by_cause: BTreeMap<Cause, u64>,
}

/// RFC 3339 in UTC with nine digits, as the engine writes its own times; `null` when unknown.
#[expect(clippy::ref_option, reason = "the signature that serde calls")]
pub(crate) fn rfc3339<S: Serializer>(
    time: &Option<Time>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match time {
        Some(time) => serializer.collect_str(&time.format("%Y-%m-%dT%H:%M:%S%.9fZ")),
        None => serializer.serialize_none(),
    }
}
