//! What the lines of journals and logs on a host have in common: a time, a program, a message.

use super::Parsed;
use super::lines::{Lines, Problems};
use super::logfmt::{self, Pairs};
use crate::formats::time::{Stamp, Zone, leading_stamp, leading_time};
use crate::model::{Cited, InputId, JournalRecord, LineFault, Time};
use chrono::DateTime;
use serde_json::{Map, Value};
use std::borrow::Cow;

/// One line, taken apart.
#[derive(Clone, Debug, Default)]
pub(super) struct HostLine<'a> {
    /// When it was written.
    pub(super) stamp: Option<Stamp>,
    /// It begins with a time, known or not (syslog names no year).
    pub(super) timed: bool,
    /// Who wrote it: a program's name, or a unit's when that says more.
    pub(super) program: Option<Cow<'a, str>>,
    /// It has the form of a journal: `HOST PROGRAM[PID]: ` or an exported entry.
    pub(super) journal: bool,
    /// What it says.
    pub(super) message: Cow<'a, str>,
    /// The fields of a structured message.
    pub(super) fields: Option<Pairs<'a>>,
}

/// Reads every line of a document; `understand` makes a record of those that mean something.
pub(super) fn read(
    input: InputId,
    bytes: &[u8],
    zone: &Zone,
    year_hint: Option<i32>,
    mut understand: impl FnMut(&HostLine<'_>) -> Option<JournalRecord>,
) -> Parsed<JournalRecord> {
    let mut assumptions = Problems::default();
    let mut records = Vec::new();
    let (mut problems, count) = each(bytes, zone, year_hint, |lines, index, entry| {
        let Some(record) = understand(entry) else {
            return;
        };
        let problems = &mut assumptions;
        if entry.stamp.is_some_and(|stamp| stamp.assumed_zone) {
            problems.assumed(index, LineFault::ZoneAssumed);
        }
        if entry.stamp.is_some_and(|stamp| stamp.assumed_year) {
            problems.assumed(index, LineFault::YearAssumed);
        }
        let citation = lines.cite(input, index, record.time);
        records.push(Cited {
            value: record,
            citation,
        });
    });
    problems.join(assumptions);
    Parsed {
        records,
        problems: problems.into_list(),
        lines: count,
    }
}

/// Takes every line apart; gives back what is wrong with some, and how many there are.
pub(super) fn each(
    bytes: &[u8],
    zone: &Zone,
    year_hint: Option<i32>,
    mut take: impl FnMut(&Lines<'_>, usize, &HostLine<'_>),
) -> (Problems, u64) {
    let lines = Lines::new(bytes);
    let mut problems = Problems::default();
    let mut last: Option<Time> = None;
    for index in 0..lines.len() {
        let mut entry = match entry(lines.text(index), zone, year_hint) {
            Ok(Some(entry)) => entry,
            Ok(None) => continue,
            Err(what) => {
                problems.bad(index, what);
                continue;
            }
        };
        if let Some(stamp) = &mut entry.stamp {
            // The clock was put back and shows an hour for the second time: the lines before say so.
            if stamp.assumed_zone
                && last.is_some_and(|last| stamp.time < last)
                && let Some(later) = zone.shown_again(stamp.time)
                && last.is_some_and(|last| last <= later)
            {
                stamp.time = later;
            }
            last = last.max(Some(stamp.time));
        }
        take(&lines, index, &entry);
    }
    (problems, lines.count())
}

/// Takes a line apart; `None` when there is nothing in it.
pub(super) fn entry<'a>(
    line: &'a [u8],
    zone: &Zone,
    year_hint: Option<i32>,
) -> Result<Option<HostLine<'a>>, LineFault> {
    let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
    let line = line.trim_ascii();
    if line.is_empty() {
        return Ok(None);
    }
    if line.contains(&0) {
        return Err(LineFault::Nul);
    }
    if line.first() == Some(&b'{') {
        let object: Map<String, Value> =
            serde_json::from_slice(line).map_err(|_| LineFault::InvalidJson)?;
        return Ok(from_json(&object, zone));
    }
    let mut entry = HostLine::default();
    let mut rest = line;
    let mut form = Form::Any;
    if let Some((stamp, used)) = leading_stamp(line, zone, year_hint) {
        entry.timed = true;
        entry.stamp = stamp;
        form = Form::of_time(line.get(..used).unwrap_or_default());
        rest = line.get(used..).unwrap_or_default().trim_ascii_start();
        // `TIME: text` and `[TIME] - text`
        rest = rest.strip_prefix(b":").unwrap_or(rest);
        rest = rest.strip_prefix(b"- ").unwrap_or(rest).trim_ascii_start();
    }
    let text = String::from_utf8_lossy(rest);
    let message = entry.take_program(&text, form);
    let (program, message) = match &text {
        Cow::Borrowed(text) => (
            message.0,
            Cow::Borrowed(text.get(message.1..).unwrap_or("")),
        ),
        Cow::Owned(text) => (
            message.0,
            Cow::Owned(text.get(message.1..).unwrap_or("").to_owned()),
        ),
    };
    entry.program = program.map(Cow::Owned);
    entry.take_message(message, zone)?;
    Ok(Some(entry))
}

