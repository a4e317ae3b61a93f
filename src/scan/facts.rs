//! Decodes the lines with a literal, and keeps what they say.

use super::Relative;
use super::block::Block;
use crate::formats::Record;
use crate::formats::time::{Zone, leading_time};
use crate::literals::Hit;
use crate::model::fact::{Aside, SaidTime};
use crate::model::text::citable;
use crate::model::{Fact, Said, Time};

impl Block<'_> {
    /// Recognises the lines of the hits.
    pub(super) fn recognise(&mut self, hits: &[Hit]) {
        let mut done = self.own.start;
        for hit in hits {
            let at = self.own.start + hit.begin;
            if at >= done {
                let (begin, end) = self.line_around(at);
                done = end + 1;
                let line = i64::try_from(hit.line).unwrap_or(i64::MAX);
                self.recognise_line(begin, end, line);
            }
        }
    }

    /// Decodes the line with this number and keeps its facts.
    fn recognise_line(&mut self, begin: usize, end: usize, line: i64) {
        let raw = &self.bytes[begin..end];
        let Ok(record) = self.scanner.format.parse(raw) else {
            return;
        };
        if self.continues(begin, &record) {
            return;
        }
        let joined = record.partial.then(|| self.join(&record, end));
        let message: &[u8] = joined.as_deref().unwrap_or(&record.message);
        let mut found = Vec::new();
        self.scanner.signatures.recognise(message, &mut found);
        if found.is_empty() {
            return;
        }
        let starts = found.iter().any(|found| found.kind.begins_run());
        let origin = self.origin(&record);
        let citation = self.citation(begin, end, record.time);
        let aside = aside(&record, message, self.scanner.zone);
        let facts = found.into_iter().map(|found| Relative {
            line,
            value: Fact {
                kind: found.kind,
                signature: found.signature,
                citation: citation.clone(),
                said: Said::new(found.message, citable(raw)),
                fields: found.fields,
                multi: found.multi,
                origin,
                aside: aside.clone(),
            },
        });
        self.out.facts.extend(facts);
        if starts {
            self.keep_before_start(begin, line);
        }
    }
}

/// What few logs tell of a line: the time in its message where the record has none, and the life of
/// its container.
fn aside(record: &Record<'_>, message: &[u8], zone: Option<&Zone>) -> Option<Box<Aside>> {
    let untimed = record.time.is_none();
    let said_time = untimed.then(|| said_time(message, zone)).flatten();
    let origin = record.origin.as_ref();
    let epoch = origin.and_then(|origin| origin.epoch.as_deref());
    (said_time.is_some() || epoch.is_some()).then(|| {
        Box::new(Aside {
            said_time,
            epoch: epoch.map(Box::from),
        })
    })
}

/// A time as a number since 1970: seconds, with a fraction perhaps (zap, Caddy), or milliseconds (pino).
fn epoch_time(value: &serde_json::Value) -> Option<SaidTime> {
    /// Seconds do not come here before the year 2286.
    const MILLIS_FROM: i64 = 10_000_000_000;
    let number = value.as_number()?.to_string();
    let (whole, fraction) = number.split_once('.').unwrap_or((&number, ""));
    let whole: i64 = whole.parse().ok().filter(|whole| *whole > 0)?;
    let time = if whole < MILLIS_FROM {
        let nanos = format!("{fraction:0<9.9}").parse().ok()?;
        Time::from_timestamp(whole, nanos)
    } else {
        Time::from_timestamp_millis(whole)
    };
    Some(SaidTime {
        time: time?,
        assumed_zone: false,
    })
}

/// The time that the application wrote.
fn said_time(message: &[u8], zone: Option<&Zone>) -> Option<SaidTime> {
    let assumed = zone.unwrap_or(&Zone::Utc);
    let text = message.trim_ascii_start();
    let written = if text.starts_with(b"{") {
        let object: serde_json::Value = serde_json::from_slice(text).ok()?;
        let value = ["timestamp", "time", "ts", "@timestamp"]
            .iter()
            .find_map(|key| object.get(*key))?;
        let Some(words) = value.as_str() else {
            return epoch_time(value);
        };
        leading_time(words.as_bytes(), assumed, None)
    } else {
        leading_time(text, assumed, None)
    };
    written
        .filter(|(stamp, _)| !stamp.assumed_year)
        .map(|(stamp, _)| SaidTime {
            time: stamp.time,
            assumed_zone: stamp.assumed_zone && zone.is_none(),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_times_in_seconds_or_milliseconds() {
        for (message, time) in [
            (
                r#"{"time":1768471200250,"msg":"x"}"#,
                Some("2026-01-15T10:00:00.250Z"),
            ),
            (
                r#"{"ts":1768471200.25,"msg":"x"}"#,
                Some("2026-01-15T10:00:00.250Z"),
            ),
            (
                r#"{"ts":1768471200,"msg":"x"}"#,
                Some("2026-01-15T10:00:00Z"),
            ),
            (r#"{"time":-5,"msg":"x"}"#, None),
        ] {
            let said = said_time(message.as_bytes(), None);
            let expected = time.map(|time| time.parse::<Time>().unwrap());
            assert_eq!(said.map(|said| said.time), expected, "{message}");
        }
    }
}
