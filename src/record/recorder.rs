//! The recorder: takes what the engine says, keeps what is history, and knows what it does not know.

use super::event::{Action, Event, identity};
use super::ledger::{Ledger, Loaded, identities};
use super::limit::{self, Limit};
use super::lock::{Lock, Refused};
use super::logs::Logs;
use super::seen::Seen;
use super::segment::{self, Kind};
use super::sift::{Fate, Sift, Skipped};
use super::stream::{self, Rotation, Stream};
use crate::model::Time;
use crate::model::ledger::{self as words, During, EngineName, Gap, Span, Why};
use chrono::TimeDelta;
use serde_json::Value;
use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// How many events Docker keeps (moby `daemon/events`: `eventsLimit`).
pub const CAPACITY: usize = 256;
/// So many bytes of events wait in memory while the disk takes none.
const MOST_PENDING: usize = 4 << 20;
/// And so many bytes of snapshots.
const MOST_SNAPSHOTS_PENDING: usize = 1 << 20;
/// The ledger is written when this many events were dealt with, so that the engine still knows some
/// of the events that the ledger knows.
const EVENTS_PER_SAVE: u32 = 100;
/// And when it is this old; then everything is made to outlast a loss of power, too.
const SAVE_EVERY: TimeDelta = TimeDelta::seconds(10);
/// How often the limits are looked at.
const LIMIT_EVERY: TimeDelta = TimeDelta::seconds(60);

/// How to record.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Keep what says nothing, too.
    pub all: bool,
    /// When segments are closed.
    pub rotation: Rotation,
    /// What the record may grow to.
    pub limit: Limit,
}

/// Which engine is recorded, as it says itself when a connection is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Engine {
    /// Its id, name and version.
    pub name: EngineName,
    /// How many events it tells of again: [`CAPACITY`] for Docker. `None` when that is not known, as
    /// for podman, which reads them from a journal.
    pub capacity: Option<usize>,
}

/// Something to ask the engine for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Want {
    /// The container's id.
    pub id: String,
    /// Its name; empty when it is not known.
    pub name: String,
    /// What.
    pub kind: WantKind,
}

/// What to ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WantKind {
    /// A snapshot.
    Snapshot,
    /// A snapshot, and what the log says in the first moments.
    SnapshotAndFirstLines,
    /// The last lines of its log.
    Log,
    /// The last lines of its log, then a snapshot.
    LogAndSnapshot,
}

/// Why a folder cannot be recorded into.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another recorder is at work.
    #[error("another recorder{} is at work in {}", pid.map(|pid| format!(" (process {pid})")).unwrap_or_default(), folder.display())]
    Locked {
        /// Where.
        folder: PathBuf,
        /// Its process id, if it says so.
        pid: Option<u32>,
    },
    /// A later version's.
    #[error("{} is a record of a later version ({schema}); this one does not touch it", folder.display())]
    Newer {
        /// Where.
        folder: PathBuf,
        /// What it calls itself.
        schema: String,
    },
    /// The folder cannot be used.
    #[error("cannot record in {}: {cause}", folder.display())]
    Folder {
        /// Where.
        folder: PathBuf,
        /// The system's answer.
        cause: io::Error,
    },
}

/// A record that is being written.
#[derive(Debug)]
pub struct Recorder {
    folder: PathBuf,
    options: Options,
    _lock: Lock,
    events: Stream,
    inspect: Stream,
    logs: Logs,
    ledger: Ledger,
    seen: Seen,
    sift: Sift,
    /// A window or an engine begins that the ledger on the disk does not know: it has to before any
    /// event of it is written. The identities are those dealt with until then.
    announce: Option<Vec<u64>>,
    /// Something is known of the newest window, so that events can be seen to go on from there.
    comparable: bool,
    /// What the recorder was doing while it did not listen.
    absence: During,
    /// Events dealt with since the ledger was written.
    unsaved: u32,
    /// The newest event's time, while not all of them are written.
    heard_to: Option<Time>,
    saved: Time,
    limited: Time,
}

