use super::*;
use crate::model::ledger::EngineName;
use crate::record::disk::fuse;
use crate::record::ledger::Loaded;
use crate::record::limit::Limit;
use crate::record::segment::{self, Kind};
use crate::record::stream::{self, Rotation};
use chrono::{DateTime, TimeDelta};
use proptest::prelude::*;
use std::collections::{BTreeMap, VecDeque};
use std::fs;
use std::path::Path;

const OPTIONS: Options = Options {
    all: false,
    rotation: Rotation {
        bytes: 4000,
        age: TimeDelta::days(1),
    },
    limit: Limit {
        bytes: u64::MAX,
        age: None,
    },
};

fn at(nano: i64) -> Time {
    DateTime::from_timestamp_nanos(1_760_000_000_000_000_000 + nano)
}

/// An engine that keeps its last 256 events until it is restarted.
#[derive(Default)]
struct FakeEngine {
    clock: i64,
    buffer: VecDeque<String>,
    /// All that it ever said.
    said: Vec<String>,
}

impl FakeEngine {
    fn name() -> RecordedEngine {
        RecordedEngine {
            name: EngineName {
                id: "E1".to_owned(),
                ..EngineName::default()
            },
            capacity: Some(CAPACITY),
        }
    }

    fn say(&mut self, action: &str, attributes: &str) -> String {
        // Events of one moment are not rare: only every third has a time of its own.
        self.clock += i64::from(self.said.len().is_multiple_of(3));
        let nano = at(self.clock).timestamp_nanos_opt().unwrap();
        let line = format!(
            r#"{{"Type":"container","Action":"{action}","Actor":{{"ID":"c{}","Attributes":{{{attributes}"name":"web"}}}},"timeNano":{nano}}}"#,
            self.said.len(),
        );
        self.said.push(line.clone());
        self.buffer.push_back(line.clone());
        if self.buffer.len() > CAPACITY {
            self.buffer.pop_front();
        }
        line
    }

    fn now(&self) -> Time {
        at(self.clock)
    }

    fn replay(&self) -> Vec<String> {
        self.buffer.iter().cloned().collect()
    }
}

fn open(folder: &Path, engine: &FakeEngine) -> Recorder {
    Recorder::open(folder, OPTIONS, engine.now()).unwrap().0
}

fn connect(recorder: &mut Recorder, engine: &FakeEngine) -> Vec<Want> {
    let away = Some(Span {
        from: engine.now(),
        to: engine.now(),
    });
    recorder
        .connected(FakeEngine::name(), &engine.replay(), engine.now(), away)
        .0
}

/// Every line of every segment of events, by segment.
fn recorded(folder: &Path) -> Vec<Vec<String>> {
    segment::list(folder, Kind::Events)
        .unwrap()
        .into_iter()
        .map(|name| {
            let mut lines = Vec::new();
            stream::for_each(folder, &name, |line| {
                lines.push(String::from_utf8(line.to_vec()).unwrap());
            });
            lines
        })
        .collect()
}

