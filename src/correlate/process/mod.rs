//! The processes of a run, read off its facts.
//!
//! [`split`] cuts a log into the runs that it shows by itself, [`reader`] gives each fact of a run to
//! the process that it belongs to, [`role`] says what a new process is to its run, and [`list`] finds
//! processes by PID.

mod list;
mod reader;
mod role;
mod split;

pub(super) use reader::{LastFacts, processes_in};
pub(super) use split::split_runs;

use crate::model::Fact;
use chrono::TimeDelta;
use list::List;
pub(super) use role::Role;
use smallvec::SmallVec;

/// Lines of the two pipes are out of order by at most 4 ms where measured.
pub(super) const PIPE_JITTER: TimeDelta = TimeDelta::milliseconds(20);
/// A program's several start lines (banner, version, process start) come within this time.
const BANNER: TimeDelta = TimeDelta::seconds(30);

/// One process and what it said.
#[derive(Clone, Debug)]
pub(super) struct Process {
    pub(super) pid: Option<u32>,
    pub(super) role: Role,
    /// Indices of its facts, in order. Never empty, but for a main process of which the log says
    /// nothing.
    pub(super) facts: SmallVec<[usize; 16]>,
    /// It said that it started (not only that it has a pool).
    pub(super) announced: bool,
    /// The index of the fact that shows its end.
    pub(super) ended: Option<usize>,
}

/// The processes of one run.
#[derive(Debug, Default)]
pub(super) struct Processes {
    pub(super) list: List,
    /// The fact by which a master, a reloader or a supervisor started.
    pub(super) supervisor: Option<usize>,
    /// Facts that belong to no one process.
    pub(super) common: Vec<usize>,
}

impl Processes {
    /// The main process, as an index into the list.
    pub(super) fn main(&self) -> Option<usize> {
        let is_main = |process: &Process| process.role == Role::Main;
        self.list.iter().position(is_main)
    }

    /// Whether the log itself shows a start in this run.
    pub(super) fn show_a_start(&self) -> bool {
        self.supervisor.is_some() || self.list.iter().any(|process| process.announced)
    }
}

/// Whether a line begins something: the first of them in a run shows the run's start.
pub(super) fn begins(fact: &Fact) -> bool {
    fact.kind.begins_run()
}
