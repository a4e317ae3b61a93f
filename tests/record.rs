//! `record` on a real engine: what was done is what a report of the record says, whatever happens to
//! the recorder, the engine and the disk meanwhile.
#![cfg(all(unix, feature = "docker"))]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "common/live_engine.rs"]
mod live_engine;

use live_engine::{Live, PROGRAM, PrivateEngine, open, signal};
use serde_json::Value;
use std::{
    collections::BTreeMap,
    fs,
    io::{BufRead as _, Read as _},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

/// A recorder at work. It is killed when it is dropped.
struct Recorder {
    process: Child,
    folder: PathBuf,
}

impl Recorder {
    fn start(folder: &Path, host: &str, options: &[&str]) -> Self {
        let log = fs::File::options()
            .append(true)
            .create(true)
            .open(log_of(folder))
            .unwrap();
        let process = Command::new(PROGRAM)
            .args(["record", "-o", folder.to_str().unwrap(), "--host", host])
            .args(options)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        Self {
            process,
            folder: folder.to_owned(),
        }
    }

    /// Waits until `what` was said so many times in all; gives back how often it was.
    fn said(&self, what: &str, times: usize) -> usize {
        let begun = Instant::now();
        loop {
            let text = fs::read_to_string(log_of(&self.folder)).unwrap();
            let count = text.matches(what).count();
            if count >= times {
                return count;
            }
            assert!(begun.elapsed() < Duration::from_secs(30), "{what}?\n{text}");
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Asks it to end, and expects that it does so in order.
    fn stop(mut self) {
        signal(&self.process, "TERM");
        assert!(self.process.wait().unwrap().success());
    }

    fn kill(mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// What the recorder says on standard error; not in its folder, which may be full.
fn log_of(folder: &Path) -> PathBuf {
    folder.parent().unwrap().join("recorder.log")
}

fn report(folder: &Path) -> (Value, String) {
    let output = Command::new(PROGRAM)
        .args(["report", "--format", "json"])
        .arg(folder)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let warnings = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{warnings}");
    (serde_json::from_slice(&output.stdout).unwrap(), warnings)
}

/// The causes of a container's startups, in order.
fn causes(report: &Value, container: &str) -> Vec<String> {
    report["services"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|service| service["startups"].as_array().unwrap())
        .filter(|startup| startup["container_name"] == container)
        .map(|startup| startup["cause"].as_str().unwrap().to_owned())
        .collect()
}

/// All lines of the record's events, decompressed; each file has to be readable and whole.
fn events(folder: &Path) -> Vec<String> {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            let name = path.file_name().unwrap().to_str().unwrap();
            name.starts_with("events-") && path.extension().is_some_and(|end| end != "torn")
        })
        .collect();
    paths.sort();
    let mut lines = Vec::new();
    for path in paths {
        let mut text = String::new();
        let file = fs::File::open(&path).unwrap();
        if path.extension().unwrap() == "gz" {
            flate2::read::GzDecoder::new(file)
                .read_to_string(&mut text)
                .unwrap();
        } else {
            let mut file = file;
            file.read_to_string(&mut text).unwrap();
        }
        assert!(
            text.ends_with('\n') || text.is_empty(),
            "{}",
            path.display()
        );
        lines.extend(text.lines().map(str::to_owned));
    }
    lines
}

fn ledger(folder: &Path, kind: &str) -> Vec<Value> {
    fs::read_to_string(folder.join("record.jsonl"))
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .filter_map(|entry| entry.get(kind).cloned())
        .collect()
}

/// What a record holds of the log of the container with this name.
fn words_of(folder: &Path, name: &str) -> String {
    let Ok(files) = fs::read_dir(folder.join("logs")) else {
        return String::new();
    };
    files
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.to_str().unwrap().contains(name))
        .map(|path| fs::read_to_string(path).unwrap())
        .collect()
}

/// Listens beside the recorder: all that an engine says in one of its lives.
struct Witness {
    heard: Arc<Mutex<Vec<String>>>,
    thread: thread::JoinHandle<()>,
}

impl Witness {
    fn listen(engine: &PrivateEngine) -> Self {
        let heard = Arc::new(Mutex::new(Vec::new()));
        let said = Arc::clone(&heard);
        let stream = open(&engine.socket(), "GET", "/v1.41/events?since=0").unwrap();
        let thread = thread::spawn(move || {
            for line in stream.lines().map_while(Result::ok) {
                said.lock().unwrap().push(line);
            }
        });
        Self { heard, thread }
    }

    /// Waits until it has heard so many; a minute at the most.
    fn hear(&self, events: usize) {
        let begin = Instant::now();
        while self.heard.lock().unwrap().len() < events && begin.elapsed().as_secs() < 60 {
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// All it heard, once the engine has ended.
    fn end(self) -> Vec<String> {
        self.thread.join().unwrap();
        Arc::try_unwrap(self.heard).unwrap().into_inner().unwrap()
    }
}

/// What the engine emits without end: somebody drags the corner of a window, some 100 times a second.
struct Load {
    stop: Arc<AtomicBool>,
    paused: Arc<AtomicBool>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Load {
    /// On the container with this id.
    fn on(socket: PathBuf, id: String) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let paused = Arc::new(AtomicBool::new(false));
        let (stopped, waits) = (Arc::clone(&stop), Arc::clone(&paused));
        let thread = thread::spawn(move || {
            let mut n = 0;
            while !stopped.load(Ordering::Relaxed) {
                thread::sleep(Duration::from_millis(4));
                if waits.load(Ordering::Relaxed) {
                    continue;
                }
                n += 1;
                let path = format!("/v1.41/containers/{id}/resize?h=24&w={n}");
                // The engine may be away.
                if let Ok(mut answer) = open(&socket, "POST", &path) {
                    let _ = answer.read_to_end(&mut Vec::new());
                }
            }
        });
        Self {
            stop,
            paused,
            thread: Some(thread),
        }
    }

    fn pause(&self, pause: bool) {
        self.paused.store(pause, Ordering::Relaxed);
    }

    fn stop(mut self) {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.take().unwrap().join().unwrap();
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

/// Compares what was recorded with what was said: each event exactly once, unless it is in a gap.
/// Without noise: what ended well is not kept.
fn compare(folder: &Path, said: &[String]) {
    let mut recorded: BTreeMap<String, usize> = BTreeMap::new();
    for line in events(folder) {
        *recorded.entry(line).or_default() += 1;
    }
    let twice: Vec<&String> = recorded
        .iter()
        .filter(|(_, count)| **count > 1)
        .map(|(line, _)| line)
        .collect();
    assert!(twice.is_empty(), "recorded more than once: {twice:?}");
    let gaps = ledger(folder, "gap");
    let nano = |time: &Value| -> i64 {
        chrono::DateTime::parse_from_rfc3339(time.as_str().unwrap())
            .unwrap()
            .timestamp_nanos_opt()
            .unwrap()
    };
    let lost: Vec<&String> = said
        .iter()
        .filter(|line| !recorded.contains_key(*line))
        .filter(|line| {
            let event: Value = serde_json::from_str(line).unwrap();
            let at = event["timeNano"].as_i64().unwrap();
            !gaps
                .iter()
                .any(|gap| nano(&gap["from"]) <= at && at <= nano(&gap["to"]))
        })
        .collect();
    assert!(
        lost.is_empty(),
        "{} of {} are neither recorded nor in a gap: {:?}\ngaps: {gaps:?}",
        lost.len(),
        said.len(),
        lost.first()
    );
}

const APPLICATION: &str = "trap 'exit 0' TERM; echo 'INFO:     Started server process [1]'; \
    echo 'INFO:     Application startup complete.'; while :; do busybox sleep 0.1; done";

#[test]
fn what_was_done_is_what_a_report_of_the_record_says() {
    let Some(mut live) = Live::of_machine("verdicts") else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let record = folder.path().join("record");
    let recorder = Recorder::start(&record, &live.host, &[]);
    recorder.said("recording ", 1);

    // Somebody restarts it.
    live.run("manual", &[], APPLICATION);
    // A process that ends is started again by the policy.
    live.run(
        "crash",
        &["--restart=on-failure:3"],
        "echo 'INFO:     Started server process [1]'; exit 3",
    );
    // A timer's repair: a probe fails, a network is attached, the container is restarted.
    let network = live.network("net");
    live.run("repaired", &["--network=bridge"], APPLICATION);
    let repaired = live.name("repaired");
    // A deployment replaces it.
    live.run("replaced", &["--label=version=1"], APPLICATION);
    let replaced = live.name("replaced");
    // It removes itself, and its log with it.
    live.run("gone", &["--rm"], "echo 'the last words'; exit 4");
    // Somebody throws it away when it has hardly said a word: nothing of its log can be asked for then,
    // so the recorder has read it before, as soon as it comes to it.
    live.run("thrown", &[], "echo 'hardly begun'; busybox sleep 100");
    let thrown = live.name("thrown");
    let read = || words_of(&record, &thrown).contains("hardly begun");
    let asked = Instant::now();
    while !read() && asked.elapsed() < Duration::from_secs(20) {
        thread::sleep(Duration::from_millis(5));
    }
    live.docker(&["rm", "-f", &thrown]);
    thread::sleep(Duration::from_secs(2));

    let manual = live.name("manual");
    live.docker(&["restart", "-t", "3", &manual]);
    live.docker(&["stop", "-t", "3", &replaced]);
    live.docker(&["rm", &replaced]);
    live.run("replaced", &["--label=version=2"], APPLICATION);
    live.docker(&["exec", &repaired, "busybox", "true"]);
    assert!(
        live.try_docker(&["exec", &repaired, "busybox", "false"])
            .is_err()
    );
    live.docker(&["network", "connect", &network, &repaired]);
    live.docker(&["restart", "-t", "3", &repaired]);
    thread::sleep(Duration::from_secs(1));

    // It is read while it is written, and says the same afterwards.
    let crash = live.name("crash");
    let check = || {
        let (report, warnings) = report(&record);
        assert_eq!(warnings, "");
        assert_eq!(causes(&report, &manual), ["first-start", "manual-restart"]);
        assert_eq!(
            causes(&report, &repaired),
            ["first-start", "host-automation-restart"]
        );
        assert_eq!(
            causes(&report, &replaced),
            ["first-start", "deployment-replacement"]
        );
        assert_eq!(causes(&report, &crash)[0], "first-start");
        assert_eq!(causes(&report, &crash)[1..], ["restart-policy"; 3]);
    };
    check();
    recorder.stop();
    check();

    let kept = events(&record);
    let of_repaired: Vec<&String> = kept
        .iter()
        .filter(|line| line.contains(&repaired) && line.contains("\"exec_"))
        .collect();
    assert_eq!(
        of_repaired.len(),
        3,
        "the failed probe whole, the other not: {of_repaired:?}"
    );
    assert!(
        ledger(&record, "skipped")[0]["exec_events"]
            .as_u64()
            .unwrap()
            >= 3
    );
    for (container, words) in [("gone", "the last words"), ("thrown", "hardly begun")] {
        let log = words_of(&record, &live.name(container));
        assert_eq!(log.matches(words).count(), 1, "{container}: {log:?}");
    }
    let snapshots = fs::read_dir(&record)
        .unwrap()
        .filter(|entry| {
            let name = entry.as_ref().unwrap().file_name();
            name.to_str().unwrap().starts_with("inspect-")
        })
        .count();
    assert!(snapshots > 0);
}

#[test]
fn two_recorders_on_one_folder_are_refused() {
    let Some(live) = Live::of_machine("twice") else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let record = folder.path().join("record");
    let recorder = Recorder::start(&record, &live.host, &[]);
    recorder.said("recording ", 1);
    let second = Command::new(PROGRAM)
        .args([
            "record",
            "-o",
            record.to_str().unwrap(),
            "--host",
            &live.host,
        ])
        .output()
        .unwrap();
    assert_eq!(second.status.code(), Some(2));
    let why = String::from_utf8(second.stderr).unwrap();
    assert!(
        why.contains(&format!(
            "another recorder (process {})",
            recorder.process.id()
        )),
        "{why}"
    );
    recorder.stop();
}

/// Killed fifty times under load, the engine restarted five times, the disk full once.
#[test]
fn nothing_that_the_engine_still_had_is_lost_or_recorded_twice() {
    let Some(mut engine) = PrivateEngine::start() else {
        return;
    };
    let Some(mut live) = engine.live("abuse") else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let record = folder.path().join("record");
    let disk = SmallDisk::mount(&record);
    let host = live.host.clone();
    let options = ["--rotate-size", "64K"];
    let mut said = Vec::new();

    let mut witness = Witness::listen(&engine);
    let none = ["--network=none", "--restart=always"];
    live.run("resized", &none, "busybox sleep 100000");
    live.run("other", &none, APPLICATION);
    let id = live.docker(&["inspect", "-f", "{{.Id}}", &live.name("resized")]);
    let load = Load::on(engine.socket(), id);

    let mut connections = 0;
    for round in 1..=50_u64 {
        let recorder = Recorder::start(&record, &host, &options);
        // Anywhere in its work: while it comes up, while it reads, writes and compresses.
        if round % 3 > 0 {
            connections = recorder.said("recording ", connections + 1);
        }
        thread::sleep(Duration::from_millis(round * 7919 % 150));
        recorder.kill();
    }

    let recorder = Recorder::start(&record, &host, &options);
    recorder.said("recording ", connections + 1);
    if let Some(disk) = &disk {
        disk.fill();
        recorder.said("cannot write", 1);
        thread::sleep(Duration::from_secs(1));
        disk.free();
        recorder.said("can be written again", 1);
    }

    let gaps_before = ledger(&record, "gap").len();
    for restart in 1..=5 {
        let connections = recorder.said("recording ", 1);
        engine.down();
        said.extend(witness.end());
        // An engine that comes up does not say more than it keeps before anybody listens.
        load.pause(true);
        assert!(engine.up(), "restart {restart}");
        witness = Witness::listen(&engine);
        recorder.said("recording ", connections + 1);
        load.pause(false);
        thread::sleep(Duration::from_millis(500));
    }
    // However slow the machine is.
    witness.hear(1001_usize.saturating_sub(said.len()));
    load.stop();
    thread::sleep(Duration::from_secs(1));
    recorder.stop();
    engine.down();
    said.extend(witness.end());

    let restarts: Vec<Value> = ledger(&record, "gap")
        .into_iter()
        .skip(gaps_before)
        .filter(|gap| gap["why"] == "engine-restart")
        .collect();
    assert_eq!(restarts.len(), 5, "{:?}", ledger(&record, "gap"));
    assert!(said.len() > 1000, "a load: {}", said.len());
    compare(&record, &without_the_end(said, &record));
    let (report, warnings) = report(&record);
    for warning in warnings.lines() {
        assert!(
            warning.contains("not covered") || warning.contains("more warnings"),
            "{warning}"
        );
    }
    let other = causes(&report, &live.name("other"));
    assert_eq!(other[0], "first-start");
    assert_eq!(other[1..], ["engine-restart"; 5]);
}

/// What was said until the recorder was stopped.
fn without_the_end(said: Vec<String>, folder: &Path) -> Vec<String> {
    let end = ledger(folder, "covered").pop().unwrap();
    let end = chrono::DateTime::parse_from_rfc3339(end["to"].as_str().unwrap())
        .unwrap()
        .timestamp_nanos_opt()
        .unwrap();
    said.into_iter()
        .filter(|line| {
            let event: Value = serde_json::from_str(line).unwrap();
            event["timeNano"].as_i64().unwrap() <= end
        })
        .collect()
}

/// A disk of 4 MiB that can be filled.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn mount(folder: &Path) -> Option<Self> {
        fs::create_dir(folder).unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=4m", "whystart-test"])
            .arg(folder)
            .status()
            .is_ok_and(|status| status.success());
        if !mounted {
            #[allow(clippy::print_stderr, reason = "it has to be said")]
            {
                eprintln!("not tested: a full disk (no small disk can be mounted)");
            }
        }
        mounted.then(|| Self(folder.to_owned()))
    }

    fn filler(&self) -> PathBuf {
        self.0.join("filler")
    }

    fn fill(&self) {
        let mut filler = fs::File::create(self.filler()).unwrap();
        // To the last byte.
        let piece = [0_u8; 4096];
        while std::io::Write::write_all(&mut filler, &piece).is_ok() {}
        while std::io::Write::write_all(&mut filler, &[0]).is_ok() {}
    }

    fn free(&self) {
        fs::remove_file(self.filler()).unwrap();
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}
