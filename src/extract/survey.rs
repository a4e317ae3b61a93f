//! The one pass over a block: all that every byte of a log is asked, asked at once.
//!
//! 64 bytes at a time it counts line ends, looks whether the bytes beside them are those that the
//! format has there, validates what is not ASCII, and finds where a literal may stand. Each of
//! these is a bit for each byte, kept for a span of steps and then looked at for all of them: a call
//! or a branch between two steps would cost the tables their registers.

#![expect(
    clippy::inline_always,
    reason = "code that is not inlined into the dispatched function is compiled without its instructions"
)]

mod tables;

use super::fingerprint::{Fingerprints, WINDOW};
use crate::formats::LogFormat;
use fearless_simd::{Level, dispatch, prelude::*, u8x64};
use std::ops::Range;
use tables::{Classes, Halves, Tables, high_bits};

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
    let mut out = pass(level, fingerprints, text, beside, &mut |at, line| {
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
    level: Level,
    fingerprints: &Fingerprints,
    text: &[u8],
    take: &mut dyn FnMut(usize, usize),
) {
    pass(level, fingerprints, text, Beside::Anything, &mut |at, _| {
        fingerprints.literals(text, at, &mut *take);
    });
}

/// Takes each place where a literal's eight bytes may stand, and how many line ends stand before it.
type Through<'t> = dyn FnMut(usize, u64) + 't;

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
        let mut out = Survey::default();
        let mut stretches = Stretches::default();
        let mut any_odd = 0;
        let mut at = 0;
        let mut before = Ends::default();
        if self.text.len() >= REACH_OF_SPAN {
            let mut one = Span::<SPAN, REACH_OF_SPAN>::new();
            let mut other = Span::<SPAN, REACH_OF_SPAN>::new();
            let (mut last, mut span) = (&mut one, &mut other);
            let mut end = [0; REACH_OF_SPAN];
            // Line ends before the last span.
            let mut lines = 0;
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
                    self.look(begin, last, lines, through);
                }
                lines = out.newlines;
                out.newlines += span.count_lines();
                if WANTED {
                    any_odd |= span.odd(&mut before, self.text.len() - at, &odd);
                }
                let steps = not_plain(simd, text, &span.not_ascii);
                stretches.take(self.text, at, steps, &mut out.not_utf8);
                at += SPAN * STEP;
                std::mem::swap(&mut last, &mut span);
            }
            for step in 0..SPAN {
                last.look_up(simd, tables, step);
            }
            self.look(at - SPAN * STEP, last, lines, through);
            stretches.end(self.text, &mut out.not_utf8);
        }
        let mut any_not_ascii = 0;
        while at < self.text.len() {
            let mut span = Span::<1, { 2 * STEP }>::new();
            let mut text = [0; 2 * STEP];
            let rest = &self.text[at..self.text.len().min(at + text.len())];
            text[..rest.len()].copy_from_slice(rest);
            span.read::<S, WANTED>(simd, tables, &text, 0);
            span.read::<S, WANTED>(simd, tables, &text, 1);
            span.look_up(simd, tables, 0);
            let lines = out.newlines;
            out.newlines += span.count_lines();
            self.look(at, &span, lines, through);
            if WANTED {
                any_odd |= span.odd(&mut before, rest.len(), &odd);
            }
            any_not_ascii |= span.not_ascii[0];
            at += STEP;
        }
        if any_not_ascii != 0 {
            validate(self.text, 0..self.text.len(), &mut out.not_utf8);
        }
        out.odd = any_odd != 0;
        out
    }

    /// Hands over the places of a span that may be those of a literal. It begins at `begin`, with so
    /// many line ends before it.
    #[inline(always)]
    fn look<const STEPS: usize, const REACH: usize>(
        &self,
        begin: usize,
        span: &Span<STEPS, REACH>,
        lines: u64,
        through: &mut Through<'_>,
    ) {
        let steps = nonzero(&span.through);
        if steps != 0 {
            self.hand_over(begin, span, lines, steps, through);
        }
    }

    #[inline(never)]
    fn hand_over<const STEPS: usize, const REACH: usize>(
        &self,
        begin: usize,
        span: &Span<STEPS, REACH>,
        lines: u64,
        steps: u64,
        through: &mut Through<'_>,
    ) {
        for step in ones(steps) {
            for place in ones(span.through[step]) {
                let at = begin + step * STEP + place;
                if self.fingerprints.may_be(self.text, at) {
                    let in_step = (span.newlines[step] & first(place)).count_ones();
                    through(at, lines + u64::from(span.lines[step] + in_step));
                }
            }
        }
    }
}

/// Of the steps that are not ASCII, those that hold anything but whole characters of two bytes or of
/// three that begin with 0xE1 to 0xEC: letters, quotes and arrows, which is nearly all that there is.
/// Both steps that a character is in are among them.
#[inline(always)]
fn not_plain<S: Simd>(simd: S, text: &[u8; REACH_OF_SPAN], not_ascii: &[u64; SPAN]) -> u64 {
    let steps = nonzero(not_ascii);
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
    /// How many line ends stand in the steps before each.
    lines: [u32; STEPS],
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
            lines: [0; STEPS],
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
    fn count_lines(&mut self) -> u64 {
        let mut count = 0;
        for (newlines, lines) in self.newlines.iter().zip(&mut self.lines) {
            *lines = count;
            count += newlines.count_ones();
        }
        u64::from(count)
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
mod tests;
