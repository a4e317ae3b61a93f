//! Startups without a new run: workers, reloads, supervised processes, pools created again. The table of
//! rules, in the order in which they are asked.

mod pool;
mod process;
mod reload;
mod worker;

use super::rule::Rule;
use super::scene::Scene;
use crate::model::{Fact, FactKind};

/// The rules on startups inside a run.
pub(super) const RULES: &[&Rule] = &[
    &process::UNSHOWN,
    &process::OTHER_PID,
    &worker::OF_MASTER,
    &worker::BESIDE,
    &reload::SEEN,
    &reload::CHILD,
    &process::AFTER_ITS_END,
    &process::SUCCESSOR,
    &process::DUPLICATE,
    &process::STARTED_AGAIN,
    &process::STARTED_ANEW,
    &process::UNCLEAR,
    &pool::RECONNECTED,
    &pool::GENERATION_RISES,
    &pool::OF_UNSEEN_RUN,
    &pool::SECOND,
    &pool::SECOND_IN_LOG,
    &pool::AGAIN,
];

/// The line that shows the startup's process: where it says that it starts, else the first line.
fn process_line<'a>(scene: &Scene<'a>) -> Option<&'a Fact> {
    let mut facts = scene.startup.facts.iter().map(|index| scene.fact(*index));
    facts
        .clone()
        .find(|fact| fact.kind == FactKind::ProcessStart)
        .or_else(|| facts.next())
}

/// The process that started, for a sentence.
fn process_words(start: &Fact) -> String {
    let pid = start.fields.pid;
    pid.map_or_else(|| "another process".to_owned(), |pid| format!("PID {pid}"))
}

/// The line's message, as the claim of its citation.
fn said(fact: &Fact) -> String {
    let message = fact.message();
    match message.char_indices().nth(80) {
        Some((end, _)) => format!("{}…", &message[..end]),
        None => message.to_owned(),
    }
}
