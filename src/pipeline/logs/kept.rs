//! Logs that are followed: each line is scanned once, as it arrives, and what was recognised is kept.

use super::assembly::Assembly;
use super::limit::Limit;
use super::piece::{Piece, adopt_tail};
use crate::formats::LogFormat;
use crate::formats::time::Zone;
use crate::ingest::CONTEXT;
use crate::model::limits::LONGEST_LINE;
use crate::model::log::LogFacts;
use crate::model::report::Input;
use crate::model::{InputId, InputKind, Time, Warning};
use crate::pipeline::{Config, Error};
use crate::scan::{BeforeStarts, Scanned, Scanner};
use crate::signatures::Signatures;
use std::collections::BTreeMap;
use std::path::Path;

/// About so many bytes are scanned at once.
const BLOCK: usize = 256 * 1024;

/// Containers' logs as `docker logs -t` shows them, read in pieces. Only the text that is cited is kept,
/// so memory grows with what is found, not with what is read.
pub struct KeptLogs {
    signatures: Signatures,
    zone: Option<Zone>,
    limit: Limit,
    /// By container id.
    logs: BTreeMap<String, GrowingLog>,
}

impl KeptLogs {
    /// Keeps no log yet.
    ///
    /// # Errors
    /// When a signature pack or the zone of `config` is wrong.
    pub fn new(config: &Config) -> Result<Self, Error> {
        let signatures = Signatures::with_files(&config.signatures)
            .map_err(|error| Error::Signatures(error.to_string()))?;
        let zone = config
            .timezone
            .as_ref()
            .map(|name| Zone::parse(name).ok_or_else(|| Error::Zone(name.clone())))
            .transpose()?;
        Ok(Self {
            signatures,
            zone,
            limit: Limit::among(1),
            logs: BTreeMap::new(),
        })
    }

    /// The signatures that the lines are scanned for.
    #[must_use]
    pub fn signatures(&self) -> &Signatures {
        &self.signatures
    }

    /// Takes the next whole lines of a container's log. Citations name the log by `path`. `ends` are the
    /// times at which the container ended, in order; the log's last lines before each of them are kept.
    /// Gives whether a line was recognised.
    pub fn push(&mut self, container: &str, path: &str, ends: &[Time], lines: &[u8]) -> bool {
        let scanner = scanner(&self.signatures, self.zone.as_ref(), ends);
        if !self.logs.contains_key(container) {
            self.limit.divide(self.logs.len() + 1);
            self.logs
                .insert(container.to_owned(), GrowingLog::new(Path::new(path)));
        }
        if let Some(log) = self.logs.get_mut(container) {
            let found = log.assembly.found;
            for piece in pieces(lines) {
                log.end(piece, &scanner, &self.limit);
                log.scan(piece, &scanner, &self.limit);
            }
            return log.assembly.found > found;
        }
        false
    }

    /// Replaces the warnings about a container's log.
    pub fn say(&mut self, container: &str, path: &str, warnings: Vec<Warning>) {
        if warnings.is_empty() && !self.logs.contains_key(container) {
            return;
        }
        let log = self.logs.entry(container.to_owned());
        log.or_insert_with(|| GrowingLog::new(Path::new(path)))
            .warnings = warnings;
    }

    /// Forgets the logs of other containers.
    pub fn retain(&mut self, keep: impl Fn(&str) -> bool) {
        let limit = &self.limit;
        self.logs.retain(|container, log| {
            let keeps = keep(container);
            if !keeps {
                let held = log.assembly.facts.facts.len() as u64;
                limit.forget(held, log.assembly.found);
            }
            keeps
        });
    }

    /// Adds what the logs hold so far to what was read from elsewhere.
    pub(in crate::pipeline) fn join(&self, inputs: &mut Vec<Input>, logs: &mut Vec<LogFacts>) {
        let scanner = scanner(&self.signatures, self.zone.as_ref(), &[]);
        for log in self.logs.values() {
            let id = InputId(u32::try_from(inputs.len()).unwrap_or(u32::MAX));
            let (input, facts) = log.so_far(id, &scanner, &self.limit);
            // A log without a line covers no window.
            logs.extend((input.lines > 0).then_some(facts));
            inputs.push(input);
        }
    }
}

fn scanner<'a>(
    signatures: &'a Signatures,
    zone: Option<&'a Zone>,
    ends: &'a [Time],
) -> Scanner<'a> {
    Scanner {
        // The real number is known only once all inputs are.
        input: InputId(0),
        format: LogFormat::Timestamped,
        signatures,
        prefilter: signatures.prefilter(),
        zone,
        ends,
        before_starts: BeforeStarts::ALL,
    }
}

