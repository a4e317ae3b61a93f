//! Listens to an engine for as long as it takes, and feeds a recorder.

mod away;

use super::ask::{Answer, Asker};
use super::ends::Ends;
use super::event;
use super::recorder::{CAPACITY, OpenError, Options, RecordedEngine, Recorder, Want, WantKind};
use crate::engine::{Backoff, Body, Engine, Error, Gathering, Interrupts, Patience};
use crate::model::Time;
use crate::model::ledger::{During, EngineName, Gap, Span};
use away::{Away, POLL, first_connection};
use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

/// How long to wait for an event before looking after other things.
const WAIT: Duration = Duration::from_millis(250);
/// How often what is due is looked at.
const TICK: TimeDelta = TimeDelta::seconds(1);
/// How often it is made sure that the engine still answers.
const PING: Duration = Duration::from_secs(10);
/// Held up for longer than this, the recorder does not trust its stream: the engine leaves out events
/// for a listener that does not keep up.
const HELD_UP: TimeDelta = TimeDelta::seconds(5);
/// The answers to all that was asked of one container come within this time, mostly.
const SETTLED: Duration = Duration::from_secs(5);
/// The engine's clock may be read a little late.
const CLOCK: TimeDelta = TimeDelta::milliseconds(500);

/// Most events of a busy host ask for nothing and may wait a little. Not longer than [`CLOCK`]: what
/// happened before that counts as heard. And not many: the engine tells only of its last
/// [`CAPACITY`] again should the recorder be killed.
const GATHERING: Gathering = Gathering {
    may_wait: event::may_wait,
    longest: Duration::from_millis(200),
    most: 32,
};

/// What to record, where, and how.
#[derive(Clone, Debug)]
pub(crate) struct Watch {
    /// The record's folder.
    pub folder: PathBuf,
    /// How to record.
    pub options: Options,
    /// How to reach the engine.
    pub engine: crate::engine::Options,
    /// How many last lines of a log are kept; 0 for none.
    pub log_lines: u32,
}

/// What the user is told meanwhile.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Notice {
    /// Recording has begun, or goes on.
    Connected(EngineName),
    /// A time is not covered.
    Gap(Gap),
    /// The engine is gone; it is waited for.
    Lost(String),
    /// Something was repaired, or cannot be done.
    Warning(String),
}

/// Why recording ended.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WatchError {
    /// The folder cannot be used.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The engine cannot be reached, and waiting will not help.
    #[error(transparent)]
    Engine(#[from] Error),
    /// The last events could not be written.
    #[error("cannot write to the record: {0}")]
    Write(std::io::Error),
    /// The threads that ask cannot be started.
    #[error("cannot start: {0}")]
    Start(std::io::Error),
}

/// What `/info` says.
#[derive(Deserialize)]
struct Info {
    #[serde(default, rename = "ID")]
    id: String,
    #[serde(default, rename = "Name")]
    name: String,
    #[serde(default, rename = "ServerVersion")]
    version: String,
    #[serde(default, rename = "SystemTime")]
    time: String,
}

/// Records until the process is asked to end.
///
/// # Errors
/// When the folder or the engine cannot be used at all. An engine that goes away, or is not there yet,
/// is waited for.
pub(crate) fn watch(watch: &Watch, tell: &mut dyn FnMut(Notice)) -> Result<(), WatchError> {
    let (recorder, warnings) = Recorder::open(&watch.folder, watch.options, Utc::now())?;
    for warning in warnings {
        tell(Notice::Warning(warning));
    }
    let (engine, away) = first_connection(&watch.engine, tell)?;
    let interrupts = engine.interrupts();
    let asker = Asker::start().map_err(WatchError::Start)?;
    Session {
        watch,
        recorder,
        asker,
        interrupts,
        ends: Ends::default(),
        tell,
        failing: false,
        ticked: Utc::now(),
    }
    .run(engine, away)
}

/// Why a stream is not listened to any more.
enum Ended {
    /// The process is asked to end.
    Interrupted,
    /// The engine ended it, or does not answer.
    Lost(String),
    /// The recorder was held up, and starts afresh.
    HeldUp,
    /// So much waits for the disk that no more can be taken.
    DiskFull,
}

struct Session<'a> {
    watch: &'a Watch,
    recorder: Recorder,
    asker: Asker,
    interrupts: Interrupts,
    ends: Ends,
    tell: &'a mut dyn FnMut(Notice),
    /// The last write failed.
    failing: bool,
    ticked: Time,
}

