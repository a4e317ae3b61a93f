//! One recorded run, rendered into every log format: the facts, their times and the verdicts agree.

#![allow(
    clippy::unwrap_used,
    clippy::format_collect,
    clippy::format_push_string,
    clippy::too_many_lines,
    reason = "a test that cannot go on should say where; its evidence is written out"
)]

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::{Value, json};
use std::io::Write as _;
use std::path::Path;
use whystart::model::fact::{FactKind, Fields};
use whystart::pipeline::{Config, InputSpec, run};

const ID: &str = "1df37d801ee7ddbba5ab6ad4434afab06e81230114173545a9672f14131cccf0";
const NAME: &str = "pms_backend_1";
/// The log drivers cut longer lines.
const PIECE: usize = 16 * 1024;

struct Line {
    time: DateTime<Utc>,
    stream: &'static str,
    text: String,
    /// The container's life, from 0.
    life: usize,
}

/// Two lives of one container: a start, a lost database, a reconnect; then a stop and a start again.
fn recorded() -> Vec<Line> {
    let begin: DateTime<Utc> = "2026-11-20T09:46:40.100000007Z".parse().unwrap();
    let mut lines = Vec::new();
    for life in 0..2 {
        let pool = 140_137_983_023_888 + life * 4096;
        let steps: Vec<(i64, &'static str, String)> = vec![
            (700, "stderr", "INFO:     Started server process [1]".to_owned()),
            (701, "stderr", "INFO:     Waiting for application startup.".to_owned()),
            (702, "stdout", "Creating database connection pool (PID=1, host=database, max_wait=60s, retry_interval=2s)...".to_owned()),
            (710, "stdout", format!("config {{\"keys\": \"<&>\"}} {}", "é".repeat(20_000))),
            (903, "stdout", format!("Database connection pool created successfully (PID=1, host=database, generation=1, attempt=1, elapsed=0.2s, pool_id={pool}, module_id=139{life}, module_file=/app/db.py)")),
            (905, "stderr", "\x1b[32mINFO\x1b[0m:     Application startup complete.".to_owned()),
            (5000, "stdout", "request \"GET /\" took 3 ms\ttab".to_owned()),
            (58_000, "stderr", "INFO:     Shutting down".to_owned()),
            (58_120, "stderr", "INFO:     Finished server process [1]".to_owned()),
        ];
        for (millis, stream, text) in steps {
            lines.push(Line {
                time: begin
                    + TimeDelta::milliseconds(
                        i64::from(i32::try_from(life).unwrap()) * 60_000 + millis,
                    ),
                stream,
                text,
                life,
            });
        }
    }
    lines
}

fn events() -> String {
    let at = |millis: i64| -> i64 {
        let begin: DateTime<Utc> = "2026-11-20T09:46:40.000000007Z".parse().unwrap();
        (begin + TimeDelta::milliseconds(millis))
            .timestamp_nanos_opt()
            .unwrap()
    };
    let mut text = String::new();
    // What the engine says of the network before the first start.
    let connect = json!({
        "Type": "network", "Action": "connect", "scope": "local", "time": at(-200) / 1_000_000_000,
        "timeNano": at(-200),
        "Actor": {"ID": "net0", "Attributes": {"container": ID, "name": "bridge", "type": "bridge"}},
    });
    text.push_str(&format!("{connect}\n"));
    for (millis, action, extra) in [
        (-300, "create", json!({})),
        (60, "start", json!({})),
        (57_900, "kill", json!({"signal": "15"})),
        (58_500, "die", json!({"exitCode": "0"})),
        (58_520, "stop", json!({})),
        (60_060, "start", json!({})),
        (60_061, "restart", json!({})),
        (130_000, "kill", json!({"signal": "1"})),
    ] {
        let mut attributes = json!({"image": "pms:1", "name": NAME});
        attributes
            .as_object_mut()
            .unwrap()
            .extend(extra.as_object().unwrap().clone());
        let event = json!({
            "Type": "container", "Action": action, "scope": "local", "time": at(millis) / 1_000_000_000,
            "timeNano": at(millis), "Actor": {"ID": ID, "Attributes": attributes},
        });
        text.push_str(&format!("{event}\n"));
    }
    text
}

