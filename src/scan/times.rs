//! The span of time that a block covers.

use super::block::Block;
use crate::model::Time;

/// Lines without a time that are passed over at either end of a block.
const UNTIMED: usize = 32;

impl Block<'_> {
    /// The first and last times of the block.
    pub(super) fn find_times(&mut self) {
        let format = self.scanner.format;
        let mut at = self.own.start;
        for _ in 0..UNTIMED {
            if at >= self.own.end || self.out.from.is_some() {
                break;
            }
            let (_, end) = self.line_around(at);
            self.out.from = format.time(&self.bytes[at..end]);
            at = end + 1;
        }
        let mut end = self.own.end;
        for _ in 0..UNTIMED {
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

    /// The first own line that was written after `time`, by bisection: lines are in order but for
    /// the jitter of two pipes.
    pub(super) fn first_after(&self, time: Time) -> usize {
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
}
