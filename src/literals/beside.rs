//! The bytes that whole lines have beside their line ends.

#![expect(
    clippy::inline_always,
    reason = "code that is not inlined into the dispatched function is compiled without its instructions"
)]

use super::eight::{Some8, eight};

/// The bytes that are wanted beside each line end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Beside {
    /// Any.
    Anything,
    /// `"}` before it and `{"` after it.
    Objects,
    /// The punctuation of a date and a time after it, `0000-00-00T00:00:00`.
    Times,
}

/// Some of eight bytes beside a line end.
#[derive(Clone, Copy)]
pub(super) struct Wanted {
    /// Where the eight begin, seen from it.
    from: isize,
    bytes: Some8,
}

impl Wanted {
    /// What is wanted beside each line end.
    pub(super) const fn beside(beside: Beside) -> &'static [Self] {
        match beside {
            Beside::Anything => &[],
            Beside::Objects => OBJECTS,
            Beside::Times => TIMES,
        }
    }

    /// A zero stands for any byte.
    const fn new(from: isize, bytes: [u8; 8]) -> Self {
        let bytes = Some8::not_nul(bytes);
        Self { from, bytes }
    }
}

pub(super) const OBJECTS: &[Wanted] = &[Wanted::new(-2, *b"\"}\0{\"\0\0\0")];
pub(super) const TIMES: &[Wanted] = &[
    Wanted::new(5, *b"-\0\0-\0\0T\0"),
    Wanted::new(14, *b":\0\0:\0\0\0\0"),
];

/// No wanted byte stands further before a line end than this.
pub(super) const BEFORE: usize = 2;
/// All wanted bytes are among so many from there on.
pub(super) const AROUND: usize = 24;

/// Whether the bytes around a line end, which begin [`BEFORE`] it, lack a wanted one.
#[inline(always)]
pub(super) fn is_odd(around: &[u8; AROUND], wanted: &[Wanted]) -> bool {
    let mut odd = false;
    for wanted in wanted {
        let bytes = eight(around, BEFORE.wrapping_add_signed(wanted.from));
        odd |= !wanted.bytes.is_in(bytes);
    }
    odd
}

/// Whether the bytes beside the line end at `at` lack a wanted one. The text may end among them; if it
/// begins among them, one is missing.
pub(super) fn is_odd_in(text: &[u8], at: usize, wanted: &[Wanted]) -> bool {
    wanted.iter().any(|wanted| {
        let Some(begin) = at.checked_add_signed(wanted.from) else {
            return true;
        };
        let there = text.len().saturating_sub(begin);
        !wanted.bytes.first(there).is_in(eight(text, begin))
    })
}
