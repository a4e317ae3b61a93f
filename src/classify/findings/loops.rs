//! Restarts that follow each other because each run fails.

use super::row::FindingRow;
use super::view::{Seen, View};
use crate::classify::verdict::Verdict;
use crate::correlate::Kind;
use crate::model::Severity;
use crate::model::words::times;
use std::collections::BTreeMap;

/// Startups by the restart policy, one after another, that make a crash loop.
const LOOP: usize = 3;

pub(super) const CRASH_LOOP: FindingRow = FindingRow {
    id: "WS004",
    severity: Severity::Error,
    title: "The container is in a crash loop",
    rationale: "The restart policy starts a process again that fails each time; the pauses hide it, and \
        the service is down or flapping meanwhile.",
    told_by: "The restart policy started one container three times or more in a row, after exits or kills for \
        memory, with no other cause in between.",
    near_miss: "Restarts that somebody asked for, however many: a stop through the API comes before each. A single \
        crash is no loop.",
    remedy: "Fix what the last lines of the failed runs say. Bound the loop with `on-failure:N`, and let \
        the process wait for what it depends on.",
    example: "container die exitCode=1, start 0.7 s later\n\
        container die exitCode=1, start 1.2 s later\n\
        container die exitCode=1, start 1.9 s later",
    condition: crash_loop,
    #[cfg(test)]
    story: super::row::Story {
        shows: "0 docker run\n\
            10 die exitCode=1\n\
            10.7 start\n\
            12 die exitCode=1\n\
            13.2 start\n\
            14 die exitCode=1\n\
            15.9 start",
        near_miss: "0 docker run\n\
            10 docker restart\n\
            22 docker restart\n\
            47 docker restart\n\
            60 die exitCode=1\n\
            60.7 start",
    },
};

fn crash_loop(view: &View<'_>) -> Option<Seen> {
    // Each container's runs in order: the verdict where the policy started the run, else `None`.
    let mut runs: BTreeMap<usize, Vec<Option<&Verdict>>> = BTreeMap::new();
    let of_runs = view.judged.iter();
    for (startup, verdict) in of_runs.filter(|(startup, _)| startup.kind == Kind::Run) {
        let by_policy = startup.run.is_some() && verdict.cause.is_by_policy();
        let own = runs.entry(startup.container).or_default();
        own.push(by_policy.then_some(*verdict));
    }
    let streaks = runs.values().flat_map(|own| own.split(Option::is_none));
    // The first of the longest.
    let longest = streaks.fold(&[][..], |longest, streak| {
        if streak.len() > longest.len() {
            streak
        } else {
            longest
        }
    });
    (longest.len() >= LOOP).then(|| Seen {
        detail: format!(
            "The restart policy started it {} in a row.",
            times(longest.len())
        ),
        evidence: View::leads(longest.iter().flatten().copied()),
    })
}
