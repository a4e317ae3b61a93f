//! The one pass over a block: all that every byte of a log is asked, asked at once.
//!
//! 64 bytes at a time it finds line ends, what is not ASCII, and where a literal may stand. Each of
//! these is a bit for each byte, kept for a span of steps and then looked at for all of them: a call
//! or a branch between two steps would cost the tables their registers. Only then line ends are
//! counted, the bytes beside them compared with those that the format has there, what is not ASCII
//! validated, and literals told.

#![expect(
    clippy::inline_always,
    reason = "code that is not inlined into the dispatched function is compiled without its instructions"
)]

mod tables;

use super::fingerprint::{self, Fingerprints, eight};
use crate::formats::LogFormat;
use fearless_simd::{Level, dispatch, prelude::*, u8x64};
use std::ops::Range;
use tables::{Classes, Halves, Read, Tables, high_bits};

/// Bytes taken at a time.
const STEP: usize = 64;
/// Steps between two looks at what they gave: a bit each of a word.
const SPAN: usize = u64::BITS as usize;
/// Places that may be noted behind the last.
const SPARE: usize = 4;
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
}

/// Some of eight bytes beside a line end.
#[derive(Clone, Copy)]
struct Wanted {
    /// Where the eight begin, seen from it.
    from: isize,
    /// As they stand in memory; 0 where any byte may stand.
    bytes: u64,
    mask: u64,
}

