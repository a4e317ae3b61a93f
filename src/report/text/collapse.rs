//! Very many startups in few lines: neighbours with the same verdict become one group.

use crate::model::{Case, Cause, Outcome, report::Startup};
use crate::report::words;
use std::collections::BTreeSet;

/// A service with more startups than this is shown in groups.
pub(super) const MANY: usize = 40;
/// Fewer neighbours than this are shown one by one.
const WORTH_IT: usize = 3;
/// Of more groups than these together, the first ...
const FIRST: usize = 50;
/// ... and the last, which the reader came for, are shown, ...
const LAST: usize = 150;
/// ... and so few between others, which would save no line.
const FEW: usize = 5;

/// Neighbouring startups with the same verdict; a single one most of the time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Group<'a> {
    /// The startups, in order; at least one.
    pub(super) startups: &'a [Startup],
}

/// Each startup on its own.
pub(super) fn singles(startups: &[Startup]) -> Vec<Group<'_>> {
    startups
        .chunks(1)
        .map(|startups| Group { startups })
        .collect()
}

/// Neighbours together when there are many startups, else each on its own.
pub(super) fn groups(startups: &[Startup]) -> Vec<Group<'_>> {
    if startups.len() <= MANY {
        return singles(startups);
    }
    startups
        .chunk_by(|a, b| verdict(a) == verdict(b))
        .flat_map(|run| {
            if run.len() >= WORTH_IT {
                vec![Group { startups: run }]
            } else {
                singles(run)
            }
        })
        .collect()
}

/// What is written of a service's startups, one after another.
#[derive(Clone, Copy, Debug)]
pub(super) enum Part<'g, 's> {
    /// A group, with its line.
    Shown(Group<'s>),
    /// Neighbours that are only counted, because there are too many.
    LeftOut(&'g [Group<'s>]),
}

/// All groups.
pub(super) fn all<'g, 's>(groups: &[Group<'s>]) -> Vec<Part<'g, 's>> {
    groups.iter().copied().map(Part::Shown).collect()
}

/// Leaves out what is neither among the first nor among the last of very many groups; the first of
/// each `kind` is shown wherever it is.
pub(super) fn parts<'g, 's, K: Ord>(
    groups: &'g [Group<'s>],
    kind: impl Fn(&Startup) -> K,
) -> Vec<Part<'g, 's>> {
    if groups.len() <= FIRST + LAST {
        return all(groups);
    }
    let between = FIRST..groups.len() - LAST;
    let mut known = BTreeSet::new();
    let mut is_shown: Vec<bool> = groups
        .iter()
        .enumerate()
        .map(|(at, group)| {
            let first = group.startups.first();
            let is_new = first.is_some_and(|first| known.insert(kind(first)));
            is_new || !between.contains(&at)
        })
        .collect();
    for alike in is_shown.chunk_by_mut(|a, b| a == b) {
        if alike.len() <= FEW {
            alike.fill(true);
        }
    }
    let mut rest = groups;
    is_shown
        .chunk_by(|a, b| a == b)
        .flat_map(|alike| {
            let (part, behind) = rest.split_at(alike.len());
            rest = behind;
            if alike.first() == Some(&true) {
                all(part)
            } else {
                vec![Part::LeftOut(part)]
            }
        })
        .collect()
}

/// What makes two startups look the same in the report.
fn verdict(startup: &Startup) -> (Cause, Option<Case>, Outcome, bool) {
    (
        startup.cause,
        startup.case,
        startup.outcome,
        startup.duplicate,
    )
}

impl Group<'_> {
    /// `#7`, or `#12-#340`.
    pub(super) fn number(&self) -> String {
        match self.startups {
            [] => String::new(),
            [one] => format!("#{}", one.n),
            [first, .., last] => format!("#{}-#{}", first.n, last.n),
        }
    }

    /// The confidence of all of them: `95 %`, or `70-95 %`.
    pub(super) fn confidence(&self) -> String {
        let figures = self.startups.iter().map(|startup| startup.confidence);
        let low = figures.clone().fold(1.0, f64::min);
        let high = figures.fold(0.0, f64::max);
        if self.startups.iter().all(|startup| !startup.cause.is_told()) {
            String::new()
        } else if words::percent(low) == words::percent(high) {
            words::percent(high)
        } else {
            format!("{:.0}-{}", low * 100.0, words::percent(high))
        }
    }

    /// How they follow each other: `every ~60 s` when that is regular, else `within 5.5 h`.
    pub(super) fn pace(&self) -> String {
        let times: Vec<_> = self
            .startups
            .iter()
            .filter_map(|startup| startup.at)
            .collect();
        let seconds =
            |a, b| chrono::TimeDelta::to_std(&(b - a)).map_or(0.0, |gap| gap.as_secs_f64());
        let mut gaps: Vec<f64> = times
            .windows(2)
            .map(|pair| seconds(pair[0], pair[1]))
            .collect();
        let (Some(first), Some(last)) = (times.first(), times.last()) else {
            return String::new();
        };
        if gaps.is_empty() {
            return String::new();
        }
        gaps.sort_by(f64::total_cmp);
        let at = |share: usize| gaps[(gaps.len() - 1) * share / 10];
        let (low, middle, high) = (at(1), at(5), at(9));
        if low > 0.0 && high <= low * 1.25 {
            format!("every ~{}", words::duration(middle))
        } else {
            format!("within {}", words::duration(seconds(*first, *last)))
        }
    }
}
