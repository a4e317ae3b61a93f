//! What rules ask of all containers at once, gathered when it is first asked for: a host may have had
//! a hundred thousand.

use super::periodic::Series;
use crate::correlate::Correlated;
use crate::lifecycle::identity::ServiceKey;
use crate::lifecycle::{Run, StartSource, Starts};
use crate::model::{EndedBy, EventKind, Time};
use chrono::TimeDelta;
use std::collections::{BTreeMap, HashMap};
use std::sync::OnceLock;

/// A container by when it first did something.
type Begun = (Time, usize);

/// All containers, from the side of the rules.
pub(super) struct Overview<'a> {
    all: &'a Correlated,
    /// The regular series of requested restarts, by container; set once they are known.
    series: OnceLock<Vec<Series>>,
    services: OnceLock<BTreeMap<&'a ServiceKey, Members<'a>>>,
    known_by_log: OnceLock<KnownByLog>,
    unexplained: OnceLock<Vec<Begun>>,
    starts: OnceLock<Vec<Starts>>,
    /// Of each event of a container when it came, and whether somebody asked the engine for it.
    engine: OnceLock<Vec<(Time, bool)>>,
}

/// The containers of a service, by when they began.
#[derive(Default)]
struct Members<'a> {
    all: Vec<Begun>,
    /// Those of each replica; of `None` where replicas are not told apart.
    by_slot: HashMap<Option<&'a str>, Vec<Begun>>,
}

/// Containers of which nothing but a log tells, as indices, in order.
#[derive(Default)]
struct KnownByLog {
    /// Not even a name is known.
    nameless: Vec<usize>,
    /// The log has no times.
    untimed: Vec<usize>,
}

impl<'a> Overview<'a> {
    pub(super) fn new(all: &'a Correlated) -> Self {
        Self {
            all,
            series: OnceLock::new(),
            services: OnceLock::new(),
            known_by_log: OnceLock::new(),
            unexplained: OnceLock::new(),
            starts: OnceLock::new(),
            engine: OnceLock::new(),
        }
    }

    /// Takes in the regular series of requested restarts. They come by container.
    pub(super) fn set_series(&self, series: Vec<Series>) {
        self.series.get_or_init(|| series);
    }

    /// The regular series of one container; none before they are known.
    pub(super) fn series_of(&self, container: usize) -> &[Series] {
        let all = self.series.get().map_or(&[][..], Vec::as_slice);
        let from = all.partition_point(|series| series.container < container);
        let to = all.partition_point(|series| series.container <= container);
        &all[from..to]
    }

    /// The container of the same service as `index` that came last before `start`; one that can be the
    /// same replica if there is one.
    pub(super) fn predecessor(&self, index: usize, start: Time) -> Option<usize> {
        let services = self.services.get_or_init(|| by_service(self.all));
        let identity = &self.all.identities[index];
        let members = services.get(&identity.key)?;
        let last = |list: &[Begun]| {
            let earlier = list.partition_point(|(begun, _)| *begun < start);
            let mut earlier = list[..earlier].iter().rev().copied();
            earlier.find(|(_, other)| *other != index)
        };
        let of_slot = |slot| members.by_slot.get(&slot).and_then(|list| last(list));
        let same = identity.slot.as_deref().and_then(|slot| {
            // One whose replica is not known may be any.
            of_slot(Some(slot)).max(of_slot(None))
        });
        same.or_else(|| last(&members.all)).map(|(_, index)| index)
    }

    /// The container of the same service as `index` that came first after `start`.
    pub(super) fn successor(&self, index: usize, start: Time) -> Option<usize> {
        let services = self.services.get_or_init(|| by_service(self.all));
        let members = services.get(&self.all.identities[index].key)?;
        let later = members.all.partition_point(|(begun, _)| *begun <= start);
        let mut later = members.all[later..].iter().map(|(_, other)| *other);
        later.find(|other| *other != index)
    }

    /// Containers of which nothing but a log tells, not even a name.
    pub(super) fn nameless(&self) -> &[usize] {
        &self.known_by_log().nameless
    }

    /// Containers of which nothing but a log without times tells.
    pub(super) fn untimed(&self) -> &[usize] {
        &self.known_by_log().untimed
    }

    /// Starts for which no end of the run before is known and nobody asked, in `from..=to`: of each
    /// container the first, by container.
    pub(super) fn unexplained_starts(&self, from: Time, to: Time) -> BTreeMap<usize, Time> {
        let starts = self.unexplained.get_or_init(|| unexplained(self.all));
        let begin = starts.partition_point(|(start, _)| *start < from);
        let mut found = BTreeMap::new();
        let within = starts[begin..].iter().take_while(|(start, _)| *start <= to);
        for (start, container) in within {
            found.entry(*container).or_insert(*start);
        }
        found
    }

