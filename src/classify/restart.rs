//! A container that ran before and runs again: who or what started it?
//!
//! The rules stand in order of strength: a direct record, then the shape of the events, then
//! statistics, then log text alone. The first that can decide does.

use super::probes::{Attached, attached_at_start, live_connects, probes};
use super::scene::Scene;
use super::verdict::Verdict;
use super::words::{between, ended, span};
use super::{host, mass, policy};
use crate::lifecycle::{End, StartSource};
use crate::model::report::EndedBy;
use crate::model::{
    Cause, Citation, Cited, Event, EventKind, Family, Health, HostAction, JournalKind, Time,
};
use chrono::TimeDelta;

/// One rule: a name for tests and readers, and the decision.
struct Rule {
    #[cfg_attr(not(test), expect(dead_code, reason = "tests name the rules"))]
    id: &'static str,
    decide: fn(&Scene<'_>) -> Option<Verdict>,
}

/// In order of strength.
const RULES: &[Rule] = &[
    Rule {
        id: "engine-boot",
        decide: engine_boot,
    },
    Rule {
        id: "host-record",
        decide: host_record,
    },
    Rule {
        id: "out-of-memory",
        decide: policy::out_of_memory,
    },
    Rule {
        id: "request-cut-off",
        decide: policy::request_cut_off,
    },
    Rule {
        id: "ended-by-itself",
        decide: policy::ended_by_itself,
    },
    Rule {
        id: "daemon-record",
        decide: policy::daemon_record,
    },
    Rule {
        id: "parallel-start",
        decide: mass::engine_shape,
    },
    Rule {
        id: "network-repair",
        decide: network_repair,
    },
    Rule {
        id: "unhealthy",
        decide: unhealthy,
    },
    Rule {
        id: "failed-probe",
        decide: failed_probe,
    },
    Rule {
        id: "attached-while-stopped",
        decide: network_added,
    },
    Rule {
        id: "periodic",
        decide: periodic,
    },
    Rule {
        id: "requested",
        decide: requested,
    },
    Rule {
        id: "no-end-seen",
        decide: mass::no_end_seen,
    },
    Rule {
        id: "restart-count",
        decide: policy::restart_count,
    },
    Rule {
        id: "failed-in-log",
        decide: policy::failed_in_log,
    },
];

/// A script acts at once on what its probe says; a person needs longer to type.
const AT_ONCE: TimeDelta = TimeDelta::seconds(3);
/// A script that probes, repairs and restarts is done within this time.
const SCRIPT: TimeDelta = TimeDelta::seconds(15);
/// A watcher restarts an unhealthy container within this time.
const WATCHER: TimeDelta = TimeDelta::minutes(5);

/// Judges a start of a container that ran before.
pub(super) fn judge(scene: &Scene<'_>) -> Verdict {
    RULES
        .iter()
        .find_map(|rule| (rule.decide)(scene))
        .unwrap_or_else(|| undecided(scene))
}

/// The verdict's last line: the start itself.
pub(super) fn with_start(mut verdict: Verdict, scene: &Scene<'_>) -> Verdict {
    if let Some((claim, line)) = scene.shown_by() {
        verdict.cite(claim, line);
    }
    if let Some(restart) = scene.start().and_then(|start| start.restart.as_ref()) {
        verdict.cite("restart", restart);
    }
    verdict
}

/// The verdict with the lines that show how the run before ended, then the start.
pub(super) fn with_end(mut verdict: Verdict, scene: &Scene<'_>) -> Verdict {
    if let Some(end) = scene.previous_end() {
        for (claim, line) in &end.shown_by {
            verdict.cite(claim.clone(), line);
        }
    }
    with_start(verdict, scene)
}

fn engine_boot(scene: &Scene<'_>) -> Option<Verdict> {
    let start = scene.start()?;
    let boot = scene.all.history.engine.boot_at(start.time)?;
    let orderly = boot.stopping.is_some();
    let summary = if orderly {
        format!(
            "The engine was stopped and started; it brought the container back {} after it came up.",
            between(boot.starting.0, start.time)
        )
    } else {
        format!(
            "The engine came up without having been stopped in order (crash or reboot) and brought the container back {} later.",
            between(boot.starting.0, start.time)
        )
    };
    let mut verdict = match &boot.stopping {
        Some((_, line)) => Verdict::of(
            Cause::EngineRestart,
            0.98,
            summary,
            "the engine was told to stop",
            line,
        ),
        None => Verdict::of(
            Cause::EngineRestart,
            0.97,
            summary,
            "the engine starts up",
            &boot.starting.1,
        ),
    };
    verdict.cite("the engine starts up", &boot.starting.1);
    if let Some((_, ready)) = &boot.ready {
        verdict.cite("only from here on does it take requests", ready);
    }
    Some(with_start(verdict, scene).by(
        "engine",
        if orderly {
            "stopped and started"
        } else {
            "crash or reboot"
        },
    ))
}

/// A line of a host's program that names the container and says what it did.
fn host_record(scene: &Scene<'_>) -> Option<Verdict> {
    let start = scene.at()?;
    let end = scene.previous_end();
    let request = end
        .and_then(|end| {
            end.requested
                .as_ref()
                .map(|request| request.time)
                .or(end.time)
        })
        .unwrap_or(start);
    // A process that ended by itself was not restarted by what a script said meanwhile.
    if end.is_some_and(|end| {
        matches!(
            end.by,
            EndedBy::Exit | EndedBy::Signal | EndedBy::Oom | EndedBy::Engine
        )
    }) && scene.start().is_some_and(|start| start.restart.is_none())
        && policy::fits_backoff(scene)
    {
        return None;
    }
    let records = host::actions(
        scene,
        request.min(start) - TimeDelta::seconds(5),
        start + TimeDelta::seconds(5),
    );
    let (first, action) = records.iter().find(|(_, action)| {
        matches!(
            action,
            HostAction::HealRestart
                | HostAction::Restart
                | HostAction::Stop
                | HostAction::Start
                | HostAction::Kill
        )
    })?;
    let program = first
        .value
        .program
        .clone()
        .unwrap_or_else(|| "a script on the host".to_owned());
    let (cause, confidence, kind) = if host::is_person(&first.value) {
        (Cause::ManualRestart, 0.95, "operator")
    } else if *action == HostAction::HealRestart
        || unhealthy_before(scene, request).is_some() && end.is_some()
    {
        (Cause::HealthRestart, 0.99, "health")
    } else {
        (Cause::HostAutomationRestart, 0.99, "script")
    };
    let summary = format!("{program} says that it restarted this container.");
    let mut verdict = Verdict::of(
        cause,
        confidence,
        summary,
        "the host's log says so",
        &first.citation,
    );
    for (record, _) in records.iter().skip(1).take(3) {
        verdict.cite("the host's log says so", &record.citation);
    }
    if let Some(event) = unhealthy_before(scene, request) {
        verdict.cite("health_status: unhealthy", &event.citation);
    }
    for attached in live_connects(scene.container, lately(scene, request, SCRIPT), request) {
        verdict.cite(
            format!("network connect {}, while running", attached.network),
            &attached.event.citation,
        );
    }
    Some(with_end(verdict, scene).by(kind, program))
}

/// The request to stop, when the run before was stopped or killed through the API.
fn api_request<'a>(scene: &Scene<'a>) -> Option<(Time, &'a End)> {
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
fn lately(scene: &Scene<'_>, request: Time, reach: TimeDelta) -> Time {
    let begun = scene
        .previous()
        .and_then(crate::lifecycle::Run::started_at)
        // A start that only the log tells comes late, perhaps after the request.
        .filter(|begun| *begun < request)
        .unwrap_or(request - reach);
    (request - reach).max(begun).min(request)
}

fn how_stopped(end: &End) -> &'static str {
    if end.by == EndedBy::ApiKill {
        "Killed"
    } else {
        "Stopped"
    }
}

