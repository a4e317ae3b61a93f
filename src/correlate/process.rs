//! The processes of a run, read off its facts.

mod list;

use crate::model::{Fact, FactKind};
use chrono::TimeDelta;
use foldhash::fast::RandomState;
use list::List;
use smallvec::SmallVec;
use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::sync::OnceLock;

/// Lines of the two pipes are out of order by at most 4 ms where measured.
pub(super) const PIPE_JITTER: TimeDelta = TimeDelta::milliseconds(20);
/// A program's several start lines (banner, version, process start) come within this time.
const BANNER: TimeDelta = TimeDelta::seconds(30);

/// What a process is to its run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
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

/// Whether a line begins something: the first of them in a run shows the run's start.
pub(super) fn begins(fact: &Fact) -> bool {
    fact.kind.begins_run()
}

/// Cuts a log of which no runs are known into the runs that it shows by itself.
///
/// A run ends where the main process starts again: with the PID that it had, with a lower one, or
/// with a master that starts again. A higher PID in the same place is a child.
pub(super) fn split_runs(facts: &[Fact]) -> Vec<Range<usize>> {
    let mut parts: Vec<Range<usize>> = Vec::new();
    let mut begin = 0;
    let mut seen = Seen::default();
    for (index, fact) in facts.iter().enumerate() {
        if seen.starts_new_run(fact) {
            let at = back_over_jitter(facts, begin, index);
            if at > begin {
                parts.push(begin..at);
                begin = at;
            }
            seen = Seen::default();
        }
        seen.note(fact);
    }
    if begin < facts.len() {
        parts.push(begin..facts.len());
    }
    parts
}

/// Pool lines of the new process may stand before its start line, by the jitter of two pipes.
fn back_over_jitter(facts: &[Fact], begin: usize, index: usize) -> usize {
    let near = |earlier: &Fact| match (earlier.time(), facts[index].time()) {
        (Some(earlier), Some(time)) => time - earlier <= PIPE_JITTER,
        // Without times only the line right before can be meant, and only one that cannot end a run.
        _ => {
            earlier.kind == FactKind::Ready
                && earlier.citation.place.line + 1 == facts[index].citation.place.line
        }
    };
    let mut at = index;
    while at > begin
        && facts[at - 1].epoch() == facts[index].epoch()
        && may_come_early(facts[at - 1].kind, facts[index].kind)
        && near(&facts[at - 1])
    {
        at -= 1;
    }
    at
}

/// Whether a line may stand before the start line of the process it belongs to.
fn may_come_early(kind: FactKind, start: FactKind) -> bool {
    match kind {
        FactKind::PoolCreating
        | FactKind::PoolCreated
        | FactKind::PoolConfirmed
        | FactKind::PoolAttemptFailed => true,
        // A parent says that it serves before it says that it is one.
        FactKind::Ready => start.begins_supervision(),
        _ => false,
    }
}

/// What was seen of the run so far.
#[derive(Default)]
struct Seen<'a> {
    main: Option<&'a Fact>,
    supervisor: Option<&'a Fact>,
    /// Signatures that began something or became ready.
    signatures: Vec<&'static str>,
    /// Any start line at all.
    announced: bool,
    /// Start lines of serving processes.
    starts: usize,
    /// A first-run phase was spoken of.
    init: bool,
    ended: bool,
    epoch: Option<&'a str>,
}

impl<'a> Seen<'a> {
    fn starts_new_run(&self, fact: &Fact) -> bool {
        if let (Some(epoch), Some(own)) = (self.epoch, fact.epoch()) {
            // The log driver marks the lives of its container itself.
            return epoch != own;
        }
        let again = self.signatures.contains(&fact.signature);
        match fact.kind {
            FactKind::MasterStart | FactKind::ReloaderStart | FactKind::SupervisorStart => {
                self.supervisor.is_some() && (again || self.ended)
                    || self.supervisor.is_none() && self.ended && self.main.is_some()
            }
            // A database image starts a temporary server first; what it says of that phase tells.
            FactKind::ProcessStart if fact.multi => {
                again && self.ended && !(self.init && self.starts == 1)
            }
            FactKind::ProcessStart => {
                let Some(main) = self.main else {
                    return false;
                };
                if self.supervisor.is_some() {
                    // A child, unless it has the supervisor's own PID.
                    return fact.fields.pid.is_some()
                        && fact.fields.pid == self.supervisor.and_then(|fact| fact.fields.pid)
                        && again;
                }
                match (main.fields.pid, fact.fields.pid) {
                    (Some(main), Some(pid)) => pid == main && again || pid < main,
                    _ => again || self.ended && self.close_is_over(fact),
                }
            }
            // Programs that say no more than "ready".
            FactKind::Ready => !self.announced && again && !fact.multi,
            _ => false,
        }
    }