impl Wanted {
    /// A zero stands for any byte.
    const fn new(from: isize, bytes: [u8; 8]) -> Self {
        let mut mask = 0;
        let mut at = 0;
        while at < bytes.len() {
            if bytes[at] != 0 {
                mask |= 0xFF << (8 * at);
            }
            at += 1;
        }
        let bytes = u64::from_le_bytes(bytes);
        Self { from, bytes, mask }
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

/// Whether the bytes beside the line end at `at` are others. The text may end among them, not begin.
#[inline(always)]
fn is_odd(text: &[u8], at: usize, wanted: &[Wanted]) -> bool {
    let around = at.checked_sub(BEFORE).and_then(|begin| text.get(begin..));
    let Some(around) = around.and_then(<[u8]>::first_chunk::<AROUND>) else {
        return is_odd_at_an_end(text, at, wanted);
    };
    let mut odd = false;
    for wanted in wanted {
        let bytes = eight(around, BEFORE.wrapping_add_signed(wanted.from));
        odd |= (bytes ^ wanted.bytes) & wanted.mask != 0;
    }
    odd
}

#[cold]
fn is_odd_at_an_end(text: &[u8], at: usize, wanted: &[Wanted]) -> bool {
    wanted.iter().any(|wanted| {
        let Some(begin) = at.checked_add_signed(wanted.from) else {
            return true;
        };
        let there = match text.len().saturating_sub(begin) {
            8.. => u64::MAX,
            len => !(u64::MAX << (8 * len)),
        };
        (eight(text, begin) ^ wanted.bytes) & wanted.mask & there != 0
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
        fingerprint::Tables::Classes { class, buckets } => {
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            if let Some(simd) = level.as_avx512() {
                return simd.vectorize(
                    #[inline(always)]
                    || log.pass(simd, &Classes::new(simd, class, buckets), through),
                );
            }
            // Only a test comes here.
            dispatch!(Level::baseline(), simd => log.pass(simd, &Classes::new(simd, class, buckets), through))
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
    fn run<S: Simd, T: Tables<Simd = S>>(
        &self,
        simd: S,
        tables: &T,
        through: &mut Through<'_>,
        wanted: &[Wanted],
    ) -> Survey {
        let mut out = Survey::default();
        let mut stretches = Stretches::default();
        let mut at = 0;
        if self.text.len() >= REACH_OF_SPAN {
            let mut span = Span::<SPAN, REACH_OF_SPAN>::new();
            let mut places = Places::<{ SPAN * STEP + SPARE }>::new();
            let mut end = [0; REACH_OF_SPAN];
            while at < self.text.len() {
                let text = self.text[at..].first_chunk().unwrap_or_else(|| {
                    // The end, with room behind it.
                    let rest = &self.text[at..];
                    end[..rest.len()].copy_from_slice(rest);
                    end[rest.len()..].fill(0);
                    &end
                });
                span.take_all(simd, tables, text);
                self.look::<T, _, _, _>(at, text, &span, out.newlines, &mut places, through);
                self.count_lines(at, &span.newlines, wanted, &mut places, &mut out);
                let steps = not_plain(simd, text, &span.not_ascii);
                stretches.take(self.text, at, steps, &mut out.not_utf8);
                at += SPAN * STEP;
            }
            stretches.end(self.text, &mut out.not_utf8);
        }
        let mut any_not_ascii = 0;
        let mut places = Places::<{ STEP + SPARE }>::new();
        while at < self.text.len() {
            let mut span = Span::<1, { 2 * STEP }>::new();
            let mut text = [0; 2 * STEP];
            let rest = &self.text[at..self.text.len().min(at + text.len())];
            text[..rest.len()].copy_from_slice(rest);
            span.take(simd, tables, &text);
            self.look::<T, _, _, _>(at, &text, &span, out.newlines, &mut places, through);
            self.count_lines(at, &span.newlines, wanted, &mut places, &mut out);
            any_not_ascii |= span.not_ascii[0];
            at += STEP;
        }
        if any_not_ascii != 0 {
            validate(self.text, 0..self.text.len(), &mut out.not_utf8);
        }
        out
    }

    /// Counts the line ends of a span that begins at `at`, and looks beside them.
    #[inline(always)]
    fn count_lines<const ROOM: usize>(
        &self,
        at: usize,
        newlines: &[u64],
        wanted: &[Wanted],
        places: &mut Places<ROOM>,
        out: &mut Survey,
    ) {
        if wanted.is_empty() {
            out.newlines += count(newlines);
            return;
        }
        places.find::<2>(newlines, 1);
        out.newlines += places.count as u64;
        for place in &places.at[..places.count] {
            out.odd |= is_odd(self.text, at + usize::from(*place), wanted);
        }
    }

    /// Hands over the places of a span that may be those of a literal. It begins at `begin`, with so
    /// many line ends before it.
    #[inline(always)]
    fn look<T: Tables, const STEPS: usize, const REACH: usize, const ROOM: usize>(
        &self,
        begin: usize,
        text: &[u8; REACH],
        span: &Span<STEPS, REACH>,
        mut lines: u64,
        places: &mut Places<ROOM>,
        through: &mut Through<'_>,
    ) {
        places.find::<4>(&span.through, T::STRIDE);
        places.keep(
            #[inline(always)]
            |place| {
                // A place is in its span: said, it need not be asked.
                let bytes = eight(text, place % (STEPS * STEP));
                self.fingerprints.is_known(bytes)
            },
        );
        places.keep(
            #[inline(always)]
            |place| self.fingerprints.may_be(text, place),
        );
        let mut counted = 0;
        for place in &places.at[..places.count] {
            let place = usize::from(*place);
            let step = place / STEP;
            lines += count(&span.newlines[counted..step]);
            counted = step;
            let before = span.newlines[step] & !(u64::MAX << (place % STEP));
            through(begin + place, lines + count(&[before]));
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

/// What so many steps give: a bit for each byte. They reach a step further, for the windows of the last.
#[repr(align(64))]
struct Span<const STEPS: usize, const REACH: usize> {
    read: Read<REACH>,
    newlines: [u64; STEPS],
    not_ascii: [u64; STEPS],
    /// Where the tables let something through: a bit for each window.
    through: [u64; STEPS],
}

impl<const STEPS: usize, const REACH: usize> Span<STEPS, REACH> {
    fn new() -> Self {
        const { assert!(REACH == (STEPS + 1) * STEP) };
        Self {
            read: [[0; REACH]; 2],
            newlines: [0; STEPS],
            not_ascii: [0; STEPS],
            through: [0; STEPS],
        }
    }

    /// [`Self::take`] as a function of its own, in which the tables get registers.
    #[inline(never)]
    fn take_all<S: Simd>(&mut self, simd: S, tables: &impl Tables<Simd = S>, text: &[u8; REACH]) {
        simd.vectorize(
            #[inline(always)]
            || {
                let tables = *tables;
                self.take(simd, &tables, text);
            },
        );
    }

    /// Takes the bytes of a span, and of the step behind it.
    #[inline(always)]
    fn take<S: Simd>(&mut self, simd: S, tables: &impl Tables<Simd = S>, text: &[u8; REACH]) {
        for step in 0..=STEPS {
            let bytes = u8x64::from_slice(simd, &text[step * STEP..][..STEP]);
            tables.read(simd, bytes, &mut self.read, step);
            if step < STEPS {
                let newline = u8x64::splat(simd, b'\n');
                self.newlines[step] = bytes.simd_eq(newline).to_bitmask();
                self.not_ascii[step] = high_bits(simd, bytes);
            }
        }
        // Not at once: what was read a moment ago is not there yet, and there is no room for the tables.
        for step in 0..STEPS {
            self.through[step] = tables.look_up(simd, &self.read, step);
        }
    }
}

/// Places of a span, with room for some more.
struct Places<const ROOM: usize> {
    at: [u16; ROOM],
    count: usize,
}

impl<const ROOM: usize> Places<ROOM> {
    fn new() -> Self {
        Self {
            at: [0; ROOM],
            count: 0,
        }
    }

    /// Notes the places whose bits are set in these steps, a bit for so many places. `AT_ONCE` of a step
    /// are noted at a time, and mostly are all.
    #[inline(always)]
    #[expect(clippy::cast_possible_truncation, reason = "a span has fewer places")]
    fn find<const AT_ONCE: usize>(&mut self, steps: &[u64], stride: usize) {
        const { assert!(AT_ONCE <= SPARE) };
        let mut count = 0;
        for step in ones(nonzero(steps)) {
            let mut bits = steps[step];
            let mut end = count;
            count += bits.count_ones() as usize;
            // Whether they are there or not: to ask for each would cost more.
            while end < count {
                if let Some(places) = self.at[end..].first_chunk_mut::<AT_ONCE>() {
                    for place in places {
                        let bit = bits.trailing_zeros() as usize;
                        *place = (step * STEP + bit * stride) as u16;
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
