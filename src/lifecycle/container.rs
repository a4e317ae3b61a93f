//! One container ID, its names, and what happened to it.

use super::{Engine, Hole, holes::Recorded};
use crate::formats::events;
use crate::model::EndedBy;
use crate::model::{Citation, Cited, Event, EventKind, Snapshot, Time};
use chrono::TimeDelta;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A moment and the line that shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sighting {
    /// When.
    pub time: Time,
    /// The line.
    pub citation: Citation,
}

/// One container: an ID. Names are attributes that change.
#[derive(Clone, Debug, Default)]
pub struct Container {
    /// As much of the ID as is known; empty when only a name is.
    pub id: String,
    /// The names it had, each from a moment on (`None`: from the beginning).
    pub names: Vec<(Option<Time>, String)>,
    /// The image reference it was created from.
    pub image: Option<String>,
    /// The image's id.
    pub image_id: Option<String>,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// Its creation.
    pub created: Option<Sighting>,
    /// Its removal.
    pub removed: Option<Sighting>,
    /// Its events, by time.
    pub events: Vec<Cited<Event>>,
    /// Its snapshots, oldest first.
    pub snapshots: Vec<Cited<Snapshot>>,
    /// The command lines of its HEALTHCHECK: from inspect, and by the health events that follow them.
    pub health_commands: BTreeSet<Arc<str>>,
    /// When the events show its creation.
    pub seen_created: Option<Time>,
    /// The networks that it had, each time after they had changed.
    pub networks: Vec<(Time, Arc<BTreeSet<Arc<str>>>)>,
    /// When events of it are missing, oldest first.
    pub holes: Vec<Hole>,
    /// Its runs, oldest first.
    pub runs: Vec<Run>,
}

/// One life of the container's main process. A log may show very many of which it shows no end, so what
/// ends have is kept apart.
#[derive(Clone, Debug, Default)]
pub struct Run {
    /// Its start, when the evidence shows it.
    pub start: Option<Start>,
    /// Its end, when the evidence shows it.
    pub end: Option<Box<End>>,
    /// Whether it is the container's first run: `None` when the evidence does not say.
    pub is_first: Option<bool>,
    /// The snapshots taken during or after this run and before the next, as indices into the
    /// container's snapshots.
    pub snapshots: Vec<usize>,
}

/// How a run's start is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Start {
    /// When.
    pub time: Time,
    /// The line that shows it.
    pub citation: Citation,
    /// What kind of line that is.
    pub source: StartSource,
    /// The `restart` event that belongs to it.
    pub restart: Option<Box<Citation>>,
}

/// What shows a run's start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum StartSource {
    /// A `start` event.
    Event,
    /// `State.StartedAt` of a snapshot.
    Inspect,
    /// The log's own startup lines.
    Log,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct End {
    /// When; `None` when only the fact is known.
    pub time: Option<Time>,
    /// The main process's exit status.
    pub exit_code: Option<i64>,
    /// What ended it.
    pub by: EndedBy,
    /// The lines that show it, each with what it shows, in order.
    pub shown_by: Vec<(String, Citation)>,
    /// The stop or kill request, when there was one.
    pub requested: Option<Sighting>,
    /// The SIGKILL that had to enforce the request.
    pub forced_by: Option<Box<Citation>>,
}

impl Run {
    /// When it started.
    #[must_use]
    pub fn started_at(&self) -> Option<Time> {
        self.start.as_ref().map(|start| start.time)
    }

    /// When it ended.
    #[must_use]
    pub fn ended_at(&self) -> Option<Time> {
        self.end.as_ref().and_then(|end| end.time)
    }
}

/// The starts of a container's runs, to find runs by time.
#[derive(Clone, Debug, Default)]
pub struct Starts {
    all: Vec<Option<Time>>,
    /// From this run on all starts are known.
    known_from: usize,
    /// From there on they are in order.
    in_order: bool,
}

