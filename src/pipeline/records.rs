//! Records of `whystart record`: what they cover, and whether they are being written just now.

use crate::ingest::{Source, SourceError};
use crate::model::ledger::LedgerEntry;
use crate::model::note::{Noise, Note, Recorded, Unread};
use crate::model::report::Input;
use crate::model::{Cited, Warning};
use crate::record;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The source, without its last line when a recorder may not have finished writing it. `live` remembers
/// which folders are being recorded into.
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
    // That the file grows is expected, and no reason to warn.
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

/// Writes down what a ledger covers and what it does not, what the record left out, and what it could
/// not read.
pub(super) fn note(input: &mut Input, entries: &[Cited<LedgerEntry>]) {
    let mut skipped = None;
    let mut missed = None;
    for entry in entries {
        match &entry.value {
            LedgerEntry::Covered(span) => {
                input.from = Some(input.from.map_or(span.from, |from| from.min(span.from)));
                input.to = input.to.max(Some(span.to));
            }
            LedgerEntry::Gap(gap) => input.warnings.push(Warning::NotRecorded(*gap)),
            LedgerEntry::Removed(removed) => {
                input.warnings.push(Warning::RemovedFromRecord(*removed));
            }
            LedgerEntry::Skipped(counts) => skipped = Some(counts),
            LedgerEntry::Missed(counts) => missed = Some(counts),
            _ => {}
        }
    }
    // The counts go back to the beginning of the record, part of which may have been removed since.
    let removed = entries
        .iter()
        .any(|entry| matches!(entry.value, LedgerEntry::Removed(_)));
    let when = Recorded {
        from: input.from.filter(|_| !removed),
        to: input.to,
    };
    let left_out = skipped.into_iter().flat_map(|skipped| {
        [
            (skipped.exec_events, Noise::Commands),
            (skipped.health_events, Noise::Health),
        ]
    });
    let not_read = missed.into_iter().flat_map(|missed| {
        [
            (missed.logs, Unread::LastLines),
            (missed.snapshots, Unread::State),
        ]
    });
    let left_out = left_out.map(|(events, noise)| {
        (
            events,
            Note::LeftOut {
                events,
                noise,
                when,
            },
        )
    });
    let not_read = not_read.map(|(times, what)| (times, Note::NotRead { times, what, when }));
    let notes = left_out.chain(not_read).filter(|(count, _)| *count > 0);
    input.notes.extend(notes.map(|(_, note)| note));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::documents::ledger;
    use crate::model::{InputId, InputKind};

    /// The warnings and the notes of a ledger.
    fn noted(ledger: &str) -> (Vec<String>, Vec<String>) {
        let mut input = Input::new(InputId(0), "", InputKind::RecordLedger);
        let parsed = ledger::parse(InputId(0), ledger.as_bytes());
        assert!(parsed.problems.is_empty());
        note(&mut input, &parsed.records);
        let warnings = input.warnings.iter().map(Warning::to_string);
        let notes = input.notes.iter().map(Note::to_string);
        (warnings.collect(), notes.collect())
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
