//! Says what was found, and computes nothing: one model, one renderer a format.

mod json;
pub mod sanitise;
mod text;

#[cfg(test)]
pub(crate) mod fixture;

pub use text::TextOptions;
pub(crate) use text::{layout, style};

use crate::model::report::Report;
use std::io;

/// How a report is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// For a human: the answer first, its proof second.
    #[default]
    Text,
    /// For programs: the versioned contract.
    Json,
}

/// Writes `report` to `out`. `options` say how the formats for humans look.
///
/// # Errors
/// Those of `out`.
pub fn render(
    report: &Report,
    format: Format,
    options: &TextOptions,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    match format {
        Format::Text => text::render(report, options, out),
        Format::Json => json::render(report, out),
    }
}
