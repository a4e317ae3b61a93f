//! Puts verdicts together as services: the report's own shape.

use super::findings;
use super::verdict::Verdict;
use crate::correlate::{Correlated, Kind, Startup};
use crate::lifecycle::{Coverage, identity::ServiceKey};
use crate::model::report;
use crate::model::{Cause, Time, Window};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The report's services, with all startups, and the findings that follow from what happened in
/// `window`, sorted by name.
#[must_use]
pub fn services(all: &Correlated, verdicts: Vec<Verdict>, window: Window) -> Vec<report::Service> {
    // Of each verdict's startup there is one, so each is taken out once.
    let mut verdicts: Vec<Option<Verdict>> = verdicts.into_iter().map(Some).collect();
    let mut grouped: BTreeMap<&ServiceKey, Vec<usize>> = BTreeMap::new();
    for (index, startup) in all.startups.iter().enumerate() {
        grouped
            .entry(&all.identities[startup.container].key)
            .or_default()
            .push(index);
    }
    let mut services: Vec<(String, &ServiceKey, report::Service)> = grouped
        .into_iter()
        .map(|(key, mut startups)| {
            startups.sort_by_key(|index| order(all, &all.startups[*index]));
            let name = startups.first().map_or_else(
                || key.name.clone(),
                |index| {
                    let container = all.startups[*index].container;
                    all.identities[container].service.clone()
                },
            );
            let service = service(all, name.clone(), &startups, &mut verdicts, window);
            (name, key, service)
        })
        .collect();
    // The same name in two projects is told apart by the project.
    let mut names: BTreeMap<String, usize> = BTreeMap::new();
    for (name, _, _) in &services {
        *names.entry(name.clone()).or_default() += 1;
    }
    for (name, key, service) in &mut services {
        if names.get(name.as_str()).is_some_and(|count| *count > 1) {
            let scope = key.scope.rsplit('/').next().unwrap_or(&key.scope);
            service.name = format!("{scope}/{name}");
        }
    }
    services.sort_by(|(_, a_key, a), (_, b_key, b)| (&a.name, a_key).cmp(&(&b.name, b_key)));
    services
        .into_iter()
        .map(|(_, _, service)| service)
        .collect()
}

/// By time; what has none comes after what its run has, in the log's order.
fn order(
    all: &Correlated,
    startup: &Startup,
) -> (bool, Option<Time>, usize, Option<usize>, Option<usize>) {
    let container = &all.history.containers[startup.container];
    let time = startup.at.or_else(|| {
        startup
            .run
            .and_then(|run| container.runs.get(run))
            .and_then(crate::lifecycle::Run::started_at)
    });
    let first = match startup.kind {
        Kind::Run => None,
        _ => startup.facts.first().copied(),
    };
    (time.is_none(), time, startup.container, startup.run, first)
}

fn service(
    all: &Correlated,
    name: String,
    indices: &[usize],
    verdicts: &mut [Option<Verdict>],
    window: Window,
) -> report::Service {
    let startups = || indices.iter().map(|index| &all.startups[*index]);
    let mut members: Vec<usize> = startups().map(|startup| startup.container).collect();
    members.sort_unstable();
    members.dedup();
    let containers = members.iter().map(|index| container(all, *index)).collect();
    let judged: Vec<(&Startup, &Verdict)> = startups()
        .zip(indices)
        .filter_map(|(startup, index)| Some((startup, verdicts.get(*index)?.as_ref()?)))
        .collect();
    let findings = findings::of(all, &members, &judged, window);
    let mut called = None;
    // Room for all at once: what grows leaves holes where there are very many.
    let mut reported = Vec::with_capacity(indices.len());
    let taken = startups()
        .zip(indices)
        .filter_map(|(startup, index)| Some((startup, verdicts.get_mut(*index)?.take()?)))
        .zip(1..);
    reported.extend(
        taken.map(|((startup, verdict), n)| self::startup(all, startup, verdict, n, &mut called)),
    );
    report::Service {
        name,
        containers,
        startups: reported,
        findings,
    }
}

fn container(all: &Correlated, index: usize) -> report::Container {
    let container = &all.history.containers[index];
    report::Container {
        id: known(&container.id),
        name: container.name().map(str::to_owned),
        image: container.image.clone(),
        created_at: container.created.as_ref().map(|created| created.time),
        removed_at: container.removed.as_ref().map(|removed| removed.time),
        runs: container
            .runs
            .iter()
            .zip(1..)
            .map(|(run, n)| report::Run {
                n,
                started_at: run.started_at(),
                ended_at: run.ended_at(),
                exit_code: run.end.as_ref().and_then(|end| end.exit_code),
                ended_by: run.end.as_ref().map(|end| end.by),
            })
            .collect(),
        seen: seen(all, index),
    }
}

/// What the events cover of every container, and the container's own logs of it.
fn seen(all: &Correlated, index: usize) -> Vec<(Time, Time)> {
    let logs = all.logs.get(index).map(|log| log.coverage.windows());
    let windows = all
        .history
        .coverage
        .windows()
        .iter()
        .chain(logs.unwrap_or_default());
    Coverage::of_windows(windows.copied()).windows().to_vec()
}

fn known(id: &str) -> Option<String> {
    (!id.is_empty()).then(|| id.to_owned())
}

/// `called` is the name of the startup before, which most share.
fn startup(
    all: &Correlated,
    startup: &Startup,
    verdict: Verdict,
    n: u32,
    called: &mut Option<Arc<str>>,
) -> report::Startup {
    let container = &all.history.containers[startup.container];
    let name = startup
        .at
        .and_then(|at| container.name_at(at))
        .or(container.name());
    if called.as_deref() != name {
        *called = name.map(Arc::from);
    }
    let initial = matches!(startup.kind, Kind::Worker { initial: true, .. });
    let again = !matches!(verdict.cause, Cause::FirstStart | Cause::ScaleOut) && !initial;
    // Where the cause is not known, the first that the evidence shows is not one seen again.
    let first_shown = verdict.cause == Cause::Unknown && n == 1;
    report::Startup {
        n,
        at: startup.at,
        container_id: known(&container.id),
        container_name: called.clone(),
        run: startup.run.and_then(|run| u32::try_from(run + 1).ok()),
        pids: Arc::clone(&startup.pids),
        generations: Arc::clone(&startup.generations),
        pool_ids: Arc::clone(&startup.pool_ids),
        outcome: startup.outcome,
        duplicate: again && !first_shown,
        cause: verdict.cause,
        family: if verdict.cause == Cause::Unknown {
            verdict.family
        } else {
            verdict.cause.family()
        },
        case: verdict.cause.case(),
        confidence: verdict.confidence,
        initiator: verdict.initiator,
        evidence: verdict.evidence,
        against: verdict.against,
        missing: verdict.missing,
        candidates: verdict.candidates,
        summary: verdict.summary,
        outcome_reason: startup.outcome_reason.clone(),
    }
}
