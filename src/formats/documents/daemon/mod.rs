//! The engine's own log: raw, in journald's forms, or with `--log-format json`.
//!
//! Sources of the messages: moby `daemon/{monitor,kill,stop,daemon}.go`, `cmd/dockerd/daemon.go`,
//! `libnetwork/sandbox_store.go`, containerd `cmd/containerd-shim-runc-v2`, systemd's unit messages.

use super::host;
use super::journal::{self, HostLine};
use super::{Head, Parsed};
use crate::formats::time::Zone;
use crate::model::{InputId, JournalKind, JournalRecord};

/// Reads the lines that mean something, in file order. `year_hint` is the year of syslog times.
///
/// A journal of the whole host may be given: what other programs did to containers is read, too.
#[must_use]
pub fn parse_daemon(
    input: InputId,
    bytes: &[u8],
    zone: &Zone,
    year_hint: Option<i32>,
) -> Parsed<JournalRecord> {
    journal::read(input, bytes, zone, year_hint, |entry| {
        let unnamed = entry.program.is_none() && entry.fields.is_some();
        if unnamed || is_engine(entry) {
            return record(entry);
        }
        let record = host::record(entry)?;
        matches!(record.kind, JournalKind::Action(_)).then_some(record)
    })
}

/// Whether the engine, its runtime or the service manager wrote the line.
pub(super) fn is_engine(entry: &HostLine<'_>) -> bool {
    match entry.program.as_deref() {
        Some("dockerd" | "dockerd-current" | "containerd" | "docker-containerd") => true,
        // Up to 1.11 the engine had this name. Its lines are logfmt, those of the client are not.
        Some("docker") => entry.fields.is_some(),
        Some("systemd") => unit_kind(&entry.message).is_some(),
        _ => false,
    }
}

/// The record of one of the engine's lines, when it means something.
pub(super) fn record(entry: &HostLine<'_>) -> Option<JournalRecord> {
    let (kind, container) = meaning(entry)?;
    Some(JournalRecord {
        time: entry.time(),
        assumed_zone: entry.assumed_zone(),
        container,
        program: Some(entry.program.as_deref().unwrap_or("dockerd").to_owned()),
        user: None,
        kind,
    })
}

fn meaning(entry: &HostLine<'_>) -> Option<(JournalKind, Option<String>)> {
    let message = entry.message.as_ref();
    let named = || {
        entry
            .field("container")
            .or_else(|| entry.field("id"))
            .map(str::to_owned)
    };
    let flag = |key| entry.field(key) == Some("true");
    if entry.program.as_deref() == Some("systemd") {
        return unit_kind(message).map(|kind| (kind, None));
    }
    if let Some(kind) = engine_kind(message) {
        return Some((kind, None));
    }
    if message.starts_with("ShouldRestart failed") {
        // 23.0 to 29.2: one for each stop of a container with a policy.
        let kind = JournalKind::NotRestarted {
            manually_stopped: flag("hasBeenManuallyStopped"),
            shutting_down: flag("daemonShuttingDown"),
        };
        return Some((kind, named()));
    }
    if message.eq_ignore_ascii_case("restarting container") {
        // Debug up to 29.2 with a capital letter, info from 29.3 without.
        let manual = flag("manualRestart");
        return Some((JournalKind::Restarting { manual }, named()));
    }
    if message.contains(" failed to exit within ") || message.contains("trying direct SIGKILL") {
        // Up to 23 the id stands in the message.
        return Some((
            JournalKind::KillTimeout,
            named().or_else(|| long_id(message)),
        ));
    }
    if message == "starting signal loop" {
        let container = long_id(entry.field("path")?.rsplit_once("/moby/")?.1)?;
        return Some((JournalKind::ShimStarted, Some(container)));
    }
    if let Some(rest) = message.strip_prefix("connecting to shim ") {
        // containerd 2 says this instead.
        return Some((JournalKind::ShimStarted, Some(long_id(rest)?)));
    }
    if message == "shim disconnected" {
        return Some((JournalKind::ShimGone, named()));
    }
    if message == "fatal task error" {
        let kind = JournalKind::TaskFailed {
            service_id: entry.field("service.id").map(str::to_owned),
            task_id: entry.field("task.id").map(str::to_owned),
        };
        return Some((kind, None));
    }
    if let Some(rest) = message.strip_prefix("Removing stale sandbox ") {
        let container = rest.split_once('(').and_then(|(_, rest)| long_id(rest));
        return Some((JournalKind::StaleSandbox, container.or_else(named)));
    }
    None
}

/// The stages of an engine's life.
fn engine_kind(message: &str) -> Option<JournalKind> {
    if message.starts_with("Processing signal ") {
        Some(JournalKind::EngineStopping)
    } else if message == "Daemon shutdown complete" {
        Some(JournalKind::EngineStopped)
    } else if message == "Starting up" {
        Some(JournalKind::EngineStarting)
    } else if message == "Loading containers: start." {
        Some(JournalKind::EngineLoading)
    } else if message == "Daemon has completed initialization"
        || message.starts_with("API listen on ")
    {
        Some(JournalKind::EngineReady)
    } else {
        None
    }
}

/// The service manager's words about the engine's unit.
fn unit_kind(message: &str) -> Option<JournalKind> {
    if message.contains("Docker Application Container Engine") {
        return match message.split(' ').next()? {
            "Stopping" => Some(JournalKind::EngineStopping),
            "Stopped" => Some(JournalKind::EngineStopped),
            "Starting" => Some(JournalKind::EngineStarting),
            "Started" => Some(JournalKind::EngineReady),
            _ => None,
        };
    }
    let rest = message.strip_prefix("docker.service: ")?;
    let ended = [
        "Succeeded.",
        "Deactivated successfully.",
        "Main process exited",
    ]
    .iter()
    .any(|end| rest.starts_with(end));
    ended.then_some(JournalKind::EngineStopped)
}

/// The first run of 64 hex digits in `text`.
fn long_id(text: &str) -> Option<String> {
    text.split(|c: char| !c.is_ascii_hexdigit())
        .find(|word| word.len() == 64)
        .map(str::to_owned)
}

/// Whether a document is the engine's log and holds nothing of other programs.
pub(super) fn claims(head: &Head<'_>) -> bool {
    head.host_tally().is_engine_log()
}

#[cfg(test)]
pub(super) const SAMPLES: &[&str] = &[
    "time=\"2026-11-20T10:50:40.45Z\" level=info msg=\"connecting to shim 2f89823200a52ca5f2b82b90954484209d8c3e704d616c204faae286e93a0380\" address=x namespace=moby protocol=ttrpc version=3\n",
    "Nov 20 09:48:45 vm systemd[1]: Stopping Docker Application Container Engine...\n",
    r#"{"level":"info","msg":"Loading containers: start.","time":"2026-11-20T09:41:25.2Z"}"#,
    r#"{"__REALTIME_TIMESTAMP":"1795167685250000","SYSLOG_IDENTIFIER":"dockerd","MESSAGE":"time=\"2026-11-20T09:41:25.2Z\" level=info msg=\"Starting up\""}"#,
];

#[cfg(test)]
pub(super) const COUNTER_SAMPLES: &[&str] = &[
    "time=\"2026-11-20T10:50:40Z\" level=info msg=\"Configuration loaded from flags.\"\n",
    r#"{"level":"info","msg":"server started","time":"2026-11-20T09:41:25.2Z"}"#,
    "Nov 20 09:48:45 vm systemd[1]: Stopping Docker Application Container Engine...\nNov 20 09:48:45 vm CRON[8]: (root) CMD (docker restart x)\n",
];

#[cfg(test)]
mod tests;
