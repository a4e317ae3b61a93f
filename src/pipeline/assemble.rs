//! Puts what was found together as the report's services, of which only those stay that were asked for.

use super::Config;
use crate::classify::findings::{Finding, findings_of};
use crate::classify::{self, Verdict};
use crate::correlate::{Correlated, Kind, Startup};
use crate::lifecycle::{Coverage, Run, identity::ServiceKey};
use crate::model::report::{self, LeftOut, Service, Summary};
use crate::model::{Cause, Counted, Time, Window};
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Fewer startups than these are not shared among threads.
const SIDE_BY_SIDE: usize = 512;

/// The services that `config` asks for, the counts over them, and what is left out when none of their
/// startups stays.
pub(super) fn assemble(all: &Correlated, config: &Config) -> (Vec<Service>, Summary, LeftOut) {
    let services = services(all, classify::verdicts(all), config.window());
    let mut left_out = LeftOut {
        since: config.since,
        until: config.until,
        ..LeftOut::default()
    };
    for service in &services {
        count_left_out(service, config, &mut left_out);
    }
    let services: Vec<Service> = services
        .into_iter()
        .filter(|service| is_asked_for(service, config))
        .filter_map(|service| narrowed(service, config))
        .collect();
    let summary = summary(&services);
    (services, summary, left_out)
}

/// Counts the startups of `service` that `config` does not ask for.
fn count_left_out(service: &Service, config: &Config, left_out: &mut LeftOut) {
    let asked_for = is_asked_for(service, config);
    for startup in &service.startups {
        if !asked_for || !is_in_container(startup, config) {
            left_out.of_others += 1;
        } else if !config.window().holds(startup.at) {
            left_out.outside += 1;
            let at = startup.at;
            left_out.first = left_out
                .first
                .map_or(at, |first| at.map(|at| at.min(first)).or(Some(first)));
            left_out.last = left_out.last.max(at);
        }
    }
}

/// All services by name, with all startups, and the findings on what happened in `window`.
fn services(all: &Correlated, mut verdicts: Vec<Verdict>, window: Window) -> Vec<Service> {
    let identity = |startup: &Startup| &all.identities[startup.container];
    let key = |startup: &Startup| &identity(startup).key;
    let of_services = all.startups.chunk_by(|a, b| key(a) == key(b));
    // From the last one on, so that its verdicts can be taken off the end.
    let mut services: Vec<(&ServiceKey, Service)> = of_services
        .rev()
        .filter_map(|startups| {
            let first = startups.first()?;
            let name = identity(first).service.clone();
            let service = service(all, name, startups, &mut verdicts, window);
            Some((key(first), service))
        })
        .collect();
    tell_apart(&mut services);
    services.sort_by(|(a_key, a), (b_key, b)| (&a.name, a_key).cmp(&(&b.name, b_key)));
    services.into_iter().map(|(_, service)| service).collect()
}

/// Puts the project before a name that is in two projects.
fn tell_apart(services: &mut [(&ServiceKey, Service)]) {
    let mut names: BTreeMap<String, usize> = BTreeMap::new();
    for (_, service) in &*services {
        *names.entry(service.name.clone()).or_default() += 1;
    }
    for (key, service) in services {
        if names.get(&service.name).is_some_and(|count| *count > 1) {
            let scope = key.scope.rsplit('/').next().unwrap_or(&key.scope);
            service.name = format!("{scope}/{}", service.name);
        }
    }
}

/// Takes the verdicts on `startups` off the end of `verdicts`.
fn service(
    all: &Correlated,
    name: String,
    startups: &[Startup],
    verdicts: &mut Vec<Verdict>,
    window: Window,
) -> Service {
    let mut members: Vec<usize> = startups.iter().map(|startup| startup.container).collect();
    members.sort_unstable();
    members.dedup();
    let containers = members.iter().map(|index| container(all, *index)).collect();
    let first = verdicts.len().saturating_sub(startups.len());
    let judged: Vec<(&Startup, &Verdict)> = startups.iter().zip(&verdicts[first..]).collect();
    let findings = findings_of(all, &members, &judged, window);
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
    Service {
        name,
        containers,
        startups,
        findings: findings.into_iter().map(finding).collect(),
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
        runs: container.runs.iter().zip(1..).map(run).collect(),
        seen: seen(all, index),
    }
}

