//! Records of `whystart record`: what they cover, and whether they are being written just now.

use crate::ingest::{Source, SourceError};
use crate::model::ledger::{LedgerEntry, Missed, Skipped};
use crate::model::report::Input;
use crate::model::words::count;
use crate::model::{Cited, Time};
use crate::record;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The source, without what a recorder that is at work may not have finished: the rest of its last line
/// is on its way. What is known of folders is in `live`.
///
/// # Errors
/// When the source cannot be read.
pub(super) fn whole_lines(
    mut source: Source,
    live: &mut BTreeMap<PathBuf, bool>,
) -> Result<Source, SourceError> {
    if !is_being_written(&source.path, live) {
        return Ok(source);
    }
    // It changes, and nothing is lost by that.
    source.watch = None;
    let mut rest = Vec::new();
    source.through(move |piece, out| {
        let Some(piece) = piece else { return };
        match memchr::memrchr(b'\n', piece) {
            Some(end) => {
                out.append(&mut rest);
                out.extend_from_slice(&piece[..=end]);
                rest.extend_from_slice(&piece[end + 1..]);
            }
            None => rest.extend_from_slice(piece),
        }
    })
}

fn is_being_written(path: &Path, live: &mut BTreeMap<PathBuf, bool>) -> bool {
    let Some(folder) = path.parent().filter(|_| record::may_change(path)) else {
        return false;
    };
    *live
        .entry(folder.to_owned())
        .or_insert_with(|| record::is_live(folder))
}

/// Writes down what a ledger covers, what it does not, and what the record left out or could not have.
pub(super) fn note(input: &mut Input, entries: &[Cited<LedgerEntry>]) {
    let mut left_out = Vec::new();
    let mut could_not = Vec::new();
    for entry in entries {
        match &entry.value {
            LedgerEntry::Covered(span) => {
                input.from = Some(input.from.map_or(span.from, |from| from.min(span.from)));
                input.to = input.to.max(Some(span.to));
            }
            LedgerEntry::Gap(gap) => input.warnings.push(gap.to_string()),
            LedgerEntry::Removed(removed) => input.warnings.push(removed.to_string()),
            LedgerEntry::Skipped(skipped) => left_out = words_of_skipped(skipped),
            LedgerEntry::Missed(missed) => could_not = words_of_missed(missed),
            _ => {}
        }
    }
    // They are counted since the record was begun, and that may be before all that is left of it.
    let removed = entries
        .iter()
        .any(|entry| matches!(entry.value, LedgerEntry::Removed(_)));
    let second = |time: Time| time.format("%Y-%m-%d %H:%M:%SZ");
    let when = match (input.from.filter(|_| !removed), input.to) {
        (Some(from), Some(to)) => format!("between {} and {}", second(from), second(to)),
        (None, Some(to)) => format!("until {}", second(to)),
        (_, None) => "so far".to_owned(),
    };
    input.notes.extend(
        left_out
            .into_iter()
            .map(|what| format!("left out as noise {when}: {what}")),
    );
    input.notes.extend(
        could_not
            .into_iter()
            .map(|what| format!("could not be read {when}: {what}")),
    );
}

fn words_of_skipped(skipped: &Skipped) -> Vec<String> {
    let parts = [
        (
            skipped.exec_events,
            "of commands in containers that ended well, such as healthy probes",
        ),
        (
            skipped.health_events,
            "of containers that were healthy and stayed so",
        ),
    ];
    words(&parts, "event")
}

/// Not a warning: of a container that is removed by force, the lines may have been had a moment before.
fn words_of_missed(missed: &Missed) -> Vec<String> {
    let parts = [
        (
            missed.logs,
            "the last lines of a container's log (it was gone, or its log driver cannot be read)",
        ),
        (
            missed.snapshots,
            "the state of a container (it was gone, or the engine did not answer)",
        ),
    ];
    words(&parts, "time")
}

fn words(parts: &[(u64, &str)], noun: &str) -> Vec<String> {
    parts
        .iter()
        .filter(|(n, _)| *n > 0)
        .map(|(n, what)| format!("{} {what}", count(*n, noun)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::ledger;
    use crate::model::{InputId, InputKind};

    /// The warnings and the notes of a ledger.
    fn noted(ledger: &str) -> (Vec<String>, Vec<String>) {
        let mut input = Input::new(InputId(0), "", InputKind::RecordLedger);
        let parsed = ledger::parse(InputId(0), ledger.as_bytes());
        assert!(parsed.problems.is_empty());
        note(&mut input, &parsed.records);
        (input.warnings, input.notes)
    }

    const COVERED: &str =
        r#"{"covered":{"from":"2026-11-21T08:00:00Z","to":"2026-11-21T08:00:09.5Z"}}"#;

    #[test]
    fn a_record_that_has_everything_says_nothing() {
        let nothing = r#"{"skipped":{"exec_events":0,"health_events":0}}
{"missed":{"snapshots":0,"logs":0}}"#;
        assert_eq!(noted(&format!("{COVERED}\n{nothing}")), (vec![], vec![]));
    }

    #[test]
    fn what_a_record_does_not_have_is_said_and_only_a_gap_warns() {
        let counts = r#"{"skipped":{"exec_events":18201,"health_events":1}}
{"missed":{"snapshots":1,"logs":12}}"#;
        let (warnings, notes) = noted(&format!("{COVERED}\n{counts}"));
        assert_eq!(warnings, [""; 0]);
        let when = "between 2026-11-21 08:00:00Z and 2026-11-21 08:00:09Z";
        assert_eq!(
            notes,
            [
                format!(
                    "left out as noise {when}: 18201 events of commands in containers that ended well, such as healthy probes"
                ),
                format!(
                    "left out as noise {when}: 1 event of containers that were healthy and stayed so"
                ),
                format!(
                    "could not be read {when}: 12 times the last lines of a container's log (it was gone, or its log driver cannot be read)"
                ),
                format!(
                    "could not be read {when}: 1 time the state of a container (it was gone, or the engine did not answer)"
                ),
            ]
        );
        // What was counted may be older than what is left.
        let removed = r#"{"removed":{"before":"2026-11-21T08:00:00Z"}}"#;
        let (warnings, notes) = noted(&format!("{removed}\n{COVERED}\n{counts}"));
        assert!(warnings[0].starts_with("not covered: before 2026-11-21 08:00:00"));
        assert!(
            notes[0].starts_with("left out as noise until 2026-11-21 08:00:09Z: 18201 "),
            "{notes:?}"
        );
    }
}
