//! One recognised log line: kind, captured fields, and where it stands.

use super::{Citation, Said, Time};
use serde::{Deserialize, Serialize};

/// What a recognised line says. The names are those that signature packs use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FactKind {
    /// A serving process started (`Started server process [1]`).
    ProcessStart,
    /// A master that will start workers started (gunicorn's arbiter, uvicorn's parent).
    MasterStart,
    /// A development reloader started; it will start and replace one child.
    ReloaderStart,
    /// The reloader saw a change and replaces its child.
    Reload,
    /// A supervisor (supervisord, s6, pm2 ...) started.
    SupervisorStart,
    /// A supervisor started one of its programs.
    ChildStart,
    /// A supervisor's program ended.
    ChildExit,
    /// A master started a worker (`Booting worker with pid: 7`).
    WorkerBoot,
    /// A worker ended or was ended.
    WorkerExit,
    /// A connection pool is about to be created.
    PoolCreating,
    /// One attempt to connect failed; more follow.
    PoolAttemptFailed,
    /// A connection pool was created.
    PoolCreated,
    /// The application confirms a pool that another line reported already.
    PoolConfirmed,
    /// Creating a pool was given up.
    PoolFailed,
    /// A pool is being closed.
    PoolClosed,
    /// A pool's state is being reset.
    PoolReset,
    /// The application serves without its database.
    Degraded,
    /// A working connection was lost.
    ConnectionLost,
    /// An attempt to connect again begins.
    Reconnecting,
    /// The connection is back.
    Reconnected,
    /// The application serves.
    Ready,
    /// Starting up failed; the process will end.
    StartFailed,
    /// An orderly shutdown began.
    ShuttingDown,
    /// The process ended in order.
    ProcessEnd,
    /// The process says that it received a signal (and perhaps from whom).
    Signal,
    /// A fatal error or crash report.
    Crash,
    /// A database found data that the run before did not leave in order.
    Recovery,
    /// A temporary or first-run phase began or ended (database images start twice on first run).
    InitPhase,
}

impl FactKind {
    /// Something that starts others started: a master, a reloader, a supervisor.
    #[must_use]
    pub fn begins_supervision(self) -> bool {
        matches!(
            self,
            Self::MasterStart | Self::ReloaderStart | Self::SupervisorStart
        )
    }

    /// The first line of this kind in a run shows the run's start.
    #[must_use]
    pub fn begins_run(self) -> bool {
        self == Self::ProcessStart || self.begins_supervision()
    }
}

/// One recognised line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// What it says.
    pub kind: FactKind,
    /// The signature that recognised it, as `pack/signature`.
    pub signature: &'static str,
    /// The line.
    pub citation: Citation,
    /// The application's message; see [`Fact::message`].
    pub said: Said,
    /// The fields that the line carries.
    pub fields: Fields,
    /// May appear several times in one normal run (database images' first run, workers).
    pub multi: bool,
    /// Which of the input's origins it belongs to (an index into the input's origin table; 0 when
    /// the input holds one container's log).
    pub origin: u32,
    /// What few logs tell of a line.
    pub aside: Option<Box<Aside>>,
}

impl Fact {
    /// The application's message, without driver framing, prefix, colours and line end.
    #[must_use]
    pub fn message(&self) -> &str {
        self.said.as_str(&self.citation.text)
    }

    /// The same as bytes: to compare them takes no look at whether they are UTF-8.
    #[must_use]
    pub fn message_bytes(&self) -> &[u8] {
        self.said.as_bytes(&self.citation.text)
    }

    /// The time that the application itself wrote into the line, where the log has no times. Whole
    /// seconds, often; it orders nothing.
    #[must_use]
    pub fn said_time(&self) -> Option<SaidTime> {
        self.aside.as_ref()?.said_time
    }

    /// The life of the container that the line belongs to, where the log says so.
    #[must_use]
    pub fn epoch(&self) -> Option<&str> {
        self.aside.as_ref()?.epoch.as_deref()
    }

    /// The line's time, or else the one that the application wrote into it.
    #[must_use]
    pub fn best_time(&self) -> Option<Time> {
        let said = self.said_time().filter(|said| !said.assumed_zone);
        self.citation.time.or(said.map(|said| said.time))
    }

    /// The line's time, when it has one.
    #[must_use]
    pub fn time(&self) -> Option<Time> {
        self.citation.time
    }
}

/// What few logs tell of a line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Aside {
    /// See [`Fact::said_time`].
    pub said_time: Option<SaidTime>,
    /// See [`Fact::epoch`]: journald's `CONTAINER_LOG_EPOCH` is new at every start.
    pub epoch: Option<Box<str>>,
}

/// A time that an application wrote into a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SaidTime {
    /// The time.
    pub time: Time,
    /// It named no zone, nobody else did, and it was read as UTC: good for comparing with others like it.
    pub assumed_zone: bool,
}

/// Captured fields. All optional: each program prints some of them. There may be very many of these in
/// memory, so what most lines do not carry is kept apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fields {
    /// The process the line is about, in the container's PID namespace.
    pub pid: Option<u32>,
    /// The pool's generation, counted from 1 in each process.
    pub generation: Option<u64>,
    /// The pool's address. It can repeat across processes, so it identifies nothing alone.
    pub pool_id: Option<Box<str>>,
    /// The rarer ones, once one of them is set.
    rarer: Option<Box<RarerFields>>,
}

impl Fields {
    /// The rarer ones, to be read.
    #[must_use]
    pub fn rarer(&self) -> &RarerFields {
        self.rarer.as_deref().unwrap_or(&NO_FIELDS)
    }

    /// The rarer ones, to be set.
    pub fn rarer_mut(&mut self) -> &mut RarerFields {
        self.rarer.get_or_insert_default()
    }
}

/// Captured fields that few lines carry.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RarerFields {
    /// The parent of the line's process, when the line says so.
    pub ppid: Option<u32>,
    /// The address of the module that made the pool.
    pub module_id: Option<Box<str>>,
    /// An exit status.
    pub exit_code: Option<i64>,
    /// A signal, as the line spells it (`15`, `SIGTERM`, `term`).
    pub signal: Option<Box<str>>,
    /// Who sent the signal, as a PID in the container's namespace; 0 is "from outside".
    pub sender_pid: Option<u32>,
    /// The program's version.
    pub version: Option<Box<str>>,
    /// Why it failed, or what changed.
    pub reason: Option<Box<str>>,
    /// The name of the child, worker, pool or program that the line is about.
    pub name: Option<Box<str>>,
}

static NO_FIELDS: RarerFields = RarerFields {
    ppid: None,
    module_id: None,
    exit_code: None,
    signal: None,
    sender_pid: None,
    version: None,
    reason: None,
    name: None,
};
