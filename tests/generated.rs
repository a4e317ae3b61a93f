//! Whatever a log is read from, as many facts are found in it as were written.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../benches/generate/mod.rs"]
mod generate;

use generate::Counts;
use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use whystart::model::FactKind;
use whystart::pipeline::{self, Analysis, Config, InputSpec};

fn analyse(path: &Path, threads: usize) -> Analysis {
    let config = Config {
        inputs: vec![InputSpec {
            path: path.to_owned(),
            role: None,
        }],
        threads: Some(threads),
        ..Config::default()
    };
    pipeline::run(&config, &()).unwrap()
}

fn found(analysis: &Analysis) -> Counts {
    let count = |kind| {
        let facts = analysis.evidence.logs.iter().flat_map(|log| &log.facts);
        facts.filter(|fact| fact.kind == kind).count() as u64
    };
    assert_eq!(count(FactKind::PoolCreated), count(FactKind::ProcessStart));
    assert_eq!(count(FactKind::Ready), count(FactKind::ProcessStart));
    assert_eq!(count(FactKind::ProcessEnd), count(FactKind::ShuttingDown));
    Counts {
        lines: analysis.report.inputs.iter().map(|input| input.lines).sum(),
        starts: count(FactKind::ProcessStart),
        shutdowns: count(FactKind::ShuttingDown),
    }
}

#[test]
fn all_facts_of_a_log_are_found_in_every_form_and_by_any_number_of_threads() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    for (size, every) in [(3_u64 << 20, generate::DENSE), (6 << 20, 9973)] {
        let (mut json, mut timestamped) = (Vec::new(), Vec::new());
        let counts = generate::log(size, every, &mut json, Some(&mut timestamped)).unwrap();
        assert!(counts.starts > 2 && counts.shutdowns + 1 >= counts.starts - 1);
        let crlf: Vec<u8> = String::from_utf8(timestamped.clone())
            .unwrap()
            .replace('\n', "\r\n")
            .into_bytes();
        for (name, bytes) in [
            ("api.json.log", &json),
            ("api.log", &timestamped),
            ("api-crlf.log", &crlf),
        ] {
            std::fs::write(path(name), bytes).unwrap();
            let packed = path(&format!("{name}.gz"));
            let level = flate2::Compression::fast();
            let mut gz = flate2::write::GzEncoder::new(File::create(&packed).unwrap(), level);
            gz.write_all(bytes).unwrap();
            gz.finish().unwrap();
            for threads in [1, 3] {
                assert_eq!(found(&analyse(&path(name), threads)), counts, "{name}");
                assert_eq!(found(&analyse(&packed, threads)), counts, "{name}.gz");
            }
        }
        // Lines that are longer than a chunk stand between those that count.
        let mut long = Vec::new();
        for (n, line) in json.split_inclusive(|byte| *byte == b'\n').enumerate() {
            long.extend_from_slice(line);
            if n % 4000 == 0 {
                let filler = "x".repeat(700_000);
                let time = "2026-11-01T00:00:00.000000001Z";
                writeln!(
                    long,
                    "{{\"log\":\"{filler}\\n\",\"stream\":\"stdout\",\"time\":\"{time}\"}}"
                )
                .unwrap();
            }
        }
        std::fs::write(path("long.log"), &long).unwrap();
        let seen = found(&analyse(&path("long.log"), 2));
        assert_eq!(
            (seen.starts, seen.shutdowns),
            (counts.starts, counts.shutdowns)
        );
        assert!(seen.lines > counts.lines);
    }
}

#[test]
fn every_start_of_an_event_history_is_a_startup() {
    let folder = tempfile::tempdir().unwrap();
    for noise in [0, 990] {
        let path = folder.path().join("events.jsonl");
        let mut bytes = Vec::new();
        let counts = generate::events(20_000, noise, &mut bytes).unwrap();
        std::fs::write(&path, &bytes).unwrap();
        for threads in [1, 2] {
            let analysis = analyse(&path, threads);
            assert_eq!(analysis.report.inputs[0].lines, counts.events);
            assert_eq!(analysis.report.summary.startups, counts.starts);
        }
    }
}
