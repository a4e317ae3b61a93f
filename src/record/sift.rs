//! Tells noise from history: most of what an engine emits are probes that went well.

use super::event::{Action, Event};
use crate::model::Time;
use chrono::TimeDelta;
use std::collections::{HashSet, VecDeque};

/// A command that takes longer is no probe whose good end may be waited for.
const LONGEST_PROBE: TimeDelta = TimeDelta::seconds(60);
/// Most commands that are waited for at once; beyond, the oldest are kept as history.
const MOST_HELD: usize = 2048;
/// Most commands and containers of which something is remembered.
const MOST_KNOWN: usize = 4096;

/// What becomes of an event.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// It is history, and so are these lines that were held until now, in their order.
    Keep(Vec<Box<[u8]>>),
    /// It is held until it is known how the command ends.
    Hold,
    /// It is noise, and so are these that were held.
    Skip(Vec<Box<[u8]>>),
}

/// The events of one `exec`, until it is known how it ends.
#[derive(Debug)]
struct Held {
    id: String,
    since: Time,
    lines: Vec<Box<[u8]>>,
}

/// Tells noise from history.
#[derive(Debug)]
pub(super) struct Sift {
    /// Nothing is noise.
    all: bool,
    /// Oldest first.
    held: VecDeque<Held>,
    /// Commands whose beginning was kept, so that their end is kept, too.
    kept: HashSet<String>,
    /// The containers whose last known health is good.
    healthy: HashSet<String>,
    /// How much was left out.
    skipped: Skipped,
}

/// How many events were left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Skipped {
    /// Of commands in containers that ended well.
    pub(super) execs: u64,
    /// `health_status: healthy` of containers that were healthy before.
    pub(super) health: u64,
}

impl Sift {
    /// With `all`, nothing is noise.
    pub(super) fn new(all: bool, skipped: Skipped) -> Self {
        Self {
            all,
            held: VecDeque::new(),
            kept: HashSet::new(),
            healthy: HashSet::new(),
            skipped,
        }
    }

    pub(super) fn skipped(&self) -> Skipped {
        self.skipped
    }

    /// Says what becomes of an event, `line` of the stream.
    pub(super) fn take(&mut self, event: &Event<'_>, line: &[u8]) -> Fate {
        if self.all {
            return Fate::Keep(Vec::new());
        }
        match &event.action {
            Action::Exec { id } if !self.kept.contains(&**id) => self.hold(id, event.time, line),
            Action::ExecDie { id, ok } => {
                let held = self.release(id);
                if *ok && !self.kept.remove(&**id) {
                    self.skipped.execs += 1 + held.len() as u64;
                    Fate::Skip(held)
                } else {
                    Fate::Keep(held)
                }
            }
            Action::Health { healthy } => self.health(event, *healthy),
            Action::Destroy => {
                if let Some(id) = &event.container {
                    self.healthy.remove(&**id);
                }
                Fate::Keep(Vec::new())
            }
            _ => Fate::Keep(Vec::new()),
        }
    }

    /// Whether `line` waits for the end of its command.
    pub(super) fn holds(&self, line: &[u8]) -> bool {
        self.held
            .iter()
            .any(|held| held.lines.iter().any(|known| **known == *line))
    }

    /// The lines of commands that have run for so long at `now` that they are history.
    pub(super) fn overdue(&mut self, now: Time) -> Vec<Box<[u8]>> {
        let due = self
            .held
            .iter()
            .take_while(|held| now - held.since > LONGEST_PROBE)
            .count();
        let excess = self.held.len().saturating_sub(MOST_HELD);
        self.give_up(due.max(excess))
    }

    /// The lines of all commands that did not end yet.
    pub(super) fn unfinished(&mut self) -> Vec<Box<[u8]>> {
        self.give_up(self.held.len())
    }

    fn give_up(&mut self, count: usize) -> Vec<Box<[u8]>> {
        if self.kept.len() > MOST_KNOWN {
            self.kept.clear();
        }
        let mut lines = Vec::new();
        for held in self.held.drain(..count) {
            lines.extend(held.lines);
            self.kept.insert(held.id);
        }
        lines
    }

