//! Text that came from outside: usually UTF-8, sometimes not, never trusted.

use base64::Engine as _;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::ser::{Serialize, SerializeMap, Serializer};
use std::borrow::Cow;
use std::cmp::Ordering;
use std::hash::{Hash, Hasher};
use std::ops::Range;
use std::sync::Arc;

/// Most bytes of a line that a citation keeps; the rest of a longer line is left out.
pub const MAX_CITED_BYTES: usize = 2048;

/// Bytes that are text when they can be; copies share them. In JSON a string, or `{"bytes": "<base64>"}`.
#[derive(Clone, Default)]
pub struct Text {
    /// The texts of neighbours may stand in it, too: one allocation for all of them.
    bytes: Option<Arc<[u8]>>,
    begin: u32,
    len: u32,
}

impl Text {
    /// Keeps at most [`MAX_CITED_BYTES`] of `bytes`, cut before a character that would be split.
    #[must_use]
    pub fn cited(bytes: &[u8]) -> Self {
        Self::whole(citable(bytes).into())
    }

    /// The text that will stand at `place` of bytes that [`Text::stands_in`] gives. Until then it is empty.
    #[must_use]
    pub fn due(place: Range<u32>) -> Self {
        Self {
            bytes: None,
            begin: place.start,
            len: place.end.saturating_sub(place.start),
        }
    }

    /// Gives a text that is [due](Text::due) the bytes in which it stands; any other stays as it is.
    pub fn stands_in(&mut self, bytes: &Arc<[u8]>) {
        self.bytes.get_or_insert_with(|| Arc::clone(bytes));
    }

    fn whole(bytes: Arc<[u8]>) -> Self {
        Self {
            begin: 0,
            len: u32::try_from(bytes.len()).unwrap_or(u32::MAX),
            bytes: Some(bytes),
        }
    }

    /// The bytes as they were read.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        let begin = self.begin as usize;
        let end = begin + self.len as usize;
        let bytes = self.bytes.as_deref().unwrap_or_default();
        bytes.get(begin..end).unwrap_or_default()
    }

    /// The text for a human: undecodable bytes become U+FFFD. Not sanitised for a terminal.
    #[must_use]
    pub fn to_lossy(&self) -> Cow<'_, str> {
        lossy(self.as_bytes())
    }
}

/// As much of a line as a citation keeps: at most [`MAX_CITED_BYTES`], cut before a character that
/// would be split.
#[must_use]
pub fn citable(bytes: &[u8]) -> &[u8] {
    if bytes.len() <= MAX_CITED_BYTES {
        return bytes;
    }
    let mut end = MAX_CITED_BYTES;
    // A UTF-8 continuation byte is 10xxxxxx: step back to the first byte of its character.
    while end > MAX_CITED_BYTES - 4 && bytes[end] & 0b1100_0000 == 0b1000_0000 {
        end -= 1;
    }
    &bytes[..end]
}

/// As [`String::from_utf8_lossy`], which looks at each byte by itself, and faster for what is UTF-8.
#[must_use]
pub(crate) fn lossy(bytes: &[u8]) -> Cow<'_, str> {
    simdutf8::basic::from_utf8(bytes).map_or_else(|_| String::from_utf8_lossy(bytes), Cow::Borrowed)
}

impl PartialEq for Text {
    fn eq(&self, other: &Self) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl Eq for Text {}

impl PartialOrd for Text {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Text {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_bytes().cmp(other.as_bytes())
    }
}

impl Hash for Text {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_bytes().hash(state);
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self::cited(text.as_bytes())
    }
}

impl std::fmt::Debug for Text {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}", self.to_lossy())
    }
}

impl Serialize for Text {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if let Ok(text) = std::str::from_utf8(self.as_bytes()) {
            serializer.serialize_str(text)
        } else {
            let mut map = serializer.serialize_map(Some(1))?;
            map.serialize_entry(
                "bytes",
                &base64::engine::general_purpose::STANDARD.encode(self.as_bytes()),
            )?;
            map.end()
        }
    }
}

impl JsonSchema for Text {
    fn schema_name() -> Cow<'static, str> {
        "Text".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "Text from outside: a string, or its bytes where it is not UTF-8.",
            "anyOf": [
                { "type": "string" },
                {
                    "type": "object",
                    "properties": { "bytes": { "type": "string", "contentEncoding": "base64" } },
                    "required": ["bytes"]
                }
            ]
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_line_is_cut_between_characters() {
        let line = "é".repeat(MAX_CITED_BYTES);
        let kept = Text::cited(&line.as_bytes()[1..]);
        // The slice starts inside a character, so every boundary is at an odd distance from it.
        assert_eq!(kept.as_bytes().len(), MAX_CITED_BYTES - 1);
    }

    #[test]
    fn a_text_among_others_is_what_stands_there() {
        let mut two = Text::due(4..7);
        assert_eq!(two, Text::default());
        let bytes: Arc<[u8]> = b"one two".as_slice().into();
        two.stands_in(&bytes);
        assert_eq!(two.as_bytes(), b"two");
        assert_eq!(two, Text::from("two"));
        let mut beyond = Text::due(4..9);
        beyond.stands_in(&bytes);
        assert_eq!(beyond, Text::default());
        let mut own = Text::from("own");
        own.stands_in(&bytes);
        assert_eq!(own.as_bytes(), b"own");
    }

    #[test]
    fn bytes_that_are_not_utf8_become_base64() {
        let json = serde_json::to_string(&Text::cited(b"\xffok")).unwrap();
        assert_eq!(json, r#"{"bytes":"/29r"}"#);
        let json = serde_json::to_string(&Text::cited(b"ok")).unwrap();
        assert_eq!(json, r#""ok""#);
    }
}
