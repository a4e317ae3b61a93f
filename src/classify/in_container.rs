//! Startups without a new run: workers, reloads, supervised processes, pools created again.

use super::scene::Scene;
use super::verdict::Verdict;
use super::words::between;
use crate::correlate::{Kind, Pool};
use crate::model::InitiatorKind;
use crate::model::{Cause, Fact, FactKind, Family};

/// Processes that belong together start within this time of each other.
const SUCCESSION: chrono::TimeDelta = chrono::TimeDelta::seconds(5);

/// Judges a startup that lies inside a run.
pub(super) fn judge(scene: &Scene<'_>) -> Verdict {
    let Some(first) = scene.startup.facts.first().map(|index| scene.fact(*index)) else {
        return Verdict::unknown(Family::InContainer, "No line shows it.", &[], [""; 0]);
    };
    let start = scene
        .startup
        .facts
        .iter()
        .map(|index| scene.fact(*index))
        .find(|fact| fact.kind == FactKind::ProcessStart)
        .unwrap_or(first);
    let pid = start
        .fields
        .pid
        .map_or_else(|| "another process".to_owned(), |pid| format!("PID {pid}"));
    match &scene.startup.kind {
        Kind::Run => super::restart::judge(scene),
        Kind::Worker {
            master: None,
            initial: false,
            ..
        } if !scene.run_is_covered() => other_pid(start, start, &pid),
        Kind::Worker {
            master,
            initial,
            replaces,
        } => worker(scene, start, &pid, *master, *initial, *replaces),
        Kind::Reloaded { reloader, reload } => reloaded(scene, start, &pid, *reloader, *reload),
        // Without events another PID may as well be the first of another run: PIDs of what a shell
        // starts differ from run to run.
        Kind::Successor { before, .. } | Kind::Unclear { before } if !scene.run_is_covered() => {
            other_pid(scene.fact(*before), start, &pid)
        }
        Kind::Successor { ended, before } => {
            successor(scene, start, scene.fact(*before), &pid, *ended)
        }
        Kind::SamePid { before } => same_pid(scene, start, scene.fact(*before), &pid),
        Kind::Unclear { before } => unclear(scene, start, scene.fact(*before), &pid),
        Kind::Pool(pool) => pool_again(scene, pool, first),
    }
}

/// The reloader's child, again.
fn reloaded(
    scene: &Scene<'_>,
    start: &Fact,
    pid: &str,
    reloader: Option<usize>,
    reload: Option<usize>,
) -> Verdict {
    let mut verdict = if let Some(reload) = reload {
        let line = scene.fact(reload);
        let what = line
            .fields
            .rarer()
            .reason
            .as_deref()
            .map_or_else(String::new, |what| format!(" ({what})"));
        let summary = format!(
            "The reloader saw a change{what} and started its child again as {pid}; the container did not restart."
        );
        Verdict::of(
            Cause::DevReload,
            0.97,
            summary,
            "the reloader saw a change",
            &line.citation,
        )
        .by(InitiatorKind::Reloader, format!("change{what}"))
    } else {
        let summary = format!(
            "The reloader started its child again as {pid}; the container did not restart."
        );
        Verdict::of(
            Cause::DevReload,
            0.85,
            summary,
            said(start),
            &start.citation,
        )
        .by(InitiatorKind::Reloader, "child started again")
    };
    if let Some(reloader) = reloader {
        verdict.cite(
            "a reloader supervises this run",
            &scene.fact(reloader).citation,
        );
    }
    verdict.and(said(start), &start.citation)
}

/// A process that follows one that had ended, in a run that goes on.
fn successor(
    scene: &Scene<'_>,
    start: &Fact,
    before: &Fact,
    pid: &str,
    ended: Option<usize>,
) -> Verdict {
    let summary = format!(
        "{pid} started in the same run after the process before it had ended: something inside the container keeps it running."
    );
    let verdict = match ended {
        Some(ended) => Verdict::of(
            Cause::SupervisorRestart,
            0.9,
            summary,
            "the process before ended",
            &scene.fact(ended).citation,
        ),
        None => Verdict::of(
            Cause::SupervisorRestart,
            0.75,
            summary,
            said(start),
            &start.citation,
        ),
    };
    verdict
        .and(said(before), &before.citation)
        .and(said(start), &start.citation)
        .by(InitiatorKind::Supervisor, "inside the container")
}

