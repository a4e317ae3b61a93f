//! The one pass over a block: all that every byte of a log is asked, asked at once.
//!
//! 128 bytes at a time it finds line ends, what is not ASCII, and where a literal may stand. Each of
//! these is a bit for each byte, or for each second place, kept for a span of steps and then looked at
//! for all of them: a call or a branch between two steps would cost the tables their registers. Only
//! then line ends are counted, the bytes beside them compared with those that the format has there,
//! what is not ASCII validated, and literals told.

#![expect(
    clippy::inline_always,
    reason = "code that is not inlined into the dispatched function is compiled without its instructions"
)]

mod tables;

use super::eight::{Some8, eight};
use super::fingerprint::{self, Fingerprints, STRIDE};
use crate::formats::{LogFormat, Shape};
use fearless_simd::{Level, dispatch, prelude::*, u8x64, u64x8};
use std::ops::Range;
use tables::{Classes, Halves, Pairs, Tables, high_bits};

/// Bytes of a step: a bit each of a word.
const STEP: usize = 64;
/// Bytes taken at a time: those of which every second place is a bit of a word.
const WORD: usize = STRIDE * STEP;
/// Steps between two looks at what they gave: a bit each of a word.
const SPAN: usize = u64::BITS as usize;
/// The words of a span,
const WORDS: usize = SPAN * STEP / WORD;
/// and of the bytes that are looked at by themselves where no span is left.
const WORDS_OF_REST: usize = 1;
/// Places of a word that are noted at a time, and mostly are all.
const AT_ONCE: usize = 4;

/// Bytes that so many words look at: those of the windows that begin in their last step, too.
const fn reach(words: usize) -> usize {
    (words + 1) * WORD
}

/// Places that so many words may have, with room for those noted behind the last.
const fn room(words: usize) -> usize {
    words * STEP + AT_ONCE
}

/// What the pass noted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Survey {
    /// Literals, in the order of their lines. A line may be hit more than once.
    pub(super) hits: Vec<Hit>,
    /// Line ends.
    pub(super) newlines: u64,
    /// The bytes beside some line end are not those of the format.
    pub(super) odd: bool,
    /// Stretches of which some byte is not UTF-8, in order. They begin and end between characters.
    pub(super) not_utf8: Vec<Range<usize>>,
}

/// A place where a literal stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Hit {
    /// Its first byte.
    pub(super) begin: usize,
    /// Its number.
    pub(super) literal: usize,
    /// Line ends before it.
    pub(super) line: u64,
}

/// Which bytes stand beside a line end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Beside {
    /// Any.
    Anything,
    /// `"}` before it and `{"` after it.
    Objects,
    /// A date and time after it.
    Times,
}

impl Beside {
    /// What a log of this format has there.
    pub(super) fn of(format: LogFormat) -> Self {
        match format.shape() {
            Shape::Objects => Self::Objects,
            Shape::Times => Self::Times,
            Shape::Free => Self::Anything,
        }
    }
}

/// Some of eight bytes beside a line end.
#[derive(Clone, Copy)]
struct Wanted {
    /// Where the eight begin, seen from it.
    from: isize,
    bytes: Some8,
}

impl Wanted {
    /// A zero stands for any byte.
    const fn new(from: isize, bytes: [u8; 8]) -> Self {
        let bytes = Some8::not_nul(bytes);
        Self { from, bytes }
    }
}

const OBJECTS: &[Wanted] = &[Wanted::new(-2, *b"\"}\0{\"\0\0\0")];
const TIMES: &[Wanted] = &[
    Wanted::new(5, *b"-\0\0-\0\0T\0"),
    Wanted::new(14, *b":\0\0:\0\0\0\0"),
];

/// The bytes wanted begin no further before a line end than this,
const BEFORE: usize = 2;
/// and are among so many from there on.
const AROUND: usize = 24;

/// Whether of the bytes beside a line end, from [`BEFORE`] it on, some are others.
#[inline(always)]
fn is_odd(around: &[u8; AROUND], wanted: &[Wanted]) -> bool {
    let mut odd = false;
    for wanted in wanted {
        let bytes = eight(around, BEFORE.wrapping_add_signed(wanted.from));
        odd |= !wanted.bytes.is_in(bytes);
    }
    odd
}

/// Whether the bytes beside the line end at `at` are others. The text may end among them, not begin.
fn is_odd_in(text: &[u8], at: usize, wanted: &[Wanted]) -> bool {
    wanted.iter().any(|wanted| {
        let Some(begin) = at.checked_add_signed(wanted.from) else {
            return true;
        };
        let there = text.len().saturating_sub(begin);
        !wanted.bytes.first(there).is_in(eight(text, begin))
    })
}

