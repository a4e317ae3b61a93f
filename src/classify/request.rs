//! A request to stop or kill through the API: when it was made, what can have led to it, and whether
//! the evidence would show automation.

use super::scene::Scene;
use super::words::span;
use crate::lifecycle::{End, Run};
use crate::model::{Cited, EndedBy, Event, EventKind, Health, Time};
use chrono::TimeDelta;

/// A script acts at once on what its probe says; a person needs longer to type.
pub(super) const AT_ONCE: TimeDelta = TimeDelta::seconds(3);
/// A script that probes, repairs and restarts is done within this time.
pub(super) const SCRIPT: TimeDelta = TimeDelta::seconds(15);

/// So many runs before and after tell whether there is a series: it has one pace.
const NEAR: usize = 4;

/// The request to stop, when the run before was stopped or killed through the API.
pub(super) fn api_request<'a>(scene: &Scene<'a>) -> Option<(Time, &'a End)> {
    let end = scene.previous_end()?;
    matches!(end.by, EndedBy::ApiStop | EndedBy::ApiKill)
        .then(|| {
            end.requested
                .as_ref()
                .map(|request| request.time)
                .or(end.time)
                .map(|time| (time, end))
        })
        .flatten()
}

/// From when on something can have led to the request: what happened before the stopped run began
/// was answered by the restart that began it.
pub(super) fn lately(scene: &Scene<'_>, request: Time, reach: TimeDelta) -> Time {
    let begun = scene
        .previous()
        .and_then(Run::started_at)
        // A start that only the log tells comes late, perhaps after the request.
        .filter(|begun| *begun < request)
        .unwrap_or(request - reach);
    (request - reach).max(begun).min(request)
}

pub(super) fn how_stopped(end: &End) -> &'static str {
    if end.by == EndedBy::ApiKill {
        "Killed"
    } else {
        "Stopped"
    }
}

/// The health event that made the container unhealthy, if it still was at `request`.
pub(super) fn unhealthy_before<'a>(scene: &Scene<'a>, request: Time) -> Option<&'a Cited<Event>> {
    let begun = scene
        .previous()
        .and_then(Run::started_at)
        .unwrap_or(request - TimeDelta::days(365));
    scene
        .events(begun, request)
        .rev()
        .find(|event| matches!(event.value.kind, EventKind::Health(_)))
        .filter(|event| event.value.kind == EventKind::Health(Health::Unhealthy))
}

/// Why the evidence could not show automation even if there was some, and what would.
pub(super) fn blind_to_automation(
    scene: &Scene<'_>,
    from: Time,
    request: Time,
) -> Option<(&'static str, String)> {
    if !scene.events_cover(from, request) {
        return Some((
            "the events before that are missing",
            format!(
                "events of the {} before the stop would show probes and network changes",
                span(SCRIPT)
            ),
        ));
    }
    if scene.all.history.networks_left_out {
        return Some((
            "the events were recorded without those of networks (and perhaps of commands)",
            "docker events without --filter, or with network and exec events among the filtered"
                .to_owned(),
        ));
    }
    if near_a_hole(scene) {
        return Some((
            "events before or after it are missing, and other restarts with them",
            "events without a gap would show whether it is restarted at equal intervals".to_owned(),
        ));
    }
    if amid_unseen_restarts(scene) {
        return Some((
            "restarts before it, at about the same interval, are not covered by the events",
            "events of the earlier restarts would show whether a timer does it".to_owned(),
        ));
    }
    None
}

/// Whether events of the container are missing around this restart, in which others may have come: a
/// timer's pace would not show.
fn near_a_hole(scene: &Scene<'_>) -> bool {
    let Some((run, _)) = scene.run else {
        return false;
    };
    let runs = &scene.container.runs;
    let near = &runs[run.saturating_sub(NEAR)..(run + NEAR + 1).min(runs.len())];
    let times = || {
        near.iter()
            .flat_map(|run| [run.started_at(), run.ended_at()])
            .flatten()
    };
    let (Some(from), Some(to)) = (times().min(), times().max()) else {
        return false;
    };
    // They come by time.
    let holes = &scene.container.holes;
    let first = holes.partition_point(|hole| hole.to < from);
    holes.get(first).is_some_and(|hole| hole.from <= to)
}

/// Whether this restart follows others that the events do not explain, after about the same time: a
/// timer of which the evidence shows too little.
fn amid_unseen_restarts(scene: &Scene<'_>) -> bool {
    let Some((run, _)) = scene.run else {
        return false;
    };
    let runs = &scene.container.runs;
    let interval = |at: usize| {
        let before = at.checked_sub(1)?;
        Some(runs.get(at)?.started_at()? - runs[before].started_at()?)
    };
    let Some(own) = interval(run) else {
        return false;
    };
    let alike = |at: usize| interval(at).is_some_and(|other| (other - own).abs() <= own * 3 / 20);
    let unseen = |at: usize| {
        at > 0
            && at < runs.len()
            && runs[at - 1].end.as_ref().is_none_or(|end| {
                end.by == EndedBy::Unknown
                    || end
                        .time
                        .is_some_and(|time| !scene.events_cover(time - AT_ONCE, time))
            })
    };
    let near = run.saturating_sub(NEAR)..(run + NEAR + 1).min(runs.len());
    near.clone().any(|at| at != run && unseen(at))
        && [run.wrapping_sub(1), run + 1]
            .into_iter()
            .any(|at| at < runs.len() && alike(at))
}
