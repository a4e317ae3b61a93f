//! JSON that a terminal does not act on: what could steer it or reorder its lines is written as `\u`
//! escapes. The value is the same.

use super::sanitise::is_harmless;
use serde::Serialize;
use serde_json::ser::{CompactFormatter, Formatter};
use std::io::{self, Write};

/// A formatter whose strings hold no character that acts on a terminal.
pub(super) struct Inert<F>(F);

impl<F> Inert<F> {
    /// As `formatter`, but with such characters escaped.
    pub(super) fn new(formatter: F) -> Self {
        Self(formatter)
    }
}

impl Inert<CompactFormatter> {
    /// All on one line.
    pub(super) fn compact() -> Self {
        Self(CompactFormatter)
    }
}

/// What a value is called in JSON; empty when it is no word.
pub(super) fn name(value: &impl Serialize) -> String {
    serde_json::to_value(value)
        .ok()
        .and_then(|value| value.as_str().map(str::to_owned))
        .unwrap_or_default()
}

/// Ends lines of any writer.
pub(super) trait Lines {
    /// Writes a line end.
    fn end_line(&mut self) -> io::Result<()>;
}

impl<W: Write + ?Sized> Lines for W {
    fn end_line(&mut self) -> io::Result<()> {
        self.write_all(b"\n")
    }
}

impl<F: Formatter> Formatter for Inert<F> {
    fn write_string_fragment<W: Write + ?Sized>(
        &mut self,
        out: &mut W,
        text: &str,
    ) -> io::Result<()> {
        let mut rest = text;
        while let Some((at, c)) = rest.char_indices().find(|(_, c)| !is_harmless(*c)) {
            out.write_all(&rest.as_bytes()[..at])?;
            for unit in c.encode_utf16(&mut [0; 2]) {
                write!(out, "\\u{unit:04x}")?;
            }
            rest = &rest[at + c.len_utf8()..];
        }
        out.write_all(rest.as_bytes())
    }

    fn begin_array<W: Write + ?Sized>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_array(out)
    }
    fn end_array<W: Write + ?Sized>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_array(out)
    }
    fn begin_array_value<W: Write + ?Sized>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_array_value(out, first)
    }
    fn end_array_value<W: Write + ?Sized>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_array_value(out)
    }
    fn begin_object<W: Write + ?Sized>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_object(out)
    }
    fn end_object<W: Write + ?Sized>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_object(out)
    }
    fn begin_object_key<W: Write + ?Sized>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_object_key(out, first)
    }
    fn end_object_key<W: Write + ?Sized>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_object_key(out)
    }
    fn begin_object_value<W: Write + ?Sized>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_object_value(out)
    }
    fn end_object_value<W: Write + ?Sized>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_object_value(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_acts_on_a_terminal_is_escaped_and_the_value_stays() {
        let text = "a\u{1b}[2J\u{9b}2J \u{202e}gnp\u{7f} Bücher \u{e0041}\n";
        let mut out = Vec::new();
        text.serialize(&mut serde_json::Serializer::with_formatter(
            &mut out,
            Inert::compact(),
        ))
        .unwrap();
        let json = String::from_utf8(out).unwrap();
        assert_eq!(
            json,
            r#""a\u001b[2J\u009b2J \u202egnp\u007f Bücher \udb40\udc41\n""#
        );
        assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
    }
}
