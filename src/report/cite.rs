//! Where a cited line stands, for the formats that are one line an entry.

use crate::model::{Evidence, InputId, report::Input};

/// The path of an input, as given.
pub(super) fn path(inputs: &[Input], id: InputId) -> &str {
    inputs
        .iter()
        .find(|input| input.id == id)
        .map_or("", |input| &input.path)
}

/// `PATH:LINE`, which editors and `rg` users know.
pub(super) fn place(inputs: &[Input], evidence: &Evidence) -> String {
    format!("{}:{}", path(inputs, evidence.input), evidence.line)
}
