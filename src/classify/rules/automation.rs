//! Signs of automation around a restart that was asked for through the API: a failed probe, an attached
//! network, an unhealthy state, a regular interval.

use super::super::host;
use super::super::periodic::Series;
use super::super::probes::{Attached, Probe, attached_at_start, live_connects, probes};
use super::super::request::{AT_ONCE, SCRIPT, api_request, how_stopped, lately, unhealthy_before};
use super::super::rule::Rule;
use super::super::scene::Scene;
use super::super::verdict::Verdict;
use super::super::words::{between, span};
use crate::lifecycle::End;
use crate::model::{
    Cause, Citation, Cited, EndedBy, Event, EventKind, Family, InitiatorKind, Time,
};
use chrono::TimeDelta;

/// A watcher restarts an unhealthy container within this time.
const WATCHER: TimeDelta = TimeDelta::minutes(5);
/// Most watchers look at least this often.
const PROMPT_WATCHER: TimeDelta = TimeDelta::seconds(60);
/// So many restarts of a regular series are cited for each of them, itself and those around it: a timer
/// may have run for years.
const CITED: usize = 12;

pub(super) const PROBE_AND_NETWORK: Rule = Rule {
    id: "failed-probe-then-network",
    says: "A probe failed in the container, a network was attached to it while it ran, and it was stopped through the API at once.",
    cause: Cause::HostAutomationRestart,
    family: Family::External,
    weight: 0.97,
    others: &[],
    example: "10:00:00.000 web create\n\
        10:00:00.300 web start\n\
        10:10:00.000 web exec_die exitCode=2 (getent hosts db)\n\
        10:10:00.200 web network connect net1\n\
        10:10:00.300 web kill signal=15\n\
        10:10:00.700 web die exitCode=0\n\
        10:10:00.710 web stop\n\
        10:10:01.100 web start\n\
        10:10:01.101 web restart",
    near_miss: "10:00:00.000 web create\n\
        10:00:00.300 web start\n\
        10:10:00.000 web exec_die exitCode=0 (getent hosts db)\n\
        10:10:00.200 web network connect net1\n\
        10:10:00.300 web kill signal=15\n\
        10:10:00.700 web die exitCode=0\n\
        10:10:00.710 web stop\n\
        10:10:01.100 web start\n\
        10:10:01.101 web restart",
    decide: |scene, rule| {
        let repair = network_repair(scene)?;
        let probe = repair.failed.as_ref()?;
        let summary = format!(
            "{} through the API {} after a probe failed in the container, with a network attached to it in between.",
            how_stopped(repair.end),
            between(probe.ended.value.time, repair.request)
        );
        let verdict = probe_verdict(rule, summary, probe);
        let network = repair.attached.network;
        let detail = format!(
            "probe `{}`, network connect {network}, restart",
            probe.command
        );
        Some(repaired(scene, verdict, &repair, detail))
    },
};

pub(super) const EXEC_AND_NETWORK: Rule = Rule {
    id: "exec-then-network",
    says: "A command ran in the container (podman does not say which), a network was attached to it while it ran, and it was stopped at once.",
    cause: Cause::HostAutomationRestart,
    family: Family::External,
    weight: 0.8,
    others: &[(Cause::ManualRestart, 0.18)],
    example: "10:00:00.000 web create\n\
        10:00:00.300 web start\n\
        10:10:00.000 web exec_die exitCode=1\n\
        10:10:00.200 web network connect net1\n\
        10:10:00.300 web kill signal=15\n\
        10:10:00.700 web die exitCode=0\n\
        10:10:00.710 web network disconnect net1\n\
        10:10:00.900 web start\n\
        10:10:00.901 web restart",
    near_miss: "10:00:00.000 web create\n\
        10:00:00.300 web start\n\
        10:10:00.200 web network connect net1\n\
        10:10:00.300 web kill signal=15\n\
        10:10:00.700 web die exitCode=0\n\
        10:10:00.710 web network disconnect net1\n\
        10:10:00.900 web start\n\
        10:10:00.901 web restart",
    decide: |scene, rule| {
        let repair = network_repair(scene)?;
        let attached = repair.attached.event;
        let exec = scene
            .events(attached.value.time - SCRIPT, attached.value.time)
            .rfind(|event| matches!(event.value.kind, EventKind::ExecDie { command: None, .. }))?;
        let network = repair.attached.network;
        let summary = format!(
            "{} through the API {} after a command ran in the container, with a network attached to it in between.",
            how_stopped(repair.end),
            between(exec.value.time, repair.request)
        );
        let verdict = rule.verdict(summary, "a command ended in the container", &exec.citation);
        let detail = format!("a command in the container, network connect {network}, restart");
        Some(repaired(scene, verdict, &repair, detail))
    },
};

