//! The first lines: what happened to which service, how often, and the cause that matters.

use super::{
    Cell, Page,
    layout::{cut, wrap},
    style,
};
use crate::model::{Concern, report::Report};
use crate::report::{
    answer::{self, Answer},
    sanitise::sanitise,
    words,
};
use std::io;

/// Most lines of it.
const LINES: usize = 3;

/// Writes the answer. A report without startups has its own.
pub(super) fn write(page: &mut Page, report: &Report) -> io::Result<()> {
    if report.summary.startups == 0 {
        return Ok(());
    }
    let answers = answer::answers(report);
    match answers.as_slice() {
        [] => {
            paragraph(page, 0, &answer::nothing(report), LINES - 1)?;
            if let Some(finding) = answer::worst_finding(report) {
                paragraph(page, 2, &finding, 1)?;
            }
        }
        [only] => {
            let used = headline(page, only, LINES - 1)?;
            let left = LINES - used;
            let whole = only.explanation();
            // Short of room, what was seen says more than what the cause's name says already.
            let seen = &only.decisive.summary;
            let fits = wrap(&sanitise(&whole), page.width() - 2, page.width() - 2).len() <= left;
            let text = if fits || seen.is_empty() {
                whole.as_str()
            } else {
                seen
            };
            paragraph(page, 2, text, left)?;
        }
        several => {
            let rest = several.len().saturating_sub(LINES);
            let shown = if rest > 0 { LINES - 1 } else { several.len() };
            let mut left = LINES - usize::from(rest > 0);
            for (n, answer) in several[..shown].iter().enumerate() {
                // The one that matters most may take what the others leave.
                let others = shown - 1 - n;
                left -= headline(page, answer, left - others)?;
            }
            if rest > 0 {
                let rest = u64::try_from(several.len() - shown).unwrap_or(u64::MAX);
                let note = format!("{} more started again.", words::count(rest, "service"));
                paragraph(page, 0, &note, 1)?;
            }
        }
    }
    Ok(())
}

/// One service's line, on at most so many when it is long. How many it took.
fn headline(page: &mut Page, answer: &Answer, most: usize) -> io::Result<usize> {
    let text = answer.headline();
    let lines = lines(&text, page.width(), page.width() - 2, most);
    for (n, line) in lines.iter().enumerate() {
        let indent = if n == 0 { 0 } else { 2 };
        page.row(indent, indent, 1, &[Cell::new(line, colour(answer))])?;
    }
    Ok(lines.len())
}

fn colour(answer: &Answer) -> anstyle::Style {
    match answer.decisive.cause.concern() {
        Concern::Damage => style::BAD.bold(),
        Concern::Trouble => style::WARN.bold(),
        Concern::Expected => style::STRONG,
    }
}

/// `text` in at most so many lines; what follows is said below in full.
fn paragraph(page: &mut Page, indent: usize, text: &str, most: usize) -> io::Result<()> {
    let room = page.width() - indent;
    for line in lines(text, room, room, most) {
        page.row(indent, indent, 1, &[Cell::new(line, style::PLAIN)])?;
    }
    Ok(())
}

/// `text` in at most `most` lines of so many columns, with `…` where more would follow.
fn lines(text: &str, first: usize, rest: usize, most: usize) -> Vec<String> {
    let mut lines = wrap(&sanitise(text), first, rest);
    if lines.len() > most {
        lines.truncate(most);
        let room = if most > 1 { rest } else { first };
        if let Some(last) = lines.last_mut() {
            *last = cut(&format!("{last} …"), room).into_owned();
        }
    }
    lines
}
