//! Docker's `json-file` driver: one JSON object a line, `log`, `stream`, `attrs`, `time`.
//! Source: moby `daemon/logger/jsonfilelog/jsonlog/`.

use super::sample::Sample;
use super::{Malformed, Record, Stream};
use crate::formats::time::rfc3339;
use crate::model::Time;
use memchr::memmem;
use serde::{Deserialize, Deserializer, de};
use std::borrow::Cow;
use std::fmt;

/// How the driver begins each object. Inside a JSON string the quotes would be escaped, so a record
/// begins wherever this stands.
const BEGINNING: &[u8] = br#"{"log":""#;

/// The key of the time.
const TIME_KEY: &[u8] = br#""time""#;

/// The length of `"time":"2026-01-02T03:04:05.123456789+01:00"}`.
const LONGEST_TIME: usize = 45;

/// Reads one object. Keys may come in any order, unknown ones are passed over, `log` may be missing
/// (the driver leaves an empty one out).
pub(super) fn parse(line: &[u8]) -> Result<Record<'_>, Malformed> {
    if let Some(record) = plain(line) {
        return Ok(record);
    }
    read(line).or_else(|reason| {
        // An engine that died in the middle of a write leaves a cut object, and the next run's first
        // object follows on the same line.
        match memmem::rfind(line, BEGINNING) {
            Some(start) if start > 0 => read(line.get(start..).unwrap_or_default()),
            _ => Err(reason),
        }
    })
}

/// The time, without reading the object: `"time"` with both quotes is a key, because a quote inside
/// of a string is escaped; the last one is the driver's, because it writes `attrs` before it.
pub(super) fn time(line: &[u8]) -> Option<Time> {
    let key = last_time_key(line)?;
    let value = line.get(key + TIME_KEY.len()..)?.trim_ascii_start();
    let value = value
        .strip_prefix(b":")?
        .trim_ascii_start()
        .strip_prefix(b"\"")?;
    rfc3339::parse(value).map(|(time, _)| time)
}

/// Nearly always among the last bytes, where looking at each place costs less than preparing a search.
fn last_time_key(line: &[u8]) -> Option<usize> {
    let tail = line.len().saturating_sub(LONGEST_TIME);
    let near = line
        .get(tail..)?
        .windows(TIME_KEY.len())
        .rposition(|text| text == TIME_KEY);
    near.map(|at| tail + at)
        .or_else(|| memmem::rfind(line, TIME_KEY))
}

#[derive(Deserialize)]
struct Object<'a> {
    #[serde(borrow)]
    log: Option<Bytes<'a>>,
    #[serde(borrow)]
    stream: Option<Bytes<'a>>,
    #[serde(borrow)]
    time: Option<Bytes<'a>>,
}

/// Reads what the driver writes for nearly every line, without asking what else it may be: `None` for
/// anything else.
fn plain(line: &[u8]) -> Option<Record<'_>> {
    let ((message, ended), rest) = message(line.strip_prefix(BEGINNING)?)?;
    let rest = rest.strip_prefix(br#","stream":"std"#)?;
    let (stream, rest) = if let Some(rest) = rest.strip_prefix(b"out") {
        (Stream::Stdout, rest)
    } else {
        (Stream::Stderr, rest.strip_prefix(b"err")?)
    };
    let (time, rest) = rfc3339::parse(rest.strip_prefix(br#"","time":""#)?)?;
    (rest == br#""}"#).then_some(Record {
        time: Some(time),
        stream: Some(stream),
        message,
        partial: !ended,
        origin: None,
    })
}

/// A message without its line end, and whether it had one.
type Message<'a> = (Cow<'a, [u8]>, bool);

/// A message and what follows its closing quote; `text` begins behind the opening one. `None` for one
/// that needs a closer look.
fn message(text: &[u8]) -> Option<(Message<'_>, &[u8])> {
    let (first, mut rest) = run(text)?;
    if let Some(rest) = rest.strip_prefix(br#"\n""#) {
        return Some(((Cow::Borrowed(first), true), rest));
    }
    if let Some(rest) = rest.strip_prefix(b"\"") {
        return Some(((Cow::Borrowed(first), false), rest));
    }
    // Escapes only make a text longer.
    let mut whole = Vec::with_capacity(text.len());
    whole.extend_from_slice(first);
    loop {
        if let Some(rest) = rest.strip_prefix(b"\"") {
            return Some((without_end(Cow::Owned(whole)), rest));
        }
        let (byte, after) = escape(rest)?;
        let (more, after) = run(after)?;
        whole.push(byte);
        whole.extend_from_slice(more);
        rest = after;
    }
}

