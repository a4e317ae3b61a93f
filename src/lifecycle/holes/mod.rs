//! Events that contradict each other show that others between them are missing: a recording that was
//! interrupted and went on in the same file, or an engine that was asked once a day and keeps only its
//! last 256 events.
//!
//! [`state`] follows what the events so far say of a container, [`missing`] says which event does not
//! fit and what must have come before it, and [`names`] finds removals that no event shows.

mod missing;
mod names;
mod state;
#[cfg(test)]
mod tests;

pub(super) use names::add_missed_removals;

use super::Engine;
use crate::model::{Citation, Cited, Event, EventKind, Time};
use missing::Missing;
use state::State;

/// A time in which events of a container are missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hole {
    /// The last event before it.
    pub from: Time,
    /// The first one after it.
    pub to: Time,
    /// The event that shows it: it contradicts those before.
    pub shown_by: Citation,
    /// What is missing, for people.
    pub missing: &'static str,
}

/// What the events of a recording can tell at all.
#[derive(Clone, Copy, Debug)]
pub(super) struct Recorded {
    /// When they begin.
    from: Option<Time>,
    /// They are Docker's. podman has another order and tells less of a stop.
    docker: bool,
    /// `kill` events were not filtered out.
    kills: bool,
    /// Removals were not filtered out.
    removals: bool,
}

impl Recorded {
    /// Reads it off all events, which are sorted by time.
    pub(super) fn from_events(events: &[Cited<Event>]) -> Self {
        let any =
            |test: &dyn Fn(&EventKind) -> bool| events.iter().any(|event| test(&event.value.kind));
        Self {
            from: events.first().map(|event| event.value.begins()),
            docker: !any(&is_podmans),
            removals: any(&|kind| *kind == EventKind::Destroy),
            kills: any(&|kind| {
                matches!(
                    kind,
                    EventKind::Kill { .. }
                        | EventKind::NetworkConnect { .. }
                        | EventKind::NetworkDisconnect { .. }
                )
            }),
        }
    }
}

/// Whether podman alone emits such an event.
pub(super) fn is_podmans(kind: &EventKind) -> bool {
    matches!(kind, EventKind::Other(what) if what.ends_with("init") || what.ends_with("cleanup"))
}

/// The holes that the events of one container show, oldest first.
pub(super) fn holes_in(events: &[Cited<Event>], recorded: Recorded, engine: &Engine) -> Vec<Hole> {
    let mut holes = Vec::new();
    let mut state = State::Unknown;
    for (index, event) in events.iter().enumerate() {
        let found = missing::missing_before(events, index, state, recorded)
            // An engine that was killed emits nothing about what ended with it.
            .filter(|_| engine.boot_at(event.value.time).is_none());
        if let Some(Missing { from, to, what }) = found
            // Two events of a kind at the same moment are one that was told twice.
            && from < to
        {
            holes.push(Hole {
                from,
                to,
                shown_by: event.citation.clone(),
                missing: what,
            });
        }
        state = state.after(&event.value);
    }
    holes
}
