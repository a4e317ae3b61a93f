//! Counts the lines, and finds those that are odd: not of the format, or not UTF-8.

use super::block::Block;
use super::{Odd, OddLines};
use crate::formats::{LogFormat, Shape};
use crate::literals::{Beside, Scan};

/// The bytes that whole lines of this format have beside their line ends.
fn beside(format: LogFormat) -> Beside {
    match format.shape() {
        Shape::Objects => Beside::Objects,
        Shape::Times => Beside::Times,
        Shape::Free => Beside::Anything,
    }
}

impl Block<'_> {
    /// The one pass over all bytes.
    pub(super) fn find_literals(&self) -> Scan {
        let scanner = self.scanner;
        scanner
            .prefilter
            .scan(self.own_bytes(), beside(scanner.format))
    }

    /// Counts the lines, and finds those that are not of the format or not UTF-8.
    pub(super) fn check_shape(&mut self, found: &Scan) {
        let own = self.own_bytes();
        let format = self.scanner.format;
        if !format.has_shape() || (!found.odd && self.ends_look_whole()) {
            self.out.lines =
                found.line_ends + u64::from(own.last().is_some_and(|last| *last != b'\n'));
            self.utf8(found, &[]);
            return;
        }
        let malformed = self.check_lines();
        self.utf8(found, &malformed);
    }

    /// Looks at each line by itself, reports those that are not of the format, and returns their numbers.
    fn check_lines(&mut self) -> Vec<i64> {
        let own = self.own_bytes();
        let format = self.scanner.format;
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
        self.odd(Odd::Malformed(format.shape().complaint()), &malformed);
        self.odd(Odd::Nul, &nul);
        malformed
    }

    /// Whether the first and the last line are of the format: the pass looked only beside line ends.
    fn ends_look_whole(&self) -> bool {
        let own = self.own_bytes();
        let Some(first_end) = memchr::memchr(b'\n', own) else {
            return own.is_empty();
        };
        let last = own.strip_suffix(b"\n").unwrap_or(own);
        let last_begin = memchr::memrchr(b'\n', last).map_or(0, |at| at + 1);
        let format = self.scanner.format;
        format.looks_whole(&own[..first_end]) && format.looks_whole(&last[last_begin..])
    }

    /// Reports lines that are odd in the same way.
    fn odd(&mut self, what: Odd, lines: &[i64]) {
        if let Some(first) = lines.first() {
            self.out.odd.push(OddLines {
                what,
                first: *first,
                count: lines.len() as u64,
            });
        }
    }

    /// Finds the lines that are not UTF-8, in the stretches that are not. `malformed` lines are reported
    /// already.
    fn utf8(&mut self, found: &Scan, malformed: &[i64]) {
        let mut wrong = Vec::new();
        for stretch in &found.not_utf8 {
            let mut at = self.own.start + stretch.start;
            let stop = self.own.start + stretch.end;
            while let Err(error) = simdutf8::compat::from_utf8(&self.bytes[at.min(stop)..stop]) {
                let (begin, end) = self.line_around(at + error.valid_up_to());
                let line = self.line_number(begin);
                if malformed.binary_search(&line).is_err() && wrong.last() != Some(&line) {
                    wrong.push(line);
                }
                at = end + 1;
            }
        }
        self.odd(Odd::NotUtf8, &wrong);
        self.count_from_begin();
    }
}
