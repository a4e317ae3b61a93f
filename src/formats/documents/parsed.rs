//! What the parser of a document gives back.

use crate::model::{Cited, LineFault};

/// The records of a document and what is wrong with the rest of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parsed<T> {
    /// What was understood, in file order.
    pub records: Vec<Cited<T>>,
    /// What was not.
    pub problems: Vec<Problem>,
    /// How many lines the document has; a last one without a line end counts.
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
