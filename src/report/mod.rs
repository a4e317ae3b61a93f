//! Says what was found, and computes nothing: one model, one renderer a format.

pub mod format;
mod json;
mod json_text;
mod jsonl;
pub mod sanitise;
mod text;

#[cfg(test)]
pub(crate) mod fixture;

pub use format::Format;
pub use text::TextOptions;
pub(crate) use text::{layout, style};