pub(super) const NETWORK_REPAIR: Rule = Rule {
    id: "network-repair",
    says: "More than once a network was attached to the running container, and it was stopped through the API at once.",
    cause: Cause::HostAutomationRestart,
    family: Family::External,
    weight: 0.93,
    others: &[(Cause::ManualRestart, 0.06)],
    example: "10:00:00.000 web create\n\
        10:00:00.300 web start\n\
        10:10:00.200 web network connect net1\n\
        10:10:00.300 web kill signal=15\n\
        10:10:00.700 web die exitCode=0\n\
        10:10:00.710 web network disconnect net1\n\
        10:10:00.900 web start\n\
        10:10:00.901 web restart\n\
        10:17:00.200 web network connect net1\n\
        10:17:00.300 web kill signal=15\n\
        10:17:00.700 web die exitCode=0\n\
        10:17:00.710 web network disconnect net1\n\
        10:17:00.900 web start\n\
        10:17:00.901 web restart",
    near_miss: "10:00:00.000 web create\n\
        10:00:00.300 web start\n\
        10:10:00.200 web network connect net1\n\
        10:10:00.300 web kill signal=15\n\
        10:10:00.700 web die exitCode=0\n\
        10:10:00.710 web network disconnect net1\n\
        10:10:00.900 web start\n\
        10:10:00.901 web restart",
    decide: |scene, rule| {
        let repair = network_repair(scene)?;
        repaired_before_or_after(scene).then_some(())?;
        Some(attached_and_stopped(scene, rule, &repair))
    },
};

pub(super) const NETWORK_REPAIR_ONCE: Rule = Rule {
    id: "network-repair-once",
    says: "Once a network was attached to the running container and it was stopped at once: a script does that, and so does a person who pastes two lines.",
    cause: Cause::Unknown,
    family: Family::External,
    weight: 0.0,
    others: &[
        (Cause::HostAutomationRestart, 0.55),
        (Cause::ManualRestart, 0.4),
    ],
    example: "10:00:00.000 web create\n\
        10:00:00.300 web start\n\
        10:10:00.200 web network connect net1\n\
        10:10:00.300 web kill signal=15\n\
        10:10:00.700 web die exitCode=0\n\
        10:10:00.710 web network disconnect net1\n\
        10:10:00.900 web start\n\
        10:10:00.901 web restart",
    near_miss: "10:00:00.000 web create\n\
        10:00:00.300 web start\n\
        10:10:00.300 web kill signal=15\n\
        10:10:00.700 web die exitCode=0\n\
        10:10:00.720 web stop\n\
        10:10:00.900 web network connect net1\n\
        10:10:01.100 web start\n\
        10:10:01.101 web restart",
    decide: |scene, rule| {
        let repair = network_repair(scene)?;
        let Attached { event, network, .. } = repair.attached;
        let verdict = rule.unknown(
            format!(
                "{} through the API {} after a network was attached to the running container: a script does that, and so does a person who pastes two lines.",
                how_stopped(repair.end),
                between(event.value.time, repair.request)
            ),
            ["the host's journal of that time, or the next time that it happens, would decide"],
        );
        let claim = format!("network connect {network}, while running");
        Some(scene.with_end(verdict.and(claim, &event.citation)))
    },
};

