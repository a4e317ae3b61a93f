//! From the words of the command line to the files behind them.

use super::names::{is_id, rotated, uncompressed};
use crate::model::limits::DEEPEST_FOLDER;
use std::io;
use std::path::{Path, PathBuf};

/// A path to read, or why it cannot be.
#[derive(Debug)]
pub(crate) struct Found {
    /// The path, as given or found below the given folder.
    pub path: PathBuf,
    /// What went wrong in looking for it.
    pub error: Option<io::Error>,
    /// It was named itself, not found in a folder.
    pub named: bool,
}

/// The files that `path` stands for: itself, or all files below it that may be evidence, sorted.
///
/// Below a folder, hidden files, scripts and other things that are no logs by their name are left
/// out; a file that is named itself is always taken.
#[must_use]
pub(crate) fn find(path: &Path) -> Vec<Found> {
    let named = |error| {
        vec![Found {
            path: path.to_owned(),
            error,
            named: true,
        }]
    };
    match std::fs::metadata(path) {
        Err(error) => named(Some(error)),
        Ok(meta) if !meta.is_dir() => named(None),
        Ok(_) => {
            let mut found = Vec::new();
            descend(path, 0, &mut found);
            if found.is_empty() {
                return named(Some(io::Error::new(
                    io::ErrorKind::NotFound,
                    "no logs or events in this folder",
                )));
            }
            found.sort_by(|a, b| a.path.cmp(&b.path));
            found
        }
    }
}

/// Whether it is one of `/var/lib/docker/containers/<id>/`.
fn is_container_folder(folder: Option<&Path>) -> bool {
    folder
        .and_then(Path::file_name)
        .and_then(|name| name.to_str())
        .is_some_and(|name| name.len() == 64 && is_id(name))
}

fn descend(folder: &Path, depth: usize, found: &mut Vec<Found>) {
    let mut fail = |error| {
        found.push(Found {
            path: folder.to_owned(),
            error: Some(error),
            named: depth == 0,
        });
    };
    if depth > DEEPEST_FOLDER {
        return fail(io::Error::other("folders nested too deep"));
    }
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) => return fail(error),
    };
    for entry in entries {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                found.push(Found {
                    path: folder.to_owned(),
                    error: Some(error),
                    named: false,
                });
                continue;
            }
        };
        let path = entry.path();
        if entry.file_name().to_string_lossy().starts_with('.') {
            continue;
        }
        // Follows links to files (log collectors make them) but not to folders, which could loop.
        let is_dir = entry.file_type().is_ok_and(|kind| kind.is_dir());
        if is_dir && is_container_folder(Some(folder)) && !is_log_folder(&path) {
            // `mounts` and `checkpoints` are the container's own affair.
        } else if is_dir {
            descend(&path, depth + 1, found);
        } else if may_be_evidence(&path)
            && std::fs::metadata(&path).is_ok_and(|meta| meta.is_file())
        {
            found.push(Found {
                path,
                error: None,
                named: false,
            });
        }
    }
}

fn is_log_folder(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name == "local-logs")
}

/// Whether a file in a folder is worth opening. Content decides what it is; this only keeps scripts,
/// configuration and pictures from being read as logs.
pub(super) fn may_be_evidence(path: &Path) -> bool {
    let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
        return true;
    };
    if is_container_folder(path.parent()) && matches!(name, "hostname" | "hosts") {
        return false;
    }
    let mut stem = uncompressed(name);
    loop {
        let (front, _) = rotated(stem);
        if front == stem {
            break;
        }
        stem = front;
    }
    match stem.rsplit_once('.') {
        None => true,
        Some((_, extension)) => {
            matches!(
                extension,
                "log"
                    | "txt"
                    | "json"
                    | "jsonl"
                    | "ndjson"
                    | "out"
                    | "err"
                    | "journal"
                    | "events"
                    | "export"
            )
        }
    }
}