/// The bytes that stand for themselves, and what follows them.
fn run(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let (run, rest) = text.split_at_checked(memchr::memchr2(b'"', b'\\', text)?)?;
    // All of them are looked at, which takes fewer steps than stopping at the first.
    let least = run.iter().copied().fold(u8::MAX, u8::min);
    (least >= 0x20).then_some((run, rest))
}

/// The one byte that an escape stands for, and what follows it.
fn escape(text: &[u8]) -> Option<(u8, &[u8])> {
    let [b'\\', kind, rest @ ..] = text else {
        return None;
    };
    let byte = match kind {
        b'"' | b'\\' | b'/' => *kind,
        b'n' => b'\n',
        b't' => b'\t',
        b'r' => b'\r',
        b'b' => 0x08,
        b'f' => 0x0c,
        // Colours, and what HTML could take for a tag.
        b'u' => {
            let (digits, rest) = rest.split_first_chunk::<4>()?;
            let code = digits.iter().try_fold(0, |code, digit| {
                Some(code * 16 + char::from(*digit).to_digit(16)?)
            })?;
            return Some((u8::try_from(code).ok().filter(u8::is_ascii)?, rest));
        }
        _ => return None,
    };
    Some((byte, rest))
}

fn read(line: &[u8]) -> Result<Record<'_>, Malformed> {
    let object: Object<'_> = serde_json::from_slice(line).map_err(|error| reason(line, &error))?;
    if object.log.is_none() && object.stream.is_none() {
        return Err(Malformed(
            "a JSON object that the json-file driver did not write",
        ));
    }
    let (message, ended) = object
        .log
        .map_or((Cow::Borrowed(&b""[..]), true), |log| without_end(log.0));
    Ok(Record {
        time: object
            .time
            .and_then(|time| Some(rfc3339::parse(&time.0)?.0)),
        stream: object.stream.and_then(|stream| match &*stream.0 {
            b"stdout" => Some(Stream::Stdout),
            b"stderr" => Some(Stream::Stderr),
            _ => None,
        }),
        message,
        partial: !ended,
        origin: None,
    })
}

/// Removes the line end and says whether there was one: only the last piece of a line has it.
fn without_end(message: Cow<'_, [u8]>) -> Message<'_> {
    let Some(whole) = message.strip_suffix(b"\n") else {
        return (message, false);
    };
    let kept = whole.strip_suffix(b"\r").unwrap_or(whole).len();
    let message = match message {
        Cow::Borrowed(bytes) => Cow::Borrowed(bytes.get(..kept).unwrap_or_default()),
        Cow::Owned(mut bytes) => {
            bytes.truncate(kept);
            Cow::Owned(bytes)
        }
    };
    (message, true)
}

fn reason(line: &[u8], error: &serde_json::Error) -> Malformed {
    Malformed(match line.trim_ascii_start().first() {
        Some(b'{') if error.is_eof() => "the JSON object is cut off",
        Some(b'{') if error.is_data() => "a JSON object that the json-file driver did not write",
        Some(b'{') => "broken JSON",
        Some(_) => "not a JSON object",
        None => "an empty line",
    })
}

/// A JSON string as bytes: unlike `str`, what is not UTF-8 (or half of a surrogate pair) passes through.
struct Bytes<'a>(Cow<'a, [u8]>);

impl<'de: 'a, 'a> Deserialize<'de> for Bytes<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> de::Visitor<'de> for Visitor {
            type Value = Bytes<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_borrowed_bytes<E>(self, bytes: &'de [u8]) -> Result<Bytes<'de>, E> {
                Ok(Bytes(Cow::Borrowed(bytes)))
            }

            fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Bytes<'de>, E> {
                Ok(Bytes(Cow::Owned(bytes.to_vec())))
            }
        }
        deserializer.deserialize_bytes(Visitor)
    }
}

/// Whether most lines are the driver's, with its time.
pub(super) fn claims(sample: &Sample<'_>) -> bool {
    sample.most(|line| parse(line).is_ok_and(|record| record.time.is_some()))
        || sample.is_cut_line(BEGINNING)
}

#[cfg(test)]
pub(super) const VALID: &[&[u8]] = &[
    br#"{"log":"INFO:     Started server process [1]\n","stream":"stderr","time":"2026-11-20T09:41:14.01244648Z"}"#,
    br#"{"log":"\u001b[32mINFO\u001b[0m \u003cok\u003e\r\n","stream":"stdout","time":"2026-11-20T09:41:14Z"}"#,
    br#"{"log":"piece","stream":"stdout","attrs":{"tag":"a","time":"b"},"time":"2026-11-20T09:41:14.5Z"}"#,
    br#"{"stream":"stdout","time":"2026-11-20T09:41:14.012446485Z"}"#,
    br#"{ "time": "2026-11-20T09:41:14.012446485Z", "log": "x\n", "stream": "stdout", "kubernetes": {"a": [1]} }"#,
    b"{\"log\":\"caf\xe9 \xff \\ud800\\n\",\"stream\":\"stdout\",\"time\":\"2026-11-20T09:41:14.012446485Z\"}",
    br#"{"log":"cut in the mid{"log":"next run\n","stream":"stdout","time":"2026-11-20T09:41:14.012446485Z"}"#,
];

