//! Wires the stages; owns threads, order and progress.

mod assemble;
mod bundles;
mod documents;
mod history;
mod inputs;
mod logs;
mod odd;
mod records;
mod zone;

pub use logs::KeptLogs;

use crate::classify;
use crate::correlate;
use crate::extract::Signatures;
use crate::extract::scan::BeforeStarts;
use crate::formats::time::Zone;
use crate::lifecycle::{Documents, History};
use crate::model::log::LogFacts;
use crate::model::report::{Input, Report, SCHEMA, Tool};
use crate::model::{EventKind, Fact, Time, Window};
use std::path::PathBuf;

/// What to analyse, resolved: the command line's words with all questions answered.
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// What to read, in any order; the report does not depend on it.
    pub inputs: Vec<InputSpec>,
    /// Report only startups at or after this time.
    pub since: Option<Time>,
    /// Report only startups before this time.
    pub until: Option<Time>,
    /// Report only these services (exact names), when not empty.
    pub services: Vec<String>,
    /// Report only these containers (names, or ids of at least 4 hex digits), when not empty. With
    /// one of them, a log whose container is not known otherwise belongs to it.
    pub containers: Vec<String>,
    /// The zone of times without one, as the user named it (`UTC`, `+01:00`, `Europe/Berlin`, `local`).
    pub timezone: Option<String>,
    /// The user's own signature packs.
    pub signatures: Vec<PathBuf>,
    /// Worker threads; `None` for one a core.
    pub threads: Option<usize>,
}

impl Config {
    fn window(&self) -> Window {
        Window {
            since: self.since,
            until: self.until,
        }
    }
}

/// One word of the command line that names something to read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct InputSpec {
    /// A file or folder; `-` is standard input.
    pub path: PathBuf,
    /// What the user said it is; `None` to recognise it by content.
    pub role: Option<Role>,
}

/// What the user may say that an input is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Role {
    Events,
    Inspect,
    Journal,
}

/// Something to read that is no file on this machine: an answer of the engine.
pub struct Named {
    /// What stands for a path in the report and in citations.
    pub path: PathBuf,
    /// What it is; `None` to recognise it by content.
    pub role: Option<Role>,
    /// Begins to read it. What goes wrong then is a warning of the input.
    pub open: Box<dyn FnOnce() -> std::io::Result<Box<dyn std::io::Read + Send>>>,
    /// What is known to be wrong with it before it is read.
    pub warnings: Vec<String>,
}

/// Where progress and warnings go. The pipeline never prints.
pub trait Progress: Sync {
    /// `bytes` more bytes were read.
    fn advance(&self, bytes: u64);
    /// The inputs known so far sum up to `bytes`.
    fn expect(&self, bytes: u64);
}

/// Takes no notice.
impl Progress for () {
    fn advance(&self, _: u64) {}
    fn expect(&self, _: u64) {}
}

/// A report, and whether every named input could be read.
#[derive(Clone, Debug)]
pub struct Analysis {
    /// The report.
    pub report: Report,
    /// Named inputs that could not be read at all, each as an error message. Not empty: exit status 2.
    pub unreadable: Vec<String>,
    /// What the report was made from.
    pub evidence: correlate::Correlated,
}

/// Something that makes the whole analysis impossible.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A signature pack is wrong.
    #[error("{0}")]
    Signatures(String),
    /// A zone that nobody knows.
    #[error(
        "unknown time zone {0:?}: give UTC, local, an offset such as +01:00, or a name such as Europe/Berlin"
    )]
    Zone(String),
    /// The threads could not be started.
    #[error("cannot start the worker threads: {0}")]
    Threads(String),
}

/// Reads everything that `config` names and says why each startup happened.
///
/// # Errors
/// Only for what makes the whole analysis impossible; an input that cannot be read is reported in
/// [`Analysis::unreadable`] and as a warning of its input.
pub fn run(config: &Config, progress: &dyn Progress) -> Result<Analysis, Error> {
    run_with(config, Vec::new(), progress)
}

/// As [`run`], with more to read than files. All of `named` must have different paths.
///
/// # Errors
/// As [`run`].
pub fn run_with(
    config: &Config,
    named: Vec<Named>,
    progress: &dyn Progress,
) -> Result<Analysis, Error> {
    with_evidence(config, named, progress, |evidence| {
        analyse(config, evidence)
    })
}

/// As [`run_with`], with logs that were read before.
///
/// # Errors
/// As [`run`].
pub fn run_beside(
    config: &Config,
    named: Vec<Named>,
    kept: &KeptLogs,
    progress: &dyn Progress,
) -> Result<Analysis, Error> {
    with_evidence(config, named, progress, |mut evidence| {
        kept.join(&mut evidence.inputs, &mut evidence.logs);
        analyse(config, evidence)
    })
}

