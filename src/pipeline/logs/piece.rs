//! What the scan of one block gave.

use crate::ingest::Block;
use crate::model::Warning;
use crate::scan::{Scanned, Scanner};

/// What one block gave.
pub(super) struct Piece {
    pub(super) scanned: Scanned,
    pub(super) bytes: u64,
    pub(super) cut: bool,
    /// Its last line has no line end.
    pub(super) unended: bool,
}

/// What one task gave. A piece that was read before an error still counts.
pub(super) struct Done {
    pub(super) piece: Option<Piece>,
    pub(super) error: Option<Warning>,
}

impl Piece {
    /// Scans a block, but not the end of its log.
    pub(super) fn scan(block: &Block<'_>, scanner: &Scanner<'_>) -> Self {
        Self {
            scanned: scanner.scan(block.bytes, block.own.clone(), block.offset),
            bytes: block.own.len() as u64,
            cut: block.cut,
            unended: is_unended(block),
        }
    }

    /// Adds what the last lines of the log say; `block` is the log's last one.
    pub(super) fn scan_end(&mut self, block: &Block<'_>, scanner: &Scanner<'_>) {
        let tail = scanner.end_of_log(block.bytes, block.own.clone(), block.offset);
        adopt_tail(&mut self.scanned, tail);
    }
}

fn is_unended(block: &Block<'_>) -> bool {
    let own = &block.bytes[block.own.clone()];
    !block.cut && own.last().is_some_and(|last| *last != b'\n')
}

/// Adds the log's last lines to what its last block gave.
pub(super) fn adopt_tail(scanned: &mut Scanned, tail: Scanned) {
    scanned.goes_on = tail.goes_on;
    let base = u32::try_from(scanned.origins.len()).unwrap_or(u32::MAX);
    scanned.origins.extend(tail.origins);
    scanned
        .last_lines
        .extend(tail.last_lines.into_iter().map(|mut line| {
            line.value.origin += base;
            line
        }));
}
