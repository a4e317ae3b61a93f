//! What a cited line says, without what the log driver put around it.

use crate::model::InputKind;
use std::borrow::Cow;

/// What the program wrote, without what the log driver put around it.
pub(crate) fn message(kind: InputKind, line: &str) -> Cow<'_, str> {
    match kind {
        InputKind::JsonFileLog => serde_json::from_str::<serde_json::Value>(line)
            .ok()
            .and_then(|record| Some(record.get("log")?.as_str()?.to_owned()))
            .map_or(Cow::Borrowed(line), |log| {
                Cow::Owned(log.trim_end().to_owned())
            }),
        InputKind::TimestampedLog => match line.split_once(' ') {
            Some((time, rest)) if chrono::DateTime::parse_from_rfc3339(time).is_ok() => {
                Cow::Borrowed(rest)
            }
            _ => Cow::Borrowed(line),
        },
        _ => Cow::Borrowed(line),
    }
}
