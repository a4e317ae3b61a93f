//! What a snapshot adds to the runs.

use super::SAME_START;
use crate::lifecycle::Hole;
use crate::lifecycle::container::{End, Run, Start, StartSource};
use crate::model::{Citation, Cited, EndedBy, Snapshot, Time};
use chrono::TimeDelta;

/// `docker run` and Compose start a container this soon after they created it.
const CREATED_TO_START: TimeDelta = TimeDelta::seconds(10);
/// Where events tell of the runs around it, a start this far from one of theirs is still that one.
const TOLD_START: TimeDelta = TimeDelta::seconds(10);

/// What the events say of the time around a snapshot.
pub(super) struct Told<'a> {
    /// They show the container's creation, so that nothing ran before their first start.
    pub(super) created: bool,
    /// Where they are incomplete.
    pub(super) holes: &'a [Hole],
}

/// Adds what a snapshot knows: the latest start, and the end of the run before it. Returns the run that
/// the snapshot shows, as an index.
pub(super) fn add_snapshot(
    runs: &mut Vec<Run>,
    snapshot: &Cited<Snapshot>,
    told: &Told<'_>,
) -> Option<usize> {
    let state = &snapshot.value;
    let line = |key| {
        state
            .lines
            .get(key)
            .cloned()
            .unwrap_or_else(|| snapshot.citation.clone())
    };
    let started_at = state.started_at?;
    let known = same_start(runs, state, started_at, told)
        .or_else(|| told_start(runs, started_at, told.holes));
    let mut index = match known {
        Some(index) => index,
        None => insert_start(runs, started_at, line("StartedAt")),
    };
    let begins_the_events = index == 0 && is_told_from_its_first_start(runs, told);
    match is_first_run(state, started_at) {
        Some(false) if begins_the_events => {}
        None => {}
        is_first => runs[index].is_first = is_first,
    }
    if state.never_finished {
        return Some(index);
    }
    let Some(finished_at) = state.finished_at else {
        return Some(index);
    };
    let end = |exit_code| End {
        time: Some(finished_at),
        exit_code,
        by: EndedBy::Unknown,
        shown_by: vec![("FinishedAt".to_owned(), line("FinishedAt"))],
        requested: None,
        forced_by: None,
    };
    if finished_at > started_at {
        // Not running: this is the end of this very run.
        let this = runs[index]
            .end
            .get_or_insert_with(|| Box::new(end(state.exit_code)));
        explain_end(this, state, &line);
        return Some(index);
    }
    if begins_the_events {
        return Some(index);
    }
    runs[index].is_first = Some(false);
    if let Some(before) = index.checked_sub(1) {
        let before = &mut runs[before];
        let fits = before.started_at().is_none_or(|start| start <= finished_at);
        if before.end.is_none() && fits {
            before.end = Some(Box::new(end(None)));
        }
    } else {
        runs.insert(
            0,
            Run {
                end: Some(Box::new(end(None))),
                ..Run::default()
            },
        );
        index = 1;
    }
    Some(index)
}

