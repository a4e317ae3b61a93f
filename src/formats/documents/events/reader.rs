//! Reads events in any framing, object by object and line by line.

use super::commands::Commands;
use super::framing::{after_prefix, first_value, is_cut, is_framing};
use super::json;
use super::meaning::{Raw, SharedTexts};
use super::parts::Part;
use super::simple::Waiting;
use super::text::{self, Reading};
use crate::formats::documents::lines::{Lines, Problems};
use crate::formats::time::Zone;
use crate::model::{Cited, Event, InputId, LineFault, Text};
use serde_json::Value;
use std::cell::OnceCell;

/// Reads one part of a document.
pub(super) struct Reader<'a> {
    pub(super) input: InputId,
    pub(super) bytes: &'a [u8],
    zone: &'a Zone,
    last: bool,
    /// Found when something is not as simple as an object a line.
    lines: OnceCell<Lines<'a>>,
    pub(super) texts: SharedTexts,
    /// Commands announced by lines that were read one by one.
    pub(super) commands: Commands<Waiting>,
    pub(super) records: Vec<Cited<Event>>,
    problems: Problems,
}

/// What must be read again with what follows begins at this offset.
struct Open(usize);

impl<'a> Reader<'a> {
    /// A reader at the beginning of some whole lines.
    pub(super) fn new(input: InputId, bytes: &'a [u8], zone: &'a Zone, last: bool) -> Self {
        Self {
            input,
            bytes,
            zone,
            last,
            lines: OnceCell::new(),
            texts: SharedTexts::default(),
            commands: Commands::default(),
            records: Vec::new(),
            problems: Problems::default(),
        }
    }

    /// Reads all that can be read.
    pub(super) fn into_part(mut self) -> Part {
        let (used, lines) = self.read();
        if self.lines.get().is_some() {
            // Lines that were read by `simple` alone were joined there.
            super::join(&mut self.records);
        }
        Part {
            records: self.records,
            problems: self.problems,
            lines,
            used,
        }
    }

    /// Reads all that can be read, and returns how many bytes and lines that took.
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
        let is_in_it = |record: &Cited<Event>| record.citation.place.line == line;
        while self.records.last().is_some_and(is_in_it) {
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
        let event = raw.into_event(&mut self.texts);
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
