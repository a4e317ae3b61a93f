//! The tables in registers, and how each kind of machine looks a window up in them.

use super::super::fingerprint::{CLASSES, WINDOW_OF_CLASSES, WINDOW_OF_HALVES};
use super::STEP;
use fearless_simd::{prelude::*, u8x16, u8x32, u8x64};
use std::array;

/// The buckets that each pair of bytes (an even one and the odd one behind it) leaves as the first pair of a
/// window, as the second pair, and so on. A window is looked up as one of each.
#[repr(align(64))]
pub(super) struct Pairs<const REACH: usize> {
    /// There are half as many pairs as bytes, so one row holds two.
    rows: [[u8; REACH]; MOST_PAIRS / 2],
}

/// Pairs of bytes in the longest window; the last may be half of one.
const MOST_PAIRS: usize = pairs(WINDOW_OF_HALVES);

const fn pairs(window: usize) -> usize {
    window.div_ceil(2)
}

impl<const REACH: usize> Pairs<REACH> {
    pub(super) const fn new() -> Self {
        Self {
            rows: [[0; REACH]; _],
        }
    }

    /// The row of the `pair`-th pair of a window, from pair `at` of the text on.
    #[inline(always)]
    fn row(&mut self, pair: usize, at: usize) -> &mut [u8] {
        &mut self.rows[pair / 2][pair % 2 * (REACH / 2) + at..]
    }
}

/// How the buckets of a window are looked up.
///
/// Loops, not combinators of arrays: those are not inlined, and a function of its own is compiled without the
/// machine's instructions (three times the time with AVX2).
pub(super) trait Tables: Copy {
    type Simd: Simd;

    /// Stores the buckets that the pairs of a word leave.
    fn read<const REACH: usize>(
        &self,
        simd: Self::Simd,
        bytes: [u8x64<Self::Simd>; 2],
        into: &mut Pairs<REACH>,
        word: usize,
    );

    /// One bit for each place of a word: whether some bucket survives, by what was read of this word and
    /// the next.
    fn look_up<const REACH: usize>(
        &self,
        simd: Self::Simd,
        read: &mut Pairs<REACH>,
        word: usize,
    ) -> u64;
}

/// Tables by classes of bytes, for machines that look up one of 64.
#[derive(Clone, Copy)]
pub(super) struct Classes<S: Simd>([u8x64<S>; WINDOW_OF_CLASSES]);

impl<S: Simd> Classes<S> {
    #[inline(always)]
    pub(super) fn new(simd: S, tables: &[[u8; CLASSES]; WINDOW_OF_CLASSES]) -> Self {
        Self(array::from_fn(|at| u8x64::from_slice(simd, &tables[at])))
    }

    /// [`class_of`](super::super::fingerprint::class_of), for all bytes at once.
    #[inline(always)]
    fn classes_of(simd: S, bytes: u8x64<S>) -> u8x64<S> {
        let is_letter = (bytes >> 1) & u8x64::splat(simd, 0x20);
        let classes = bytes ^ is_letter;
        // AVX-512 looks at the low six bits alone.
        #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
        if simd.level().as_avx512().is_some() {
            return classes;
        }
        classes & u8x64::splat(simd, 0x3F)
    }
}

impl<S: Simd> Tables for Classes<S> {
    type Simd = S;

    #[inline(always)]
    fn read<const REACH: usize>(
        &self,
        simd: S,
        [first, second]: [u8x64<S>; 2],
        into: &mut Pairs<REACH>,
        word: usize,
    ) {
        let (even, odd) = simd.deinterleave_u8x64(first, second);
        let (even, odd) = (Self::classes_of(simd, even), Self::classes_of(simd, odd));
        for pair in 0..pairs(WINDOW_OF_CLASSES) {
            let found = self.0[2 * pair].swizzle_dyn(even) & self.0[2 * pair + 1].swizzle_dyn(odd);
            found.store_slice(&mut into.row(pair, word * STEP)[..STEP]);
        }
    }

