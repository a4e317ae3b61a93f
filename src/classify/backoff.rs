//! How long the engine's restart policy waits before it starts a container again.

use super::scene::Scene;
use crate::lifecycle::{End, Run};
use crate::model::EndedBy;
use chrono::TimeDelta;

/// What the engine needs beside the back-off: 0.2 to 0.95 s where measured, on busy hosts.
const OVERHEAD: TimeDelta = TimeDelta::seconds(2);
/// The policy's first delay; it doubles with each quick failure.
const FIRST_DELAY_MS: i64 = 100;
/// A run at least this long sets the delay back.
const LONG_RUN: TimeDelta = TimeDelta::seconds(10);
/// The longest delay.
const LONGEST_DELAY_MS: i64 = 60_000;

/// The policy's delay before this start, from the lengths of the runs before it.
pub(super) fn expected_delay(scene: &Scene<'_>) -> TimeDelta {
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
pub(super) fn in_a_chain(scene: &Scene<'_>) -> bool {
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
pub(super) fn stayed_down<'a>(scene: &Scene<'a>) -> Option<(&'a End, TimeDelta)> {
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

/// From the end of the run before to this start.
pub(super) fn gap(scene: &Scene<'_>) -> Option<TimeDelta> {
    let end = scene.previous().and_then(Run::ended_at)?;
    Some(scene.start()?.time - end)
}
