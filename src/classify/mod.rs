//! Decides, by table, with citations; findings likewise.

pub mod causes;
pub mod findings;

mod backoff;
mod candidates;
mod first_run;
mod host;
mod in_container;
mod last_lines;
mod overview;
mod periodic;
mod policy;
mod probes;
mod request;
mod rule;
mod rules;
mod scene;
mod sender;
mod verdict;
mod words;

pub use last_lines::{LINES_NEAR_START, may_be_fatal};
pub use rule::Rule;
pub use verdict::Verdict;

use crate::correlate::{Correlated, Kind, Startup};
use crate::model::{Cause, Evidence};
use last_lines::Last;
use overview::Overview;
use rayon::prelude::*;
use rule::first_verdict;
use scene::Scene;
use std::cell::LazyCell;
use std::collections::BTreeMap;

/// The tables of rules, each with its name: on restarts, on first runs, on startups inside a run.
pub const TABLES: [(&str, &[&Rule]); 3] = [
    ("restarts", rules::RULES),
    ("first runs", first_run::RULES),
    ("startups in a run", in_container::RULES),
];

/// Says why every startup happened; in the order of `all.startups`.
#[must_use]
pub fn verdicts(all: &Correlated) -> Vec<Verdict> {
    // Asked for only where there may be a series.
    let runs = LazyCell::<BTreeMap<(usize, usize), &Startup>, _>::new(|| {
        all.startups
            .iter()
            .filter(|startup| startup.kind == Kind::Run)
            .filter_map(|startup| Some(((startup.container, startup.run?), startup)))
            .collect()
    });
    // First without statistics, so that the regular series know which restarts are automation's and
    // which have another cause.
    let overview = Overview::new(all);
    let cause = |container: usize, run: usize| {
        runs.get(&(container, run))
            .map(|startup| judge(Scene::new(all, startup, &overview)).cause)
    };
    overview.set_series(periodic::find(all, &cause));
    // Each for itself: on as many threads as the caller's pool has.
    all.startups
        .par_iter()
        .map(|startup| {
            let scene = Scene::new(all, startup, &overview);
            let verdict = with_recovery(with_last_lines(judge(scene), &scene), &scene);
            settle(verdict, &scene)
        })
        .collect()
}

fn judge(mut scene: Scene<'_>) -> Verdict {
    let rules = if scene.startup.kind == Kind::Run {
        scene.first = first_run::certainty(&scene);
        if scene.first.is_some() {
            first_run::RULES
        } else {
            rules::RULES
        }
    } else {
        in_container::RULES
    };
    first_verdict(rules, &scene).unwrap_or_else(|| rules::undecided(&scene))
}

/// Adds what the run before said last, when it ended badly.
fn with_last_lines(mut verdict: Verdict, scene: &Scene<'_>) -> Verdict {
    let Startup {
        kind: Kind::Run,
        run: Some(run),
        ..
    } = scene.startup
    else {
        return verdict;
    };
    let Some(before) = run.checked_sub(1) else {
        return verdict;
    };
    match last_lines::last_words(scene, before) {
        Last::Said(lines) => {
            for (claim, line) in lines {
                verdict.cite(claim, line);
            }
        }
        Last::Silent => verdict
            .summary
            .to_mut()
            .push_str(" It left no line in the log (a silent exit)."),
        Last::Nothing => {}
    }
    verdict
}

/// Adds the lines in which a database says that it had not been shut down in order: it is no first
/// start then, as there was data before.
fn with_recovery(mut verdict: Verdict, scene: &Scene<'_>) -> Verdict {
    if scene.startup.kind != Kind::Run {
        return verdict;
    }
    let mut lines = scene.recovery_lines().peekable();
    if lines.peek().is_some() {
        verdict
            .candidates
            .retain(|candidate| candidate.cause != Cause::FirstStart);
    }
    for line in lines.take(2) {
        verdict.cite("the run before was not stopped in order", &line.citation);
    }
    verdict
}

/// Two decimals, candidates that the evidence leaves open, and evidence in the order of time.
fn settle(mut verdict: Verdict, scene: &Scene<'_>) -> Verdict {
    verdict.confidence = (verdict.confidence * 100.0).round() / 100.0;
    verdict.candidates = candidates::open(&verdict, scene);
    let order = |evidence: &Evidence| {
        (
            evidence.time.is_none(),
            evidence.time,
            evidence.input,
            evidence.line,
        )
    };
    verdict.evidence.sort_by_key(order);
    // Very many may be kept.
    verdict.evidence.shrink_to_fit();
    verdict.against.sort_by_key(order);
    verdict
}
