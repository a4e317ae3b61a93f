//! Brings a container's facts into order and drops what was read twice.

use super::{ContainerLog, Inputs, Note};
use crate::model::{Fact, InputId, Time};
use foldhash::fast::RandomState;
use std::collections::{BTreeMap, HashMap};

/// Sorts the facts by time, keeps one of several copies, and notes the copies.
pub(super) fn settle(log: &mut ContainerLog, inputs: &Inputs<'_>, notes: &mut Vec<Note>) {
    let facts = std::mem::take(&mut log.facts);
    let (timed, untimed) = if facts.iter().all(|fact| fact.time().is_some()) {
        (facts, Vec::new())
    } else {
        facts.into_iter().partition(|fact| fact.time().is_some())
    };
    let timed = without_copies(timed, inputs, notes);
    log.facts = match (timed.is_empty(), untimed.is_empty()) {
        (_, true) => timed,
        (true, false) => super::untimed::one_of_each(untimed, inputs, notes),
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

/// Nanoseconds of the coarsest unit in which an input may write its times.
const COARSEST: i64 = 1_000_000_000;

/// Nanoseconds of the unit in which an input writes its times, as far as this one shows it beside
/// those before, which `unit` fits.
fn precision(time: Time, unit: i64) -> i64 {
    let nanos = i64::from(time.timestamp_subsec_nanos());
    [COARSEST, 1_000_000, 1_000]
        .into_iter()
        .find(|&finer| finer <= unit && nanos % finer == 0)
        .unwrap_or(1)
}

/// Lines within one unit cannot be told from their copies by time when it is coarser than this.
const FINE: i64 = 1_000;

/// A line that was kept, as far as its copies are found by it.
struct Kept {
    time: Time,
    input: InputId,
    line: u64,
    unit: i64,
}

impl Kept {
    /// Whether a line with the same text is this one, read again: from another input, perhaps with
    /// a coarser time; or from the same one, which repeats what it held already.
    fn is_copied_by(&self, other: &Kept) -> bool {
        let unit = self.unit.max(other.unit);
        let in_units = |time: Time| {
            let nanos = i64::from(time.timestamp_subsec_nanos());
            (time.timestamp(), nanos / unit)
        };
        if in_units(self.time) != in_units(other.time) {
            return false;
        }
        if self.input == other.input {
            unit <= FINE && self.line.abs_diff(other.line) > 1
        } else {
            true
        }
    }
}

/// The same text at the same time is the same line; of copies the one with the finest time is kept.
fn without_copies(facts: Vec<Fact>, inputs: &Inputs<'_>, notes: &mut Vec<Note>) -> Vec<Fact> {
    let mut units: BTreeMap<InputId, i64> = BTreeMap::new();
    for fact in &facts {
        let Some(time) = fact.time() else { continue };
        let of_input = units.entry(fact.citation.place.input).or_insert(COARSEST);
        *of_input = precision(time, *of_input);
    }
    let unit = |fact: &Fact| units.get(&fact.citation.place.input).copied().unwrap_or(1);
    let mut facts = facts;
    facts.sort_by_key(|fact| (unit(fact), fact.citation.place));

    let mut copies: BTreeMap<(InputId, InputId), u64> = BTreeMap::new();
    // Copies lie in one second at least, so that what a second holds is all there is to compare.
    let mut latest: HashMap<(&'static str, &str, i64), usize, RandomState> = HashMap::default();
    // Of each kept line, the one kept before it of the same text in the same second.
    let mut before: Vec<Option<usize>> = vec![None; facts.len()];
    let mut is_copy = vec![false; facts.len()];
    for (index, fact) in facts.iter().enumerate() {
        let Some(time) = fact.time() else {
            is_copy[index] = true;
            continue;
        };
        let kept = |fact: &Fact, time| Kept {
            time,
            input: fact.citation.place.input,
            line: fact.citation.place.line,
            unit: unit(fact),
        };
        let this = kept(fact, time);
        let key = (fact.signature, &*fact.message, time.timestamp());
        let known = latest.get(&key).copied();
        // The oldest of them is named as the original.
        let original = std::iter::successors(known, |index| before[*index])
            .filter_map(|index| Some(kept(&facts[index], facts[index].time()?)))
            .filter(|original| original.is_copied_by(&this))
            .last();
        if let Some(original) = original {
            *copies.entry((this.input, original.input)).or_default() += 1;
            is_copy[index] = true;
        } else {
            before[index] = known;
            latest.insert(key, index);
        }
    }
    drop(latest);
    let mut is_copy = is_copy.into_iter();
    facts.retain(|_| !is_copy.next().unwrap_or_default());
    let mut kept = facts;
    for ((copy, original), count) in copies {
        let text = if copy == original {
            format!(
                "duplicate-ingest: {count} startup lines stand in it twice with the same time (a replay) and are counted once"
            )
        } else {
            format!(
                "duplicate-ingest: {count} startup lines were read from {} already and are counted once",
                inputs.path(original)
            )
        };
        notes.push((copy, text));
    }
    // Standard output and error are two pipes: lines of one moment come in any order, so time
    // decides, then the place.
    kept.sort_by_key(|fact| (fact.time(), fact.citation.place));
    kept
}

/// Lines without a time cannot be placed among lines that have one. Mostly they are copies.
fn leave_out_untimed(timed: &[Fact], untimed: &[Fact], notes: &mut Vec<Note>) {
    let known: std::collections::BTreeSet<&str> = timed.iter().map(|fact| &*fact.message).collect();
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
