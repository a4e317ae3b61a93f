//! Another process, or the same one, says that it starts in a run that is known already.

use super::super::rule::Rule;
use super::super::verdict::Verdict;
use super::super::words::span;
use super::words::{process_line, process_words, said};
use crate::correlate::Kind;
use crate::model::{Cause, Fact, FactKind, Family, InitiatorKind};
use chrono::TimeDelta;

/// Processes that belong together start within this time of each other.
const SUCCESSION: TimeDelta = TimeDelta::seconds(5);

pub(super) const UNSHOWN: Rule = Rule {
    id: "process-unshown",
    says: "No line shows the startup.",
    cause: Cause::Unknown,
    family: Family::InContainer,
    weight: 0.0,
    others: &[],
    example: "",
    near_miss: "",
    decide: |scene, rule| {
        let unshown = scene.startup.facts.is_empty();
        unshown.then(|| rule.unknown("No line shows it.", [""; 0]))
    },
};

pub(super) const OTHER_PID: Rule = Rule {
    id: "other-pid",
    says: "Another process started, and nothing shows whether the container's run went on.",
    cause: Cause::Unknown,
    family: Family::Unknown,
    weight: 0.0,
    others: &[
        (Cause::ManualRestart, 0.25),
        (Cause::RestartPolicy, 0.25),
        (Cause::SupervisorRestart, 0.25),
        (Cause::WorkerProcess, 0.15),
    ],
    example: "10:00:00.000 web log: INFO:     Started server process [7]\n\
        10:05:00.000 web log: INFO:     Started server process [19]",
    near_miss: "10:00:00.000 web create\n\
        10:00:00.300 web start\n\
        10:00:01.000 web log: INFO:     Started server process [7]\n\
        10:05:00.000 web log: INFO:     Started server process [19]\n\
        10:10:00.000 web kill signal=15\n\
        10:10:00.400 web die exitCode=0",
    decide: |scene, rule| {
        if scene.run_is_covered() {
            return None;
        }
        let start = process_line(scene)?;
        // The line of a master or a supervisor proves that it went on.
        if matches!(start.kind, FactKind::WorkerBoot) {
            return None;
        }
        let before = match scene.startup.kind {
            Kind::Successor {
                ended: Some(ended), ..
            } if scene.fact(ended).kind == FactKind::ChildExit
                && start.kind == FactKind::ChildStart =>
            {
                return None;
            }
            Kind::Worker {
                master: None,
                initial: false,
                ..
            } => start,
            // PIDs of what a shell starts differ from run to run.
            Kind::Successor { before, .. } | Kind::Unclear { before } => scene.fact(before),
            _ => return None,
        };
        let verdict = rule.unknown(
            format!(
                "{} started after another process: in the same run, or in a new one that the evidence does not show.",
                process_words(start)
            ),
            ["Docker's events around this time, or docker inspect, would decide"],
        );
        Some(both(verdict, before, start))
    },
};

/// The verdict with the line of the process before and that of the one that started.
fn both(verdict: Verdict, before: &Fact, start: &Fact) -> Verdict {
    verdict
        .and(said(before), &before.citation)
        .and(said(start), &start.citation)
}

pub(super) const AFTER_ITS_END: Rule = Rule {
    id: "successor-after-an-end",
    says: "A process started after a line that tells the end of the one before, in a run that went on.",
    cause: Cause::SupervisorRestart,
    family: Family::InContainer,
    weight: 0.9,
    others: &[],
    example: "10:00:00.000 web create\n\
        10:00:00.300 web start\n\
        10:00:01.000 web log: INFO:     Started server process [7]\n\
        10:05:00.100 web log: INFO:     Finished server process [7]\n\
        10:05:01.010 web log: INFO:     Started server process [19]\n\
        10:10:00.000 web kill signal=15\n\
        10:10:00.400 web die exitCode=0",
    near_miss: "10:00:00.000 web create\n\
        10:00:00.300 web start\n\
        10:00:01.000 web log: INFO:     Started server process [7]\n\
        10:05:01.010 web log: INFO:     Started server process [19]\n\
        10:10:00.000 web kill signal=15\n\
        10:10:00.100 web log: INFO:     Finished server process [7]\n\
        10:10:00.400 web die exitCode=0",
    decide: |scene, rule| {
        let Kind::Successor {
            ended: Some(ended),
            before,
        } = scene.startup.kind
        else {
            return None;
        };
        let start = process_line(scene)?;
        not_main_again(scene.fact(before), start)?;
        let line = &scene.fact(ended).citation;
        let verdict = rule.verdict(succession(start), "the process before ended", line);
        let verdict = both(verdict, scene.fact(before), start);
        Some(verdict.by(InitiatorKind::Supervisor, "inside the container"))
    },
};

