//! Scans all logs in parallel, with bounded memory, and puts the pieces together in order.

mod kept;

pub use kept::KeptLogs;

use super::Progress;
use super::inputs::Log;
use super::odd::OddLines;
use crate::extract::scan::{BeforeStarts, Odd, Scanned, Scanner};
use crate::extract::{Prefilter, Signatures};
use crate::formats::time::Zone;
use crate::formats::{LogFormat, Problems};
use crate::ingest::{self, Block, FileChunks, LONGEST_LINE, Source, Watch};
use crate::model::log::{LastLine, LogFacts, Origin};
use crate::model::report::Input;
use crate::model::words;
use crate::model::{Cited, InputId, InputKind, JournalKind, JournalRecord, Time};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

thread_local! {
    /// Each worker reads into one buffer again and again.
    static BUFFER: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// All work, numbered: whole streams first, then the chunks of files. Nothing here grows with a file.
struct Tasks<'a> {
    streams: Vec<(usize, Mutex<Option<Source>>)>,
    /// Each file's log, its chunks, and the number of the first of them.
    files: Vec<(usize, FileChunks<'a>, u64)>,
}

/// A piece of work: one chunk of a file, or one stream as a whole.
enum Task<'t> {
    Chunk(FileChunks<'t>, u64),
    Stream(&'t Mutex<Option<Source>>),
}

impl<'a> Tasks<'a> {
    /// The longest streams come before the others: each is one piece of work, and the chunks fill the
    /// gaps.
    fn new(mut streams: Vec<(usize, Source)>, files: &'a [(usize, Source)]) -> Self {
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

    /// The log that work is for, and the work; `None` behind the last.
    fn get(&self, number: u64) -> Option<(usize, Task<'_>)> {
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

/// What one block gave.
struct Piece {
    scanned: Scanned,
    bytes: u64,
    cut: bool,
    /// Its last line has no line end.
    unended: bool,
}

/// What a piece of work gave: what came before an error counts.
struct Done {
    piece: Option<Piece>,
    error: Option<String>,
}

/// Scans all `logs`. The result does not depend on the number of threads.
pub(super) fn scan(
    logs: Vec<Log>,
    signatures: &Signatures,
    zone: Option<&Zone>,
    ends: &[Time],
    before_starts: BeforeStarts,
    inputs: &mut [Input],
    progress: &dyn Progress,
) -> (Vec<LogFacts>, Vec<Cited<JournalRecord>>) {
    let prefilters: Vec<Option<Prefilter>> = logs
        .iter()
        .map(|log| with_extra(log.format, signatures))
        .collect();
    let scanners: Vec<Scanner<'_>> = logs
        .iter()
        .zip(&prefilters)
        .map(|(log, own)| Scanner {
            input: log.id,
            format: log.format,
            signatures,
            zone,
            prefilter: own.as_ref().unwrap_or_else(|| signatures.prefilter()),
            ends,
            before_starts,
        })
        .collect();
    let limit = Limit::of(logs.len());
    let assembled: Vec<Assembly> = logs
        .iter()
        .map(|log| Assembly::new(&log.source.path, log))
        .collect();
    let watches: Vec<Option<Watch>> = logs.iter().map(|log| log.source.watch.clone()).collect();
    let sources: Vec<(usize, Source)> =
        logs.into_iter().map(|log| log.source).enumerate().collect();
    let (files, streams): (Vec<_>, Vec<_>) = sources
        .into_iter()
        .partition(|(_, source)| source.as_file().is_some());

    let tasks = Tasks::new(streams, &files);
    let assembled: Vec<Mutex<InOrder>> = assembled.into_iter().map(InOrder::new).collect();
    let next = AtomicU64::new(0);
    rayon::broadcast(|_| {
        while let Some((log, task)) = tasks.get(next.fetch_add(1, Ordering::Relaxed)) {
            work(&task, &scanners[log], &assembled[log], &limit, progress);
        }
        // What comes now needs the room.
        BUFFER.set(Vec::new());
    });
    drop(tasks);
    let mut assembled: Vec<Assembly> = assembled
        .into_iter()
        .filter_map(|log| log.into_inner().ok())
        .map(|log| log.assembly)
        .collect();
    for assembly in &mut assembled {
        assembly.thin_out(&limit);
    }
    for (log, watch) in watches.iter().enumerate() {
        let Some(watch) = watch else { continue };
        let open = files.iter().find(|(file, _)| *file == log);
        if let Some(note) = watch.changed(open.and_then(|(_, source)| source.as_file())) {
            assembled[log].changed(note);
        }
    }
    let mut journal = Vec::new();
    let mut logs: Vec<LogFacts> = assembled
        .into_iter()
        .filter_map(|mut assembly| {
            let input = inputs.get_mut(assembly.facts.input.0 as usize)?;
            journal.append(&mut assembly.journal);
            Some(assembly.finish(input))
        })
        .collect();
    leave_out_continued(&mut logs);
    (logs, journal)
}

/// Leaves out what the first record of a file seems to say where it is the rest of a long line that
/// began in the rotated piece before: all pieces of a line have one time.
fn leave_out_continued(logs: &mut [LogFacts]) {
    let begun: Vec<(u64, Time)> = logs
        .iter()
        .filter_map(|log| Some((log.rotation, log.goes_on?)))
        .collect();
    if begun.is_empty() {
        return;
    }
    for log in logs {
        let rotation = log.rotation;
        log.facts.retain(|fact| {
            let goes_on = |(older, time): &(u64, Time)| {
                *older > rotation && fact.citation.time == Some(*time)
            };
            fact.citation.place.line != 1 || !begun.iter().any(goes_on)
        });
    }
}

fn work(
    task: &Task<'_>,
    scanner: &Scanner<'_>,
    log: &Mutex<InOrder>,
    limit: &Limit,
    progress: &dyn Progress,
) {
    match task {
        Task::Chunk(chunks, chunk) => {
            let done = file_chunk(*chunks, *chunk, scanner, progress);
            if let Ok(mut log) = log.lock() {
                log.take(*chunk, done, limit);
            }
        }
        Task::Stream(source) => {
            if let Some(source) = source.lock().ok().and_then(|mut source| source.take())
                && let Ok(mut log) = log.lock()
            {
                whole_stream(source, scanner, &mut log.assembly, limit, progress);
            }
        }
    }
}

/// One log whose blocks are put together in their order as they come, so that none waits longer than
/// for those before it.
struct InOrder {
    assembly: Assembly,
    next: u64,
    waiting: BTreeMap<u64, Done>,
}

impl InOrder {
    fn new(assembly: Assembly) -> Mutex<Self> {
        Mutex::new(Self {
            assembly,
            next: 0,
            waiting: BTreeMap::new(),
        })
    }

    fn take(&mut self, chunk: u64, done: Done, limit: &Limit) {
        self.waiting.insert(chunk, done);
        while let Some(done) = self.waiting.remove(&self.next) {
            self.assembly.take(done, limit);
            self.next += 1;
        }
    }
}

/// Facts of all logs that are kept at the most. A startup is about ten; nobody reads more.
const MOST_FACTS: u64 = 1 << 19;

/// How many facts there may be: beyond [`MOST_FACTS`] each log keeps its share of half of them, the
/// last ones, as if it had been rotated.
struct Limit {
    held: AtomicU64,
    found: AtomicU64,
    most: u64,
    share: usize,
}

impl Limit {
    fn of(logs: usize) -> Self {
        Self {
            held: AtomicU64::new(0),
            found: AtomicU64::new(0),
            most: MOST_FACTS,
            share: usize::try_from(MOST_FACTS).unwrap_or(usize::MAX) / 2 / logs.max(1),
        }
    }
}

/// The signatures' prefilter with the format's own literals, for formats that have some.
fn with_extra(format: LogFormat, signatures: &Signatures) -> Option<Prefilter> {
    let extra = format.extra_literals();
    let own = signatures.prefilter().literals().iter().cloned();
    (!extra.is_empty())
        .then(|| Prefilter::new(own.chain(extra.iter().map(|literal| (*literal).to_owned()))))
}

fn file_chunk(
    chunks: FileChunks<'_>,
    chunk: u64,
    scanner: &Scanner<'_>,
    progress: &dyn Progress,
) -> Done {
    BUFFER.with_borrow_mut(|buffer| match chunks.read(chunk, buffer) {
        Ok(block) => {
            progress.advance(block.own.len() as u64);
            Done {
                piece: Some(piece(&block, scanner)),
                error: None,
            }
        }
        Err(error) => Done {
            piece: None,
            error: Some(format!("cannot be read: {error}")),
        },
    })
}

fn whole_stream(
    source: Source,
    scanner: &Scanner<'_>,
    assembly: &mut Assembly,
    limit: &Limit,
    progress: &dyn Progress,
) {
    let on_disk = source.size;
    let mut blocks = source.into_blocks();
    let mut read = 0;
    // That a block was the last one shows only after it.
    let mut before: Option<Piece> = None;
    let error = loop {
        match blocks.next_block() {
            Ok(Some(block)) => {
                let bytes = block.own.len() as u64;
                read += bytes;
                if on_disk.is_none() {
                    progress.advance(bytes);
                }
                let piece = Piece {
                    scanned: scanner.scan(block.bytes, block.own.clone(), block.offset),
                    bytes,
                    cut: block.cut,
                    unended: is_unended(&block),
                };
                if let Some(before) = before.replace(piece) {
                    assembly.add(before, limit);
                }
            }
            Ok(None) => break None,
            Err(error) => {
                break Some(super::inputs::ended_early(&error, read));
            }
        }
    };
    progress.advance(on_disk.unwrap_or(0));
    if let (Some(block), Some(last)) = (blocks.last_block(), before.as_mut()) {
        let tail = scanner.end_of_log(block.bytes, block.own.clone(), block.offset);
        adopt_tail(&mut last.scanned, tail);
    }
    assembly.take(
        Done {
            piece: before,
            error,
        },
        limit,
    );
}

fn piece(block: &Block<'_>, scanner: &Scanner<'_>) -> Piece {
    let mut found = scanner.scan(block.bytes, block.own.clone(), block.offset);
    if block.last {
        adopt_tail(
            &mut found,
            scanner.end_of_log(block.bytes, block.own.clone(), block.offset),
        );
    }
    Piece {
        scanned: found,
        bytes: block.own.len() as u64,
        cut: block.cut,
        unended: is_unended(block),
    }
}

fn is_unended(block: &Block<'_>) -> bool {
    let own = &block.bytes[block.own.clone()];
    !block.cut && own.last().is_some_and(|last| *last != b'\n')
}

/// Adds the log's last lines to what its last block gave.
fn adopt_tail(scanned: &mut Scanned, tail: Scanned) {
    scanned.goes_on = tail.goes_on;
    let base = u32::try_from(scanned.origins.len()).unwrap_or(u32::MAX);
    scanned.origins.extend(tail.origins);
    scanned
        .last_lines
        .extend(tail.last_lines.into_iter().map(|mut line| {
            line.value.origin += base;
            line
        }));
}

/// One log, put together from its blocks in order.
#[derive(Clone)]
struct Assembly {
    facts: LogFacts,
    /// What the path says, for lines that do not say whose they are.
    hint: Origin,
    /// Set for a journal, which may hold no container's lines at all.
    exported: bool,
    /// What the host wrote into the same journal.
    journal: Vec<Cited<JournalRecord>>,
    container_lines: u64,
    /// Facts, those that were left out among them.
    found: u64,
    lines: u64,
    bytes: u64,
    skipped: u64,
    odd: OddLines,
    warnings: Vec<String>,
    /// The last line has no line end ...
    unended: bool,
    /// ... and is not of the format.
    skipped_last: Option<&'static str>,
    damage: Option<std::sync::Arc<Mutex<Problems>>>,
}

impl Assembly {
    fn new(path: &Path, log: &Log) -> Self {
        Self {
            damage: log.damage.clone(),
            ..Self::of(path, log.id, log.format)
        }
    }

    fn of(path: &Path, id: InputId, format: LogFormat) -> Self {
        let hint = ingest::hint_of(path);
        Self {
            facts: LogFacts {
                input: id,
                origins: Vec::new(),
                facts: Vec::new(),
                last_lines: Vec::new(),
                from: None,
                to: None,
                rotation: hint.rotation,
                goes_on: None,
            },
            hint: Origin {
                guessed: hint.id.is_none(),
                container_id: hint.id,
                name: hint.name,
                epoch: None,
            },
            exported: format == LogFormat::Journald,
            journal: Vec::new(),
            container_lines: 0,
            found: 0,
            lines: 0,
            bytes: 0,
            skipped: 0,
            odd: OddLines::default(),
            warnings: Vec::new(),
            unended: false,
            skipped_last: None,
            damage: None,
        }
    }

    fn take(&mut self, done: Done, limit: &Limit) {
        if let Some(piece) = done.piece {
            self.add(piece, limit);
        }
        self.warnings.extend(done.error);
    }

    fn add(
        &mut self,
        Piece {
            scanned,
            bytes,
            cut,
            unended,
        }: Piece,
        limit: &Limit,
    ) {
        let base = self.lines;
        let absolute = |line: i64| base.saturating_add_signed(line) + 1;
        let origins: Vec<u32> = scanned
            .origins
            .into_iter()
            .map(|origin| self.origin(origin))
            .collect();
        let origin = |index: u32| origins.get(index as usize).copied().unwrap_or(0);
        let found = scanned.facts.len() as u64;
        self.found += found;
        limit.found.fetch_add(found, Ordering::Relaxed);
        let held = limit.held.fetch_add(found, Ordering::Relaxed) + found;
        for fact in scanned.facts {
            let mut value = fact.value;
            value.citation.place.line = absolute(fact.line);
            value.origin = origin(value.origin);
            self.facts.facts.push(value);
        }
        for record in scanned.journal {
            let mut value = record.value;
            value.citation.place.line = absolute(record.line);
            self.journal.push(value);
        }
        self.container_lines += scanned.container_lines;
        for line in scanned.last_lines {
            let mut value = line.value;
            value.citation.place.line = absolute(line.line);
            value.origin = origin(value.origin);
            self.keep(value);
        }
        let last = self.lines + scanned.lines;
        for odd in scanned.odd {
            let what = match odd.what {
                // Said below, and better.
                Odd::Malformed(_) if cut && absolute(odd.first) == last => continue,
                // It may be one that was being written.
                Odd::Malformed(what) if unended && absolute(odd.first) == last => {
                    self.skipped_last = Some(what);
                    continue;
                }
                Odd::Malformed(what) => what,
                Odd::Nul => "holds NUL bytes: a file that was cut by a crash",
                Odd::NotUtf8 => "is not UTF-8; it is read as bytes",
            };
            self.odd.add(absolute(odd.first), what, odd.count);
        }
        self.skipped += scanned.skipped.max(u64::from(cut));
        if bytes > 0 {
            self.unended = unended;
        }
        if cut {
            let what = format!("is longer than {LONGEST_LINE} bytes, cut there");
            self.odd.add(last, &what, 1);
        }
        if held > limit.most && self.facts.facts.len() > 2 * limit.share {
            let before = self.facts.facts.len();
            self.keep_last(limit.share);
            let out = (before - self.facts.facts.len()) as u64;
            limit.held.fetch_sub(out, Ordering::Relaxed);
        }
        self.facts.goes_on = scanned.goes_on;
        self.lines += scanned.lines;
        self.bytes += bytes;
        self.facts.from = [self.facts.from, scanned.from].into_iter().flatten().min();
        self.facts.to = self.facts.to.max(scanned.to);
    }

    /// Keeps one of the last lines, in its place and once; nearly always behind all others.
    fn keep(&mut self, line: LastLine) {
        let lines = &mut self.facts.last_lines;
        let offset = |line: &LastLine| line.citation.place.offset;
        if lines.last().is_none_or(|last| offset(last) < offset(&line)) {
            lines.push(line);
        } else if let Err(place) = lines.binary_search_by_key(&offset(&line), offset) {
            lines.insert(place, line);
        }
    }

    /// Keeps no more facts than `share`, the last ones.
    fn keep_last(&mut self, share: usize) {
        let facts = &mut self.facts.facts;
        let out = facts.len().saturating_sub(share);
        facts.drain(..out);
        let Some(first) = facts.first() else { return };
        // What came before is as if it had never been read.
        self.facts.from = first.time();
        let place = first.citation.place;
        self.facts
            .last_lines
            .retain(|line| line.citation.place >= place);
    }

    /// When there were too many facts in all logs, keeps this log's share of them and says so.
    fn thin_out(&mut self, limit: &Limit) {
        let too_many = limit.found.load(Ordering::Relaxed) > limit.most;
        if !too_many || self.found <= limit.share as u64 {
            return;
        }
        self.keep_last(limit.share);
        let (found, kept) = (self.found, limit.share);
        self.warnings.push(format!(
            "its first {} startup lines of {found} were left out: the logs hold more than {} together",
            found - kept as u64,
            limit.most
        ));
    }

    /// The file changed while it was read: a last line without its end was still being written.
    fn changed(&mut self, note: String) {
        if std::mem::take(&mut self.unended) {
            let last = self.lines;
            self.facts
                .facts
                .retain(|fact| fact.citation.place.line != last);
            self.facts
                .last_lines
                .retain(|line| line.citation.place.line != last);
            self.skipped -= u64::from(self.skipped_last.take().is_some());
        }
        self.warnings.push(note);
    }

    /// The number of an origin in the whole log; what the lines do not say, the path may.
    fn origin(&mut self, origin: Origin) -> u32 {
        let origin = if origin == Origin::default() {
            self.hint.clone()
        } else {
            origin
        };
        let index = self
            .facts
            .origins
            .iter()
            .position(|known| *known == origin)
            .unwrap_or_else(|| {
                self.facts.origins.push(origin);
                self.facts.origins.len() - 1
            });
        u32::try_from(index).unwrap_or(u32::MAX)
    }

    fn finish(mut self, input: &mut Input) -> LogFacts {
        if let Some(problems) = self
            .damage
            .as_ref()
            .and_then(|damage| damage.lock().ok().map(|problems| problems.clone()))
            && let Some((what, at)) = problems.first
        {
            self.skipped += problems.count;
            self.warnings.push(format!(
                "damaged in {}, the first at byte {at}: {what}",
                words::count(problems.count, "place")
            ));
        }
        if let Some(what) = self.skipped_last {
            self.odd.add(self.lines, what, 1);
        }
        self.warnings.extend(self.odd.warnings());
        if self.exported && self.container_lines == 0 && self.lines > 0 {
            let engine = |record: &Cited<JournalRecord>| {
                !matches!(
                    record.value.kind,
                    JournalKind::Action(_) | JournalKind::Note
                )
            };
            input.kind = if !self.journal.is_empty() && self.journal.iter().all(engine) {
                InputKind::DaemonLog
            } else {
                InputKind::HostLog
            };
        } else if self.facts.origins.is_empty() && !self.exported {
            // A log without a startup still shows what its window covers.
            self.facts.origins.push(self.hint.clone());
        }
        input.lines = self.lines;
        input.bytes = self.bytes;
        input.skipped += self.skipped;
        input.from = self.facts.from;
        input.to = self.facts.to;
        input.warnings.append(&mut self.warnings);
        self.facts
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fmt::Write as _;

    #[test]
    fn of_too_many_facts_the_last_are_kept_and_it_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("api.log");
        let mut text = String::new();
        for n in 0..600 {
            writeln!(
                text,
                "2026-11-20T10:{:02}:{:02}.000000001Z INFO:     Started server process [{}]",
                n / 60,
                n % 60,
                n + 1000
            )
            .unwrap();
        }
        std::fs::write(&path, &text).unwrap();
        let log = Log {
            id: crate::model::InputId(0),
            format: LogFormat::Timestamped,
            source: Source::open(&path).unwrap(),
            damage: None,
        };
        let signatures = Signatures::builtin().unwrap();
        let scanner = Scanner {
            input: log.id,
            format: log.format,
            signatures: &signatures,
            prefilter: signatures.prefilter(),
            zone: None,
            ends: &[],
            before_starts: BeforeStarts::ALL,
        };
        for (most, kept) in [(600, 600), (599, 50)] {
            let limit = Limit {
                most,
                share: 50,
                ..Limit::of(1)
            };
            let mut assembly = Assembly::new(&path, &log);
            let mut offset = 0;
            for lines in text.as_bytes().chunks(text.len() / 20) {
                assembly.add(
                    Piece {
                        scanned: scanner.scan(lines, 0..lines.len(), offset),
                        bytes: lines.len() as u64,
                        cut: false,
                        unended: false,
                    },
                    &limit,
                );
                offset += lines.len() as u64;
            }
            assembly.thin_out(&limit);
            let facts = &assembly.facts.facts;
            assert_eq!(facts.len(), kept);
            assert_eq!(facts[kept - 1].fields.pid, Some(1599));
            assert_eq!(assembly.facts.from, facts[0].time());
            let said = assembly.warnings.iter().any(|warning| {
                warning.starts_with("its first 550 startup lines of 600 were left out")
            });
            assert_eq!(said, kept == 50);
        }
    }
}