impl<'a> HostLine<'a> {
    pub(super) fn time(&self) -> Option<Time> {
        self.stamp.map(|stamp| stamp.time)
    }

    /// Whether the time has no zone of its own.
    pub(super) fn assumed_zone(&self) -> bool {
        self.stamp.is_some_and(|stamp| stamp.assumed_zone)
    }

    /// The id of the container that wrote the line, when its identifier is one.
    pub(super) fn container(&self) -> Option<&str> {
        let id = self.program.as_deref().filter(|_| self.journal)?;
        let is_id = id.len() == 12
            && id
                .bytes()
                .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        is_id.then_some(id)
    }

    /// Finds `PROGRAM: ` or `HOST PROGRAM[PID]: ` at the start of `text`: the program, and where the
    /// message begins.
    fn take_program(&mut self, text: &str, form: Form) -> (Option<String>, usize) {
        let Some((first, rest)) = text.split_once(' ') else {
            return (None, 0);
        };
        let begins = |rest: &str| text.len() - rest.trim_start().len();
        if let Some((program, pid)) = self.timed.then(|| program(first)).flatten() {
            self.journal = pid;
            return (Some(program), begins(rest));
        }
        if let Some((second, rest)) = self.timed.then(|| rest.split_once(' ')).flatten()
            && let Some((program, pid)) = program(second)
            && (pid || form.names_host(first, &program))
        {
            self.journal = true;
            return (Some(program), begins(rest));
        }
        (None, 0)
    }

    /// Keeps the message, or, when it is logfmt, what that says.
    fn take_message(&mut self, message: Cow<'a, str>, zone: &Zone) -> Result<(), LineFault> {
        let structured = ["time=", "level=", "ts=", "t="]
            .iter()
            .any(|start| message.starts_with(start));
        if !structured {
            self.message = message;
            return Ok(());
        }
        let pairs = match &message {
            Cow::Borrowed(message) => logfmt::parse(message),
            Cow::Owned(message) => logfmt::parse(message).map(Pairs::into_owned),
        };
        let Some(pairs) = pairs else {
            self.message = message;
            return Ok(());
        };
        if pairs.cut && pairs.get("msg").is_none() {
            return Err(LineFault::Cut);
        }
        let stamp = ["time", "ts", "t"]
            .iter()
            .find_map(|key| leading_time(pairs.get(key)?.as_bytes(), zone, None));
        if let Some((stamp, _)) = stamp {
            self.timed = true;
            self.stamp = Some(stamp);
        }
        self.message = Cow::Owned(pairs.get("msg").unwrap_or_default().to_owned());
        self.fields = Some(pairs);
        Ok(())
    }

    /// The value of a field of a structured message.
    pub(super) fn field(&self, key: &str) -> Option<&str> {
        self.fields.as_ref()?.get(key)
    }
}

/// What the time of a line says about the words after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// `Nov 20 09:48:45`, `Fri 2026-11-20 09:48:45 UTC`: only journals and syslog write it, and a host follows.
    Syslog,
    /// `2026-11-20T09:48:45.023456+00:00`: so do rsyslog and `journalctl -o short-iso`, but others write it, too.
    SyslogIso,
    /// Any other time, or none.
    Any,
}

impl Form {
    fn of_time(time: &[u8]) -> Self {
        let time = time.trim_ascii_end();
        if time.first().is_some_and(u8::is_ascii_alphabetic) {
            return Self::Syslog;
        }
        let Some(rest) = time.get(10..).and_then(|rest| rest.strip_prefix(b"T")) else {
            return Self::Any;
        };
        let Some(zone) = rest.iter().rposition(|byte| b"+-".contains(byte)) else {
            return Self::Any;
        };
        match zone {
            // `09:48:45`, and with microseconds.
            8 | 15 => Self::SyslogIso,
            _ => Self::Any,
        }
    }

    /// Whether `first` is a host's name in front of a `program` that comes without a PID.
    fn names_host(self, first: &str, program: &str) -> bool {
        let host = is_host(first);
        match self {
            Self::Syslog => true,
            Self::SyslogIso => host,
            Self::Any => host && WITHOUT_PID.contains(&program),
        }
    }
}

/// Programs of every host whose lines come without a PID.
const WITHOUT_PID: &[&str] = &["CRON", "doas", "kernel", "su", "sudo", "systemd"];

