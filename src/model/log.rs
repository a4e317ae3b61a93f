//! What scanning one log gives.

use super::{Citation, Fact, InputId, Said, Time};

/// The recognised lines of one log, and what else of it matters.
#[derive(Clone, Debug)]
pub struct LogFacts {
    /// The log.
    pub input: InputId,
    /// Whose lines the log holds: one entry for a container's own log, several for a mixed stream.
    /// [`Fact::origin`] and [`LastLine::origin`] point here.
    pub origins: Vec<Origin>,
    /// The recognised lines, in file order.
    pub facts: Vec<Fact>,
    /// Lines near the end of runs, in file order: what an application said last.
    pub last_lines: Vec<LastLine>,
    /// Earliest time seen at the borders of its blocks.
    pub from: Option<Time>,
    /// Latest time seen at the borders of its blocks.
    pub to: Option<Time>,
    /// Which rotated piece it is; higher is older.
    pub rotation: u64,
    /// The time of the last record, where its line goes on in the next rotated piece.
    pub goes_on: Option<Time>,
}

/// Whose line it is, as far as the log itself or its path says.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Origin {
    /// The container's id, 12 to 64 hex digits.
    pub container_id: Option<String>,
    /// The container's name, or Compose's prefix.
    pub name: Option<String>,
    /// Changes at every start of the container (journald's `CONTAINER_LOG_EPOCH`).
    pub epoch: Option<String>,
    /// The name is only a guess from a file's name.
    pub guessed: bool,
}

/// A line that stands shortly before the end of a run (or of the log).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastLine {
    /// Whose line it is.
    pub origin: u32,
    /// The line.
    pub citation: Citation,
    /// The application's message, cut; see [`LastLine::message`].
    pub said: Said,
}

impl LastLine {
    /// The application's message: no colours, no line end, not too long.
    #[must_use]
    pub fn message(&self) -> &str {
        self.said.as_str(&self.citation.text)
    }
}
