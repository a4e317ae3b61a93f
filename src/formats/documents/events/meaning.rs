//! From a source's own words to an event.

use crate::model::event::{ExecId, Labels};
use crate::model::{Event, EventKind, Health, Time};
use foldhash::fast::RandomState;
use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

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

/// The same, borrowed from wherever it stands.
pub(super) struct Words<'w> {
    pub(super) time: Time,
    pub(super) object: &'w str,
    pub(super) action: &'w str,
    pub(super) id: &'w str,
    pub(super) from: Option<&'w str>,
    /// Of a key that comes twice, the last counts.
    pub(super) attributes: &'w [(Cow<'w, str>, Cow<'w, str>)],
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
    "containerExitCode",
    "podId",
];

/// Texts that events repeat, each stored once.
#[derive(Default)]
pub(super) struct SharedTexts {
    texts: HashSet<Arc<str>, RandomState>,
    labels: HashMap<Arc<str>, Labels, RandomState>,
    none: Labels,
}

impl SharedTexts {
    pub(super) fn text(&mut self, text: &str) -> Arc<str> {
        if let Some(known) = self.texts.get(text) {
            return Arc::clone(known);
        }
        let new: Arc<str> = text.into();
        self.texts.insert(Arc::clone(&new));
        new
    }

    fn filled(&mut self, text: Option<&str>) -> Option<Arc<str>> {
        text.filter(|text| !text.is_empty())
            .map(|text| self.text(text))
    }

    /// The labels among the attributes of `container`, mostly the same as in its event before.
    fn labels(
        &mut self,
        container: &Arc<str>,
        attributes: &[(Cow<'_, str>, Cow<'_, str>)],
    ) -> Labels {
        let labels = || {
            attributes
                .iter()
                .filter(|(key, _)| !OWN.contains(&key.as_ref()))
        };
        if labels().next().is_none() {
            return Arc::clone(&self.none);
        }
        if let Some(known) = self.labels.get(container)
            && labels().count() == known.len()
            && labels()
                .all(|(key, value)| known.get(key.as_ref()).is_some_and(|known| known == value))
        {
            return Arc::clone(known);
        }
        let new: Labels = Arc::new(owned(labels()));
        self.labels.insert(Arc::clone(container), Arc::clone(&new));
        new
    }
}

fn owned<'w>(
    attributes: impl Iterator<Item = &'w (Cow<'w, str>, Cow<'w, str>)>,
) -> BTreeMap<String, String> {
    attributes
        .map(|(key, value)| (key.clone().into_owned(), value.clone().into_owned()))
        .collect()
}

impl Raw {
    /// The event in the model's words.
    pub(super) fn into_event(self, texts: &mut SharedTexts) -> Event {
        let attributes: Vec<(Cow<'_, str>, Cow<'_, str>)> = self
            .attributes
            .iter()
            .map(|(key, value)| (key.as_str().into(), value.as_str().into()))
            .collect();
        Words {
            time: self.time,
            object: &self.object,
            action: &self.action,
            id: &self.id,
            from: self.from.as_deref(),
            attributes: &attributes,
        }
        .event(texts)
    }
}

