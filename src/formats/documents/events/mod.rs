//! Event histories of Docker, Compose and podman, in every framing and text form that they have.
//!
//! Nothing is assumed about the document as a whole: one object a line, objects that span or share
//! lines, arrays, `json-seq`, text lines and lines with a prefix may follow each other, as they do in
//! files that were appended to by hand. Sources: moby `api/types/events/events.go`, Docker CLI
//! `cli/command/system/events.go`, Compose `pkg/api`, podman `libpod/events`.

mod commands;
mod framing;
mod json;
mod meaning;
mod parts;
mod podman;
mod quick;
mod reader;
mod recognise;
mod simple;
mod text;

pub use commands::join;
pub use parts::{Part, Whole};
pub(super) use recognise::{
    is_compose_history, is_docker_history, is_exported_history, is_podman_history, is_text_history,
};

use super::Parsed;
use crate::formats::time::Zone;
use crate::model::{Event, InputId};
use reader::Reader;

/// Reads all events of a document, in file order.
///
/// What cannot be read is a problem and does not stop the rest. Times without a zone (text of
/// `docker compose events`) are read in `zone`.
#[must_use]
pub fn parse(input: InputId, bytes: &[u8], zone: &Zone) -> Parsed<Event> {
    let mut whole = Whole::default();
    whole.add(part(input, bytes, zone, true));
    whole.into_parsed()
}

/// Reads some whole lines of a document; they need not be its first. Others follow, unless they are the
/// `last`.
#[must_use]
pub fn part(input: InputId, bytes: &[u8], zone: &Zone, last: bool) -> Part {
    Reader::new(input, bytes, zone, last).into_part()
}

/// Whether this line alone is an event, as text or as JSON with or without a prefix.
fn is_event(line: &[u8]) -> bool {
    let parsed = parse(InputId(0), line, &Zone::Utc);
    !parsed.records.is_empty()
}

#[cfg(test)]
pub(super) use recognise::samples;

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
