//! Finds the stretches of a block that are not UTF-8.

#![expect(
    clippy::inline_always,
    reason = "code that is not inlined into the dispatched function is compiled without its instructions"
)]

use super::bits::{nonzero, ones};
use super::{STEP, WORDS, reach};
use fearless_simd::{prelude::*, u8x64};
use std::ops::Range;

/// Which steps need validation: those that hold anything besides ASCII, whole characters of two bytes,
/// and whole ones of three that begin with 0xE1 to 0xEC. Letters, quotes and arrows are nearly all
/// that logs have. A character across two steps marks both.
#[inline(always)]
pub(super) fn not_plain<S: Simd>(simd: S, text: &[u8; reach(WORDS)], not_ascii: &[u64]) -> u64 {
    let steps = nonzero(simd, not_ascii);
    let mut plain = 0;
    for step in ones(steps) {
        let bytes = u8x64::from_slice(simd, &text[step * STEP..][..STEP]);
        let from = |byte| !bytes.simd_lt(u8x64::splat(simd, byte)).to_bitmask();
        let tails = not_ascii[step] & !from(0xC0);
        let two = from(0xC2) & !from(0xE0);
        let three = from(0xE1) & !from(0xED);
        let is_whole = three >> 62 == 0 && two >> 63 == 0;
        let has_tails = tails == ((two | three) << 1) | (three << 2);
        let is_plain = is_whole && has_tails && not_ascii[step] == tails | two | three;
        plain |= u64::from(is_plain) << step;
    }
    steps & !plain
}

/// Validates stretches of adjacent steps while they are in the cache. No character lies in two
/// stretches: none of its bytes is ASCII, so all its steps are marked and belong to one stretch.
#[derive(Default)]
pub(super) struct Stretches {
    /// The begin of a stretch that may go on in the next span.
    open: Option<usize>,
}

impl Stretches {
    /// Takes the span that begins at `at`, and the steps of it to validate.
    #[inline(always)]
    pub(super) fn take(
        &mut self,
        text: &[u8],
        at: usize,
        steps: u64,
        not_utf8: &mut Vec<Range<usize>>,
    ) {
        if steps != 0 || self.open.is_some() {
            self.take_some(text, at, steps, not_utf8);
        }
    }

    #[inline(never)]
    fn take_some(
        &mut self,
        text: &[u8],
        at: usize,
        mut steps: u64,
        not_utf8: &mut Vec<Range<usize>>,
    ) {
        if let Some(begin) = self.open {
            let more = steps.trailing_ones();
            if more == u64::BITS {
                return;
            }
            self.open = None;
            validate(text, begin..at + more as usize * STEP, not_utf8);
            steps &= u64::MAX << more;
        }
        while steps != 0 {
            let first = steps.trailing_zeros();
            let behind = first + (steps >> first).trailing_ones();
            let begin = at + first as usize * STEP;
            if behind == u64::BITS {
                self.open = Some(begin);
                return;
            }
            validate(text, begin..at + behind as usize * STEP, not_utf8);
            steps &= u64::MAX << behind;
        }
    }

    /// Ends the stretch that reaches the end of the text.
    pub(super) fn end(self, text: &[u8], not_utf8: &mut Vec<Range<usize>>) {
        if let Some(begin) = self.open {
            validate(text, begin..text.len(), not_utf8);
        }
    }
}

pub(super) fn validate(text: &[u8], stretch: Range<usize>, not_utf8: &mut Vec<Range<usize>>) {
    let stretch = stretch.start..stretch.end.min(text.len());
    if simdutf8::basic::from_utf8(&text[stretch.clone()]).is_err() {
        not_utf8.push(stretch);
    }
}
