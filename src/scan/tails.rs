//! The lines from before the ends and starts of runs.

use super::block::Block;
use super::{BeforeStarts, LAST_LINES, Relative};
use crate::model::Said;
use crate::model::log::LastLine;
use crate::model::text::{citable, lossy};
use chrono::TimeDelta;
use std::borrow::Cow;
use std::ops::Range;

/// Bytes of a message kept with such a line.
const LAST_MESSAGE: usize = 400;
/// A line written a moment after the engine saw the process die still belongs to its run.
const AFTER_DEATH: TimeDelta = TimeDelta::milliseconds(50);

impl Block<'_> {
    /// Keeps what stands before the moments at which containers ended.
    pub(super) fn keep_before_ends(&mut self) {
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

    /// Keeps what stands before a line that starts a run. It begins at `begin` and has this number.
    pub(super) fn keep_before_start(&mut self, begin: usize, line: i64) {
        let BeforeStarts { lines, worth } = self.scanner.before_starts;
        let before = &self.bytes[..begin];
        // The last line end is that of the line right before.
        let from = memchr::memrchr_iter(b'\n', before).nth(lines);
        if worth(&before[from.unwrap_or(0)..]) {
            self.keep_before(begin, Some(line), lines);
        }
    }

    /// Keeps at most `most` lines that end at `position`. `line` is the number of the line that begins
    /// there, where it is known.
    pub(super) fn keep_before(&mut self, position: usize, line: Option<i64>, most: usize) {
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
                None if self.own.start == 0 || self.has_begin() => 0,
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
            let last_line = self.last_line(line, begin..stop);
            self.out.last_lines.extend(last_line);
            kept += 1;
            end = begin;
        }
        // The lines kept before are in order, and mostly all stand before these.
        let (known, more) = self.out.last_lines.split_at_mut(before);
        more.reverse();
        if let (Some(last), Some(first)) = (known.last(), more.first())
            && last.line > first.line
        {
            self.out.last_lines.sort_by_key(|line| line.line);
        }
    }

    /// The line `at`, for reading; `None` if it says nothing.
    fn last_line(&mut self, line: i64, at: Range<usize>) -> Option<Relative<LastLine>> {
        let raw = &self.bytes[at.clone()];
        let record = self.scanner.format.parse(raw).ok()?;
        let origin = self.origin(&record);
        let message = match &record.message {
            Cow::Borrowed(message) => clean(message),
            Cow::Owned(message) => Cow::Owned(clean(message).into_owned()),
        };
        if message.trim().is_empty() {
            return None;
        }
        let said = Said::new(message, citable(raw));
        let citation = self.citation_again(line, at.start, at.end, record.time);
        let value = LastLine {
            origin,
            citation,
            said,
        };
        Some(Relative { line, value })
    }
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
