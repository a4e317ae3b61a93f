//! The one pass over a block: all that every byte of a log is asked, asked at once.
//!
//! 64 bytes at a time it counts line ends, looks whether the bytes beside them are those that the
//! format has there, notes bytes that are not ASCII, and finds where a literal may stand. All of it
//! in registers, so that a block is read once; what it notes is looked at by others, and rarely.

#![expect(
    clippy::inline_always,
    reason = "code that is not inlined into the dispatched function is compiled without its instructions"
)]

use super::fingerprint::{Fingerprints, WINDOW};
use crate::formats::LogFormat;
use fearless_simd::{Level, dispatch, prelude::*, u8x16, u8x64};
use std::ops::{ControlFlow, Range};

/// Bytes taken at a time.
const STEP: usize = 64;
/// Bytes that a step looks at: those of the windows that begin in it, too.
const REACH: usize = STEP + WINDOW;
/// Steps between two looks at what they gave.
const SPAN: usize = 16;
/// Bytes that a span looks at.
const SPAN_REACH: usize = SPAN * STEP + WINDOW;

/// What the pass noted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Survey {
    /// Where literals begin, in the order of their lines. A line may be hit more than once.
    pub(super) hits: Vec<usize>,
    /// Line ends.
    pub(super) newlines: u64,
    /// The bytes beside some line end are not those of the format.
    pub(super) odd: bool,
    /// Stretches that hold all bytes that are not ASCII, and no part of a character that is not whole there.
    pub(super) not_ascii: Vec<Range<usize>>,
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

