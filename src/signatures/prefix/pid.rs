//! The places where a prefix names its process.

use super::token::run;

/// The number that a text consists of.
pub(super) fn number(text: &[u8]) -> Option<u32> {
    let text = std::str::from_utf8(text).ok()?.trim();
    if text.bytes().all(|b| b.is_ascii_digit()) {
        text.parse().ok()
    } else {
        None
    }
}

/// `1#1:` (nginx), `1:M` (Redis).
pub(super) fn chunk_pid(chunk: &[u8]) -> Option<u32> {
    let digits = chunk.iter().take_while(|b| b.is_ascii_digit()).count();
    let (pid, rest) = chunk.split_at_checked(digits)?;
    match rest {
        [b':', b'A'..=b'Z'] | [b'#', b'0'..=b'9', ..] => number(pid),
        _ => None,
    }
}

/// `pid 7:tid 139` (Apache), `2026-11-20T09:42:47.123456 #7` (Ruby).
pub(super) fn group_pid(inside: &[u8]) -> Option<u32> {
    let text = std::str::from_utf8(inside).ok()?;
    let after = match text
        .strip_prefix("pid ")
        .or_else(|| text.strip_prefix("pid:"))
    {
        Some(after) => after.split(':').next()?,
        None => text.split_once(" #")?.1,
    };
    number(after.as_bytes())
}

/// `pid=7` anywhere in the prefix.
pub(super) fn paired_pid(head: &[u8]) -> Option<u32> {
    let after = memchr::memchr_iter(b'=', head)
        .map(|equals| head.split_at(equals + 1))
        .find_map(|(before, after)| {
            let before = before.strip_suffix(b"pid=")?;
            let begins = before.last().is_none_or(|b| !b.is_ascii_alphanumeric());
            begins.then_some(after)
        })?;
    number(after.get(..run(after, |b| b.is_ascii_digit()))?)
}
