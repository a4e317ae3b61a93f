//! What a snapshot adds to the runs.

use super::SAME_START;
use crate::lifecycle::container::{End, Run, Start, StartSource};
use crate::model::{Citation, Cited, EndedBy, Snapshot, Time};
use chrono::TimeDelta;

/// Adds what a snapshot knows: the latest start, and the end of the run before it. Returns the run that
/// the snapshot shows, as an index.
pub(super) fn add_snapshot(runs: &mut Vec<Run>, snapshot: &Cited<Snapshot>) -> Option<usize> {
    let state = &snapshot.value;
    let line = |key| {
        state
            .lines
            .get(key)
            .cloned()
            .unwrap_or_else(|| snapshot.citation.clone())
    };
    let started_at = state.started_at?;
    // In a crash loop several starts are near, and the nearest is meant. Two snapshots of one run give the
    // very same time.
    let from = started_at - SAME_START - TimeDelta::nanoseconds(1);
    let near = after(runs, from)..after(runs, started_at + SAME_START);
    let nearest = near
        .filter_map(|index| {
            let start = runs[index].start.as_ref()?;
            let most = match start.source {
                StartSource::Inspect => TimeDelta::zero(),
                _ => SAME_START,
            };
            let apart = (start.time - started_at).abs();
            (apart <= most).then_some((apart, index))
        })
        .min();
    let mut index = match nearest {
        Some((_, index)) => index,
        None => insert_start(runs, started_at, line("StartedAt")),
    };
    if state.never_finished {
        runs[index].is_first = Some(true);
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
        if state.manually_stopped == Some(true) && this.by == EndedBy::Unknown {
            // Set by a stop or kill through the API, and cleared at the next start.
            this.by = EndedBy::ApiStop;
            let claim = "HasBeenManuallyStopped=true".to_owned();
            this.shown_by.push((claim, line("HasBeenManuallyStopped")));
        }
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
