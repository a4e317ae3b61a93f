//! What the recorder is told, and what it asks for.

use crate::model::ledger::EngineName;
use crate::record::limit::Limit;
use crate::record::stream::Rotation;

/// How to record.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Options {
    /// Keep events that say nothing, too.
    pub all: bool,
    /// When segments are closed.
    pub rotation: Rotation,
    /// What the record may grow to.
    pub limit: Limit,
}

/// Which engine is recorded, by its own words when a connection is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RecordedEngine {
    /// Its id, name and version.
    pub name: EngineName,
    /// How many events it tells of again: [`CAPACITY`](super::CAPACITY) for Docker. `None` when that is not known, as
    /// for podman, which reads them from a journal.
    pub capacity: Option<usize>,
}

/// Something to ask the engine for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Want {
    /// The container's id.
    pub id: String,
    /// Its name; empty when it is not known.
    pub name: String,
    /// What.
    pub kind: WantKind,
}

/// What to ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WantKind {
    /// A snapshot.
    Snapshot,
    /// A snapshot, and what the log says in the first moments.
    SnapshotAndFirstLines,
    /// The last lines of its log.
    Log,
    /// The last lines of its log, then a snapshot.
    LogAndSnapshot,
}