/// Cuts whole lines into pieces of at most [`BLOCK`] bytes; a longer line is a piece of its own.
fn pieces(mut lines: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        let end = match lines.get(..BLOCK) {
            None => lines.len(),
            Some(block) => match memchr::memrchr(b'\n', block) {
                Some(end) => end + 1,
                None => memchr::memchr(b'\n', lines).map_or(lines.len(), |end| end + 1),
            },
        };
        let (piece, rest) = lines.split_at(end);
        lines = rest;
        (!piece.is_empty()).then_some(piece)
    })
}

/// One log that is followed.
struct GrowingLog {
    path: String,
    assembly: Assembly,
    /// The last whole lines that were scanned, for what looks back.
    context: Vec<u8>,
    offset: u64,
    warnings: Vec<Warning>,
}

impl GrowingLog {
    fn new(path: &Path) -> Self {
        Self {
            path: path.to_string_lossy().into_owned(),
            assembly: Assembly::new(path, InputId(0), LogFormat::Timestamped),
            context: Vec::new(),
            offset: 0,
            warnings: Vec::new(),
        }
    }

    fn scan(&mut self, lines: &[u8], scanner: &Scanner<'_>, limit: &Limit) {
        // The rest of a line that is too long is dropped, as it is in files.
        let cut = lines.len() > LONGEST_LINE;
        let own = &lines[..lines.len().min(LONGEST_LINE)];
        let begin = self.context.len();
        let mut bytes = std::mem::take(&mut self.context);
        bytes.extend_from_slice(own);
        self.assembly.add(
            Piece {
                scanned: scanner.scan(&bytes, begin..bytes.len(), self.offset),
                bytes: lines.len() as u64,
                cut,
                unended: false,
            },
            limit,
        );
        self.offset += lines.len() as u64;
        let from = bytes.len().saturating_sub(CONTEXT);
        let from = match memchr::memchr(b'\n', &bytes[from..]) {
            Some(at) if from > 0 => from + at + 1,
            _ => from,
        };
        bytes.drain(..if cut { bytes.len() } else { from });
        self.context = bytes;
    }

    /// When the container ended between the last line so far and `lines`, keeps what it said last.
    fn end(&mut self, lines: &[u8], scanner: &Scanner<'_>, limit: &Limit) {
        let (Some(last), Some(next)) = (self.assembly.facts.to, scanner.format.time(lines)) else {
            return;
        };
        let ends = scanner.ends;
        if ends[ends.partition_point(|end| *end < last)..]
            .first()
            .is_some_and(|end| *end < next)
        {
            let tail = self.tail(scanner);
            self.assembly.add(tail, limit);
        }
    }

    /// The last lines so far. More may follow, so they need not be the end of a run.
    fn tail(&self, scanner: &Scanner<'_>) -> Piece {
        let end = self.context.len();
        let mut found = Scanned::default();
        adopt_tail(
            &mut found,
            scanner.end_of_log(&self.context, end..end, self.offset),
        );
        Piece {
            scanned: found,
            bytes: 0,
            cut: false,
            unended: false,
        }
    }

