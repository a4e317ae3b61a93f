//! What a record of the engine's history says of itself: which times it covers, and which it does not.
//!
//! A ledger (`record.jsonl`) is a file of JSON objects, one a line, each with one key that says what the
//! line is. It is always replaced as a whole.

use super::Time;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The name and version of the ledger's form, in its first line.
pub const LEDGER_SCHEMA: &str = "whystart.record/1";

/// One line of a ledger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LedgerEntry {
    /// What the record is of; the first line.
    Record(Header),
    /// Everything that the engine emitted in this time is in the record, but for what is skipped.
    Covered(Span),
    /// A time of which the record does not know everything.
    Gap(Gap),
    /// What was removed to keep within the record's limits.
    Removed(Removed),
    /// How many events were not kept because they say nothing.
    Skipped(Skipped),
    /// What could not be had.
    Missed(Missed),
    /// The identities of the newest events that the recorder dealt with, in hexadecimal.
    Seen(Vec<String>),
    /// The identities of the events that the engine still had when the newest window began.
    Heard(Vec<String>),
}

/// What a record is of.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// [`LEDGER_SCHEMA`].
    pub schema: String,
    /// The engine's id, name and version, as it says them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub engine: Option<EngineName>,
}

/// Which engine it was.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names say it")]
pub struct EngineName {
    #[serde(default)]
    pub id: String,
    #[serde(default)]
    pub name: String,
    #[serde(default)]
    pub version: String,
}

/// A closed window of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Span {
    /// Its first moment.
    #[serde(with = "stamp")]
    pub from: Time,
    /// Its last moment.
    #[serde(with = "stamp")]
    pub to: Time,
}

/// A time that is not covered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gap {
    /// The last moment before it that is covered.
    #[serde(with = "stamp")]
    pub from: Time,
    /// The first moment after it that is.
    #[serde(with = "stamp")]
    pub to: Time,
    /// How events can have been lost.
    pub why: Why,
    /// What the recorder was doing meanwhile.
    pub during: During,
    /// From when on the engine did not answer, and when it did again, as a recorder saw that asked it
    /// all the time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub away: Option<Span>,
}

impl fmt::Display for Gap {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let why = match self.why {
            Why::EngineRestart => "the engine was restarted",
            Why::Overrun => "more happened than the engine keeps",
            Why::Unknown | Why::Other => "the engine's events do not go on where the record ended",
        };
        let during = match self.during {
            During::Stopped => " while nothing recorded",
            During::Disconnected if self.why == Why::EngineRestart => "",
            During::Disconnected => " while it did not answer",
            During::DiskFull => " while the disk was full",
            During::HeldUp => " while the recorder was held up",
            During::Other => "",
        };
        write!(
            out,
            "not covered: {} to {}: {why}{during}",
            self.from.format("%Y-%m-%d %H:%M:%S%.3f"),
            self.to.format("%Y-%m-%d %H:%M:%S%.3fZ")
        )
    }
}

/// How events can have been lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Why {
    /// The engine went down and came back; it forgets its events then.
    EngineRestart,
    /// More happened than the engine keeps.
    Overrun,
    /// The engine's events do not go on where the record ended.
    Unknown,
    /// A reason of a later version.
    #[serde(other)]
    Other,
}

/// What the recorder was doing while events were lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum During {
    /// It was not running.
    Stopped,
    /// It ran, but the engine did not answer.
    Disconnected,
    /// It ran, but could not write.
    DiskFull,
    /// It (or the host) was held up or asleep.
    HeldUp,
    /// Something of a later version.
    #[serde(other)]
    Other,
}

/// What was removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Removed {
    /// Nothing before this moment is covered any more.
    #[serde(with = "stamp")]
    pub before: Time,
}

impl fmt::Display for Removed {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            out,
            "not covered: before {}: removed to keep the record within its limits",
            self.before.format("%Y-%m-%d %H:%M:%S%.3fZ")
        )
    }
}

/// How many events were not kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Skipped {
    /// Events of commands in containers (health checks and others) that ended with status 0.
    #[serde(default)]
    pub exec_events: u64,
    /// `health_status: healthy` of containers that were healthy already.
    #[serde(default)]
    pub health_events: u64,
}

/// What could not be had, because the container was gone or the engine did not give it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Missed {
    /// Snapshots of containers.
    #[serde(default)]
    pub snapshots: u64,
    /// Last lines of logs.
    #[serde(default)]
    pub logs: u64,
}

/// Times as the engine writes them: RFC 3339, UTC, nine digits.
mod stamp {
    use super::Time;
    use chrono::DateTime;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(time: &Time, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&time.format("%Y-%m-%dT%H:%M:%S%.9fZ"))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Time, D::Error> {
        let text = String::deserialize(from)?;
        DateTime::parse_from_rfc3339(&text)
            .map(|time| time.to_utc())
            .map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gap_says_when_and_why() {
        let gap = Gap {
            from: "2026-11-21T08:00:00Z".parse().unwrap(),
            to: "2026-11-21T08:00:09.5Z".parse().unwrap(),
            why: Why::Overrun,
            during: During::DiskFull,
            away: None,
        };
        assert_eq!(
            gap.to_string(),
            "not covered: 2026-11-21 08:00:00.000 to 2026-11-21 08:00:09.500Z: more happened than the engine keeps while the disk was full"
        );
    }

    #[test]
    fn an_entry_is_one_object_with_one_key() {
        let gap = LedgerEntry::Gap(Gap {
            from: "2026-11-21T08:00:00.5Z".parse().unwrap(),
            to: "2026-11-21T08:00:09Z".parse().unwrap(),
            why: Why::EngineRestart,
            during: During::Disconnected,
            away: None,
        });
        let text = serde_json::to_string(&gap).unwrap();
        assert_eq!(
            text,
            r#"{"gap":{"from":"2026-11-21T08:00:00.500000000Z","to":"2026-11-21T08:00:09.000000000Z","why":"engine-restart","during":"disconnected"}}"#
        );
        assert_eq!(serde_json::from_str::<LedgerEntry>(&text).unwrap(), gap);
        let newer = text.replace("engine-restart", "solar-flare");
        assert!(matches!(
            serde_json::from_str::<LedgerEntry>(&newer).unwrap(),
            LedgerEntry::Gap(Gap {
                why: Why::Other,
                ..
            })
        ));
    }
}
