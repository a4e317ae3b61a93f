//! The engine or the host went down and came back: by its own log, or by the shape of the events.

use super::super::overview::no_end_known;
use super::super::rule::Rule;
use super::super::scene::Scene;
use super::super::verdict::Verdict;
use super::super::words::between;
use crate::lifecycle::{Boot, Container, End, Run, Start, StartSource};
use crate::model::words::count;
use crate::model::{Cause, Citation, EndedBy, EventKind, Family, InitiatorKind, Time};
use chrono::TimeDelta;

/// An engine that comes up starts its containers within this time of each other.
const TOGETHER: TimeDelta = TimeDelta::seconds(10);
/// An engine that goes down stops its containers within this time of each other.
const ASKED_TOGETHER: TimeDelta = TimeDelta::milliseconds(500);
/// Times have nanoseconds.
const INSTANT: TimeDelta = TimeDelta::nanoseconds(1);
/// An engine needs at least this long to end and to come up again.
const SHORTEST_BOOT: TimeDelta = TimeDelta::milliseconds(1500);

pub(super) const RECORDED_BOOT: Rule = Rule {
    id: "engine-boot-recorded",
    says: "A recorder saw the engine go away and come back without its events, and the container started before anybody else could ask for it.",
    cause: Cause::EngineRestart,
    family: Family::External,
    weight: 0.97,
    others: &[],
    example: "recorder: engine away from 10:20:01 to 10:20:04\n\
        10:00:00.000 web create\n\
        10:00:00.300 web start\n\
        10:20:00.100 web kill signal=15\n\
        10:20:00.400 web die exitCode=0\n\
        10:20:04.100 web start",
    near_miss: "recorder: engine away from 10:20:01 to 10:20:04\n\
        10:00:00.000 web create\n\
        10:00:00.300 web start\n\
        10:20:00.100 web kill signal=15\n\
        10:20:00.400 web die exitCode=0\n\
        10:20:06.000 web start",
    decide: |scene, rule| {
        let (boot, start) = boot(scene)?;
        if !boot.recorded {
            return None;
        }
        let summary = format!(
            "The engine was restarted while it was recorded; the container started {} after it was gone, before anybody else could ask for it.",
            between(boot.starting.0, start.time)
        );
        let verdict = rule.verdict(
            summary,
            "the engine was gone, and came back without its events",
            &boot.starting.1,
        );
        let verdict = scene.with_start(verdict);
        Some(verdict.by(InitiatorKind::Engine, "stopped and started"))
    },
};

pub(super) const ORDERLY_BOOT: Rule = Rule {
    id: "engine-stopped-and-started",
    says: "The engine's log shows that it was told to stop, came up again, and brought the container back.",
    cause: Cause::EngineRestart,
    family: Family::External,
    weight: 0.98,
    others: &[],
    example: "10:00:00.000 web create\n\
        10:00:00.300 web start\n\
        10:20:00.000 engine: Processing signal 'terminated'\n\
        10:20:00.100 web kill signal=15\n\
        10:20:00.400 web die exitCode=0\n\
        10:20:01.000 engine: Daemon shutdown complete\n\
        10:20:03.000 engine: Starting up\n\
        10:20:04.000 web start\n\
        10:20:05.000 engine: Daemon has completed initialization",
    near_miss: "10:00:00.000 web create\n\
        10:00:00.300 web start\n\
        10:20:00.000 engine: Processing signal 'terminated'\n\
        10:20:00.100 web kill signal=15\n\
        10:20:00.400 web die exitCode=0\n\
        10:20:01.000 engine: Daemon shutdown complete\n\
        10:20:03.000 engine: Starting up\n\
        10:20:05.000 engine: Daemon has completed initialization\n\
        10:20:30.000 web start",
    decide: |scene, rule| {
        let (boot, start) = boot(scene)?;
        let (_, stopping) = boot.stopping.as_ref()?;
        let summary = format!(
            "The engine was stopped and started; it brought the container back {} after it came up.",
            between(boot.starting.0, start.time)
        );
        let verdict = rule.verdict(summary, "the engine was told to stop", stopping);
        Some(came_up(scene, verdict, boot).by(InitiatorKind::Engine, "stopped and started"))
    },
};

