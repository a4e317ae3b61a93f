//! The first run of a container: a first start, a replacement, another replica.

use super::scene::Scene;
use super::verdict::Verdict;
use super::{deploy, host};
use crate::lifecycle::identity::{Platform, set_aside, undecorated};
use crate::lifecycle::{Container, StartSource};
use crate::model::EndedBy;
use crate::model::InitiatorKind;
use crate::model::{Cause, Citation, EventKind, Fact, FactKind, Family, HostAction, Time};
use chrono::TimeDelta;
use std::cell::LazyCell;
use std::collections::BTreeSet;

/// How the container that came before stands to the new one.
enum Fate<'a> {
    /// It ended or was removed before the new one started.
    Gone(&'a Citation, &'static str),
    /// It was renamed to make room.
    Renamed(&'a Citation),
    /// It was stopped or removed soon after the new one started.
    Followed(&'a Citation, &'static str),
    /// Its name was given to the new one, so it must have gone.
    NameTaken,
    /// It goes on running.
    Stays,
}

/// A new container may run beside the one that it replaces for this long.
const OVERLAP: TimeDelta = TimeDelta::minutes(15);

/// Judges the first run of a container. `certain`: the evidence shows that it is the first.
pub(super) fn judge(scene: &Scene<'_>, certain: bool) -> Verdict {
    let Some((claim, line)) = scene.shown_by() else {
        return Verdict::unknown(
            Family::External,
            "Nothing shows how it started.",
            &[(Cause::FirstStart, 0.5)],
            [""; 0],
        );
    };
    let from_log = scene
        .start()
        .is_none_or(|start| start.source == StartSource::Log);
    let strength = match (certain, from_log) {
        (true, false) => 0.98,
        (true, true) => 0.9,
        (false, _) => 0.65,
    };
    let before = scene
        .at()
        .and_then(|start| scene.overview.predecessor(scene.index, start));
    let Some(predecessor) = before else {
        return without_predecessor(scene, strength, claim, line);
    };
    let before = &scene.all.history.containers[predecessor];
    if let Some(verdict) = orchestrator(scene, predecessor, claim, line) {
        return verdict;
    }
    let fate = fate(scene, predecessor);
    let same_slot = slots_fit(scene, predecessor);
    if let Some(sibling) = replica_beside(scene, predecessor, &fate) {
        return scale_out(scene, sibling, strength, claim, line);
    }
    match fate {
        Fate::Stays if !same_slot && seen_after(scene, predecessor) => {
            scale_out(scene, predecessor, strength, claim, line)
        }
        Fate::Stays => beside(scene, before, claim, line),
        _ => deploy::replaced(scene, before, &fate_words(&fate), strength, claim, line),
    }
}

fn without_predecessor(
    scene: &Scene<'_>,
    strength: f64,
    claim: &'static str,
    line: &Citation,
) -> Verdict {
    // Compose keeps on the new container which one it replaced.
    if let Some(old) = scene.container.labels.get("com.docker.compose.replace")
        && let Some(created) = &scene.container.created
    {
        return Verdict::of(
            Cause::DeploymentReplacement,
            strength.min(0.95),
            format!("Compose recreated the container; it replaces {}, which this evidence does not show.", super::words::short(old)),
            "created with a label that names the container it replaces",
            &created.citation,
        )
        .and(claim, line)
        .by(InitiatorKind::Deployment, "docker compose");
    }
    if let Some((other, shown)) = unplaced(scene) {
        let other = &scene.all.history.containers[other];
        let mut verdict = Verdict::unknown(
            Family::External,
            format!(
                "First run of this container. {} ran too, and may have been there before it: the service's first start, or a deployment that replaced it.",
                other.name().unwrap_or(other.short_id())
            ),
            &[
                (Cause::FirstStart, 0.45),
                (Cause::DeploymentReplacement, 0.45),
            ],
            ["events or inspect of the other container, or its log with times, would decide"],
        );
        verdict.cite("another container with the same startup lines", shown);
        return verdict.and(claim, line);
    }
    let mut verdict = Verdict::of(
        Cause::FirstStart,
        strength,
        "First run of the first container of this service in the evidence.",
        claim,
        line,
    );
    if let Some(created) = &scene.container.created {
        let action = if created.citation == *line {
            claim
        } else {
            "create"
        };
        verdict
            .evidence
            .insert(0, crate::model::Evidence::new(action, &created.citation));
    }
    for snapshot in scene
        .snapshots()
        .filter(|snapshot| snapshot.value.never_finished)
    {
        if let Some(finished) = snapshot.value.lines.get("FinishedAt") {
            verdict.cite("FinishedAt is zero: it never ended a run", finished);
            break;
        }
    }
    if strength < 0.7 {
        verdict = verdict
            .or(&[(Cause::RestartPolicy, 0.15), (Cause::DeploymentReplacement, 0.1)])
            .lacking("Docker's events or inspect from before the log's first line would show whether anything ran before");
    }
    verdict
}