    /// What the log gives if nothing more follows.
    fn so_far(&self, id: InputId, scanner: &Scanner<'_>, limit: &Limit) -> (Input, LogFacts) {
        let mut assembly = self.assembly.clone();
        assembly.add(self.tail(scanner), limit);
        assembly.thin_out(limit);
        let kind = match assembly.lines {
            0 if self.warnings.is_empty() => InputKind::Empty,
            0 => InputKind::Unreadable,
            _ => LogFormat::Timestamped.kind(),
        };
        let mut input = Input::new(id, &self.path, kind);
        input.warnings.clone_from(&self.warnings);
        let mut facts = assembly.finish(&mut input);
        facts.input = id;
        for fact in &mut facts.facts {
            fact.citation.place.input = id;
        }
        for line in &mut facts.last_lines {
            line.citation.place.input = id;
        }
        (input, facts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::LineFault;
    use crate::model::warning::LineWarning;
    use crate::pipeline::{self, InputSpec, Role};
    use serde_json::Value;
    use std::path::PathBuf;

    const ID: &str = "1df37d801ee7";
    const PATH: &str = "pms-backend.1df37d801ee7.log";

    fn case() -> (Config, Vec<Time>, Vec<u8>) {
        let case = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/cases/01-timer-restart");
        let config = Config {
            inputs: vec![InputSpec {
                path: case.join("events.jsonl"),
                role: Some(Role::Events),
            }],
            ..Config::default()
        };
        let ends = vec!["2026-11-20T09:41:26.4Z".parse().unwrap()];
        (
            config,
            ends,
            std::fs::read(case.join("logs").join(PATH)).unwrap(),
        )
    }

    /// The services as JSON, with each input's number replaced by its path.
    fn services(analysis: &pipeline::Analysis) -> Value {
        fn name(value: &mut Value, paths: &[String]) {
            match value {
                Value::Object(object) => {
                    if let Some(input) = object.get_mut("input") {
                        let at = usize::try_from(input.as_u64().unwrap()).unwrap();
                        *input = Value::String(paths[at].clone());
                    }
                    object.values_mut().for_each(|value| name(value, paths));
                }
                Value::Array(all) => all.iter_mut().for_each(|value| name(value, paths)),
                _ => {}
            }
        }
        let inputs = &analysis.report.inputs;
        let paths: Vec<String> = inputs.iter().map(|input| input.path.clone()).collect();
        let mut services = serde_json::to_value(&analysis.report.services).unwrap();
        name(&mut services, &paths);
        services
    }

    #[test]
    fn a_log_in_pieces_says_what_it_says_as_a_whole() {
        let (config, ends, text) = case();
        let whole = pipeline::Named {
            path: PathBuf::from(PATH),
            role: None,
            open: {
                let text = text.clone();
                Box::new(move || Ok(Box::new(std::io::Cursor::new(text))))
            },
        };
        let whole = pipeline::run_with(&config, vec![whole], &()).unwrap();
        let lines: Vec<&[u8]> = text.split_inclusive(|byte| *byte == b'\n').collect();
        for size in [1, 2, 3, 7, lines.len()] {
            let mut kept = KeptLogs::new(&config).unwrap();
            for lines in lines.chunks(size) {
                kept.push(ID, PATH, &ends, &lines.concat());
            }
            // An empty piece changes nothing.
            kept.push(ID, PATH, &ends, b"");
            let pieces = pipeline::run_beside(&config, Vec::new(), &kept, &()).unwrap();
            assert_eq!(services(&pieces), services(&whole), "{size} lines at once");
            let [of_pieces, of_whole] = [&pieces, &whole].map(|analysis| {
                let log = analysis
                    .report
                    .inputs
                    .iter()
                    .find(|input| input.path == PATH);
                let log = log.unwrap();
                (
                    log.kind,
                    log.lines,
                    log.bytes,
                    log.from,
                    log.to,
                    log.skipped,
                )
            });
            assert_eq!(of_pieces, of_whole);
            let last_lines = |analysis: &pipeline::Analysis| -> Vec<String> {
                let logs = &analysis.evidence.logs;
                let lines = logs.iter().flat_map(|log| &log.last_lines);
                lines.map(|line| line.message().to_owned()).collect()
            };
            assert_eq!(
                last_lines(&pieces),
                last_lines(&whole),
                "{size} lines at once"
            );
        }
    }

    #[test]
    fn a_line_that_is_too_long_is_cut_and_the_next_one_keeps_its_place() {
        let (config, ends, _) = case();
        let mut text = b"2026-11-20T09:41:13Z ".to_vec();
        text.resize(LONGEST_LINE + BLOCK, b'x');
        text.push(b'\n');
        let offset = text.len() as u64;
        text.extend_from_slice(b"2026-11-20T09:41:14Z INFO:     Started server process [1]\n");
        let mut kept = KeptLogs::new(&config).unwrap();
        kept.push(ID, PATH, &ends, &text);
        let (mut inputs, mut logs) = (Vec::new(), Vec::new());
        kept.join(&mut inputs, &mut logs);
        assert_eq!((inputs[0].lines, inputs[0].bytes), (2, text.len() as u64));
        let place = logs[0].facts[0].citation.place;
        assert_eq!((place.line, place.offset), (2, offset));
        assert_eq!(
            inputs[0].warnings,
            [Warning::Line {
                line: 1,
                what: LineWarning::Odd {
                    fault: LineFault::TooLong,
                    count: 1
                }
            }]
        );
    }

    #[test]
    fn what_is_forgotten_makes_room() {
        let (config, ends, text) = case();
        let mut kept = KeptLogs::new(&config).unwrap();
        kept.push(ID, PATH, &ends, &text);
        kept.say("other", "other.log", vec![Warning::LinesLost]);
        assert!(kept.limit.held() > 0);
        kept.retain(|container| container == "other");
        assert_eq!(kept.limit.held(), 0);
        let (mut inputs, mut logs) = (Vec::new(), Vec::new());
        kept.join(&mut inputs, &mut logs);
        assert_eq!(inputs[0].warnings, [Warning::LinesLost]);
    }
}
