//! Keeps a record within its limits: the oldest files go.

use super::logs;
use super::segment::{Kind, Name};
use super::{disk, event::Event, stream};
use crate::model::Time;
use chrono::TimeDelta;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// What a record may grow to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limit {
    /// Bytes on the disk, of all files.
    pub bytes: u64,
    /// Files whose newest line is older are removed.
    pub age: Option<TimeDelta>,
}

struct Candidate {
    path: PathBuf,
    name: Option<Name>,
    bytes: u64,
    changed: SystemTime,
}

/// Removes what is beyond the limit, the oldest first, but nothing in `open`. Gives back the newest
/// moment of the events that went.
pub(super) fn enforce(
    folder: &Path,
    limit: Limit,
    open: &[Name],
    now: SystemTime,
) -> io::Result<Option<Time>> {
    let mut candidates = Vec::new();
    let mut total = 0;
    for (folder, of_logs) in [
        (folder.to_owned(), false),
        (folder.join(logs::FOLDER), true),
    ] {
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(_) if of_logs => continue,
            Err(error) => return Err(error),
        };
        for entry in entries {
            let entry = entry?;
            let file_name = entry.file_name();
            let text = file_name.to_string_lossy();
            let name = Name::parse(&text);
            let ours = if of_logs {
                text.contains(".log")
            } else {
                name.is_some() || text.ends_with(".jsonl.torn")
            };
            // What went in the meantime needs no room.
            let Some(about) = entry.metadata().ok().filter(fs::Metadata::is_file) else {
                continue;
            };
            if !ours {
                continue;
            }
            total += about.len();
            if name.as_ref().is_some_and(|name| open.contains(name)) {
                continue;
            }
            candidates.push(Candidate {
                path: entry.path(),
                name,
                bytes: about.len(),
                changed: about.modified().unwrap_or(SystemTime::UNIX_EPOCH),
            });
        }
    }
    // Segments by their numbers: the clock may have gone back between them.
    candidates.sort_by(|a, b| (a.changed, &a.name, &a.path).cmp(&(b.changed, &b.name, &b.path)));
    let oldest = limit
        .age
        .and_then(|age| age.to_std().ok())
        .and_then(|age| now.checked_sub(age));
    let mut gone = None;
    for candidate in candidates {
        let outdated = oldest.is_some_and(|oldest| candidate.changed < oldest);
        if total <= limit.bytes && !outdated {
            break;
        }
        if let Some(name) = candidate.name.filter(|name| name.kind == Kind::Events) {
            gone = gone.max(newest(folder, &name));
        }
        disk::remove(&candidate.path)?;
        total -= candidate.bytes;
    }
    Ok(gone)
}

/// The newest moment that a segment of events tells of.
fn newest(folder: &Path, name: &Name) -> Option<Time> {
    let mut newest = None;
    stream::for_each(folder, name, |line| {
        newest = newest.max(Event::read(line).map(|event| event.time));
    });
    newest
}