/// Another container that may have come before, but of which only a log tells, and too little: without
/// a time, or without a name.
fn unplaced<'a>(scene: &Scene<'a>) -> Option<(usize, &'a Citation)> {
    let start = scene.at()?;
    let first = |index: usize| scene.all.logs[index].facts.first();
    let untimed = scene.overview.untimed();
    let related = scene
        .siblings()
        .find(|index| untimed.binary_search(index).is_ok() && slots_fit(scene, *index));
    let own = LazyCell::new(|| -> BTreeSet<&str> {
        let facts = scene.log.facts.iter();
        facts.map(|fact| fact.signature).collect()
    });
    let nameless = scene.overview.nameless().iter().copied().find(|index| {
        let alike = |fact: &Fact| own.contains(fact.signature);
        *index != scene.index
            && first(*index)
                .and_then(Fact::time)
                .is_some_and(|time| time < start)
            && scene.all.logs[*index].facts.iter().any(alike)
    });
    let index = related.into_iter().chain(nameless).min()?;
    Some((index, &first(index)?.citation))
}

/// The sibling beside which this container is another replica although `predecessor` ended: a
/// deployment changes something, or puts a container in the place of one that still exists.
fn replica_beside(scene: &Scene<'_>, predecessor: usize, fate: &Fate<'_>) -> Option<usize> {
    let before: &Container = &scene.all.history.containers[predecessor];
    scene.identity.slot.as_ref()?;
    if deploy::differs(scene.container, before) {
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
        .and_then(crate::lifecycle::Run::ended_at)
        .unwrap_or(removed);
    scene.siblings().find(|index| {
        let other = &scene.all.history.containers[*index];
        !slots_fit(scene, *index)
            && !deploy::differs(scene.container, other)
            && other.runs.iter().any(|run| {
                run.started_at().is_some_and(|begun| begun < asked)
                    && run.ended_at().is_none_or(|ended| ended > created)
            })
    })
}

/// Whether two containers can be the same replica.
fn slots_fit(scene: &Scene<'_>, other: usize) -> bool {
    match (&scene.identity.slot, &scene.all.identities[other].slot) {
        (Some(own), Some(other)) => own == other,
        _ => true,
    }
}

fn fate<'a>(scene: &Scene<'a>, predecessor: usize) -> Fate<'a> {
    let before: &Container = &scene.all.history.containers[predecessor];
    let Some(start) = scene.at() else {
        return Fate::Stays;
    };
    if let Some(removed) = before
        .removed
        .as_ref()
        .filter(|removed| removed.time <= start)
    {
        return Fate::Gone(&removed.citation, "the container before was removed");
    }
    let last_run = before
        .runs
        .iter()
        .rfind(|run| run.started_at().is_none_or(|began| began <= start));
    let end = last_run.and_then(|run| run.end.as_ref());
    if let Some(end) = end
        && end.time.is_none_or(|time| time <= start)
        && let Some((_, line)) = end.shown_by.first()
    {
        return Fate::Gone(line, "the container before had ended");
    }
    let rename = before.events.iter().find(|event| {
        matches!(event.value.kind, EventKind::Rename { .. })
            && event.value.time <= start
            && event.value.name.as_deref().is_some_and(|name| {
                Some(undecorated(name)) != scene.container.name().map(undecorated)
            })
    });
    if let Some(rename) = rename {
        return Fate::Renamed(&rename.citation);
    }
    if let Some(end) = end
        && let Some(time) = end.time
        && time - start <= OVERLAP
        && end.by != EndedBy::Exit
        && let Some((_, line)) = end.shown_by.first()
    {
        return Fate::Followed(line, "the container before was stopped after it");
    }
    if let Some(fate) = fate_in_log(scene, predecessor, start) {
        return fate;
    }
    if let Some(removed) = before
        .removed
        .as_ref()
        .filter(|removed| removed.time - start <= OVERLAP)
    {
        return Fate::Followed(
            &removed.citation,
            "the container before was removed after it",
        );
    }
    if before.name().and_then(set_aside) == scene.container.name()
        && scene.container.name().is_some()
    {
        return Fate::NameTaken;
    }
    // Two containers cannot have one name at the same time. Where events cover both, a rename
    // would have been seen.
    let own = scene.container.name_at(start).map(undecorated);
    if own.is_some() && before.name().map(undecorated) == own && scene.identity.slot.is_none() {
        return Fate::NameTaken;
    }
    let same_slot = scene.identity.slot.is_some() && slots_fit(scene, predecessor);
    if same_slot {
        Fate::NameTaken
    } else {
        Fate::Stays
    }
}

