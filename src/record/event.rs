//! What the recorder has to know of an event; the event itself is kept as the engine wrote it.

use crate::model::Time;
use chrono::DateTime;
use serde::Deserialize;
use std::borrow::Cow;
use std::hash::Hasher as _;

/// One event of the engine's stream, looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Event<'a> {
    /// When the engine emitted it.
    pub(super) time: Time,
    /// What happened.
    pub(super) action: Action<'a>,
    /// The container it is about; `None` for networks, images and others.
    pub(super) container: Option<Cow<'a, str>>,
    /// Its name at that moment.
    pub(super) name: Option<Cow<'a, str>>,
}

/// What the recorder treats in a way of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Action<'a> {
    /// `create`, `start`, `die`: worth a look at the container.
    Create,
    /// See [`Action::Create`].
    Start,
    /// See [`Action::Create`].
    Die,
    /// A signal is sent to it.
    Kill,
    /// The container is gone.
    Destroy,
    /// A command in a container is prepared, started or detached from.
    Exec { id: Cow<'a, str> },
    /// It ended; `ok` with status 0.
    ExecDie { id: Cow<'a, str>, ok: bool },
    /// The health check's state.
    Health { healthy: bool },
    /// Everything else.
    Other,
}

#[derive(Deserialize)]
struct EventJson<'a> {
    #[serde(borrow, default, rename = "Type")]
    kind: Option<Cow<'a, str>>,
    #[serde(borrow, default, rename = "Action")]
    action: Option<Cow<'a, str>>,
    #[serde(borrow, default, rename = "Actor")]
    actor: Option<Actor<'a>>,
    #[serde(default)]
    time: Option<i64>,
    #[serde(default, rename = "timeNano")]
    time_nano: Option<i64>,
}

#[derive(Deserialize)]
struct Actor<'a> {
    #[serde(borrow, default, rename = "ID")]
    id: Option<Cow<'a, str>>,
    #[serde(borrow, default, rename = "Attributes")]
    attributes: Option<Attributes<'a>>,
}

#[derive(Deserialize)]
struct Attributes<'a> {
    #[serde(borrow, default)]
    name: Option<Cow<'a, str>>,
    #[serde(borrow, default, rename = "execID")]
    exec_id: Option<Cow<'a, str>>,
    #[serde(borrow, default, rename = "exitCode")]
    exit_code: Option<Cow<'a, str>>,
}

impl<'a> Event<'a> {
    /// Reads an event; `None` when the line is none.
    pub(super) fn read(line: &'a [u8]) -> Option<Self> {
        let line: EventJson<'_> = serde_json::from_slice(line).ok()?;
        let time = match (line.time_nano, line.time) {
            (Some(nano), _) if nano > 0 => DateTime::from_timestamp_nanos(nano),
            (_, Some(seconds)) => DateTime::from_timestamp(seconds, 0)?,
            _ => return None,
        };
        let action = line.action?;
        let (id, attributes) = line
            .actor
            .map_or((None, None), |actor| (actor.id, actor.attributes));
        let (name, exec_id, exit_code) = attributes.map_or((None, None, None), |attributes| {
            (attributes.name, attributes.exec_id, attributes.exit_code)
        });
        let of_container = line.kind.as_deref().is_none_or(|kind| kind == "container");
        if !of_container {
            return Some(Self {
                time,
                action: Action::Other,
                container: None,
                name: None,
            });
        }
        let (verb, detail) = action.split_once(':').unwrap_or((&action, ""));
        let action = match (verb, exec_id) {
            ("create", _) => Action::Create,
            ("start", _) => Action::Start,
            ("die", _) => Action::Die,
            ("kill", _) => Action::Kill,
            ("destroy", _) => Action::Destroy,
            ("exec_die", Some(id)) => Action::ExecDie {
                id,
                ok: exit_code.as_deref() == Some("0"),
            },
            ("exec_create" | "exec_start" | "exec_detach", Some(id)) => Action::Exec { id },
            ("health_status", _) => Action::Health {
                healthy: detail.trim() == "healthy",
            },
            _ => Action::Other,
        };
        Some(Self {
            time,
            action,
            container: id.filter(|id| !id.is_empty()),
            name,
        })
    }
}