fn ledger(folder: &Path) -> Ledger {
    match Ledger::load(folder).unwrap() {
        Loaded::Ledger(ledger, _) => ledger,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_recorder_that_was_away_goes_on_without_a_gap_while_the_engine_remembers() {
    let folder = tempfile::tempdir().unwrap();
    let mut engine = FakeEngine::default();
    engine.say("create", "");
    {
        let mut recorder = open(folder.path(), &engine);
        let wants = connect(&mut recorder, &engine);
        assert_eq!(wants.len(), 1);
        recorder.flush(engine.now()).unwrap();
    }
    for _ in 0..CAPACITY - 1 {
        engine.say("start", "");
    }
    let mut recorder = open(folder.path(), &engine);
    connect(&mut recorder, &engine);
    recorder.finish(engine.now()).unwrap();
    assert_eq!(recorded(folder.path()).concat(), engine.said);
    let ledger = ledger(folder.path());
    assert!(ledger.gaps.is_empty());
    assert_eq!(ledger.covered.len(), 1);
    assert_eq!(ledger.covered[0].to, engine.now());
}

#[test]
fn one_event_too_many_is_a_gap() {
    let folder = tempfile::tempdir().unwrap();
    let mut engine = FakeEngine::default();
    engine.say("create", "");
    let last = engine.now();
    let mut recorder = open(folder.path(), &engine);
    connect(&mut recorder, &engine);
    recorder.finish(engine.now()).unwrap();
    recorder.lost(During::HeldUp);
    for _ in 0..CAPACITY {
        engine.say("start", "");
    }
    connect(&mut recorder, &engine);
    recorder.finish(engine.now()).unwrap();
    let segments = recorded(folder.path());
    assert_eq!(segments[0].len(), 1, "no segment has a gap in it");
    assert_eq!(
        segments.concat(),
        engine.said,
        "none was lost, but nobody can know"
    );
    let ledger = ledger(folder.path());
    let [gap] = ledger.gaps[..] else {
        panic!("{:?}", ledger.gaps)
    };
    assert_eq!((gap.why, gap.during), (Why::Overrun, During::HeldUp));
    assert_eq!(gap.from, last);
}

#[test]
fn an_engine_that_forgot_was_restarted() {
    let folder = tempfile::tempdir().unwrap();
    let mut engine = FakeEngine::default();
    engine.say("create", "");
    let mut recorder = open(folder.path(), &engine);
    connect(&mut recorder, &engine);
    recorder.finish(engine.now()).unwrap();
    recorder.lost(During::Disconnected);
    engine.buffer.clear();
    engine.clock += 10;
    let back = engine.now();
    connect(&mut recorder, &engine);
    // And once more, without a word in between: nothing shows what happened.
    recorder.lost(During::Disconnected);
    engine.clock += 10;
    connect(&mut recorder, &engine);
    recorder.finish(engine.now()).unwrap();
    let whys: Vec<_> = ledger(folder.path())
        .gaps
        .iter()
        .map(|gap| (gap.why, gap.away.map(|away| away.to)))
        .collect();
    assert_eq!(
        whys,
        [(Why::EngineRestart, Some(back)), (Why::Unknown, None)]
    );
}

#[test]
fn noise_is_counted_and_does_not_make_a_gap() {
    let folder = tempfile::tempdir().unwrap();
    let mut engine = FakeEngine::default();
    engine.say("start", "");
    let mut recorder = open(folder.path(), &engine);
    connect(&mut recorder, &engine);
    for n in 0..200 {
        for (action, more) in [
            ("exec_create: p", ""),
            ("exec_start: p", ""),
            ("exec_die", r#""exitCode":"0","#),
        ] {
            let line = engine.say(action, &format!(r#"{more}"execID":"{n}","#));
            recorder.take(line.as_bytes());
        }
        recorder.flush(engine.now()).unwrap();
    }
    // Killed: nothing is said about the last of them.
    drop(recorder);
    let mut recorder = open(folder.path(), &engine);
    connect(&mut recorder, &engine);
    recorder.finish(engine.now()).unwrap();
    assert_eq!(recorded(folder.path()).concat().len(), 1);
    let ledger = ledger(folder.path());
    assert!(ledger.gaps.is_empty(), "{:?}", ledger.gaps);
    assert_eq!(ledger.skipped.exec_events, 600, "none counts twice");
}

#[test]
fn without_its_ledger_a_record_knows_its_segments() {
    let folder = tempfile::tempdir().unwrap();
    let mut engine = FakeEngine::default();
    for round in 0..3 {
        let mut recorder = open(folder.path(), &engine);
        for _ in 0..3 {
            engine.say("start", "");
        }
        connect(&mut recorder, &engine);
        recorder.finish(engine.now()).unwrap();
        if round < 2 {
            engine.buffer.clear();
            engine.clock += 100;
        }
    }
    let before = ledger(folder.path());
    assert_eq!(before.covered.len(), 3);
    fs::write(folder.path().join("record.jsonl"), "{\"cov").unwrap();
    let (mut recorder, warnings) = Recorder::open(folder.path(), OPTIONS, engine.now()).unwrap();
    assert!(warnings[0].contains("record.jsonl.damaged"), "{warnings:?}");
    connect(&mut recorder, &engine);
    recorder.finish(engine.now()).unwrap();
    assert_eq!(ledger(folder.path()).covered, before.covered);
    assert_eq!(recorded(folder.path()).concat(), engine.said);
}

#[test]
fn the_oldest_go_first_and_count_as_not_covered() {
    let folder = tempfile::tempdir().unwrap();
    let mut engine = FakeEngine::default();
    let options = Options {
        limit: Limit {
            bytes: 6000,
            age: None,
        },
        ..OPTIONS
    };
    let (mut recorder, _) = Recorder::open(folder.path(), options, at(0)).unwrap();
    connect(&mut recorder, &engine);
    for round in 0..50 {
        for _ in 0..30 {
            let line = engine.say("start", "");
            recorder.take(line.as_bytes());
        }
        recorder
            .tick(engine.now(), true, at(0) + TimeDelta::minutes(round))
            .unwrap();
    }
    recorder.finish(engine.now()).unwrap();
    let lines = recorded(folder.path()).concat();
    assert!(lines.len() < engine.said.len());
    assert!(engine.said.ends_with(&lines), "the newest are there");
    let ledger = ledger(folder.path());
    let oldest = Event::read(lines[0].as_bytes()).unwrap().time;
    let [window] = ledger.covered[..] else {
        panic!("{:?}", ledger.covered)
    };
    assert_eq!(ledger.removed.unwrap().before, window.from);
    assert!(window.from <= oldest && window.from > at(1));
    let size: u64 = fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().metadata().unwrap().len())
        .sum();
    assert!(size < 6000 + 4000 + 20_000, "{size}");
}

#[test]
fn files_of_others_are_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let theirs = folder.path().join("events-2026.jsonl");
    let broken = folder
        .path()
        .join("events-00000001-20261121T080000Z.jsonl.gz");
    fs::write(&theirs, "mine").unwrap();
    fs::write(&broken, "no gzip").unwrap();
    let mut engine = FakeEngine::default();
    engine.say("start", "");
    let mut recorder = open(folder.path(), &engine);
    connect(&mut recorder, &engine);
    recorder.finish(engine.now()).unwrap();
    assert_eq!(fs::read(&theirs).unwrap(), b"mine");
    assert_eq!(fs::read(&broken).unwrap(), b"no gzip");
    assert_eq!(recorded(folder.path()).concat(), engine.said);
}

#[test]
fn a_full_disk_loses_nothing_that_fits_into_memory() {
    let folder = tempfile::tempdir().unwrap();
    let mut engine = FakeEngine::default();
    let mut recorder = open(folder.path(), &engine);
    connect(&mut recorder, &engine);
    recorder.flush(engine.now()).unwrap();
    fuse::fill(1000);
    let mut failed = 0;
    for _ in 0..500 {
        let line = engine.say("start", "");
        recorder.take(line.as_bytes());
        failed += u32::from(recorder.flush(engine.now()).is_err());
    }
    assert!(failed > 400, "{failed}");
    fuse::set(None);
    recorder.finish(engine.now()).unwrap();
    assert_eq!(recorded(folder.path()).concat(), engine.said);
    assert!(ledger(folder.path()).gaps.is_empty());
}

#[test]
fn the_values_of_the_environment_are_not_kept() {
    let folder = tempfile::tempdir().unwrap();
    let engine = FakeEngine::default();
    let mut recorder = open(folder.path(), &engine);
    recorder.snapshot(b"{\"Id\":\"c\",\n\"Config\":{\"Env\":[\"PASSWORD=a=b\",\"EMPTY\"]}}\n");
    recorder.snapshot(b"no JSON");
    recorder.finish(engine.now()).unwrap();
    let name = segment::list(folder.path(), Kind::Inspect)
        .unwrap()
        .remove(0);
    assert_eq!(
        fs::read_to_string(folder.path().join(name.to_string())).unwrap(),
        "{\"Id\":\"c\",\"Config\":{\"Env\":[\"PASSWORD\",\"EMPTY\"]}}\n"
    );
    assert_eq!(ledger(folder.path()).missed.snapshots, 1);
}

/// What happens next in a random history.
#[derive(Clone, Copy, Debug)]
enum Step {
    /// So many events, written after each of them or at the end.
    Say(u8, bool),
    /// A probe with its end.
    Probe(bool),
    Tick,
    /// The engine forgets.
    Restart,
    /// The stream ends, and begins again.
    Reconnect,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        6 => (1..30_u8, any::<bool>()).prop_map(|(count, each)| Step::Say(count, each)),
        3 => any::<bool>().prop_map(Step::Probe),
        2 => Just(Step::Tick),
        1 => Just(Step::Restart),
        1 => Just(Step::Reconnect),
    ];
    proptest::collection::vec(step, 1..40)
}

/// Plays `steps` against a recorder that dies when its fuse blows, again and again. Gives back the
/// engine and, for each of its events, whether a recorder was told of it and lived.
fn play(folder: &Path, steps: &[Step], fuses: &[u16]) -> FakeEngine {
    let mut engine = FakeEngine::default();
    let mut fuses = fuses.iter();
    let mut recorder = None;
    let mut hours = 0;
    // A new recorder; it may be killed while it comes up, too.
    let mut revive = |engine: &FakeEngine| loop {
        fuse::set(fuses.next().map(|fuse| u64::from(*fuse)));
        if let Ok((mut recorder, _)) = Recorder::open(folder, OPTIONS, engine.now()) {
            connect(&mut recorder, engine);
            let _ = recorder.flush(engine.now());
            if !fuse::is_blown() {
                return recorder;
            }
        }
    };
    for step in steps {
        let mut at_work = recorder.take().unwrap_or_else(|| revive(&engine));
        hours += 1;
        let later = engine.now() + TimeDelta::hours(hours);
        match step {
            Step::Say(count, each) => {
                for _ in 0..*count {
                    let line = engine.say("start", "");
                    at_work.take(line.as_bytes());
                    if *each {
                        let _ = at_work.flush(engine.now());
                    }
                }
            }
            Step::Probe(ok) => {
                let id = engine.said.len();
                let code = u8::from(!ok);
                for (action, more) in [
                    ("exec_create: p", String::new()),
                    ("exec_start: p", String::new()),
                    ("exec_die", format!(r#""exitCode":"{code}","#)),
                ] {
                    let line = engine.say(action, &format!(r#"{more}"execID":"{id}","#));
                    at_work.take(line.as_bytes());
                    let _ = at_work.flush(engine.now());
                }
            }
            Step::Tick => {
                let _ = at_work.tick(engine.now(), true, later);
            }
            Step::Restart => {
                engine.buffer.clear();
                engine.clock += 1000;
                at_work.lost(During::Disconnected);
                connect(&mut at_work, &engine);
            }
            Step::Reconnect => {
                at_work.lost(During::Disconnected);
                connect(&mut at_work, &engine);
            }
        }
        let _ = at_work.flush(engine.now());
        if !fuse::is_blown() {
            recorder = Some(at_work);
        }
    }
    drop(recorder);
    fuse::set(None);
    let mut last = open(folder, &engine);
    connect(&mut last, &engine);
    last.finish(engine.now()).unwrap();
    engine
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    /// Killed at any byte of any write: what the engine had to tell is in the record exactly once,
    /// every file is whole, and what is covered is complete.
    #[test]
    fn a_recorder_that_is_killed_anywhere_leaves_a_sound_record(
        steps in steps(),
        fuses in proptest::collection::vec(0..3000_u16, 0..60),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let engine = play(folder.path(), &steps, &fuses);
        let segments = recorded(folder.path());
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for line in segments.iter().flatten() {
            prop_assert!(Event::read(line.as_bytes()).is_some(), "broken: {line}");
            *counts.entry(line).or_default() += 1;
        }
        for (line, count) in &counts {
            prop_assert_eq!(*count, 1, "{}", line);
        }
        let ledger = ledger(folder.path());
        let time = |line: &str| Event::read(line.as_bytes()).unwrap().time;
        let mut windows = ledger.covered.clone();
        for segment in &segments {
            let times = || segment.iter().map(|line| time(line));
            if let (Some(from), Some(to)) = (times().min(), times().max()) {
                windows.push(Span { from, to });
            }
        }
        for line in engine.said.iter().filter(|line| !line.contains("exec_")) {
            let at = time(line);
            // At the edges of a window, other events of that moment may be lost.
            let covered = windows.iter().any(|window| window.from < at && at < window.to);
            prop_assert!(
                !covered || counts.contains_key(line.as_str()),
                "covered, but not there: {}\n{:?}\n{:?}", line, ledger.covered, ledger.gaps
            );
        }
        // What the engine still had in the end was told to the last recorder.
        for line in engine.buffer.iter().filter(|line| !line.contains("exec_")) {
            prop_assert!(counts.contains_key(line.as_str()), "lost: {}", line);
        }
        for line in engine.buffer.iter().filter(|line| line.contains(r#""exitCode":"1""#)) {
            let id = line.split("execID").nth(1).unwrap().split(',').next().unwrap();
            let whole = engine.said.iter().filter(|other| other.contains(&format!("execID{id},")));
            for part in whole.filter(|part| engine.buffer.contains(part)) {
                prop_assert!(counts.contains_key(part.as_str()), "a failed probe is kept whole: {}", part);
            }
        }
    }
}
