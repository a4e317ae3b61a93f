//! Signs of automation around a restart that was asked for through the API: a probe that failed, a
//! network attached, an unhealthy state, a regular interval.

use super::host;
use super::probes::{Attached, attached_at_start, live_connects, probes};
use super::request::{AT_ONCE, SCRIPT, api_request, how_stopped, lately, unhealthy_before};
use super::restart::with_end;
use super::scene::Scene;
use super::verdict::Verdict;
use super::words::{between, span};
use crate::model::EndedBy;
use crate::model::InitiatorKind;
use crate::model::{Cause, Citation};
use chrono::TimeDelta;

/// A watcher restarts an unhealthy container within this time.
const WATCHER: TimeDelta = TimeDelta::minutes(5);
/// Of a regular series so many restarts are cited for each of them, itself and those around it: a
/// timer may have run for years.
const CITED: usize = 12;

/// A network was attached to the running container just before it was restarted.
pub(super) fn network_repair(scene: &Scene<'_>) -> Option<Verdict> {
    let (request, end) = api_request(scene)?;
    let from = lately(scene, request, SCRIPT);
    let connects = live_connects(scene.container, from, request);
    let &Attached {
        event: connect,
        network,
        again,
    } = connects.last()?;
    let failed: Vec<_> = probes(scene.container, from, request)
        .into_iter()
        .filter(|probe| probe.exit_code != 0)
        .collect();
    let quick = request - connect.value.time <= AT_ONCE;
    if !quick && (failed.is_empty() || again) {
        return None;
    }
    let how = how_stopped(end);
    let (summary, confidence) = match failed.last() {
        Some(probe) => (
            format!(
                "{how} through the API {} after a probe failed in the container, with a network attached to it in between.",
                between(probe.ended.value.time, request)
            ),
            0.97,
        ),
        None => (
            format!(
                "{how} through the API {} after a network was attached to the running container.",
                between(connect.value.time, request)
            ),
            0.93,
        ),
    };
    let mut verdict = match failed.last() {
        Some(probe) => probe_verdict(Cause::HostAutomationRestart, confidence, summary, probe),
        None => Verdict::of(
            Cause::HostAutomationRestart,
            confidence,
            summary,
            format!("network connect {network}, while running"),
            &connect.citation,
        ),
    };
    verdict.cite(
        format!("network connect {network}, while running"),
        &connect.citation,
    );
    let detail = match failed.last() {
        Some(probe) => format!(
            "probe `{}`, network connect {network}, restart",
            probe.command
        ),
        None => format!("network connect {network}, restart"),
    };
    Some(with_end(verdict, scene).by(InitiatorKind::HostScript, detail))
}

fn probe_verdict(
    cause: Cause,
    confidence: f64,
    summary: String,
    probe: &super::probes::Probe<'_>,
) -> Verdict {
    Verdict::of(
        cause,
        confidence,
        summary,
        format!("exec_die exitCode={} ({})", probe.exit_code, probe.command),
        &probe.ended.citation,
    )
}

pub(super) fn unhealthy(scene: &Scene<'_>) -> Option<Verdict> {
    let (request, end) = api_request(scene)?;
    let event = unhealthy_before(scene, request)?;
    let lag = request - event.value.time;
    if lag > WATCHER {
        return None;
    }
    let summary = format!(
        "{} through the API {} after it became unhealthy.",
        how_stopped(end),
        span(lag)
    );
    let confidence = if lag <= TimeDelta::seconds(60) {
        0.94
    } else {
        0.85
    };
    let verdict = Verdict::of(
        Cause::HealthRestart,
        confidence,
        summary,
        "health_status: unhealthy",
        &event.citation,
    )
    .or(&[(Cause::ManualRestart, 1.0 - confidence)])
    .by(
        InitiatorKind::HealthWatcher,
        format!(
            "a watcher that restarts unhealthy containers, {} after",
            span(lag)
        ),
    );
    Some(with_end(verdict, scene))
}

pub(super) fn failed_probe(scene: &Scene<'_>) -> Option<Verdict> {
    let (request, end) = api_request(scene)?;
    let around = probes(scene.container, request - TimeDelta::hours(1), request);
    let from = lately(scene, request, TimeDelta::hours(1));
    let last = around
        .last()
        .filter(|probe| probe.exit_code != 0 && probe.ended.value.time >= from)?;
    let lag = request - last.ended.value.time;
    // The same command again and again is a program's, even where it waits before it acts.
    let repeated = around
        .iter()
        .filter(|probe| probe.command == last.command)
        .count();
    // What fails again and again in one run while nothing follows (a HEALTHCHECK, say) is no trigger.
    let failures = around
        .iter()
        .filter(|probe| {
            probe.command == last.command && probe.exit_code != 0 && probe.ended.value.time >= from
        })
        .count();
    let limit = match (failures, repeated) {
        (4.., _) => return None,
        (_, 3..) => SCRIPT,
        _ => AT_ONCE,
    };
    if lag > limit {
        return None;
    }
    let summary = format!(
        "{} through the API {} after a probe failed in the container.",
        how_stopped(end),
        span(lag)
    );
    let verdict = probe_verdict(Cause::HostAutomationRestart, 0.92, summary, last)
        .or(&[(Cause::ManualRestart, 0.06)])
        .by(
            InitiatorKind::HostScript,
            format!("probe `{}`, restart", last.command),
        );
    Some(with_end(verdict, scene))
}

