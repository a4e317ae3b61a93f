//! How long a whole analysis takes: of a large log, and of the small evidence of a usual postmortem.

#![expect(clippy::unwrap_used, reason = "a bench fails by panicking")]

mod generate;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use std::path::PathBuf;
use whystart::pipeline::{self, Config, InputSpec};

const MIB: usize = 1 << 20;

fn config(path: PathBuf) -> Config {
    Config {
        inputs: vec![InputSpec { path, role: None }],
        ..Config::default()
    }
}

fn startups(config: &Config) -> u64 {
    let analysis = pipeline::run(config, &()).unwrap();
    assert!(analysis.unreadable.is_empty());
    analysis.report.summary.startups
}

fn large_log(criterion: &mut Criterion) {
    let log = generate::json_file_log(64 * MIB);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("api.1df37d801ee7.log");
    std::fs::write(&path, &log).unwrap();
    let config = config(path);
    assert!(startups(&config) >= 2);
    let mut group = criterion.benchmark_group("pipeline");
    group.sample_size(20);
    group.throughput(Throughput::Bytes(log.len() as u64));
    group.bench_function("64 MiB json-file log", |bencher| {
        bencher.iter(|| startups(&config));
    });
    group.finish();
}

fn recorded_case(criterion: &mut Criterion) {
    let config = config("testdata/cases/20-long".into());
    assert!(startups(&config) >= 12);
    let mut group = criterion.benchmark_group("pipeline");
    group.bench_function("recorded case", |bencher| {
        bencher.iter(|| startups(&config));
    });
    group.finish();
}

criterion_group!(benches, large_log, recorded_case);
criterion_main!(benches);
