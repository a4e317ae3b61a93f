//! Findings: advice that follows from the verdicts of one service.

use super::finding_rows;
use super::last_lines::{self, Last};
use super::overview::Overview;
use super::scene::Scene;
use super::verdict::Verdict;
use crate::correlate::{Correlated, Kind, Startup};
use crate::lifecycle::Run;
use crate::model::{Cause, FactKind, Window};
use crate::model::{EndedBy, Evidence, InitiatorKind, Outcome, report::Finding};
use std::collections::BTreeMap;

/// Lines that a finding cites at the most.
const CITED: usize = 5;
/// Startups by the restart policy, one after another, that make a crash loop.
const LOOP: usize = 3;

/// All that a finding may look at.
struct View<'a> {
    all: &'a Correlated,
    containers: &'a [usize],
    startups: Vec<(&'a Startup, &'a Verdict)>,
    window: Window,
}

/// A finding's condition: what was seen, or nothing.
type Condition = fn(&View<'_>) -> Option<(String, Vec<Evidence>)>;

/// By id; the texts are in [`finding_rows`].
const CONDITIONS: &[(&str, Condition)] = &[
    ("WS001", |view| {
        view.caused(
            Cause::HostAutomationRestart,
            "restarted by automation on the host",
        )
    }),
    ("WS002", degraded),
    ("WS003", |view| {
        view.caused(Cause::InProcessDuplicate, "a second pool in one process")
    }),
    ("WS004", crash_loop),
    ("WS005", |view| {
        view.caused(Cause::OomRestart, "killed for want of memory and restarted")
    }),
    ("WS006", silent),
    ("WS007", history_too_short),
    ("WS008", stop_timed_out),
    ("WS009", worker_killed),
    ("WS010", periodic),
    ("WS011", |view| {
        view.caused(Cause::HealthRestart, "restarted for being unhealthy")
    }),
    ("WS012", |view| {
        view.caused(Cause::EngineRestart, "started again because the engine was")
    }),
];

/// The findings of a service, by id: advice on what happened in `window`, which is judged by all that is
/// known of the time before and after.
pub(super) fn of(
    all: &Correlated,
    containers: &[usize],
    startups: &[(&Startup, &Verdict)],
    window: Window,
) -> Vec<Finding> {
    let inside = |startup: &(&Startup, &Verdict)| window.holds(startup.0.at);
    let view = View {
        all,
        containers,
        startups: startups.iter().copied().filter(inside).collect(),
        window,
    };
    CONDITIONS
        .iter()
        .filter_map(|(id, condition)| {
            let (detail, mut evidence) = condition(&view)?;
            let row = finding_rows::row(id)?;
            evidence.truncate(CITED);
            Some(Finding {
                id: row.id,
                severity: row.severity,
                title: row.title,
                detail,
                remedy: row.remedy,
                evidence,
            })
        })
        .collect()
}

fn times(count: usize) -> String {
    match count {
        1 => "once".to_owned(),
        2 => "twice".to_owned(),
        n => format!("{n} times"),
    }
}

impl View<'_> {
    fn caused(&self, cause: Cause, what: &str) -> Option<(String, Vec<Evidence>)> {
        let found: Vec<&Verdict> = self
            .startups
            .iter()
            .filter(|(_, verdict)| verdict.cause == cause)
            .map(|(_, verdict)| *verdict)
            .collect();
        if found.is_empty() {
            return None;
        }
        let detail = match found.iter().find_map(|verdict| verdict.initiator.as_ref()) {
            Some(by) => format!("It was {what} {} ({}).", times(found.len()), by.detail),
            None => format!("It was {what} {}.", times(found.len())),
        };
        let detail = if cause == Cause::InProcessDuplicate {
            format!(
                "{} {}.",
                times(found.len())
                    .replacen('o', "O", 1)
                    .replacen('t', "T", 1),
                what
            )
        } else {
            detail
        };
        Some((
            detail,
            found
                .iter()
                .filter_map(|verdict| verdict.lead().cloned())
                .collect(),
        ))
    }

    fn runs(&self) -> impl Iterator<Item = (usize, usize, &Run)> {
        self.containers.iter().flat_map(|container| {
            self.all.history.containers[*container]
                .runs
                .iter()
                .enumerate()
                .filter(|(_, run)| self.window.holds(run.ended_at()))
                .map(|(n, run)| (*container, n, run))
        })
    }
}

fn degraded(view: &View<'_>) -> Option<(String, Vec<Evidence>)> {
    let found: Vec<&Startup> = view
        .startups
        .iter()
        .map(|(startup, _)| *startup)
        .filter(|startup| startup.outcome == Outcome::Degraded)
        .collect();
    let first = found.first()?;
    let reason = first.outcome_reason.as_deref().unwrap_or("no connection");
    let evidence = found
        .iter()
        .filter_map(|startup| {
            let log = &view.all.logs[startup.container];
            let fact = startup
                .facts
                .iter()
                .map(|index| &log.facts[*index])
                .find(|fact| matches!(fact.kind, FactKind::PoolFailed | FactKind::Degraded))?;
            Some(Evidence::new("degraded", &fact.citation))
        })
        .collect();
    Some((
        format!("It started degraded {}: {reason}.", times(found.len())),
        evidence,
    ))
}

