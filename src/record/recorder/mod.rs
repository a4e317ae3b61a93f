//! The recorder: takes what the engine says, keeps what is history, and knows what it does not know.
//!
//! [`open`] takes over a folder, this file decides what to keep and what to ask for, and [`save`] brings
//! it to the disk.

mod open;
mod options;
mod save;
#[cfg(test)]
mod tests;

pub(crate) use open::OpenError;
pub(crate) use options::{Options, RecordedEngine, Want, WantKind};

use super::event::{Action, Event, identity};
use super::ledger::{Ledger, identities};
use super::lock::Lock;
use super::logs::Logs;
use super::recent::RecentEvents;
use super::sift::{Fate, Sift};
use super::stream::Stream;
use crate::model::Time;
use crate::model::ledger::{During, Gap, Span, Why};
use serde_json::Value;
use std::collections::HashSet;
use std::io;
use std::path::PathBuf;

/// How many events Docker keeps (moby `daemon/events`: `eventsLimit`).
pub(crate) const CAPACITY: usize = 256;
/// How many bytes of events may wait in memory while the disk takes none.
const MOST_PENDING: usize = 4 << 20;

/// A record that is being written.
#[derive(Debug)]
pub(crate) struct Recorder {
    folder: PathBuf,
    options: Options,
    _lock: Lock,
    events: Stream,
    inspect: Stream,
    logs: Logs,
    ledger: Ledger,
    seen: RecentEvents,
    sift: Sift,
    /// A window or an engine begins that the ledger on the disk does not know. It has to know it before
    /// any event of it is written. The identities are those of the events dealt with until then.
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
    /// A connection was made, and these are the events that the engine still has, in its order; `at` is
    /// the engine's clock. Finds out whether they go on where the record ends, and gives back what to ask
    /// for, and the gap if there is one. `away` is how long the engine did not answer, if it was asked
    /// all the time.
    pub(crate) fn connected(
        &mut self,
        engine: RecordedEngine,
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
    pub(crate) fn covered_to(&self) -> Option<Time> {
        self.ledger.end()
    }

    /// The connection is lost, or was given up; `why` is what the recorder is doing meanwhile.
    pub(crate) fn lost(&mut self, why: During) {
        self.absence = why;
    }

    /// Takes an event, a line as the engine wrote it. It is on its way to the disk after
    /// [`Recorder::flush`].
    pub(crate) fn take(&mut self, line: &[u8]) -> Option<Want> {
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

    /// So much waits for the disk that no more can be taken.
    #[must_use]
    pub(crate) fn is_full(&self) -> bool {
        self.events.pending() > MOST_PENDING
    }

    /// Keeps a snapshot, one JSON object, without the values of environment variables: they are where
    /// passwords are, and no verdict needs them.
    pub(crate) fn snapshot(&mut self, json: &[u8]) {
        let snapshot = serde_json::from_slice(json).ok().map(without_values);
        match snapshot.and_then(|snapshot| serde_json::to_vec(&snapshot).ok()) {
            Some(line) => self.inspect.push(&line),
            None => self.missed(WantKind::Snapshot),
        }
    }

    /// From when on a container's log is wanted.
    pub(crate) fn log_taken(&mut self, name: &str, id: &str) -> Option<Time> {
        self.logs.taken(name, id)
    }

    /// Keeps the last lines of a container's log, as `docker logs -t` prints them; `cut` when it has
    /// more before them.
    ///
    /// # Errors
    /// When they cannot be written. They are lost then.
    pub(crate) fn log(&mut self, name: &str, id: &str, text: &[u8], cut: bool) -> io::Result<()> {
        let name = if name.is_empty() { "container" } else { name };
        self.logs.add(name, id, text, cut)
    }

    /// Something that was wanted could not be had.
    pub(crate) fn missed(&mut self, kind: WantKind) {
        let is_log = matches!(kind, WantKind::Log | WantKind::LogAndSnapshot);
        self.ledger.missed.snapshots += u64::from(kind != WantKind::Log);
        self.ledger.missed.logs += u64::from(is_log);
    }
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
