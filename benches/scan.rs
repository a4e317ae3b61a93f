//! How fast the lines that matter are found in a block: what decides the speed on large logs.

#![expect(clippy::unwrap_used, reason = "a bench fails by panicking")]

mod generate;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;
use whystart::{
    formats::LogFormat,
    ingest::CHUNK,
    model::InputId,
    scan::{BeforeStarts, Scanner},
    signatures::Signatures,
};

fn scan(criterion: &mut Criterion) {
    let block = generate::json_file_log(usize::try_from(CHUNK).unwrap());
    let mut group = criterion.benchmark_group("scan");
    group.throughput(Throughput::Bytes(block.len() as u64));
    let packs = [
        ("all built-in packs", Signatures::builtin().unwrap()),
        (
            "python-web alone",
            Signatures::only(&["python-web"]).unwrap(),
        ),
    ];
    for (name, signatures) in &packs {
        let scanner = Scanner {
            zone: None,
            input: InputId(0),
            format: LogFormat::JsonFile,
            signatures,
            prefilter: signatures.prefilter(),
            ends: &[],
            before_starts: BeforeStarts::ALL,
        };
        let found = scanner.scan(&block, 0..block.len(), 0);
        assert_eq!((found.facts.len(), found.skipped), (4, 0));
        group.bench_function(*name, |bencher| {
            bencher.iter(|| scanner.scan(black_box(&block), 0..block.len(), 0));
        });
    }
    group.finish();
}

criterion_group!(benches, scan);
criterion_main!(benches);
