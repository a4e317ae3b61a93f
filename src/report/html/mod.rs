//! The report as a page: one file for a browser, with everything in it and nothing fetched.

mod chart;
mod palette;
mod view;

#[cfg(test)]
mod tests;

use crate::model::report::Report;
use crate::report::{marks, sanitise::sanitise};
use askama::{
    Template,
    filters::{Escaper, Html},
};
use std::{fmt, io};
use view::{CauseText, Input, Service, Total};

/// The only script that the page's policy lets run.
const SCRIPT: &str = include_str!("page.js");
/// SHA-256 of [`SCRIPT`], as the policy names it.
const SCRIPT_HASH: &str = "sha256-UT6SAiF4HO5CUvMQZFHNo0+b1jHTQtdxgBDPaSAnVDg=";
/// How the page looks, but for its colours.
const STYLE: &str = include_str!("page.css");

/// Makes what a template shows inert: as in a terminal first, then as in HTML. The templates name no
/// other way.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hostile;

impl Escaper for Hostile {
    fn write_escaped_str<W: fmt::Write>(&self, out: W, text: &str) -> fmt::Result {
        Html.write_escaped_str(out, &sanitise(text))
    }
}

/// Text whose `quoted` parts are shown as code. What it writes is HTML, and as inert as all other.
#[derive(Clone, Copy, Debug)]
struct Prose<T>(T);

impl<T: AsRef<str>> fmt::Display for Prose<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts: Vec<&str> = self.0.as_ref().split('`').collect();
        // A last quote without its end is a character like others.
        let rest = (parts.len().is_multiple_of(2))
            .then(|| parts.pop())
            .flatten();
        for (n, part) in parts.iter().enumerate() {
            let quoted = n % 2 == 1;
            f.write_str(if quoted { "<code>" } else { "" })?;
            Hostile.write_escaped_str(&mut *f, part)?;
            f.write_str(if quoted { "</code>" } else { "" })?;
        }
        if let Some(rest) = rest {
            f.write_str("`")?;
            Hostile.write_escaped_str(&mut *f, rest)?;
        }
        Ok(())
    }
}

/// The whole page.
#[derive(Template)]
#[template(path = "page.html", config = "src/report/html/askama.toml")]
struct Page<'a> {
    title: String,
    headlines: Vec<String>,
    explanation: String,
    steps: Vec<(&'static str, &'static str)>,
    tool: &'a crate::model::report::Tool,
    covered: Option<String>,
    totals: Vec<(String, &'static str)>,
    causes: Vec<Total>,
    chart: Option<chart::Chart<'a>>,
    services: Vec<Service<'a>>,
    inputs: Vec<Input<'a>>,
    texts: Vec<CauseText>,
    shapes: Vec<(&'static str, marks::Mark)>,
    colours: &'static [palette::Colour],
    style: &'static str,
    script: &'static str,
    script_hash: &'static str,
}

/// Writes `report` as a page.
pub(super) fn render(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    let page = Page {
        chart: chart::Chart::new(report),
        shapes: chart::shapes(),
        colours: &palette::COLOURS,
        style: STYLE,
        script: SCRIPT,
        script_hash: SCRIPT_HASH,
        ..view::page(report)
    };
    page.write_into(out)
}
