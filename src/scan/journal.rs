//! Entries of a journal that no container wrote.

use super::Relative;
use super::block::Block;
use crate::formats::{LogFormat, host};
use crate::model::Cited;

impl Block<'_> {
    /// Reads what the engine and the host wrote into the journal that containers log to.
    pub(super) fn read_journal(&mut self) {
        if self.scanner.format != LogFormat::Journald {
            return;
        }
        let (mut begin, mut line) = (self.own.start, 0);
        while begin < self.own.end {
            let (_, end) = self.line_around(begin);
            let raw = &self.bytes[begin..end];
            if memchr::memmem::find(raw, b"\"CONTAINER_").is_some() {
                self.out.container_lines += 1;
            } else if let Some(record) = host::parse_exported(raw) {
                let citation = self.citation(begin, end, record.time);
                self.out.journal.push(Relative {
                    line,
                    value: Cited {
                        value: record,
                        citation,
                    },
                });
            }
            line += 1;
            begin = end + 1;
        }
    }
}
