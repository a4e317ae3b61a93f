//! Event histories of Docker, Compose and podman, in every framing and text form that they have.
//!
//! Nothing is assumed about the document as a whole: one object a line, objects that span or share
//! lines, arrays, `json-seq`, text lines and lines with a prefix may follow each other, as they do in
//! files that were appended to by hand. Sources: moby `api/types/events/events.go`, Docker CLI
//! `cli/command/system/events.go`, Compose `pkg/api`, podman `libpod/events`.

mod commands;
mod json;
mod meaning;
mod podman;
mod quick;
mod text;

pub use commands::join;

use super::lines::{Lines, Problems};
use super::time::Zone;
use super::{Parsed, cite};
use crate::model::event::Command;
use crate::model::{Cited, Event, EventKind, InputId, LineFault, Text};
use commands::Commands;
use meaning::{Known, Raw};
use serde_json::Value;
use std::cell::OnceCell;
use std::ops::Range;
use text::Reading;

/// Reads all events of a document, in file order.
///
/// What cannot be read is a problem and does not stop the rest. Times without a zone (text of
/// `docker compose events`) are read in `zone`.
#[must_use]
pub fn parse(input: InputId, bytes: &[u8], zone: &Zone) -> Parsed<Event> {
    let mut whole = Whole::default();
    whole.add(part(input, bytes, zone, true));
    whole.into_parsed()
}

/// What some whole lines of a document hold.
#[derive(Default)]
pub struct Part {
    records: Vec<Cited<Event>>,
    problems: Problems,
    lines: u64,
    used: usize,
}

impl Part {
    /// Bytes that were read for good. What is left holds an event that may go on in the next part: it
    /// is to be read again, together with that.
    #[must_use]
    pub fn used(&self) -> usize {
        self.used
    }
}

/// Reads some whole lines of a document; they need not be its first, and unless they are the `last`,
/// others follow.
#[must_use]
pub fn part(input: InputId, bytes: &[u8], zone: &Zone, last: bool) -> Part {
    let mut reader = Reader {
        input,
        bytes,
        zone,
        last,
        lines: OnceCell::new(),
        known: Known::default(),
        commands: Commands::default(),
        records: Vec::new(),
        problems: Problems::default(),
    };
    let (used, lines) = reader.read();
    if reader.lines.get().is_some() {
        // What is read line by line was joined by then.
        join(&mut reader.records);
    }
    Part {
        records: reader.records,
        problems: reader.problems,
        lines,
        used,
    }
}

/// A document, put together from its parts in order.
#[derive(Default)]
pub struct Whole {
    records: Vec<Cited<Event>>,
    problems: Problems,
    lines: u64,
    bytes: u64,
}

impl Whole {
    /// Adds the part that follows.
    pub fn add(&mut self, part: Part) {
        let first = self.records.len();
        if first == 0 {
            self.records = part.records;
        } else {
            self.records.extend(part.records);
        }
        if self.lines > 0 {
            for record in self.records.iter_mut().skip(first) {
                record.citation.place.line += self.lines;
                record.citation.place.offset += self.bytes;
            }
        }
        self.problems.follow(part.problems, self.lines);
        self.lines += part.lines;
        self.bytes += part.used as u64;
    }

    /// Makes space for so many records more.
    pub fn reserve(&mut self, records: usize) {
        self.records.reserve(records);
    }

    /// What the parser of a whole document gives.
    #[must_use]
    pub fn into_parsed(self) -> Parsed<Event> {
        Parsed {
            records: self.records,
            problems: self.problems.into_list(),
            lines: self.lines,
        }
    }
}

impl Part {
    /// How many events it holds.
    #[must_use]
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// Whether it holds no event.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
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
    last: bool,
    /// Found when something is not as simple as an object a line.
    lines: OnceCell<Lines<'a>>,
    known: Known,
    /// Commands announced by lines that were read one by one.
    commands: Commands<Waiting>,
    records: Vec<Cited<Event>>,
    problems: Problems,
}

