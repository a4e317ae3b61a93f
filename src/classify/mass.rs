//! What happens to all containers of a host at once is the engine's doing.

use super::overview::no_end_known;
use super::restart::{with_end, with_start};
use super::scene::Scene;
use super::verdict::Verdict;
use crate::lifecycle::{Container, Run, StartSource};
use crate::model::EndedBy;
use crate::model::InitiatorKind;
use crate::model::{Cause, EventKind, Family, Time};
use chrono::TimeDelta;

/// An engine that comes up starts its containers within this time of each other.
const TOGETHER: TimeDelta = TimeDelta::seconds(10);
/// An engine that goes down stops its containers within this time of each other.
const ASKED_TOGETHER: TimeDelta = TimeDelta::milliseconds(500);
/// Times are told in nanoseconds.
const INSTANT: TimeDelta = TimeDelta::nanoseconds(1);
/// An engine needs at least this long to end and to come up again.
const SHORTEST_BOOT: TimeDelta = TimeDelta::milliseconds(1500);

/// Without the engine's log: all containers stopped at the same moment and started in parallel,
/// which no sequence of API calls on them does.
pub(super) fn engine_shape(scene: &Scene<'_>) -> Option<Verdict> {
    let start = scene.start()?;
    let end = scene.previous_end()?;
    if !matches!(end.by, EndedBy::ApiStop)
        || start.restart.is_some()
        || scene.all.history.engine.known_up(end.time?, start.time)
    {
        return None;
    }
    let request = end.requested.as_ref()?.time;
    let stopped = end.time?;
    let down = start.time - stopped;
    let mut others: Vec<(&Container, &Run)> = Vec::new();
    let mut down_together = 0_usize;
    for (other, container) in scene.all.history.containers.iter().enumerate() {
        // Only what the events tell of can be said to have gone on or not.
        if other == scene.index || container.events.is_empty() {
            continue;
        }
        let Some(at) = scene.overview.run_by(other, request - INSTANT) else {
            continue;
        };
        let ended = container.runs[at].end.as_ref();
        if ended.is_some_and(|end| end.time.is_some_and(|time| time < request - ASKED_TOGETHER)) {
            continue;
        }
        // It ran when this one was stopped: it must have been stopped too.
        let together = ended.is_some_and(|end| {
            end.by == EndedBy::ApiStop
                && end
                    .requested
                    .as_ref()
                    .is_some_and(|other| (other.time - request).abs() <= ASKED_TOGETHER)
        });
        if !together {
            return None;
        }
        down_together += 1;
        if let Some(next) = container.runs.get(at + 1)
            && let Some(begun) = &next.start
            && (begun.time - start.time).abs() <= TOGETHER
            && begun.restart.is_none()
        {
            others.push((container, next));
        }
    }
    let parallel = others.iter().any(|(container, next)| {
        next.started_at()
            .is_some_and(|begun| in_parallel(scene.container, start.time, container, begun))
    });
    let project =
        |container: &Container| container.labels.get("com.docker.compose.project").cloned();
    let one_project = project(scene.container).is_some()
        && others
            .iter()
            .all(|(other, _)| project(other) == project(scene.container));
    let (claim, line) = end.shown_by.first()?;
    if others.is_empty() && down_together == 0 {
        return None;
    }
    if !parallel || one_project || down < SHORTEST_BOOT {
        let mut verdict = Verdict::unknown(
            Family::External,
            "All running containers were stopped at the same moment: the engine went down and came back, or somebody stopped them all and started this one again.",
            &[(Cause::EngineRestart, 0.55), (Cause::ManualRestart, 0.35)],
            ["the engine's log (--journal) would decide"],
        );
        verdict.cite(claim.clone(), line);
        return Some(with_end(verdict, scene));
    }
    let mut verdict = Verdict::of(
        Cause::EngineRestart,
        0.85,
        "All running containers were stopped at the same moment and started in parallel afterwards, without a restart request: the engine was restarted.",
        claim.clone(),
        line,
    )
    .or(&[(Cause::ManualRestart, 0.12)])
    .by(InitiatorKind::Engine, "stopped and started")
    .lacking("the engine's log (--journal) would prove it");
    if let Some((first, _)) = others.first()
        && let Some(other) = first
            .runs
            .iter()
            .filter_map(|run| run.end.as_ref())
            .find(|end| {
                end.requested
                    .as_ref()
                    .is_some_and(|r| (r.time - request).abs() <= ASKED_TOGETHER)
            })
        && let Some((claim, line)) = other.shown_by.first()
    {
        verdict.cite(
            format!("{claim} ({})", first.name().unwrap_or(first.short_id())),
            line,
        );
    }
    Some(with_end(verdict, scene))
}