pub(super) const CRASH_BOOT: Rule = Rule {
    id: "engine-came-up",
    says: "The engine's log shows that it came up without having been stopped in order, and brought the container back.",
    cause: Cause::EngineRestart,
    family: Family::External,
    weight: 0.97,
    others: &[],
    example: "10:00:00.000 web create\n\
        10:00:00.300 web start\n\
        10:20:03.000 engine: Starting up\n\
        10:20:04.000 web start\n\
        10:20:05.000 engine: Daemon has completed initialization",
    near_miss: "10:00:00.000 web create\n\
        10:00:00.300 web start\n\
        10:20:03.000 engine: Starting up\n\
        10:20:05.000 engine: Daemon has completed initialization\n\
        10:20:30.000 web start",
    decide: |scene, rule| {
        let (boot, start) = boot(scene)?;
        let summary = format!(
            "The engine came up without having been stopped in order (crash or reboot) and brought the container back {} later.",
            between(boot.starting.0, start.time)
        );
        let verdict = rule.verdict(summary, "the engine starts up", &boot.starting.1);
        Some(came_up(scene, verdict, boot).by(InitiatorKind::Engine, "crash or reboot"))
    },
};

/// The boot of the engine that brought this start, and the start.
fn boot<'a>(scene: &Scene<'a>) -> Option<(&'a Boot, &'a Start)> {
    let start = scene.start()?;
    Some((scene.all.history.engine.boot_at(start.time)?, start))
}

fn came_up(scene: &Scene<'_>, mut verdict: Verdict, boot: &Boot) -> Verdict {
    verdict.cite("the engine starts up", &boot.starting.1);
    if let Some((_, ready)) = &boot.ready {
        verdict.cite("only from here on does it take requests", ready);
    }
    scene.with_start(verdict)
}

pub(super) const PARALLEL_START: Rule = Rule {
    id: "parallel-start",
    says: "All running containers were stopped at one moment and started in parallel afterwards, which no sequence of API calls does.",
    cause: Cause::EngineRestart,
    family: Family::External,
    weight: 0.85,
    others: &[(Cause::ManualRestart, 0.12)],
    example: "10:00:00.000 web start\n\
        10:00:01.000 db start\n\
        10:20:00.000 web kill signal=15\n\
        10:20:00.010 db kill signal=15\n\
        10:20:00.300 web die exitCode=0\n\
        10:20:00.310 web stop\n\
        10:20:00.400 db die exitCode=0\n\
        10:20:00.410 db stop\n\
        10:20:03.000 web network connect bridge\n\
        10:20:03.010 db network connect bridge\n\
        10:20:03.200 web start\n\
        10:20:03.300 db start",
    near_miss: "10:00:00.000 web start\n\
        10:00:01.000 db start\n\
        10:20:00.000 web kill signal=15\n\
        10:20:00.010 db kill signal=15\n\
        10:20:00.300 web die exitCode=0\n\
        10:20:00.310 web stop\n\
        10:20:00.400 db die exitCode=0\n\
        10:20:00.410 db stop\n\
        10:20:03.000 web network connect bridge\n\
        10:20:03.200 web start\n\
        10:20:03.300 db network connect bridge\n\
        10:20:03.500 db start",
    decide: |scene, rule| {
        let shape = all_stopped(scene)?;
        if !shape.is_engines {
            return None;
        }
        let (claim, line) = shape.end.shown_by.first()?;
        let mut verdict = rule
            .verdict(
                "All running containers were stopped at the same moment and started in parallel afterwards, without a restart request: the engine was restarted.",
                claim.clone(),
                line,
            )
            .by(InitiatorKind::Engine, "stopped and started")
            .lacking("the engine's log (--journal) would prove it");
        if let Some((claim, line)) = shape.sibling_stop {
            verdict.cite(claim, line);
        }
        Some(scene.with_end(verdict))
    },
};

pub(super) const ALL_STOPPED: Rule = Rule {
    id: "all-stopped-together",
    says: "All running containers were stopped at one moment, and nothing shows whether the engine did it or somebody who stopped them all.",
    cause: Cause::Unknown,
    family: Family::External,
    weight: 0.0,
    others: &[(Cause::EngineRestart, 0.55), (Cause::ManualRestart, 0.35)],
    example: "10:00:00.000 web start\n\
        10:00:01.000 db start\n\
        10:20:00.000 web kill signal=15\n\
        10:20:00.010 db kill signal=15\n\
        10:20:00.300 web die exitCode=0\n\
        10:20:00.310 web stop\n\
        10:20:00.400 db die exitCode=0\n\
        10:20:00.410 db stop\n\
        10:20:03.000 web network connect bridge\n\
        10:20:03.200 web start\n\
        10:20:03.300 db network connect bridge\n\
        10:20:03.500 db start",
    near_miss: "10:00:00.000 web start\n\
        10:00:01.000 db start\n\
        10:20:00.000 web kill signal=15\n\
        10:20:00.300 web die exitCode=0\n\
        10:20:00.310 web stop\n\
        10:20:03.000 web network connect bridge\n\
        10:20:03.200 web start",
    decide: |scene, rule| {
        let shape = all_stopped(scene)?;
        let (claim, line) = shape.end.shown_by.first()?;
        let verdict = rule.unknown(
            "All running containers were stopped at the same moment: the engine went down and came back, or somebody stopped them all and started this one again.",
            ["the engine's log (--journal) would decide"],
        );
        Some(scene.with_end(verdict.and(claim.clone(), line)))
    },
};