/// An announcement of a command that may end in a line below.
struct Waiting {
    /// So many records stand before it.
    before: usize,
    /// Where its line begins.
    at: usize,
    /// The line.
    index: usize,
}

/// What must be read again with what follows begins at this offset.
struct Open(usize);

impl<'a> Reader<'a> {
    /// Reads all that can be read; gives back the bytes and lines that this took.
    fn read(&mut self) -> (usize, u64) {
        let (mut at, mut line) = self.simple(0, 0);
        while let Some(&byte) = self.bytes.get(at) {
            let next = match byte {
                b'{' => self.object(at),
                _ if is_framing(self.rest(at)) => Ok(at + 1),
                _ => self.line(at),
            };
            match next {
                Ok(next) => at = next,
                Err(Open(at)) => return (at, self.lines().index_at(at) as u64),
            }
            if self.bytes.get(at - 1) == Some(&b'\n') {
                line = self.lines().index_at(at);
                (at, line) = self.simple(at, line);
            }
        }
        let unended = self.bytes.last().is_some_and(|last| *last != b'\n');
        let lines = match self.lines.get() {
            Some(lines) => lines.count(),
            None => (line + usize::from(unended)) as u64,
        };
        (self.bytes.len(), lines)
    }

    /// Reads lines as the engine writes them, from `at`, the begin of line `index`, until there is one
    /// that is otherwise.
    fn simple(&mut self, mut at: usize, mut index: usize) -> (usize, usize) {
        let bytes = self.bytes;
        let mut attributes = Vec::new();
        while let Some(end) = line_end(bytes, at) {
            let Some(line) = quick::read(&bytes[at..end], &mut attributes) else {
                break;
            };
            let Some(words) = line.words(&attributes) else {
                break;
            };
            if let Some((id, created, command)) = words.announcement() {
                let waiting = Waiting {
                    before: self.records.len(),
                    at,
                    index,
                };
                self.commands.announce(id, created, waiting, || Command {
                    line: self.known.text(command),
                    announced: words.time,
                    created,
                });
            } else {
                let event = words.event(&mut self.known);
                self.push_simple(event, at..end, index);
            }
            at = (end + 1).min(bytes.len());
            index += usize::from(end < bytes.len());
        }
        self.keep_waiting();
        (at, index)
    }

    /// Takes in the event of a whole line.
    fn push_simple(&mut self, mut event: Event, range: Range<usize>, index: usize) {
        if let EventKind::ExecDie {
            exec_id: Some(id),
            command,
            ..
        } = &mut event.kind
        {
            self.commands.end(*id, command, |_| {});
        }
        let place = range.start as u64;
        let line = &self.bytes[range];
        let line = if event.kind.announces_command() {
            &[]
        } else {
            line.strip_suffix(b"\r").unwrap_or(line)
        };
        let citation = cite(self.input, index as u64 + 1, place, Some(event.time), line);
        self.records.push(Cited {
            value: event,
            citation,
        });
    }

    /// Puts announcements whose commands did not end among the events: their ends may stand elsewhere.
    fn keep_waiting(&mut self) {
        let mut waiting = self.commands.rest();
        waiting.sort_unstable_by_key(|waiting| waiting.at);
        let Some(mut from) = waiting.first().map(|first| first.before) else {
            return;
        };
        let mut after = self.records.split_off(from).into_iter();
        let mut attributes = Vec::new();
        for Waiting { before, at, index } in waiting {
            self.records.extend(after.by_ref().take(before - from));
            from = before;
            // They were read before, and are read again: hardly any are left.
            if let Some(end) = line_end(self.bytes, at)
                && let Some(line) = quick::read(&self.bytes[at..end], &mut attributes)
                && let Some(words) = line.words(&attributes)
            {
                let event = words.event(&mut self.known);
                self.push_simple(event, at..end, index);
            }
        }
        self.records.extend(after);
    }

