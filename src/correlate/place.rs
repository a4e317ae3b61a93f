//! Places a container's facts in its runs, and adds the runs that only the log shows.

use super::{ContainerLog, align, process};
use crate::lifecycle::{Container, Coverage, Run, Start, StartSource, Starts};
use crate::model::{Fact, FactKind};
use chrono::TimeDelta;
use std::ops::Range;

/// The main process ran from 25 ms before to 200 ms after the `start` event where measured.
const LINE_BEFORE_START: TimeDelta = TimeDelta::milliseconds(100);
/// An application speaks within this time of its start (median 0.7 s where measured).
const FIRST_WORD: TimeDelta = TimeDelta::seconds(8);
/// The last lines of a run are read before its `die` is told.
const AFTER_END: TimeDelta = TimeDelta::milliseconds(100);

/// Fills `log.runs`, adding runs to `container` as the log shows them.
pub(super) fn place(container: &mut Container, log: &mut ContainerLog, events: &Coverage) {
    let Some(first) = log.facts.first() else {
        return;
    };
    // If one fact has a time, all have: those without were left out.
    if first.time().is_some() {
        by_time(container, log, events);
    } else {
        by_order(container, log);
    }
    for run in container.runs.iter_mut().skip(1) {
        run.is_first = Some(false);
    }
}

/// Places facts that have times: first by the starts that events and snapshots show, then, where the
/// events do not cover a piece, by the startups that the log shows in it.
fn by_time(container: &mut Container, log: &mut ContainerLog, events: &Coverage) {
    let facts = &log.facts;
    let mut placed: Vec<(Anchor, Range<usize>)> = Vec::new();
    let pieces = cut_at_starts(container, facts)
        .into_iter()
        .flat_map(|(run, range)| past_its_end(container, facts, run, range));
    for (belongs, range) in pieces {
        match belongs {
            Belongs::Nowhere => {
                let new = runs_in(facts, &range).map(|part| (Anchor::New, part));
                placed.extend(new);
            }
            Belongs::To(Some(run)) if is_covered(&container.runs[run], facts, &range, events) => {
                placed.push((Anchor::Run(run), range));
            }
            Belongs::To(run) => {
                let known = run.map(|run| (run, &container.runs[run]));
                anchor_parts(known, facts, &range, &mut placed);
            }
        }
    }
    adopt(container, log, placed);
}

/// Cuts the facts where known runs start. Those before all runs belong to none.
fn cut_at_starts(container: &Container, facts: &[Fact]) -> Vec<(Option<usize>, Range<usize>)> {
    if container.runs.is_empty() {
        return vec![(None, 0..facts.len())];
    }
    let starts = Starts::new(&container.runs);
    let mut pieces: Vec<(Option<usize>, Range<usize>)> = Vec::new();
    for (index, fact) in facts.iter().enumerate() {
        let time = fact.time();
        let run = time.and_then(|time| starts.last_by(time + LINE_BEFORE_START));
        match pieces.last_mut() {
            Some((last, range)) if *last == run => range.end = index + 1,
            _ => pieces.push((run, index..index + 1)),
        }
    }
    pieces
}

/// The runs that a stretch of the log shows by itself.
fn runs_in(facts: &[Fact], range: &Range<usize>) -> impl ExactSizeIterator<Item = Range<usize>> {
    process::split_runs(facts, range).into_iter()
}

/// Whether the events cover the time of these facts, or of the whole run: then they all are the run's.
fn is_covered(run: &Run, facts: &[Fact], range: &Range<usize>, events: &Coverage) -> bool {
    run.started_at().is_some_and(|start| {
        let last = facts[range.end - 1].time().unwrap_or(start);
        events.covers(start, last) || run.ended_at().is_some_and(|end| events.covers(start, end))
    })
}

/// Anchors the runs that a stretch of the log shows: one of them is the known run, the others are new.
fn anchor_parts(
    known: Option<(usize, &Run)>,
    facts: &[Fact],
    range: &Range<usize>,
    placed: &mut Vec<(Anchor, Range<usize>)>,
) {
    let parts = runs_in(facts, range);
    let count = parts.len();
    for (n, part) in parts.enumerate() {
        let is_known = known.is_some_and(|(_, run)| {
            if run.start.is_none() {
                // Only the end of this run is known: the last startup before it is its own.
                n + 1 == count
            } else {
                n == 0 && !too_late(run, &facts[part.clone()])
            }
        });
        let anchor = match known {
            Some((run, _)) if is_known => Anchor::Run(run),
            _ => Anchor::New,
        };
        placed.push((anchor, part));
    }
}

/// Where lines belong by the starts that are known.
enum Belongs {
    /// Into this run; without one, before all runs.
    To(Option<usize>),
    /// Into none that is known.
    Nowhere,
}

