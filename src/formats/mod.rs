//! Pure, total parsers: from bytes to records. Nothing here does I/O or keeps state between inputs,
//! and nothing here can fail on strange bytes other than by saying so.

mod config_v2;
pub mod daemon;
pub mod documents;
pub mod events;
pub mod host;
pub mod inspect;
mod journal;
pub mod ledger;
mod lines;
mod located;
pub mod log;
mod logfmt;
pub mod networks;
mod objects;
pub mod recognise;
pub mod rfc3339;
pub mod time;
pub mod transcode;

mod compose;
mod cri;
mod frames;
mod journal_export;
mod journald;
mod json_file;
mod local;
mod plain;
mod timestamped;

pub use log::LogFormat;
pub use recognise::{Guess, fallback, recognise_log};
pub use transcode::{Encoding, Problems, Transcoder};

use crate::model::{Cited, InputId, LineFault, Text, Time};
use std::borrow::Cow;

/// One record of a container's log, as one line of it says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record<'a> {
    /// When the log driver (or collector) got it.
    pub time: Option<Time>,
    /// Which pipe it came from.
    pub stream: Option<Stream>,
    /// What the application wrote, without the line end; colours and all.
    pub message: Cow<'a, [u8]>,
    /// This is not the last piece of the application's line: the next record of the same origin and
    /// stream goes on with it.
    pub partial: bool,
    /// Whose line it is, in formats that mix several containers in one stream.
    pub origin: Option<Origin<'a>>,
}

/// Which of the two pipes a line came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Stream {
    Stdout,
    Stderr,
}

/// Whose line a record is, where the format itself says so.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Origin<'a> {
    /// The container's id, 12 or 64 hex digits.
    pub container_id: Option<Cow<'a, str>>,
    /// The container's name, or Compose's prefix (which may lack the project).
    pub name: Option<Cow<'a, str>>,
    /// Changes at every start of the container (journald's `CONTAINER_LOG_EPOCH`).
    pub epoch: Option<Cow<'a, str>>,
}

/// A line that its format's parser does not understand, and why, in a few words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Malformed(pub &'static str);

/// What a document (events, inspect, journal) holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parsed<T> {
    /// What was understood, in file order.
    pub records: Vec<Cited<T>>,
    /// What was not.
    pub problems: Vec<Problem>,
    /// Lines in the document (the last one counts without its line end, too).
    pub lines: u64,
}

/// A part of a document that was left out, or something that had to be assumed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The line, from 1.
    pub line: u64,
    /// What is wrong with it.
    pub what: LineFault,
    /// How many lines or records it left out.
    pub skipped: u64,
}

/// Builds the citation of `line_bytes` (one line, without its line end).
#[must_use]
pub fn cite(
    input: InputId,
    line: u64,
    offset: u64,
    time: Option<Time>,
    line_bytes: &[u8],
) -> crate::model::Citation {
    crate::model::Citation {
        place: crate::model::Place {
            input,
            line,
            offset,
        },
        time,
        text: Text::cited(line_bytes),
    }
}