/// Takes `text`, which is whole lines.
pub(super) fn survey(
    level: Level,
    fingerprints: &Fingerprints,
    text: &[u8],
    beside: Beside,
) -> Survey {
    let mut hits = Vec::new();
    let mut out = pass(level, fingerprints, text, beside, &mut |at, buckets| {
        hits.extend(fingerprints.verify(text, at, buckets));
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
    pass(
        level,
        fingerprints,
        text,
        Beside::Anything,
        &mut |at, buckets| {
            let _ = fingerprints.literals(text, at, buckets, |begin, literal| {
                take(begin, literal);
                ControlFlow::Continue(())
            });
        },
    );
}

/// Takes each place where the tables let something through, and its buckets.
type Through<'t> = dyn FnMut(usize, u8) + 't;

/// All but the hits, which go to `through` as they may be.
fn pass(
    level: Level,
    fingerprints: &Fingerprints,
    text: &[u8],
    beside: Beside,
    through: &mut Through<'_>,
) -> Survey {
    let mut out = Survey::default();
    // Machines that look up a byte among 128 need no halves of bytes.
    #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
    if level.as_avx512().is_some() {
        dispatch!(level, simd => run::<_, true>(simd, fingerprints, text, beside, &mut out, through));
        return out;
    }
    dispatch!(level, simd => run::<_, false>(simd, fingerprints, text, beside, &mut out, through));
    out
}

#[inline(always)]
fn run<S: Simd, const EXACT: bool>(
    simd: S,
    fingerprints: &Fingerprints,
    text: &[u8],
    beside: Beside,
    out: &mut Survey,
    through: &mut Through<'_>,
) {
    let pass = Pass::<S, EXACT>::new(simd, fingerprints);
    match beside {
        Beside::Anything => pass.run(fingerprints, text, out, through, |_, _, _| 0),
        Beside::Objects => {
            let (mut newlines, mut closes, mut quotes) = (0, 0, 0);
            pass.run(fingerprints, text, out, through, |simd, bytes, now| {
                let is = |byte| bytes.simd_eq(u8x64::splat(simd, byte)).to_bitmask();
                let (open, close, quote) = (is(b'{'), is(b'}'), is(b'"'));
                let odd = (behind::<1>(now, newlines) & !open)
                    | (behind::<2>(now, newlines) & !quote)
                    | (now & !behind::<1>(close, closes))
                    | (now & !behind::<2>(quote, quotes));
                (newlines, closes, quotes) = (now, close, quote);
                odd
            });
        }
        Beside::Times => {
            let mut newlines = 0;
            pass.run(fingerprints, text, out, through, |simd, bytes, now| {
                let is = |byte| bytes.simd_eq(u8x64::splat(simd, byte)).to_bitmask();
                let (dash, mark) = (is(b'-'), is(b'T'));
                let odd = ((behind::<5>(now, newlines) | behind::<8>(now, newlines)) & !dash)
                    | (behind::<11>(now, newlines) & !mark);
                newlines = now;
                odd
            });
        }
    }
}

/// The places `BY` bytes after those of `now`; `before` is the step before.
#[inline(always)]
fn behind<const BY: u32>(now: u64, before: u64) -> u64 {
    (now << BY) | (before >> (u64::BITS - BY))
}

/// The tables in registers.
struct Pass<S: Simd, const EXACT: bool> {
    simd: S,
    one: [u8x64<S>; WINDOW],
    other: [u8x64<S>; WINDOW],
}

impl<S: Simd, const EXACT: bool> Pass<S, EXACT> {
    #[inline(always)]
    fn new(simd: S, fingerprints: &Fingerprints) -> Self {
        let halves = |table: &[[u8; 16]; WINDOW], at: usize| {
            u8x64::block_splat(u8x16::simd_from(simd, table[at]))
        };
        let (one, other) = if EXACT {
            let part = |at: usize, begin: usize| {
                u8x64::from_slice(simd, &fingerprints.exact[at][begin..begin + STEP])
            };
            (
                std::array::from_fn(|at| part(at, 0)),
                std::array::from_fn(|at| part(at, STEP)),
            )
        } else {
            (
                std::array::from_fn(|at| halves(&fingerprints.low, at)),
                std::array::from_fn(|at| halves(&fingerprints.high, at)),
            )
        };
        Self { simd, one, other }
    }

    /// `beside` says which places of a step are odd, from its bytes and its line ends.
    ///
    /// What is found in a span is kept until its end: a call between two steps would cost the tables
    /// their registers.
    #[inline(always)]
    fn run(
        &self,
        fingerprints: &Fingerprints,
        text: &[u8],
        out: &mut Survey,
        through: &mut Through<'_>,
        mut beside: impl FnMut(S, u8x64<S>, u64) -> u64,
    ) {
        let (mut newlines, mut odd) = (0_u64, 0_u64);
        let mut found = [[0; STEP]; SPAN];
        let mut places = [0; SPAN];
        let mut at = 0;
        while let Some(span) = text.get(at..).and_then(<[u8]>::first_chunk::<SPAN_REACH>) {
            let mut seen = u8x64::splat(self.simd, 0);
            let mut any = 0;
            for number in 0..SPAN {
                let Some(step) = span[number * STEP..].first_chunk() else {
                    break;
                };
                let here = self.step(step, &mut beside);
                newlines += u64::from(here.newlines.count_ones());
                odd |= here.odd;
                seen |= here.bytes;
                any |= here.places;
                places[number] = here.places;
                found[number] = here.found.to_array();
            }
            if any != 0 {
                give(fingerprints, text, at, &places, &found, through);
            }
            if self.is_not_ascii(seen) {
                not_ascii(&mut out.not_ascii, at..at + SPAN * STEP);
            }
            at += SPAN * STEP;
        }
        // The rest, with room behind it.
        let mut rest = [0; SPAN_REACH + STEP];
        rest[..text.len() - at].copy_from_slice(&text[at..]);
        let mut seen = u8x64::splat(self.simd, 0);
        let begin = at;
        while at < text.len()
            && let Some(step) = rest[at - begin..].first_chunk()
        {
            let here = self.step(step, &mut beside);
            newlines += u64::from(here.newlines.count_ones());
            odd |= here.odd & first(text.len() - at);
            seen |= here.bytes;
            let found = [here.found.to_array()];
            give(fingerprints, text, at, &[here.places], &found, through);
            at += STEP;
        }
        if self.is_not_ascii(seen) {
            not_ascii(&mut out.not_ascii, begin..text.len());
        }
        out.newlines = newlines;
        out.odd = odd != 0;
    }

    #[inline(always)]
    fn step(
        &self,
        step: &[u8; REACH],
        beside: &mut impl FnMut(S, u8x64<S>, u64) -> u64,
    ) -> Step<S> {
        let bytes = u8x64::from_slice(self.simd, &step[..STEP]);
        let newlines = bytes.simd_eq(u8x64::splat(self.simd, b'\n')).to_bitmask();
        let found = self.candidates(step);
        let none = found.simd_eq(u8x64::splat(self.simd, 0)).to_bitmask();
        Step {
            bytes,
            newlines,
            odd: beside(self.simd, bytes, newlines),
            found,
            places: !none,
        }
    }

    #[inline(always)]
    fn is_not_ascii(&self, seen: u8x64<S>) -> bool {
        let high = seen & u8x64::splat(self.simd, 0x80);
        high.simd_eq(u8x64::splat(self.simd, 0)).to_bitmask() != u64::MAX
    }

    /// The buckets whose bits survive, for each window that begins in the step.
    #[inline(always)]
    fn candidates(&self, step: &[u8; REACH]) -> u8x64<S> {
        let low = u8x64::splat(self.simd, 15);
        let mut found = u8x64::splat(self.simd, u8::MAX);
        for at in 0..WINDOW {
            let bytes = u8x64::from_slice(self.simd, &step[at..at + STEP]);
            let (one, other) = (self.one[at], self.other[at]);
            found &= if EXACT {
                one.concat_swizzle_dyn(other, bytes)
            } else {
                one.swizzle_dyn_within_blocks(bytes & low)
                    & other.swizzle_dyn_within_blocks(bytes >> 4)
            };
        }
        found
    }
}

/// Hands over what the tables let through and may be a literal; `found` are the steps from `begin` on.
#[inline(never)]
fn give(
    fingerprints: &Fingerprints,
    text: &[u8],
    begin: usize,
    places: &[u64],
    found: &[[u8; STEP]],
    through: &mut Through<'_>,
) {
    for (step, (places, found)) in places.iter().zip(found).enumerate() {
        let mut places = *places;
        while places != 0 {
            let place = places.trailing_zeros() as usize;
            places &= places - 1;
            let at = begin + step * STEP + place;
            if fingerprints.may_be(text, at) {
                through(at, found[place]);
            }
        }
    }
}

/// What one step gave.
struct Step<S: Simd> {
    bytes: u8x64<S>,
    /// Places of line ends.
    newlines: u64,
    /// Places that are not as the format has them.
    odd: u64,
    /// For each place the buckets whose bits survived.
    found: u8x64<S>,
    /// The places where there is one.
    places: u64,
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

/// Adds a stretch, joined to the one before it where they touch: a character may stand in both.
#[inline(never)]
fn not_ascii(stretches: &mut Vec<Range<usize>>, more: Range<usize>) {
    match stretches.last_mut() {
        Some(last) if last.end == more.start => last.end = more.end,
        _ => stretches.push(more),
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
            Beside::Times => &[(5, b'-'), (8, b'-'), (11, b'T')],
        };
        let ends: Vec<usize> = memchr::memchr_iter(b'\n', text).collect();
        let mut not_ascii = Vec::new();
        let mut begin = 0;
        while begin < text.len() {
            let whole = text.len() - begin >= SPAN_REACH;
            let end = if whole {
                begin + STEP * SPAN
            } else {
                text.len()
            };
            if !text[begin..end].is_ascii() {
                super::not_ascii(&mut not_ascii, begin..end);
            }
            begin = end;
        }
        let is_hit = |place: &usize| {
            let here = |literal: &String| text[*place..].starts_with(literal.as_bytes());
            literals.iter().any(here)
        };
        let hits = (0..text.len()).filter(is_hit).collect();
        Survey {
            hits,
            newlines: ends.len() as u64,
            odd: ends.iter().any(|end| wrong(*end, wanted)),
            not_ascii,
        }
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
                assert_eq!(
                    (lines, found),
                    (wanted_lines.clone(), wanted.clone()),
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
                for after in [0, 1, 7, 8, 63, 64, 80] {
                    let text = format!("{}{literal}{}", "x".repeat(before), "é".repeat(after));
                    assert_same(&literals, text.as_bytes());
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
                for newline in memchr::memchr_iter(b'\n', &block.as_bytes()[..block.len() - 12]) {
                    let beside: &[isize] = match beside {
                        Beside::Objects => &[-2, -1, 1, 2],
                        _ => &[5, 8, 11],
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
    fn a_character_is_never_between_two_stretches() {
        for before in 4080..4100 {
            let text = format!("{}✅{}é", "x".repeat(before), "y".repeat(9000));
            for level in levels() {
                let found = survey(
                    level,
                    &Fingerprints::of(&[]),
                    text.as_bytes(),
                    Beside::Anything,
                );
                for stretch in found.not_ascii {
                    assert!(std::str::from_utf8(&text.as_bytes()[stretch]).is_ok());
                }
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
        ) {
            assert_same(&literals.into_iter().collect::<Vec<_>>(), text.concat().as_bytes());
        }
    }
}