    fn hold(&mut self, id: &str, since: Time, line: &[u8]) -> Fate {
        match self.held.iter_mut().rev().find(|held| held.id == id) {
            // The engine may tell of it again.
            Some(held) if held.lines.iter().any(|known| **known == *line) => {}
            Some(held) => held.lines.push(line.into()),
            None => self.held.push_back(Held {
                id: id.to_owned(),
                since,
                lines: vec![line.into()],
            }),
        }
        Fate::Hold
    }

    fn release(&mut self, id: &str) -> Vec<Box<[u8]>> {
        self.held
            .iter()
            .position(|held| held.id == id)
            .and_then(|at| self.held.remove(at))
            .map_or_else(Vec::new, |held| held.lines)
    }

    fn health(&mut self, event: &Event<'_>, healthy: bool) -> Fate {
        let Some(id) = &event.container else {
            return Fate::Keep(Vec::new());
        };
        if !healthy {
            self.healthy.remove(&**id);
        } else if self.healthy.len() < MOST_KNOWN && !self.healthy.insert(id.to_string()) {
            self.skipped.health += 1;
            return Fate::Skip(Vec::new());
        }
        Fate::Keep(Vec::new())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Time {
        Time::from_timestamp(second, 0).unwrap()
    }

    fn event(action: Action<'static>, second: i64) -> Event<'static> {
        Event {
            time: at(second),
            action,
            container: Some("c".into()),
            name: None,
        }
    }

    fn exec(second: i64) -> Event<'static> {
        event(Action::Exec { id: "e".into() }, second)
    }

    fn end(ok: bool, second: i64) -> Event<'static> {
        event(Action::ExecDie { id: "e".into(), ok }, second)
    }

    fn lines(lines: &[&[u8]]) -> Vec<Box<[u8]>> {
        lines.iter().map(|line| (*line).into()).collect()
    }

    #[test]
    fn a_probe_that_went_well_is_counted_and_one_that_failed_is_kept_whole() {
        let mut sift = Sift::new(false, Skipped::default());
        assert_eq!(sift.take(&exec(1), b"create"), Fate::Hold);
        assert_eq!(sift.take(&exec(1), b"start"), Fate::Hold);
        assert!(sift.holds(b"create") && !sift.holds(b"die"));
        let both = lines(&[b"create", b"start"]);
        assert_eq!(sift.take(&end(true, 2), b"die"), Fate::Skip(both.clone()));
        assert_eq!(sift.skipped().execs, 3);
        sift.take(&exec(3), b"create");
        sift.take(&exec(3), b"start");
        assert_eq!(sift.take(&end(false, 4), b"die"), Fate::Keep(both));
        assert_eq!(sift.skipped().execs, 3);
    }

    #[test]
    fn a_command_without_an_end_is_history() {
        let mut sift = Sift::new(false, Skipped::default());
        sift.take(&exec(1), b"create");
        assert_eq!(sift.overdue(at(61)), lines(&[]));
        assert_eq!(sift.overdue(at(62)), lines(&[b"create"]));
        // And so is the rest of it, however it ends.
        assert_eq!(sift.take(&exec(70), b"start"), Fate::Keep(Vec::new()));
        assert_eq!(sift.take(&end(true, 71), b"die"), Fate::Keep(Vec::new()));
        assert_eq!(sift.skipped(), Skipped::default());
    }

    #[test]
    fn only_a_change_of_health_is_history() {
        let mut sift = Sift::new(false, Skipped::default());
        let mut kept = |healthy| {
            matches!(
                sift.take(&event(Action::Health { healthy }, 1), b"h"),
                Fate::Keep(_)
            )
        };
        assert!(kept(true));
        assert!(!kept(true));
        assert!(kept(false));
        assert!(kept(false), "each failure counts");
        assert!(kept(true));
    }

    #[test]
    fn with_all_nothing_is_noise() {
        let mut sift = Sift::new(true, Skipped::default());
        assert_eq!(sift.take(&exec(1), b"create"), Fate::Keep(Vec::new()));
        assert_eq!(sift.take(&end(true, 1), b"die"), Fate::Keep(Vec::new()));
    }
}