fn nine(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Nanos, true)
}

/// The pieces that a log driver makes of a line, cut between characters for the formats that are
/// text; whether it is the last; and its bytes.
fn pieces(text: &str) -> Vec<(bool, &str)> {
    let mut rest = text;
    let mut pieces = Vec::new();
    while rest.len() > PIECE {
        let mut end = PIECE;
        while !rest.is_char_boundary(end) {
            end -= 1;
        }
        let (piece, after) = rest.split_at(end);
        pieces.push((false, piece));
        rest = after;
    }
    pieces.push((true, rest));
    pieces
}

fn json_file(lines: &[Line]) -> Vec<u8> {
    let mut out = Vec::new();
    for line in lines {
        for (last, piece) in pieces(&line.text) {
            let end = if last { "\n" } else { "" };
            // Go cuts trailing zeros.
            let time = nine(line.time);
            let time = format!("{}Z", time.trim_end_matches('Z').trim_end_matches('0'));
            let log = serde_json::to_string(&format!("{piece}{end}"))
                .unwrap()
                .replace('<', "\\u003c")
                .replace('>', "\\u003e")
                .replace('&', "\\u0026");
            writeln!(
                out,
                r#"{{"log":{log},"stream":"{}","time":"{time}"}}"#,
                line.stream
            )
            .unwrap();
        }
    }
    out
}

/// `docker logs -t`, with `before` in front of each line and `details` after each time.
fn stamped(lines: &[Line], before: &str, details: &str) -> Vec<u8> {
    let mut out = Vec::new();
    for line in lines {
        out.extend_from_slice(before.as_bytes());
        for (_, piece) in pieces(&line.text) {
            write!(out, "{} {details}{piece}", nine(line.time)).unwrap();
        }
        out.push(b'\n');
    }
    out
}

fn cri(lines: &[Line], offset: i32) -> Vec<u8> {
    let zone = chrono::FixedOffset::east_opt(offset * 3600).unwrap();
    let mut out = Vec::new();
    for line in lines {
        let time = line
            .time
            .with_timezone(&zone)
            .to_rfc3339_opts(SecondsFormat::Nanos, false);
        for (last, piece) in pieces(&line.text) {
            let tag = if last { 'F' } else { 'P' };
            writeln!(out, "{time} {} {tag} {piece}", line.stream).unwrap();
        }
    }
    out
}

fn journal(lines: &[Line], entry: impl Fn(&mut Vec<u8>, &[(&str, String)])) -> Vec<u8> {
    let mut out = Vec::new();
    for line in lines {
        for (last, piece) in pieces(&line.text) {
            let mut fields = vec![
                (
                    "__CURSOR",
                    format!("s=1;i={}", line.time.timestamp_millis()),
                ),
                ("_BOOT_ID", "b0".to_owned()),
                (
                    "__REALTIME_TIMESTAMP",
                    (line.time.timestamp_micros() + 90).to_string(),
                ),
                ("SYSLOG_TIMESTAMP", nine(line.time)),
                (
                    "PRIORITY",
                    if line.stream == "stdout" { "6" } else { "3" }.to_owned(),
                ),
                ("CONTAINER_ID", ID[..12].to_owned()),
                ("CONTAINER_ID_FULL", ID.to_owned()),
                ("CONTAINER_NAME", NAME.to_owned()),
                ("CONTAINER_LOG_EPOCH", format!("e{}", line.life)),
                ("MESSAGE", piece.to_owned()),
            ];
            if !last {
                fields.push(("CONTAINER_PARTIAL_MESSAGE", "true".to_owned()));
            }
            entry(&mut out, &fields);
        }
    }
    out
}

fn journal_json(lines: &[Line]) -> Vec<u8> {
    journal(lines, |out, fields| {
        let object: serde_json::Map<String, Value> = fields
            .iter()
            .map(|(key, value)| {
                // Control characters make the journal write numbers.
                let value = if value.contains('\x1b') {
                    json!(value.as_bytes())
                } else {
                    json!(value)
                };
                ((*key).to_owned(), value)
            })
            .collect();
        writeln!(out, "{}", Value::Object(object)).unwrap();
    })
}

