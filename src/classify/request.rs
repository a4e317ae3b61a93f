//! A request to stop or kill through the API: when it was made, what can have led to it, and what is
//! said of it when nothing speaks of automation.

use super::probes::{live_connects, probes};
use super::restart::with_end;
use super::scene::Scene;
use super::verdict::Verdict;
use super::words::{between, span};
use crate::lifecycle::End;
use crate::model::EndedBy;
use crate::model::InitiatorKind;
use crate::model::{Cause, Cited, Event, EventKind, Family, Health, Time};
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
        .and_then(crate::lifecycle::Run::started_at)
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
        .and_then(crate::lifecycle::Run::started_at)
        .unwrap_or(request - TimeDelta::days(365));
    scene
        .events(begun, request)
        .rev()
        .find(|event| matches!(event.value.kind, EventKind::Health(_)))
        .filter(|event| event.value.kind == EventKind::Health(Health::Unhealthy))
}

/// Stopped or killed through the API, and nothing that speaks of automation.
pub(super) fn requested(scene: &Scene<'_>) -> Option<Verdict> {
    let (request, end) = api_request(scene)?;
    let start = scene.at()?;
    let (claim, line) = end.shown_by.first()?;
    let run_begin = scene
        .previous()
        .and_then(crate::lifecycle::Run::started_at)
        .filter(|begun| *begun < request)
        .unwrap_or(request - SCRIPT);
    let looked_at = (request - SCRIPT).max(run_begin);
    if let Some((why, missing)) = blind_to_automation(scene, looked_at, request) {
        let mut verdict = Verdict::unknown(
            Family::External,
            format!(
                "Stopped through the API, but {why}: automation can be neither shown nor ruled out."
            ),
            &[
                (Cause::ManualRestart, 0.5),
                (Cause::HostAutomationRestart, 0.4),
            ],
            [missing],
        );
        verdict.cite(claim.clone(), line);
        return Some(with_end(verdict, scene));
    }
    let gap = start - end.time.unwrap_or(request);
    let restarted = scene.start().is_some_and(|start| start.restart.is_some());
    let action = match (end.by, restarted) {
        (EndedBy::ApiKill, _) => format!(
            "Killed through the API and started again {} later",
            span(gap)
        ),
        (_, true) => "Restarted through the API".to_owned(),
        (_, false) => format!(
            "Stopped through the API and started again {} later",
            span(gap)
        ),
    };
    let summary = format!(
        "{action}; no sign of automation: no failed probe, no network change, no regular interval."
    );
    let mut verdict = Verdict::of(Cause::ManualRestart, 0.85, summary, claim.clone(), line)
        .or(&[(Cause::HostAutomationRestart, 0.1)])
        .by(
            InitiatorKind::Operator,
            if restarted {
                "restart through the API"
            } else {
                "stop and start through the API"
            },
        );
    if let Some(late) = unhealthy_before(scene, request) {
        verdict = verdict.against(
            format!(
                "it had been unhealthy for {}",
                between(late.value.time, request)
            ),
            &late.citation,
        );
        verdict.confidence = 0.6;
    }
    for probe in probes(scene.container, looked_at, request) {
        let claim = format!("exec_die exitCode={} ({})", probe.exit_code, probe.command);
        if probe.exit_code == 0 {
            verdict.cite(
                format!("{claim}: a probe that succeeded"),
                &probe.ended.citation,
            );
        } else {
            verdict = verdict.against(
                format!(
                    "{claim}, {} before",
                    between(probe.ended.value.time, request)
                ),
                &probe.ended.citation,
            );
            verdict.confidence = 0.6;
        }
    }
    for attached in live_connects(scene.container, looked_at, request)
        .into_iter()
        .filter(|attached| !attached.again)
    {
        verdict = verdict.against(
            format!(
                "network connect {}, {} before",
                attached.network,
                between(attached.event.value.time, request)
            ),
            &attached.event.citation,
        );
        verdict.confidence = 0.6;
    }
    if scene.all.history.host.is_empty() {
        verdict = verdict.lacking("Docker does not record who asked; the host's journal or a script's log (--journal) would");
    }
    if verdict.confidence < 0.7 {
        return Some(with_end(doubtful(verdict), scene));
    }
    Some(with_end(verdict, scene))
}

/// Why the evidence could not show automation even if there was some, and what would.
fn blind_to_automation(
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

/// What speaks against it is too strong for a verdict: both causes stay possible.
fn doubtful(verdict: Verdict) -> Verdict {
    let mut unknown = Verdict::unknown(
        Family::External,
        "Restarted through the API. Something happened shortly before that automation does too, but not as promptly as a script acts.",
        &[
            (Cause::ManualRestart, 0.5),
            (Cause::HostAutomationRestart, 0.3),
            (Cause::HealthRestart, 0.1),
        ],
        ["the host's journal or the log of the script that probes (--journal) would decide"],
    );
    unknown.evidence = verdict.evidence;
    unknown.evidence.extend(verdict.against);
    unknown
}