    fn lines(&self) -> &Lines<'a> {
        self.lines.get_or_init(|| Lines::new(self.bytes))
    }

    fn rest(&self, at: usize) -> &'a [u8] {
        self.bytes.get(at..).unwrap_or_default()
    }

    /// Whether what is read at line `index` may depend on lines that are not here.
    fn may_go_on(&self, index: usize) -> bool {
        !self.last && index + text::MOST_LINES >= self.lines().len()
    }

    /// Leaves line `index` to be read again with what follows.
    fn leave(&mut self, index: usize) -> Open {
        let line = index as u64 + 1;
        let of_it = |record: &Cited<Event>| record.citation.place.line == line;
        while self.records.last().is_some_and(of_it) {
            self.records.pop();
        }
        Open(self.lines().start(index))
    }

    /// Reads the object at `at` and says where to go on.
    fn object(&mut self, at: usize) -> Result<usize, Open> {
        let index = self.lines().index_at(at);
        let Some((value, used)) = first_value(self.rest(at)) else {
            if !self.last && (self.may_go_on(index) || is_cut(self.rest(at))) {
                return Err(self.leave(index));
            }
            self.problems.bad(index, LineFault::PartlyInvalidJson);
            return Ok(self.salvage(at + 1, index));
        };
        self.value(index, &value);
        Ok(at + used)
    }

    /// Reads what is at `at`, to the end of its line: text, or something before an object.
    fn line(&mut self, at: usize) -> Result<usize, Open> {
        let index = self.lines().index_at(at);
        if self.may_go_on(index) && !self.lines().text(index).ends_with(b")") {
            return Err(self.leave(index));
        }
        let next = self.lines().start(index + 1);
        let mut reading = text::read(self.lines(), index, at, self.zone);
        if let (Reading::Other, Some(after)) = (&reading, after_prefix(self.lines().text(index))) {
            let after = self.lines().start(index) + after;
            if after > at {
                reading = text::read(self.lines(), index, after, self.zone);
            }
        }
        Ok(match reading {
            Reading::Event(raw, used) => {
                self.push(index, raw);
                self.lines().start(index + used)
            }
            Reading::Broken(what) => {
                self.problems.bad(index, what);
                next
            }
            Reading::Other => {
                let before = self.records.len();
                let end = self.salvage(at, index);
                if self.records.len() == before {
                    self.problems.bad(index, LineFault::NotEvent);
                }
                end
            }
        })
    }

    /// Takes the first event in the rest of a line that begins with something else: a prefix of the
    /// recorder, or an object that was cut while another began.
    fn salvage(&mut self, at: usize, index: usize) -> usize {
        let next = self.lines().start(index + 1);
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
            None => self.problems.bad(index, LineFault::OtherJson),
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
            self.problems.assumed(index, LineFault::ZoneAssumed);
        }
        let event = raw.into_event(&mut self.known);
        let mut citation = self.lines().cite(self.input, index, Some(event.time));
        if event.kind.announces_command() {
            citation.text = Text::default();
        }
        self.records.push(Cited {
            value: event,
            citation,
        });
    }
}

/// Where the line that begins at `at` ends, when it begins as an object does.
fn line_end(bytes: &[u8], at: usize) -> Option<usize> {
    let line = bytes.get(at..).filter(|line| line.first() == Some(&b'{'))?;
    Some(memchr::memchr(b'\n', line).map_or(bytes.len(), |end| at + end))
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

/// Whether the JSON value that `bytes` begin with goes on behind them.
fn is_cut(bytes: &[u8]) -> bool {
    let mut values =
        serde_json::Deserializer::from_slice(bytes).into_iter::<serde::de::IgnoredAny>();
    values
        .next()
        .is_some_and(|value| value.is_err_and(|error| error.is_eof()))
}

/// The JSON value that `bytes` begin with, and its length.
fn first_value(bytes: &[u8]) -> Option<(Value, usize)> {
    let mut values = serde_json::Deserializer::from_slice(bytes).into_iter::<Value>();
    let value = values.next()?.ok()?;
    Some((value, values.byte_offset()))
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
