//! Finds many literals in bytes in one pass, and counts lines on the way.
//!
//! Every byte of a log goes through this room once, so it decides the speed of the whole program. It
//! knows nothing of logs, and imports nothing of ours. The room is finished: change it only for a
//! user's log that is slow, and put the shape of that log into the commit message.
//!
//! # How it works
//!
//! Take the literal `Started server process` and the line `INFO:     Started server process [7]`.
//!
//! 1. **Dealing** ([`LiteralSet::new`]). A *window* is six consecutive bytes of a literal (seven
//!    without AVX-512). Only every second place of a block is looked at, so two windows of each literal
//!    are dealt: one at an even and one at an odd distance from its begin, such as `d serv` (6) and
//!    `tarted` (1). Wherever the literal stands, one of them begins at a place that is looked at. Each
//!    window goes to one of eight *buckets*. Which windows, and which buckets, is a search: the choice
//!    should let little ordinary text pass. For each position of a window a table says, for a byte,
//!    which buckets hold a window with that byte there: one bit a bucket.
//! 2. **A step** looks up 64 places at once: the byte at the place in the first table, the next byte
//!    in the second, and so on, and joins the answers with AND. A bit that survives all positions means
//!    that each byte fits some window of that bucket. The same step notes line ends and bytes that are
//!    not ASCII.
//! 3. **What passes** is the place of `d serv` in our line (or, in a line with one blank less, that
//!    of `tarted`), and now and then a mixture of several windows of one bucket. The five bytes at the
//!    place are hashed. All windows with that hash have some bytes in common: up to eight at the place,
//!    and up to eight elsewhere in their literals. Both are compared without a branch. Even in a log
//!    full of words that literals have, five steps in a thousand are left.
//! 4. **What is compared.** Only at those places the literals with that hash are compared as a whole,
//!    first by their last eight bytes, which they seldom share. What is equal is a [`Hit`], with its
//!    line.
//!
//! Machines that cannot look many bytes up at once (below SSE 4.2 or NEON) use an automaton of the crate
//! `aho-corasick` instead, with the same results.
//!
//! ```
//! use whystart::literals::{Beside, LiteralSet};
//!
//! let set = LiteralSet::new(["Started server process", "server process"]);
//! let block = b"GET / 200\nINFO:     Started server process [7]\n";
//!
//! let scan = set.scan(block, Beside::Anything);
//! let mut hits: Vec<_> = scan.hits.iter().map(|hit| (hit.line, hit.begin, hit.literal)).collect();
//! hits.sort_unstable();
//! assert_eq!(hits, [(1, 20, 0), (1, 28, 1)]);
//! assert_eq!((scan.line_ends, scan.odd), (2, false));
//!
//! let mut found = Vec::new();
//! set.visit(b"a server process", |begin, literal| found.push((begin, literal)));
//! assert_eq!(found, [(2, 1)]);
//! ```

mod automaton;
mod beside;
mod eight;
mod fingerprint;
mod pass;

#[cfg(test)]
mod tests;

pub use beside::Beside;

use automaton::Automaton;
use fearless_simd::Level;
use fingerprint::Fingerprints;
use std::ops::Range;

/// A set of literals, ready to be found from any thread.
#[derive(Clone, Debug)]
pub struct LiteralSet(Finder);

/// How the literals are found.
#[derive(Clone, Debug)]
enum Finder {
    Vectors(Box<Fingerprints>),
    Automaton(Automaton),
}

/// What a scan of a block found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scan {
    /// Literals, in the order of their lines. Literals that overlap are all found.
    pub hits: Vec<Hit>,
    /// How many line ends there are.
    pub line_ends: u64,
    /// The bytes beside some line end are not the wanted ones.
    pub odd: bool,
    /// Stretches in which some byte is not UTF-8, in order. They begin and end between characters; how
    /// much valid text stands around the bytes depends on the machine.
    pub not_utf8: Vec<Range<usize>>,
}

/// A place where a literal stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hit {
    /// The offset of its first byte.
    pub begin: usize,
    /// Its number: its place among the set's literals.
    pub literal: usize,
    /// How many line ends stand before it.
    pub line: u64,
}

impl LiteralSet {
    /// Prepares these literals, numbered from 0 in their order. Empty ones are left out and get no number.
    /// None may hold a line end.
    #[must_use]
    pub fn new<I>(literals: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        let mut literals: Vec<String> = literals.into_iter().map(Into::into).collect();
        literals.retain(|literal| !literal.is_empty());
        let level = Level::new();
        let automaton = (!looks_bytes_up(level)).then(|| Automaton::new(&literals));
        // An automaton is refused only if it would be too large to be numbered.
        Self(match automaton.flatten() {
            Some(automaton) => Finder::Automaton(automaton),
            None => Finder::Vectors(Box::new(Fingerprints::dealt_for(level, &literals))),
        })
    }

    /// Scans a block of whole lines.
    #[must_use]
    pub fn scan(&self, block: &[u8], beside: Beside) -> Scan {
        let fingerprints = match &self.0 {
            Finder::Automaton(automaton) => return automaton.scan(block, beside),
            Finder::Vectors(fingerprints) => fingerprints,
        };
        let mut hits = Vec::new();
        let mut scan = pass::pass(fingerprints, block, beside, &mut |at, line| {
            // No literal holds a line end, so it stands in the line in which it begins.
            fingerprints.literals(block, at, |begin, literal| {
                hits.push(Hit {
                    begin,
                    literal,
                    line,
                });
            });
        });
        scan.hits = hits;
        scan
    }

    /// Calls `take` with the begin and the number of each literal in a text. Literals that overlap are
    /// all found.
    pub fn visit(&self, text: &[u8], mut take: impl FnMut(usize, usize)) {
        match &self.0 {
            Finder::Automaton(automaton) => automaton.visit(text, take),
            Finder::Vectors(fingerprints) => {
                pass::pass(fingerprints, text, Beside::Anything, &mut |at, _| {
                    fingerprints.literals(text, at, &mut take);
                });
            }
        }
    }
}

/// Whether this machine looks many bytes up in a table at once.
fn looks_bytes_up(level: Level) -> bool {
    #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
    return level.as_sse4_2().is_some();
    #[cfg(not(any(target_arch = "x86", target_arch = "x86_64")))]
    return !level.is_fallback();
}
