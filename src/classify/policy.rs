//! What snapshots say of the restart policy: its name, and how often it restarted the container.

use super::scene::Scene;
use crate::lifecycle::{Run, StartSource};
use crate::model::{Citation, EndedBy, Snapshot};
use std::borrow::Cow;

/// A snapshot is looked for in this many runs after the one that it may count.
const RUNS_AFTER: usize = 100;

/// The policy's name, when a snapshot tells it.
pub(super) fn policy_name<'a>(scene: &Scene<'a>) -> Option<&'a str> {
    scene
        .container
        .snapshots
        .iter()
        .rev()
        .find_map(|snapshot| snapshot.value.restart_policy.as_deref())
}

/// Whether the policy can have started it at all.
pub(super) fn policy_allows(scene: &Scene<'_>) -> bool {
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

/// The snapshots that count a policy restart for this very run: its own, or one of a later run.
pub(super) fn counting<'a>(scene: &Scene<'a>) -> impl Iterator<Item = &'a Snapshot> {
    scene
        .snapshots()
        .map(|snapshot| &snapshot.value)
        .filter(|state| restarted_before(state).is_some())
        .chain(counted_later(scene))
}

/// The snapshot of a later run whose count reaches back to this one. Events must tell of every start in
/// between, for the count says nothing of which starts it counts.
fn counted_later<'a>(scene: &Scene<'a>) -> Option<&'a Snapshot> {
    let (index, run) = scene.run?;
    let container = scene.container;
    let is_told = |run: &Run| {
        let start = run.start.as_ref();
        start.is_some_and(|it| it.source == StartSource::Event && it.restart.is_none())
    };
    let ended_alone = |run: &Run| {
        let end = run.end.as_ref();
        end.is_some_and(|end| matches!(end.by, EndedBy::Exit | EndedBy::Signal | EndedBy::Oom))
    };
    let from = run.started_at().filter(|_| is_told(run))?;
    let mut before = run;
    let after = container.runs[index + 1..].iter().take(RUNS_AFTER);
    for (starts, later) in (1_u64..).zip(after) {
        if !ended_alone(before) || !is_told(later) {
            return None;
        }
        let mut snapshots = later.snapshots.iter();
        let counts = snapshots.find_map(|at| {
            let state = &container.snapshots.get(*at)?.value;
            (restarted_before(state)? > starts).then_some(state)
        });
        if counts.is_some() {
            let until = later.started_at()?;
            let mut holes = container.holes.iter();
            let is_whole = !holes.any(|hole| from <= hole.to && hole.from <= until);
            return counts.filter(|_| is_whole);
        }
        before = later;
    }
    None
}

/// The line of such a snapshot, and its count.
pub(super) fn counted<'a>(scene: &Scene<'a>) -> Option<(&'a Citation, u64)> {
    counting(scene).find_map(|state| Some((state.lines.get("RestartCount")?, state.restart_count?)))
}

/// The line of a snapshot of this very run that says that the policy has restarted it never.
pub(super) fn counts_no_restart<'a>(scene: &Scene<'a>) -> Option<&'a Citation> {
    scene
        .snapshots()
        .filter(|snapshot| snapshot.value.restart_count == Some(0))
        .find_map(|snapshot| snapshot.value.lines.get("RestartCount"))
}

/// The policy's name as an initiator's detail.
pub(super) fn policy_words(scene: &Scene<'_>) -> Cow<'static, str> {
    policy_name(scene).map_or(Cow::Borrowed("restart policy"), |name| {
        Cow::Owned(format!("restart policy {name}"))
    })
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
