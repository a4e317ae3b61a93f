//! Reads events, snapshots and journals whole.

use super::Progress;
use super::inputs::Document;
use super::odd::OddLines;
use super::records;
use crate::extract::Signatures;
use crate::formats::host::ContainerLine;
use crate::formats::time::Zone;
use crate::formats::{Parsed, daemon, host, inspect, ledger, networks};
use crate::lifecycle::Documents;
use crate::model::Said;
use crate::model::limits::LARGEST_DOCUMENT;
use crate::model::log::{LogFacts, Origin};
use crate::model::report::Input;
use crate::model::{Fact, InputId, InputKind, Time, Warning};
use chrono::Datelike as _;
use std::collections::BTreeMap;
use std::io::Read as _;

/// Parses all documents; journals last, because a year that their lines lack is taken from the rest.
pub(super) fn read(
    mut sources: Vec<Document>,
    signatures: &Signatures,
    inputs: &mut [Input],
    zone: &Zone,
    progress: &dyn Progress,
) -> Read {
    let mut logs = Vec::new();
    let mut documents = Documents::default();
    sources.sort_by_key(|document| (is_journal(document.kind), document.id));
    let mut year = None;
    let mut live = BTreeMap::new();
    for Document { id, kind, source } in sources {
        let Some(input) = inputs.get_mut(id.0 as usize) else {
            continue;
        };
        if is_journal(kind) && year.is_none() {
            year = year_of(&documents);
        }
        let source = match records::whole_lines(source, &mut live) {
            Ok(source) => source,
            Err(error) => {
                input.warnings.push(Warning::Unreadable(error.to_string()));
                continue;
            }
        };
        let watch = source.watch.clone();
        let changed = |input: &mut Input| {
            let change = watch.as_ref().and_then(|watch| watch.changed(None));
            input.warnings.extend(change.map(Warning::Changed));
        };
        if kind == InputKind::DockerEvents {
            let parsed = super::history::read(id, source, zone, input, progress);
            changed(input);
            let events = note(input, parsed, |event| Some((event.begins(), event.time)));
            if documents.events.is_empty() {
                documents.events = events;
            } else {
                documents.events.extend(events);
            }
            continue;
        }
        let folder = crate::ingest::hint_of(&source.path).id;
        let mut bytes = Vec::new();
        let read = source
            .into_reader()
            .take(LARGEST_DOCUMENT)
            .read_to_end(&mut bytes);
        changed(input);
        progress.advance(bytes.len() as u64);
        input.bytes = bytes.len() as u64;
        if let Err(error) = read {
            input
                .warnings
                .push(super::inputs::ended_early(&error, bytes.len() as u64));
        } else if bytes.len() as u64 == LARGEST_DOCUMENT {
            input.warnings.push(Warning::TooLarge {
                read: LARGEST_DOCUMENT,
            });
        }
        match kind {
            InputKind::DockerInspect | InputKind::ContainerConfig => {
                let parsed = inspect::parse_in_folder(id, &bytes, folder.as_deref());
                documents.snapshots.extend(note(input, parsed, |state| {
                    at(state.started_at.max(state.finished_at).or(state.created))
                }));
            }
            InputKind::NetworkInspect => {
                let parsed = networks::parse(id, &bytes);
                documents.networks.extend(note(input, parsed, |_| None));
            }
            InputKind::RecordLedger => {
                let parsed = ledger::parse(id, &bytes);
                let entries = note(input, parsed, |_| None);
                records::note(input, &entries);
                documents.ledgers.extend(entries);
            }
            InputKind::DaemonLog => {
                let parsed = daemon::parse_daemon(id, &bytes, zone, year);
                documents
                    .journal
                    .extend(note(input, parsed, |record| at(record.time)));
            }
            _ => {
                let lines = host::container_lines(id, &bytes, zone, year);
                let log = containers_in_journal(id, lines, signatures);
                let parsed = host::parse_host(id, &bytes, zone, year);
                let records = note(input, parsed, |record| at(record.time));
                documents.journal.extend(records);
                if log.is_some() {
                    input
                        .warnings
                        .retain(|warning| *warning != Warning::NothingAboutContainers);
                }
                logs.extend(log);
            }
        }
    }
    Read { documents, logs }
}

/// What was read whole.
pub(super) struct Read {
    pub(super) documents: Documents,
    /// The containers' own lines among those of the host, by journal.
    pub(super) logs: Vec<LogFacts>,
}

/// Recognises the lines that containers wrote into a journal; `None` when there is none.
fn containers_in_journal(
    input: InputId,
    lines: Vec<ContainerLine>,
    signatures: &Signatures,
) -> Option<LogFacts> {
    let mut log = LogFacts {
        input,
        origins: Vec::new(),
        facts: Vec::new(),
        last_lines: Vec::new(),
        from: lines.iter().filter_map(|line| line.citation.time).min(),
        to: lines.iter().filter_map(|line| line.citation.time).max(),
        rotation: 0,
        goes_on: None,
    };
    for line in lines {
        let container_id = Some(line.container_id);
        let known = log
            .origins
            .iter()
            .position(|origin| origin.container_id == container_id);
        let origin = known.unwrap_or_else(|| {
            log.origins.push(Origin {
                container_id,
                ..Origin::default()
            });
            log.origins.len() - 1
        });
        let mut recognised = Vec::new();
        signatures.recognise(line.message.as_bytes(), &mut recognised);
        for found in recognised {
            log.facts.push(Fact {
                kind: found.kind,
                signature: found.signature,
                citation: line.citation.clone(),
                said: Said::new(found.message, &[]),
                fields: found.fields,
                multi: found.multi,
                origin: u32::try_from(origin).unwrap_or(u32::MAX),
                aside: None,
            });
        }
    }
    (!log.origins.is_empty()).then_some(log)
}

fn is_journal(kind: InputKind) -> bool {
    matches!(kind, InputKind::DaemonLog | InputKind::HostLog)
}

/// The year of the newest thing known.
fn year_of(documents: &Documents) -> Option<i32> {
    let event = documents.events.iter().map(|event| event.value.time).max();
    let state = documents
        .snapshots
        .iter()
        .filter_map(|state| state.value.started_at.max(state.value.created))
        .max();
    event.max(state).map(|time| time.year())
}

/// The span of what has no duration.
fn at(time: Option<Time>) -> Option<(Time, Time)> {
    time.map(|time| (time, time))
}

/// Writes down what was read and what was not; gives back the records, each of which tells of a `span`.
fn note<T>(
    input: &mut Input,
    parsed: Parsed<T>,
    span: impl Fn(&T) -> Option<(Time, Time)>,
) -> Vec<crate::model::Cited<T>> {
    input.lines = parsed.lines;
    let mut odd = OddLines::default();
    for problem in &parsed.problems {
        input.skipped += problem.skipped;
        odd.add(problem.line, problem.what, problem.skipped.max(1));
    }
    input.warnings.extend(odd.warnings());
    let spans = parsed
        .records
        .iter()
        .filter_map(|record| span(&record.value));
    if let Some((from, to)) = spans.reduce(|all, span| (all.0.min(span.0), all.1.max(span.1))) {
        input.from = Some(input.from.map_or(from, |known| known.min(from)));
        input.to = input.to.max(Some(to));
    }
    if parsed.records.is_empty() && parsed.problems.is_empty() {
        input.warnings.push(Warning::NothingAboutContainers);
    }
    parsed.records
}
