//! How long a whole analysis takes: of a large log, of one full of startups, of compressed ones, of an
//! event history, and of the small evidence of a usual postmortem.

#![expect(clippy::unwrap_used, reason = "a bench fails by panicking")]

mod generate;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use std::fs::{self, File};
use std::path::Path;
use whystart::pipeline::{self, Config, InputSpec};

const MIB: u64 = 1 << 20;

fn config(path: &Path) -> Config {
    Config {
        inputs: vec![InputSpec {
            path: path.to_owned(),
            role: None,
        }],
        ..Config::default()
    }
}

fn startups(config: &Config) -> u64 {
    let analysis = pipeline::run(config, &()).unwrap();
    assert!(analysis.unreadable.is_empty());
    analysis.report.summary.startups
}

/// Benches the analysis of what is at `path`, after a look at whether it finds all startups.
fn analysis(criterion: &mut Criterion, name: &str, path: &Path, bytes: u64, wanted: u64) {
    let config = config(path);
    assert_eq!(startups(&config), wanted, "{name}");
    let mut group = criterion.benchmark_group("pipeline");
    group.sample_size(10);
    group.throughput(Throughput::Bytes(bytes));
    group.bench_function(name, |bencher| bencher.iter(|| startups(&config)));
    group.finish();
}

fn large(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("api.1df37d801ee7.log");
    for (name, size, every) in [
        ("64 MiB json-file log", 64 * MIB, generate::RARE),
        (
            "32 MiB with a startup every 120 lines",
            32 * MIB,
            generate::DENSE,
        ),
    ] {
        let counts = generate::log(size, every, &mut File::create(&path).unwrap(), None).unwrap();
        analysis(criterion, name, &path, size, counts.starts);
    }
}

fn compressed(criterion: &mut Criterion) {
    let log = generate::json_file_log(4 << 20);
    let folder = tempfile::tempdir().unwrap();
    for n in 0..8 {
        let path = folder.path().join(format!("api.{n}.log.gz"));
        let level = flate2::Compression::default();
        let mut file = flate2::write::GzEncoder::new(File::create(path).unwrap(), level);
        std::io::copy(&mut log.as_slice(), &mut file).unwrap();
        file.finish().unwrap();
    }
    analysis(
        criterion,
        "8 gzip files of 4 MiB",
        folder.path(),
        32 * MIB,
        8,
    );
}

fn events(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("events.jsonl");
    let mut bytes = Vec::new();
    let counts = generate::events(30_000, 990, &mut bytes).unwrap();
    fs::write(&path, &bytes).unwrap();
    let size = bytes.len() as u64;
    analysis(criterion, "30,000 events", &path, size, counts.starts);
}

fn recorded_case(criterion: &mut Criterion) {
    let config = config(Path::new("testdata/cases/20-long"));
    assert!(startups(&config) >= 12);
    let mut group = criterion.benchmark_group("pipeline");
    group.bench_function("recorded case", |bencher| {
        bencher.iter(|| startups(&config));
    });
    group.finish();
}

/// Very many of one thing, and twice as many: the second takes twice as long where nothing grows with
/// the square of them.
fn many(criterion: &mut Criterion) {
    for shape in generate::many::SHAPES {
        for count in [5_000, 10_000] {
            let folder = tempfile::tempdir().unwrap();
            let wanted = (shape.write)(folder.path(), count).unwrap();
            let config = config(folder.path());
            assert_eq!(startups(&config), wanted, "{}", shape.name);
            let mut group = criterion.benchmark_group("many");
            group.sample_size(10);
            group.throughput(Throughput::Elements(wanted));
            group.bench_function(format!("{wanted} {}", shape.name), |bencher| {
                bencher.iter(|| startups(&config));
            });
            group.finish();
        }
    }
}

criterion_group!(benches, large, compressed, events, recorded_case, many);
criterion_main!(benches);
