//! One input: a file or standard input, perhaps compressed.

use super::block::{BlockReader, FileChunks};
use super::decompress::{Compression, Decompressed};
use super::pipe;
use super::watch::Watch;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// Bytes that decide what an input is.
pub(crate) const HEAD: usize = 64 * 1024;

/// An input that was opened and whose first bytes were looked at.
pub struct Source {
    /// Where it comes from; `-` for standard input.
    pub path: PathBuf,
    /// The first bytes of the decoded stream, at most `HEAD`.
    pub head: Vec<u8>,
    /// Size on disk in bytes, when it has one.
    pub size: Option<u64>,
    /// Tells whether it changes while it is read; `None` for what has no name.
    pub watch: Option<Watch>,
    kind: Kind,
}

enum Kind {
    /// Can be read at any offset, so in parallel.
    Plain(File),
    /// Must be read from front to back; `head` was taken off it.
    Stream(Box<dyn Read + Send>),
}

/// Why an input cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("cannot {operation} {}: {cause}", path.display())]
pub struct SourceError {
    /// What was being done.
    pub operation: &'static str,
    /// To which input.
    pub path: PathBuf,
    /// The system's answer.
    pub cause: io::Error,
}

impl Source {
    /// Opens `path` (`-` is standard input), looks through compression, and reads the head.
    ///
    /// # Errors
    /// When the file cannot be opened or its first bytes cannot be read.
    pub fn open(path: &Path) -> Result<Self, SourceError> {
        let fail = |operation| {
            move |cause| SourceError {
                operation,
                path: path.to_owned(),
                cause,
            }
        };
        if path != Path::new("-") {
            let file = File::open(path).map_err(fail("open"))?;
            return Self::file(path, file);
        }
        let Some(mut file) = pipe::stdin() else {
            return Self::stream(path, Box::new(io::stdin()), None).map_err(fail("read"));
        };
        // `whystart < app.log` is as good as a name, unless somebody read of it already.
        if file.stream_position().is_ok_and(|at| at == 0) {
            return Self::file(path, file);
        }
        pipe::enlarge(&file);
        Self::stream(path, Box::new(file), None).map_err(fail("read"))
    }

    fn file(path: &Path, mut file: File) -> Result<Self, SourceError> {
        let fail = |operation| {
            move |cause| SourceError {
                operation,
                path: path.to_owned(),
                cause,
            }
        };
        let meta = file.metadata().map_err(fail("open"))?;
        if !meta.is_file() {
            // A pipe or a process substitution.
            pipe::enlarge(&file);
            return Self::stream(path, Box::new(file), None).map_err(fail("read"));
        }
        let watch = (path != Path::new("-")).then(|| Watch::new(path, &meta));
        let mut magic = Vec::with_capacity(4);
        Read::by_ref(&mut file)
            .take(4)
            .read_to_end(&mut magic)
            .map_err(fail("read"))?;
        file.seek(SeekFrom::Start(0)).map_err(fail("read"))?;
        if Compression::from_magic(&magic).is_some() {
            return Self::stream(path, Box::new(file), Some(meta.len()))
                .map(|source| Self { watch, ..source })
                .map_err(fail("decompress"));
        }
        let mut head = Vec::new();
        Read::by_ref(&mut file)
            .take(HEAD as u64)
            .read_to_end(&mut head)
            .map_err(fail("read"))?;
        Ok(Self {
            path: path.to_owned(),
            head,
            size: Some(meta.len()),
            watch,
            kind: Kind::Plain(file),
        })
    }

    /// What `reader` gives, under the name `path`; looks through compression, and reads the head.
    ///
    /// # Errors
    /// When its first bytes cannot be read.
    pub fn reader(path: &Path, reader: Box<dyn Read + Send>) -> Result<Self, SourceError> {
        Self::stream(path, reader, None).map_err(|cause| SourceError {
            operation: "read",
            path: path.to_owned(),
            cause,
        })
    }

    fn stream(path: &Path, mut raw: Box<dyn Read + Send>, size: Option<u64>) -> io::Result<Self> {
        let mut magic = [0; 4];
        let got = read_full(&mut raw, &mut magic)?;
        let raw = io::Cursor::new(magic[..got].to_vec()).chain(raw);
        let mut decoded: Box<dyn Read + Send> = match Compression::from_magic(&magic[..got]) {
            Some(compression) => Box::new(Decompressed::new(raw, compression)),
            None => Box::new(raw),
        };
        let mut head = vec![0; HEAD];
        let got = read_full(&mut decoded, &mut head)?;
        head.truncate(got);
        Ok(Self {
            path: path.to_owned(),
            head,
            size,
            watch: None,
            kind: Kind::Stream(decoded),
        })
    }

