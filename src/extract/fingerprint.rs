//! Some bytes of each literal, dealt to eight buckets so that ordinary text passes few of them.
//!
//! The block's one pass compares a few consecutive bytes, a window, with all literals at once: for
//! each position of a window a table says, for a byte, which buckets hold a literal with such a byte
//! there, as a bit each. Text passes where one bucket's bit survives all positions; only there it is
//! asked for more of what the windows with its hash have in common, and then for the literals. A bucket also lets mixtures
//! of its literals through, so those that share letters at the same positions belong together, and
//! each literal may put any of its bytes forward. The dealing is a search for little text that passes.
//!
//! Every second place alone is looked at. So of each literal two windows are dealt, one that begins an
//! even number of bytes behind its begin and one that begins an odd number behind it: wherever it
//! stands, one of them is at a place that is looked at.

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

/// Places from one that is looked at to the next.
pub(super) const STRIDE: usize = 2;
/// Bytes of a literal that are compared at once where they are looked up by class; those of a shorter
/// one count as alike beyond its end. More of them let no less text pass: short literals are open then.
pub(super) const WINDOW_OF_CLASSES: usize = 6;
/// The same where bytes are looked up by their halves, which tell less of each.
pub(super) const WINDOW_OF_HALVES: usize = 7;
/// The longest window.
const WINDOW: usize = 7;
/// Bytes from the begin of a window on that are hashed. No literal of a pack is shorter, though the
/// second of its windows may be, by a byte.
const HASHED: usize = 5;
/// Numbers that they are hashed to: so many bits.
const HASH_BITS: u32 = 13;
/// So far from the begin of a window other bytes of its literal may be looked at.
const FAR: usize = 48;
/// Buckets: a bit each of a byte.
const BUCKETS: usize = 8;
/// Classes of bytes: as many as a machine can look up among in one go.
pub(super) const CLASSES: usize = 64;

/// The tables of the pass, and what each bucket's bit stands for.
#[derive(Clone, Debug)]
pub(super) struct Fingerprints {
    /// What the machine can do, for which they were dealt.
    pub(super) level: Level,
    pub(super) tables: Tables,
    /// The literals that were dealt.
    literals: Box<[Box<[u8]>]>,
    /// Their windows, in the order of their hashes; one that lacks a byte stands there with each of its.
    windows: Vec<Window>,
    /// Those that are too short to have a hash.
    short: Vec<Window>,
    /// Those that have a hash in common. The first is none, and nothing is like it.
    alike: Vec<Alike>,
    /// For each hash the place of its windows there.
    by_hash: Box<[u16; 1 << HASH_BITS]>,
}

/// Which buckets a byte's bits survive, at each position of a window.
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

/// Bytes that a literal puts forward.
#[derive(Clone, Copy, Debug)]
struct Window {
    /// Where in the literal the window begins.
    offset: usize,
    /// The literal's place among those that were dealt.
    number: usize,
    /// The literal's last bytes, which say more than those that it may share with others.
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
            last: Some8::of(literal, last_from),
            last_from,
        }
    }
}

/// Windows of the same hash, by what their literals have in common.
#[derive(Clone, Debug)]
struct Alike {
    /// From the begin of the window on.
    here: Some8,
    /// Elsewhere,
    there: Some8,
    /// so far from there.
    from: isize,
    windows: Range<usize>,
}

impl Alike {
    /// What no text has.
    const NONE: Self = Self {
        here: Some8::NEVER,
        there: Some8::NEVER,
        from: 0,
        windows: 0..0,
    };

    /// Of these of all windows.
    fn of(literals: &[String], all: &[Window], range: Range<usize>) -> Self {
        let windows = &all[range.clone()];
        let common = |from: isize| {
            let each = windows.iter().map(|window| {
                let begin = window.offset.saturating_add_signed(from);
                Some8::of(literals[window.number].as_bytes(), begin)
            });
            each.reduce(Some8::and).unwrap_or(Some8::NEVER)
        };
        // Never before a literal, which may be the first in its text, nor all behind it.
        let before = windows.iter().map(|window| window.offset).min();
        let behind = windows
            .iter()
            .map(|window| window.last_from.saturating_sub(window.offset));
        let far = |by: Option<usize>| by.unwrap_or_default().min(FAR).cast_signed();
        let ends = [-far(before), far(behind.max())];
        let (from, there) = (ends[0]..=ends[1])
            // One has all its bytes in common with itself, and most beyond the window at an end.
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

    /// Sets a window's bits.
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
    /// Deals out these literals, none of them empty, for a machine of this level.
    pub(super) fn of(literals: &[String], level: Level) -> Self {
        Self::dealt(literals, level, Lookup::of(level))
    }

    /// As for a machine that looks classes of bytes up, which this one need not be.
    #[cfg(test)]
    pub(super) fn by_class(literals: &[String]) -> Self {
        Self::dealt(literals, Level::new(), Lookup::Classes)
    }

    /// Deals them out for such a look-up.
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
            // There are no more of them than hashes, and one.
            by_hash[same[0].0] = u16::try_from(alike.len()).unwrap_or_default();
            alike.push(Alike::of(literals, &windows, range));
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

    /// Whether a window may begin at this place of a text, by what its literal has there and elsewhere. The
    /// tables let much through that mixes several windows, or has a word in common with a literal; this
    /// leaves little of it. It asks without a condition, since each would be guessed wrong.
    #[inline(always)]
    pub(super) fn may_be(&self, text: &[u8], place: usize) -> bool {
        let here = eight(text, place);
        let alike = self.alike(here);
        let there = eight(text, place.wrapping_add_signed(alike.from));
        alike.here.is_in(here) & alike.there.is_in(there) | !self.short.is_empty()
    }

    /// Calls `take` with the begin and the number of each literal of which the window that is looked
    /// at begins at `at`.
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

    /// The windows with the hash of these bytes.
    #[inline(always)]
    fn alike(&self, bytes: u64) -> &Alike {
        &self.alike[usize::from(self.by_hash[hash(bytes)])]
    }
}

/// Spreads the first bytes of eight over the numbers of [`HASH_BITS`] bits.
#[inline(always)]
fn hash(bytes: u64) -> usize {
    // 2^64 divided by the golden ratio; shifted, it leaves the bytes behind those out of the product.
    const FACTOR: u64 = 0x9E37_79B9_7F4A_7C15 << (64 - 8 * HASHED);
    (bytes.wrapping_mul(FACTOR) >> (64 - HASH_BITS)) as usize
}

/// The hashes of a window: all that it may have if it lacks a byte, and none if it lacks more.
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
