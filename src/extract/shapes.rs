//! Where a row matched in a message that was read before but for its digits.
//!
//! `pool_id=139702002423904` is another number each time. A pattern that names no digit of its own
//! matches in the same place whatever the digits are, so it need not be asked again.

use regex_syntax::hir::{Class, Hir, HirKind};
use smallvec::SmallVec;

/// Messages that are remembered at the most.
const SLOTS: usize = 16;
/// Longer messages are not worth the room.
const LONGEST: usize = 1024;

/// The rows that are tried for a message, in their order.
pub(super) type Rows = SmallVec<[usize; 16]>;

/// Messages and their only match; what their digits are is not looked at.
#[derive(Debug)]
pub(super) struct Shapes<M> {
    /// Each message has one slot, which the next one for it takes over.
    slots: Vec<Option<Shape<M>>>,
}

impl<M> Default for Shapes<M> {
    fn default() -> Self {
        Self { slots: Vec::new() }
    }
}

#[derive(Debug)]
struct Shape<M> {
    text: Vec<u8>,
    asked: Asked,
    matched: M,
}

/// What was asked of a message.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Asked {
    /// The rows that its literals point at.
    pub(super) rows: Rows,
    /// Where the last of its literals begins.
    pub(super) last_hit: usize,
}

impl<M: Copy> Shapes<M> {
    /// The match, if a message like `text` is remembered of which the same was asked.
    pub(super) fn get(&self, text: &[u8], asked: &Asked) -> Option<M> {
        let shape = self.slots.get(text.len() % SLOTS)?.as_ref()?;
        (shape.asked == *asked && are_alike(&shape.text, text)).then_some(shape.matched)
    }

    /// Remembers the match of a message. No row that was tried may tell digits apart.
    pub(super) fn put(&mut self, text: &[u8], asked: Asked, matched: M) {
        if text.len() > LONGEST {
            return;
        }
        self.slots.resize_with(SLOTS, || None);
        self.slots[text.len() % SLOTS] = Some(Shape {
            text: text.to_owned(),
            asked,
            matched,
        });
    }
}

/// Whether two texts are the same but for digits in the place of digits. Looks at all of them, several
/// bytes at once.
pub(super) fn are_alike(a: &[u8], b: &[u8]) -> bool {
    let differ = |(a, b): (&u8, &u8)| (a != b) & !(a.is_ascii_digit() & b.is_ascii_digit());
    a.len() == b.len() && !a.iter().zip(b).fold(false, |any, pair| any | differ(pair))
}

/// Whether a regular expression may tell one digit from another: some of it stands for one or a few of
/// the digits and not for all.
pub(super) fn names_digits(pattern: &Hir) -> bool {
    let cuts = |from: u32, to: u32| {
        let (first, last) = (u32::from(b'0'), u32::from(b'9'));
        from <= last && first <= to && !(from <= first && last <= to)
    };
    match pattern.kind() {
        HirKind::Empty | HirKind::Look(_) => false,
        HirKind::Literal(literal) => literal.0.iter().any(u8::is_ascii_digit),
        HirKind::Class(Class::Bytes(class)) => {
            let mut ranges = class.iter();
            ranges.any(|range| cuts(range.start().into(), range.end().into()))
        }
        HirKind::Class(Class::Unicode(class)) => {
            let mut ranges = class.iter();
            ranges.any(|range| cuts(range.start().into(), range.end().into()))
        }
        HirKind::Repetition(repeated) => names_digits(&repeated.sub),
        HirKind::Capture(capture) => names_digits(&capture.sub),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => parts.iter().any(names_digits),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use regex_syntax::ParserBuilder;

    #[test]
    fn a_pattern_that_names_a_digit_is_told() {
        let names_digits = |pattern| {
            let mut parser = ParserBuilder::new().unicode(false).utf8(false).build();
            names_digits(&parser.parse(pattern).unwrap())
        };
        for blind in [
            r"pool (?P<pid>\d+)$",
            r"id=\d{1,15}\b",
            r"x[0-9a-f]{2,}",
            r"[^\]\d]+ \[[[:xdigit:]]+\]",
            r"(?i:[!-~]+) \w \{\}",
        ] {
            assert!(!names_digits(blind), "{blind}");
        }
        for naming in [
            "exit code 0",
            "[1-9]",
            "a[^4]",
            "0-9",
            r"[[a-z]0-9] 0-9",
            r"\x31",
            r"[0-9&&[^4]]",
            r"\[0-9",
            "[+-0-9]",
            r"(?:up|down 7)+",
        ] {
            assert!(names_digits(naming), "{naming}");
        }
    }

    #[test]
    fn digits_stand_for_digits_and_for_nothing_else() {
        assert!(are_alike(b"id=123 up", b"id=907 up"));
        for other in [&b"id=12a up"[..], b"id=123 uP", b"id=123 up ", b"id 123 up"] {
            assert!(!are_alike(b"id=123 up", other));
            assert!(!are_alike(other, b"id=123 up"));
        }
        assert!(are_alike(b"", b""));
    }
}
