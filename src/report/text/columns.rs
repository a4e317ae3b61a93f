//! The line of a startup: columns that line up within a service and fit the page.

use super::{
    Cell, Page,
    collapse::{Group, Part},
    layout::width,
    style,
};
use crate::model::{
    Cause, Concern,
    report::{Service, Startup},
};
use crate::report::{answer::with_case, words};
use std::{collections::BTreeSet, io};

/// How far a line is indented when it continues.
const HANGING: usize = 6;
/// Columns of a time.
const TIME: usize = "2026-11-20 09:41:27Z".len();
/// Columns of a short container id.
const ID: usize = 12;

/// The columns of a service's lines.
#[derive(Debug)]
pub(super) struct Columns {
    gap: usize,
    number: usize,
    container: bool,
    run: usize,
    cause: usize,
    case: bool,
    confidence: usize,
}

/// How much of an outcome a line had room for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shown {
    /// All of it.
    All,
    /// The word but not its reason.
    Word,
    /// Nothing.
    Nothing,
}

impl Shown {
    /// What is left to say, as a sentence with a blank after it; empty when all was said.
    pub(super) fn rest_of_outcome(self, startup: &Startup) -> String {
        let reason = startup.outcome_reason.as_deref().unwrap_or_default();
        let mut text = match self {
            Shown::All => String::new(),
            Shown::Word => reason.to_owned(),
            Shown::Nothing => outcome_with_reason(startup),
        };
        if text.is_empty() {
            return text;
        }
        if let Some(first) = text.get_mut(..1) {
            first.make_ascii_uppercase();
        }
        if !text.ends_with('.') {
            text.push('.');
        }
        text.push(' ');
        text
    }
}

impl Columns {
    /// Chooses the columns: roomy if everything fits, else without those that say nothing new, else
    /// tight.
    pub(super) fn fitting(service: &Service, parts: &[Part<'_, '_>], page: usize) -> Self {
        let groups = || {
            parts.iter().filter_map(|part| match part {
                Part::Shown(group) => Some(group),
                Part::LeftOut(_) => None,
            })
        };
        let startups: Vec<&Startup> = groups().flat_map(|group| group.startups).collect();
        let widest = |width: &dyn Fn(&Startup) -> usize| {
            startups
                .iter()
                .map(|startup| width(startup))
                .max()
                .unwrap_or(0)
        };
        let ids: BTreeSet<_> = startups
            .iter()
            .map(|startup| &startup.container_id)
            .collect();
        let all_first_runs = startups.iter().all(|startup| startup.run == Some(1));
        let mut columns = Self {
            gap: 2,
            number: groups()
                .map(|group| group.number().len())
                .max()
                .unwrap_or(0),
            container: ids.len() > 1 || service.containers.len() > 1,
            // The highest number is the longest.
            run: startups
                .iter()
                .max_by_key(|startup| startup.run)
                .map_or(0, |startup| run_text(startup).len()),
            cause: widest(&|startup| startup.cause.name().len()),
            case: startups.iter().any(|startup| startup.case.is_some()),
            confidence: widest(&|startup| confidence_text(startup).len()),
        };
        let outcome = widest(&|startup| words::outcome(startup.outcome).len());
        let fits = |columns: &Self| columns.width() + columns.gap + outcome <= page;
        if !fits(&columns) && columns.container && all_first_runs {
            columns.run = 0;
        }
        if !fits(&columns) {
            columns.gap = 1;
        }
        columns
    }

    /// Columns up to the outcome.
    fn width(&self) -> usize {
        let mut sum = 2 + self.number + self.gap + TIME + self.gap + self.cause;
        if self.container {
            sum += ID + self.gap;
        }
        if self.run > 0 {
            sum += self.run + self.gap;
        }
        if self.case {
            sum += " (A)".len();
        }
        if self.confidence > 0 {
            sum += self.confidence + self.gap;
        }
        sum
    }