/// Stopped, attached to another network, started, or attached right after the start: the same
/// repair in another order.
pub(super) fn network_added(scene: &Scene<'_>) -> Option<Verdict> {
    let (request, end) = api_request(scene)?;
    let start = scene.start()?;
    let stopped = end.time?;
    let added = attached_at_start(scene.container, stopped, start.time);
    let (connect, network) = added.first()?;
    if start.time - stopped > SCRIPT || !scene.events_cover(request - AT_ONCE, start.time) {
        return None;
    }
    let summary = if connect.value.time <= start.time {
        format!(
            "{} through the API, attached to {network} while stopped, and started again within {}.",
            how_stopped(end),
            between(request, start.time)
        )
    } else {
        format!(
            "{} through the API, started again, and attached to {network} {} after that, sooner than a person types.",
            how_stopped(end),
            between(start.time, connect.value.time)
        )
    };
    let verdict = Verdict::of(
        Cause::HostAutomationRestart,
        0.85,
        summary,
        format!("network connect {network}, which it had not before"),
        &connect.citation,
    )
    .or(&[(Cause::ManualRestart, 0.13)])
    .by(
        InitiatorKind::HostScript,
        format!("stop and start, network connect {network}"),
    );
    Some(with_end(verdict, scene))
}

pub(super) fn periodic(scene: &Scene<'_>) -> Option<Verdict> {
    let (run, _) = scene.run?;
    let (series, place) = scene
        .overview
        .series_of(scene.index)
        .iter()
        .find_map(|series| Some((series, series.runs.binary_search(&run).ok()?)))?;
    let count = series.runs.len();
    let what = if series.sleeps {
        "the end of one restart to the next"
    } else {
        "one restart to the next"
    };
    let through = if series.from_log {
        "after an orderly shutdown"
    } else {
        "through the API"
    };
    let summary = format!(
        "One of {count} restarts {through} at equal intervals: {} from {what}, within {}.",
        span(series.period),
        span(series.deviation.max(TimeDelta::milliseconds(100)))
    );
    let (claim, line) = asked_to_stop(scene, run)?;
    let confidence = match (series.from_log, count) {
        // Log text alone.
        (true, _) => 0.7,
        (false, 4..) => 0.9,
        (false, _) => 0.85,
    };
    let seconds =
        f64::from(i32::try_from(series.period.num_milliseconds()).unwrap_or(i32::MAX)) / 1000.0;
    let mut verdict = Verdict::of(
        Cause::HostAutomationRestart,
        confidence,
        summary,
        claim,
        line,
    )
    .or(&[(Cause::ManualRestart, 1.0 - confidence)])
    .by(
        InitiatorKind::Timer,
        format!("every {seconds:.1} s (n={count})"),
    );
    let first = place
        .saturating_sub(CITED / 2)
        .min(count.saturating_sub(CITED));
    let near = &series.runs[first..count.min(first + CITED)];
    for other in near.iter().filter(|other| **other != run) {
        if let Some((_, line)) = asked_to_stop(scene, *other) {
            verdict.cite("the same at its interval", line);
        }
    }
    if let Some(request) = line.time
        && let Some(record) = host::lines(scene, request - SCRIPT, request + SCRIPT).next()
    {
        verdict.cite("a host program speaks of it at that time", &record.citation);
    }
    Some(with_end(verdict, scene))
}

/// The line that shows that the run before `run` was asked to stop.
fn asked_to_stop<'a>(scene: &Scene<'a>, run: usize) -> Option<(String, &'a Citation)> {
    let before = run.checked_sub(1)?;
    let end = scene.container.runs.get(before)?.end.as_ref();
    if let Some(request) = end.and_then(|end| end.requested.as_ref()) {
        return Some(("stopped through the API".to_owned(), &request.citation));
    }
    if let Some((claim, line)) = end
        .filter(|end| end.by != EndedBy::Unknown)
        .and_then(|end| end.shown_by.first())
    {
        return Some((claim.clone(), line));
    }
    let shutdown = scene.log.shutdown_of(before)?;
    Some(("an orderly shutdown".to_owned(), &shutdown.citation))
}
