//! Findings: advice that follows from what happened to one service. A finding is one row, with its
//! condition and all that is said of it.

mod application;
mod automation;
mod engine;
mod evidence;
mod health;
mod loops;
mod memory;
mod stops;
#[cfg(test)]
mod tests;

use super::verdict::Verdict;
use crate::correlate::{Correlated, Startup};
use crate::lifecycle::End;
use crate::model::words::times;
use crate::model::{Cause, Evidence, Fact, Severity, Window};

/// Lines that a finding cites at the most.
const CITED: usize = 5;

/// All findings, by id. An id is never used again, not even after its finding is gone.
pub const ROWS: [&FindingRow; 12] = [
    &automation::HOST_AUTOMATION,
    &application::DEGRADED,
    &application::SECOND_POOL,
    &loops::CRASH_LOOP,
    &memory::OUT_OF_MEMORY,
    &evidence::SILENT_RUN,
    &evidence::SHORT_HISTORY,
    &stops::STOP_TIMED_OUT,
    &application::WORKER_KILLED,
    &automation::PERIODIC,
    &health::HEALTH_WATCHER,
    &engine::ENGINE_RESTARTED,
];

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
    condition: fn(&View<'_>) -> Option<Seen>,
    /// Evidence that it applies to, and evidence that it does not apply to.
    #[cfg(test)]
    story: tests::Story,
}

impl PartialEq for FindingRow {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Eq for FindingRow {}

/// The row with this id, written in any case.
#[must_use]
pub fn row(id: &str) -> Option<&'static FindingRow> {
    ROWS.into_iter().find(|row| row.id.eq_ignore_ascii_case(id))
}

/// A finding that applies to a service.
#[derive(Clone, Debug)]
pub struct Finding {
    /// Which one.
    pub row: &'static FindingRow,
    /// What was seen here, as a sentence.
    pub detail: String,
    /// Where it was seen.
    pub evidence: Vec<Evidence>,
}

/// The findings that apply to a service, by id. `judged` holds all its startups; only those in `window`
/// count, though what happened before and after helps to judge them.
#[must_use]
pub fn findings_of(
    all: &Correlated,
    containers: &[usize],
    judged: &[(&Startup, &Verdict)],
    window: Window,
) -> Vec<Finding> {
    let inside = judged.iter().copied();
    let view = View {
        all,
        containers,
        judged: inside
            .filter(|(startup, _)| window.holds(startup.at))
            .collect(),
        window,
    };
    let seen = ROWS.into_iter().filter_map(|row| {
        let Seen {
            detail,
            mut evidence,
        } = (row.condition)(&view)?;
        evidence.truncate(CITED);
        Some(Finding {
            row,
            detail,
            evidence,
        })
    });
    seen.collect()
}

/// What a condition saw.
struct Seen {
    detail: String,
    evidence: Vec<Evidence>,
}

impl Seen {
    fn unless_empty(detail: String, evidence: Vec<Evidence>) -> Option<Self> {
        (!evidence.is_empty()).then_some(Self { detail, evidence })
    }
}

/// All that a condition may look at.
struct View<'a> {
    all: &'a Correlated,
    containers: &'a [usize],
    /// The service's startups in the window.
    judged: Vec<(&'a Startup, &'a Verdict)>,
    window: Window,
}

impl<'a> View<'a> {
    fn startups(&self) -> impl Iterator<Item = &'a Startup> {
        self.judged.iter().map(|(startup, _)| *startup)
    }

    fn verdicts(&self) -> impl Iterator<Item = &'a Verdict> {
        self.judged.iter().map(|(_, verdict)| *verdict)
    }

    /// How the runs ended that ended in the window.
    fn ends(&self) -> impl Iterator<Item = &'a End> {
        let containers = &self.all.history.containers;
        let runs = self.containers.iter().flat_map(|n| &containers[*n].runs);
        runs.filter(|run| self.window.holds(run.ended_at()))
            .filter_map(|run| run.end.as_deref())
    }

    /// A line of the log that `startup` stands in.
    fn fact(&self, startup: &Startup, index: usize) -> &'a Fact {
        &self.all.logs[startup.container].facts[index]
    }

    /// The verdicts with this cause, if there are any.
    fn caused(&self, cause: Cause) -> Option<Vec<&'a Verdict>> {
        let found: Vec<&Verdict> = self
            .verdicts()
            .filter(|verdict| verdict.cause == cause)
            .collect();
        (!found.is_empty()).then_some(found)
    }

    /// `It was {what} twice (every 60 s).`, if `cause` restarted the service.
    fn restarted(&self, cause: Cause, what: &str) -> Option<Seen> {
        let found = self.caused(cause)?;
        let by = found.iter().find_map(|verdict| verdict.initiator.as_ref());
        let by = by.map_or_else(String::new, |by| format!(" ({})", by.detail));
        Some(Seen {
            detail: format!("It was {what} {}{by}.", times(found.len())),
            evidence: Self::leads(found),
        })
    }

    /// The line that each verdict rests on first of all.
    fn leads(verdicts: impl IntoIterator<Item = &'a Verdict>) -> Vec<Evidence> {
        verdicts
            .into_iter()
            .filter_map(|verdict| verdict.lead().cloned())
            .collect()
    }
}
