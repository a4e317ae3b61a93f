//! The files that a record consists of: names, order, repair and compression.

use super::disk;
use crate::model::Time;
use chrono::NaiveDateTime;
use flate2::Compression;
use flate2::bufread::MultiGzDecoder;
use flate2::write::GzEncoder;
use std::fmt;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// What a segment holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// The engine's events, a line each, as `docker events --format '{{json .}}'` prints them.
    Events,
    /// Snapshots of containers, a line each, as `docker inspect` has them.
    Inspect,
}

impl Kind {
    fn word(self) -> &'static str {
        match self {
            Self::Events => "events",
            Self::Inspect => "inspect",
        }
    }
}

/// A segment's name: `events-00000001-20261121T080000Z.jsonl`, with `.gz` once it is closed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Name {
    pub(super) kind: Kind,
    /// Counts from 1 and never goes back, whatever the clock does.
    pub(super) number: u32,
    /// When it was begun, in whole seconds.
    pub(super) since: Time,
    pub(super) compressed: bool,
}

const STAMP: &str = "%Y%m%dT%H%M%SZ";

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ending = if self.compressed { ".gz" } else { "" };
        write!(
            f,
            "{}-{:08}-{}.jsonl{ending}",
            self.kind.word(),
            self.number,
            self.since.format(STAMP)
        )
    }
}

impl Name {
    /// Reads a file's name; `None` for files that are not the record's.
    pub(super) fn parse(name: &str) -> Option<Self> {
        let (stem, compressed) = match name.strip_suffix(".gz") {
            Some(stem) => (stem, true),
            None => (name, false),
        };
        let mut words = stem.strip_suffix(".jsonl")?.split('-');
        let kind = match words.next()? {
            "events" => Kind::Events,
            "inspect" => Kind::Inspect,
            _ => return None,
        };
        let number = words.next().filter(|digits| digits.len() == 8)?;
        let since = words.next()?;
        let read = Self {
            kind,
            number: number.parse().ok()?,
            since: NaiveDateTime::parse_from_str(since, STAMP).ok()?.and_utc(),
            compressed,
        };
        // Only what is written the same way is the record's own.
        (words.next().is_none() && read.to_string() == name).then_some(read)
    }

    fn as_compressed(&self) -> Self {
        Self {
            compressed: true,
            ..self.clone()
        }
    }
}

/// Whether `path` has the name of a file that a recorder changes while it is at work.
#[must_use]
pub(crate) fn may_change(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str());
    name == Some(super::ledger::NAME)
        || name
            .and_then(Name::parse)
            .is_some_and(|name| !name.compressed)
}

/// The segments of `kind` in `folder`, oldest first.
pub(super) fn list(folder: &Path, kind: Kind) -> io::Result<Vec<Name>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name();
        names.extend(
            name.to_str()
                .and_then(Name::parse)
                .filter(|name| name.kind == kind),
        );
    }
    names.sort();
    Ok(names)
}

/// Reads a segment's lines from front to back, decompressed.
pub(super) fn read(path: &Path) -> io::Result<Box<dyn BufRead>> {
    let file = BufReader::with_capacity(64 * 1024, File::open(path)?);
    if path.extension().is_some_and(|ending| ending == "gz") {
        Ok(Box::new(BufReader::new(MultiGzDecoder::new(file))))
    } else {
        Ok(Box::new(file))
    }
}

/// Compresses a closed segment: the compressed file appears whole, then the plain one goes.
pub(super) fn compress(folder: &Path, name: &Name) -> io::Result<()> {
    let (plain, packed) = (
        folder.join(name.to_string()),
        folder.join(name.as_compressed().to_string()),
    );
    let unfinished = unfinished(folder, name);
    let result = pack(&plain, &unfinished)
        .and_then(|()| disk::rename(&unfinished, &packed))
        .and_then(|()| disk::remove(&plain));
    if result.is_err() {
        // No space is held by what cannot be finished.
        let _ = disk::remove(&unfinished);
    }
    result
}

/// Where a segment is while it is being compressed: hidden, so that no report reads it.
fn unfinished(folder: &Path, name: &Name) -> PathBuf {
    folder.join(format!(".{name}.gz.tmp"))
}

