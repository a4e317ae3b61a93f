//! The engine's own doing: restart policies, with and without the OOM killer.

use super::restart::{previous_words, with_end, with_start};
use super::scene::Scene;
use super::verdict::Verdict;
use super::words::span;
use crate::lifecycle::{Run, StartSource};
use crate::model::EndedBy;
use crate::model::InitiatorKind;
use crate::model::{Cause, Citation, FactKind, Family, JournalKind, Snapshot};
use chrono::TimeDelta;

/// What the engine needs beside the back-off: 0.2 to 0.95 s where measured, on busy hosts.
const OVERHEAD: TimeDelta = TimeDelta::seconds(2);
/// `oom` comes at most this long before the `die` it causes.
const OOM_LEAD: TimeDelta = TimeDelta::seconds(2);
/// The policy's first delay; it doubles with each quick failure.
const FIRST_DELAY_MS: i64 = 100;
/// A run at least this long sets the delay back.
const LONG_RUN: TimeDelta = TimeDelta::seconds(10);
/// The longest delay.
const LONGEST_DELAY_MS: i64 = 60_000;

/// The policy's delay before this start, from the lengths of the runs before it.
fn expected_delay(scene: &Scene<'_>) -> TimeDelta {
    let before = scene.run.map_or(0, |(index, _)| index);
    delay_after(&scene.container.runs[..before])
}

/// The policy's delay after the last of `runs`, from their lengths.
/// Source: moby `daemon/internal/restartmanager`.
fn delay_after(runs: &[Run]) -> TimeDelta {
    let mut doublings = 0_u32;
    for run in runs.iter().rev() {
        let length = run
            .started_at()
            .zip(run.ended_at())
            .map(|(start, end)| end - start);
        if !ended_alone(run) || length.is_none_or(|length| length >= LONG_RUN) {
            break;
        }
        doublings += 1;
        if doublings == 20 {
            break;
        }
    }
    let delay = FIRST_DELAY_MS
        .saturating_mul(1 << doublings)
        .min(LONGEST_DELAY_MS);
    TimeDelta::milliseconds(delay)
}

/// Whether a run ended without anybody's request.
fn ended_alone(run: &Run) -> bool {
    run.end
        .as_ref()
        .is_some_and(|end| matches!(end.by, EndedBy::Exit | EndedBy::Signal | EndedBy::Oom))
}

/// The start before or after this one, too, came as promptly as the policy's doubling delay says: one
/// person starts a thing again at once, but not time after time.
fn in_a_chain(scene: &Scene<'_>) -> bool {
    let Some((index, _)) = scene.run else {
        return false;
    };
    let runs = &scene.container.runs;
    let prompt = |at: usize| {
        let Some(before) = at.checked_sub(1) else {
            return false;
        };
        let gap = runs
            .get(at)
            .and_then(Run::started_at)
            .zip(runs[before].ended_at());
        ended_alone(&runs[before])
            && gap.is_some_and(|(start, end)| {
                start - end <= delay_after(&runs[..at]) + TimeDelta::seconds(1)
            })
    };
    prompt(index)
        && (index.checked_sub(1).is_some_and(prompt) || index + 1 < runs.len() && prompt(index + 1))
}

/// Another run of the same container ended by itself and stayed down for longer than any policy
/// lets it: the end, and how long. So perhaps there is no policy at all.
fn stayed_down<'a>(scene: &Scene<'a>) -> Option<(&'a crate::lifecycle::End, TimeDelta)> {
    let runs = &scene.container.runs;
    // Runs of a crash loop are many; the nearest ones tell.
    let index = scene.run.map_or(0, |(index, _)| index);
    let window = index.saturating_sub(8)..(index + 8).min(runs.len());
    window.filter(|at| *at > 0 && *at != index).find_map(|at| {
        let end = runs[at - 1]
            .end
            .as_deref()
            .filter(|_| ended_alone(&runs[at - 1]))?;
        let gap = runs[at].started_at()? - end.time?;
        let restarted = runs[at]
            .start
            .as_ref()
            .is_some_and(|start| start.restart.is_some());
        let late = gap > delay_after(&runs[..at]) * 3 / 2 + OVERHEAD
            && runs[..at].iter().all(|run| run.start.is_some());
        (late && !restarted).then_some((end, gap))
    })
}

