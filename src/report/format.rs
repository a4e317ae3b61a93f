//! The formats of a report, as a table: a row has a format's name, its file endings and its renderer.

use super::{Options, csv, html, json, jsonl, junit, markdown, prometheus, text};
use crate::model::report::Report;
use std::io;

/// Writes a report in one format.
type Render = fn(&Report, &Options, &mut dyn io::Write) -> io::Result<()>;

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
pub static FORMATS: [Format; 8] = [
    Format {
        name: "text",
        about: "For humans: the answer first, its proof second",
        endings: &["txt", "text", "log"],
        render: |report, options, out| text::render(report, &options.text, out),
    },
    Format {
        name: "html",
        about: "For a browser: a page, all in one file",
        endings: &["html", "htm"],
        render: |report, _, out| html::render(report, out),
    },
    Format {
        name: "markdown",
        about: "For a postmortem: a section to paste",
        endings: &["md", "markdown"],
        render: |report, _, out| markdown::render(report, out),
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
    Format {
        name: "csv",
        about: "For spreadsheets and databases: one startup a row",
        endings: &["csv"],
        render: |report, _, out| csv::render(report, out),
    },
    Format {
        name: "prometheus",
        about: "For metrics: a text file for node_exporter's textfile collector",
        endings: &["prom"],
        render: |report, _, out| prometheus::render(report, out),
    },
    Format {
        name: "junit",
        about: "For CI: JUnit XML, with a failure for what --fail-on names",
        endings: &["xml"],
        render: |report, options, out| junit::render(report, &options.fail_on, out),
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

    /// Writes `report` to `out`.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn render(
        &self,
        report: &Report,
        options: &Options,
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
