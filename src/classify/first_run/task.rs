//! An orchestrator puts a new container in the place of a task that ended.

use super::super::rule::Rule;
use super::super::scene::Scene;
use super::super::verdict::Verdict;
use super::super::words::ended;
use super::deploy::{self, Predecessor};
use super::fate::slots_fit;
use super::known::predecessor;
use crate::lifecycle::identity::Platform;
use crate::lifecycle::{Container, End, Run};
use crate::model::{
    Cause, Citation, Cited, EndedBy, Event, EventKind, Family, Health, InitiatorKind, JournalKind,
    JournalRecord, Time,
};
use chrono::TimeDelta;

/// A service update may begin this long before it gets to a task.
const OVERLAP: TimeDelta = TimeDelta::minutes(15);

pub(super) const UPDATED: Rule = Rule {
    id: "task-updated",
    says: "The service was updated just before its task's container was removed and another one made.",
    cause: Cause::DeploymentReplacement,
    family: Family::External,
    weight: 0.95,
    others: &[],
    example: "task1 swarm: service shop_web, slot 1\n\
        task2 swarm: service shop_web, slot 1\n\
        10:00:00.000 task1 create\n\
        10:00:00.300 task1 start\n\
        10:10:00.000 service update shop_web\n\
        10:10:00.100 task2 create\n\
        10:10:00.200 task1 kill signal=15\n\
        10:10:00.600 task1 die exitCode=0\n\
        10:10:00.700 task1 destroy\n\
        10:10:01.000 task2 start",
    near_miss: "task1 swarm: service shop_web, slot 1\n\
        task2 swarm: service shop_web, slot 1\n\
        10:00:00.000 task1 create\n\
        10:00:00.300 task1 start\n\
        10:10:00.000 service update shop_db\n\
        10:10:00.100 task2 create\n\
        10:10:00.200 task1 kill signal=15\n\
        10:10:00.600 task1 die exitCode=0\n\
        10:10:00.700 task1 destroy\n\
        10:10:01.000 task2 start",
    decide: |scene, rule| {
        let task = task(scene)?;
        // A process that ends well when it is asked to looks as if it had ended by itself.
        let asked = !task.failed || task.end.exit_code == Some(0);
        let update = task.update.filter(|_| asked)?;
        let shown = Predecessor {
            shown: Some(("the service was updated", &update.citation)),
            followed: false,
            renamed: false,
        };
        deploy::replaced(scene, rule, task.before, &shown)
    },
};

pub(super) const UNHEALTHY: Rule = Rule {
    id: "task-unhealthy",
    says: "The task before was unhealthy when the orchestrator stopped it, and no update of the service was asked for.",
    cause: Cause::HealthRestart,
    family: Family::External,
    weight: 0.95,
    others: &[],
    example: "task1 swarm: service shop_web, slot 1\n\
        task2 swarm: service shop_web, slot 1\n\
        10:00:00.000 task1 create\n\
        10:00:00.300 task1 start\n\
        10:10:00.100 task1 health_status: unhealthy\n\
        10:10:00.200 task1 kill signal=15\n\
        10:10:00.600 task1 die exitCode=143\n\
        10:10:05.000 task2 create\n\
        10:10:05.300 task2 start",
    near_miss: "task1 swarm: service shop_web, slot 1\n\
        task2 swarm: service shop_web, slot 1\n\
        10:00:00.000 task1 create\n\
        10:00:00.300 task1 start\n\
        10:09:00.000 task1 health_status: unhealthy\n\
        10:09:30.000 service update shop_web\n\
        10:09:31.200 task1 kill signal=15\n\
        10:09:31.600 task1 die exitCode=143\n\
        10:10:05.000 task2 create\n\
        10:10:05.300 task2 start",
    decide: |scene, rule| {
        let place = taken_over(scene)?;
        let stopped = matches!(place.end.by, EndedBy::ApiStop | EndedBy::ApiKill);
        if !stopped || place.update.is_some() {
            return None;
        }
        let said = said_unhealthy(scene, &place);
        let unhealthy = health_at(place.before, place.since)
            .map(|event| ("health_status: unhealthy", &event.citation))
            .or(said.map(|record| {
                (
                    "the engine says that the task was unhealthy",
                    &record.citation,
                )
            }))?;
        let (claim, line) = scene.shown_by()?;
        let mut verdict = rule
            .verdict(
                "The task before was unhealthy; the orchestrator stopped it and put a new container in its place, without a service update.",
                unhealthy.0,
                unhealthy.1,
            )
            .by(InitiatorKind::Orchestrator, orchestrator(scene));
        if let Some(record) = said {
            verdict.cite(
                "the engine says that the task was unhealthy",
                &record.citation,
            );
        }
        for (claim, line) in &place.end.shown_by {
            verdict.cite(claim.clone(), line);
        }
        Some(verdict.and(claim, line))
    },
};

