//! Phrases that several verdicts share.

use crate::lifecycle::End;
use crate::model::Time;
use chrono::TimeDelta;

/// The first 12 characters of an id; names stay whole.
pub(super) fn short(id: &str) -> &str {
    if id.len() == 64 { &id[..12] } else { id }
}

/// How a process ended, as a verb phrase.
pub(super) fn ended(end: &End) -> String {
    match end.exit_code {
        Some(0) => "ended with exit code 0".to_owned(),
        Some(137) => "was killed (exit code 137, SIGKILL)".to_owned(),
        Some(139) => "crashed (exit code 139, SIGSEGV)".to_owned(),
        Some(134) => "aborted (exit code 134, SIGABRT)".to_owned(),
        Some(code) if (129..=192).contains(&code) => {
            format!("ended by signal {} (exit code {code})", code - 128)
        }
        Some(code) => format!("exited with code {code}"),
        None => "ended".to_owned(),
    }
}

/// A span as people say it: `0.3 s`, `12 s`, `3 min`, `2 h`.
pub(super) fn span(delta: TimeDelta) -> String {
    let ms = delta.num_milliseconds().max(0);
    match ms {
        0..9_950 => format!("{}.{} s", (ms + 50) / 1000, (ms + 50) % 1000 / 100),
        9_950..120_000 => format!("{} s", (ms + 500) / 1000),
        120_000..7_200_000 => format!("{} min", (ms + 30_000) / 60_000),
        _ => format!("{} h", (ms + 1_800_000) / 3_600_000),
    }
}

/// From `a` to `b`.
pub(super) fn between(a: Time, b: Time) -> String {
    span((b - a).abs())
}
