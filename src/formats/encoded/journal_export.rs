//! `journalctl -o export`: `KEY=text` lines, binary values with their length, an empty line after each
//! entry. Source: systemd `docs/JOURNAL_EXPORT_FORMATS.md`.

use super::{MAX_FRAME, Problems, Transcoder};
use std::collections::BTreeSet;
use std::io::Write as _;

/// The longest value that the journal takes (systemd `DATA_SIZE_MAX`); a longer one is no length.
const LONGEST_VALUE: u64 = 768 * 1024 * 1024;

/// The longest name of a field that the journal takes.
const LONGEST_KEY: usize = 64;

/// Decodes entries to the JSON lines that `-o json` prints.
#[derive(Default)]
pub(super) struct JournalExport {
    state: State,
    /// The line, length or value so far.
    pending: Vec<u8>,
    /// The current entry, as JSON without its closing brace.
    entry: Vec<u8>,
    /// The keys that it has.
    keys: BTreeSet<Vec<u8>>,
    /// Bytes taken so far.
    at: u64,
    /// Where the current field begins.
    field_at: u64,
    problems: Problems,
}

#[derive(Default)]
enum State {
    /// In a line.
    #[default]
    Line,
    /// In a line that is too long to keep.
    LongLine,
    /// In the eight bytes of a binary value's length.
    Length(Vec<u8>),
    /// In a binary value; this many bytes of it are still to come.
    Value(Vec<u8>, u64),
    /// In a binary value that is too long to keep; this many bytes of it are still to come.
    LongValue(u64),
}

impl Transcoder for JournalExport {
    fn push(&mut self, mut bytes: &[u8], out: &mut Vec<u8>) {
        while !bytes.is_empty() {
            let before = bytes.len();
            if matches!(self.state, State::Line) && self.pending.is_empty() {
                self.field_at = self.at;
            }
            bytes = match std::mem::take(&mut self.state) {
                State::Line => self.line(bytes, out),
                State::LongLine => self.long_line(bytes),
                State::Length(key) => self.length(key, bytes),
                State::Value(key, left) => self.value(key, left, bytes),
                State::LongValue(left) => self.long_value(left, bytes),
            };
            self.at += (before - bytes.len()) as u64;
        }
    }

    fn finish(&mut self, out: &mut Vec<u8>) {
        match std::mem::take(&mut self.state) {
            State::Line => {
                let line = std::mem::take(&mut self.pending);
                self.field(&line);
            }
            State::LongLine => {}
            State::Length(_) | State::Value(..) | State::LongValue(_) => {
                self.problems
                    .note("the last field is cut off", self.field_at);
            }
        }
        self.state = State::Line;
        self.end_entry(out);
    }

    fn problems(&self) -> &Problems {
        &self.problems
    }
}

impl JournalExport {
    fn line<'a>(&mut self, bytes: &'a [u8], out: &mut Vec<u8>) -> &'a [u8] {
        let Some((piece, rest)) =
            memchr::memchr(b'\n', bytes).and_then(|end| bytes.split_at_checked(end))
        else {
            self.pending.extend_from_slice(bytes);
            if self.pending.len() > MAX_FRAME {
                self.problems
                    .note("a field of more than 1 MiB was left out", self.field_at);
                self.pending.clear();
                self.state = State::LongLine;
            }
            return &[];
        };
        self.pending.extend_from_slice(piece);
        let line = std::mem::take(&mut self.pending);
        if line.is_empty() {
            self.end_entry(out);
        } else if line.len() > MAX_FRAME {
            self.problems
                .note("a field of more than 1 MiB was left out", self.field_at);
        } else if is_key(&line) {
            self.state = State::Length(line);
        } else {
            self.field(&line);
        }
        rest.get(1..).unwrap_or_default()
    }

    fn long_line<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        if let Some(end) = memchr::memchr(b'\n', bytes) {
            return bytes.get(end + 1..).unwrap_or_default();
        }
        self.state = State::LongLine;
        &[]
    }

    fn length<'a>(&mut self, key: Vec<u8>, bytes: &'a [u8]) -> &'a [u8] {
        let missing = 8usize.saturating_sub(self.pending.len());
        let (piece, rest) = bytes.split_at(missing.min(bytes.len()));
        self.pending.extend_from_slice(piece);
        let Ok(length) = <[u8; 8]>::try_from(&*self.pending) else {
            self.state = State::Length(key);
            return rest;
        };
        self.pending.clear();
        // With the line end that follows the value.
        match u64::from_le_bytes(length) {
            length if length <= MAX_FRAME as u64 => self.state = State::Value(key, length + 1),
            length if length <= LONGEST_VALUE => {
                self.problems
                    .note("a field of more than 1 MiB was left out", self.field_at);
                self.state = State::LongValue(length + 1);
            }
            _ => self.problems.note("an impossible length", self.field_at),
        }
        rest
    }

    fn value<'a>(&mut self, key: Vec<u8>, left: u64, bytes: &'a [u8]) -> &'a [u8] {
        let (piece, rest) = bytes.split_at(at_most(left, bytes));
        self.pending.extend_from_slice(piece);
        let left = left - piece.len() as u64;
        if left > 0 {
            self.state = State::Value(key, left);
            return rest;
        }
        let value = std::mem::take(&mut self.pending);
        match value.strip_suffix(b"\n") {
            Some(value) => self.add(&key, value),
            None => self
                .problems
                .note("no line end after a binary value", self.field_at),
        }
        rest
    }

    fn long_value<'a>(&mut self, left: u64, bytes: &'a [u8]) -> &'a [u8] {
        let (piece, rest) = bytes.split_at(at_most(left, bytes));
        let left = left - piece.len() as u64;
        if left > 0 {
            self.state = State::LongValue(left);
        }
        rest
    }

    /// Takes a `KEY=text` line.
    fn field(&mut self, line: &[u8]) {
        if line.is_empty() {
            return;
        }
        let equals = memchr::memchr(b'=', line).unwrap_or(line.len());
        match line.split_at(equals) {
            (key, [b'=', value @ ..]) if is_key(key) => self.add(key, value),
            _ => self
                .problems
                .note("a line that is no field of a journal", self.field_at),
        }
    }

    /// Adds a field to the entry. Of several with one name the first is kept, so that readers of the
    /// JSON need not care.
    fn add(&mut self, key: &[u8], value: &[u8]) {
        if self.entry.len() > MAX_FRAME {
            self.problems
                .note("an entry of more than 1 MiB was cut", self.field_at);
            return;
        }
        if !self.keys.insert(key.to_vec()) {
            return;
        }
        self.entry
            .push(if self.entry.is_empty() { b'{' } else { b',' });
        self.entry.push(b'"');
        self.entry.extend_from_slice(key);
        self.entry.extend_from_slice(b"\":");
        // Writing to memory cannot fail.
        if let Ok(text) = std::str::from_utf8(value) {
            let _ = serde_json::to_writer(&mut self.entry, text);
        } else {
            let mut separator = '[';
            for byte in value {
                let _ = write!(self.entry, "{separator}{byte}");
                separator = ',';
            }
            self.entry.push(b']');
        }
    }

    fn end_entry(&mut self, out: &mut Vec<u8>) {
        self.keys.clear();
        if !self.entry.is_empty() {
            out.append(&mut self.entry);
            out.extend_from_slice(b"}\n");
        }
    }
}

