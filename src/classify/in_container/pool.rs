//! A process creates a connection pool again.

use super::super::rule::Rule;
use super::super::scene::Scene;
use super::super::verdict::Verdict;
use super::super::words::between;
use super::words::said;
use crate::correlate::{Kind, Pool};
use crate::model::{Cause, Fact, Family, InitiatorKind};

pub(super) const RECONNECTED: Rule = Rule {
    id: "reconnected",
    says: "The process lost its connection, or never had one, and created its pool again.",
    cause: Cause::PoolReconnect,
    family: Family::InContainer,
    weight: 0.97,
    others: &[],
    example: "10:00:01.000 web log: INFO:     Started server process [1]\n\
        10:00:01.100 web log: Database pool created (PID=1, generation=1)\n\
        10:05:00.000 web log: Database connection lost\n\
        10:05:03.000 web log: Database pool created (PID=1, generation=1)",
    near_miss: "10:00:01.000 web log: INFO:     Started server process [1]\n\
        10:00:01.100 web log: Database pool created (PID=1, generation=1)\n\
        10:05:03.000 web log: Database pool created (PID=1, generation=1)",
    decide: |scene, rule| {
        let (pool, made) = pool(scene)?;
        let missed = scene.fact(*pool.reconnect.first()?);
        lived_through(scene, made).then_some(())?;
        reconnected(scene, rule, Some(missed))
    },
};

pub(super) const GENERATION_RISES: Rule = Rule {
    id: "generation-rises",
    says: "The process created a pool whose generation is higher than the one before.",
    cause: Cause::PoolReconnect,
    family: Family::InContainer,
    weight: 0.9,
    others: &[],
    example: "10:00:01.000 web log: INFO:     Started server process [1]\n\
        10:00:01.100 web log: Database pool created (PID=1, generation=1)\n\
        10:05:03.000 web log: Database pool created (PID=1, generation=2)",
    near_miss: "10:00:01.000 web log: INFO:     Started server process [1]\n\
        10:00:01.100 web log: Database pool created (PID=1, generation=1)\n\
        10:05:03.000 web log: Database pool created (PID=1, generation=1)",
    decide: |scene, rule| {
        let (pool, made) = pool(scene)?;
        (pool.rises && lived_through(scene, made)).then_some(())?;
        reconnected(scene, rule, None)
    },
};

/// Whether the process that made the pool is shown to be the one from before: the run is covered, the
/// log shows the run's start and none since, or the generation counts on.
fn lived_through(scene: &Scene<'_>, made: &Fact) -> bool {
    scene.run_is_covered() || scene.log_shows_the_start() || made.fields.generation > Some(1)
}

fn reconnected(scene: &Scene<'_>, rule: &Rule, missed: Option<&Fact>) -> Option<Verdict> {
    let (pool, made) = pool(scene)?;
    let since = missed
        .and_then(Fact::time)
        .zip(made.time())
        .map_or_else(String::new, |(missed, made)| {
            format!(" {} after it was lost", between(missed, made))
        });
    let summary = format!(
        "{} connected again{since} and made its pool anew{}; no restart.",
        maker(made),
        generation(made)
    );
    let lead = missed.unwrap_or(made);
    let mut verdict = rule.verdict(summary, said(lead), &lead.citation);
    let before = pool.reconnect.last().into_iter().chain(&pool.before);
    for index in before {
        let fact = scene.fact(*index);
        verdict.cite(said(fact), &fact.citation);
    }
    let verdict = verdict.and(said(made), &made.citation);
    Some(verdict.by(InitiatorKind::Application, "reconnects by itself"))
}

pub(super) const OF_UNSEEN_RUN: Rule = Rule {
    id: "pool-of-an-unseen-run",
    says: "A pool was created in a run whose beginning the log does not show.",
    cause: Cause::Unknown,
    family: Family::InContainer,
    weight: 0.0,
    others: &[
        (Cause::PoolReconnect, 0.45),
        (Cause::InProcessDuplicate, 0.3),
    ],
    example: "10:00:00.000 web create\n\
        10:00:00.300 web start\n\
        10:05:00.000 web log: Database pool created (PID=1, generation=1)",
    near_miss: "10:00:00.000 web create\n\
        10:00:00.300 web start\n\
        10:00:05.000 web log: Database pool created (PID=1, generation=1)",
    decide: |scene, rule| {
        let (pool, made) = pool(scene)?;
        if pool.before.is_some() {
            return None;
        }
        let verdict = rule.unknown(
            format!(
                "{} made a pool{} in a run whose beginning the log does not show.",
                maker(made),
                generation(made)
            ),
            ["the log from the run's beginning (rotated away?) would decide"],
        );
        Some(verdict.and(said(made), &made.citation))
    },
};

