//! Event histories of Docker, Compose and podman, in every framing and text form that they have.
//!
//! Nothing is assumed about the document as a whole: one object a line, objects that span or share
//! lines, arrays, `json-seq`, text lines and lines with a prefix may follow each other, as they do in
//! files that were appended to by hand. Sources: moby `api/types/events/events.go`, Docker CLI
//! `cli/command/system/events.go`, Compose `pkg/api`, podman `libpod/events`.

mod json;
mod meaning;
mod podman;
mod text;

use super::Parsed;
use super::lines::{ASSUMED_ZONE, Lines, Problems};
use super::time::Zone;
use crate::model::{Cited, Event, InputId};
use meaning::Raw;
use serde_json::Value;
use text::Reading;

/// Reads all events of a document, in file order.
///
/// What cannot be read is a problem and does not stop the rest. Times without a zone (text of
/// `docker compose events`) are read in `zone`.
#[must_use]
pub fn parse(input: InputId, bytes: &[u8], zone: &Zone) -> Parsed<Event> {
    let mut reader = Reader {
        input,
        bytes,
        zone,
        lines: Lines::new(bytes),
        records: Vec::new(),
        problems: Problems::default(),
    };
    reader.read();
    Parsed {
        records: reader.records,
        problems: reader.problems.into_list(),
        lines: reader.lines.count(),
    }
}

/// Whether this line alone is an event, as text or as JSON with or without a prefix.
pub(super) fn is_event(line: &[u8]) -> bool {
    let parsed = parse(InputId(0), line, &Zone::Utc);
    !parsed.records.is_empty()
}

struct Reader<'a> {
    input: InputId,
    bytes: &'a [u8],
    zone: &'a Zone,
    lines: Lines<'a>,
    records: Vec<Cited<Event>>,
    problems: Problems,
}

impl Reader<'_> {
    fn read(&mut self) {
        let mut at = 0;
        while let Some(&byte) = self.bytes.get(at) {
            at = match byte {
                b'{' => self.object(at),
                _ if is_framing(self.rest(at)) => at + 1,
                _ => self.line(at),
            };
        }
    }

    fn rest(&self, at: usize) -> &[u8] {
        self.bytes.get(at..).unwrap_or_default()
    }

    /// Reads the object at `at` and says where to go on.
    fn object(&mut self, at: usize) -> usize {
        let index = self.lines.index_at(at);
        let Some((value, used)) = first_value(self.rest(at)) else {
            self.problems
                .bad(index, "is cut or is no valid JSON; the rest was read");
            return self.salvage(at + 1, index);
        };
        self.value(index, &value);
        at + used
    }

    /// Reads what is at `at`, to the end of its line: text, or something before an object.
    fn line(&mut self, at: usize) -> usize {
        let index = self.lines.index_at(at);
        let next = self.lines.start(index + 1);
        let mut reading = text::read(&self.lines, index, at, self.zone);
        if let (Reading::Other, Some(after)) = (&reading, after_prefix(self.lines.text(index))) {
            let after = self.lines.start(index) + after;
            if after > at {
                reading = text::read(&self.lines, index, after, self.zone);
            }
        }
        match reading {
            Reading::Event(raw, used) => {
                self.push(index, raw);
                self.lines.start(index + used)
            }
            Reading::Broken(what) => {
                self.problems.bad(index, what);
                next
            }
            Reading::Other => {
                let before = self.records.len();
                let end = self.salvage(at, index);
                if self.records.len() == before {
                    self.problems.bad(index, "is no event");
                }
                end
            }
        }
    }

    /// Takes the first event in the rest of a line that begins with something else: a prefix of the
    /// recorder, or an object that was cut while another began.
    fn salvage(&mut self, at: usize, index: usize) -> usize {
        let next = self.lines.start(index + 1);
        let line = self.bytes.get(at..next).unwrap_or_default();
        // A cut line holds few of these: more are not worth the time.
        for start in memchr::memmem::find_iter(line, b"{\"").take(16) {
            if let Some((value, used)) = first_value(self.rest(at + start))
                && let Some(raw) = self.understand(&value)
            {
                self.push(index, raw);
                return at + start + used;
            }
        }
        next
    }

    fn value(&mut self, index: usize, value: &Value) {
        match self.understand(value) {
            Some(raw) => self.push(index, raw),
            None => self.problems.bad(index, "is JSON, but no event"),
        }
    }

    fn understand(&self, value: &Value) -> Option<Raw> {
        let object = value.as_object()?;
        if let Some(message) = json::journal_message(object) {
            // The recorder ran as a service, and this is an export of its journal.
            let lines = Lines::new(message.as_bytes());
            if let Reading::Event(raw, _) = text::read(&lines, 0, 0, self.zone) {
                return Some(raw);
            }
            let (value, _) = first_value(message.trim_start().as_bytes())?;
            return json::read(value.as_object()?, self.zone);
        }
        json::read(object, self.zone)
    }

    fn push(&mut self, index: usize, raw: Raw) {
        if raw.assumed_zone {
            self.problems.assumed(index, ASSUMED_ZONE);
        }
        let event = raw.into_event();
        let citation = self.lines.cite(self.input, index, Some(event.time));
        self.records.push(Cited {
            value: event,
            citation,
        });
    }
}

/// Where the message of a journal's line begins (`Nov 20 09:41:26 vm docker[123]: `).
fn after_prefix(line: &[u8]) -> Option<usize> {
    let head = line.get(..line.len().min(200))?;
    Some(memchr::memmem::find(head, b"]: ")? + 3)
}

/// Blanks, separators of arrays, `json-seq`'s record separator and the byte order mark. A bracket is
/// one only where an array may begin: `[2026-...]` is a time.
fn is_framing(rest: &[u8]) -> bool {
    match rest {
        [
            b']' | b',' | b' ' | b'\t' | b'\r' | b'\n' | 0x1e | 0xef | 0xbb | 0xbf,
            ..,
        ] => true,
        [b'[', after @ ..] => after
            .iter()
            .find(|byte| !byte.is_ascii_whitespace())
            .is_none_or(|byte| b"{[]".contains(byte)),
        _ => false,
    }
}

/// The JSON value that `bytes` begin with, and its length.
fn first_value(bytes: &[u8]) -> Option<(Value, usize)> {
    let mut values = serde_json::Deserializer::from_slice(bytes).into_iter::<Value>();
    let value = values.next()?.ok()?;
    Some((value, values.byte_offset()))
}

#[cfg(test)]
mod tests;
