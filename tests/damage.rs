//! Small fixtures of every format, cut at every byte and with each byte flipped: nothing panics, and
//! no more than one record is lost.

#![allow(
    clippy::unwrap_used,
    clippy::format_collect,
    clippy::format_push_string,
    clippy::too_many_lines,
    reason = "a test that cannot go on should say where; its evidence is written out"
)]

#[path = "common/story/mod.rs"]
mod story;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;
use std::collections::BTreeSet;
use story::{Event, Logs, Story, stamp, story};
use whystart::formats::time::Zone;
use whystart::formats::{Guess, LogFormat, daemon, events, fallback, host, inspect, recognise_log};
use whystart::model::{FactKind, InputId};
use whystart::scan::{BeforeStarts, Scanner};
use whystart::signatures::Signatures;

const ID: &str = "1df37d801ee7ddbba5ab6ad4434afab06e81230114173545a9672f14131cccf0";
const INPUT: InputId = InputId(0);
/// Startup lines with a PID of their own each, so that each record is known again.
const PIDS: std::ops::Range<u32> = 11..17;

fn moment(pid: u32) -> DateTime<Utc> {
    let begin: DateTime<Utc> = "2026-11-20T09:46:40.123456789Z".parse().unwrap();
    begin + TimeDelta::seconds(i64::from(pid))
}

fn time(pid: u32) -> String {
    stamp(moment(pid))
}

fn text(pid: u32) -> String {
    format!("INFO:     Started server process [{pid}]")
}

fn each(line: impl Fn(u32) -> Vec<u8>) -> Vec<u8> {
    PIDS.flat_map(line).collect()
}

/// Every log format's encoding of the same lines.
fn fixtures() -> Vec<(&'static str, Vec<u8>)> {
    let journal = |pid: u32| {
        [
            ("__CURSOR", format!("s=1;i={pid}")),
            ("_BOOT_ID", "b0".to_owned()),
            ("__REALTIME_TIMESTAMP", format!("17636316740{pid}446")),
            ("SYSLOG_TIMESTAMP", time(pid)),
            ("CONTAINER_ID_FULL", ID.to_owned()),
            ("CONTAINER_NAME", "web".to_owned()),
            ("MESSAGE", text(pid)),
        ]
    };
    let local = |pid: u32| {
        let nanos = moment(pid).timestamp_nanos_opt().unwrap();
        let mut entry = b"\x0a\x06stderr\x10".to_vec();
        let mut rest = nanos.unsigned_abs();
        while rest >= 0x80 {
            entry.push(u8::try_from(rest & 0x7f).unwrap() | 0x80);
            rest >>= 7;
        }
        entry.push(u8::try_from(rest).unwrap());
        entry.extend([0x1a, u8::try_from(text(pid).len()).unwrap()]);
        entry.extend(text(pid).bytes());
        let length = u32::try_from(entry.len()).unwrap().to_be_bytes();
        [&length[..], &entry, &length].concat()
    };
    let written = |logs: Logs| {
        let told = story("").container("web").logs(logs);
        let told = PIDS.fold(told, |told, pid| told.line(moment(pid), &text(pid)));
        told.log_text("web").into_bytes()
    };
    let frame = |pid: u32| {
        let text = format!("{} {}\n", time(pid), text(pid));
        let mut frame = vec![2, 0, 0, 0];
        frame.extend(u32::try_from(text.len()).unwrap().to_be_bytes());
        frame.extend(text.bytes());
        frame
    };
    vec![
        ("json-file", written(Logs::JsonFile)),
        ("docker logs -t", written(Logs::Stamped)),
        (
            "--details",
            each(|pid| format!("{} env=prod {}\n", time(pid), text(pid)).into_bytes()),
        ),
        (
            "compose",
            each(|pid| format!("web-1  | {} {}\n", time(pid), text(pid)).into_bytes()),
        ),
        (
            "cri",
            each(|pid| format!("{} stderr F {}\n", time(pid), text(pid)).into_bytes()),
        ),
        (
            "journald json",
            each(|pid| {
                let object: serde_json::Map<_, _> = journal(pid)
                    .into_iter()
                    .map(|(key, value)| (key.to_owned(), json!(value)))
                    .collect();
                format!("{}\n", serde_json::Value::Object(object)).into_bytes()
            }),
        ),
        (
            "journald export",
            each(|pid| {
                let fields: String = journal(pid)
                    .into_iter()
                    .map(|(key, value)| format!("{key}={value}\n"))
                    .collect();
                format!("{fields}\n").into_bytes()
            }),
        ),
        ("local driver", each(local)),
        ("raw frames", each(frame)),
        ("plain", written(Logs::Plain)),
    ]
}

/// The lines that are recognised in `bytes`, read as an undamaged file of the same format would be.
fn recognised(signatures: &Signatures, guess: Guess, bytes: &[u8]) -> BTreeSet<u32> {
    let mut decoded = Vec::new();
    let (format, bytes) = match guess {
        Guess::Encoded(encoding) => {
            let mut transcoder = encoding.transcoder();
            transcoder.push(bytes, &mut decoded);
            transcoder.finish(&mut decoded);
            let format = match recognise_log(&decoded) {
                Guess::Log(format) => format,
                _ => fallback(&decoded),
            };
            (format, &decoded[..])
        }
        Guess::Log(format) => (format, bytes),
        Guess::Unknown => (LogFormat::Plain, bytes),
    };
    let scanner = Scanner {
        zone: None,
        input: INPUT,
        format,
        signatures,
        prefilter: signatures.prefilter(),
        ends: &[],
        before_starts: BeforeStarts::ALL,
    };
    scanner
        .scan(bytes, 0..bytes.len(), 0)
        .facts
        .iter()
        .filter(|fact| fact.value.kind == FactKind::ProcessStart)
        .filter_map(|fact| fact.value.fields.pid)
        .collect()
}

