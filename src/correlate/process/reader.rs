//! Gives each fact of a run to the process that it belongs to.

use super::role::Role;
use super::{BANNER, Process, Processes};
use crate::model::{Fact, FactKind};
use foldhash::fast::RandomState;
use smallvec::SmallVec;
use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::sync::OnceLock;

/// The last fact (by index) of each PID. It is worked out when it is first asked for, which most
/// containers never need.
#[derive(Debug)]
pub(in crate::correlate) struct LastFacts<'a> {
    all: &'a [Fact],
    by_pid: OnceLock<BTreeMap<u32, usize>>,
}

impl<'a> LastFacts<'a> {
    /// `all` are the facts of a container.
    pub(in crate::correlate) fn new(all: &'a [Fact]) -> Self {
        Self {
            all,
            by_pid: OnceLock::new(),
        }
    }

    pub(super) fn get(&self, pid: u32) -> Option<usize> {
        let by_pid = self.by_pid.get_or_init(|| {
            let pid_and_index = |(index, fact): (usize, &Fact)| Some((fact.fields.pid?, index));
            self.all
                .iter()
                .enumerate()
                .filter_map(pid_and_index)
                .collect()
        });
        by_pid.get(&pid).copied()
    }
}

/// Reads the processes of one run off its facts (`all[own]`, in order). `last` covers all facts.
pub(in crate::correlate) fn processes_in(
    all: &[Fact],
    last: &LastFacts<'_>,
    own: Range<usize>,
) -> Processes {
    let mut reader = Reader {
        all,
        last,
        run: Processes {
            // A parent may say that it serves before it says that it is one.
            supervisor: own
                .clone()
                .find(|index| all[*index].kind.begins_supervision()),
            ..Processes::default()
        },
        reload: None,
        exit: None,
        init: false,
        said: HashMap::default(),
    };
    for index in own {
        reader.read(index);
    }
    reader.run
}

/// The processes of a run so far, and what is needed to understand its next line.
pub(super) struct Reader<'a> {
    /// All facts of the container.
    pub(super) all: &'a [Fact],
    pub(super) last: &'a LastFacts<'a>,
    pub(super) run: Processes,
    /// The last line that says that a reloader starts its child anew.
    pub(super) reload: Option<usize>,
    /// The last line that shows the end of a process.
    pub(super) exit: Option<usize>,
    /// A first-run phase was spoken of.
    init: bool,
    /// Under a supervisor of several programs: the latest process with a line of this signature about
    /// this name.
    pub(super) said: HashMap<(&'a str, Option<&'a str>), usize, RandomState>,
}

