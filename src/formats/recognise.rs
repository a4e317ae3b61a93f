//! Which log format a stream is in, decided by what its first lines are and never by its name.

use super::transcode::Encoding;
use super::{LogFormat, compose, cri, journald, json_file, rfc3339, timestamped};
use memchr::memmem;

/// What the beginning of a stream looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guess {
    /// A log in lines.
    Log(LogFormat),
    /// A log in something that is decoded to lines first. What the lines are is recognised again.
    Encoded(Encoding),
    /// Neither: another kind of document, or plain text.
    Unknown,
}

/// Recognises the log format of a stream by its `head`, up to its first 64 KiB. Most of the complete
/// lines decide; blank lines, NULs and a first line that lost its beginning have no vote.
///
/// Says [`Guess::Unknown`] rather than claim what may be something else: a time before each line
/// must have the engine's nine digits here (see [`fallback`]), because scripts and other programs of
/// the host begin their lines with times, too.
#[must_use]
pub fn recognise_log(head: &[u8]) -> Guess {
    if let Some(encoding) = Encoding::recognise(head) {
        return Guess::Encoded(encoding);
    }
    let lines = Lines::of(head);
    if lines.all.is_empty() {
        return Guess::Unknown;
    }
    if lines.most(is_json_file) || lines.is_cut && head.starts_with(json_file::BEGINNING) {
        return Guess::Log(LogFormat::JsonFile);
    }
    if lines.most(is_journal_entry)
        && lines.any(|line| journald::parse(line).is_ok() || names_container(line))
    {
        return Guess::Log(LogFormat::Journald);
    }
    if lines.most(|line| cri::parse(line).is_ok()) {
        return Guess::Log(LogFormat::Cri);
    }
    if lines.most(is_timestamped) {
        let details = is_detailed(&lines);
        return Guess::Log(if details {
            LogFormat::TimestampedDetails
        } else {
            LogFormat::Timestamped
        });
    }
    if is_compose(&lines) {
        return Guess::Log(LogFormat::Compose);
    }
    Guess::Unknown
}

/// What text is read as that nothing has claimed: [`LogFormat::Timestamped`] when most lines begin
/// with a time of any precision (an application's own, or a copy that lost digits), else
/// [`LogFormat::Plain`].
#[must_use]
pub fn fallback(head: &[u8]) -> LogFormat {
    let lines = Lines::of(head);
    if !lines.all.is_empty() && lines.most(|line| timestamped::split(line).is_some()) {
        LogFormat::Timestamped
    } else {
        LogFormat::Plain
    }
}

/// The lines that have a vote.
struct Lines<'a> {
    /// Not one is complete: a line may fill the whole head, and how it begins has to do.
    is_cut: bool,
    all: Vec<&'a [u8]>,
}

impl<'a> Lines<'a> {
    /// The complete lines that are not blank; the whole head when not one is complete.
    fn of(head: &'a [u8]) -> Self {
        let end = memchr::memrchr(b'\n', head);
        let complete = end.and_then(|end| head.get(..end)).unwrap_or(head);
        let lines = complete.split(|&b| b == b'\n').map(super::log::bare);
        Self {
            is_cut: end.is_none(),
            all: lines.filter(|line| !line.trim_ascii().is_empty()).collect(),
        }
    }

    fn any(&self, test: impl Fn(&[u8]) -> bool) -> bool {
        self.all.iter().any(|line| test(line))
    }

    /// Whether more than half pass. The first line may be the rest of one and then has no vote.
    fn most(&self, test: impl Fn(&[u8]) -> bool) -> bool {
        let Some((first, others)) = self.all.split_first() else {
            return false;
        };
        let passed = others.iter().filter(|line| test(line)).count();
        if test(first) {
            (passed + 1) * 2 > self.all.len()
        } else {
            passed * 2 > others.len()
        }
    }
}

fn is_json_file(line: &[u8]) -> bool {
    json_file::parse(line).is_ok_and(|record| record.time.is_some())
}

/// An entry of any journal, a container's or not.
fn is_journal_entry(line: &[u8]) -> bool {
    let line = line.strip_prefix(b"\x1e").unwrap_or(line);
    line.starts_with(b"{")
        && journald::time(line).is_some()
        && memmem::find(line, br#""MESSAGE""#).is_some()
}

fn names_container(line: &[u8]) -> bool {
    memmem::find(line, br#""CONTAINER_ID"#).is_some()
        || memmem::find(line, br#""CONTAINER_NAME""#).is_some()
}

fn is_timestamped(line: &[u8]) -> bool {
    rfc3339::has_nine_digits(line)
        && timestamped::split(line).is_some_and(|(_, text)| !is_event(text))
}

/// `docker events` prints the same time: `container start <id> (image=..., name=...)`.
fn is_event(text: &[u8]) -> bool {
    const TYPES: [&[u8]; 12] = [
        b"builder",
        b"config",
        b"container",
        b"daemon",
        b"image",
        b"network",
        b"node",
        b"plugin",
        b"pod",
        b"secret",
        b"service",
        b"volume",
    ];
    let word = text.split(|&b| b == b' ').next().unwrap_or_default();
    TYPES.contains(&word) && text.ends_with(b")") && memmem::find(text, b" (").is_some()
}

/// The attributes belong to the container, so they are the same on every line; the fields of a
/// program that logs `key=value` are not, and more of them follow.
fn is_detailed(lines: &Lines<'_>) -> bool {
    fn attributes(line: &[u8]) -> Option<(&[u8], &[u8])> {
        timestamped::details(timestamped::split(line)?.1)
    }
    let Some((common, _)) = lines.all.iter().find_map(|line| attributes(line)) else {
        return false;
    };
    let key = common
        .split(|&b| b == b'=')
        .next()
        .unwrap_or_default()
        .to_ascii_lowercase();
    if [
        &b"level"[..],
        b"lvl",
        b"severity",
        b"time",
        b"ts",
        b"t",
        b"msg",
        b"at",
    ]
    .contains(&&*key)
    {
        return false;
    }
    lines.most(|line| {
        attributes(line).is_some_and(|(found, message)| {
            found == common && timestamped::attributes(message).is_err()
        })
    })
}

/// Most lines have a prefix that Compose can have written, and the names are no table's first column:
/// that rarely repeats, while a service logs more than one line.
fn is_compose(lines: &Lines<'_>) -> bool {
    let mut names: Vec<&str> = lines
        .all
        .iter()
        .filter_map(|line| compose_name(line))
        .collect();
    let total = names.len();
    let any_numbered = names.iter().any(|name| is_numbered(name));
    names.sort_unstable();
    names.dedup();
    let is_table = total >= 3 && names.len() == total && !any_numbered;
    // Status lines have a vote, but cannot carry it alone.
    total > 0
        && !is_table
        && lines.most(|line| compose_name(line).is_some() || compose::status(line).is_some())
}

/// The name before a line, if Compose can have written it: it pads each name with at least two
/// blanks. Loggers that pad a level in the same way are not Compose.
fn compose_name(line: &[u8]) -> Option<&str> {
    const LEVELS: [&str; 10] = [
        "TRACE", "DEBUG", "INFO", "NOTICE", "SUCCESS", "WARN", "WARNING", "ERROR", "CRITICAL",
        "FATAL",
    ];
    let prefixed = compose::prefixed(line)?;
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
pub(crate) mod tests;
