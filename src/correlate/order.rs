//! Brings a container's facts into order and drops what was read twice.

use super::{ContainerLog, InputWarning, Inputs};
use crate::model::{Fact, InputId, Time, Warning};
use rayon::prelude::*;
use std::collections::BTreeMap;

/// Sorts the facts by time, keeps one of several copies, and notes the copies.
pub(super) fn settle(log: &mut ContainerLog, inputs: &Inputs<'_>, notes: &mut Vec<InputWarning>) {
    if !are_settled(&log.facts) {
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
    }
    log.last_lines
        .sort_by_key(|line| (line.citation.time, line.citation.place));
    log.last_lines.dedup_by(|b, a| {
        a.citation.time.is_some()
            && a.citation.time == b.citation.time
            && a.message() == b.message()
    });
}

/// Whether these are the lines of one input, each at a later moment than the one before: they are in
/// order, and none is a copy. Looking at very many facts costs what reading them from memory costs, so
/// all is asked at once, and by all threads.
fn are_settled(facts: &[Fact]) -> bool {
    let unit = unit_of(facts);
    let moment = |fact: &Fact| Some(in_units(fact.time()?, unit));
    let follows = |a: &Fact, b: &Fact| {
        let same_input = a.citation.place.input == b.citation.place.input;
        same_input && moment(a).is_some() && moment(a) < moment(b)
    };
    facts
        .par_windows(2)
        .all(|pair| matches!(pair, [a, b] if follows(a, b)))
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

/// The second, and how many such units (in nanoseconds) of it have passed.
fn in_units(time: Time, unit: i64) -> (i64, i64) {
    let nanos = i64::from(time.timestamp_subsec_nanos());
    (time.timestamp(), nanos / unit)
}

/// The coarsest unit that all times of these facts fit.
fn unit_of(facts: &[Fact]) -> i64 {
    let mut unit = COARSEST;
    for time in facts.iter().filter_map(Fact::time) {
        unit = precision(time, unit);
        if unit == 1 {
            break;
        }
    }
    unit
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
        if in_units(self.time, unit) != in_units(other.time, unit) {
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
/// Standard output and error are two pipes: lines of one moment come in any order, so time decides
/// the order, then the place.
fn without_copies(
    mut facts: Vec<Fact>,
    inputs: &Inputs<'_>,
    notes: &mut Vec<InputWarning>,
) -> Vec<Fact> {
    let mut units: BTreeMap<InputId, i64> = BTreeMap::new();
    for of_input in facts.chunk_by(|a, b| a.citation.place.input == b.citation.place.input) {
        let Some(first) = of_input.first() else {
            continue;
        };
        let unit = unit_of(of_input);
        let known = units.entry(first.citation.place.input).or_insert(unit);
        *known = unit.min(*known);
    }
    facts.sort_by_key(|fact| (fact.time(), fact.citation.place));
    let coarsest = units.values().copied().max().unwrap_or(COARSEST);
    let moment = |fact: &Fact| fact.time().map(|time| in_units(time, coarsest));

    let mut copies: BTreeMap<(InputId, InputId), u64> = BTreeMap::new();
    let mut is_copy = vec![false; facts.len()];
    let mut begin = 0;
    // Copies have one time in the coarser of their units: what the coarsest of all units holds is all
    // there is to compare.
    for of_moment in facts.chunk_by(|a, b| moment(a) == moment(b)) {
        if of_moment.len() > 1 {
            let mut same: Vec<(&Fact, i64, usize)> = of_moment
                .iter()
                .zip(begin..)
                .map(|(fact, at)| (fact, units[&fact.citation.place.input], at))
                .collect();
            same.sort_by(|(a, a_unit, _), (b, b_unit, _)| {
                let order = text(a).cmp(&text(b));
                order.then((a_unit, a.citation.place).cmp(&(b_unit, b.citation.place)))
            });
            for same in same.chunk_by(|(a, ..), (b, ..)| text(a) == text(b)) {
                leave_out_copies(same, &mut is_copy, &mut copies);
            }
        }
        begin += of_moment.len();
    }
    let mut is_copy = is_copy.into_iter();
    facts.retain(|_| !is_copy.next().unwrap_or_default());
    for ((copy, original), count) in copies {
        let warning = if copy == original {
            Warning::Replay(count)
        } else {
            Warning::Copy {
                count,
                all: false,
                original: inputs.path(original).to_owned(),
            }
        };
        notes.push((copy, warning));
    }
    facts
}

/// What two copies have in common beside their time.
fn text(fact: &Fact) -> (&str, &[u8]) {
    (fact.signature, fact.message_bytes())
}

/// Of lines with the same text at one moment, finest times first, marks those that are copies. Each
/// comes with its input's unit and its index.
fn leave_out_copies(
    same: &[(&Fact, i64, usize)],
    is_copy: &mut [bool],
    copies: &mut BTreeMap<(InputId, InputId), u64>,
) {
    let mut kept: Vec<Kept> = Vec::new();
    for (fact, unit, at) in same {
        let Some(time) = fact.time() else { continue };
        let this = Kept {
            time,
            input: fact.citation.place.input,
            line: fact.citation.place.line,
            unit: *unit,
        };
        // The oldest of them is named as the original.
        if let Some(original) = kept.iter().find(|original| original.is_copied_by(&this)) {
            *copies.entry((this.input, original.input)).or_default() += 1;
            is_copy[*at] = true;
        } else {
            kept.push(this);
        }
    }
}

/// Lines without a time cannot be placed among lines that have one. Mostly they are copies.
fn leave_out_untimed(timed: &[Fact], untimed: &[Fact], notes: &mut Vec<InputWarning>) {
    let known: std::collections::BTreeSet<&str> = timed.iter().map(Fact::message).collect();
    let mut per_input: BTreeMap<InputId, (u64, u64)> = BTreeMap::new();
    for fact in untimed {
        let (copies, strange) = per_input.entry(fact.citation.place.input).or_default();
        if known.contains(fact.message()) {
            *copies += 1;
        } else {
            *strange += 1;
        }
    }
    for (input, (copies, strange)) in per_input {
        notes.push((
            input,
            if strange == 0 {
                Warning::UntimedCopy(copies)
            } else {
                Warning::UntimedLeftOut(copies + strange)
            },
        ));
    }
}
