//! The one pass over a block: all that every byte of a log is asked, asked at once.
//!
//! 64 bytes at a time it counts line ends, looks whether the bytes beside them are those that the
//! format has there, notes bytes that are not ASCII, and finds where a literal may stand. Each of
//! these is a bit for each byte, kept for a span of steps and then looked at for all of them: a call
//! or a branch between two steps would cost the tables their registers.

#![expect(
    clippy::inline_always,
    reason = "code that is not inlined into the dispatched function is compiled without its instructions"
)]

use super::fingerprint::{Fingerprints, WINDOW};
use crate::formats::LogFormat;
use fearless_simd::{Level, dispatch, prelude::*, u8x16, u8x64};
use std::array;
use std::ops::{ControlFlow, Range};

/// Bytes taken at a time.
const STEP: usize = 64;
/// Bytes that a step looks at: those of the windows that begin in it, too.
const REACH: usize = STEP + WINDOW;
/// Steps between two looks at what they gave: a bit each of a word.
const SPAN: usize = u64::BITS as usize;
/// Bytes that a span looks at: those of the windows that begin in its last step, too.
const REACH_OF_SPAN: usize = (SPAN + 1) * STEP;

/// What the pass noted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Survey {
    /// Where literals begin, in the order of their lines. A line may be hit more than once.
    pub(super) hits: Vec<usize>,
    /// Line ends.
    pub(super) newlines: u64,
    /// The bytes beside some line end are not those of the format.
    pub(super) odd: bool,
    /// A bit for each step in which some byte is not ASCII.
    not_ascii: Vec<u64>,
    /// Bytes of the text.
    len: usize,
}

impl Survey {
    /// Stretches that hold all bytes that are not ASCII. No character is in two of them: no byte of one
    /// is ASCII, so that the steps that it is in are one stretch.
    pub(super) fn not_ascii(&self) -> impl Iterator<Item = Range<usize>> {
        let mut at = 0;
        std::iter::from_fn(move || {
            let begin = self.next_step(at, 0)?;
            let end = self.next_step(begin, u64::MAX);
            at = end.unwrap_or(self.not_ascii.len() * SPAN);
            Some(begin * STEP..self.len.min(at * STEP))
        })
    }

    /// The first step from `at` on that is not ASCII; or that is, where all bits are turned over.
    fn next_step(&self, at: usize, over: u64) -> Option<usize> {
        let mut word = at / SPAN;
        let mut bits = (self.not_ascii.get(word)? ^ over) & (u64::MAX << (at % SPAN));
        while bits == 0 {
            word += 1;
            bits = self.not_ascii.get(word)? ^ over;
        }
        Some(word * SPAN + bits.trailing_zeros() as usize)
    }
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
        match format {
            LogFormat::JsonFile | LogFormat::Journald => Self::Objects,
            LogFormat::Timestamped | LogFormat::TimestampedDetails | LogFormat::Cri => Self::Times,
            LogFormat::Compose | LogFormat::Plain => Self::Anything,
        }
    }

    /// The bytes that are looked for beside line ends.
    fn wanted(self) -> [u8; 3] {
        match self {
            Self::Anything | Self::Objects => *b"{}\"",
            Self::Times => *b"-T:",
        }
    }
}

/// Takes `text`, which is whole lines.
pub(super) fn survey(
    level: Level,
    fingerprints: &Fingerprints,
    text: &[u8],
    beside: Beside,
) -> Survey {
    let mut hits = Vec::new();
    let mut out = pass(level, fingerprints, text, beside, &mut |at| {
        hits.extend(fingerprints.verify(text, at));
    });
    out.hits = hits;
    out
}

/// Calls `take` with the begin and the number of each literal that stands in `text`.
pub(super) fn literals_in(
    level: Level,
    fingerprints: &Fingerprints,
    text: &[u8],
    take: &mut dyn FnMut(usize, usize),
) {
    pass(level, fingerprints, text, Beside::Anything, &mut |at| {
        let _ = fingerprints.literals(text, at, |begin, literal| {
            take(begin, literal);
            ControlFlow::Continue(())
        });
    });
}

/// Takes each place where a literal's eight bytes may stand.
type Through<'t> = dyn FnMut(usize) + 't;