/// Whether the head has the fields that every entry of an export has, each at a line's beginning.
pub(super) fn claims(head: &[u8]) -> bool {
    let has = |field: &str| {
        memchr::memmem::find_iter(head, field).any(|at| {
            at.checked_sub(1)
                .is_none_or(|end| head.get(end) == Some(&b'\n'))
        })
    };
    has("__REALTIME_TIMESTAMP=") && (has("__CURSOR=") || has("_BOOT_ID="))
}

fn is_key(text: &[u8]) -> bool {
    (1..=LONGEST_KEY).contains(&text.len())
        && text
            .iter()
            .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || *b == b'_')
}

fn at_most(left: u64, bytes: &[u8]) -> usize {
    usize::try_from(left).unwrap_or(usize::MAX).min(bytes.len())
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::{Encoding, decoded};
    use super::*;

    pub(in super::super) fn sample() -> Vec<u8> {
        let binary = |key: &str, value: &[u8]| {
            [
                key.as_bytes(),
                b"\n",
                &(value.len() as u64).to_le_bytes(),
                value,
                b"\n",
            ]
            .concat()
        };
        [
            &b"__CURSOR=s=1;i=2\n__REALTIME_TIMESTAMP=1763631674012446\n_BOOT_ID=ab\nPRIORITY=6\n"
                [..],
            b"CONTAINER_NAME=web\nMESSAGE=Started \"server\" = [1]\nMESSAGE=again\n\n",
            b"__CURSOR=s=1;i=3\n__REALTIME_TIMESTAMP=1763631674012447\nCONTAINER_NAME=web\n",
            &binary("MESSAGE", b"two\nlines \x1b[32m"),
            b"\n__CURSOR=s=1;i=4\n",
            &binary("MESSAGE", b"\xe9\x01"),
            b"CONTAINER_NAME=web\n__REALTIME_TIMESTAMP=1763631674012448\n",
        ]
        .concat()
    }

    #[test]
    fn entries_become_json_lines() {
        let (lines, problems) = decoded(Encoding::JournalExport, &sample());
        assert_eq!(problems, Problems::default());
        let expected = [
            r#"{"__CURSOR":"s=1;i=2","__REALTIME_TIMESTAMP":"1763631674012446","_BOOT_ID":"ab","PRIORITY":"6","CONTAINER_NAME":"web","MESSAGE":"Started \\"server\\" = [1]"}"#,
            r#"{"__CURSOR":"s=1;i=3","__REALTIME_TIMESTAMP":"1763631674012447","CONTAINER_NAME":"web","MESSAGE":"two\\nlines \\u001b[32m"}"#,
            r#"{"__CURSOR":"s=1;i=4","MESSAGE":[233,1],"CONTAINER_NAME":"web","__REALTIME_TIMESTAMP":"1763631674012448"}"#,
        ];
        assert_eq!(
            lines.replace("\\\n", "\\\\n").lines().collect::<Vec<_>>(),
            expected
        );
    }

    #[test]
    fn what_is_no_field_is_passed_over() {
        let bytes = b"garbage in here\nMESSAGE=x\n\n";
        let (lines, problems) = decoded(Encoding::JournalExport, bytes);
        assert_eq!(lines, "{\"MESSAGE\":\"x\"}\n");
        assert_eq!(
            problems.first.map(|(what, _)| what),
            Some("a line that is no field of a journal")
        );
    }

    #[test]
    fn long_values_are_left_out() {
        let size = MAX_FRAME + 1;
        let value = "x".repeat(size);
        let mut bytes = format!("COREDUMP={value}\nBINARY\n").into_bytes();
        bytes.extend((size as u64).to_le_bytes());
        bytes.extend(format!("{value}\nMESSAGE=kept\n\n").into_bytes());
        let mut transcoder = Encoding::JournalExport.transcoder();
        let mut out = Vec::new();
        for piece in bytes.chunks(65_536) {
            transcoder.push(piece, &mut out);
        }
        transcoder.finish(&mut out);
        assert_eq!(out, b"{\"MESSAGE\":\"kept\"}\n");
        assert_eq!(transcoder.problems().count, 2);
    }
}