#[test]
fn a_log_that_is_cut_anywhere_loses_one_record_at_most() {
    let signatures = Signatures::with_files(&[]).unwrap();
    for (name, bytes) in fixtures() {
        let guess = recognise_log(&bytes);
        let all = recognised(&signatures, guess, &bytes);
        assert_eq!(all, PIDS.collect(), "{name}");
        for end in 0..bytes.len() {
            let found = recognised(&signatures, guess, &bytes[..end]);
            // Records before the one that is cut are whole.
            let whole = PIDS.len() * end / bytes.len();
            assert!(found.len() + 1 >= whole, "{name} cut at {end}: {found:?}");
            let found = recognised(&signatures, guess, &bytes[end..]);
            let whole = PIDS.len() * (bytes.len() - end) / bytes.len();
            assert!(found.len() + 1 >= whole, "{name} from {end}: {found:?}");
            // What is recognised for a damaged file may differ; it must not panic.
            let _ = recognise_log(&bytes[..end]);
            let _ = recognise_log(&bytes[end..]);
        }
    }
}

#[test]
fn a_flipped_byte_loses_one_record_at_most() {
    let signatures = Signatures::with_files(&[]).unwrap();
    for (name, bytes) in fixtures() {
        let guess = recognise_log(&bytes);
        let mut damaged = bytes.clone();
        for at in 0..bytes.len() {
            for mask in [0x01, 0x20, 0x80, 0xff] {
                damaged[at] = bytes[at] ^ mask;
                let found = recognised(&signatures, guess, &damaged);
                let lost = PIDS.filter(|pid| !found.contains(pid)).count();
                // A line end that is no more joins two records.
                let most = if bytes[at] == b'\n' { 2 } else { 1 };
                assert!(lost <= most, "{name}: byte {at} ^ {mask:#x} lost {lost}");
                let _ = recognise_log(&damaged);
            }
            damaged[at] = bytes[at];
        }
    }
}

/// Events, snapshots and journals: the parser of each, and a document of a few records.
type Parser = fn(&[u8]) -> usize;

fn documents() -> Vec<(&'static str, Parser, Vec<u8>)> {
    let told = (0..4).fold(story("").container("web"), Story::start);
    let lines = told.event_lines();
    let text: String = told.events().iter().map(Event::text).collect();
    let container = |n: u32| {
        json!({
            "Id": format!("{n}{}", &ID[1..]), "Name": "/web", "RestartCount": 1,
            "State": {"Running": true, "StartedAt": "2026-11-20T09:51:57.3Z", "FinishedAt": "0001-01-01T00:00:00Z"},
        })
    };
    let snapshots: String = (0..3).map(|n| format!("{}\n", container(n))).collect();
    let engine: String = (0..4)
        .map(|n| format!("time=\"2026-11-20T09:51:5{n}.3Z\" level=info msg=\"Starting up\"\n"))
        .collect();
    let script: String = (0..4)
        .map(|n| format!("2026-11-20T09:51:5{n}Z repair: restarting container web\n"))
        .collect();
    let of_events: Parser = |bytes| events::parse(INPUT, bytes, &Zone::Utc).records.len();
    vec![
        ("events", of_events, lines.into_bytes()),
        ("events as text", of_events, text.into_bytes()),
        (
            "inspect",
            |bytes| inspect::parse(INPUT, bytes).records.len(),
            snapshots.into_bytes(),
        ),
        (
            "dockerd",
            |bytes| {
                daemon::parse_daemon(INPUT, bytes, &Zone::Utc, None)
                    .records
                    .len()
            },
            engine.into_bytes(),
        ),
        (
            "script",
            |bytes| {
                host::parse_host(INPUT, bytes, &Zone::Utc, None)
                    .records
                    .len()
            },
            script.into_bytes(),
        ),
    ]
}

#[test]
fn a_damaged_document_loses_one_record_at_most() {
    for (name, parse, bytes) in documents() {
        let all = parse(&bytes);
        assert!(all >= 3, "{name}: {all}");
        for end in 0..bytes.len() {
            let whole = all * end / bytes.len();
            assert!(parse(&bytes[..end]) + 1 >= whole, "{name} cut at {end}");
            parse(&bytes[end..]);
        }
        let mut damaged = bytes.clone();
        for at in 0..bytes.len() {
            for mask in [0x01, 0x20, 0x80, 0xff] {
                damaged[at] = bytes[at] ^ mask;
                let most = if bytes[at] == b'\n' { 2 } else { 1 };
                let found = parse(&damaged);
                assert!(
                    found + most >= all,
                    "{name}: byte {at} ^ {mask:#x}: {found} of {all}"
                );
            }
            damaged[at] = bytes[at];
        }
    }
}
