//! Files that change while they are read: a log that is written to, cut short or rotated away.

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
    pub fn changed(&self, file: Option<&File>) -> Option<String> {
        let before = &self.opened;
        let named = std::fs::metadata(&self.path).map(|meta| Stamp::from_metadata(&meta));
        let open = file.and_then(|file| file.metadata().ok());
        let now = match (&open, &named) {
            (Some(open), _) => Stamp::from_metadata(open),
            (None, Ok(named)) => named.clone(),
            (None, Err(_)) => return Some(note("it was removed")),
        };
        if now.size < before.size {
            return Some(note(&format!(
                "it was cut from {} to {} bytes",
                before.size, now.size
            )));
        }
        match named {
            Err(_) => return Some(note("it was removed or renamed; all of it was read")),
            Ok(named) if named.identity != before.identity => {
                return Some(note("another file took its place; the first one was read"));
            }
            Ok(_) => {}
        }
        if now.size > before.size {
            let more = now.size - before.size;
            return Some(note(&format!("{more} bytes came behind what was read")));
        }
        (now.modified != before.modified).then(|| note("it was written to"))
    }
}

fn note(what: &str) -> String {
    format!("changed while it was read: {what}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn after(change: impl FnOnce(&Path)) -> Option<String> {
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
        let told = |change: fn(&Path)| after(change).unwrap();
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
