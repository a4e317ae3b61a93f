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
pub(super) fn unit_restart<'a>(
    scene: &Scene<'a>,
    from: Time,
    to: Time,
) -> Option<(&'a Cited<JournalRecord>, &'a str)> {
    let (record, action) = actions(scene, from, to)
        .into_iter()
        .rfind(|(_, action)| matches!(action, HostAction::UnitRestart | HostAction::UnitStop))?;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classify::overview::Overview;
    use crate::correlate::correlate;
    use crate::formats::{events, host, time::Zone};
    use crate::lifecycle::{Documents, History};
    use crate::model::InputId;
    use crate::story::{clock, story};

    /// The unit that the journal's lines say was started again, where a container of this name (and
    /// label) crashed at second 60 and was started at second 66.
    fn unit_of(name: &str, label: Option<&str>, lines: &[(i32, &str)]) -> Option<String> {
        let mut told = story(name).container("c").named(name);
        if let Some(unit) = label {
            told = told.label(UNIT_LABEL, unit);
        }
        let told = told.ran(0).crashed(60, 2).started(66);
        let journal: Vec<String> = lines
            .iter()
            .map(|(at, message)| {
                let time = clock(*at).format("%Y-%m-%dT%H:%M:%S+0000");
                format!("{time} node7 systemd[1]: {message}\n")
            })
            .collect();
        let events = events::parse(InputId(0), told.event_lines().as_bytes(), &Zone::Utc);
        let journal = host::parse_host(InputId(1), journal.concat().as_bytes(), &Zone::Utc, None);
        let history = History::build(Documents {
            events: events.records,
            journal: journal.records,
            ..Documents::default()
        });
        let all = correlate(history, Vec::new(), None, &[String::new(), String::new()]);
        let overview = Overview::new(&all);
        let scene = Scene::new(&all, all.startups.last().unwrap(), &overview);
        unit_restart(&scene, clock(55), clock(70)).map(|(_, unit)| unit.to_owned())
    }

    #[test]
    fn the_service_manager_starts_the_unit_of_a_container_again() {
        let again =
            |unit: &str| format!("{unit}.service: Scheduled restart job, restart counter is at 4.");
        let vaultd = again("vaultd");
        let by_itself = [
            (
                60,
                "vaultd.service: Main process exited, code=exited, status=2/INVALIDARGUMENT",
            ),
            (65, vaultd.as_str()),
            (65, "Started vaultd.service - Vault agent in a container."),
        ];
        assert_eq!(
            unit_of("vaultd", None, &by_itself).as_deref(),
            Some("vaultd")
        );
        // podman names the container after the unit, or the unit in a label.
        let todo = again("todo");
        let todo = [(65, todo.as_str())];
        assert_eq!(
            unit_of("systemd-todo", None, &todo).as_deref(),
            Some("todo")
        );
        let labelled = unit_of("tasks", Some("todo.service"), &todo);
        assert_eq!(labelled.as_deref(), Some("todo"));
        // Another container's unit, another time, and a stop that was asked for.
        assert_eq!(unit_of("web", None, &by_itself), None);
        assert_eq!(unit_of("vaultd", None, &[(20, vaultd.as_str())]), None);
        let asked = [
            (58, vaultd.as_str()),
            (
                60,
                "Stopping vaultd.service - Vault agent in a container...",
            ),
        ];
        assert_eq!(unit_of("vaultd", None, &asked), None);
    }
}