impl Words<'_> {
    /// The command that is about to run in a container, when this announces one: its id, whether this
    /// created it, and its line.
    pub(super) fn announcement(&self) -> Option<(ExecId, bool, &str)> {
        let (verb, command) = self.verb();
        let created = verb == "exec_create";
        if self.object != "container" || !(created || verb == "exec_start") {
            return None;
        }
        Some((self.exec_id()?, created, command))
    }

    /// The action without what follows it, and that.
    fn verb(&self) -> (&str, &str) {
        match self.action.split_once(':') {
            Some((verb, detail)) => (verb.trim(), detail.trim()),
            None => (self.action.trim(), ""),
        }
    }

    fn exec_id(&self) -> Option<ExecId> {
        let exec = self.attribute("execID")?;
        Some(ExecId::new(self.id, exec))
    }

    /// The event in the model's words.
    pub(super) fn event(&self, texts: &mut SharedTexts) -> Event {
        let (verb, detail) = self.verb();
        match self.object {
            "container" => self.container(verb, detail, texts),
            "network" if verb == "connect" || verb == "disconnect" => self.network(verb, texts),
            "service" => {
                let kind = EventKind::Service {
                    action: texts.text(verb),
                    service_id: texts.text(self.id),
                    service: self.attribute("name").map(|name| texts.text(name)),
                    attributes: Arc::new(owned(self.attributes.iter())),
                };
                self.without_container(kind, texts)
            }
            "system" if verb == "refresh" => {
                self.without_container(EventKind::EngineRefresh, texts)
            }
            _ => {
                let what = format!("{} {}", self.object, self.action.trim());
                let kind = EventKind::Other(texts.text(&what));
                self.without_container(kind, texts)
            }
        }
    }

    fn container(&self, verb: &str, detail: &str, texts: &mut SharedTexts) -> Event {
        let kind = match verb {
            "create" => EventKind::Create,
            "start" => EventKind::Start,
            "restart" => EventKind::Restart,
            "stop" => EventKind::Stop,
            "die" => EventKind::Die {
                exit_code: self.number("exitCode"),
                duration_s: self.number("execDuration"),
            },
            "kill" => EventKind::Kill {
                signal: self.attribute("signal").and_then(signal_number),
            },
            "oom" => EventKind::Oom,
            "destroy" => EventKind::Destroy,
            "rename" => EventKind::Rename {
                old_name: self.attribute("oldName").map(|name| bare(name).to_owned()),
            },
            "pause" => EventKind::Pause,
            "unpause" => EventKind::Unpause,
            "health_status" => EventKind::Health(match detail {
                "healthy" => Health::Healthy,
                "unhealthy" => Health::Unhealthy,
                other => Health::Other(texts.text(other)),
            }),
            "exec_create" => EventKind::ExecCreate {
                exec_id: self.exec_id(),
                command: texts.text(detail),
            },
            "exec_start" => EventKind::ExecStart {
                exec_id: self.exec_id(),
                command: texts.text(detail),
            },
            "exec_die" => EventKind::ExecDie {
                exec_id: self.exec_id(),
                exit_code: self.number("exitCode"),
                command: None,
            },
            _ => EventKind::Other(texts.text(&format!("container {}", self.action.trim()))),
        };
        let container_id = texts.filled(Some(self.id));
        let image = self
            .from
            .filter(|image| !image.is_empty())
            .or_else(|| self.attribute("image"));
        let labels = match &container_id {
            Some(id) if !verb.starts_with("exec_") => texts.labels(id, self.attributes),
            _ => Arc::clone(&texts.none),
        };
        Event {
            time: self.time,
            kind,
            container_id,
            name: texts.filled(self.attribute("name").map(bare)),
            image: texts.filled(image),
            labels,
        }
    }

    fn network(&self, verb: &str, texts: &mut SharedTexts) -> Event {
        let network_id = texts.text(self.id);
        let network = texts.text(self.attribute("name").unwrap_or_default());
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
            container_id: texts.filled(self.attribute("container")),
            ..self.without_container(kind, texts)
        }
    }

    fn without_container(&self, kind: EventKind, texts: &SharedTexts) -> Event {
        Event {
            time: self.time,
            kind,
            container_id: None,
            name: None,
            image: None,
            labels: Arc::clone(&texts.none),
        }
    }

    fn attribute(&self, key: &str) -> Option<&str> {
        self.attributes
            .iter()
            .rfind(|(known, _)| known == key)
            .map(|(_, value)| value.as_ref())
    }

    fn number<N: std::str::FromStr>(&self, key: &str) -> Option<N> {
        self.attribute(key)?.trim().parse().ok()
    }
}

/// A name without the slash that the engine keeps before it.
fn bare(name: &str) -> &str {
    name.trim_start_matches('/')
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