pub(super) const SUCCESSOR: Rule = Rule {
    id: "successor",
    says: "A process started after the one before had ended, in a run that went on.",
    cause: Cause::SupervisorRestart,
    family: Family::InContainer,
    weight: 0.75,
    others: &[],
    example: "10:00:00.000 web create\n\
        10:00:00.300 web start\n\
        10:00:01.000 web log: INFO supervisord started with pid 1\n\
        10:00:01.100 web log: INFO spawned: 'web' with pid 8\n\
        10:05:01.100 web log: INFO spawned: 'web' with pid 9\n\
        10:10:00.000 web kill signal=15\n\
        10:10:00.400 web die exitCode=0",
    near_miss: "10:00:00.000 web create\n\
        10:00:00.300 web start\n\
        10:00:01.000 web log: INFO supervisord started with pid 1\n\
        10:00:01.100 web log: INFO spawned: 'web' with pid 8\n\
        10:05:01.100 web log: INFO spawned: 'job' with pid 9\n\
        10:10:00.000 web kill signal=15\n\
        10:10:00.400 web die exitCode=0",
    decide: |scene, rule| {
        let Kind::Successor { before, .. } = scene.startup.kind else {
            return None;
        };
        let start = process_line(scene)?;
        not_main_again(scene.fact(before), start)?;
        let verdict = rule.verdict(succession(start), said(start), &start.citation);
        let verdict = both(verdict, scene.fact(before), start);
        Some(verdict.by(InitiatorKind::Supervisor, "inside the container"))
    },
};

/// `None` where both are PID 1: with the main process the run ends, so the second is of another run.
fn not_main_again(before: &Fact, start: &Fact) -> Option<()> {
    let main = |fact: &Fact| fact.fields.pid == Some(1);
    (!main(before) || !main(start)).then_some(())
}

fn succession(start: &Fact) -> String {
    format!(
        "{} started in the same run after the process before it had ended: something inside the container keeps it running.",
        process_words(start)
    )
}

pub(super) const DUPLICATE: Rule = Rule {
    id: "same-pid-twice",
    says: "A process says twice that it starts, and the events show that its run went on.",
    cause: Cause::InProcessDuplicate,
    family: Family::InContainer,
    weight: 0.85,
    others: &[],
    example: "10:00:00.000 web create\n\
        10:00:00.300 web start\n\
        10:00:01.000 web log: INFO:     Started server process [1]\n\
        10:05:01.000 web log: INFO:     Started server process [1]\n\
        10:10:00.000 web kill signal=15\n\
        10:10:00.400 web die exitCode=0",
    near_miss: "10:00:01.000 web log: INFO:     Started server process [1]\n\
        10:05:01.000 web log: INFO:     Started server process [1]",
    decide: |scene, rule| {
        let Kind::SamePid { before } = scene.startup.kind else {
            return None;
        };
        if !scene.run_is_covered() {
            return None;
        }
        let (before, start) = (scene.fact(before), process_line(scene)?);
        let summary = if before.fields.pid == start.fields.pid {
            format!(
                "{} says twice in one run that it started, and the events show no restart between: the server is started twice in one process.",
                process_words(start)
            )
        } else {
            format!(
                "{} started as a second master inside {}, and the events show no restart between: the server is started twice in one run.",
                process_words(start),
                process_words(before)
            )
        };
        let verdict = rule
            .verdict(summary, said(before), &before.citation)
            .and(said(start), &start.citation);
        Some(verdict.by(InitiatorKind::Application, "starts its server twice"))
    },
};

