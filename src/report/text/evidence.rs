//! The cited lines: where each stands, when it was written, what it shows.

use super::{
    Cell, Context, Page,
    layout::{cut_left, width},
    style, words,
};
use crate::model::{Evidence, InputKind, Time};
use crate::report::quote::message;
use std::{borrow::Cow, io};

/// A claim longer than this is not repeated before the text of its log line.
const SHORT_CLAIM: usize = 32;

/// How a list of evidence is shown.
#[derive(Clone, Copy, Debug)]
pub(super) struct Proof {
    /// Times on this moment's day are shown without the day.
    pub(super) day_of: Option<Time>,
    /// Where the lines begin.
    pub(super) indent: usize,
    /// At most so many lines.
    pub(super) limit: usize,
}

/// Writes one line for each evidence.
pub(super) fn write(
    page: &mut Page,
    evidence: &[Evidence],
    proof: &Proof,
    context: &Context,
) -> io::Result<()> {
    let shown = &evidence[..evidence.len().min(proof.limit)];
    let room = page.width() * 7 / 20;
    let rows: Vec<(String, String, Cell)> = shown
        .iter()
        .map(|line| {
            let place = format!("{}:{}", context.places.name(line.input), line.line);
            // Of a name wider than the page, the end with the line's number is what counts.
            let place = cut_left(&place, page.width() - proof.indent).into_owned();
            let time = line
                .time
                .map_or_else(String::new, |time| words::cited(time, proof.day_of));
            (place, time, content(line, context))
        })
        .collect();
    // A very long name gets a line of its own rather than a column that leaves no room.
    let place = rows
        .iter()
        .map(|row| width(&row.0))
        .filter(|wide| *wide <= room)
        .max()
        .unwrap_or(0);
    let time = rows.iter().map(|row| row.1.len()).max().unwrap_or(0);
    for (name, moment, text) in rows {
        // Where no time is known, the text may use its column rather than another line.
        let before = proof.indent + place.max(width(&name)) + 2;
        let blank = moment.is_empty() && before + time + 2 + text.width() > page.width();
        let time = if blank { 0 } else { time };
        page.row(
            proof.indent,
            proof.indent + 2,
            2,
            &[
                Cell::new(name, style::QUIET).pad(place),
                Cell::new(moment, style::QUIET).pad(time),
                text,
            ],
        )?;
    }
    let rest = evidence.len() - shown.len();
    if rest > 0 && proof.limit > 0 {
        let note = format!(
            "and {} more (--verbose shows all)",
            words::count(as_u64(rest), "line")
        );
        page.row(
            proof.indent,
            proof.indent,
            1,
            &[Cell::new(note, style::QUIET)],
        )?;
    }
    Ok(())
}

fn as_u64(n: usize) -> u64 {
    u64::try_from(n).unwrap_or(u64::MAX)
}

/// What to show of a cited line: documents by what they show, which goes to a line of its own
/// before it is cut, and logs by what they say, as much of it as fits.
fn content(line: &Evidence, context: &Context) -> Cell {
    let kind = usize::try_from(line.input.0)
        .ok()
        .and_then(|n| context.report.inputs.get(n))
        .map(|input| input.kind);
    let claim = line.claim.trim();
    let text = line.text.to_lossy();
    let said = match kind {
        Some(kind) if kind.is_log() => message(kind, &text),
        // What a script wrote says more than that it wrote it.
        Some(InputKind::HostLog) => message(InputKind::TimestampedLog, &text),
        _ if claim.is_empty() => Cow::Borrowed(&*text),
        _ => return Cell::new(claim, style::PLAIN),
    };
    // Runs of blanks only take room here.
    let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
    let shown = if said.is_empty() {
        claim.to_owned()
    } else if claim.is_empty() || width(claim) > SHORT_CLAIM {
        said
    } else {
        format!("{claim}: {said}")
    };
    Cell::new(shown, style::PLAIN).flexible()
}
