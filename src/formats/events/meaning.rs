//! From a source's own words to an event.

use crate::model::{Event, EventKind, Health, Time};
use std::collections::BTreeMap;

/// What all sources say in one form or another, in Docker's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Raw {
    pub(super) time: Time,
    /// The time had no zone.
    pub(super) assumed_zone: bool,
    /// `container`, `network`, `image` ...
    pub(super) object: String,
    /// `start`, `exec_create: getent hosts database` ...
    pub(super) action: String,
    /// The id of the object.
    pub(super) id: String,
    /// The image that the source names outside the attributes (`from`), where no label can hide it.
    pub(super) from: Option<String>,
    /// Labels and the event's own values, mixed.
    pub(super) attributes: BTreeMap<String, String>,
}

/// Attributes that belong to an event and not to its container. A label of the same name cannot be
/// told from them (moby `daemon/events.go` copies both into one map).
const OWN: &[&str] = &[
    "image",
    "name",
    "exitCode",
    "signal",
    "execID",
    "execDuration",
    "oldName",
];

impl Raw {
    /// Says it in the model's words.
    pub(super) fn into_event(self) -> Event {
        let (verb, detail) = match self.action.split_once(':') {
            Some((verb, detail)) => (verb.trim(), detail.trim()),
            None => (self.action.trim(), ""),
        };
        let (verb, detail) = (verb.to_owned(), detail.to_owned());
        match self.object.as_str() {
            "container" => self.container(&verb, &detail),
            "network" if verb == "connect" || verb == "disconnect" => self.network(&verb),
            "service" => self.service(verb),
            "system" if verb == "refresh" => self.of_no_container(EventKind::EngineRefresh),
            _ => {
                let what = format!("{} {}", self.object, self.action.trim());
                self.of_no_container(EventKind::Other(what))
            }
        }
    }

    fn container(mut self, verb: &str, detail: &str) -> Event {
        let exit_code = self.number("exitCode");
        let exec_id = self.attributes.get("execID").cloned();
        let command = detail.to_owned();
        let kind = match verb {
            "create" => EventKind::Create,
            "start" => EventKind::Start,
            "restart" => EventKind::Restart,
            "stop" => EventKind::Stop,
            "die" => EventKind::Die {
                exit_code,
                duration_s: self.number("execDuration"),
            },
            "kill" => EventKind::Kill {
                signal: self.attributes.get("signal").and_then(|s| signal_number(s)),
            },
            "oom" => EventKind::Oom,
            "destroy" => EventKind::Destroy,
            "rename" => EventKind::Rename {
                old_name: self.attributes.get("oldName").map(|name| bare(name)),
            },
            "pause" => EventKind::Pause,
            "unpause" => EventKind::Unpause,
            "health_status" => EventKind::Health(match detail {
                "healthy" => Health::Healthy,
                "unhealthy" => Health::Unhealthy,
                other => Health::Other(other.to_owned()),
            }),
            "exec_create" => EventKind::ExecCreate { exec_id, command },
            "exec_start" => EventKind::ExecStart { exec_id, command },
            "exec_die" => EventKind::ExecDie { exec_id, exit_code },
            _ => EventKind::Other(format!("container {}", self.action.trim())),
        };
        let name = self.attributes.get("name").map(|name| bare(name));
        let image = self
            .from
            .take()
            .filter(|image| !image.is_empty())
            .or_else(|| self.attributes.get("image").cloned());
        let labels = if verb.starts_with("exec_") {
            BTreeMap::new()
        } else {
            self.attributes
                .retain(|key, _| !OWN.contains(&key.as_str()));
            self.attributes
        };
        Event {
            time: self.time,
            kind,
            container_id: Some(self.id).filter(|id| !id.is_empty()),
            name: name.filter(|name| !name.is_empty()),
            image: image.filter(|image| !image.is_empty()),
            labels,
        }
    }

    fn network(mut self, verb: &str) -> Event {
        let container = self.attributes.remove("container");
        let network_id = std::mem::take(&mut self.id);
        let network = self.attributes.remove("name").unwrap_or_default();
        let kind = if verb == "connect" {
            EventKind::NetworkConnect {
                network_id,
                network,
            }
        } else {
            EventKind::NetworkDisconnect {
                network_id,
                network,
            }
        };
        Event {
            container_id: container.filter(|id| !id.is_empty()),
            ..self.of_no_container(kind)
        }
    }

    fn service(mut self, action: String) -> Event {
        let attributes = std::mem::take(&mut self.attributes);
        let kind = EventKind::Service {
            action,
            service_id: std::mem::take(&mut self.id),
            service: attributes.get("name").cloned(),
            attributes,
        };
        self.of_no_container(kind)
    }

    fn of_no_container(self, kind: EventKind) -> Event {
        Event {
            time: self.time,
            kind,
            container_id: None,
            name: None,
            image: None,
            labels: BTreeMap::new(),
        }
    }

    fn number<N: std::str::FromStr>(&self, key: &str) -> Option<N> {
        self.attributes.get(key)?.trim().parse().ok()
    }
}

/// A name without the slash that the engine keeps before it.
fn bare(name: &str) -> String {
    name.trim_start_matches('/').to_owned()
}

/// Docker writes a number; some compatible engines write the name.
fn signal_number(text: &str) -> Option<u32> {
    let text = text.trim();
    text.parse().ok().or_else(|| {
        let name = text.strip_prefix("SIG").unwrap_or(text);
        [
            ("HUP", 1),
            ("INT", 2),
            ("QUIT", 3),
            ("KILL", 9),
            ("USR1", 10),
            ("USR2", 12),
            ("TERM", 15),
            ("WINCH", 28),
        ]
        .into_iter()
        .find_map(|(known, number)| (known == name).then_some(number))
    })
}
