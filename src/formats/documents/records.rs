//! What a document holds, whatever its kind.

use super::Parsed;
use super::Problem;
use super::host::ContainerLine;
use crate::model::ledger::LedgerEntry;
use crate::model::{Cited, Event, JournalRecord, NetworkSnapshot, Snapshot, Time};

/// The records of one document, by type. Each kind of document fills in what it knows.
#[derive(Debug, Default)]
pub struct Records {
    /// What the engine did.
    pub events: Vec<Cited<Event>>,
    /// States of containers.
    pub snapshots: Vec<Cited<Snapshot>>,
    /// States of networks.
    pub networks: Vec<Cited<NetworkSnapshot>>,
    /// What the engine's log or a host's log says.
    pub journal: Vec<Cited<JournalRecord>>,
    /// What a record says of itself.
    pub ledgers: Vec<Cited<LedgerEntry>>,
    /// Lines that containers wrote into a host's journal. They are a log and still to be scanned.
    pub container_lines: Vec<ContainerLine>,
    /// What was not understood.
    pub problems: Vec<Problem>,
    /// How many lines the document has.
    pub lines: u64,
}

impl Records {
    /// Whether nothing was understood.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.events.is_empty()
            && self.snapshots.is_empty()
            && self.networks.is_empty()
            && self.journal.is_empty()
            && self.ledgers.is_empty()
            && self.container_lines.is_empty()
    }

    /// From the first to the last moment that its events, containers and log lines tell of.
    #[must_use]
    pub fn span(&self) -> Option<(Time, Time)> {
        let events = self.events.iter().map(|event| {
            let event = &event.value;
            (event.begins(), event.time)
        });
        let snapshots = self.snapshots.iter().filter_map(|state| {
            let state = &state.value;
            let time = state.started_at.max(state.finished_at).or(state.created)?;
            Some((time, time))
        });
        let journal = self.journal.iter().filter_map(|record| {
            let time = record.value.time?;
            Some((time, time))
        });
        events
            .chain(snapshots)
            .chain(journal)
            .reduce(|all, span| (all.0.min(span.0), all.1.max(span.1)))
    }
}

/// Makes the records of one type into those of a document.
macro_rules! from_parsed {
    ($($type:ty: $field:ident,)*) => {$(
        impl From<Parsed<$type>> for Records {
            fn from(parsed: Parsed<$type>) -> Self {
                Self {
                    $field: parsed.records,
                    problems: parsed.problems,
                    lines: parsed.lines,
                    ..Self::default()
                }
            }
        }
    )*};
}

from_parsed! {
    Event: events,
    Snapshot: snapshots,
    NetworkSnapshot: networks,
    JournalRecord: journal,
    LedgerEntry: ledgers,
}