fn crash_loop(view: &View<'_>) -> Option<(String, Vec<Evidence>)> {
    // Of each container what is said of its runs, in order: `None` for a run that the policy did not start.
    let mut runs: BTreeMap<usize, Vec<Option<&Verdict>>> = BTreeMap::new();
    let of_runs = view
        .startups
        .iter()
        .filter(|(startup, _)| startup.kind == Kind::Run);
    for (startup, verdict) in of_runs {
        let by_policy = startup.run.is_some()
            && matches!(verdict.cause, Cause::RestartPolicy | Cause::OomRestart);
        let own = runs.entry(startup.container).or_default();
        own.push(by_policy.then_some(*verdict));
    }
    // The first of the longest.
    let streaks = runs.values().flat_map(|own| own.split(Option::is_none));
    let best = streaks.fold(&[][..], |best, streak| {
        if streak.len() > best.len() {
            streak
        } else {
            best
        }
    });
    if best.len() < LOOP {
        return None;
    }
    let evidence = best
        .iter()
        .flatten()
        .filter_map(|verdict| verdict.lead().cloned())
        .collect();
    Some((
        format!(
            "The restart policy started it {} in a row.",
            times(best.len())
        ),
        evidence,
    ))
}

fn silent(view: &View<'_>) -> Option<(String, Vec<Evidence>)> {
    let mut evidence = Vec::new();
    let overview = Overview::of(view.all);
    for (startup, _) in view
        .startups
        .iter()
        .filter(|(startup, _)| startup.kind == Kind::Run)
    {
        let scene = Scene::new(view.all, startup, &overview);
        let Some((run, found)) = scene.run else {
            continue;
        };
        if let Last::Silent = last_lines::of(&scene, run)
            && let Some((claim, line)) = found.end.as_ref().and_then(|end| end.shown_by.last())
        {
            evidence.push(Evidence::new(claim.clone(), line));
        }
    }
    (!evidence.is_empty()).then(|| {
        (
            format!(
                "A run ended {} without having printed anything.",
                times(evidence.len())
            ),
            evidence,
        )
    })
}

fn history_too_short(view: &View<'_>) -> Option<(String, Vec<Evidence>)> {
    let from = view.all.history.coverage.start()?;
    let earlier: Vec<&Startup> = view
        .startups
        .iter()
        .map(|(startup, _)| *startup)
        .filter(|startup| startup.at.is_some_and(|at| at < from))
        .collect();
    if earlier.is_empty() {
        return None;
    }
    let evidence = earlier
        .iter()
        .filter_map(|startup| {
            let index = startup.facts.first()?;
            Some(Evidence::new(
                "a startup from before the first event",
                &view.all.logs[startup.container].facts[*index].citation,
            ))
        })
        .collect();
    Some((
        format!(
            "{} startup(s) came before the first event, at {}.",
            earlier.len(),
            from.format("%Y-%m-%d %H:%M:%SZ")
        ),
        evidence,
    ))
}

fn stop_timed_out(view: &View<'_>) -> Option<(String, Vec<Evidence>)> {
    let mut evidence = Vec::new();
    for (_, _, run) in view.runs() {
        if let Some(end) = run
            .end
            .as_ref()
            .filter(|end| end.forced && end.by == EndedBy::ApiStop)
            && let Some((claim, line)) = end
                .shown_by
                .iter()
                .find(|(claim, _)| claim.contains("signal=9"))
        {
            evidence.push(Evidence::new(claim.clone(), line));
        }
    }
    (!evidence.is_empty()).then(|| {
        (
            format!(
                "A stop had to be enforced with SIGKILL {}.",
                times(evidence.len())
            ),
            evidence,
        )
    })
}

fn worker_killed(view: &View<'_>) -> Option<(String, Vec<Evidence>)> {
    let mut evidence = Vec::new();
    for (startup, _) in &view.startups {
        if let Kind::Worker {
            replaces: Some(line),
            ..
        } = startup.kind
        {
            let fact = &view.all.logs[startup.container].facts[line];
            let message = fact.message();
            let killed = fact.kind == FactKind::WorkerExit
                && (fact.fields.rarer().signal.is_some()
                    || message.contains("SIGKILL")
                    || message.contains("memory")
                    || message.contains("TIMEOUT"))
                && !message.contains("SIGTERM");
            if killed {
                evidence.push(Evidence::new("a worker was killed", &fact.citation));
            }
        }
    }
    (!evidence.is_empty()).then(|| {
        (
            format!(
                "A worker was killed and replaced {}.",
                times(evidence.len())
            ),
            evidence,
        )
    })
}

fn periodic(view: &View<'_>) -> Option<(String, Vec<Evidence>)> {
    let found: Vec<&Verdict> = view
        .startups
        .iter()
        .map(|(_, verdict)| *verdict)
        .filter(|verdict| {
            verdict
                .initiator
                .as_ref()
                .is_some_and(|by| by.kind == InitiatorKind::Timer)
        })
        .collect();
    let first = found.first()?;
    let detail = first
        .initiator
        .as_ref()
        .map(|by| by.detail.clone())
        .unwrap_or_default();
    Some((
        format!(
            "{} restarts come at equal intervals: {detail}.",
            found.len()
        ),
        found
            .iter()
            .filter_map(|verdict| verdict.lead().cloned())
            .collect(),
    ))
}
