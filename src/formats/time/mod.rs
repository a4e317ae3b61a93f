//! Times as engines, journals and scripts write them, read leniently; and the zone of those that
//! name none.

mod offset;
pub(crate) mod rfc3339;
mod written;
mod zone;

pub use zone::Zone;

use crate::model::Time;
use chrono::Datelike as _;
use written::Written;

/// A time that was read, and what had to be assumed for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// The moment.
    pub time: Time,
    /// The text had no zone (or one that is not known): it was read with the zone of the run.
    pub assumed_zone: bool,
    /// The text had no year: it was read with the hint.
    pub assumed_year: bool,
}

/// Reads the time that `line` begins with, and says how many bytes it takes (brackets included).
///
/// Understood are RFC 3339; `2026-01-02 03:04:05[.,]fff [+0000|UTC|Z]` with `-`, `/` or `.` between
/// the date's parts; day first (`20-11-2026 09:44:29`, autoheal) and `20/Nov/2026:09:44:29 +0000`;
/// syslog (`Nov 20 09:43:18`), klog (`I1120 09:43:18`), ctime and `date`
/// (`Fri Nov 20 09:41:25 UTC 2026`); podman (`2019-03-02 10:33:42.312377447 -0600 CST`); seconds
/// since 1970; each also in `[` `]`. Syslog and klog name no year: `None` without `year_hint`.
#[must_use]
pub fn leading_time(line: &[u8], zone: &Zone, year_hint: Option<i32>) -> Option<(Stamp, usize)> {
    let (stamp, used) = leading_stamp(line, zone, year_hint)?;
    Some((stamp?, used))
}

/// As [`leading_time`], but a time whose year is not known is still seen: `(None, used)`.
pub(crate) fn leading_stamp(
    line: &[u8],
    zone: &Zone,
    year_hint: Option<i32>,
) -> Option<(Option<Stamp>, usize)> {
    let (rest, found) = written::leading(line).ok()?;
    let used = line.len() - rest.len();
    // A longer word or number is not a time that ends here.
    if rest.first().is_some_and(u8::is_ascii_alphanumeric) {
        return None;
    }
    match found {
        Written::Epoch(time) => Some((
            Some(Stamp {
                time,
                assumed_zone: false,
                assumed_year: false,
            }),
            used,
        )),
        Written::Civil(civil) => {
            let year = civil.year.or(year_hint);
            // An impossible date is no time, known year or not; 2000 has all days.
            civil.naive(year.unwrap_or(2000))?;
            Some((year.and_then(|year| civil.resolve(year, zone)), used))
        }
    }
}

/// Reads RFC 3339 text as a whole, as JSON documents hold it. Go's zero time is `None`.
pub(crate) fn whole_time(text: &str, zone: &Zone) -> Option<Stamp> {
    let (stamp, used) = leading_time(text.as_bytes(), zone, None)?;
    let rest = text.get(used..)?;
    (rest.trim().is_empty() && stamp.time.year() > 1).then_some(stamp)
}

#[cfg(test)]
mod tests;
