//! One log, put together from its blocks in order.

use super::limit::Limit;
use super::piece::{Done, Piece};
use crate::formats::{LogFormat, Problems};
use crate::ingest;
use crate::model::log::{LastLine, LogFacts, Origin};
use crate::model::report::Input;
use crate::model::warning::FileChange;
use crate::model::{Cited, InputId, InputKind, JournalKind, JournalRecord, LineFault, Warning};
use crate::pipeline::inputs::Log;
use crate::pipeline::odd::OddLines;
use crate::scan::{Odd, Scanned};
use std::path::Path;
use std::sync::{Arc, Mutex};

/// One log, put together from its blocks in order.
#[derive(Clone)]
pub(super) struct Assembly {
    pub(super) facts: LogFacts,
    /// Whose lines they are according to the path. It counts for lines that do not say it themselves.
    hint: Origin,
    /// Whether it is an exported journal, which may hold no line of a container at all.
    exported: bool,
    /// What the host wrote into the same journal.
    pub(super) journal: Vec<Cited<JournalRecord>>,
    container_lines: u64,
    /// How many facts were found, those that were dropped included.
    pub(super) found: u64,
    pub(super) lines: u64,
    bytes: u64,
    skipped: u64,
    odd: OddLines,
    warnings: Vec<Warning>,
    /// Whether the last line has no line end ...
    unended: bool,
    /// ... and what is wrong with it, when it is not of the log's format either.
    skipped_last: Option<LineFault>,
    damage: Option<Arc<Mutex<Problems>>>,
}

impl Assembly {
    pub(super) fn for_log(log: &Log) -> Self {
        Self {
            damage: log.damage.clone(),
            ..Self::new(&log.source.path, log.id, log.format)
        }
    }

