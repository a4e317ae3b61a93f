//! The work of a scan, cut into tasks: one chunk of a file, or one stream as a whole.

use super::assembly::Assembly;
use super::limit::Limit;
use super::order::InOrder;
use super::piece::{Done, Piece};
use crate::ingest::{FileChunks, Source};
use crate::model::Warning;
use crate::pipeline::{Progress, inputs};
use crate::scan::Scanner;
use std::cell::RefCell;
use std::sync::Mutex;

thread_local! {
    /// Each worker reuses one buffer for all that it reads.
    static BUFFER: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// All tasks, numbered: first the streams, then the chunks of the files. It takes no more memory for
/// larger files.
pub(super) struct Tasks<'a> {
    streams: Vec<(usize, Mutex<Option<Source>>)>,
    /// Each file's log, its chunks, and the number of its first chunk.
    files: Vec<(usize, FileChunks<'a>, u64)>,
}

/// One piece of work.
pub(super) enum Task<'t> {
    /// One chunk of a file.
    Chunk(FileChunks<'t>, u64),
    /// A stream, from its beginning to its end.
    Stream(&'t Mutex<Option<Source>>),
}

impl<'a> Tasks<'a> {
    /// Numbers the tasks. The longest streams come first: one thread reads each of them, while the
    /// others share the chunks.
    pub(super) fn new(mut streams: Vec<(usize, Source)>, files: &'a [(usize, Source)]) -> Self {
        streams.sort_by_key(|(_, source)| std::cmp::Reverse(source.size));
        let mut number = streams.len() as u64;
        let chunked = files
            .iter()
            .filter_map(|(log, source)| Some((*log, source.chunks()?)));
        Self {
            files: chunked
                .map(|(log, chunks)| {
                    let first = number;
                    number += chunks.count();
                    (log, chunks, first)
                })
                .collect(),
            streams: streams
                .into_iter()
                .map(|(log, source)| (log, Mutex::new(Some(source))))
                .collect(),
        }
    }

    /// A task and the log that it belongs to; `None` behind the last task.
    pub(super) fn get(&self, number: u64) -> Option<(usize, Task<'_>)> {
        let stream = usize::try_from(number).ok();
        if let Some((log, source)) = stream.and_then(|number| self.streams.get(number)) {
            return Some((*log, Task::Stream(source)));
        }
        let behind = self.files.partition_point(|(_, _, first)| *first <= number);
        let (log, chunks, first) = self.files.get(behind.checked_sub(1)?)?;
        let chunk = number - first;
        (chunk < chunks.count()).then_some((*log, Task::Chunk(*chunks, chunk)))
    }
}

impl Task<'_> {
    /// Does the work and adds what it gave to `log`.
    pub(super) fn run(
        &self,
        scanner: &Scanner<'_>,
        log: &Mutex<InOrder>,
        limit: &Limit,
        progress: &dyn Progress,
    ) {
        match self {
            Self::Chunk(chunks, chunk) => {
                let done = scan_chunk(*chunks, *chunk, scanner, progress);
                if let Ok(mut log) = log.lock() {
                    log.take(*chunk, done, limit);
                }
            }
            Self::Stream(source) => {
                if let Some(source) = source.lock().ok().and_then(|mut source| source.take())
                    && let Ok(mut log) = log.lock()
                {
                    scan_stream(source, scanner, &mut log.assembly, limit, progress);
                }
            }
        }
    }
}

/// Gives back the memory of this worker's buffer.
pub(super) fn free_buffer() {
    BUFFER.set(Vec::new());
}

fn scan_chunk(
    chunks: FileChunks<'_>,
    chunk: u64,
    scanner: &Scanner<'_>,
    progress: &dyn Progress,
) -> Done {
    BUFFER.with_borrow_mut(|buffer| match chunks.read(chunk, buffer) {
        Ok(block) => {
            progress.advance(block.own.len() as u64);
            let mut piece = Piece::scan(&block, scanner);
            if block.last {
                piece.scan_end(&block, scanner);
            }
            Done {
                piece: Some(piece),
                error: None,
            }
        }
        Err(error) => Done {
            piece: None,
            error: Some(Warning::PartUnreadable(error.to_string())),
        },
    })
}

fn scan_stream(
    source: Source,
    scanner: &Scanner<'_>,
    assembly: &mut Assembly,
    limit: &Limit,
    progress: &dyn Progress,
) {
    let on_disk = source.size;
    let mut blocks = source.into_blocks();
    let mut read = 0;
    // A stream tells only after a block that it was the last one.
    let mut before: Option<Piece> = None;
    let error = loop {
        match blocks.next_block() {
            Ok(Some(block)) => {
                let piece = Piece::scan(&block, scanner);
                read += piece.bytes;
                if on_disk.is_none() {
                    progress.advance(piece.bytes);
                }
                if let Some(before) = before.replace(piece) {
                    assembly.add(before, limit);
                }
            }
            Ok(None) => break None,
            Err(error) => break Some(inputs::ended_early(&error, read)),
        }
    };
    progress.advance(on_disk.unwrap_or(0));
    if let (Some(block), Some(last)) = (blocks.last_block(), before.as_mut()) {
        last.scan_end(&block, scanner);
    }
    assembly.take(
        Done {
            piece: before,
            error,
        },
        limit,
    );
}
