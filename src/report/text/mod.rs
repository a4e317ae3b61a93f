//! The report for humans: the answer first, its proof second, then advice, then what was read.

mod answer;
mod collapse;
mod columns;
mod empty;
mod evidence;
mod findings;
mod inputs;
pub(crate) mod layout;
mod service;
pub(crate) mod style;
mod timeline;

#[cfg(test)]
mod tests;

use crate::model::report::{Report, Service, Summary};
use crate::report::{places::Places, words};
use layout::{Cell, Page};
use std::io;

/// More services than these that only started once are counted, and not shown one by one: a host may
/// have run thousands of jobs.
const STARTED_ONCE: usize = 200;

/// How the text report looks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextOptions {
    /// Columns of the page; at least 40 are used.
    pub width: usize,
    /// Use colours.
    pub colour: bool,
    /// Use no signs beyond ASCII, for a terminal that cannot show them.
    pub ascii: bool,
    /// Leave nothing out: every startup, all evidence, every input.
    pub verbose: bool,
}

impl Default for TextOptions {
    fn default() -> Self {
        Self {
            width: 80,
            colour: false,
            ascii: false,
            verbose: false,
        }
    }
}

/// What the parts of the report need to know besides what they show.
struct Context<'a> {
    report: &'a Report,
    places: Places,
    verbose: bool,
}

/// Writes `report` as text.
pub(super) fn render(
    report: &Report,
    options: &TextOptions,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let context = Context {
        report,
        places: Places::new(&report.inputs),
        verbose: options.verbose,
    };
    let mut page = Page::new(out, options);
    if report
        .services
        .iter()
        .all(|service| service.startups.is_empty())
    {
        empty::write(&mut page, &context)?;
    }
    // A single service that only started once answers for itself.
    if !matches!(report.services.as_slice(), [only] if service::is_one_line(only, &context)) {
        answer::write(&mut page, report)?;
    }
    let once = |service: &&Service| service::started_once(service);
    let started_once = report.services.iter().filter(once).count();
    let counts = started_once > STARTED_ONCE && !options.verbose;
    let mut short_before = false;
    for service in &report.services {
        if counts && once(&service) {
            continue;
        }
        let short = service::is_one_line(service, &context);
        if !(short && short_before) {
            page.separate()?;
        }
        service::write(&mut page, service, &context)?;
        short_before = short;
    }
    if counts {
        page.separate()?;
        let text =
            format!("{started_once} services started once and not again (--verbose shows all)");
        page.paragraph(0, 2, "", &text)?;
    }
    inputs::write(&mut page, &context)?;
    summary(&mut page, report)
}

/// The last line: everything in figures.
fn summary(page: &mut Page, report: &Report) -> io::Result<()> {
    let Summary {
        startups,
        duplicates,
        by_cause,
    } = &report.summary;
    let services = u64::try_from(report.services.len()).unwrap_or(u64::MAX);
    let figures = format!(
        "{} in {}, {}",
        words::count(*startups, "startup"),
        words::count(services, "service"),
        match duplicates {
            0 => "no duplicates".to_owned(),
            n => words::count(*n, "duplicate"),
        },
    );
    let text = if by_cause.is_empty() {
        figures
    } else {
        format!("{figures}: {}", words::causes(by_cause))
    };
    page.separate()?;
    page.paragraph(0, 2, "", &text)
}
