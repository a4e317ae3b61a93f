//! The parts of an explanation: its title, and sections under headings.

use crate::report::{
    layout::{Cell, Page},
    style,
};
use std::io;

/// `name: title`, and below it what kind of thing it is.
pub(super) fn title(page: &mut Page, name: &str, title: &str, kind: &str) -> io::Result<()> {
    page.row(
        0,
        2,
        1,
        &[
            Cell::new(format!("{name}:"), style::STRONG),
            Cell::new(title, style::STRONG),
        ],
    )?;
    page.row(0, 2, 1, &[Cell::new(format!("({kind})"), style::QUIET)])
}

pub(super) fn heading(page: &mut Page, text: &str) -> io::Result<()> {
    page.row(0, 2, 1, &[Cell::new(text, style::STRONG)])
}

/// A paragraph under a heading.
pub(super) fn section(page: &mut Page, name: &str, text: &str) -> io::Result<()> {
    page.separate()?;
    heading(page, name)?;
    page.paragraph(2, 2, "", text)
}

/// Lines that are shown as they stand.
pub(super) fn lines(page: &mut Page, name: &str, lines: &str) -> io::Result<()> {
    page.separate()?;
    heading(page, name)?;
    for line in lines.lines() {
        page.row(4, 4, 1, &[Cell::new(line, style::PLAIN).flexible()])?;
    }
    Ok(())
}
