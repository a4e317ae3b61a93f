//! Long lines that the engine cut into several records.

use super::block::Block;
use crate::formats::{LogFormat, Record, Stream};

/// Pieces of one long line that are joined at the most (1 MiB of 16 KiB pieces).
const PIECES: usize = 64;

impl Block<'_> {
    /// Whether the record goes on with a line that began in an earlier record: what it says is then
    /// in the middle of a long line, and no startup line.
    pub(super) fn continues(&self, begin: usize, record: &Record<'_>) -> bool {
        let mut at = begin;
        for _ in 0..4 {
            let Some(end) = at.checked_sub(1).filter(|end| *end > 0) else {
                return false;
            };
            let before =
                memchr::memrchr(b'\n', &self.bytes[..end]).map_or(0, |newline| newline + 1);
            if let Ok(earlier) = self.scanner.format.parse(&self.bytes[before..end]) {
                if earlier.stream == record.stream && same_origin(&earlier, record) {
                    return earlier.partial
                        && (earlier.time == record.time || record.time.is_none());
                }
            } else if before == 0 && !self.has_begin() {
                // Cut by the context's limit: a piece is longer than the context.
                return ends_partial(self.scanner.format, &self.bytes[before..end], record);
            }
            at = before;
        }
        false
    }

    /// The whole line of which `record` is the first piece, as far as the block holds it.
    pub(super) fn join(&self, record: &Record<'_>, end: usize) -> Vec<u8> {
        let mut whole = record.message.to_vec();
        let mut at = end + 1;
        for _ in 0..PIECES {
            if at >= self.own.end {
                break;
            }
            let (_, next) = self.line_around(at);
            if let Ok(piece) = self.scanner.format.parse(&self.bytes[at..next])
                && piece.stream == record.stream
                && same_origin(&piece, record)
            {
                whole.extend_from_slice(&piece.message);
                if !piece.partial {
                    return whole;
                }
            }
            at = next + 1;
        }
        whole
    }

    /// Notes whether the last line is a piece of one that goes on in another file.
    pub(super) fn check_goes_on(&mut self) {
        let own = self.own_bytes();
        let own = own.strip_suffix(b"\n").unwrap_or(own);
        let begin = memchr::memrchr(b'\n', own).map_or(0, |newline| newline + 1);
        if let Ok(record) = self.scanner.format.parse(&own[begin..])
            && record.partial
        {
            self.out.goes_on = record.time;
        }
    }
}

/// Whether the same container wrote both, as far as the log tells.
fn same_origin(a: &Record<'_>, b: &Record<'_>) -> bool {
    match (&a.origin, &b.origin) {
        (Some(a), Some(b)) => a.name == b.name && a.container_id == b.container_id,
        _ => true,
    }
}

/// Whether the tail of an earlier record that is cut at its front shows that its line goes on in
/// `record`: all pieces of a line have one time.
fn ends_partial(format: LogFormat, tail: &[u8], record: &Record<'_>) -> bool {
    if format != LogFormat::JsonFile || (record.time.is_some() && format.time(tail) != record.time)
    {
        return false;
    }
    let key = b"\",\"stream\":\"";
    let Some(at) = memchr::memmem::rfind(tail, key) else {
        return false;
    };
    let same = match record.stream {
        Some(Stream::Stdout) => tail[at + key.len()..].starts_with(b"stdout"),
        Some(Stream::Stderr) => tail[at + key.len()..].starts_with(b"stderr"),
        None => true,
    };
    same && !tail[..at].ends_with(b"\\n")
}
