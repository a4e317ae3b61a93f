//! Brings what was taken to the disk, and keeps the record within its limits.

use super::{Recorder, WantKind};
use crate::model::Time;
use crate::model::ledger as words;
use crate::record::ledger::identities;
use crate::record::limit;
use crate::record::sift::Skipped;
use chrono::TimeDelta;
use std::io;
use std::time::SystemTime;

/// How many bytes of snapshots may wait in memory while the disk takes none.
const MOST_SNAPSHOTS_PENDING: usize = 1 << 20;
/// The ledger is written after this many events, so that the engine still knows some of the events that
/// the ledger knows.
const EVENTS_PER_SAVE: u32 = 100;
/// It is also written when it is this old; then everything is made to outlast a loss of power, too.
pub(super) const SAVE_EVERY: TimeDelta = TimeDelta::seconds(10);
/// How often the limits are looked at.
pub(super) const LIMIT_EVERY: TimeDelta = TimeDelta::seconds(60);

impl Recorder {
    /// Does what is due. With `listening`, the engine would have told of everything until `at`.
    ///
    /// # Errors
    /// When something cannot be written. It then waits in memory and is tried again.
    pub(crate) fn tick(&mut self, at: Time, listening: bool, now: Time) -> io::Result<()> {
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
    /// When it cannot be written. It then waits in memory and is tried again.
    pub(crate) fn flush(&mut self, now: Time) -> io::Result<()> {
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

    /// Ends in order: everything is on the disk afterwards.
    ///
    /// # Errors
    /// When something cannot be written.
    pub(crate) fn finish(&mut self, now: Time) -> io::Result<()> {
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
