//! From a raw message to the text that a signature can match, and the fields around it.
//!
//! Colours and line ends go; of a JSON object or a logfmt line only what its message key holds is
//! looked at, so that a startup line quoted in some other field stays a quotation.

use super::prefix;
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::borrow::Cow;
use std::fmt;

/// Nothing beyond this many bytes of a message is looked at.
const LONGEST: usize = 16 * 1024;

/// The part of a line that a signature can match, and the named values beside it.
#[derive(Debug)]
pub(super) struct Message<'m> {
    pub(super) text: Cow<'m, [u8]>,
    pub(super) values: Vec<(String, String)>,
}

impl<'m> Message<'m> {
    /// `None` when nothing in the line can match.
    pub(super) fn in_line(raw: &'m [u8]) -> Option<Self> {
        let text = without_escapes(raw);
        let body = text.trim_ascii();
        if body.is_empty() {
            return None;
        }
        if body.first() == Some(&b'{')
            && let Ok(object) = serde_json::from_slice::<Object>(body)
        {
            return object.into_message();
        }
        if let Some(message) = logfmt(body) {
            return Some(message);
        }
        Some(Self {
            text: clip(text),
            values: Vec::new(),
        })
    }
}

/// Trims the end and bounds the length, without copying what is borrowed.
fn clip(text: Cow<'_, [u8]>) -> Cow<'_, [u8]> {
    let bounded = |text: &[u8]| text.trim_ascii_end().len().min(LONGEST);
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.get(..bounded(text)).unwrap_or(text)),
        Cow::Owned(mut text) => {
            text.truncate(bounded(&text));
            Cow::Owned(text)
        }
    }
}

/// The text without terminal escapes; borrowed when it holds none.
fn without_escapes(raw: &[u8]) -> Cow<'_, [u8]> {
    const ESC: u8 = 0x1b;
    if memchr::memchr(ESC, raw).is_none() {
        return Cow::Borrowed(raw);
    }
    let mut clean = Vec::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = memchr::memchr(ESC, rest) {
        let (before, escape) = rest.split_at(at);
        clean.extend_from_slice(before);
        rest = escape.get(escape_len(escape)..).unwrap_or_default();
    }
    clean.extend_from_slice(rest);
    Cow::Owned(clean)
}

/// The length of the escape sequence that begins here.
fn escape_len(escape: &[u8]) -> usize {
    match escape.get(1) {
        // CSI: parameters, then one final byte.
        Some(b'[') => {
            let body = escape.get(2..).unwrap_or_default();
            let parameters = body
                .iter()
                .take_while(|b| (0x20..0x40).contains(*b))
                .count();
            let last = usize::from(
                body.get(parameters)
                    .is_some_and(|b| (0x40..0x7f).contains(b)),
            );
            2 + parameters + last
        }
        // OSC: up to BEL or ESC \.
        Some(b']') => {
            let body = escape.get(2..).unwrap_or_default();
            let text = body
                .iter()
                .take_while(|b| !matches!(b, 0x07 | 0x1b))
                .count();
            match body.get(text..) {
                Some([0x07, ..]) => 3 + text,
                Some([0x1b, b'\\', ..]) => 4 + text,
                _ => 2 + text,
            }
        }
        Some(0x20..0x7f) => 2,
        _ => 1,
    }
}

/// Keys that hold an object's message, the first one wins.
const MESSAGE_KEYS: [&str; 7] = [
    "message", "msg", "event", "MESSAGE", "@message", "Message", "log",
];
/// Keys that hold the logger's name.
const LOGGER_KEYS: [&str; 6] = [
    "logger",
    "logger_name",
    "log.logger",
    "component",
    "target",
    "Category",
];
/// Objects whose members count as the line's own.
const NESTED_KEYS: [&str; 7] = [
    "attr", "fields", "extra", "context", "data", "record", "process",
];

/// What a JSON log line says, as far as it matters here.
#[derive(Default)]
struct Object {
    message: Option<(usize, String)>,
    logger: Option<String>,
    values: Vec<(String, String)>,
}