fn journal_export(lines: &[Line]) -> Vec<u8> {
    journal(lines, |out, fields| {
        for (key, value) in fields {
            if value.contains(['\x1b', '\t']) {
                writeln!(out, "{key}").unwrap();
                out.extend_from_slice(&(value.len() as u64).to_le_bytes());
                writeln!(out, "{value}").unwrap();
            } else {
                writeln!(out, "{key}={value}").unwrap();
            }
        }
        out.push(b'\n');
    })
}

fn varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(u8::try_from(value & 0x7f).unwrap() | 0x80);
        value >>= 7;
    }
    out.push(u8::try_from(value).unwrap());
}

fn local_driver(lines: &[Line]) -> Vec<u8> {
    let mut out = Vec::new();
    for line in lines {
        for (n, (last, piece)) in pieces(&line.text).into_iter().enumerate() {
            let mut entry = vec![0x0a, 6];
            entry.extend_from_slice(line.stream.as_bytes());
            entry.push(0x10);
            varint(
                &mut entry,
                line.time.timestamp_nanos_opt().unwrap().unsigned_abs(),
            );
            entry.push(0x1a);
            varint(&mut entry, piece.len() as u64);
            entry.extend_from_slice(piece.as_bytes());
            if !last || n > 0 {
                if !last {
                    entry.extend_from_slice(&[0x20, 1]);
                }
                let mut meta = Vec::new();
                if last {
                    meta.extend_from_slice(&[0x08, 1]);
                }
                meta.extend_from_slice(&[0x12, 2, b'i', b'd', 0x18]);
                varint(&mut meta, n as u64 + 1);
                entry.push(0x2a);
                varint(&mut entry, meta.len() as u64);
                entry.extend_from_slice(&meta);
            }
            let length = u32::try_from(entry.len()).unwrap().to_be_bytes();
            out.extend_from_slice(&length);
            out.extend_from_slice(&entry);
            out.extend_from_slice(&length);
        }
    }
    out
}

fn raw_frames(lines: &[Line]) -> Vec<u8> {
    let mut out = Vec::new();
    for line in lines {
        for (last, piece) in pieces(&line.text) {
            let end = if last { "\n" } else { "" };
            let text = format!("{} {piece}{end}", nine(line.time));
            out.extend_from_slice(&[if line.stream == "stdout" { 1 } else { 2 }, 0, 0, 0]);
            out.extend_from_slice(&u32::try_from(text.len()).unwrap().to_be_bytes());
            out.extend_from_slice(text.as_bytes());
        }
    }
    out
}

fn gz(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zst(bytes: &[u8]) -> Vec<u8> {
    ruzstd::encoding::compress_to_vec(bytes, ruzstd::encoding::CompressionLevel::Fastest)
}

fn of_folder(folder: &Path) -> Config {
    Config {
        inputs: vec![InputSpec {
            path: folder.to_owned(),
            role: None,
        }],
        threads: Some(2),
        ..Config::default()
    }
}

fn analyse(folder: &Path) -> Value {
    let analysis = run(&of_folder(folder), &()).unwrap();
    assert_eq!(analysis.unreadable, Vec::<String>::new());
    serde_json::to_value(analysis.report).unwrap()
}

fn report(files: &[(&str, Vec<u8>)], with_events: bool) -> Value {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        std::fs::write(folder.path().join(name), bytes).unwrap();
    }
    if with_events {
        std::fs::write(folder.path().join("events.jsonl"), events()).unwrap();
    }
    analyse(folder.path())
}

/// The services without what differs between formats by nature: where a line stands and how it is
/// written there.
fn essence(report: &Value) -> Value {
    fn strip(value: &mut Value) {
        match value {
            Value::Object(object) => {
                for key in ["input", "line", "offset", "text"] {
                    object.remove(key);
                }
                object.values_mut().for_each(strip);
            }
            Value::Array(items) => items.iter_mut().for_each(strip),
            _ => {}
        }
    }
    let mut services = report["services"].clone();
    strip(&mut services);
    services
}

