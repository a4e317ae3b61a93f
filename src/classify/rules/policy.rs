//! The main process ended without anybody's request: the restart policy, or somebody, started it again.

use super::super::backoff::{expected_delay, fits_backoff, gap, in_a_chain, stayed_down};
use super::super::last_lines::fatal_before;
use super::super::policy::{
    counted, counting, counts_no_restart, policy_allows, policy_name, policy_words,
};
use super::super::rule::Rule;
use super::super::scene::Scene;
use super::super::sender::sender;
use super::super::verdict::Verdict;
use super::super::words::span;
use crate::lifecycle::{End, StartSource};
use crate::model::{Cause, Citation, EndedBy, FactKind, Family, InitiatorKind, Snapshot};
use chrono::TimeDelta;

/// `oom` comes at most this long before the `die` it causes.
const OOM_LEAD: TimeDelta = TimeDelta::seconds(2);
/// A request to stop comes at most this long before the end it leads to, except for long time-outs.
const REQUEST: TimeDelta = TimeDelta::seconds(15);
/// The policy waits at most a minute; starting takes a while as well.
const LONGEST_WAIT: TimeDelta = TimeDelta::seconds(75);

pub(super) const OUT_OF_MEMORY: Rule = Rule {
    id: "out-of-memory",
    says: "The kernel killed the main process for want of memory, and the next start came as promptly as the policy's.",
    cause: Cause::OomRestart,
    family: Family::External,
    weight: 0.98,
    others: &[],
    example: "10:00:00.000 web create\n\
        10:00:00.300 web start\n\
        10:50:09.310 web oom\n\
        10:50:09.400 web die exitCode=137\n\
        10:50:09.820 web start",
    near_miss: "10:00:00.000 web create\n\
        10:00:00.300 web start\n\
        10:50:09.400 web die exitCode=137\n\
        10:50:09.820 web start",
    decide: |scene, rule| {
        let end = scene.previous_end()?;
        if end.by != EndedBy::Oom || !fits_backoff(scene) && counted(scene).is_none() {
            return None;
        }
        let (claim, line) = end.shown_by.first()?;
        let verdict = rule
            .verdict(
                "The kernel killed the main process for want of memory; the restart policy started it again.",
                claim.clone(),
                line,
            )
            .by(InitiatorKind::Kernel, "OOM killer, then the restart policy");
        Some(scene.with_end(verdict))
    },
};

pub(super) const RESTART_CUT_OFF: Rule = Rule {
    id: "restart-cut-off",
    says: "The container was restarted through the API, and the events begin too late to show what came before the end.",
    cause: Cause::Unknown,
    family: Family::External,
    weight: 0.0,
    others: &[
        (Cause::ManualRestart, 0.35),
        (Cause::HostAutomationRestart, 0.35),
        (Cause::RestartPolicy, 0.05),
    ],
    example: "10:00:00.000 web die exitCode=0\n\
        10:00:00.400 web start\n\
        10:00:00.401 web restart",
    near_miss: "09:59:59.700 web kill signal=15\n\
        10:00:00.000 web die exitCode=0\n\
        10:00:00.400 web start\n\
        10:00:00.401 web restart",
    decide: |scene, rule| {
        scene.was_restarted().then_some(())?;
        cut_off(scene, rule)
    },
};

pub(super) const REQUEST_CUT_OFF: Rule = Rule {
    id: "request-cut-off",
    says: "The process ended as requests to stop end it, and the events begin too late to show whether there was one.",
    cause: Cause::Unknown,
    family: Family::External,
    weight: 0.0,
    others: &[
        (Cause::ManualRestart, 0.35),
        (Cause::HostAutomationRestart, 0.35),
        (Cause::RestartPolicy, 0.25),
    ],
    example: "10:00:00.000 web die exitCode=143\n\
        10:00:00.400 web start",
    near_miss: "10:00:00.000 web die exitCode=1\n\
        10:00:00.400 web start",
    decide: |scene, rule| {
        let code = scene.previous_end()?.exit_code;
        matches!(code, None | Some(0 | 137 | 143)).then_some(())?;
        cut_off(scene, rule)
    },
};

