//! Puts verdicts together as services: the report's own shape.

use super::findings;
use super::verdict::Verdict;
use crate::correlate::{Correlated, Kind, Startup};
use crate::lifecycle::{Coverage, identity::ServiceKey};
use crate::model::report;
use crate::model::{Cause, Time, Window};
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Fewer startups than these are not shared among threads.
const SIDE_BY_SIDE: usize = 512;

/// The report's services, with all startups, and the findings that follow from what happened in
/// `window`, sorted by name.
#[must_use]
pub fn services(
    all: &Correlated,
    mut verdicts: Vec<Verdict>,
    window: Window,
) -> Vec<report::Service> {
    let identity = |startup: &Startup| &all.identities[startup.container];
    let key = |startup: &Startup| &identity(startup).key;
    let of_services = all.startups.chunk_by(|a, b| key(a) == key(b));
    // From the last one on, so that its verdicts can be taken off the end.
    let mut services: Vec<(String, &ServiceKey, report::Service)> = of_services
        .rev()
        .filter_map(|startups| {
            let first = startups.first()?;
            let name = identity(first).service.clone();
            let service = service(all, name.clone(), startups, &mut verdicts, window);
            Some((name, key(first), service))
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

/// Takes the verdicts on `startups` off the end of `verdicts`.
fn service(
    all: &Correlated,
    name: String,
    startups: &[Startup],
    verdicts: &mut Vec<Verdict>,
    window: Window,
) -> report::Service {
    let mut members: Vec<usize> = startups.iter().map(|startup| startup.container).collect();
    members.sort_unstable();
    members.dedup();
    let containers = members.iter().map(|index| container(all, *index)).collect();
    let first = verdicts.len().saturating_sub(startups.len());
    let judged: Vec<(&Startup, &Verdict)> = startups.iter().zip(&verdicts[first..]).collect();
    let findings = findings::of(all, &members, &judged, window);
    let startups = startups
        .par_iter()
        .zip(verdicts.par_drain(first..))
        .enumerate()
        .with_min_len(SIDE_BY_SIDE)
        .map_init(
            || None,
            |called, (at, (startup, verdict))| self::startup(all, startup, verdict, at, called),
        )
        .collect();
    report::Service {
        name,
        containers,
        startups,
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

/// What the events cover of every container, and the container's own logs of it. Holes from before it was
/// there, or after it was removed, are none of its.
fn seen(all: &Correlated, index: usize) -> Vec<(Time, Time)> {
    let logs = all.logs.get(index).map(|log| log.coverage.windows());
    let container = &all.history.containers[index];
    let windows = all.history.coverage.windows();
    let begin = container
        .first_seen()
        .map_or(0, |first| windows.partition_point(|(_, to)| *to < first));
    let end = container.removed.as_ref().map_or(windows.len(), |removed| {
        windows.partition_point(|(from, _)| *from <= removed.time)
    });
    let (before, behind) = (&windows[..begin], &windows[end.max(begin)..]);
    let whole = [before, behind]
        .into_iter()
        .filter_map(|windows| Some((windows.first()?.0, windows.last()?.1)));
    let own = windows[begin..end.max(begin)].iter().copied();
    let logs = logs.unwrap_or_default().iter().copied();
    Coverage::of_windows(own.chain(whole).chain(logs))
        .windows()
        .to_vec()
}

fn known(id: &str) -> Option<String> {
    (!id.is_empty()).then(|| id.to_owned())
}

/// The startup `at` its service's list. `called` is the name of one before, which most share.
fn startup(
    all: &Correlated,
    startup: &Startup,
    verdict: Verdict,
    at: usize,
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
    let first_shown = verdict.cause == Cause::Unknown && at == 0;
    report::Startup {
        n: u32::try_from(at + 1).unwrap_or(u32::MAX),
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
