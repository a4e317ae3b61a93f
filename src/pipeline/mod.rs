//! Wires the stages; owns threads, order and progress.

mod assemble;
mod bundles;
mod config;
mod documents;
mod filters;
mod foreign;
mod history;
mod inputs;
mod logs;
mod odd;
mod records;
mod unstarted;
mod zone;

pub use config::{Config, InputSpec, Named, Progress, Role};
pub use filters::{Unmatched, unmatched};
pub use logs::KeptLogs;

use crate::classify;
use crate::correlate;
use crate::formats::time::Zone;
use crate::lifecycle::{Documents, History};
use crate::model::log::LogFacts;
use crate::model::report::{Input, Report, SCHEMA, Tool};
use crate::model::{EventKind, Fact, Time};
use crate::scan::BeforeStarts;
use crate::signatures::Signatures;

/// A report, and whether every named input could be read.
#[derive(Clone, Debug)]
pub struct Analysis {
    /// The report.
    pub report: Report,
    /// Why named inputs could not be read at all, or are nothing that can be read, one message each. Where
    /// there is one, the exit status is 2.
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
    /// The zone is unknown.
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

/// As [`run`], with inputs besides files. Each of `named` must have a path of its own.
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

/// As [`run_with`], with logs that were scanned before.
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

/// All that was read, before anything is made of it.
struct ReadEvidence {
    inputs: Vec<Input>,
    documents: Documents,
    logs: Vec<LogFacts>,
    unreadable: Vec<String>,
}

/// Reads all inputs and calls `go_on` with what was read, on the threads that `config` asks for.
fn with_evidence<T: Send>(
    config: &Config,
    named: Vec<Named>,
    progress: &dyn Progress,
    go_on: impl FnOnce(ReadEvidence) -> T + Send,
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
        // Freeing the compiled signatures takes a moment; another thread does it meanwhile.
        rayon::join(|| go_on(evidence), || drop(signatures)).0
    }))
}

fn read(
    config: &Config,
    opened: inputs::Opened,
    signatures: &Signatures,
    zone: &Zone,
    progress: &dyn Progress,
) -> ReadEvidence {
    let inputs::Opened {
        mut inputs,
        documents,
        logs,
        suspects,
        mut unreadable,
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
    // The lines before a start explain how the run before ended. Logs alone show no ends, so then only
    // an error right before the start counts.
    let only_logs = documents.events.is_empty()
        && documents.snapshots.is_empty()
        && documents.journal.is_empty();
    let before_starts = if only_logs {
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
    mark_recognised(&mut inputs, &logs);
    unreadable.extend(foreign::refused(&suspects, &mut inputs));
    documents.journal.extend(journal);
    if config.timezone.is_none() {
        zone::infer_in_logs(&mut logs, &documents.events, &mut inputs);
    }
    ReadEvidence {
        inputs,
        documents,
        logs,
        unreadable,
    }
}

/// Notes in which inputs a signature knows a line.
fn mark_recognised(inputs: &mut [Input], logs: &[LogFacts]) {
    for log in logs.iter().filter(|log| !log.facts.is_empty()) {
        if let Some(input) = inputs.get_mut(log.input.0 as usize) {
            input.recognised = true;
        }
    }
}

fn analyse(config: &Config, evidence: ReadEvidence) -> Analysis {
    let ReadEvidence {
        mut inputs,
        documents,
        logs,
        unreadable,
    } = evidence;
    // Logs that were scanned before may have come in.
    mark_recognised(&mut inputs, &logs);
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
    for (input, note) in correlate::unseen_runs(&all).chain(unstarted::notes(&all)) {
        if let Some(input) = inputs.get_mut(input.0 as usize) {
            input.notes.push(note);
        }
    }
    let (services, summary, left_out) = assemble::assemble(&all, config);
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
            left_out,
        },
        unreadable,
        evidence: all,
    }
}
