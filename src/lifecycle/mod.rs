//! Events, inspect and journals become containers and their runs.

pub mod container;
pub mod coverage;
pub mod engine;
pub mod holes;
pub mod identity;
mod runs;

pub use container::{Container, End, Run, Sighting, Start, StartSource, Starts};
pub use coverage::Coverage;
pub use engine::{Boot, Engine};
pub use holes::Hole;
use holes::Recorded;

use crate::model::ledger::{Entry, Span};
use crate::model::{
    Cited, Event, EventKind, JournalKind, JournalRecord, NetworkSnapshot, Snapshot,
};
use rayon::prelude::*;
use std::collections::{BTreeMap, HashMap};
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
    /// What records say of themselves: what they cover, and what they do not.
    pub ledgers: Vec<Cited<Entry>>,
}

/// What the engine's side of the story is known to be.
#[derive(Clone, Debug, Default)]
pub struct History {
    /// Every container that the documents (and later the logs) show, by first appearance.
    pub containers: Vec<Container>,
    /// When the engine went down and came up.
    pub engine: Engine,
    /// The windows in which the events are complete.
    pub coverage: Coverage,
    /// The events hold starts of containers but not one change of a network: they were filtered when
    /// they were recorded, for the engine attaches networks at every start.
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
    /// place; the same event read from two inputs counts once.
    #[must_use]
    pub fn build(documents: Documents) -> Self {
        let Documents {
            events,
            snapshots,
            mut journal,
            ledgers,
            ..
        } = documents;
        let told = Coverage::of_events(&events);
        let networks_left_out = were_filtered(&events);
        let events = in_order(events);
        let recorded = Recorded::of(&events);
        journal.sort_by(|a, b| {
            (a.value.time, a.citation.place).cmp(&(b.value.time, b.citation.place))
        });
        let engine = Engine::from_journal(&journal).with_gaps(&ledgers);

        let mut swarm = Vec::new();
        let mut by_id = ById::default();
        for event in events {
            if matches!(event.value.kind, EventKind::Service { .. }) {
                swarm.push(event);
            } else if let Some(id) = &event.value.container_id {
                by_id.of(id).add_event(event);
            }
        }
        for snapshot in snapshots {
            let id: Arc<str> = snapshot.value.id.as_str().into();
            by_id.of(&id).add_snapshot(snapshot);
        }
        let mut containers = by_id.containers;
        // Each for itself: on as many threads as the caller's pool has.
        containers
            .par_iter_mut()
            .for_each(|container| container.settle(recorded, &engine));
        containers.sort_by(|a, b| (a.first_seen(), &a.id).cmp(&(b.first_seen(), &b.id)));
        holes::of_names(&mut containers, recorded);
        let holes = containers.iter().flat_map(|container| &container.holes);
        // What a record says that it covers, it covers.
        let covered = ledgers.iter().filter_map(|entry| match entry.value {
            Entry::Covered(Span { from, to }) => Some((from, to)),
            _ => None,
        });
        let coverage = told
            .without(holes.map(|hole| (hole.from, hole.to)))
            .and(covered);

        let is_host =
            |kind: &JournalKind| matches!(kind, JournalKind::Action(_) | JournalKind::Note);
        let (host, daemon): (Vec<_>, Vec<_>) = journal
            .into_iter()
            .partition(|record| is_host(&record.value.kind));
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

/// Whether the events lack what the engine emits with every start. podman (told by its `init` and
/// `cleanup`) emits nothing of networks there.
fn were_filtered(events: &[Cited<Event>]) -> bool {
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

/// Containers by their ids, which may be given in full in one place and cut to 12 digits in another.
#[derive(Default)]
struct ById {
    containers: Vec<Container>,
    /// The ids as they were met first, in order: a cut one comes before the full one that it begins.
    ids: BTreeMap<Arc<str>, usize>,
    /// Every id that was met.
    met: HashMap<Arc<str>, usize, foldhash::fast::RandomState>,
}

impl ById {
    fn of(&mut self, id: &Arc<str>) -> &mut Container {
        let index = match self.met.get(id) {
            Some(index) => *index,
            None => self.meet(id),
        };
        &mut self.containers[index]
    }

    fn meet(&mut self, id: &Arc<str>) -> usize {
        let longer = self.ids.range(Arc::clone(id)..).next();
        let shorter = || self.ids.range(..Arc::clone(id)).next_back();
        let known = longer
            .filter(|(known, _)| known.starts_with(id.as_ref()))
            .or_else(|| {
                shorter().filter(|(known, _)| known.len() >= 12 && id.starts_with(known.as_ref()))
            })
            .map(|(_, index)| *index);
        let index = known.unwrap_or_else(|| {
            self.containers.push(Container::new(id.to_string()));
            let index = self.containers.len() - 1;
            self.ids.insert(Arc::clone(id), index);
            index
        });
        let container = &mut self.containers[index];
        if id.len() > container.id.len() {
            container.id = id.to_string();
        }
        self.met.insert(Arc::clone(id), index);
        index
    }
}

/// By time, then by place; one of several copies of the same event.
fn in_order(mut events: Vec<Cited<Event>>) -> Vec<Cited<Event>> {
    events.sort_by_key(|a| (a.value.time, a.citation.place));
    let mut inputs = events.iter().map(|event| event.citation.place.input);
    let first = inputs.next();
    if inputs.all(|input| Some(input) == first) {
        // Copies come from another input.
        return events;
    }
    // They have the same nanosecond, so they are near each other; a replayed stream may put other
    // events of that nanosecond between them.
    let mut kept: Vec<Cited<Event>> = Vec::with_capacity(events.len());
    for event in events {
        let copy = kept
            .iter()
            .rev()
            .take_while(|earlier| earlier.value.time == event.value.time)
            .any(|earlier| {
                earlier.citation.place.input != event.citation.place.input
                    && earlier.value.container_id == event.value.container_id
                    && earlier.value.kind.same(&event.value.kind)
            });
        if !copy {
            kept.push(event);
        }
    }
    kept
}
