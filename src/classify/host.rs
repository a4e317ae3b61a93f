//! Direct records: lines of host programs that name the container.

use super::scene::Scene;
use crate::model::{Cited, HostAction, JournalKind, JournalRecord, Time};

/// The host's lines in `from..=to` that name the scene's container and speak of an action.
pub(super) fn actions<'a>(
    scene: &Scene<'a>,
    from: Time,
    to: Time,
) -> Vec<(&'a Cited<JournalRecord>, HostAction)> {
    lines(scene, from, to)
        .filter_map(|record| match record.value.kind {
            JournalKind::Action(action) => Some((record, action)),
            _ => None,
        })
        .collect()
}

/// The host's lines in `from..=to` that name the scene's container.
pub(super) fn lines<'a>(
    scene: &Scene<'a>,
    from: Time,
    to: Time,
) -> impl Iterator<Item = &'a Cited<JournalRecord>> + use<'a> {
    let host = &scene.all.history.host;
    let begin = host.partition_point(|record| record.value.time < Some(from));
    let end = host.partition_point(|record| record.value.time <= Some(to));
    let scene = *scene;
    host[begin..end.max(begin)]
        .iter()
        .filter(move |record| names(&scene, record))
}

/// The line by which the service manager said in `from..=to` that it starts the container's unit again
/// because its process ended, and the unit. `None` when it was asked to stop the unit after that.
#[allow(
    dead_code,
    reason = "the rule that tells of supervisors of the host asks for it"
)]
pub(super) fn unit_restart<'a>(
    scene: &Scene<'a>,
    from: Time,
    to: Time,
) -> Option<(&'a Cited<JournalRecord>, &'a str)> {
    let of_units = actions(scene, from, to)
        .into_iter()
        .filter(|(_, action)| matches!(action, HostAction::UnitRestart | HostAction::UnitStop));
    let (record, action) = of_units.last()?;
    let unit = record.value.program.as_deref()?;
    (action == HostAction::UnitRestart).then_some((record, unit))
}

/// Whether the line names this container: by id, by a name it has or had, as its service, or by the
/// unit that runs it.
fn names(scene: &Scene<'_>, record: &Cited<JournalRecord>) -> bool {
    let container = scene.container;
    let known = |word: &str| {
        let word = word.trim_start_matches('/');
        container.names.iter().any(|(_, name)| name == word)
            || word == scene.identity.service
            || (word.len() >= 12
                && !container.id.is_empty()
                && (container.id.starts_with(word) || word.starts_with(&container.id)))
    };
    let runs = |unit: &str| {
        let labelled = container.labels.get(UNIT_LABEL);
        let labelled = labelled.and_then(|label| label.strip_suffix(".service"));
        labelled == Some(unit) || known(unit) || known(&format!("systemd-{unit}"))
    };
    if let Some(named) = &record.value.container {
        return known(named);
    }
    // What the service manager says of a unit is about that unit alone.
    if let JournalKind::Action(HostAction::UnitRestart | HostAction::UnitStop) = record.value.kind {
        return record.value.program.as_deref().is_some_and(runs);
    }
    // A name is a word of its own: `pms-backend` does not stand in `pms-backend-netfix`.
    let text = record.citation.text.to_lossy();
    let part_of_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
    let own = record.value.program.as_deref();
    text.split(|c: char| !part_of_name(c))
        .map(|word| word.trim_matches('.'))
        .filter(|word| !word.is_empty() && Some(*word) != own)
        .any(|word| {
            word.strip_suffix(".service")
                .map_or_else(|| known(word), runs)
        })
}

/// The label in which podman keeps the unit that runs a container.
const UNIT_LABEL: &str = "PODMAN_SYSTEMD_UNIT";

/// Programs through which a person acts: their lines show an operator, not automation.
pub(super) fn is_person(record: &JournalRecord) -> bool {
    matches!(
        record.program.as_deref(),
        Some("sudo" | "su" | "bash" | "zsh" | "sh" | "sshd" | "doas")
    )
}
