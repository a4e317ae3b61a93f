//! The beginning of a document, by which its kind is recognised.

use super::host::HostTally;
use std::cell::OnceCell;

/// How many lines are looked at.
const MOST_LINES: usize = 200;

/// The beginning of a document and what every kind asks of it.
pub(super) struct Head<'a> {
    text: &'a [u8],
    lines: Vec<&'a [u8]>,
    is_json: bool,
    keys: Vec<&'a [u8]>,
    host: OnceCell<HostTally>,
}

impl<'a> Head<'a> {
    /// Takes a head apart; `None` when it holds nothing that can be recognised.
    pub(super) fn new(head: &'a [u8]) -> Option<Self> {
        let start = head.iter().position(|byte| {
            !byte.is_ascii_whitespace() && !b"\x1e\0\xef\xbb\xbf".contains(byte)
        })?;
        let text = head.get(start..)?;
        if text.starts_with(b"#!") {
            // A script holds the words of its log, but has done nothing yet.
            return None;
        }
        let is_json = text.starts_with(b"{") || is_array(text);
        Some(Self {
            text,
            lines: whole_lines(text),
            is_json,
            keys: if is_json { top_keys(text) } else { Vec::new() },
            host: OnceCell::new(),
        })
    }

    /// Whether it begins with a JSON object, or with an array of objects.
    pub(super) fn is_json(&self) -> bool {
        self.is_json
    }

    /// Whether the first object has this key.
    pub(super) fn has(&self, key: &str) -> bool {
        self.keys.contains(&key.as_bytes())
    }

    /// Whether the first object has one of these keys.
    pub(super) fn has_any(&self, keys: &[&str]) -> bool {
        keys.iter().any(|key| self.has(key))
    }

    /// Whether `text` stands anywhere in it.
    pub(super) fn holds(&self, text: &str) -> bool {
        memchr::memmem::find(self.text, text.as_bytes()).is_some()
    }

    /// The lines that are whole and not blank.
    pub(super) fn lines(&self) -> &[&'a [u8]] {
        &self.lines
    }

    /// What its lines are when they are read as those of a journal or of a host's log.
    pub(super) fn host_tally(&self) -> &HostTally {
        self.host.get_or_init(|| HostTally::from_lines(&self.lines))
    }
}

/// `[` with an object or nothing in it; `[2026-...]` is a time.
fn is_array(rest: &[u8]) -> bool {
    rest.strip_prefix(b"[").is_some_and(|inside| {
        let first = inside.trim_ascii_start().first();
        first.is_none_or(|byte| b"{]".contains(byte))
    })
}

/// The lines that are not cut by the end of the head, without empty ones.
fn whole_lines(head: &[u8]) -> Vec<&[u8]> {
    let mut lines: Vec<&[u8]> = head
        .split(|&byte| byte == b'\n')
        .take(MOST_LINES + 1)
        .collect();
    if lines.len() > 1 {
        lines.pop();
    }
    lines.retain(|line| !line.trim_ascii().is_empty());
    lines
}

/// The keys of the first object in `text`, which may be cut.
fn top_keys(text: &[u8]) -> Vec<&[u8]> {
    let mut keys = Vec::new();
    // Brackets before the first object do not count.
    let mut depth = 0_usize;
    let mut at = memchr::memchr(b'{', text).unwrap_or(text.len());
    while let Some(&byte) = text.get(at) {
        at += 1;
        match byte {
            b'{' | b'[' => depth += 1,
            b'}' | b']' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    break;
                }
            }
            b'"' => {
                let rest = text.get(at..).unwrap_or_default();
                let Some(length) = string_length(rest) else {
                    break;
                };
                let after = rest.get(length + 1..).unwrap_or_default();
                if depth == 1 && after.trim_ascii_start().first() == Some(&b':') {
                    keys.extend(rest.get(..length));
                }
                at += length + 1;
            }
            _ => {}
        }
    }
    keys
}

/// How many bytes stand before the quote that ends a string.
fn string_length(text: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        at += memchr::memchr2(b'"', b'\\', text.get(at..)?)?;
        if text.get(at) == Some(&b'"') {
            return Some(at);
        }
        at += 2;
    }
}
