//! Findings: advice that follows from what happened to one service. A finding is one row, with its
//! condition and all that is said of it.

mod application;
mod automation;
mod engine;
mod evidence;
mod health;
mod loops;
mod memory;
mod row;
mod stops;
#[cfg(test)]
mod tests;
mod view;

pub use row::FindingRow;

use super::verdict::Verdict;
use crate::correlate::{Correlated, Startup};
use crate::model::{Evidence, Window};
use view::{Seen, View};

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
