//! Brings a container's facts into order and drops what was read twice.

use super::ContainerLog;
use crate::model::{Fact, InputId};
use std::collections::{BTreeMap, BTreeSet};

/// Sorts the facts by time, keeps one of several copies, and notes the copies.
pub(super) fn settle(log: &mut ContainerLog, notes: &mut Vec<(InputId, String)>) {
    let facts = std::mem::take(&mut log.facts);
    let (mut timed, untimed): (Vec<Fact>, Vec<Fact>) =
        facts.into_iter().partition(|fact| fact.time().is_some());
    // Standard output and error are two pipes: lines of one moment come in any order, so time
    // decides, then the place.
    timed.sort_by_key(|fact| (fact.time(), fact.citation.place));
    let timed = without_copies(timed, notes);
    log.facts = match (timed.is_empty(), untimed.is_empty()) {
        (_, true) => timed,
        (true, false) => one_untimed(untimed, notes),
        (false, false) => {
            leave_out_untimed(&timed, &untimed, notes);
            timed
        }
    };
    log.last_lines
        .sort_by_key(|line| (line.citation.time, line.citation.place));
    log.last_lines.dedup_by(|b, a| {
        a.citation.time.is_some() && a.citation.time == b.citation.time && a.message == b.message
    });
}

/// The same line at the same nanosecond in another input is a copy.
fn without_copies(timed: Vec<Fact>, notes: &mut Vec<(InputId, String)>) -> Vec<Fact> {
    let mut copies: BTreeMap<(InputId, InputId), u64> = BTreeMap::new();
    let mut kept: Vec<Fact> = Vec::with_capacity(timed.len());
    for fact in timed {
        let original = kept
            .iter()
            .rev()
            .take_while(|earlier| earlier.time() == fact.time())
            .find(|earlier| {
                earlier.citation.place.input != fact.citation.place.input
                    && earlier.kind == fact.kind
                    && earlier.message == fact.message
            });
        if let Some(original) = original {
            *copies
                .entry((fact.citation.place.input, original.citation.place.input))
                .or_default() += 1;
        } else {
            kept.push(fact);
        }
    }
    for ((copy, original), count) in copies {
        notes.push((
            copy,
            format!("duplicate-ingest: {count} startup lines were read from input {} already and are counted once", original.0),
        ));
    }
    kept
}

/// Of several logs without times, which may be copies of each other, one is kept whole. Rotated
/// pieces differ and stay in their order.
fn one_untimed(untimed: Vec<Fact>, notes: &mut Vec<(InputId, String)>) -> Vec<Fact> {
    let mut order: Vec<InputId> = Vec::new();
    let mut by_input: BTreeMap<InputId, Vec<Fact>> = BTreeMap::new();
    for fact in untimed {
        let input = fact.citation.place.input;
        if !order.contains(&input) {
            order.push(input);
        }
        by_input.entry(input).or_default().push(fact);
    }
    let mut kept: Vec<Fact> = Vec::new();
    let mut seen: BTreeSet<Vec<Box<str>>> = BTreeSet::new();
    for input in order {
        let Some(facts) = by_input.remove(&input) else {
            continue;
        };
        let messages: Vec<Box<str>> = facts.iter().map(|fact| fact.message.clone()).collect();
        // Addresses differ between runs, so equal text throughout is the same text.
        if seen.insert(messages) {
            kept.extend(facts);
        } else {
            notes.push((
                input,
                format!(
                    "duplicate-ingest: all {} startup lines were read from another input already",
                    facts.len()
                ),
            ));
        }
    }
    kept
}

/// Lines without a time cannot be placed among lines that have one. Mostly they are copies.
fn leave_out_untimed(timed: &[Fact], untimed: &[Fact], notes: &mut Vec<(InputId, String)>) {
    let known: BTreeSet<&str> = timed.iter().map(|fact| &*fact.message).collect();
    let mut per_input: BTreeMap<InputId, (u64, u64)> = BTreeMap::new();
    for fact in untimed {
        let (copies, strange) = per_input.entry(fact.citation.place.input).or_default();
        if known.contains(&*fact.message) {
            *copies += 1;
        } else {
            *strange += 1;
        }
    }
    for (input, (copies, strange)) in per_input {
        notes.push((
            input,
            if strange == 0 {
                format!("duplicate-ingest: its {copies} startup lines are in a log with times already and are counted once")
            } else {
                format!("{} startup lines without a time were left out: another log of the same container has times", copies + strange)
            },
        ));
    }
}
