//! Logs that show no start: what they say all the same.

use crate::correlate::Correlated;
use crate::model::{Fact, FactKind, InputId, Note};
use std::collections::BTreeSet;

/// How many lines of a log are told.
const TOLD: usize = 3;

/// What the lines of containers without a startup say of ends, workers and reloads.
pub(super) fn notes(all: &Correlated) -> Vec<(InputId, Note)> {
    let started: BTreeSet<usize> = all
        .startups
        .iter()
        .map(|startup| startup.container)
        .collect();
    all.logs
        .iter()
        .enumerate()
        .filter(|(container, _)| !started.contains(container))
        .flat_map(|(_, log)| log.facts.iter().filter(|fact| is_told(fact)).take(TOLD))
        .map(|fact| {
            let said = fact.said_time().map(|said| said.time);
            let note = Note::Says {
                line: fact.citation.place.line,
                time: fact.time().or(said),
                words: fact.message().to_owned(),
            };
            (fact.citation.place.input, note)
        })
        .collect()
}

fn is_told(fact: &Fact) -> bool {
    matches!(
        fact.kind,
        FactKind::ShuttingDown
            | FactKind::ProcessEnd
            | FactKind::Signal
            | FactKind::Crash
            | FactKind::StartFailed
            | FactKind::WorkerExit
            | FactKind::ChildExit
            | FactKind::Reload
            | FactKind::Recovery
    )
}