impl Reader<'_> {
    fn read(&mut self, index: usize) {
        let all = self.all;
        let fact = &all[index];
        let pid = fact.fields.pid;
        match fact.kind {
            FactKind::MasterStart if self.is_second_master(index) => {
                self.add(index, Role::SamePid, true);
            }
            FactKind::MasterStart | FactKind::ReloaderStart | FactKind::SupervisorStart => {
                self.run.common.push(index);
            }
            FactKind::Reload => {
                self.reload = Some(index);
                self.run.common.push(index);
            }
            FactKind::WorkerExit | FactKind::ChildExit => {
                self.exit = Some(index);
                match pid.and_then(|pid| self.run.list.latest(pid)) {
                    Some(process) => self.ends(process, index),
                    None => self.run.common.push(index),
                }
            }
            FactKind::ProcessStart | FactKind::WorkerBoot | FactKind::ChildStart => {
                self.start(index);
            }
            FactKind::Ready
                if self.run.list.is_empty()
                    && self.run.supervisor.is_none()
                    && !self.runs_already() =>
            {
                // Programs that say no more than "ready".
                self.add(index, Role::Main, true);
            }
            FactKind::PoolCreating | FactKind::PoolCreated
                if pid.is_some_and(|pid| self.run.list.latest(pid).is_none()) =>
            {
                self.pool_of_stranger(index);
            }
            FactKind::Signal => self.run.common.push(index),
            FactKind::InitPhase => {
                self.init = true;
                self.run.common.push(index);
            }
            FactKind::ShuttingDown
            | FactKind::ProcessEnd
            | FactKind::StartFailed
            | FactKind::Crash => {
                if self
                    .run
                    .supervisor
                    .is_none_or(|supervisor| pid != all[supervisor].fields.pid || pid.is_none())
                    && fact.kind != FactKind::Crash
                {
                    self.exit = Some(index);
                }
                match self.owner(pid) {
                    Some(process) => self.ends(process, index),
                    None => self.run.common.push(index),
                }
            }
            _ => match self.owner(pid) {
                Some(process) => self.says(process, index),
                None => self.run.common.push(index),
            },
        }
    }

    /// Whether a master starts while another one of its kind lives, by nothing that is seen to ask for it.
    fn is_second_master(&self, index: usize) -> bool {
        let fact = &self.all[index];
        self.run.supervisor.is_some_and(|first| {
            let between = &self.all[first..index];
            first < index
                && self.all[first].signature == fact.signature
                && fact.fields.pid.is_some()
                && !between.iter().any(super::ends)
        })
    }

    /// Whether a reload, or the end of a worker, shows that something ran before the log begins.
    fn runs_already(&self) -> bool {
        let child = |exit: usize| {
            matches!(
                self.all[exit].kind,
                FactKind::WorkerExit | FactKind::ChildExit
            )
        };
        self.reload.is_some() || self.exit.is_some_and(child)
    }

    /// The process that a line belongs to: by PID; without one, the only process that lives.
    fn owner(&mut self, pid: Option<u32>) -> Option<usize> {
        let list = &mut self.run.list;
        match pid {
            Some(pid) => list.latest(pid).or_else(|| {
                // A program that gives its PID only now.
                (list.len() == 1 && list[0].pid.is_none()).then_some(0)
            }),
            None => list.only_living(),
        }
    }

    /// A start line: joins the process it belongs to, or begins a new one.
    fn start(&mut self, index: usize) {
        let all = self.all;
        let fact = &all[index];
        let pid = fact.fields.pid;
        if fact.multi
            && self.init
            && let Some(process) = self.run.list.len().checked_sub(1)
        {
            // Database images start a temporary server in their first run, then the real one.
            if let Some(pid) = pid {
                self.run.list.set_pid(process, pid);
            }
            self.run.list.revive(process);
            self.says(process, index);
            return;
        }
        if let Some(at) = self.run.list.latest_like(pid) {
            let process = &self.run.list[at];
            let again = || {
                process.facts.iter().any(|earlier| {
                    all[*earlier].signature == fact.signature && begins_process(all[*earlier].kind)
                })
            };
            let first = &all[process.facts[0]];
            let near = match (first.time(), fact.time()) {
                (Some(first), Some(time)) => time - first <= BANNER,
                _ => true,
            };
            let joins = (fact.multi && (pid.is_none() || process.pid == pid))
                || process.ended.is_none()
                    && near
                    && (process.pid == pid || fact.kind == FactKind::ProcessStart)
                    && !again();
            if joins {
                if let Some(pid) = pid.filter(|_| process.pid.is_none()) {
                    self.run.list.set_pid(at, pid);
                }
                self.run.list.announces(at);
                self.says(at, index);
                return;
            }
        }
        self.begin(index, true);
    }

    /// Begins a process with its first line.
    fn begin(&mut self, index: usize, announced: bool) {
        let role = self.role(index);
        self.add(index, role, announced);
    }

    fn add(&mut self, index: usize, role: Role, announced: bool) {
        self.run.list.push(Process {
            pid: self.all[index].fields.pid,
            role,
            facts: SmallVec::new(),
            announced,
            ended: None,
        });
        self.says(self.run.list.len() - 1, index);
    }

    /// A line of a process.
    fn says(&mut self, process: usize, index: usize) {
        self.run.list.says(process, index);
        let several = |index: usize| self.all[index].kind == FactKind::SupervisorStart;
        if self.run.supervisor.is_some_and(several) {
            let latest = self.said.entry(subject(&self.all[index])).or_default();
            *latest = process.max(*latest);
        }
    }

    /// A line that shows a process's end.
    fn ends(&mut self, process: usize, index: usize) {
        self.run.list.ends(process, index);
        self.says(process, index);
    }

    /// A pool line of a PID that has not announced itself: its start line comes late, or is not in
    /// the log, or the program has none.
    fn pool_of_stranger(&mut self, index: usize) {
        if let [only] = &self.run.list[..]
            && only.pid.is_none()
            && let Some(pid) = self.all[index].fields.pid
        {
            self.run.list.set_pid(0, pid);
            self.says(0, index);
            return;
        }
        self.begin(index, false);
    }
}

/// What a supervisor's line is about: its signature and the program's name.
pub(super) fn subject(fact: &Fact) -> (&str, Option<&str>) {
    (fact.signature, fact.fields.rarer().name.as_deref())
}

fn begins_process(kind: FactKind) -> bool {
    matches!(
        kind,
        FactKind::ProcessStart | FactKind::WorkerBoot | FactKind::ChildStart
    )
}