    /// The last run of a container that may have begun by `time`, as an index.
    pub(super) fn run_by(&self, container: usize, time: Time) -> Option<usize> {
        let starts = self.starts.get_or_init(|| {
            let containers = self.all.history.containers.iter();
            containers
                .map(|container| Starts::new(&container.runs))
                .collect()
        });
        starts[container].last_by(time)
    }

    /// A moment before `start` at which the events show the engine up and its boot over: it did what
    /// somebody asked, or it was idle and did something before.
    pub(super) fn engine_up_before(&self, start: Time) -> Option<Time> {
        let events = self.engine.get_or_init(|| {
            let containers = self.all.history.containers.iter();
            let events = containers.flat_map(|container| &container.events);
            let mut events: Vec<(Time, bool)> = events
                .map(|event| (event.value.time, is_asked_for(&event.value.kind)))
                .collect();
            events.sort_unstable();
            events
        });
        let mut later = start;
        let before = events.partition_point(|(time, _)| *time < start);
        for (time, asked_for) in events[..before].iter().rev() {
            if start - *time > LOOK_BACK {
                return None;
            }
            if later - *time >= IDLE || *asked_for && start - *time >= BOOT {
                return Some(*time);
            }
            later = *time;
        }
        None
    }

    fn known_by_log(&self) -> &KnownByLog {
        self.known_by_log.get_or_init(|| {
            let mut known = KnownByLog::default();
            for (index, container) in self.all.history.containers.iter().enumerate() {
                let Some(first) = self.all.logs[index].facts.first() else {
                    continue;
                };
                if !container.events.is_empty() || !container.snapshots.is_empty() {
                    continue;
                }
                if container.names.is_empty() {
                    known.nameless.push(index);
                }
                if first.time().is_none() {
                    known.untimed.push(index);
                }
            }
            known
        })
    }
}

/// An engine that boots starts its containers one after the other; it does not pause for this long.
const IDLE: TimeDelta = TimeDelta::seconds(15);
/// An engine that boots has started its containers within this time.
const BOOT: TimeDelta = TimeDelta::seconds(10);
/// So far back an engine is looked for.
const LOOK_BACK: TimeDelta = TimeDelta::minutes(5);

/// Whether an engine does it only when it is asked: not while it boots.
fn is_asked_for(kind: &EventKind) -> bool {
    matches!(
        kind,
        EventKind::ExecCreate { .. }
            | EventKind::ExecStart { .. }
            | EventKind::ExecDie { .. }
            | EventKind::Health(_)
            | EventKind::Kill { .. }
            | EventKind::Restart
            | EventKind::Stop
    )
}

fn by_service(all: &Correlated) -> BTreeMap<&ServiceKey, Members<'_>> {
    let mut services: BTreeMap<&ServiceKey, Members<'_>> = BTreeMap::new();
    for (index, identity) in all.identities.iter().enumerate() {
        if let Some(begun) = begun(all, index) {
            let members = services.entry(&identity.key).or_default();
            let slot = members.by_slot.entry(identity.slot.as_deref()).or_default();
            slot.push((begun, index));
            members.all.push((begun, index));
        }
    }
    for members in services.values_mut() {
        members.all.sort_unstable();
        members
            .by_slot
            .values_mut()
            .for_each(|slot| slot.sort_unstable());
    }
    services
}

/// When a container first did something that another one can take over.
fn begun(all: &Correlated, index: usize) -> Option<Time> {
    let container = &all.history.containers[index];
    let runs = &container.runs;
    runs.iter()
        .find_map(Run::started_at)
        .or_else(|| runs.iter().find_map(Run::ended_at))
        .or_else(|| all.logs[index].coverage.start())
        // Of one that was created and never started nothing can be taken over.
        .or_else(|| {
            container
                .first_seen()
                .filter(|_| container.created.is_none())
        })
}

fn unexplained(all: &Correlated) -> Vec<Begun> {
    let mut starts = Vec::new();
    for (index, container) in all.history.containers.iter().enumerate() {
        for (at, run) in container.runs.iter().enumerate() {
            let no_end = match at.checked_sub(1) {
                Some(before) => no_end_known(&container.runs[before]),
                None => run.is_first != Some(true),
            };
            let start = run.start.as_ref().filter(|start| {
                no_end && start.source == StartSource::Event && start.restart.is_none()
            });
            starts.extend(start.map(|start| (start.time, index)));
        }
    }
    starts.sort_unstable();
    starts
}

/// Nothing shows how a run ended.
pub(super) fn no_end_known(run: &Run) -> bool {
    run.end
        .as_ref()
        .is_none_or(|end| end.by == EndedBy::Unknown)
}
