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

use crate::model::{Fact, FactKind};
use chrono::TimeDelta;
use list::List;
pub(super) use role::{Role, STARTS_TOGETHER};
use smallvec::SmallVec;

/// Lines of the two pipes are out of order by at most 4 ms where measured.
pub(super) const PIPE_JITTER: TimeDelta = TimeDelta::milliseconds(20);
/// A program's several start lines (banner, version, process start) come within this time.
const BANNER: TimeDelta = TimeDelta::seconds(30);

/// Two log handlers print the same line within this time.
const LOGGED_TWICE: TimeDelta = TimeDelta::milliseconds(50);

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
        let is_start = |process: &Process| process.announced && process.role == Role::Main;
        self.supervisor.is_some() || self.list.iter().any(is_start)
    }
}

/// Whether a line begins something: the first of them in a run shows the run's start.
pub(super) fn begins(fact: &Fact) -> bool {
    fact.kind.begins_run()
}

/// Two log handlers printed the line of a pool: the same pool, a moment apart.
pub(super) fn is_logged_twice(a: &Fact, b: &Fact) -> bool {
    a.fields.pool_id.is_some()
        && a.fields.pool_id == b.fields.pool_id
        && a.fields.generation == b.fields.generation
        && match (a.time(), b.time()) {
            (Some(a), Some(b)) => (b - a).abs() <= LOGGED_TWICE,
            _ => a.citation.place.line + 1 == b.citation.place.line,
        }
}

/// The host that a line names, as `hostname=NAME` or in a JSON member.
fn host_of(fact: &Fact) -> Option<&[u8]> {
    let line = fact.citation.text.as_bytes();
    let after = |mark: &[u8]| memchr::memmem::find(line, mark).map(|at| &line[at + mark.len()..]);
    let name = after(b"hostname=").or_else(|| after(b"\"hostname\":\""))?;
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    let len = name.iter().take_while(|byte| is_part(byte)).count();
    (len > 0).then(|| &name[..len])
}

/// Whether a run of whose container the log shows no start line begins with these lines: its first
/// pool is a process's first, and nothing tells of one before.
pub(super) fn opens_with_pool(facts: &[Fact]) -> bool {
    let opening = facts.iter().find(|fact| {
        !matches!(
            fact.kind,
            FactKind::PoolCreating | FactKind::PoolAttemptFailed | FactKind::InitPhase
        )
    });
    opening.is_some_and(|fact| {
        fact.kind == FactKind::PoolCreated
            && fact
                .fields
                .generation
                .is_none_or(|generation| generation <= 1)
            || matches!(fact.kind, FactKind::PoolFailed | FactKind::Degraded)
                && facts[0].kind == FactKind::PoolCreating
    })
}

/// Whether a line tells that something ends.
pub(super) fn ends(fact: &Fact) -> bool {
    matches!(
        fact.kind,
        FactKind::ShuttingDown
            | FactKind::ProcessEnd
            | FactKind::Signal
            | FactKind::WorkerExit
            | FactKind::ChildExit
            | FactKind::PoolClosed
    )
}