/// Another process in a run that goes on, and no line in which the first one ends.
fn unclear(scene: &Scene<'_>, start: &Fact, before: &Fact, pid: &str) -> Verdict {
    let gap = before
        .time()
        .zip(start.time())
        .map(|(before, start)| start - before);
    if let Some(gap) = gap.filter(|gap| *gap >= SUCCESSION && scene.run_is_covered()) {
        let summary = format!(
            "{pid} started {} after the process before it, which is not heard of again, in the same run: something inside the container started it anew.",
            super::words::span(gap)
        );
        return Verdict::of(
            Cause::SupervisorRestart,
            0.75,
            summary,
            said(before),
            &before.citation,
        )
        .and(said(start), &start.citation)
        .or(&[(Cause::WorkerProcess, 0.2)])
        .by(InitiatorKind::Supervisor, "inside the container");
    }
    let mut verdict = Verdict::unknown(
        Family::InContainer,
        format!("{pid} started while nothing shows that the process before it had ended."),
        &[(Cause::SupervisorRestart, 0.4), (Cause::WorkerProcess, 0.4)],
        ["a line in which the first process ends, or goes on, would decide"],
    );
    verdict.cite(said(before), &before.citation);
    verdict.and(said(start), &start.citation)
}

/// Another PID in a log of which nothing shows the runs.
fn other_pid(before: &Fact, start: &Fact, pid: &str) -> Verdict {
    let mut verdict = Verdict::unknown(
        Family::Unknown,
        format!(
            "{pid} started after another process: in the same run, or in a new one that the evidence does not show."
        ),
        &[
            (Cause::ManualRestart, 0.25),
            (Cause::RestartPolicy, 0.25),
            (Cause::SupervisorRestart, 0.25),
            (Cause::WorkerProcess, 0.15),
        ],
        ["Docker's events around this time, or docker inspect, would decide"],
    );
    verdict.cite(said(before), &before.citation);
    verdict.and(said(start), &start.citation)
}

/// The line's message, as the claim of its citation.
fn said(fact: &Fact) -> String {
    let message = fact.message();
    match message.char_indices().nth(80) {
        Some((end, _)) => format!("{}…", &message[..end]),
        None => message.to_owned(),
    }
}

/// What log text alone allows, where no event shows that the run went on.
fn certainty(scene: &Scene<'_>, strength: f64) -> f64 {
    if scene.run_is_covered() {
        strength
    } else {
        strength.min(0.75)
    }
}

fn worker(
    scene: &Scene<'_>,
    start: &Fact,
    pid: &str,
    master: Option<usize>,
    initial: bool,
    replaces: Option<usize>,
) -> Verdict {
    let summary = match (initial, master) {
        (true, Some(_)) => format!("{pid} is a worker that the master started with the run."),
        (true, None) => format!("{pid} is a worker, started with the run."),
        (false, Some(_)) => format!(
            "{pid} is a worker that the master started in place of one that ended; the container did not restart."
        ),
        (false, None) => format!(
            "{pid} runs beside the first process in the same run; the container did not restart."
        ),
    };
    let strength = if master.is_some() { 0.97 } else { 0.85 };
    let mut verdict = Verdict::of(
        Cause::WorkerProcess,
        strength,
        summary,
        said(start),
        &start.citation,
    );
    if let Some(replaces) = replaces {
        verdict.cite("a worker ended before", &scene.fact(replaces).citation);
    }
    if let Some(master) = master {
        verdict.cite("a master supervises this run", &scene.fact(master).citation);
        verdict = verdict.by(InitiatorKind::ProcessManager, "inside the container");
    }
    for index in &scene.startup.facts {
        let fact = scene.fact(*index);
        if fact.kind == FactKind::WorkerBoot {
            verdict.cite(said(fact), &fact.citation);
        }
    }
    // An OOM kill of a child ends no run.
    if let (Some(at), Some(_)) = (scene.startup.at, replaces)
        && let Some(oom) = scene
            .events(at - chrono::TimeDelta::seconds(30), at)
            .rev()
            .find(|event| event.value.kind == crate::model::EventKind::Oom)
    {
        verdict.cite(
            "oom: a process in the container was killed, the container lived on",
            &oom.citation,
        );
    }
    verdict
}

