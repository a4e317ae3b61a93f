//! Packs of signatures, and what a message means.
//!
//! A *signature* is a row of a pack (TOML, with sample lines that it must and must not match). Its
//! literals tell which lines are worth decoding ([`Signatures::prefilter`]); only those are given to
//! [`Signatures::recognise`], which says what the program meant, or nothing: text that merely quotes a
//! startup line is not one.

mod builtin;
mod fields;
mod message;
mod pack;
mod pattern;
mod prefix;
mod recognise;
mod samples;
mod set;
mod torn;

#[cfg(test)]
mod tests;

pub use pack::{PackError, Signature};
pub use recognise::Recognised;
pub use set::Signatures;
