//! What a new process is to its run: its main process, a worker, a successor ...

use super::reader::{Reader, subject};
use crate::model::FactKind;
use chrono::TimeDelta;

/// A master has started the workers of its run by then, and a supervisor its programs.
pub(in crate::correlate) const STARTS_TOGETHER: TimeDelta = TimeDelta::seconds(120);

/// What a process is to its run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::correlate) enum Role {
    /// The run's own serving process, or the first child of a reloader.
    Main,
    /// A worker that a master started with the run.
    Worker,
    /// A worker that a master started later, in place of one that ended; the index of the fact that
    /// says so.
    Respawn(Option<usize>),
    /// A child that the reloader started anew; the index of the fact that says why.
    Reloaded(Option<usize>),
    /// Started after the one before had ended, by something inside the container; the index of the
    /// fact that shows that end.
    Successor(Option<usize>),
    /// Lives beside the main process without a master that says so.
    Beside,
    /// Another start in the very same PID while the first one lives.
    SamePid,
    /// Another start of which nothing says how it relates to the first.
    Unclear,
}

impl Reader<'_> {
    /// The role of a process whose first line is the fact at `index`.
    pub(super) fn role(&self, index: usize) -> Role {
        let all = self.all;
        let list = &self.run.list;
        let fact = &all[index];
        let since = |mark: Option<usize>| {
            let last_start = list.latest_announced().map(|process| process.facts[0]);
            mark.filter(|mark| last_start.is_none_or(|start| *mark > start))
        };
        match self.run.supervisor.map(|index| all[index].kind) {
            Some(FactKind::ReloaderStart) => {
                if list.is_empty() {
                    Role::Main
                } else {
                    Role::Reloaded(since(self.reload))
                }
            }
            Some(FactKind::MasterStart) => match self.exit.or(self.reload) {
                Some(mark) => Role::Respawn(Some(mark)),
                None if self.is_late(index) => Role::Respawn(None),
                None => Role::Worker,
            },
            Some(FactKind::SupervisorStart) if list.is_empty() => Role::Main,
            Some(FactKind::SupervisorStart) => match self.said.get(&subject(fact)) {
                Some(same) => Role::Successor(list[*same].ended.or(since(self.exit))),
                None => Role::Beside,
            },
            // Its master started before the log begins.
            _ if fact.kind == FactKind::WorkerBoot => Role::Respawn(self.exit.or(self.reload)),
            _ if fact.kind == FactKind::ChildStart && list.is_empty() => match self.exit {
                Some(exit) if all[exit].kind == FactKind::ChildExit => Role::Successor(Some(exit)),
                _ => Role::Main,
            },
            _ => self.role_unsupervised(index),
        }
    }

    /// Whether a worker starts so long after its master that it did not start with it.
    fn is_late(&self, index: usize) -> bool {
        let master = self.run.supervisor.and_then(|at| self.all[at].best_time());
        master
            .zip(self.all[index].best_time())
            .is_some_and(|(master, worker)| worker - master > STARTS_TOGETHER)
    }

    /// The same in a run without a master, a reloader or a supervisor.
    fn role_unsupervised(&self, index: usize) -> Role {
        let Some(before) = self.run.list.latest_announced() else {
            return Role::Main;
        };
        let pid = self.all[index].fields.pid;
        let speaks_later = |pid| self.last.get(pid).is_some_and(|last| last > index);
        match (before.pid, pid) {
            (Some(old), Some(new)) if old == new => match before.ended {
                Some(end) => Role::Successor(Some(end)),
                None => Role::SamePid,
            },
            (Some(old), Some(_)) => match before.ended {
                Some(end) => Role::Successor(Some(end)),
                None if speaks_later(old) => Role::Beside,
                None => Role::Unclear,
            },
            _ => match before.ended {
                Some(end) => Role::Successor(Some(end)),
                None => Role::Unclear,
            },
        }
    }
}
