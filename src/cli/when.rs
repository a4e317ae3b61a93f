//! `--since` and `--until`: absolute and relative times, as users of Docker and journalctl write them.

use crate::model::Time;
use chrono::{DateTime, FixedOffset, Local, NaiveDate, NaiveDateTime, TimeDelta, TimeZone, Utc};
use std::str::FromStr as _;

/// The zone of times that do not name one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Zone {
    /// `UTC`.
    Utc,
    /// This machine's.
    Local,
    /// `+01:00`.
    Fixed(FixedOffset),
    /// `Europe/Berlin`.
    Named(chrono_tz::Tz),
}

impl Zone {
    /// The zone named `name`, or `None` when there is none.
    pub(super) fn parse(name: &str) -> Option<Self> {
        match name {
            "" => None,
            _ if name.eq_ignore_ascii_case("utc") || name == "Z" => Some(Self::Utc),
            _ if name.eq_ignore_ascii_case("local") => Some(Self::Local),
            _ => FixedOffset::from_str(name)
                .map(Self::Fixed)
                .ok()
                .or_else(|| chrono_tz::Tz::from_str(name).map(Self::Named).ok()),
        }
    }

    fn at(self, naive: NaiveDateTime) -> Option<Time> {
        fn earliest<Z: TimeZone>(zone: &Z, naive: &NaiveDateTime) -> Option<Time> {
            Some(
                zone.from_local_datetime(naive)
                    .earliest()?
                    .with_timezone(&Utc),
            )
        }
        match self {
            Self::Utc => Some(naive.and_utc()),
            Self::Local => earliest(&Local, &naive),
            Self::Fixed(zone) => earliest(&zone, &naive),
            Self::Named(zone) => earliest(&zone, &naive),
        }
    }
}

/// The moment that `text` names.
///
/// # Errors
/// When it is none of the known forms; the message lists them.
pub(super) fn parse(text: &str, zone: Zone, now: Time) -> Result<Time, String> {
    let text = text.trim();
    absolute(text, zone)
        .or_else(|| relative(text, now))
        .ok_or_else(|| {
            format!(
                "{text:?} is not a time: give 2026-11-20T09:41:00Z, '2026-11-20 09:41', \
                 2026-11-20, seconds since 1970, or how long ago (90s, 30m, 2h, 7d)"
            )
        })
}

fn absolute(text: &str, zone: Zone) -> Option<Time> {
    if text.eq_ignore_ascii_case("now") {
        return None;
    }
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
            return zone.at(naive);
        }
    }
    if let Ok(date) = NaiveDate::parse_from_str(text, "%Y-%m-%d") {
        return zone.at(date.and_hms_opt(0, 0, 0)?);
    }
    seconds_since_1970(text)
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
    let mut rest = text.strip_prefix('-').unwrap_or(text);
    if rest.eq_ignore_ascii_case("now") {
        return Some(now);
    }
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
    now.checked_sub_signed(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str, zone: &str) -> Result<String, String> {
        let now = "2026-11-20T12:00:00Z".parse().unwrap();
        parse(text, Zone::parse(zone).unwrap(), now).map(|time| time.to_rfc3339())
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
    fn what_is_no_time_is_refused_with_the_known_forms() {
        for text in [
            "",
            "2",
            "h",
            "2x",
            "2026-13-01",
            "tomorrow",
            "99999999999999999999h",
            "9999999999d",
        ] {
            assert!(at(text, "UTC").unwrap_err().contains("2h, 7d"), "{text}");
        }
        assert_eq!(Zone::parse("Mars/Olympus"), None);
    }
}
