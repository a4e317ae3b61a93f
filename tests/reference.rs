//! The fast scan finds what a slow and obvious one finds.
//!
//! The slow one goes through the lines one by one, decodes each, and asks every signature about it:
//! no prefilter, no blocks, no threads. The fast one is given the same log as a file in chunks and as a
//! stream in pieces of any size.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use proptest::{collection::vec, prelude::*, sample::select};
use std::{
    fmt::Write as _,
    io::{self, Read, Write as _},
    sync::LazyLock,
};
use whystart::{
    formats::{LogFormat, Record, Stream},
    ingest::{CHUNK, Source},
    model::{Fact, FactKind, InputId, Text, Time, fact::Fields},
    scan::{BeforeStarts, Scanner},
    signatures::Signatures,
};

static SIGNATURES: LazyLock<Signatures> = LazyLock::new(|| Signatures::builtin().unwrap());

/// What a fact says, and where.
#[derive(Clone, Debug, PartialEq)]
struct Seen {
    line: u64,
    offset: u64,
    kind: FactKind,
    signature: &'static str,
    fields: Fields,
    message: String,
    time: Option<Time>,
    text: String,
}

impl Seen {
    fn of(line: u64, fact: &Fact) -> Self {
        Self {
            line,
            offset: fact.citation.place.offset,
            kind: fact.kind,
            signature: fact.signature,
            fields: fact.fields.clone(),
            message: fact.message().to_owned(),
            time: fact.citation.time,
            text: fact.citation.text.to_lossy().into_owned(),
        }
    }
}

/// Line by line, everything decoded, every signature asked.
fn slow(format: LogFormat, log: &[u8]) -> Vec<Seen> {
    let mut seen = Vec::new();
    let mut offset = 0;
    let lines: Vec<&[u8]> = log.split_inclusive(|byte| *byte == b'\n').collect();
    let records: Vec<Option<Record<'_>>> = lines
        .iter()
        .map(|line| {
            let line = line.strip_suffix(b"\n").unwrap_or(line);
            format.parse(line).ok()
        })
        .collect();
    for (number, line) in lines.iter().enumerate() {
        let begin = offset;
        offset += line.len() as u64;
        let Some(record) = &records[number] else {
            continue;
        };
        let same_pipe = |other: &&Record<'_>| other.stream == record.stream;
        // The piece before it in the same pipe says whether this one begins a line; all pieces of a
        // line have its time.
        let before = records[..number].iter().rev().flatten().find(same_pipe);
        if before.is_some_and(|before| before.partial && before.time == record.time) {
            continue;
        }
        let mut message = record.message.to_vec();
        if record.partial {
            for piece in records[number + 1..].iter().flatten().filter(same_pipe) {
                message.extend_from_slice(&piece.message);
                if !piece.partial {
                    break;
                }
            }
        }
        let mut found = Vec::new();
        SIGNATURES.recognise(&message, &mut found);
        let text = line.strip_suffix(b"\n").unwrap_or(line);
        let text = text.strip_suffix(b"\r").unwrap_or(text);
        for fact in found {
            seen.push(Seen {
                line: number as u64 + 1,
                offset: begin,
                kind: fact.kind,
                signature: fact.signature,
                fields: fact.fields,
                message: fact.message.into_owned(),
                time: record.time,
                text: Text::cited(text).to_lossy().into_owned(),
            });
        }
    }
    seen
}

fn scanner(format: LogFormat) -> Scanner<'static> {
    Scanner {
        zone: None,
        input: InputId(0),
        format,
        signatures: &SIGNATURES,
        prefilter: SIGNATURES.prefilter(),
        ends: &[],
        before_starts: BeforeStarts::ALL,
    }
}

/// The log as a file, chunk by chunk, as the program reads it.
fn in_chunks(format: LogFormat, log: &[u8]) -> Vec<Seen> {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(log).unwrap();
    let source = Source::open(file.path()).unwrap();
    let chunks = source.chunks().unwrap();
    let (mut seen, mut lines, mut buffer) = (Vec::new(), 0_u64, Vec::new());
    for chunk in 0..chunks.count() {
        let block = chunks.read(chunk, &mut buffer).unwrap();
        let found = scanner(format).scan(block.bytes, block.own.clone(), block.offset);
        let number = |line: i64| lines.saturating_add_signed(line) + 1;
        let facts = found.facts.iter();
        seen.extend(facts.map(|fact| Seen::of(number(fact.line), &fact.value)));
        lines += found.lines;
    }
    seen
}

/// Gives at most `step` bytes at a time.
struct Dribble(io::Cursor<Vec<u8>>, usize);

impl Read for Dribble {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = buffer.len().min(self.1);
        self.0.read(&mut buffer[..most])
    }
}

