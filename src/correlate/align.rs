//! Logs without times: their startups are matched with the engine's runs by order alone.

use crate::lifecycle::Run;
use crate::model::EndedBy;
use crate::model::{Fact, FactKind};
use std::ops::Range;

/// The choices that are written down while an alignment is sought, at the most: 128 MiB of bits.
const CHOICES: usize = 1 << 30;

/// For each part of the log (one run's lines), the run it belongs to, or `None`.
///
/// Both are in order, so an alignment that keeps the order is sought: a run without any line (a
/// silent exit) may be skipped, and so may the log's oldest parts, when it reaches back further
/// than the engine's history. How a run ended decides between alignments of the same length.
pub(super) fn align(facts: &[Fact], parts: &[Range<usize>], runs: &[Run]) -> Vec<Option<usize>> {
    align_within(CHOICES, facts, parts, runs)
}

/// The same, with so many choices: where that is too few, the oldest parts and as many of the oldest
/// runs are left out.
fn align_within(
    choices: usize,
    facts: &[Fact],
    parts: &[Range<usize>],
    runs: &[Run],
) -> Vec<Option<usize>> {
    if runs.is_empty() {
        return vec![None; parts.len()];
    }
    let Some(silent) = runs
        .len()
        .checked_sub(parts.len())
        .filter(|silent| *silent > 0)
    else {
        // The newest belong together; older parts are from before the history.
        return (0..parts.len())
            .map(|part| (part + runs.len()).checked_sub(parts.len()))
            .collect();
    };
    let left_out = parts.len().saturating_sub(choices / (silent + 1));
    let says: Vec<EndWords> = parts[left_out..]
        .iter()
        .map(|part| EndWords::said_in(&facts[part.clone()]))
        .collect();
    let found = skip_silent(&says, &runs[left_out..]);
    let found = found.into_iter().map(|run| Some(left_out + run));
    std::iter::repeat_n(None, left_out).chain(found).collect()
}

/// For each part its run; there are more runs than parts.
fn skip_silent(parts: &[EndWords], runs: &[Run]) -> Vec<usize> {
    let silent = runs.len() - parts.len();
    let silence: Vec<i64> = runs.iter().map(silence).collect();
    // Part `n` belongs to run `n` or to one of the `silent` behind it. Of the parts from `n` on,
    // against the runs from `n + skipped` on, the best score; none when all parts are placed.
    let mut best = vec![0_i64; silent + 1];
    // Whether skipping one more run scores better than taking it.
    let mut skip = Choices::new(parts.len(), silent + 1);
    for (n, part) in parts.iter().enumerate().rev() {
        let last = n + 1 == parts.len();
        for skipped in (0..=silent).rev() {
            let run = n + skipped;
            let take = best[skipped] + part.fits(&runs[run], last);
            let other = (skipped < silent).then(|| best[skipped + 1] - silence[run]);
            best[skipped] = take;
            if let Some(other) = other.filter(|other| *other > take) {
                best[skipped] = other;
                skip.set(n, skipped);
            }
        }
    }
    let mut skipped = 0;
    (0..parts.len())
        .map(|n| {
            while skip.get(n, skipped) {
                skipped += 1;
            }
            n + skipped
        })
        .collect()
}

/// A choice for each part and each number of runs skipped before it, a bit each.
struct Choices {
    bits: Vec<u64>,
    width: usize,
}

impl Choices {
    fn new(parts: usize, width: usize) -> Self {
        Self {
            bits: vec![0; (parts * width).div_ceil(64)],
            width,
        }
    }

    fn set(&mut self, part: usize, skipped: usize) {
        let at = part * self.width + skipped;
        self.bits[at / 64] |= 1 << (at % 64);
    }

    fn get(&self, part: usize, skipped: usize) -> bool {
        let at = part * self.width + skipped;
        self.bits[at / 64] >> (at % 64) & 1 == 1
    }
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

/// What a part of the log says of how it ended.
#[derive(Clone, Copy)]
struct EndWords {
    orderly: bool,
    failed: bool,
}

impl EndWords {
    fn said_in(facts: &[Fact]) -> Self {
        let has = |kind: FactKind| facts.iter().any(|fact| fact.kind == kind);
        Self {
            orderly: has(FactKind::ShuttingDown) || has(FactKind::ProcessEnd),
            failed: has(FactKind::StartFailed) || has(FactKind::Crash),
        }
    }

