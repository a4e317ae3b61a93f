//! Tar archives: their members are read where they lie, many at a time, and nothing is unpacked.

use super::source::{Source, SourceError};
use super::walk::may_be_evidence;
use crate::model::Warning;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

/// What an archive holds.
pub(crate) struct Archive {
    /// The files in it that may be evidence, sorted by path.
    pub members: Vec<Member>,
    /// Why it ends before its end.
    pub damage: Option<Warning>,
}

/// A file in an archive.
#[derive(Clone)]
pub(crate) struct Member {
    /// The archive's path, and its own behind it.
    pub path: PathBuf,
    /// Its size as the archive says.
    pub size: u64,
    /// So much of it is there.
    pub here: u64,
    begin: u64,
    archive: Arc<Mutex<File>>,
}

/// Whether a stream that begins with `head` is a tar archive (POSIX or GNU).
#[must_use]
pub(crate) fn is_archive(head: &[u8]) -> bool {
    head.get(257..262) == Some(b"ustar")
}

impl Archive {
    /// Looks through the archive that `source` is. A compressed one is unpacked into one temporary
    /// file without a name first.
    ///
    /// # Errors
    /// When it cannot be read at all.
    pub(crate) fn open(source: Source) -> Result<Self, SourceError> {
        let path = source.path.clone();
        let fail = |cause| SourceError {
            operation: "read the archive",
            path: path.clone(),
            cause,
        };
        let (file, mut damage) = match source.as_file() {
            Some(file) => (file.try_clone().map_err(fail)?, None),
            None => unpacked(source.into_reader()).map_err(fail)?,
        };
        let length = file.metadata().map_err(fail)?.len();
        let archive = Arc::new(Mutex::new(file.try_clone().map_err(fail)?));
        let mut members = Vec::new();
        let mut file = file;
        file.seek(SeekFrom::Start(0)).map_err(fail)?;
        let mut reader = tar::Archive::new(file);
        let entries = reader.entries_with_seek().map_err(fail)?;
        for entry in entries {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    damage.get_or_insert(Warning::ArchiveDamaged(error.to_string()));
                    break;
                }
            };
            let (begin, size) = (entry.raw_file_position(), entry.size());
            let Ok(name) = entry.path() else { continue };
            let here = size.min(length.saturating_sub(begin));
            let cut = here < size;
            if cut {
                damage.get_or_insert(Warning::ArchiveCut {
                    name: name.display().to_string(),
                    here,
                    size,
                });
            }
            if entry.header().entry_type().is_file() && is_evidence(&name) {
                members.push(Member {
                    path: path.join(clean(&name)),
                    size,
                    here,
                    begin,
                    archive: Arc::clone(&archive),
                });
            }
            if cut {
                break;
            }
        }
        members.sort_by(|a, b| a.path.cmp(&b.path));
        members.dedup_by(|a, b| a.path == b.path);
        Ok(Self { members, damage })
    }
}

/// All of a compressed archive, as far as it goes.
fn unpacked(mut packed: Box<dyn Read + Send>) -> io::Result<(File, Option<Warning>)> {
    let mut file = tempfile::tempfile()?;
    let mut buffer = vec![0; 256 * 1024];
    let damage = loop {
        match packed.read(&mut buffer) {
            Ok(0) => break None,
            Ok(got) => file.write_all(&buffer[..got])?,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => break Some(Warning::NotDecompressed(error.to_string())),
        }
    };
    Ok((file, damage))
}

/// As in a folder: no hidden files, and no scripts and pictures.
fn is_evidence(name: &Path) -> bool {
    may_be_evidence(name)
        && !name.iter().any(|part| {
            let part = part.to_string_lossy();
            part.starts_with('.') && part != "."
        })
}

/// The member's path without `./`, `..` and a root.
fn clean(name: &Path) -> PathBuf {
    name.components()
        .filter(|part| matches!(part, std::path::Component::Normal(_)))
        .collect()
}

impl Member {
    /// Reads it from its beginning.
    #[must_use]
    pub(crate) fn reader(&self) -> Box<dyn Read + Send> {
        Box::new(MemberReader {
            member: self.clone(),
            at: 0,
        })
    }
}

struct MemberReader {
    member: Member,
    at: u64,
}

impl Read for MemberReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.member.here - self.at;
        if left == 0 && self.member.here < self.member.size {
            return Err(io::Error::new(
                io::ErrorKind::UnexpectedEof,
                "the archive ends here",
            ));
        }
        let most = usize::try_from(left)
            .unwrap_or(usize::MAX)
            .min(buffer.len());
        let mut file = self
            .member
            .archive
            .lock()
            .map_err(|_| io::Error::other("another reader of the archive failed"))?;
        file.seek(SeekFrom::Start(self.member.begin + self.at))?;
        let got = file.read(&mut buffer[..most])?;
        self.at += got as u64;
        Ok(got)
    }
}
