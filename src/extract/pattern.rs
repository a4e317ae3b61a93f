//! A row's regular expression, compiled when a line first asks for it.
//!
//! Compiling all of them would take longer than reading a small log, and most programs meet the
//! words of three or four.

use super::fields::Field;
use regex::bytes::{Regex, RegexBuilder};
use std::sync::OnceLock;

/// A pattern that was checked, or that comes from a tested pack.
#[derive(Debug)]
pub(super) struct Pattern {
    text: String,
    /// It has something to capture.
    captures: bool,
    compiled: OnceLock<Option<Regex>>,
}

impl Pattern {
    /// Compiles and checks a pattern now.
    pub(super) fn checked(text: String) -> Result<Self, String> {
        let regex = compile(&text).map_err(|error| format!("bad pattern: {error}"))?;
        for group in regex.capture_names().flatten() {
            if Field::of_group(group).is_none() {
                return Err(format!("unknown field `{group}` in the pattern"));
            }
        }
        if regex.is_match(b"") {
            return Err("the pattern matches an empty line".to_owned());
        }
        Ok(Self {
            captures: captures(&text),
            text,
            compiled: OnceLock::from(Some(regex)),
        })
    }

    /// Leaves compiling to the first use: for packs that the tests have checked.
    pub(super) fn tested(text: String) -> Self {
        Self {
            captures: captures(&text),
            text,
            compiled: OnceLock::new(),
        }
    }

    /// The compiled pattern; `None` never happens for one that was checked.
    pub(super) fn regex(&self) -> Option<&Regex> {
        self.compiled
            .get_or_init(|| compile(&self.text).ok())
            .as_ref()
    }

    /// As it was written.
    #[cfg(test)]
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// It has something to capture.
    pub(super) fn captures(&self) -> bool {
        self.captures
    }
}

fn captures(text: &str) -> bool {
    text.contains("(?P<")
}

/// Bytes, not characters: a log need not be UTF-8, and program texts are ASCII.
fn compile(text: &str) -> Result<Regex, regex::Error> {
    RegexBuilder::new(text).unicode(false).build()
}