fn attached_and_stopped(scene: &Scene<'_>, rule: &Rule, repair: &Repair<'_>) -> Verdict {
    let Attached { event, network, .. } = repair.attached;
    let summary = format!(
        "{} through the API {} after a network was attached to the running container.",
        how_stopped(repair.end),
        between(event.value.time, repair.request)
    );
    let claim = format!("network connect {network}, while running");
    let verdict = rule.verdict(summary, claim, &event.citation);
    let detail = format!("network connect {network}, restart");
    repaired(scene, verdict, repair, detail)
}

/// Runs before and after that are looked at for the same repair.
const NEAR: usize = 8;

/// Whether another restart of the container followed at once on a network that was attached to it.
fn repaired_before_or_after(scene: &Scene<'_>) -> bool {
    let Some((own, _)) = scene.run else {
        return false;
    };
    let runs = &scene.container.runs;
    let near = own.saturating_sub(NEAR).max(1)..(own + NEAR + 1).min(runs.len());
    near.filter(|run| *run != own).any(|run| {
        let request = runs[run - 1]
            .end
            .as_ref()
            .and_then(|end| end.requested.as_ref());
        request.is_some_and(|request| {
            !live_connects(scene.container, request.time - AT_ONCE, request.time).is_empty()
        })
    })
}

/// A network attached to the running container just before it was restarted.
struct Repair<'a> {
    request: Time,
    end: &'a End,
    attached: Attached<'a>,
    /// The last probe that failed before.
    failed: Option<Probe<'a>>,
}

fn network_repair<'a>(scene: &Scene<'a>) -> Option<Repair<'a>> {
    let (request, end) = api_request(scene)?;
    let from = lately(scene, request, SCRIPT);
    let attached = *live_connects(scene.container, from, request).last()?;
    let failed = probes(scene.container, from, request)
        .into_iter()
        .rfind(|probe| probe.exit_code != 0);
    let quick = request - attached.event.value.time <= AT_ONCE;
    if !quick && (failed.is_none() || attached.again) {
        return None;
    }
    Some(Repair {
        request,
        end,
        attached,
        failed,
    })
}

fn repaired(
    scene: &Scene<'_>,
    mut verdict: Verdict,
    repair: &Repair<'_>,
    detail: String,
) -> Verdict {
    verdict.cite(
        format!("network connect {}, while running", repair.attached.network),
        &repair.attached.event.citation,
    );
    scene
        .with_end(verdict)
        .by(InitiatorKind::HostScript, detail)
}

fn probe_verdict(rule: &Rule, summary: String, probe: &Probe<'_>) -> Verdict {
    rule.verdict(
        summary,
        format!("exec_die exitCode={} ({})", probe.exit_code, probe.command),
        &probe.ended.citation,
    )
}

pub(super) const UNHEALTHY: Rule = Rule {
    id: "unhealthy",
    says: "The container was stopped through the API within a minute of becoming unhealthy.",
    cause: Cause::HealthRestart,
    family: Family::External,
    weight: 0.94,
    others: &[(Cause::ManualRestart, 0.06)],
    example: "10:00:00.000 web create\n\
        10:00:00.300 web start\n\
        10:20:11.000 web health_status: unhealthy\n\
        10:20:14.200 web kill signal=15\n\
        10:20:15.000 web die exitCode=0\n\
        10:20:15.010 web stop\n\
        10:20:15.900 web start\n\
        10:20:15.901 web restart",
    near_miss: "10:00:00.000 web create\n\
        10:00:00.300 web start\n\
        10:20:11.000 web health_status: unhealthy\n\
        10:20:13.000 web health_status: healthy\n\
        10:20:14.200 web kill signal=15\n\
        10:20:15.000 web die exitCode=0\n\
        10:20:15.010 web stop\n\
        10:20:15.900 web start\n\
        10:20:15.901 web restart",
    decide: |scene, rule| stopped_unhealthy(scene, rule, PROMPT_WATCHER),
};