    pub(super) fn new(path: &Path, id: InputId, format: LogFormat) -> Self {
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

    /// Takes what a task gave.
    pub(super) fn take(&mut self, done: Done, limit: &Limit) {
        if let Some(piece) = done.piece {
            self.add(piece, limit);
        }
        self.warnings.extend(done.error);
    }

    /// Adds the piece that comes next.
    pub(super) fn add(&mut self, mut piece: Piece, limit: &Limit) {
        let found = piece.scanned.facts.len() as u64;
        self.found += found;
        self.add_lines(&mut piece.scanned);
        self.add_odd(&piece);
        if limit.is_exceeded_by(found, self.facts.facts.len()) {
            let before = self.facts.facts.len();
            self.keep_last(limit.share);
            limit.drop_held((before - self.facts.facts.len()) as u64);
        }
        let Piece { scanned, bytes, .. } = piece;
        self.container_lines += scanned.container_lines;
        self.facts.goes_on = scanned.goes_on;
        self.lines += scanned.lines;
        self.bytes += bytes;
        self.facts.from = [self.facts.from, scanned.from].into_iter().flatten().min();
        self.facts.to = self.facts.to.max(scanned.to);
    }

    /// Adds the lines that are kept: facts, records of the host, and last lines.
    fn add_lines(&mut self, scanned: &mut Scanned) {
        let base = self.lines;
        let absolute = |line: i64| absolute(base, line);
        let origins: Vec<u32> = std::mem::take(&mut scanned.origins)
            .into_iter()
            .map(|origin| self.origin(origin))
            .collect();
        let origin = |index: u32| origins.get(index as usize).copied().unwrap_or(0);
        for fact in std::mem::take(&mut scanned.facts) {
            let mut value = fact.value;
            value.citation.place.line = absolute(fact.line);
            value.origin = origin(value.origin);
            self.facts.facts.push(value);
        }
        for record in std::mem::take(&mut scanned.journal) {
            let mut value = record.value;
            value.citation.place.line = absolute(record.line);
            self.journal.push(value);
        }
        for line in std::mem::take(&mut scanned.last_lines) {
            let mut value = line.value;
            value.citation.place.line = absolute(line.line);
            value.origin = origin(value.origin);
            self.keep(value);
        }
    }

    /// Adds what is odd about lines of the piece.
    fn add_odd(&mut self, piece: &Piece) {
        let (cut, unended) = (piece.cut, piece.unended);
        let last = self.lines + piece.scanned.lines;
        for odd in &piece.scanned.odd {
            let first = absolute(self.lines, odd.first);
            let fault = match odd.what {
                // What is said below of a line that was cut is more exact.
                Odd::Malformed(_) if cut && first == last => continue,
                // It may still be being written.
                Odd::Malformed(fault) if unended && first == last => {
                    self.skipped_last = Some(fault);
                    continue;
                }
                Odd::Malformed(fault) => fault,
                Odd::Nul => LineFault::Nul,
                Odd::NotUtf8 => LineFault::NotUtf8,
            };
            self.odd.add(first, fault, odd.count);
        }
        self.skipped += piece.scanned.skipped.max(u64::from(cut));
        if piece.bytes > 0 {
            self.unended = unended;
        }
        if cut {
            self.odd.add(last, LineFault::TooLong, 1);
        }
    }

    /// Keeps one of the last lines, once and in its place; that is nearly always behind all others.
    fn keep(&mut self, line: LastLine) {
        let lines = &mut self.facts.last_lines;
        let offset = |line: &LastLine| line.citation.place.offset;
        if lines.last().is_none_or(|last| offset(last) < offset(&line)) {
            lines.push(line);
        } else if let Err(place) = lines.binary_search_by_key(&offset(&line), offset) {
            lines.insert(place, line);
        }
    }

    /// Keeps only the last `share` facts.
    fn keep_last(&mut self, share: usize) {
        let facts = &mut self.facts.facts;
        let out = facts.len().saturating_sub(share);
        facts.drain(..out);
        let Some(first) = facts.first() else { return };
        // The log now counts as one that begins here.
        self.facts.from = first.time();
        let place = first.citation.place;
        self.facts
            .last_lines
            .retain(|line| line.citation.place >= place);
    }

    /// When all logs together held too many facts, keeps only this log's share and says so.
    pub(super) fn thin_out(&mut self, limit: &Limit) {
        if !limit.too_many_found() || self.found <= limit.share as u64 {
            return;
        }
        self.keep_last(limit.share);
        self.warnings.push(Warning::TooManyStartupLines {
            dropped: self.found - limit.share as u64,
            found: self.found,
            most: limit.most,
        });
    }

    /// Notes that the file changed while it was read. A last line without a line end was then still
    /// being written, and does not count.
    pub(super) fn changed(&mut self, change: FileChange) {
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
        self.warnings.push(Warning::Changed(change));
    }

    /// The number of an origin in the whole log. The path stands in for lines that name no origin.
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

    /// Writes down in `input` what was read, and gives the facts.
    pub(super) fn finish(mut self, input: &mut Input) -> LogFacts {
        if let Some(problems) = self
            .damage
            .as_ref()
            .and_then(|damage| damage.lock().ok().map(|problems| problems.clone()))
            && let Some((what, at)) = problems.first
        {
            self.skipped += problems.count;
            self.warnings.push(Warning::FramesDamaged {
                places: problems.count,
                at,
                what,
            });
        }
        if let Some(fault) = self.skipped_last {
            self.odd.add(self.lines, fault, 1);
        }
        self.warnings.extend(self.odd.warnings());
        if self.exported && self.container_lines == 0 && self.lines > 0 {
            input.kind = self.kind_of_journal();
        } else if self.facts.origins.is_empty() && !self.exported {
            // A log without a startup still shows which window it covers.
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

    /// What a journal without a container's lines is: the engine's own, or the host's.
    fn kind_of_journal(&self) -> InputKind {
        let by_engine = |record: &Cited<JournalRecord>| {
            !matches!(
                record.value.kind,
                JournalKind::Action(_) | JournalKind::Note
            )
        };
        if !self.journal.is_empty() && self.journal.iter().all(by_engine) {
            InputKind::DaemonLog
        } else {
            InputKind::HostLog
        }
    }
}

/// The number of a line in its log, from 1; `base` lines stand before the block that counts it as `line`.
fn absolute(base: u64, line: i64) -> u64 {
    base.saturating_add_signed(line) + 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::Source;
    use crate::scan::{BeforeStarts, Scanner};
    use crate::signatures::Signatures;
    use std::fmt::Write as _;

    #[test]
    fn a_log_with_too_many_facts_keeps_the_last_ones_and_says_so() {
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
            id: InputId(0),
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
            let limit = Limit::new(most, 50);
            let mut assembly = Assembly::for_log(&log);
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
            let said = assembly.warnings.contains(&Warning::TooManyStartupLines {
                dropped: 550,
                found: 600,
                most,
            });
            assert_eq!(said, kept == 50);
        }
    }
}
