//! A container that ran before and runs again: who or what started it?
//!
//! The rules stand in order of strength: a direct record, then the shape of the events, then
//! statistics, then log text alone. The first that can decide does.

use super::probes::live_connects;
use super::request::{SCRIPT, lately, unhealthy_before};
use super::scene::Scene;
use super::verdict::Verdict;
use super::words::{between, ended};
use super::{automation, host, mass, policy, request};
use crate::lifecycle::{Boot, Start, StartSource};
use crate::model::EndedBy;
use crate::model::InitiatorKind;
use crate::model::{Cause, Citation, Family, HostAction, JournalKind};
use chrono::TimeDelta;
use smallvec::SmallVec;
use std::fmt;

/// One rule: a name for tests and readers, and the decision.
struct Rule {
    #[cfg_attr(not(test), expect(dead_code, reason = "tests name the rules"))]
    id: &'static str,
    decide: fn(&Scene<'_>) -> Option<Verdict>,
}

/// In order of strength.
const RULES: &[Rule] = &[
    Rule {
        id: "engine-boot",
        decide: engine_boot,
    },
    Rule {
        id: "host-record",
        decide: host_record,
    },
    Rule {
        id: "out-of-memory",
        decide: policy::out_of_memory,
    },
    Rule {
        id: "request-cut-off",
        decide: policy::request_cut_off,
    },
    Rule {
        id: "ended-by-itself",
        decide: policy::ended_by_itself,
    },
    Rule {
        id: "daemon-record",
        decide: policy::daemon_record,
    },
    Rule {
        id: "parallel-start",
        decide: mass::engine_shape,
    },
    Rule {
        id: "network-repair",
        decide: automation::network_repair,
    },
    Rule {
        id: "unhealthy",
        decide: automation::unhealthy,
    },
    Rule {
        id: "failed-probe",
        decide: automation::failed_probe,
    },
    Rule {
        id: "attached-while-stopped",
        decide: automation::network_added,
    },
    Rule {
        id: "periodic",
        decide: automation::periodic,
    },
    Rule {
        id: "requested",
        decide: request::requested,
    },
    Rule {
        id: "no-end-seen",
        decide: mass::no_end_seen,
    },
    Rule {
        id: "restart-count",
        decide: policy::restart_count,
    },
    Rule {
        id: "failed-in-log",
        decide: policy::failed_in_log,
    },
];

/// Judges a start of a container that ran before.
pub(super) fn judge(scene: &Scene<'_>) -> Verdict {
    RULES
        .iter()
        .find_map(|rule| (rule.decide)(scene))
        .unwrap_or_else(|| undecided(scene))
}

/// The verdict's last line: the start itself.
pub(super) fn with_start(mut verdict: Verdict, scene: &Scene<'_>) -> Verdict {
    if let Some((claim, line)) = scene.shown_by() {
        verdict.cite(claim, line);
    }
    if let Some(restart) = scene.start().and_then(|start| start.restart.as_ref()) {
        verdict.cite("restart", restart);
    }
    verdict
}

/// The verdict with the lines that show how the run before ended, then the start.
pub(super) fn with_end(mut verdict: Verdict, scene: &Scene<'_>) -> Verdict {
    if let Some(end) = scene.previous_end() {
        for (claim, line) in &end.shown_by {
            verdict.cite(claim.clone(), line);
        }
    }
    with_start(verdict, scene)
}

fn engine_boot(scene: &Scene<'_>) -> Option<Verdict> {
    let start = scene.start()?;
    let boot = scene.all.history.engine.boot_at(start.time)?;
    if boot.recorded {
        return Some(recorded_boot(scene, boot, start));
    }
    let orderly = boot.stopping.is_some();
    let summary = if orderly {
        format!(
            "The engine was stopped and started; it brought the container back {} after it came up.",
            between(boot.starting.0, start.time)
        )
    } else {
        format!(
            "The engine came up without having been stopped in order (crash or reboot) and brought the container back {} later.",
            between(boot.starting.0, start.time)
        )
    };
    let mut verdict = match &boot.stopping {
        Some((_, line)) => Verdict::of(
            Cause::EngineRestart,
            0.98,
            summary,
            "the engine was told to stop",
            line,
        ),
        None => Verdict::of(
            Cause::EngineRestart,
            0.97,
            summary,
            "the engine starts up",
            &boot.starting.1,
        ),
    };
    verdict.cite("the engine starts up", &boot.starting.1);
    if let Some((_, ready)) = &boot.ready {
        verdict.cite("only from here on does it take requests", ready);
    }
    Some(with_start(verdict, scene).by(
        InitiatorKind::Engine,
        if orderly {
            "stopped and started"
        } else {
            "crash or reboot"
        },
    ))
}

/// A recorder was listening when the engine went away, asked until it was back, and found that it had
/// forgotten its events: it was another process.
fn recorded_boot(scene: &Scene<'_>, boot: &Boot, start: &Start) -> Verdict {
    let summary = format!(
        "The engine was restarted while it was recorded; the container started {} after it was gone, before anybody else could ask for it.",
        between(boot.starting.0, start.time)
    );
    let verdict = Verdict::of(
        Cause::EngineRestart,
        0.97,
        summary,
        "the engine was gone, and came back without its events",
        &boot.starting.1,
    );
    with_start(verdict, scene).by(InitiatorKind::Engine, "stopped and started")
}

/// A line of a host's program that names the container and says what it did.
fn host_record(scene: &Scene<'_>) -> Option<Verdict> {
    let start = scene.at()?;
    let end = scene.previous_end();
    let request = end
        .and_then(|end| {
            end.requested
                .as_ref()
                .map(|request| request.time)
                .or(end.time)
        })
        .unwrap_or(start);
    // A process that ended by itself was not restarted by what a script said meanwhile.
    if end.is_some_and(|end| {
        matches!(
            end.by,
            EndedBy::Exit | EndedBy::Signal | EndedBy::Oom | EndedBy::Engine
        )
    }) && scene.start().is_some_and(|start| start.restart.is_none())
        && policy::fits_backoff(scene)
    {
        return None;
    }
    let records = host::actions(
        scene,
        request.min(start) - TimeDelta::seconds(5),
        start + TimeDelta::seconds(5),
    );
    let (first, action) = records.iter().find(|(_, action)| {
        matches!(
            action,
            HostAction::HealRestart
                | HostAction::Restart
                | HostAction::Stop
                | HostAction::Start
                | HostAction::Kill
        )
    })?;
    let program = first
        .value
        .program
        .clone()
        .unwrap_or_else(|| "a script on the host".to_owned());
    let (cause, confidence, kind) = if host::is_person(&first.value) {
        (Cause::ManualRestart, 0.95, InitiatorKind::Operator)
    } else if *action == HostAction::HealRestart
        || unhealthy_before(scene, request).is_some() && end.is_some()
    {
        (Cause::HealthRestart, 0.99, InitiatorKind::HealthWatcher)
    } else {
        (
            Cause::HostAutomationRestart,
            0.99,
            InitiatorKind::HostScript,
        )
    };
    let summary = format!("{program} says that it restarted this container.");
    let mut verdict = Verdict::of(
        cause,
        confidence,
        summary,
        "the host's log says so",
        &first.citation,
    );
    for (record, _) in records.iter().skip(1).take(3) {
        verdict.cite("the host's log says so", &record.citation);
    }
    if let Some(event) = unhealthy_before(scene, request) {
        verdict.cite("health_status: unhealthy", &event.citation);
    }
    for attached in live_connects(scene.container, lately(scene, request, SCRIPT), request) {
        verdict.cite(
            format!("network connect {}, while running", attached.network),
            &attached.event.citation,
        );
    }
    Some(with_end(verdict, scene).by(kind, program))
}

/// Nothing decides.
fn undecided(scene: &Scene<'_>) -> Verdict {
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
    let sender = sender(scene);
    let inside = matches!(sender, Some((Sender::Inside { to_main: true, .. }, _)));
    if scene.previous().is_none() {
        return nothing_before(scene);
    }
    let usual: &[(Cause, f64)] = match (inside, orderly.is_some()) {
        // Requests to the engine come from outside, so nobody asked it to stop this run.
        (true, _) => &[
            (Cause::RestartPolicy, 0.5),
            (Cause::ManualRestart, 0.2),
            (Cause::HostAutomationRestart, 0.15),
        ],
        (false, true) => &[
            (Cause::ManualRestart, 0.4),
            (Cause::HostAutomationRestart, 0.35),
            (Cause::EngineRestart, 0.1),
        ],
        (false, false) => &[
            (Cause::RestartPolicy, 0.35),
            (Cause::ManualRestart, 0.3),
            (Cause::HostAutomationRestart, 0.2),
            (Cause::OomRestart, 0.05),
        ],
    };
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
    let mut candidates: SmallVec<[(Cause, f64); 4]> = usual.into();
    if scene.container.id.is_empty() {
        candidates.push((Cause::DeploymentReplacement, 0.2));
    }
    let events = "Docker's events around this time (docker events, recorded while it happens)";
    let journals = "the engine's log (journalctl -u docker) and the host's journal";
    let missing = [events, journals]
        .into_iter()
        .take(1 + usize::from(!manually));
    let mut verdict = Verdict::unknown(Family::External, summary, &candidates, missing);
    if let Some(line) = orderly {
        verdict.cite("an orderly shutdown", line);
    }
    if let Some((sender, line)) = sender {
        verdict.cite(sender.to_string(), line);
    }
    with_start(verdict, scene)
}

/// The first run that the evidence shows, of a container that may have run before.
fn nothing_before(scene: &Scene<'_>) -> Verdict {
    let verdict = Verdict::unknown(
        Family::External,
        "The first startup that the evidence shows of this container; whether it ran before is not in it.",
        &[
            (Cause::FirstStart, 0.5),
            (Cause::RestartPolicy, 0.15),
            (Cause::ManualRestart, 0.15),
            (Cause::DeploymentReplacement, 0.1),
        ],
        [
            "Docker's events from before this start, or docker inspect (Created, FinishedAt, RestartCount)",
        ],
    );
    with_start(verdict, scene)
}

/// The line by which the run before began to shut down in order.
pub(super) fn orderly_end<'a>(scene: &Scene<'a>) -> Option<&'a Citation> {
    let (run, _) = scene.run?;
    scene
        .log
        .shutdown_of(run.checked_sub(1)?)
        .map(|fact| &fact.citation)
}

