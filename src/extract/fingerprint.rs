//! Some bytes of each literal, dealt to eight buckets so that ordinary text passes few of them.
//!
//! The block's one pass compares a few consecutive bytes, a window, with all literals at once: for
//! each position of a window a table says, for a byte, which buckets hold a literal with such a byte
//! there, as a bit each. Text passes where one bucket's bit survives all positions; only there the
//! literals themselves are compared, those whose window has the same hash. A bucket also lets mixtures
//! of its literals through, so those that share letters at the same positions belong together, and
//! each literal may put any of its bytes forward. The dealing is a search for little text that passes.
//!
//! A machine that looks up few values at once looks at every second place alone. Of each literal two
//! windows are dealt then, one that begins an even number of bytes behind its begin and one that
//! begins an odd number behind it: wherever it stands, one of them is at a place that is looked at.

#![expect(
    clippy::inline_always,
    reason = "code that is not inlined into the dispatched function is compiled without its instructions"
)]

mod deal;
mod lookup;

use deal::{Hand, deal, window};
use fearless_simd::Level;
use lookup::{BYTES, Lookup};
use std::array;

/// Bytes of a literal that are compared at once; those of a shorter one count as alike beyond its end.
pub(super) const WINDOW: usize = 8;
/// The same where bytes are looked up by their halves. With twice as many windows to deal, eight bytes
/// would let more text pass and not less: those of short literals are open beyond their end.
pub(super) const WINDOW_OF_HALVES: usize = 7;
/// Of those the bytes that are hashed. No literal of a pack is shorter, though the second of its windows
/// may be, by a byte.
const HASHED: usize = 5;
/// Numbers that they are hashed to: so many bits.
const HASH_BITS: u32 = 15;
/// Of a hash the high bits by which windows are found.
const INDEX_BITS: u32 = 9;
/// So far behind the begin of a window other bytes of its literal may be looked at.
const AHEAD: usize = 48;
/// Buckets: a bit each of a byte.
const BUCKETS: usize = 8;
/// Classes of bytes: as many as a machine that looks up among 128 of them can look up among in one go.
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
    /// For each beginning of a hash, the first of the windows that has it or a later one.
    by_hash: [usize; (1 << INDEX_BITS) + 1],
    /// A bit for each hash that some window has: all that most text is asked.
    known: Box<[u64; 1 << HASH_BITS >> 6]>,
}

/// Which buckets a byte's bits survive, at each position of a window.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "there are one or two of them")]
pub(super) enum Tables {
    /// By the class of a byte.
    Classes {
        /// The class of each byte value.
        class: [u8; BYTES],
        buckets: [[u8; CLASSES]; WINDOW],
    },
    /// By the low four bits of a byte, and by its high ones.
    Halves {
        low: [[u8; 16]; WINDOW_OF_HALVES],
        high: [[u8; 16]; WINDOW_OF_HALVES],
    },
}

/// Bytes that a literal puts forward.
#[derive(Clone, Copy, Debug)]
struct Window {
    /// Up to eight other bytes of the literal, as they stand in memory: those at its end that is further
    /// away, which say more than those beside the window.
    bytes: u64,
    /// Which bits of these count.
    mask: u64,
    /// Where they begin, seen from the window.
    from: isize,
    /// Where in the literal the window begins.
    offset: usize,
    /// The literal's place among those that were dealt.
    number: usize,
}

impl Window {
    fn new(number: usize, literal: &[u8], offset: usize) -> Self {
        let last = literal.len().saturating_sub(8);
        let begin = if offset > last / 2 {
            0
        } else {
            last.min(offset + AHEAD)
        };
        Self {
            bytes: eight(literal, begin),
            mask: u64::MAX >> (64 - 8 * literal.len().min(8)),
            from: begin.cast_signed() - offset.cast_signed(),
            offset,
            number,
        }
    }
}

impl Tables {
    fn new(lookup: &Lookup) -> Self {
        match lookup {
            Lookup::Classes(classes) => Self::Classes {
                class: classes.of,
                buckets: [[0; CLASSES]; WINDOW],
            },
            Lookup::Halves => Self::Halves {
                low: [[0; 16]; WINDOW_OF_HALVES],
                high: [[0; 16]; WINDOW_OF_HALVES],
            },
        }
    }

    /// Sets a window's bits.
    fn put(&mut self, literal: &[u8], hand: Hand) {
        let bit = 1 << hand.bucket;
        let set = |tables: &mut [u8], at: Option<u8>| match at {
            Some(at) => tables[usize::from(at)] |= bit,
            None => tables.iter_mut().for_each(|set| *set |= bit),
        };
        for (position, byte) in window(literal, hand.offset).into_iter().enumerate() {
            match self {
                Self::Classes { class, buckets } => {
                    let class = byte.map(|byte| class[usize::from(byte & 127)]);
                    set(&mut buckets[position], class);
                }
                Self::Halves { low, high } if position < WINDOW_OF_HALVES => {
                    set(&mut low[position], byte.map(|byte| byte & 15));
                    set(&mut high[position], byte.map(|byte| byte >> 4));
                }
                Self::Halves { .. } => {}
            }
        }
    }
}