/// An end whose request, if there was one, came before the events begin.
fn cut_off(scene: &Scene<'_>, rule: &Rule) -> Option<Verdict> {
    let end = scene.previous_end()?;
    let time = end.time?;
    let seen = scene
        .previous()
        .and_then(|run| run.start.as_ref())
        .is_some_and(|start| start.source == StartSource::Event);
    if !matches!(end.by, EndedBy::Exit | EndedBy::Signal)
        || seen
        || scene.events_cover(time - REQUEST, time)
        || counted(scene).is_some()
    {
        return None;
    }
    let (claim, line) = end.shown_by.first()?;
    let verdict = rule.unknown(
        format!(
            "The main process {}; the events begin too late to show whether somebody asked for that.",
            scene.previous_words()
        ),
        [format!(
            "events of the {} before that end would decide",
            span(REQUEST)
        )],
    );
    Some(scene.with_end(verdict.and(claim.clone(), line)))
}

/// A run that ended without a request, and the start after it.
struct Alone<'a> {
    end: &'a End,
    /// What shows the end first.
    claim: &'a str,
    line: &'a Citation,
    /// From the end to the start.
    gap: TimeDelta,
    /// The start came with a restart request.
    restarted: bool,
    /// A snapshot names the policy, or counts its restarts.
    proof: bool,
}

fn ended_by_itself<'a>(scene: &Scene<'a>) -> Option<Alone<'a>> {
    let end = scene.previous_end()?;
    if !matches!(end.by, EndedBy::Exit | EndedBy::Signal | EndedBy::Oom) {
        return None;
    }
    let (claim, line) = end.shown_by.first()?;
    Some(Alone {
        end,
        claim,
        line,
        gap: gap(scene)?,
        restarted: scene.was_restarted(),
        proof: counted(scene).is_some() || policy_name(scene).is_some(),
    })
}

pub(super) const KILLED_UNSEEN: Rule = Rule {
    id: "killed-unseen",
    says: "SIGKILL ended the main process and the engine started it again; the events begin too late to show an `oom`.",
    cause: Cause::Unknown,
    family: Family::External,
    weight: 0.0,
    others: &[(Cause::RestartPolicy, 0.5), (Cause::OomRestart, 0.4)],
    example: "10:00:01.000 web die exitCode=137\n\
        10:00:01.400 web start\n\
        web inspect: StartedAt 10:00:01.39, FinishedAt 10:00:01, RestartCount 1",
    near_miss: "09:00:00.000 web start\n\
        10:00:01.000 web die exitCode=137\n\
        10:00:01.400 web start\n\
        web inspect: StartedAt 10:00:01.39, FinishedAt 10:00:01, RestartCount 1",
    decide: |scene, rule| {
        let alone = ended_by_itself(scene)?;
        let unseen = alone
            .end
            .time
            .is_some_and(|time| !scene.events_cover(time - OOM_LEAD, time));
        if alone.end.exit_code != Some(137) || !unseen || alone.restarted || !fits_backoff(scene) {
            return None;
        }
        let verdict = rule.unknown(
            "The main process was killed (exit code 137) and the engine started it again; whether for want of memory, the events begin too late to show.",
            ["events of the seconds before the end (oom), or the kernel's log"],
        );
        Some(scene.with_end(verdict.and(alone.claim.to_owned(), alone.line)))
    },
};

