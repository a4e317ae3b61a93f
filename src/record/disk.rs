//! Every change that a record makes to its folder, in one place, so that tests can end any of them
//! in the middle.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

/// Opens `path` to append, making it where it is missing. Readable by its owner and group: who may
/// enter the folder is the folder's affair.
pub(super) fn open_append(path: &Path) -> io::Result<File> {
    fuse::spend(1)?;
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    private(&mut options);
    options.open(path)
}

/// Makes `path` anew, empty.
pub(super) fn create(path: &Path) -> io::Result<File> {
    fuse::spend(1)?;
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    private(&mut options);
    options.open(path)
}

/// Writes all of `bytes`; after an error some of them may be there.
pub(super) fn write(file: &mut File, bytes: &[u8]) -> io::Result<()> {
    let wanted = bytes.len() as u64;
    let granted = fuse::spend_some(wanted)?;
    let granted_bytes = bytes
        .get(..usize::try_from(granted).unwrap_or(usize::MAX))
        .unwrap_or(bytes);
    file.write_all(granted_bytes)?;
    if granted < wanted {
        return Err(fuse::blown());
    }
    Ok(())
}

/// Cuts `file` to `length` bytes.
pub(super) fn truncate(file: &File, length: u64) -> io::Result<()> {
    fuse::spend(0)?;
    file.set_len(length)
}

/// Waits until the contents of `file` are on the disk.
pub(super) fn sync(file: &File) -> io::Result<()> {
    fuse::spend(0)?;
    if cfg!(test) {
        // No test turns the power off.
        return Ok(());
    }
    file.sync_data()
}

/// Gives `from` the name `to`; what had it is gone.
pub(super) fn rename(from: &Path, to: &Path) -> io::Result<()> {
    fuse::spend(1)?;
    fs::rename(from, to)
}

/// Removes a file.
pub(super) fn remove(path: &Path) -> io::Result<()> {
    fuse::spend(1)?;
    fs::remove_file(path)
}

#[cfg(unix)]
fn private(options: &mut OpenOptions) {
    use std::os::unix::fs::OpenOptionsExt as _;
    options.mode(0o640);
}

#[cfg(not(unix))]
fn private(_: &mut OpenOptions) {}

/// Nothing fails but the disk itself.
#[cfg(not(test))]
mod fuse {
    use std::io;

    #[expect(clippy::unnecessary_wraps, reason = "in tests it fails")]
    pub(super) fn spend(_: u64) -> io::Result<()> {
        Ok(())
    }

    #[expect(clippy::unnecessary_wraps, reason = "in tests it fails")]
    pub(super) fn spend_some(wanted: u64) -> io::Result<u64> {
        Ok(wanted)
    }

    pub(super) fn blown() -> io::Error {
        io::ErrorKind::WriteZero.into()
    }
}

/// A budget of steps and bytes for the thread's own test. Where it ends in the middle of a write, the
/// bytes before it are written: as if the process were killed there, or the disk were full.
#[cfg(test)]
pub(super) mod fuse {
    use std::cell::Cell;
    use std::io;

    thread_local! {
        static LEFT: Cell<Option<u64>> = const { Cell::new(None) };
        static FULL: Cell<bool> = const { Cell::new(false) };
    }

    /// From now on only `budget` steps and bytes pass; `None` for no limit.
    pub(in crate::record) fn set(budget: Option<u64>) {
        LEFT.set(budget);
        FULL.set(false);
    }

    /// From now on only `budget` bytes fit on the disk. What needs no space still works.
    pub(in crate::record) fn fill(budget: u64) {
        LEFT.set(Some(budget));
        FULL.set(true);
    }

    pub(in crate::record) fn is_blown() -> bool {
        LEFT.get() == Some(0) && !FULL.get()
    }

    pub(super) fn spend(wanted: u64) -> io::Result<()> {
        if FULL.get() {
            return Ok(());
        }
        match LEFT.get() {
            Some(0) => Err(blown()),
            Some(left) if left < wanted => {
                LEFT.set(Some(0));
                Err(blown())
            }
            Some(left) => {
                LEFT.set(Some(left - wanted));
                Ok(())
            }
            None => Ok(()),
        }
    }

    pub(super) fn spend_some(wanted: u64) -> io::Result<u64> {
        match LEFT.get() {
            Some(0) if wanted > 0 => Err(blown()),
            Some(left) => {
                let granted = left.min(wanted);
                LEFT.set(Some(left - granted));
                Ok(granted)
            }
            None => Ok(wanted),
        }
    }

    pub(super) fn blown() -> io::Error {
        if FULL.get() {
            io::ErrorKind::StorageFull.into()
        } else {
            io::Error::other("killed")
        }
    }
}
