//! The logs of the containers that are followed. Each line is asked for once and scanned when it comes.
//! What was recognised is kept, even when the container is removed.

use super::{
    events::Events,
    tail::{Reading, Tail},
};
use crate::{
    cli::{
        report::docker::{EngineEvidence, Scope},
        say::warn,
    },
    engine::{Engine, Listed},
    model::{Time, Warning},
    pipeline::{Config, KeptLogs},
};
use std::{
    collections::BTreeMap,
    io::Read as _,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread,
    time::{Duration, Instant},
};

/// How many bytes are read at once.
const PIECE: usize = 64 * 1024;
/// How many pieces may wait; when they are not taken, the engine waits.
const PIECES: usize = 64;
/// A log that ends after more than this ends for a reason.
const SHORT: Duration = Duration::from_secs(30);

/// The logs.
pub(super) struct Logs {
    engine: Engine,
    kept: KeptLogs,
    /// By the container's id.
    all: BTreeMap<String, Log>,
    sender: SyncSender<Piece>,
    pieces: Receiver<Piece>,
    ended: Arc<AtomicBool>,
}

/// What came of a container's log; nothing at its end.
struct Piece {
    container: String,
    bytes: Vec<u8>,
}

/// Where the reading of a log stands.
struct Log {
    path: String,
    tail: Tail,
    /// The answer that goes on.
    live: Option<Reading>,
    followed: Instant,
    /// When it was read last, and whether the container ran then.
    read: Option<(Time, bool)>,
    lost: bool,
    error: Option<String>,
}

impl Logs {
    pub(super) fn new(engine: &Engine, config: &Config) -> anyhow::Result<Self> {
        let (sender, pieces) = sync_channel(PIECES);
        Ok(Self {
            engine: engine.clone(),
            kept: KeptLogs::new(config)?,
            all: BTreeMap::new(),
            sender,
            pieces,
            ended: Arc::new(AtomicBool::new(false)),
        })
    }

    /// What was recognised in them.
    pub(super) fn kept(&self) -> &KeptLogs {
        &self.kept
    }

    /// Reads what is not followed, up to the evidence's time, and follows what runs.
    pub(super) fn read(&mut self, scope: &Scope, evidence: &EngineEvidence, events: &Events) {
        let known = |id: &str| evidence.knows(id);
        self.all.retain(|id, _| known(id));
        self.kept.retain(known);
        for container in scope.logs(evidence) {
            let log = self
                .all
                .entry(container.id.clone())
                .or_insert_with(|| Log::new(container));
            let start = events.last_start(&container.id);
            if log.live.is_some() || !log.may_have_more(container, start) {
                continue;
            }
            log.read = Some((evidence.until, container.runs()));
            let ends = events.ends(&container.id);
            log.catch_up(
                &self.engine,
                container,
                evidence.until,
                ends,
                &mut self.kept,
            );
            if container.runs() && log.error.is_none() {
                log.live = Some(log.tail.reading());
                log.followed = Instant::now();
                let since = log.tail.follow_from(evidence.until);
                self.follow(&container.id, since);
            }
        }
    }

    /// Passes on what a container logs, until it ends.
    fn follow(&self, id: &str, since: Time) {
        let (engine, container) = (self.engine.clone(), id.to_owned());
        let (sender, ended) = (self.sender.clone(), Arc::clone(&self.ended));
        let watch = move || {
            let mut log = engine.live_log(&container, since);
            loop {
                let mut bytes = vec![0; PIECE];
                // One that breaks is read on like one that ends: when there is reason to.
                let got = log.read(&mut bytes).unwrap_or(0);
                bytes.truncate(got);
                let container = container.clone();
                if ended.load(Ordering::Relaxed)
                    || sender.send(Piece { container, bytes }).is_err()
                    || got == 0
                {
                    return;
                }
            }
        };
        let watching = thread::Builder::new().name("log".to_owned()).spawn(watch);
        if let Err(error) = watching {
            warn(&format!("cannot follow a log: {error}"));
        }
    }

    /// Takes what has come, and says whether any of it may be part of a startup.
    pub(super) fn take(&mut self, events: &Events) -> bool {
        let mut happened = false;
        let mut lines: BTreeMap<String, Vec<u8>> = BTreeMap::new();
        for Piece { container, bytes } in self.pieces.try_iter().take(4 * PIECES) {
            let Some(log) = self.all.get_mut(&container) else {
                continue;
            };
            let Some(live) = &mut log.live else { continue };
            let out = lines.entry(container).or_default();
            live.push(&mut log.tail, &bytes, out);
            if bytes.is_empty() {
                log.lost |= live.lost;
                log.live = None;
                // One that cannot be followed ends at once; to look again at once helps nobody.
                happened |= log.followed.elapsed() > SHORT;
            }
        }
        for (container, lines) in lines {
            if let Some(log) = self.all.get(&container) {
                let ends = events.ends(&container);
                happened |= self.kept.push(&container, &log.path, ends, &lines);
            }
        }
        happened
    }
}

impl Drop for Logs {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
    }
}

impl Log {
    fn new(container: &Listed) -> Self {
        Self {
            path: format!("docker:logs/{}", container.title()),
            tail: Tail::default(),
            live: None,
            followed: Instant::now(),
            read: None,
            lost: false,
            error: None,
        }
    }

    /// Whether it may have grown since it was read.
    fn may_have_more(&self, container: &Listed, start: Option<Time>) -> bool {
        self.read
            .is_none_or(|(read, ran)| ran || container.runs() || start > Some(read))
    }

    /// Reads on up to `until`.
    fn catch_up(
        &mut self,
        engine: &Engine,
        container: &Listed,
        until: Time,
        ends: &[Time],
        kept: &mut KeptLogs,
    ) {
        let mut answer = engine.log(&container.id, self.tail.since(), Some(until));
        let mut reading = self.tail.reading();
        let mut buffer = vec![0; PIECE];
        let mut lines = Vec::new();
        self.error = loop {
            match answer.read(&mut buffer) {
                Ok(0) => break None,
                Ok(got) => reading.push(&mut self.tail, &buffer[..got], &mut lines),
                Err(error) => break Some(error.to_string()),
            }
            if lines.len() > PIECE {
                kept.push(&container.id, &self.path, ends, &lines);
                lines.clear();
            }
        };
        // What was not reached in an answer that broke off is not lost.
        if self.error.is_none() {
            reading.end(&mut self.tail, &mut lines);
            self.lost |= reading.lost;
        }
        kept.push(&container.id, &self.path, ends, &lines);
        let warnings = self.error.clone().map(Warning::Unreadable).into_iter();
        let warnings = warnings.chain(self.lost.then_some(Warning::LinesLost));
        kept.say(&container.id, &self.path, warnings.collect());
    }
}
