//! An orchestrator puts a new container in the place of a task that ended.

use super::super::rule::Rule;
use super::super::scene::Scene;
use super::super::verdict::Verdict;
use super::super::words::ended;
use super::deploy::{self, Predecessor};
use super::fate::slots_fit;
use super::predecessor;
use crate::lifecycle::identity::Platform;
use crate::lifecycle::{Container, End};
use crate::model::{Cause, Citation, Cited, EndedBy, Event, EventKind, Family, InitiatorKind};
use chrono::TimeDelta;

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
        let update = task.update.filter(|_| !task.failed)?;
        let shown = Predecessor {
            shown: Some(("the service was updated", &update.citation)),
            followed: false,
            renamed: false,
        };
        deploy::replaced(scene, rule, task.before, &shown)
    },
};

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
    since: crate::model::Time,
    /// An update of the service around that time.
    update: Option<&'a Cited<Event>>,
}

fn task<'a>(scene: &Scene<'a>) -> Option<Task<'a>> {
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
    let (claim, line) = end.shown_by.first()?;
    let failed = matches!(end.by, EndedBy::Exit | EndedBy::Signal | EndedBy::Oom);
    let killed = end.by == EndedBy::ApiKill
        && before
            .removed
            .as_ref()
            .is_some_and(|removed| removed.time <= start);
    if !failed && !killed {
        return None;
    }
    let service = scene
        .container
        .labels
        .get("com.docker.swarm.service.name")
        .map_or(scene.identity.service.as_str(), String::as_str);
    let requested = end.requested.as_ref().map(|request| request.time);
    let since = requested.or(end.time)?;
    let update = scene.all.history.swarm.iter().find(|event| {
        matches!(&event.value.kind, EventKind::Service { action, service: Some(name), .. } if action.as_ref() == "update" && name.as_ref() == service)
            && event.value.time >= since - TimeDelta::seconds(5)
            && event.value.time <= start
    });
    Some(Task {
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
    let swarm = scene.identity.platform == Platform::Swarm;
    let verdict = rule
        .verdict(summary, task.claim.to_owned(), task.line)
        .and(claim, line)
        .by(
            InitiatorKind::Orchestrator,
            if swarm { "swarm" } else { "kubelet" },
        );
    Some(match task.update {
        Some(update) => {
            verdict.against("the service was updated around that time", &update.citation)
        }
        None => verdict,
    })
}
