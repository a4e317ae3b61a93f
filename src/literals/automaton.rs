//! The same answers as the vector pass, from an Aho-Corasick automaton: for machines that cannot look many
//! bytes up at once.

use super::beside::{Beside, Wanted, is_odd_in};
use super::{Hit, Scan};
use aho_corasick::AhoCorasick;

/// The literals as one automaton.
#[derive(Clone, Debug)]
pub(super) struct Automaton(AhoCorasick);

impl Automaton {
    /// `None` if they are too many for an automaton.
    pub(super) fn new(literals: &[String]) -> Option<Self> {
        AhoCorasick::new(literals).ok().map(Self)
    }

    /// As [`LiteralSet::scan`](super::LiteralSet::scan).
    pub(super) fn scan(&self, block: &[u8], beside: Beside) -> Scan {
        let wanted = Wanted::beside(beside);
        let line_ends: Vec<usize> = memchr::memchr_iter(b'\n', block).collect();
        let mut hits = Vec::new();
        let mut line = 0;
        // They come in the order of their ends, and so in that of their lines.
        self.visit(block, |begin, literal| {
            line += line_ends[line..]
                .iter()
                .take_while(|end| **end < begin)
                .count();
            hits.push(Hit {
                begin,
                literal,
                line: line as u64,
            });
        });
        let mut not_utf8 = Vec::new();
        if simdutf8::basic::from_utf8(block).is_err() {
            not_utf8.push(0..block.len());
        }
        let odd = |end: &usize| is_odd_in(block, *end, wanted);
        Scan {
            hits,
            line_ends: line_ends.len() as u64,
            odd: line_ends.iter().any(odd),
            not_utf8,
        }
    }

    /// As [`LiteralSet::visit`](super::LiteralSet::visit).
    pub(super) fn visit(&self, text: &[u8], mut take: impl FnMut(usize, usize)) {
        for found in self.0.find_overlapping_iter(text) {
            take(found.start(), found.pattern().as_usize());
        }
    }
}
