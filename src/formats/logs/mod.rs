//! The formats of container logs that are made of lines.
//!
//! To add one, write its file and its row of [`FORMATS`] (with its variant of [`LogFormat`], at the
//! same place).

mod compose;
mod cri;
mod details;
mod journald;
mod json_file;
mod plain;
mod record;
mod sample;
mod shape;
mod timestamped;

pub use record::{Malformed, Origin, Record, Stream};
pub use shape::Shape;

use crate::model::{InputKind, Time};
use sample::Sample;

/// How the lines of a container's log are written. In the order of `FORMATS`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LogFormat {
    /// Docker's `json-file` driver.
    JsonFile,
    /// `journalctl -o json` of the `journald` driver.
    Journald,
    /// CRI, and podman's `k8s-file`.
    Cri,
    /// `docker logs -t --details`.
    TimestampedDetails,
    /// `docker logs -t`, `podman logs -t`.
    Timestamped,
    /// `docker compose logs`, `docker compose up`.
    Compose,
    /// What the application wrote and nothing else.
    Plain,
}

/// Everything about one format.
struct Row {
    format: LogFormat,
    name: &'static str,
    /// What an input of this format is.
    kind: InputKind,
    /// What reports call it.
    words: &'static str,
    /// Reads one line.
    parse: fn(&[u8]) -> Result<Record<'_>, Malformed>,
    /// Finds the time that `parse` finds, for a fraction of its cost.
    time: fn(&[u8]) -> Option<Time>,
    /// What its lines begin and end with.
    shape: Shape,
    /// Literals at which a prefilter must stop besides those of the signatures, because the message
    /// after them is written in a way that hides its text.
    extra_literals: &'static [&'static str],
    /// Whether a stream with these lines is of this format, when no row above claims it.
    claims: fn(&Sample<'_>) -> bool,
    /// Lines that `parse` takes, each of them enough for `claims`.
    #[cfg(test)]
    samples: &'static [&'static [u8]],
    /// Lines that `parse` rejects and that are not recognised as this format.
    #[cfg(test)]
    counter_samples: &'static [&'static [u8]],
}