impl Object {
    fn into_message(self) -> Option<Message<'static>> {
        let (_, message) = self.message?;
        let message = without_escapes(message.as_bytes()).into_owned();
        let line = message
            .trim_ascii_start()
            .split(|b| *b == b'\n')
            .next()
            .unwrap_or_default();
        let mut text = Vec::with_capacity(line.len() + 64);
        if let Some(logger) = self.logger.filter(|name| is_name(name)) {
            text.extend_from_slice(logger.as_bytes());
            text.extend_from_slice(b": ");
        }
        text.extend_from_slice(line);
        Some(Message {
            text: clip(Cow::Owned(text)),
            values: self.values,
        })
    }

    fn scalar(&mut self, key: &str, nested: bool, value: String) {
        if let Some(rank) = MESSAGE_KEYS.iter().position(|k| *k == key)
            && !(nested && key != "message")
            && self.message.as_ref().is_none_or(|(best, _)| rank < *best)
        {
            self.message = Some((rank, value));
        } else if LOGGER_KEYS.contains(&key) {
            self.logger.get_or_insert(value);
        } else if value.len() <= 512 {
            self.values.push((key.to_owned(), value));
        }
    }

    fn absorb(&mut self, key: &str, value: Value) {
        match value {
            Value::Scalar(value) => self.scalar(key, false, value),
            Value::Object(members) if NESTED_KEYS.contains(&key) || key == "log" => {
                for (inner, value) in members {
                    self.scalar(&inner, true, value);
                }
            }
            Value::Object(_) | Value::Other => {}
        }
    }
}

/// `app.core.database`, `Microsoft.Hosting.Lifetime`; a phrase is no name.
fn is_name(name: &str) -> bool {
    (1..=120).contains(&name.len())
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"._-:/$".contains(&b))
}

enum Value {
    Scalar(String),
    Object(Vec<(String, String)>),
    Other,
}

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = Object;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object, A::Error> {
                let mut object = Object::default();
                while let Some(key) = map.next_key::<Cow<'de, str>>()? {
                    let value = map.next_value::<Value>()?;
                    object.absorb(&key, value);
                }
                Ok(object)
            }
        }
        from.deserialize_map(Members)
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Value;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("any value")
            }
            fn visit_bool<E>(self, _: bool) -> Result<Value, E> {
                Ok(Value::Other)
            }
            fn visit_unit<E>(self) -> Result<Value, E> {
                Ok(Value::Other)
            }
            fn visit_i64<E>(self, n: i64) -> Result<Value, E> {
                Ok(Value::Scalar(n.to_string()))
            }
            fn visit_u64<E>(self, n: u64) -> Result<Value, E> {
                Ok(Value::Scalar(n.to_string()))
            }
            fn visit_f64<E>(self, _: f64) -> Result<Value, E> {
                Ok(Value::Other)
            }
            fn visit_str<E>(self, text: &str) -> Result<Value, E> {
                Ok(Value::Scalar(text.to_owned()))
            }
            fn visit_string<E>(self, text: String) -> Result<Value, E> {
                Ok(Value::Scalar(text))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
                while seq.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Value::Other)
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
                let mut members = Vec::new();
                while let Some(key) = map.next_key::<Cow<'de, str>>()? {
                    if let Value::Scalar(value) = map.next_value()? {
                        members.push((key.into_owned(), value));
                    }
                }
                Ok(Value::Object(members))
            }
        }
        from.deserialize_any(Any)
    }
}

/// `time=... level=info msg="Traefik version 2.10" pid=1`: pairs from the first byte to the last.
fn logfmt(text: &[u8]) -> Option<Message<'static>> {
    let mut rest = text;
    let mut message = None;
    let mut values = Vec::new();
    while !rest.is_empty() {
        let equals = memchr::memchr(b'=', rest)?;
        let key = rest.get(..equals)?;
        if key.is_empty() || !key.iter().all(|b| prefix::is_key(*b)) {
            return None;
        }
        let key = std::str::from_utf8(key).ok()?;
        let (value, after) = logfmt_value(rest.get(equals + 1..)?)?;
        if matches!(key, "msg" | "message" | "event") && message.is_none() {
            message = Some(value);
        } else {
            values.push((key.to_owned(), String::from_utf8_lossy(&value).into_owned()));
        }
        rest = after.trim_ascii_start();
    }
    let text = clip(Cow::Owned(message?.trim_ascii_start().to_vec()));
    Some(Message { text, values })
}

/// A bare or quoted value, and what follows it.
fn logfmt_value(text: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    if text.first() != Some(&b'"') {
        let len = text.iter().take_while(|b| !b.is_ascii_whitespace()).count();
        let (value, rest) = text.split_at_checked(len)?;
        return Some((value.to_vec(), rest));
    }
    let mut value = Vec::new();
    let mut bytes = text.iter().enumerate().skip(1);
    while let Some((at, b)) = bytes.next() {
        match b {
            b'"' => return Some((value, text.get(at + 1..)?)),
            b'\\' => value.push(*bytes.next()?.1),
            _ => value.push(*b),
        }
    }
    None
}