pub(super) const UNHEALTHY_FOR_MINUTES: Rule = Rule {
    id: "unhealthy-for-minutes",
    says: "The container was stopped through the API within five minutes of becoming unhealthy.",
    cause: Cause::HealthRestart,
    family: Family::External,
    weight: 0.85,
    others: &[(Cause::ManualRestart, 0.15)],
    example: "10:00:00.000 web create\n\
        10:00:00.300 web start\n\
        10:20:11.000 web health_status: unhealthy\n\
        10:23:14.200 web kill signal=15\n\
        10:23:15.000 web die exitCode=0\n\
        10:23:15.010 web stop\n\
        10:23:15.900 web start\n\
        10:23:15.901 web restart",
    near_miss: "10:00:00.000 web create\n\
        10:00:00.300 web start\n\
        10:20:11.000 web health_status: unhealthy\n\
        10:43:14.200 web kill signal=15\n\
        10:43:15.000 web die exitCode=0\n\
        10:43:15.010 web stop\n\
        10:43:15.900 web start\n\
        10:43:15.901 web restart",
    decide: |scene, rule| stopped_unhealthy(scene, rule, WATCHER),
};

fn stopped_unhealthy(scene: &Scene<'_>, rule: &Rule, within: TimeDelta) -> Option<Verdict> {
    let (request, end) = api_request(scene)?;
    let event: &Cited<Event> = unhealthy_before(scene, request)?;
    let lag = request - event.value.time;
    if lag > within {
        return None;
    }
    let summary = format!(
        "{} through the API {} after it became unhealthy.",
        how_stopped(end),
        span(lag)
    );
    let verdict = rule
        .verdict(summary, "health_status: unhealthy", &event.citation)
        .by(
            InitiatorKind::HealthWatcher,
            format!(
                "a watcher that restarts unhealthy containers, {} after",
                span(lag)
            ),
        );
    Some(scene.with_end(verdict))
}

pub(super) const FAILED_PROBE: Rule = Rule {
    id: "failed-probe",
    says: "A probe failed in the container, and the container was stopped through the API at once.",
    cause: Cause::HostAutomationRestart,
    family: Family::External,
    weight: 0.92,
    others: &[(Cause::ManualRestart, 0.06)],
    example: "10:00:00.000 web create\n\
        10:00:00.300 web start\n\
        10:10:00.000 web exec_die exitCode=7 (curl -f http://localhost/ready)\n\
        10:10:00.300 web kill signal=15\n\
        10:10:00.700 web die exitCode=0\n\
        10:10:00.710 web stop\n\
        10:10:01.100 web start\n\
        10:10:01.101 web restart",
    near_miss: "10:00:00.000 web create\n\
        10:00:00.300 web start\n\
        10:10:00.000 web exec_die exitCode=7 (curl -f http://localhost/ready)\n\
        10:10:40.300 web kill signal=15\n\
        10:10:40.700 web die exitCode=0\n\
        10:10:40.710 web stop\n\
        10:10:41.100 web start\n\
        10:10:41.101 web restart",
    decide: |scene, rule| {
        let (request, end) = api_request(scene)?;
        let around = probes(scene.container, request - TimeDelta::hours(1), request);
        let from = lately(scene, request, TimeDelta::hours(1));
        let last = around
            .last()
            .filter(|probe| probe.exit_code != 0 && probe.ended.value.time >= from)?;
        let lag = request - last.ended.value.time;
        let same = |probe: &&Probe<'_>| probe.command == last.command;
        // The same command again and again is a program's, even where it waits before it acts.
        let repeated = around.iter().filter(same).count();
        // What fails again and again in one run while nothing follows (a HEALTHCHECK, say) is no trigger.
        let failures = around
            .iter()
            .filter(same)
            .filter(|probe| probe.exit_code != 0 && probe.ended.value.time >= from)
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
        let verdict = probe_verdict(rule, summary, last).by(
            InitiatorKind::HostScript,
            format!("probe `{}`, restart", last.command),
        );
        Some(scene.with_end(verdict))
    },
};

