//! What a run that ended badly said last.

use super::scene::Scene;
use crate::correlate::ContainerLog;
use crate::lifecycle::Run;
use crate::model::EndedBy;
use crate::model::{Citation, Time};
use aho_corasick::{AhoCorasick, MatchKind};
use chrono::TimeDelta;
use std::sync::LazyLock;

/// Lines may be written down a moment after the process ended.
const LATE: TimeDelta = TimeDelta::milliseconds(500);
/// A process may speak this much before the event of its start.
const EARLY: TimeDelta = TimeDelta::milliseconds(100);
/// Of an error of which nothing but the log tells, a start comes within so many lines.
pub const LINES_NEAR_START: usize = 2;
/// Lines cited at the most.
const CITED: usize = 3;
/// One of them is in a line that tells of a fatal error.
const FATAL: [&str; 7] = [
    "fatal",
    "panic",
    "startup failed",
    "segmentation fault",
    "core dumped",
    "unhandled",
    "uncaught",
];
/// The name of what was thrown ends with one of them.
const THROWN: [&str; 3] = ["Error", "Exception", "Exit"];

/// Whether one of these lines, as they stand in their log, may tell of a fatal error. Where nothing but
/// logs was read, what stands before a start matters only then.
#[must_use]
pub fn may_be_fatal(lines: &[u8]) -> bool {
    static WORDS: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
        let words = FATAL.into_iter().chain(THROWN);
        let words = words.map(str::to_ascii_lowercase);
        let mut builder = AhoCorasick::builder();
        // Only with this is looked for all words at once.
        builder.match_kind(MatchKind::LeftmostFirst);
        builder.build(words).ok()
    });
    let lower = lines.to_ascii_lowercase();
    WORDS.as_ref().is_none_or(|words| words.is_match(&lower))
}

/// What the run before said at its end.
pub(super) enum Last<'a> {
    /// Its telling lines, oldest first.
    Said(Vec<(&'static str, &'a Citation)>),
    /// Its log covers its whole life and holds not one line.
    Silent,
    /// It ended well, or the log does not show it.
    Nothing,
}

/// Looks at the end of `run` (an index into the scene's container's runs).
pub(super) fn last_words<'a>(scene: &Scene<'a>, run: usize) -> Last<'a> {
    let Some(found) = scene.container.runs.get(run) else {
        return Last::Nothing;
    };
    if !ended_badly(found) || !scene.log.present {
        return Last::Nothing;
    }
    let (Some(start), Some(end)) = (found.started_at(), found.ended_at()) else {
        return Last::Nothing;
    };
    // The next run may speak a moment before its start is told, and be quicker than a late line.
    let next = scene.container.runs.get(run + 1).and_then(Run::started_at);
    let until = next.map_or(end + LATE, |next| (next - EARLY).clamp(end, end + LATE));
    let lines = scene.log.last_lines_between(start - LATE, until);
    if lines.is_empty() {
        let has_facts = !scene.log.facts_of_run(run).is_empty();
        // The log must begin before the run and go on after it, or the lines may merely be missing.
        let covered = log_covers(scene, start, end);
        return if covered && !has_facts {
            Last::Silent
        } else {
            Last::Nothing
        };
    }
    let mut telling: Vec<(&'static str, &Citation)> = lines
        .iter()
        .filter_map(|line| tells(line.message()).map(|claim| (claim, &line.citation)))
        .collect();
    if telling.len() > CITED {
        telling.drain(..telling.len() - CITED);
    }
    if telling.is_empty() {
        telling = lines
            .iter()
            .rev()
            .find(|line| {
                !line.message().trim().is_empty()
                    && !is_access_log(&line.message().to_ascii_lowercase())
            })
            .map(|line| ("the last line of the run before", &line.citation))
            .into_iter()
            .collect();
    }
    Last::Said(telling)
}

/// The last line that stands before the fact `start` (an index) in its log, if it tells of a fatal error.
pub(super) fn fatal_before(log: &ContainerLog, start: usize) -> Option<&Citation> {
    let (before, behind) = log.facts.split_at_checked(start)?;
    let start = behind.first()?;
    let last = log.last_line_before(start)?;
    let place = last.citation.place;
    let is_near = start.citation.place.line <= place.line + LINES_NEAR_START as u64;
    // A recognised line between the two is the last one then.
    let is_last = before.last().is_none_or(|fact| {
        let fact = fact.citation.place;
        fact.input != place.input || fact.line <= place.line
    });
    (is_near && is_last && matches!(tells(last.message()), Some("a fatal error" | "the error")))
        .then_some(&last.citation)
}

fn ended_badly(run: &Run) -> bool {
    run.end.as_ref().is_some_and(|end| {
        matches!(end.by, EndedBy::Exit | EndedBy::Signal | EndedBy::Oom) && end.exit_code != Some(0)
    })
}

/// The log is known to be complete over a run: it begins at or before it (or with the container's
/// first line after it, when the run was the first), and has lines after it.
fn log_covers(scene: &Scene<'_>, start: Time, end: Time) -> bool {
    let Some(to) = scene.log.coverage.end() else {
        return false;
    };
    let from = scene.log.coverage.start();
    let from_creation = scene
        .container
        .created
        .as_ref()
        .is_some_and(|created| created.time <= start);
    // A log that was rotated begins with the middle of a run, so not with a startup line.
    let begins_with_startup = scene
        .log
        .facts
        .first()
        .and_then(crate::model::Fact::time)
        .zip(from)
        .is_some_and(|(fact, from)| fact - from <= TimeDelta::seconds(1));
    to > end && (from.is_some_and(|from| from <= start) || from_creation && begins_with_startup)
}

/// A served request says nothing of an end.
fn is_access_log(lower: &str) -> bool {
    lower.contains("http/1.") || lower.contains("http/2")
}

/// Whether a line says why its process ended, and how to call it.
fn tells(message: &str) -> Option<&'static str> {
    let lower = message.to_ascii_lowercase();
    if is_access_log(&lower) || lower.contains("traceback (most recent call last)") {
        return None;
    }
    let has = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    let exception = message.split(':').next().is_some_and(|head| {
        !head.contains(' ') && THROWN.iter().any(|thrown| head.ends_with(thrown))
    });
    if exception {
        Some("the error")
    } else if has(&[
        "out of memory",
        "oom",
        "cannot allocate memory",
        "memoryerror",
    ]) {
        Some("speaks of memory")
    } else if has(&FATAL) {
        Some("a fatal error")
    } else if has(&[
        "refused",
        "name resolution",
        "gaierror",
        "initialization failed",
        "connection reset",
        "timed out",
    ]) {
        Some("the failed connection")
    } else if has(&["sigterm", "sigkill", "sigint", "sigquit", "received signal"]) {
        Some("the signal")
    } else if lower.starts_with("error")
        || lower.contains(" error ")
        || lower.contains("\"error\"")
        || has(&["exception", "critical"])
    {
        Some("an error")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_tells_of_a_fatal_error_is_looked_for_in_the_log() {
        let words = FATAL.iter().map(|word| format!("it was {word}, so"));
        let thrown = THROWN.iter().map(|end| format!("app.Some{end}: so"));
        for message in words.chain(thrown) {
            let told = tells(&message);
            assert!(
                matches!(told, Some("a fatal error" | "the error")),
                "{message}"
            );
            for message in [message.to_ascii_uppercase(), message] {
                let line = format!(r#"{{"log":"{message}\n","stream":"stderr"}}"#);
                assert!(may_be_fatal(line.as_bytes()), "{line}");
            }
        }
        assert!(!may_be_fatal(b"GET / 200\nall is well\n"));
    }
}
