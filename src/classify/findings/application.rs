//! Faults of the application itself, as its own log shows them.

use super::row::FindingRow;
use super::view::{Seen, View};
use crate::correlate::{Kind, Startup};
use crate::model::words::times;
use crate::model::{Cause, Evidence, Fact, FactKind, Outcome, Severity};

pub(super) const DEGRADED: FindingRow = FindingRow {
    id: "WS002",
    severity: Severity::Warning,
    title: "The application started without its database",
    rationale: "A degraded start answers health checks and fails requests, so nothing alarms and \
        automation may begin to repair.",
    told_by: "The outcome of a startup is degraded: its own lines say that its pool failed or that it runs \
        without its database.",
    near_miss: "A database that goes away later: the startup itself was ready, and the pool that is created again \
        is a `pool-reconnect`.",
    remedy: "Make the database reachable before the start: attach its network at create time, wait for \
        its health (`depends_on` with `condition: service_healthy`), or let readiness fail while it is \
        missing.",
    example: "Database connection pool initialization FAILED (host=database, attempts=3)\n\
        App will start in DEGRADED MODE (DB unavailable).",
    condition: degraded,
    #[cfg(test)]
    story: super::row::Story {
        shows: "0 docker run\n\
            1 log INFO:     Started server process [1]\n\
            2 log Database connection pool initialization FAILED (host=database, attempts=3)\n\
            2.1 log App will start in DEGRADED MODE (DB unavailable).\n\
            2.2 log INFO:     Application startup complete.",
        near_miss: "0 docker run\n\
            1 log INFO:     Started server process [1]\n\
            1.1 log Database connection pool created successfully (PID=1, generation=1, pool_id=7001)\n\
            1.2 log INFO:     Application startup complete.\n\
            40 log database connection lost\n\
            50 log Database connection pool created successfully (PID=1, generation=2, pool_id=7002)",
    },
};

fn degraded(view: &View<'_>) -> Option<Seen> {
    let is_degraded = |startup: &&Startup| startup.outcome == Outcome::Degraded;
    let found: Vec<&Startup> = view.startups().filter(is_degraded).collect();
    let reason = found.first()?.outcome_reason.as_deref();
    let evidence = found.iter().filter_map(|startup| {
        let mut facts = startup.facts.iter().map(|index| view.fact(startup, *index));
        let fact =
            facts.find(|fact| matches!(fact.kind, FactKind::PoolFailed | FactKind::Degraded))?;
        Some(Evidence::new("degraded", &fact.citation))
    });
    Some(Seen {
        detail: format!(
            "It started degraded {}: {}.",
            times(found.len()),
            reason.unwrap_or("no connection")
        ),
        evidence: evidence.collect(),
    })
}

pub(super) const SECOND_POOL: FindingRow = FindingRow {
    id: "WS003",
    severity: Severity::Error,
    title: "One process creates its pool twice",
    rationale: "The first pool keeps its connections until the process ends, so the database sees twice \
        as many, and code that holds the first pool goes on using it.",
    told_by: "A startup of the service has the verdict `in-process-duplicate`: two pools, one process, and \
        nothing that took the first one away.",
    near_miss: "Several workers, each with its own pool: their process ids differ, even where the pools' addresses \
        are equal.",
    remedy: "Create the pool in one place, behind a lock that is checked again once it is held. Where \
        module ids differ, the module is imported under two names: import it under one.",
    example: "pool created (PID=1, pool_id=140137983023888, generation=1)\n\
        pool created (PID=1, pool_id=140137983511040, generation=1)",
    condition: second_pool,
    #[cfg(test)]
    story: super::row::Story {
        shows: "0 docker run\n\
            1 log INFO:     Started server process [1]\n\
            1.1 log Database connection pool created successfully (PID=1, generation=1, pool_id=7001)\n\
            1.2 log Database connection pool created successfully (PID=1, generation=1, pool_id=7002)\n\
            1.3 log INFO:     Application startup complete.",
        near_miss: "0 docker run\n\
            1 log [1] [INFO] Starting gunicorn\n\
            1.1 log [7] [INFO] Booting worker with pid: 7\n\
            1.2 log [8] [INFO] Booting worker with pid: 8\n\
            1.3 log Database connection pool created successfully (PID=7, generation=1, pool_id=7001)\n\
            1.4 log Database connection pool created successfully (PID=8, generation=1, pool_id=7001)",
    },
};

fn second_pool(view: &View<'_>) -> Option<Seen> {
    let found = view.caused(Cause::InProcessDuplicate)?;
    Some(Seen {
        detail: format!("A process created a second pool {}.", times(found.len())),
        evidence: View::leads(found),
    })
}

pub(super) const WORKER_KILLED: FindingRow = FindingRow {
    id: "WS009",
    severity: Severity::Warning,
    title: "A worker was started again after it had been killed",
    rationale: "The parent replaces a killed worker, so the container looks fine while requests of that \
        worker are lost. Memory is the most common reason.",
    told_by: "The parent's log says that a worker ended by a signal, for want of memory or for not answering, \
        and boots another.",
    near_miss: "Workers that are replaced in order, after a number of requests, by SIGHUP or by SIGTERM: their \
        parent meant to.",
    remedy: "Raise the memory limit or run fewer workers, and let workers be replaced before they grow too \
        large (`--max-requests`).",
    example: "container oom, with no die after it\n\
        [1] [ERROR] Worker (pid:7) was sent SIGKILL! Perhaps out of memory?\n\
        [1] [INFO] Booting worker with pid: 12",
    condition: worker_killed,
    #[cfg(test)]
    story: super::row::Story {
        shows: "0 docker run\n\
            1 log [2026-11-20 09:00:01 +0000] [1] [INFO] Starting gunicorn 20.1.0\n\
            1.1 log [2026-11-20 09:00:01 +0000] [7] [INFO] Booting worker with pid: 7\n\
            30 log [2026-11-20 09:00:30 +0000] [1] [ERROR] Worker (pid:7) was sent SIGKILL! Perhaps out of memory?\n\
            30.1 log [2026-11-20 09:00:30 +0000] [12] [INFO] Booting worker with pid: 12",
        near_miss: "0 docker run\n\
            1 log [2026-11-20 09:00:01 +0000] [1] [INFO] Starting gunicorn 20.1.0\n\
            1.1 log [2026-11-20 09:00:01 +0000] [7] [INFO] Booting worker with pid: 7\n\
            30 log [2026-11-20 09:00:30 +0000] [1] [ERROR] Worker (pid:7) was sent SIGTERM!\n\
            30.1 log [2026-11-20 09:00:30 +0000] [12] [INFO] Booting worker with pid: 12",
    },
};

fn worker_killed(view: &View<'_>) -> Option<Seen> {
    let lost = view.startups().filter_map(|startup| match startup.kind {
        Kind::Worker {
            replaces: Some(line),
            ..
        } => Some(view.fact(startup, line)),
        _ => None,
    });
    let evidence: Vec<Evidence> = lost
        .filter(|fact| was_killed(fact))
        .map(|fact| Evidence::new("a worker was killed", &fact.citation))
        .collect();
    let killed = times(evidence.len());
    Seen::unless_empty(
        format!("A worker was killed and replaced {killed}."),
        evidence,
    )
}

fn was_killed(fact: &Fact) -> bool {
    let message = fact.message();
    fact.kind == FactKind::WorkerExit
        && (fact.fields.rarer().signal.is_some()
            || ["SIGKILL", "memory", "TIMEOUT"]
                .iter()
                .any(|word| message.contains(word)))
        && !message.contains("SIGTERM")
}
