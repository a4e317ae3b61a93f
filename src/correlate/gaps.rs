//! Notes on inputs whose events contradict each other.

use super::Note;
use crate::lifecycle::{History, Hole};
use crate::model::InputId;
use std::collections::BTreeMap;

/// One note for each such input: its first hole, and how many there are.
pub(super) fn missing_events(history: &History) -> impl Iterator<Item = Note> {
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
        let more = match holes.len() - 1 {
            0 => String::new(),
            1 => "; and another time".to_owned(),
            more => format!("; and {more} more times"),
        };
        let text = format!(
            "line {}: events before it are missing, between {} and {}: {}{more}",
            first.shown_by.place.line,
            first.from.format("%Y-%m-%d %H:%M:%S%.3f"),
            first.to.format("%H:%M:%S%.3fZ"),
            first.missing,
        );
        Some((input, text))
    })
}
