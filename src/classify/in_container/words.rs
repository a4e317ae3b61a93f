//! How verdicts on startups inside a run name the process and cite its lines.

use crate::classify::scene::Scene;
use crate::model::{Fact, FactKind};

/// The line that shows the startup's process: where it says that it starts, else the first line.
pub(super) fn process_line<'a>(scene: &Scene<'a>) -> Option<&'a Fact> {
    let mut facts = scene.startup.facts.iter().map(|index| scene.fact(*index));
    facts
        .clone()
        .find(|fact| fact.kind == FactKind::ProcessStart)
        .or_else(|| facts.next())
}

/// The process that started, for a sentence.
pub(super) fn process_words(start: &Fact) -> String {
    let pid = start.fields.pid;
    pid.map_or_else(|| "another process".to_owned(), |pid| format!("PID {pid}"))
}

/// The line's message, as the claim of its citation.
pub(super) fn said(fact: &Fact) -> String {
    let message = fact.message();
    match message.char_indices().nth(80) {
        Some((end, _)) => format!("{}…", &message[..end]),
        None => message.to_owned(),
    }
}
