//! Where output goes: standard output, or files that are whole or absent.

use super::streams::Streams;
use std::{
    fs,
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
};
use tempfile::NamedTempFile;

/// What could not be written, why, and what to try.
#[derive(Debug, thiserror::Error)]
#[error("cannot write {to}: {cause}{}", advice(cause))]
pub(super) struct Unwritable {
    to: String,
    // Not the error's source: it is said already.
    cause: io::Error,
}

impl Unwritable {
    fn to(path: &Path, cause: io::Error) -> Self {
        Self {
            to: path.display().to_string(),
            cause,
        }
    }
}

/// What to try after `error`, with a `;` before it.
fn advice(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            "; choose a place that this user may write to"
        }
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            "; make room, or choose another place"
        }
        _ => "",
    }
}

/// How many bytes are written at once.
const BUFFER: usize = 64 * 1024;

/// Writes to standard output.
pub(super) fn to_stdout(
    streams: &Streams,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> anyhow::Result<()> {
    let mut out = BufWriter::with_capacity(BUFFER, streams.stdout());
    let written = write(&mut out).and_then(|()| out.flush());
    written.map_err(|cause| {
        let to = "to standard output".to_owned();
        Unwritable { to, cause }.into()
    })
}

/// A file or device for output, checked before there is any output.
#[derive(Debug)]
pub(super) struct Destination {
    path: PathBuf,
    /// The file to replace, for a link its target. `None` for a pipe or a device (`/dev/stdout`), which
    /// cannot be replaced.
    target: Option<PathBuf>,
    permissions: Option<fs::Permissions>,
}

impl Destination {
    /// Checks that `path` can be written, so that nobody waits for an analysis that would be lost.
    ///
    /// # Errors
    /// When it is clear already that it cannot.
    pub(super) fn check(path: &Path) -> Result<Self, Unwritable> {
        Self::look(path).map_err(|cause| Unwritable::to(path, cause))
    }

    fn look(path: &Path) -> io::Result<Self> {
        let existing = fs::metadata(path).ok();
        if existing.as_ref().is_some_and(fs::Metadata::is_dir) {
            return Err(io::Error::other("it is a folder; name a file in it"));
        }
        let mut seen = Self {
            path: path.to_owned(),
            target: None,
            permissions: None,
        };
        match existing {
            Some(about) if !about.is_file() => return Ok(seen),
            Some(about) => {
                seen.target = Some(fs::canonicalize(path)?);
                seen.permissions = Some(about.permissions());
            }
            None => seen.target = Some(path.to_owned()),
        }
        let folder = folder_of(seen.target.as_deref().unwrap_or(path));
        if !folder.is_dir() {
            let folder = folder.display();
            return Err(io::Error::other(format!(
                "there is no folder {folder}; make it first (mkdir -p '{folder}')"
            )));
        }
        // The only sure way to know is to try; the file is gone again at once.
        new_file(folder)?;
        Ok(seen)
    }

    /// Whether it is a file, which is replaced as a whole.
    pub(super) fn is_file(&self) -> bool {
        self.target.is_some()
    }

    /// The file that is written, or the path of the device: equal for two names of one place.
    pub(super) fn place(&self) -> PathBuf {
        let path = self.target.as_deref().unwrap_or(&self.path);
        match (fs::canonicalize(folder_of(path)), path.file_name()) {
            (Ok(folder), Some(name)) => folder.join(name),
            _ => path.to_owned(),
        }
    }

    /// Writes the output without showing it under its name yet; a device is written at once.
    ///
    /// # Errors
    /// Those of the file system, with the path and what to try.
    pub(super) fn stage(
        &self,
        write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> Result<Staged<'_>, Unwritable> {
        self.try_stage(write)
            .map(|file| Staged {
                destination: self,
                file,
            })
            .map_err(|cause| Unwritable::to(&self.path, cause))
    }

    fn try_stage(
        &self,
        write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> io::Result<Option<NamedTempFile>> {
        let Some(target) = &self.target else {
            let mut out = BufWriter::with_capacity(
                BUFFER,
                fs::OpenOptions::new().write(true).open(&self.path)?,
            );
            write(&mut out)?;
            out.flush()?;
            return Ok(None);
        };
        let mut file = new_file(folder_of(target))?;
        {
            let mut out = BufWriter::with_capacity(BUFFER, file.as_file_mut());
            write(&mut out)?;
            out.flush()?;
        }
        if let Some(permissions) = &self.permissions {
            file.as_file().set_permissions(permissions.clone())?;
        }
        file.as_file().sync_all()?;
        Ok(Some(file))
    }
}

/// Output that is written but not visible under its name yet. Dropping it leaves no trace.
#[must_use = "nothing is seen before it is published"]
pub(super) struct Staged<'a> {
    destination: &'a Destination,
    file: Option<NamedTempFile>,
}

impl Staged<'_> {
    /// Puts the whole file under its name.
    ///
    /// # Errors
    /// Those of the file system, with the path and what to try.
    pub(super) fn publish(self) -> Result<(), Unwritable> {
        if let (Some(file), Some(target)) = (self.file, &self.destination.target) {
            file.persist(target)
                .map_err(|failed| Unwritable::to(&self.destination.path, failed.error))?;
        }
        Ok(())
    }
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// A temporary file with the permissions of any new file.
fn new_file(folder: &Path) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".whystart-").suffix(".tmp");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        // The umask takes its part of it.
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    // Without the name of the temporary file, which says nothing to anybody.
    builder.tempfile_in(folder).map_err(|error| {
        error
            .raw_os_error()
            .map_or_else(|| error.kind().into(), io::Error::from_raw_os_error)
    })
}

