//! One recorder a folder.

use fs4::{FileExt, TryLockError};
use std::fs::File;
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::Path;
use std::thread;
use std::time::Duration;

/// The file that is locked while a recorder runs. Its text is the recorder's process id.
const NAME: &str = ".lock";

/// The folder is ours until this is dropped, or the process ends in any way.
#[derive(Debug)]
pub(super) struct Lock {
    _file: File,
}

/// Why the folder is not ours.
#[derive(Debug)]
pub(super) enum Refused {
    /// Somebody else records there, with this process id if it says so.
    Held(Option<u32>),
    /// The lock cannot be tried.
    Failed(io::Error),
}

impl Lock {
    pub(super) fn take(folder: &Path) -> Result<Self, Refused> {
        let mut file = File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(folder.join(NAME))
            .map_err(Refused::Failed)?;
        let mut tried = FileExt::try_lock(&file);
        for _ in 0..10 {
            // A report holds it for a moment when it asks whether somebody is at work.
            if !matches!(tried, Err(TryLockError::WouldBlock)) {
                break;
            }
            thread::sleep(Duration::from_millis(20));
            tried = FileExt::try_lock(&file);
        }
        match tried {
            Ok(()) => {
                // For people only: that it cannot be written does not matter.
                let _ = file
                    .set_len(0)
                    .and_then(|()| file.rewind())
                    .and_then(|()| writeln!(file, "{}", std::process::id()));
                Ok(Self { _file: file })
            }
            Err(TryLockError::WouldBlock) => {
                let mut text = String::new();
                let _ = file.read_to_string(&mut text);
                Err(Refused::Held(text.trim().parse().ok()))
            }
            Err(TryLockError::Error(error)) => Err(Refused::Failed(error)),
        }
    }
}

/// Whether a recorder is at work in `folder` now. Nothing is written, so a report may ask.
#[must_use]
pub(crate) fn is_live(folder: &Path) -> bool {
    File::open(folder.join(NAME)).is_ok_and(|file| {
        matches!(
            FileExt::try_lock_shared(&file),
            Err(TryLockError::WouldBlock)
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_recorders_on_one_folder_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        assert!(!is_live(folder.path()), "nobody was ever there");
        let first = Lock::take(folder.path()).unwrap();
        assert!(is_live(folder.path()));
        match Lock::take(folder.path()) {
            Err(Refused::Held(pid)) => assert_eq!(pid, Some(std::process::id())),
            other => panic!("{other:?}"),
        }
        drop(first);
        assert!(!is_live(folder.path()));
        Lock::take(folder.path()).unwrap();
    }
}
