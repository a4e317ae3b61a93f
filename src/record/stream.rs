//! Lines of one kind on their way into segments, of which the last one is open.

use super::disk;
use super::segment::{self, Kind, Name, Repair};
use crate::model::Time;
use chrono::{SubsecRound as _, TimeDelta};
use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, BufRead as _};
use std::path::{Path, PathBuf};

/// When a segment is closed and the next one begun.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rotation {
    /// Bytes, not compressed.
    pub bytes: u64,
    /// Age.
    pub age: TimeDelta,
}

/// Appends lines to segments. What cannot be written is kept and tried again.
#[derive(Debug)]
pub(super) struct Stream {
    folder: PathBuf,
    kind: Kind,
    rotation: Rotation,
    open: Option<Open>,
    next: u32,
    /// Whole lines that are not in a file yet. All but the first begin another segment.
    pending: VecDeque<Vec<u8>>,
    /// Closed segments that could not be compressed yet.
    plain: Vec<Name>,
}

#[derive(Debug)]
struct Open {
    name: Name,
    file: File,
    /// Where its last whole line ends.
    length: u64,
    /// Something was written since the last [`Stream::sync`].
    dirty: bool,
}

impl Stream {
    /// Takes over the segments of `kind` in `folder`, puts in order what a killed recorder left, and
    /// adds to `warnings` what had to be repaired or cannot be used.
    pub(super) fn open(
        folder: &Path,
        kind: Kind,
        rotation: Rotation,
        warnings: &mut Vec<String>,
    ) -> io::Result<Self> {
        let names = segment::list(folder, kind)?;
        let mut stream = Self {
            folder: folder.to_owned(),
            kind,
            rotation,
            open: None,
            next: names.last().map_or(1, |name| name.number.saturating_add(1)),
            pending: VecDeque::from([Vec::new()]),
            plain: Vec::new(),
        };
        let newest = names.last().map(|name| name.number);
        for name in names {
            match segment::recover(folder, &name) {
                Ok(false) => {}
                Ok(true) => {
                    let path = folder.join(name.to_string());
                    match segment::repair(&path) {
                        Ok(repair) => {
                            warnings.extend(words(&path, &repair));
                            if Some(name.number) == newest {
                                stream.open = reopen(folder, name, warnings);
                            } else {
                                stream.plain.push(name);
                            }
                        }
                        Err(error) => warnings.push(left_alone(&path, &error)),
                    }
                }
                Err(error) => {
                    warnings.push(left_alone(&folder.join(name.to_string()), &error));
                }
            }
        }
        Ok(stream)
    }

    /// Adds a line, without its end. It is in the file after the next [`Stream::flush`].
    pub(super) fn push(&mut self, line: &[u8]) {
        if let Some(last) = self.pending.back_mut() {
            last.extend_from_slice(line);
            last.push(b'\n');
        }
    }

    /// What comes next is in another segment than what came before.
    pub(super) fn cut(&mut self) {
        if self.pending() == 0 {
            self.rotate();
        } else {
            self.pending.push_back(Vec::new());
        }
    }

    /// Bytes that wait to be written.
    pub(super) fn pending(&self) -> usize {
        self.pending.iter().map(Vec::len).sum()
    }

    /// Leaves out what waits to be written.
    pub(super) fn drop_pending(&mut self) {
        self.pending = VecDeque::from([Vec::new()]);
    }

    /// Writes what waits, as a whole or not at all.
    ///
    /// # Errors
    /// When it cannot be written; it still waits then.
    pub(super) fn flush(&mut self, now: Time) -> io::Result<()> {
        while let Some(mut batch) = self.pending.pop_front() {
            let written = self.write(&batch, now);
            if written.is_err() {
                self.pending.push_front(batch);
                return written;
            }
            if self.pending.is_empty() {
                batch.clear();
                batch.shrink_to(1 << 18);
                self.pending.push_back(batch);
                break;
            }
            self.rotate();
        }
        Ok(())
    }

