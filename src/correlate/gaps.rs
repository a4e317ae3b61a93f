//! Warnings of inputs whose events contradict each other.

use super::InputWarning;
use crate::lifecycle::{History, Hole};
use crate::model::warning::LineWarning;
use crate::model::{InputId, Warning};
use std::collections::BTreeMap;

/// One warning for each such input: its first hole, and how many there are.
pub(super) fn missing_events(history: &History) -> impl Iterator<Item = InputWarning> {
    let mut holes: BTreeMap<InputId, Vec<&Hole>> = BTreeMap::new();
    for hole in history
        .containers
        .iter()
        .flat_map(|container| &container.holes)
    {
        holes
            .entry(hole.shown_by.place.input)
            .or_default()
            .push(hole);
    }
    holes.into_iter().filter_map(|(input, mut holes)| {
        holes.sort_by_key(|hole| (hole.from, hole.to));
        // A hole that two containers share is one.
        holes.dedup_by_key(|hole| (hole.from, hole.to));
        let first = holes.first()?;
        let warning = Warning::Line {
            line: first.shown_by.place.line,
            what: LineWarning::EventsMissing {
                from: first.from,
                to: first.to,
                missing: first.missing,
                more: holes.len() - 1,
            },
        };
        Some((input, warning))
    })
}
