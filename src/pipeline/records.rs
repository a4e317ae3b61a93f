//! Records of `whystart record`: what they cover, and whether they are being written just now.

use crate::ingest::{Source, SourceError};
use crate::model::Cited;
use crate::model::ledger::Entry;
use crate::model::report::Input;
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

/// Writes down what a ledger covers and what it does not.
pub(super) fn note(input: &mut Input, entries: &[Cited<Entry>]) {
    for entry in entries {
        match &entry.value {
            Entry::Covered(span) => {
                input.from = Some(input.from.map_or(span.from, |from| from.min(span.from)));
                input.to = input.to.max(Some(span.to));
            }
            Entry::Gap(gap) => input.warnings.push(gap.to_string()),
            Entry::Removed(removed) => input.warnings.push(removed.to_string()),
            _ => {}
        }
    }
}