    /// How well the part fits a run; `last`: the log says nothing after it.
    fn fits(self, run: &Run, last: bool) -> i64 {
        let Self { orderly, failed } = self;
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
                } else if orderly && end.exit_code.is_some_and(|code| code != 0) {
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
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lifecycle::{End, Start, StartSource};
    use crate::model::text::Text;
    use crate::model::{Citation, InputId, Place, Time};
    use proptest::prelude::*;

    /// A run of so many milliseconds.
    fn run(by: EndedBy, millis: i64) -> Run {
        let time = |millis| Time::from_timestamp_millis(millis).unwrap();
        let citation = Citation {
            place: Place {
                input: InputId(0),
                line: 1,
                offset: 0,
            },
            time: None,
            text: Text::default(),
        };
        Run {
            start: Some(Start {
                time: time(0),
                citation,
                source: StartSource::Event,
                restart: None,
            }),
            end: Some(Box::new(End {
                time: Some(time(millis)),
                exit_code: None,
                by,
                shown_by: Vec::new(),
                requested: None,
                forced_by: None,
            })),
            ..Run::default()
        }
    }

    const STOPPED: EndWords = EndWords {
        orderly: true,
        failed: false,
    };
    const CRASHED: EndWords = EndWords {
        orderly: false,
        failed: true,
    };

    #[test]
    fn a_short_run_that_left_no_line_is_skipped() {
        let runs = |millis| {
            [
                run(EndedBy::ApiStop, 60_000),
                run(EndedBy::Exit, millis),
                run(EndedBy::ApiStop, 60_000),
            ]
        };
        assert_eq!(skip_silent(&[STOPPED, STOPPED], &runs(300)), [0, 2]);
        assert_eq!(skip_silent(&[STOPPED, CRASHED], &runs(300)), [0, 1]);
        // One that lasted has hardly said nothing.
        assert_eq!(skip_silent(&[STOPPED, STOPPED], &runs(60_000)), [0, 1]);
    }

    #[test]
    fn the_oldest_are_left_out_where_there_are_too_many_choices() {
        let runs: Vec<Run> = (0..5).map(|_| run(EndedBy::ApiStop, 60_000)).collect();
        let parts = [0..0, 0..0, 0..0, 0..0];
        let few = align_within(4, &[], &parts, &runs);
        assert_eq!(few[..2], [None, None]);
        assert!(few[2] >= Some(2) && few[3] > few[2]);
        assert!(align(&[], &parts, &runs).iter().all(Option::is_some));
    }

    /// The score of an alignment; a run is skipped at its price only up to the last part's.
    fn score(parts: &[EndWords], runs: &[Run], chosen: &[usize]) -> i64 {
        let last = chosen.last().copied().unwrap_or(0);
        let skipped = (0..last).filter(|run| !chosen.contains(run));
        let silent: i64 = skipped.map(|run| silence(&runs[run])).sum();
        let won = chosen.iter().enumerate();
        won.map(|(n, run)| parts[n].fits(&runs[*run], n + 1 == parts.len()))
            .sum::<i64>()
            - silent
    }

    /// All ways to give `parts` parts to `runs` runs in order.
    fn ways(parts: usize, runs: std::ops::Range<usize>) -> Vec<Vec<usize>> {
        if parts == 0 {
            return vec![Vec::new()];
        }
        let first = runs.clone();
        let with = |run: usize| {
            let rest = ways(parts - 1, run + 1..runs.end);
            rest.into_iter()
                .map(move |rest| std::iter::once(run).chain(rest).collect())
        };
        first.flat_map(with).collect()
    }

    proptest! {
        #[test]
        fn no_other_alignment_scores_better(
            says in prop::collection::vec((any::<bool>(), any::<bool>()), 1..5),
            ends in prop::collection::vec((0_usize..5, 0_usize..4), 5..7),
        ) {
            let all = [
                EndedBy::ApiStop, EndedBy::Exit, EndedBy::Oom, EndedBy::Unknown, EndedBy::Engine,
            ];
            let parts: Vec<EndWords> = says
                .into_iter()
                .map(|(orderly, failed)| EndWords { orderly, failed })
                .collect();
            let runs: Vec<Run> = ends
                .into_iter()
                .map(|(end, lasted)| run(all[end], [100, 1000, 5000, 60_000][lasted]))
                .collect();
            let found = skip_silent(&parts, &runs);
            prop_assert!(found.is_sorted() && found.len() == parts.len());
            let best = ways(parts.len(), 0..runs.len())
                .into_iter()
                .map(|way| score(&parts, &runs, &way))
                .max();
            prop_assert_eq!(Some(score(&parts, &runs, &found)), best);
        }
    }
}
