//! Eight bytes of a text, compared at once.

#![expect(
    clippy::inline_always,
    reason = "code that is not inlined into the pass is compiled without its instructions"
)]

/// The eight bytes from `at` on, as they stand in memory; beyond the end of the text they are 0.
#[inline(always)]
pub(super) fn eight(text: &[u8], at: usize) -> u64 {
    // One comparison, where a range of the text would take two.
    if at < text.len().saturating_sub(7)
        && let Some(bytes) = text[at..].first_chunk()
    {
        return u64::from_le_bytes(*bytes);
    }
    last(text, at)
}

/// Those at the end.
#[cold]
fn last(text: &[u8], at: usize) -> u64 {
    let rest = text.get(at..).unwrap_or_default();
    rest.iter()
        .rev()
        .fold(0, |bytes, byte| bytes << 8 | u64::from(*byte))
}

/// Some of the bits of eight bytes, as they stand in memory.
#[derive(Clone, Copy, Debug)]
pub(super) struct Some8 {
    /// The others are 0.
    bytes: u64,
    /// Which bits.
    mask: u64,
}

impl Some8 {
    /// What no bytes have.
    pub(super) const NEVER: Self = Self { bytes: 1, mask: 0 };

    /// Those of the text from `begin` on.
    pub(super) fn of(text: &[u8], begin: usize) -> Self {
        let rest = text.get(begin..).unwrap_or_default();
        let all = Self {
            bytes: eight(rest, 0),
            mask: u64::MAX,
        };
        all.first(rest.len())
    }

    /// These, of which a zero stands for any byte.
    pub(super) const fn not_nul(bytes: [u8; 8]) -> Self {
        let mut mask = 0;
        let mut at = 0;
        while at < bytes.len() {
            if bytes[at] != 0 {
                mask |= 0xFF << (8 * at);
            }
            at += 1;
        }
        let bytes = u64::from_le_bytes(bytes);
        Self { bytes, mask }
    }

    /// Of its first bytes, so many.
    pub(super) const fn first(self, len: usize) -> Self {
        let first = match len {
            0 => 0,
            8.. => u64::MAX,
            len => u64::MAX >> (64 - 8 * len),
        };
        Self {
            bytes: self.bytes & first,
            mask: self.mask & first,
        }
    }

    /// What both have, where they are alike.
    pub(super) fn and(self, other: Self) -> Self {
        let mask = self.mask & other.mask & !(self.bytes ^ other.bytes);
        Self {
            bytes: self.bytes & mask,
            mask,
        }
    }

    /// How many bits are not among eight bytes that begin so far before them.
    pub(super) fn beyond(self, from: isize) -> u32 {
        let beyond = match from.unsigned_abs() {
            8.. => u64::MAX,
            0 => 0,
            by if from < 0 => u64::MAX >> (64 - 8 * by),
            by => u64::MAX << (64 - 8 * by),
        };
        (self.mask & beyond).count_ones()
    }

    /// Whether these bytes have it.
    #[inline(always)]
    pub(super) const fn is_in(self, bytes: u64) -> bool {
        bytes & self.mask == self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_beyond_the_end_of_a_text_is_not_compared() {
        let some = Some8::of(b"pool", 1);
        assert!(some.is_in(eight(b"a tool kit", 3)));
        assert!(!some.is_in(eight(b"a tour", 3)));
        assert!(Some8::of(b"pool", 4).is_in(eight(b"anything", 0)));
        assert!(!Some8::NEVER.is_in(0) && !Some8::NEVER.is_in(u64::MAX));
    }

    #[test]
    fn bits_beyond_eight_others_are_counted_on_either_side() {
        let all = Some8::of(b"eight by", 0);
        let bytes = |from| all.beyond(from) / 8;
        assert_eq!([-9, -8, -3, 0, 3, 8, 9].map(bytes), [8, 8, 3, 0, 3, 8, 8]);
    }
}