/// Whether the reader of a pipe has gone away.
pub(super) fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        let error = cause.downcast_ref::<io::Error>().or_else(|| {
            cause
                .downcast_ref::<Unwritable>()
                .map(|unwritable| &unwritable.cause)
        });
        error.is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_write_leaves_the_old_file_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.txt");
        fs::write(&path, "old").unwrap();
        let destination = Destination::check(&path).unwrap();
        let failed = destination.stage(|out| {
            out.write_all(b"half")?;
            Err(io::ErrorKind::StorageFull.into())
        });
        let message = failed.err().unwrap().to_string();
        let end = "report.txt: no storage space; make room, or choose another place";
        assert!(message.ends_with(end), "{message}");
        assert_eq!(fs::read_to_string(&path).unwrap(), "old");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    fn write_new(path: &Path) {
        let destination = Destination::check(path).unwrap();
        let staged = destination.stage(|out| out.write_all(b"new")).unwrap();
        staged.publish().unwrap();
    }

    #[test]
    fn nothing_is_seen_before_it_is_published() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.txt");
        let destination = Destination::check(&path).unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        let staged = destination.stage(|out| out.write_all(b"new")).unwrap();
        assert!(!path.exists());
        drop(staged);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        write_new(&path);
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
    }

    #[cfg(unix)]
    #[test]
    fn permissions_are_those_of_the_old_file_and_links_stay() {
        use std::os::unix::fs::{PermissionsExt as _, symlink};
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.txt");
        let link = folder.path().join("link.txt");
        fs::write(&path, "old").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        symlink("report.txt", &link).unwrap();
        write_new(&link);
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o640
        );
        let fresh = folder.path().join("fresh.txt");
        write_new(&fresh);
        let mode = fs::metadata(&fresh).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode & 0o600, 0o600);
        assert_eq!(mode & 0o111, 0);
    }

    #[test]
    fn what_cannot_be_written_is_refused_before_there_is_anything_to_write() {
        let folder = tempfile::tempdir().unwrap();
        let refused = |path: &Path| Destination::check(path).unwrap_err().to_string();
        let message = refused(folder.path());
        assert!(
            message.ends_with(": it is a folder; name a file in it"),
            "{message}"
        );
        let message = refused(&folder.path().join("no/r.txt"));
        assert!(message.contains("there is no folder "), "{message}");
        assert!(message.ends_with("/no')"), "{message}");
    }

    #[cfg(unix)]
    #[test]
    fn two_names_of_one_file_are_one_place() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("r.txt");
        let link = folder.path().join("link.txt");
        fs::create_dir(folder.path().join("sub")).unwrap();
        fs::write(&file, "old").unwrap();
        std::os::unix::fs::symlink("r.txt", &link).unwrap();
        let place = |path: &Path| Destination::check(path).unwrap().place();
        assert_eq!(place(&file), place(&link));
        assert_eq!(
            place(&folder.path().join("sub/../new")),
            place(&folder.path().join("new"))
        );
        assert_ne!(place(&folder.path().join("other")), place(&file));
    }

    #[test]
    fn a_closed_pipe_is_recognised() {
        let cause = || io::Error::from(io::ErrorKind::BrokenPipe);
        assert!(is_closed_pipe(
            &anyhow::Error::from(cause()).context("writing")
        ));
        assert!(is_closed_pipe(
            &Unwritable::to(Path::new("r"), cause()).into()
        ));
        assert!(!is_closed_pipe(&anyhow::anyhow!("other")));
    }
}
