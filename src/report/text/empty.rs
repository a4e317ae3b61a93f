//! No startups: what that means depends on what was read, and so does what to do about it.

use super::{Context, Page, words};
use crate::model::{InputKind, report::Input};
use std::io;

/// How to save the engine's history.
const EVENTS: &str = "docker events --since 24h --until 0s --format '{{json .}}' > events.jsonl";
/// How to save a container's log.
const LOGS: &str = "docker logs -t CONTAINER > app.log 2>&1";

/// Says that there is nothing to say, and why.
pub(super) fn write(page: &mut Page, context: &Context) -> io::Result<()> {
    let inputs = &context.report.inputs;
    let named: Vec<String> = inputs
        .iter()
        .take(4)
        .map(|input| context.places.name(input.id))
        .collect();
    let mut list = named.join(", ");
    if inputs.len() > named.len() {
        list.push_str(&format!(" and {} more", inputs.len() - named.len()));
    }
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
    page.blank()?;
    let any = |wanted: fn(InputKind) -> bool| inputs.iter().any(|input| wanted(input.kind));
    let logs = any(InputKind::is_log);
    let events = any(|kind| kind == InputKind::DockerEvents);
    if !events {
        page.paragraph(2, 4, "collect the events with", EVENTS)?;
    }
    if !logs {
        page.paragraph(2, 4, "collect a log with", LOGS)?;
    }
    if logs {
        page.paragraph(
            2,
            4,
            "see what a startup looks like with",
            "whystart signatures list",
        )?;
    }
    page.paragraph(2, 4, "then run", "whystart --events events.jsonl app.log")?;
    page.blank()
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
            "no signature knows any of the {}, or the filters leave none.",
            words::count(lines, "line")
        )
    } else if any(|kind| kind == InputKind::DockerEvents) {
        "the events hold no start of a container, or the filters leave none.".to_owned()
    } else {
        "there is neither a log nor an event history among them.".to_owned()
    }
}
