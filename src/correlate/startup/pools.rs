//! The pools that a process creates after its first one.

use super::Pool;
use crate::correlate::process::{Process, Role, is_logged_twice};
use crate::lifecycle::Run;
use crate::model::{Fact, FactKind};
use chrono::TimeDelta;
use smallvec::SmallVec;

/// A pool that appears this long after the run's start is not part of starting up, when the log
/// does not show the startup itself.
const STARTING: TimeDelta = TimeDelta::seconds(120);

/// The process whose pools are looked for, and its run.
pub(super) struct Owner<'a> {
    pub(super) process: &'a Process,
    pub(super) run: &'a Run,
    /// The log itself shows a start in this run.
    pub(super) starts_in_log: bool,
}

/// Calls `found` with each later pool of a process and the index of the fact that created it. `common`
/// are the facts that belong to no one process.
pub(super) fn find_later(
    owner: &Owner<'_>,
    facts: &[Fact],
    common: &[usize],
    found: &mut dyn FnMut(Pool, usize),
) {
    let mut before: Option<usize> = None;
    let mut reconnect: Vec<usize> = Vec::new();
    let mut closed = None;
    for index in lines_about_pools(owner.process, facts, common) {
        let fact = &facts[index];
        match fact.kind {
            FactKind::PoolFailed
            | FactKind::Degraded
            | FactKind::ConnectionLost
            | FactKind::Reconnecting => reconnect.push(index),
            FactKind::PoolClosed | FactKind::PoolReset => closed = Some(index),
            FactKind::PoolCreated => {
                if before.is_some_and(|before| is_logged_twice(&facts[before], fact)) {
                    continue;
                }
                let is_first = before.is_none() && reconnect.is_empty();
                if !(is_first && owner.starts_with_pool(fact)) {
                    let pool = Pool {
                        before,
                        reconnect: std::mem::take(&mut reconnect),
                        closed,
                        ..compared(before.map(|before| &facts[before]), fact)
                    };
                    found(pool, index);
                }
                before = Some(index);
                reconnect.clear();
                closed = None;
            }
            _ => {}
        }
    }
}

impl Owner<'_> {
    /// Whether a process's first pool is part of its startup.
    fn starts_with_pool(&self, pool: &Fact) -> bool {
        let lag = self.run.started_at().zip(pool.time());
        let late = lag.is_some_and(|(start, time)| time - start > STARTING);
        self.starts_in_log && self.process.announced
            || !late
                && pool
                    .fields
                    .generation
                    .is_none_or(|generation| generation <= 1)
    }
}

/// A process's facts, and for the main process those without a PID that may concern its pool.
fn lines_about_pools(process: &Process, facts: &[Fact], common: &[usize]) -> SmallVec<[usize; 16]> {
    let mut lines = process.facts.clone();
    if process.role == Role::Main {
        let concerning = |fact: &usize| may_concern_pool(facts[*fact].kind);
        lines.extend(common.iter().copied().filter(concerning));
        lines.sort_unstable();
    }
    lines
}

fn may_concern_pool(kind: FactKind) -> bool {
    matches!(
        kind,
        FactKind::PoolFailed
            | FactKind::Degraded
            | FactKind::ConnectionLost
            | FactKind::Reconnecting
            | FactKind::PoolReset
    )
}

/// How a new pool differs from the one before it.
fn compared(before: Option<&Fact>, new: &Fact) -> Pool {
    let generation = new.fields.generation;
    let known = before.map(|before| &before.fields);
    let rises = generation
        .zip(known.and_then(|known| known.generation))
        .is_some_and(|(new, old)| new > old);
    let module = new.fields.rarer().module_id.as_deref();
    let known_module = known.and_then(|known| known.rarer().module_id.as_deref());
    Pool {
        before: None,
        reconnect: Vec::new(),
        closed: None,
        rises: rises || before.is_none() && generation > Some(1),
        other_module: module.zip(known_module).map(|(new, old)| new != old),
    }
}
