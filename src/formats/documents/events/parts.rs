//! Event histories that are read in parts: what one part holds, and how parts become a whole.

use crate::formats::documents::Parsed;
use crate::formats::documents::lines::Problems;
use crate::model::{Cited, Event};

/// What some whole lines of a document hold.
#[derive(Default)]
pub struct Part {
    pub(super) records: Vec<Cited<Event>>,
    pub(super) problems: Problems,
    pub(super) lines: u64,
    pub(super) used: usize,
}

impl Part {
    /// How many bytes were read for good. The rest holds an event that may go on in the next part, and
    /// must be read again together with that part.
    #[must_use]
    pub fn used(&self) -> usize {
        self.used
    }

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

    /// Makes space for this many more records.
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
