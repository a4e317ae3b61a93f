//! One block while it is scanned: where its lines are, and what was found in them.

use super::{Scanned, Scanner};
use crate::formats::Record;
use crate::model::log::Origin;
use crate::model::text::citable;
use crate::model::{Citation, Place, Text, Time};
use std::ops::Range;
use std::sync::Arc;

/// A block of whole lines.
pub(super) struct Block<'a> {
    pub(super) scanner: &'a Scanner<'a>,
    /// The own lines, and context before them.
    pub(super) bytes: &'a [u8],
    /// Where the own lines are.
    pub(super) own: Range<usize>,
    /// Where the first own byte stands in the decoded stream.
    pub(super) offset: u64,
    /// What was found.
    pub(super) out: Scanned,
    /// A position, and how many line ends stand between the first own byte and it.
    counted: (usize, i64),
    /// The text of all cited lines: one allocation for the whole block.
    cited: Vec<u8>,
}

impl<'a> Block<'a> {
    pub(super) fn new(
        scanner: &'a Scanner<'a>,
        bytes: &'a [u8],
        own: Range<usize>,
        offset: u64,
    ) -> Self {
        Self {
            scanner,
            bytes,
            counted: (own.start, 0),
            own,
            offset,
            out: Scanned::default(),
            cited: Vec::new(),
        }
    }

    /// The own lines.
    pub(super) fn own_bytes(&self) -> &'a [u8] {
        &self.bytes[self.own.clone()]
    }

    /// Whether the context before the own lines reaches back to the begin of the log.
    pub(super) fn has_begin(&self) -> bool {
        self.offset == self.own.start as u64
    }

    /// The number of a record's origin.
    pub(super) fn origin(&mut self, record: &Record<'_>) -> u32 {
        let origin = match &record.origin {
            None => Origin::default(),
            Some(origin) => Origin {
                container_id: origin.container_id.as_deref().map(str::to_owned),
                name: origin.name.as_deref().map(str::to_owned),
                epoch: origin.epoch.as_deref().map(str::to_owned),
                guessed: false,
            },
        };
        let index = self
            .out
            .origins
            .iter()
            .position(|known| *known == origin)
            .unwrap_or_else(|| {
                self.out.origins.push(origin);
                self.out.origins.len() - 1
            });
        u32::try_from(index).unwrap_or(u32::MAX)
    }

    /// Cites a line; it gets its text at the [end](Self::finish).
    pub(super) fn citation(&mut self, begin: usize, end: usize, time: Option<Time>) -> Citation {
        let raw = &self.bytes[begin..end];
        let raw = citable(raw.strip_suffix(b"\r").unwrap_or(raw));
        let place = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        let from = place(self.cited.len());
        self.cited.extend_from_slice(raw);
        Citation {
            place: Place {
                input: self.scanner.input,
                line: 0,
                offset: (self.offset + begin as u64) - self.own.start as u64,
            },
            time,
            text: Text::due(from..place(self.cited.len())),
        }
    }

    /// As [`Self::citation`], for a line that a fact may cite already.
    pub(super) fn citation_again(
        &mut self,
        line: i64,
        begin: usize,
        end: usize,
        time: Option<Time>,
    ) -> Citation {
        let facts = &self.out.facts;
        match facts.binary_search_by_key(&line, |fact| fact.line) {
            Ok(known) => facts[known].value.citation.clone(),
            Err(_) => self.citation(begin, end, time),
        }
    }

    /// What was found, with the texts of all citations.
    pub(super) fn finish(self) -> Scanned {
        let mut out = self.out;
        let cited: Arc<[u8]> = self.cited.into();
        let of_facts = out.facts.iter_mut().map(|fact| &mut fact.value.citation);
        let of_last = out
            .last_lines
            .iter_mut()
            .map(|last| &mut last.value.citation);
        let of_journal = out
            .journal
            .iter_mut()
            .map(|record| &mut record.value.citation);
        for citation in of_facts.chain(of_last).chain(of_journal) {
            citation.text.stands_in(&cited);
        }
        out
    }

    /// The line that `position` is in: where it begins, and its line end (or the end of the block).
    pub(super) fn line_around(&self, position: usize) -> (usize, usize) {
        let end = memchr::memchr(b'\n', &self.bytes[position..self.own.end])
            .map_or(self.own.end, |at| position + at);
        (self.line_begin(position), end)
    }

    /// Where the own line that `position` is in begins.
    pub(super) fn line_begin(&self, position: usize) -> usize {
        memchr::memrchr(b'\n', &self.bytes[self.own.start.min(position)..position])
            .map_or(self.own.start.min(position), |at| self.own.start + at + 1)
    }

    /// Lets the next count begin at the first own line: going back counts the same line ends again.
    pub(super) fn count_from_begin(&mut self) {
        self.counted = (self.own.start, 0);
    }

    /// The number of the line that begins at `begin`, relative to the first own line. It continues from
    /// the last count, so that going forward counts each line end once.
    pub(super) fn line_number(&mut self, begin: usize) -> i64 {
        let (at, lines) = self.counted;
        let count = |range: Range<usize>| {
            i64::try_from(memchr::memchr_iter(b'\n', &self.bytes[range]).count())
                .unwrap_or(i64::MAX)
        };
        let number = if begin >= at {
            lines + count(at..begin)
        } else {
            lines - count(begin..at)
        };
        if begin >= at {
            self.counted = (begin, number);
        }
        number
    }
}
