//! One of several processes of a server.

use super::super::rule::Rule;
use super::super::scene::Scene;
use super::super::verdict::Verdict;
use super::words::{process_line, process_words, said};
use crate::correlate::Kind;
use crate::model::{Cause, EventKind, FactKind, Family, InitiatorKind};
use chrono::TimeDelta;

pub(super) const OF_MASTER: Rule = Rule {
    id: "worker-of-a-master",
    says: "The log shows a master in the run, and another process of it started.",
    cause: Cause::WorkerProcess,
    family: Family::InContainer,
    weight: 0.97,
    others: &[],
    example: "10:00:00.000 web log: INFO:     Started parent process [1]\n\
        10:00:00.500 web log: INFO:     Started server process [8]\n\
        10:00:00.510 web log: INFO:     Started server process [9]",
    near_miss: "10:00:00.500 web log: INFO:     Started server process [8]\n\
        10:00:00.510 web log: INFO:     Started server process [9]",
    decide: |scene, rule| {
        let Kind::Worker {
            master: Some(master),
            initial,
            replaces,
        } = scene.startup.kind
        else {
            return None;
        };
        let pid = process_words(process_line(scene)?);
        let summary = if initial {
            format!("{pid} is a worker that the master started with the run.")
        } else {
            format!(
                "{pid} is a worker that the master started {}; the container did not restart.",
                why_later(scene, replaces)
            )
        };
        worker(scene, rule, summary, Some(master), replaces)
    },
};

pub(super) const BESIDE: Rule = Rule {
    id: "worker-beside",
    says: "Another process started beside the first one in the same run.",
    cause: Cause::WorkerProcess,
    family: Family::InContainer,
    weight: 0.85,
    others: &[],
    example: "10:00:00.000 web create\n\
        10:00:00.300 web start\n\
        10:00:01.000 web log: INFO:     Started server process [7]\n\
        10:00:01.010 web log: INFO:     Started server process [8]\n\
        10:10:00.000 web kill signal=15\n\
        10:10:00.100 web log: INFO:     Finished server process [7]\n\
        10:10:00.110 web log: INFO:     Finished server process [8]\n\
        10:10:00.400 web die exitCode=0",
    near_miss: "10:00:00.000 web create\n\
        10:00:00.300 web start\n\
        10:00:01.000 web log: INFO:     Started server process [7]\n\
        10:05:00.100 web log: INFO:     Finished server process [7]\n\
        10:05:01.010 web log: INFO:     Started server process [8]\n\
        10:10:00.000 web kill signal=15\n\
        10:10:00.110 web log: INFO:     Finished server process [8]\n\
        10:10:00.400 web die exitCode=0",
    decide: |scene, rule| {
        let Kind::Worker {
            initial, replaces, ..
        } = scene.startup.kind
        else {
            return None;
        };
        let pid = process_words(process_line(scene)?);
        let summary = if initial {
            format!("{pid} is a worker, started with the run.")
        } else {
            format!(
                "{pid} runs beside the first process in the same run; the container did not restart."
            )
        };
        let line = process_line(scene)?;
        let summary = if line.kind == FactKind::WorkerBoot && !initial {
            let why = why_later(scene, replaces);
            format!(
                "{pid} is a worker that its master, whose start the log does not show, started {why}."
            )
        } else {
            summary
        };
        worker(scene, rule, summary, None, replaces)
    },
};

/// Why a master starts a worker after its run has started.
fn why_later(scene: &Scene<'_>, replaces: Option<usize>) -> &'static str {
    match replaces.map(|line| scene.fact(line).kind) {
        Some(FactKind::Reload) => "anew when it reloaded its configuration",
        Some(_) => "in place of one that ended",
        None => "in place of one that ended, or added",
    }
}

fn worker(
    scene: &Scene<'_>,
    rule: &Rule,
    summary: String,
    master: Option<usize>,
    replaces: Option<usize>,
) -> Option<Verdict> {
    let start = process_line(scene)?;
    let mut verdict = rule.verdict(summary, said(start), &start.citation);
    if let Some(replaces) = replaces {
        let line = scene.fact(replaces);
        let claim = match line.kind {
            FactKind::Reload => "the master reloads its configuration",
            _ => "a worker ended before",
        };
        verdict.cite(claim, &line.citation);
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
            .events(at - TimeDelta::seconds(30), at)
            .rev()
            .find(|event| event.value.kind == EventKind::Oom)
    {
        verdict.cite(
            "oom: a process in the container was killed, the container lived on",
            &oom.citation,
        );
    }
    Some(verdict)
}
