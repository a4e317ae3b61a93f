//! Windows of the literals, dealt to eight buckets so that ordinary text passes few of them.
//!
//! A window is a few consecutive bytes of a literal. The pass compares the bytes at a place with all
//! windows at once: for each position of a window a table says, for a byte, which buckets hold a window
//! with such a byte there, one bit each. Text passes where one bucket's bit survives all positions. A
//! bucket also lets mixtures of its windows through, so windows that share letters at the same
//! positions belong together, and each literal may put any of its windows forward: the dealing is a
//! search for the choice that lets least text pass.
//!
//! Only every second place is looked at. So two windows of each literal are dealt, one at an even and
//! one at an odd distance from its begin: wherever the literal stands, one of them begins at a place
//! that is looked at.

#![expect(
    clippy::inline_always,
    reason = "code that is not inlined into the dispatched function is compiled without its instructions"
)]

mod deal;
mod lookup;

use super::eight::{Some8, eight};
use deal::{Hand, deal, window};
use fearless_simd::Level;
use lookup::{Lookup, class_of};
use std::ops::Range;

/// Every so many-th place is looked at.
pub(super) const STRIDE: usize = 2;
/// Bytes of a window where bytes are looked up by class. Beyond the end of a short literal any byte fits.
/// Longer windows would let no less text pass, since short literals would fit more.
pub(super) const WINDOW_OF_CLASSES: usize = 6;
/// Bytes of a window where bytes are looked up by their halves, which tell less of each byte.
pub(super) const WINDOW_OF_HALVES: usize = 7;
/// The longest window.
const WINDOW: usize = 7;
/// Bytes of a window that are hashed. No literal of a pack is shorter, but its window at an odd distance
/// may lack one byte.
const HASHED: usize = 5;
/// Bits of a hash.
const HASH_BITS: u32 = 13;
/// How far from a window's begin other bytes of its literal are compared at the most.
const FAR: usize = 48;
/// Buckets: one bit each in a byte.
const BUCKETS: usize = 8;
/// Classes of bytes: as many as AVX-512 looks up at once.
pub(super) const CLASSES: usize = 64;

/// The tables of the pass, and the literals behind them.
#[derive(Clone, Debug)]
pub(super) struct Fingerprints {
    /// The instructions for which the windows were dealt.
    pub(super) level: Level,
    pub(super) tables: Tables,
    /// The literals that were dealt.
    literals: Box<[Box<[u8]>]>,
    /// Their windows, sorted by hash; one that lacks a byte has several hashes, and an entry for each.
    windows: Vec<Window>,
    /// Windows that are too short to have a hash.
    short: Vec<Window>,
    /// The groups of windows with the same hash. The first is empty and matches nothing.
    alike: Vec<Alike>,
    /// The group of each hash, by its place in `alike`.
    by_hash: Box<[u16; 1 << HASH_BITS]>,
}

/// Which buckets hold a window with a byte, for each position of a window.
#[derive(Clone, Debug)]
pub(super) enum Tables {
    /// By the class of a byte.
    Classes([[u8; CLASSES]; WINDOW_OF_CLASSES]),
    /// By the low four bits of a byte, and by its high ones.
    Halves {
        low: [[u8; 16]; WINDOW_OF_HALVES],
        high: [[u8; 16]; WINDOW_OF_HALVES],
    },
}

/// A window of a literal.
#[derive(Clone, Copy, Debug)]
struct Window {
    /// Where in the literal the window begins.
    offset: usize,
    /// The literal's place among those that were dealt.
    number: usize,
    /// The literal's last bytes: it shares them with fewer others than its first ones.
    last: Some8,
    /// Where they begin in it.
    last_from: usize,
}

impl Window {
    fn new(number: usize, literal: &[u8], offset: usize) -> Self {
        let last_from = literal.len().saturating_sub(8);
        Self {
            offset,
            number,
            last: Some8::at(literal, last_from),
            last_from,
        }
    }
}

/// The windows with one hash, and the bytes that all their literals have in common.
#[derive(Clone, Debug)]
struct Alike {
    /// Common bytes from the begin of the window on.
    here: Some8,
    /// Common bytes elsewhere in the literals ...
    there: Some8,
    /// ... which begin so far from the window.
    from: isize,
    windows: Range<usize>,
}

impl Alike {
    /// No text has these bytes.
    const NONE: Self = Self {
        here: Some8::NEVER,
        there: Some8::NEVER,
        from: 0,
        windows: 0..0,
    };

    /// Groups the windows `all[range]`.
    fn group(literals: &[String], all: &[Window], range: Range<usize>) -> Self {
        let windows = &all[range.clone()];
        let common = |from: isize| {
            let each = windows.iter().map(|window| {
                let begin = window.offset.saturating_add_signed(from);
                Some8::at(literals[window.number].as_bytes(), begin)
            });
            each.reduce(Some8::and).unwrap_or(Some8::NEVER)
        };
        // Neither before a literal, which may open its text, nor beyond its end.
        let before = windows.iter().map(|window| window.offset).min();
        let behind = windows
            .iter()
            .map(|window| window.last_from.saturating_sub(window.offset));
        let far = |by: Option<usize>| by.unwrap_or_default().min(FAR).cast_signed();
        let ends = [-far(before), far(behind.max())];
        let (from, there) = (ends[0]..=ends[1])
            // A single window has all bytes in common with itself: most lie beyond it at one of the ends.
            .filter(|from| windows.len() > 1 || ends.contains(from))
            .map(|from| (from, common(from)))
            .max_by_key(|(from, there)| (there.beyond(*from), from.unsigned_abs()))
            .unwrap_or((0, common(0)));
        Self {
            here: common(0),
            there,
            from,
            windows: range,
        }
    }
}