pub(super) const STAYED_DOWN: Rule = Rule {
    id: "stayed-down-before",
    says: "The process ended by itself and started again promptly, but after another such end it stayed down, so perhaps it has no policy.",
    cause: Cause::Unknown,
    family: Family::External,
    weight: 0.0,
    others: &[
        (Cause::ManualRestart, 0.5),
        (Cause::RestartPolicy, 0.35),
        (Cause::HostAutomationRestart, 0.1),
    ],
    example: "10:00:00.000 web create\n\
        10:00:00.300 web start\n\
        10:10:00.000 web die exitCode=1\n\
        10:25:00.000 web start\n\
        10:40:00.000 web die exitCode=1\n\
        10:40:00.500 web start",
    near_miss: "10:00:00.000 web create\n\
        10:00:00.300 web start\n\
        10:10:00.000 web die exitCode=1\n\
        10:25:00.000 web start\n\
        10:40:00.000 web die exitCode=1\n\
        10:40:00.500 web start\n\
        web inspect: StartedAt 10:40:00.49, FinishedAt 10:40:00\n\
        web inspect: RestartCount 1, RestartPolicy always",
    decide: |scene, rule| {
        let alone = ended_by_itself(scene)?;
        if alone.proof || alone.restarted || in_a_chain(scene) {
            return None;
        }
        let (other, down) = stayed_down(scene)?;
        let verdict = rule.unknown(
            format!(
                "The main process {} and was started again {} later. After another such end it stayed down for {}, so a restart policy may not be set at all.",
                scene.previous_words(),
                span(alone.gap),
                span(down)
            ),
            ["docker inspect (RestartPolicy, RestartCount) would decide"],
        );
        let mut verdict = verdict.and(alone.claim.to_owned(), alone.line);
        if let Some((claim, line)) = other.shown_by.first() {
            verdict.cite(format!("{claim}: it stayed down after this"), line);
        }
        Some(scene.with_end(verdict))
    },
};

pub(super) const COUNT_REFUTES: Rule = Rule {
    id: "restart-count-refutes-policy",
    says: "The process ended without a request in the events, but RestartCount of the next run is 0, so the policy did not start it.",
    cause: Cause::Unknown,
    family: Family::External,
    weight: 0.0,
    others: &[
        (Cause::ManualRestart, 0.5),
        (Cause::HostAutomationRestart, 0.4),
    ],
    example: "10:00:00.000 web create\n\
        10:00:00.300 web start\n\
        10:30:02.700 web die exitCode=0\n\
        10:30:03.200 web start\n\
        web inspect: StartedAt 10:30:03.2, FinishedAt 10:30:02.7, RestartCount 0\n\
        web inspect: RestartPolicy unless-stopped",
    near_miss: "10:00:00.000 web create\n\
        10:00:00.300 web start\n\
        10:30:02.700 web die exitCode=0\n\
        10:30:03.200 web start\n\
        web inspect: StartedAt 10:30:03.2, FinishedAt 10:30:02.7, RestartCount 1\n\
        web inspect: RestartPolicy unless-stopped",
    decide: |scene, rule| {
        let alone = ended_by_itself(scene)?;
        if alone.restarted || !fits_backoff(scene) || !policy_allows(scene) {
            return None;
        }
        let count = counts_no_restart(scene)?;
        let verdict = rule.unknown(
            format!(
                "The main process {} and was started again {} later. RestartCount is 0, so that was not the restart policy.",
                scene.previous_words(),
                span(alone.gap)
            ),
            ["events without a gap (the request to stop or start is missing), or the host's journal"],
        );
        let verdict = verdict.and(alone.claim.to_owned(), alone.line);
        Some(scene.with_end(verdict.and("RestartCount 0", count)))
    },
};

pub(super) const POLICY_PROVED: Rule = Rule {
    id: "policy-proved",
    says: "The process ended by itself, the next start came within the policy's back-off, and inspect shows the policy or its count.",
    cause: Cause::RestartPolicy,
    family: Family::External,
    weight: 0.97,
    others: &[],
    example: "10:00:00.000 web create\n\
        10:00:00.300 web start\n\
        10:40:00.120 web die exitCode=1\n\
        10:40:00.520 web start\n\
        web inspect: StartedAt 10:40:00.51, FinishedAt 10:40:00.12\n\
        web inspect: RestartCount 1, RestartPolicy unless-stopped",
    near_miss: "10:00:00.000 web create\n\
        10:00:00.300 web start\n\
        10:40:00.120 web die exitCode=1\n\
        10:40:00.520 web start",
    decide: |scene, rule| by_policy(scene, rule, |alone| alone.proof),
};