/// The networks of both were attached before either was started.
fn in_parallel(a: &Container, a_start: Time, b: &Container, b_start: Time) -> bool {
    let connect = |container: &Container, start: Time| {
        container
            .events_between(start - TOGETHER, start)
            .filter(|event| matches!(event.value.kind, EventKind::NetworkConnect { .. }))
            .map(|event| event.value.time)
            .next_back()
    };
    match (connect(a, a_start), connect(b, b_start)) {
        (Some(a), Some(b)) => a < b_start && b < a_start,
        _ => false,
    }
}

/// A start of a container whose last run has no end in the events: they went down with the engine,
/// or the events have a gap.
pub(super) fn no_end_seen(scene: &Scene<'_>) -> Option<Verdict> {
    let start = scene
        .start()
        .filter(|start| start.source == StartSource::Event)?;
    let open = scene.previous().is_some_and(no_end_known);
    let unseen =
        scene.previous().is_none() && scene.run.is_some_and(|(_, run)| run.is_first != Some(true));
    if !open && !unseen {
        return None;
    }
    let others: Vec<(&Container, Time)> = scene
        .overview
        .unexplained_starts(start.time - TOGETHER, start.time + TOGETHER)
        .into_iter()
        .filter(|(index, _)| *index != scene.index)
        .map(|(index, begun)| (&scene.all.history.containers[index], begun))
        .collect();
    // 255 and one and the same FinishedAt: the engine found them dead when it came up.
    let lost = scene
        .container
        .snapshots
        .iter()
        .find(|snapshot| snapshot.value.exit_code == Some(255));
    let parallel = others
        .iter()
        .any(|(container, begun)| in_parallel(scene.container, start.time, container, *begun));
    if start.restart.is_none() && (parallel || lost.is_some() && !others.is_empty()) {
        let verdict = Verdict::of(
            Cause::EngineRestart,
            0.85,
            format!("It started together with {} other container(s), in parallel and without a stop, a create or a restart request: the engine (or the host) came back.", others.len()),
            "start without an end before it",
            &start.citation,
        )
        .or(&[(Cause::ManualRestart, 0.1)])
        .by(InitiatorKind::Engine, "came back");
        return Some(with_start(verdict, scene));
    }
    if start.restart.is_some() {
        let mut verdict = Verdict::unknown(
            Family::External,
            "Restarted through the API; the events before that are missing, so automation can be neither shown nor ruled out.",
            &[
                (Cause::ManualRestart, 0.5),
                (Cause::HostAutomationRestart, 0.4),
            ],
            ["events from before the restart, or the host's journal"],
        );
        verdict.cite("start", &start.citation);
        return Some(with_start(verdict, scene));
    }
    let mut verdict = Verdict::unknown(
        Family::External,
        "It was started, and the events do not show how its last run ended: the engine or the host went down, or events are missing.",
        &[
            (Cause::EngineRestart, 0.4),
            (Cause::ManualRestart, 0.25),
            (Cause::RestartPolicy, 0.2),
        ],
        ["the engine's log (--journal), or events from before this start"],
    );
    verdict.cite("start", &start.citation);
    Some(with_start(verdict, scene))
}
