//! Events as `docker events --format json` writes them.

use super::{Attributes, stamp};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// One event.
#[derive(Clone)]
pub struct Event {
    pub at: DateTime<Utc>,
    /// As the engine's API has it.
    pub value: Value,
}

impl Event {
    pub(super) fn of_container(
        at: DateTime<Utc>,
        id: &str,
        name: &str,
        labels: &BTreeMap<String, String>,
        action: &str,
        more: Attributes<'_>,
    ) -> Self {
        let labels = labels.iter().map(|(key, value)| (&**key, &**value));
        // The engine sorts attributes by their keys.
        let attributes: BTreeMap<&str, &str> = labels
            .chain([("name", name)])
            .chain(more.iter().copied())
            .collect();
        let (time, nano) = (at.timestamp(), at.timestamp_nanos_opt());
        let value = json!({
            "status": action, "id": id, "from": attributes["image"],
            "Type": "container", "Action": action,
            "Actor": {"ID": id, "Attributes": attributes},
            "scope": "local", "time": time, "timeNano": nano,
        });
        Self { at, value }
    }

    /// A container joins or leaves a network.
    pub(super) fn of_network(
        at: DateTime<Utc>,
        container: &str,
        action: &str,
        network: &str,
    ) -> Self {
        let id = format!(
            "{:0>64}",
            network
                .bytes()
                .map(|byte| format!("{byte:02x}"))
                .collect::<String>()
        );
        let (time, nano) = (at.timestamp(), at.timestamp_nanos_opt());
        let value = json!({
            "Type": "network", "Action": action,
            "Actor": {"ID": id, "Attributes": {"container": container, "name": network, "type": "bridge"}},
            "scope": "local", "time": time, "timeNano": nano,
        });
        Self { at, value }
    }

    /// The event as a line of JSON.
    pub fn line(&self) -> String {
        format!("{}\n", self.value)
    }

    /// The event as a line of plain `docker events`.
    pub fn text(&self) -> String {
        let attributes: Vec<String> = self.value["Actor"]["Attributes"]
            .as_object()
            .unwrap()
            .iter()
            .map(|(key, value)| format!("{key}={}", value.as_str().unwrap()))
            .collect();
        format!(
            "{} {} {} {} ({})\n",
            stamp(self.at),
            self.value["Type"].as_str().unwrap(),
            self.value["Action"].as_str().unwrap(),
            self.value["Actor"]["ID"].as_str().unwrap(),
            attributes.join(", ")
        )
    }
}
