//! Eight bytes of a text, compared at once.

#![expect(
    clippy::inline_always,
    reason = "code that is not inlined into the pass is compiled without its instructions"
)]

/// The eight bytes of a text from `at` on; beyond its end they are 0.
#[inline(always)]
pub(super) fn eight(text: &[u8], at: usize) -> u64 {
    // One comparison; a slice `at..at + 8` would take two.
    if at < text.len().saturating_sub(7)
        && let Some(bytes) = text[at..].first_chunk()
    {
        return u64::from_le_bytes(*bytes);
    }
    last(text, at)
}

/// The bytes at the end of a text.
#[cold]
fn last(text: &[u8], at: usize) -> u64 {
    let rest = text.get(at..).unwrap_or_default();
    rest.iter()
        .rev()
        .fold(0, |bytes, byte| bytes << 8 | u64::from(*byte))
}

/// Some of the bits of eight bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Some8 {
    /// Bits outside of the mask are 0.
    bytes: u64,
    /// The bits that count.
    mask: u64,
}

impl Some8 {
    /// No bytes have these bits.
    pub(super) const NEVER: Self = Self { bytes: 1, mask: 0 };

    /// The bytes of a text from `begin` on.
    pub(super) fn at(text: &[u8], begin: usize) -> Self {
        let rest = text.get(begin..).unwrap_or_default();
        let all = Self {
            bytes: eight(rest, 0),
            mask: u64::MAX,
        };
        all.first(rest.len())
    }

    /// These bytes; a zero stands for any byte.
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

    /// Those among the first `len` bytes.
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

    /// The bits that both have in common.
    pub(super) fn and(self, other: Self) -> Self {
        let mask = self.mask & other.mask & !(self.bytes ^ other.bytes);
        Self {
            bytes: self.bytes & mask,
            mask,
        }
    }

    /// How many of the bits lie outside of eight bytes at a distance of `from`.
    pub(super) fn beyond(self, from: isize) -> u32 {
        let beyond = match from.unsigned_abs() {
            8.. => u64::MAX,
            0 => 0,
            by if from < 0 => u64::MAX >> (64 - 8 * by),
            by => u64::MAX << (64 - 8 * by),
        };
        (self.mask & beyond).count_ones()
    }

    /// Whether eight bytes have these bits.
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
        let some = Some8::at(b"pool", 1);
        assert!(some.is_in(eight(b"a tool kit", 3)));
        assert!(!some.is_in(eight(b"a tour", 3)));
        assert!(Some8::at(b"pool", 4).is_in(eight(b"anything", 0)));
        assert!(!Some8::NEVER.is_in(0) && !Some8::NEVER.is_in(u64::MAX));
    }

    #[test]
    fn bits_beyond_eight_others_are_counted_on_either_side() {
        let all = Some8::at(b"eight by", 0);
        let bytes = |from| all.beyond(from) / 8;
        assert_eq!([-9, -8, -3, 0, 3, 8, 9].map(bytes), [8, 8, 3, 0, 3, 8, 8]);
    }
}
