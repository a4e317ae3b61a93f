//! Joins what the events and the log say of one occurrence into startups.
//!
//! [`build`] says what counts as one startup, [`pools`] which pool is one of its own, and [`outcome`]
//! how far a startup got.

mod build;
mod outcome;
mod pools;

pub(super) use build::add_startups_of;

use crate::lifecycle::Run;
use crate::model::{Outcome, Time};
use std::sync::Arc;

/// One appearance of the startup signature.
#[derive(Clone, Debug)]
pub struct Startup {
    /// The container, as an index into the history's containers.
    pub container: usize,
    /// The run, as an index into the container's runs; `None` when it cannot be placed.
    pub run: Option<usize>,
    /// When.
    pub at: Option<Time>,
    /// What appeared.
    pub kind: Kind,
    /// Its lines in the container's log, as indices into its facts, in order.
    pub facts: Vec<usize>,
    /// PIDs that it shows.
    pub pids: Arc<[u32]>,
    /// Pool generations that it shows.
    pub generations: Arc<[u64]>,
    /// Pool addresses that it shows.
    pub pool_ids: Arc<[String]>,
    /// How far it got.
    pub outcome: Outcome,
    /// Why it is degraded or failed.
    pub outcome_reason: Option<String>,
}

impl Startup {
    /// Its sort key among the startups of a service: by time. Startups without a time come after those of
    /// their run, in the log's order. `runs` are those of its container.
    pub(super) fn order(&self, runs: &[Run]) -> impl Ord + use<> {
        let run = self.run.and_then(|run| runs.get(run));
        let time = self.at.or_else(|| run.and_then(Run::started_at));
        let first = match self.kind {
            Kind::Run => None,
            _ => self.facts.first().copied(),
        };
        (time.is_none(), time, self.container, self.run, first)
    }
}

/// What a startup is an appearance of. Indices point into the container's facts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A run of the container.
    Run,
    /// A worker; with the line that shows the end of the one it replaces, if it is a later one.
    Worker {
        /// The master's own start line.
        master: Option<usize>,
        /// The run started with it.
        initial: bool,
        /// What showed that another one had ended.
        replaces: Option<usize>,
    },
    /// The reloader's child, again.
    Reloaded {
        /// The reloader's start line.
        reloader: Option<usize>,
        /// The line that says what changed.
        reload: Option<usize>,
    },
    /// Started again inside the container after the one before had ended.
    Successor {
        /// The line that shows the end of the one before.
        ended: Option<usize>,
        /// The start line of the one before.
        before: usize,
    },
    /// A second start in the same living process.
    SamePid {
        /// The first start line.
        before: usize,
    },
    /// Another start of which nothing says how it relates to the first.
    Unclear {
        /// The first start line.
        before: usize,
    },
    /// A pool created again in a living process.
    Pool(Box<Pool>),
}

/// A pool created again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pool {
    /// The line that created the one before, when the log shows it.
    pub before: Option<usize>,
    /// Lines since then that say that the connection was missing or is being made again.
    pub reconnect: Vec<usize>,
    /// A line that closed or reset the one before.
    pub closed: Option<usize>,
    /// The new one's generation is higher.
    pub rises: bool,
    /// The module's address differs; `None` when not both are known.
    pub other_module: Option<bool>,
}
