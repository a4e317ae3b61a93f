//! What a finding's condition looks at, and what it saw.

use crate::classify::verdict::Verdict;
use crate::correlate::{Correlated, Startup};
use crate::lifecycle::End;
use crate::model::words::times;
use crate::model::{Cause, Evidence, Fact, Window};

/// What a condition saw.
pub(super) struct Seen {
    pub(super) detail: String,
    pub(super) evidence: Vec<Evidence>,
}

impl Seen {
    pub(super) fn unless_empty(detail: String, evidence: Vec<Evidence>) -> Option<Self> {
        (!evidence.is_empty()).then_some(Self { detail, evidence })
    }
}

/// All that a condition may look at.
pub(super) struct View<'a> {
    pub(super) all: &'a Correlated,
    pub(super) containers: &'a [usize],
    /// The service's startups in the window.
    pub(super) judged: Vec<(&'a Startup, &'a Verdict)>,
    pub(super) window: Window,
}

impl<'a> View<'a> {
    pub(super) fn startups(&self) -> impl Iterator<Item = &'a Startup> {
        self.judged.iter().map(|(startup, _)| *startup)
    }

    pub(super) fn verdicts(&self) -> impl Iterator<Item = &'a Verdict> {
        self.judged.iter().map(|(_, verdict)| *verdict)
    }

    /// How the runs ended that ended in the window.
    pub(super) fn ends(&self) -> impl Iterator<Item = &'a End> {
        let containers = &self.all.history.containers;
        let runs = self.containers.iter().flat_map(|n| &containers[*n].runs);
        runs.filter(|run| self.window.holds(run.ended_at()))
            .filter_map(|run| run.end.as_deref())
    }

    /// A line of the log that `startup` stands in.
    pub(super) fn fact(&self, startup: &Startup, index: usize) -> &'a Fact {
        &self.all.logs[startup.container].facts[index]
    }

    /// The verdicts with this cause, if there are any.
    pub(super) fn caused(&self, cause: Cause) -> Option<Vec<&'a Verdict>> {
        let found: Vec<&Verdict> = self
            .verdicts()
            .filter(|verdict| verdict.cause == cause)
            .collect();
        (!found.is_empty()).then_some(found)
    }

    /// `It was {what} twice (every 60 s).`, if `cause` restarted the service.
    pub(super) fn restarted(&self, cause: Cause, what: &str) -> Option<Seen> {
        let found = self.caused(cause)?;
        let by = found.iter().find_map(|verdict| verdict.initiator.as_ref());
        let by = by.map_or_else(String::new, |by| format!(" ({})", by.detail));
        Some(Seen {
            detail: format!("It was {what} {}{by}.", times(found.len())),
            evidence: Self::leads(found),
        })
    }

    /// The line that each verdict rests on first of all.
    pub(super) fn leads(verdicts: impl IntoIterator<Item = &'a Verdict>) -> Vec<Evidence> {
        verdicts
            .into_iter()
            .filter_map(|verdict| verdict.lead().cloned())
            .collect()
    }
}
