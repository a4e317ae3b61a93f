//! What was read: the coverage of each input, and what was wrong with it.

use super::{Cell, Context, Page, layout::width, style};
use crate::model::{InputKind, report::Input};
use crate::report::words;
use std::{io, path::Path};

/// More inputs than this are listed only when something is wrong with them.
const MANY: usize = 12;
/// At most so many warnings of one input.
const WARNINGS: usize = 5;

/// Writes the inputs.
pub(super) fn write(page: &mut Page, context: &Context) -> io::Result<()> {
    let inputs = &context.report.inputs;
    if inputs.is_empty() {
        return Ok(());
    }
    page.separate()?;
    page.row(
        0,
        2,
        1,
        &[Cell::new("inputs (times are UTC):", style::STRONG)],
    )?;
    let all = context.verbose || inputs.len() <= MANY;
    let shown: Vec<&Input> = inputs
        .iter()
        .filter(|input| all || is_troubled(input) || !input.notes.is_empty())
        .collect();
    let room = page.width() / 2;
    let names: Vec<String> = shown
        .iter()
        .map(|input| context.places.name(input.id))
        .collect();
    let column = |widths: &mut dyn Iterator<Item = usize>| widths.max().unwrap_or(0);
    let name_column = column(
        &mut names
            .iter()
            .map(|name| width(name))
            .filter(|wide| *wide <= room),
    );
    let kind_column = column(&mut shown.iter().map(|input| input.kind.name().len()));
    for (input, name) in shown.iter().zip(&names) {
        page.row(
            2,
            6,
            2,
            &[
                Cell::new(name, style::PLAIN).pad(name_column),
                Cell::new(input.kind.name(), style::QUIET).pad(kind_column),
                Cell::new(coverage(input), style::QUIET),
                Cell::new(size(input, inputs, context), style::QUIET),
            ],
        )?;
        trouble(page, input, context)?;
    }
    let rest = inputs.len() - shown.len();
    if rest > 0 {
        let note = format!(
            "{rest} of {} inputs without trouble are not listed (--verbose)",
            inputs.len()
        );
        page.row(2, 4, 1, &[Cell::new(note, style::QUIET).flexible()])?;
    }
    Ok(())
}

fn is_troubled(input: &Input) -> bool {
    input.skipped > 0
        || !input.warnings.is_empty()
        || matches!(input.kind, InputKind::Empty | InputKind::Unreadable)
}

fn trouble(page: &mut Page, input: &Input, context: &Context) -> io::Result<()> {
    let limit = if context.verbose {
        usize::MAX
    } else {
        WARNINGS
    };
    for warning in input.warnings.iter().take(limit) {
        page.paragraph(4, 6, "warning:", &warning.to_string())?;
    }
    let rest = input.warnings.len().saturating_sub(limit);
    if rest > 0 {
        page.paragraph(
            4,
            6,
            "warning:",
            &format!("{rest} more (--verbose shows all)"),
        )?;
    }
    for note in &input.notes {
        page.paragraph(4, 6, "note:", &note.to_string())?;
    }
    if input.skipped > 0 {
        let text = format!(
            "{} that could not be understood",
            words::count(input.skipped, "line")
        );
        page.paragraph(4, 6, "skipped:", &text)?;
    }
    Ok(())
}

/// The number of lines, which is of interest where there is no time; of a bundle, that of its files.
fn size(input: &Input, inputs: &[Input], context: &Context) -> String {
    match input.kind {
        _ if input.from.is_some() && !context.verbose => String::new(),
        InputKind::Empty | InputKind::Unreadable => String::new(),
        InputKind::Bundle => {
            let path = Path::new(&input.path);
            // A folder has no input of its own: its manifest stands for it.
            let root = match path.parent() {
                Some(folder) if path.ends_with("manifest.json") => folder,
                _ => path,
            };
            if root != path && inputs.iter().any(|input| Path::new(&input.path) == root) {
                return String::new();
            }
            let files = inputs
                .iter()
                .filter(|file| file.kind != InputKind::Bundle)
                .filter(|file| Path::new(&file.path).starts_with(root));
            words::count(files.count() as u64, "file")
        }
        _ => words::count(input.lines, "line"),
    }
}

/// The window that the input covers.
fn coverage(input: &Input) -> String {
    match (input.from, input.to) {
        (Some(from), Some(to)) => words::window(from, to),
        (Some(only), None) | (None, Some(only)) => words::second(only),
        (None, None) => String::new(),
    }
}
