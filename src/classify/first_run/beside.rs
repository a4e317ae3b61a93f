//! The container that came before goes on running beside the new one.

use super::super::host;
use super::super::rule::Rule;
use super::super::scene::Scene;
use super::super::verdict::Verdict;
use super::deploy::{self, Predecessor, differs};
use super::fate::{Fate, fate, slots_fit};
use super::known::predecessor;
use crate::lifecycle::{Container, Run};
use crate::model::{Cause, Family, HostAction, InitiatorKind};
use chrono::TimeDelta;

pub(super) const REPLICA: Rule = Rule {
    id: "replica-beside",
    says: "An unchanged container of another number was made while siblings ran on, although the last one made has ended since.",
    cause: Cause::ScaleOut,
    family: Family::External,
    weight: 0.95,
    others: &[],
    example: "web-1 compose: project shop, service web, number 1\n\
        web-2 compose: project shop, service web, number 2\n\
        10:00:00.000 web-1 create\n\
        10:00:00.300 web-1 start\n\
        10:10:00.000 web-2 create\n\
        10:10:00.300 web-2 start\n\
        10:15:00.000 web-1 kill signal=15\n\
        10:15:00.400 web-1 die exitCode=0\n\
        10:15:00.450 web-1 stop",
    near_miss: "web-2 image app:2\n\
        web-1 compose: project shop, service web, number 1\n\
        web-2 compose: project shop, service web, number 2\n\
        10:00:00.000 web-1 create\n\
        10:00:00.300 web-1 start\n\
        10:10:00.000 web-2 create\n\
        10:10:00.300 web-2 start\n\
        10:15:00.000 web-1 kill signal=15\n\
        10:15:00.400 web-1 die exitCode=0\n\
        10:15:00.450 web-1 stop",
    decide: |scene, rule| {
        let before = predecessor(scene)?;
        let sibling = replica_beside(scene, before, &fate(scene, before))?;
        scale_out(scene, rule, sibling)
    },
};

pub(super) const SCALED_OUT: Rule = Rule {
    id: "scaled-out",
    says: "A container of another number was made, and the one before it goes on running.",
    cause: Cause::ScaleOut,
    family: Family::External,
    weight: 0.95,
    others: &[],
    example: "web-1 compose: project shop, service web, number 1\n\
        web-2 compose: project shop, service web, number 2\n\
        10:00:00.000 web-1 create\n\
        10:00:00.300 web-1 start\n\
        10:10:00.000 web-2 create\n\
        10:10:00.300 web-2 start",
    near_miss: "web-1 compose: project shop, service web, number 1\n\
        web-2 compose: project shop, service web, number 2\n\
        10:00:00.000 web-1 create\n\
        10:00:00.300 web-1 start\n\
        10:10:00.000 web-2 create\n\
        10:10:00.100 web-1 kill signal=15\n\
        10:10:00.200 web-1 die exitCode=0\n\
        10:10:00.250 web-1 stop\n\
        10:10:00.300 web-2 start",
    decide: |scene, rule| {
        let before = staying(scene)?;
        if slots_fit(scene, before) || !seen_after(scene, before) {
            return None;
        }
        scale_out(scene, rule, before)
    },
};

pub(super) const SAID_TO_REPLACE: Rule = Rule {
    id: "said-to-replace",
    says: "A line of the host says that the container was replaced around this start.",
    cause: Cause::DeploymentReplacement,
    family: Family::External,
    weight: 0.95,
    others: &[],
    example: "10:00:00.000 web-blue create\n\
        10:00:00.300 web-blue start\n\
        10:09:59.000 host deploy[33]: replacing web with image app:2\n\
        10:10:00.000 web-green create\n\
        10:10:00.300 web-green start",
    near_miss: "10:00:00.000 web-blue create\n\
        10:00:00.300 web-blue start\n\
        10:09:59.000 host deploy[33]: pulling image app:2 for web\n\
        10:10:00.000 web-green create\n\
        10:10:00.300 web-green start",
    decide: |scene, rule| {
        let before = staying(scene)?;
        let at = scene.at()?;
        let (from, to) = (at - TimeDelta::minutes(2), at + TimeDelta::seconds(30));
        let (record, _) = host::actions(scene, from, to)
            .into_iter()
            .find(|(_, action)| *action == HostAction::Replace)?;
        let shown = Predecessor {
            shown: Some(("the host's log says so", &record.citation)),
            followed: false,
            renamed: false,
        };
        deploy::replaced(scene, rule, &scene.all.history.containers[before], &shown)
    },
};