/// Whether this start came as soon after the end before it as the policy's back-off says.
pub(super) fn fits_backoff(scene: &Scene<'_>) -> bool {
    let Some(gap) = gap(scene) else { return false };
    // Runs before the evidence begins may have raised the delay further; only the first run that it
    // shows can lack its start.
    let unseen = scene
        .container
        .runs
        .first()
        .is_some_and(|run| run.start.is_none());
    let longest = if unseen {
        TimeDelta::milliseconds(LONGEST_DELAY_MS)
    } else {
        expected_delay(scene) * 3 / 2
    };
    gap <= longest + OVERHEAD
}

fn gap(scene: &Scene<'_>) -> Option<TimeDelta> {
    let end = scene.previous().and_then(Run::ended_at)?;
    Some(scene.start()?.time - end)
}

/// The policy's name, when a snapshot tells it.
fn policy_name<'a>(scene: &Scene<'a>) -> Option<&'a str> {
    scene
        .container
        .snapshots
        .iter()
        .rev()
        .find_map(|snapshot| snapshot.value.restart_policy.as_deref())
}

/// Whether the policy can have started it at all.
fn policy_allows(scene: &Scene<'_>) -> bool {
    match policy_name(scene) {
        Some("no" | "") => false,
        Some("on-failure") => scene
            .previous_end()
            .is_none_or(|end| end.exit_code != Some(0)),
        _ => true,
    }
}

/// How often the policy had restarted the container before the run that `state` shows, if it had. While
/// the next run is waited for, that one is counted already.
fn restarted_before(state: &Snapshot) -> Option<u64> {
    let waits = state.status.as_deref() == Some("restarting");
    let count = state.restart_count?.checked_sub(u64::from(waits))?;
    (count > 0).then_some(count)
}

/// The snapshots that count a policy restart for this very run.
fn counting<'a>(scene: &Scene<'a>) -> impl Iterator<Item = &'a Snapshot> {
    scene
        .snapshots()
        .map(|snapshot| &snapshot.value)
        .filter(|state| restarted_before(state).is_some())
}

/// The line of such a snapshot, and its count.
fn counted<'a>(scene: &Scene<'a>) -> Option<(&'a Citation, u64)> {
    counting(scene).find_map(|state| Some((state.lines.get("RestartCount")?, state.restart_count?)))
}

/// `oom` right before the end, then the policy.
pub(super) fn out_of_memory(scene: &Scene<'_>) -> Option<Verdict> {
    let end = scene.previous_end()?;
    if end.by != EndedBy::Oom || !fits_backoff(scene) {
        return None;
    }
    let (claim, line) = end.shown_by.first()?;
    let verdict = Verdict::of(
        Cause::OomRestart,
        0.98,
        "The kernel killed the main process for want of memory; the restart policy started it again.",
        claim.clone(),
        line,
    )
    .by(InitiatorKind::Kernel, "OOM killer, then the restart policy");
    Some(with_end(verdict, scene))
}

/// A request to stop comes at most this long before the end it leads to, but for long time-outs.
const REQUEST: TimeDelta = TimeDelta::seconds(15);