impl Tables {
    fn new(lookup: Lookup) -> Self {
        match lookup {
            Lookup::Classes => Self::Classes([[0; CLASSES]; WINDOW_OF_CLASSES]),
            Lookup::Halves => Self::Halves {
                low: [[0; 16]; WINDOW_OF_HALVES],
                high: [[0; 16]; WINDOW_OF_HALVES],
            },
        }
    }

    /// Adds a window.
    fn put(&mut self, literal: &[u8], hand: Hand) {
        let bit = 1 << hand.bucket;
        let set = |table: &mut [u8], at: Option<u8>| match at {
            Some(at) => table[usize::from(at)] |= bit,
            None => table.iter_mut().for_each(|set| *set |= bit),
        };
        let window = window(literal, hand.offset);
        match self {
            Self::Classes(tables) => {
                for (table, byte) in tables.iter_mut().zip(window) {
                    set(table, byte.map(class_of));
                }
            }
            Self::Halves { low, high } => {
                for ((low, high), byte) in low.iter_mut().zip(high).zip(window) {
                    set(low, byte.map(|byte| byte & 15));
                    set(high, byte.map(|byte| byte >> 4));
                }
            }
        }
    }
}

impl Fingerprints {
    /// Deals these literals, none of them empty, for a machine of this level.
    pub(super) fn dealt_for(level: Level, literals: &[String]) -> Self {
        Self::dealt(literals, level, Lookup::fastest(level))
    }

    /// Deals as for AVX-512, which this machine need not have.
    #[cfg(test)]
    pub(super) fn by_class(literals: &[String]) -> Self {
        Self::dealt(literals, Level::new(), Lookup::Classes)
    }

    fn dealt(literals: &[String], level: Level, lookup: Lookup) -> Self {
        let mut tables = Tables::new(lookup);
        let (mut hashed, mut short) = (Vec::new(), Vec::new());
        for (need, hand) in deal(literals, lookup).into_iter().enumerate() {
            let number = need / STRIDE;
            let literal = literals[number].as_bytes();
            tables.put(literal, hand);
            let window = Window::new(number, literal, hand.offset);
            let before = hashed.len();
            hashed.extend(hashes(literal, hand.offset).map(|hash| (hash, window)));
            if hashed.len() == before {
                short.push(window);
            }
        }
        hashed.sort_by_key(|(hash, _)| *hash);
        let mut alike = vec![Alike::NONE];
        let mut by_hash = Box::new([0; 1 << HASH_BITS]);
        let windows: Vec<Window> = hashed.iter().map(|(_, window)| *window).collect();
        let mut begin = 0;
        for same in hashed.chunk_by(|(a, _), (b, _)| a == b) {
            let range = begin..begin + same.len();
            begin = range.end;
            // There is at most one group more than there are hashes, so each has a number.
            by_hash[same[0].0] = u16::try_from(alike.len()).unwrap_or_default();
            alike.push(Alike::group(literals, &windows, range));
        }
        let bytes = |literal: &String| literal.as_bytes().into();
        Self {
            level,
            tables,
            literals: literals.iter().map(bytes).collect(),
            windows,
            short,
            alike,
            by_hash,
        }
    }

    /// Whether a window may begin at this place of a text, judged by bytes there and elsewhere. The tables
    /// let through mixtures of windows and words that a literal has, too; little of that is left here.
    /// There is no branch: the processor would guess each one wrong.
    #[inline(always)]
    pub(super) fn may_be(&self, text: &[u8], place: usize) -> bool {
        let here = eight(text, place);
        let alike = self.alike(here);
        let there = eight(text, place.wrapping_add_signed(alike.from));
        alike.here.is_in(here) & alike.there.is_in(there) | !self.short.is_empty()
    }

    /// Calls `take` with the begin and the number of each literal that has a window at `at`.
    pub(super) fn literals(&self, text: &[u8], at: usize, mut take: impl FnMut(usize, usize)) {
        let alike = self.alike(eight(text, at)).windows.clone();
        for window in self.windows[alike].iter().chain(&self.short) {
            let Some(begin) = at.checked_sub(window.offset) else {
                continue;
            };
            let literal = &self.literals[window.number];
            let starts = |rest: &[u8]| rest.starts_with(literal);
            if window.last.is_in(eight(text, begin + window.last_from))
                && text.get(begin..).is_some_and(starts)
            {
                take(begin, window.number);
            }
        }
    }

    /// The group of the windows with the hash of these bytes.
    #[inline(always)]
    fn alike(&self, bytes: u64) -> &Alike {
        &self.alike[usize::from(self.by_hash[hash(bytes)])]
    }
}

/// The hash of the first [`HASHED`] of eight bytes.
#[inline(always)]
fn hash(bytes: u64) -> usize {
    // 2^64 divided by the golden ratio, shifted so that the other bytes leave the product.
    const FACTOR: u64 = 0x9E37_79B9_7F4A_7C15 << (64 - 8 * HASHED);
    (bytes.wrapping_mul(FACTOR) >> (64 - HASH_BITS)) as usize
}

/// The hashes of a window: all possible ones if it lacks a byte, none if it lacks more.
fn hashes(literal: &[u8], offset: usize) -> impl Iterator<Item = usize> {
    const LESS: usize = HASHED - 1;
    let bytes = eight(literal, offset);
    let lacking = match literal.len().saturating_sub(offset) {
        HASHED.. => 0..1,
        LESS => 0..256,
        _ => 0..0,
    };
    lacking.map(move |last| hash(bytes | last << (8 * LESS)))
}