/// All running containers were asked to stop at one moment.
struct AllStopped<'a> {
    /// How the run before ended.
    end: &'a End,
    /// They started in parallel, are not one project's, and were down for as long as an engine takes.
    is_engines: bool,
    /// The stop of another one of them.
    sibling_stop: Option<(String, &'a Citation)>,
}

fn all_stopped<'a>(scene: &Scene<'a>) -> Option<AllStopped<'a>> {
    let start = scene.start()?;
    let end = scene.previous_end()?;
    if end.by != EndedBy::ApiStop
        || start.restart.is_some()
        || scene.all.history.engine.known_up(end.time?, start.time)
    {
        return None;
    }
    let request = end.requested.as_ref()?.time;
    let down = start.time - end.time?;
    let (others, down_together) = stopped_with(scene, request, start)?;
    if others.is_empty() && down_together == 0 {
        return None;
    }
    let parallel = others.iter().any(|(container, next)| {
        next.started_at()
            .is_some_and(|begun| in_parallel(scene.container, start.time, container, begun))
    });
    let own_project = project(scene.container);
    let one_project = own_project.is_some()
        && others
            .iter()
            .all(|(other, _)| project(other) == own_project);
    let sibling_stop = others.first().and_then(|(first, _)| {
        let mut ends = first.runs.iter().filter_map(|run| run.end.as_ref());
        let stop = ends.find(|end| asked_at(end, request))?;
        let (claim, line) = stop.shown_by.first()?;
        let name = first.name().unwrap_or(first.short_id());
        Some((format!("{claim} ({name})"), line))
    });
    Some(AllStopped {
        end,
        is_engines: parallel && !one_project && down >= SHORTEST_BOOT,
        sibling_stop,
    })
}

/// The containers that were asked to stop at `request` and started again around `start`, with the run
/// that began then, and how many were asked in all. `None` when one that ran was not asked.
fn stopped_with<'a>(
    scene: &Scene<'a>,
    request: Time,
    start: &Start,
) -> Option<(Vec<(&'a Container, &'a Run)>, usize)> {
    let mut others = Vec::new();
    let mut down_together = 0;
    for (other, container) in scene.all.history.containers.iter().enumerate() {
        // Only what the events tell of can be said to have gone on or not.
        if other == scene.index || container.events.is_empty() {
            continue;
        }
        let Some(at) = scene.overview.run_by(other, request - INSTANT) else {
            continue;
        };
        let ended = container.runs[at].end.as_ref();
        if ended.is_some_and(|end| end.time.is_some_and(|time| time < request - ASKED_TOGETHER)) {
            continue;
        }
        // It ran when this one was stopped, so it must have been stopped too.
        if !ended.is_some_and(|end| end.by == EndedBy::ApiStop && asked_at(end, request)) {
            return None;
        }
        down_together += 1;
        if let Some(next) = container.runs.get(at + 1)
            && let Some(begun) = &next.start
            && (begun.time - start.time).abs() <= TOGETHER
            && begun.restart.is_none()
        {
            others.push((container, next));
        }
    }
    Some((others, down_together))
}

/// Whether the stop that led to `end` was asked for at `request`, as near as an engine does.
fn asked_at(end: &End, request: Time) -> bool {
    end.requested
        .as_ref()
        .is_some_and(|other| (other.time - request).abs() <= ASKED_TOGETHER)
}

/// The compose project that a container belongs to.
fn project(container: &Container) -> Option<&str> {
    let project = container.labels.get("com.docker.compose.project");
    project.map(String::as_str)
}

/// Whether the networks of both were attached before either was started.
fn in_parallel(a: &Container, a_start: Time, b: &Container, b_start: Time) -> bool {
    let connect = |container: &Container, start: Time| {
        container
            .events_between(start - TOGETHER, start)
            .filter(|event| matches!(event.value.kind, EventKind::NetworkConnect { .. }))
            .map(|event| event.value.time)
            .next_back()
    };
    match (connect(a, a_start), connect(b, b_start)) {
        (Some(a), Some(b)) => a < b_start && b < a_start,
        _ => false,
    }
}