impl Recorder {
    /// Takes over `folder`, which is made where it is missing, and puts in order what a killed recorder
    /// left there. Gives back what had to be repaired, too.
    ///
    /// # Errors
    /// When another recorder is at work there, a later version was, or the folder cannot be used.
    pub fn open(
        folder: &Path,
        options: Options,
        now: Time,
    ) -> Result<(Self, Vec<String>), OpenError> {
        let fail = |cause| OpenError::Folder {
            folder: folder.to_owned(),
            cause,
        };
        make(folder).map_err(fail)?;
        let lock = Lock::take(folder).map_err(|refused| match refused {
            Refused::Held(pid) => OpenError::Locked {
                folder: folder.to_owned(),
                pid,
            },
            Refused::Failed(cause) => fail(cause),
        })?;
        let mut warnings = Vec::new();
        let loaded = Ledger::load(folder).map_err(fail)?;
        let rotation = options.rotation;
        let mut stream = |kind| Stream::open(folder, kind, rotation, &mut warnings).map_err(fail);
        let events = stream(Kind::Events)?;
        let inspect = stream(Kind::Inspect)?;
        let mut seen = Seen::default();
        let ledger = match loaded {
            Loaded::Ledger(ledger, identities) => {
                for identity in identities {
                    seen.insert(identity);
                }
                ledger
            }
            Loaded::None => rebuilt(folder).map_err(fail)?,
            Loaded::Damaged(aside) => {
                warnings.push(format!(
                    "{} was damaged and is {} now; what is covered was worked out from the events",
                    folder.join(super::ledger::NAME).display(),
                    aside.display()
                ));
                rebuilt(folder).map_err(fail)?
            }
            Loaded::Newer(schema) => {
                return Err(OpenError::Newer {
                    folder: folder.to_owned(),
                    schema,
                });
            }
        };
        let mut recorder = Self {
            folder: folder.to_owned(),
            options,
            _lock: lock,
            events,
            inspect,
            logs: Logs::new(folder),
            sift: Sift::new(
                options.all,
                Skipped {
                    execs: ledger.skipped.exec_events,
                    health: ledger.skipped.health_events,
                },
            ),
            ledger,
            seen,
            announce: None,
            comparable: false,
            absence: During::Stopped,
            unsaved: 0,
            heard_to: None,
            saved: now - SAVE_EVERY,
            limited: now - LIMIT_EVERY,
        };
        recorder.remember().map_err(fail)?;
        Ok((recorder, warnings))
    }

    /// The events on the disk are dealt with, whatever the ledger knows of them.
    fn remember(&mut self) -> io::Result<()> {
        let (seen, ledger) = (&mut self.seen, &mut self.ledger);
        let mut comparable = !seen.is_empty() || !ledger.heard.is_empty();
        let begin = ledger.covered.last().map(|span| span.from);
        self.events.last_lines(CAPACITY * 2, |line| {
            seen.insert(identity(line));
            if let Some(event) = Event::read(line).filter(|event| Some(event.time) >= begin) {
                // It was written after that window had begun.
                ledger.extend(event.time);
                comparable = true;
            }
        })?;
        self.comparable = comparable;
        Ok(())
    }

    /// A connection was made, and these are the events that the engine still has, in its order; `at` is
    /// the engine's clock. Finds out whether they go on where the record ends, and gives back what to ask
    /// for, and the gap if there is one. `away` is how long the engine did not answer, if it was asked
    /// all the time.
    pub fn connected(
        &mut self,
        engine: Engine,
        replay: &[impl AsRef<[u8]>],
        at: Time,
        away: Option<Span>,
    ) -> (Vec<Want>, Option<Gap>) {
        let known = replay.iter().any(|line| self.is_known(line.as_ref()));
        let oldest = replay
            .iter()
            .filter_map(|line| Some(Event::read(line.as_ref())?.time))
            .min();
        let moved = self
            .ledger
            .engine
            .as_ref()
            .is_some_and(|before| before.id != engine.name.id);
        let mut announce = self.ledger.engine.as_ref() != Some(&engine.name);
        self.ledger.engine = Some(engine.name);
        let from = oldest.unwrap_or(at);
        let mut gap = None;
        match self.ledger.end() {
            None => {
                self.ledger.covered.push(Span { from, to: from });
                announce = true;
            }
            Some(_) if known => {}
            Some(end) => {
                let why = match engine.capacity {
                    _ if moved => Why::Unknown,
                    Some(capacity) if replay.len() >= capacity => Why::Overrun,
                    Some(_) if self.comparable => Why::EngineRestart,
                    _ => Why::Unknown,
                };
                // What was before is not told again.
                let left = self.sift.unfinished();
                self.keep(left);
                self.events.cut();
                self.seen.clear();
                let new = Gap {
                    from: end,
                    to: from.max(end),
                    why,
                    during: self.absence,
                    away: away.filter(|_| why == Why::EngineRestart),
                };
                self.ledger.begin(new);
                gap = Some(new);
                announce = true;
            }
        }
        if announce {
            self.comparable = !replay.is_empty();
            self.ledger.heard = replay
                .iter()
                .map(|line| identity(line.as_ref().trim_ascii()))
                .collect();
            // What still waits for the disk may be lost.
            let dealt_with = match self.events.pending() {
                0 => self.seen.newest(identities()).collect(),
                _ => Vec::new(),
            };
            self.announce = Some(dealt_with);
        }
        self.absence = During::Disconnected;
        let gone: HashSet<String> = replay
            .iter()
            .filter_map(|line| Event::read(line.as_ref()))
            .filter(|event| event.action == Action::Destroy)
            .filter_map(|event| Some(event.container?.into_owned()))
            .collect();
        let wants = replay
            .iter()
            .filter_map(|line| self.take(line.as_ref()))
            .filter(|want| !gone.contains(&want.id))
            .collect();
        self.heard_to = self.heard_to.max(Some(at));
        (wants, gap)
    }

