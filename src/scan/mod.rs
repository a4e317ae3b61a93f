//! A pure scan: a block of whole lines in, its facts out.
//!
//! One pass over all bytes finds the literals of the signatures and counts the lines. Only lines with a
//! literal, and the few around moments of interest, are decoded.

mod block;
mod facts;
mod journal;
mod pieces;
mod shape;
mod tails;
mod times;

use crate::formats::LogFormat;
use crate::formats::time::Zone;
use crate::literals::LiteralSet;
use crate::model::LineFault;
use crate::model::log::{LastLine, Origin};
use crate::model::{Cited, Fact, InputId, JournalRecord, Time};
use crate::signatures::Signatures;
use block::Block;
use std::ops::Range;

/// Lines kept from before the end of a run.
const LAST_LINES: usize = 12;

/// How one log is scanned; the same for all its blocks.
#[derive(Clone, Copy, Debug)]
pub struct Scanner<'a> {
    /// The log.
    pub input: InputId,
    /// Its format.
    pub format: LogFormat,
    /// What to look for.
    pub signatures: &'a Signatures,
    /// The literals that make a line worth decoding: the signatures' and the format's own.
    pub prefilter: &'a LiteralSet,
    /// The zone of the times without one that applications write; `None` where the user did not name it.
    pub zone: Option<&'a Zone>,
    /// Moments at which containers ended, sorted: what was said before them is kept.
    pub ends: &'a [Time],
    /// What is kept from before a line that starts a run.
    pub before_starts: BeforeStarts,
}

/// Lines kept from before a line that starts a run.
#[derive(Clone, Copy, Debug)]
pub struct BeforeStarts {
    /// At most so many ...
    pub lines: usize,
    /// ... if this is true of their bytes in the log.
    pub worth: fn(&[u8]) -> bool,
}

impl BeforeStarts {
    /// All of them, whatever they say.
    pub const ALL: Self = Self {
        lines: LAST_LINES,
        worth: |_| true,
    };
}

/// What one block holds. Lines are counted from the block's first own line, which is 0.
#[derive(Clone, Debug, Default)]
pub struct Scanned {
    /// Recognised lines; `Place::line` is relative.
    pub facts: Vec<Relative<Fact>>,
    /// Lines from before the ends of runs.
    pub last_lines: Vec<Relative<LastLine>>,
    /// Whose lines they are; facts and last lines point here.
    pub origins: Vec<Origin>,
    /// Own lines.
    pub lines: u64,
    /// Time of the first own line that has one.
    pub from: Option<Time>,
    /// Time of the last own line that has one.
    pub to: Option<Time>,
    /// Entries of a journal that no container wrote, and what they say; places are relative.
    pub journal: Vec<Relative<Cited<JournalRecord>>>,
    /// Entries of a journal that containers wrote.
    pub container_lines: u64,
    /// Lines that are not of the format.
    pub skipped: u64,
    /// What is odd about some lines.
    pub odd: Vec<OddLines>,
    /// The time of the last line, where it goes on in another file.
    pub goes_on: Option<Time>,
}

/// A value and its line, counted from the block's first own line; negative in the context before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Relative<T> {
    /// The line.
    pub line: i64,
    /// The value.
    pub value: T,
}

/// Lines of one block that are odd in the same way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OddLines {
    /// What is odd about them.
    pub what: Odd,
    /// The first of them, counted from the block's first own line.
    pub first: i64,
    /// How many there are.
    pub count: u64,
}

/// What is odd about a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Odd {
    /// It is not of the log's format.
    Malformed(LineFault),
    /// NUL bytes stand before it.
    Nul,
    /// It is not UTF-8.
    NotUtf8,
}

impl Scanner<'_> {
    /// Scans the lines `own` of `bytes`; the bytes before them are context. `offset` is where the first own
    /// byte stands in the decoded stream.
    #[must_use]
    pub fn scan(&self, bytes: &[u8], own: Range<usize>, offset: u64) -> Scanned {
        let mut block = Block::new(self, bytes, own, offset);
        let found = block.find_literals();
        block.check_shape(&found);
        block.read_journal();
        block.recognise(&found.hits);
        block.find_times();
        block.keep_before_ends();
        block.finish()
    }

    /// The last lines of the whole log, from its last block.
    #[must_use]
    pub fn end_of_log(&self, bytes: &[u8], own: Range<usize>, offset: u64) -> Scanned {
        let end = own.end;
        let mut block = Block::new(self, bytes, own, offset);
        block.keep_before(end, None, LAST_LINES);
        block.check_goes_on();
        block.finish()
    }
}