fn all_formats() -> Vec<(&'static str, &'static str, Vec<u8>)> {
    let lines = recorded();
    let stamped_name = "pms_backend_1.1df37d801ee7.log";
    let json_name = "1df37d801ee7ddbba5ab6ad4434afab06e81230114173545a9672f14131cccf0-json.log";
    vec![
        ("json-file", json_name, json_file(&lines)),
        ("docker logs -t", stamped_name, stamped(&lines, "", "")),
        (
            "--details",
            stamped_name,
            stamped(&lines, "", "env=prod,tier=web "),
        ),
        (
            "compose v1",
            "compose.log",
            stamped(&lines, "backend_1   | ", ""),
        ),
        (
            "compose v2",
            "compose.log",
            stamped(&lines, "pms_backend_1  | ", ""),
        ),
        ("cri", stamped_name, cri(&lines, 0)),
        ("podman k8s-file", stamped_name, cri(&lines, 1)),
        ("journald json", "journal.json", journal_json(&lines)),
        ("journald export", "journal.export", journal_export(&lines)),
        ("local driver", stamped_name, local_driver(&lines)),
        ("raw frames", stamped_name, raw_frames(&lines)),
    ]
}

#[test]
fn every_format_gives_the_same_verdicts_and_times() {
    let formats = all_formats();
    let (_, name, bytes) = &formats[0];
    let expected = essence(&report(&[(name, bytes.clone())], true));
    let startups = expected[0]["startups"].as_array().unwrap();
    let causes: Vec<&str> = startups
        .iter()
        .map(|s| s["cause"].as_str().unwrap())
        .collect();
    assert_eq!(causes, ["first-start", "manual-restart"]);
    assert_eq!(startups[1]["pids"], json!([1]));
    assert_eq!(startups[1]["pool_ids"], json!(["140137983027984"]));
    for (format, name, bytes) in &formats {
        let got = essence(&report(&[(name, bytes.clone())], true));
        assert_eq!(got, expected, "{format}");
        for (suffix, packed) in [("gz", gz(bytes)), ("zst", zst(bytes))] {
            let name = format!("{name}.{suffix}");
            let got = essence(&report(&[(&name, packed)], true));
            assert_eq!(got, expected, "{format} in {suffix}");
        }
    }
}

/// What a recognised line says and when, whatever it is written in.
type Said = (
    Option<DateTime<Utc>>,
    FactKind,
    &'static str,
    String,
    Fields,
    bool,
);

fn facts(files: &[(&str, Vec<u8>)]) -> Vec<Said> {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        std::fs::write(folder.path().join(name), bytes).unwrap();
    }
    let config = of_folder(folder.path());
    let facts = whystart::pipeline::facts(&config, &()).unwrap().into_iter();
    facts
        .map(|fact| {
            let time = fact.citation.time;
            (
                time,
                fact.kind,
                fact.signature,
                fact.message().to_owned(),
                fact.fields,
                fact.multi,
            )
        })
        .collect()
}

#[test]
fn every_format_gives_the_same_facts() {
    let formats = all_formats();
    let (_, name, bytes) = &formats[0];
    let expected = facts(&[(name, bytes.clone())]);
    assert_eq!(expected.len(), 12);
    assert!(expected.iter().all(|(time, ..)| time.is_some()));
    for (format, name, bytes) in &formats {
        assert_eq!(facts(&[(name, bytes.clone())]), expected, "{format}");
    }
}