pub(super) const ATTACHED_WHILE_STOPPED: Rule = Rule {
    id: "attached-while-stopped",
    says: "The container was stopped through the API, attached to a network that it had not, and started, all within seconds.",
    cause: Cause::HostAutomationRestart,
    family: Family::External,
    weight: 0.85,
    others: &[(Cause::ManualRestart, 0.13)],
    example: "10:00:00.000 web create\n\
        10:00:00.100 web network connect bridge\n\
        10:00:00.300 web start\n\
        10:10:00.000 web kill signal=15\n\
        10:10:00.400 web die exitCode=0\n\
        10:10:00.410 web network disconnect bridge\n\
        10:10:00.450 web stop\n\
        10:10:01.000 web network connect net1\n\
        10:10:01.300 web network connect bridge\n\
        10:10:01.500 web start",
    near_miss: "10:00:00.000 web create\n\
        10:00:00.100 web network connect bridge\n\
        10:00:00.300 web start\n\
        10:10:00.000 web kill signal=15\n\
        10:10:00.400 web die exitCode=0\n\
        10:10:00.410 web network disconnect bridge\n\
        10:10:00.450 web stop\n\
        10:10:01.300 web network connect bridge\n\
        10:10:01.500 web start",
    decide: |scene, rule| {
        let (request, end) = api_request(scene)?;
        let start = scene.start()?;
        let stopped = end.time?;
        let added = attached_at_start(scene.container, stopped, start.time);
        let (connect, network) = added.first()?;
        if start.time - stopped > SCRIPT || !scene.events_cover(request - AT_ONCE, start.time) {
            return None;
        }
        let how = how_stopped(end);
        let summary = if connect.value.time <= start.time {
            format!(
                "{how} through the API, attached to {network} while stopped, and started again within {}.",
                between(request, start.time)
            )
        } else {
            format!(
                "{how} through the API, started again, and attached to {network} {} after that, sooner than a person types.",
                between(start.time, connect.value.time)
            )
        };
        let verdict = rule
            .verdict(
                summary,
                format!("network connect {network}, which it had not before"),
                &connect.citation,
            )
            .by(
                InitiatorKind::HostScript,
                format!("stop and start, network connect {network}"),
            );
        Some(scene.with_end(verdict))
    },
};

pub(super) const PERIODIC: Rule = Rule {
    id: "periodic",
    says: "One of at least four restarts through the API at equal intervals.",
    cause: Cause::HostAutomationRestart,
    family: Family::External,
    weight: 0.9,
    others: &[(Cause::ManualRestart, 0.1)],
    example: "10:00:00.000 web start\n\
        10:05:00.500 web kill signal=15\n\
        10:05:00.900 web die exitCode=0\n\
        10:05:01.300 web start\n\
        10:10:00.500 web kill signal=15\n\
        10:10:00.900 web die exitCode=0\n\
        10:10:01.300 web start\n\
        10:15:00.500 web kill signal=15\n\
        10:15:00.900 web die exitCode=0\n\
        10:15:01.300 web start\n\
        10:20:00.500 web kill signal=15\n\
        10:20:00.900 web die exitCode=0\n\
        10:20:01.300 web start",
    near_miss: "10:00:00.000 web start\n\
        10:05:00.500 web kill signal=15\n\
        10:05:00.900 web die exitCode=0\n\
        10:05:01.300 web start\n\
        10:07:00.500 web kill signal=15\n\
        10:07:00.900 web die exitCode=0\n\
        10:07:01.300 web start\n\
        10:16:00.500 web kill signal=15\n\
        10:16:00.900 web die exitCode=0\n\
        10:16:01.300 web start\n\
        10:20:00.500 web kill signal=15\n\
        10:20:00.900 web die exitCode=0\n\
        10:20:01.300 web start",
    decide: |scene, rule| {
        in_series(scene, rule, |series| {
            !series.from_log && series.runs.len() >= 4
        })
    },
};

