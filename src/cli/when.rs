//! `--since` and `--until`: absolute and relative times, as users of Docker and journalctl write them.

use crate::{formats::time::Zone, model::Time};
use chrono::{DateTime, Days, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};

/// The forms that are accepted, for messages.
const ACCEPTED: &str = "2026-11-20T09:41:00Z, '2026-11-20 09:41', 2026-11-20, now, today, yesterday, \
    'yesterday 18:00', 18:00, seconds since 1970, or how long ago (90s, 30m, 1h30m, 2h, 7d)";

/// The moment that `text` names; a time without a zone is in `zone`.
///
/// # Errors
/// When it is none of the known forms; the message lists them.
pub(super) fn parse(text: &str, zone: &Zone, now: Time) -> Result<Time, String> {
    let text = text.trim();
    absolute(text, zone)
        .or_else(|| of_a_day(text, zone, now))
        .or_else(|| relative(text, now))
        .ok_or_else(|| format!("{text:?} is not a time: give {ACCEPTED}"))
}

fn absolute(text: &str, zone: &Zone) -> Option<Time> {
    // RFC 3339 in its own form, and with a blank in place of the T.
    for form in [
        "%Y-%m-%dT%H:%M:%S%.f%#z",
        "%Y-%m-%d %H:%M:%S%.f%#z",
        "%Y-%m-%dT%H:%M%#z",
        "%Y-%m-%d %H:%M%#z",
    ] {
        if let Ok(time) = DateTime::parse_from_str(text, form) {
            return Some(time.with_timezone(&Utc));
        }
    }
    for form in [
        "%Y-%m-%dT%H:%M:%S%.f",
        "%Y-%m-%d %H:%M:%S%.f",
        "%Y-%m-%dT%H:%M",
        "%Y-%m-%d %H:%M",
    ] {
        if let Ok(naive) = NaiveDateTime::parse_from_str(text, form) {
            return zone.to_utc(naive);
        }
    }
    if let Ok(date) = NaiveDate::parse_from_str(text, "%Y-%m-%d") {
        return zone.to_utc(date.into());
    }
    seconds_since_1970(text)
}

/// `today`, `yesterday`, `yesterday 18:00`, `18:00` (of today), in `zone`.
fn of_a_day(text: &str, zone: &Zone, now: Time) -> Option<Time> {
    let today = zone.shown_at(now).date();
    let (day, clock) = match text.split_once(char::is_whitespace) {
        Some((day, clock)) => (day, clock.trim_start()),
        None if text.contains(':') => ("today", text),
        None => (text, "00:00"),
    };
    let day = match day.to_ascii_lowercase().as_str() {
        "today" => today,
        "yesterday" => today.checked_sub_days(Days::new(1))?,
        _ => return None,
    };
    let clock = ["%H:%M:%S%.f", "%H:%M"]
        .into_iter()
        .find_map(|form| NaiveTime::parse_from_str(clock, form).ok())?;
    zone.to_utc(day.and_time(clock))
}

/// `1763632800` or `1763632800.5`, as Docker takes and prints them. Short figures are not times.
fn seconds_since_1970(text: &str) -> Option<Time> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if !(9..=11).contains(&whole.len()) || fraction.len() > 9 || !digits(whole) || !digits(fraction)
    {
        return None;
    }
    let nanoseconds = format!("{fraction:0<9}").parse().ok()?;
    DateTime::from_timestamp(whole.parse().ok()?, nanoseconds)
}

/// `2h`, `1h30m`, `-30m`, `7d ago`, `now`.
fn relative(text: &str, now: Time) -> Option<Time> {
    let text = text.strip_suffix("ago").map_or(text, str::trim_end);
    let text = text.strip_prefix('-').unwrap_or(text);
    if text.eq_ignore_ascii_case("now") {
        return Some(now);
    }
    now.checked_sub_signed(length(text)?)
}

