//! All that a rule may look at when it judges one startup.

use super::overview::Overview;
use crate::correlate::{ContainerLog, Correlated, Startup};
use crate::lifecycle::identity::Identity;
use crate::lifecycle::{Container, End, Run, Start};
use crate::model::{Citation, Cited, Event, Fact, Snapshot, Time};

/// A `StartedAt` is before its `start` event by up to 0.46 s where measured.
const CLOCK_JITTER: chrono::TimeDelta = chrono::TimeDelta::milliseconds(1500);

/// One startup and everything around it.
#[derive(Clone, Copy)]
pub(super) struct Scene<'a> {
    pub(super) all: &'a Correlated,
    pub(super) startup: &'a Startup,
    pub(super) index: usize,
    pub(super) container: &'a Container,
    pub(super) log: &'a ContainerLog,
    pub(super) identity: &'a Identity,
    /// The run and its index, when the startup could be placed.
    pub(super) run: Option<(usize, &'a Run)>,
    /// What is known over all containers.
    pub(super) overview: &'a Overview<'a>,
}

impl<'a> Scene<'a> {
    pub(super) fn new(
        all: &'a Correlated,
        startup: &'a Startup,
        overview: &'a Overview<'a>,
    ) -> Self {
        let container = &all.history.containers[startup.container];
        Self {
            all,
            startup,
            index: startup.container,
            container,
            log: &all.logs[startup.container],
            identity: &all.identities[startup.container],
            run: startup
                .run
                .and_then(|run| container.runs.get(run).map(|found| (run, found))),
            overview,
        }
    }

    /// The run before this one, in the same container.
    pub(super) fn previous(&self) -> Option<&'a Run> {
        let (index, _) = self.run?;
        index
            .checked_sub(1)
            .map(|before| &self.container.runs[before])
    }

    /// How the run before ended.
    ///
    /// An end later than this start is not its: the events have a hole there.
    pub(super) fn previous_end(&self) -> Option<&'a End> {
        let start = self.start().map(|start| start.time);
        self.previous()?.end.as_deref().filter(|end| {
            start
                .zip(end.time)
                .is_none_or(|(start, end)| end <= start + CLOCK_JITTER)
        })
    }

    /// How this run's start is known.
    pub(super) fn start(&self) -> Option<&'a Start> {
        self.run?.1.start.as_ref()
    }

    /// When this run started (by event or snapshot where there is one), else when its log says.
    pub(super) fn at(&self) -> Option<Time> {
        self.start().map(|start| start.time).or(self.startup.at)
    }

    /// The line that shows the startup itself: the start event, else the first start line.
    pub(super) fn shown_by(&self) -> Option<(&'static str, &'a Citation)> {
        use crate::lifecycle::StartSource;
        if let Some(start) = self.start() {
            let claim = match start.source {
                StartSource::Event => "start",
                StartSource::Inspect => "StartedAt",
                StartSource::Log => "started",
            };
            return Some((claim, &start.citation));
        }
        let first = self.startup.facts.first()?;
        Some(("started", &self.log.facts[*first].citation))
    }

    /// A fact of the container's log.
    pub(super) fn fact(&self, index: usize) -> &'a Fact {
        &self.log.facts[index]
    }

    /// The snapshots that show this very run, oldest first.
    pub(super) fn snapshots(
        &self,
    ) -> impl DoubleEndedIterator<Item = &'a Cited<Snapshot>> + use<'a> {
        let container = self.container;
        let of_run = self.run.map_or(&[][..], |(_, run)| &run.snapshots[..]);
        of_run
            .iter()
            .filter_map(move |index| container.snapshots.get(*index))
    }

    /// The other containers of the same service, by first appearance.
    pub(super) fn siblings(&self) -> impl Iterator<Item = usize> + use<'_, 'a> {
        let members = self.all.members.get(&self.identity.key);
        members
            .into_iter()
            .flatten()
            .copied()
            .filter(|index| *index != self.index)
    }

    /// Whether the events are complete for `from..=to`.
    pub(super) fn events_cover(&self, from: Time, to: Time) -> bool {
        self.all.history.coverage.covers(from, to)
    }

    /// The container's events in a window.
    pub(super) fn events(
        &self,
        from: Time,
        to: Time,
    ) -> impl DoubleEndedIterator<Item = &'a Cited<Event>> + use<'a> {
        self.container.events_between(from, to)
    }
}
