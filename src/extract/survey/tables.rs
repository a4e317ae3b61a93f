//! The tables in registers: how the buckets of a window are looked up, by what a machine can do.

use super::STEP;
use crate::extract::fingerprint::{CLASSES, WINDOW, WINDOW_OF_HALVES};
use fearless_simd::{prelude::*, u8x16, u8x32, u8x64};
use std::array;

/// What is looked up in place of the bytes of some steps.
pub(super) type Read<const REACH: usize> = [[u8; REACH]; 2];

/// How the buckets of a window are looked up.
///
/// What is done for each step uses loops and no combinators of arrays: these stay calls, and are then
/// compiled without the machine's instructions (three times the time with AVX2).
pub(super) trait Tables: Copy {
    type Simd: Simd;
    /// Places from one window to the next.
    const STRIDE: usize;

    /// Writes what is looked up in place of a step's bytes.
    fn read<const REACH: usize>(
        &self,
        simd: Self::Simd,
        bytes: u8x64<Self::Simd>,
        into: &mut Read<REACH>,
        step: usize,
    );

    /// A bit for each window that begins in a step, of which some bucket's bit survives, by what was read
    /// of it and of the one behind it.
    fn look_up<const REACH: usize>(&self, simd: Self::Simd, read: &Read<REACH>, step: usize)
    -> u64;
}

/// Tables of classes of bytes, for machines that look up one among 64, and a byte among 128.
#[derive(Clone, Copy)]
pub(super) struct Classes<S: Simd> {
    class: [u8x64<S>; 2],
    buckets: [u8x64<S>; WINDOW],
}

impl<S: Simd> Classes<S> {
    #[inline(always)]
    pub(super) fn new(simd: S, class: &[u8; 128], buckets: &[[u8; CLASSES]; WINDOW]) -> Self {
        let (low, high) = class.split_at(STEP);
        Self {
            class: [low, high].map(|half| u8x64::from_slice(simd, half)),
            buckets: array::from_fn(|at| u8x64::from_slice(simd, &buckets[at])),
        }
    }
}

impl<S: Simd> Tables for Classes<S> {
    type Simd = S;
    const STRIDE: usize = 1;

    #[inline(always)]
    fn read<const REACH: usize>(
        &self,
        _: S,
        bytes: u8x64<S>,
        [into, _]: &mut Read<REACH>,
        step: usize,
    ) {
        let [low, high] = self.class;
        let classes = low.concat_swizzle_dyn(high, bytes);
        classes.store_slice(&mut into[step * STEP..][..STEP]);
    }

    #[inline(always)]
    fn look_up<const REACH: usize>(&self, simd: S, [read, _]: &Read<REACH>, step: usize) -> u64 {
        let mut found = u8x64::splat(simd, u8::MAX);
        for (position, buckets) in self.buckets.iter().enumerate() {
            let begin = step * STEP + position;
            found &= buckets.swizzle_dyn(u8x64::from_slice(simd, &read[begin..][..STEP]));
        }
        !found.simd_eq(u8x64::splat(simd, 0)).to_bitmask()
    }
}

/// Pairs of bytes in a window; the last may be half of one.
const PAIRS_OF_WINDOW: usize = WINDOW_OF_HALVES.div_ceil(2);

/// Tables of the halves of bytes, for machines that look up one among sixteen.
///
/// What is read are the buckets that a pair of bytes leaves, an even one and the odd one behind it, as
/// the first pair of a window, as the second, and so on: a window is looked up by one of each.
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

    /// Pairs of a step.
    const PAIRS: usize = STEP / 2;

    /// Where the buckets of a step's pairs are written.
    #[inline(always)]
    fn place<const REACH: usize>(pair: usize, step: usize) -> (usize, usize) {
        (pair / 2, pair % 2 * (REACH / 2) + step * Self::PAIRS)
    }
}

impl<S: Simd> Tables for Halves<S> {
    type Simd = S;
    const STRIDE: usize = 2;

    #[inline(always)]
    fn read<const REACH: usize>(
        &self,
        simd: S,
        bytes: u8x64<S>,
        into: &mut Read<REACH>,
        step: usize,
    ) {
        let (first, second) = simd.split_u8x64(bytes);
        let (even, odd) = simd.deinterleave_u8x32(first, second);
        let half = u8x32::splat(simd, 15);
        let (even_low, even_high) = (even & half, even >> 4);
        let (odd_low, odd_high) = (odd & half, odd >> 4);
        for pair in 0..PAIRS_OF_WINDOW {
            let at = 2 * pair;
            let mut found = self.low[at].swizzle_dyn_within_blocks(even_low)
                & self.high[at].swizzle_dyn_within_blocks(even_high);
            if at + 1 < WINDOW_OF_HALVES {
                found &= self.low[at + 1].swizzle_dyn_within_blocks(odd_low)
                    & self.high[at + 1].swizzle_dyn_within_blocks(odd_high);
            }
            let (half, begin) = Self::place::<REACH>(pair, step);
            found.store_slice(&mut into[half][begin..][..Self::PAIRS]);
        }
    }

    #[inline(always)]
    fn look_up<const REACH: usize>(&self, simd: S, read: &Read<REACH>, step: usize) -> u64 {
        let mut found = u8x32::splat(simd, u8::MAX);
        for pair in 0..PAIRS_OF_WINDOW {
            let (half, begin) = Self::place::<REACH>(pair, step);
            found &= u8x32::from_slice(simd, &read[half][begin + pair..][..Self::PAIRS]);
        }
        let none = found.simd_eq(u8x32::splat(simd, 0)).to_bitmask();
        !none & u64::from(u32::MAX)
    }
}

/// The places of bytes whose high bit is set.
#[inline(always)]
pub(super) fn high_bits<S: Simd>(simd: S, bytes: u8x64<S>) -> u64 {
    !bytes.simd_lt(u8x64::splat(simd, 0x80)).to_bitmask()
}
