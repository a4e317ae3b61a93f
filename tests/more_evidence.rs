//! More evidence never makes a report say less: what a part of the evidence shows, all of it shows,
//! too.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use common::evidence::{self, Input, Random};
use common::story::{exited, running, story};
use common::truth::{TOLERANCE, same_container, seconds};
use common::{Mode, cases, items, startups, text};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// What gets lost and cannot be helped: the case, the moment, and why.
const KNOWN: [(&str, &str, &str); 1] = [(
    "05b-crash-loop-backoff",
    "2026-11-20T09:48:21.832",
    "the script in the container waits for 14 seconds before it starts the database, so with events \
     the startup begins that much earlier",
)];

/// Evidence, and what it is of.
struct Whole {
    name: String,
    inputs: Vec<Input>,
}

/// Every case in every form, and a few stories.
fn wholes() -> Vec<Whole> {
    let mut wholes = Vec::new();
    for case in cases() {
        let most = match Mode::Host.words(&case) {
            Some(_) => Mode::Host,
            None => Mode::Full,
        };
        for mode in [most, Mode::Raw, Mode::Plain] {
            let mut skipped = items(&case.truth["skip_modes"]).iter();
            if skipped.any(|name| name == mode.name()) {
                continue;
            }
            if let Some(inputs) = evidence::of_case(&case, mode) {
                let name = format!("{} {}", case.name, mode.name());
                wholes.push(Whole { name, inputs });
            }
        }
    }
    wholes.extend(stories());
    wholes
}

fn stories() -> Vec<Whole> {
    let restarted = story("a restart by hand, seen from everywhere")
        .container("web")
        .ran("10:00:00")
        .boots("10:00:01", 139_701_801_886_512)
        .restarted("10:05:00")
        .boots("10:05:02", 139_701_801_886_528)
        .inspect(&running("10:05:00.5").after_an_end("10:05:00.4"))
        .goes_on("10:10:00");
    let crashed = story("a policy starts it again, and then it ends")
        .container("web")
        .ran("10:00:00")
        .boots("10:00:01", 139_701_801_886_512)
        .crashed("10:05:00", 1)
        .started("10:05:01")
        .boots("10:05:02", 139_701_801_886_528)
        .crashed("10:06:00", 1)
        .inspect(&exited("10:05:01", "10:06:00", 1).restarts(1));
    let two = story("two containers, one log each")
        .container("web")
        .ran("10:00:00")
        .boots("10:00:01", 139_701_801_886_512)
        .container("worker")
        .ran("10:00:00.2")
        .boots("10:00:02", 139_701_801_886_544)
        .restarted("10:03:00")
        .boots("10:03:02", 139_701_801_886_560)
        .goes_on("10:10:00");
    [restarted, crashed, two]
        .into_iter()
        .enumerate()
        .map(|(n, story)| Whole {
            name: format!("story {n}"),
            inputs: evidence::of_story(story),
        })
        .collect()
}

/// The startups that `fewer` has and `more` lacks.
fn lost<'a>(fewer: &'a Value, more: &Value) -> Vec<&'a Value> {
    let (fewer, more) = (startups(fewer), startups(more));
    let may_be = |a: &Value, b: &Value| {
        let gap = match (seconds(&a["at"]), seconds(&b["at"])) {
            (Some(a), Some(b)) => (a - b).abs(),
            _ => 0.0,
        };
        same_container(&a["container_id"], &b["container_id"]) && gap <= TOLERANCE
    };
    let fits: Vec<Vec<usize>> = fewer
        .iter()
        .map(|(_, one)| {
            let all = more.iter().enumerate();
            let fit = all.filter(|(_, (_, other))| may_be(one, other));
            fit.map(|(n, _)| n).collect()
        })
        .collect();
    let mut taken_by = vec![None; more.len()];
    let all = fewer.iter().enumerate();
    all.filter(|(n, _)| !take(*n, &fits, &mut taken_by, &mut vec![false; more.len()]))
        .map(|(_, (_, startup))| *startup)
        .collect()
}