/// Cuts lines in two that begin after the end of the run in which they would fall: a run ends once,
/// so the start of those behind is missing (the events have a gap).
fn past_its_end(
    container: &Container,
    facts: &[Fact],
    run: Option<usize>,
    range: Range<usize>,
) -> Vec<(Belongs, Range<usize>)> {
    let known_end = run.and_then(|run| container.runs[run].ended_at());
    // PID 1 is the container: when it has ended, so has the run.
    let of_main = |fact: &Fact, kind| fact.kind == kind && fact.fields.pid == Some(1);
    let said_end = range
        .clone()
        .find(|index| of_main(&facts[*index], FactKind::ProcessEnd))
        .filter(|end| {
            let mut later = facts[*end..range.end].iter();
            later.any(|fact| of_main(fact, FactKind::ProcessStart))
        })
        .and_then(|end| facts[end].time());
    let Some(ended) = known_end.into_iter().chain(said_end).min() else {
        return vec![(Belongs::To(run), range)];
    };
    let slack = if said_end == Some(ended) {
        TimeDelta::zero()
    } else {
        AFTER_END
    };
    let after = |fact: &Fact| fact.time().is_some_and(|time| time > ended + slack);
    let again = range
        .clone()
        .find(|index| after(&facts[*index]) && process::begins(&facts[*index]));
    let Some(again) = again else {
        return vec![(Belongs::To(run), range)];
    };
    let mut cut = again;
    while cut > range.start && after(&facts[cut - 1]) && opening_kind(&facts[cut - 1]) {
        cut -= 1;
    }
    let mut parts = vec![
        (Belongs::To(run), range.start..cut),
        (Belongs::Nowhere, cut..range.end),
    ];
    parts.retain(|(_, part)| !part.is_empty());
    parts
}

/// Places facts without times: what the log shows as runs is matched with the known runs in order.
fn by_order(container: &mut Container, log: &mut ContainerLog) {
    let parts = process::split_runs(&log.facts, &(0..log.facts.len()));
    let placed = align::align(&log.facts, &parts, &container.runs)
        .into_iter()
        .zip(parts)
        .map(|(run, part)| (run.map_or(Anchor::New, Anchor::Run), part))
        .collect();
    adopt(container, log, placed);
}

/// Whether these lines begin a run that cannot be `run`, of which only a snapshot tells: its
/// application would have spoken before.
fn too_late(run: &Run, facts: &[Fact]) -> bool {
    let start = run
        .start
        .as_ref()
        .filter(|start| start.source == StartSource::Inspect);
    let begins = facts
        .first()
        .filter(|fact| process::begins(fact))
        .and_then(Fact::time);
    start
        .zip(begins)
        .is_some_and(|(start, begins)| begins - start.time > FIRST_WORD)
}

/// The run that a stretch of the log belongs to.
#[derive(Clone, Copy, Debug)]
enum Anchor {
    /// A known one.
    Run(usize),
    /// One that only the log shows.
    New,
}

/// Adds the new runs in their places and writes down which fact belongs to which run.
fn adopt(container: &mut Container, log: &mut ContainerLog, placed: Vec<(Anchor, Range<usize>)>) {
    let mut runs: Vec<Run> = Vec::with_capacity(placed.len() + container.runs.len());
    let mut old = std::mem::take(&mut container.runs)
        .into_iter()
        .enumerate()
        .peekable();
    // Where each old run ended up.
    let mut moved: Vec<usize> = Vec::new();
    let mut fact_runs: Vec<(usize, Range<usize>)> = Vec::with_capacity(placed.len());
    for (anchor, range) in placed {
        let facts = &log.facts[range.clone()];
        match anchor {
            Anchor::Run(index) => {
                while let Some((_, run)) = old.next_if(|(at, _)| *at <= index) {
                    moved.push(runs.len());
                    runs.push(run);
                }
                let at = moved
                    .get(index)
                    .copied()
                    .unwrap_or(runs.len().saturating_sub(1));
                if let Some(run) = runs.get_mut(at)
                    && run.start.is_none()
                {
                    run.start = log_start(facts);
                }
                fact_runs.push((at, range));
            }
            Anchor::New => {
                // Runs that began before this one keep their place before it.
                let time = facts.first().and_then(Fact::time);
                while let Some((_, run)) = old.next_if(|(_, run)| {
                    time.is_some_and(|time| {
                        run.started_at()
                            .or(run.ended_at())
                            .is_some_and(|start| start <= time)
                    })
                }) {
                    moved.push(runs.len());
                    runs.push(run);
                }
                // An end after this start is not that of the run before.
                let end = runs.last_mut().and_then(|before| {
                    let later = before.ended_at().zip(time).is_some_and(|(e, t)| e > t);
                    later.then(|| before.end.take()).flatten()
                });
                fact_runs.push((runs.len(), range));
                runs.push(Run {
                    start: log_start(facts),
                    end,
                    ..Run::default()
                });
            }
        }
    }
    runs.extend(old.map(|(_, run)| run));
    container.runs = runs;
    log.runs = vec![0..0; container.runs.len()];
    for (run, range) in fact_runs {
        let whole = &mut log.runs[run];
        let begin = if whole.end == 0 {
            range.start
        } else {
            whole.start
        };
        *whole = begin..range.end;
    }
}

/// The start that the log itself shows, if the first lines of `facts` are one.
fn log_start(facts: &[Fact]) -> Option<Start> {
    let first = facts.iter().find(|fact| process::begins(fact))?;
    let opening = facts.first()?;
    // Lines long before the first startup line belong to a run whose start is not in the log.
    if let (Some(first), Some(opening)) = (first.time(), opening.time())
        && first - opening > process::PIPE_JITTER
        && !opening_kind(facts.first()?)
    {
        return None;
    }
    Some(Start {
        time: first.time()?,
        citation: first.citation.clone(),
        source: StartSource::Log,
        restart: None,
    })
}

/// Whether a line may stand before the first startup line of a run.
fn opening_kind(fact: &Fact) -> bool {
    !matches!(
        fact.kind,
        FactKind::ShuttingDown | FactKind::ProcessEnd | FactKind::PoolClosed | FactKind::Signal
    )
}
