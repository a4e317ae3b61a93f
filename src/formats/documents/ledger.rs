//! The ledger of a record (`whystart record`): which times its events cover, and which they do not.

use super::lines::{Lines, Problems};
use super::{Head, Parsed};
use crate::model::ledger::LedgerEntry;
use crate::model::{Cited, InputId, LineFault, Time};

/// Reads all lines of a ledger. A line of a kind that is not known is a later version's, and left out
/// with a problem, as is one that is broken.
pub(crate) fn parse(input: InputId, bytes: &[u8]) -> Parsed<LedgerEntry> {
    let lines = Lines::new(bytes);
    let mut records = Vec::new();
    let mut problems = Problems::default();
    for index in 0..usize::try_from(lines.count()).unwrap_or(usize::MAX) {
        let text = lines.text(index);
        if text.trim_ascii().is_empty() {
            continue;
        }
        match serde_json::from_slice::<LedgerEntry>(text) {
            Ok(entry) => records.push(Cited {
                citation: lines.cite(input, index, end(&entry)),
                value: entry,
            }),
            Err(_) => problems.bad(index, LineFault::NotLedger),
        }
    }
    Parsed {
        records,
        problems: problems.into_list(),
        lines: lines.count(),
    }
}

/// The moment that a line tells of.
fn end(entry: &LedgerEntry) -> Option<Time> {
    match entry {
        LedgerEntry::Covered(span) => Some(span.to),
        LedgerEntry::Gap(gap) => Some(gap.to),
        LedgerEntry::Removed(removed) => Some(removed.before),
        _ => None,
    }
}

/// Whether a document is a record's ledger.
pub(super) fn claims(head: &Head<'_>) -> bool {
    head.has("record") && head.holds("\"whystart.record/")
}

#[cfg(test)]
pub(super) const SAMPLES: &[&str] = &[r#"{"record":{"schema":"whystart.record/1"}}"#];

#[cfg(test)]
pub(super) const COUNTER_SAMPLES: &[&str] = &[
    r#"{"record":{"schema":"other/1"}}"#,
    r#"{"covered":{"from":"2026-11-21T08:00:00Z","to":"2026-11-21T08:00:09.5Z"}}"#,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_broken_does_not_hide_the_rest() {
        let text = br#"{"record":{"schema":"whystart.record/1"}}
{"covered":{"from":"2026-11-21T08:00:00Z","to":"2026-11-21T08:00:09.5Z"}}
{"colour":"green"}
{"gap":{"from":"2026-11-21T08:00:09.5Z","to":"2026-11-21T08:01:00Z","why":"overrun","during":"stopped"}}
{"covered":{"fr"#;
        let parsed = parse(InputId(0), text);
        assert_eq!(parsed.records.len(), 3);
        let bad: Vec<u64> = parsed.problems.iter().map(|problem| problem.line).collect();
        assert_eq!((bad, parsed.lines), (vec![3, 5], 5));
        assert_eq!(parsed.records[2].citation.place.line, 4);
    }
}