pub(super) const POLICY_PROMPT: Rule = Rule {
    id: "policy-prompt",
    says: "The process ended by itself, and the next start came as promptly as the policy's back-off says.",
    cause: Cause::RestartPolicy,
    family: Family::External,
    weight: 0.95,
    others: &[],
    example: "10:00:00.000 web create\n\
        10:00:00.300 web start\n\
        10:40:00.120 web die exitCode=1\n\
        10:40:00.520 web start",
    near_miss: "10:00:00.000 web create\n\
        10:00:00.300 web start\n\
        10:40:00.120 web die exitCode=1\n\
        10:40:01.920 web start",
    decide: |scene, rule| {
        let delay = expected_delay(scene) + TimeDelta::seconds(1);
        by_policy(scene, rule, |alone| alone.gap <= delay)
    },
};

pub(super) const POLICY_LATE: Rule = Rule {
    id: "policy-late",
    says: "The process ended by itself, and the next start came later than the back-off alone would take, but within its bounds.",
    cause: Cause::RestartPolicy,
    family: Family::External,
    weight: 0.85,
    others: &[],
    example: "10:00:00.000 web create\n\
        10:00:00.300 web start\n\
        10:40:00.120 web die exitCode=1\n\
        10:40:01.920 web start",
    near_miss: "10:00:00.000 web create\n\
        10:00:00.300 web start\n\
        10:40:00.120 web die exitCode=1\n\
        10:40:04.920 web start",
    decide: |scene, rule| by_policy(scene, rule, |_| true),
};