    /// The last moment that is covered.
    #[must_use]
    pub fn covered_to(&self) -> Option<Time> {
        self.ledger.end()
    }

    /// The connection is lost, or was given up; `why` is what the recorder is doing meanwhile.
    pub fn lost(&mut self, why: During) {
        self.absence = why;
    }

    /// Takes an event, a line as the engine wrote it. It is on its way to the disk after
    /// [`Recorder::flush`].
    pub fn take(&mut self, line: &[u8]) -> Option<Want> {
        let line = line.trim_ascii();
        let identity = identity(line);
        if self.seen.contains(identity) {
            return None;
        }
        let event = Event::read(line)?;
        match self.sift.take(&event, line) {
            Fate::Hold => return None,
            Fate::Skip(held) => {
                for line in held {
                    self.seen.insert(super::event::identity(&line));
                    self.unsaved += 1;
                }
            }
            Fate::Keep(held) => {
                self.keep(held);
                self.events.push(line);
            }
        }
        self.seen.insert(identity);
        self.comparable = true;
        self.unsaved += 1;
        self.heard_to = self.heard_to.max(Some(event.time));
        let kind = match event.action {
            Action::Create => WantKind::Snapshot,
            Action::Start => WantKind::SnapshotAndFirstLines,
            Action::Die => WantKind::LogAndSnapshot,
            // A container may be removed as soon as it has died.
            Action::Kill => WantKind::Log,
            Action::Destroy => {
                self.logs.forget(event.container.as_deref()?);
                return None;
            }
            _ => return None,
        };
        Some(Want {
            id: event.container?.into_owned(),
            name: event.name.map(Into::into).unwrap_or_default(),
            kind,
        })
    }

    /// Whether the record (or what is skipped of it) knows this event.
    fn is_known(&self, line: &[u8]) -> bool {
        let line = line.trim_ascii();
        let identity = identity(line);
        self.seen.contains(identity)
            || self.ledger.heard.contains(&identity)
            || self.sift.holds(line)
    }

    fn keep(&mut self, lines: Vec<Box<[u8]>>) {
        for line in lines {
            if self.seen.insert(identity(&line)) {
                self.events.push(&line);
                self.unsaved += 1;
            }
        }
    }

    /// Time passes; with `listening`, the engine would have told of everything that happened until `at`.
    ///
    /// # Errors
    /// When something cannot be written. It waits in memory then, and is tried again.
    pub fn tick(&mut self, at: Time, listening: bool, now: Time) -> io::Result<()> {
        let overdue = self.sift.overdue(at);
        self.keep(overdue);
        if listening {
            self.heard_to = self.heard_to.max(Some(at));
        }
        if self.events.is_old(now) {
            self.events.rotate();
        }
        if self.inspect.is_old(now) {
            self.inspect.rotate();
        }
        self.flush(now)?;
        if now - self.saved >= SAVE_EVERY || now < self.saved {
            if !self.seen.is_empty() {
                self.ledger.heard.clear();
            }
            self.save(true)?;
            self.events.sync()?;
            self.inspect.sync()?;
            self.saved = now;
        }
        if now - self.limited >= LIMIT_EVERY || now < self.limited {
            self.limited = now;
            self.enforce()?;
        }
        Ok(())
    }

    /// Writes what was taken.
    ///
    /// # Errors
    /// When it cannot be written. It waits in memory then, and is tried again.
    pub fn flush(&mut self, now: Time) -> io::Result<()> {
        if let Some(dealt_with) = self.announce.take()
            && let Err(error) = self.write_ledger(&dealt_with, false)
        {
            self.announce = Some(dealt_with);
            return Err(error);
        }
        self.events.flush(now)?;
        if let Some(to) = self.heard_to.take() {
            self.ledger.extend(to);
        }
        if self.unsaved >= EVENTS_PER_SAVE {
            self.save(false)?;
        }
        if let Err(error) = self.inspect.flush(now) {
            if self.inspect.pending() > MOST_SNAPSHOTS_PENDING {
                self.inspect.drop_pending();
                self.missed(WantKind::Snapshot);
            }
            return Err(error);
        }
        Ok(())
    }

