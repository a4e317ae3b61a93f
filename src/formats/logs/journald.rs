//! Docker's and podman's `journald` driver, read back with `journalctl -o json`.
//! Sources: moby `daemon/logger/journald/journald.go`, systemd `journal-export-formats`.

use super::sample::Sample;
use super::{Malformed, Origin, Record, Stream};
use crate::formats::time::rfc3339;
use crate::model::Time;
use memchr::memmem;
use serde::de::{self, IgnoredAny, MapAccess, SeqAccess};
use serde::{Deserialize, Deserializer};
use std::borrow::Cow;
use std::fmt;

/// The times of an entry, best first: the driver's own for this message (nanoseconds), then the
/// sender's and the journal's (microseconds).
const TIMES: [&str; 3] = [
    "SYSLOG_TIMESTAMP",
    "_SOURCE_REALTIME_TIMESTAMP",
    "__REALTIME_TIMESTAMP",
];

/// Reads one entry. An entry that is not a container's (the engine's own lines share its unit when
/// containers log to the journal) is refused: whose line it is would be a guess.
pub(super) fn parse(line: &[u8]) -> Result<Record<'_>, Malformed> {
    if std::str::from_utf8(line).is_ok() {
        return read(line);
    }
    // The journal writes what is not UTF-8 as numbers, so such a line was damaged later.
    let repaired = String::from_utf8_lossy(line);
    read(repaired.as_bytes()).map(into_owned)
}

/// The best time, without reading the entry. A key with both quotes is not inside a string.
pub(super) fn time(line: &[u8]) -> Option<Time> {
    TIMES.iter().find_map(|key| {
        let at = memmem::find_iter(line, key.as_bytes())
            .find(|at| at.checked_sub(1).and_then(|before| line.get(before)) == Some(&b'"'))?;
        let value = line
            .get(at + key.len()..)?
            .strip_prefix(b"\"")?
            .trim_ascii_start();
        let value = value.strip_prefix(b":")?.trim_ascii_start();
        let value = value.strip_prefix(b"\"").unwrap_or(value);
        let end = value.iter().position(|b| b"\",}".contains(b))?;
        moment(value.get(..end)?)
    })
}

fn read(line: &[u8]) -> Result<Record<'_>, Malformed> {
    // In `-o json-seq` a record separator comes first.
    let line = line.strip_prefix(b"\x1e").unwrap_or(line);
    let entry: ContainerEntry<'_> =
        serde_json::from_slice(line).map_err(|error| reason(line, &error))?;
    let origin = Origin {
        container_id: entry.id_full.or(entry.id).and_then(Field::text),
        name: entry.name.and_then(Field::text),
        epoch: entry.epoch.and_then(Field::text),
    };
    if origin.container_id.is_none() && origin.name.is_none() {
        return Err(Malformed("a journal entry that is not a container's"));
    }
    Ok(Record {
        time: entry
            .times
            .into_iter()
            .flatten()
            .find_map(|time| moment(&time.bytes())),
        stream: match entry.priority.map(Field::bytes).as_deref() {
            Some(b"6") => Some(Stream::Stdout),
            Some(b"3") => Some(Stream::Stderr),
            _ => None,
        },
        message: entry
            .message
            .map(|message| without_end(message.bytes()))
            .unwrap_or_default(),
        partial: entry
            .partial
            .is_some_and(|partial| *partial.bytes() == *b"true"),
        origin: Some(origin),
    })
}

/// RFC 3339 or whole microseconds since 1970.
fn moment(text: &[u8]) -> Option<Time> {
    if let Some((time, _)) = rfc3339::parse(text) {
        return Some(time);
    }
    Time::from_timestamp_micros(std::str::from_utf8(text).ok()?.parse().ok()?)
}