/// Takes `text`, which is whole lines.
pub(super) fn survey(fingerprints: &Fingerprints, text: &[u8], beside: Beside) -> Survey {
    let mut hits = Vec::new();
    let mut out = pass(fingerprints, text, beside, &mut |at, line| {
        // No literal holds a line end, so the line is that in which it begins.
        fingerprints.literals(text, at, |begin, literal| {
            hits.push(Hit {
                begin,
                literal,
                line,
            });
        });
    });
    out.hits = hits;
    out
}

/// Calls `take` with the begin and the number of each literal that stands in `text`.
pub(super) fn literals_in(
    fingerprints: &Fingerprints,
    text: &[u8],
    take: &mut dyn FnMut(usize, usize),
) {
    pass(fingerprints, text, Beside::Anything, &mut |at, _| {
        fingerprints.literals(text, at, &mut *take);
    });
}

/// Takes each place where a literal's window may begin, in order, and how many line ends stand before.
type Through<'t> = dyn FnMut(usize, u64) + 't;

/// All but the hits, which go to `through` as they may be.
fn pass(
    fingerprints: &Fingerprints,
    text: &[u8],
    beside: Beside,
    through: &mut Through<'_>,
) -> Survey {
    let log = Log {
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
                    || log.pass(simd, &Classes::new(simd, tables), through),
                );
            }
            // Only a test comes here.
            dispatch!(Level::baseline(), simd => log.pass(simd, &Classes::new(simd, tables), through))
        }
        fingerprint::Tables::Halves { low, high } => {
            dispatch!(level, simd => log.pass(simd, &Halves::new(simd, low, high), through))
        }
    }
}

/// What a pass is given.
#[derive(Clone, Copy)]
struct Log<'t> {
    fingerprints: &'t Fingerprints,
    text: &'t [u8],
    beside: Beside,
}