#[test]
fn a_long_line_that_goes_on_in_the_next_rotated_piece_says_nothing_there() {
    let mut lines = recorded();
    let decoy = "INFO:     Started server process [7]";
    lines.insert(
        7,
        Line {
            time: lines[6].time + TimeDelta::milliseconds(1),
            stream: "stderr",
            text: format!("{}{decoy}", "x".repeat(PIECE)),
            life: 0,
        },
    );
    let expected = facts(&[("a-json.log", json_file(&lines))]);
    let json_name = format!("{ID}-json.log");
    for (name, all) in [
        (json_name.as_str(), json_file(&lines)),
        ("pms_backend_1.1df37d801ee7.log", cri(&lines, 0)),
    ] {
        let rest = memchr::memmem::find(&all, decoy.as_bytes()).unwrap();
        let cut = memchr::memrchr(b'\n', &all[..rest]).unwrap() + 1;
        let older = format!("{name}.1");
        let pieces = [
            (older.as_str(), all[..cut].to_vec()),
            (name, all[cut..].to_vec()),
        ];
        let mut found = facts(&pieces);
        found.sort_by_key(|(time, ..)| *time);
        assert_eq!(found, expected, "{name}");
        // Without the piece before, nothing shows that it is the rest of a line.
        let alone = facts(&pieces[1..]);
        assert_eq!(alone[0].2, "python-web/uvicorn-started", "{name}");
    }
}

#[test]
fn without_events_every_format_shows_the_same_runs() {
    let starts = |report: &Value| -> Vec<Value> {
        let service = &report["services"][0];
        service["startups"]
            .as_array()
            .unwrap()
            .iter()
            .map(|s| {
                json!([
                    s["at"],
                    s["run"],
                    s["pids"],
                    s["generations"],
                    s["pool_ids"],
                    s["outcome"]
                ])
            })
            .collect()
    };
    let formats = all_formats();
    let expected = starts(&report(&[(formats[0].1, formats[0].2.clone())], false));
    assert_eq!(expected.len(), 2);
    for (format, name, bytes) in &formats {
        let got = starts(&report(&[(name, bytes.clone())], false));
        assert_eq!(got, expected, "{format}");
    }
}

#[test]
fn captures_of_one_container_in_two_formats_are_read_once() {
    let formats = all_formats();
    let expected = essence(&report(&[(formats[0].1, formats[0].2.clone())], true));
    for (format, name, bytes) in &formats[1..] {
        let name = format!("copy-{name}");
        // Below another name, the container is still known by the file's or the lines' words.
        let name = name.strip_prefix("copy-").unwrap();
        let report = report(
            &[(formats[0].1, formats[0].2.clone()), (name, bytes.clone())],
            true,
        );
        assert_eq!(essence(&report), expected, "{format}");
        let warnings = report["inputs"].to_string();
        assert!(
            warnings.contains("duplicate-ingest: "),
            "{format}: {warnings}"
        );
        assert!(warnings.contains("were read from "), "{format}: {warnings}");
    }
}

#[test]
fn rotated_pieces_are_one_log_in_any_format_and_order() {
    let lines = recorded();
    let (old, new) = lines.split_at(5);
    let whole = essence(&report(
        &[("pms_backend_1.1df37d801ee7.log", stamped(&lines, "", ""))],
        true,
    ));
    let json_name = format!("{ID}-json.log");
    let cases: Vec<Vec<(String, Vec<u8>)>> = vec![
        vec![
            (json_name.clone(), json_file(new)),
            (format!("{json_name}.1"), json_file(old)),
        ],
        vec![
            (json_name.clone(), json_file(new)),
            (format!("{json_name}.1.gz"), gz(&json_file(old))),
        ],
        vec![
            (json_name.clone(), json_file(new)),
            (format!("{json_name}.1"), json_file(old)),
            (format!("{json_name}.1.gz"), gz(&json_file(old))),
        ],
        vec![
            (json_name.clone(), json_file(new)),
            (format!("{json_name}-20261120.zst"), zst(&json_file(old))),
        ],
        vec![
            ("pms_backend_1.log".to_owned(), local_driver(new)),
            ("pms_backend_1.log.1.gz".to_owned(), gz(&local_driver(old))),
        ],
    ];
    for files in cases {
        let names: Vec<&String> = files.iter().map(|(name, _)| name).collect();
        let files: Vec<(&str, Vec<u8>)> = files
            .iter()
            .map(|(name, bytes)| (name.as_str(), bytes.clone()))
            .collect();
        assert_eq!(essence(&report(&files, true)), whole, "{names:?}");
    }
}