impl Fingerprints {
    /// Deals out these literals, none of them empty, for a machine of this level.
    pub(super) fn of(literals: &[String], level: Level) -> Self {
        Self::dealt(literals, level, &Lookup::of(level, literals))
    }

    /// As for a machine that looks classes of bytes up, which this one need not be.
    #[cfg(test)]
    pub(super) fn by_class(literals: &[String]) -> Self {
        Self::dealt(literals, Level::new(), &Lookup::by_class(literals))
    }

    /// Deals them out for such a look-up.
    fn dealt(literals: &[String], level: Level, lookup: &Lookup) -> Self {
        let mut tables = Tables::new(lookup);
        let stride = lookup.stride();
        let mut windows = Vec::new();
        for (need, hand) in deal(literals, lookup).into_iter().enumerate() {
            let number = need / stride;
            tables.put(literals[number].as_bytes(), hand);
            windows.push(Window::new(
                number,
                literals[number].as_bytes(),
                hand.offset,
            ));
        }
        let mut hashed = Vec::with_capacity(windows.len());
        let mut short = Vec::new();
        for window in windows {
            let all = hashes(literals[window.number].as_bytes(), window.offset);
            let before = hashed.len();
            hashed.extend(all.map(|hash| (hash, window)));
            if hashed.len() == before {
                short.push(window);
            }
        }
        hashed.sort_by_key(|(hash, _)| *hash);
        let mut known = Box::new([0; 1 << HASH_BITS >> 6]);
        for (hash, _) in &hashed {
            known[hash / 64] |= 1 << (hash % 64);
        }
        if !short.is_empty() {
            known.fill(u64::MAX);
        }
        let first =
            |index| hashed.partition_point(|(hash, _)| hash >> (HASH_BITS - INDEX_BITS) < index);
        let by_hash = array::from_fn(first);
        let bytes = |literal: &String| literal.as_bytes().into();
        Self {
            level,
            tables,
            literals: literals.iter().map(bytes).collect(),
            windows: hashed.into_iter().map(|(_, window)| window).collect(),
            short,
            by_hash,
            known,
        }
    }

    /// Whether some window has the hash of these bytes. The tables let many through that mix those of
    /// several; this leaves few of them.
    #[inline(always)]
    pub(super) fn is_known(&self, bytes: u64) -> bool {
        let hash = hash(bytes);
        self.known[hash / 64] >> (hash % 64) & 1 != 0
    }

    /// Whether a window may begin at this place of a text, by up to eight other bytes of its literal. The
    /// text goes on for [`AHEAD`] bytes and eight. It asks without a condition, since each would be
    /// guessed wrong half the time.
    #[inline(always)]
    pub(super) fn may_be(&self, text: &[u8], place: usize) -> bool {
        let mut may_be = !self.short.is_empty();
        for window in self.alike(eight(text, place)) {
            let other = place.wrapping_add_signed(window.from);
            may_be |= eight(text, other) & window.mask == window.bytes;
            // It stands before this text, or too far behind.
            may_be |= other > place + AHEAD;
        }
        may_be
    }

    /// Calls `take` with the begin and the number of each literal of which the window that is looked
    /// at begins at `at`.
    pub(super) fn literals(&self, text: &[u8], at: usize, mut take: impl FnMut(usize, usize)) {
        let alike = self.alike(eight(text, at));
        for window in alike.iter().chain(&self.short) {
            let begin = at.checked_sub(window.offset);
            let rest = begin.and_then(|begin| text.get(begin..));
            if rest.is_some_and(|rest| rest.starts_with(&self.literals[window.number])) {
                take(at - window.offset, window.number);
            }
        }
    }

    /// The windows with the hash of these bytes, among others.
    #[inline(always)]
    fn alike(&self, bytes: u64) -> &[Window] {
        let index = hash(bytes) >> (HASH_BITS - INDEX_BITS);
        &self.windows[self.by_hash[index]..self.by_hash[index + 1]]
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

/// The eight bytes from `at` on, as they stand in memory; beyond the end of the text they are 0.
#[inline(always)]
pub(super) fn eight(text: &[u8], at: usize) -> u64 {
    match text.get(at..).and_then(<[u8]>::first_chunk) {
        Some(bytes) => u64::from_le_bytes(*bytes),
        None => last(text, at),
    }
}

/// Those at the end.
#[cold]
fn last(text: &[u8], at: usize) -> u64 {
    let rest = text.get(at..).unwrap_or_default();
    rest.iter()
        .rev()
        .fold(0, |bytes, byte| bytes << 8 | u64::from(*byte))
}
