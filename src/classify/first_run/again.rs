//! A container ended by itself, and a supervisor made another one in its place: systemd with
//! `docker run --rm`, a quadlet, Nomad. A deployment asks for the end of the old one first.

use super::super::host::unit_restart;
use super::super::rule::Rule;
use super::super::scene::Scene;
use super::super::verdict::Verdict;
use super::super::words::{ended, span};
use super::deploy::differs;
use super::fate::slots_fit;
use super::known::predecessor;
use crate::lifecycle::identity::Platform;
use crate::lifecycle::{Container, End, Run};
use crate::model::{Cause, Citation, EndedBy, Family, InitiatorKind, Time};
use chrono::TimeDelta;

/// A container with `--rm` is removed this soon after its end.
const REMOVES_ITSELF: TimeDelta = TimeDelta::seconds(2);
/// A request to stop comes at most this long before the end it leads to.
const REQUEST: TimeDelta = TimeDelta::seconds(15);
/// A supervisor waits no longer than this before it makes the container again.
const PROMPT: TimeDelta = TimeDelta::minutes(5);
/// podman writes the unit that a container belongs to into this label.
const UNIT: &str = "PODMAN_SYSTEMD_UNIT";

pub(super) const OUT_OF_MEMORY: Rule = Rule {
    id: "made-again-after-oom",
    says: "The kernel killed the container before for want of memory, nobody asked for its end, and the same was made again at once.",
    cause: Cause::OomRestart,
    family: Family::External,
    weight: 0.9,
    others: &[(Cause::DeploymentReplacement, 0.06)],
    example: "old named gateway\n\
        new named gateway\n\
        old image gw:7\n\
        new image gw:7\n\
        10:00:00.000 old create\n\
        10:00:00.300 old start\n\
        10:30:00.100 old oom\n\
        10:30:00.200 old die exitCode=137\n\
        10:30:00.400 old destroy\n\
        10:30:02.500 new create\n\
        10:30:02.700 new start",
    near_miss: "old named gateway\n\
        new named gateway\n\
        old image gw:7\n\
        new image gw:7\n\
        10:00:00.000 old create\n\
        10:00:00.300 old start\n\
        10:30:00.200 old die exitCode=137\n\
        10:30:00.400 old destroy\n\
        10:30:02.500 new create\n\
        10:30:02.700 new start",
    decide: |scene, rule| {
        let again = made_again(scene).filter(|again| again.end.by == EndedBy::Oom)?;
        again.is_prompt.then_some(())?;
        Some(verdict(scene, rule, &again))
    },
};

pub(super) const BY_UNIT: Rule = Rule {
    id: "made-again-by-its-unit",
    says: "The container before ended, and systemd says that it scheduled the restart of the unit that runs it.",
    cause: Cause::RestartPolicy,
    family: Family::External,
    weight: 0.97,
    others: &[],
    example: "old named gateway\n\
        new named gateway\n\
        old image gw:7\n\
        new image gw:7\n\
        10:00:00.000 old create\n\
        10:00:00.300 old start\n\
        10:30:00.200 old die exitCode=2\n\
        10:30:00.400 old destroy\n\
        10:30:01.000 host systemd[1]: gateway.service: Scheduled restart job.\n\
        10:30:02.500 new create\n\
        10:30:02.700 new start",
    near_miss: "old named gateway\n\
        new named gateway\n\
        old image gw:7\n\
        new image gw:7\n\
        10:00:00.000 old create\n\
        10:00:00.300 old start\n\
        10:30:00.200 old die exitCode=2\n\
        10:30:00.400 old destroy\n\
        10:30:02.500 new create\n\
        10:30:02.700 new start",
    decide: |scene, rule| {
        let again = place_taken(scene)?;
        let ended = again.end.time?;
        let (record, unit) = unit_restart(scene, ended - SLACK, scene.at()? + SLACK)?;
        let mut verdict = verdict(scene, rule, &again);
        verdict.cite("systemd scheduled its restart", &record.citation);
        Some(verdict.by(InitiatorKind::Supervisor, format!("systemd, {unit}")))
    },
};

/// The clocks of a host's log and of the engine are the same; syslog writes whole seconds.
const SLACK: TimeDelta = TimeDelta::milliseconds(1500);

