//! `docker compose logs` and `up`: a prefix that names the container before each line, and Compose's
//! own status lines between them.
//! Sources: `compose/cli/log_printer.py` of Compose 1, `cmd/formatter/logs.go` of Compose 2.

use super::sample::Sample;
use super::{Malformed, Origin, Record, timestamped};
use crate::formats::time::rfc3339;
use crate::model::Time;
use nom::branch::alt;
use nom::bytes::complete::{tag, take_while};
use nom::character::complete::satisfy;
use nom::combinator::recognize;
use nom::multi::many0_count;
use nom::{IResult, Parser};
use std::borrow::Cow;

/// A line's prefix and what follows it.
pub(super) struct Prefixed<'a> {
    /// `web-1`, `web_1`, `project-web-1` or a container's own name.
    pub(super) name: &'a str,
    /// How many blanks pad it. The padding changes within a file as longer names appear.
    pub(super) padding: usize,
    /// What follows the prefix, a time perhaps first.
    pub(super) text: &'a [u8],
}

/// Reads `name  | text`, `name  | TIME text` or a status line.
pub(super) fn parse(line: &[u8]) -> Result<Record<'_>, Malformed> {
    let Some(prefixed) = prefixed(line) else {
        return status(line).ok_or(Malformed("neither a service's prefix nor a status line"));
    };
    let (time, message) = stamped(prefixed.text);
    Ok(Record {
        time,
        message,
        origin: Some(origin(prefixed.name)),
        ..Record::default()
    })
}

/// The time after the prefix.
pub(super) fn time(line: &[u8]) -> Option<Time> {
    let text = prefixed(line)?.text;
    timestamped::split(text).map(|(time, _)| time)
}

/// The prefix of `line`, when it has one.
pub(super) fn prefixed(line: &[u8]) -> Option<Prefixed<'_>> {
    let (rest, (colour, name, _, padding, _)) = prefix(line).ok()?;
    let name = std::str::from_utf8(name).ok()?;
    // Compose 1 ends the colour before the blank, Compose 2 after it.
    let (rest, _) = controls(rest.strip_prefix(b"|")?).ok()?;
    let text = match rest {
        [] => rest,
        [b' ', text @ ..] if colour.is_empty() => text,
        [b' ', text @ ..] => text
            .strip_prefix(b"\x1b[0m")
            .or_else(|| text.strip_prefix(b"\x1b[m"))
            .unwrap_or(text),
        _ => return None,
    };
    Some(Prefixed {
        name,
        padding: padding.len(),
        text,
    })
}

type Parts<'a> = (&'a [u8], &'a [u8], &'a [u8], &'a [u8], &'a [u8]);

fn prefix(input: &[u8]) -> IResult<&[u8], Parts<'_>, ()> {
    let first = satisfy(|c| c.is_ascii_alphanumeric());
    // `@` appears in `docker service logs`, which prints the same prefix (`web.1.<task>@<node>`).
    let more = take_while(|b: u8| b.is_ascii_alphanumeric() || b"_.-@".contains(&b));
    (
        controls,
        recognize((first, more)),
        controls,
        take_while(|b| b == b' '),
        controls,
    )
        .parse(input)
}

/// Carriage returns and `ESC [ ... letter` sequences: colours, and the `ESC[2K` that Compose 2.26
/// writes before every line, even into a file.
fn controls(input: &[u8]) -> IResult<&[u8], &[u8], ()> {
    let parameters = take_while(|b: u8| b.is_ascii_digit() || b == b';' || b == b'?');
    let sequence = recognize((
        tag("\x1b["),
        parameters,
        satisfy(|c| c.is_ascii_alphabetic()),
    ));
    recognize(many0_count(alt((sequence, tag("\r"))))).parse(input)
}

