//! What stands around events: blanks, brackets, prefixes, and values that are cut.

use serde_json::Value;

/// Where the message of a journal's line begins (`Nov 20 09:41:26 vm docker[123]: `).
pub(super) fn after_prefix(line: &[u8]) -> Option<usize> {
    let head = line.get(..line.len().min(200))?;
    Some(memchr::memmem::find(head, b"]: ")? + 3)
}

/// Blanks, separators of arrays, `json-seq`'s record separator and the byte order mark. A bracket is
/// one only where an array may begin: `[2026-...]` is a time.
pub(super) fn is_framing(rest: &[u8]) -> bool {
    match rest {
        [
            b']' | b',' | b' ' | b'\t' | b'\r' | b'\n' | 0x1e | 0xef | 0xbb | 0xbf,
            ..,
        ] => true,
        [b'[', after @ ..] => after
            .iter()
            .find(|byte| !byte.is_ascii_whitespace())
            .is_none_or(|byte| b"{[]".contains(byte)),
        _ => false,
    }
}

/// Whether the JSON value that `bytes` begin with goes on behind them.
pub(super) fn is_cut(bytes: &[u8]) -> bool {
    let mut values =
        serde_json::Deserializer::from_slice(bytes).into_iter::<serde::de::IgnoredAny>();
    values
        .next()
        .is_some_and(|value| value.is_err_and(|error| error.is_eof()))
}

/// The JSON value that `bytes` begin with, and its length.
pub(super) fn first_value(bytes: &[u8]) -> Option<(Value, usize)> {
    let mut values = serde_json::Deserializer::from_slice(bytes).into_iter::<Value>();
    let value = values.next()?.ok()?;
    Some((value, values.byte_offset()))
}
