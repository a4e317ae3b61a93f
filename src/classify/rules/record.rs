//! Direct records: the host's programs, or the engine's own log, say what was done.

use super::super::backoff::fits_backoff;
use super::super::host;
use super::super::probes::live_connects;
use super::super::request::{SCRIPT, lately, unhealthy_before};
use super::super::rule::Rule;
use super::super::scene::Scene;
use super::super::verdict::Verdict;
use crate::model::{
    Cause, Cited, EndedBy, Family, HostAction, InitiatorKind, JournalKind, JournalRecord, Time,
};
use chrono::TimeDelta;

pub(super) const BY_PERSON: Rule = Rule {
    id: "host-record-of-a-person",
    says: "A line of the host names the container and shows that a person restarted it (sudo, a shell).",
    cause: Cause::ManualRestart,
    family: Family::External,
    weight: 0.95,
    others: &[],
    example: "10:00:00.000 web create\n\
        10:00:00.300 web start\n\
        10:30:00.000 host sudo[901]: ops : COMMAND=/usr/bin/docker restart web\n\
        10:30:00.200 web kill signal=15\n\
        10:30:00.600 web die exitCode=0\n\
        10:30:00.610 web stop\n\
        10:30:01.000 web start\n\
        10:30:01.001 web restart",
    near_miss: "10:00:00.000 web create\n\
        10:00:00.300 web start\n\
        10:30:00.000 host sudo[901]: ops : COMMAND=/usr/bin/docker logs web\n\
        10:30:00.200 web kill signal=15\n\
        10:30:00.600 web die exitCode=0\n\
        10:30:00.610 web stop\n\
        10:30:01.000 web start\n\
        10:30:01.001 web restart",
    decide: |scene, rule| {
        let said = said_by_host(scene)?;
        let person = host::is_person(&said.first().value);
        person.then(|| host_verdict(scene, rule, &said, InitiatorKind::Operator))
    },
};

pub(super) const BY_HEALTH_WATCHER: Rule = Rule {
    id: "host-record-of-a-health-watcher",
    says: "A line of the host names the unhealthy container and says that a program restarted it.",
    cause: Cause::HealthRestart,
    family: Family::External,
    weight: 0.99,
    others: &[],
    example: "10:00:00.000 web create\n\
        10:00:00.300 web start\n\
        10:30:00.000 host autoheal[77]: web is unhealthy, restarting web\n\
        10:30:00.200 web kill signal=15\n\
        10:30:00.600 web die exitCode=0\n\
        10:30:00.610 web stop\n\
        10:30:01.000 web start\n\
        10:30:01.001 web restart",
    near_miss: "10:00:00.000 web create\n\
        10:00:00.300 web start\n\
        10:30:00.000 host autoheal[77]: web is unhealthy, not restarting web\n\
        10:30:00.200 web kill signal=15\n\
        10:30:00.600 web die exitCode=0\n\
        10:30:00.610 web stop\n\
        10:30:01.000 web start\n\
        10:30:01.001 web restart",
    decide: |scene, rule| {
        let said = said_by_host(scene)?;
        let heals = said.action == HostAction::HealRestart
            || unhealthy_before(scene, said.request).is_some() && scene.previous_end().is_some();
        heals.then(|| host_verdict(scene, rule, &said, InitiatorKind::HealthWatcher))
    },
};

pub(super) const BY_PROGRAM: Rule = Rule {
    id: "host-record",
    says: "A line of a program on the host names the container and says that the program restarted it.",
    cause: Cause::HostAutomationRestart,
    family: Family::External,
    weight: 0.99,
    others: &[],
    example: "10:00:00.000 web create\n\
        10:00:00.300 web start\n\
        10:30:00.000 host netfix[812]: docker restart web\n\
        10:30:00.200 web kill signal=15\n\
        10:30:00.600 web die exitCode=0\n\
        10:30:00.610 web stop\n\
        10:30:01.000 web start\n\
        10:30:01.001 web restart",
    near_miss: "10:00:00.000 web create\n\
        10:00:00.300 web start\n\
        10:30:00.000 host netfix[812]: docker restart db\n\
        10:30:00.200 web kill signal=15\n\
        10:30:00.600 web die exitCode=0\n\
        10:30:00.610 web stop\n\
        10:30:01.000 web start\n\
        10:30:01.001 web restart",
    decide: |scene, rule| {
        let said = said_by_host(scene)?;
        Some(host_verdict(scene, rule, &said, InitiatorKind::HostScript))
    },
};

/// What the host's programs say of this restart.
struct Said<'a> {
    /// When the restart was asked for.
    request: Time,
    /// The lines, oldest first.
    records: Vec<(&'a Cited<JournalRecord>, HostAction)>,
    /// Which of them names an action that restarts, and the action.
    at: usize,
    action: HostAction,
}

impl<'a> Said<'a> {
    fn first(&self) -> &'a Cited<JournalRecord> {
        self.records[self.at].0
    }
}

