//! Times as engines, journals and scripts write them, read leniently; and the zone of those that
//! name none.

use crate::model::Time;
use chrono::{
    DateTime, Datelike, FixedOffset, Local, MappedLocalTime, NaiveDate, NaiveDateTime, TimeDelta,
    TimeZone, Utc,
};
use nom::{
    IResult, Parser,
    branch::alt,
    bytes::complete::{tag, tag_no_case, take_while_m_n, take_while1},
    character::complete::{alphanumeric1, char, one_of, space0, space1},
    combinator::{eof, map_opt, not, opt, peek, recognize, value, verify},
    sequence::{delimited, preceded, terminated},
};

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
}

impl Zone {
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

fn in_zone<Z: TimeZone>(zone: &Z, naive: NaiveDateTime) -> Option<Time> {
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
    let (rest, civil) = alt((delimited(tag("["), moment, tag("]")), moment))
        .parse(line)
        .ok()?;
    let used = line.len() - rest.len();
    // A longer word or number is not a time that ends here.
    if rest.first().is_some_and(u8::is_ascii_alphanumeric) {
        return None;
    }
    match civil {
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

enum Written {
    Civil(Civil),
    Epoch(Time),
}

/// What a clock and a calendar show.
#[derive(Clone, Copy)]
struct Civil {
    year: Option<i32>,
    month: u32,
    day: u32,
    clock: Clock,
    /// Seconds east of UTC.
    offset: Option<i32>,
}

#[derive(Clone, Copy)]
struct Clock {
    hour: u32,
    minute: u32,
    second: u32,
    nanosecond: u32,
}

impl Civil {
    fn new((year, month, day): Date, clock: Clock, offset: Option<i32>) -> Self {
        Self {
            year,
            month,
            day,
            clock,
            offset,
        }
    }

    fn naive(&self, year: i32) -> Option<NaiveDateTime> {
        // A leap second is shown as 60; it belongs to the minute that it ends.
        NaiveDate::from_ymd_opt(year, self.month, self.day)?.and_hms_nano_opt(
            self.clock.hour,
            self.clock.minute,
            self.clock.second.min(59),
            self.clock.nanosecond,
        )
    }

    fn resolve(&self, year: i32, zone: &Zone) -> Option<Stamp> {
        let naive = self.naive(year)?;
        let time = match self.offset {
            Some(seconds) => in_zone(&FixedOffset::east_opt(seconds)?, naive)?,
            None => zone.to_utc(naive)?,
        };
        Some(Stamp {
            time,
            assumed_zone: self.offset.is_none(),
            assumed_year: self.year.is_none(),
        })
    }
}

type In<'a> = &'a [u8];
type Date = (Option<i32>, u32, u32);

fn moment(input: In<'_>) -> IResult<In<'_>, Written> {
    alt((
        epoch.map(Written::Epoch),
        alt((year_first, day_first, month_named, day_named, klog)).map(Written::Civil),
    ))
    .parse(input)
}

/// A number of `least` to `most` digits.
fn number<'a>(
    least: usize,
    most: usize,
) -> impl Parser<In<'a>, Output = u32, Error = nom::error::Error<In<'a>>> {
    map_opt(
        take_while_m_n(least, most, |byte: u8| byte.is_ascii_digit()),
        |digits: In<'a>| std::str::from_utf8(digits).ok()?.parse().ok(),
    )
}

fn year(input: In<'_>) -> IResult<In<'_>, Option<i32>> {
    number(4, 4)
        .map(|year| i32::try_from(year).ok())
        .parse(input)
}

/// `2026-11-20T09:41:25.841Z` and its looser relatives; also after a weekday (journald's
/// `short-full`).
fn year_first(input: In<'_>) -> IResult<In<'_>, Civil> {
    let (input, _) = opt(terminated(weekday, space1)).parse(input)?;
    let (input, year) = year(input)?;
    let (input, separator) = one_of("-/.")(input)?;
    let (input, month) = number(1, 2).parse(input)?;
    let (input, _) = char(separator)(input)?;
    let (input, day) = number(1, 2).parse(input)?;
    let (input, _) = alt((tag("T"), tag("t"), tag("_"), space1)).parse(input)?;
    let (input, (clock, offset)) = clock_and_zone(input)?;
    Ok((input, Civil::new((year, month, day), clock, offset)))
}

/// `20-11-2026 09:44:29` (autoheal), `20/11/2026`, `20.11.2026`; month first only when the second
/// number cannot be a month.
fn day_first(input: In<'_>) -> IResult<In<'_>, Civil> {
    let (input, first) = number(1, 2).parse(input)?;
    let (input, separator) = one_of("-/.")(input)?;
    let (input, second) = alt((number(1, 2), month_name)).parse(input)?;
    let (input, _) = char(separator)(input)?;
    let (input, year) = year(input)?;
    let (input, _) = alt((tag("T"), tag(":"), tag(", "), space1)).parse(input)?;
    let (input, (clock, offset)) = clock_and_zone(input)?;
    let (day, month) = if second > 12 {
        (second, first)
    } else {
        (first, second)
    };
    Ok((input, Civil::new((year, month, day), clock, offset)))
}

/// Syslog `Nov 20 09:43:18`, ctime `Fri Nov 20 09:43:18 2026`, `date`
/// `Fri Nov 20 09:41:25 UTC 2026`.
fn month_named(input: In<'_>) -> IResult<In<'_>, Civil> {
    let (input, _) = opt(terminated(weekday, space1)).parse(input)?;
    let (input, month) = month_name(input)?;
    let (input, _) = space1(input)?;
    let (input, day) = number(1, 2).parse(input)?;
    let (input, before) = opt(preceded(space1, terminated(year, peek(space1)))).parse(input)?;
    let (input, _) = space1(input)?;
    let (input, (clock, offset)) = clock_and_zone(input)?;
    let (input, after) = opt(preceded(
        space1,
        terminated(
            verify(year, |year| {
                year.is_some_and(|year| (1970..2200).contains(&year))
            }),
            not(peek(alphanumeric1)),
        ),
    ))
    .parse(input)?;
    let year = before.flatten().or(after.flatten());
    Ok((input, Civil::new((year, month, day), clock, offset)))
}

/// `Fri, 20 Nov 2026 09:41:25 +0000` and `Fri 20 Nov 2026 09:41:25 AM UTC`.
fn day_named(input: In<'_>) -> IResult<In<'_>, Civil> {
    let (input, _) = opt(terminated(weekday, space1)).parse(input)?;
    let (input, day) = number(1, 2).parse(input)?;
    let (input, month) = delimited(space1, month_name, space1).parse(input)?;
    let (input, year) = terminated(year, space1).parse(input)?;
    let (input, (clock, offset)) = clock_and_zone(input)?;
    Ok((input, Civil::new((year, month, day), clock, offset)))
}

/// klog's header: a letter for the level, month and day without separators.
fn klog(input: In<'_>) -> IResult<In<'_>, Civil> {
    let (input, _) = one_of("IWEF")(input)?;
    let (input, (month, day)) = (number(2, 2), number(2, 2)).parse(input)?;
    let (input, clock) = preceded(space1, clock).parse(input)?;
    Ok((input, Civil::new((None, month, day), clock, None)))
}

/// Seconds since 1970 with or without a fraction (journald's `short-unix`), from 2001 to 2099.
fn epoch(input: In<'_>) -> IResult<In<'_>, Time> {
    map_opt(
        (
            number(10, 10),
            opt(fraction),
            peek(alt((tag(" "), tag("\t"), tag(":"), tag("]"), eof))),
        ),
        |(seconds, nanosecond, _)| {
            (1_000_000_000..4_102_444_800)
                .contains(&seconds)
                .then(|| DateTime::from_timestamp(i64::from(seconds), nanosecond.unwrap_or(0)))
                .flatten()
        },
    )
    .parse(input)
}

fn clock_and_zone(input: In<'_>) -> IResult<In<'_>, (Clock, Option<i32>)> {
    let (input, mut clock) = clock(input)?;
    let (input, half) = opt(preceded(
        space1,
        terminated(
            alt((value(0, tag_no_case("AM")), value(12, tag_no_case("PM")))),
            not(peek(alphanumeric1)),
        ),
    ))
    .parse(input)?;
    if let Some(half) = half {
        clock.hour = clock.hour % 12 + half;
    }
    let (input, offset) = opt(offset).parse(input)?;
    Ok((input, (clock, offset)))
}

fn clock(input: In<'_>) -> IResult<In<'_>, Clock> {
    let (input, hour) = terminated(number(1, 2), tag(":")).parse(input)?;
    let (input, minute) = terminated(number(2, 2), tag(":")).parse(input)?;
    let (input, second) = verify(number(2, 2), |&second| second <= 60).parse(input)?;
    let (input, nanosecond) = opt(fraction).parse(input)?;
    Ok((
        input,
        Clock {
            hour,
            minute,
            second,
            nanosecond: nanosecond.unwrap_or(0),
        },
    ))
}

/// `.841` or `,841` in nanoseconds; digits beyond the ninth are cut.
fn fraction(input: In<'_>) -> IResult<In<'_>, u32> {
    preceded(one_of(".,"), take_while1(|byte: u8| byte.is_ascii_digit()))
        .map(|digits: In<'_>| {
            digits
                .iter()
                .chain(std::iter::repeat(&b'0'))
                .take(9)
                .fold(0, |sum, digit| sum * 10 + u32::from(digit - b'0'))
        })
        .parse(input)
}

/// An offset or a zone's abbreviation, in seconds east of UTC. Go writes both (`-0600 CST`).
fn offset(input: In<'_>) -> IResult<In<'_>, i32> {
    let ends = || not(peek(alphanumeric1));
    let numeric = alt((wide_offset, preceded(space1, wide_offset), short_offset));
    let (input, seconds) =
        terminated(alt((numeric, preceded(space0, abbreviation))), ends()).parse(input)?;
    // Only a name of this very offset belongs to the time; `INFO` does not.
    let upper = take_while_m_n(3, 5, |byte: u8| byte.is_ascii_uppercase());
    let digits = take_while_m_n(2, 4, |byte: u8| byte.is_ascii_digit());
    let name = alt((upper, recognize((one_of("+-"), digits))));
    let name = verify(name, |name: In<'_>| names(name, seconds));
    let (input, _) = opt((tag(" "), name, peek(alt((tag(" "), eof))))).parse(input)?;
    Ok((input, seconds))
}

/// Whether `name` can be the name of a zone with that offset.
fn names(name: In<'_>, seconds: i32) -> bool {
    match name.first() {
        Some(b'+' | b'-') => true,
        _ => ABBREVIATIONS
            .iter()
            .chain(AMBIGUOUS)
            .any(|&(known, offset)| known.as_bytes() == name && offset == seconds),
    }
}

/// `+01:00`, `-0600`.
fn wide_offset(input: In<'_>) -> IResult<In<'_>, i32> {
    let (input, sign) = one_of("+-")(input)?;
    let (input, hours) = number(2, 2).parse(input)?;
    let (input, minutes) = preceded(opt(tag(":")), number(2, 2)).parse(input)?;
    Ok((input, east(sign, hours, minutes)))
}

/// `+01`, as `PostgreSQL` writes it.
fn short_offset(input: In<'_>) -> IResult<In<'_>, i32> {
    let (input, (sign, hours)) = (one_of("+-"), number(2, 2)).parse(input)?;
    Ok((input, east(sign, hours, 0)))
}

fn east(sign: char, hours: u32, minutes: u32) -> i32 {
    let seconds = i32::try_from(hours * 3600 + minutes * 60).unwrap_or(0);
    if sign == '-' { -seconds } else { seconds }
}

/// Abbreviations that mean one offset only.
const ABBREVIATIONS: &[(&str, i32)] = &[
    ("UTC", 0),
    ("GMT", 0),
    ("Z", 0),
    ("z", 0),
    ("WET", 0),
    ("WEST", 3600),
    ("CET", 3600),
    ("CEST", 7200),
    ("EET", 7200),
    ("EEST", 10800),
    ("MSK", 10800),
    ("JST", 32400),
    ("EST", -18000),
    ("EDT", -14400),
    ("CDT", -18000),
    ("MDT", -21600),
    ("PDT", -25200),
];

/// Abbreviations that are used for several offsets; they only repeat an offset that is written.
const AMBIGUOUS: &[(&str, i32)] = &[
    ("CST", -21600),
    ("CST", 28800),
    ("MST", -25200),
    ("MST", 28800),
    ("PST", -28800),
    ("PST", 28800),
    ("BST", 3600),
    ("IST", 19800),
    ("IST", 3600),
    ("IST", 7200),
    ("KST", 32400),
    ("SAST", 7200),
    ("AEST", 36000),
    ("AEDT", 39600),
    ("NZST", 43200),
    ("NZDT", 46800),
    ("HKT", 28800),
    ("WIB", 25200),
];

fn abbreviation(input: In<'_>) -> IResult<In<'_>, i32> {
    map_opt(
        take_while_m_n(1, 4, |byte: u8| byte.is_ascii_alphabetic()),
        |name: In<'_>| {
            ABBREVIATIONS
                .iter()
                .find(|(known, _)| known.as_bytes() == name)
                .map(|&(_, seconds)| seconds)
        },
    )
    .parse(input)
}

const MONTHS: [&str; 12] = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
];
const WEEKDAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// The place of a three-letter name in `names`.
fn named<'a>(
    names: &'static [&'static str],
) -> impl Parser<In<'a>, Output = usize, Error = nom::error::Error<In<'a>>> {
    map_opt(
        take_while_m_n(3, 3, |byte: u8| byte.is_ascii_alphabetic()),
        move |word: In<'a>| {
            names
                .iter()
                .position(|name| name.as_bytes().eq_ignore_ascii_case(word))
        },
    )
}

fn month_name(input: In<'_>) -> IResult<In<'_>, u32> {
    map_opt(named(&MONTHS), |place| u32::try_from(place + 1).ok()).parse(input)
}

/// A weekday says nothing that the date does not.
fn weekday(input: In<'_>) -> IResult<In<'_>, ()> {
    value((), (named(&WEEKDAYS), opt(tag(",")))).parse(input)
}

#[cfg(test)]
mod tests;
