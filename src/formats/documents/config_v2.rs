//! `config.v2.json`, the engine's own state of a container under `/var/lib/docker/containers/<id>/`.
//! Source: moby `daemon/container/container.go`, `state.go`.

use super::Head;
use super::inspect::Reading;
use super::located::Json;

/// Whether the object is one: the id is spelled `ID`, and there is a state.
pub(super) fn is_config(json: &Json<'_>) -> bool {
    json.get(&["ID"]).and_then(Json::str).is_some() && json.member(&["State"]).is_some()
}

/// Whether the object is `hostconfig.json`, which stands beside it and does not say whose it is.
pub(super) fn is_host_config(json: &Json<'_>) -> bool {
    json.member(&["RestartPolicy"]).is_some() && json.member(&["NetworkMode"]).is_some()
}

/// Reads `hostconfig.json` of `container`.
pub(super) fn read_host(reading: &mut Reading<'_, '_>, container: &str) {
    container.clone_into(&mut reading.snapshot.id);
    reading.policy(&["RestartPolicy", "Name"]);
}

/// Reads it. The restart policy is not in it (the engine keeps it in `hostconfig.json`), nor is the
/// status as a word.
pub(super) fn read(reading: &mut Reading<'_, '_>) {
    reading.snapshot.id = reading.text("Id", &["ID"]).unwrap_or_default();
    reading.common();
    reading.snapshot.manually_stopped =
        reading.flag("HasBeenManuallyStopped", &["HasBeenManuallyStopped"]);
    if reading.snapshot.status.is_none() {
        reading.snapshot.status = status(reading).map(str::to_owned);
    }
}

/// The word that `docker inspect` would show (moby `State.StateString`).
fn status(reading: &Reading<'_, '_>) -> Option<&'static str> {
    let flag = |key| {
        reading
            .json
            .get(&["State", key])
            .and_then(Json::bool)
            .unwrap_or(false)
    };
    let running = reading.snapshot.running?;
    Some(match (running, flag("Paused"), flag("Restarting")) {
        (true, true, _) => "paused",
        (true, _, true) => "restarting",
        (true, ..) => "running",
        _ if flag("RemovalInProgress") => "removing",
        _ if flag("Dead") => "dead",
        _ if reading.snapshot.started_at.is_none() => "created",
        _ => "exited",
    })
}

/// Whether a document is the engine's own state of a container, or its `hostconfig.json`.
pub(super) fn claims(head: &Head<'_>) -> bool {
    (head.has("ID") && head.has("State"))
        || (head.has("StreamConfig") && head.has("State"))
        || (head.has("RestartPolicy") && head.has("NetworkMode") && !head.has("Id"))
}

#[cfg(test)]
pub(super) const SAMPLES: &[&str] = &[
    r#"{"StreamConfig":{},"State":{"Running":true},"ID":"82"}"#,
    r#"{"Binds":null,"NetworkMode":"default","RestartPolicy":{"Name":"always"}}"#,
];

#[cfg(test)]
pub(super) const COUNTER_SAMPLES: &[&str] = &[
    r#"{"Id":"82","State":{"Running":true}}"#,
    r#"{"ID":"82","Name":"x"}"#,
    r#"{"Id":"82","RestartPolicy":{},"NetworkMode":"default"}"#,
];