pub(super) const CAME_BACK_TOGETHER: Rule = Rule {
    id: "came-back-together",
    says: "Several containers started in parallel, and no event shows how their last runs ended: the engine or the host came back.",
    cause: Cause::EngineRestart,
    family: Family::External,
    weight: 0.85,
    others: &[(Cause::ManualRestart, 0.1)],
    example: "10:00:00.000 web start\n\
        10:00:01.000 db start\n\
        10:20:03.000 web network connect bridge\n\
        10:20:03.010 db network connect bridge\n\
        10:20:03.200 web start\n\
        10:20:03.300 db start",
    near_miss: "10:00:00.000 web start\n\
        10:00:01.000 db start\n\
        10:20:03.000 web network connect bridge\n\
        10:20:03.200 web start\n\
        10:20:03.300 db network connect bridge\n\
        10:20:03.500 db start",
    decide: |scene, rule| {
        let start = start_without_end(scene)?;
        if start.restart.is_some() {
            return None;
        }
        let others: Vec<(&Container, Time)> = scene
            .overview
            .unexplained_starts(start.time - TOGETHER, start.time + TOGETHER)
            .into_iter()
            .filter(|(index, _)| *index != scene.index)
            .map(|(index, begun)| (&scene.all.history.containers[index], begun))
            .collect();
        // 255 with one FinishedAt for all: the engine found them dead when it came up.
        let mut snapshots = scene.container.snapshots.iter();
        let lost = snapshots.any(|snapshot| snapshot.value.exit_code == Some(255));
        let parallel = others
            .iter()
            .any(|(container, begun)| in_parallel(scene.container, start.time, container, *begun));
        // Compose starts what it made before in parallel, too.
        let own_project = project(scene.container);
        let one_project = own_project.is_some()
            && others
                .iter()
                .all(|(container, _)| project(container) == own_project);
        if others.is_empty() || !lost && (!parallel || one_project) {
            return None;
        }
        let summary = format!(
            "It started together with {}, in parallel and without a stop, a create or a restart request: the engine (or the host) came back.",
            count(others.len(), "other container")
        );
        let verdict = rule
            .verdict(summary, "start without an end before it", &start.citation)
            .by(InitiatorKind::Engine, "came back");
        Some(scene.with_start(verdict))
    },
};

pub(super) const RESTARTED_WITHOUT_END: Rule = Rule {
    id: "restart-without-its-end",
    says: "The engine was asked to restart the container, and the events that would show what came before are missing.",
    cause: Cause::Unknown,
    family: Family::External,
    weight: 0.0,
    others: &[
        (Cause::ManualRestart, 0.5),
        (Cause::HostAutomationRestart, 0.4),
    ],
    example: "10:00:00.000 web start\n\
        10:20:03.200 web start\n\
        10:20:03.201 web restart",
    near_miss: "10:00:00.000 web start\n\
        10:20:03.200 web start",
    decide: |scene, rule| {
        let start = start_without_end(scene)?;
        start.restart.as_ref()?;
        let verdict = rule.unknown(
            "Restarted through the API; the events before that are missing, so automation can be neither shown nor ruled out.",
            ["events from before the restart, or the host's journal"],
        );
        Some(scene.with_start(verdict.and("start", &start.citation)))
    },
};

pub(super) const STARTED_WITHOUT_END: Rule = Rule {
    id: "start-without-its-end",
    says: "The container was started, and no event shows how its last run ended.",
    cause: Cause::Unknown,
    family: Family::External,
    weight: 0.0,
    others: &[
        (Cause::EngineRestart, 0.4),
        (Cause::ManualRestart, 0.25),
        (Cause::RestartPolicy, 0.2),
    ],
    example: "10:00:00.000 web start\n\
        10:20:03.200 web start",
    near_miss: "10:00:00.000 web create\n\
        10:00:00.300 web start\n\
        10:20:02.800 web die exitCode=1\n\
        10:20:03.200 web start",
    decide: |scene, rule| {
        let start = start_without_end(scene)?;
        // The first start that the evidence shows says nothing of what came before.
        scene.previous()?;
        let verdict = rule.unknown(
            "It was started, and the events do not show how its last run ended: the engine or the host went down, or events are missing.",
            ["the engine's log (--journal), or events from before this start"],
        );
        Some(scene.with_start(verdict.and("start", &start.citation)))
    },
};

/// The start event of a container of whose last run no event shows the end.
fn start_without_end<'a>(scene: &Scene<'a>) -> Option<&'a Start> {
    let start = scene
        .start()
        .filter(|start| start.source == StartSource::Event)?;
    let open = scene.previous().is_some_and(no_end_known);
    let unseen =
        scene.previous().is_none() && scene.run.is_some_and(|(_, run)| run.is_first != Some(true));
    (open || unseen).then_some(start)
}
