//! Events as JSON objects: Docker's, old Docker's, and Compose's. podman's are in `podman`.

use super::meaning::Raw;
use super::podman;
use crate::formats::time::{Stamp, Zone, whole_time};
use chrono::DateTime;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

pub(super) type Object = Map<String, Value>;

/// What the object says, when it is an event.
pub(super) fn read(object: &Object, zone: &Zone) -> Option<Raw> {
    if object.contains_key("Actor") || object.contains_key("Action") {
        docker(object, zone)
    } else if object.contains_key("PODMAN_EVENT") {
        podman::journal(object, zone)
    } else if object.contains_key("Status") && object.contains_key("Type") {
        podman::json(object, zone)
    } else if object.contains_key("action") && object.contains_key("service") {
        compose(object, zone)
    } else if object.contains_key("status") {
        legacy(object, zone)
    } else {
        None
    }
}

/// The message of a journal entry (`journalctl -o json`), when the object is one.
pub(super) fn journal_message(object: &Object) -> Option<&str> {
    (!object.contains_key("PODMAN_EVENT"))
        .then(|| object.get("MESSAGE")?.as_str())
        .flatten()
}

/// Engine API 1.22 and later; `status`, `id` and `from` repeat the same up to API 1.51.
fn docker(object: &Object, zone: &Zone) -> Option<Raw> {
    let stamp = time(object, zone)?;
    let actor = object.get("Actor").and_then(Value::as_object);
    let id = actor
        .and_then(|actor| text(actor, "ID"))
        .or_else(|| text(object, "id"))
        .unwrap_or_default();
    let action = text(object, "Action").or_else(|| text(object, "status"))?;
    let object_type = text(object, "Type").unwrap_or_else(|| legacy_type(&action).to_owned());
    let mut raw = Raw {
        time: stamp.time,
        assumed_zone: stamp.assumed_zone,
        object: object_type,
        action,
        id,
        from: text(object, "from"),
        attributes: attributes(actor.and_then(|actor| actor.get("Attributes"))),
    };
    podman::api(&mut raw);
    Some(raw)
}

/// Engine API before 1.22 (Docker 1.9 and older): no type, no attributes.
fn legacy(object: &Object, zone: &Zone) -> Option<Raw> {
    let stamp = time(object, zone)?;
    let action = text(object, "status")?;
    Some(Raw {
        time: stamp.time,
        assumed_zone: stamp.assumed_zone,
        object: legacy_type(&action).to_owned(),
        id: text(object, "id").unwrap_or_default(),
        from: text(object, "from"),
        attributes: BTreeMap::new(),
        action,
    })
}

/// What an action without a type is about: then, only containers and images had events.
pub(super) fn legacy_type(action: &str) -> &'static str {
    match action {
        "pull" | "push" | "tag" | "untag" | "delete" | "import" | "load" | "save" => "image",
        _ => "container",
    }
}

/// `docker compose events --json`: containers only, without Compose's own labels; the service is
/// put back among them.
fn compose(object: &Object, zone: &Zone) -> Option<Raw> {
    let stamp = time(object, zone)?;
    let mut attributes = attributes(object.get("attributes"));
    if let Some(service) = text(object, "service").filter(|service| !service.is_empty()) {
        attributes.insert("com.docker.compose.service".to_owned(), service);
    }
    Some(Raw {
        time: stamp.time,
        assumed_zone: stamp.assumed_zone,
        object: text(object, "type").unwrap_or_else(|| "container".to_owned()),
        action: text(object, "action")?,
        id: text(object, "id").unwrap_or_default(),
        from: None,
        attributes,
    })
}

/// `timeNano`, else `time`, as a number or as text.
pub(super) fn time(object: &Object, zone: &Zone) -> Option<Stamp> {
    ["timeNano", "time", "Time"]
        .into_iter()
        .find_map(|key| moment(object.get(key)?, zone))
}

fn moment(value: &Value, zone: &Zone) -> Option<Stamp> {
    match value {
        Value::Number(number) => number.as_i64().and_then(since_1970),
        Value::String(text) => match text.parse::<i64>() {
            Ok(number) => since_1970(number),
            Err(_) => whole_time(text, zone),
        },
        _ => None,
    }
}

/// Seconds, or a thousandth, millionth, billionth of them: told apart by size, as any of them would
/// be centuries away in another unit.
pub(super) fn since_1970(number: i64) -> Option<Stamp> {
    let time = match number {
        ..=0 => None,
        1..100_000_000_000 => DateTime::from_timestamp(number, 0),
        100_000_000_000..100_000_000_000_000 => DateTime::from_timestamp_millis(number),
        100_000_000_000_000..100_000_000_000_000_000 => DateTime::from_timestamp_micros(number),
        _ => Some(DateTime::from_timestamp_nanos(number)),
    }?;
    Some(Stamp {
        time,
        assumed_zone: false,
        assumed_year: false,
    })
}

/// The value of `key` as text.
pub(super) fn text(object: &Object, key: &str) -> Option<String> {
    plain(object.get(key)?)
}

/// A value as text; `None` for null, arrays and objects.
pub(super) fn plain(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        _ => None,
    }
}

/// A map of text to text, as attributes and labels are.
pub(super) fn attributes(value: Option<&Value>) -> BTreeMap<String, String> {
    value
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .filter_map(|(key, value)| Some((key.clone(), plain(value)?)))
        .collect()
}
