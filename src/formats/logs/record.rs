//! What one line of a container's log says.

use crate::model::Time;
use std::borrow::Cow;

/// One record of a container's log, as one line of it says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record<'a> {
    /// When the log driver (or a collector) received it.
    pub time: Option<Time>,
    /// Which pipe it came from.
    pub stream: Option<Stream>,
    /// What the application wrote, colours included, without the line end.
    pub message: Cow<'a, [u8]>,
    /// The application's line goes on in the next record of the same origin and stream.
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

/// Why a format's parser rejects a line, in a few words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Malformed(pub &'static str);