/// Who sent a process its signal, as the process itself says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sender {
    /// A process outside the container's PID namespace, for which the kernel reports PID 0: the engine,
    /// or something on the host.
    Outside,
    /// A process in the container. An init that passes on what the engine sent is one, unless the
    /// signal went to the main process.
    Inside {
        /// Its PID there.
        pid: u32,
        /// The container's main process received the signal.
        to_main: bool,
    },
}

impl fmt::Display for Sender {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Outside => {
                out.write_str("it names the sender of its signal: outside the container")
            }
            Self::Inside { pid, .. } => {
                write!(
                    out,
                    "it names the sender of its signal: PID {pid}, inside the container"
                )
            }
        }
    }
}

/// The line in which the program of the run before names who sent its signal.
pub(super) fn sender<'a>(scene: &Scene<'a>) -> Option<(Sender, &'a Citation)> {
    let (run, _) = scene.run?;
    let facts = &scene.log.facts[scene.log.of_run(run.checked_sub(1)?)];
    let fact = facts
        .iter()
        .rfind(|fact| fact.fields.rarer().sender_pid.is_some())?;
    let sender = match fact.fields.rarer().sender_pid? {
        0 => Sender::Outside,
        pid => Sender::Inside {
            pid,
            to_main: fact.fields.pid == Some(1),
        },
    };
    Some((sender, &fact.citation))
}

/// How the run before ended, for a sentence.
pub(super) fn previous_words(scene: &Scene<'_>) -> String {
    scene
        .previous_end()
        .map_or_else(|| "ended".to_owned(), ended)
}

#[cfg(test)]
mod tests {
    use super::RULES;

    #[test]
    fn rule_names_are_unique() {
        let mut ids: Vec<_> = RULES.iter().map(|rule| rule.id).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), RULES.len());
    }
}