pub(super) const REPEATED: Rule = Rule {
    id: "made-again-repeatedly",
    says: "More than once the service's container ended by itself and the same was made again at once.",
    cause: Cause::RestartPolicy,
    family: Family::External,
    weight: 0.9,
    others: &[(Cause::DeploymentReplacement, 0.06)],
    example: "a named gateway\n\
        b named gateway\n\
        c named gateway\n\
        10:00:00.000 a create\n\
        10:00:00.300 a start\n\
        10:30:00.200 a die exitCode=70\n\
        10:30:00.400 a destroy\n\
        10:30:02.500 b create\n\
        10:30:02.700 b start\n\
        10:50:00.200 b die exitCode=70\n\
        10:50:00.400 b destroy\n\
        10:50:02.500 c create\n\
        10:50:02.700 c start",
    near_miss: "old named gateway\n\
        new named gateway\n\
        old image gw:7\n\
        new image gw:7\n\
        10:00:00.000 old create\n\
        10:00:00.300 old start\n\
        10:30:00.200 old die exitCode=70\n\
        10:30:00.400 old destroy\n\
        10:30:02.500 new create\n\
        10:30:02.700 new start",
    decide: |scene, rule| {
        let again = made_again(scene).filter(|again| again.is_prompt)?;
        is_repeated(scene, &again).then(|| verdict(scene, rule, &again))
    },
};

pub(super) const ONCE: Rule = Rule {
    id: "made-again",
    says: "The container before failed by itself and was removed with its end, and the same was made again at once.",
    cause: Cause::RestartPolicy,
    family: Family::External,
    weight: 0.75,
    others: &[
        (Cause::ManualRestart, 0.15),
        (Cause::DeploymentReplacement, 0.08),
    ],
    example: "old named gateway\n\
        new named gateway\n\
        old image gw:7\n\
        new image gw:7\n\
        10:00:00.000 old create\n\
        10:00:00.300 old start\n\
        10:30:00.200 old die exitCode=70\n\
        10:30:00.400 old destroy\n\
        10:30:02.500 new create\n\
        10:30:02.700 new start",
    near_miss: "old named gateway\n\
        new named gateway\n\
        old image gw:7\n\
        new image gw:7\n\
        10:00:00.000 old create\n\
        10:00:00.300 old start\n\
        10:30:00.200 old die exitCode=0\n\
        10:30:00.400 old destroy\n\
        10:30:02.500 new create\n\
        10:30:02.700 new start",
    decide: |scene, rule| {
        let again = made_again(scene).filter(|again| again.is_prompt)?;
        // A job that is done and run again looks like that.
        (again.end.exit_code != Some(0)).then_some(())?;
        let verdict = verdict(scene, rule, &again);
        Some(verdict.lacking(
            "the host's journal (journalctl -u of its unit) would name the supervisor that did it",
        ))
    },
};

pub(super) const UNCLEAR: Rule = Rule {
    id: "made-again-unclear",
    says: "The container before ended and was removed with its end, and the same was made again: by a supervisor, a schedule or a person.",
    cause: Cause::Unknown,
    family: Family::External,
    weight: 0.0,
    others: &[
        (Cause::RestartPolicy, 0.4),
        (Cause::DeploymentReplacement, 0.3),
        (Cause::ManualRestart, 0.2),
    ],
    example: "old named gateway\n\
        new named gateway\n\
        old image gw:7\n\
        new image gw:7\n\
        10:00:00.000 old create\n\
        10:00:00.300 old start\n\
        10:30:00.200 old die exitCode=0\n\
        10:30:00.400 old destroy\n\
        10:30:02.500 new create\n\
        10:30:02.700 new start",
    near_miss: "old named gateway\n\
        new named gateway\n\
        old image gw:7\n\
        new image gw:7\n\
        10:00:00.000 old create\n\
        10:00:00.300 old start\n\
        10:30:00.200 old die exitCode=70\n\
        10:30:00.400 old destroy\n\
        10:30:02.500 new create\n\
        10:30:02.700 new start",
    decide: |scene, rule| {
        let again = place_taken(scene)?;
        let (claim, line) = scene.shown_by()?;
        let verdict = rule.unknown(
            format!(
                "The container before {} and was removed with its end; the same was made again {} later: by a supervisor, a schedule or a person.",
                ended(again.end),
                span(again.gap)
            ),
            ["the host's journal would show who made it"],
        );
        Some(
            verdict
                .and(again.claim.to_owned(), again.line)
                .and(claim, line),
        )
    },
};

/// A container that was made in the place of one that ended by itself.
struct Again<'a> {
    before: &'a Container,
    end: &'a End,
    /// What shows the end first.
    claim: &'a str,
    line: &'a Citation,
    /// From that end to this container's creation.
    gap: TimeDelta,
    /// As soon as supervisors do.
    is_prompt: bool,
    /// It certainly ended by itself.
    alone: bool,
}

