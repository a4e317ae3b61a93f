//! Whether the end of a log was had, when one request for it failed and another may not have.
//!
//! A container that is removed by force is asked for its log twice in vain, while all of it may have
//! come from a request before that. That is no loss, and whoever reads the record is not told of one.

use std::collections::BTreeMap;
use std::time::Instant;

/// What is known of the ends of logs, by the container's id, and since when.
#[derive(Debug, Default)]
pub(super) struct Ends(BTreeMap<String, End>);

#[derive(Debug)]
struct End {
    had: bool,
    since: Instant,
}

impl Ends {
    /// A log was read until it ended.
    pub(super) fn had(&mut self, id: String, now: Instant) {
        let end = End {
            had: true,
            since: now,
        };
        self.0.insert(id, end);
    }

    /// A log could not be read.
    pub(super) fn missed(&mut self, id: String, now: Instant) {
        self.0.entry(id).or_insert(End {
            had: false,
            since: now,
        });
    }

    /// How many logs nobody had the end of, of those that were heard of until `before`; each is
    /// counted once. `None` for all of them.
    pub(super) fn settle(&mut self, before: Option<Instant>) -> usize {
        let mut lost = 0;
        self.0.retain(|_, end| {
            let is_due = before.is_none_or(|before| end.since <= before);
            lost += usize::from(is_due && !end.had);
            !is_due
        });
        lost
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_log_is_lost_once_and_only_when_no_request_had_its_end() {
        let begun = Instant::now();
        let later = begun + Duration::from_secs(1);
        let mut ends = Ends::default();
        for id in ["before", "gone"] {
            ends.missed(id.to_owned(), begun);
            ends.missed(id.to_owned(), later);
        }
        ends.had("before".to_owned(), later);
        ends.had("after".to_owned(), begun);
        ends.missed("after".to_owned(), later);
        ends.missed("young".to_owned(), later);
        assert_eq!(ends.settle(Some(begun)), 1);
        assert_eq!(ends.settle(Some(begun)), 0, "counted");
        assert_eq!(ends.settle(None), 1, "the young one");
    }
}