/// Whether a word can be a host's name.
fn is_host(word: &str) -> bool {
    const NO_HOSTS: &[&str] = &[
        "check",
        "container",
        "docker",
        "health",
        "pod",
        "podman",
        "probe",
        "service",
        "task",
    ];
    let lower = word.to_ascii_lowercase();
    word.len() <= 253
        && word.starts_with(|c: char| c.is_ascii_alphanumeric())
        && word
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(&byte))
        && ![LEVELS, NO_HOSTS]
            .iter()
            .any(|words| words.contains(&lower.as_str()))
        && !is_verb(&lower)
}

/// `restarting web: ...` begins with what a script does, not with a host.
fn is_verb(word: &str) -> bool {
    word.len() > 4 && (word.ends_with("ing") || word.ends_with("ed"))
}

/// Words before a colon that say how important a line is, not who wrote it.
const LEVELS: &[&str] = &[
    "action", "alert", "critical", "debug", "err", "error", "fatal", "info", "notice", "ok",
    "step", "success", "trace", "warn", "warning",
];

/// `prog[123]:` or `prog:`; the name, and whether there is a PID.
fn program(word: &str) -> Option<(String, bool)> {
    let name = word.strip_suffix(':')?;
    let (name, pid) = match name
        .strip_suffix(']')
        .and_then(|name| name.rsplit_once('['))
    {
        Some((name, pid)) => (name, pid.bytes().all(|byte| byte.is_ascii_digit())),
        None => (name, false),
    };
    let plausible = !name.is_empty()
        && name.len() <= 128
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"._-/@()+".contains(&byte))
        && name.bytes().any(|byte| byte.is_ascii_alphabetic());
    let level = LEVELS.iter().any(|level| name.eq_ignore_ascii_case(level));
    (plausible && !level).then(|| {
        let short = name.rsplit('/').next().unwrap_or(name);
        (short.to_owned(), pid)
    })
}

/// Programs whose name says nothing about what runs; the unit's name does.
const GENERIC: &[&str] = &[
    "bash", "dash", "docker", "env", "node", "perl", "python", "python3", "sh",
];

/// An exported journal entry (`journalctl -o json`), or a JSON line of a program.
fn from_json(object: &Map<String, Value>, zone: &Zone) -> Option<HostLine<'static>> {
    // A container's own log in the journal belongs to another parser.
    if object.contains_key("CONTAINER_NAME") || object.contains_key("CONTAINER_ID") {
        return None;
    }
    let mut entry = HostLine {
        timed: true,
        journal: object.contains_key("MESSAGE"),
        ..HostLine::default()
    };
    let stamp = ["_SOURCE_REALTIME_TIMESTAMP", "__REALTIME_TIMESTAMP"]
        .iter()
        .find_map(|key| micros(object.get(*key)?))
        .map(|time| Stamp {
            time,
            assumed_zone: false,
            assumed_year: false,
        })
        .or_else(|| {
            ["time", "ts", "timestamp", "@timestamp", "t"]
                .iter()
                .find_map(|key| leading_time(object.get(*key)?.as_str()?.as_bytes(), zone, None))
                .map(|(stamp, _)| stamp)
        });
    entry.stamp = stamp;
    entry.program = json_program(object).map(Cow::Owned);
    let message = ["MESSAGE", "msg", "message", "log"]
        .iter()
        .find_map(|key| message_text(object.get(*key)?))?;
    if !entry.journal {
        let mut pairs = Pairs::default();
        for (key, value) in object {
            let text = match value {
                Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            pairs.push(key.clone(), text);
        }
        entry.fields = Some(pairs);
        entry.message = Cow::Owned(message);
        return Some(entry);
    }
    entry.take_message(Cow::Owned(message), zone).ok()?;
    Some(entry)
}

fn json_program(object: &Map<String, Value>) -> Option<String> {
    let text = |key: &str| object.get(key)?.as_str().map(str::to_owned);
    let name = ["SYSLOG_IDENTIFIER", "_COMM", "program", "app"]
        .into_iter()
        .find_map(text);
    let unit = text("_SYSTEMD_UNIT").map(|unit| unit.trim_end_matches(".service").to_owned());
    match name {
        Some(name) if !GENERIC.contains(&name.as_str()) => Some(name),
        Some(name) => unit.or(Some(name)),
        None => unit,
    }
}

fn micros(value: &Value) -> Option<Time> {
    let micros = match value {
        Value::String(text) => text.parse().ok()?,
        other => other.as_i64()?,
    };
    DateTime::from_timestamp_micros(micros)
}

/// A message; journald exports one that is not UTF-8 as an array of byte values.
fn message_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.trim_end().to_owned()),
        Value::Array(numbers) => {
            let bytes: Vec<u8> = numbers
                .iter()
                .map(|number| u8::try_from(number.as_u64()?).ok())
                .collect::<Option<_>>()?;
            Some(String::from_utf8_lossy(&bytes).trim_end().to_owned())
        }
        _ => None,
    }
}
