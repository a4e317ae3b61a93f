//! Writes a bundle, whole or not at all.

use super::manifest::{MANIFEST, Manifest, ManifestEntry, Missing, hex};
use super::zstd::ZstdWriter;
use crate::model::Time;
use flate2::write::GzEncoder;
use sha2::{Digest as _, Sha256};
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// What a bundle is on disk, by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// A folder.
    Folder,
    /// `.tar`
    Tar,
    /// `.tar.gz`, `.tgz`
    Gzip,
    /// `.tar.zst`, `.tzst`
    Zstd,
}

impl Form {
    /// The form that `path` asks for.
    #[must_use]
    pub(crate) fn from_path(path: &Path) -> Self {
        let name = path.to_string_lossy().to_ascii_lowercase();
        let ends = |endings: &[&str]| endings.iter().any(|ending| name.ends_with(ending));
        if ends(&[".tar"]) {
            Self::Tar
        } else if ends(&[".tar.gz", ".tgz"]) {
            Self::Gzip
        } else if ends(&[".tar.zst", ".tar.zstd", ".tzst"]) {
            Self::Zstd
        } else {
            Self::Folder
        }
    }
}

/// A bundle that is being written. It is seen under its name once it is whole; dropped before, it
/// leaves nothing.
pub(crate) struct Writer {
    target: PathBuf,
    form: Form,
    /// In the target's own folder, so that it can be renamed.
    staging: tempfile::TempDir,
    files: Vec<ManifestEntry>,
    missing: Vec<Missing>,
}

impl Writer {
    /// For the bundle at `target`. An archive of that name is replaced in the end.
    ///
    /// # Errors
    /// When something else is there (a folder with files, or a file where a folder is asked for),
    /// or its folder cannot be written to.
    pub(crate) fn create(target: &Path) -> io::Result<Self> {
        let form = Form::from_path(target);
        let exists = |what: &str| io::Error::new(io::ErrorKind::AlreadyExists, what);
        match fs::metadata(target) {
            Ok(meta) if meta.is_dir() && form != Form::Folder => {
                return Err(exists("it is a folder"));
            }
            Ok(meta) if meta.is_dir() && fs::read_dir(target)?.next().is_some() => {
                return Err(exists("the folder is there and not empty"));
            }
            Ok(meta) if meta.is_dir() => {}
            Ok(_) if form == Form::Folder => {
                return Err(exists(
                    "it is a file; a folder was asked for (or end the name in .tar, .tar.gz or .tar.zst)",
                ));
            }
            _ => {}
        }
        let folder = match target.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        let staging = tempfile::Builder::new()
            .prefix(".whystart-")
            .tempdir_in(folder)?;
        Ok(Self {
            target: target.to_owned(),
            form,
            staging,
            files: Vec::new(),
            missing: Vec::new(),
        })
    }

    /// Begins the file `path` of the bundle.
    ///
    /// # Errors
    /// When it cannot be made.
    pub(crate) fn file(&mut self, path: &str) -> io::Result<FileWriter> {
        let place = self.staging.path().join(path);
        if let Some(folder) = place.parent() {
            fs::create_dir_all(folder)?;
        }
        Ok(FileWriter {
            path: path.to_owned(),
            file: BufWriter::with_capacity(64 * 1024, File::create_new(place)?),
            hash: Sha256::new(),
            bytes: 0,
        })
    }

    /// Ends a file: what it is goes into the manifest.
    ///
    /// # Errors
    /// When its last bytes cannot be written.
    pub(crate) fn end(
        &mut self,
        file: FileWriter,
        source: &str,
        evidence: bool,
        taken: Time,
        note: Option<String>,
    ) -> io::Result<()> {
        let FileWriter {
            path,
            file,
            hash,
            bytes,
        } = file;
        file.into_inner().map_err(io::IntoInnerError::into_error)?;
        self.files.push(ManifestEntry {
            path,
            source: source.to_owned(),
            evidence,
            taken,
            bytes,
            sha256: hex(&hash.finalize()),
            note,
        });
        Ok(())
    }

    /// Notes that something could not be had.
    pub(crate) fn missing(&mut self, what: impl Into<String>, why: impl Into<String>) {
        self.missing.push(Missing {
            what: what.into(),
            why: why.into(),
        });
    }

    /// Writes the manifest and puts the bundle under its name.
    ///
    /// # Errors
    /// When that cannot be done; nothing is left then.
    pub(crate) fn finish(mut self, mut manifest: Manifest) -> io::Result<Manifest> {
        self.files.sort_by(|a, b| a.path.cmp(&b.path));
        manifest.files = std::mem::take(&mut self.files);
        manifest.missing = std::mem::take(&mut self.missing);
        let mut text = serde_json::to_vec_pretty(&manifest)?;
        text.push(b'\n');
        fs::write(self.staging.path().join(MANIFEST), text)?;
        match self.form {
            Form::Folder => self.place_folder()?,
            form => self.place_archive(form, &manifest)?,
        }
        Ok(manifest)
    }

    fn place_folder(self) -> io::Result<()> {
        if self.target.is_dir() {
            // Checked to be empty; taken away so that all of the bundle appears at once.
            fs::remove_dir(&self.target)?;
        }
        let staging = self.staging.keep();
        fs::rename(&staging, &self.target).inspect_err(|_| {
            let _ = fs::remove_dir_all(&staging);
        })
    }

    fn place_archive(self, form: Form, manifest: &Manifest) -> io::Result<()> {
        let folder = self.staging.path().parent().unwrap_or(Path::new("."));
        // Evidence of a host is its owner's: the file keeps the narrow permissions that it is made with.
        let file = tempfile::Builder::new()
            .prefix(".whystart-")
            .suffix(".tmp")
            .tempfile_in(folder)?;
        let out = BufWriter::with_capacity(256 * 1024, file.as_file());
        let mut out = match form {
            Form::Folder | Form::Tar => self.pack(out, manifest)?,
            Form::Gzip => {
                let out = GzEncoder::new(out, flate2::Compression::default());
                self.pack(out, manifest)?.finish()?
            }
            Form::Zstd => self.pack(ZstdWriter::new(out), manifest)?.finish()?,
        };
        out.flush()?;
        drop(out);
        file.as_file().sync_all()?;
        file.persist(&self.target).map_err(|failed| failed.error)?;
        Ok(())
    }

    /// The manifest first, so that it is there even if the archive is cut.
    fn pack<W: Write>(&self, out: W, manifest: &Manifest) -> io::Result<W> {
        let mut archive = tar::Builder::new(out);
        let files = manifest.files.iter().map(|entry| entry.path.as_str());
        for path in [MANIFEST].into_iter().chain(files) {
            let mut file = File::open(self.staging.path().join(path))?;
            let mut header = tar::Header::new_gnu();
            header.set_size(file.metadata()?.len());
            header.set_mode(0o600);
            let moment = manifest.ended.timestamp();
            header.set_mtime(u64::try_from(moment).unwrap_or_default());
            archive.append_data(&mut header, path, &mut file)?;
        }
        archive.into_inner()
    }
}

/// A file of a bundle that is being written.
pub(crate) struct FileWriter {
    path: String,
    file: BufWriter<File>,
    hash: Sha256,
    bytes: u64,
}

impl Write for FileWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.hash.update(&bytes[..written]);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}
