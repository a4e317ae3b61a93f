//! The engine's own log: raw, in journald's forms, or with `--log-format json`.
//!
//! Sources of the messages: moby `daemon/{monitor,kill,stop,daemon}.go`, `cmd/dockerd/daemon.go`,
//! `libnetwork/sandbox_store.go`, containerd `cmd/containerd-shim-runc-v2`, systemd's unit messages.

use super::Parsed;
use super::host;
use super::journal::{self, Entry};
use super::time::Zone;
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
pub(super) fn is_engine(entry: &Entry<'_>) -> bool {
    match entry.program.as_deref() {
        Some("dockerd" | "dockerd-current" | "containerd" | "docker-containerd") => true,
        // The engine was called so up to 1.11; its lines are logfmt, the client's are not.
        Some("docker") => entry.fields.is_some(),
        Some("systemd") => unit_kind(&entry.message).is_some(),
        _ => false,
    }
}

/// The record of one of the engine's lines, when it means something.
pub(super) fn record(entry: &Entry<'_>) -> Option<JournalRecord> {
    let (kind, container) = meaning(entry)?;
    Some(JournalRecord {
        time: entry.time(),
        assumed_zone: entry.assumed_zone(),
        container,
        program: Some(entry.program.as_deref().unwrap_or("dockerd").to_owned()),
        kind,
    })
}

fn meaning(entry: &Entry<'_>) -> Option<(JournalKind, Option<String>)> {
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

#[cfg(test)]
mod tests;