    /// Whether a start with another signature is too late to be part of the same banner.
    fn close_is_over(&self, fact: &Fact) -> bool {
        match (self.main.and_then(Fact::time), fact.time()) {
            (Some(main), Some(time)) => time - main > BANNER,
            _ => true,
        }
    }

    fn note(&mut self, fact: &'a Fact) {
        self.epoch = fact.epoch().or(self.epoch);
        match fact.kind {
            FactKind::MasterStart | FactKind::ReloaderStart | FactKind::SupervisorStart => {
                self.supervisor = Some(fact);
                self.announced = true;
            }
            FactKind::ProcessStart => {
                if self.main.is_none() {
                    self.main = Some(fact);
                }
                self.announced = true;
                self.starts += 1;
                self.ended = false;
            }
            FactKind::InitPhase => self.init = true,
            FactKind::ShuttingDown
            | FactKind::ProcessEnd
            | FactKind::StartFailed
            | FactKind::Crash => {
                let main = self.main.and_then(|main| main.fields.pid);
                if fact.fields.pid.is_none() || fact.fields.pid == main {
                    self.ended = true;
                }
            }
            FactKind::Ready => {}
            _ => return,
        }
        if (begins(fact) || fact.kind == FactKind::Ready)
            && !self.signatures.contains(&fact.signature)
        {
            self.signatures.push(fact.signature);
        }
    }
}

/// Of each PID the last fact (by index) that names it; found when it is first asked for, which most
/// containers never are.
#[derive(Debug)]
pub(super) struct LastOf<'a> {
    all: &'a [Fact],
    by_pid: OnceLock<BTreeMap<u32, usize>>,
}

impl<'a> LastOf<'a> {
    /// Of all facts of a container.
    pub(super) fn of(all: &'a [Fact]) -> Self {
        Self {
            all,
            by_pid: OnceLock::new(),
        }
    }

    fn get(&self, pid: u32) -> Option<usize> {
        let by_pid = self.by_pid.get_or_init(|| {
            let of = |(index, fact): (usize, &Fact)| Some((fact.fields.pid?, index));
            self.all.iter().enumerate().filter_map(of).collect()
        });
        by_pid.get(&pid).copied()
    }
}

/// Reads the processes of one run off its facts (`all[own]`, in order). `last` is of all.
pub(super) fn of_run(all: &[Fact], last: &LastOf<'_>, own: Range<usize>) -> Processes {
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

/// The processes of a run so far, and what its next line is told by.
struct Reader<'a> {
    /// All facts of the container.
    all: &'a [Fact],
    last: &'a LastOf<'a>,
    run: Processes,
    /// The last line that says that a reloader starts its child anew.
    reload: Option<usize>,
    /// The last line that shows the end of a process.
    exit: Option<usize>,
    /// A first-run phase was spoken of.
    init: bool,
    /// Under a supervisor of several programs: the latest process with a line of this signature about
    /// this name.
    said: HashMap<(&'a str, Option<&'a str>), usize, RandomState>,
}

impl Reader<'_> {
    fn read(&mut self, index: usize) {
        let all = self.all;
        let fact = &all[index];
        let pid = fact.fields.pid;
        match fact.kind {
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
            FactKind::Ready if self.run.list.is_empty() && self.run.supervisor.is_none() => {
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

    fn role(&self, index: usize) -> Role {
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
                None => Role::Worker,
            },
            Some(FactKind::SupervisorStart) if list.is_empty() => Role::Main,
            Some(FactKind::SupervisorStart) => match self.said.get(&subject(fact)) {
                Some(same) => Role::Successor(list[*same].ended.or(since(self.exit))),
                None => Role::Beside,
            },
            _ if fact.kind == FactKind::WorkerBoot => match self.exit {
                Some(mark) => Role::Respawn(Some(mark)),
                None => Role::Worker,
            },
            _ => self.unsupervised(index),
        }
    }

    fn unsupervised(&self, index: usize) -> Role {
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
fn subject(fact: &Fact) -> (&str, Option<&str>) {
    (fact.signature, fact.fields.rarer().name.as_deref())
}

fn begins_process(kind: FactKind) -> bool {
    matches!(
        kind,
        FactKind::ProcessStart | FactKind::WorkerBoot | FactKind::ChildStart
    )
}
