//! Reads event histories: all threads share the chunks of a file, and a stream is read piece by piece.
//! Memory holds only what is being read, and the events.

use super::Progress;
use crate::formats::Parsed;
use crate::formats::events::{self, Part, Whole};
use crate::formats::time::Zone;
use crate::ingest::{FileChunks, Source};
use crate::model::limits::{LARGEST_DOCUMENT, LONGEST_EVENT};
use crate::model::report::Input;
use crate::model::{Event, InputId, Warning};
use rayon::prelude::*;
use std::cell::RefCell;
use std::io::Read as _;
use std::ops::ControlFlow;

/// Bytes of a stream that are read before all threads parse them.
const PIECE: usize = 4 << 20;
/// Bytes of a piece that one thread parses.
const SHARE: usize = 512 * 1024;
/// Chunks of a file that are parsed before they are joined.
const AT_ONCE: u64 = 32;

thread_local! {
    /// Each worker reuses one buffer for all that it reads.
    static BUFFER: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Parses all events of `source` and writes down in `input` what was read of it.
pub(super) fn read(
    id: InputId,
    source: Source,
    zone: &Zone,
    input: &mut Input,
    progress: &dyn Progress,
) -> Parsed<Event> {
    let mut reader = HistoryReader {
        id,
        zone,
        whole: Whole::default(),
        open: Vec::new(),
    };
    let in_chunks = source
        .chunks()
        .is_some_and(|chunks| reader.chunks(chunks, input, progress));
    if !in_chunks {
        // A stream, or a line that is too long for chunks, such as an array in one line.
        reader.whole = Whole::default();
        reader.open = Vec::new();
        reader.stream(source, input, progress);
    }
    reader.whole.into_parsed()
}

/// A history, and how far it was read.
struct HistoryReader<'a> {
    id: InputId,
    zone: &'a Zone,
    whole: Whole,
    /// The end of what was read, with an event that may go on.
    open: Vec<u8>,
}

impl HistoryReader<'_> {
    /// Reads a file in chunks; gives `false` when a line is too long for that.
    fn chunks(
        &mut self,
        chunks: FileChunks<'_>,
        input: &mut Input,
        progress: &dyn Progress,
    ) -> bool {
        let (id, zone) = (self.id, self.zone);
        let count = chunks.count();
        let read = |first: u64| -> Vec<std::io::Result<Chunk>> {
            (first..count.min(first + AT_ONCE))
                .into_par_iter()
                .map(|index| {
                    BUFFER.with_borrow_mut(|buffer| {
                        let block = chunks.read(index, buffer)?;
                        let own = &block.bytes[block.own.clone()];
                        let part = events::part(id, own, zone, index + 1 == count);
                        progress.advance(own.len() as u64);
                        Ok(Chunk {
                            bytes: own.len(),
                            open: own[part.used()..].to_vec(),
                            cut: block.cut,
                            part,
                        })
                    })
                })
                .collect()
        };
        input.bytes = 0;
        let mut wave = read(0);
        for first in (0..count).step_by(usize::try_from(AT_ONCE).unwrap_or(1)) {
            // One thread joins what was read, while the others read on.
            let (next, flow) = rayon::join(
                || read(first + AT_ONCE),
                || self.put_together(chunks, first, wave, input),
            );
            match flow {
                ControlFlow::Continue(()) => wave = next,
                ControlFlow::Break(End::TooLong) => return false,
                ControlFlow::Break(End::Unreadable) => break,
            }
        }
        self.end();
        true
    }

    /// Adds the next chunks, the first of which has the number `first`.
    fn put_together(
        &mut self,
        chunks: FileChunks<'_>,
        first: u64,
        wave: Vec<std::io::Result<Chunk>>,
        input: &mut Input,
    ) -> ControlFlow<End> {
        for (index, chunk) in (first..).zip(wave) {
            let chunk = match chunk {
                Ok(chunk) if chunk.cut => return ControlFlow::Break(End::TooLong),
                Ok(chunk) => chunk,
                Err(error) => {
                    let warning = super::inputs::ended_early(&error, input.bytes);
                    input.warnings.push(warning);
                    return ControlFlow::Break(End::Unreadable);
                }
            };
            input.bytes += chunk.bytes as u64;
            if self.open.is_empty() {
                self.whole.add(chunk.part);
                self.open = chunk.open;
                continue;
            }
            // The open event may end in this chunk, so the chunk is parsed again together with it.
            let reread = BUFFER.with_borrow_mut(|buffer| {
                chunks.read(index, buffer).map(|block| {
                    self.open.extend_from_slice(&block.bytes[block.own.clone()]);
                })
            });
            if let Err(error) = reread {
                let warning = super::inputs::ended_early(&error, input.bytes);
                input.warnings.push(warning);
            }
            self.go_on(index + 1 == chunks.count());
        }
        ControlFlow::Continue(())
    }

    /// Reads a stream from its beginning to its end.
    fn stream(&mut self, source: Source, input: &mut Input, progress: &dyn Progress) {
        let mut reader = source.into_reader();
        let mut bytes = 0;
        let mut piece = Vec::new();
        loop {
            let old = piece.len();
            let read = (&mut reader).take(PIECE as u64).read_to_end(&mut piece);
            let got = piece.len() - old;
            bytes += got as u64;
            progress.advance(got as u64);
            if let Err(error) = &read {
                input
                    .warnings
                    .push(super::inputs::ended_early(error, bytes));
            }
            let endless = piece.len() as u64 >= LARGEST_DOCUMENT;
            if endless {
                input.warnings.push(Warning::NoLineEnds { read: bytes });
            }
            let last = endless || read.is_err() || got < PIECE;
            let end = if last {
                piece.len()
            } else {
                match memchr::memrchr(b'\n', &piece[old..]) {
                    Some(end) => old + end + 1,
                    None => continue,
                }
            };
            self.piece(&piece[..end], last);
            piece.drain(..end);
            if last {
                break;
            }
        }
        input.bytes = bytes;
        self.end();
    }

    /// Adds the next whole lines.
    fn piece(&mut self, bytes: &[u8], last: bool) {
        let shares = shares(bytes);
        let (id, zone, count) = (self.id, self.zone, shares.len());
        let parts: Vec<Part> = shares
            .par_iter()
            .enumerate()
            .map(|(index, share)| events::part(id, share, zone, last && index + 1 == count))
            .collect();
        for (index, (share, part)) in shares.iter().zip(parts).enumerate() {
            if self.open.is_empty() {
                self.open = share[part.used()..].to_vec();
                self.whole.add(part);
            } else {
                self.open.extend_from_slice(share);
                self.go_on(last && index + 1 == count);
            }
        }
    }

    /// Parses the open event again, now that more of it is there.
    fn go_on(&mut self, last: bool) {
        let last = last || self.open.len() > LONGEST_EVENT;
        let part = events::part(self.id, &self.open, self.zone, last);
        self.open.drain(..part.used());
        self.whole.add(part);
    }

    /// Parses the open event for the last time: nothing follows.
    fn end(&mut self) {
        if !self.open.is_empty() {
            self.go_on(true);
        }
    }
}

