//! What the lines of a format begin and end with.

use crate::model::LineFault;

/// What stands on both sides of a line end, as far as the format promises it. The scanner checks this
/// for every line, and parses only those that fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A JSON object a line: `{"` at its beginning and `"}` at its end.
    Objects,
    /// A line begins with an RFC 3339 time.
    Times,
    /// Any bytes.
    Free,
}

impl Shape {
    /// Whether `line`, given without its `\n`, begins and ends so.
    #[must_use]
    pub fn fits(self, line: &[u8]) -> bool {
        match self {
            Self::Objects => {
                line.starts_with(b"{\"") && (line.ends_with(b"\"}") || line.ends_with(b"\"}\r"))
            }
            Self::Times => matches!(
                line,
                [b'0'..=b'9', _, _, _, b'-', _, _, b'-', _, _, b'T', ..]
            ),
            Self::Free => true,
        }
    }

    /// What is wrong with a line that does not, as the rest of a sentence that begins with the line.
    #[must_use]
    pub fn complaint(self) -> LineFault {
        match self {
            Self::Objects => LineFault::NotWholeJson,
            Self::Times | Self::Free => LineFault::NoTime,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_lines_fit_and_damaged_ones_do_not() {
        let record = br#"{"log":"a\n","stream":"stdout","time":"2026-01-02T03:04:05Z"}"#;
        assert!(Shape::Objects.fits(record));
        assert!(!Shape::Objects.fits(&record[..40]));
        assert!(!Shape::Objects.fits(&record[3..]));
        assert!(!Shape::Objects.fits(b"{not json}"));
        assert!(Shape::Times.fits(b"2026-01-02T03:04:05Z text"));
        assert!(!Shape::Times.fits(b"03:04:05Z text"));
    }
}