/// The verdict that the policy started it, where the start fits the policy and `applies`.
fn by_policy(
    scene: &Scene<'_>,
    rule: &Rule,
    applies: impl FnOnce(&Alone<'_>) -> bool,
) -> Option<Verdict> {
    let alone = ended_by_itself(scene)?;
    if !fits_backoff(scene) || !policy_allows(scene) || alone.restarted || !applies(&alone) {
        return None;
    }
    let killed = alone.end.by == EndedBy::Signal;
    let outside = if killed {
        ", by nothing that went through the engine"
    } else {
        ""
    };
    let summary = format!(
        "The main process {}{outside}; the engine started it again {} later by its restart policy.",
        scene.previous_words(),
        span(alone.gap)
    );
    let mut verdict = rule
        .verdict(summary, alone.claim.to_owned(), alone.line)
        .by(InitiatorKind::Policy, policy_words(scene));
    if let Some((count, n)) = counted(scene) {
        verdict.cite(format!("RestartCount {n}"), count);
    }
    if let Some((sender, line)) = sender(scene) {
        verdict.cite(sender.to_string(), line);
    }
    if killed && alone.end.exit_code == Some(137) {
        // Without a memory limit of its own, a container that the kernel kills has no `oom` event.
        verdict = verdict.lacking(
            "the kernel's log (journalctl -k) would show whether the host ran out of memory",
        );
    }
    Some(scene.with_end(verdict))
}

pub(super) const COUNTED_AFTER_EXIT: Rule = Rule {
    id: "restart-count-after-exit",
    says: "The process ended by itself, the start came late for the policy, but RestartCount shows that the policy made it.",
    cause: Cause::RestartPolicy,
    family: Family::External,
    weight: 0.95,
    others: &[],
    example: "10:00:00.000 web create\n\
        10:00:00.300 web start\n\
        10:40:00.120 web die exitCode=1\n\
        10:40:30.000 web start\n\
        web inspect: StartedAt 10:40:29.99, FinishedAt 10:40:00.12\n\
        web inspect: RestartCount 1, RestartPolicy always",
    near_miss: "10:00:00.000 web create\n\
        10:00:00.300 web start\n\
        10:40:00.120 web die exitCode=1\n\
        10:40:30.000 web start\n\
        web inspect: StartedAt 10:40:29.99, FinishedAt 10:40:00.12\n\
        web inspect: RestartCount 0, RestartPolicy always",
    decide: |scene, rule| {
        let alone = ended_by_itself(scene)?;
        let (count, n) = counted(scene).filter(|_| !alone.restarted)?;
        let verdict = rule
            .verdict(
                format!(
                    "The main process {}; RestartCount shows that the policy started it again.",
                    scene.previous_words()
                ),
                format!("RestartCount {n}"),
                count,
            )
            .by(InitiatorKind::Policy, "restart policy");
        Some(scene.with_end(verdict))
    },
};

pub(super) const RESTARTED_AFTER_EXIT: Rule = Rule {
    id: "restarted-after-exit",
    says: "The process ended by itself and stayed down until a restart through the API.",
    cause: Cause::ManualRestart,
    family: Family::External,
    weight: 0.85,
    others: &[(Cause::HostAutomationRestart, 0.12)],
    example: "10:00:00.000 web create\n\
        10:00:00.300 web start\n\
        10:40:00.120 web die exitCode=1\n\
        10:55:00.000 web start\n\
        10:55:00.001 web restart",
    near_miss: "10:00:00.000 web create\n\
        10:00:00.300 web start\n\
        10:40:00.120 web die exitCode=1\n\
        10:55:00.000 web start",
    decide: |scene, rule| {
        let alone = ended_by_itself(scene)?;
        alone
            .restarted
            .then(|| scene.with_end(by_hand(scene, rule, &alone)))
    },
};

pub(super) const STARTED_AFTER_EXIT: Rule = Rule {
    id: "started-after-exit",
    says: "The process ended by itself, its policy does not start it again, and somebody did.",
    cause: Cause::ManualRestart,
    family: Family::External,
    weight: 0.8,
    others: &[(Cause::HostAutomationRestart, 0.12)],
    example: "10:00:00.000 web create\n\
        10:00:00.300 web start\n\
        10:40:00.120 web die exitCode=1\n\
        10:40:30.000 web start\n\
        web inspect: StartedAt 10:40:29.99, FinishedAt 10:40:00.12\n\
        web inspect: RestartCount 0, RestartPolicy no",
    near_miss: "10:00:00.000 web create\n\
        10:00:00.300 web start\n\
        10:40:00.120 web die exitCode=1\n\
        10:40:30.000 web start\n\
        web inspect: StartedAt 10:40:29.99, FinishedAt 10:40:00.12\n\
        web inspect: RestartCount 0, RestartPolicy always",
    decide: |scene, rule| {
        let alone = ended_by_itself(scene)?;
        if policy_allows(scene) {
            return None;
        }
        let mut verdict = by_hand(scene, rule, &alone);
        let mut snapshots = scene.container.snapshots.iter().rev();
        if let Some(policy) =
            snapshots.find_map(|snapshot| snapshot.value.lines.get("RestartPolicy"))
        {
            verdict.cite("its restart policy does not start it", policy);
        }
        Some(scene.with_end(verdict))
    },
};

fn by_hand(scene: &Scene<'_>, rule: &Rule, alone: &Alone<'_>) -> Verdict {
    let summary = format!(
        "The main process {} and stayed down; it was started again through the API {} later.",
        scene.previous_words(),
        span(alone.gap)
    );
    rule.verdict(summary, alone.claim.to_owned(), alone.line)
        .by(InitiatorKind::Operator, "start through the API")
}

pub(super) const LATER_THAN_BACKOFF: Rule = Rule {
    id: "later-than-backoff",
    says: "The process ended by itself and was started again later than any back-off of the policy.",
    cause: Cause::Unknown,
    family: Family::External,
    weight: 0.0,
    others: &[
        (Cause::ManualRestart, 0.45),
        (Cause::RestartPolicy, 0.3),
        (Cause::HostAutomationRestart, 0.15),
        (Cause::EngineRestart, 0.05),
    ],
    example: "10:00:00.000 web create\n\
        10:00:00.300 web start\n\
        10:40:00.120 web die exitCode=1\n\
        10:55:00.000 web start",
    near_miss: "10:00:00.000 web create\n\
        10:00:00.300 web start\n\
        10:40:00.120 web die exitCode=1\n\
        10:40:00.520 web start",
    decide: |scene, rule| {
        let alone = ended_by_itself(scene)?;
        let verdict = rule.unknown(
            format!(
                "The main process {} and was started again {} later, later than the policy's back-off: somebody started it, or the engine was held up.",
                scene.previous_words(),
                span(alone.gap)
            ),
            ["docker inspect (RestartPolicy, RestartCount) or the engine's log would decide"],
        );
        Some(scene.with_end(verdict.and(alone.claim.to_owned(), alone.line)))
    },
};

/// Without events: the snapshot of this very run that counts restarts by the policy, with the count.
fn count_alone<'a>(scene: &Scene<'a>) -> Option<(&'a Snapshot, &'a Citation, u64)> {
    let at = scene.at()?;
    if scene.events_cover(at - TimeDelta::seconds(1), at) {
        return None;
    }
    let state = counting(scene).next()?;
    Some((
        state,
        state.lines.get("RestartCount")?,
        state.restart_count?,
    ))
}

