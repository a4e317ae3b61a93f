//! Secrets in text: log lines, command lines, scripts.

use super::names::{self, is_name_byte};
use super::{MARK, Redactor, command, shapes};
use aho_corasick::{AhoCorasick, BuildError};

/// Longest PEM block in lines; a private key of 16384 bits has 200.
const PEM_LINES: u32 = 400;

/// What must stand in a text for it to hold a secret that shows: a quick look spares most lines.
pub(super) fn hints() -> Result<AhoCorasick, BuildError> {
    AhoCorasick::builder().ascii_case_insensitive(true).build(
        names::HINTS
            .into_iter()
            .chain(["://", "bearer", "basic", BEGIN])
            .chain(command::HINTS)
            .chain(shapes::hints()),
    )
}

const BEGIN: &str = "-----BEGIN ";
const END: &[u8] = b"-----END ";

/// Lines after each other, of which some may be one PEM block.
pub(crate) struct Stream<'a> {
    redactor: &'a Redactor,
    /// Lines until a block must have ended.
    in_pem: u32,
}

impl<'a> Stream<'a> {
    /// At the beginning of a file.
    #[must_use]
    pub(crate) fn new(redactor: &'a Redactor) -> Self {
        Self {
            redactor,
            in_pem: 0,
        }
    }

    /// Appends `line` (without its line end) to `out`, its secrets replaced. Its first `prefix`
    /// bytes are the log driver's and stay.
    pub(crate) fn line(&mut self, line: &[u8], prefix: usize, out: &mut Vec<u8>) {
        self.line_with(line, prefix, out, &mut |_| {});
    }

    pub(super) fn line_with(
        &mut self,
        line: &[u8],
        prefix: usize,
        out: &mut Vec<u8>,
        met: &mut dyn FnMut(&[u8]),
    ) {
        let (prefix, text) = line.split_at(prefix.min(line.len()));
        out.extend_from_slice(prefix);
        let trimmed = text.trim_ascii();
        if self.in_pem > 0 && !trimmed.is_empty() && is_pem(trimmed) {
            self.in_pem -= 1;
            if memchr::memmem::find(trimmed, END).is_some() {
                self.in_pem = 0;
            }
            out.extend_from_slice(self.redactor.mask(trimmed).as_bytes());
            return;
        }
        if self.redactor.text(text, out, met) {
            self.in_pem = PEM_LINES;
        }
    }
}

/// A line within a PEM block: base64, a header, or the end.
fn is_pem(line: &[u8]) -> bool {
    memchr::memmem::find(line, END).is_some()
        || line.iter().all(|byte| {
            byte.is_ascii_alphanumeric()
                || matches!(byte, b'+' | b'/' | b'=' | b'"' | b'\'' | b',' | b'\\')
        })
        || line.starts_with(b"Proc-Type:")
        || line.starts_with(b"DEK-Info:")
}

impl Redactor {
    /// Appends `text`, a single line, without its secrets, each of which is given to `met`. Whether
    /// it ends within a PEM block.
    pub(super) fn text(&self, text: &[u8], out: &mut Vec<u8>, met: &mut dyn FnMut(&[u8])) -> bool {
        let mut spans: Vec<(usize, usize)> = Vec::new();
        let mut in_pem = false;
        let mut has_command = false;
        // Overlapping ones, too: `passw` in `mypassword`, `key` in `token_key`.
        let hits = self.hints.try_find_overlapping_iter(text).ok();
        for hint in hits.into_iter().flatten() {
            let hint = (hint.start(), hint.end());
            let word = &text[hint.0..hint.1];
            if word == b"://" {
                spans.extend(shapes::credentials(text, hint.0));
            } else if word.eq_ignore_ascii_case(b"bearer") || word.eq_ignore_ascii_case(b"basic") {
                spans.extend(shapes::behind_scheme(text, word, hint.1));
            } else if word == BEGIN.as_bytes() {
                let (end, open) = end_of_pem(text, hint.0);
                in_pem |= open;
                spans.push((hint.0, end));
            } else {
                spans.extend(named_value(text, hint.0, hint.1));
                spans.extend(shapes::token(text, hint.0).map(|end| (hint.0, end)));
                has_command |= command::HINTS
                    .iter()
                    .any(|command| word.eq_ignore_ascii_case(command.as_bytes()));
            }
        }
        if has_command {
            self.commands
                .find(text, |begin, end| spans.push((begin, end)));
        }
        if let Some(known) = &self.known {
            spans.extend(known.find_iter(text).map(|hit| (hit.start(), hit.end())));
        }
        self.replace(text, spans, out, met);
        in_pem
    }

    /// Appends `text` with `spans` masked; what overlaps is one secret.
    fn replace(
        &self,
        text: &[u8],
        mut spans: Vec<(usize, usize)>,
        out: &mut Vec<u8>,
        met: &mut dyn FnMut(&[u8]),
    ) {
        spans.retain(|(begin, end)| begin < end && !is_nothing(&text[*begin..*end]));
        spans.sort_unstable();
        let mut done = 0;
        let mut at = 0;
        while let Some(&(begin, mut end)) = spans.get(at) {
            at += 1;
            while let Some(next) = spans.get(at).filter(|next| next.0 < end) {
                end = end.max(next.1);
                at += 1;
            }
            met(&text[begin..end]);
            out.extend_from_slice(&text[done..begin]);
            let mask = self.mask(&text[begin..end]);
            // What stood without quotes in JSON (a number) needs them now.
            let quote = if is_bare_in_json(&text[..begin]) {
                "\""
            } else {
                ""
            };
            out.extend_from_slice(quote.as_bytes());
            out.extend_from_slice(mask.as_bytes());
            out.extend_from_slice(quote.as_bytes());
            done = end;
        }
        out.extend_from_slice(&text[done..]);
    }
}