pub(super) const REPLACED: Rule = Rule {
    id: "task-replaced",
    says: "The orchestrator stopped a task and put an unchanged one in its place; no event shows an update of the service.",
    cause: Cause::Unknown,
    family: Family::External,
    weight: 0.0,
    others: &[
        (Cause::DeploymentReplacement, 0.5),
        (Cause::HealthRestart, 0.2),
        (Cause::RestartPolicy, 0.2),
    ],
    example: "task1 swarm: service shop_web, slot 1\n\
        task2 swarm: service shop_web, slot 1\n\
        10:00:00.000 task1 create\n\
        10:00:00.300 task1 start\n\
        10:10:00.200 task1 kill signal=15\n\
        10:10:00.600 task1 die exitCode=143\n\
        10:10:05.000 task2 create\n\
        10:10:05.300 task2 start",
    near_miss: "task1 swarm: service shop_web, slot 1\n\
        task2 swarm: service shop_web, slot 1\n\
        10:00:00.000 task1 create\n\
        10:00:00.300 task1 start\n\
        10:09:59.000 service update shop_web\n\
        10:10:00.200 task1 kill signal=15\n\
        10:10:00.600 task1 die exitCode=143\n\
        10:10:05.000 task2 create\n\
        10:10:05.300 task2 start",
    decide: |scene, rule| {
        let swarm = scene.identity.platform == Platform::Swarm;
        let before = predecessor(scene).filter(|_| swarm)?;
        let before = &scene.all.history.containers[before];
        let start = scene.at()?;
        // The first update that could have led to it.
        let since = before.runs.last().and_then(Run::ended_at).unwrap_or(start);
        if deploy::differs(scene.container, before)
            || update_between(scene, since.min(start) - OVERLAP, start).is_some()
        {
            return None;
        }
        let (claim, line) = scene.shown_by()?;
        let verdict = rule.unknown(
            format!(
                "A new task took the place of {} with the same image: an update of the service, a rebalance, or a task that failed.",
                before.name().unwrap_or(before.short_id())
            ),
            ["docker events of a manager (service update), or docker service ps, would decide"],
        );
        let mut verdict = verdict;
        if let Some((claim, line)) = before
            .runs
            .last()
            .and_then(|run| run.end.as_ref())
            .and_then(|end| end.shown_by.first())
        {
            verdict.cite(claim.clone(), line);
        }
        Some(verdict.and(claim, line))
    },
};

/// The event that made a container unhealthy, if it still was at `time`.
fn health_at(container: &Container, time: Time) -> Option<&Cited<Event>> {
    let started = container.runs.last()?.started_at();
    container
        .events_between(started.unwrap_or(time - TimeDelta::days(365)), time)
        .rfind(|event| matches!(event.value.kind, EventKind::Health(_)))
        .filter(|event| event.value.kind == EventKind::Health(Health::Unhealthy))
}