impl Log<'_> {
    #[inline(always)]
    fn pass<S: Simd>(
        &self,
        simd: S,
        tables: &impl Tables<Simd = S>,
        through: &mut Through<'_>,
    ) -> Survey {
        // Three functions, since each knows what it looks for.
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
    ) -> Survey {
        let mut out = Survey::default();
        let mut at = 0;
        if self.text.len() >= reach(WORDS) {
            let mut pairs = Pairs::<{ reach(WORDS) }>::new();
            let mut bits = Bits::<WORDS>::NONE;
            let mut places = Places::<{ room(WORDS) }>::new();
            let mut stretches = Stretches::default();
            let mut end = [0; _];
            while at < self.text.len() {
                let text = self.text[at..].first_chunk().unwrap_or_else(|| {
                    // The end, with room behind it.
                    let rest = &self.text[at..];
                    end[..rest.len()].copy_from_slice(rest);
                    end[rest.len()..].fill(0);
                    &end
                });
                bits.take_all(simd, tables, text, &mut pairs);
                self.look(simd, at, &bits, out.newlines, &mut places, through);
                self.count_lines(simd, at, &bits, wanted, &mut out);
                let steps = not_plain(simd, text, bits.not_ascii.as_flattened());
                stretches.take(self.text, at, steps, &mut out.not_utf8);
                at += WORDS * WORD;
            }
            stretches.end(self.text, &mut out.not_utf8);
            return out;
        }
        let mut any_not_ascii = 0;
        while at < self.text.len() {
            let mut text = [0; reach(WORDS_OF_REST)];
            let rest = &self.text[at..self.text.len().min(at + text.len())];
            text[..rest.len()].copy_from_slice(rest);
            let mut bits = Bits::<WORDS_OF_REST>::NONE;
            bits.take(simd, tables, &text, &mut Pairs::new());
            let mut places = Places::<{ room(WORDS_OF_REST) }>::new();
            self.look(simd, at, &bits, out.newlines, &mut places, through);
            self.count_lines(simd, at, &bits, wanted, &mut out);
            any_not_ascii |= nonzero(simd, bits.not_ascii.as_flattened());
            at += WORDS_OF_REST * WORD;
        }
        if any_not_ascii != 0 {
            validate(self.text, 0..self.text.len(), &mut out.not_utf8);
        }
        out
    }

    /// Counts the line ends of a span that begins at `at`, and looks beside them.
    #[inline(always)]
    fn count_lines<S: Simd, const WORDS: usize>(
        &self,
        simd: S,
        at: usize,
        bits: &Bits<WORDS>,
        wanted: &[Wanted],
        out: &mut Survey,
    ) {
        let newlines = bits.newlines.as_flattened();
        if wanted.is_empty() {
            out.newlines += count(newlines);
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
        out.newlines += count;
        out.odd |= odd;
    }

    /// Hands over the places of a span that may be those of a literal. It begins at `begin`, with so many
    /// line ends before it.
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

/// Of the steps that are not ASCII, those that hold anything but whole characters of two bytes or of
/// three that begin with 0xE1 to 0xEC: letters, quotes and arrows, which is nearly all that there is.
/// Both steps that a character is in are among them.
#[inline(always)]
fn not_plain<S: Simd>(simd: S, text: &[u8; reach(WORDS)], not_ascii: &[u64]) -> u64 {
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

/// Validates what is not ASCII, while it is at hand: stretches of the steps that hold some of it. No
/// character is in two of them, since no byte of one is ASCII, so that the steps that it is in are one
/// stretch.
#[derive(Default)]
struct Stretches {
    /// Where one begins that may go on in the next span.
    open: Option<usize>,
}

impl Stretches {
    /// Takes a span that begins at `at`, by which of its steps are not ASCII.
    #[inline(always)]
    fn take(&mut self, text: &[u8], at: usize, steps: u64, not_utf8: &mut Vec<Range<usize>>) {
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

    /// The text ends.
    fn end(self, text: &[u8], not_utf8: &mut Vec<Range<usize>>) {
        if let Some(begin) = self.open {
            validate(text, begin..text.len(), not_utf8);
        }
    }
}

fn validate(text: &[u8], stretch: Range<usize>, not_utf8: &mut Vec<Range<usize>>) {
    let stretch = stretch.start..stretch.end.min(text.len());
    if simdutf8::basic::from_utf8(&text[stretch.clone()]).is_err() {
        not_utf8.push(stretch);
    }
}

/// A bit for each of the steps of which some bit is set.
#[inline(always)]
fn nonzero<S: Simd>(simd: S, steps: &[u64]) -> u64 {
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

/// The bits that are set.
#[inline(always)]
fn count(steps: &[u64]) -> u64 {
    steps.iter().map(|bits| u64::from(bits.count_ones())).sum()
}

/// The places of the bits that are set, in order.
#[inline(always)]
fn ones(mut bits: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let place = (bits != 0).then(|| bits.trailing_zeros() as usize);
        bits &= bits.wrapping_sub(1);
        place
    })
}

/// What so many words give.
#[repr(align(64))]
struct Bits<const WORDS: usize> {
    /// A bit for each byte, as in the next.
    newlines: [[u64; STRIDE]; WORDS],
    not_ascii: [[u64; STRIDE]; WORDS],
    /// Where the tables let something through: a bit for each place that is looked at.
    through: [u64; WORDS],
}

impl<const WORDS: usize> Bits<WORDS> {
    const NONE: Self = Self {
        newlines: [[0; _]; _],
        not_ascii: [[0; _]; _],
        through: [0; _],
    };

    /// [`Self::take`] as a function of its own, in which the tables get registers.
    #[inline(never)]
    fn take_all<S: Simd, const REACH: usize>(
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

    /// Takes so many words, and the one behind them.
    #[inline(always)]
    fn take<S: Simd, const REACH: usize>(
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
        // Not at once: what was read a moment ago is not there yet, and there is no room for the tables.
        for word in 0..WORDS {
            self.through[word] = tables.look_up(simd, pairs, word);
        }
    }
}

/// Places, with room for some more.
struct Places<const ROOM: usize> {
    at: [u16; ROOM],
    count: usize,
}

impl<const ROOM: usize> Places<ROOM> {
    fn new() -> Self {
        const { assert!(ROOM * STRIDE <= u16::MAX as usize) };
        Self {
            at: [0; ROOM],
            count: 0,
        }
    }

    /// Notes the places whose bits are set in these words.
    #[inline(always)]
    #[expect(clippy::cast_possible_truncation, reason = "there is no room for more")]
    fn find<S: Simd>(&mut self, simd: S, words: &[u64]) {
        let mut count = 0;
        for word in ones(nonzero(simd, words)) {
            let mut bits = words[word];
            let mut end = count;
            count += bits.count_ones() as usize;
            // Whether they are there or not: to ask for each would cost more.
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

    /// Keeps those of which it is true, without a condition, which would be guessed wrong.
    #[inline(always)]
    fn keep(&mut self, is_true: impl Fn(usize) -> bool) {
        let mut kept = 0;
        for at in 0..self.count {
            let place = self.at[at];
            self.at[kept] = place;
            kept += usize::from(is_true(place.into()));
        }
        self.count = kept;
    }
}

#[cfg(test)]
mod tests;
