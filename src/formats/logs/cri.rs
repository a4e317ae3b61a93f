//! CRI logs (Kubernetes) and podman's `k8s-file`: time, stream, `P` or `F`, text.
//! Sources: kubelet `pkg/kubelet/kuberuntime/logs`, podman `libpod/logs/log.go`.

use super::sample::Sample;
use super::{Malformed, Record, Stream};
use crate::formats::time::rfc3339;
use crate::model::Time;
use nom::branch::alt;
use nom::bytes::complete::{tag, take_till};
use nom::character::complete::{char, one_of};
use nom::combinator::value;
use nom::sequence::{preceded, terminated};
use nom::{IResult, Parser};
use std::borrow::Cow;

/// Reads `TIME stdout|stderr P|F text`.
pub(super) fn parse(line: &[u8]) -> Result<Record<'_>, Malformed> {
    let (time, rest) = rfc3339::parse(line).ok_or(Malformed("no time at its beginning"))?;
    let (message, (stream, partial)) =
        head(rest).map_err(|_| Malformed("no stream and tag after the time"))?;
    let message = match message {
        [b' ', message @ ..] => message,
        _ => message,
    };
    Ok(Record {
        time: Some(time),
        stream: Some(stream),
        message: Cow::Borrowed(message),
        partial,
        origin: None,
    })
}

/// The time alone.
pub(super) fn time(line: &[u8]) -> Option<Time> {
    rfc3339::parse(line).map(|(time, _)| time)
}

/// The stream, and whether the line is a piece that others follow. The tag may go on after a colon:
/// CRI reserves that for later.
fn head(input: &[u8]) -> IResult<&[u8], (Stream, bool), ()> {
    let stream = alt((
        value(Stream::Stdout, tag("stdout")),
        value(Stream::Stderr, tag("stderr")),
    ));
    let first = one_of("PF").map(|first| first == 'P');
    let more = alt((
        preceded(char(':'), take_till(|b| b == b' ')),
        nom::combinator::peek(tag(" ")),
        nom::combinator::eof,
    ));
    (
        preceded(char(' '), stream),
        preceded(char(' '), terminated(first, more)),
    )
        .parse(input)
}

pub(super) fn claims(sample: &Sample<'_>) -> bool {
    sample.most(|line| parse(line).is_ok())
}

#[cfg(test)]
pub(super) const VALID: &[&[u8]] = &[
    b"2026-11-20T09:44:40.061921679+00:00 stdout F INFO:     Started server process [1]",
    b"2026-11-20T09:44:40.061Z stderr P piece ",
    b"2026-11-20T09:44:40.061921679Z stdout F",
    b"2026-11-20T09:44:40.061921679Z stdout F ",
    b"2026-11-20T09:44:40.061921679Z stderr F:later caf\xe9",
];

#[cfg(test)]
pub(super) const INVALID: &[&[u8]] = &[
    b"",
    b"stdout F x",
    b"2026-11-20T09:44:40.061921679Z stdout",
    b"2026-11-20T09:44:40.061921679Z stdout X text",
    b"2026-11-20T09:44:40.061921679Z stdin F text",
    b"2026-11-20T09:44:40.061921679Z stdout Full text",
    b"2026-11-20 09:44:40.061921679 stdout F text",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_and_a_piece() {
        let record = parse(VALID[0]).unwrap();
        assert_eq!(&*record.message, b"INFO:     Started server process [1]");
        assert_eq!(
            (record.stream, record.partial),
            (Some(Stream::Stdout), false)
        );
        let piece = parse(VALID[1]).unwrap();
        assert_eq!(
            (&*piece.message, piece.stream, piece.partial),
            (&b"piece "[..], Some(Stream::Stderr), true)
        );
        assert_eq!(&*parse(VALID[2]).unwrap().message, b"");
        assert_eq!(&*parse(VALID[3]).unwrap().message, b"");
        assert_eq!(&*parse(VALID[4]).unwrap().message, b"caf\xe9");
    }

    #[test]
    fn what_is_wrong_is_said() {
        for line in INVALID {
            assert!(parse(line).is_err(), "{}", line.escape_ascii());
        }
        assert_eq!(
            parse(INVALID[3]),
            Err(Malformed("no stream and tag after the time"))
        );
    }
}