fn without_end(message: Cow<'_, [u8]>) -> Cow<'_, [u8]> {
    let kept = message.strip_suffix(b"\n").unwrap_or(&message);
    let kept = kept.strip_suffix(b"\r").unwrap_or(kept).len();
    match message {
        Cow::Borrowed(bytes) => Cow::Borrowed(bytes.get(..kept).unwrap_or_default()),
        Cow::Owned(mut bytes) => {
            bytes.truncate(kept);
            Cow::Owned(bytes)
        }
    }
}

fn reason(line: &[u8], error: &serde_json::Error) -> Malformed {
    Malformed(match line.first() {
        Some(b'{') if error.is_eof() => "the JSON object is cut off",
        Some(b'{') => "broken JSON",
        _ => "not a JSON object",
    })
}

fn into_owned(record: Record<'_>) -> Record<'static> {
    let text = |text: Option<Cow<'_, str>>| text.map(|text| Cow::Owned(text.into_owned()));
    Record {
        message: Cow::Owned(record.message.into_owned()),
        origin: record.origin.map(|origin| Origin {
            container_id: text(origin.container_id),
            name: text(origin.name),
            epoch: text(origin.epoch),
        }),
        time: record.time,
        stream: record.stream,
        partial: record.partial,
    }
}

/// The fields that matter. Read by hand, because a key may come twice.
#[derive(Default)]
struct ContainerEntry<'a> {
    message: Option<Field<'a>>,
    times: [Option<Field<'a>>; 3],
    priority: Option<Field<'a>>,
    id: Option<Field<'a>>,
    id_full: Option<Field<'a>>,
    name: Option<Field<'a>>,
    epoch: Option<Field<'a>>,
    partial: Option<Field<'a>>,
}

impl<'de: 'a, 'a> Deserialize<'de> for ContainerEntry<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> de::Visitor<'de> for Visitor {
            type Value = ContainerEntry<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a journal entry")
            }

            fn visit_map<A: MapAccess<'de>>(
                self,
                mut map: A,
            ) -> Result<ContainerEntry<'de>, A::Error> {
                let mut entry = ContainerEntry::default();
                let [syslog, source, journal] = &mut entry.times;
                while let Some(key) = map.next_key::<Cow<'de, str>>()? {
                    let field = match &*key {
                        "MESSAGE" => &mut entry.message,
                        "SYSLOG_TIMESTAMP" => &mut *syslog,
                        "_SOURCE_REALTIME_TIMESTAMP" => &mut *source,
                        "__REALTIME_TIMESTAMP" => &mut *journal,
                        "PRIORITY" => &mut entry.priority,
                        "CONTAINER_ID" => &mut entry.id,
                        "CONTAINER_ID_FULL" => &mut entry.id_full,
                        "CONTAINER_NAME" => &mut entry.name,
                        "CONTAINER_LOG_EPOCH" => &mut entry.epoch,
                        "CONTAINER_PARTIAL_MESSAGE" => &mut entry.partial,
                        _ => {
                            map.next_value::<IgnoredAny>()?;
                            continue;
                        }
                    };
                    *field = Some(map.next_value()?);
                }
                Ok(entry)
            }
        }
        deserializer.deserialize_map(Visitor)
    }
}

/// A field's value: text; an array of numbers when it is not UTF-8 or has control characters (so are
/// coloured messages); null when it is long and `--all` was not given; an array of such values when
/// the entry has the field more than once, of which the first is kept. Collectors between the journal
/// and the file turn text into numbers, too.
enum Field<'a> {
    Bytes(Cow<'a, [u8]>),
    Number(u64),
}

impl<'a> Field<'a> {
    fn bytes(self) -> Cow<'a, [u8]> {
        match self {
            Self::Bytes(bytes) => bytes,
            Self::Number(number) => Cow::Owned(number.to_string().into_bytes()),
        }
    }

    /// The value as text, `None` when there is none.
    fn text(self) -> Option<Cow<'a, str>> {
        let text = match self.bytes() {
            Cow::Borrowed(bytes) => String::from_utf8_lossy(bytes),
            Cow::Owned(bytes) => Cow::Owned(String::from_utf8_lossy(&bytes).into_owned()),
        };
        (!text.is_empty()).then_some(text)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Field<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> de::Visitor<'de> for Visitor {
            type Value = Field<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("text, an array of bytes, or null")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Field<'de>, E> {
                Ok(Field::Bytes(Cow::Borrowed(text.as_bytes())))
            }

            fn visit_str<E>(self, text: &str) -> Result<Field<'de>, E> {
                Ok(Field::Bytes(Cow::Owned(text.as_bytes().to_vec())))
            }

            fn visit_u64<E>(self, number: u64) -> Result<Field<'de>, E> {
                Ok(Field::Number(number))
            }

            fn visit_unit<E>(self) -> Result<Field<'de>, E> {
                Ok(Field::Bytes(Cow::Borrowed(b"")))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Field<'de>, A::Error> {
                let mut bytes = Vec::new();
                let mut first = None;
                while let Some(item) = items.next_element()? {
                    match item {
                        Field::Number(byte) => {
                            bytes.push(u8::try_from(byte).map_err(de::Error::custom)?);
                        }
                        value @ Field::Bytes(_) => first = first.or(Some(value)),
                    }
                }
                Ok(first.unwrap_or(Field::Bytes(Cow::Owned(bytes))))
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