/// Why reading a file in chunks stops early.
enum End {
    /// A line is too long for chunks.
    TooLong,
    /// The file can be read no further.
    Unreadable,
}

/// What one chunk of a file gave.
struct Chunk {
    part: Part,
    bytes: usize,
    open: Vec<u8>,
    cut: bool,
}

/// Cuts whole lines into shares of about [`SHARE`] bytes.
fn shares(bytes: &[u8]) -> Vec<&[u8]> {
    let mut shares = Vec::new();
    let mut rest = bytes;
    while !rest.is_empty() {
        let from = SHARE.min(rest.len());
        let end = memchr::memchr(b'\n', &rest[from..]).map_or(rest.len(), |end| from + end + 1);
        let (share, after) = rest.split_at(end);
        shares.push(share);
        rest = after;
    }
    shares
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::InputKind;
    use std::path::Path;

    fn event(n: usize) -> String {
        let verb = [
            "exec_create: sh -c true",
            "exec_start: sh -c true",
            "exec_die",
            "start",
        ][n % 4];
        let exec = n / 4;
        format!(
            r#"{{"Type":"container","Action":"{verb}","Actor":{{"ID":"1df37d801ee7","Attributes":{{"execID":"e{exec}","exitCode":"0","name":"api"}}}},"time":1795167671,"timeNano":{}}}"#,
            1_795_167_671_000_000_000 + n
        )
    }

    /// The file at `path`, read in chunks and as a stream.
    fn both(path: &Path) -> [(Parsed<Event>, Input); 2] {
        [false, true].map(|as_stream| {
            let mut input = Input::new(InputId(0), "", InputKind::DockerEvents);
            let source = Source::open(path).unwrap();
            let mut reader = HistoryReader {
                id: InputId(0),
                zone: &Zone::Utc,
                whole: Whole::default(),
                open: Vec::new(),
            };
            if as_stream {
                reader.stream(source, &mut input, &());
                return (reader.whole.into_parsed(), input);
            }
            (read(InputId(0), source, &Zone::Utc, &mut input, &()), input)
        })
    }

    #[test]
    fn all_ways_of_reading_give_what_the_whole_document_holds() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events.jsonl");
        let pretty = |n| {
            let value: serde_json::Value = serde_json::from_str(&event(n)).unwrap();
            serde_json::to_string_pretty(&value).unwrap()
        };
        let lines: Vec<String> = (0..40_000).map(event).collect();
        let mixed: Vec<String> = (0..25_000)
            .map(|n| match n % 97 {
                5 => pretty(n),
                6 => "no event".to_owned(),
                7 => event(n)[..90].to_owned(),
                _ => event(n),
            })
            .collect();
        let spread: Vec<String> = (0..12_000).map(pretty).collect();
        for text in [
            lines.join("\n"),
            lines.join("\r\n") + "\r\n",
            mixed.join("\n"),
            spread.join(",\n"),
            format!("[{}]", lines.join(",")),
        ] {
            std::fs::write(&path, &text).unwrap();
            let mut expected = events::parse(InputId(0), text.as_bytes(), &Zone::Utc);
            events::join(&mut expected.records);
            for (mut parsed, input) in both(&path) {
                // Events that two parts share are joined only when the history is built.
                events::join(&mut parsed.records);
                assert_eq!(input.bytes, text.len() as u64);
                assert_eq!(parsed.lines, expected.lines);
                assert_eq!(parsed.problems, expected.problems);
                assert_eq!(parsed.records.len(), expected.records.len());
                assert!(parsed.records == expected.records);
            }
        }
    }
}
