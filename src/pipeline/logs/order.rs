//! Puts the chunks of a file back into their order.

use super::assembly::Assembly;
use super::limit::Limit;
use super::piece::Done;
use std::collections::BTreeMap;

/// One log. Its chunks arrive in any order, and each is added as soon as all those before it were.
pub(super) struct InOrder {
    pub(super) assembly: Assembly,
    next: u64,
    waiting: BTreeMap<u64, Done>,
}

impl InOrder {
    pub(super) fn new(assembly: Assembly) -> Self {
        Self {
            assembly,
            next: 0,
            waiting: BTreeMap::new(),
        }
    }

    pub(super) fn take(&mut self, chunk: u64, done: Done, limit: &Limit) {
        self.waiting.insert(chunk, done);
        while let Some(done) = self.waiting.remove(&self.next) {
            self.assembly.take(done, limit);
            self.next += 1;
        }
    }
}
