//! What is one run: a container's runs, from its events and its snapshots.

mod end;
mod snapshot;

use super::container::{Container, Run, Start, StartSource};
use super::engine::Engine;
use crate::model::{Citation, Cited, Event, EventKind, Time};
use chrono::TimeDelta;

/// `StartedAt` is before the `start` event by up to 0.46 s (engine 28); this much apart they are
/// still the same start.
const SAME_START: TimeDelta = TimeDelta::milliseconds(1500);

/// All runs that `container`'s events and snapshots show, oldest first.
pub(super) fn runs_of(container: &Container, engine: &Engine) -> Vec<Run> {
    let mut runs = runs_in_events(&container.events, engine);
    let is_create = |event: &Cited<Event>| event.value.kind == EventKind::Create;
    let told = snapshot::Told {
        created: container.events.iter().any(is_create),
        holes: &container.holes,
    };
    for (index, snapshot) in container.snapshots.iter().enumerate() {
        if let Some(run) = snapshot::add_snapshot(&mut runs, snapshot, &told) {
            runs[run].snapshots.push(index);
        }
    }
    if let Some(first) = runs.first_mut()
        && first.is_first.is_none()
        && let Some(start) = &first.start
        && told.created
    {
        // It was created inside the history and did not end before this start: nothing ran before.
        first.is_first = Some(start.source == StartSource::Event);
    }
    for run in runs.iter_mut().skip(1) {
        run.is_first = Some(false);
    }
    runs
}

/// The runs that the events show: each begins with a `start` and ends with a `die`.
fn runs_in_events(events: &[Cited<Event>], engine: &Engine) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let mut open = false;
    // When the events begin to tell of a run.
    let begun = events
        .iter()
        .find(|event| matches!(event.value.kind, EventKind::Start | EventKind::Create))
        .map(|event| event.value.time);
    for (index, event) in events.iter().enumerate() {
        match &event.value.kind {
            EventKind::Start => {
                let restart = restart_event_of(events, index, begun);
                runs.push(Run {
                    start: Some(Start {
                        time: event.value.time,
                        citation: event.citation.clone(),
                        source: StartSource::Event,
                        restart: restart.map(Box::new),
                    }),
                    ..Run::default()
                });
                open = true;
            }
            EventKind::Die { exit_code, .. } => {
                if !open {
                    // The history begins inside this run.
                    runs.push(Run::default());
                }
                let started = runs.last().and_then(Run::started_at);
                let end = end::end_at(events, index, *exit_code, started, engine);
                if let Some(run) = runs.last_mut() {
                    run.end = Some(Box::new(end));
                }
                open = false;
            }
            _ => {}
        }
    }
    runs
}

/// The `restart` event of the start at `index`: Docker emits it right after, podman before. `begun` is
/// the time of the first event that shows the container created or started.
fn restart_event_of(
    events: &[Cited<Event>],
    index: usize,
    begun: Option<Time>,
) -> Option<Citation> {
    let start = events[index].value.time;
    let mut after = events[index + 1..]
        .iter()
        .take_while(|event| event.value.time - start <= SAME_START)
        .take_while(|event| !event.value.kind.begins_or_ends_run());
    // Docker's own `restart` of the run before stands right after that run's start; it is told from
    // podman's by what follows: in podman's order the `die` comes after it.
    let podman = || {
        events[..index]
            .iter()
            .rev()
            .take_while(|event| event.value.kind != EventKind::Start)
            .take_while(|event| start - event.value.time <= TimeDelta::minutes(10))
            .skip_while(|event| !matches!(event.value.kind, EventKind::Die { .. }))
            .find(|event| event.value.kind == EventKind::Restart)
            .filter(|restart| {
                let restarted = restart.value.time;
                // Where the events begin with it, it may be the end of a start that they do not show.
                let is_shown = begun.is_some_and(|begun| begun < restarted);
                let near =
                    events.partition_point(|event| event.value.time < restarted - SAME_START);
                is_shown
                    && !events[near..index]
                        .iter()
                        .take_while(|event| event.value.time <= restarted)
                        .any(|event| event.value.kind == EventKind::Start)
            })
    };
    after
        .find(|event| event.value.kind == EventKind::Restart)
        .or_else(podman)
        .map(|event| event.citation.clone())
}
