//! The one form of time that container tools agree on: RFC 3339, as Go prints it.

use crate::model::Time;
use chrono::{NaiveDate, TimeDelta};

/// The length of a time up to its whole seconds, as in `2026-01-02T03:04:05`.
const SECONDS_LEN: usize = 19;

/// Reads the time at the beginning of `text` and returns it with what follows it.
///
/// Wants an upper-case `T` and a zone (`Z` or `+01:00`), as Go's layouts print them; takes any number
/// of fractional digits and keeps nine. `None` when there is no such time.
pub(crate) fn parse(text: &[u8]) -> Option<(Time, &[u8])> {
    let (date_and_clock, rest) = text.split_first_chunk()?;
    let (date, (hour, minute, second)) = seconds(date_and_clock)?;
    let (nano, rest) = fraction(rest);
    let (offset, rest) = offset(rest)?;
    let local = date.and_hms_nano_opt(hour, minute, second, nano)?.and_utc();
    // Nearly every time is in UTC already, and the general way costs as much as all the rest.
    let time = if offset == 0 {
        local
    } else {
        local.checked_sub_signed(TimeDelta::minutes(offset))?
    };
    Some((time, rest))
}

/// Whether the time at the beginning of `text` has exactly nine fractional digits: the engine and
/// podman pad to nine when they print a time before a line, applications rarely do.
/// Sources: moby `jsonmessage.RFC3339NanoFixed`, podman `libpod/logs/log.go`.
pub(crate) fn has_nine_digits(text: &[u8]) -> bool {
    let Some(b".") = text.get(SECONDS_LEN..=SECONDS_LEN) else {
        return false;
    };
    let fraction = text.get(SECONDS_LEN + 1..).unwrap_or_default();
    fraction.iter().take_while(|b| b.is_ascii_digit()).count() == 9
}

/// The date and the clock's hour, minute and second, which all stand in fixed places.
///
/// Every time of every recognised line is read here, so all places are compared at once.
fn seconds(text: &[u8; SECONDS_LEN]) -> Option<(NaiveDate, (u32, u32, u32))> {
    const FORM: &[u8; SECONDS_LEN] = b"0000-00-00T00:00:00";
    let mut digits = [0; SECONDS_LEN];
    let mut all_fit = true;
    for (at, digit) in digits.iter_mut().enumerate() {
        // This leaves the value of a digit, and zero where a mark is the one expected.
        *digit = text[at] ^ FORM[at];
        let most = if FORM[at] == b'0' { 9 } else { 0 };
        all_fit &= *digit <= most;
    }
    if !all_fit {
        return None;
    }
    let two = |at: usize| u32::from(digits[at]) * 10 + u32::from(digits[at + 1]);
    let year = two(0) * 100 + two(2);
    let date = NaiveDate::from_ymd_opt(year.cast_signed(), two(5), two(8))?;
    Some((date, (two(11), two(14), two(17))))
}

/// Two decimal digits.
fn number([tens, ones]: [u8; 2]) -> Option<u32> {
    (tens.is_ascii_digit() && ones.is_ascii_digit())
        .then(|| u32::from(tens - b'0') * 10 + u32::from(ones - b'0'))
}

/// The digits after the point as nanoseconds, when there is one, and what follows.
fn fraction(text: &[u8]) -> (u32, &[u8]) {
    let digits = text.strip_prefix(b".").unwrap_or_default();
    let len = digits.iter().take_while(|b| b.is_ascii_digit()).count();
    let Some((digits, rest)) = digits.split_at_checked(len).filter(|_| len > 0) else {
        return (0, text);
    };
    let (kept, scale) = match digits.get(..9) {
        Some(nine) => (nine, 1),
        None => (digits, (len..9).fold(1, |scale, _| scale * 10)),
    };
    let value = kept
        .iter()
        .fold(0, |sum, digit| sum * 10 + u32::from(digit - b'0'));
    (value * scale, rest)
}

/// Minutes east of UTC, and what follows.
fn offset(text: &[u8]) -> Option<(i64, &[u8])> {
    if let Some(rest) = text.strip_prefix(b"Z") {
        return Some((0, rest));
    }
    let [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2, rest @ ..] = text else {
        return None;
    };
    let (hours, minutes) = (number([*h1, *h2])?, number([*m1, *m2])?);
    let minutes = (hours < 24 && minutes < 60).then_some(i64::from(hours * 60 + minutes))?;
    Some((if *sign == b'-' { -minutes } else { minutes }, rest))
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
