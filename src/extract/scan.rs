//! A pure scan: a block of whole lines in, the facts in it out.
//!
//! Every byte is looked at by the prefilter and by the count of line ends; only the lines that the
//! prefilter hits, and the few around moments of interest, are decoded.

use super::again::Again;
use super::matcher::Seen;
use super::survey::{Beside, Hit, Survey};
use super::{Prefilter, Signatures};
use crate::formats::time::{Zone, leading_time};
use crate::formats::{LogFormat, Record, Stream, host};
use crate::model::fact::{Aside, SaidTime};
use crate::model::log::{LastLine, Origin};
use crate::model::said;
use crate::model::text::{citable, lossy};
use crate::model::{
    Citation, Cited, Fact, InputId, JournalRecord, LineFault, Place, Said, Text, Time,
};
use chrono::TimeDelta;
use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

/// Lines kept from before the end of a run.
const LAST_LINES: usize = 12;
/// Facts of a block for which there is room before they come ...
const ROOM: usize = 256;
/// ... with a line of so many bytes each.
const LINE: usize = 192;
/// Bytes of a message kept with such a line.
const LAST_MESSAGE: usize = 400;
/// Pieces of one long line that are joined at the most (1 MiB of 16 KiB pieces).
const PIECES: usize = 64;
/// A line written a moment after the engine saw the process die still belongs to its run.
const AFTER_DEATH: TimeDelta = TimeDelta::milliseconds(50);

/// How one log is scanned; the same for all its blocks.
#[derive(Clone, Copy, Debug)]
pub struct Scanner<'a> {
    /// The log.
    pub input: InputId,
    /// Its format.
    pub format: LogFormat,
    /// What to look for.
    pub signatures: &'a Signatures,
    /// The signatures' prefilter, or one with the format's own literals besides.
    pub prefilter: &'a Prefilter,
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
    /// So many ...
    pub lines: usize,
    /// ... if they are worth it, as they stand in the log.
    pub worth: fn(&[u8]) -> bool,
}

impl BeforeStarts {
    /// The last lines, whatever they say.
    pub const ALL: Self = Self {
        lines: LAST_LINES,
        worth: |_| true,
    };
}

/// What one block holds. Lines are counted from the block's first own line, which is 0.
#[derive(Clone, Debug, Default)]
pub struct Scanned {
    /// Recognised lines; [`Place::line`] is relative.
    pub facts: Vec<Relative<Fact>>,
    /// Lines from before the ends of runs.
    pub last_lines: Vec<Relative<LastLine>>,
    /// Whose lines they are; facts point here.
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
    /// Scans the lines `own` of `bytes`; what stands before them is context. `offset` is that of the
    /// first own byte in the decoded stream.
    #[must_use]
    pub fn scan(&self, bytes: &[u8], own: Range<usize>, offset: u64) -> Scanned {
        let mut block = self.block(bytes, own, offset);
        let survey = block.survey();
        block.shapes(&survey);
        block.host_entries();
        block.hits(&survey.hits);
        block.window();
        block.at_ends();
        block.finish()
    }

    /// The last lines of the whole log, from its last block.
    #[must_use]
    pub fn end_of_log(&self, bytes: &[u8], own: Range<usize>, offset: u64) -> Scanned {
        let end = own.end;
        let mut block = self.block(bytes, own, offset);
        block.keep_before(end, None, LAST_LINES);
        block.goes_on();
        block.finish()
    }

    fn block<'a>(&'a self, bytes: &'a [u8], own: Range<usize>, offset: u64) -> Block<'a, 'a> {
        Block {
            scanner: self,
            bytes,
            counted: (own.start, 0),
            own,
            offset,
            out: Scanned::default(),
            after_whole: 0,
            cited: Vec::new(),
            again: Again::default(),
        }
    }
}

struct Block<'a, 's> {
    scanner: &'a Scanner<'s>,
    bytes: &'a [u8],
    own: Range<usize>,
    offset: u64,
    out: Scanned,
    /// A position and how many line ends stand between the first own byte and it.
    counted: (usize, i64),
    /// Where a line begins before which all records that count were found to be whole lines.
    after_whole: usize,
    /// The cited lines one after another: they are kept as one text, not each by itself.
    cited: Vec<u8>,
    /// What was recognised already.
    again: Again<'a>,
}