#[cfg(test)]
pub(super) const INVALID: &[&[u8]] = &[
    b"",
    b"{}",
    b"{",
    b"null",
    b"[1]",
    b"INFO: hello",
    br#"{"log":"a\n","stream":"stdout","time":"2026-11-2"#,
    br#"{"level":"info","time":"2026-11-20T09:41:14.012Z","msg":"an application that logs JSON"}"#,
    br#"{"status":"start","id":"ab","Type":"container","Action":"start","time":1763631674,"timeNano":1}"#,
    br#"{"log":7,"stream":"stdout","time":"2026-11-20T09:41:14.012446485Z"}"#,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_and_a_piece() {
        let record = parse(VALID[0]).unwrap();
        assert_eq!(&*record.message, b"INFO:     Started server process [1]");
        assert_eq!(
            (record.stream, record.partial),
            (Some(Stream::Stderr), false)
        );
        assert_eq!(
            &*parse(VALID[1]).unwrap().message,
            b"\x1b[32mINFO\x1b[0m <ok>"
        );
        let piece = parse(VALID[2]).unwrap();
        assert_eq!((&*piece.message, piece.partial), (&b"piece"[..], true));
        let empty = parse(VALID[3]).unwrap();
        assert_eq!((&*empty.message, empty.partial), (&b""[..], false));
    }

    #[test]
    fn undecodable_bytes_pass_through() {
        assert_eq!(
            &*parse(VALID[5]).unwrap().message,
            b"caf\xe9 \xff \xed\xa0\x80"
        );
    }

    #[test]
    fn a_record_after_a_cut_one_is_found() {
        assert_eq!(&*parse(VALID[6]).unwrap().message, b"next run");
    }

    #[test]
    fn the_cheap_time_is_the_same_time() {
        for line in VALID {
            assert_eq!(time(line), parse(line).unwrap().time);
            assert!(time(line).is_some());
        }
        assert_eq!(
            time(br#"{"log":"\"time\":\"2026-11-20T09:41:14Z\"\n","stream":"stdout"}"#),
            None
        );
    }

    #[test]
    fn the_short_way_gives_what_the_long_way_gives() {
        let mut short = 0;
        let odd: [&[u8]; 10] = [
            b"{\"log\":\"a\tb\\n\",\"stream\":\"stdout\",\"time\":\"2026-11-20T09:41:14Z\"}",
            br#"{"log":"say \"x\"\n","stream":"stdout","time":"2026-11-20T09:41:14Z"}"#,
            br#"{"log":"x\n","stream":"stdout","time":"2026-11-20T09:41:14Z","more":1}"#,
            b"{\"log\":\"caf\xe9\\n\",\"stream\":\"stdout\",\"time\":\"2026-11-20T09:41:14+01:00\"}",
            br#"{"log":"\\\/\b\f\t\r \u0000\u007F\n\r\n","stream":"stderr","time":"2026-11-20T09:41:14Z"}"#,
            br#"{"log":"\u2028 \u0080\n","stream":"stdout","time":"2026-11-20T09:41:14Z"}"#,
            br#"{"log":"\x\n","stream":"stdout","time":"2026-11-20T09:41:14Z"}"#,
            br#"{"log":"\u00+1\n","stream":"stdout","time":"2026-11-20T09:41:14Z"}"#,
            br#"{"log":"","stream":"stdout","time":"2026-11-20T09:41:14Z"}"#,
            br#"{"log":"\n","stream":"stdout","time":"2026-11-20T09:41:14.1Z"}"#,
        ];
        for line in VALID.iter().chain(INVALID).copied().chain(odd) {
            if let Some(record) = plain(line) {
                assert_eq!(read(line), Ok(record), "{}", line.escape_ascii());
                short += 1;
            }
        }
        assert_eq!(short, 7);
    }

    #[test]
    fn what_is_wrong_is_said() {
        assert_eq!(
            parse(INVALID[6]),
            Err(Malformed("the JSON object is cut off"))
        );
        assert_eq!(parse(b"INFO"), Err(Malformed("not a JSON object")));
        for line in INVALID {
            assert!(parse(line).is_err(), "{}", line.escape_ascii());
        }
    }
}
