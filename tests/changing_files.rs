//! Logs that grow, shrink or are rotated while they are read: nothing dies, no fact is torn, and the
//! report says so.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;
use whystart::model::Warning;
use whystart::pipeline::{self, Config, InputSpec};

const ROUNDS: u64 = 200;

/// Line `n`, whose parts all follow from its number: a line made of two shows.
fn line(n: u64) -> String {
    if n.is_multiple_of(5) {
        format!(
            "{{\"log\":\"Database connection pool created successfully (PID=1, generation={n}, pool_id={})\\n\",\"stream\":\"stdout\",\"time\":\"{}\"}}\n",
            140_000_000_000 + n * 7919,
            time(n)
        )
    } else {
        let filler = "x".repeat(usize::try_from(n * 37 % 300).unwrap());
        format!(
            "{{\"log\":\"request {n} {filler}\\n\",\"stream\":\"stderr\",\"time\":\"{}\"}}\n",
            time(n)
        )
    }
}

fn time(n: u64) -> String {
    format!(
        "2026-11-20T{:02}:{:02}:{:02}.{:09}Z",
        n / 360_000 % 24,
        n / 6000 % 60,
        n / 100 % 60,
        n % 100 * 10_000_000
    )
}

/// What a writer does to the log at `path`, again and again, with lines from `next` on.
type Change = fn(&Path, &AtomicU64);

fn lines(next: &AtomicU64, count: u64) -> String {
    let first = next.fetch_add(count, Ordering::Relaxed);
    (first..first + count).map(line).collect()
}

/// Appends, and pauses in the middle of a line.
fn grow(path: &Path, next: &AtomicU64) {
    let mut file = OpenOptions::new().append(true).open(path).unwrap();
    let text = lines(next, 7);
    let (front, back) = text.split_at(text.len() * 2 / 3 - 11);
    file.write_all(front.as_bytes()).unwrap();
    std::thread::yield_now();
    file.write_all(back.as_bytes()).unwrap();
}

/// Cuts the log short, as `copytruncate` does, and goes on at its front.
fn shrink(path: &Path, next: &AtomicU64) {
    let mut file = OpenOptions::new().append(true).open(path).unwrap();
    let size = file.metadata().unwrap().len();
    file.set_len(if size > 400_000 { size / 3 } else { 0 })
        .unwrap();
    if size <= 400_000 {
        file.write_all(lines(next, 6000).as_bytes()).unwrap();
    } else {
        // What is left ends in the middle of a line; the engine's next line begins behind it.
        file.write_all(format!("\n{}", lines(next, 40)).as_bytes())
            .unwrap();
    }
}

fn rotate(path: &Path, next: &AtomicU64) {
    let text = lines(next, 3000);
    fs::rename(path, path.with_extension("log.1")).unwrap();
    let mut file = File::create(path).unwrap();
    file.write_all(text.as_bytes()).unwrap();
    // Where a file system takes its time, there would hardly ever be a log to open otherwise.
    std::thread::sleep(Duration::from_millis(1));
}

#[test]
fn logs_that_change_while_they_are_read_lose_nothing_but_what_is_gone() {
    let changes: [(&str, Change); 3] = [("grow", grow), ("shrink", shrink), ("rotate", rotate)];
    let mut noted: BTreeMap<&str, u64> = BTreeMap::new();
    let mut facts = 0;
    for round in 0..ROUNDS {
        let (name, change) = changes[usize::try_from(round).unwrap() % changes.len()];
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("api.log");
        let next = AtomicU64::new(1);
        fs::write(&path, lines(&next, 6000)).unwrap();
        let config = Config {
            inputs: vec![InputSpec {
                path: path.clone(),
                role: None,
            }],
            ..Config::default()
        };
        let done = AtomicBool::new(false);
        let analysis = std::thread::scope(|scope| {
            scope.spawn(|| {
                while !done.load(Ordering::Relaxed) {
                    change(&path, &next);
                }
            });
            let analysis = pipeline::run(&config, &());
            done.store(true, Ordering::Relaxed);
            analysis.unwrap()
        });
        // For a moment, a log that is rotated has no name at all.
        assert!(name == "rotate" || analysis.unreadable.is_empty());
        for fact in analysis.evidence.logs.iter().flat_map(|log| &log.facts) {
            let n = fact.fields.generation.unwrap();
            let whole = line(n);
            let cited = fact.citation.text.to_lossy();
            assert_eq!(cited, whole.trim_end(), "round {round}, {name}");
            facts += 1;
        }
        let says_so = |warning: &Warning| matches!(warning, Warning::Changed(_));
        if analysis.report.inputs[0].warnings.iter().any(says_so) {
            *noted.entry(name).or_default() += 1;
        }
    }
    assert!(facts > 20_000, "{facts}");
    // On a busy machine a change often comes just before or after the reading, or while a log that is
    // rotated has no name; never in all rounds.
    for (name, _) in changes {
        let noted = noted.get(name).copied().unwrap_or(0);
        assert!(noted > 0, "{name}: never noted");
    }
}
