//! `docker logs -t --details`: the log's attributes stand between the time and the message.
//! Source: moby `daemon/server/httputils/logstream/logstream.go`.

use super::sample::Sample;
use super::timestamped::{self, record, split};
use super::{Malformed, Record};
use nom::bytes::complete::{take_while, take_while1};
use nom::character::complete::char;
use nom::combinator::recognize;
use nom::multi::separated_list1;
use nom::sequence::preceded;
use nom::{IResult, Parser};

/// Reads `TIME k=v,k=v message`. What follows the time is left in the message when it is no list of
/// attributes.
pub(super) fn parse(line: &[u8]) -> Result<Record<'_>, Malformed> {
    let (time, rest) = split(line).ok_or(Malformed("no time at its beginning"))?;
    let message = rest
        .strip_prefix(b" ")
        .or_else(|| details(rest).map(|(_, message)| message))
        .unwrap_or(rest);
    Ok(record(time, line, message))
}

/// The attributes and what follows their blank.
fn details(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let (rest, attributes) = attributes(text).ok()?;
    Some((attributes, rest.strip_prefix(b" ")?))
}

/// `k=v,k=v`, both escaped as in a URL's query.
fn attributes(input: &[u8]) -> IResult<&[u8], &[u8], ()> {
    let word = |b: u8| b.is_ascii_alphanumeric() || b"-_.~+%".contains(&b);
    let value = take_while(word);
    recognize(separated_list1(
        char(','),
        (take_while1(word), preceded(char('='), value)),
    ))
    .parse(input)
}

/// Keys of programs that log `key=value` themselves.
const LOG_FIELDS: [&[u8]; 8] = [
    b"level",
    b"lvl",
    b"severity",
    b"time",
    b"ts",
    b"t",
    b"msg",
    b"at",
];

/// The attributes belong to the container, so they are the same on every line. The fields of a
/// program that logs `key=value` are not, and more of them follow.
pub(super) fn claims(sample: &Sample<'_>) -> bool {
    fn leading(line: &[u8]) -> Option<(&[u8], &[u8])> {
        details(split(line)?.1)
    }
    let Some((common, _)) = sample.lines().iter().find_map(|line| leading(line)) else {
        return false;
    };
    let key = common
        .split(|&b| b == b'=')
        .next()
        .unwrap_or_default()
        .to_ascii_lowercase();
    !LOG_FIELDS.contains(&&*key)
        && timestamped::claims(sample)
        && sample.most(|line| {
            leading(line)
                .is_some_and(|(found, message)| found == common && attributes(message).is_err())
        })
}

#[cfg(test)]
pub(super) const VALID: &[&[u8]] = &[
    b"2026-11-20T09:46:40.679207047Z com.docker.compose.service=web,tag=a%2Fb+c Started",
    b"2026-11-20T09:46:40.679207047Z empty= Started",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn details_are_no_message() {
        assert_eq!(&*parse(VALID[0]).unwrap().message, b"Started");
        assert_eq!(&*parse(VALID[1]).unwrap().message, b"Started");
        let line = b"2026-11-20T09:46:40.679207047Z  no attributes";
        assert_eq!(&*parse(line).unwrap().message, b"no attributes");
        let line = b"2026-11-20T09:46:40.679207047Z a=b:c text";
        assert_eq!(&*parse(line).unwrap().message, b"a=b:c text");
    }
}