/// The recognised lines of all logs, log by log, before anything is made of them.
///
/// # Errors
/// As [`run`].
pub fn facts(config: &Config, progress: &dyn Progress) -> Result<Vec<Fact>, Error> {
    with_evidence(config, Vec::new(), progress, |evidence| {
        let logs = evidence.logs.into_iter();
        logs.flat_map(|log| log.facts).collect()
    })
}

/// All that was read.
struct Evidence {
    inputs: Vec<Input>,
    documents: Documents,
    logs: Vec<LogFacts>,
    unreadable: Vec<String>,
}

/// Reads what `config` and `named` name and goes on with it, on as many threads as it wants.
fn with_evidence<T: Send>(
    config: &Config,
    named: Vec<Named>,
    progress: &dyn Progress,
    go_on: impl FnOnce(Evidence) -> T + Send,
) -> Result<T, Error> {
    let threads = rayon::ThreadPoolBuilder::new()
        .num_threads(config.threads.unwrap_or(0))
        .build()
        .map_err(|error| Error::Threads(error.to_string()))?;
    let signatures = threads
        .install(|| Signatures::with_files(&config.signatures))
        .map_err(|error| Error::Signatures(error.to_string()))?;
    let zone = match &config.timezone {
        None => Zone::Utc,
        Some(name) => Zone::parse(name).ok_or_else(|| Error::Zone(name.clone()))?,
    };
    let opened = inputs::open(&config.inputs, named);
    Ok(threads.install(|| {
        let evidence = read(config, opened, &signatures, &zone, progress);
        // What was compiled for reading makes room for what comes of it, while that is made.
        rayon::join(|| go_on(evidence), || drop(signatures)).0
    }))
}

fn read(
    config: &Config,
    opened: inputs::Opened,
    signatures: &Signatures,
    zone: &Zone,
    progress: &dyn Progress,
) -> Evidence {
    let inputs::Opened {
        mut inputs,
        documents,
        logs,
        unreadable,
    } = opened;
    progress.expect(inputs::size(&documents) + inputs::size_of_logs(&logs));
    let documents::Read {
        mut documents,
        logs: in_journals,
    } = documents::read(documents, signatures, &mut inputs, zone, progress);
    if config.timezone.is_none() {
        zone::infer(&mut documents, &mut inputs);
    }
    let mut ends: Vec<Time> = documents
        .events
        .iter()
        .filter(|event| matches!(event.value.kind, EventKind::Die { .. }))
        .map(|event| event.value.time)
        .collect();
    ends.sort_unstable();
    ends.dedup();
    let named_zone = config.timezone.as_ref().map(|_| zone);
    // What was said before a start explains how the run before ended; where nothing but logs was read,
    // no end is known, and only an error right before the start counts.
    let nothing_beside = documents.events.is_empty()
        && documents.snapshots.is_empty()
        && documents.journal.is_empty();
    let before_starts = if nothing_beside {
        BeforeStarts {
            lines: classify::LINES_NEAR_START,
            worth: classify::may_be_fatal,
        }
    } else {
        BeforeStarts::ALL
    };
    let (mut logs, journal) = logs::scan(
        logs,
        signatures,
        named_zone,
        &ends,
        before_starts,
        &mut inputs,
        progress,
    );
    logs.extend(in_journals);
    documents.journal.extend(journal);
    if config.timezone.is_none() {
        zone::infer_in_logs(&mut logs, &documents.events, &mut inputs);
    }
    Evidence {
        inputs,
        documents,
        logs,
        unreadable,
    }
}

fn analyse(config: &Config, evidence: Evidence) -> Analysis {
    let Evidence {
        mut inputs,
        documents,
        logs,
        unreadable,
    } = evidence;
    let history = History::build(documents);
    let only = match &config.containers[..] {
        [only] => Some(only.as_str()),
        _ => None,
    };
    let paths: Vec<String> = inputs.iter().map(|input| input.path.clone()).collect();
    let all = correlate::correlate(history, logs, only, &paths);
    for (input, note) in &all.notes {
        if let Some(input) = inputs.get_mut(input.0 as usize) {
            input.warnings.push(note.clone());
        }
    }
    let (services, summary) = assemble::assemble(&all, config);
    Analysis {
        report: Report {
            schema: SCHEMA,
            tool: Tool {
                name: env!("CARGO_PKG_NAME"),
                version: env!("CARGO_PKG_VERSION"),
            },
            inputs,
            services,
            summary,
        },
        unreadable,
        evidence: all,
    }
}
