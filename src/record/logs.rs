//! The last lines of containers' logs, taken while there still is a log.

use super::disk;
use crate::model::Time;
use chrono::DateTime;
use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

/// The folder of the logs in the record's.
pub(super) const FOLDER: &str = "logs";
/// A piece of a log that has grown to this size is followed by another.
const PIECE: u64 = 1 << 20;
/// So many pieces of one log are kept.
const PIECES: u32 = 5;
/// Of so many containers it is remembered how far their log was taken.
const MOST_KNOWN: usize = 4096;

/// The logs of the record, a file a container: `NAME.ID.log`, lines as `docker logs -t` prints them.
#[derive(Debug)]
pub(super) struct Logs {
    folder: PathBuf,
    /// By id: the time of the last line taken.
    taken: HashMap<String, Time>,
}

impl Logs {
    pub(super) fn new(folder: &Path) -> Self {
        Self {
            folder: folder.join(FOLDER),
            taken: HashMap::new(),
        }
    }

    /// The time of the last line that was taken of a container's log.
    pub(super) fn taken(&mut self, name: &str, id: &str) -> Option<Time> {
        if let Some(time) = self.taken.get(id) {
            return Some(*time);
        }
        last_time(&self.path(name, id))
    }

    /// Adds the lines of `text` that are new. With `cut`, the log has more lines before them: then
    /// they begin a piece of their own, so that no report takes the hole for silence.
    pub(super) fn add(&mut self, name: &str, id: &str, text: &[u8], cut: bool) -> io::Result<()> {
        let before = self.taken(name, id);
        let new = after(text, before);
        let Some(last) = last_stamp(new) else {
            return Ok(());
        };
        let path = self.path(name, id);
        fs::create_dir_all(&self.folder)?;
        let length = fs::metadata(&path).map_or(0, |about| about.len());
        let hole = cut && before.is_some() && new.len() == text.len();
        if length > 0 && (hole || length + new.len() as u64 > PIECE) {
            shift(&path)?;
        }
        let mut file = disk::open_append(&path)?;
        let length = file.metadata()?.len();
        let mut whole = new.to_vec();
        if !whole.ends_with(b"\n") {
            whole.push(b'\n');
        }
        if let Err(error) = disk::write(&mut file, &whole) {
            let _ = disk::truncate(&file, length);
            return Err(error);
        }
        if self.taken.len() >= MOST_KNOWN {
            self.taken.clear();
        }
        self.taken.insert(id.to_owned(), last);
        Ok(())
    }

    /// The container is gone: its log is taken no more.
    pub(super) fn forget(&mut self, id: &str) {
        self.taken.remove(id);
    }

    fn path(&self, name: &str, id: &str) -> PathBuf {
        let short = id.get(..12).unwrap_or(id);
        let name: String = name
            .trim_start_matches('/')
            .chars()
            .map(|c| match c {
                'a'..='z' | 'A'..='Z' | '0'..='9' | '_' | '-' | '.' => c,
                _ => '_',
            })
            .take(128)
            .collect();
        self.folder.join(format!("{name}.{short}.log"))
    }
}

/// `api.log` becomes `api.log.1`, that becomes `api.log.2`; the oldest goes.
fn shift(path: &Path) -> io::Result<()> {
    let piece = |n: u32| {
        let mut name = path.as_os_str().to_owned();
        name.push(format!(".{n}"));
        PathBuf::from(name)
    };
    for n in (1..PIECES - 1).rev() {
        if piece(n).exists() {
            disk::rename(&piece(n), &piece(n + 1))?;
        }
    }
    disk::rename(path, &piece(1))
}

/// The part of `text` after the lines that are not later than `time`.
fn after(text: &[u8], time: Option<Time>) -> &[u8] {
    let Some(time) = time else {
        return text;
    };
    let mut at = 0;
    let mut begin = 0;
    for line in text.split_inclusive(|&byte| byte == b'\n') {
        at += line.len();
        if stamp(line).is_some_and(|stamp| stamp <= time) {
            begin = at;
        }
    }
    text.get(begin..).unwrap_or_default()
}

/// The time that a line begins with.
fn stamp(line: &[u8]) -> Option<Time> {
    let end = memchr::memchr(b' ', line.get(..line.len().min(64))?)
        .or_else(|| line.strip_suffix(b"\n").map(<[u8]>::len))?;
    let text = std::str::from_utf8(line.get(..end)?).ok()?;
    Some(DateTime::parse_from_rfc3339(text).ok()?.to_utc())
}

fn last_stamp(text: &[u8]) -> Option<Time> {
    text.rsplit(|&byte| byte == b'\n').find_map(stamp)
}

/// The time of the last line of a file.
fn last_time(path: &Path) -> Option<Time> {
    const TAIL: u64 = 256 * 1024;
    let mut file = File::open(path).ok()?;
    let length = file.metadata().ok()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(TAIL)))
        .ok()?;
    let mut tail = Vec::new();
    file.take(TAIL).read_to_end(&mut tail).ok()?;
    last_stamp(&tail)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "1df37d801ee7ddbba5ab6ad4434afab06e81230114173545a9672f14131cccf0";

    fn line(second: u32, text: &str) -> String {
        format!("2026-11-21T08:00:{second:02}.000000001Z {text}\n")
    }

    #[test]
    fn a_line_is_taken_once_also_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("logs/web.1df37d801ee7.log");
        let first = line(1, "a") + &line(2, "b");
        let second = first.clone() + &line(3, "c");
        let mut logs = Logs::new(folder.path());
        assert_eq!(logs.taken("/web", ID), None);
        logs.add("/web", ID, first.as_bytes(), false).unwrap();
        Logs::new(folder.path())
            .add("/web", ID, second.as_bytes(), true)
            .unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), second);
    }

    #[test]
    fn a_hole_begins_a_new_piece() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("logs/web.1df37d801ee7.log");
        let mut logs = Logs::new(folder.path());
        for second in 0..9 {
            logs.add("web", ID, line(second, "x").as_bytes(), true)
                .unwrap();
        }
        assert_eq!(fs::read_to_string(&path).unwrap(), line(8, "x"));
        let piece = |n| fs::read_to_string(format!("{}.{n}", path.display()));
        assert_eq!(piece(1).unwrap(), line(7, "x"));
        assert_eq!(piece(4).unwrap(), line(4, "x"));
        assert!(piece(5).is_err(), "the oldest are gone");
    }

    #[test]
    fn a_name_cannot_leave_the_folder() {
        let logs = Logs::new(Path::new("r"));
        assert_eq!(
            logs.path("/../../etc/x", ID),
            Path::new("r/logs/.._.._etc_x.1df37d801ee7.log")
        );
    }
}
