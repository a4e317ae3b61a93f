//! Finds the signatures' literals in raw bytes: the one thing done to every byte of a log.
//!
//! A log holds a handful of lines that matter among millions, so this scan decides the speed of
//! the whole program; see `survey` for how it is done.

use super::fingerprint::Fingerprints;
use super::survey::{self, Beside, Survey};
use fearless_simd::Level;

/// Finds where one of a set of literals stands.
#[derive(Clone, Debug)]
pub struct Prefilter {
    literals: Vec<String>,
    fingerprints: Fingerprints,
}

impl Prefilter {
    /// A prefilter for these literals. Empty ones are ignored, and the same ones are one.
    #[must_use]
    pub fn new<I>(literals: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        let mut literals: Vec<String> = literals.into_iter().map(Into::into).collect();
        literals.retain(|literal| !literal.is_empty());
        literals.sort_unstable();
        literals.dedup();
        Self {
            fingerprints: Fingerprints::of(&literals, Level::new()),
            literals,
        }
    }

    /// The offsets of the hits in a text, in the order of their lines. A line may be hit more than once.
    #[must_use]
    pub fn find(&self, text: &[u8]) -> Vec<usize> {
        let hits = self.survey(text, Beside::Anything).hits;
        hits.into_iter().map(|hit| hit.begin).collect()
    }

    /// Calls `take` with the begin of each literal in a text, and its place in [`Self::literals`].
    /// Literals that overlap are all found.
    pub(super) fn each(&self, text: &[u8], mut take: impl FnMut(usize, usize)) {
        survey::literals_in(&self.fingerprints, text, &mut take);
    }

    /// The one pass over whole lines.
    pub(super) fn survey(&self, text: &[u8], beside: Beside) -> Survey {
        survey::survey(&self.fingerprints, text, beside)
    }

    /// The literals searched for, in order.
    #[must_use]
    pub fn literals(&self) -> &[String] {
        &self.literals
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hits(prefilter: &Prefilter, block: &str) -> Vec<usize> {
        prefilter.find(block.as_bytes())
    }

    #[test]
    fn hits_are_offsets_in_order() {
        let prefilter = Prefilter::new(["server process", "connection pool"]);
        let block = "a server process, a connection pool, a server process";
        assert_eq!(hits(&prefilter, block), [2, 20, 39]);
    }

    #[test]
    fn literals_that_overlap_are_all_named() {
        let prefilter = Prefilter::new(["server process", "process", "process", "", "Started ser"]);
        assert_eq!(
            prefilter.literals(),
            ["Started ser", "process", "server process"]
        );
        let mut found = Vec::new();
        prefilter.each(b"Started server process [1]", |begin, literal| {
            found.push((begin, literal));
        });
        found.sort_unstable();
        assert_eq!(found, [(0, 0), (8, 2), (15, 1)]);
    }

    #[test]
    fn no_literals_give_no_hits() {
        assert!(hits(&Prefilter::new(Vec::<String>::new()), "anything").is_empty());
    }

    #[test]
    fn very_many_literals_are_found() {
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
