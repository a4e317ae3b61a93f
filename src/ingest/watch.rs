//! Files that change while they are read: a log that is written to, cut short or rotated away.

use crate::model::warning::FileChange;
use std::fs::{File, Metadata};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// A file as it was when it was opened.
#[derive(Clone, Debug)]
pub struct Watch {
    path: PathBuf,
    opened: Stamp,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Stamp {
    size: u64,
    modified: Option<SystemTime>,
    /// Tells two files of the same name apart, where the system can.
    identity: Option<(u64, u64)>,
}

impl Stamp {
    fn from_metadata(meta: &Metadata) -> Self {
        Self {
            size: meta.len(),
            modified: meta.modified().ok(),
            identity: identity(meta),
        }
    }
}

#[cfg(unix)]
#[expect(clippy::unnecessary_wraps, reason = "not every system has one")]
fn identity(meta: &Metadata) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt as _;
    Some((meta.dev(), meta.ino()))
}

#[cfg(not(unix))]
fn identity(_: &Metadata) -> Option<(u64, u64)> {
    None
}

impl Watch {
    pub(super) fn new(path: &Path, opened: &Metadata) -> Self {
        Self {
            path: path.to_owned(),
            opened: Stamp::from_metadata(opened),
        }
    }

    /// What happened to the file since it was opened, if anything. `file` is the same one, where it
    /// is still open: it may have another name by now.
    #[must_use]
    pub fn changed(&self, file: Option<&File>) -> Option<FileChange> {
        let before = &self.opened;
        let named = std::fs::metadata(&self.path).map(|meta| Stamp::from_metadata(&meta));
        let open = file.and_then(|file| file.metadata().ok());
        let now = match (&open, &named) {
            (Some(open), _) => Stamp::from_metadata(open),
            (None, Ok(named)) => named.clone(),
            (None, Err(_)) => return Some(FileChange::Removed),
        };
        if now.size < before.size {
            return Some(FileChange::Cut {
                from: before.size,
                to: now.size,
            });
        }
        match named {
            Err(_) => return Some(FileChange::RemovedOrRenamed),
            Ok(named) if named.identity != before.identity => {
                return Some(FileChange::Replaced);
            }
            Ok(_) => {}
        }
        if now.size > before.size {
            return Some(FileChange::Grew(now.size - before.size));
        }
        (now.modified != before.modified).then_some(FileChange::Written)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Warning;
    use std::fs;

    fn after(change: impl FnOnce(&Path)) -> Option<FileChange> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.log");
        fs::write(&path, "one\ntwo\n").unwrap();
        let file = File::open(&path).unwrap();
        let watch = Watch::new(&path, &file.metadata().unwrap());
        change(&path);
        watch.changed(Some(&file))
    }

    #[test]
    fn what_happened_to_a_file_is_told() {
        assert_eq!(after(|_| {}), None);
        let told = |change: fn(&Path)| Warning::Changed(after(change).unwrap()).to_string();
        assert_eq!(
            told(|path| fs::write(path, "one\ntwo\nthree\n").unwrap()),
            "changed while it was read: 6 bytes came behind what was read"
        );
        assert_eq!(
            told(|path| fs::write(path, "").unwrap()),
            "changed while it was read: it was cut from 8 to 0 bytes"
        );
        assert_eq!(
            told(|path| fs::remove_file(path).unwrap()),
            "changed while it was read: it was removed or renamed; all of it was read"
        );
        let rotated = |path: &Path| {
            fs::rename(path, path.with_extension("log.1")).unwrap();
            fs::write(path, "new\n").unwrap();
        };
        assert_eq!(
            told(rotated),
            "changed while it was read: another file took its place; the first one was read"
        );
    }
}