    /// Writes the line of one startup.
    pub(super) fn line(&self, page: &mut Page, startup: &Startup) -> io::Result<Shown> {
        let mut cells = vec![
            Cell::new(format!("#{}", startup.n), style::QUIET).pad(self.number),
            Cell::new(words::second_or_unknown(startup.at), style::PLAIN).pad(TIME),
        ];
        if self.container {
            cells.push(Cell::new(container_text(startup), style::QUIET).pad(ID));
        }
        if self.run > 0 {
            cells.push(Cell::new(run_text(startup), style::QUIET).pad(self.run));
        }
        cells.push(self.verdict(startup));
        if self.confidence > 0 {
            cells.push(Cell::new(confidence_text(startup), style::PLAIN).right(self.confidence));
        }
        let full = outcome_with_reason(startup);
        let word = words::outcome(startup.outcome);
        let room = page.width().saturating_sub(self.width() + self.gap);
        let colour = style::outcome(startup.outcome);
        let (shown, text) = if width(&full) <= room {
            (Shown::All, full.as_str())
        } else if word.len() <= room {
            (Shown::Word, word)
        } else {
            (Shown::Nothing, "")
        };
        cells.push(Cell::new(text, colour));
        page.row(2, HANGING, self.gap, &cells)?;
        Ok(shown)
    }

    /// Writes the line of a collapsed group.
    pub(super) fn group_line(&self, page: &mut Page, group: &Group) -> io::Result<()> {
        let Some(first) = group.startups.first() else {
            return Ok(());
        };
        let cells = [
            Cell::new(group.number(), style::QUIET).pad(self.number),
            Cell::new(words::second_or_unknown(first.at), style::PLAIN).pad(TIME),
            Cell::new(
                format!("{} x {}", group.startups.len(), with_case(first.cause)),
                cause_style(first),
            ),
            Cell::new(group.confidence(), style::PLAIN),
            Cell::new(words::outcome(first.outcome), style::outcome(first.outcome)),
            Cell::new(group.pace(), style::PLAIN),
        ];
        page.row(2, HANGING, self.gap, &cells)
    }

    fn verdict(&self, startup: &Startup) -> Cell {
        let case = if self.case { " (A)".len() } else { 0 };
        let text = match startup.case {
            Some(case) => format!("{:width$} ({case:?})", startup.cause, width = self.cause),
            None => startup.cause.name().to_owned(),
        };
        Cell::new(text, cause_style(startup)).pad(self.cause + case)
    }
}

pub(super) fn cause_style(startup: &Startup) -> anstyle::Style {
    match startup.cause {
        Cause::Unknown => style::WARN,
        cause if cause.concern() == Concern::Damage => style::BAD.bold(),
        _ if startup.duplicate => style::WARN.bold(),
        _ => style::PLAIN,
    }
}

fn outcome_with_reason(startup: &Startup) -> String {
    let word = words::outcome(startup.outcome);
    match startup.outcome_reason.as_deref() {
        Some(reason) if !reason.is_empty() && !word.is_empty() => format!("{word}: {reason}"),
        _ => word.to_owned(),
    }
}

fn run_text(startup: &Startup) -> String {
    startup
        .run
        .map_or_else(String::new, |run| format!("run {run}"))
}

/// A cause that nothing told has no confidence to show.
fn confidence_text(startup: &Startup) -> String {
    if startup.cause.is_told() {
        words::percent(startup.confidence)
    } else {
        String::new()
    }
}

fn container_text(startup: &Startup) -> String {
    let id = startup.container_id.as_deref().filter(|id| !id.is_empty());
    match (id, startup.container_name.as_deref()) {
        (Some(id), _) => id.get(..ID).unwrap_or(id).to_owned(),
        (None, Some(name)) => {
            super::layout::cut(&crate::report::sanitise::sanitise(name), ID).into_owned()
        }
        (None, None) => "?".to_owned(),
    }
}
