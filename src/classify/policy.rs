//! What snapshots say of the restart policy: its name, and how often it restarted the container.

use super::scene::Scene;
use crate::model::{Citation, Snapshot};
use std::borrow::Cow;

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

/// The snapshots that count a policy restart for this very run.
pub(super) fn counting<'a>(scene: &Scene<'a>) -> impl Iterator<Item = &'a Snapshot> {
    scene
        .snapshots()
        .map(|snapshot| &snapshot.value)
        .filter(|state| restarted_before(state).is_some())
}

/// The line of such a snapshot, and its count.
pub(super) fn counted<'a>(scene: &Scene<'a>) -> Option<(&'a Citation, u64)> {
    counting(scene).find_map(|state| Some((state.lines.get("RestartCount")?, state.restart_count?)))
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