/// All but the hits, which go to `through` as they may be.
fn pass(
    level: Level,
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
    #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
    if let Some(simd) = level.as_avx512() {
        return simd.vectorize(
            #[inline(always)]
            || {
                log.pass(
                    simd,
                    &Classes::new(simd, fingerprints, beside.wanted()),
                    through,
                )
            },
        );
    }
    dispatch!(level, simd => log.pass(simd, &Halves::new(simd, fingerprints, beside.wanted()), through))
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
    fn pass<S: Simd>(&self, simd: S, tables: &impl Tables<S>, through: &mut Through<'_>) -> Survey {
        match self.beside {
            Beside::Anything => self.run::<S, false>(simd, tables, through, |_, _| 0),
            Beside::Objects => self.run::<S, true>(simd, tables, through, |newlines, wanted| {
                let [open, close, quote] = wanted;
                (newlines.ago(1) & !open.now)
                    | (newlines.ago(2) & !quote.now)
                    | (newlines.now & !close.ago(1))
                    | (newlines.now & !quote.ago(2))
            }),
            Beside::Times => self.run::<S, true>(simd, tables, through, |newlines, wanted| {
                let [dash, mark, colon] = wanted;
                ((newlines.ago(5) | newlines.ago(8)) & !dash.now)
                    | (newlines.ago(11) & !mark.now)
                    | ((newlines.ago(14) | newlines.ago(17)) & !colon.now)
            }),
        }
    }

    /// `odd` says which places of a step are odd, from its line ends and from where the wanted bytes
    /// are, if any are wanted.
    #[inline(always)]
    fn run<S: Simd, const WANTED: bool>(
        &self,
        simd: S,
        tables: &impl Tables<S>,
        through: &mut Through<'_>,
        odd: impl Fn(Bits, [Bits; 3]) -> u64,
    ) -> Survey {
        let mut out = Survey {
            len: self.text.len(),
            ..Survey::default()
        };
        let mut any_odd = 0;
        let mut at = 0;
        let mut before = Ends::default();
        if self.text.len() >= REACH_OF_SPAN {
            let mut one = Span::<SPAN, REACH_OF_SPAN>::new();
            let mut other = Span::<SPAN, REACH_OF_SPAN>::new();
            let (mut last, mut span) = (&mut one, &mut other);
            let mut end = [0; REACH_OF_SPAN];
            while at < self.text.len() {
                let text = self.text[at..].first_chunk().unwrap_or_else(|| {
                    // The end, with room behind it.
                    let rest = &self.text[at..];
                    end[..rest.len()].copy_from_slice(rest);
                    end[rest.len()..].fill(0);
                    &end
                });
                for step in 0..SPAN {
                    span.read::<S, WANTED>(simd, tables, text, step);
                    last.look_up(simd, tables, step);
                }
                span.read::<S, WANTED>(simd, tables, text, SPAN);
                if let Some(begin) = at.checked_sub(SPAN * STEP) {
                    self.look(begin, &last.through, through);
                }
                out.newlines += span.newlines();
                if WANTED {
                    any_odd |= span.odd(&mut before, self.text.len() - at, &odd);
                }
                out.not_ascii.push(nonzero(&span.not_ascii));
                at += SPAN * STEP;
                std::mem::swap(&mut last, &mut span);
            }
            for step in 0..SPAN {
                last.look_up(simd, tables, step);
            }
            self.look(at - SPAN * STEP, &last.through, through);
        }
        while at < self.text.len() {
            let mut span = Span::<1, { 2 * STEP }>::new();
            let mut text = [0; 2 * STEP];
            let rest = &self.text[at..self.text.len().min(at + text.len())];
            text[..rest.len()].copy_from_slice(rest);
            span.read::<S, WANTED>(simd, tables, &text, 0);
            span.read::<S, WANTED>(simd, tables, &text, 1);
            span.look_up(simd, tables, 0);
            self.look(at, &span.through, through);
            out.newlines += span.newlines();
            if WANTED {
                any_odd |= span.odd(&mut before, rest.len(), &odd);
            }
            let step = at / STEP;
            if step.is_multiple_of(SPAN) {
                out.not_ascii.push(0);
            }
            out.not_ascii[step / SPAN] |= nonzero(&span.not_ascii) << (step % SPAN);
            at += STEP;
        }
        out.odd = any_odd != 0;
        out
    }

    /// Hands over the places from `begin` on that may be those of a literal.
    #[inline(always)]
    fn look(&self, begin: usize, places: &[u64], through: &mut Through<'_>) {
        let steps = nonzero(places);
        if steps != 0 {
            self.hand_over(begin, places, steps, through);
        }
    }

    #[inline(never)]
    fn hand_over(&self, begin: usize, places: &[u64], steps: u64, through: &mut Through<'_>) {
        for step in ones(steps) {
            for place in ones(places[step]) {
                let at = begin + step * STEP + place;
                if self.fingerprints.may_be(self.text, at) {
                    through(at);
                }
            }
        }
    }
}

