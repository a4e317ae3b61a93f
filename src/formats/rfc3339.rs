//! The one form of time that container tools agree on: RFC 3339, as Go prints it.

use crate::model::Time;
use chrono::{NaiveDate, TimeDelta};
use nom::branch::alt;
use nom::bytes::complete::{take, take_while1};
use nom::character::complete::{char, one_of};
use nom::combinator::{map, map_opt, opt, value};
use nom::sequence::preceded;
use nom::{IResult, Parser};

/// The length of a time up to its whole seconds, as in `2026-01-02T03:04:05`.
const SECONDS_LEN: usize = 19;

/// Reads the time at the beginning of `text` and returns it with what follows it.
///
/// Wants an upper-case `T` and a zone (`Z` or `+01:00`), as Go's layouts print them; takes any number
/// of fractional digits and keeps nine. `None` when there is no such time.
#[must_use]
pub fn parse(text: &[u8]) -> Option<(Time, &[u8])> {
    time(text).ok().map(|(rest, time)| (time, rest))
}

/// Whether the time at the beginning of `text` has exactly nine fractional digits: the engine and
/// podman pad to nine when they print a time before a line, applications rarely do.
/// Sources: moby `jsonmessage.RFC3339NanoFixed`, podman `libpod/logs/log.go`.
#[must_use]
pub(crate) fn has_nine_digits(text: &[u8]) -> bool {
    let Some(b".") = text.get(SECONDS_LEN..=SECONDS_LEN) else {
        return false;
    };
    let fraction = text.get(SECONDS_LEN + 1..).unwrap_or_default();
    fraction.iter().take_while(|b| b.is_ascii_digit()).count() == 9
}

fn time(input: &[u8]) -> IResult<&[u8], Time, ()> {
    map_opt(
        (
            map_opt(take(SECONDS_LEN), seconds),
            map(fraction, nanos),
            offset,
        ),
        |((date, (hour, minute, second)), nano, offset)| {
            let local = date.and_hms_nano_opt(hour, minute, second, nano)?.and_utc();
            // Nearly every time is in UTC already, and the general way costs as much as all the rest.
            if offset == 0 {
                Some(local)
            } else {
                local.checked_sub_signed(TimeDelta::minutes(offset))
            }
        },
    )
    .parse(input)
}

/// The date and the clock's hour, minute and second, which all stand in fixed places.
fn seconds(text: &[u8]) -> Option<(NaiveDate, (u32, u32, u32))> {
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2, b'T', time @ ..] = text else {
        return None;
    };
    let [h1, h2, b':', n1, n2, b':', s1, s2] = time else {
        return None;
    };
    let year = number([*y1, *y2])? * 100 + number([*y3, *y4])?;
    let date =
        NaiveDate::from_ymd_opt(year.cast_signed(), number([*m1, *m2])?, number([*d1, *d2])?)?;
    Some((
        date,
        (
            number([*h1, *h2])?,
            number([*n1, *n2])?,
            number([*s1, *s2])?,
        ),
    ))
}

/// Two decimal digits.
fn number([tens, ones]: [u8; 2]) -> Option<u32> {
    (tens.is_ascii_digit() && ones.is_ascii_digit())
        .then(|| u32::from(tens - b'0') * 10 + u32::from(ones - b'0'))
}

/// The digits after the point, when there is one.
fn fraction(input: &[u8]) -> IResult<&[u8], &[u8], ()> {
    map(
        opt(preceded(char('.'), take_while1(|b: u8| b.is_ascii_digit()))),
        Option::unwrap_or_default,
    )
    .parse(input)
}

/// A fraction's first nine digits as nanoseconds.
fn nanos(fraction: &[u8]) -> u32 {
    let kept = fraction.get(..9).unwrap_or(fraction);
    let value = kept
        .iter()
        .fold(0, |sum, digit| sum * 10 + u32::from(digit - b'0'));
    (kept.len()..9).fold(value, |value, _| value * 10)
}

/// Minutes east of UTC.
fn offset(input: &[u8]) -> IResult<&[u8], i64, ()> {
    alt((
        value(0, char('Z')),
        map_opt((one_of("+-"), take(5usize)), ahead),
    ))
    .parse(input)
}

fn ahead((sign, clock): (char, &[u8])) -> Option<i64> {
    let [h1, h2, b':', m1, m2] = clock else {
        return None;
    };
    let (hours, minutes) = (number([*h1, *h2])?, number([*m1, *m2])?);
    let minutes = (hours < 24 && minutes < 60).then_some(i64::from(hours * 60 + minutes))?;
    Some(if sign == '-' { -minutes } else { minutes })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<(String, &str)> {
        let (time, rest) = parse(text.as_bytes())?;
        Some((
            time.format("%F %T%.9f").to_string(),
            std::str::from_utf8(rest).unwrap(),
        ))
    }

    #[test]
    fn any_precision_and_zone() {
        for (text, expected, rest) in [
            ("2026-01-02T03:04:05Z", "2026-01-02 03:04:05.000000000", ""),
            (
                "2026-01-02T03:04:05.1Z x",
                "2026-01-02 03:04:05.100000000",
                " x",
            ),
            (
                "2026-01-02T03:04:05.123456789Z",
                "2026-01-02 03:04:05.123456789",
                "",
            ),
            (
                "2026-01-02T03:04:05.1234567899+01:00",
                "2026-01-02 02:04:05.123456789",
                "",
            ),
            (
                "2026-01-01T00:10:00.5-05:30|",
                "2026-01-01 05:40:00.500000000",
                "|",
            ),
            (
                "2026-01-01T00:10:00+14:00",
                "2025-12-31 10:10:00.000000000",
                "",
            ),
        ] {
            assert_eq!(read(text), Some((expected.to_owned(), rest)), "{text}");
        }
    }

    #[test]
    fn what_is_no_time() {
        for text in [
            "",
            "2026",
            "2026-01-02 03:04:05Z",
            "2026-01-02T03:04:05",
            "2026-01-02T03:04:05.Z",
            "2026-02-30T03:04:05Z",
            "2026-01-02T24:04:05Z",
            "2026-01-02T03:04:05+0100",
            "2026-01-02T03:04:05+25:00",
            "2026-01-02T03:04:05+01:60",
            "+026-01-02T03:04:05Z",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn nine_digits_are_the_engines() {
        assert!(has_nine_digits(b"2026-01-02T03:04:05.123456789Z"));
        for text in [
            "2026-01-02T03:04:05.12345678Z",
            "2026-01-02T03:04:05.1234567890Z",
            "2026-01-02T03:04:05Z",
            "",
        ] {
            assert!(!has_nine_digits(text.as_bytes()), "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn what_chrono_prints_is_read_back(seconds in 0i64..253_402_300_800, nanos in 0u32..1_000_000_000) {
            let time = Time::from_timestamp(seconds, nanos).unwrap();
            for text in [time.to_rfc3339(), time.format("%FT%T%.9fZ").to_string()] {
                proptest::prop_assert_eq!(parse(text.as_bytes()), Some((time, &b""[..])));
            }
        }
    }
}