/// Whether what follows is the value of a member in JSON, or the inside of its list.
fn is_bare_in_json(before: &[u8]) -> bool {
    let before = before.trim_ascii_end();
    let before = before.strip_suffix(b"[").unwrap_or(before).trim_ascii_end();
    before.ends_with(b"\":")
}

/// Values that say only that there is none, and what was redacted already.
pub(super) fn is_nothing(value: &[u8]) -> bool {
    value.starts_with(MARK.as_bytes())
        || ["null", "none", "nil", "true", "false", "undefined", "***"]
            .iter()
            .any(|nothing| value.eq_ignore_ascii_case(nothing.as_bytes()))
        || value.iter().all(|byte| *byte == b'*')
}

/// Where the PEM block that begins at `at` ends in this text, and whether it goes on after it.
fn end_of_pem(text: &[u8], at: usize) -> (usize, bool) {
    let Some(end) = memchr::memmem::find(&text[at..], END).map(|end| at + end + END.len()) else {
        return (text.len(), true);
    };
    let end =
        memchr::memmem::find(&text[end..], b"-----").map_or(text.len(), |dashes| end + dashes + 5);
    (end, false)
}

/// The value behind the name that `begin..end` is a part of, when it names a secret.
fn named_value(text: &[u8], begin: usize, end: usize) -> Option<(usize, usize)> {
    let before = text[..begin]
        .iter()
        .rev()
        .take_while(|byte| is_name_byte(**byte));
    let begin = begin - before.count();
    let end = end
        + text[end..]
            .iter()
            .take_while(|byte| is_name_byte(**byte))
            .count();
    let name = &text[begin..end];
    if !names::is_secret(name) {
        return None;
    }
    let skip = |mut at: usize, wanted: &[u8]| {
        while text.get(at).is_some_and(|byte| wanted.contains(byte)) {
            at += 1;
        }
        at
    };
    // The name's own closing quote, perhaps escaped: `"password"`, `\"password\"`.
    let quoted = skip(end, b"\\");
    let quoted = match text.get(quoted) {
        Some(b'"' | b'\'' | b'`') => Some(quoted + 1),
        _ => None,
    };
    let after = skip(quoted.unwrap_or(end), b" \t]");
    let value = match text.get(after..)? {
        [b':', b'/', b'/', ..] => return None,
        [b'=' | b':', b'=' | b'>', ..] => after + 2,
        [b'=' | b':', ..] => after + 1,
        // `--password VALUE`
        _ if name.starts_with(b"-") && after > quoted.unwrap_or(end) => after,
        _ => return None,
    };
    let value = skip(value, b" \t");
    let in_query = begin > 0 && matches!(text[begin - 1], b'?' | b'&');
    Some(extent(text, value, name, quoted.is_some(), in_query))
}

/// From where to where a value reaches that begins at `at`, quotes not counted.
fn extent(
    text: &[u8],
    at: usize,
    name: &[u8],
    quoted_name: bool,
    in_query: bool,
) -> (usize, usize) {
    let rest = &text[at..];
    let slashes = rest.iter().take_while(|byte| **byte == b'\\').count();
    if let Some(quote @ (b'"' | b'\'' | b'`')) = rest.get(slashes) {
        let begin = at + slashes + 1;
        return (begin, closing(text, begin, slashes, *quote));
    }
    if rest.starts_with(b"[") && !rest.starts_with(MARK.as_bytes()) {
        let end = rest
            .iter()
            .position(|byte| *byte == b']')
            .unwrap_or(rest.len());
        return (at + 1, at + end.max(1));
    }
    // `{` begins names of its own.
    if rest.starts_with(b"{") {
        return (at, at);
    }
    let lower = name.to_ascii_lowercase();
    let is_header = [&b"cookie"[..], b"authorization"]
        .iter()
        .any(|header| lower.ends_with(header));
    let ends = |byte: u8| match byte {
        b'"' | b'\'' | b'`' | b'\n' | b'\r' => true,
        // A header's value has blanks in it.
        _ if is_header => false,
        b',' | b'}' => quoted_name,
        b'&' => in_query,
        byte => byte.is_ascii_whitespace(),
    };
    let mut end = at;
    while let Some(&byte) = text.get(end) {
        // An escaped quote or line end closes what is written within another string.
        let escaped = byte == b'\\' && matches!(text.get(end + 1), Some(b'"' | b'n' | b'r'));
        if ends(byte) || escaped {
            break;
        }
        end += 1;
    }
    while end > at && matches!(text[end - 1], b',' | b';' | b')' | b']' | b'}') {
        end -= 1;
    }
    (at, end)
}

/// The closing quote that fits an opening one with so many backslashes before it; else the end.
fn closing(text: &[u8], begin: usize, slashes: usize, quote: u8) -> usize {
    let mut run = 0;
    for (at, byte) in text.iter().enumerate().skip(begin) {
        match byte {
            b'\\' => run += 1,
            byte if *byte == quote && run == slashes => return at - run,
            _ => run = 0,
        }
    }
    text.len()
}