/// An end as requests bring it about, where the events begin too late to show the request.
pub(super) fn request_cut_off(scene: &Scene<'_>) -> Option<Verdict> {
    let end = scene.previous_end()?;
    let time = end.time?;
    let seen = scene
        .previous()
        .and_then(|run| run.start.as_ref())
        .is_some_and(|start| start.source == StartSource::Event);
    let restarted = scene.start().is_some_and(|start| start.restart.is_some());
    if !matches!(end.by, EndedBy::Exit | EndedBy::Signal)
        || seen
        || scene.events_cover(time - REQUEST, time)
        || counted(scene).is_some()
        || !(restarted || matches!(end.exit_code, Some(0 | 137 | 143)))
    {
        return None;
    }
    let (claim, line) = end.shown_by.first()?;
    let mut verdict = Verdict::unknown(
        Family::External,
        format!(
            "The main process {}; the events begin too late to show whether somebody asked for that.",
            previous_words(scene)
        ),
        &[
            (Cause::ManualRestart, 0.35),
            (Cause::HostAutomationRestart, 0.35),
            (Cause::RestartPolicy, if restarted { 0.05 } else { 0.25 }),
        ],
        [format!(
            "events of the {} before that end would decide",
            span(REQUEST)
        )],
    );
    verdict.cite(claim.clone(), line);
    Some(with_end(verdict, scene))
}

/// The main process ended without any request, and was started again as soon as the policy does.
pub(super) fn ended_by_itself(scene: &Scene<'_>) -> Option<Verdict> {
    let end = scene.previous_end()?;
    if !matches!(end.by, EndedBy::Exit | EndedBy::Signal | EndedBy::Oom) {
        return None;
    }
    let (claim, line) = end.shown_by.first()?;
    let words = previous_words(scene);
    let restarted = scene.start().is_some_and(|start| start.restart.is_some());
    let gap = gap(scene)?;
    let proof = counted(scene).is_some() || policy_name(scene).is_some();
    if end.exit_code == Some(137)
        && end
            .time
            .is_some_and(|time| !scene.events_cover(time - OOM_LEAD, time))
        && !restarted
        && fits_backoff(scene)
    {
        let mut verdict = Verdict::unknown(
            Family::External,
            "The main process was killed (exit code 137) and the engine started it again; whether for want of memory, the events begin too late to show.".to_owned(),
            &[(Cause::RestartPolicy, 0.5), (Cause::OomRestart, 0.4)],
            ["events of the seconds before the end (oom), or the kernel's log"],
        );
        verdict.cite(claim.clone(), line);
        return Some(with_end(verdict, scene));
    }
    if !proof
        && !restarted
        && !in_a_chain(scene)
        && let Some((other, down)) = stayed_down(scene)
    {
        let mut verdict = Verdict::unknown(
            Family::External,
            format!(
                "The main process {words} and was started again {} later. After another such end it stayed down for {}, so a restart policy may not be set at all.",
                span(gap),
                span(down)
            ),
            &[
                (Cause::ManualRestart, 0.5),
                (Cause::RestartPolicy, 0.35),
                (Cause::HostAutomationRestart, 0.1),
            ],
            ["docker inspect (RestartPolicy, RestartCount) would decide"],
        );
        verdict.cite(claim.clone(), line);
        if let Some((claim, line)) = other.shown_by.first() {
            verdict.cite(format!("{claim}: it stayed down after this"), line);
        }
        return Some(with_end(verdict, scene));
    }
    if fits_backoff(scene) && policy_allows(scene) && !restarted {
        let prompt = gap <= expected_delay(scene) + TimeDelta::seconds(1);
        let outside = if end.by == EndedBy::Signal {
            " by something that is neither Docker nor the OOM killer"
        } else {
            ""
        };
        let mut verdict = Verdict::of(
            Cause::RestartPolicy,
            match (proof, prompt) {
                (true, _) => 0.97,
                (false, true) => 0.95,
                (false, false) => 0.85,
            },
            format!("The main process {words}{outside}; the engine started it again {} later by its restart policy.", span(gap)),
            claim.clone(),
            line,
        )
        .by(InitiatorKind::Policy, policy_name(scene).map_or_else(|| "restart policy".to_owned(), |name| format!("restart policy {name}")));
        if let Some((count, n)) = counted(scene) {
            verdict.cite(format!("RestartCount {n}"), count);
        }
        if let Some((sender, line)) = super::restart::sender(scene) {
            verdict.cite(sender.to_string(), line);
        }
        return Some(with_end(verdict, scene));
    }
    if let Some((count, n)) = counted(scene).filter(|_| !restarted) {
        let verdict = Verdict::of(
            Cause::RestartPolicy,
            0.95,
            format!(
                "The main process {words}; RestartCount shows that the policy started it again."
            ),
            format!("RestartCount {n}"),
            count,
        )
        .by(InitiatorKind::Policy, "restart policy");
        return Some(with_end(verdict, scene));
    }
    Some(by_hand(scene, claim, line, &words, gap, restarted))
}

