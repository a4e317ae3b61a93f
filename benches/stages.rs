//! What each stage behind the scan costs, on evidence that has much for it to do.

#![expect(clippy::unwrap_used, reason = "a bench fails by panicking")]

mod generate;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;
use whystart::classify;
use whystart::correlate;
use whystart::formats::time::Zone;
use whystart::formats::{LogFormat, events};
use whystart::lifecycle::{Documents, History};
use whystart::model::InputId;
use whystart::model::log::{LogFacts, Origin};
use whystart::pipeline::{self, Config, InputSpec};
use whystart::report::{Format, Options};
use whystart::scan::{BeforeStarts, Scanner};
use whystart::signatures::Signatures;

const LOG: u64 = 16 << 20;
const EVENTS: u64 = 30_000;

/// A log in which one line in twenty is a signature, and how many startups it holds.
fn dense() -> (Vec<u8>, u64) {
    let mut log = Vec::new();
    let counts = generate::log(LOG, generate::DENSE, &mut log, None).unwrap();
    (log, counts.starts)
}

fn history() -> (Vec<u8>, generate::EventCounts) {
    let mut bytes = Vec::new();
    let counts = generate::events(EVENTS, 990, &mut bytes).unwrap();
    (bytes, counts)
}

/// From the lines that the prefilter hits to facts.
fn decode(criterion: &mut Criterion) {
    let signatures = Signatures::builtin().unwrap();
    let lines: [&[u8]; 4] = [
        b"INFO:     Started server process [1]",
        b"2026-11-20 09:41:14,012 - INFO - app.db - Database connection pool created successfully (PID=1, host=database, generation=1, attempt=1, elapsed=0.2s, pool_id=139701801886512)",
        b"{\"level\":\"info\",\"message\":\"Application startup complete.\",\"pid\":1}",
        b"level=info msg=\"connection pool is not what this line is about\"",
    ];
    let mut out = Vec::new();
    for (line, wanted) in lines.iter().zip([1, 1, 1, 0]) {
        out.clear();
        signatures.recognise(line, &mut out);
        assert_eq!(out.len(), wanted);
    }
    let mut group = criterion.benchmark_group("decode");
    group.throughput(Throughput::Elements(lines.len() as u64));
    group.bench_function("recognise", |bencher| {
        bencher.iter(|| {
            for line in &lines {
                out.clear();
                signatures.recognise(black_box(line), &mut out);
            }
        });
    });
    group.finish();
}

fn read_events(criterion: &mut Criterion) {
    let (bytes, counts) = history();
    let parse = || events::parse(InputId(0), &bytes, &Zone::Utc);
    assert_eq!(parse().problems, []);
    let mut group = criterion.benchmark_group("events");
    group.throughput(Throughput::Elements(counts.events));
    group.bench_function("parse", |bencher| bencher.iter(|| parse().records.len()));
    group.bench_function("containers and runs", |bencher| {
        bencher.iter_batched(
            || Documents {
                events: parse().records,
                ..Documents::default()
            },
            |documents| History::build(documents).containers.len(),
            criterion::BatchSize::LargeInput,
        );
    });
    group.finish();
}

/// The facts of the dense log, as the pipeline puts them together.
fn facts(log: &[u8]) -> LogFacts {
    let signatures = Signatures::builtin().unwrap();
    let scanner = Scanner {
        input: InputId(0),
        format: LogFormat::JsonFile,
        signatures: &signatures,
        prefilter: signatures.prefilter(),
        zone: None,
        ends: &[],
        before_starts: BeforeStarts::ALL,
    };
    let found = scanner.scan(log, 0..log.len(), 0);
    LogFacts {
        input: InputId(0),
        origins: vec![Origin::default()],
        facts: found.facts.into_iter().map(|fact| fact.value).collect(),
        last_lines: Vec::new(),
        from: found.from,
        to: found.to,
        rotation: 0,
        goes_on: None,
    }
}

fn join_and_judge(criterion: &mut Criterion) {
    let (log, starts) = dense();
    let facts = facts(&log);
    let paths = ["api.log".to_owned()];
    let join = |facts| correlate::correlate(History::default(), vec![facts], None, &paths);
    let all = join(facts.clone());
    assert_eq!(all.startups.len() as u64, starts);
    let mut group = criterion.benchmark_group("correlate");
    group.throughput(Throughput::Elements(facts.facts.len() as u64));
    group.bench_function("facts to startups", |bencher| {
        bencher.iter_batched(
            || facts.clone(),
            |facts| join(facts).startups.len(),
            criterion::BatchSize::LargeInput,
        );
    });
    group.finish();
    let mut group = criterion.benchmark_group("classify");
    group.throughput(Throughput::Elements(starts));
    group.bench_function("verdicts", |bencher| {
        bencher.iter(|| classify::verdicts(&all).len());
    });
    group.finish();
}

fn render(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("api.log");
    let (log, starts) = dense();
    std::fs::write(&path, log).unwrap();
    let config = Config {
        inputs: vec![InputSpec { path, role: None }],
        ..Config::default()
    };
    let report = pipeline::run(&config, &()).unwrap().report;
    assert_eq!(report.summary.startups, starts);
    let mut group = criterion.benchmark_group("report");
    group.throughput(Throughput::Elements(starts));
    group.sample_size(20);
    for name in ["text", "json"] {
        let format = Format::named(name).unwrap();
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                let options = Options::default();
                format
                    .render(&report, &options, &mut std::io::sink())
                    .unwrap();
            });
        });
    }
    group.finish();
}

criterion_group!(benches, decode, read_events, join_and_judge, render);
criterion_main!(benches);