/// The log as a stream whose pieces are as long as it pleases.
fn as_stream(format: LogFormat, log: &[u8], step: usize) -> Vec<Seen> {
    let mut blocks =
        whystart::ingest::BlockReader::new(Box::new(Dribble(io::Cursor::new(log.to_vec()), step)));
    let (mut seen, mut lines) = (Vec::new(), 0_u64);
    while let Some(block) = blocks.next_block().unwrap() {
        let found = scanner(format).scan(block.bytes, block.own.clone(), block.offset);
        let number = |line: i64| lines.saturating_add_signed(line) + 1;
        let facts = found.facts.iter();
        seen.extend(facts.map(|fact| Seen::of(number(fact.line), &fact.value)));
        lines += found.lines;
    }
    seen
}

/// One line that an application may write.
fn message() -> impl Strategy<Value = String> {
    let startup =
        (select(STARTUPS), 1..5_u32).prop_map(|(text, n)| text.replace('#', &n.to_string()));
    let coloured = startup
        .clone()
        .prop_map(|text| text.replacen("INFO", "\u{1b}[32mINFO\u{1b}[0m", 1));
    let noise = "[ -~]{0,80}";
    let strange = "\\PC{0,20}";
    prop_oneof![
        4 => startup.clone(),
        1 => coloured,
        2 => (startup.clone(), noise).prop_map(|(text, noise)| format!("{text} {noise}")),
        1 => (noise, startup).prop_map(|(noise, text)| format!("{noise} {text}")),
        6 => noise,
        2 => strange,
        4 => select(LOOKALIKES).prop_map(str::to_owned),
    ]
}

const STARTUPS: &[&str] = &[
    "INFO:     Started server process [#]",
    "INFO:     Application startup complete.",
    "INFO:     Waiting for application startup.",
    "INFO:     Shutting down",
    "INFO:     Finished server process [#]",
    "INFO:     Started parent process [#]",
    "INFO:     Started reloader process [#] using StatReload",
    "[2026-11-20 09:41:14 +0000] [1] [INFO] Starting gunicorn 21.2.0",
    "[2026-11-20 09:41:14 +0000] [#] [INFO] Booting worker with pid: #",
    "2026-11-20 09:41:14,012 - INFO - app.db - Database connection pool created successfully (PID=1, generation=#, pool_id=139701801886512)",
    "2026-11-20 09:41:16,034 - ERROR - app.db - Database connection pool initialization FAILED (PID=#, host=database)",
    "WARNING: running in DEGRADED mode",
    "2026-11-20 09:41:09.958 UTC [#] LOG:  database system is ready to accept connections",
    "Started Application in 2.5 seconds (process running for 3.#)",
];

const LOOKALIKES: &[&str] = &[
    r#"INFO:     172.18.0.5:40312 - "GET /?q=Started+server+process+[1] HTTP/1.1" 200 OK"#,
    r#"INFO: user wrote "Started server process [1]""#,
    r#"{"level":"info","msg":"search","query":"Started server process [1]"}"#,
    "    Started server process [1]",
    "process [",
    "pool created pool created",
];

/// One line with what surrounds it in the file.
#[derive(Clone, Debug)]
struct Line {
    text: String,
    stderr: bool,
    crlf: bool,
    /// How the line is damaged, if it is: the share of it that is left.
    torn: Option<u8>,
    /// Bytes of noise put after it: with more than 16 KiB the engine writes the line in pieces.
    padding: usize,
}

fn line() -> impl Strategy<Value = Line> {
    (
        message(),
        any::<bool>(),
        prop::bool::weighted(0.1),
        prop::option::weighted(0.05, 0..100_u8),
        prop_oneof![20 => Just(0_usize), 1 => 0..40_000_usize],
    )
        .prop_map(|(text, stderr, crlf, torn, padding)| Line {
            text,
            stderr,
            crlf,
            torn,
            padding,
        })
}

/// The log as a file of this format.
fn written(format: LogFormat, lines: &[Line]) -> Vec<u8> {
    let mut log = Vec::new();
    for (number, line) in lines.iter().enumerate() {
        let time = format!(
            "2026-11-20T{:02}:{:02}:{:02}.{number:09}Z",
            number / 3600 % 24,
            number / 60 % 60,
            number % 60
        );
        let mut text = line.text.clone();
        if line.padding > 0 {
            write!(text, " {}", "pad ".repeat(line.padding / 4)).unwrap();
        }
        let end = if line.crlf { "\r\n" } else { "\n" };
        let mut record = match format {
            LogFormat::JsonFile => json_records(&text, end, line, &time),
            LogFormat::Timestamped => format!("{time} {text}{end}"),
            _ => format!("{text}{end}"),
        }
        .into_bytes();
        if let Some(share) = line.torn {
            // Never the whole line: the engine died while it wrote, and the next run goes on.
            let kept = record.len() * usize::from(share) / 100;
            record.truncate(kept);
            record.push(b'\n');
        }
        log.extend_from_slice(&record);
    }
    log
}

/// The engine writes longer lines in pieces of this size.
const PIECE: usize = 16 * 1024;