/// The engine's line that says that the task before was unhealthy.
fn said_unhealthy<'a>(
    scene: &Scene<'a>,
    place: &TakenPlace<'a>,
) -> Option<&'a Cited<JournalRecord>> {
    let id = place.before.labels.get("com.docker.swarm.task.id")?;
    let daemon = scene.all.history.daemon.iter();
    daemon
        .filter(|record| {
            matches!(&record.value.kind, JournalKind::TaskFailed { task_id: Some(task), .. } if task == id)
        })
        .find(|record| record.citation.text.to_lossy().contains("unhealthy"))
}

fn orchestrator(scene: &Scene<'_>) -> &'static str {
    if scene.identity.platform == Platform::Swarm {
        "swarm"
    } else {
        "kubelet"
    }
}

/// An update of the scene's service in `from..=to`.
fn update_between<'a>(scene: &Scene<'a>, from: Time, to: Time) -> Option<&'a Cited<Event>> {
    let labels = &scene.container.labels;
    let service = labels
        .get("com.docker.swarm.service.name")
        .map_or(scene.identity.service.as_str(), String::as_str);
    scene.all.history.swarm.iter().find(|event| {
        matches!(&event.value.kind, EventKind::Service { action, service: Some(name), .. } if action.as_ref() == "update" && name.as_ref() == service)
            && from <= event.value.time
            && event.value.time <= to
    })
}

pub(super) const OUT_OF_MEMORY: Rule = Rule {
    id: "task-out-of-memory",
    says: "The task before was killed for want of memory, and the orchestrator put a new container in its place.",
    cause: Cause::OomRestart,
    family: Family::External,
    weight: 0.95,
    others: &[],
    example: "task1 swarm: service shop_web, slot 1\n\
        task2 swarm: service shop_web, slot 1\n\
        10:00:00.000 task1 create\n\
        10:00:00.300 task1 start\n\
        10:10:00.500 task1 oom\n\
        10:10:00.600 task1 die exitCode=137\n\
        10:10:05.000 task2 create\n\
        10:10:05.300 task2 start",
    near_miss: "task1 swarm: service shop_web, slot 1\n\
        task2 swarm: service shop_web, slot 1\n\
        10:00:00.000 task1 create\n\
        10:00:00.300 task1 start\n\
        10:10:00.600 task1 die exitCode=137\n\
        10:10:05.000 task2 create\n\
        10:10:05.300 task2 start",
    decide: |scene, rule| {
        let task = task(scene).filter(|task| task.end.by == EndedBy::Oom)?;
        replaced_by_itself(scene, rule, &task)
    },
};

pub(super) const FAILED: Rule = Rule {
    id: "task-failed",
    says: "The task before ended by itself, and the orchestrator put a new container in its place.",
    cause: Cause::RestartPolicy,
    family: Family::External,
    weight: 0.95,
    others: &[],
    example: "task1 swarm: service shop_web, slot 1\n\
        task2 swarm: service shop_web, slot 1\n\
        10:00:00.000 task1 create\n\
        10:00:00.300 task1 start\n\
        10:10:00.600 task1 die exitCode=1\n\
        10:10:05.000 task2 create\n\
        10:10:05.300 task2 start",
    near_miss: "task1 swarm: service shop_web, slot 1\n\
        task2 swarm: service shop_web, slot 2\n\
        10:00:00.000 task1 create\n\
        10:00:00.300 task1 start\n\
        10:10:00.600 task1 die exitCode=1\n\
        10:10:05.000 task2 create\n\
        10:10:05.300 task2 start",
    decide: |scene, rule| {
        let task = task(scene).filter(|task| task.failed)?;
        replaced_by_itself(scene, rule, &task)
    },
};

