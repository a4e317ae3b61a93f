//! A new container in the place of another: what changed, and by what.

use super::super::host;
use super::super::rule::Rule;
use super::super::scene::Scene;
use super::super::verdict::Verdict;
use crate::lifecycle::Container;
use crate::lifecycle::identity::Platform;
use crate::model::{Citation, EventKind, HostAction, InitiatorKind};
use chrono::TimeDelta;

/// What is known of the container that was replaced.
pub(super) struct Predecessor<'a> {
    /// The line that shows how it made room.
    pub(super) shown: Option<(&'static str, &'a Citation)>,
    /// It was stopped only after the new one ran.
    pub(super) followed: bool,
    /// It was renamed before.
    pub(super) renamed: bool,
}

/// The verdict of `rule`, that a deployment replaced `before`.
pub(super) fn replaced(
    scene: &Scene<'_>,
    rule: &Rule,
    before: &Container,
    fate: &Predecessor<'_>,
) -> Option<Verdict> {
    let (claim, line) = scene.shown_by()?;
    let what = changed(scene.container, before);
    let tool = tool(scene, fate);
    let how = match (fate.renamed, fate.followed) {
        (true, _) => "after the old one was renamed (blue-green)",
        (false, true) => "while the old one still ran (start first)",
        (false, false) => "in place of",
    };
    let old = before.short_id();
    let summary = if how == "in place of" {
        format!("A new container took the place of {old}: {what}.")
    } else {
        format!("A new container took over from {old} {how}: {what}.")
    };
    let (lead, at) = match (&scene.container.created, fate.shown) {
        (Some(created), _) => ("create of a new container", &created.citation),
        (None, Some(shown)) => shown,
        (None, None) => (claim, line),
    };
    let mut verdict = rule.verdict(summary, lead, at);
    if let Some((shown, at)) = fate.shown {
        verdict.cite(shown, at);
    }
    verdict.cite(claim, line);
    if fate.shown.is_none() {
        let last = before.runs.iter().rev().find_map(|run| run.start.as_ref());
        if let Some(last) = last {
            verdict.cite(
                format!("an older container of the same name: {old}"),
                &last.citation,
            );
        }
    }
    let record = scene.at().and_then(|at| {
        let (from, to) = (at - TimeDelta::minutes(2), at + TimeDelta::seconds(30));
        host::actions(scene, from, to)
            .into_iter()
            .find(|(record, action)| {
                *action == HostAction::Replace && !host::is_person(&record.value)
            })
    });
    if let Some((record, _)) = record {
        verdict.cite("the host's log says so", &record.citation);
        let program = record.value.program.clone();
        let program = program.unwrap_or_else(|| "a script".to_owned());
        return Some(verdict.by(InitiatorKind::Deployment, program));
    }
    Some(verdict.by(InitiatorKind::Deployment, format!("{tool}: {what}")))
}

/// Whether anything that a deployment changes differs between the two containers.
pub(super) fn differs(new: &Container, old: &Container) -> bool {
    let unequal =
        |a: Option<&String>, b: Option<&String>| matches!((a, b), (Some(a), Some(b)) if a != b);
    let label = |key: &str| unequal(new.labels.get(key), old.labels.get(key));
    unequal(new.image.as_ref(), old.image.as_ref())
        || unequal(new.image_id.as_ref(), old.image_id.as_ref())
        || [
            "com.docker.compose.image",
            "com.docker.compose.config-hash",
            "org.opencontainers.image.revision",
        ]
        .into_iter()
        .any(label)
}

/// What differs between the two containers, in a few words.
fn changed(new: &Container, old: &Container) -> String {
    let differs =
        |a: Option<&String>, b: Option<&String>| matches!((a, b), (Some(a), Some(b)) if a != b);
    let label = |container: &Container, key: &str| container.labels.get(key).cloned();
    if let (Some(from), Some(to)) = (&old.image, &new.image)
        && from != to
    {
        return format!("new image {to} (was {from})");
    }
    let both = |key: &str| (label(old, key), label(new, key));
    let (old_image, new_image) = both("com.docker.compose.image");
    if differs(new_image.as_ref(), old_image.as_ref())
        || differs(new.image_id.as_ref(), old.image_id.as_ref())
    {
        return "image rebuilt under the same tag".to_owned();
    }
    let (old_revision, new_revision) = both("org.opencontainers.image.revision");
    if differs(new_revision.as_ref(), old_revision.as_ref()) {
        return "another revision under the same tag".to_owned();
    }
    let (old_hash, new_hash) = both("com.docker.compose.config-hash");
    if differs(new_hash.as_ref(), old_hash.as_ref()) {
        return "same image, changed configuration".to_owned();
    }
    if new.image.is_some() && new.image == old.image {
        return "same image, recreated".to_owned();
    }
    "new container ID".to_owned()
}

/// What did it, by the order of calls and the labels.
fn tool(scene: &Scene<'_>, fate: &Predecessor<'_>) -> &'static str {
    if scene
        .container
        .labels
        .keys()
        .any(|key| key.starts_with("com.centurylinklabs.watchtower"))
        && !fate.renamed
    {
        return "watchtower or a labelled deployment";
    }
    let container = scene.container;
    // Events and snapshots have all labels: what has none of Compose's was not made by it.
    let told = !container.events.is_empty() || !container.snapshots.is_empty();
    let by_compose = container.labels.contains_key("com.docker.compose.project");
    let platform = match scene.identity.platform {
        Platform::Compose if told && !by_compose => Platform::Engine,
        platform => platform,
    };
    match platform {
        Platform::Engine if fate.renamed => "rename and docker run",
        Platform::Engine => {
            let created_first = scene
                .container
                .events
                .iter()
                .any(|event| matches!(event.value.kind, EventKind::Rename { .. }));
            if created_first {
                "docker create and rename"
            } else {
                "docker run"
            }
        }
        platform => platform.name(),
    }
}
