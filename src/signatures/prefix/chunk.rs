//! Tells what a word of a prefix is by its spelling.

use super::token::{is_blank, run};
use super::words::{is_calendar, is_exception, is_level};

/// What a chunk is, by its spelling.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Chunk {
    Mark,
    /// A date, a time of day.
    Time,
    Number,
    Level,
    /// A month, a weekday, a time zone.
    Calendar,
    /// A logger's name.
    Name,
    /// Any other word.
    Word,
    /// No logger writes this.
    Prose,
}

/// Tells a chunk by its spelling and by what follows it. It is ASCII.
pub(super) fn classify(chunk: &[u8], after: &[u8]) -> Chunk {
    let closing = chunk
        .iter()
        .rev()
        .take_while(|b| matches!(b, b':' | b',' | b';' | b'!'));
    let stem = &chunk[..chunk.len() - closing.count()];
    if !stem.iter().any(u8::is_ascii_alphanumeric) {
        return Chunk::Mark;
    }
    let opening = run(stem, |b| {
        matches!(
            b,
            b'-' | b'+' | b'#' | b'*' | b'@' | b'=' | b'>' | b'~' | b'.'
        )
    });
    if stem.get(opening).is_some_and(u8::is_ascii_digit) {
        return if looks_timed(stem) {
            Chunk::Time
        } else {
            Chunk::Number
        };
    }
    if is_klog(chunk) {
        return Chunk::Time;
    }
    if is_level(&stem[..run(stem, |b| !matches!(b, b':' | b'/'))]) {
        return Chunk::Level;
    }
    if is_calendar(stem) {
        return Chunk::Calendar;
    }
    let colon = chunk.len() > stem.len() && chunk.ends_with(b":");
    if colon && is_exception(stem) {
        return Chunk::Prose;
    }
    let dotted = stem.iter().any(|b| matches!(b, b'.' | b'/' | b':')) && !stem.ends_with(b".");
    let closed = after.first().is_some_and(|b| matches!(b, b'[' | b'|'));
    if colon || dotted || closed || separated(after) {
        Chunk::Name
    } else {
        Chunk::Word
    }
}

/// A blank run and then `-`, `:` or `|` that stands alone.
fn separated(after: &[u8]) -> bool {
    let rest = after.trim_ascii_start();
    let mark = rest
        .iter()
        .take_while(|b| matches!(b, b'-' | b':' | b'|'))
        .count();
    after.len() > rest.len() && mark > 0 && rest.get(mark).is_none_or(|b| is_blank(*b))
}

/// A time of day or a date: digits with `:`, or with two `-` or `/`.
pub(super) fn looks_timed(text: &[u8]) -> bool {
    // Too short to prepare a search.
    let count = |wanted: u8| -> usize { text.iter().map(|b| usize::from(*b == wanted)).sum() };
    text.iter().any(u8::is_ascii_digit) && (count(b':') > 0 || count(b'-') > 1 || count(b'/') > 1)
}

/// `I1120` opens a line of klog.
pub(super) fn is_klog(chunk: &[u8]) -> bool {
    matches!(chunk, [b'I' | b'W' | b'E' | b'F', digits @ ..]
        if digits.len() == 4 && digits.iter().all(u8::is_ascii_digit))
}
