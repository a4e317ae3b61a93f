//! Tells a logger's prefix from prose.
//!
//! A signature counts only where a program says it, not where someone quotes it. So the text before
//! the match must consist of what loggers write there: times, levels, groups in brackets, numbers,
//! `key=value` pairs, logger names, symbols. Two ordinary words, an opening quote or the name of an
//! exception make it prose.

mod chunk;
mod pid;
mod reader;
mod token;
mod words;

use chunk::{Chunk, classify};
use reader::Reader;
use token::{Token, is_blank, token};

pub(super) use token::is_key;

/// A longer head is no prefix, whatever it holds.
const LONGEST: usize = 400;

/// What a prefix tells of its line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Prefix {
    /// The process that wrote the line, when the prefix has a place for it.
    pub(super) pid: Option<u32>,
    /// It holds a time, a level or a group, not only names.
    strong: bool,
}

/// Reads the whole head as a logger's prefix, or says that it is none.
pub(super) fn read(head: &[u8]) -> Option<Prefix> {
    if head.len() > LONGEST || !ends_well(head) {
        return None;
    }
    let mut reader = Reader::new(head);
    let mut rest = head;
    while !rest.is_empty() {
        let (after, token) = token(rest)?;
        if after.len() >= rest.len() {
            return None;
        }
        reader.take(token, after)?;
        rest = after;
    }
    reader.finish(head)
}

/// Reads a prefix that begins in the middle of a torn line: it must open with a date or a level.
pub(super) fn read_torn(head: &[u8]) -> Option<Prefix> {
    let opens = match token(head)?.1 {
        // `Error:` may be the end of an exception's name; `ERROR:` is a level.
        Token::Chunk(chunk) => match classify(chunk, &[]) {
            Chunk::Time => true,
            Chunk::Level => !chunk.iter().any(u8::is_ascii_lowercase),
            _ => false,
        },
        Token::Group(group) => group.first().is_some_and(u8::is_ascii_digit),
        _ => false,
    };
    if opens { read(head) } else { None }
}

/// A prefix ends where a word cannot run on into the message.
fn ends_well(head: &[u8]) -> bool {
    head.last().is_none_or(|b| {
        is_blank(*b) || matches!(b, b']' | b')' | b':' | b'|' | b'>' | b'-' | b'*') || !b.is_ascii()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_process_is_read_from_its_place_in_the_prefix() {
        let pid = |head: &[u8]| read(head).and_then(|prefix| prefix.pid);
        assert_eq!(pid(b"09:41:27 UTC [7] LOG:  "), Some(7));
        assert_eq!(pid(b"2026-11-20T09:41:27Z [9999999999] INFO "), None);
        assert_eq!(
            pid(b"2026-11-20T09:41:27Z [1234567890] INFO "),
            Some(1_234_567_890)
        );
        assert_eq!(pid(b"web.1 (main) "), None);
    }

    #[test]
    fn prose_is_no_prefix() {
        assert_eq!(read(b"customer said: "), None);
        assert_eq!(read(b"ValueError: "), None);
        assert!(read(b"INFO: ").is_some());
    }
}