/// The main process ended by itself, and what started it again was not the policy, or too late for it.
fn by_hand(
    scene: &Scene<'_>,
    claim: &str,
    line: &Citation,
    words: &str,
    gap: TimeDelta,
    restarted: bool,
) -> Verdict {
    if restarted || !policy_allows(scene) {
        let mut verdict = Verdict::of(
            Cause::ManualRestart,
            if restarted { 0.85 } else { 0.8 },
            format!("The main process {words} and stayed down; it was started again through the API {} later.", span(gap)),
            claim.to_owned(),
            line,
        )
        .or(&[(Cause::HostAutomationRestart, 0.12)])
        .by(InitiatorKind::Operator, "start through the API");
        let policy = scene
            .container
            .snapshots
            .iter()
            .rev()
            .find_map(|snapshot| snapshot.value.lines.get("RestartPolicy"));
        if let Some(policy) = policy.filter(|_| !restarted) {
            verdict.cite("its restart policy does not start it", policy);
        }
        return with_end(verdict, scene);
    }
    let mut verdict = Verdict::unknown(
        Family::External,
        format!(
            "The main process {words} and was started again {} later, later than the policy's back-off: somebody started it, or the engine was held up.",
            span(gap)
        ),
        &[
            (Cause::ManualRestart, 0.45),
            (Cause::RestartPolicy, 0.3),
            (Cause::HostAutomationRestart, 0.15),
            (Cause::EngineRestart, 0.05),
        ],
        ["docker inspect (RestartPolicy, RestartCount) or the engine's log would decide"],
    );
    verdict.cite(claim.to_owned(), line);
    with_end(verdict, scene)
}

/// The engine's own log says what it did, or that it was told to stop the container.
pub(super) fn daemon_record(scene: &Scene<'_>) -> Option<Verdict> {
    let start = scene.start()?.time;
    let end = scene.previous_end();
    if end.is_some_and(|end| matches!(end.by, EndedBy::ApiStop | EndedBy::ApiKill)) {
        return None;
    }
    let around = end
        .and_then(|end| end.time)
        .unwrap_or(start - TimeDelta::seconds(5));
    let record = scene.all.history.daemon.iter().find(|record| {
        let near = record.value.time.is_some_and(|time| {
            around - TimeDelta::seconds(3) <= time && time <= start + TimeDelta::seconds(1)
        });
        let own = record.value.container.as_deref().is_some_and(|id| {
            !id.is_empty()
                && (scene.container.id.starts_with(id) || id.starts_with(&scene.container.id))
        });
        near && own
            && matches!(
                record.value.kind,
                JournalKind::Restarting { .. }
                    | JournalKind::NotRestarted {
                        manually_stopped: true,
                        ..
                    }
            )
    })?;
    if let JournalKind::Restarting { manual: false } = record.value.kind {
        Some(with_end(
            Verdict::of(
                Cause::RestartPolicy,
                0.97,
                "The engine's log says that its restart policy started the container again.",
                "the engine restarts it by policy",
                &record.citation,
            )
            .by(InitiatorKind::Policy, "restart policy"),
            scene,
        ))
    } else {
        let mut verdict = Verdict::unknown(
            Family::External,
            "The engine's log says that it was stopped through the API; the events that would tell by whom are missing.",
            &[
                (Cause::ManualRestart, 0.5),
                (Cause::HostAutomationRestart, 0.4),
            ],
            ["Docker's events around this time, or the host's journal"],
        );
        verdict.cite("stopped through the API", &record.citation);
        Some(with_end(verdict, scene))
    }
}