fn said_by_host<'a>(scene: &Scene<'a>) -> Option<Said<'a>> {
    let start = scene.at()?;
    let end = scene.previous_end();
    let request = end
        .and_then(|end| {
            let asked = end.requested.as_ref().map(|request| request.time);
            asked.or(end.time)
        })
        .unwrap_or(start);
    // A process that ended by itself was not restarted by what a script said meanwhile.
    let by_itself = end.is_some_and(|end| {
        matches!(
            end.by,
            EndedBy::Exit | EndedBy::Signal | EndedBy::Oom | EndedBy::Engine
        )
    });
    if by_itself
        && scene.start().is_some_and(|start| start.restart.is_none())
        && fits_backoff(scene)
    {
        return None;
    }
    let records = host::actions(
        scene,
        request.min(start) - TimeDelta::seconds(5),
        start + TimeDelta::seconds(5),
    );
    let restarts = |action: &HostAction| {
        matches!(
            action,
            HostAction::HealRestart
                | HostAction::Restart
                | HostAction::Stop
                | HostAction::Start
                | HostAction::Kill
        )
    };
    let at = records.iter().position(|(_, action)| restarts(action))?;
    let action = records[at].1;
    Some(Said {
        request,
        records,
        at,
        action,
    })
}

fn host_verdict(scene: &Scene<'_>, rule: &Rule, said: &Said<'_>, kind: InitiatorKind) -> Verdict {
    let first = said.first();
    let program = first.value.program.clone();
    let program = program.unwrap_or_else(|| "a script on the host".to_owned());
    let (summary, initiator) = match &first.value.user {
        Some(user) => (
            format!("{user} restarted this container through {program}, as the host's log says."),
            format!("{program}, {user}"),
        ),
        None => (
            format!("{program} says that it restarted this container."),
            program,
        ),
    };
    let mut verdict = rule.verdict(summary, "the host's log says so", &first.citation);
    for (record, _) in said.records.iter().skip(1).take(3) {
        verdict.cite("the host's log says so", &record.citation);
    }
    if let Some(event) = unhealthy_before(scene, said.request) {
        verdict.cite("health_status: unhealthy", &event.citation);
    }
    let from = lately(scene, said.request, SCRIPT);
    for attached in live_connects(scene.container, from, said.request) {
        verdict.cite(
            format!("network connect {}, while running", attached.network),
            &attached.event.citation,
        );
    }
    scene.with_end(verdict).by(kind, initiator)
}

pub(super) const ENGINE_RESTARTS: Rule = Rule {
    id: "engine-log-restarting",
    says: "The engine's log says that it restarts the container by its policy.",
    cause: Cause::RestartPolicy,
    family: Family::External,
    weight: 0.97,
    others: &[],
    example: "10:40:00.200 engine: restarting container (web, manualRestart=false)\n\
        web inspect: StartedAt 10:40:00.5, FinishedAt 10:40:00.1",
    near_miss: "10:40:00.200 engine: restarting container (web, manualRestart=true)\n\
        web inspect: StartedAt 10:40:00.5, FinishedAt 10:40:00.1",
    decide: |scene, rule| {
        let record = said_by_engine(scene)?;
        if !matches!(record.value.kind, JournalKind::Restarting { manual: false }) {
            return None;
        }
        let verdict = rule
            .verdict(
                "The engine's log says that its restart policy started the container again.",
                "the engine restarts it by policy",
                &record.citation,
            )
            .by(InitiatorKind::Policy, "restart policy");
        Some(scene.with_end(verdict))
    },
};

pub(super) const ENGINE_STOPPED: Rule = Rule {
    id: "engine-log-stopped",
    says: "The engine's log says that the container was stopped through the API; the events that would tell more are missing.",
    cause: Cause::Unknown,
    family: Family::External,
    weight: 0.0,
    others: &[
        (Cause::ManualRestart, 0.5),
        (Cause::HostAutomationRestart, 0.4),
    ],
    example: "10:00:00 engine: API listen on /run/docker.sock\n\
        10:40:00 engine: ShouldRestart failed (web, hasBeenManuallyStopped=true)\n\
        web inspect: StartedAt 10:40:00.5, FinishedAt 10:40:00.1",
    near_miss: "10:00:00 engine: API listen on /run/docker.sock\n\
        10:40:00 engine: ShouldRestart failed (web, hasBeenManuallyStopped=false)\n\
        web inspect: StartedAt 10:40:00.5, FinishedAt 10:40:00.1",
    decide: |scene, rule| {
        let record = said_by_engine(scene)?;
        let verdict = rule.unknown(
            "The engine's log says that it was stopped through the API; the events that would tell by whom are missing.",
            ["Docker's events around this time, or the host's journal"],
        );
        Some(scene.with_end(verdict.and("stopped through the API", &record.citation)))
    },
};

/// The line of the engine's log that tells of this restart, where no event shows a request.
fn said_by_engine<'a>(scene: &Scene<'a>) -> Option<&'a Cited<JournalRecord>> {
    let start = scene.start()?.time;
    let end = scene.previous_end();
    if end.is_some_and(|end| matches!(end.by, EndedBy::ApiStop | EndedBy::ApiKill)) {
        return None;
    }
    let around = end
        .and_then(|end| end.time)
        .unwrap_or(start - TimeDelta::seconds(5));
    scene.all.history.daemon.iter().find(|record| {
        let near = record.value.time.is_some_and(|time| {
            around - TimeDelta::seconds(3) <= time && time <= start + TimeDelta::seconds(1)
        });
        let own = record.value.container.as_deref().is_some_and(|id| {
            !id.is_empty()
                && (scene.container.id.starts_with(id) || id.starts_with(&scene.container.id))
        });
        let tells = matches!(
            record.value.kind,
            JournalKind::Restarting { .. }
                | JournalKind::NotRestarted {
                    manually_stopped: true,
                    ..
                }
        );
        near && own && tells
    })
}
