//! podman's events, in Docker's words. Source: podman `libpod/events/config.go`, `events.go`,
//! `journal_linux.go`.

use super::json::{Object, attributes, plain, text, time};
use super::meaning::Raw;
use crate::formats::time::{Stamp, Zone};
use serde_json::Value;

/// One object of `podman events --format json`.
pub(super) fn json(object: &Object, zone: &Zone) -> Option<Raw> {
    let stamp = time(object, zone)?;
    let mut raw = Raw {
        time: stamp.time,
        assumed_zone: stamp.assumed_zone,
        object: text(object, "Type")?,
        action: text(object, "Status")?,
        id: text(object, "ID")
            .or_else(|| text(object, "Id"))
            .unwrap_or_default(),
        from: text(object, "Image"),
        attributes: attributes(object.get("Attributes")),
    };
    if let Some(name) = text(object, "Name") {
        raw.attributes.insert("name".to_owned(), name);
    }
    // Podman 4 leaves the status out of its JSON when it is 0.
    let exit_code = object
        .get("ContainerExitCode")
        .and_then(plain)
        .or_else(|| Some("0".to_owned()).filter(|_| raw.action == "died"));
    let health = ["HealthStatus", "health_status"]
        .into_iter()
        .find_map(|key| text(object, key));
    translate(&mut raw, exit_code, health, text(object, "Network"));
    Some(raw)
}

/// One journal entry that podman's journald logger wrote.
pub(super) fn journal(object: &Object, zone: &Zone) -> Option<Raw> {
    let stamp = text(object, "PODMAN_TIME")
        .and_then(|time| crate::formats::time::whole_time(&time, zone))
        .or_else(|| written_at(object))?;
    let labels = text(object, "PODMAN_LABELS")
        .and_then(|labels| serde_json::from_str::<Value>(&labels).ok());
    let mut raw = Raw {
        time: stamp.time,
        assumed_zone: stamp.assumed_zone,
        object: text(object, "PODMAN_TYPE").unwrap_or_else(|| "container".to_owned()),
        action: text(object, "PODMAN_EVENT")?,
        id: text(object, "PODMAN_ID").unwrap_or_default(),
        from: text(object, "PODMAN_IMAGE"),
        attributes: attributes(labels.as_ref()),
    };
    if let Some(name) = text(object, "PODMAN_NAME") {
        raw.attributes.insert("name".to_owned(), name);
    }
    let exit_code = text(object, "PODMAN_EXIT_CODE");
    let health = text(object, "PODMAN_HEALTH_STATUS");
    translate(
        &mut raw,
        exit_code,
        health,
        text(object, "PODMAN_NETWORK_NAME"),
    );
    Some(raw)
}

/// Whether an event in Docker's shape has a word of podman's own API.
pub(super) fn is_api(action: &str) -> bool {
    matches!(action, "died" | "exec_died" | "exec" | "remove")
}

/// Puts an event of podman's own API, which has Docker's shape, into Docker's words. The attributes of
/// every such event hold a `containerExitCode`; it means something where a process died.
pub(super) fn api(raw: &mut Raw) {
    if let Some(exit_code) = raw.attributes.get("containerExitCode").cloned() {
        let has_code = raw.action == "died" || exit_code != "0";
        translate(raw, has_code.then_some(exit_code), None, None);
    }
}

/// journald's own time, in microseconds.
fn written_at(object: &Object) -> Option<Stamp> {
    let micros = text(object, "__REALTIME_TIMESTAMP")?.parse().ok()?;
    Some(Stamp {
        time: chrono::DateTime::from_timestamp_micros(micros)?,
        assumed_zone: false,
        assumed_year: false,
    })
}

/// Puts podman's words into Docker's.
pub(super) fn translate(
    raw: &mut Raw,
    exit_code: Option<String>,
    health: Option<String>,
    network: Option<String>,
) {
    if raw.object == "network" {
        // Here the id is the container's and the network has but a name.
        if let Some(network) = network {
            let container = std::mem::take(&mut raw.id);
            raw.attributes.insert("container".to_owned(), container);
            raw.attributes.insert("name".to_owned(), network);
        }
        return;
    }
    if raw.object != "container" {
        return;
    }
    let word = match raw.action.as_str() {
        "died" => {
            if let Some(code) = exit_code {
                raw.attributes.insert("exitCode".to_owned(), code);
            }
            "die"
        }
        // Two of these are written for each command, of which one may lack the status: here its
        // absence says nothing.
        "exec_died" => {
            if let Some(code) = exit_code {
                raw.attributes.insert("exitCode".to_owned(), code);
            }
            "exec_die"
        }
        "exec" => "exec_start",
        "remove" => "destroy",
        _ => {
            if raw.action == "health_status" {
                let health = health.or_else(|| raw.attributes.remove("health_status"));
                raw.action = format!("health_status: {}", health.unwrap_or_default());
            }
            return;
        }
    };
    word.clone_into(&mut raw.action);
}