/// Whether most lines are entries of a journal, and one of them is a container's.
pub(super) fn claims(sample: &Sample<'_>) -> bool {
    sample.most(is_entry) && sample.any(|line| parse(line).is_ok() || names_container(line))
}

/// An entry of any journal, a container's or not.
fn is_entry(line: &[u8]) -> bool {
    let line = line.strip_prefix(b"\x1e").unwrap_or(line);
    line.starts_with(b"{") && time(line).is_some() && memmem::find(line, br#""MESSAGE""#).is_some()
}

fn names_container(line: &[u8]) -> bool {
    memmem::find(line, br#""CONTAINER_ID"#).is_some()
        || memmem::find(line, br#""CONTAINER_NAME""#).is_some()
}

#[cfg(test)]
pub(super) const VALID: &[&[u8]] = &[
    br#"{"__REALTIME_TIMESTAMP":"1763631674012446","SYSLOG_TIMESTAMP":"2025-11-20T09:41:14.012446485Z","PRIORITY":"3","CONTAINER_ID":"1df37d801ee7","CONTAINER_ID_FULL":"1df37d801ee7ddbba5ab6ad4434afab06e81230114173545a9672f14131cccf0","CONTAINER_NAME":"web","CONTAINER_LOG_EPOCH":"ab12","MESSAGE":"Started server process [1]"}"#,
    br#"{"MESSAGE":[27,91,51,50,109,233],"CONTAINER_NAME":"web","PRIORITY":"6","__REALTIME_TIMESTAMP":"1763631674012446"}"#,
    br#"{"MESSAGE" : null, "CONTAINER_NAME" : "web", "_SOURCE_REALTIME_TIMESTAMP" : "1763631674012440", "__REALTIME_TIMESTAMP" : "1763631674012446"}"#,
    br#"{"MESSAGE":["one","two"],"CONTAINER_NAME":"web","CONTAINER_PARTIAL_MESSAGE":"true","__REALTIME_TIMESTAMP":1763631674012446}"#,
    b"{\"MESSAGE\":\"caf\xe9\",\"CONTAINER_NAME\":\"web\",\"__REALTIME_TIMESTAMP\":\"1763631674012446\"}",
];

#[cfg(test)]
pub(super) const INVALID: &[&[u8]] = &[
    b"",
    b"{}",
    br#"{"MESSAGE":"cut","CONTAINER_NAME":"we"#,
    br#"{"MESSAGE":"of the host","_SYSTEMD_UNIT":"docker.service","__REALTIME_TIMESTAMP":"1763631674012446"}"#,
    br#"{"MESSAGE":[300],"CONTAINER_NAME":"web"}"#,
    br#"{"MESSAGE":{"a":1},"CONTAINER_NAME":"web"}"#,
    b"MESSAGE=x",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry() {
        let record = parse(VALID[0]).unwrap();
        let origin = record.origin.unwrap();
        assert_eq!(&*record.message, b"Started server process [1]");
        assert_eq!(record.stream, Some(Stream::Stderr));
        assert_eq!(origin.container_id.unwrap().len(), 64);
        assert_eq!(
            (origin.name.as_deref(), origin.epoch.as_deref()),
            (Some("web"), Some("ab12"))
        );
        assert_eq!(record.time.unwrap().timestamp_subsec_nanos(), 12_446_485);
    }

    #[test]
    fn messages_that_are_no_text() {
        assert_eq!(&*parse(VALID[1]).unwrap().message, b"\x1b[32m\xe9");
        assert_eq!(&*parse(VALID[2]).unwrap().message, b"");
        let several = parse(VALID[3]).unwrap();
        assert_eq!((&*several.message, several.partial), (&b"one"[..], true));
        assert_eq!(&*parse(VALID[4]).unwrap().message, "caf\u{fffd}".as_bytes());
    }

    #[test]
    fn the_cheap_time_is_the_same_time() {
        for line in VALID {
            assert_eq!(time(line), parse(line).unwrap().time);
            assert!(time(line).is_some());
        }
    }

    #[test]
    fn what_is_wrong_is_said() {
        for line in INVALID {
            assert!(parse(line).is_err(), "{}", line.escape_ascii());
        }
        assert_eq!(
            parse(INVALID[2]),
            Err(Malformed("the JSON object is cut off"))
        );
        assert_eq!(
            parse(INVALID[3]),
            Err(Malformed("a journal entry that is not a container's"))
        );
    }
}
