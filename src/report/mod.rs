//! Says what was found, and computes nothing: one model, one renderer a format.

mod answer;
mod cite;
mod csv;
pub(crate) mod digest;
mod empty;
mod fail_on;
pub mod format;
mod html;
mod json;
mod json_text;
pub(crate) mod jsonl;
mod junit;
mod markdown;
mod marks;
mod places;
mod prometheus;
mod quote;
pub mod sanitise;
pub(crate) mod schema;
mod text;
mod timeline;
mod words;

#[cfg(test)]
pub(crate) mod fixture;

pub use fail_on::FailOn;
pub use format::Format;
pub use text::TextOptions;
pub(crate) use text::{layout, style};

/// What a renderer may need to know besides the report.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// How the formats for humans look.
    pub text: TextOptions,
    /// What somebody wants to be told of.
    pub fail_on: FailOn,
}
