//! The tables in registers: how the buckets of a window are looked up, by what a machine can do.

use super::{REACH, STEP};
use crate::extract::fingerprint::{Fingerprints, WINDOW};
use fearless_simd::{prelude::*, u8x16, u8x64};
use std::array;

/// How the buckets of eight bytes are looked up.
///
/// What is done for each step uses loops and no combinators of arrays: these stay calls, and are then
/// compiled without the machine's instructions (three times the time with AVX2).
pub(super) trait Tables<S: Simd> {
    /// Writes what is looked up in place of a step's bytes, which are returned as [`Self::wanted`]
    /// takes them.
    fn read(&self, simd: S, bytes: u8x64<S>, into: [&mut [u8]; 2]) -> u8x64<S>;

    /// By what was read, which are the first or second of the wanted bytes, and which the second or
    /// third; of bytes that are not ASCII it says anything.
    fn wanted(&self, simd: S, read: u8x64<S>) -> [u64; 2];

    /// The buckets whose bits survive, for each window that begins in a step, by what was read of it.
    fn buckets(&self, simd: S, read: [&[u8; REACH]; 2]) -> u8x64<S>;
}

/// Tables of classes of bytes, for machines that look up one among 64, and a byte among 128.
pub(super) struct Classes<S: Simd> {
    /// The number of a wanted byte above its class: only the lower bits of an index count.
    class: [u8x64<S>; 2],
    buckets: [u8x64<S>; WINDOW],
}

impl<S: Simd> Classes<S> {
    #[inline(always)]
    pub(super) fn new(simd: S, fingerprints: &Fingerprints, wanted: [u8; 3]) -> Self {
        let mut class = fingerprints.class;
        for (number, byte) in (1..).zip(wanted) {
            class[usize::from(byte)] |= number << 6;
        }
        let (low, high) = class.split_at(STEP);
        Self {
            class: [low, high].map(|half| u8x64::from_slice(simd, half)),
            buckets: array::from_fn(|at| u8x64::from_slice(simd, &fingerprints.by_class[at])),
        }
    }
}

impl<S: Simd> Tables<S> for Classes<S> {
    #[inline(always)]
    fn read(&self, _: S, bytes: u8x64<S>, [into, _]: [&mut [u8]; 2]) -> u8x64<S> {
        let [low, high] = self.class;
        let classes = low.concat_swizzle_dyn(high, bytes);
        classes.store_slice(into);
        classes
    }

    #[inline(always)]
    fn wanted(&self, simd: S, read: u8x64<S>) -> [u64; 2] {
        let one = read + u8x64::splat(simd, 1 << 6);
        [high_bits(simd, one), high_bits(simd, read)]
    }

    #[inline(always)]
    fn buckets(&self, simd: S, [read, _]: [&[u8; REACH]; 2]) -> u8x64<S> {
        let mut found = u8x64::splat(simd, u8::MAX);
        for (at, buckets) in self.buckets.iter().enumerate() {
            found &= buckets.swizzle_dyn(u8x64::from_slice(simd, &read[at..at + STEP]));
        }
        found
    }
}

/// Tables of the halves of bytes, for machines that look up one among sixteen.
pub(super) struct Halves<S: Simd> {
    low: [u8x64<S>; WINDOW],
    high: [u8x64<S>; WINDOW],
    wanted: [u8x64<S>; 3],
}

impl<S: Simd> Halves<S> {
    #[inline(always)]
    pub(super) fn new(simd: S, fingerprints: &Fingerprints, wanted: [u8; 3]) -> Self {
        let table = |half: &[u8; 16]| u8x64::block_splat(u8x16::simd_from(simd, *half));
        Self {
            low: array::from_fn(|at| table(&fingerprints.low[at])),
            high: array::from_fn(|at| table(&fingerprints.high[at])),
            wanted: wanted.map(|byte| u8x64::splat(simd, byte)),
        }
    }
}

impl<S: Simd> Tables<S> for Halves<S> {
    #[inline(always)]
    fn read(&self, simd: S, bytes: u8x64<S>, [low, high]: [&mut [u8]; 2]) -> u8x64<S> {
        (bytes & u8x64::splat(simd, 15)).store_slice(low);
        (bytes >> 4).store_slice(high);
        bytes
    }

    #[inline(always)]
    fn wanted(&self, _: S, read: u8x64<S>) -> [u64; 2] {
        let [one, two, three] = self.wanted;
        let two = read.simd_eq(two);
        [
            (read.simd_eq(one) | two).to_bitmask(),
            (read.simd_eq(three) | two).to_bitmask(),
        ]
    }

    #[inline(always)]
    fn buckets(&self, simd: S, [lows, highs]: [&[u8; REACH]; 2]) -> u8x64<S> {
        let mut found = u8x64::splat(simd, u8::MAX);
        for at in 0..WINDOW {
            let low = u8x64::from_slice(simd, &lows[at..at + STEP]);
            let high = u8x64::from_slice(simd, &highs[at..at + STEP]);
            found &= self.low[at].swizzle_dyn_within_blocks(low)
                & self.high[at].swizzle_dyn_within_blocks(high);
        }
        found
    }
}

/// The places of bytes whose high bit is set.
#[inline(always)]
pub(super) fn high_bits<S: Simd>(simd: S, bytes: u8x64<S>) -> u64 {
    !bytes.simd_lt(u8x64::splat(simd, 0x80)).to_bitmask()
}
