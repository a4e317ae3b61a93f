//! Moments of a story.

use chrono::{DateTime, NaiveTime, SecondsFormat, TimeDelta, Utc};

/// The day of every story, and the moment from which numbers count. All moments of a story have
/// these last nanoseconds: engines write times with nine digits, and a time that ends with zeros
/// looks like an application's own.
pub const BEGIN: &str = "2026-11-20T10:00:00.000000007Z";

/// A moment of a story: a time of that day (`"10:00:01.25"`), seconds after [`BEGIN`] (`1.25`), or a
/// time as such.
pub trait Moment: Copy {
    fn time(self) -> DateTime<Utc>;
}

impl Moment for DateTime<Utc> {
    fn time(self) -> DateTime<Utc> {
        self
    }
}

impl Moment for &str {
    fn time(self) -> DateTime<Utc> {
        let time: NaiveTime = self
            .parse()
            .unwrap_or_else(|error| panic!("{self:?} is no time of day: {error}"));
        let begin = begin();
        let time = begin.date_naive().and_time(time).and_utc();
        time + TimeDelta::nanoseconds(begin.timestamp_subsec_nanos().into())
    }
}

impl Moment for i32 {
    fn time(self) -> DateTime<Utc> {
        begin() + TimeDelta::seconds(i64::from(self))
    }
}

impl Moment for f64 {
    #[expect(clippy::cast_possible_truncation, reason = "a story is of one day")]
    fn time(self) -> DateTime<Utc> {
        begin() + TimeDelta::microseconds((self * 1e6).round() as i64)
    }
}

fn begin() -> DateTime<Utc> {
    BEGIN.parse().unwrap()
}

/// The time of a moment.
pub fn clock(at: impl Moment) -> DateTime<Utc> {
    at.time()
}

/// The time of a moment as the engine writes it.
pub fn stamp(at: impl Moment) -> String {
    at.time().to_rfc3339_opts(SecondsFormat::Nanos, true)
}

/// Some milliseconds later, or earlier.
pub(super) fn after(at: DateTime<Utc>, milliseconds: i64) -> DateTime<Utc> {
    at + TimeDelta::milliseconds(milliseconds)
}
