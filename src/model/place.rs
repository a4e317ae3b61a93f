//! Where a piece of evidence stands, so that a reader can open it.

use super::{InputId, Text, Time};

/// The place of a line: its input, its number and its first byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The input that holds the line.
    pub input: InputId,
    /// The line's number, from 1, in the decoded stream.
    pub line: u64,
    /// The offset of the line's first byte in the decoded stream.
    pub offset: u64,
}

/// A line that a verdict can cite: where it stands, when it was written, what it says.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Citation {
    /// Where the line stands.
    pub place: Place,
    /// The line's time, when it has one.
    pub time: Option<Time>,
    /// The line as it stands there, without its line end, cut at
    /// [`MAX_CITED_BYTES`](super::text::MAX_CITED_BYTES).
    pub text: Text,
}

/// A value together with the line that it was read from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cited<T> {
    /// What the line says.
    pub value: T,
    /// The line.
    pub citation: Citation,
}
