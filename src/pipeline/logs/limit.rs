//! How many startup lines the logs may keep together.

use crate::model::limits::MOST_STARTUP_LINES;
use std::sync::atomic::{AtomicU64, Ordering};

/// How many startup lines all logs hold, and how many they may. When there are more than
/// [`MOST_STARTUP_LINES`], each log keeps only its share of half of them: its last ones, as if the log
/// had been rotated.
pub(super) struct Limit {
    held: AtomicU64,
    found: AtomicU64,
    pub(super) most: u64,
    pub(super) share: usize,
}

impl Limit {
    /// The limit, divided among `logs` logs.
    pub(super) fn among(logs: usize) -> Self {
        Self::new(MOST_STARTUP_LINES, share_of(logs))
    }

    pub(super) fn new(most: u64, share: usize) -> Self {
        Self {
            held: AtomicU64::new(0),
            found: AtomicU64::new(0),
            most,
            share,
        }
    }

    /// Divides the limit among another number of logs.
    pub(super) fn divide(&mut self, logs: usize) {
        self.share = share_of(logs);
    }

    /// Counts `lines` more startup lines of a log that now holds `of_log`. Gives whether this log must
    /// drop lines: all logs together hold too many, and this one holds far more than its share.
    pub(super) fn is_exceeded_by(&self, lines: u64, of_log: usize) -> bool {
        self.found.fetch_add(lines, Ordering::Relaxed);
        let held = self.held.fetch_add(lines, Ordering::Relaxed) + lines;
        held > self.most && of_log > 2 * self.share
    }

    /// Counts lines that a log dropped.
    pub(super) fn drop_held(&self, lines: u64) {
        self.held.fetch_sub(lines, Ordering::Relaxed);
    }

    /// Forgets a log that held `held` startup lines of the `found` in it.
    pub(super) fn forget(&self, held: u64, found: u64) {
        self.drop_held(held);
        self.found.fetch_sub(found, Ordering::Relaxed);
    }

    /// Whether more startup lines were found than all logs may keep.
    pub(super) fn too_many_found(&self) -> bool {
        self.found.load(Ordering::Relaxed) > self.most
    }

    /// Startup lines that all logs hold now.
    #[cfg(test)]
    pub(super) fn held(&self) -> u64 {
        self.held.load(Ordering::Relaxed)
    }
}

fn share_of(logs: usize) -> usize {
    usize::try_from(MOST_STARTUP_LINES).unwrap_or(usize::MAX) / 2 / logs.max(1)
}