fn pack(plain: &Path, packed: &Path) -> io::Result<()> {
    struct Out(File);
    impl Write for Out {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            disk::write(&mut self.0, bytes).map(|()| bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let mut source = BufReader::with_capacity(64 * 1024, File::open(plain)?);
    let mut encoder = GzEncoder::new(Out(disk::create(packed)?), Compression::default());
    io::copy(&mut source, &mut encoder)?;
    let out = encoder.finish()?;
    disk::sync(&out.0)
}

/// Puts in order what a recorder that was killed left of compressing `name`; says whether the plain
/// file is still there.
pub(super) fn recover(folder: &Path, name: &Name) -> io::Result<bool> {
    let _ = fs::remove_file(unfinished(folder, name));
    let plain = folder.join(name.to_string());
    let packed = folder.join(name.as_compressed().to_string());
    if name.compressed || !packed.exists() {
        return Ok(!name.compressed);
    }
    // It got its name when it was whole; the plain one goes only when that is true.
    let whole = read(&packed).and_then(|mut lines| io::copy(&mut lines, &mut io::sink()));
    if whole.is_ok_and(|length| fs::metadata(&plain).is_ok_and(|plain| plain.len() == length)) {
        disk::remove(&plain)?;
        Ok(false)
    } else {
        disk::remove(&packed)?;
        Ok(true)
    }
}

/// What was found at the end of a segment.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Repair {
    /// A whole line, or nothing.
    Sound,
    /// A line without its end: it was given one.
    Ended,
    /// So many bytes of a line that was torn; they are in a file beside it now.
    Torn(u64),
}

/// Makes `path` end in a whole line, as it did before its writer was killed or the power went. What is
/// cut off is kept in `<name>.torn`.
pub(super) fn repair(path: &Path) -> io::Result<Repair> {
    let mut file = File::options().read(true).append(true).open(path)?;
    let length = file.metadata()?.len();
    let sound = end_of_lines(&mut file, length)?;
    if sound == length {
        return Ok(Repair::Sound);
    }
    file.seek(SeekFrom::Start(sound))?;
    let mut rest = Vec::new();
    Read::by_ref(&mut file).read_to_end(&mut rest)?;
    if serde_json::from_slice::<serde::de::IgnoredAny>(&rest).is_ok() {
        disk::write(&mut file, b"\n")?;
        return Ok(Repair::Ended);
    }
    let mut beside = path.as_os_str().to_owned();
    beside.push(".torn");
    let mut torn = disk::open_append(Path::new(&beside))?;
    rest.push(b'\n');
    disk::write(&mut torn, &rest)?;
    disk::sync(&torn)?;
    disk::truncate(&file, sound)?;
    Ok(Repair::Torn(length - sound))
}

/// The offset behind the last line end.
fn end_of_lines(file: &mut File, length: u64) -> io::Result<u64> {
    const STEP: u64 = 64 * 1024;
    let mut end = length;
    while end > 0 {
        let begin = end.saturating_sub(STEP);
        file.seek(SeekFrom::Start(begin))?;
        let mut piece = Vec::new();
        Read::by_ref(file)
            .take(end - begin)
            .read_to_end(&mut piece)?;
        if let Some(at) = memchr::memrchr(b'\n', &piece) {
            return Ok(begin + at as u64 + 1);
        }
        end = begin;
    }
    Ok(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_read_back_and_others_are_not_ours() {
        let name = Name {
            kind: Kind::Events,
            number: 7,
            since: "2026-11-21T08:00:00Z".parse().unwrap(),
            compressed: true,
        };
        assert_eq!(
            name.to_string(),
            "events-00000007-20261121T080000Z.jsonl.gz"
        );
        assert_eq!(Name::parse(&name.to_string()), Some(name));
        for other in [
            "events.jsonl",
            "events-7-20261121T080000Z.jsonl",
            "events-00000007-20261121T080000Z.jsonl.zst",
            "events-00000007-20261121T080000Z.jsonl.torn",
            "events-00000007-20261121T080000Z-copy.jsonl",
            "events-0000007x-20261121T080000Z.jsonl",
            "logs-00000007-20261121T080000Z.jsonl",
        ] {
            assert_eq!(Name::parse(other), None, "{other}");
        }
    }

    #[test]
    fn a_torn_line_is_moved_aside() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events-00000001-20261121T080000Z.jsonl");
        let beside = folder
            .path()
            .join("events-00000001-20261121T080000Z.jsonl.torn");
        for (before, repair, after, torn) in [
            (&b""[..], Repair::Sound, &b""[..], None),
            (b"{}\n", Repair::Sound, b"{}\n", None),
            (b"{}\n{\"a\":1}", Repair::Ended, b"{}\n{\"a\":1}\n", None),
            (
                b"{}\n{\"a\"",
                Repair::Torn(4),
                b"{}\n",
                Some(&b"{\"a\"\n"[..]),
            ),
            (b"{}\n\0\0\0", Repair::Torn(3), b"{}\n", Some(b"\0\0\0\n")),
            (b"{\"a", Repair::Torn(3), b"", Some(b"{\"a\n")),
        ] {
            let _ = fs::remove_file(&beside);
            fs::write(&path, before).unwrap();
            assert_eq!(super::repair(&path).unwrap(), repair);
            assert_eq!(fs::read(&path).unwrap(), after);
            assert_eq!(fs::read(&beside).ok().as_deref(), torn);
            assert_eq!(super::repair(&path).unwrap(), Repair::Sound);
        }
    }
}
