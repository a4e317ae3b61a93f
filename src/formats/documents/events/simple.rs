//! Lines as the engine itself writes them: one event each, in one form. Nearly every line of a long
//! history is one, and they are read without looking for anything else.

use super::quick;
use super::reader::Reader;
use crate::formats::documents::lines::cite;
use crate::model::event::Command;
use crate::model::{Cited, Event, EventKind};
use std::ops::Range;

/// An announcement of a command that may end in a line below.
pub(super) struct Waiting {
    /// How many records stand before it.
    before: usize,
    /// Where its line begins.
    at: usize,
    /// The line.
    index: usize,
}

impl Reader<'_> {
    /// Reads lines as the engine writes them, from `at`, where line `index` begins, up to the first that
    /// differs. Returns where that one begins, and its index.
    pub(super) fn simple(&mut self, mut at: usize, mut index: usize) -> (usize, usize) {
        let bytes = self.bytes;
        let mut attributes = Vec::new();
        while let Some(end) = line_end(bytes, at) {
            let Some(line) = quick::read(&bytes[at..end], &mut attributes) else {
                break;
            };
            let Some(words) = line.words(&attributes) else {
                break;
            };
            if let Some((id, created, command)) = words.announcement() {
                let waiting = Waiting {
                    before: self.records.len(),
                    at,
                    index,
                };
                self.commands.announce(id, created, waiting, || Command {
                    line: self.texts.text(command),
                    announced: words.time,
                    created,
                });
            } else {
                let event = words.event(&mut self.texts);
                self.push_simple(event, at..end, index);
            }
            at = (end + 1).min(bytes.len());
            index += usize::from(end < bytes.len());
        }
        self.keep_waiting();
        (at, index)
    }

    /// Takes in the event of a whole line.
    fn push_simple(&mut self, mut event: Event, range: Range<usize>, index: usize) {
        if let EventKind::ExecDie {
            exec_id: Some(id),
            command,
            ..
        } = &mut event.kind
        {
            self.commands.end(*id, command, |_| {});
        }
        let place = range.start as u64;
        let line = &self.bytes[range];
        let line = if event.kind.announces_command() {
            &[]
        } else {
            line.strip_suffix(b"\r").unwrap_or(line)
        };
        let citation = cite(self.input, index as u64 + 1, place, Some(event.time), line);
        self.records.push(Cited {
            value: event,
            citation,
        });
    }

    /// Keeps the announcements of commands that did not end here as events: their ends may stand
    /// elsewhere.
    fn keep_waiting(&mut self) {
        let mut waiting = self.commands.rest();
        waiting.sort_unstable_by_key(|waiting| waiting.at);
        let Some(mut from) = waiting.first().map(|first| first.before) else {
            return;
        };
        let mut after = self.records.split_off(from).into_iter();
        let mut attributes = Vec::new();
        for Waiting { before, at, index } in waiting {
            self.records.extend(after.by_ref().take(before - from));
            from = before;
            // Reading them again costs little: hardly any are left.
            if let Some(end) = line_end(self.bytes, at)
                && let Some(line) = quick::read(&self.bytes[at..end], &mut attributes)
                && let Some(words) = line.words(&attributes)
            {
                let event = words.event(&mut self.texts);
                self.push_simple(event, at..end, index);
            }
        }
        self.records.extend(after);
    }
}

/// Where the line that begins at `at` ends, when it begins as an object does.
fn line_end(bytes: &[u8], at: usize) -> Option<usize> {
    let line = bytes.get(at..).filter(|line| line.first() == Some(&b'{'))?;
    Some(memchr::memchr(b'\n', line).map_or(bytes.len(), |end| at + end))
}