impl Starts {
    /// The starts of `runs`.
    #[must_use]
    pub fn new(runs: &[Run]) -> Self {
        let all: Vec<Option<Time>> = runs.iter().map(Run::started_at).collect();
        let known_from = all.iter().rposition(Option::is_none).map_or(0, |at| at + 1);
        let in_order = all[known_from..].is_sorted();
        Self {
            all,
            known_from,
            in_order,
        }
    }

    /// The last run that may have begun by `time` (an index): one of which no start is known may.
    #[must_use]
    pub fn last_by(&self, time: Time) -> Option<usize> {
        let by = |start: &Option<Time>| start.is_none_or(|start| start <= time);
        if self.in_order {
            let behind = self.all[self.known_from..].partition_point(by);
            (self.known_from + behind).checked_sub(1)
        } else {
            self.all.iter().rposition(by)
        }
    }
}

impl Container {
    /// A container of which nothing but (a part of) its id is known.
    #[must_use]
    pub fn new(id: String) -> Self {
        Self {
            id,
            ..Self::default()
        }
    }

    /// The id as Docker shows it: its first 12 digits.
    #[must_use]
    pub fn short_id(&self) -> &str {
        crate::model::id::short_id(&self.id)
    }

    /// Takes in an event about this container. Events come by time.
    pub(super) fn add_event(&mut self, event: Cited<Event>) {
        let value = &event.value;
        if let Some(name) = &value.name {
            if let EventKind::Rename {
                old_name: Some(old),
            } = &value.kind
                && self.names.is_empty()
            {
                self.names.push((None, old.clone()));
            }
            if self.names.last().is_none_or(|(_, last)| **last != **name) {
                let from = (!self.names.is_empty()).then_some(value.time);
                self.names.push((from, name.as_ref().to_owned()));
            }
        }
        if self.image.is_none() {
            self.image = value.image.as_deref().map(str::to_owned);
        }
        if self.labels.is_empty() && !value.labels.is_empty() {
            self.labels = value.labels.as_ref().clone();
        }
        let sighting = || Sighting {
            time: value.time,
            citation: event.citation.clone(),
        };
        match value.kind {
            EventKind::Create => self.created = Some(sighting()),
            EventKind::Destroy => self.removed = Some(sighting()),
            _ => {}
        }
        self.events.push(event);
    }

    /// Takes in a snapshot of this container.
    pub(super) fn add_snapshot(&mut self, snapshot: Cited<Snapshot>) {
        self.snapshots.push(snapshot);
    }

    /// Derives everything else once all events and snapshots are in.
    pub(super) fn settle(&mut self, recorded: Recorded, engine: &Engine) {
        self.snapshots.sort_by(|a, b| {
            let key = |s: &Cited<Snapshot>| {
                (
                    s.value.started_at.max(s.value.finished_at),
                    s.value.restart_count,
                    s.value.running == Some(false),
                    s.citation.place,
                )
            };
            key(a).cmp(&key(b))
        });
        if let Some(last) = self.snapshots.last().map(|s| s.value.clone()) {
            if self.names.is_empty() {
                // A container may have been renamed between two snapshots.
                for snapshot in &self.snapshots {
                    let Some(name) = &snapshot.value.name else {
                        continue;
                    };
                    if self.names.last().is_none_or(|(_, known)| known != name) {
                        let from = (!self.names.is_empty())
                            .then_some(snapshot.value.started_at)
                            .flatten();
                        self.names.push((from, name.clone()));
                    }
                }
            }
            self.image = self.image.take().or(last.image);
            self.image_id = last.image_id;
            if self.labels.is_empty() || last.labels.len() > self.labels.len() {
                self.labels = last.labels;
            }
            if self.created.is_none()
                && let Some(time) = last.created
            {
                let citation = self
                    .snapshots
                    .iter()
                    .find_map(|s| s.value.lines.get("Created"))
                    .cloned();
                self.created = citation.map(|citation| Sighting { time, citation });
            }
        }
        events::join(&mut self.events);
        self.health_commands = health_commands(self);
        self.networks = networks(&self.events);
        self.seen_created = self
            .events
            .iter()
            .find(|event| event.value.kind == EventKind::Create)
            .map(|event| event.value.time);
        self.holes = super::holes::holes_in(&self.events, recorded, engine);
        self.runs = super::runs::runs_of(self, engine);
    }