/// Without events: the count that only the policy raises, in a snapshot of this very run.
pub(super) fn restart_count(scene: &Scene<'_>) -> Option<Verdict> {
    let at = scene.at()?;
    if scene.events_cover(at - TimeDelta::seconds(1), at) {
        return None;
    }
    let state = counting(scene).next()?;
    let count = state.lines.get("RestartCount")?;
    let n = state.restart_count?;
    let running = state.running == Some(true);
    let failed = failure_before(scene);
    // Up to engine 24 the flag tells of the run before; from 25 on of a child in this run.
    if running && state.oom_killed == Some(true) && !state.modern_engine && failed.is_none() {
        let line = state.lines.get("OOMKilled").unwrap_or(count);
        let verdict = Verdict::of(Cause::OomRestart, 0.9, "OOMKilled tells of the run before on this engine; the restart policy started it again.", "OOMKilled", line)
            .and(format!("RestartCount {n}"), count)
            .by(InitiatorKind::Kernel, "OOM killer, then the restart policy");
        return Some(with_start(verdict, scene));
    }
    let oom_ruled_out =
        failed.is_some() || state.oom_killed == Some(false) && !state.modern_engine && running;
    if !oom_ruled_out {
        let mut verdict = Verdict::unknown(
            Family::External,
            "The restart policy started it again; whether the run before was killed for want of memory is not in the evidence.",
            &[(Cause::RestartPolicy, 0.6), (Cause::OomRestart, 0.35)],
            ["events (oom, die) of that moment would decide"],
        );
        verdict.cite(format!("RestartCount {n}"), count);
        return Some(with_start(verdict, scene));
    }
    let mut verdict = Verdict::of(
        Cause::RestartPolicy,
        0.9,
        "RestartCount shows that the engine's restart policy started this run.",
        format!("RestartCount {n}"),
        count,
    )
    .by(
        InitiatorKind::Policy,
        policy_name(scene).map_or_else(
            || "restart policy".to_owned(),
            |name| format!("restart policy {name}"),
        ),
    );
    if let Some(line) = failed {
        verdict.cite("the run before failed", line);
    }
    Some(with_start(verdict, scene))
}

/// The line in which the run before says that it failed, when nothing says that it was stopped.
fn failure_before<'a>(scene: &Scene<'a>) -> Option<&'a Citation> {
    let (run, _) = scene.run?;
    let before = run.checked_sub(1)?;
    let mut failed = None;
    for fact in &scene.log.facts[scene.log.of_run(before)] {
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
    super::last_lines::fatal_before(scene.log, *scene.startup.facts.first()?)
}

/// Log text alone: the run before says that starting failed, and the next follows at once.
pub(super) fn failed_in_log(scene: &Scene<'_>) -> Option<Verdict> {
    let failed = failure_before(scene).or_else(|| last_word(scene))?;
    let gap = scene.at()? - failed.time?;
    if gap > TimeDelta::seconds(75) || !policy_allows(scene) {
        return None;
    }
    let verdict = Verdict::of(
        Cause::RestartPolicy,
        0.65,
        format!("The run before said that it failed, and it was started again {} later, as a restart policy does.", span(gap)),
        "the run before failed by itself",
        failed,
    )
    .or(&[(Cause::ManualRestart, 0.15), (Cause::HostAutomationRestart, 0.1)])
    .lacking("Docker's events or inspect (RestartCount) would prove it");
    Some(with_start(verdict, scene))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_restart_that_is_waited_for_is_none_of_the_run_before() {
        for (status, count, before) in [
            ("running", 0, None),
            ("running", 1, Some(1)),
            ("exited", 2, Some(2)),
            ("restarting", 1, None),
            ("restarting", 3, Some(2)),
        ] {
            let state = Snapshot {
                status: Some(status.to_owned()),
                restart_count: Some(count),
                ..Snapshot::default()
            };
            assert_eq!(restarted_before(&state), before, "{status} {count}");
        }
    }
}