    fn write(&mut self, batch: &[u8], now: Time) -> io::Result<()> {
        if batch.is_empty() {
            return Ok(());
        }
        let full = self.open.as_ref().is_some_and(|open| {
            open.length > 0 && open.length + batch.len() as u64 > self.rotation.bytes
        });
        if full || self.is_old(now) {
            self.rotate();
        }
        let mut open = match self.open.take() {
            Some(open) => open,
            None => self.begin(now)?,
        };
        if let Err(error) = disk::write(&mut open.file, batch) {
            // Without its half line the file can be gone on with; else the next start repairs it.
            if disk::truncate(&open.file, open.length).is_ok() {
                self.open = Some(open);
            }
            return Err(error);
        }
        open.length += batch.len() as u64;
        open.dirty = true;
        self.open = Some(open);
        Ok(())
    }

    /// Whether the open segment has reached its age.
    pub(super) fn is_old(&self, now: Time) -> bool {
        self.open
            .as_ref()
            .is_some_and(|open| open.length > 0 && now - open.name.since >= self.rotation.age)
    }

    /// Closes the open segment: the next line begins another one.
    pub(super) fn rotate(&mut self) {
        if let Some(open) = self.open.take_if(|open| open.length > 0) {
            let _ = disk::sync(&open.file);
            self.plain.push(open.name);
        }
        self.compress();
    }

    /// Compresses what was closed; what cannot be compressed now is tried again the next time.
    pub(super) fn compress(&mut self) {
        let folder = &self.folder;
        self.plain
            .retain(|name| segment::compress(folder, name).is_err());
    }

    /// Makes what was written outlast a loss of power.
    pub(super) fn sync(&mut self) -> io::Result<()> {
        if let Some(open) = &mut self.open
            && open.dirty
        {
            disk::sync(&open.file)?;
            open.dirty = false;
        }
        Ok(())
    }

    /// Calls `take` for the last lines, oldest first, of as many segments as hold at least `least`.
    pub(super) fn last_lines(&self, least: usize, mut take: impl FnMut(&[u8])) -> io::Result<()> {
        let mut names = segment::list(&self.folder, self.kind)?;
        let mut count = 0;
        let mut first = names.len();
        while count < least && first > 0 {
            first -= 1;
            for_each(&self.folder, &names[first], |_| count += 1);
        }
        for name in names.drain(first..) {
            for_each(&self.folder, &name, &mut take);
        }
        Ok(())
    }

    /// The open segment's name.
    pub(super) fn open_name(&self) -> Option<&Name> {
        self.open.as_ref().map(|open| &open.name)
    }

    fn begin(&mut self, now: Time) -> io::Result<Open> {
        let name = Name {
            kind: self.kind,
            number: self.next,
            since: now.trunc_subsecs(0),
            compressed: false,
        };
        let file = disk::open_append(&self.folder.join(name.to_string()))?;
        self.next = self.next.saturating_add(1);
        Ok(Open {
            name,
            length: 0,
            file,
            dirty: false,
        })
    }
}

/// Calls `take` for each whole line of a segment, as far as it can be read.
pub(super) fn for_each(folder: &Path, name: &Name, mut take: impl FnMut(&[u8])) {
    let Ok(mut lines) = segment::read(&folder.join(name.to_string())) else {
        return;
    };
    let mut line = Vec::new();
    loop {
        line.clear();
        match lines.read_until(b'\n', &mut line) {
            Ok(0) | Err(_) => return,
            Ok(_) => {}
        }
        if let Some(line) = line.strip_suffix(b"\n") {
            take(line);
        }
    }
}

fn reopen(folder: &Path, name: Name, warnings: &mut Vec<String>) -> Option<Open> {
    let path = folder.join(name.to_string());
    let file = disk::open_append(&path).and_then(|file| Ok((file.metadata()?.len(), file)));
    match file {
        Ok((length, file)) => Some(Open {
            name,
            file,
            length,
            dirty: true,
        }),
        Err(error) => {
            warnings.push(left_alone(&path, &error));
            None
        }
    }
}

fn words(path: &Path, repair: &Repair) -> Option<String> {
    match repair {
        Repair::Sound => None,
        Repair::Ended => Some(format!(
            "{}: its last line had no end and was given one",
            path.display()
        )),
        Repair::Torn(bytes) => Some(format!(
            "{}: its last line was torn; its {bytes} bytes are in {}.torn now",
            path.display(),
            path.display()
        )),
    }
}

fn left_alone(path: &Path, error: &io::Error) -> String {
    format!("{}: left alone: {error}", path.display())
}
