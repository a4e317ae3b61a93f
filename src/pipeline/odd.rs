//! What is wrong with the lines of one input. Each fault is said once, however many lines have it.

use crate::model::limits::MOST_ODDITIES;
use crate::model::warning::LineWarning;
use crate::model::{LineFault, Warning};

/// Odd lines of one input, by what is odd about them.
#[derive(Clone, Debug, Default)]
pub(super) struct OddLines {
    kinds: Vec<Kind>,
    others: u64,
}

#[derive(Clone, Copy, Debug)]
struct Kind {
    fault: LineFault,
    first: u64,
    count: u64,
}

impl OddLines {
    /// Adds `count` lines with the same fault; `line` is the first of them.
    pub(super) fn add(&mut self, line: u64, fault: LineFault, count: u64) {
        if let Some(kind) = self.kinds.iter_mut().find(|kind| kind.fault == fault) {
            kind.first = kind.first.min(line);
            kind.count += count;
        } else if self.kinds.len() < MOST_ODDITIES {
            self.kinds.push(Kind {
                fault,
                first: line,
                count,
            });
        } else {
            self.others += count;
        }
    }

    /// One warning for each fault, by line.
    pub(super) fn warnings(&self) -> Vec<Warning> {
        let mut kinds = self.kinds.clone();
        kinds.sort_by_key(|kind| kind.first);
        let mut warnings: Vec<Warning> = kinds
            .into_iter()
            .map(|kind| Warning::Line {
                line: kind.first,
                what: LineWarning::Odd {
                    fault: kind.fault,
                    count: kind.count,
                },
            })
            .collect();
        if self.others > 0 {
            warnings.push(Warning::MoreOddLines(self.others));
        }
        warnings
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_is_said_once_with_its_first_line_and_the_number_of_lines() {
        let mut odd = OddLines::default();
        odd.add(9, LineFault::Cut, 1);
        odd.add(6, LineFault::NotEvent, 2);
        odd.add(3, LineFault::NotEvent, 5);
        let said: Vec<String> = odd.warnings().iter().map(Warning::to_string).collect();
        assert_eq!(
            said,
            ["line 3: is no event (7 such lines)", "line 9: is cut"]
        );
    }

    #[test]
    fn the_number_of_warnings_is_bounded() {
        let mut odd = OddLines::default();
        for (line, fault) in (1..).zip([
            LineFault::Nul,
            LineFault::NotUtf8,
            LineFault::TooLong,
            LineFault::NotWholeJson,
            LineFault::NoTime,
            LineFault::Cut,
            LineFault::InvalidJson,
            LineFault::NotJson,
            LineFault::NotEvent,
            LineFault::OtherJson,
        ]) {
            odd.add(line, fault, 10);
        }
        let warnings = odd.warnings();
        assert_eq!(warnings.len(), MOST_ODDITIES + 1);
        assert_eq!(warnings[MOST_ODDITIES], Warning::MoreOddLines(20));
    }
}
