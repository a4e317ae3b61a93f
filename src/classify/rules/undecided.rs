//! What is left when no rule could decide: how the run before ended, and what would tell more.

use super::super::rule::Rule;
use super::super::scene::Scene;
use super::super::sender::{Sender, orderly_end, sender};
use super::super::verdict::Verdict;
use crate::lifecycle::StartSource;
use crate::model::{Candidate, Cause, Family, JournalKind};

pub(super) const NOTHING_BEFORE: Rule = Rule {
    id: "nothing-before",
    says: "The first startup of its container that the evidence shows, and nothing proves what came before.",
    cause: Cause::FirstSeen,
    family: Family::External,
    weight: 0.0,
    others: &[
        (Cause::FirstStart, 0.5),
        (Cause::RestartPolicy, 0.15),
        (Cause::ManualRestart, 0.15),
        (Cause::DeploymentReplacement, 0.1),
    ],
    example: "10:00:00.000 web log: INFO:     Started server process [1]\n\
        10:00:01.000 web log: ERROR:    Application startup failed. Exiting.",
    near_miss: "10:00:00.000 web log: INFO:     Started server process [1]\n\
        10:00:01.000 web log: INFO:     Application startup complete.",
    decide: |scene, rule| {
        if scene.previous().is_some() {
            return None;
        }
        Some(first_seen(scene, rule))
    },
};

pub(super) const SIGNAL_FROM_INSIDE: Rule = Rule {
    id: "signal-from-inside",
    says: "The log names a process in the container as the sender of the signal that ended the run, so nobody asked the engine.",
    cause: Cause::Unknown,
    family: Family::External,
    weight: 0.0,
    others: &[
        (Cause::RestartPolicy, 0.5),
        (Cause::ManualRestart, 0.2),
        (Cause::HostAutomationRestart, 0.15),
    ],
    example: "10:00:00 db log: 1:C 20 Nov 10:00:00.000 # Redis is starting oO0OoO0OoO0Oo\n\
        10:05:00 db log: 1:M 20 Nov 10:05:00.000 # Killed by PID: 84, UID: 0\n\
        10:05:01 db log: 1:C 20 Nov 10:05:01.000 # Redis is starting oO0OoO0OoO0Oo",
    near_miss: "10:00:00 db log: 1:C 20 Nov 10:00:00.000 # Redis is starting oO0OoO0OoO0Oo\n\
        10:05:00 db log: 1:M 20 Nov 10:05:00.000 # Killed by PID: 0, UID: 0\n\
        10:05:01 db log: 1:C 20 Nov 10:05:01.000 # Redis is starting oO0OoO0OoO0Oo",
    decide: |scene, rule| {
        let (sender, _) = sender(scene)?;
        matches!(sender, Sender::Inside { to_main: true, .. }).then(|| undecided(scene, rule))
    },
};

pub(super) const ORDERLY_SHUTDOWN: Rule = Rule {
    id: "orderly-shutdown",
    says: "The run before shut down in order, and nothing shows who asked for it.",
    cause: Cause::Unknown,
    family: Family::External,
    weight: 0.0,
    others: &[
        (Cause::ManualRestart, 0.4),
        (Cause::HostAutomationRestart, 0.35),
        (Cause::EngineRestart, 0.1),
    ],
    example: "10:00:00.000 web log: INFO:     Started server process [1]\n\
        10:05:00.000 web log: INFO:     Shutting down\n\
        10:05:02.000 web log: INFO:     Started server process [1]",
    near_miss: "10:00:00.000 web log: INFO:     Started server process [1]\n\
        10:05:00.000 web log: INFO:     10.0.0.7:41234 - \"GET / HTTP/1.1\" 200 OK\n\
        10:05:02.000 web log: INFO:     Started server process [1]",
    decide: |scene, rule| orderly_end(scene).map(|_| undecided(scene, rule)),
};

pub(super) const UNDECIDED: Rule = Rule {
    id: "undecided",
    says: "It started again, and nothing shows why.",
    cause: Cause::Unknown,
    family: Family::External,
    weight: 0.0,
    others: &[
        (Cause::RestartPolicy, 0.35),
        (Cause::ManualRestart, 0.3),
        (Cause::HostAutomationRestart, 0.2),
        (Cause::OomRestart, 0.05),
    ],
    example: "10:00:00.000 web log: INFO:     Started server process [1]\n\
        10:05:00.000 web log: INFO:     10.0.0.7:41234 - \"GET / HTTP/1.1\" 200 OK\n\
        10:05:02.000 web log: INFO:     Started server process [1]",
    near_miss: "10:00:00.000 web log: INFO:     Started server process [1]\n\
        10:05:00.000 web log: INFO:     Shutting down\n\
        10:05:02.000 web log: INFO:     Started server process [1]",
    decide: |scene, rule| Some(undecided(scene, rule)),
};

/// The verdict on the first startup that the evidence shows of a container.
pub(in crate::classify) fn first_seen(scene: &Scene<'_>, rule: &Rule) -> Verdict {
    let before = if scene.container.snapshots.is_empty() {
        "Docker's events from before this start, or docker inspect (Created, FinishedAt, RestartCount), would show whether it ran before"
    } else {
        "Docker's events from before this start would show whether it ran before"
    };
    let verdict = rule.unknown(
        "The first startup that the evidence shows of this container; whether it ran before is not in it.",
        [before],
    );
    scene.with_start(verdict)
}

/// Without a container's id, another container may have taken over.
const REPLACED: Candidate = Candidate {
    cause: Cause::DeploymentReplacement,
    confidence: 0.2,
};

pub(super) fn undecided(scene: &Scene<'_>, rule: &Rule) -> Verdict {
    let manually = scene.all.history.daemon.iter().any(|record| {
        matches!(
            record.value.kind,
            JournalKind::NotRestarted {
                manually_stopped: true,
                ..
            }
        )
    });
    let log_only = scene
        .start()
        .is_none_or(|start| start.source == StartSource::Log);
    let orderly = orderly_end(scene);
    let summary = match (&orderly, log_only) {
        (Some(_), true) => {
            "The process shut down in order and started again; a log alone cannot tell who asked for it."
        }
        (Some(_), false) => {
            "It shut down in order and was started again; the events that would tell who asked are missing."
        }
        (None, true) => "The process started again; a log alone cannot tell why.",
        (None, false) => "It was started again; the events that would tell why are missing.",
    };
    let mut verdict = rule.unknown(summary, [""; 0]);
    if scene.at().is_none_or(|at| !scene.events_cover(at, at)) {
        verdict = verdict
            .lacking("Docker's events around this time (docker events, recorded while it happens)");
    }
    let history = &scene.all.history;
    match (history.daemon.is_empty(), history.host.is_empty()) {
        (true, true) if !manually => {
            verdict =
                verdict.lacking("the engine's log (journalctl -u docker) and the host's journal");
        }
        (true, false) => verdict = verdict.lacking("the engine's log (journalctl -u docker)"),
        (false, true) if !manually => verdict = verdict.lacking("the host's journal"),
        _ => {}
    }
    if verdict.missing.is_empty() {
        verdict = verdict.lacking("a record of who asked (an audit rule on the engine's socket)");
    }
    if scene.container.id.is_empty() {
        verdict.candidates.push(REPLACED);
    }
    if let Some(line) = orderly {
        verdict.cite("an orderly shutdown", line);
    }
    if let Some((sender, line)) = sender(scene) {
        verdict.cite(sender.to_string(), line);
    }
    scene.with_start(verdict)
}
