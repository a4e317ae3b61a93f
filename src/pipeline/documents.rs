//! Reads events, snapshots and journals whole.

use super::Progress;
use super::inputs::Document;
use super::odd::OddLines;
use super::records;
use crate::formats::documents::{self as kinds, Given, Reader, Records};
use crate::formats::host::ContainerLine;
use crate::formats::time::Zone;
use crate::ingest::Source;
use crate::lifecycle::Documents;
use crate::model::Said;
use crate::model::limits::LARGEST_DOCUMENT;
use crate::model::log::{LogFacts, Origin};
use crate::model::report::Input;
use crate::model::{Cited, Event, Fact, InputId, InputKind, Warning};
use crate::signatures::Signatures;
use chrono::Datelike as _;
use std::collections::BTreeMap;
use std::io::Read as _;

/// Parses all documents. Those whose lines may lack a year come last, because the others supply it.
pub(super) fn read(
    mut sources: Vec<Document>,
    signatures: &Signatures,
    inputs: &mut [Input],
    zone: &Zone,
    progress: &dyn Progress,
) -> Read {
    let mut logs = Vec::new();
    let mut documents = Documents::default();
    sources.sort_by_key(|document| (lacks_year(document.kind), document.id));
    let mut year = None;
    let mut live = BTreeMap::new();
    for Document { id, kind, source } in sources {
        let (Some(input), Some(row)) = (inputs.get_mut(id.0 as usize), kinds::row_for(kind)) else {
            continue;
        };
        if row.lacks_year && year.is_none() {
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
        let folder = crate::ingest::hint_of(&source.path).id;
        let records = match row.reader {
            Reader::InParts => {
                let parsed = super::history::read(id, source, zone, input, progress);
                input.warnings.extend(
                    watch
                        .and_then(|watch| watch.changed(None))
                        .map(Warning::Changed),
                );
                parsed.into()
            }
            Reader::Whole(read) => {
                let (bytes, error) = whole(source);
                input.warnings.extend(
                    watch
                        .and_then(|watch| watch.changed(None))
                        .map(Warning::Changed),
                );
                progress.advance(bytes.len() as u64);
                input.bytes = bytes.len() as u64;
                input.warnings.extend(error);
                read(&Given {
                    input: id,
                    bytes: &bytes,
                    zone,
                    year_hint: year,
                    container_id: folder.as_deref(),
                })
            }
        };
        note(input, &records);
        logs.extend(containers_in_journal(
            id,
            add(&mut documents, records),
            signatures,
        ));
    }
    Read { documents, logs }
}

/// Everything in a source, and what to say when that is not all of it.
fn whole(source: Source) -> (Vec<u8>, Option<Warning>) {
    let mut bytes = Vec::new();
    let read = source
        .into_reader()
        .take(LARGEST_DOCUMENT)
        .read_to_end(&mut bytes);
    let warning = match read {
        Err(error) => Some(super::inputs::ended_early(&error, bytes.len() as u64)),
        Ok(_) if bytes.len() as u64 == LARGEST_DOCUMENT => Some(Warning::TooLarge {
            read: LARGEST_DOCUMENT,
        }),
        Ok(_) => None,
    };
    (bytes, warning)
}

/// Adds what a document holds to what all others hold, and gives back the lines of containers in it.
fn add(documents: &mut Documents, records: Records) -> Vec<ContainerLine> {
    let Records {
        events,
        snapshots,
        networks,
        journal,
        ledgers,
        container_lines,
        problems: _,
        lines: _,
    } = records;
    append(&mut documents.events, events);
    documents.snapshots.extend(snapshots);
    documents.networks.extend(networks);
    documents.journal.extend(journal);
    documents.ledgers.extend(ledgers);
    container_lines
}

/// Histories are long: the first one is not copied.
fn append(all: &mut Vec<Cited<Event>>, events: Vec<Cited<Event>>) {
    if all.is_empty() {
        *all = events;
    } else {
        all.extend(events);
    }
}

/// What was read whole.
pub(super) struct Read {
    pub(super) documents: Documents,
    /// The containers' own lines among those of the host, one log for each journal.
    pub(super) logs: Vec<LogFacts>,
}

/// Scans the lines that containers wrote into a journal; `None` when there are none.
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

fn lacks_year(kind: InputKind) -> bool {
    kinds::row_for(kind).is_some_and(|row| row.lacks_year)
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

/// Writes down what was read of a document and what was not.
fn note(input: &mut Input, read: &Records) {
    input.lines = read.lines;
    let mut odd = OddLines::default();
    for problem in &read.problems {
        input.skipped += problem.skipped;
        odd.add(problem.line, problem.what, problem.skipped.max(1));
    }
    input.warnings.extend(odd.warnings());
    if let Some((from, to)) = read.span() {
        input.from = Some(input.from.map_or(from, |known| known.min(from)));
        input.to = input.to.max(Some(to));
    }
    input.recognised |= !read.is_empty();
    if read.is_empty() && read.problems.is_empty() {
        input.warnings.push(Warning::NothingAboutContainers);
    }
    if !read.ledgers.is_empty() {
        records::note(input, &read.ledgers);
    }
}
