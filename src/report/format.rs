//! The formats of a report, as a table: a row has a format's name, its file endings and its renderer.

use super::{TextOptions, json, jsonl, text};
use crate::model::report::Report;
use std::io;

/// Writes a report in one format.
type Render = fn(&Report, &TextOptions, &mut dyn io::Write) -> io::Result<()>;

/// One format.
#[derive(Debug)]
pub struct Format {
    /// What `--format` calls it.
    pub name: &'static str,
    /// What it is for, in a few words.
    pub about: &'static str,
    /// The endings of file names that mean it, in lower case, the usual one first.
    pub endings: &'static [&'static str],
    render: Render,
}

/// All formats, the default one first.
pub static FORMATS: [Format; 3] = [
    Format {
        name: "text",
        about: "For humans: the answer first, its proof second",
        endings: &["txt", "text", "log"],
        render: text::render,
    },
    Format {
        name: "json",
        about: "For programs: the whole report",
        endings: &["json"],
        render: |report, _, out| json::render(report, out),
    },
    Format {
        name: "jsonl",
        about: "For programs: one startup a line, each complete in itself",
        endings: &["jsonl", "ndjson"],
        render: |report, _, out| jsonl::render(report, out),
    },
];

/// The default format.
pub static TEXT: &Format = &FORMATS[0];

impl Format {
    /// The format called `name`.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Self> {
        FORMATS.iter().find(|format| format.name == name)
    }

    /// Writes `report` to `out`. `options` say how the formats for humans look.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn render(
        &self,
        report: &Report,
        options: &TextOptions,
        out: &mut dyn io::Write,
    ) -> io::Result<()> {
        (self.render)(report, options, out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn names_and_endings_mean_one_format_each() {
        let words: Vec<&str> = FORMATS
            .iter()
            .flat_map(|format| format.endings.iter().copied())
            .collect();
        let distinct: BTreeSet<&str> = words.iter().copied().collect();
        assert_eq!(distinct.len(), words.len());
        for format in &FORMATS {
            assert!(std::ptr::eq(Format::named(format.name).unwrap(), format));
            assert!(!format.endings.is_empty());
        }
        assert!(Format::named("yaml").is_none());
    }
}