pub(super) const OOM_FLAG: Rule = Rule {
    id: "oom-flag",
    says: "Inspect of an older engine (up to 24) shows OOMKilled of the run before, and RestartCount the policy's restart.",
    cause: Cause::OomRestart,
    family: Family::External,
    weight: 0.9,
    others: &[],
    example: "web inspect: StartedAt 10:40:01, FinishedAt 10:40:00, OOMKilled\n\
        web inspect: RestartCount 1, RestartPolicy always",
    near_miss: "web inspect: StartedAt 10:40:01, FinishedAt 10:40:00\n\
        web inspect: RestartCount 1, RestartPolicy always",
    decide: |scene, rule| {
        let (state, count, n) = count_alone(scene)?;
        // Up to engine 24 the flag tells of the run before; from 25 on of a child in this run.
        if state.running != Some(true)
            || state.oom_killed != Some(true)
            || state.modern_engine
            || failure_before(scene).is_some()
        {
            return None;
        }
        let line = state.lines.get("OOMKilled").unwrap_or(count);
        let verdict = rule
            .verdict(
                "OOMKilled tells of the run before on this engine; the restart policy started it again.",
                "OOMKilled",
                line,
            )
            .and(format!("RestartCount {n}"), count)
            .by(InitiatorKind::Kernel, "OOM killer, then the restart policy");
        Some(scene.with_start(verdict))
    },
};

pub(super) const COUNTED_OOM_OPEN: Rule = Rule {
    id: "restart-count-oom-open",
    says: "RestartCount shows the policy's restart; nothing shows whether the run before was killed for want of memory.",
    cause: Cause::Unknown,
    family: Family::External,
    weight: 0.0,
    others: &[(Cause::RestartPolicy, 0.6), (Cause::OomRestart, 0.35)],
    example: "web inspect: StartedAt 10:40:01, FinishedAt 10:50:00, ExitCode 1\n\
        web inspect: RestartCount 1, RestartPolicy on-failure",
    near_miss: "web inspect: StartedAt 10:40:01, FinishedAt 10:40:00\n\
        web inspect: RestartCount 1, RestartPolicy on-failure",
    decide: |scene, rule| {
        let (state, count, n) = count_alone(scene)?;
        let ruled_out = failure_before(scene).is_some()
            || state.oom_killed == Some(false)
                && !state.modern_engine
                && state.running == Some(true);
        if ruled_out {
            return None;
        }
        let verdict = rule.unknown(
            "The restart policy started it again; whether the run before was killed for want of memory is not in the evidence.",
            ["events (oom, die) of that moment would decide"],
        );
        Some(scene.with_start(verdict.and(format!("RestartCount {n}"), count)))
    },
};

