//! The last events that were dealt with, so that none is dealt with twice.

use std::collections::{HashSet, VecDeque};

/// Docker repeats its last 256 events; more are kept here for engines that keep more.
const MOST: usize = 1024;

/// Identities of events, the newest [`MOST`].
#[derive(Clone, Debug, Default)]
pub(super) struct RecentEvents {
    order: VecDeque<u64>,
    known: HashSet<u64>,
}

impl RecentEvents {
    /// Adds one; `false` when it was there already.
    pub(super) fn insert(&mut self, identity: u64) -> bool {
        if !self.known.insert(identity) {
            return false;
        }
        self.order.push_back(identity);
        if self.order.len() > MOST
            && let Some(oldest) = self.order.pop_front()
        {
            self.known.remove(&oldest);
        }
        true
    }

    pub(super) fn contains(&self, identity: u64) -> bool {
        self.known.contains(&identity)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    pub(super) fn clear(&mut self) {
        self.order.clear();
        self.known.clear();
    }

    /// The newest `most`, oldest first.
    pub(super) fn newest(&self, most: usize) -> impl Iterator<Item = u64> {
        let skipped = self.order.len().saturating_sub(most);
        self.order.iter().skip(skipped).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_make_room() {
        let mut seen = RecentEvents::default();
        for n in 0..=MOST as u64 {
            assert!(seen.insert(n));
        }
        assert!(!seen.insert(MOST as u64), "twice");
        assert!(!seen.contains(0) && seen.contains(1));
        assert_eq!(
            seen.newest(2).collect::<Vec<_>>(),
            [MOST as u64 - 1, MOST as u64]
        );
    }
}
