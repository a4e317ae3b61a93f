//! No container of the service came before in the evidence.

use super::super::rule::Rule;
use super::super::rules::first_seen;
use super::super::scene::Scene;
use super::super::verdict::Verdict;
use super::super::words::short;
use super::fate::slots_fit;
use super::known::predecessor;
use crate::model::{Cause, Citation, Evidence, Fact, Family, InitiatorKind};
use std::cell::LazyCell;
use std::collections::BTreeSet;

pub(super) const UNSHOWN: Rule = Rule {
    id: "first-run-unshown",
    says: "A first run of which no line shows how it started.",
    cause: Cause::Unknown,
    family: Family::External,
    weight: 0.0,
    others: &[(Cause::FirstStart, 0.5)],
    example: "",
    near_miss: "",
    decide: |scene, rule| {
        let unshown = scene.shown_by().is_none();
        unshown.then(|| rule.unknown("Nothing shows how it started.", [""; 0]))
    },
};

pub(super) const REPLACES_UNSEEN: Rule = Rule {
    id: "replaces-unseen-container",
    says: "Compose labelled the new container with the one it replaces, which the evidence does not show.",
    cause: Cause::DeploymentReplacement,
    family: Family::External,
    weight: 0.95,
    others: &[],
    example: "web label com.docker.compose.replace=shop-web-1\n\
        10:00:00.000 web create\n\
        10:00:00.300 web start",
    near_miss: "web label com.docker.compose.project=shop\n\
        10:00:00.000 web create\n\
        10:00:00.300 web start",
    decide: |scene, rule| {
        let (claim, line) = shown_alone(scene)?;
        let old = scene.container.labels.get("com.docker.compose.replace")?;
        let created = scene.container.created.as_ref()?;
        let summary = format!(
            "Compose recreated the container; it replaces {}, which this evidence does not show.",
            short(old)
        );
        let verdict = rule
            .verdict(
                summary,
                "created with a label that names the container it replaces",
                &created.citation,
            )
            .and(claim, line)
            .by(InitiatorKind::Deployment, "docker compose");
        Some(verdict.capped(scene.first?))
    },
};

pub(super) const UNPLACED: Rule = Rule {
    id: "other-container-unplaced",
    says: "Another container with the same startup lines may have come before, and too little is known of it.",
    cause: Cause::Unknown,
    family: Family::External,
    weight: 0.0,
    others: &[
        (Cause::FirstStart, 0.45),
        (Cause::DeploymentReplacement, 0.45),
    ],
    example: "web-old log: INFO:     Started server process [1]\n\
        10:00:00.000 web log: INFO:     Started server process [1]\n\
        10:00:01.000 web log: INFO:     Application startup complete.",
    near_miss: "09:00:00.000 web-old log: INFO:     Started server process [1]\n\
        10:00:00.000 web log: INFO:     Started server process [1]\n\
        10:00:01.000 web log: INFO:     Application startup complete.",
    decide: |scene, rule| {
        let (claim, line) = shown_alone(scene)?;
        let (other, shown) = unplaced(scene)?;
        let other = &scene.all.history.containers[other];
        let verdict = rule.unknown(
            format!(
                "First run of this container. {} ran too, and may have been there before it: the service's first start, or a deployment that replaced it.",
                other.name().unwrap_or(other.short_id())
            ),
            ["events or inspect of the other container, or its log with times, would decide"],
        );
        Some(
            verdict
                .and("another container with the same startup lines", shown)
                .and(claim, line),
        )
    },
};

pub(super) const FIRST_START: Rule = Rule {
    id: "first-start",
    says: "The evidence shows that this is the first run of the first container of its service.",
    cause: Cause::FirstStart,
    family: Family::External,
    weight: 0.98,
    others: &[],
    example: "10:00:00.000 web create\n\
        10:00:00.300 web start",
    near_miss: "10:00:00.000 web network connect bridge\n\
        10:00:00.300 web start",
    decide: |scene, rule| {
        let certainty = scene.first.filter(|first| *first > super::known::LIKELY)?;
        Some(first_start(scene, rule)?.capped(certainty))
    },
};

pub(super) const FIRST_IN_LOG: Rule = Rule {
    id: "first-in-log",
    says: "By the log alone: it begins with this startup, and nothing in it ever failed.",
    cause: Cause::FirstSeen,
    family: Family::External,
    weight: 0.0,
    others: &[
        (Cause::FirstStart, 0.65),
        (Cause::RestartPolicy, 0.15),
        (Cause::DeploymentReplacement, 0.1),
    ],
    example: "10:00:00.000 web log: INFO:     Started server process [1]\n\
        10:00:01.000 web log: INFO:     Application startup complete.",
    near_miss: "10:00:00.000 web log: INFO:     Started server process [1]\n\
        10:00:01.000 web log: ERROR:    Application startup failed. Exiting.",
    decide: |scene, rule| {
        shown_alone(scene)?;
        Some(first_seen(scene, rule))
    },
};

/// The line that shows a start of which no predecessor is known.
fn shown_alone<'a>(scene: &Scene<'a>) -> Option<(&'static str, &'a Citation)> {
    predecessor(scene)
        .is_none()
        .then(|| scene.shown_by())
        .flatten()
}

fn first_start(scene: &Scene<'_>, rule: &Rule) -> Option<Verdict> {
    let (claim, line) = shown_alone(scene)?;
    let mut verdict = rule.verdict(
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
            .insert(0, Evidence::new(action, &created.citation));
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
    Some(verdict)
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