/// The message as the driver writes it: long ones in pieces, of which only the last has the line end.
fn json_records(text: &str, end: &str, line: &Line, time: &str) -> String {
    let stream = if line.stderr { "stderr" } else { "stdout" };
    let chars: Vec<char> = text.chars().collect();
    let mut pieces: Vec<String> = chars
        .chunks(PIECE)
        .map(|piece| piece.iter().collect())
        .collect();
    if pieces.is_empty() {
        pieces.push(String::new());
    }
    if let Some(last) = pieces.last_mut() {
        last.push_str(end);
    }
    pieces
        .iter()
        .map(|piece| {
            let log = serde_json::to_string(piece).unwrap();
            // As the driver does, and as serde_json does not.
            let log = log
                .replace('<', "\\u003c")
                .replace('>', "\\u003e")
                .replace('&', "\\u0026");
            format!(r#"{{"log":{log},"stream":"{stream}","time":"{time}"}}"#) + "\n"
        })
        .collect()
}

fn check(format: LogFormat, lines: &[Line], step: usize) -> Result<(), TestCaseError> {
    let log = written(format, lines);
    let expected = slow(format, &log);
    for found in [in_chunks(format, &log), as_stream(format, &log, step)] {
        // The first difference says more than two long lists.
        for (found, expected) in found.iter().zip(&expected) {
            prop_assert_eq!(found, expected);
        }
        prop_assert_eq!(found.len(), expected.len());
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 96,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn json_file_logs(lines in vec(line(), 0..400), step in 1..70_000_usize) {
        check(LogFormat::JsonFile, &lines, step)?;
    }

    #[test]
    fn logs_with_times(lines in vec(line(), 0..400), step in 1..70_000_usize) {
        check(LogFormat::Timestamped, &lines, step)?;
    }

    #[test]
    fn plain_logs(lines in vec(line(), 0..400), step in 1..70_000_usize) {
        check(LogFormat::Plain, &lines, step)?;
    }
}

#[test]
fn a_startup_on_every_side_of_a_chunk_border_is_found_once() {
    let border = usize::try_from(CHUNK).unwrap();
    let startup = "2026-11-20T09:41:14.012446485Z INFO:     Started server process [7]\n";
    for shift in 0..=startup.len() + 1 {
        let filling = border - shift;
        let mut log = "2026-11-20T09:41:13.000000000Z ".to_owned();
        log.push_str(&"x".repeat(filling - log.len() - 1));
        log.push('\n');
        log.push_str(startup);
        log.push_str("2026-11-20T09:41:15.000000000Z the end\n");
        let expected = slow(LogFormat::Timestamped, log.as_bytes());
        assert_eq!(expected.len(), 1);
        assert_eq!(in_chunks(LogFormat::Timestamped, log.as_bytes()), expected);
    }
}

#[test]
fn the_generated_logs_hold_what_the_test_is_about() {
    let line = |text: &str| Line {
        text: text.to_owned(),
        stderr: true,
        crlf: true,
        torn: None,
        padding: 0,
    };
    let lines: Vec<Line> = STARTUPS
        .iter()
        .map(|text| line(&text.replace('#', "7")))
        .collect();
    for format in [
        LogFormat::JsonFile,
        LogFormat::Timestamped,
        LogFormat::Plain,
    ] {
        let found = slow(format, &written(format, &lines));
        assert!(found.len() >= 10, "{format:?}: {found:#?}");
    }
    let long = Line {
        padding: 20_000,
        ..line("INFO:     Shutting down")
    };
    let file = written(LogFormat::JsonFile, &[long]);
    let pieces: Vec<&[u8]> = file.split(|byte| *byte == b'\n').collect();
    let first = LogFormat::JsonFile.parse(pieces[0]).unwrap();
    assert!(first.partial);
    assert_eq!(first.stream, Some(Stream::Stderr));
    assert!(!LogFormat::JsonFile.parse(pieces[1]).unwrap().partial);
    let quiet: Vec<Line> = LOOKALIKES.iter().map(|text| line(text)).collect();
    let found = slow(LogFormat::Plain, &written(LogFormat::Plain, &quiet));
    assert!(found.len() <= 2, "{found:#?}");
}

#[test]
fn a_startup_after_a_torn_long_line_is_no_piece_of_it() {
    let torn = Line {
        text: "x".to_owned(),
        stderr: true,
        crlf: false,
        torn: Some(85),
        padding: 20_000,
    };
    let startup = Line {
        text: "INFO:     Started server process [7]".to_owned(),
        torn: None,
        padding: 0,
        ..torn.clone()
    };
    let before = written(LogFormat::JsonFile, std::slice::from_ref(&torn)).len();
    let log = written(LogFormat::JsonFile, &[torn, startup]);
    let found = as_stream(LogFormat::JsonFile, &log, before);
    assert_eq!(found.len(), 1);
    assert_eq!(found, slow(LogFormat::JsonFile, &log));
}