pub(super) const UNCLEAR: Rule = Rule {
    id: "beside-unclear",
    says: "A new container of the service, while the one before still runs, and nothing tells a replica from a deployment.",
    cause: Cause::Unknown,
    family: Family::External,
    weight: 0.0,
    others: &[(Cause::DeploymentReplacement, 0.5), (Cause::ScaleOut, 0.4)],
    example: "10:00:00.000 web-blue create\n\
        10:00:00.300 web-blue start\n\
        10:10:00.000 web-green create\n\
        10:10:00.300 web-green start",
    near_miss: "10:00:00.000 web-blue create\n\
        10:00:00.300 web-blue start\n\
        10:10:00.000 web-green create\n\
        10:10:00.300 web-green start\n\
        10:10:20.000 web-blue kill signal=15\n\
        10:10:20.400 web-blue die exitCode=0\n\
        10:10:20.450 web-blue stop",
    decide: |scene, rule| {
        let before = &scene.all.history.containers[staying(scene)?];
        let (claim, line) = scene.shown_by()?;
        let verdict = rule.unknown(
            format!(
                "A new container of the service, while {} still runs: a deployment that has not stopped the old one, or another replica.",
                before.name().unwrap_or(before.short_id())
            ),
            [
                "events until the older container is stopped, or labels that number the replicas, would decide",
            ],
        );
        Some(verdict.and(claim, line))
    },
};

/// The container before, where it goes on running.
fn staying(scene: &Scene<'_>) -> Option<usize> {
    let before = predecessor(scene)?;
    matches!(fate(scene, before), Fate::Stays).then_some(before)
}

fn scale_out(scene: &Scene<'_>, rule: &Rule, sibling: usize) -> Option<Verdict> {
    let (claim, line) = scene.shown_by()?;
    let other = &scene.all.history.containers[sibling];
    let name = other.name().unwrap_or(other.short_id());
    let mut verdict = rule
        .verdict(
            format!("Another replica: {name} goes on running beside it."),
            claim,
            line,
        )
        .by(
            InitiatorKind::Deployment,
            format!("{} scaled the service", scene.identity.platform.name()),
        );
    let at = scene.at();
    let still = other
        .runs
        .iter()
        .filter_map(|run| run.start.as_ref())
        .rfind(|start| at.is_none_or(|at| start.time <= at));
    if let Some(still) = still {
        verdict.cite(
            format!("{name} was started before and not stopped"),
            &still.citation,
        );
    }
    Some(verdict.capped(scene.first?))
}

/// The sibling beside which this container is another replica although `predecessor` ended: a
/// deployment changes something, or puts a container in the place of one that still exists.
fn replica_beside(scene: &Scene<'_>, predecessor: usize, fate: &Fate<'_>) -> Option<usize> {
    let before: &Container = &scene.all.history.containers[predecessor];
    scene.identity.slot.as_ref()?;
    if differs(scene.container, before) {
        return None;
    }
    if !slots_fit(scene, predecessor) {
        // It was scaled down, or deployed anew, later.
        return matches!(fate, Fate::Followed(..)).then_some(predecessor);
    }
    // The replica of this number was removed for good before this one was made, and the others ran
    // on over all that: scaled down and up again.
    let created = scene.container.created.as_ref()?.time;
    let removed = before.removed.as_ref()?.time;
    if !matches!(fate, Fate::Gone(..)) || removed >= created {
        return None;
    }
    let asked = before
        .runs
        .last()
        .and_then(Run::ended_at)
        .unwrap_or(removed);
    scene.siblings().find(|index| {
        let other = &scene.all.history.containers[*index];
        !slots_fit(scene, *index)
            && !differs(scene.container, other)
            && other.runs.iter().any(|run| {
                run.started_at().is_some_and(|begun| begun < asked)
                    && run.ended_at().is_none_or(|ended| ended > created)
            })
    })
}

/// Whether the evidence shows the container at all after the scene's start: what it does not cover
/// may have ended unseen.
fn seen_after(scene: &Scene<'_>, other: usize) -> bool {
    let Some(start) = scene.at() else {
        return false;
    };
    let events =
        !scene.all.history.containers[other].events.is_empty() && scene.events_cover(start, start);
    let log = scene.all.logs[other]
        .coverage
        .end()
        .is_some_and(|end| end > start);
    let state = scene.all.history.containers[other]
        .snapshots
        .iter()
        .any(|snapshot| snapshot.value.running == Some(true));
    events || log || state
}
