//! Several logs without times of one container: copies are recognised by their content.

use super::{InputWarning, Inputs};
use crate::model::{Fact, InputId, Warning};
use std::collections::BTreeMap;

/// Keeps each line once. Rotated pieces differ and stay in their order, the oldest first.
pub(super) fn one_of_each(
    untimed: Vec<Fact>,
    inputs: &Inputs<'_>,
    notes: &mut Vec<InputWarning>,
) -> Vec<Fact> {
    let mut order: Vec<InputId> = Vec::new();
    let mut by_input: BTreeMap<InputId, Vec<Fact>> = BTreeMap::new();
    for fact in untimed {
        let input = fact.citation.place.input;
        if !order.contains(&input) {
            order.push(input);
        }
        by_input.entry(input).or_default().push(fact);
    }
    let mut kept: Vec<(InputId, Vec<Fact>)> = Vec::new();
    for input in order {
        if let Some(mut facts) = by_input.remove(&input) {
            if let Some(once) = repeats_after(&facts) {
                let copies = facts.split_off(once).len() as u64;
                notes.push((input, Warning::Repeated(copies)));
            }
            join(&mut kept, input, facts, inputs, notes);
        }
    }
    kept.into_iter().flat_map(|(_, facts)| facts).collect()
}

/// How many places are looked at where an input may begin again.
const PLACES: usize = 256;

/// After how many lines an input repeats what it held already, to its end. A pool's address may come
/// again in the next process; two processes, or two different addresses, do not come again as they were.
fn repeats_after(facts: &[Fact]) -> Option<usize> {
    let pool = |fact: &Fact| fact.fields.pool_id.clone();
    let first = facts
        .iter()
        .position(|fact| fact.fields.pool_id.is_some())?;
    let again = (first + 1..facts.len())
        .filter(|at| facts[*at].message_bytes() == facts[first].message_bytes());
    again.take(PLACES).map(|at| at - first).find(|once| {
        let mut pools = facts[..*once].iter().filter_map(pool);
        let one = pools.next();
        let starts = facts[..*once].iter().filter(|fact| fact.kind.begins_run());
        (starts.count() > 1 || pools.any(|other| Some(&other) != one.as_ref()))
            && facts[*once..]
                .iter()
                .zip(facts)
                .all(|(copy, fact)| copy.message_bytes() == fact.message_bytes())
            && facts.len() - once > first
    })
}

/// Adds the lines of one more input.
fn join(
    kept: &mut Vec<(InputId, Vec<Fact>)>,
    input: InputId,
    mut facts: Vec<Fact>,
    inputs: &Inputs<'_>,
    notes: &mut Vec<InputWarning>,
) {
    let copied = |count: usize, all: bool, from: InputId| Warning::Copy {
        count: count as u64,
        all,
        original: inputs.path(from).to_owned(),
    };
    let mut place = kept.len();
    for (at, (other, lines)) in kept.iter_mut().enumerate() {
        // Pieces of one rotation follow each other, however alike they are.
        if inputs.rotation(*other) != inputs.rotation(input) {
            continue;
        }
        if holds(lines, &facts) {
            notes.push((input, copied(facts.len(), true, *other)));
            return;
        }
        if holds(&facts, lines) {
            notes.push((*other, copied(lines.len(), true, input)));
            *other = input;
            *lines = facts;
            return;
        }
        let both = lines.len().min(facts.len());
        let after = (1..both)
            .rev()
            .find(|count| same(&lines[lines.len() - count..], &facts[..*count]));
        let before = (1..both)
            .rev()
            .find(|count| same(&facts[facts.len() - count..], &lines[..*count]));
        if let Some(count) = after {
            notes.push((input, copied(count, false, *other)));
            facts.drain(..count);
        } else if let Some(count) = before {
            notes.push((input, copied(count, false, *other)));
            facts.truncate(facts.len() - count);
            place = place.min(at);
        }
    }
    kept.insert(place, (input, facts));
}

/// Whether `part` stands in `whole` as it is.
fn holds(whole: &[Fact], part: &[Fact]) -> bool {
    if part.is_empty() || part.len() > whole.len() {
        return false;
    }
    let all = whole.len() == part.len();
    whole.windows(part.len()).any(|lines| {
        // One line that looks like another one proves nothing, unless it is all that both say.
        same(lines, part) || all && part.len() == 1 && same_place(&lines[0], &part[0])
    })
}

fn same_place(a: &Fact, b: &Fact) -> bool {
    a.message_bytes() == b.message_bytes() && a.citation.place.line == b.citation.place.line
}

/// Whether two stretches are the same lines: the same text, and either something in it that does
/// not repeat between processes, or the same distances between the lines.
fn same(a: &[Fact], b: &[Fact]) -> bool {
    let alike = |(a, b): (&Fact, &Fact)| {
        a.message_bytes() == b.message_bytes() && a.said_time() == b.said_time()
    };
    if !a.iter().zip(b).all(alike) {
        return false;
    }
    let unique = a
        .iter()
        .any(|fact| fact.fields.pool_id.is_some() || fact.said_time().is_some());
    let distances = |facts: &[Fact]| -> Vec<u64> {
        let line = |fact: &Fact| fact.citation.place.line;
        facts
            .windows(2)
            .map(|pair| line(&pair[1]).abs_diff(line(&pair[0])))
            .collect()
    };
    unique || a.len() > 1 && distances(a) == distances(b)
}
