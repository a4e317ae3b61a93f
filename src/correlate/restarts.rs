//! Compares `RestartCount` with the runs that the evidence shows.

use super::{ContainerLog, Correlated};
use crate::lifecycle::{Container, Run};
use crate::model::{Cited, EndedBy, FactKind, InputId, Note, Snapshot};
use chrono::TimeDelta;

/// A log that begins this long before the first start that it shows begins within a run.
const WITHIN_A_RUN: TimeDelta = TimeDelta::seconds(8);

/// A note for each container of which a snapshot counts more restarts than there are runs to show for.
pub(crate) fn unseen_runs(all: &Correlated) -> impl Iterator<Item = (InputId, Note)> {
    let containers = all.history.containers.iter().zip(&all.logs);
    containers.filter_map(|(container, log)| unseen_runs_of(container, log))
}

fn unseen_runs_of(container: &Container, log: &ContainerLog) -> Option<(InputId, Note)> {
    let (run, snapshot) = last_snapshot(container)?;
    let restarts = snapshot.value.restart_count?;
    // The restart that is waited for is counted already.
    let waits = snapshot.value.status.as_deref() == Some("restarting");
    let proved = (restarts + 1).checked_sub(u64::from(waits))?;
    let shown = shown_since_reset(&container.runs[..=run]) + within_the_log(container, log)?;
    let unseen = proved.checked_sub(shown).filter(|unseen| *unseen > 0)?;
    let name = container.name().unwrap_or(container.short_id());
    let shown_by = snapshot.value.lines.get("RestartCount");
    let input = shown_by.unwrap_or(&snapshot.citation).place.input;
    let note = Note::RunsUnseen {
        container: name.to_owned(),
        restarts,
        unseen,
    };
    Some((input, note))
}

/// The last snapshot, and the run that it shows (an index).
fn last_snapshot(container: &Container) -> Option<(usize, &Cited<Snapshot>)> {
    let mut runs = container.runs.iter().enumerate().rev();
    runs.find_map(|(index, run)| {
        let snapshot = container.snapshots.get(*run.snapshots.last()?)?;
        Some((index, snapshot))
    })
}

/// How many of `runs` there are from the last one that a request began: that sets `RestartCount` to zero.
/// Where none is known to be, all of them may be the policy's.
fn shown_since_reset(runs: &[Run]) -> u64 {
    let since = (0..runs.len())
        .rev()
        .find(|at| {
            let run = &runs[*at];
            let before = at.checked_sub(1).and_then(|at| runs[at].end.as_ref());
            run.is_first == Some(true)
                || run.start.as_ref().is_some_and(|it| it.restart.is_some())
                || before.is_some_and(|end| {
                    matches!(
                        end.by,
                        EndedBy::ApiStop | EndedBy::ApiKill | EndedBy::Engine
                    )
                })
        })
        .unwrap_or(0);
    (runs.len() - since) as u64
}

/// How many runs more the log may show at its beginning; `None` when no start in it is recognised, so that
/// it may show any number.
fn within_the_log(container: &Container, log: &ContainerLog) -> Option<u64> {
    if !log.present {
        return Some(0);
    }
    let is_start = |kind| {
        matches!(
            kind,
            FactKind::ProcessStart | FactKind::MasterStart | FactKind::Ready
        )
    };
    let first = log.facts.iter().find(|fact| is_start(fact.kind))?;
    let Some(begin) = log.coverage.start() else {
        return Some(0);
    };
    let starts = container.runs.iter().filter_map(Run::started_at);
    let shown = starts.chain(first.time()).min()?;
    Some(u64::from(shown - begin > WITHIN_A_RUN))
}