pub(super) const PERIODIC_THREE: Rule = Rule {
    id: "periodic-three",
    says: "One of three restarts through the API at closely equal intervals.",
    cause: Cause::HostAutomationRestart,
    family: Family::External,
    weight: 0.85,
    others: &[(Cause::ManualRestart, 0.15)],
    example: "10:00:00.000 web start\n\
        10:05:00.500 web kill signal=15\n\
        10:05:00.900 web die exitCode=0\n\
        10:05:01.300 web start\n\
        10:10:00.500 web kill signal=15\n\
        10:10:00.900 web die exitCode=0\n\
        10:10:01.300 web start\n\
        10:15:00.500 web kill signal=15\n\
        10:15:00.900 web die exitCode=0\n\
        10:15:01.300 web start",
    near_miss: "10:00:00.000 web start\n\
        10:05:00.500 web kill signal=15\n\
        10:05:00.900 web die exitCode=0\n\
        10:05:01.300 web start\n\
        10:10:00.500 web kill signal=15\n\
        10:10:00.900 web die exitCode=0\n\
        10:10:01.300 web start\n\
        10:14:20.500 web kill signal=15\n\
        10:14:20.900 web die exitCode=0\n\
        10:14:21.300 web start",
    decide: |scene, rule| in_series(scene, rule, |series| !series.from_log),
};

pub(super) const PERIODIC_IN_LOG: Rule = Rule {
    id: "periodic-in-log",
    says: "By the log alone: one of several orderly shutdowns at equal intervals.",
    cause: Cause::HostAutomationRestart,
    family: Family::External,
    weight: 0.7,
    others: &[(Cause::ManualRestart, 0.3)],
    example: "10:00:00.000 web log: INFO:     Started server process [1]\n\
        10:05:00.000 web log: INFO:     Shutting down\n\
        10:05:01.000 web log: INFO:     Started server process [1]\n\
        10:10:00.000 web log: INFO:     Shutting down\n\
        10:10:01.000 web log: INFO:     Started server process [1]\n\
        10:15:00.000 web log: INFO:     Shutting down\n\
        10:15:01.000 web log: INFO:     Started server process [1]\n\
        10:20:00.000 web log: INFO:     Shutting down\n\
        10:20:01.000 web log: INFO:     Started server process [1]\n\
        web inspect: StartedAt 10:20:00.9, FinishedAt 10:20:00.5",
    near_miss: "10:00:00.000 web log: INFO:     Started server process [1]\n\
        10:05:00.000 web log: INFO:     Shutting down\n\
        10:05:01.000 web log: INFO:     Started server process [1]\n\
        10:07:00.000 web log: INFO:     Shutting down\n\
        10:07:01.000 web log: INFO:     Started server process [1]\n\
        10:16:00.000 web log: INFO:     Shutting down\n\
        10:16:01.000 web log: INFO:     Started server process [1]\n\
        10:20:00.000 web log: INFO:     Shutting down\n\
        10:20:01.000 web log: INFO:     Started server process [1]\n\
        web inspect: StartedAt 10:20:00.9, FinishedAt 10:20:00.5",
    decide: |scene, rule| in_series(scene, rule, |series| series.from_log),
};

fn in_series(
    scene: &Scene<'_>,
    rule: &Rule,
    applies: impl FnOnce(&Series) -> bool,
) -> Option<Verdict> {
    let (run, _) = scene.run?;
    let (series, place) = scene
        .overview
        .series_of(scene.index)
        .iter()
        .find_map(|series| Some((series, series.runs.binary_search(&run).ok()?)))?;
    if !applies(series) {
        return None;
    }
    let (claim, line) = asked_to_stop(scene, run)?;
    let count = series.runs.len();
    let seconds =
        f64::from(i32::try_from(series.period.num_milliseconds()).unwrap_or(i32::MAX)) / 1000.0;
    let mut verdict = rule.verdict(series_summary(series), claim, line).by(
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
    Some(scene.with_end(verdict))
}

fn series_summary(series: &Series) -> String {
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
    format!(
        "One of {} restarts {through} at equal intervals: {} from {what}, within {}.",
        series.runs.len(),
        span(series.period),
        span(series.deviation.max(TimeDelta::milliseconds(100)))
    )
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
