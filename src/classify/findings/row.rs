//! A finding is a row: its condition, and all that is said of it.

use super::view::{Seen, View};
use crate::model::Severity;

/// One finding: when it applies, and what there is to say about it.
#[derive(Clone, Copy, Debug)]
pub struct FindingRow {
    /// Its id.
    pub id: &'static str,
    /// How urgent it is.
    pub severity: Severity,
    /// What is wrong, in a few words.
    pub title: &'static str,
    /// Why it matters.
    pub rationale: &'static str,
    /// What the evidence must show.
    pub told_by: &'static str,
    /// What looks alike and is something else.
    pub near_miss: &'static str,
    /// What to change.
    pub remedy: &'static str,
    /// Lines that show it.
    pub example: &'static str,
    /// Whether it applies, and what was seen.
    pub(super) condition: fn(&View<'_>) -> Option<Seen>,
    /// Evidence that it applies to, and evidence that it does not apply to.
    #[cfg(test)]
    pub(super) story: Story,
}

impl PartialEq for FindingRow {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Eq for FindingRow {}

/// Two short stories, one moment a line: `SECONDS [@CONTAINER] WHAT`. The container is `web` unless the
/// line names another. `WHAT` is one of
///
/// - `log TEXT`, a line of the container's log;
/// - `dockerd TEXT`, a line of the engine's log;
/// - `docker run` or `docker restart`, with the events that these give;
/// - `network connect`;
/// - else an event and its attributes: `die exitCode=1`.
#[cfg(test)]
#[derive(Clone, Copy, Debug)]
pub(super) struct Story {
    /// The finding applies to this.
    pub(super) shows: &'static str,
    /// This looks alike, and the finding does not apply.
    pub(super) near_miss: &'static str,
}