    /// The same stream, passed through `decode`: called with each piece of it, then with `None`, it
    /// appends what the piece becomes. The head is that of the decoded stream.
    ///
    /// # Errors
    /// When the stream cannot be read.
    pub fn through<F>(self, decode: F) -> Result<Self, SourceError>
    where
        F: FnMut(Option<&[u8]>, &mut Vec<u8>) + Send + 'static,
    {
        let (path, size, watch) = (self.path.clone(), self.size, self.watch.clone());
        let mut reader: Box<dyn Read + Send> = Box::new(Decoding {
            inner: self.into_reader(),
            decode,
            decoded: Vec::new(),
            at: 0,
            ended: false,
            error: None,
            failed: false,
        });
        let mut head = vec![0; HEAD];
        let got = read_full(&mut reader, &mut head).map_err(|cause| SourceError {
            operation: "decode",
            path: path.clone(),
            cause,
        })?;
        head.truncate(got);
        Ok(Self {
            path,
            head,
            size,
            watch,
            kind: Kind::Stream(reader),
        })
    }

    /// The file behind it, when it can be read at any offset.
    #[must_use]
    pub fn as_file(&self) -> Option<&File> {
        match &self.kind {
            Kind::Plain(file) => Some(file),
            Kind::Stream(_) => None,
        }
    }

    /// The chunks to read it by, when it can be read at any offset.
    #[must_use]
    pub fn chunks(&self) -> Option<FileChunks<'_>> {
        self.as_file()
            .map(|file| FileChunks::new(file, self.size.unwrap_or(0)))
    }

    /// Reads it from front to back.
    #[must_use]
    pub fn into_reader(self) -> Box<dyn Read + Send> {
        match self.kind {
            Kind::Plain(mut file) => {
                // The head was read off the file.
                if file.seek(SeekFrom::Start(0)).is_err() {
                    return Box::new(io::Cursor::new(self.head).chain(file));
                }
                Box::new(file)
            }
            Kind::Stream(rest) => Box::new(io::Cursor::new(self.head).chain(rest)),
        }
    }

    /// Reads it from front to back in blocks of whole lines.
    #[must_use]
    pub fn into_blocks(self) -> BlockReader {
        BlockReader::new(self.into_reader())
    }
}

/// A stream that is decoded as it is read.
struct Decoding<F> {
    inner: Box<dyn Read + Send>,
    decode: F,
    decoded: Vec<u8>,
    at: usize,
    ended: bool,
    /// Why it ended, told once everything before it was given out.
    error: Option<io::Error>,
    failed: bool,
}

impl<F: FnMut(Option<&[u8]>, &mut Vec<u8>)> Read for Decoding<F> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.at == self.decoded.len() {
            if self.ended {
                return match self.error.take() {
                    Some(error) => {
                        self.failed = true;
                        Err(error)
                    }
                    // Whoever read the head passed over it; what is below tells it again.
                    None if self.failed => self.inner.read(&mut [0]).map(|_| 0),
                    None => Ok(0),
                };
            }
            self.decoded.clear();
            self.at = 0;
            let mut raw = vec![0; HEAD];
            match self.inner.read(&mut raw) {
                Ok(got) if got > 0 => (self.decode)(Some(&raw[..got]), &mut self.decoded),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => return Err(error),
                end => {
                    self.ended = true;
                    self.error = end.err();
                    (self.decode)(None, &mut self.decoded);
                }
            }
        }
        let got = buffer.len().min(self.decoded.len() - self.at);
        buffer[..got].copy_from_slice(&self.decoded[self.at..self.at + got]);
        self.at += got;
        Ok(got)
    }
}

/// Fills `buffer` as far as the stream goes.
fn read_full(reader: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match reader.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(got) => filled += got,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            // What came before a damaged place is still evidence; reading on reports the damage.
            Err(error) if filled == 0 => return Err(error),
            Err(_) => break,
        }
    }
    Ok(filled)
}
