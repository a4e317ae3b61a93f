//! Parsers from bytes to records. They do no I/O and keep no state between inputs. None of them fails
//! on strange bytes: they say what is wrong and go on.
//!
//! A log format, a kind of document and an encoding are each one file and one row of a table: see
//! `logs`, `documents` and `encoded`.

pub mod documents;
pub(crate) mod encoded;
pub(crate) mod logs;
pub mod time;

pub use documents::{Parsed, Problem, daemon, events, host, inspect};
pub use encoded::{Encoding, Problems, Transcoder};
pub use logs::{LogFormat, Malformed, Origin, Record, Shape, Stream, fallback};

use crate::model::InputKind;

/// What the beginning of a stream looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guess {
    /// A log in lines.
    Log(LogFormat),
    /// A log in something that is decoded to lines first. The format of the lines is then recognised
    /// from what comes out.
    Encoded(Encoding),
    /// Neither: another kind of document, or plain text.
    Unknown,
}

/// Recognises the log format of a stream by its `head`, up to its first 64 KiB. A name never counts.
///
/// Says [`Guess::Unknown`] rather than claim what may be something else: a time before each line
/// counts only with the engine's nine digits (see [`fallback`] for the others), because scripts and
/// other programs of the host begin their lines with times, too.
#[must_use]
pub fn recognise_log(head: &[u8]) -> Guess {
    if let Some(encoding) = Encoding::recognise(head) {
        return Guess::Encoded(encoding);
    }
    LogFormat::recognise(head).map_or(Guess::Unknown, Guess::Log)
}

/// What an input of this kind is called in a sentence ("a Compose log"); `None` for what has no
/// format, such as an empty file.
#[must_use]
pub(crate) fn words(kind: InputKind) -> Option<&'static str> {
    LogFormat::words_for(kind)
        .or_else(|| Encoding::words_for(kind))
        .or_else(|| Some(documents::row_for(kind)?.words))
}
