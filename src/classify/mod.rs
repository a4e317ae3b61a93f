//! Decides, by table, with citations; findings likewise.

pub mod causes;
pub mod finding_rows;

mod automation;
mod deploy;
mod findings;
mod first_run;
mod host;
mod in_container;
mod last_lines;
mod mass;
mod overview;
mod periodic;
mod policy;
mod probes;
mod request;
mod restart;
mod scene;
mod services;
mod verdict;
mod words;

pub use last_lines::{LINES_NEAR_START, may_be_fatal};
pub use services::services;
pub use verdict::Verdict;

use crate::correlate::{Correlated, Kind, Startup};
use crate::lifecycle::StartSource;
use crate::model::Evidence;
use crate::model::FactKind;
use last_lines::Last;
use overview::Overview;
use rayon::prelude::*;
use scene::Scene;
use std::cell::LazyCell;
use std::collections::BTreeMap;

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
    let overview = Overview::of(all);
    let cause = |container: usize, run: usize| {
        runs.get(&(container, run))
            .map(|startup| judge(&Scene::new(all, startup, &overview)).cause)
    };
    overview.set_series(periodic::find(all, &cause));
    // Each for itself: on as many threads as the caller's pool has.
    all.startups
        .par_iter()
        .map(|startup| {
            let scene = Scene::new(all, startup, &overview);
            round(with_last_lines(judge(&scene), &scene))
        })
        .collect()
}

fn judge(scene: &Scene<'_>) -> Verdict {
    if scene.startup.kind != Kind::Run {
        return in_container::judge(scene);
    }
    match first(scene) {
        First::Certainly => first_run::judge(scene, true),
        First::Likely => first_run::judge(scene, false),
        First::No => restart::judge(scene),
    }
}

enum First {
    Certainly,
    /// Only the log speaks for it.
    Likely,
    No,
}

/// Whether the startup's run is its container's first.
fn first(scene: &Scene<'_>) -> First {
    let Some((index, run)) = scene.run else {
        return First::No;
    };
    match run.is_first {
        Some(true) => return First::Certainly,
        Some(false) => return First::No,
        None if index > 0 => return First::No,
        None => {}
    }
    let from_log = run
        .start
        .as_ref()
        .is_none_or(|start| start.source == StartSource::Log);
    if from_log && log_begins_with_it(scene) {
        First::Likely
    } else {
        First::No
    }
}

/// The log begins with this startup, it got ready, and nothing in the log ever failed to start: so
/// nothing ran before that left no line.
fn log_begins_with_it(scene: &Scene<'_>) -> bool {
    let begins = scene.startup.facts.first() == Some(&0)
        && scene.log.facts.first().is_some_and(|fact| {
            fact.citation.place.line <= 20
                || fact
                    .time()
                    .zip(scene.log.coverage.start())
                    .is_some_and(|(fact, from)| fact - from < chrono::TimeDelta::seconds(2))
        });
    let failures = scene
        .log
        .facts
        .iter()
        .any(|fact| matches!(fact.kind, FactKind::StartFailed | FactKind::Crash));
    let ready = matches!(
        scene.startup.outcome,
        crate::model::Outcome::Ready | crate::model::Outcome::Degraded
    );
    // Events (of any container) that do not reach back to this start, or a snapshot that does not
    // show it, leave open what came before.
    let untouched = scene.container.events.is_empty()
        && scene.container.snapshots.is_empty()
        && scene.all.history.coverage.is_empty();
    begins && ready && !failures && untouched
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
    match last_lines::of(scene, before) {
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

/// Two decimals, and candidates that add up to no more than what is left.
fn round(mut verdict: Verdict) -> Verdict {
    let two = |value: f64| (value * 100.0).round() / 100.0;
    verdict.confidence = two(verdict.confidence);
    for candidate in &mut verdict.candidates {
        candidate.confidence = two(candidate.confidence);
    }
    verdict
        .candidates
        .retain(|candidate| candidate.cause != verdict.cause);
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
