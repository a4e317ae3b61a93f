//! No startups: what that means depends on what was read, and so does what to do about it.

use super::{places::Places, words};
use crate::model::{
    InputKind, Note, Warning,
    report::{Input, LeftOut, Report},
};

/// How to save the engine's history.
const EVENTS: &str = "docker events --since 24h --until 0s --format '{{json .}}' > events.jsonl";
/// How to save a container's log.
const LOGS: &str = "docker logs -t CONTAINER > app.log 2>&1";
/// How to list what is recognised.
const SIGNATURES: &str = "whystart signatures list";
/// The main job.
const AGAIN: &str = "whystart --events events.jsonl app.log";

/// That there is nothing to say, and why.
pub(crate) fn sentence(report: &Report, places: &Places) -> String {
    let inputs = &report.inputs;
    let named: Vec<String> = inputs
        .iter()
        .take(4)
        .map(|input| places.name(input.id))
        .collect();
    let list = match inputs.len() - named.len() {
        0 => named.join(", "),
        rest => format!("{} and {rest} more", named.join(", ")),
    };
    let place = if list.is_empty() {
        String::new()
    } else {
        format!(" in {list}")
    };
    let reason = filtered(&report.left_out).unwrap_or_else(|| reason(inputs));
    format!("no startups found{place}: {reason}")
}

/// What can be done about it: what for, and the command.
pub(crate) fn steps(inputs: &[Input]) -> Vec<(&'static str, &'static str)> {
    let any = |wanted: fn(InputKind) -> bool| inputs.iter().any(|input| wanted(input.kind));
    let logs = any(InputKind::is_log);
    let mut steps = Vec::new();
    if !any(|kind| kind == InputKind::DockerEvents) {
        steps.push(("save the engine's history:", EVENTS));
    }
    if logs {
        let what = "see what a startup looks like, and add your own:";
        steps.push((what, SIGNATURES));
    } else {
        steps.push(("save the container's log:", LOGS));
    }
    steps.push(("and read them together:", AGAIN));
    steps
}

/// That the filters left nothing, and what there is; `None` when there is nothing anyway.
fn filtered(left_out: &LeftOut) -> Option<String> {
    let startups = |count| match count {
        1 => "there is 1 startup".to_owned(),
        _ => format!("there are {}", words::count(count, "startup")),
    };
    if left_out.outside == 0 {
        return (left_out.of_others > 0).then(|| {
            format!(
                "{} of other services or containers.",
                startups(left_out.of_others)
            )
        });
    }
    let when = match (left_out.first, left_out.last) {
        (Some(first), Some(last)) if first == last => format!(" at {}", words::second(first)),
        (Some(first), Some(last)) => format!(
            " between {} and {}",
            words::second(first),
            words::second(last)
        ),
        _ => " without a time".to_owned(),
    };
    let none = match (left_out.since, left_out.until) {
        (Some(since), Some(until)) => format!(
            "between {} and {}",
            words::second(since),
            words::second(until)
        ),
        (Some(since), None) => format!("at or after {}", words::second(since)),
        (None, Some(until)) => format!("before {}", words::second(until)),
        (None, None) => return None,
    };
    Some(format!(
        "{}{when}; none {none}.",
        startups(left_out.outside)
    ))
}

/// What the first recognised lines say, where they tell of no start.
fn said(inputs: &[Input]) -> Option<String> {
    let mut notes = inputs.iter().flat_map(|input| &input.notes);
    notes
        .find(|note| matches!(note, Note::Says { .. }))
        .map(Note::to_string)
}

/// Why nothing was found.
fn reason(inputs: &[Input]) -> String {
    let all = |wanted: fn(InputKind) -> bool| inputs.iter().all(|input| wanted(input.kind));
    let any = |wanted: fn(InputKind) -> bool| inputs.iter().any(|input| wanted(input.kind));
    let lines: u64 = inputs.iter().map(|input| input.lines).sum();
    if inputs.is_empty() {
        "there was nothing to read.".to_owned()
    } else if let Some(says) = said(inputs) {
        format!("no line of a start is in it, but {says}.")
    } else if all(|kind| kind == InputKind::Unreadable) {
        "nothing could be read.".to_owned()
    } else if all(|kind| matches!(kind, InputKind::Empty | InputKind::Unreadable)) {
        "it is empty.".to_owned()
    } else if inputs.iter().all(is_failed) {
        "the exports failed.".to_owned()
    } else if any(InputKind::is_log) && !inputs.iter().any(is_known_log) {
        format!(
            "no signature knows a line of it ({} read).",
            words::count(lines, "line")
        )
    } else if any(InputKind::is_log) {
        "signatures know lines of it, but none of them begins a run.".to_owned()
    } else if any(|kind| kind == InputKind::DockerEvents) {
        "the events hold no start of a container.".to_owned()
    } else {
        "there is neither a log nor an event history among them.".to_owned()
    }
}

fn is_failed(input: &Input) -> bool {
    let failed = |warning: &Warning| matches!(warning, Warning::ExportFailed(_));
    input.warnings.iter().any(failed)
}

/// Whether a signature knows a line of it.
fn is_known_log(input: &Input) -> bool {
    input.kind.is_log() && input.recognised
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture::at;

    #[test]
    fn what_the_filters_left_out_is_said() {
        let found = LeftOut {
            outside: 7,
            first: Some(at("09:41:11")),
            last: Some(at("09:58:26")),
            since: Some(at("10:00:00")),
            ..LeftOut::default()
        };
        assert_eq!(
            filtered(&found).unwrap(),
            "there are 7 startups between 2026-11-20 09:41:11Z and 2026-11-20 09:58:26Z; \
             none at or after 2026-11-20 10:00:00Z."
        );
        let one = LeftOut {
            outside: 1,
            last: found.first,
            since: None,
            until: Some(at("09:00:00")),
            ..found
        };
        assert_eq!(
            filtered(&one).unwrap(),
            "there is 1 startup at 2026-11-20 09:41:11Z; none before 2026-11-20 09:00:00Z."
        );
        let others = LeftOut {
            of_others: 2,
            ..LeftOut::default()
        };
        let said = filtered(&others).unwrap();
        assert_eq!(
            said,
            "there are 2 startups of other services or containers."
        );
        assert_eq!(filtered(&LeftOut::default()), None);
    }
}
