//! Cuts a stream into lines and takes their secrets out.

use crate::model::limits::LONGEST_REDACTED_LINE;
use crate::redact::{Redactor, Stream};
use std::io::{self, Write};

/// Writes lines without their secrets; those that are not looked at pass unchanged.
pub(super) struct LineWriter<'a, W: Write> {
    stream: Option<Stream<'a>>,
    out: &'a mut W,
    begun: Vec<u8>,
    redacted: Vec<u8>,
}

impl<'a, W: Write> LineWriter<'a, W> {
    pub(super) fn new(redactor: Option<&'a Redactor>, out: &'a mut W) -> Self {
        Self {
            stream: redactor.map(Stream::new),
            out,
            begun: Vec::new(),
            redacted: Vec::new(),
        }
    }

    /// Takes the next bytes.
    pub(super) fn push(&mut self, text: &[u8]) -> io::Result<()> {
        if self.stream.is_none() {
            return self.out.write_all(text);
        }
        for piece in text.split_inclusive(|byte| *byte == b'\n') {
            self.begun.extend_from_slice(piece);
            if piece.ends_with(b"\n") || self.begun.len() >= LONGEST_REDACTED_LINE {
                self.line()?;
            }
        }
        Ok(())
    }

    /// Writes the last line, which may have no end.
    pub(super) fn finish(mut self) -> io::Result<()> {
        if self.begun.is_empty() {
            return Ok(());
        }
        self.line()
    }

    fn line(&mut self) -> io::Result<()> {
        let Some(stream) = &mut self.stream else {
            return Ok(());
        };
        let end = match self.begun.as_slice() {
            [.., b'\r', b'\n'] => 2,
            [.., b'\n'] => 1,
            _ => 0,
        };
        let (text, end) = self.begun.split_at(self.begun.len() - end);
        self.redacted.clear();
        stream.line(text, time_prefix(text), &mut self.redacted);
        self.redacted.extend_from_slice(end);
        self.out.write_all(&self.redacted)?;
        self.begun.clear();
        Ok(())
    }
}

/// The length of the driver's time (`2026-11-20T09:41:12.500000000Z `) that a line begins with.
fn time_prefix(line: &[u8]) -> usize {
    let Some(end) = line.iter().take(40).position(|byte| *byte == b' ') else {
        return 0;
    };
    let time = &line[..end];
    let is_time = time.len() >= 20
        && time.get(4) == Some(&b'-')
        && time.get(10) == Some(&b'T')
        && time
            .iter()
            .all(|byte| byte.is_ascii_digit() || b"-:.TZ+".contains(byte));
    if is_time { end + 1 } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_become_lines_and_line_ends_stay() {
        let redactor = Redactor::new().unwrap();
        let mut out = Vec::new();
        let mut lines = LineWriter::new(Some(&redactor), &mut out);
        for piece in ["2026-11-20T09:41:12.5Z pass", "word=abc\r\nnext", "\nlast"] {
            lines.push(piece.as_bytes()).unwrap();
        }
        lines.finish().unwrap();
        let out = String::from_utf8(out).unwrap();
        assert!(
            out.starts_with("2026-11-20T09:41:12.5Z password=[redacted:"),
            "{out}"
        );
        assert!(out.ends_with("]\r\nnext\nlast"), "{out}");
    }
}