impl<'a> Block<'a, '_> {
    /// The one pass over all bytes.
    fn survey(&self) -> Survey {
        let own = &self.bytes[self.own.clone()];
        self.scanner
            .prefilter
            .survey(own, Beside::of(self.scanner.format))
    }

    /// Counts the lines, and finds those that are not of the format or not UTF-8.
    fn shapes(&mut self, survey: &Survey) {
        let own = &self.bytes[self.own.clone()];
        let format = self.scanner.format;
        if !format.has_shape() || (!survey.odd && self.ends_look_whole()) {
            self.out.lines =
                survey.newlines + u64::from(own.last().is_some_and(|last| *last != b'\n'));
            self.utf8(survey, &[]);
            return;
        }
        let (mut begin, mut line) = (0, 0_i64);
        let mut malformed = Vec::new();
        let mut nul = Vec::new();
        let mut check = |text: &[u8], line: i64| {
            if format.looks_whole(text) || text.is_empty() || text == b"\r" {
                return;
            }
            if format.parse(text).is_err() {
                malformed.push(line);
            } else if text[0] == 0 {
                nul.push(line);
            }
        };
        for end in memchr::memchr_iter(b'\n', own) {
            check(&own[begin..end], line);
            line += 1;
            begin = end + 1;
        }
        if begin < own.len() {
            check(&own[begin..], line);
            line += 1;
        }
        self.out.lines = line.unsigned_abs();
        self.out.skipped += malformed.len() as u64;
        let what = format.shape().complaint();
        self.odd(Odd::Malformed(what), &malformed);
        self.odd(Odd::Nul, &nul);
        self.utf8(survey, &malformed);
    }

    /// Whether the first and the last line are of the format: the pass looked beside line ends only.
    fn ends_look_whole(&self) -> bool {
        let own = &self.bytes[self.own.clone()];
        let Some(first_end) = memchr::memchr(b'\n', own) else {
            return own.is_empty();
        };
        let last = own.strip_suffix(b"\n").unwrap_or(own);
        let last_begin = memchr::memrchr(b'\n', last).map_or(0, |at| at + 1);
        let format = self.scanner.format;
        format.looks_whole(&own[..first_end]) && format.looks_whole(&last[last_begin..])
    }

    fn odd(&mut self, what: Odd, lines: &[i64]) {
        if let Some(first) = lines.first() {
            self.out.odd.push(OddLines {
                what,
                first: *first,
                count: lines.len() as u64,
            });
        }
    }

    /// Finds the lines that are not UTF-8 in the stretches that are not, besides those that are
    /// `malformed` anyway.
    fn utf8(&mut self, survey: &Survey, malformed: &[i64]) {
        let mut found = Vec::new();
        for stretch in &survey.not_utf8 {
            let mut at = self.own.start + stretch.start;
            let stop = self.own.start + stretch.end;
            while let Err(error) = simdutf8::compat::from_utf8(&self.bytes[at.min(stop)..stop]) {
                let (begin, end) = self.line_around(at + error.valid_up_to());
                let line = self.line_number(begin);
                if malformed.binary_search(&line).is_err() && found.last() != Some(&line) {
                    found.push(line);
                }
                at = end + 1;
            }
        }
        self.odd(Odd::NotUtf8, &found);
        self.counted = (self.own.start, 0);
    }

    /// Reads what the engine and the host wrote into the same journal.
    fn host_entries(&mut self) {
        if self.scanner.format != LogFormat::Journald {
            return;
        }
        let (mut begin, mut line) = (self.own.start, 0);
        while begin < self.own.end {
            let (_, end) = self.line_around(begin);
            let raw = &self.bytes[begin..end];
            if memchr::memmem::find(raw, b"\"CONTAINER_").is_some() {
                self.out.container_lines += 1;
            } else if let Some(record) = host::parse_exported(raw) {
                let citation = self.citation(begin, end, record.time);
                self.out.journal.push(Relative {
                    line,
                    value: Cited {
                        value: record,
                        citation,
                    },
                });
            }
            line += 1;
            begin = end + 1;
        }
    }

    /// Decodes the lines that the prefilter hits.
    fn hits(&mut self, hits: &[Hit]) {
        let mut done = self.own.start;
        // Most hits are facts where there are many.
        let room = hits.len().min(ROOM);
        self.out.facts.reserve(room);
        self.cited.reserve(room * LINE);
        let mut rest = hits;
        while let Some(hit) = rest.first() {
            let at = self.own.start + hit.begin;
            if at < done {
                rest = &rest[1..];
                continue;
            }
            let (begin, end) = self.line_around(at);
            done = end + 1;
            let is_here = |hit: &&Hit| self.own.start + hit.begin < done;
            let (here, behind) = rest.split_at(rest.iter().take_while(is_here).count());
            self.line(begin, end, here);
            rest = behind;
        }
    }

    /// Decodes a line with such literals in it.
    fn line(&mut self, begin: usize, end: usize, hits: &[Hit]) {
        let bytes: &'a [u8] = self.bytes;
        let raw = &bytes[begin..end];
        let Ok(record) = self.scanner.format.parse(raw) else {
            return;
        };
        if self.continues(begin, &record) {
            return;
        }
        let joined = record.partial.then(|| self.join(&record, end));
        let message: &[u8] = joined.as_deref().unwrap_or(&record.message);
        let mut of_line: Option<OfLine> = None;
        let mut starts = false;
        let lasting = match &record.message {
            Cow::Borrowed(message) if !record.partial => Some((*message, self.seen(message, hits))),
            _ => None,
        };
        let line = hits.first().map_or(0, |hit| hit.line);
        let line = i64::try_from(line).unwrap_or(i64::MAX);
        let mut again = std::mem::take(&mut self.again);
        again.each(self.scanner.signatures, message, lasting, |found| {
            let of_line = of_line.get_or_insert_with(|| OfLine {
                line,
                origin: self.origin(&record),
                citation: self.citation(begin, end, record.time),
                aside: aside(&record, message, self.scanner.zone),
            });
            starts |= found.kind.begins_run();
            self.out.facts.push(Relative {
                line: of_line.line,
                value: Fact {
                    kind: found.kind,
                    signature: found.signature,
                    citation: of_line.citation.clone(),
                    said: Said::new(found.message, citable(raw)),
                    fields: found.fields,
                    multi: found.multi,
                    origin: of_line.origin,
                    aside: of_line.aside.clone(),
                },
            });
        });
        self.again = again;
        if starts {
            self.before_start(begin, line);
        }
    }

    /// The hits as literals of a message that stands in the block.
    fn seen<'h>(&self, message: &[u8], hits: &'h [Hit]) -> Option<Seen<'h>> {
        let own = self.scanner.signatures.prefilter();
        // Another prefilter numbers its literals otherwise.
        if !std::ptr::eq(self.scanner.prefilter, own) {
            return None;
        }
        let begin = said::place(message, self.bytes)?.start;
        let at = begin.checked_sub(self.own.start)?;
        Some(Seen { hits, at })
    }

    /// Whether the record goes on with a line that began in an earlier record: what it says is then
    /// in the middle of a long line, and no startup line.
    fn continues(&mut self, begin: usize, record: &Record<'_>) -> bool {
        if self.whole_before(begin) {
            self.after_whole = begin;
            return false;
        }
        let mut at = begin;
        for _ in 0..4 {
            let Some(end) = at.checked_sub(1).filter(|end| *end > 0) else {
                return false;
            };
            let before =
                memchr::memrchr(b'\n', &self.bytes[..end]).map_or(0, |newline| newline + 1);
            if let Ok(earlier) = self.scanner.format.parse(&self.bytes[before..end]) {
                if earlier.stream == record.stream && same_origin(&earlier, record) {
                    return earlier.partial
                        && (earlier.time == record.time || record.time.is_none());
                }
            } else if before == 0 && self.offset != self.own.start as u64 {
                // Cut by the context's limit: a piece is longer than the context.
                return ends_partial(self.scanner.format, &self.bytes[before..end], record);
            }
            at = before;
        }
        false
    }

    /// Whether the records before `begin` are whole lines, as far as it shows without decoding them.
    fn whole_before(&self, begin: usize) -> bool {
        if self.scanner.format != LogFormat::JsonFile {
            return false;
        }
        let mut at = begin;
        for _ in 0..4 {
            if at == self.after_whole {
                return true;
            }
            let Some(end) = at.checked_sub(1).filter(|end| *end > 0) else {
                return true;
            };
            let before =
                memchr::memrchr(b'\n', &self.bytes[..end]).map_or(0, |newline| newline + 1);
            if !ends_whole(&self.bytes[before..end]) {
                return false;
            }
            at = before;
        }
        true
    }

    /// The whole line of which `record` is the first piece, as far as the block holds it.
    fn join(&self, record: &Record<'_>, end: usize) -> Vec<u8> {
        let mut whole = record.message.to_vec();
        let mut at = end + 1;
        for _ in 0..PIECES {
            if at >= self.own.end {
                break;
            }
            let (_, next) = self.line_around(at);
            if let Ok(piece) = self.scanner.format.parse(&self.bytes[at..next])
                && piece.stream == record.stream
                && same_origin(&piece, record)
            {
                whole.extend_from_slice(&piece.message);
                if !piece.partial {
                    return whole;
                }
            }
            at = next + 1;
        }
        whole
    }

    /// The first and last times of the block.
    fn window(&mut self) {
        let format = self.scanner.format;
        let mut at = self.own.start;
        for _ in 0..32 {
            if at >= self.own.end || self.out.from.is_some() {
                break;
            }
            let (_, end) = self.line_around(at);
            self.out.from = format.time(&self.bytes[at..end]);
            at = end + 1;
        }
        let mut end = self.own.end;
        for _ in 0..32 {
            if end <= self.own.start || self.out.to.is_some() {
                break;
            }
            let stop = if self.bytes[end - 1] == b'\n' {
                end - 1
            } else {
                end
            };
            let begin = self.line_begin(stop);
            self.out.to = format.time(&self.bytes[begin..stop]);
            end = begin;
        }
        for fact in &self.out.facts {
            let time = fact.value.citation.time;
            self.out.from = [self.out.from, time].into_iter().flatten().min();
            self.out.to = self.out.to.max(time);
        }
    }

    /// Keeps what stands before the moments at which containers ended.
    fn at_ends(&mut self) {
        let (Some(from), Some(to)) = (self.out.from, self.out.to) else {
            return;
        };
        let ends = self.scanner.ends;
        let first = ends.partition_point(|end| *end + AFTER_DEATH < from);
        let last = ends.partition_point(|end| *end <= to);
        for end in &ends[first..last.max(first)] {
            let at = self.first_after(*end + AFTER_DEATH);
            self.keep_before(at, None, LAST_LINES);
        }
    }

    /// The first own line that was written after `time`, by bisection: lines are in order but for
    /// the jitter of two pipes.
    fn first_after(&self, time: Time) -> usize {
        let (mut low, mut high) = (self.own.start, self.own.end);
        while low < high {
            let middle = low + (high - low) / 2;
            let (begin, end) = self.line_around(middle);
            let begin = begin.max(low);
            if self
                .scanner
                .format
                .time(&self.bytes[begin..end])
                .is_none_or(|at| at <= time)
            {
                low = (end + 1).min(high);
            } else {
                high = begin;
            }
        }
        low
    }

    /// Keeps what stands before the line, which has that number and starts a run.
    fn before_start(&mut self, begin: usize, line: i64) {
        let BeforeStarts { lines, worth } = self.scanner.before_starts;
        let before = &self.bytes[..begin];
        // The last line end is that of the line right before.
        let from = memchr::memrchr_iter(b'\n', before).nth(lines);
        if worth(&before[from.unwrap_or(0)..]) {
            self.keep_before(begin, Some(line), lines);
        }
    }

    /// Keeps the lines that end at `position`, at most so many. `line` is the number of the line that
    /// begins there, where it is known.
    fn keep_before(&mut self, position: usize, line: Option<i64>, most: usize) {
        let bytes = self.bytes;
        let mut end = position;
        let mut kept = 0;
        let mut after = line;
        let before = self.out.last_lines.len();
        while end > 0 && kept < most {
            let stop = if bytes[end - 1] == b'\n' {
                end - 1
            } else {
                end
            };
            let newline = memchr::memrchr(b'\n', &bytes[..stop]);
            // A line that begins before the context was cut off.
            let begin = match newline {
                Some(newline) => newline + 1,
                None if self.own.start == 0 || self.offset == self.own.start as u64 => 0,
                None => break,
            };
            let line = match after {
                Some(after) => after - 1,
                None => self.line_number(begin),
            };
            after = Some(line);
            let known = &self.out.last_lines[..before];
            if known
                .binary_search_by_key(&line, |known| known.line)
                .is_ok()
            {
                break;
            }
            let raw = &bytes[begin..stop];
            if let Ok(record) = self.scanner.format.parse(raw) {
                let origin = self.origin(&record);
                let message = match &record.message {
                    Cow::Borrowed(message) => clean(message),
                    Cow::Owned(message) => Cow::Owned(clean(message).into_owned()),
                };
                if !message.trim().is_empty() {
                    let said = Said::new(message, citable(raw));
                    let citation = self.citation_again(line, begin, stop, record.time);
                    self.out.last_lines.push(Relative {
                        line,
                        value: LastLine {
                            origin,
                            citation,
                            said,
                        },
                    });
                }
            }
            kept += 1;
            end = begin;
        }
        // What came before is in order, and mostly all of it stands before these.
        let (known, more) = self.out.last_lines.split_at_mut(before);
        more.reverse();
        if let (Some(last), Some(first)) = (known.last(), more.first())
            && last.line > first.line
        {
            self.out.last_lines.sort_by_key(|line| line.line);
        }
    }

    /// Looks whether the last line is a piece of one that goes on.
    fn goes_on(&mut self) {
        let own = &self.bytes[self.own.clone()];
        let own = own.strip_suffix(b"\n").unwrap_or(own);
        let begin = memchr::memrchr(b'\n', own).map_or(0, |newline| newline + 1);
        if let Ok(record) = self.scanner.format.parse(&own[begin..])
            && record.partial
        {
            self.out.goes_on = record.time;
        }
    }

    fn origin(&mut self, record: &Record<'_>) -> u32 {
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

    /// Cites a line; its text is due at the [end](Self::finish).
    fn citation(&mut self, begin: usize, end: usize, time: Option<Time>) -> Citation {
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

    /// As [`Self::citation`], of a line that a fact may cite already.
    fn citation_again(
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

    /// What was found, with its texts.
    fn finish(self) -> Scanned {
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

    /// The line that `position` is in: its first byte, and its line end (or the end of the block).
    fn line_around(&self, position: usize) -> (usize, usize) {
        let end = memchr::memchr(b'\n', &self.bytes[position..self.own.end])
            .map_or(self.own.end, |at| position + at);
        (self.line_begin(position), end)
    }

    fn line_begin(&self, position: usize) -> usize {
        memchr::memrchr(b'\n', &self.bytes[self.own.start.min(position)..position])
            .map_or(self.own.start.min(position), |at| self.own.start + at + 1)
    }

    /// The number of the line that begins at `begin`, relative to the first own line. Counts on from
    /// where it counted last, so that going forward costs each line end once.
    fn line_number(&mut self, begin: usize) -> i64 {
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

/// What all facts of one line have in common.
struct OfLine {
    line: i64,
    origin: u32,
    citation: Citation,
    aside: Option<Box<Aside>>,
}

/// What few logs tell of a line: the time in its message where the record has none, and the life of
/// its container.
fn aside(record: &Record<'_>, message: &[u8], zone: Option<&Zone>) -> Option<Box<Aside>> {
    let untimed = record.time.is_none();
    let said_time = untimed.then(|| said_time(message, zone)).flatten();
    let origin = record.origin.as_ref();
    let epoch = origin.and_then(|origin| origin.epoch.as_deref());
    (said_time.is_some() || epoch.is_some()).then(|| {
        Box::new(Aside {
            said_time,
            epoch: epoch.map(Box::from),
        })
    })
}

/// Whether a record is the last or only piece of its line, as the driver writes it: nothing but its
/// stream and a time after the line end.
fn ends_whole(record: &[u8]) -> bool {
    const END: &[u8] = b"\\n\",\"stream\":\"std";
    // `out","time":"2026-01-02T03:04:05Z"}` to `err","time":"2026-01-02T03:04:05.123456789+01:00"}`
    // Nearly all have nine digits, or fewer by the zeros at their end.
    (35..=45).rev().chain(46..=50).any(|after| {
        record.len().checked_sub(after).is_some_and(|end| {
            record[..end]
                .strip_suffix(END)
                .is_some_and(|text| !text.ends_with(b"\\"))
        })
    })
}

/// The time that the application wrote.
fn said_time(message: &[u8], zone: Option<&Zone>) -> Option<SaidTime> {
    let assumed = zone.unwrap_or(&Zone::Utc);
    let text = message.trim_ascii_start();
    let written = if text.starts_with(b"{") {
        let object: serde_json::Value = serde_json::from_slice(text).ok()?;
        let value = ["timestamp", "time", "ts", "@timestamp"]
            .iter()
            .find_map(|key| object.get(*key)?.as_str())?;
        leading_time(value.as_bytes(), assumed, None)
    } else {
        leading_time(text, assumed, None)
    };
    written
        .filter(|(stamp, _)| !stamp.assumed_year)
        .map(|(stamp, _)| SaidTime {
            time: stamp.time,
            assumed_zone: stamp.assumed_zone && zone.is_none(),
        })
}

fn same_origin(a: &Record<'_>, b: &Record<'_>) -> bool {
    match (&a.origin, &b.origin) {
        (Some(a), Some(b)) => a.name == b.name && a.container_id == b.container_id,
        _ => true,
    }
}

/// Whether the tail of an earlier record that is cut at its front shows that its line goes on in
/// `record`: all pieces of a line have one time.
fn ends_partial(format: LogFormat, tail: &[u8], record: &Record<'_>) -> bool {
    if format != LogFormat::JsonFile || (record.time.is_some() && format.time(tail) != record.time)
    {
        return false;
    }
    let key = b"\",\"stream\":\"";
    let Some(at) = memchr::memmem::rfind(tail, key) else {
        return false;
    };
    let same = match record.stream {
        Some(Stream::Stdout) => tail[at + key.len()..].starts_with(b"stdout"),
        Some(Stream::Stderr) => tail[at + key.len()..].starts_with(b"stderr"),
        None => true,
    };
    same && !tail[..at].ends_with(b"\\n")
}

/// A message for reading: no colours, no line end, not too long.
fn clean(message: &[u8]) -> Cow<'_, str> {
    let text = lossy(message);
    // Control characters beyond ASCII begin with 0xC2.
    let plain = |b: &u8| *b >= 0x20 && *b != 0x7f && *b != 0xc2;
    if let Cow::Borrowed(text) = text
        && let Some(kept) =
            (LAST_MESSAGE.min(text.len())..=text.len()).find_map(|end| text.get(..end))
        && kept.as_bytes().iter().all(plain)
    {
        return Cow::Borrowed(kept);
    }
    let mut out = String::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if out.len() >= LAST_MESSAGE {
            break;
        }
        if c == '\u{1b}' && chars.next_if_eq(&'[').is_some() {
            while chars.next_if(|c| !('@'..='~').contains(c)).is_some() {}
            chars.next();
        } else if !c.is_control() {
            out.push(c);
        }
    }
    Cow::Owned(out)
}
