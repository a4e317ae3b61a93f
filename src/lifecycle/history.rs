//! All documents together become the history of an engine.

use super::by_id::ById;
use super::holes::{self, Recorded};
use super::{Container, Coverage, Engine, order};
use crate::model::ledger::{LedgerEntry, Span};
use crate::model::{
    Cited, Event, EventKind, JournalKind, JournalRecord, NetworkSnapshot, Snapshot,
};
use rayon::prelude::*;
use std::sync::Arc;

/// All that was read beside the logs, in any order.
#[derive(Clone, Debug, Default)]
pub struct Documents {
    /// Events of all inputs.
    pub events: Vec<Cited<Event>>,
    /// Container snapshots of all inputs.
    pub snapshots: Vec<Cited<Snapshot>>,
    /// Network snapshots of all inputs.
    pub networks: Vec<Cited<NetworkSnapshot>>,
    /// Lines of the engine's log and of the host's logs.
    pub journal: Vec<Cited<JournalRecord>>,
    /// What records say of themselves: what they cover and what they do not.
    pub ledgers: Vec<Cited<LedgerEntry>>,
}

/// Everything that the documents say of the engine and its containers.
#[derive(Clone, Debug, Default)]
pub struct History {
    /// Every container that the documents show, by first appearance. Logs add others later.
    pub containers: Vec<Container>,
    /// When the engine went down and came up.
    pub engine: Engine,
    /// The windows in which the events are complete.
    pub coverage: Coverage,
    /// The events hold starts of containers but not one change of a network. They were filtered when
    /// they were recorded, since the engine attaches networks at every start.
    pub networks_left_out: bool,
    /// Swarm service events, by time.
    pub swarm: Vec<Cited<Event>>,
    /// Lines of the host's logs that carry a time, by time.
    pub host: Vec<Cited<JournalRecord>>,
    /// Lines of the engine's log that name a container, by time.
    pub daemon: Vec<Cited<JournalRecord>>,
}

impl History {
    /// Orders the documents and derives containers, runs and the engine's own history.
    ///
    /// The result does not depend on the order of the inputs: records are sorted by time, then by
    /// place, and an event that was read from two inputs counts once.
    #[must_use]
    pub fn build(documents: Documents) -> Self {
        let Documents {
            events,
            snapshots,
            mut journal,
            ledgers,
            ..
        } = documents;
        let told = Coverage::from_events(&events);
        let networks_left_out = lack_networks(&events);
        let events = order::sort_without_copies(events);
        let recorded = Recorded::from_events(&events);
        journal.sort_by(|a, b| {
            (a.value.time, a.citation.place).cmp(&(b.value.time, b.citation.place))
        });
        let engine = Engine::from_journal(&journal).with_gaps(&ledgers);

        let (mut containers, swarm) = collect_containers(events, snapshots);
        // Containers do not depend on each other, so all threads of the caller's pool share them.
        containers
            .par_iter_mut()
            .for_each(|container| container.settle(recorded, &engine));
        containers.sort_by(|a, b| (a.first_seen(), &a.id).cmp(&(b.first_seen(), &b.id)));
        holes::add_missed_removals(&mut containers, recorded);
        let coverage = without_holes(told, &containers, &ledgers);

        let (host, daemon) = split_journal(journal);
        Self {
            containers,
            engine,
            coverage,
            networks_left_out,
            swarm,
            host,
            daemon,
        }
    }
}

/// Gives each event and snapshot to its container. Events of swarm services have none; they come back
/// apart.
fn collect_containers(
    events: Vec<Cited<Event>>,
    snapshots: Vec<Cited<Snapshot>>,
) -> (Vec<Container>, Vec<Cited<Event>>) {
    let mut swarm = Vec::new();
    let mut by_id = ById::default();
    for event in events {
        if matches!(event.value.kind, EventKind::Service { .. }) {
            swarm.push(event);
        } else if let Some(id) = &event.value.container_id {
            by_id.container(id).add_event(event);
        }
    }
    for snapshot in snapshots {
        let id: Arc<str> = snapshot.value.id.as_str().into();
        by_id.container(&id).add_snapshot(snapshot);
    }
    (by_id.containers, swarm)
}

/// What the events cover without the holes in them, and what records say that they cover.
fn without_holes(
    told: Coverage,
    containers: &[Container],
    ledgers: &[Cited<LedgerEntry>],
) -> Coverage {
    let holes = containers.iter().flat_map(|container| &container.holes);
    let covered = ledgers.iter().filter_map(|entry| match entry.value {
        LedgerEntry::Covered(Span { from, to }) => Some((from, to)),
        _ => None,
    });
    told.without(holes.map(|hole| (hole.from, hole.to)))
        .and(covered)
}

/// Lines of the host's logs, and lines of the engine's.
fn split_journal(
    journal: Vec<Cited<JournalRecord>>,
) -> (Vec<Cited<JournalRecord>>, Vec<Cited<JournalRecord>>) {
    let is_host = |kind: &JournalKind| matches!(kind, JournalKind::Action(_) | JournalKind::Note);
    journal
        .into_iter()
        .partition(|record| is_host(&record.value.kind))
}

/// Whether the events lack the changes of networks that the engine emits with every start. podman (whose
/// events have `init` and `cleanup`) emits none there.
fn lack_networks(events: &[Cited<Event>]) -> bool {
    let any =
        |test: &dyn Fn(&EventKind) -> bool| events.iter().any(|event| test(&event.value.kind));
    any(&|kind| *kind == EventKind::Start)
        && !any(&|kind| {
            matches!(
                kind,
                EventKind::NetworkConnect { .. } | EventKind::NetworkDisconnect { .. }
            )
        })
        && !any(&holes::is_podmans)
}
