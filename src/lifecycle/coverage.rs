//! The windows in which a source is complete. "Nothing happened" may be said only inside them.

use crate::model::{Cited, Event, Time};
use std::collections::BTreeMap;

/// Closed windows of time, sorted and not overlapping.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    windows: Vec<(Time, Time)>,
}

impl Coverage {
    /// One window per input, from its first to its last event; overlapping ones are one.
    #[must_use]
    pub fn from_events(events: &[Cited<Event>]) -> Self {
        let mut per_input: BTreeMap<_, (Time, Time)> = BTreeMap::new();
        // Events of one input mostly stand together.
        let input = |event: &Cited<Event>| event.citation.place.input;
        for together in events.chunk_by(|a, b| input(a) == input(b)) {
            let spans = together
                .iter()
                .map(|event| (event.value.begins(), event.value.time));
            let span = spans.reduce(|all, span| (all.0.min(span.0), all.1.max(span.1)));
            if let Some((from, to)) = span {
                per_input
                    .entry(input(&together[0]))
                    .and_modify(|window| *window = (window.0.min(from), window.1.max(to)))
                    .or_insert((from, to));
            }
        }
        Self::from_windows(per_input.into_values())
    }

    /// The union of `windows`.
    pub fn from_windows(windows: impl IntoIterator<Item = (Time, Time)>) -> Self {
        let mut sorted: Vec<(Time, Time)> = windows.into_iter().collect();
        sorted.sort_unstable();
        let mut windows: Vec<(Time, Time)> = Vec::new();
        for window in sorted {
            match windows.last_mut() {
                Some(last) if window.0 <= last.1 => last.1 = last.1.max(window.1),
                _ => windows.push(window),
            }
        }
        Self { windows }
    }

    /// With more windows.
    #[must_use]
    pub fn and(self, windows: impl IntoIterator<Item = (Time, Time)>) -> Self {
        Self::from_windows(self.windows.into_iter().chain(windows))
    }

    /// Without what lies between the two moments of each of `gaps`; the moments themselves stay covered.
    #[must_use]
    pub fn without(self, gaps: impl IntoIterator<Item = (Time, Time)>) -> Self {
        let gaps = Self::from_windows(gaps.into_iter().filter(|(from, to)| from < to));
        let mut left = Vec::with_capacity(self.windows.len() + gaps.windows.len());
        for (mut from, to) in self.windows {
            let first = gaps.windows.partition_point(|gap| gap.1 <= from);
            for gap in gaps.windows[first..].iter().take_while(|gap| gap.0 < to) {
                if from <= gap.0 {
                    left.push((from, gap.0));
                }
                from = gap.1;
            }
            if from <= to {
                left.push((from, to));
            }
        }
        Self { windows: left }
    }

    /// Whether all of `from..=to` lies inside one window.
    #[must_use]
    pub fn covers(&self, from: Time, to: Time) -> bool {
        let before = self.windows.partition_point(|window| window.0 <= from);
        let last = before.checked_sub(1).map(|at| self.windows[at]);
        last.is_some_and(|window| to <= window.1)
    }

    /// The windows, sorted.
    #[must_use]
    pub fn windows(&self) -> &[(Time, Time)] {
        &self.windows
    }

    /// Whether there is no window at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.windows.is_empty()
    }

    /// The first moment covered.
    #[must_use]
    pub fn start(&self) -> Option<Time> {
        self.windows.first().map(|window| window.0)
    }

    /// The last moment covered.
    #[must_use]
    pub fn end(&self) -> Option<Time> {
        self.windows.last().map(|window| window.1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Time {
        Time::from_timestamp(second, 0).unwrap()
    }

    #[test]
    fn gaps_cut_windows_and_what_is_told_at_their_edges_stays() {
        let all = Coverage::from_windows([(at(10), at(50)), (at(60), at(70))]);
        let cut = all.without([
            (at(20), at(30)),
            (at(25), at(35)),
            (at(45), at(65)),
            (at(5), at(5)),
        ]);
        assert_eq!(
            cut.windows(),
            [(at(10), at(20)), (at(35), at(45)), (at(65), at(70))]
        );
        assert!(cut.covers(at(20), at(20)) && !cut.covers(at(20), at(21)));
        assert!(cut.covers(at(36), at(45)) && !cut.covers(at(50), at(50)));
        assert!(!cut.covers(at(9), at(9)) && !cut.covers(at(71), at(71)));
        let whole = Coverage::from_windows([(at(1), at(2))]);
        assert!(whole.without([(at(0), at(3))]).is_empty());
    }

    #[test]
    fn windows_that_touch_are_one_and_gaps_stay() {
        let coverage =
            Coverage::from_windows([(at(10), at(20)), (at(40), at(50)), (at(15), at(30))]);
        assert!(coverage.covers(at(10), at(30)));
        assert!(!coverage.covers(at(29), at(41)));
        assert!(coverage.covers(at(40), at(50)));
        assert_eq!(
            (coverage.start(), coverage.end()),
            (Some(at(10)), Some(at(50)))
        );
    }
}
