//! What was handed to the program, and what each of it turned out to be.

use schemars::JsonSchema;
use serde::Serialize;

/// The number of an input in the report, from 0, in the report's order (by path).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, JsonSchema, Serialize)]
#[serde(transparent)]
pub struct InputId(pub u32);

/// What an input holds, recognised by its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum InputKind {
    /// Docker's `json-file` log driver: one JSON object a line.
    JsonFileLog,
    /// `docker logs -t`: each line begins with an RFC 3339 time.
    TimestampedLog,
    /// Lines without a time that belongs to the log driver.
    PlainLog,
    /// `docker compose logs`: a service prefix before each line.
    ComposeLog,
    /// CRI or podman `k8s-file`: time, stream, `P`/`F`, text.
    CriLog,
    /// `journalctl -o json` or `-o export` of a container's log.
    JournaldLog,
    /// Docker's `local` log driver: binary frames.
    LocalLog,
    /// The engine API's multiplexed stream: 8-byte frame headers.
    RawStreamLog,
    /// Docker, Compose or podman events in any of their JSON framings or text forms.
    DockerEvents,
    /// `docker inspect` of containers.
    DockerInspect,
    /// `docker network inspect`.
    NetworkInspect,
    /// The engine's own state of one container (`config.v2.json`).
    ContainerConfig,
    /// The engine's own log.
    DaemonLog,
    /// A journal or a script's log from the host.
    HostLog,
    /// An archive with other inputs in it, or the manifest of a bundle.
    Bundle,
    /// What a record of `whystart record` says of itself: the times that it covers.
    RecordLedger,
    /// Nothing in it.
    Empty,
    /// Could not be read.
    Unreadable,
}

impl InputKind {
    /// The kind as the JSON report names it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::JsonFileLog => "json-file-log",
            Self::TimestampedLog => "timestamped-log",
            Self::PlainLog => "plain-log",
            Self::ComposeLog => "compose-log",
            Self::CriLog => "cri-log",
            Self::JournaldLog => "journald-log",
            Self::LocalLog => "local-log",
            Self::RawStreamLog => "raw-stream-log",
            Self::DockerEvents => "docker-events",
            Self::DockerInspect => "docker-inspect",
            Self::NetworkInspect => "network-inspect",
            Self::Bundle => "bundle",
            Self::ContainerConfig => "container-config",
            Self::DaemonLog => "daemon-log",
            Self::HostLog => "host-log",
            Self::RecordLedger => "record-ledger",
            Self::Empty => "empty",
            Self::Unreadable => "unreadable",
        }
    }

    /// Whether this is a container's log, scanned for signatures.
    #[must_use]
    pub fn is_log(self) -> bool {
        matches!(
            self,
            Self::JsonFileLog
                | Self::TimestampedLog
                | Self::PlainLog
                | Self::ComposeLog
                | Self::CriLog
                | Self::JournaldLog
                | Self::LocalLog
                | Self::RawStreamLog
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_named_as_in_json() {
        for kind in [
            InputKind::JsonFileLog,
            InputKind::RawStreamLog,
            InputKind::CriLog,
            InputKind::HostLog,
            InputKind::ContainerConfig,
            InputKind::RecordLedger,
            InputKind::Unreadable,
        ] {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.name());
        }
    }
}
