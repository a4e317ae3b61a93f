//! Offsets from UTC and the abbreviations that stand for them.

use super::written::{In, number};
use nom::{
    IResult, Parser,
    branch::alt,
    bytes::complete::{tag, take_while_m_n},
    character::complete::{alphanumeric1, one_of, space0, space1},
    combinator::{eof, map_opt, not, opt, peek, recognize, verify},
    sequence::{preceded, terminated},
};

/// An offset or a zone's abbreviation, in seconds east of UTC. Go writes both (`-0600 CST`).
pub(super) fn offset(input: In<'_>) -> IResult<In<'_>, i32> {
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
pub(super) fn wide_offset(input: In<'_>) -> IResult<In<'_>, i32> {
    let (input, sign) = one_of("+-")(input)?;
    let (input, hours) = number(2, 2).parse(input)?;
    let (input, minutes) = preceded(opt(tag(":")), number(2, 2)).parse(input)?;
    Ok((input, east(sign, hours, minutes)))
}

/// `+01`, as `PostgreSQL` writes it.
pub(super) fn short_offset(input: In<'_>) -> IResult<In<'_>, i32> {
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