/// Whether a piece of the engine's stream is nothing but whole events of commands in containers and of
/// health. They are most of what a busy engine emits, and none of them has the recorder ask for something
/// that may be gone soon.
#[cfg(feature = "docker")]
pub(super) fn may_wait(piece: &[u8]) -> bool {
    // No text has this in it: its quotes are escaped. A label may have the name, and is looked at as well.
    const ACTION: &[u8] = br#""Action":""#;
    let waits = |line: &[u8]| {
        let mut actions = memchr::memmem::find_iter(line, ACTION).peekable();
        let whole = line.starts_with(b"{") && line.ends_with(b"}");
        whole
            && actions.peek().is_some()
            && actions.all(|at| {
                let action = &line[at + ACTION.len()..];
                action.starts_with(b"exec_") || action.starts_with(b"health_status")
            })
    };
    piece
        .strip_suffix(b"\n")
        .is_some_and(|lines| lines.split(|&byte| byte == b'\n').all(waits))
}

/// What makes an event the same event when the engine tells of it again: all of it, for the engine
/// writes it the same way each time, and its `timeNano` is in it.
pub(super) fn identity(line: &[u8]) -> u64 {
    let mut hasher = twox_hash::XxHash64::with_seed(0);
    hasher.write(line);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_engines_own_lines_are_read() {
        let die = br#"{"status":"die","id":"c1","from":"app","Type":"container","Action":"die","Actor":{"ID":"c1","Attributes":{"exitCode":"1","image":"app","name":"web"}},"scope":"local","time":1700000000,"timeNano":1700000000123456789}"#;
        let event = Event::read(die).unwrap();
        assert_eq!(event.action, Action::Die);
        assert_eq!(event.container.as_deref(), Some("c1"));
        assert_eq!(event.name.as_deref(), Some("web"));
        assert_eq!(event.time.timestamp_subsec_nanos(), 123_456_789);

        let exec = br#"{"Type":"container","Action":"exec_die","Actor":{"ID":"c1","Attributes":{"execID":"e","exitCode":"0","name":"web"}},"time":1700000000}"#;
        assert!(matches!(
            Event::read(exec).unwrap().action,
            Action::ExecDie { ok: true, .. }
        ));
        let network = br#"{"Type":"network","Action":"create","Actor":{"ID":"n1","Attributes":null},"timeNano":1700000000123456789}"#;
        let network = Event::read(network).unwrap();
        assert_eq!((network.action, network.container), (Action::Other, None));
    }

    #[test]
    fn what_is_no_event_is_none() {
        for line in [
            &b""[..],
            b"{}",
            b"null",
            b"[1]",
            br#"{"Action":"die"}"#,
            b"{\"Ac",
        ] {
            assert_eq!(Event::read(line), None);
        }
    }

    #[cfg(feature = "docker")]
    #[test]
    fn only_whole_events_of_commands_and_health_may_wait() {
        let line = |action: &str, labels: &str| {
            format!(
                r#"{{"status":"{action}","Type":"container","Action":"{action}","Actor":{{"ID":"c","Attributes":{{{labels}"name":"web"}}}},"time":1}}"#
            ) + "\n"
        };
        let probe = line("exec_create: sh -c 'curl localhost'", "");
        let health = line("health_status: healthy", "");
        for piece in [probe.clone(), line("exec_die", ""), probe.clone() + &health] {
            assert!(may_wait(piece.as_bytes()), "{piece}");
        }
        for piece in [
            line("die", ""),
            line("kill", ""),
            line("destroy", ""),
            probe.clone() + &line("start", ""),
            // A label may be called as it likes.
            line("die", r#""Action":"exec_die","#),
            line("exec_die", r#""Action":"die","#),
            // Nor may what has not come yet be guessed.
            probe.trim_end().to_owned(),
            probe[..40].to_owned(),
            probe[40..].to_owned(),
            probe[..40].to_owned() + "\n",
            String::new(),
            "\n".to_owned(),
        ] {
            assert!(!may_wait(piece.as_bytes()), "{piece}");
        }
    }

    #[test]
    fn a_colon_belongs_to_exec_and_health_only() {
        let line = br#"{"Type":"container","Action":"health_status: unhealthy","Actor":{"ID":"c"},"time":1}"#;
        assert_eq!(
            Event::read(line).unwrap().action,
            Action::Health { healthy: false }
        );
    }
}
