//! The vector pass over a block: every question about a byte is asked while the byte is in a register.
//!
//! The pass takes 128 bytes (a word) at a time and notes three things as bits: line ends, bytes that are
//! not ASCII, and places where the tables let a window through. It acts on the bits only after a span of
//! 4096 bytes: a call or a branch between two steps would push the tables out of their registers.
//! At the end of a span it counts the line ends, compares the bytes beside them, validates what is not
//! ASCII, and hands over the places that may be those of a literal.

#![expect(
    clippy::inline_always,
    reason = "code that is not inlined into the dispatched function is compiled without its instructions"
)]

mod bits;
mod tables;
mod utf8;

use super::Scan;
use super::beside::{AROUND, BEFORE, Beside, OBJECTS, TIMES, Wanted, is_odd, is_odd_in};
use super::fingerprint::{self, Fingerprints, STRIDE};
use bits::{Bits, Places, count, nonzero, ones};
use fearless_simd::{Level, dispatch, prelude::*};
use tables::{Classes, Halves, Pairs, Tables};
use utf8::{Stretches, not_plain, validate};

/// Bytes of a step: one bit each in a `u64`.
pub(super) const STEP: usize = 64;
/// Bytes taken at a time: every second place has one bit in a `u64`.
pub(super) const WORD: usize = STRIDE * STEP;
/// Steps in a span: one bit each in a `u64`.
const SPAN: usize = u64::BITS as usize;
/// Words in a span.
pub(super) const WORDS: usize = SPAN * STEP / WORD;
/// Words taken at a time from a block that is shorter than a span.
const WORDS_OF_REST: usize = 1;
/// Places noted at a time; a word mostly has no more.
const AT_ONCE: usize = 4;

/// Bytes that a look at `words` words reads: windows that begin in the last one end in the next.
pub(super) const fn reach(words: usize) -> usize {
    (words + 1) * WORD
}

/// Room for the places of `words` words: the last ones are noted [`AT_ONCE`] at a time.
const fn room(words: usize) -> usize {
    words * STEP + AT_ONCE
}

/// Takes each place where a window of a literal may begin, in order, and the number of line ends before it.
type Through<'t> = dyn FnMut(usize, u64) + 't;

/// Scans `text` for everything but the hits: the places where one may be go to `through`.
pub(super) fn pass(
    fingerprints: &Fingerprints,
    text: &[u8],
    beside: Beside,
    through: &mut Through<'_>,
) -> Scan {
    let block = Block {
        fingerprints,
        text,
        beside,
    };
    let level = fingerprints.level;
    match &fingerprints.tables {
        fingerprint::Tables::Classes(tables) => {
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            if let Some(simd) = level.as_avx512() {
                return simd.vectorize(
                    #[inline(always)]
                    || block.pass(simd, &Classes::new(simd, tables), through),
                );
            }
            // Only tests look classes up without AVX-512.
            dispatch!(Level::baseline(), simd => block.pass(simd, &Classes::new(simd, tables), through))
        }
        fingerprint::Tables::Halves { low, high } => {
            dispatch!(level, simd => block.pass(simd, &Halves::new(simd, low, high), through))
        }
    }
}

/// What a pass reads.
#[derive(Clone, Copy)]
struct Block<'t> {
    fingerprints: &'t Fingerprints,
    text: &'t [u8],
    beside: Beside,
}