/// `90s`, `2m`, `1h30m`: how long something takes.
pub(super) fn length(text: &str) -> Option<TimeDelta> {
    let mut rest = text;
    let mut total = TimeDelta::zero();
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let count: i64 = rest[..digits].parse().ok()?;
        let tail = rest[digits..].trim_start();
        let letters = tail
            .find(|c: char| !c.is_ascii_alphabetic())
            .unwrap_or(tail.len());
        let seconds = match &tail[..letters] {
            "s" | "sec" | "second" | "seconds" => 1,
            "m" | "min" | "minute" | "minutes" => 60,
            "h" | "hour" | "hours" => 3600,
            "d" | "day" | "days" => 86_400,
            "w" | "week" | "weeks" => 604_800,
            _ => return None,
        };
        total = total.checked_add(&TimeDelta::try_seconds(count.checked_mul(seconds)?)?)?;
        rest = tail[letters..].trim_start();
    }
    Some(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str, zone: &str) -> Result<String, String> {
        let now = "2026-11-20T12:00:00Z".parse().unwrap();
        parse(text, &Zone::parse(zone).unwrap(), now).map(|time| time.to_rfc3339())
    }

    #[test]
    fn absolute_times_are_read_in_their_zone() {
        for (text, zone, expected) in [
            ("2026-11-20T09:41:00Z", "UTC", "2026-11-20T09:41:00+00:00"),
            (
                "2026-11-20 09:41:27Z",
                "+05:00",
                "2026-11-20T09:41:27+00:00",
            ),
            (
                "2026-11-20T09:41:00.5+01:00",
                "UTC",
                "2026-11-20T08:41:00.500+00:00",
            ),
            ("2026-11-20 09:41", "UTC", "2026-11-20T09:41:00+00:00"),
            (
                "2026-11-20 09:41",
                "Europe/Berlin",
                "2026-11-20T08:41:00+00:00",
            ),
            ("2026-11-20", "-05:00", "2026-11-20T05:00:00+00:00"),
            ("1763632800", "UTC", "2025-11-20T10:00:00+00:00"),
        ] {
            assert_eq!(at(text, zone).unwrap(), expected, "{text}");
        }
    }

    #[test]
    fn relative_times_are_ago() {
        for (text, expected) in [
            ("2h", "2026-11-20T10:00:00+00:00"),
            ("1h30m", "2026-11-20T10:30:00+00:00"),
            ("-30m", "2026-11-20T11:30:00+00:00"),
            ("7d ago", "2026-11-13T12:00:00+00:00"),
            ("2 hours ago", "2026-11-20T10:00:00+00:00"),
            ("now", "2026-11-20T12:00:00+00:00"),
            ("0s", "2026-11-20T12:00:00+00:00"),
        ] {
            assert_eq!(at(text, "UTC").unwrap(), expected, "{text}");
        }
    }

    #[test]
    fn days_are_those_of_the_zone() {
        for (text, zone, expected) in [
            ("today", "UTC", "2026-11-20T00:00:00+00:00"),
            ("yesterday", "UTC", "2026-11-19T00:00:00+00:00"),
            ("Yesterday 18:00", "UTC", "2026-11-19T18:00:00+00:00"),
            ("18:00", "UTC", "2026-11-20T18:00:00+00:00"),
            ("today 06:30:15", "UTC", "2026-11-20T06:30:15+00:00"),
            ("yesterday", "Europe/Berlin", "2026-11-18T23:00:00+00:00"),
            (
                "yesterday 18:00",
                "Europe/Berlin",
                "2026-11-19T17:00:00+00:00",
            ),
            // It is the 21st there already.
            ("today", "+14:00", "2026-11-20T10:00:00+00:00"),
            ("yesterday", "+14:00", "2026-11-19T10:00:00+00:00"),
        ] {
            assert_eq!(at(text, zone).unwrap(), expected, "{text} {zone}");
        }
    }

    #[test]
    fn what_is_no_time_is_refused_with_the_known_forms() {
        for text in [
            "",
            "2",
            "h",
            "2x",
            "2026-13-01",
            "tomorrow",
            "yesterday 25:00",
            "yesterday noon",
            "18:60",
            "yesterdayish",
            "99999999999999999999h",
            "9999999999d",
        ] {
            assert!(at(text, "UTC").unwrap_err().contains("2h, 7d"), "{text}");
        }
    }
}
