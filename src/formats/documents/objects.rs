//! The objects of a JSON document, whatever they are wrapped in: an array, several arrays, several
//! objects, with text of the shell between them, with an end that is missing.

use super::lines::{Lines, Problems};
use super::located::{Json, value_at};
use crate::model::LineFault;

/// Calls `take` for each object with the offset of its first byte; `take` says what is wrong with it.
pub(crate) fn for_each<'a>(
    bytes: &'a [u8],
    lines: &Lines<'a>,
    problems: &mut Problems,
    mut take: impl FnMut(&Json<'a>, usize) -> Result<(), LineFault>,
) {
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let index = lines.index_at(at);
        at = match byte {
            b'{' => {
                if let Some((json, end)) = value_at(bytes, at) {
                    if let Err(what) = take(&json, at) {
                        problems.bad(index, what);
                    }
                    end
                } else {
                    problems.bad(index, LineFault::InvalidJson);
                    next_object(bytes, lines, at)
                }
            }
            b'[' | b']' | b',' | b' ' | b'\t' | b'\r' | b'\n' | 0x1e | 0xef | 0xbb | 0xbf => at + 1,
            _ => {
                problems.bad(index, LineFault::NotJson);
                lines.start(index + 1)
            }
        };
    }
}

/// Where the next object of the same depth may begin, after one that could not be read: on a line
/// that begins as the broken one does, or on one that begins a document.
fn next_object(bytes: &[u8], lines: &Lines<'_>, at: usize) -> usize {
    let index = lines.index_at(at);
    let before = bytes.get(lines.start(index)..=at).unwrap_or_default();
    let blank = before
        .iter()
        .all(|byte| byte.is_ascii_whitespace() || *byte == b'{');
    (index + 1..lines.len())
        .find(|&next| {
            let line = lines.text(next);
            line.starts_with(b"[")
                || (line.starts_with(b"{") && line.len() > 1)
                || (blank && line.starts_with(before))
        })
        .map_or(bytes.len(), |next| lines.start(next))
}
