//! A report without startups: why there is nothing to say, and what can be done.

use super::{Context, Page};
use crate::report::empty;
use std::io;

/// Says that there is nothing to say, and why.
pub(super) fn write(page: &mut Page, context: &Context) -> io::Result<()> {
    let report = context.report;
    page.paragraph(0, 2, "", &empty::sentence(report, &context.places))?;
    page.separate()?;
    for (what, command) in empty::steps(&report.inputs) {
        page.paragraph(2, 2, "", what)?;
        page.paragraph(4, 6, "", command)?;
    }
    Ok(())
}
