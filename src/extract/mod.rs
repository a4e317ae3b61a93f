//! Finds the lines that mean something.
//!
//! A *signature* is a row of a pack (TOML, with the sample lines that it must and must not match).
//! The [`Prefilter`] finds the signatures' literals in raw bytes, at the speed of reading; only a
//! line that it hits is decoded and given to [`Signatures::recognise`], which says what the
//! program meant by it, or nothing: text that merely quotes a startup line is not one.

mod again;
mod eight;
mod fields;
mod fingerprint;
mod matcher;
mod message;
mod pack;
mod pattern;
mod prefilter;
mod prefix;
pub mod scan;
mod shapes;
mod survey;

#[cfg(test)]
mod tests;

pub use matcher::{Recognised, Signatures};
pub use pack::{PackError, Signature};
pub use prefilter::Prefilter;