impl Session<'_> {
    fn run(mut self, first: Engine, mut away: Option<Span>) -> Result<(), WatchError> {
        let mut engine = Some(first);
        let mut pauses = Backoff::endless();
        while !self.interrupts.asked() {
            let begun = Instant::now();
            let connected = match engine.take() {
                Some(engine) => Ok(engine),
                None => Engine::connect(&self.watch.engine),
            };
            let mut served = false;
            let ended = match connected {
                Ok(found) => {
                    let ended = match self.listen(&found, away.take()) {
                        Ok(ended) => {
                            served = true;
                            ended
                        }
                        Err(error) => Ended::Lost(error.to_string()),
                    };
                    engine = Some(found);
                    ended
                }
                Err(error) => Ended::Lost(error.to_string()),
            };
            match ended {
                Ended::Interrupted => break,
                Ended::HeldUp => self.recorder.lost(During::HeldUp),
                Ended::DiskFull => {
                    self.recorder.lost(During::DiskFull);
                    self.wait_for_space();
                }
                Ended::Lost(why) => {
                    self.recorder.lost(During::Disconnected);
                    (self.tell)(Notice::Lost(why));
                    if served && begun.elapsed() >= PING {
                        pauses = Backoff::endless();
                    } else if !served {
                        self.pause(pauses.next().unwrap_or(PING));
                    }
                    // Another one may come back, of another version: it is met anew.
                    let gone = engine.take();
                    away = self.wait_for(gone.as_ref());
                }
            }
        }
        self.answers();
        self.settle(None);
        self.recorder.finish(Utc::now()).map_err(WatchError::Write)
    }

    /// Listens to one connection.
    fn listen(&mut self, engine: &Engine, away: Option<Span>) -> Result<Ended, Error> {
        let asked = Utc::now();
        let info = engine.get("/info")?;
        let info: Info = serde_json::from_slice(&info).unwrap_or(Info {
            id: String::new(),
            name: String::new(),
            version: String::new(),
            time: String::new(),
        });
        // Engines far away have clocks of their own.
        let ahead = DateTime::parse_from_rfc3339(&info.time)
            .map_or(TimeDelta::zero(), |time| time.to_utc() - asked);
        let ahead = if ahead.abs() < CLOCK {
            TimeDelta::zero()
        } else {
            ahead
        };
        let at = asked + ahead;
        let docker = !engine.about().contains("Podman");
        let since = match self.recorder.covered_to() {
            // Docker keeps few events: all of them are wanted, whenever they were.
            _ if docker => "0".to_owned(),
            Some(to) => (to - TimeDelta::minutes(1)).timestamp().to_string(),
            None => (at - TimeDelta::hours(1)).timestamp().to_string(),
        };
        let until = at.format("%s%.9f");
        let replay = engine.get(&format!("/events?since={since}&until={until}"))?;
        let replay: Vec<&[u8]> = replay
            .split(|&byte| byte == b'\n')
            .filter(|line| !line.trim_ascii().is_empty())
            .collect();
        let name = EngineName {
            id: info.id,
            name: info.name,
            version: info.version,
        };
        let known = RecordedEngine {
            name: name.clone(),
            capacity: docker.then_some(CAPACITY),
        };
        let away = away.map(|away| Span {
            from: away.from + ahead,
            to: away.to + ahead,
        });
        let (wants, gap) = self.recorder.connected(known, &replay, at, away);
        (self.tell)(Notice::Connected(name));
        if let Some(gap) = gap {
            (self.tell)(Notice::Gap(gap));
        }
        for want in wants {
            self.want(engine, want);
        }
        self.flush();
        // All that was just read comes once more, and then what happens.
        let stream = engine.open(&format!("/events?since={since}"), Patience::Endless)?;
        Ok(self.follow(engine, stream.gathered(GATHERING), ahead))
    }

    fn follow(&mut self, engine: &Engine, mut stream: Body, ahead: TimeDelta) -> Ended {
        let mut line = Vec::new();
        let mut pinged = Instant::now();
        let mut answered = Utc::now();
        let mut turned = Utc::now();
        self.ticked = turned;
        loop {
            if self.interrupts.asked() {
                return Ended::Interrupted;
            }
            let piece = stream.next(WAIT);
            let now = Utc::now();
            if now - turned > HELD_UP || now < turned - HELD_UP {
                return Ended::HeldUp;
            }
            turned = now;
            match piece {
                Ok(Some(piece)) => self.take(engine, &piece, &mut line),
                Ok(None) => {
                    self.tick(answered + ahead - CLOCK, true, now);
                    return Ended::Lost("the engine ended its events".to_owned());
                }
                Err(error) => return Ended::Lost(error.to_string()),
            }
            self.answers();
            if self.recorder.is_full() {
                return Ended::DiskFull;
            }
            if pinged.elapsed() >= PING {
                let asked = Utc::now();
                if let Err(error) = engine.ping() {
                    return Ended::Lost(error.to_string());
                }
                (pinged, answered) = (Instant::now(), asked);
                turned = Utc::now();
            }
            if now - self.ticked >= TICK {
                self.tick(answered + ahead - CLOCK, true, now);
            }
        }
    }

    /// Takes a piece of the stream; a line may go on in the next one.
    fn take(&mut self, engine: &Engine, piece: &[u8], line: &mut Vec<u8>) {
        let mut rest = piece;
        while let Some(end) = memchr::memchr(b'\n', rest) {
            let want = if line.is_empty() {
                self.recorder.take(&rest[..end])
            } else {
                line.extend_from_slice(&rest[..end]);
                let want = self.recorder.take(line);
                line.clear();
                want
            };
            if let Some(want) = want {
                self.want(engine, want);
            }
            rest = &rest[end + 1..];
        }
        line.extend_from_slice(rest);
        if !piece.is_empty() {
            self.flush();
        }
    }

    fn want(&mut self, engine: &Engine, want: Want) {
        let kind = want.kind;
        let since = match kind {
            WantKind::Snapshot => None,
            _ => self.recorder.log_taken(&want.name, &want.id),
        };
        if !self.asker.ask(engine, want, since, self.watch.log_lines) {
            self.recorder.missed(kind);
        }
    }

    /// Keeps what has been answered.
    fn answers(&mut self) {
        while let Some(answer) = self.asker.answer() {
            match answer {
                Answer::Snapshot(json) => self.recorder.snapshot(&json),
                Answer::Log {
                    want,
                    text,
                    cut,
                    ended,
                } => {
                    let kept = self.recorder.log(&want.name, &want.id, &text, cut);
                    if kept.is_err() {
                        self.recorder.missed(WantKind::Log);
                    } else if ended {
                        self.ends.had(want.id, Instant::now());
                    }
                }
                Answer::NoSnapshot => self.recorder.missed(WantKind::Snapshot),
                Answer::NoLog(id) => self.ends.missed(id, Instant::now()),
            }
        }
    }

    /// Counts the logs whose end nobody had.
    fn settle(&mut self, before: Option<Instant>) {
        for _ in 0..self.ends.settle(before) {
            self.recorder.missed(WantKind::Log);
        }
    }

    fn tick(&mut self, at: Time, listening: bool, now: Time) {
        self.ticked = now;
        self.settle(Instant::now().checked_sub(SETTLED));
        let written = self.recorder.tick(at, listening, now);
        self.written(written);
    }

    fn flush(&mut self) {
        let written = self.recorder.flush(Utc::now());
        self.written(written);
    }

    /// Tells of the first of several failures, and of their end.
    fn written(&mut self, written: std::io::Result<()>) {
        match written {
            Ok(()) if self.failing => {
                self.failing = false;
                (self.tell)(Notice::Warning(
                    "the record can be written again".to_owned(),
                ));
            }
            Err(error) if !self.failing => {
                self.failing = true;
                (self.tell)(Notice::Warning(format!(
                    "cannot write to the record: {error}; events wait in memory"
                )));
            }
            _ => {}
        }
    }

    /// Waits, but not when the process is asked to end.
    fn pause(&self, pause: Duration) {
        let begun = Instant::now();
        while begun.elapsed() < pause && !self.interrupts.asked() {
            thread::sleep(POLL.min(pause));
        }
    }

    fn wait_for_space(&mut self) {
        while self.recorder.is_full() && !self.interrupts.asked() {
            thread::sleep(WAIT);
            self.flush();
        }
    }

    /// Waits for the engine; says how long it was away, if it was asked all the time.
    fn wait_for(&mut self, engine: Option<&Engine>) -> Option<Span> {
        let mut away = Away::since(Utc::now());
        while !self.interrupts.asked() {
            let answers = match engine {
                Some(engine) => engine.ping().is_ok(),
                None => Engine::connect(&self.watch.engine).is_ok(),
            };
            let now = Utc::now();
            if answers {
                return away.until(now).filter(|_| engine.is_some());
            }
            if now - self.ticked >= TICK {
                self.tick(now, false, now);
            }
            let pause = away.pause();
            self.pause(pause);
        }
        None
    }
}
