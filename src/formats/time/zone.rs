//! The zone in which times without one are read.

use super::offset::{short_offset, wide_offset};
use crate::model::Time;
use chrono::{FixedOffset, Local, MappedLocalTime, NaiveDateTime, TimeDelta, TimeZone, Utc};
use nom::{Parser as _, branch::alt};

/// The zone in which times without one are read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Zone {
    /// UTC.
    Utc,
    /// The zone of the machine that runs the program.
    Local,
    /// A fixed offset from UTC.
    Fixed(FixedOffset),
    /// A zone of the IANA database, with its daylight-saving rules.
    Named(chrono_tz::Tz),
}

impl Zone {
    /// Reads `UTC`, `Z`, `local`, `+01:00`, `+0100`, `+01` or an IANA name in any case.
    #[must_use]
    pub fn parse(text: &str) -> Option<Zone> {
        let text = text.trim();
        if ["utc", "z", "gmt"].contains(&text.to_ascii_lowercase().as_str()) {
            return Some(Zone::Utc);
        }
        if text.eq_ignore_ascii_case("local") {
            return Some(Zone::Local);
        }
        if let Ok((b"", seconds)) = alt((wide_offset, short_offset)).parse(text.as_bytes()) {
            return FixedOffset::east_opt(seconds).map(Zone::Fixed);
        }
        chrono_tz::TZ_VARIANTS
            .iter()
            .find(|tz| tz.name().eq_ignore_ascii_case(text))
            .copied()
            .map(Zone::Named)
    }

    /// The moment that a clock in this zone showed as `naive`: the earlier one when it did so twice;
    /// a time in a skipped hour moves forward, as if the clock had not been put forward yet.
    #[must_use]
    pub fn to_utc(&self, naive: NaiveDateTime) -> Option<Time> {
        match self {
            Zone::Utc => Some(naive.and_utc()),
            Zone::Fixed(offset) => in_zone(offset, naive),
            Zone::Local => in_zone(&Local, naive),
            Zone::Named(tz) => in_zone(tz, naive),
        }
    }

    /// What a clock in this zone shows at `time`.
    #[must_use]
    pub fn shown_at(&self, time: Time) -> NaiveDateTime {
        match self {
            Zone::Utc => time.naive_utc(),
            Zone::Fixed(offset) => time.with_timezone(offset).naive_local(),
            Zone::Local => time.with_timezone(&Local).naive_local(),
            Zone::Named(tz) => time.with_timezone(tz).naive_local(),
        }
    }

    /// The second moment at which a clock in this zone showed what it showed at `time`, when it was
    /// put back in between.
    #[must_use]
    pub fn shown_again(&self, time: Time) -> Option<Time> {
        fn second<Z: TimeZone>(zone: &Z, time: Time) -> Option<Time> {
            let naive = time.with_timezone(zone).naive_local();
            let later = zone.from_local_datetime(&naive).latest()?;
            Some(later.with_timezone(&Utc)).filter(|later| *later > time)
        }
        match self {
            Zone::Utc | Zone::Fixed(_) => None,
            Zone::Local => second(&Local, time),
            Zone::Named(tz) => second(tz, time),
        }
    }
}

/// As [`Zone::to_utc`].
pub(super) fn in_zone<Z: TimeZone>(zone: &Z, naive: NaiveDateTime) -> Option<Time> {
    match zone.from_local_datetime(&naive) {
        MappedLocalTime::Single(time) | MappedLocalTime::Ambiguous(time, _) => {
            Some(time.with_timezone(&Utc))
        }
        // The clock was put forward: shown with the offset from before. The widest jump so far was
        // a whole day (Samoa, 2011).
        MappedLocalTime::None => (1..=26).find_map(|hours| {
            let gap = TimeDelta::hours(hours);
            let before = zone
                .from_local_datetime(&naive.checked_sub_signed(gap)?)
                .latest()?;
            before.with_timezone(&Utc).checked_add_signed(gap)
        }),
    }
}
