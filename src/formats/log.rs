//! The formats of container logs that are made of lines, behind one type.

use super::{Malformed, Record, compose, cri, journald, json_file, plain, timestamped};
use crate::model::{InputKind, Time};

/// How the lines of a container's log are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LogFormat {
    /// Docker's `json-file` driver.
    JsonFile,
    /// `docker logs -t`, `podman logs -t`.
    Timestamped,
    /// `docker logs -t --details`.
    TimestampedDetails,
    /// `docker compose logs`, `docker compose up`.
    Compose,
    /// CRI, and podman's `k8s-file`.
    Cri,
    /// `journalctl -o json` of the `journald` driver.
    Journald,
    /// What the application wrote and nothing else.
    Plain,
}

impl LogFormat {
    /// What an input of this format is called.
    #[must_use]
    pub fn kind(self) -> InputKind {
        match self {
            Self::JsonFile => InputKind::JsonFileLog,
            Self::Timestamped | Self::TimestampedDetails => InputKind::TimestampedLog,
            Self::Compose => InputKind::ComposeLog,
            Self::Cri => InputKind::CriLog,
            Self::Journald => InputKind::JournaldLog,
            Self::Plain => InputKind::PlainLog,
        }
    }

    /// Reads one line, given without its `\n`; a `\r` at its end belongs to the line end, too.
    ///
    /// # Errors
    /// When the line is not of this format; the reason says what is wrong with it.
    pub fn parse(self, line: &[u8]) -> Result<Record<'_>, Malformed> {
        let line = bare(line);
        match self {
            Self::JsonFile => json_file::parse(line),
            Self::Timestamped => timestamped::parse(line),
            Self::TimestampedDetails => timestamped::parse_details(line),
            Self::Compose => compose::parse(line),
            Self::Cri => cri::parse(line),
            Self::Journald => journald::parse(line),
            Self::Plain => Ok(plain::parse(line)),
        }
    }

    /// The time that [`parse`](Self::parse) finds, for a fraction of its cost.
    #[must_use]
    pub fn time(self, line: &[u8]) -> Option<Time> {
        let line = bare(line);
        match self {
            Self::JsonFile => json_file::time(line),
            Self::Timestamped | Self::TimestampedDetails => timestamped::time(line),
            Self::Compose => compose::time(line),
            Self::Cri => cri::time(line),
            Self::Journald => journald::time(line),
            Self::Plain => None,
        }
    }

    /// Whether lines of this format can be told from damaged ones at all.
    #[must_use]
    pub fn has_shape(self) -> bool {
        !matches!(self, Self::Compose | Self::Plain)
    }

    /// A look at both ends of a line, for a fraction of the cost of [`parse`](Self::parse). A line that
    /// passes is as good as certainly whole; about one that fails, `parse` decides.
    #[must_use]
    pub fn looks_whole(self, line: &[u8]) -> bool {
        match self {
            Self::JsonFile | Self::Journald => {
                line.starts_with(b"{\"") && (line.ends_with(b"\"}") || line.ends_with(b"\"}\r"))
            }
            Self::Timestamped | Self::TimestampedDetails | Self::Cri => {
                matches!(
                    line,
                    [b'0'..=b'9', _, _, _, b'-', _, _, b'-', _, _, b'T', ..]
                )
            }
            Self::Compose | Self::Plain => true,
        }
    }

    /// Literals that a prefilter must stop at besides those of the signatures, because after them the
    /// message is written in a way that hides its text.
    #[must_use]
    pub fn extra_literals(self) -> &'static [&'static str] {
        match self {
            Self::Journald => &[r#""MESSAGE":["#, r#""MESSAGE" : ["#],
            _ => &[],
        }
    }
}

/// The line without what surrounds it in damaged or copied files: a byte order mark, NULs before it,
/// the rest of its line end.
pub(super) fn bare(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
    let start = line.iter().position(|&b| b != 0).unwrap_or(line.len());
    line.get(start..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::recognise::tests::SAMPLES;

    #[test]
    fn every_valid_line_has_its_time() {
        for (format, lines) in SAMPLES {
            for line in *lines {
                assert_eq!(
                    format.time(line),
                    format.parse(line).unwrap().time,
                    "{}",
                    line.escape_ascii()
                );
            }
        }
    }

    #[test]
    fn ordinary_lines_look_whole_and_damaged_ones_do_not() {
        let record = br#"{"log":"a\n","stream":"stdout","time":"2026-01-02T03:04:05Z"}"#;
        assert!(LogFormat::JsonFile.looks_whole(record));
        assert!(!LogFormat::JsonFile.looks_whole(&record[..40]));
        assert!(!LogFormat::JsonFile.looks_whole(&record[3..]));
        assert!(!LogFormat::JsonFile.looks_whole(b"{not json}"));
        assert!(LogFormat::Timestamped.looks_whole(b"2026-01-02T03:04:05Z text"));
        assert!(!LogFormat::Timestamped.looks_whole(b"03:04:05Z text"));
    }

    #[test]
    fn what_surrounds_a_line_is_not_the_message() {
        let line =
            b"\0\0\0{\"log\":\"a\\n\",\"stream\":\"stdout\",\"time\":\"2026-01-02T03:04:05Z\"}\r";
        assert_eq!(&*LogFormat::JsonFile.parse(line).unwrap().message, b"a");
        assert_eq!(
            &*LogFormat::Plain.parse(b"text\r").unwrap().message,
            b"text"
        );
        let line = b"\xef\xbb\xbf2026-01-02T03:04:05Z text\r";
        assert_eq!(
            &*LogFormat::Timestamped.parse(line).unwrap().message,
            b"text"
        );
    }
}
