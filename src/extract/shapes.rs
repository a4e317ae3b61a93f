//! Where a row matched in a message that was read before but for its digits.
//!
//! `pool_id=139702002423904` is another number each time. A pattern that names no digit of its own
//! matches in the same place whatever the digits are, so it need not be asked again.

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
#[derive(Clone, Debug, PartialEq, Eq)]
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
fn are_alike(a: &[u8], b: &[u8]) -> bool {
    let differ = |(a, b): (&u8, &u8)| (a != b) & !(a.is_ascii_digit() & b.is_ascii_digit());
    a.len() == b.len() && !a.iter().zip(b).fold(false, |any, pair| any | differ(pair))
}

/// Whether a regular expression may tell one digit from another, by how it is written: any digit in it
/// but those of counts (`\d{1,5}`) and of the range `0-9` in a class. A range that begins and ends with
/// something else holds all digits or none.
pub(super) fn names_digits(pattern: &str) -> bool {
    let bytes = pattern.as_bytes();
    let (mut at, mut classes) = (0, 0_usize);
    while let Some(byte) = bytes.get(at) {
        let rest = &bytes[at..];
        at += match byte {
            // A byte by its number may be a digit's.
            b'\\' if matches!(rest.get(1), Some(b'x' | b'u' | b'U' | b'0'..=b'9')) => return true,
            b'\\' => 2,
            b'[' => {
                classes += 1;
                1
            }
            b']' => {
                classes = classes.saturating_sub(1);
                1
            }
            b'{' if classes == 0 => count_len(rest).unwrap_or(1),
            b'0' if classes > 0 && rest.starts_with(b"0-9") => 3,
            b'0'..=b'9' => return true,
            _ => 1,
        };
    }
    false
}

/// The length of the count `{2}`, `{2,}` or `{2,5}` that begins here, if one does.
fn count_len(text: &[u8]) -> Option<usize> {
    let end = text.iter().position(|byte| *byte == b'}')?;
    let inside = text.get(1..end)?;
    let is_count = inside.iter().all(|b| b.is_ascii_digit() || *b == b',');
    is_count.then_some(end + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_that_names_a_digit_is_told() {
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
            "{1,2a}",
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
