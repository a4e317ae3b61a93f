//! What a cited line says, without what the log driver put around it; and the names of inputs' kinds.

use crate::model::InputKind;
use std::borrow::Cow;

/// What the program wrote, without what the log driver put around it.
pub(crate) fn message(kind: InputKind, line: &str) -> Cow<'_, str> {
    match kind {
        InputKind::JsonFileLog => serde_json::from_str::<serde_json::Value>(line)
            .ok()
            .and_then(|record| Some(record.get("log")?.as_str()?.to_owned()))
            .map_or(Cow::Borrowed(line), |log| {
                Cow::Owned(log.trim_end().to_owned())
            }),
        InputKind::TimestampedLog => match line.split_once(' ') {
            Some((time, rest)) if chrono::DateTime::parse_from_rfc3339(time).is_ok() => {
                Cow::Borrowed(rest)
            }
            _ => Cow::Borrowed(line),
        },
        _ => Cow::Borrowed(line),
    }
}

/// An input's kind, as the JSON report names it.
pub(crate) fn kind_name(kind: InputKind) -> &'static str {
    match kind {
        InputKind::JsonFileLog => "json-file-log",
        InputKind::TimestampedLog => "timestamped-log",
        InputKind::PlainLog => "plain-log",
        InputKind::ComposeLog => "compose-log",
        InputKind::CriLog => "cri-log",
        InputKind::JournaldLog => "journald-log",
        InputKind::LocalLog => "local-log",
        InputKind::RawStreamLog => "raw-stream-log",
        InputKind::DockerEvents => "docker-events",
        InputKind::DockerInspect => "docker-inspect",
        InputKind::NetworkInspect => "network-inspect",
        InputKind::Bundle => "bundle",
        InputKind::ContainerConfig => "container-config",
        InputKind::DaemonLog => "daemon-log",
        InputKind::HostLog => "host-log",
        InputKind::RecordLedger => "record-ledger",
        InputKind::Empty => "empty",
        InputKind::Unreadable => "unreadable",
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
        ] {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind_name(kind));
        }
    }
}
