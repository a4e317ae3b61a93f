//! Scans all logs in parallel, with bounded memory, and puts the pieces together in order.

mod assembly;
mod kept;
mod limit;
mod order;
mod piece;
mod tasks;

pub use kept::KeptLogs;

use super::Progress;
use super::inputs::Log;
use crate::formats::time::Zone;
use crate::ingest::{Source, Watch};
use crate::model::log::LogFacts;
use crate::model::report::Input;
use crate::model::{Cited, JournalRecord, Time};
use crate::scan::{BeforeStarts, Scanner};
use crate::signatures::Signatures;
use assembly::Assembly;
use limit::Limit;
use order::InOrder;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use tasks::Tasks;

/// Scans all `logs`. The result does not depend on the number of threads.
pub(super) fn scan(
    logs: Vec<Log>,
    signatures: &Signatures,
    zone: Option<&Zone>,
    ends: &[Time],
    before_starts: BeforeStarts,
    inputs: &mut [Input],
    progress: &dyn Progress,
) -> (Vec<LogFacts>, Vec<Cited<JournalRecord>>) {
    let prefilters: Vec<_> = logs
        .iter()
        .map(|log| signatures.prefilter_with(log.format.extra_literals()))
        .collect();
    let scanners: Vec<Scanner<'_>> = logs
        .iter()
        .zip(&prefilters)
        .map(|(log, own)| Scanner {
            input: log.id,
            format: log.format,
            signatures,
            zone,
            prefilter: own.as_ref().unwrap_or_else(|| signatures.prefilter()),
            ends,
            before_starts,
        })
        .collect();
    let limit = Limit::among(logs.len());
    let assembled: Vec<Mutex<InOrder>> = logs
        .iter()
        .map(|log| Mutex::new(InOrder::new(Assembly::for_log(log))))
        .collect();
    let watches: Vec<Option<Watch>> = logs.iter().map(|log| log.source.watch.clone()).collect();
    let sources: Vec<(usize, Source)> =
        logs.into_iter().map(|log| log.source).enumerate().collect();
    let (files, streams): (Vec<_>, Vec<_>) = sources
        .into_iter()
        .partition(|(_, source)| source.as_file().is_some());

    let tasks = Tasks::new(streams, &files);
    let next = AtomicU64::new(0);
    rayon::broadcast(|_| {
        while let Some((log, task)) = tasks.get(next.fetch_add(1, Ordering::Relaxed)) {
            task.run(&scanners[log], &assembled[log], &limit, progress);
        }
        // The next stages need the memory.
        tasks::free_buffer();
    });
    drop(tasks);
    let mut assembled: Vec<Assembly> = assembled
        .into_iter()
        .filter_map(|log| log.into_inner().ok())
        .map(|log| log.assembly)
        .collect();
    for assembly in &mut assembled {
        assembly.thin_out(&limit);
    }
    for (log, watch) in watches.iter().enumerate() {
        let Some(watch) = watch else { continue };
        let open = files.iter().find(|(file, _)| *file == log);
        if let Some(change) = watch.changed(open.and_then(|(_, source)| source.as_file())) {
            assembled[log].changed(change);
        }
    }
    let mut journal = Vec::new();
    let mut logs: Vec<LogFacts> = assembled
        .into_iter()
        .filter_map(|mut assembly| {
            let input = inputs.get_mut(assembly.facts.input.0 as usize)?;
            journal.append(&mut assembly.journal);
            Some(assembly.finish(input))
        })
        .collect();
    leave_out_continued(&mut logs);
    (logs, journal)
}

/// Drops what the first record of a file seems to say when it is only the rest of a long line that
/// began in the older rotated file: all pieces of such a line carry the same time.
fn leave_out_continued(logs: &mut [LogFacts]) {
    let begun: Vec<(u64, Time)> = logs
        .iter()
        .filter_map(|log| Some((log.rotation, log.goes_on?)))
        .collect();
    if begun.is_empty() {
        return;
    }
    for log in logs {
        let rotation = log.rotation;
        log.facts.retain(|fact| {
            let goes_on = |(older, time): &(u64, Time)| {
                *older > rotation && fact.citation.time == Some(*time)
            };
            fact.citation.place.line != 1 || !begun.iter().any(goes_on)
        });
    }
}