/// The time and the message of what follows a prefix. Only a time with the engine's nine digits was
/// put there by `logs -t`; any other is the application's own and stays in its message.
fn stamped(text: &[u8]) -> (Option<Time>, Cow<'_, [u8]>) {
    match timestamped::split(text) {
        Some((time, message)) if rfc3339::has_nine_digits(text) => {
            let stamp = text.get(..text.len() - message.len()).unwrap_or_default();
            (Some(time), timestamped::joined(stamp, message))
        }
        Some((time, _)) => (Some(time), Cow::Borrowed(text)),
        None => (None, Cow::Borrowed(text)),
    }
}

/// Compose's own words, which have no prefix. The whole line is the message.
pub(super) fn status(line: &[u8]) -> Option<Record<'_>> {
    let (rest, _) = controls(line).ok()?;
    let end = rest
        .iter()
        .position(|&b| b == b'\x1b')
        .unwrap_or(rest.len());
    let text = std::str::from_utf8(rest.get(..end)?).ok()?;
    let named = subject(text);
    if named.is_none() && !is_status(text.trim_start()) {
        return None;
    }
    Some(Record {
        message: Cow::Borrowed(rest),
        origin: named.map(origin),
        ..Record::default()
    })
}

/// The container that an `exited` or `recreated` line begins with.
fn subject(text: &str) -> Option<&str> {
    let name = if let Some(name) = text.strip_suffix(" has been recreated") {
        name
    } else {
        let text = text.strip_suffix(" (restarting)").unwrap_or(text);
        let (name, code) = text.split_once(" exited with code ")?;
        code.bytes().all(|b| b.is_ascii_digit()).then_some(name)?
    };
    (!name.is_empty() && !name.contains(char::is_whitespace)).then_some(name)
}

/// Status lines that name no container in the form that the prefixes use.
fn is_status(text: &str) -> bool {
    const RESOURCES: [&str; 5] = ["Container ", "Network ", "Volume ", "Image ", "Service "];
    const STEPS: [&str; 8] = [
        "Starting ",
        "Stopping ",
        "Creating ",
        "Recreating ",
        "Restarting ",
        "Removing ",
        "Killing ",
        "Pulling ",
    ];
    const WHOLE: [&str; 4] = [
        "Attaching to ",
        "Gracefully stopping",
        "Aborting on container exit",
        "[+] ",
    ];
    WHOLE.iter().any(|start| text.starts_with(start))
        || RESOURCES
            .iter()
            .any(|start| text.trim_start_matches(['✔', '⠿', ' ']).starts_with(start))
        || STEPS.iter().any(|start| text.starts_with(start)) && text.contains("...")
}

fn origin(name: &str) -> Origin<'_> {
    Origin {
        name: Some(Cow::Borrowed(name)),
        ..Origin::default()
    }
}

/// Whether most lines have a prefix that Compose can have written, and the names are not the first
/// column of a table: a column rarely repeats a name, while a service logs more than one line.
pub(super) fn claims(sample: &Sample<'_>) -> bool {
    let mut names: Vec<&str> = sample
        .lines()
        .iter()
        .filter_map(|line| compose_name(line))
        .collect();
    let total = names.len();
    let any_numbered = names.iter().any(|name| is_numbered(name));
    names.sort_unstable();
    names.dedup();
    let is_table = total >= 3 && names.len() == total && !any_numbered;
    // Status lines count, but are not enough alone.
    total > 0
        && !is_table
        && sample.most(|line| compose_name(line).is_some() || status(line).is_some())
}

/// The name before a line, if Compose can have written it: it pads each name with at least two
/// blanks. Loggers that pad a level in the same way are not Compose.
fn compose_name(line: &[u8]) -> Option<&str> {
    const LEVELS: [&str; 10] = [
        "TRACE", "DEBUG", "INFO", "NOTICE", "SUCCESS", "WARN", "WARNING", "ERROR", "CRITICAL",
        "FATAL",
    ];
    let prefixed = prefixed(line)?;
    // A hand or an editor may have trimmed the padding; the number shows that it is a container.
    let least = if is_numbered(prefixed.name) { 1 } else { 2 };
    (prefixed.padding >= least && !LEVELS.contains(&prefixed.name)).then_some(prefixed.name)
}

