//! The lines of a document: their numbers, places and citations, and what is wrong with some.

use super::Problem;
use crate::model::{Citation, InputId, LineFault, Place, Text, Time};

/// A document's bytes with the place of each line.
pub(crate) struct Lines<'a> {
    bytes: &'a [u8],
    starts: Vec<usize>,
}

impl<'a> Lines<'a> {
    /// Finds the lines of `bytes`.
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        let mut starts = Vec::new();
        if !bytes.is_empty() {
            starts.push(0);
        }
        starts.extend(
            memchr::memchr_iter(b'\n', bytes)
                .map(|end| end + 1)
                .filter(|&start| start < bytes.len()),
        );
        Self { bytes, starts }
    }

    /// How many there are; a last one without a line end counts.
    pub(crate) fn len(&self) -> usize {
        self.starts.len()
    }

    /// The same as a field of [`Parsed`](super::Parsed).
    pub(crate) fn count(&self) -> u64 {
        self.starts.len() as u64
    }

    /// The index (from 0) of the line that holds the byte at `offset`.
    pub(crate) fn index_at(&self, offset: usize) -> usize {
        self.starts
            .partition_point(|&start| start <= offset)
            .saturating_sub(1)
    }

    /// The offset of the line's first byte.
    pub(crate) fn start(&self, index: usize) -> usize {
        self.starts.get(index).copied().unwrap_or(self.bytes.len())
    }

    /// The line without its line end.
    pub(crate) fn text(&self, index: usize) -> &'a [u8] {
        let line = self
            .bytes
            .get(self.start(index)..self.start(index + 1))
            .unwrap_or_default();
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        line.strip_suffix(b"\r").unwrap_or(line)
    }

    /// Cites the line.
    pub(crate) fn cite(&self, input: InputId, index: usize, time: Option<Time>) -> Citation {
        cite(
            input,
            index as u64 + 1,
            self.start(index) as u64,
            time,
            self.text(index),
        )
    }
}

/// Builds the citation of `line_bytes` (one line, without its line end).
pub(super) fn cite(
    input: InputId,
    line: u64,
    offset: u64,
    time: Option<Time>,
    line_bytes: &[u8],
) -> Citation {
    Citation {
        place: Place {
            input,
            line,
            offset,
        },
        time,
        text: Text::cited(line_bytes),
    }
}

/// Collects problems; a run of bad lines becomes one.
#[derive(Default)]
pub(crate) struct Problems {
    list: Vec<Problem>,
    /// The last bad line, and whether its problem is the last of the list.
    last: Option<u64>,
    assumed: Vec<(u64, LineFault)>,
}

impl Problems {
    /// Line `index` (from 0) was left out.
    pub(crate) fn bad(&mut self, index: usize, what: LineFault) {
        let line = index as u64 + 1;
        match self.list.last_mut() {
            Some(problem) if self.last.is_some_and(|last| last + 1 >= line) => {
                problem.skipped += u64::from(self.last != Some(line));
            }
            _ => self.list.push(Problem {
                line,
                what,
                skipped: 1,
            }),
        }
        self.last = Some(line);
    }

    /// Line `index` (from 0) was read under an assumption. Said once a document for each assumption.
    pub(crate) fn assumed(&mut self, index: usize, what: LineFault) {
        if self.assumed.iter().all(|(_, said)| *said != what) {
            self.assumed.push((index as u64 + 1, what));
        }
    }

    /// Takes over what is wrong with the lines that follow the first `lines` ones.
    pub(crate) fn follow(&mut self, other: Self, lines: u64) {
        let begins = self.last.is_some_and(|last| last == lines);
        for mut problem in other.list {
            let goes_on = begins && problem.line == 1;
            problem.line += lines;
            match self.list.last_mut() {
                // A run of bad lines is one problem, and the first of them says what it is.
                Some(before) if goes_on => before.skipped += problem.skipped,
                _ => self.list.push(problem),
            }
        }
        self.last = other.last.map(|last| last + lines).or(self.last);
        for (line, what) in other.assumed {
            if self.assumed.iter().all(|(_, said)| *said != what) {
                self.assumed.push((line + lines, what));
            }
        }
    }

    /// Takes over what `other` was told to assume.
    pub(crate) fn join(&mut self, other: Self) {
        self.assumed.extend(other.assumed);
    }

    /// All problems, by line.
    pub(crate) fn into_list(mut self) -> Vec<Problem> {
        self.list
            .extend(self.assumed.into_iter().map(|(line, what)| Problem {
                line,
                what,
                skipped: 0,
            }));
        self.list.sort_by_key(|problem| problem.line);
        self.list
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_found_with_any_line_end() {
        let lines = Lines::new(b"a\r\nbc\n\nd");
        assert_eq!(lines.len(), 4);
        let texts: Vec<&[u8]> = (0..lines.len()).map(|index| lines.text(index)).collect();
        assert_eq!(texts, [&b"a"[..], b"bc", b"", b"d"]);
        assert_eq!(lines.start(1), 3);
        assert_eq!(lines.index_at(0), 0);
        assert_eq!(lines.index_at(2), 0);
        assert_eq!(lines.index_at(3), 1);
        assert_eq!(lines.index_at(7), 3);
        assert_eq!(Lines::new(b"").len(), 0);
        assert_eq!(Lines::new(b"a\n").len(), 1);
        assert_eq!(Lines::new(b"a").text(9), b"");
    }

    #[test]
    fn a_run_of_bad_lines_is_one_problem() {
        let mut problems = Problems::default();
        problems.bad(2, LineFault::Cut);
        problems.bad(3, LineFault::NotJson);
        problems.bad(3, LineFault::NotJson);
        problems.bad(7, LineFault::Cut);
        problems.assumed(5, LineFault::ZoneAssumed);
        problems.assumed(6, LineFault::ZoneAssumed);
        let list = problems.into_list();
        let seen: Vec<(u64, u64)> = list.iter().map(|p| (p.line, p.skipped)).collect();
        assert_eq!(seen, [(3, 2), (6, 0), (8, 1)]);
    }
}
