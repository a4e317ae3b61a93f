//! All that a rule may look at when it judges one startup.

use super::overview::Overview;
use super::verdict::Verdict;
use super::words::ended;
use crate::correlate::{ContainerLog, Correlated, Startup};
use crate::lifecycle::identity::Identity;
use crate::lifecycle::{Container, End, Run, Start, StartSource};
use crate::model::{Citation, Cited, Event, Fact, FactKind, Snapshot, Time};

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
    /// How surely the run is its container's first, where it is: see `first_run::certainty`.
    pub(super) first: Option<f64>,
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
            first: None,
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

    /// The verdict with its last line: the start itself.
    pub(super) fn with_start(&self, mut verdict: Verdict) -> Verdict {
        if let Some((claim, line)) = self.shown_by() {
            verdict.cite(claim, line);
        }
        if let Some(restart) = self.start().and_then(|start| start.restart.as_ref()) {
            verdict.cite("restart", restart);
        }
        verdict
    }

    /// The verdict with the lines that show how the run before ended, then the start.
    pub(super) fn with_end(&self, mut verdict: Verdict) -> Verdict {
        if let Some(end) = self.previous_end() {
            for (claim, line) in &end.shown_by {
                verdict.cite(claim.clone(), line);
            }
        }
        self.with_start(verdict)
    }

    /// How the run before ended, for a sentence.
    pub(super) fn previous_words(&self) -> String {
        self.previous_end()
            .map_or_else(|| "ended".to_owned(), ended)
    }

    /// Whether the start came with a restart request.
    pub(super) fn was_restarted(&self) -> bool {
        self.start().is_some_and(|start| start.restart.is_some())
    }

    /// The lines in which the run's database says that it had not been shut down in order.
    pub(super) fn recovery_lines(&self) -> impl Iterator<Item = &'a Fact> + use<'a> {
        let log = self.log;
        let facts = self.run.map_or(0..0, |(run, _)| log.facts_of_run(run));
        log.facts[facts]
            .iter()
            .filter(|fact| fact.kind == FactKind::Recovery)
    }

    /// Whether the log shows how the run began: had the process started again since, it would have said
    /// so again.
    pub(super) fn log_shows_the_start(&self) -> bool {
        let (Some((run, _)), Some(first)) = (self.run, self.startup.facts.first()) else {
            return false;
        };
        let own = self.log.facts_of_run(run);
        self.log.facts[own.start..(*first).max(own.start)]
            .iter()
            .any(|fact| fact.kind.begins_run())
    }

    /// Whether events (or a snapshot) show that the run went on over this startup.
    pub(super) fn run_is_covered(&self) -> bool {
        let Some((_, run)) = self.run else {
            return false;
        };
        let Some(start) = run.started_at() else {
            return false;
        };
        let Some(at) = self.startup.at else {
            // Placed by order in a run that events show.
            return self
                .start()
                .is_some_and(|start| start.source != StartSource::Log);
        };
        if self
            .start()
            .is_some_and(|start| start.source == StartSource::Log)
        {
            return false;
        }
        self.events_cover(start, at)
            || self.container.snapshots.iter().any(|snapshot| {
                // A snapshot taken later that still shows this start.
                snapshot
                    .value
                    .started_at
                    .is_some_and(|started| (started - start).abs() <= CLOCK_JITTER)
                    && snapshot.value.running == Some(true)
            })
    }
}
