//! Numbers, times and outcomes as words.

pub(crate) use crate::model::words::{count, times};

use crate::model::{
    Cause, EndedBy, Outcome, Severity, Time,
    report::{Run, Service, Startup},
};
use chrono::{Datelike as _, Timelike as _};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// `unknown 12, restart-policy 3`.
pub(crate) fn causes(by_cause: &BTreeMap<Cause, u64>) -> String {
    let counts: Vec<String> = by_cause
        .iter()
        .map(|(cause, count)| format!("{cause} {count}"))
        .collect();
    counts.join(", ")
}

/// `2 startups in 1 container, 1 of them a duplicate`.
pub(crate) fn figures(service: &Service) -> String {
    let again = |startup: &&Startup| startup.duplicate;
    let duplicates = service.startups.iter().filter(again).count();
    let place = match len(service.containers.len()) {
        0 => String::new(),
        n => format!(" in {}", count(n, "container")),
    };
    let among = match duplicates {
        0 => String::new(),
        1 => ", 1 of them a duplicate".to_owned(),
        n => format!(", {n} of them duplicates"),
    };
    let startups = count(len(service.startups.len()), "startup");
    format!("{startups}{place}{among}")
}

/// The other causes that fit a startup, likeliest first: `manual-restart 45 %, ...`.
pub(crate) fn candidates(startup: &Startup) -> String {
    startup
        .candidates
        .iter()
        .map(|candidate| format!("{} {}", candidate.cause, percent(candidate.confidence)))
        .collect::<Vec<_>>()
        .join(", ")
}

/// A moment to the second.
pub(crate) fn second(time: Time) -> String {
    let mut text = String::with_capacity("2026-11-20 09:41:27Z".len());
    if (0..=9999).contains(&time.year()) && time.nanosecond() < 1_000_000_000 {
        // Reports are full of times, and a format that is read anew for each costs more than they do.
        let year = time.year().unsigned_abs();
        for (number, after) in [
            (year / 100, None),
            (year % 100, Some('-')),
            (time.month(), Some('-')),
            (time.day(), Some(' ')),
            (time.hour(), Some(':')),
            (time.minute(), Some(':')),
            (time.second(), Some('Z')),
        ] {
            two_digits(&mut text, number);
            text.extend(after);
        }
    } else {
        // Writing to a String cannot fail.
        let _ = write!(text, "{}", time.format("%Y-%m-%d %H:%M:%SZ"));
    }
    text
}

fn two_digits(text: &mut String, number: u32) {
    for digit in [number / 10, number % 10] {
        text.extend(char::from_digit(digit, 10));
    }
}

/// A moment to the second, or that it is not known.
pub(crate) fn second_or_unknown(time: Option<Time>) -> String {
    time.map_or_else(|| "no time known".to_owned(), second)
}

/// A moment to the millisecond.
pub(crate) fn milli(time: Time) -> String {
    time.format("%Y-%m-%d %H:%M:%S%.3fZ").to_string()
}

/// A moment as RFC 3339 in UTC, for programs.
pub(crate) fn rfc3339(time: Time) -> String {
    time.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true)
}

/// A window of time: `2026-11-20 09:41:11 to 09:45:01Z`.
pub(crate) fn window(from: Time, to: Time) -> String {
    let begin = from.format("%Y-%m-%d %H:%M:%S");
    if from == to {
        second(to)
    } else if from.date_naive() == to.date_naive() {
        format!("{begin} to {}", to.format("%H:%M:%SZ"))
    } else {
        format!("{begin} to {}", second(to))
    }
}

/// How many, as counts are written.
pub(crate) fn len(n: usize) -> u64 {
    u64::try_from(n).unwrap_or(u64::MAX)
}

/// The time of a cited line: to a tenth of a second on the day of its startup, else with the day.
pub(crate) fn cited(time: Time, day_of: Option<Time>) -> String {
    if day_of.is_none_or(|other| other.date_naive() == time.date_naive()) {
        let tenths = time.timestamp_subsec_millis().min(999) / 100;
        if time.nanosecond() >= 1_000_000_000 {
            return format!("{}.{tenths}", time.format("%H:%M:%S"));
        }
        let mut text = String::with_capacity("09:41:27.3".len());
        for (number, after) in [
            (time.hour(), ':'),
            (time.minute(), ':'),
            (time.second(), '.'),
        ] {
            two_digits(&mut text, number);
            text.push(after);
        }
        text.extend(char::from_digit(tenths, 10));
        text
    } else {
        time.format("%m-%d %H:%M:%S").to_string()
    }
}

/// `97 %`.
pub(crate) fn percent(share: f64) -> String {
    format!("{:.0} %", (share * 100.0).clamp(0.0, 100.0))
}

/// A length of time, as coarse as a human would say it.
pub(crate) fn duration(seconds: f64) -> String {
    match seconds {
        s if s < 10.0 => format!("{s:.1} s"),
        s if s < 120.0 => format!("{s:.0} s"),
        s if s < 7200.0 => format!("{:.0} min", s / 60.0),
        s if s < 172_800.0 => format!("{:.1} h", s / 3600.0),
        s => format!("{:.0} days", s / 86_400.0),
    }
}

/// An outcome in one word; empty when it is not known.
pub(crate) fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Ready => "ready",
        Outcome::Degraded => "degraded",
        Outcome::Failed => "failed",
        Outcome::Exited => "exited",
        Outcome::Unknown => "",
    }
}

/// How a run ended, in a few words.
pub(crate) fn ended_by(by: EndedBy) -> &'static str {
    match by {
        EndedBy::ApiStop => "stopped through the API",
        EndedBy::ApiKill => "killed through the API",
        EndedBy::Exit => "ended by itself",
        EndedBy::Signal => "killed by a signal",
        EndedBy::Oom => "killed for its memory",
        EndedBy::Engine => "the engine went down",
        EndedBy::Unknown => "ended",
    }
}

/// How a run ended and when, or that it is not seen to: `until 2026-11-20 09:41:26Z: stopped through
/// the API, exit status 143`.
pub(crate) fn end_of_run(run: &Run) -> String {
    let until = match (run.ended_at, run.ended_by) {
        (Some(end), _) => format!("until {}", second(end)),
        (None, Some(_)) => "until a time that is not known".to_owned(),
        (None, None) => return "not seen to end".to_owned(),
    };
    let how = run.ended_by.map_or("ended", ended_by);
    match run.exit_code {
        Some(code) => format!("{until}: {how}, exit status {code}"),
        None => format!("{until}: {how}"),
    }
}

/// A finding's urgency in one word.
pub(crate) fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Info => "note",
        Severity::Warning => "warning",
        Severity::Error => "error",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_as_coarse_as_a_human_says_them() {
        assert_eq!(duration(0.34), "0.3 s");
        assert_eq!(duration(60.0), "60 s");
        assert_eq!(duration(600.0), "10 min");
        assert_eq!(percent(0.97), "97 %");
        assert_eq!(count(1, "line"), "1 line");
    }
}