/// A second start line with the PID of a process that lives.
fn same_pid(scene: &Scene<'_>, start: &Fact, before: &Fact, pid: &str) -> Verdict {
    if scene.run_is_covered() {
        return Verdict::of(
            Cause::InProcessDuplicate,
            0.85,
            format!("{pid} says twice in one run that it started, and the events show no restart between: the server is started twice in one process."),
            said(before),
            &before.citation,
        )
        .and(said(start), &start.citation)
        .by(InitiatorKind::Application, "starts its server twice");
    }
    let mut verdict = Verdict::unknown(
        Family::Unknown,
        format!(
            "{pid} says again that it started: a new run that the events do not cover, or a second start in one process."
        ),
        &[
            (Cause::ManualRestart, 0.3),
            (Cause::RestartPolicy, 0.3),
            (Cause::InProcessDuplicate, 0.2),
        ],
        ["Docker's events around this time would decide"],
    );
    verdict.cite(said(before), &before.citation);
    verdict.and(said(start), &start.citation)
}

fn pool_again(scene: &Scene<'_>, pool: &Pool, made: &Fact) -> Verdict {
    let generation = made
        .fields
        .generation
        .map_or_else(String::new, |generation| {
            format!(" with generation {generation}")
        });
    let pid = made
        .fields
        .pid
        .map_or_else(|| "The process".to_owned(), |pid| format!("PID {pid}"));
    let before = pool.before.map(|index| scene.fact(index));
    if !pool.reconnect.is_empty() || pool.rises {
        let missed = pool.reconnect.first().map(|index| scene.fact(*index));
        let since = missed
            .and_then(Fact::time)
            .zip(made.time())
            .map_or_else(String::new, |(missed, made)| {
                format!(" {} after it was lost", between(missed, made))
            });
        let summary =
            format!("{pid} connected again{since} and made its pool anew{generation}; no restart.");
        let strength = if pool.reconnect.is_empty() { 0.9 } else { 0.97 };
        let mut verdict = match missed {
            Some(missed) => Verdict::of(
                Cause::PoolReconnect,
                strength,
                summary,
                said(missed),
                &missed.citation,
            ),
            None => Verdict::of(
                Cause::PoolReconnect,
                strength,
                summary,
                said(made),
                &made.citation,
            ),
        };
        if let Some(last) = pool.reconnect.last() {
            let last = scene.fact(*last);
            verdict.cite(said(last), &last.citation);
        }
        if let Some(before) = before {
            verdict.cite(said(before), &before.citation);
        }
        return verdict
            .and(said(made), &made.citation)
            .by(InitiatorKind::Application, "reconnects by itself");
    }
    let Some(before) = before else {
        let mut verdict = Verdict::unknown(
            Family::InContainer,
            format!(
                "{pid} made a pool{generation} in a run whose beginning the log does not show."
            ),
            &[
                (Cause::PoolReconnect, 0.45),
                (Cause::InProcessDuplicate, 0.3),
            ],
            ["the log from the run's beginning (rotated away?) would decide"],
        );
        verdict.cite(said(made), &made.citation);
        return verdict;
    };
    let why = match (pool.other_module, pool.closed) {
        (Some(true), _) => "the module was imported twice (module_id differs)",
        (_, Some(_)) => "the first one was closed or reset and built again",
        (Some(false), None) => "a reset or a race (module_id is the same)",
        (None, None) => "imported twice, reset, or a race (no module_id to tell)",
    };
    let summary =
        format!("{pid} made a second pool{generation} without having lost the first: {why}.");
    let mut verdict = Verdict::of(
        Cause::InProcessDuplicate,
        certainty(scene, 0.95),
        summary,
        said(before),
        &before.citation,
    )
    .and(said(made), &made.citation)
    .by(InitiatorKind::Application, why);
    if let Some(closed) = pool.closed {
        verdict.cite(
            "the first pool is closed or reset",
            &scene.fact(closed).citation,
        );
    }
    verdict
}

impl Scene<'_> {
    /// Whether events (or a snapshot) show that the run went on over this startup.
    pub(super) fn run_is_covered(&self) -> bool {
        let Some((_, run)) = self.run else {
            return false;
        };
        let Some(start) = run.started_at() else {
            return false;
        };
        let Some(at) = self.startup.at else {
            // Placed by order in a run that events show.
            return self
                .start()
                .is_some_and(|start| start.source != crate::lifecycle::StartSource::Log);
        };
        if self
            .start()
            .is_some_and(|start| start.source == crate::lifecycle::StartSource::Log)
        {
            return false;
        }
        self.events_cover(start, at)
            || self.container.snapshots.iter().any(|snapshot| {
                // A snapshot taken later that still shows this start.
                snapshot.value.started_at.is_some_and(|started| {
                    (started - start).abs() <= chrono::TimeDelta::milliseconds(1500)
                }) && snapshot.value.running == Some(true)
            })
    }
}
