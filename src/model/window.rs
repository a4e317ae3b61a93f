//! A stretch of time that somebody asked about.

use super::Time;

/// From a moment up to another; open where there is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Window {
    /// The first moment in it.
    pub since: Option<Time>,
    /// The first moment after it.
    pub until: Option<Time>,
}

impl Window {
    /// Whether a moment lies in it. What has no known time cannot be shown to lie outside.
    #[must_use]
    pub fn holds(self, time: Option<Time>) -> bool {
        time.is_none_or(|time| {
            self.since.is_none_or(|since| since <= time)
                && self.until.is_none_or(|until| time < until)
        })
    }
}