/// All formats, in the order in which they are recognised.
static FORMATS: [Row; LogFormat::Plain as usize + 1] = [
    Row {
        format: LogFormat::JsonFile,
        name: "json-file",
        kind: InputKind::JsonFileLog,
        words: "a json-file log",
        parse: json_file::parse,
        time: json_file::time,
        shape: Shape::Objects,
        extra_literals: &[],
        claims: json_file::claims,
        #[cfg(test)]
        samples: json_file::VALID,
        #[cfg(test)]
        counter_samples: json_file::INVALID,
    },
    Row {
        format: LogFormat::Journald,
        name: "journald",
        kind: InputKind::JournaldLog,
        words: "a container's log from the journal",
        parse: journald::parse,
        time: journald::time,
        shape: Shape::Objects,
        extra_literals: &[r#""MESSAGE":["#, r#""MESSAGE" : ["#],
        claims: journald::claims,
        #[cfg(test)]
        samples: journald::VALID,
        #[cfg(test)]
        counter_samples: journald::INVALID,
    },
    Row {
        format: LogFormat::Cri,
        name: "cri",
        kind: InputKind::CriLog,
        words: "a CRI log",
        parse: cri::parse,
        time: cri::time,
        shape: Shape::Times,
        extra_literals: &[],
        claims: cri::claims,
        #[cfg(test)]
        samples: cri::VALID,
        #[cfg(test)]
        counter_samples: cri::INVALID,
    },
    Row {
        format: LogFormat::TimestampedDetails,
        name: "timestamped-details",
        kind: InputKind::TimestampedLog,
        words: "a log with times",
        parse: details::parse,
        time: timestamped::time,
        shape: Shape::Times,
        extra_literals: &[],
        claims: details::claims,
        #[cfg(test)]
        samples: details::VALID,
        #[cfg(test)]
        counter_samples: timestamped::INVALID,
    },
    Row {
        format: LogFormat::Timestamped,
        name: "timestamped",
        kind: InputKind::TimestampedLog,
        words: "a log with times",
        parse: timestamped::parse,
        time: timestamped::time,
        shape: Shape::Times,
        extra_literals: &[],
        claims: timestamped::claims,
        #[cfg(test)]
        samples: timestamped::VALID,
        #[cfg(test)]
        counter_samples: timestamped::INVALID,
    },
    Row {
        format: LogFormat::Compose,
        name: "compose",
        kind: InputKind::ComposeLog,
        words: "a Compose log",
        parse: compose::parse,
        time: compose::time,
        shape: Shape::Free,
        extra_literals: &[],
        claims: compose::claims,
        #[cfg(test)]
        samples: compose::VALID,
        #[cfg(test)]
        counter_samples: compose::INVALID,
    },
    Row {
        format: LogFormat::Plain,
        name: "plain",
        kind: InputKind::PlainLog,
        words: "a log",
        parse: |line| Ok(plain::parse(line)),
        time: |_| None,
        shape: Shape::Free,
        extra_literals: &[],
        // Any text could be plain text: it is read so only when nothing else claims it.
        claims: |_| false,
        #[cfg(test)]
        samples: plain::VALID,
        #[cfg(test)]
        counter_samples: &[],
    },
];

/// Every format's row is at the format's own number.
const _: () = {
    let mut number = 0;
    while number < FORMATS.len() {
        assert!(FORMATS[number].format as usize == number);
        number += 1;
    }
};

impl LogFormat {
    fn row(self) -> &'static Row {
        &FORMATS[self as usize]
    }

    /// The format's name.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.row().name
    }

    /// What an input of this format is.
    #[must_use]
    pub fn kind(self) -> InputKind {
        self.row().kind
    }

    /// What reports call an input of this kind, when it is a log in lines.
    pub(super) fn words_for(kind: InputKind) -> Option<&'static str> {
        let row = FORMATS.iter().find(|row| row.kind == kind)?;
        Some(row.words)
    }

    /// Reads one line, given without its `\n`; a `\r` at its end belongs to the line end, too.
    ///
    /// # Errors
    /// When the line is not of this format; the reason says what is wrong with it.
    pub fn parse(self, line: &[u8]) -> Result<Record<'_>, Malformed> {
        (self.row().parse)(bare(line))
    }

    /// The time that [`parse`](Self::parse) finds, for a fraction of its cost.
    #[must_use]
    pub fn time(self, line: &[u8]) -> Option<Time> {
        (self.row().time)(bare(line))
    }

    /// What the lines of this format begin and end with.
    #[must_use]
    pub fn shape(self) -> Shape {
        self.row().shape
    }

    /// Whether whole lines of this format can be told from damaged ones.
    #[must_use]
    pub fn has_shape(self) -> bool {
        self.shape() != Shape::Free
    }

    /// Looks at both ends of a line, for a fraction of the cost of [`parse`](Self::parse). A line that
    /// passes is almost certainly whole; about one that fails, `parse` decides.
    #[must_use]
    pub fn looks_whole(self, line: &[u8]) -> bool {
        self.shape().fits(line)
    }

    /// Literals at which a prefilter must stop besides those of the signatures, because the message
    /// after them is written in a way that hides its text.
    #[must_use]
    pub fn extra_literals(self) -> &'static [&'static str] {
        self.row().extra_literals
    }

    /// The format of a stream that begins with `head`. Most of its complete lines must agree.
    pub(super) fn recognise(head: &[u8]) -> Option<Self> {
        let sample = Sample::from_head(head);
        if sample.is_empty() {
            return None;
        }
        let row = FORMATS.iter().find(|row| (row.claims)(&sample))?;
        Some(row.format)
    }
}

/// The format in which text is read that nothing claims: [`LogFormat::Timestamped`] when most lines
/// begin with a time of any precision (an application's own, or a copy that lost digits), else
/// [`LogFormat::Plain`].
#[must_use]
pub fn fallback(head: &[u8]) -> LogFormat {
    let sample = Sample::from_head(head);
    if sample.most(|line| timestamped::split(line).is_some()) {
        LogFormat::Timestamped
    } else {
        LogFormat::Plain
    }
}

/// The line without what surrounds it in damaged or copied files: a byte order mark, NULs before it,
/// the rest of its line end.
fn bare(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
    let start = line.iter().position(|&b| b != 0).unwrap_or(line.len());
    line.get(start..).unwrap_or_default()
}

#[cfg(test)]
mod tests;
