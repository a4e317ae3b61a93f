//! The forms in which times are written, as a grammar.

use super::Stamp;
use super::offset::offset;
use super::zone::{Zone, in_zone};
use crate::model::Time;
use chrono::{DateTime, FixedOffset, NaiveDate, NaiveDateTime};
use nom::{
    IResult, Parser,
    branch::alt,
    bytes::complete::{tag, tag_no_case, take_while_m_n, take_while1},
    character::complete::{alphanumeric1, char, one_of, space1},
    combinator::{eof, map_opt, not, opt, peek, value, verify},
    sequence::{delimited, preceded, terminated},
};

/// A time as it is written.
pub(super) enum Written {
    Civil(Civil),
    Epoch(Time),
}

/// What a clock and a calendar show.
#[derive(Clone, Copy)]
pub(super) struct Civil {
    pub(super) year: Option<i32>,
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

    /// The date and time in `year`; `None` for one that no calendar has.
    pub(super) fn naive(&self, year: i32) -> Option<NaiveDateTime> {
        // A leap second is shown as 60; it belongs to the minute that it ends.
        NaiveDate::from_ymd_opt(year, self.month, self.day)?.and_hms_nano_opt(
            self.clock.hour,
            self.clock.minute,
            self.clock.second.min(59),
            self.clock.nanosecond,
        )
    }

    /// The moment, when it is in `year`.
    pub(super) fn resolve(&self, year: i32, zone: &Zone) -> Option<Stamp> {
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

pub(super) type In<'a> = &'a [u8];
type Date = (Option<i32>, u32, u32);

/// A time in brackets or without, and what follows it.
pub(super) fn leading(input: In<'_>) -> IResult<In<'_>, Written> {
    alt((delimited(tag("["), moment, tag("]")), moment)).parse(input)
}

fn moment(input: In<'_>) -> IResult<In<'_>, Written> {
    alt((
        epoch.map(Written::Epoch),
        alt((year_first, day_first, month_named, day_named, klog)).map(Written::Civil),
    ))
    .parse(input)
}

/// A number of `least` to `most` digits.
pub(super) fn number<'a>(
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