    /// So much waits for the disk that no more can be taken.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.events.pending() > MOST_PENDING
    }

    /// Keeps a snapshot, one JSON object, without the values of environment variables: they are where
    /// passwords are, and no verdict needs them.
    pub fn snapshot(&mut self, json: &[u8]) {
        let snapshot = serde_json::from_slice(json).ok().map(without_values);
        match snapshot.and_then(|snapshot| serde_json::to_vec(&snapshot).ok()) {
            Some(line) => self.inspect.push(&line),
            None => self.missed(WantKind::Snapshot),
        }
    }

    /// From when on a container's log is wanted.
    pub fn log_taken(&mut self, name: &str, id: &str) -> Option<Time> {
        self.logs.taken(name, id)
    }

    /// Keeps the last lines of a container's log, as `docker logs -t` prints them; `cut` when it has
    /// more before them.
    ///
    /// # Errors
    /// When they cannot be written. They are lost then.
    pub fn log(&mut self, name: &str, id: &str, text: &[u8], cut: bool) -> io::Result<()> {
        let name = if name.is_empty() { "container" } else { name };
        self.logs.add(name, id, text, cut)
    }

    /// Something that was wanted could not be had.
    pub fn missed(&mut self, kind: WantKind) {
        let is_log = matches!(kind, WantKind::Log | WantKind::LogAndSnapshot);
        self.ledger.missed.snapshots += u64::from(kind != WantKind::Log);
        self.ledger.missed.logs += u64::from(is_log);
    }

    /// Ends in order: everything is on the disk afterwards.
    ///
    /// # Errors
    /// When something cannot be written.
    pub fn finish(&mut self, now: Time) -> io::Result<()> {
        let left = self.sift.unfinished();
        self.keep(left);
        self.flush(now)?;
        self.save(true)?;
        self.events.sync()?;
        self.inspect.sync()
    }

    /// Writes the ledger while nothing waits for the disk.
    fn save(&mut self, sync: bool) -> io::Result<()> {
        let dealt_with: Vec<u64> = self.seen.newest(identities()).collect();
        self.write_ledger(&dealt_with, sync)?;
        self.unsaved = 0;
        Ok(())
    }

    fn write_ledger(&mut self, dealt_with: &[u64], sync: bool) -> io::Result<()> {
        let Skipped { execs, health } = self.sift.skipped();
        self.ledger.skipped = words::Skipped {
            exec_events: execs,
            health_events: health,
        };
        self.ledger.save(&self.folder, dealt_with, sync)
    }

    fn enforce(&mut self) -> io::Result<()> {
        self.events.compress();
        self.inspect.compress();
        let open: Vec<_> = [&self.events, &self.inspect]
            .into_iter()
            .filter_map(|stream| stream.open_name().cloned())
            .collect();
        let gone = limit::enforce(&self.folder, self.options.limit, &open, SystemTime::now())?;
        if let Some(before) = gone {
            self.ledger.forget(before);
            self.save(false)?;
        }
        Ok(())
    }
}

/// Without a ledger, each segment of events is one window, and what is between two is not known.
fn rebuilt(folder: &Path) -> io::Result<Ledger> {
    let mut ledger = Ledger::default();
    for name in segment::list(folder, Kind::Events)? {
        let mut window: Option<Span> = None;
        stream::for_each(folder, &name, |line| {
            if let Some(Event { time, .. }) = Event::read(line) {
                window = Some(window.map_or(
                    Span {
                        from: time,
                        to: time,
                    },
                    |span| Span {
                        from: span.from.min(time),
                        to: span.to.max(time),
                    },
                ));
            }
        });
        let Some(window) = window else { continue };
        match ledger.end() {
            None => ledger.covered.push(window),
            // A compressed copy of the segment before, or a command that took long.
            Some(end) if window.from <= end => ledger.extend(window.to),
            Some(end) => {
                ledger.begin(Gap {
                    from: end,
                    to: window.from,
                    why: Why::Unknown,
                    during: During::Stopped,
                    away: None,
                });
                ledger.extend(window.to);
            }
        }
    }
    Ok(ledger)
}

/// `NAME=value` of the environment becomes `NAME`.
fn without_values(mut snapshot: Value) -> Value {
    let variables = snapshot
        .pointer_mut("/Config/Env")
        .and_then(Value::as_array_mut);
    for variable in variables.into_iter().flatten() {
        if let Value::String(text) = variable
            && let Some(end) = text.find('=')
        {
            text.truncate(end);
        }
    }
    snapshot
}

/// Makes the folder; what holds environments and logs is not for everybody.
fn make(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt as _;
        builder.mode(0o700);
    }
    builder.create(folder)
}

#[cfg(test)]
mod tests;
