//! The processes of one run, found without going through all of them: a master may have started
//! a hundred thousand workers.

use super::Process;
use foldhash::fast::RandomState;
use std::collections::HashMap;
use std::ops::Deref;

/// Up to so many processes are searched one by one: most runs have one, and need no tables.
const FEW: usize = 8;

/// Processes in the order in which they began.
#[derive(Debug, Default)]
pub(in super::super) struct List {
    all: Vec<Process>,
    /// Of each PID the latest process, from the moment that there are more than [`FEW`].
    by_pid: HashMap<u32, usize, RandomState>,
    /// The latest process of which no PID is known.
    nameless: Option<usize>,
    /// The latest process that said that it started.
    announced: Option<usize>,
    /// How many have not been seen to end.
    living: usize,
    /// All processes before this one have been seen to end.
    over: usize,
}

impl Deref for List {
    type Target = [Process];

    fn deref(&self) -> &[Process] {
        &self.all
    }
}

impl List {
    /// Adds a process that has just begun.
    pub(super) fn push(&mut self, process: Process) {
        let index = self.all.len();
        match process.pid {
            Some(pid) if index > FEW => {
                self.by_pid.insert(pid, index);
            }
            Some(_) => {}
            None => self.nameless = Some(index),
        }
        if process.announced {
            self.announced = Some(index);
        }
        self.living += usize::from(process.ended.is_none());
        self.all.push(process);
        if index == FEW {
            self.by_pid = self
                .all
                .iter()
                .enumerate()
                .filter_map(|(index, process)| Some((process.pid?, index)))
                .collect();
        }
    }

    /// The latest process with this PID.
    pub(super) fn latest(&self, pid: u32) -> Option<usize> {
        if self.all.len() > FEW {
            self.by_pid.get(&pid).copied()
        } else {
            self.rposition(|process| process.pid == Some(pid))
        }
    }

    /// The latest process that may be the one of a line with this PID, or with none: the one with
    /// that PID or one without, whichever began last.
    pub(super) fn latest_like(&self, pid: Option<u32>) -> Option<usize> {
        match pid {
            Some(pid) => self.latest(pid).max(self.nameless),
            None => self.all.len().checked_sub(1),
        }
    }

    /// The latest process that said that it started.
    pub(super) fn latest_announced(&self) -> Option<&Process> {
        self.announced.map(|index| &self.all[index])
    }

    /// The only process that has not been seen to end; the last one where all have, and nothing
    /// where several live.
    pub(super) fn only_living(&mut self) -> Option<usize> {
        match self.living {
            0 => self.all.len().checked_sub(1),
            1 => {
                while self.all[self.over].ended.is_some() {
                    self.over += 1;
                }
                Some(self.over)
            }
            _ => None,
        }
    }

    /// A line of a process (`fact` is its index).
    pub(super) fn says(&mut self, index: usize, fact: usize) {
        self.all[index].facts.push(fact);
    }

    /// A process that was known before says that it started.
    pub(super) fn announces(&mut self, index: usize) {
        self.all[index].announced = true;
        self.announced = self.announced.max(Some(index));
    }

    /// A process ends; `fact` shows it.
    pub(super) fn ends(&mut self, index: usize, fact: usize) {
        let ended = self.all[index].ended.replace(fact);
        self.living -= usize::from(ended.is_none());
    }

    /// A process that was taken for ended goes on.
    pub(super) fn revive(&mut self, index: usize) {
        let ended = self.all[index].ended.take();
        self.living += usize::from(ended.is_some());
        self.over = self.over.min(index);
    }

    /// A process gives its PID, or another one than before.
    pub(super) fn set_pid(&mut self, index: usize, pid: u32) {
        let old = self.all[index].pid.replace(pid);
        if old == Some(pid) {
            return;
        }
        match old {
            None if self.nameless == Some(index) => {
                self.nameless = self.all[..index]
                    .iter()
                    .rposition(|process| process.pid.is_none());
            }
            Some(old) if self.by_pid.get(&old) == Some(&index) => {
                let earlier = self.all[..index]
                    .iter()
                    .rposition(|process| process.pid == Some(old));
                match earlier {
                    Some(earlier) => self.by_pid.insert(old, earlier),
                    None => self.by_pid.remove(&old),
                };
            }
            _ => {}
        }
        if self.all.len() > FEW {
            let latest = self.by_pid.entry(pid).or_insert(index);
            *latest = (*latest).max(index);
        }
    }

    fn rposition(&self, is: impl Fn(&Process) -> bool) -> Option<usize> {
        self.all.iter().rposition(is)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Process, Role};
    use super::*;
    use proptest::prelude::*;
    use smallvec::smallvec;

    fn process(pid: Option<u32>, announced: bool) -> Process {
        Process {
            pid,
            role: Role::Main,
            facts: smallvec![0],
            announced,
            ended: None,
        }
    }

    /// What a list answers is what going through all of its processes says.
    fn assert_searched(found: &mut List) {
        let all = found.all.clone();
        let last = |is: &dyn Fn(&Process) -> bool| all.iter().rposition(is);
        for pid in 0..8 {
            assert_eq!(found.latest(pid), last(&|p| p.pid == Some(pid)));
            let like = last(&|p| p.pid == Some(pid) || p.pid.is_none());
            assert_eq!(found.latest_like(Some(pid)), like);
        }
        assert_eq!(found.latest_like(None), all.len().checked_sub(1));
        let announced = last(&|p| p.announced).map(|at| &all[at]);
        assert_eq!(
            found.latest_announced().map(|process| process.pid),
            announced.map(|process| process.pid)
        );
        let living: Vec<usize> = (0..all.len())
            .filter(|index| all[*index].ended.is_none())
            .collect();
        let only = match living[..] {
            [] => all.len().checked_sub(1),
            [only] => Some(only),
            _ => None,
        };
        assert_eq!(found.only_living(), only);
    }

    proptest! {
        #[test]
        fn processes_are_found_as_if_all_were_searched(
            steps in prop::collection::vec((0_u8..5, 0_usize..40, 0_u32..8), 0..60),
        ) {
            let mut list = List::default();
            for (what, which, pid) in steps {
                let index = which.checked_rem(list.len());
                match (what, index) {
                    (0, _) | (_, None) => {
                        let pid = Some(pid).filter(|pid| *pid > 2);
                        list.push(process(pid, which % 2 == 0));
                    }
                    (1, Some(index)) => list.ends(index, 1),
                    (2, Some(index)) => list.revive(index),
                    (3, Some(index)) => list.set_pid(index, pid),
                    (_, Some(index)) => list.announces(index),
                }
                assert_searched(&mut list);
            }
        }
    }
}
