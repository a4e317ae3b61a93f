//! Lines of several processes that were torn into one.

use super::prefix::{self, Prefix};

/// The prefix of a match that begins a line right behind the last letter of another one; `None` if it
/// begins none.
///
/// The processes of one container write to one pipe, and `print` writes a text and its newline
/// separately. Such a match begins like a sentence, glued to the end of another, outside any quotation.
pub(super) fn prefix_behind_tear(head: &[u8], hit: &[u8]) -> Option<Prefix> {
    const REACH: usize = 120;
    let odd = |quote: u8| memchr::memchr_iter(quote, head).count() % 2 == 1;
    if odd(b'"') || odd(b'\'') || odd(b'`') {
        return None;
    }
    if head.last().copied().is_some_and(glues) {
        let opens = hit
            .first()
            .is_some_and(|b| b.is_ascii_uppercase() || *b == b'[');
        return opens.then(Prefix::default);
    }
    // The other line may have a prefix of its own, itself glued.
    let from = head.len().saturating_sub(REACH);
    (from.max(1)..head.len()).find_map(|at| {
        let glued = head
            .get(at - 1)
            .is_some_and(|b| glues(*b) && !b.is_ascii_digit());
        if glued {
            prefix::read_torn(head.get(at..)?)
        } else {
            None
        }
    })
}

/// The last byte of a line that another may be glued to.
fn glues(b: u8) -> bool {
    b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b')' | b']' | b'.' | b'!')
}