/// What the state of a container that is down says of the end of its last run.
fn explain_end(this: &mut End, state: &Snapshot, line: &dyn Fn(&'static str) -> Citation) {
    if state.manually_stopped == Some(true) && this.by == EndedBy::Unknown {
        // Set by a stop or kill through the API, and cleared at the next start.
        this.by = EndedBy::ApiStop;
        let claim = "HasBeenManuallyStopped=true".to_owned();
        this.shown_by.push((claim, line("HasBeenManuallyStopped")));
    }
    // The flag of a container that is down is that of its last run, on every engine; a child that
    // the kernel killed leaves another exit code.
    if state.oom_killed == Some(true) && this.by == EndedBy::Unknown && this.exit_code == Some(137)
    {
        this.by = EndedBy::Oom;
        let claim = "OOMKilled=true".to_owned();
        this.shown_by.push((claim, line("OOMKilled")));
    }
}

/// The known run that `state` shows, as an index. In a crash loop several starts are near: the nearest one
/// is meant whose run fits between the ends before and after it.
fn same_start(runs: &[Run], state: &Snapshot, started_at: Time, told: &Told<'_>) -> Option<usize> {
    // Two snapshots of one run give the very same time.
    let from = started_at - SAME_START - TimeDelta::nanoseconds(1);
    let near = after(runs, from)..after(runs, started_at + SAME_START);
    let ended_before = state.finished_at.is_some_and(|end| end <= started_at);
    let order_fits = |index: usize| {
        let ended_by = index.checked_sub(1).and_then(|at| runs[at].ended_at());
        let ended = runs[index].ended_at();
        ended_by.is_none_or(|end| end <= started_at)
            && ended.is_none_or(|end| end >= started_at)
            && !(ended_before && index == 0 && is_told_from_its_first_start(runs, told))
    };
    let nearest = near
        .filter_map(|index| {
            let start = runs[index].start.as_ref()?;
            let most = match start.source {
                StartSource::Inspect => TimeDelta::zero(),
                _ => SAME_START,
            };
            let apart = (start.time - started_at).abs();
            (apart <= most).then_some((!order_fits(index), apart, index))
        })
        .min();
    nearest.map(|(_, _, index)| index)
}

/// The run that events tell of at `time`, where they tell of the runs on both sides of it: none can be
/// between two that follow each other.
fn told_start(runs: &[Run], time: Time, holes: &[Hole]) -> Option<usize> {
    let is_told = |run: &Run| {
        let start = run.start.as_ref();
        start.is_some_and(|start| start.source == StartSource::Event)
    };
    let next = after(runs, time);
    let before = next.checked_sub(1)?;
    let ended = runs[before].ended_at()?;
    let index = if ended > time { before } else { next };
    let start = runs.get(index)?.started_at()?;
    let in_a_hole = holes
        .iter()
        .any(|hole| hole.from <= time.max(start) && time.min(start) <= hole.to);
    let fits = is_told(&runs[before]) && is_told(&runs[index]) && !in_a_hole;
    (fits && (start - time).abs() <= TOLD_START).then_some(index)
}

/// Whether the events show the container's creation and the start of its first run.
fn is_told_from_its_first_start(runs: &[Run], told: &Told<'_>) -> bool {
    let start = runs.first().and_then(|run| run.start.as_ref());
    told.created && start.is_some_and(|start| start.source == StartSource::Event)
}

/// Whether the run that began at `started_at` is the container's first, as far as `state` proves it.
fn is_first_run(state: &Snapshot, started_at: Time) -> Option<bool> {
    if state.never_finished {
        return Some(true);
    }
    // The restart that is waited for is counted already.
    let waits = state.status.as_deref() == Some("restarting");
    let restarts = state.restart_count.unwrap_or(0);
    if restarts > u64::from(waits) {
        return Some(false);
    }
    let just_created = state.created.is_some_and(|created| {
        (TimeDelta::zero()..=CREATED_TO_START).contains(&(started_at - created))
    });
    let ended_before = state.finished_at.is_some_and(|end| end <= started_at);
    (just_created && !ended_before).then_some(true)
}

/// The first run that began (or, where no start is known, ended) after `time`, as an index.
fn after(runs: &[Run], time: Time) -> usize {
    runs.partition_point(|run| {
        run.started_at()
            .or(run.ended_at())
            .is_none_or(|known| known <= time)
    })
}

/// Puts a start that only a snapshot shows in its place, and returns its index.
fn insert_start(runs: &mut Vec<Run>, time: Time, citation: Citation) -> usize {
    let start = Some(Start {
        time,
        citation,
        source: StartSource::Inspect,
        restart: None,
    });
    let later = after(runs, time);
    // A run whose end alone is known, and which ended after this start, is this run.
    match runs.get_mut(later) {
        Some(run) if run.start.is_none() && run.ended_at().is_some_and(|end| end > time) => {
            run.start = start;
        }
        _ => runs.insert(
            later,
            Run {
                start,
                ..Run::default()
            },
        ),
    }
    later
}
