//! No startups: what that means depends on what was read, and so does what to do about it.

use super::{places::Places, words};
use crate::model::{InputKind, report::Input};

/// How to save the engine's history.
const EVENTS: &str = "docker events --since 24h --until 0s --format '{{json .}}' > events.jsonl";
/// How to save a container's log.
const LOGS: &str = "docker logs -t CONTAINER > app.log 2>&1";
/// How to list what is recognised.
const SIGNATURES: &str = "whystart signatures list";
/// The main job.
const AGAIN: &str = "whystart --events events.jsonl app.log";

/// That there is nothing to say, and why.
pub(crate) fn sentence(inputs: &[Input], places: &Places) -> String {
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
    format!("no startups found{place}: {}", reason(inputs))
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

/// Why nothing was found.
fn reason(inputs: &[Input]) -> String {
    let all = |wanted: fn(InputKind) -> bool| inputs.iter().all(|input| wanted(input.kind));
    let any = |wanted: fn(InputKind) -> bool| inputs.iter().any(|input| wanted(input.kind));
    let lines: u64 = inputs.iter().map(|input| input.lines).sum();
    if inputs.is_empty() {
        "there was nothing to read.".to_owned()
    } else if all(|kind| kind == InputKind::Unreadable) {
        "nothing could be read.".to_owned()
    } else if all(|kind| matches!(kind, InputKind::Empty | InputKind::Unreadable)) {
        "it is empty.".to_owned()
    } else if any(InputKind::is_log) {
        format!(
            "no signature knows a line of it ({} read), or the filters leave none.",
            words::count(lines, "line")
        )
    } else if any(|kind| kind == InputKind::DockerEvents) {
        "the events hold no start of a container, or the filters leave none.".to_owned()
    } else {
        "there is neither a log nor an event history among them.".to_owned()
    }
}