pub(super) const SECOND: Rule = Rule {
    id: "second-pool",
    says: "The process created a second pool without having lost the first, and events show that its run went on.",
    cause: Cause::InProcessDuplicate,
    family: Family::InContainer,
    weight: 0.95,
    others: &[],
    example: "10:00:00.000 web create\n\
        10:00:00.300 web start\n\
        10:00:01.000 web log: INFO:     Started server process [1]\n\
        10:00:01.100 web log: Database pool created (PID=1, generation=1)\n\
        10:00:01.900 web log: Database pool created (PID=1, generation=1)\n\
        10:10:00.000 web kill signal=15\n\
        10:10:00.400 web die exitCode=0",
    near_miss: "10:00:01.000 web log: INFO:     Started server process [1]\n\
        10:00:01.100 web log: Database pool created (PID=1, generation=1)\n\
        10:00:01.900 web log: Database pool created (PID=1, generation=1)",
    decide: |scene, rule| {
        scene.run_is_covered().then_some(())?;
        second(scene, rule)
    },
};

pub(super) const SECOND_IN_LOG: Rule = Rule {
    id: "second-pool-in-log",
    says: "By the log alone: the process created a second pool without having lost the first.",
    cause: Cause::InProcessDuplicate,
    family: Family::InContainer,
    weight: 0.75,
    others: &[],
    example: "10:00:01.000 web log: INFO:     Started server process [1]\n\
        10:00:01.100 web log: Database pool created (PID=1, generation=1)\n\
        10:00:01.900 web log: Database pool created (PID=1, generation=1)",
    near_miss: "10:00:01.000 web log: INFO:     Started server process [1]\n\
        10:00:01.100 web log: Database pool created (PID=1, generation=1)\n\
        10:00:01.500 web log: Database connection lost\n\
        10:00:01.900 web log: Database pool created (PID=1, generation=1)",
    decide: |scene, rule| {
        scene.log_shows_the_start().then_some(())?;
        second(scene, rule)
    },
};

pub(super) const AGAIN: Rule = Rule {
    id: "pool-again",
    says: "A pool was created again, and nothing shows whether by the same process or by a new one.",
    cause: Cause::Unknown,
    family: Family::Unknown,
    weight: 0.0,
    others: &[
        (Cause::PoolReconnect, 0.25),
        (Cause::ManualRestart, 0.2),
        (Cause::HostAutomationRestart, 0.2),
        (Cause::RestartPolicy, 0.15),
        (Cause::InProcessDuplicate, 0.1),
    ],
    example: "10:00:01.100 web log: Database pool created (PID=1)\n\
        10:00:03.000 web log: Database connection lost\n\
        10:00:05.900 web log: Database pool created (PID=1)",
    near_miss: "10:00:01.000 web log: INFO:     Started server process [1]\n\
        10:00:01.100 web log: Database pool created (PID=1, generation=1)\n\
        10:00:01.900 web log: Database pool created (PID=1, generation=1)",
    decide: |scene, rule| {
        let (pool, made) = pool(scene)?;
        let mut verdict = rule.unknown(
            format!(
                "{} made a pool{} again: the same process, or a new one of a run that the evidence does not show.",
                maker(made),
                generation(made)
            ),
            ["Docker's events around this time, or docker inspect (StartedAt), would decide"],
        );
        for index in pool.before.iter().chain(&pool.reconnect) {
            let fact = scene.fact(*index);
            verdict.cite(said(fact), &fact.citation);
        }
        Some(verdict.and(said(made), &made.citation))
    },
};

fn second(scene: &Scene<'_>, rule: &Rule) -> Option<Verdict> {
    let (pool, made) = pool(scene)?;
    let before = scene.fact(pool.before?);
    let why = match (pool.other_module, pool.closed) {
        (Some(true), _) => "the module was imported twice (module_id differs)",
        (_, Some(_)) => "the first one was closed or reset and built again",
        (Some(false), None) => "a reset or a race (module_id is the same)",
        (None, None) => "imported twice, reset, or a race (no module_id to tell)",
    };
    let summary = format!(
        "{} made a second pool{} without having lost the first: {why}.",
        maker(made),
        generation(made)
    );
    let mut verdict = rule
        .verdict(summary, said(before), &before.citation)
        .and(said(made), &made.citation)
        .by(InitiatorKind::Application, why);
    if let Some(closed) = pool.closed {
        let line = &scene.fact(closed).citation;
        verdict.cite("the first pool is closed or reset", line);
    }
    Some(verdict)
}

/// The pool that the startup is, and the line that shows it.
fn pool<'a>(scene: &Scene<'a>) -> Option<(&'a Pool, &'a Fact)> {
    let Kind::Pool(pool) = &scene.startup.kind else {
        return None;
    };
    Some((pool, scene.fact(*scene.startup.facts.first()?)))
}

fn generation(made: &Fact) -> String {
    let generation = made.fields.generation;
    generation.map_or_else(String::new, |generation| {
        format!(" with generation {generation}")
    })
}

fn maker(made: &Fact) -> String {
    let pid = made.fields.pid;
    pid.map_or_else(|| "The process".to_owned(), |pid| format!("PID {pid}"))
}