    #[inline(always)]
    fn look_up<const REACH: usize>(&self, simd: S, read: &mut Pairs<REACH>, word: usize) -> u64 {
        let mut found = u8x64::splat(simd, u8::MAX);
        for pair in 0..pairs(WINDOW_OF_CLASSES) {
            found &= u8x64::from_slice(simd, &read.row(pair, word * STEP + pair)[..STEP]);
        }
        !found.simd_eq(u8x64::splat(simd, 0)).to_bitmask()
    }
}

/// Bytes that machines without AVX-512 mostly look up at once.
const HALF: usize = STEP / 2;

/// Tables by halves of bytes, for machines that look up one of sixteen.
#[derive(Clone, Copy)]
pub(super) struct Halves<S: Simd> {
    low: [u8x32<S>; WINDOW_OF_HALVES],
    high: [u8x32<S>; WINDOW_OF_HALVES],
}

impl<S: Simd> Halves<S> {
    #[inline(always)]
    pub(super) fn new(
        simd: S,
        low: &[[u8; 16]; WINDOW_OF_HALVES],
        high: &[[u8; 16]; WINDOW_OF_HALVES],
    ) -> Self {
        let table = |half: &[u8; 16]| u8x32::block_splat(u8x16::simd_from(simd, *half));
        Self {
            low: array::from_fn(|at| table(&low[at])),
            high: array::from_fn(|at| table(&high[at])),
        }
    }
}

impl<S: Simd> Tables for Halves<S> {
    type Simd = S;

    #[inline(always)]
    fn read<const REACH: usize>(
        &self,
        simd: S,
        bytes: [u8x64<S>; 2],
        into: &mut Pairs<REACH>,
        word: usize,
    ) {
        let half = u8x32::splat(simd, 15);
        let mut halves = [[half; 4]; 2];
        for (halves, bytes) in halves.iter_mut().zip(bytes) {
            let (first, second) = simd.split_u8x64(bytes);
            let (even, odd) = simd.deinterleave_u8x32(first, second);
            *halves = [even & half, even >> 4, odd & half, odd >> 4];
        }
        for pair in 0..pairs(WINDOW_OF_HALVES) {
            let first = 2 * pair;
            for (at, [even_low, even_high, odd_low, odd_high]) in halves.iter().enumerate() {
                let mut found = self.low[first].swizzle_dyn_within_blocks(*even_low)
                    & self.high[first].swizzle_dyn_within_blocks(*even_high);
                if first + 1 < WINDOW_OF_HALVES {
                    found &= self.low[first + 1].swizzle_dyn_within_blocks(*odd_low)
                        & self.high[first + 1].swizzle_dyn_within_blocks(*odd_high);
                }
                found.store_slice(&mut into.row(pair, word * STEP + at * HALF)[..HALF]);
            }
        }
    }

    #[inline(always)]
    fn look_up<const REACH: usize>(&self, simd: S, read: &mut Pairs<REACH>, word: usize) -> u64 {
        let mut none = 0;
        for at in 0..2 {
            let mut found = u8x32::splat(simd, u8::MAX);
            for pair in 0..pairs(WINDOW_OF_HALVES) {
                let begin = word * STEP + at * HALF + pair;
                found &= u8x32::from_slice(simd, &read.row(pair, begin)[..HALF]);
            }
            let zero = u8x32::splat(simd, 0);
            none |= (found.simd_eq(zero).to_bitmask() & u64::from(u32::MAX)) << (at * HALF);
        }
        !none
    }
}

/// The places of bytes whose high bit is set.
#[inline(always)]
pub(super) fn high_bits<S: Simd>(simd: S, bytes: u8x64<S>) -> u64 {
    !bytes.simd_lt(u8x64::splat(simd, 0x80)).to_bitmask()
}
