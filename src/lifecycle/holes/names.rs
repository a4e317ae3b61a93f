//! Removals that no event shows: a container has the name of another that was never removed.

use super::{Hole, Recorded};
use crate::lifecycle::Container;
use std::collections::BTreeMap;

/// Adds a hole where one container has the name of another that was neither renamed nor removed: its
/// removal is missing. `containers` are sorted by when they were first seen.
pub(in crate::lifecycle) fn add_missed_removals(containers: &mut [Container], recorded: Recorded) {
    if !recorded.removals {
        return;
    }
    let mut owners: BTreeMap<String, usize> = BTreeMap::new();
    for index in 0..containers.len() {
        let Some(first) = containers[index].events.first() else {
            continue;
        };
        let (Some(name), to) = (first.value.name.as_deref(), first.value.begins()) else {
            continue;
        };
        let shown_by = first.citation.clone();
        let Some(before) = owners.insert(name.to_owned(), index) else {
            continue;
        };
        let owner = &containers[before];
        let last = owner.events.last().map(|event| event.value.time);
        let Some(from) = last.filter(|last| *last < to) else {
            continue;
        };
        if owner.removed.is_some() || owner.name() != Some(name) {
            continue;
        }
        let hole = Hole {
            from,
            to,
            shown_by,
            missing: "the removal of the container that had the name before",
        };
        containers[before].holes.push(hole.clone());
        containers[index].holes.insert(0, hole);
    }
}