/// A bit for each of the steps of which some bit is set.
#[inline(always)]
fn nonzero(steps: &[u64]) -> u64 {
    let bits = steps.iter().enumerate();
    bits.fold(0, |all, (at, step)| all | (u64::from(*step != 0) << at))
}

/// The places of the bits that are set, in order.
fn ones(mut bits: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let place = (bits != 0).then(|| bits.trailing_zeros() as usize);
        bits &= bits.wrapping_sub(1);
        place
    })
}

/// What so many steps give: a bit for each byte. They reach a step further, for the windows of the last.
#[repr(align(64))]
struct Span<const STEPS: usize, const REACH: usize> {
    /// What is looked up in place of bytes.
    read: [[u8; REACH]; 2],
    newlines: [u64; STEPS],
    /// The first or second of the wanted bytes, and the second or third; of a byte that is not ASCII
    /// it says anything.
    wanted: [[u64; STEPS]; 2],
    not_ascii: [u64; STEPS],
    /// Where the tables let something through.
    through: [u64; STEPS],
}

impl<const STEPS: usize, const REACH: usize> Span<STEPS, REACH> {
    fn new() -> Self {
        const { assert!(REACH == (STEPS + 1) * STEP) };
        Self {
            read: [[0; REACH]; 2],
            newlines: [0; STEPS],
            wanted: [[0; STEPS]; 2],
            not_ascii: [0; STEPS],
            through: [0; STEPS],
        }
    }

    /// Reads a step of `text`, or the one behind the last.
    #[inline(always)]
    fn read<S: Simd, const WANTED: bool>(
        &mut self,
        simd: S,
        tables: &impl Tables<S>,
        text: &[u8; REACH],
        step: usize,
    ) {
        let place = step * STEP..(step + 1) * STEP;
        let bytes = u8x64::from_slice(simd, &text[place.clone()]);
        let [one, other] = &mut self.read;
        let read = tables.read(simd, bytes, [&mut one[place.clone()], &mut other[place]]);
        if step < STEPS {
            let newline = u8x64::splat(simd, b'\n');
            self.newlines[step] = bytes.simd_eq(newline).to_bitmask();
            self.not_ascii[step] = high_bits(simd, bytes);
            if WANTED {
                let [one, other] = tables.wanted(simd, read);
                self.wanted[0][step] = one;
                self.wanted[1][step] = other;
            }
        }
    }

    /// Looks up the windows that begin in a step, when it and the one behind it are read. What was
    /// read a moment ago is not there yet: between the two lie other steps.
    #[inline(always)]
    fn look_up<S: Simd>(&mut self, simd: S, tables: &impl Tables<S>, step: usize) {
        let [one, other] = &self.read;
        let begin = step * STEP;
        if let (Some(one), Some(other)) = (one[begin..].first_chunk(), other[begin..].first_chunk())
        {
            let buckets = tables.buckets(simd, [one, other]);
            let none = buckets.simd_eq(u8x64::splat(simd, 0)).to_bitmask();
            self.through[step] = !none;
        }
    }

    #[inline(always)]
    fn newlines(&self) -> u64 {
        let steps = self.newlines.iter();
        steps.map(|step| u64::from(step.count_ones())).sum()
    }

    /// What is odd in any of the steps, of which so many bytes are text; `before` is the last step
    /// before them.
    #[inline(always)]
    fn odd(&self, before: &mut Ends, bytes: usize, odd: &impl Fn(Bits, [Bits; 3]) -> u64) -> u64 {
        let mut any = 0;
        for step in 0..STEPS {
            let ascii = !self.not_ascii[step];
            let [one, other] = [self.wanted[0][step] & ascii, self.wanted[1][step] & ascii];
            let now = Ends {
                newlines: self.newlines[step],
                wanted: [one & !other, one & other, other & !one],
            };
            let mut wanted = [Bits::default(); 3];
            for (at, bits) in wanted.iter_mut().enumerate() {
                bits.before = before.wanted[at];
                bits.now = now.wanted[at];
            }
            let newlines = Bits {
                before: before.newlines,
                now: now.newlines,
            };
            any |= odd(newlines, wanted) & first(bytes.saturating_sub(step * STEP));
            *before = now;
        }
        any
    }
}

/// Line ends and wanted bytes of a step.
#[derive(Clone, Copy, Default)]
struct Ends {
    newlines: u64,
    wanted: [u64; 3],
}