/// A network was attached to the running container just before it was restarted.
fn network_repair(scene: &Scene<'_>) -> Option<Verdict> {
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
    Some(with_end(verdict, scene).by("script", detail))
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

/// The health event that made the container unhealthy, if it still was at `request`.
fn unhealthy_before<'a>(scene: &Scene<'a>, request: Time) -> Option<&'a Cited<Event>> {
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

fn unhealthy(scene: &Scene<'_>) -> Option<Verdict> {
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
        "health",
        format!(
            "a watcher that restarts unhealthy containers, {} after",
            span(lag)
        ),
    );
    Some(with_end(verdict, scene))
}

fn failed_probe(scene: &Scene<'_>) -> Option<Verdict> {
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
        .by("script", format!("probe `{}`, restart", last.command));
    Some(with_end(verdict, scene))
}

/// Stopped, attached to another network, started, or attached right after the start: the same
/// repair in another order.
fn network_added(scene: &Scene<'_>) -> Option<Verdict> {
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
        "script",
        format!("stop and start, network connect {network}"),
    );
    Some(with_end(verdict, scene))
}

fn periodic(scene: &Scene<'_>) -> Option<Verdict> {
    let (run, _) = scene.run?;
    let series = scene
        .series
        .iter()
        .find(|series| series.container == scene.index && series.runs.contains(&run))?;
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
    .by("timer", format!("every {seconds:.1} s (n={count})"));
    for other in series.runs.iter().filter(|other| **other != run) {
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

/// Stopped or killed through the API, and nothing that speaks of automation.
fn requested(scene: &Scene<'_>) -> Option<Verdict> {
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
            "operator",
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
    if amid_unseen_restarts(scene) {
        return Some((
            "restarts before it, at about the same interval, are not covered by the events",
            "events of the earlier restarts would show whether a timer does it".to_owned(),
        ));
    }
    None
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
    // The nearest few tell; a series has one pace.
    let near = run.saturating_sub(4)..(run + 5).min(runs.len());
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
        [
            "the host's journal or the log of the script that probes (--journal) would decide"
                .to_owned(),
        ],
    );
    unknown.evidence = verdict.evidence;
    unknown.evidence.extend(verdict.against);
    unknown
}

/// Nothing decides.
fn undecided(scene: &Scene<'_>) -> Verdict {
    let manually = scene.all.history.daemon.iter().any(|record| {
        matches!(
            record.value.kind,
            JournalKind::NotRestarted {
                manually_stopped: true,
                ..
            }
        )
    });
    let log_only = scene
        .start()
        .is_none_or(|start| start.source == StartSource::Log);
    let orderly = orderly_end(scene);
    let mut candidates = match (orderly.is_some(), log_only) {
        (true, _) => vec![
            (Cause::ManualRestart, 0.4),
            (Cause::HostAutomationRestart, 0.35),
            (Cause::EngineRestart, 0.1),
        ],
        (false, _) => vec![
            (Cause::RestartPolicy, 0.35),
            (Cause::ManualRestart, 0.3),
            (Cause::HostAutomationRestart, 0.2),
            (Cause::OomRestart, 0.05),
        ],
    };
    if scene.container.id.is_empty() {
        candidates.push((Cause::DeploymentReplacement, 0.2));
    }
    if scene.previous().is_none() {
        return nothing_before(scene);
    }
    let summary = match (&orderly, log_only) {
        (Some(_), true) => "The process shut down in order and started again; a log alone cannot tell who asked for it.".to_owned(),
        (Some(_), false) => "It shut down in order and was started again; the events that would tell who asked are missing.".to_owned(),
        (None, true) => "The process started again; a log alone cannot tell why.".to_owned(),
        (None, false) => "It was started again; the events that would tell why are missing.".to_owned(),
    };
    let mut missing = vec![
        "Docker's events around this time (docker events, recorded while it happens)".to_owned(),
    ];
    if !manually {
        missing.push("the engine's log (journalctl -u docker) and the host's journal".to_owned());
    }
    let mut verdict = Verdict::unknown(Family::External, summary, &candidates, missing);
    if let Some(line) = orderly {
        verdict.cite("an orderly shutdown", line);
    }
    if let Some((claim, line)) = sender(scene) {
        verdict.cite(claim, line);
    }
    with_start(verdict, scene)
}

/// The first run that the evidence shows, of a container that may have run before.
fn nothing_before(scene: &Scene<'_>) -> Verdict {
    let verdict = Verdict::unknown(
        Family::External,
        "The first startup that the evidence shows of this container; whether it ran before is not in it.",
        &[(Cause::FirstStart, 0.5), (Cause::RestartPolicy, 0.15), (Cause::ManualRestart, 0.15), (Cause::DeploymentReplacement, 0.1)],
        ["Docker's events from before this start, or docker inspect (Created, FinishedAt, RestartCount)".to_owned()],
    );
    with_start(verdict, scene)
}

/// The line by which the run before began to shut down in order.
pub(super) fn orderly_end<'a>(scene: &Scene<'a>) -> Option<&'a Citation> {
    let (run, _) = scene.run?;
    scene
        .log
        .shutdown_of(run.checked_sub(1)?)
        .map(|fact| &fact.citation)
}

/// The line in which the program of the run before names who sent its signal. The kernel reports PID 0
/// for a sender outside the container's PID namespace.
pub(super) fn sender<'a>(scene: &Scene<'a>) -> Option<(String, &'a Citation)> {
    let (run, _) = scene.run?;
    let facts = &scene.log.facts[scene.log.of_run(run.checked_sub(1)?)];
    let fact = facts
        .iter()
        .rfind(|fact| fact.fields.sender_pid.is_some())?;
    let claim = match fact.fields.sender_pid? {
        0 => "it names the sender of its signal: outside the container".to_owned(),
        pid => format!("it names the sender of its signal: PID {pid}, inside the container"),
    };
    Some((claim, &fact.citation))
}

/// How the run before ended, for a sentence.
pub(super) fn previous_words(scene: &Scene<'_>) -> String {
    scene
        .previous_end()
        .map_or_else(|| "ended".to_owned(), ended)
}

#[cfg(test)]
mod tests {
    use super::RULES;

    #[test]
    fn rule_names_are_unique() {
        let mut ids: Vec<_> = RULES.iter().map(|rule| rule.id).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), RULES.len());
    }
}