/// Finds a partner for `one`, if need be by giving others another one.
fn take(
    one: usize,
    fits: &[Vec<usize>],
    taken_by: &mut [Option<usize>],
    tried: &mut [bool],
) -> bool {
    for &partner in &fits[one] {
        if std::mem::replace(&mut tried[partner], true) {
            continue;
        }
        if taken_by[partner].is_none_or(|other| take(other, fits, taken_by, tried)) {
            taken_by[partner] = Some(one);
            return true;
        }
    }
    false
}

/// What got lost when `added` came to `inputs`.
struct Loss {
    kind: String,
    what: String,
}

fn losses(whole: &Whole, names: &str, added: &Input, fewer: &Value, more: &Value) -> Vec<Loss> {
    let is_known = |startup: &Value| {
        KNOWN.iter().any(|(case, at, _)| {
            whole.name.starts_with(case) && text(&startup["at"]).starts_with(at)
        })
    };
    lost(fewer, more)
        .into_iter()
        .filter(|startup| !is_known(startup))
        .map(|startup| Loss {
            kind: format!(
                "{} by {} is lost when {} comes",
                text(&startup["cause"]),
                text(&startup["rule"]),
                added.sort()
            ),
            what: format!(
                "{}: {} of {} at {} in {names}, + {}",
                whole.name,
                text(&startup["cause"]),
                text(&startup["container_name"]),
                text(&startup["at"]),
                added.name()
            ),
        })
        .collect()
}

fn names(inputs: &[Input]) -> String {
    let names: Vec<&str> = inputs.iter().map(Input::name).collect();
    names.join(" ")
}

/// Takes each input away from the whole.
fn without_each(whole: &Whole) -> Vec<Loss> {
    if whole.inputs.len() < 2 {
        return Vec::new();
    }
    let more = evidence::report(&whole.inputs);
    let mut found = Vec::new();
    for n in 0..whole.inputs.len() {
        let mut fewer = whole.inputs.clone();
        let added = fewer.remove(n);
        let report = evidence::report(&fewer);
        found.extend(losses(
            whole,
            &format!("all but {}", added.name()),
            &added,
            &report,
            &more,
        ));
    }
    found
}

/// Adds one input after the other.
fn in_turn(whole: &Whole, seed: usize) -> Vec<Loss> {
    let random = &mut Random::new(seed);
    let mut left = whole.inputs.clone();
    let mut given = vec![left.swap_remove(random.below(left.len()))];
    let mut fewer = evidence::report(&given);
    let mut found = Vec::new();
    while !left.is_empty() {
        let added = left.swap_remove(random.below(left.len()));
        let before = names(&given);
        given.push(added.clone());
        let more = evidence::report(&given);
        found.extend(losses(whole, &before, &added, &fewer, &more));
        fewer = more;
    }
    found
}

fn table(all: Vec<Loss>) -> String {
    let mut kinds: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for loss in all {
        kinds.entry(loss.kind).or_default().push(loss.what);
    }
    let mut table = String::new();
    for (kind, all) in kinds {
        writeln!(table, "{} x {kind}", all.len()).unwrap();
        for what in all {
            writeln!(table, "    {what}").unwrap();
        }
    }
    table
}

#[test]
fn an_input_more_hides_no_startup() {
    let wholes = wholes();
    let found = evidence::each(wholes.len(), |n| without_each(&wholes[n]));
    let found: Vec<Loss> = found.into_iter().flatten().collect();
    assert!(found.is_empty(), "{}", table(found));
}

#[test]
fn no_startup_is_lost_in_whatever_order_the_inputs_come() {
    let wholes = wholes();
    let found = evidence::each(wholes.len(), |n| in_turn(&wholes[n], n));
    let found: Vec<Loss> = found.into_iter().flatten().collect();
    assert!(found.is_empty(), "{}", table(found));
}

#[test]
#[ignore = "takes minutes"]
fn no_startup_is_lost_in_many_orders() {
    let wholes = wholes();
    let found = evidence::each(wholes.len() * 10, |n| in_turn(&wholes[n % wholes.len()], n));
    let found: Vec<Loss> = found.into_iter().flatten().collect();
    assert!(found.is_empty(), "{}", table(found));
}