/// A bit for each byte of a step, and of the step before.
#[derive(Clone, Copy, Default)]
struct Bits {
    before: u64,
    now: u64,
}

impl Bits {
    /// Those of the bytes that stand `by` bytes before.
    #[inline(always)]
    fn ago(self, by: u32) -> u64 {
        (self.now << by) | (self.before >> (u64::BITS - by))
    }
}

/// How the buckets of eight bytes are looked up.
trait Tables<S: Simd> {
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
struct Classes<S: Simd> {
    /// The number of a wanted byte above its class: only the lower bits of an index count.
    class: [u8x64<S>; 2],
    buckets: [u8x64<S>; WINDOW],
}

impl<S: Simd> Classes<S> {
    #[inline(always)]
    fn new(simd: S, fingerprints: &Fingerprints, wanted: [u8; 3]) -> Self {
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
struct Halves<S: Simd> {
    low: [u8x64<S>; WINDOW],
    high: [u8x64<S>; WINDOW],
    wanted: [u8x64<S>; 3],
}

impl<S: Simd> Halves<S> {
    #[inline(always)]
    fn new(simd: S, fingerprints: &Fingerprints, wanted: [u8; 3]) -> Self {
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
fn high_bits<S: Simd>(simd: S, bytes: u8x64<S>) -> u64 {
    !bytes.simd_lt(u8x64::splat(simd, 0x80)).to_bitmask()
}

/// The first `count` places of a step.
#[inline(always)]
fn first(count: usize) -> u64 {
    if count >= STEP {
        u64::MAX
    } else {
        (1 << count) - 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Every way in which this machine can do it.
    fn levels() -> Vec<Level> {
        let best = Level::new();
        let mut levels = vec![best, Level::baseline()];
        #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
        {
            levels.extend(best.as_avx2().map(Level::Avx2));
            levels.extend(best.as_sse4_2().map(Level::Sse4_2));
        }
        levels
    }

    /// The same, a byte after another.
    fn slowly(literals: &[String], text: &[u8], beside: Beside) -> Survey {
        let at = |place: usize, by: isize| place.checked_add_signed(by).and_then(|at| text.get(at));
        let wrong = |place: usize, wanted: &[(isize, u8)]| {
            wanted.iter().any(|(by, byte)| {
                let found = at(place, *by);
                found != Some(byte) && (*by < 0 || found.is_some())
            })
        };
        let wanted: &[(isize, u8)] = match beside {
            Beside::Anything => &[],
            Beside::Objects => &[(-2, b'"'), (-1, b'}'), (1, b'{'), (2, b'"')],
            Beside::Times => &[(5, b'-'), (8, b'-'), (11, b'T'), (14, b':'), (17, b':')],
        };
        let ends: Vec<usize> = memchr::memchr_iter(b'\n', text).collect();
        let is_hit = |place: &usize| {
            let here = |literal: &String| text[*place..].starts_with(literal.as_bytes());
            literals.iter().any(here)
        };
        let hits = (0..text.len()).filter(is_hit).collect();
        Survey {
            hits,
            newlines: ends.len() as u64,
            odd: ends.iter().any(|end| wrong(*end, wanted)),
            ..Survey::default()
        }
    }

    /// That the stretches hold all bytes that are not ASCII, and no part of a character.
    fn assert_not_ascii(text: &[u8], stretches: &[Range<usize>]) {
        let mut at = 0;
        for stretch in stretches {
            assert!(at <= stretch.start && stretch.start < stretch.end);
            assert!(text[at..stretch.start].is_ascii());
            let inside = &text[stretch.clone()];
            assert!(!inside.is_ascii());
            assert_eq!(
                std::str::from_utf8(inside).is_ok(),
                std::str::from_utf8(text).is_ok()
            );
            at = stretch.end;
        }
        assert!(text[at..].is_ascii());
    }

    /// The lines that are hit: of two literals that overlap, one is enough.
    fn lines_of(text: &[u8], hits: Vec<usize>) -> Vec<usize> {
        let line = |hit: usize| memchr::memchr_iter(b'\n', &text[..hit]).count();
        let mut lines: Vec<usize> = hits.into_iter().map(line).collect();
        assert!(lines.is_sorted());
        lines.dedup();
        lines
    }

    fn assert_same(literals: &[String], text: &[u8]) {
        let fingerprints = Fingerprints::of(literals);
        for beside in [Beside::Anything, Beside::Objects, Beside::Times] {
            let mut wanted = slowly(literals, text, beside);
            let wanted_lines = lines_of(text, std::mem::take(&mut wanted.hits));
            for level in levels() {
                let mut found = survey(level, &fingerprints, text, beside);
                let lines = lines_of(text, std::mem::take(&mut found.hits));
                assert_not_ascii(text, &found.not_ascii().collect::<Vec<_>>());
                assert_eq!(
                    (lines, found.newlines, found.odd),
                    (wanted_lines.clone(), wanted.newlines, wanted.odd),
                    "{level:?}"
                );
            }
        }
    }

    fn strings(literals: &[&str]) -> Vec<String> {
        literals
            .iter()
            .map(|literal| (*literal).to_owned())
            .collect()
    }

    #[test]
    fn every_place_of_a_literal_is_seen() {
        let literals = strings(&[
            "Started server process",
            "abc",
            "longest of them all",
            "celery@",
        ]);
        for literal in &literals {
            for before in 0..140 {
                for after in [0, 1, 7, 8, 63, 64, 80, REACH_OF_SPAN] {
                    let text = format!("{}{literal}{}", "x".repeat(before), "é".repeat(after));
                    assert_same(&literals, text.as_bytes());
                }
            }
        }
    }

    #[test]
    fn texts_of_every_length_around_that_of_a_span_are_read_to_their_end() {
        let literals = strings(&["celery@", "Started server process"]);
        let line = "Started server process of celery@é\n";
        for spans in 1..3 {
            let long = line.repeat(spans * REACH_OF_SPAN / line.len() + 4);
            for len in spans * SPAN * STEP - 3..spans * SPAN * STEP + STEP + 3 {
                let begin = long.len() - len;
                if long.is_char_boundary(begin) {
                    assert_same(&literals, &long.as_bytes()[begin..]);
                }
            }
        }
    }

    #[test]
    fn a_byte_out_of_place_beside_any_line_end_is_seen() {
        let record = "{\"log\":\"x\\n\",\"stream\":\"stdout\",\"time\":\"2026-11-20T09:41:14Z\"}\n";
        let timed = "2026-11-20T09:41:14.012446485Z INFO and some words of a message\n";
        let fingerprints = Fingerprints::of(&[]);
        for (line, beside) in [(record, Beside::Objects), (timed, Beside::Times)] {
            let block = line.repeat(50);
            for level in levels() {
                let odd = |text: &[u8]| survey(level, &fingerprints, text, beside).odd;
                assert!(!odd(block.as_bytes()));
                for newline in memchr::memchr_iter(b'\n', &block.as_bytes()[..block.len() - 20]) {
                    let beside: &[isize] = match beside {
                        Beside::Objects => &[-2, -1, 1, 2],
                        _ => &[5, 8, 11, 14, 17],
                    };
                    for by in beside {
                        let mut broken = block.clone().into_bytes();
                        broken[newline.checked_add_signed(*by).unwrap()] = b'x';
                        assert!(odd(&broken), "{newline} {by}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_byte_that_is_not_ascii_is_none_that_the_format_has() {
        let record =
            b"{\"log\":\"x\\n\",\"stream\":\"stdout\",\"time\":\"2026-11-20T09:41:14Z\"}\n";
        for at in [0, 1, record.len() - 2, record.len() - 3] {
            let mut broken = record.to_vec();
            broken[at] |= 0x80;
            let text = [&record.repeat(40)[..], &broken, &record.repeat(40)].concat();
            for level in levels() {
                assert!(survey(level, &Fingerprints::of(&[]), &text, Beside::Objects).odd);
            }
        }
    }

    #[test]
    fn a_character_is_never_between_two_stretches() {
        for before in 4080..4100 {
            let text = format!("{}✅{}é", "x".repeat(before), "y".repeat(9000));
            for level in levels() {
                let fingerprints = Fingerprints::of(&[]);
                let found = survey(level, &fingerprints, text.as_bytes(), Beside::Anything);
                assert_not_ascii(text.as_bytes(), &found.not_ascii().collect::<Vec<_>>());
            }
        }
    }

    proptest! {
        #[test]
        fn any_text_gives_what_a_slow_look_gives(
            literals in proptest::collection::btree_set("[abc]{3,12}", 0..20),
            text in proptest::collection::vec(prop_oneof![
                6 => "[abc]{0,20}", 1 => "\n", 1 => "é", 1 => "\"\\}\n\\{\"", 1 => "[a-z ]{100}"
            ], 0..60),
            times in 1_usize..8,
        ) {
            let text = text.concat().repeat(times);
            assert_same(&literals.into_iter().collect::<Vec<_>>(), text.as_bytes());
        }
    }
}
