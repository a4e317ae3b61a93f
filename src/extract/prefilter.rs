//! Finds the signatures' literals in raw bytes: the one thing done to every byte of a log.
//!
//! A log holds a handful of lines that matter among millions, so this scan decides the speed of
//! the whole program. It uses the SIMD searcher directly, because the general automaton gives it
//! up at a number of literals that ours (long, rare, few per bucket) still serve well.

use aho_corasick::{AhoCorasick, MatchKind, packed};

/// The order of the built-in packs' literals.
///
/// The searcher deals them to eight buckets in turn and compares four bytes of each bucket's
/// literals at once, so literals whose first bytes mix badly must not share one. This order (and
/// the cut of each literal's first letters) was found by annealing on ordinary log lines; it
/// halves the time of the scan against the alphabet. Others come after, sorted.
const ORDER: [&str; 32] = [
    "eload",
    ".Node",
    "(pid:",
    " started",
    "on pool",
    "exited",
    "rving ",
    "connections",
    "tdown",
    "GRADED",
    "PID: ",
    " nginx/",
    "nd reconnec",
    "ocess [",
    "stening",
    "kariPool-",
    "ignal",
    "Reason: ",
    "init process",
    "utting down",
    "ol created",
    "shut down",
    "stopp",
    "celery@",
    "uming normal",
    "ker process",
    "ith pid",
    "unning",
    "ol state",
    "artup ",
    "arting",
    "nnection attempt ",
];

/// Finds where one of a set of literals stands.
#[derive(Clone, Debug)]
pub struct Prefilter {
    literals: Vec<String>,
    searcher: Searcher,
}

#[derive(Clone, Debug)]
enum Searcher {
    /// No literal, so no hit.
    Nothing,
    Packed(packed::Searcher),
    Automaton(AhoCorasick),
}

impl Prefilter {
    /// A prefilter for these literals. One that contains another adds nothing and is dropped;
    /// empty ones are ignored.
    #[must_use]
    pub fn new<I>(literals: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        let literals = shortest(literals.into_iter().map(Into::into).collect());
        let searcher = Searcher::of(&literals);
        Self { literals, searcher }
    }

    /// The offsets of the hits in a block, in order. A line may be hit more than once.
    pub fn find_iter<'h>(&'h self, block: &'h [u8]) -> impl Iterator<Item = usize> + 'h {
        let (packed, automaton) = match &self.searcher {
            Searcher::Nothing => (None, None),
            Searcher::Packed(searcher) => (Some(searcher.find_iter(block)), None),
            Searcher::Automaton(searcher) => (None, Some(searcher.find_iter(block))),
        };
        let packed = packed.into_iter().flatten().map(|hit| hit.start());
        let automaton = automaton.into_iter().flatten().map(|hit| hit.start());
        packed.chain(automaton)
    }

    /// The literals searched for, none of them contained in another.
    #[must_use]
    pub fn literals(&self) -> &[String] {
        &self.literals
    }
}

impl Searcher {
    fn of(literals: &[String]) -> Self {
        if literals.is_empty() {
            return Self::Nothing;
        }
        let mut config = packed::Config::new();
        config.match_kind(packed::MatchKind::LeftmostFirst);
        config.heuristic_pattern_limits(false);
        if let Some(searcher) = config.builder().extend(literals).build() {
            return Self::Packed(searcher);
        }
        AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostFirst)
            .build(literals)
            .map_or(Self::Nothing, Self::Automaton)
    }
}

/// In order, without duplicates, and without those that contain another.
fn shortest(mut literals: Vec<String>) -> Vec<String> {
    let rank = |literal: &str| ORDER.iter().position(|known| *known == literal);
    literals.retain(|literal| !literal.is_empty());
    literals.sort_by_cached_key(|literal| (rank(literal).unwrap_or(ORDER.len()), literal.clone()));
    literals.dedup();
    let all = literals.clone();
    literals.retain(|literal| {
        !all.iter()
            .any(|other| other != literal && literal.contains(other.as_str()))
    });
    literals
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hits(prefilter: &Prefilter, block: &str) -> Vec<usize> {
        prefilter.find_iter(block.as_bytes()).collect()
    }

    #[test]
    fn hits_are_offsets_in_order() {
        let prefilter = Prefilter::new(["server process", "connection pool"]);
        let block = "a server process, a connection pool, a server process";
        assert_eq!(hits(&prefilter, block), [2, 20, 39]);
    }

    #[test]
    fn a_literal_that_contains_another_adds_nothing() {
        let prefilter = Prefilter::new(["server process", "process", "process", ""]);
        assert_eq!(prefilter.literals(), ["process"]);
        assert_eq!(hits(&prefilter, "Started server process [1]"), [15]);
    }

    #[test]
    fn the_order_names_exactly_the_literals_of_the_built_in_packs() {
        let signatures = crate::extract::Signatures::builtin().unwrap();
        assert_eq!(signatures.prefilter().literals(), ORDER);
    }

    #[test]
    fn no_literals_give_no_hits() {
        assert!(hits(&Prefilter::new(Vec::<String>::new()), "anything").is_empty());
    }

    #[test]
    fn more_literals_than_the_fast_searcher_takes_are_still_found() {
        let many = (0..300).map(|n| format!("literal {n:03}!"));
        let prefilter = Prefilter::new(many);
        assert_eq!(hits(&prefilter, "x literal 299! y literal 000!"), [2, 17]);
    }

    #[test]
    fn a_hit_at_any_place_of_a_short_or_long_block_is_found() {
        let prefilter = Prefilter::new(["hutting down", "pplication s"]);
        for before in 0..130 {
            for after in [0, 1, 40] {
                let block = format!("{}Shutting down{}", "x".repeat(before), "y".repeat(after));
                assert_eq!(hits(&prefilter, &block), [before + 1]);
            }
        }
    }
}