impl Block<'_> {
    #[inline(always)]
    fn pass<S: Simd>(
        &self,
        simd: S,
        tables: &impl Tables<Simd = S>,
        through: &mut Through<'_>,
    ) -> Scan {
        // Compiled three times, each with what it looks for as a constant.
        match self.beside {
            Beside::Anything => self.run(simd, tables, through, &[]),
            Beside::Objects => self.run(simd, tables, through, OBJECTS),
            Beside::Times => self.run(simd, tables, through, TIMES),
        }
    }

    #[inline(always)]
    fn run<S: Simd>(
        &self,
        simd: S,
        tables: &impl Tables<Simd = S>,
        through: &mut Through<'_>,
        wanted: &[Wanted],
    ) -> Scan {
        let mut out = Scan::default();
        let mut at = 0;
        if self.text.len() >= reach(WORDS) {
            let mut pairs = Pairs::<{ reach(WORDS) }>::new();
            let mut bits = Bits::<WORDS>::NONE;
            let mut places = Places::<{ room(WORDS) }>::new();
            let mut stretches = Stretches::default();
            let mut end = [0; _];
            while at < self.text.len() {
                let text = self.text[at..].first_chunk().unwrap_or_else(|| {
                    // The end of the text, padded to a whole span.
                    let rest = &self.text[at..];
                    end[..rest.len()].copy_from_slice(rest);
                    end[rest.len()..].fill(0);
                    &end
                });
                bits.take_all(simd, tables, text, &mut pairs);
                self.look(simd, at, &bits, out.line_ends, &mut places, through);
                self.count_lines(simd, at, &bits, wanted, &mut out);
                let steps = not_plain(simd, text, bits.not_ascii.as_flattened());
                stretches.take(self.text, at, steps, &mut out.not_utf8);
                at += WORDS * WORD;
            }
            stretches.end(self.text, &mut out.not_utf8);
            return out;
        }
        self.run_short(simd, tables, through, wanted)
    }

    /// As [`Self::run`], for a text that is shorter than a span with its reach.
    #[inline(always)]
    fn run_short<S: Simd>(
        &self,
        simd: S,
        tables: &impl Tables<Simd = S>,
        through: &mut Through<'_>,
        wanted: &[Wanted],
    ) -> Scan {
        let mut out = Scan::default();
        let mut at = 0;
        let mut any_not_ascii = 0;
        while at < self.text.len() {
            let mut text = [0; reach(WORDS_OF_REST)];
            let rest = &self.text[at..self.text.len().min(at + text.len())];
            text[..rest.len()].copy_from_slice(rest);
            let mut bits = Bits::<WORDS_OF_REST>::NONE;
            bits.take(simd, tables, &text, &mut Pairs::new());
            let mut places = Places::<{ room(WORDS_OF_REST) }>::new();
            self.look(simd, at, &bits, out.line_ends, &mut places, through);
            self.count_lines(simd, at, &bits, wanted, &mut out);
            any_not_ascii |= nonzero(simd, bits.not_ascii.as_flattened());
            at += WORDS_OF_REST * WORD;
        }
        if any_not_ascii != 0 {
            validate(self.text, 0..self.text.len(), &mut out.not_utf8);
        }
        out
    }

    /// Counts the line ends of the span that begins at `at`, and compares the bytes beside them.
    #[inline(always)]
    fn count_lines<S: Simd, const WORDS: usize>(
        &self,
        simd: S,
        at: usize,
        bits: &Bits<WORDS>,
        wanted: &[Wanted],
        out: &mut Scan,
    ) {
        let newlines = bits.newlines.as_flattened();
        if wanted.is_empty() {
            out.line_ends += count(newlines);
            return;
        }
        let begin = at.checked_sub(BEFORE);
        let around = begin.and_then(|begin| self.text.get(begin..begin + WORDS * WORD + AROUND));
        let mut odd = false;
        let mut count = 0;
        for step in ones(nonzero(simd, newlines)) {
            // A step seldom has two.
            for place in ones(newlines[step]) {
                let place = step * STEP + place;
                let around = around.and_then(|around| around[place..].first_chunk());
                odd |= match around {
                    Some(around) => is_odd(around, wanted),
                    None => is_odd_in(self.text, at + place, wanted),
                };
                count += 1;
            }
        }
        out.line_ends += count;
        out.odd |= odd;
    }

    /// Hands over the places of a span that may be those of a literal. The span begins at `begin`, with
    /// `lines` line ends before it.
    #[inline(always)]
    fn look<S: Simd, const WORDS: usize, const ROOM: usize>(
        &self,
        simd: S,
        begin: usize,
        bits: &Bits<WORDS>,
        mut lines: u64,
        places: &mut Places<ROOM>,
        through: &mut Through<'_>,
    ) {
        places.find(simd, &bits.through);
        places.keep(
            #[inline(always)]
            |place| self.fingerprints.may_be(self.text, begin + place),
        );
        let newlines = bits.newlines.as_flattened();
        let mut counted = 0;
        for place in &places.at[..places.count] {
            let place = usize::from(*place);
            let step = place / STEP;
            lines += count(&newlines[counted..step]);
            counted = step;
            let before = newlines[step] & !(u64::MAX << (place % STEP));
            through(begin + place, lines + count(&[before]));
        }
    }
}
