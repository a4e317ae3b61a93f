//! No startups: what that means depends on what was read, and so does what to do about it.

use super::{Context, Page};
use crate::model::{InputKind, report::Input};
use crate::report::words;
use std::io;

/// How to save the engine's history.
const EVENTS: &str = "docker events --since 24h --until 0s --format '{{json .}}' > events.jsonl";
/// How to save a container's log.
const LOGS: &str = "docker logs -t CONTAINER > app.log 2>&1";

/// How to list what is recognised.
const SIGNATURES: &str = "whystart signatures list";
/// The main job.
const AGAIN: &str = "whystart --events events.jsonl app.log";

/// Says that there is nothing to say, and why.
pub(super) fn write(page: &mut Page, context: &Context) -> io::Result<()> {
    let inputs = &context.report.inputs;
    let named: Vec<String> = inputs
        .iter()
        .take(4)
        .map(|input| context.places.name(input.id))
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
    page.paragraph(
        0,
        2,
        "",
        &format!("no startups found{place}: {}", reason(inputs)),
    )?;
    page.separate()?;
    let any = |wanted: fn(InputKind) -> bool| inputs.iter().any(|input| wanted(input.kind));
    let logs = any(InputKind::is_log);
    let events = any(|kind| kind == InputKind::DockerEvents);
    if !events {
        step(page, "save the engine's history:", EVENTS)?;
    }
    if !logs {
        step(page, "save the container's log:", LOGS)?;
    }
    if logs {
        step(
            page,
            "see what a startup looks like, and add your own:",
            SIGNATURES,
        )?;
    }
    step(page, "and read them together:", AGAIN)
}

fn step(page: &mut Page, what: &str, command: &str) -> io::Result<()> {
    page.paragraph(2, 2, "", what)?;
    page.paragraph(4, 6, "", command)
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