/// The same, where the container before certainly ended by itself.
fn made_again<'a>(scene: &Scene<'a>) -> Option<Again<'a>> {
    place_taken(scene).filter(|again| again.alone)
}

fn place_taken<'a>(scene: &Scene<'a>) -> Option<Again<'a>> {
    let index = predecessor(scene)?;
    let before = &scene.all.history.containers[index];
    if scene.identity.platform != Platform::Engine
        || !slots_fit(scene, index)
        || differs(scene.container, before)
    {
        return None;
    }
    let end = before.runs.last()?.end.as_deref()?;
    let made = made_at(scene.container).or_else(|| scene.at())?;
    let went = went_with_its_end(scene, before, end, made)?;
    let (claim, line) = end.shown_by.first()?;
    Some(Again {
        before,
        end,
        claim,
        line,
        gap: went.gap,
        is_prompt: went.gap <= PROMPT,
        alone: went.alone,
    })
}

/// A container that was gone with its end, without a request in the events.
struct Gone {
    /// From its end to the creation of the next.
    gap: TimeDelta,
    /// It certainly ended by itself.
    alone: bool,
}

fn went_with_its_end(scene: &Scene<'_>, before: &Container, end: &End, made: Time) -> Option<Gone> {
    let time = end.time.filter(|time| *time <= made)?;
    // What somebody removed later was removed on request.
    let went = before
        .removed
        .as_ref()
        .is_some_and(|removed| removed.time - time <= REMOVES_ITSELF);
    let by_itself = matches!(end.by, EndedBy::Exit | EndedBy::Signal | EndedBy::Oom);
    // systemd stops a quadlet's container without a word in podman's events; only an exit code that no
    // stop gives tells the two apart.
    let of_unit = before.labels.contains_key(UNIT);
    // A request that came before the events begin, or in a hole, would not show.
    let begun = before.runs.last().and_then(Run::started_at);
    let from = begun.map_or(time - REQUEST, |begun| begun.max(time - REQUEST));
    let is_covered = scene.events_cover(from, time);
    (went && by_itself).then_some(Gone {
        gap: made - time,
        alone: is_covered && (!of_unit || !matches!(end.exit_code, None | Some(0 | 137 | 143))),
    })
}

/// Whether a container of the service before that one, or the one after this one, was made again in
/// the same way.
fn is_repeated(scene: &Scene<'_>, again: &Again<'_>) -> bool {
    let containers = &scene.all.history.containers;
    let follows = |before: &Container, after: &Container| {
        let end = before.runs.last().and_then(|run| run.end.as_deref());
        let gone = end
            .zip(made_at(after))
            .and_then(|(end, made)| went_with_its_end(scene, before, end, made));
        gone.is_some_and(|gone| gone.alone && gone.gap <= PROMPT) && !differs(after, before)
    };
    let started = again.before.runs.first().and_then(Run::started_at);
    let earlier = predecessor(scene)
        .zip(started)
        .and_then(|(before, started)| scene.overview.predecessor(before, started));
    let later = scene
        .at()
        .and_then(|start| scene.overview.successor(scene.index, start));
    earlier.is_some_and(|earlier| follows(&containers[earlier], again.before))
        || later.is_some_and(|later| follows(scene.container, &containers[later]))
}

/// When a container was made, as far as that is known.
fn made_at(container: &Container) -> Option<Time> {
    let created = container.created.as_ref().map(|made| made.time);
    created.or_else(|| container.runs.first().and_then(Run::started_at))
}

fn verdict(scene: &Scene<'_>, rule: &Rule, again: &Again<'_>) -> Verdict {
    let unit = scene.container.labels.get(UNIT);
    let who = unit.map_or_else(
        || "a supervisor on the host, which made the container again".to_owned(),
        |unit| format!("systemd, {unit}"),
    );
    let end = if again.end.by == EndedBy::Oom {
        "was killed for want of memory".to_owned()
    } else {
        format!("{} by itself", ended(again.end))
    };
    let summary = format!(
        "The container before {end} and was removed; the same was made again {} later, without a request to end the old one.",
        span(again.gap)
    );
    let mut verdict = rule
        .verdict(summary, again.claim.to_owned(), again.line)
        .by(InitiatorKind::Supervisor, who);
    if let Some(removed) = &again.before.removed {
        verdict.cite(
            "the container before was removed with its end",
            &removed.citation,
        );
    }
    if let Some(created) = &scene.container.created {
        verdict.cite("create of the same container", &created.citation);
    }
    scene.with_start(verdict)
}