/// Where no event tells: the log of the container before ends with an orderly shutdown.
fn fate_in_log<'a>(scene: &Scene<'a>, predecessor: usize, start: Time) -> Option<Fate<'a>> {
    let log = &scene.all.logs[predecessor];
    if !scene.all.history.containers[predecessor].events.is_empty() {
        return None;
    }
    let last = log
        .facts
        .iter()
        .rfind(|fact| !matches!(fact.kind, FactKind::PoolClosed | FactKind::WorkerExit))?;
    if !matches!(last.kind, FactKind::ShuttingDown | FactKind::ProcessEnd) {
        return None;
    }
    let time = last.time()?;
    // It said nothing more: what it still wrote belongs to the shutdown.
    if log
        .coverage
        .end()
        .is_none_or(|end| end - time > TimeDelta::seconds(10))
        || time - start > OVERLAP
    {
        return None;
    }
    Some(if time <= start {
        Fate::Gone(&last.citation, "the container before shut down in order")
    } else {
        Fate::Followed(
            &last.citation,
            "the container before shut down in order after it",
        )
    })
}

fn fate_words<'a>(fate: &Fate<'a>) -> deploy::Predecessor<'a> {
    match fate {
        Fate::Gone(line, claim) | Fate::Followed(line, claim) => deploy::Predecessor {
            shown: Some((claim, line)),
            followed: matches!(fate, Fate::Followed(..)),
            renamed: false,
        },
        Fate::Renamed(line) => deploy::Predecessor {
            shown: Some(("the container before was renamed", line)),
            followed: false,
            renamed: true,
        },
        Fate::NameTaken | Fate::Stays => deploy::Predecessor {
            shown: None,
            followed: false,
            renamed: false,
        },
    }
}

