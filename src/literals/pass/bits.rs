//! What the steps of a span give, as bits, and the places of the bits that are set.

#![expect(
    clippy::inline_always,
    reason = "code that is not inlined into the dispatched function is compiled without its instructions"
)]

use super::super::fingerprint::STRIDE;
use super::tables::{Pairs, Tables, high_bits};
use super::{AT_ONCE, SPAN, STEP, WORD, reach};
use fearless_simd::{prelude::*, u8x64, u64x8};

/// One bit for each step that has a bit set.
#[inline(always)]
pub(super) fn nonzero<S: Simd>(simd: S, steps: &[u64]) -> u64 {
    let (rest, eights) = steps.as_rchunks::<8>();
    let mut zero = 0;
    for eight in eights.iter().rev() {
        let is_zero = u64x8::from_slice(simd, eight).simd_eq(u64x8::splat(simd, 0));
        zero = zero << 8 | is_zero.to_bitmask();
    }
    for bits in rest.iter().rev() {
        zero = zero << 1 | u64::from(*bits == 0);
    }
    match steps.len() {
        SPAN.. => !zero,
        len => !zero & !(u64::MAX << len),
    }
}

/// How many bits are set.
#[inline(always)]
pub(super) fn count(steps: &[u64]) -> u64 {
    steps.iter().map(|bits| u64::from(bits.count_ones())).sum()
}

/// The places of the bits that are set, in order.
#[inline(always)]
pub(super) fn ones(mut bits: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let place = (bits != 0).then(|| bits.trailing_zeros() as usize);
        bits &= bits.wrapping_sub(1);
        place
    })
}

/// What the pass notes of `WORDS` words.
#[repr(align(64))]
pub(super) struct Bits<const WORDS: usize> {
    /// One bit for each byte.
    pub(super) newlines: [[u64; STRIDE]; WORDS],
    pub(super) not_ascii: [[u64; STRIDE]; WORDS],
    /// One bit for each place that is looked at: whether the tables let it through.
    pub(super) through: [u64; WORDS],
}

impl<const WORDS: usize> Bits<WORDS> {
    pub(super) const NONE: Self = Self {
        newlines: [[0; _]; _],
        not_ascii: [[0; _]; _],
        through: [0; _],
    };

    /// [`Self::take`] as a function of its own, so that the tables get registers.
    #[inline(never)]
    pub(super) fn take_all<S: Simd, const REACH: usize>(
        &mut self,
        simd: S,
        tables: &impl Tables<Simd = S>,
        text: &[u8; REACH],
        pairs: &mut Pairs<REACH>,
    ) {
        simd.vectorize(
            #[inline(always)]
            || {
                let tables = *tables;
                self.take(simd, &tables, text, pairs);
            },
        );
    }

    /// Reads the words, and the one behind them.
    #[inline(always)]
    pub(super) fn take<S: Simd, const REACH: usize>(
        &mut self,
        simd: S,
        tables: &impl Tables<Simd = S>,
        text: &[u8; REACH],
        pairs: &mut Pairs<REACH>,
    ) {
        const { assert!(REACH == reach(WORDS)) };
        for word in 0..=WORDS {
            let (first, second) = text[word * WORD..][..WORD].split_at(STEP);
            let steps = [
                u8x64::from_slice(simd, first),
                u8x64::from_slice(simd, second),
            ];
            tables.read(simd, steps, pairs, word);
            if word < WORDS {
                let newline = u8x64::splat(simd, b'\n');
                for (at, bytes) in steps.into_iter().enumerate() {
                    self.newlines[word][at] = bytes.simd_eq(newline).to_bitmask();
                    self.not_ascii[word][at] = high_bits(simd, bytes);
                }
            }
        }
        // In a loop of its own: what was just stored cannot be loaded yet, and registers would run out.
        for word in 0..WORDS {
            self.through[word] = tables.look_up(simd, pairs, word);
        }
    }
}

/// Places within a span, with spare room behind them.
pub(super) struct Places<const ROOM: usize> {
    pub(super) at: [u16; ROOM],
    pub(super) count: usize,
}

impl<const ROOM: usize> Places<ROOM> {
    pub(super) fn new() -> Self {
        const { assert!(ROOM * STRIDE <= u16::MAX as usize) };
        Self {
            at: [0; ROOM],
            count: 0,
        }
    }

    /// Notes the places of the bits that are set in these words.
    #[inline(always)]
    #[expect(clippy::cast_possible_truncation, reason = "there is no room for more")]
    pub(super) fn find<S: Simd>(&mut self, simd: S, words: &[u64]) {
        let mut count = 0;
        for word in ones(nonzero(simd, words)) {
            let mut bits = words[word];
            let mut end = count;
            count += bits.count_ones() as usize;
            // Always so many, whether they are there or not: to ask for each would cost more.
            while end < count {
                if let Some(places) = self.at[end..].first_chunk_mut::<AT_ONCE>() {
                    for place in places {
                        let bit = bits.trailing_zeros() as usize;
                        *place = ((word * STEP + bit) * STRIDE) as u16;
                        bits &= bits.wrapping_sub(1);
                    }
                }
                end += AT_ONCE;
            }
        }
        self.count = count;
    }

    /// Keeps the places for which it is true. There is no branch: it would be guessed wrong.
    #[inline(always)]
    pub(super) fn keep(&mut self, is_true: impl Fn(usize) -> bool) {
        let mut kept = 0;
        for at in 0..self.count {
            let place = self.at[at];
            self.at[kept] = place;
            kept += usize::from(is_true(place.into()));
        }
        self.count = kept;
    }
}
