//! What became of the container that came before.

use super::super::scene::Scene;
use super::deploy::Predecessor;
use crate::lifecycle::Container;
use crate::lifecycle::identity::{set_aside, undecorated};
use crate::model::{Citation, EndedBy, EventKind, FactKind, Time};
use chrono::TimeDelta;

/// How the container that came before stands to the new one.
pub(super) enum Fate<'a> {
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

/// What the evidence shows of the container `predecessor` (an index) around the scene's start.
pub(super) fn fate<'a>(scene: &Scene<'a>, predecessor: usize) -> Fate<'a> {
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

/// How a deployment is told of it.
pub(super) fn fate_words<'a>(fate: &Fate<'a>) -> Predecessor<'a> {
    match fate {
        Fate::Gone(line, claim) | Fate::Followed(line, claim) => Predecessor {
            shown: Some((claim, line)),
            followed: matches!(fate, Fate::Followed(..)),
            renamed: false,
        },
        Fate::Renamed(line) => Predecessor {
            shown: Some(("the container before was renamed", line)),
            followed: false,
            renamed: true,
        },
        Fate::NameTaken | Fate::Stays => Predecessor {
            shown: None,
            followed: false,
            renamed: false,
        },
    }
}

/// Whether two containers can be the same replica.
pub(super) fn slots_fit(scene: &Scene<'_>, other: usize) -> bool {
    match (&scene.identity.slot, &scene.all.identities[other].slot) {
        (Some(own), Some(other)) => own == other,
        _ => true,
    }
}
