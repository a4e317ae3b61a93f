//! How surely a run is its container's first, and which container of the service came before.

use super::super::scene::Scene;
use crate::lifecycle::StartSource;
use crate::model::{EventKind, FactKind, Outcome};
use chrono::TimeDelta;

/// An event or a snapshot shows that the run is its container's first.
const BY_EVENT: f64 = 0.98;
/// The same, where only the log shows when it began.
const BY_LOG: f64 = 0.9;
/// Only the log speaks for it.
pub(super) const LIKELY: f64 = 0.65;

/// How surely the scene's run is its container's first; `None` where it is not, or nothing says so.
/// No verdict on it is surer than that.
pub(in crate::classify) fn certainty(scene: &Scene<'_>) -> Option<f64> {
    let (index, run) = scene.run?;
    if ran_before(scene) {
        return None;
    }
    let from_log = run
        .start
        .as_ref()
        .is_none_or(|start| start.source == StartSource::Log);
    match run.is_first {
        Some(true) if from_log => Some(BY_LOG),
        Some(true) => Some(BY_EVENT),
        Some(false) => None,
        None => (index == 0
            && from_log
            && log_begins_with_it(scene)
            && scene.recovery_lines().next().is_none())
        .then_some(LIKELY),
    }
}

/// Whether events between the creation and this start show a run whose own start is missing.
fn ran_before(scene: &Scene<'_>) -> bool {
    let (Some(created), Some(start)) = (&scene.container.created, scene.start()) else {
        return false;
    };
    start.restart.is_some()
        || scene.events(created.time, start.time).any(|event| {
            matches!(
                event.value.kind,
                EventKind::Kill { .. }
                    | EventKind::Stop
                    | EventKind::Die { .. }
                    | EventKind::Oom
                    | EventKind::ExecDie { .. }
                    | EventKind::Health(_)
            )
        })
}

/// The log begins with this startup, it got ready, and nothing in the log ever failed to start: so
/// nothing ran before that left no line.
fn log_begins_with_it(scene: &Scene<'_>) -> bool {
    let begins = scene.startup.facts.first() == Some(&0)
        && scene.log.facts.first().is_some_and(|fact| {
            fact.citation.place.line <= 20
                || fact
                    .time()
                    .zip(scene.log.coverage.start())
                    .is_some_and(|(fact, from)| fact - from < TimeDelta::seconds(2))
        });
    let failures = scene
        .log
        .facts
        .iter()
        .any(|fact| matches!(fact.kind, FactKind::StartFailed | FactKind::Crash));
    let ready = matches!(scene.startup.outcome, Outcome::Ready | Outcome::Degraded);
    // Events (of any container) that do not reach back to this start, or a snapshot that does not
    // show it, leave open what came before.
    let untouched = scene.container.events.is_empty()
        && scene.container.snapshots.is_empty()
        && scene.all.history.coverage.is_empty();
    begins && ready && !failures && untouched
}

/// The container of the service that came last before the scene's, as an index.
pub(super) fn predecessor(scene: &Scene<'_>) -> Option<usize> {
    scene.overview.predecessor(scene.index, scene.at()?)
}