/// An orchestrator puts a new container in the place of a failed task: no deployment.
fn orchestrator(
    scene: &Scene<'_>,
    predecessor: usize,
    claim: &'static str,
    line: &Citation,
) -> Option<Verdict> {
    let swarm = scene.identity.platform == Platform::Swarm;
    if !swarm && scene.identity.platform != Platform::Kubernetes {
        return None;
    }
    if !slots_fit(scene, predecessor) {
        return None;
    }
    let before = &scene.all.history.containers[predecessor];
    let start = scene.at()?;
    let end = before.runs.iter().rev().find_map(|run| {
        run.end
            .as_ref()
            .filter(|end| end.time.is_none_or(|time| time <= start))
    })?;
    let (end_claim, end_line) = end.shown_by.first()?;
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
    let since = end
        .requested
        .as_ref()
        .map(|request| request.time)
        .or(end.time)?;
    let update = scene.all.history.swarm.iter().find(|event| {
        matches!(&event.value.kind, EventKind::Service { action, service: Some(name), .. } if action.as_ref() == "update" && name.as_ref() == service)
            && event.value.time >= since - TimeDelta::seconds(5)
            && event.value.time <= start
    });
    if let Some(update) = update
        && !failed
    {
        return Some(deploy::replaced(
            scene,
            before,
            &deploy::Predecessor {
                shown: Some(("the service was updated", &update.citation)),
                followed: false,
                renamed: false,
            },
            0.95,
            claim,
            line,
        ));
    }
    if killed && !scene.events_cover(since, start) {
        return None;
    }
    let summary = if failed {
        format!(
            "The task before {} by itself; the orchestrator put a new container in its place without a service update.",
            super::words::ended(end)
        )
    } else {
        "The task's container was removed by force; the orchestrator put a new one in its place without a service update.".to_owned()
    };
    let cause = if end.by == EndedBy::Oom {
        Cause::OomRestart
    } else {
        Cause::RestartPolicy
    };
    let verdict = Verdict::of(
        cause,
        if failed { 0.95 } else { 0.85 },
        summary,
        end_claim.clone(),
        end_line,
    )
    .and(claim, line)
    .by(
        InitiatorKind::Orchestrator,
        if swarm { "swarm" } else { "kubelet" },
    );
    Some(match update {
        Some(update) => {
            verdict.against("the service was updated around that time", &update.citation)
        }
        None => verdict,
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

fn scale_out(
    scene: &Scene<'_>,
    sibling: usize,
    strength: f64,
    claim: &'static str,
    line: &Citation,
) -> Verdict {
    let other = &scene.all.history.containers[sibling];
    let mut verdict = Verdict::of(
        Cause::ScaleOut,
        strength.min(0.95),
        format!(
            "Another replica: {} goes on running beside it.",
            other.name().unwrap_or(other.short_id())
        ),
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
            format!(
                "{} was started before and not stopped",
                other.name().unwrap_or(other.short_id())
            ),
            &still.citation,
        );
    }
    verdict
}

/// A second container of the service beside the first, in the same place, and the first stays.
fn beside(scene: &Scene<'_>, before: &Container, claim: &'static str, line: &Citation) -> Verdict {
    if let Some((record, _)) = scene.at().and_then(|at| {
        host::actions(
            scene,
            at - TimeDelta::minutes(2),
            at + TimeDelta::seconds(30),
        )
        .into_iter()
        .find(|(_, action)| *action == HostAction::Replace)
    }) {
        return deploy::replaced(
            scene,
            before,
            &deploy::Predecessor {
                shown: Some(("the host's log says so", &record.citation)),
                followed: false,
                renamed: false,
            },
            0.95,
            claim,
            line,
        );
    }
    let mut verdict = Verdict::unknown(
        Family::External,
        format!(
            "A new container of the service, while {} still runs: a deployment that has not stopped the old one, or another replica.",
            before.name().unwrap_or(before.short_id())
        ),
        &[(Cause::DeploymentReplacement, 0.5), (Cause::ScaleOut, 0.4)],
        [
            "events until the older container is stopped, or labels that number the replicas, would decide",
        ],
    );
    verdict.cite(claim, line);
    verdict
}