fn run((run, n): (&Run, u32)) -> report::Run {
    let end = run.end.as_ref();
    report::Run {
        n,
        started_at: run.started_at(),
        ended_at: run.ended_at(),
        exit_code: end.and_then(|end| end.exit_code),
        ended_by: end.map(|end| end.by),
    }
}

fn finding(found: Finding) -> report::Finding {
    report::Finding {
        id: found.row.id,
        severity: found.row.severity,
        title: found.row.title,
        detail: found.detail,
        remedy: found.row.remedy,
        evidence: found.evidence,
    }
}

/// The windows that the events or the container's own logs cover. A hole from before it was created or
/// after it was removed does not count.
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
    Coverage::from_windows(own.chain(whole).chain(logs))
        .windows()
        .to_vec()
}

fn known(id: &str) -> Option<String> {
    (!id.is_empty()).then(|| id.to_owned())
}

/// The startup at index `at` of its service. `called` is the name of the one before, which most share.
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
        duplicate: is_duplicate(startup, verdict.cause, at),
        cause: verdict.cause,
        rule: verdict.rule,
        family: verdict.family,
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

/// Whether a reader of the log sees the startup again, which is at index `at` of its service.
fn is_duplicate(startup: &Startup, cause: Cause, at: usize) -> bool {
    let is_initial_worker = matches!(startup.kind, Kind::Worker { initial: true, .. });
    // Where the cause is not known, the first that the evidence shows is not one seen again.
    let is_first_shown = cause == Cause::Unknown && at == 0;
    cause.counted() == Counted::Again && !is_initial_worker && !is_first_shown
}

fn is_asked_for(service: &Service, config: &Config) -> bool {
    config.services.is_empty()
        || config
            .services
            .iter()
            .any(|word| is_service(word, &service.name))
}

/// Whether `word` means the service called `name`; a project in front may be left out.
pub(super) fn is_service(word: &str, name: &str) -> bool {
    word == name || name.rsplit('/').next() == Some(word)
}

/// What `config` asks to see of a service. Startups keep their numbers. `None` if none of them is left.
fn narrowed(mut service: Service, config: &Config) -> Option<Service> {
    let had_startups = !service.startups.is_empty();
    service
        .startups
        .retain(|startup| config.window().holds(startup.at) && is_in_container(startup, config));
    if service.startups.is_empty() && had_startups {
        return None;
    }
    if !config.containers.is_empty() {
        let startups = &service.startups;
        service.containers.retain(|container| {
            let has_startup = || {
                let mut startups = startups.iter();
                startups.any(|startup| startup.container_id == container.id)
            };
            is_named(config, container.id.as_deref(), container.name.as_deref()) || has_startup()
        });
    }
    Some(service)
}

fn is_in_container(startup: &report::Startup, config: &Config) -> bool {
    let name = startup.container_name.as_deref();
    config.containers.is_empty() || is_named(config, startup.container_id.as_deref(), name)
}

/// Whether one of the containers that `config` asks for has this id or name.
fn is_named(config: &Config, id: Option<&str>, name: Option<&str>) -> bool {
    let mut words = config.containers.iter();
    words.any(|word| name == Some(word) || id.is_some_and(|id| is_id_of(word, id)))
}

/// Whether `word` is the id of a container or its beginning. The evidence may have cut `id`.
pub(super) fn is_id_of(word: &str, id: &str) -> bool {
    let is_id = word.len() >= 4 && word.bytes().all(|b| b.is_ascii_hexdigit());
    is_id && (id.starts_with(word) || id.len() >= 12 && word.starts_with(id))
}

fn summary(services: &[Service]) -> Summary {
    let mut summary = Summary::default();
    for startup in services.iter().flat_map(|service| &service.startups) {
        summary.startups += 1;
        summary.duplicates += u64::from(startup.duplicate);
        *summary.by_cause.entry(startup.cause).or_default() += 1;
    }
    summary
}