pub(super) const COUNTED: Rule = Rule {
    id: "restart-count",
    says: "RestartCount, which only the policy raises, shows that the policy started this run.",
    cause: Cause::RestartPolicy,
    family: Family::External,
    weight: 0.9,
    others: &[],
    example: "web inspect: StartedAt 10:40:01, FinishedAt 10:40:00\n\
        web inspect: RestartCount 1, RestartPolicy always",
    near_miss: "web inspect: StartedAt 10:40:01, FinishedAt 10:40:00\n\
        web inspect: RestartCount 0, RestartPolicy always",
    decide: |scene, rule| {
        let (_, count, n) = count_alone(scene)?;
        let mut verdict = rule
            .verdict(
                "RestartCount shows that the engine's restart policy started this run.",
                format!("RestartCount {n}"),
                count,
            )
            .by(InitiatorKind::Policy, policy_words(scene));
        if let Some(line) = failure_before(scene) {
            verdict.cite("the run before failed", line);
        }
        Some(scene.with_start(verdict))
    },
};

pub(super) const FAILED_IN_LOG: Rule = Rule {
    id: "failed-in-log",
    says: "By the log alone: the run before said that it failed, and the next start followed as promptly as a policy's.",
    cause: Cause::RestartPolicy,
    family: Family::External,
    weight: 0.65,
    others: &[
        (Cause::ManualRestart, 0.15),
        (Cause::HostAutomationRestart, 0.1),
    ],
    example: "10:00:00.000 web log: INFO:     Started server process [1]\n\
        10:00:01.000 web log: ERROR:    Application startup failed. Exiting.\n\
        10:00:02.000 web log: INFO:     Started server process [1]\n\
        10:00:03.000 web log: INFO:     Application startup complete.",
    near_miss: "10:00:00.000 web log: INFO:     Started server process [1]\n\
        10:00:01.000 web log: INFO:     Shutting down\n\
        10:00:02.000 web log: INFO:     Started server process [1]\n\
        10:00:03.000 web log: INFO:     Application startup complete.",
    decide: |scene, rule| {
        let failed = failure_before(scene).or_else(|| last_word(scene))?;
        let gap = scene.at()? - failed.time?;
        if gap > LONGEST_WAIT || !policy_allows(scene) {
            return None;
        }
        let summary = format!(
            "The run before said that it failed, and it was started again {} later, as a restart policy does.",
            span(gap)
        );
        let verdict = rule
            .verdict(summary, "the run before failed by itself", failed)
            .lacking("Docker's events or inspect (RestartCount) would prove it");
        Some(scene.with_start(verdict))
    },
};

/// The line in which the run before says that it failed, when nothing says that it was stopped.
fn failure_before<'a>(scene: &Scene<'a>) -> Option<&'a Citation> {
    let (run, _) = scene.run?;
    let before = run.checked_sub(1)?;
    let mut failed = None;
    for fact in &scene.log.facts[scene.log.facts_of_run(before)] {
        match fact.kind {
            FactKind::StartFailed => failed = Some(&fact.citation),
            FactKind::ShuttingDown | FactKind::Signal => return None,
            FactKind::Ready => failed = None,
            _ => {}
        }
    }
    failed
}

/// The very last line before this start, if it tells of a fatal error and nothing asked for a stop.
fn last_word<'a>(scene: &Scene<'a>) -> Option<&'a Citation> {
    let (run, _) = scene.run?;
    if scene.log.shutdown_of(run.checked_sub(1)?).is_some() {
        return None;
    }
    fatal_before(scene.log, *scene.startup.facts.first()?)
}