    /// The earliest moment at which the evidence shows it.
    #[must_use]
    pub fn first_seen(&self) -> Option<Time> {
        let event = self.events.first().map(|event| event.value.begins());
        let created = self.created.as_ref().map(|created| created.time);
        let run = self.runs.first().and_then(Run::started_at);
        [event, created, run].into_iter().flatten().min()
    }

    /// Its latest name.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.names.last().map(|(_, name)| name.as_str())
    }

    /// Its name at `time`.
    #[must_use]
    pub fn name_at(&self, time: Time) -> Option<&str> {
        self.names
            .iter()
            .rev()
            .find(|(from, _)| from.is_none_or(|from| from <= time))
            .or(self.names.first())
            .map(|(_, name)| name.as_str())
    }

    /// The networks that the events show it attached to at `time`; `None` before the first change.
    #[must_use]
    pub fn networks_at(&self, time: Time) -> Option<&BTreeSet<Arc<str>>> {
        let after = self.networks.partition_point(|(at, _)| *at <= time);
        let (_, networks) = self.networks.get(after.checked_sub(1)?)?;
        Some(networks)
    }

    /// Its events in `from..=to`.
    #[must_use]
    pub fn events_between(
        &self,
        from: Time,
        to: Time,
    ) -> impl DoubleEndedIterator<Item = &Cited<Event>> {
        let begin = self.events.partition_point(|event| event.value.time < from);
        let end = self.events.partition_point(|event| event.value.time <= to);
        self.events[begin..end.max(begin)].iter()
    }
}

/// From inspect, and by the health events that follow them.
fn health_commands(container: &Container) -> BTreeSet<Arc<str>> {
    let mut health: BTreeSet<Arc<str>> = container
        .snapshots
        .iter()
        .filter_map(|snapshot| snapshot.value.healthcheck.as_deref())
        .map(|command| command.trim_end().into())
        .collect();
    let mut last: Option<(Time, &str)> = None;
    for event in &container.events {
        match &event.value.kind {
            EventKind::ExecDie {
                exec_id: Some(_),
                command,
                ..
            } => {
                last = command
                    .as_ref()
                    .filter(|command| command.created)
                    .map(|command| (event.value.time, command.line.trim_end()));
            }
            EventKind::Health(_) => {
                // The state changes within milliseconds of the probe that changed it.
                if let Some((time, command)) = last
                    && event.value.time - time <= TimeDelta::seconds(1)
                    && !health.contains(command)
                {
                    health.insert(command.into());
                }
            }
            _ => {}
        }
    }
    health
}

/// The networks after each change of them. A container has few different sets of them, however often
/// it is restarted.
fn networks(events: &[Cited<Event>]) -> Vec<(Time, Arc<BTreeSet<Arc<str>>>)> {
    let mut known: Vec<Arc<BTreeSet<Arc<str>>>> = Vec::new();
    let mut changes: Vec<(Time, Arc<BTreeSet<Arc<str>>>)> = Vec::new();
    for event in events {
        let networks = || {
            let (_, last) = changes.last()?;
            Some(last.as_ref().clone())
        };
        let now = match &event.value.kind {
            EventKind::NetworkConnect { network, .. } => {
                let mut now = networks().unwrap_or_default();
                now.insert(Arc::clone(network));
                now
            }
            EventKind::NetworkDisconnect { network, .. } => {
                let mut now = networks().unwrap_or_default();
                now.remove(network);
                now
            }
            _ => continue,
        };
        let same = known.iter().find(|known| ***known == now).cloned();
        let now = same.unwrap_or_else(|| {
            let new = Arc::new(now);
            known.push(Arc::clone(&new));
            new
        });
        changes.push((event.value.time, now));
    }
    changes
}
