//! `docker logs -t`: a time and a blank before each line.
//! Source: moby `daemon/server/httputils/logstream/logstream.go`.

use super::sample::Sample;
use super::{Malformed, Record};
use crate::formats::time::rfc3339;
use crate::model::Time;
use memchr::memmem;
use std::borrow::Cow;

/// The log drivers cut longer lines into pieces of this size (moby `daemon/logger/copier.go`).
const PIECE: usize = 16 * 1024;

/// A piece's bytes that are not UTF-8 come out of `json-file` as U+FFFD, three bytes each.
const LONGEST_PIECE: usize = 3 * PIECE;

/// Reads `TIME message`.
pub(super) fn parse(line: &[u8]) -> Result<Record<'_>, Malformed> {
    let (time, message) = split(line).ok_or(Malformed("no time at its beginning"))?;
    Ok(record(time, line, message))
}

/// The time alone.
pub(super) fn time(line: &[u8]) -> Option<Time> {
    rfc3339::parse(line).map(|(time, _)| time)
}

/// The time and what follows its blank. A line may end after the time.
pub(super) fn split(line: &[u8]) -> Option<(Time, &[u8])> {
    match rfc3339::parse(line)? {
        (time, [b' ', message @ ..]) => Some((time, message)),
        (time, []) => Some((time, &[])),
        _ => None,
    }
}

/// `message` is the end of `line`; what stands before it is repeated inside a long line.
pub(super) fn record<'a>(time: Time, line: &'a [u8], message: &'a [u8]) -> Record<'a> {
    let prefix = line.get(..line.len() - message.len()).unwrap_or_default();
    Record {
        time: Some(time),
        message: joined(prefix, message),
        ..Record::default()
    }
}

/// Joins the pieces of a long line. The engine prints them as one line of text, each piece with its own
/// prefix.
pub(super) fn joined<'a>(prefix: &[u8], message: &'a [u8]) -> Cow<'a, [u8]> {
    // A prefix without nine fractional digits was not printed by an engine.
    let Some(mut end) = boundary(prefix, message).filter(|_| rfc3339::has_nine_digits(prefix))
    else {
        return Cow::Borrowed(message);
    };
    let mut whole = Vec::with_capacity(message.len());
    let mut rest = message;
    loop {
        let (piece, next) = rest.split_at_checked(end).unwrap_or((rest, &[]));
        whole.extend_from_slice(piece);
        rest = next.get(prefix.len()..).unwrap_or_default();
        match boundary(prefix, rest) {
            Some(next) => end = next,
            None => break,
        }
    }
    whole.extend_from_slice(rest);
    Cow::Owned(whole)
}

/// Where the first piece of `message` ends and `prefix` stands again.
fn boundary(prefix: &[u8], message: &[u8]) -> Option<usize> {
    let last = message.len().min(LONGEST_PIECE + prefix.len());
    let window = message.get(PIECE..last)?;
    memmem::find(window, prefix).map(|at| PIECE + at)
}

/// Whether most lines begin with the engine's time and are no events.
pub(super) fn claims(sample: &Sample<'_>) -> bool {
    sample.most(|line| {
        rfc3339::has_nine_digits(line) && split(line).is_some_and(|(_, text)| !is_event(text))
    })
}

/// `docker events` prints the same time: `container start <id> (image=..., name=...)`, and before Docker
/// 1.10 `<id>: (from <image>) start`.
fn is_event(text: &[u8]) -> bool {
    const TYPES: [&[u8]; 12] = [
        b"builder",
        b"config",
        b"container",
        b"daemon",
        b"image",
        b"network",
        b"node",
        b"plugin",
        b"pod",
        b"secret",
        b"service",
        b"volume",
    ];
    let word = text.split(|&b| b == b' ').next().unwrap_or_default();
    let of_no_type = word.strip_suffix(b":").is_some_and(|id| {
        id.len() >= 12
            && id.iter().all(u8::is_ascii_hexdigit)
            && text[word.len()..].starts_with(b" (from ")
    });
    of_no_type
        || TYPES.contains(&word) && text.ends_with(b")") && memmem::find(text, b" (").is_some()
}

#[cfg(test)]
pub(super) const VALID: &[&[u8]] = &[
    b"2026-11-20T09:46:40.679207047Z INFO:     Started server process [1]",
    b"2026-11-20T09:46:40.679207000+01:00 \x1b[32mINFO\x1b[0m:     Waiting for application startup.",
    b"2026-11-20T09:46:40.679207047Z",
    b"2026-11-20T09:46:40.679207047Z ",
    b"2026-11-20T09:46:40.679207047Z   File \"main.py\", line 3 caf\xe9",
    b"2026-11-20T09:46:40.679207047Z level=info msg=\"serving\"",
];

#[cfg(test)]
pub(super) const INVALID: &[&[u8]] = &[
    b"",
    b"INFO:     Started server process [1]",
    b"2026-11-20 09:46:40.679207047Z x",
    b"2026-11-20T09:46:40.679207047 x",
    b"2026-11-20T09:46:40.679207047Zx",
    b"2026-11-20T09:46:40+0100 host dockerd[1]: x",
    b" 2026-11-20T09:46:40.679207047Z x",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_and_message() {
        let record = parse(VALID[0]).unwrap();
        assert_eq!(&*record.message, b"INFO:     Started server process [1]");
        assert_eq!((record.stream, record.partial), (None, false));
        assert_eq!(&*parse(VALID[2]).unwrap().message, b"");
        assert_eq!(
            &*parse(VALID[4]).unwrap().message,
            b"  File \"main.py\", line 3 caf\xe9"
        );
        assert_eq!(
            parse(VALID[1]).unwrap().time.unwrap().to_rfc3339(),
            "2026-11-20T08:46:40.679207+00:00"
        );
        for line in INVALID {
            assert!(parse(line).is_err(), "{}", line.escape_ascii());
        }
    }

    #[test]
    fn a_line_in_pieces_is_whole_again() {
        let prefix = "2026-11-20T09:46:40.711210263Z ";
        let text: Vec<u8> = (0..40_968u32).map(|n| b'a' + (n % 26) as u8).collect();
        let mut line = Vec::new();
        for piece in text.chunks(PIECE) {
            line.extend_from_slice(prefix.as_bytes());
            line.extend_from_slice(piece);
        }
        assert_eq!(line.len(), 41_061);
        assert_eq!(&*parse(&line).unwrap().message, &text[..]);
    }

    #[test]
    fn a_piece_with_replaced_bytes_is_longer() {
        let prefix = "2026-11-20T09:46:40.711210263Z ";
        let first = "\u{fffd}".repeat(2) + &"x".repeat(PIECE - 2);
        let line = format!("{prefix}{first}{prefix}end");
        assert_eq!(
            &*parse(line.as_bytes()).unwrap().message,
            format!("{first}end").as_bytes()
        );
    }

    #[test]
    fn a_short_line_that_repeats_its_time_is_left_alone() {
        let line = b"2026-11-20T09:46:40.711210263Z 2026-11-20T09:46:40.711210263Z x";
        assert_eq!(
            &*parse(line).unwrap().message,
            b"2026-11-20T09:46:40.711210263Z x"
        );
    }
}