pub(super) const REMOVED: Rule = Rule {
    id: "task-removed",
    says: "The task's container was removed by force, and the orchestrator put a new one in its place.",
    cause: Cause::RestartPolicy,
    family: Family::External,
    weight: 0.85,
    others: &[],
    example: "task1 swarm: service shop_web, slot 1\n\
        task2 swarm: service shop_web, slot 1\n\
        10:00:00.000 task1 create\n\
        10:00:00.300 task1 start\n\
        10:10:00.200 task1 kill signal=9\n\
        10:10:00.600 task1 die exitCode=137\n\
        10:10:00.700 task1 destroy\n\
        10:10:05.000 task2 create\n\
        10:10:05.300 task2 start",
    near_miss: "task1 swarm: service shop_web, slot 1\n\
        task2 swarm: service shop_web, slot 1\n\
        10:00:00.000 task1 create\n\
        10:00:00.300 task1 start\n\
        10:10:00.000 service update shop_web\n\
        10:10:00.200 task1 kill signal=9\n\
        10:10:00.600 task1 die exitCode=137\n\
        10:10:00.700 task1 destroy\n\
        10:10:05.000 task2 create\n\
        10:10:05.300 task2 start",
    decide: |scene, rule| {
        let task = task(scene)?;
        scene.events_cover(task.since, scene.at()?).then_some(())?;
        replaced_by_itself(scene, rule, &task)
    },
};

/// The place of a task that ended, taken by the scene's container.
struct TakenPlace<'a> {
    before: &'a Container,
    /// How the container before ended.
    end: &'a End,
    /// When the end was asked for, else when it came.
    since: Time,
    /// An update of the service around that time.
    update: Option<&'a Cited<Event>>,
}

fn taken_over<'a>(scene: &Scene<'a>) -> Option<TakenPlace<'a>> {
    let predecessor = predecessor(scene)?;
    scene.shown_by()?;
    let orchestrated = matches!(
        scene.identity.platform,
        Platform::Swarm | Platform::Kubernetes
    );
    if !orchestrated || !slots_fit(scene, predecessor) {
        return None;
    }
    let before = &scene.all.history.containers[predecessor];
    let start = scene.at()?;
    let end = before.runs.iter().rev().find_map(|run| {
        run.end
            .as_deref()
            .filter(|end| end.time.is_none_or(|time| time <= start))
    })?;
    let requested = end.requested.as_ref().map(|request| request.time);
    let since = requested.or(end.time)?;
    Some(TakenPlace {
        before,
        end,
        since,
        update: update_between(scene, since - TimeDelta::seconds(5), start),
    })
}

/// A task of an orchestrator whose container was put in the place of one that failed or was killed.
struct Task<'a> {
    before: &'a Container,
    /// How the container before ended, and the line that shows it first.
    end: &'a End,
    claim: &'a str,
    line: &'a Citation,
    /// It ended by itself; else it was removed by force.
    failed: bool,
    /// When the end was asked for, else when it came.
    since: Time,
    /// An update of the service around that time.
    update: Option<&'a Cited<Event>>,
}

fn task<'a>(scene: &Scene<'a>) -> Option<Task<'a>> {
    let TakenPlace {
        before,
        end,
        since,
        update,
    } = taken_over(scene)?;
    let start = scene.at()?;
    let (claim, line) = end.shown_by.first()?;
    let failed = matches!(end.by, EndedBy::Exit | EndedBy::Signal | EndedBy::Oom);
    let killed = end.by == EndedBy::ApiKill
        && before
            .removed
            .as_ref()
            .is_some_and(|removed| removed.time <= start);
    (failed || killed).then_some(Task {
        before,
        end,
        claim,
        line,
        failed,
        since,
        update,
    })
}

fn replaced_by_itself(scene: &Scene<'_>, rule: &Rule, task: &Task<'_>) -> Option<Verdict> {
    let (claim, line) = scene.shown_by()?;
    let summary = if task.failed {
        format!(
            "The task before {} by itself; the orchestrator put a new container in its place without a service update.",
            ended(task.end)
        )
    } else {
        "The task's container was removed by force; the orchestrator put a new one in its place without a service update.".to_owned()
    };
    let verdict = rule
        .verdict(summary, task.claim.to_owned(), task.line)
        .and(claim, line)
        .by(InitiatorKind::Orchestrator, orchestrator(scene));
    Some(match task.update {
        Some(update) => {
            verdict.against("the service was updated around that time", &update.citation)
        }
        None => verdict,
    })
}
