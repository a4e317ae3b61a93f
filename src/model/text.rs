//! Text that came from outside: usually UTF-8, sometimes not, never trusted.

use base64::Engine as _;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::ser::{Serialize, SerializeMap, Serializer};
use std::borrow::Cow;
use std::sync::Arc;

/// Most bytes of a line that a citation keeps; the rest of a longer line is left out.
pub const MAX_CITED_BYTES: usize = 2048;

/// Bytes that are text when they can be; copies share them. In JSON a string, or `{"bytes": "<base64>"}`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Text(Arc<[u8]>);

impl Text {
    /// Keeps at most [`MAX_CITED_BYTES`] of `bytes`, cut before a character that would be split.
    #[must_use]
    pub fn cited(bytes: &[u8]) -> Self {
        if bytes.len() <= MAX_CITED_BYTES {
            return Self(bytes.into());
        }
        let mut end = MAX_CITED_BYTES;
        // A UTF-8 continuation byte is 10xxxxxx: step back to the first byte of its character.
        while end > MAX_CITED_BYTES - 4 && bytes[end] & 0b1100_0000 == 0b1000_0000 {
            end -= 1;
        }
        Self(bytes[..end].into())
    }

    /// The bytes as they were read.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The text for a human: undecodable bytes become U+FFFD. Not sanitised for a terminal.
    #[must_use]
    pub fn to_lossy(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.0)
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
        if let Ok(text) = std::str::from_utf8(&self.0) {
            serializer.serialize_str(text)
        } else {
            let mut map = serializer.serialize_map(Some(1))?;
            map.serialize_entry(
                "bytes",
                &base64::engine::general_purpose::STANDARD.encode(&self.0),
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
    fn bytes_that_are_not_utf8_become_base64() {
        let json = serde_json::to_string(&Text::cited(b"\xffok")).unwrap();
        assert_eq!(json, r#"{"bytes":"/29r"}"#);
        let json = serde_json::to_string(&Text::cited(b"ok")).unwrap();
        assert_eq!(json, r#""ok""#);
    }
}
