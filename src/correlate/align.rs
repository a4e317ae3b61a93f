//! Logs without times: their startups are matched with the engine's runs by order alone.

use crate::lifecycle::Run;
use crate::model::report::EndedBy;
use crate::model::{Fact, FactKind};
use std::ops::Range;

/// For each part of the log (one run's lines), the run it belongs to, or `None`.
///
/// Both are in order, so an alignment that keeps the order is sought: a run without any line (a
/// silent exit) may be skipped, and so may the log's oldest parts, when it reaches back further
/// than the engine's history. How a run ended decides between alignments of the same length.
pub(super) fn align(facts: &[Fact], parts: &[Range<usize>], runs: &[Run]) -> Vec<Option<usize>> {
    let (rows, columns) = (parts.len(), runs.len());
    if columns == 0 {
        return vec![None; rows];
    }
    if rows >= columns {
        // The newest belong together; older parts are from before the history.
        return (0..rows)
            .map(|row| (row + columns).checked_sub(rows))
            .collect();
    }
    // best[row][column]: the best score of parts[row..] against runs[column..].
    let mut best = vec![vec![i64::MIN / 2; columns + 1]; rows + 1];
    best[rows].fill(0);
    for row in (0..rows).rev() {
        for column in (0..columns).rev() {
            if columns - column < rows - row {
                continue;
            }
            let last = row + 1 == rows;
            let take =
                best[row + 1][column + 1] + fit(&facts[parts[row].clone()], &runs[column], last);
            let skip = best[row][column + 1] - silence(&runs[column]);
            best[row][column] = take.max(skip);
        }
    }
    let mut result = vec![None; rows];
    let mut column = 0;
    for row in 0..rows {
        while column + 1 < columns
            && columns - column > rows - row
            && best[row][column] == best[row][column + 1] - silence(&runs[column])
            && best[row][column]
                != best[row + 1][column + 1]
                    + fit(&facts[parts[row].clone()], &runs[column], row + 1 == rows)
        {
            column += 1;
        }
        result[row] = Some(column);
        column += 1;
    }
    result
}

/// How unlikely it is that a run left no line: the longer it lasted, the more.
fn silence(run: &Run) -> i64 {
    let seconds = run
        .started_at()
        .zip(run.ended_at())
        .map(|(start, end)| (end - start).num_milliseconds());
    match seconds {
        Some(..400) => 0,
        Some(..1500) => 1,
        Some(..10_000) => 4,
        Some(_) => 8,
        // Still running, or its end is not known.
        None => 6,
    }
}

/// How well a part of the log fits a run.
fn fit(facts: &[Fact], run: &Run, last: bool) -> i64 {
    let has = |kind: FactKind| facts.iter().any(|fact| fact.kind == kind);
    let orderly = has(FactKind::ShuttingDown) || has(FactKind::ProcessEnd);
    let failed = has(FactKind::StartFailed) || has(FactKind::Crash);
    let Some(end) = &run.end else {
        return if last && !orderly { 2 } else { -2 };
    };
    match end.by {
        EndedBy::ApiStop | EndedBy::Engine => {
            if orderly {
                3
            } else if failed {
                -3
            } else {
                0
            }
        }
        EndedBy::Exit => {
            if failed {
                3
            } else if orderly && end.exit_code != Some(0) {
                -1
            } else {
                0
            }
        }
        EndedBy::ApiKill | EndedBy::Signal | EndedBy::Oom => {
            if orderly || failed {
                -2
            } else {
                2
            }
        }
        EndedBy::Unknown => 0,
    }
}