pub(super) const STARTED_AGAIN: Rule = Rule {
    id: "same-pid-again",
    says: "A process with the same PID says again that it starts, and nothing shows whether the run went on.",
    cause: Cause::Unknown,
    family: Family::Unknown,
    weight: 0.0,
    others: &[
        (Cause::ManualRestart, 0.3),
        (Cause::RestartPolicy, 0.3),
        (Cause::InProcessDuplicate, 0.2),
    ],
    example: "10:00:00 web log: INFO:     Started server process [1]\n\
        10:05:00 web log: [2026-11-20 10:05:00 +0000] [1] [INFO] beat: Starting...",
    near_miss: "10:00:00 web log: INFO:     Started server process [1]\n\
        10:05:00 web log: INFO:     Started server process [1]",
    decide: |scene, rule| {
        let Kind::SamePid { before } = scene.startup.kind else {
            return None;
        };
        let start = process_line(scene)?;
        let verdict = rule.unknown(
            format!(
                "{} says again that it started: a new run that the events do not cover, or a second start in one process.",
                process_words(start)
            ),
            ["Docker's events around this time would decide"],
        );
        Some(both(verdict, scene.fact(before), start))
    },
};

pub(super) const STARTED_ANEW: Rule = Rule {
    id: "started-anew",
    says: "A process started some time after the one before, which is not heard of again, in a run that went on.",
    cause: Cause::SupervisorRestart,
    family: Family::InContainer,
    weight: 0.75,
    others: &[(Cause::WorkerProcess, 0.2)],
    example: "10:00:00.000 web create\n\
        10:00:00.300 web start\n\
        10:00:01.000 web log: INFO:     Started server process [7]\n\
        10:05:01.000 web log: INFO:     Started server process [19]\n\
        10:10:00.000 web kill signal=15\n\
        10:10:00.400 web die exitCode=0",
    near_miss: "10:00:00.000 web create\n\
        10:00:00.300 web start\n\
        10:00:01.000 web log: INFO:     Started server process [7]\n\
        10:00:03.000 web log: INFO:     Started server process [19]\n\
        10:10:00.000 web kill signal=15\n\
        10:10:00.400 web die exitCode=0",
    decide: |scene, rule| {
        let Kind::Unclear { before } = scene.startup.kind else {
            return None;
        };
        let (before, start) = (scene.fact(before), process_line(scene)?);
        let gap = start.time()? - before.time()?;
        if gap < SUCCESSION || !scene.run_is_covered() {
            return None;
        }
        let summary = format!(
            "{} started {} after the process before it, which is not heard of again, in the same run: something inside the container started it anew.",
            process_words(start),
            span(gap)
        );
        let verdict = rule
            .verdict(summary, said(before), &before.citation)
            .and(said(start), &start.citation);
        Some(verdict.by(InitiatorKind::Supervisor, "inside the container"))
    },
};

pub(super) const UNCLEAR: Rule = Rule {
    id: "process-unclear",
    says: "A process started, and nothing shows whether the one before had ended.",
    cause: Cause::Unknown,
    family: Family::InContainer,
    weight: 0.0,
    others: &[(Cause::SupervisorRestart, 0.4), (Cause::WorkerProcess, 0.4)],
    example: "10:00:00.000 web create\n\
        10:00:00.300 web start\n\
        10:00:01.000 web log: INFO:     Started server process [7]\n\
        10:00:03.000 web log: INFO:     Started server process [19]\n\
        10:10:00.000 web kill signal=15\n\
        10:10:00.400 web die exitCode=0",
    near_miss: "10:00:00.000 web create\n\
        10:00:00.300 web start\n\
        10:00:01.000 web log: INFO:     Started server process [7]\n\
        10:00:03.000 web log: INFO:     Started server process [19]\n\
        10:10:00.000 web kill signal=15\n\
        10:10:00.100 web log: INFO:     Finished server process [7]\n\
        10:10:00.400 web die exitCode=0",
    decide: |scene, rule| {
        let Kind::Unclear { before } = scene.startup.kind else {
            return None;
        };
        let start = process_line(scene)?;
        let verdict = rule.unknown(
            format!(
                "{} started while nothing shows that the process before it had ended.",
                process_words(start)
            ),
            ["a line in which the first process ends, or goes on, would decide"],
        );
        Some(both(verdict, scene.fact(before), start))
    },
};