/// Whether the name ends in a replica's number, or is that of a swarm task.
fn is_numbered(name: &str) -> bool {
    let number = name
        .rsplit_once(['-', '_'])
        .map_or("", |(_, number)| number);
    name.contains('@') || !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
pub(super) const VALID: &[&[u8]] = &[
    b"backend_1   | INFO:     Started server process [1]",
    b"backend_1   | 2026-11-20T09:57:35.583755584Z INFO:     Started server process [1]",
    b"\x1b[2Kgw-2  | ready",
    b"\x1b[36mweb-1  | \x1b[0m\x1b[32mINFO\x1b[0m ready",
    b"\x1b[36mweb_1  |\x1b[0m ready",
    b"pms-backend  | caf\xe9",
    b"web-1  | ",
    b"web-1  |",
    b"web-1 | a hand that trimmed the padding",
    b"web.1.qsk2bg@vm    | a swarm service",
];

#[cfg(test)]
pub(super) const STATUS: &[&[u8]] = &[
    b"Attaching to pms_backend_2, pms_database_1",
    b"web-1 exited with code 0",
    b"\x1b[Kweb-1 exited with code 1 (restarting)\x1b[0m",
    b"web-1 has been recreated",
    b" Container pms-db-1  Recreated",
    b"Recreating pms_web_1 ... done",
    b"Gracefully stopping... (press Ctrl+C again to force)",
];

#[cfg(test)]
pub(super) const INVALID: &[&[u8]] = &[
    b"",
    b"INFO:     Started server process [1]",
    b"| name | value |",
    b" id | name",
    b"----+------",
    b"name || other",
    b"2026-01-02 03:04:05.678 | INFO     | mod:fn:1 - msg",
    b"it exited with code 3 again, and exited with code 4",
    b"{\"a\":1}",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &[u8]) -> (Option<String>, Option<String>, String) {
        let record = parse(line).unwrap();
        let name = record
            .origin
            .and_then(|origin| origin.name)
            .map(Cow::into_owned);
        (
            name,
            record.time.map(|t| t.to_rfc3339()),
            record.message.escape_ascii().to_string(),
        )
    }

    #[test]
    fn prefixes() {
        let time = Some("2026-11-20T09:57:35.583755584+00:00".to_owned());
        for (n, name, time, message) in [
            (0, "backend_1", None, "INFO:     Started server process [1]"),
            (1, "backend_1", time, "INFO:     Started server process [1]"),
            (2, "gw-2", None, "ready"),
            (3, "web-1", None, r"\x1b[32mINFO\x1b[0m ready"),
            (4, "web_1", None, "ready"),
            (5, "pms-backend", None, r"caf\xe9"),
            (6, "web-1", None, ""),
            (7, "web-1", None, ""),
            (8, "web-1", None, "a hand that trimmed the padding"),
            (9, "web.1.qsk2bg@vm", None, "a swarm service"),
        ] {
            assert_eq!(
                read(VALID[n]),
                (Some(name.to_owned()), time, message.to_owned())
            );
        }
    }

    #[test]
    fn an_applications_own_time_stays_in_its_message() {
        let (_, time, message) = read(b"web-1  | 2026-11-20T09:57:35.583Z INFO ready");
        assert_eq!(time.as_deref(), Some("2026-11-20T09:57:35.583+00:00"));
        assert_eq!(message, "2026-11-20T09:57:35.583Z INFO ready");
    }

    #[test]
    fn status_lines() {
        let names: Vec<_> = STATUS.iter().map(|line| read(line).0).collect();
        let web = Some("web-1".to_owned());
        assert_eq!(
            names,
            [None, web.clone(), web.clone(), web, None, None, None]
        );
        assert_eq!(read(STATUS[1]).2, "web-1 exited with code 0");
    }

    #[test]
    fn what_is_no_compose_line() {
        for line in INVALID {
            assert!(parse(line).is_err(), "{}", line.escape_ascii());
        }
    }
}
