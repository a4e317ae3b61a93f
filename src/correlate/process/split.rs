//! Cuts a log of which no runs are known into the runs that it shows by itself.

use super::{BANNER, PIPE_JITTER, begins, host_of, is_logged_twice};
use crate::model::{Fact, FactKind, Time};
use chrono::TimeDelta;
use std::ops::Range;

/// The workers of one server say within this time that they serve.
const TOGETHER: TimeDelta = TimeDelta::seconds(3);

/// The runs that a stretch of a log (`all[range]`) shows by itself, as ranges of `all`.
///
/// A run ends where the main process starts again: with the PID that it had, with a lower one, or
/// with a master that starts again. A higher PID in the same place is a child. Where the log begins
/// with the end of a run, the next start line opens another.
pub(in crate::correlate) fn split_runs(all: &[Fact], range: &Range<usize>) -> Vec<Range<usize>> {
    let mut parts: Vec<Range<usize>> = Vec::new();
    let mut begin = range.start;
    let mut run = RunSoFar::default();
    let shows_starts = all.iter().any(begins);
    for index in range.clone() {
        let fact = &all[index];
        let pool = || !shows_starts && run.pool_is_new(&all[index..range.end]);
        if run.ends_before(fact) || pool() {
            let at = back_over_opening(all, begin, index, shows_starts);
            if at > begin {
                parts.push(begin..at);
                begin = at;
            }
            run = RunSoFar::default();
            for opening in &all[at..index] {
                run.add(opening);
            }
        }
        run.add(fact);
        if fact.kind == FactKind::PoolCreated {
            run.pool = Some((fact, generation_of(&all[index..range.end])));
        }
    }
    if begin < range.end {
        parts.push(begin..range.end);
    }
    parts
}

/// The generation of the pool that the first of `facts` creates. The line that confirms it may say so.
fn generation_of(facts: &[Fact]) -> Option<u64> {
    let (created, later) = facts.split_first()?;
    created.fields.generation.or_else(|| {
        later
            .iter()
            .take_while(|fact| fact.kind != FactKind::PoolCreated)
            .take(8)
            .find(|fact| {
                fact.kind == FactKind::PoolConfirmed && fact.fields.pid == created.fields.pid
            })
            .and_then(|fact| fact.fields.generation)
    })
}

/// Pool lines of the new process may stand before its start line, by the jitter of two pipes; where
/// the log shows no start lines, they come before the line that says that it serves.
fn back_over_opening(facts: &[Fact], begin: usize, index: usize, shows_starts: bool) -> usize {
    let fact = &facts[index];
    let without_start_line = !shows_starts && !begins(fact);
    let near = |earlier: &Fact| match (earlier.time(), fact.time()) {
        (Some(earlier), Some(time)) if without_start_line => time - earlier <= BANNER,
        (Some(earlier), Some(time)) => time - earlier <= PIPE_JITTER,
        _ if without_start_line => true,
        // Without times only the line right before can be meant, and only one that cannot end a run.
        _ => {
            earlier.kind == FactKind::Ready
                && earlier.citation.place.line + 1 == fact.citation.place.line
        }
    };
    let mut at = index;
    while at > begin
        && facts[at - 1].epoch() == fact.epoch()
        && may_come_early(facts[at - 1].kind, fact.kind)
        && near(&facts[at - 1])
    {
        at -= 1;
    }
    at
}

/// Whether a line may stand before the start line of the process it belongs to.
fn may_come_early(kind: FactKind, start: FactKind) -> bool {
    match kind {
        FactKind::PoolCreating | FactKind::PoolAttemptFailed => true,
        FactKind::PoolCreated | FactKind::PoolConfirmed => start != FactKind::PoolCreated,
        // A parent says that it serves before it says that it is one.
        FactKind::Ready => start.begins_supervision(),
        _ => false,
    }
}

/// What the log has shown of the run so far.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a thing of its own that the log has shown or not"
)]
#[derive(Default)]
struct RunSoFar<'a> {
    main: Option<&'a Fact>,
    supervisor: Option<&'a Fact>,
    /// The last start line of a serving process.
    last_start: Option<&'a Fact>,
    /// Signatures that began something or became ready.
    signatures: Vec<&'static str>,
    /// The same, since the last line that says why start lines come again.
    fresh: Vec<&'static str>,
    /// Lines of the latter that say that it serves: each listener once.
    listeners: Vec<&'a Fact>,
    /// Any start line at all.
    announced: bool,
    ended: bool,
    /// A worker or a program ended: where the log begins mid-run, its master had started before.
    child_ended: bool,
    /// A worker started in a run whose master is not in view.
    master_unseen: bool,
    epoch: Option<&'a str>,
    /// The host that the last line that names one names.
    host: Option<&'a [u8]>,
    /// The last pool, and its generation.
    pool: Option<(&'a Fact, Option<u64>)>,
}

impl<'a> RunSoFar<'a> {
    fn ends_before(&self, fact: &Fact) -> bool {
        if let (Some(epoch), Some(own)) = (self.epoch, fact.epoch()) {
            // The log driver marks the lives of its container itself.
            return epoch != own;
        }
        if let (Some(host), Some(own)) = (self.host, host_said_in(fact))
            && host != own
        {
            return true;
        }
        let again = self.signatures.contains(&fact.signature);
        match fact.kind {
            kind if kind.begins_run() && self.main.is_none() && self.supervisor.is_none() => {
                self.began_before(fact)
            }
            FactKind::MasterStart | FactKind::ReloaderStart | FactKind::SupervisorStart => {
                self.supervisor.is_some() && (again && !self.is_nested(fact) || self.ended)
                    || self.supervisor.is_none() && self.ended && self.main.is_some()
            }
            // A supervisor starts its programs again in the same run.
            FactKind::ProcessStart
                if fact.multi
                    && self
                        .supervisor
                        .is_some_and(|fact| fact.kind == FactKind::SupervisorStart) =>
            {
                false
            }
            // A database image starts a temporary server first; what it says of that phase tells. The
            // real one has another PID.
            FactKind::ProcessStart if fact.multi => {
                let pid = self.last_start.and_then(|start| start.fields.pid);
                self.fresh.contains(&fact.signature)
                    || again && pid.is_some() && pid == fact.fields.pid
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
            FactKind::Ready if self.announced || self.master_unseen => false,
            FactKind::Ready => self.ended || again && !fact.multi || self.listens_already(fact),
            _ => false,
        }
    }

    /// Whether a start line comes too late for a run of which no start line is in view: that run has
    /// ended, or served long before.
    fn began_before(&self, fact: &Fact) -> bool {
        let served = self.listeners.last();
        let long_ago = served
            .and_then(|ready| ready.time())
            .zip(fact.time())
            .is_some_and(|(ready, time)| time - ready > BANNER);
        let by_child =
            fact.kind != FactKind::ProcessStart && (self.child_ended || self.master_unseen);
        let by_end = self.ended && !(fact.kind == FactKind::ProcessStart && self.master_unseen);
        long_ago || by_child || by_end
    }

    /// Whether the same listener was told of before, and not by another worker of the same server.
    fn listens_already(&self, fact: &Fact) -> bool {
        self.listeners.iter().any(|earlier| {
            earlier.signature == fact.signature
                && earlier.message_bytes() == fact.message_bytes()
                && match (said_at(earlier), said_at(fact)) {
                    (Some(earlier), Some(time)) => time - earlier > TOGETHER,
                    _ => fact.citation.place.line > earlier.citation.place.line + 1,
                }
        })
    }

    /// Whether the first of `facts` creates the first pool of a new process, in a log without start
    /// lines: generations are counted from 1 in each process.
    fn pool_is_new(&self, facts: &[Fact]) -> bool {
        let (Some(fact), Some((before, Some(_)))) = (facts.first(), self.pool) else {
            return false;
        };
        fact.kind == FactKind::PoolCreated
            && fact.fields.pid == before.fields.pid
            && !is_logged_twice(before, fact)
            && generation_of(facts) == Some(1)
    }

    /// Whether a master starts as the child of another: soon after it, with a higher PID.
    fn is_nested(&self, fact: &Fact) -> bool {
        let Some(outer) = self.supervisor else {
            return false;
        };
        let soon = said_at(outer)
            .zip(said_at(fact))
            .is_some_and(|(outer, time)| time - outer <= BANNER);
        soon && outer.fields.pid.is_some() && outer.fields.pid < fact.fields.pid
    }

    /// Whether a start with another signature is too late to be part of the same banner.
    fn close_is_over(&self, fact: &Fact) -> bool {
        match (self.main.and_then(Fact::time), fact.time()) {
            (Some(main), Some(time)) => time - main > BANNER,
            _ => true,
        }
    }

    fn add(&mut self, fact: &'a Fact) {
        self.epoch = fact.epoch().or(self.epoch);
        self.host = host_said_in(fact).or(self.host);
        match fact.kind {
            FactKind::MasterStart | FactKind::ReloaderStart | FactKind::SupervisorStart => {
                self.supervisor = Some(fact);
                self.announced = true;
                if fact.kind == FactKind::ReloaderStart {
                    self.fresh.clear();
                }
            }
            FactKind::ProcessStart => {
                if self.main.is_none() {
                    self.main = Some(fact);
                }
                self.last_start = Some(fact);
                self.announced = true;
                self.ended = false;
            }
            FactKind::InitPhase | FactKind::Reload => {
                self.fresh.clear();
                self.listeners.clear();
                if self.main.is_none() {
                    self.ended = false;
                }
            }
            FactKind::WorkerExit | FactKind::ChildExit => {
                self.child_ended = true;
                self.fresh.clear();
                self.listeners.clear();
            }
            FactKind::WorkerBoot => {
                self.master_unseen |= self.supervisor.is_none() && self.main.is_none();
                self.listeners.clear();
            }
            FactKind::Signal => self.ended |= self.main.is_none() && self.supervisor.is_none(),
            FactKind::ShuttingDown
            | FactKind::ProcessEnd
            | FactKind::StartFailed
            | FactKind::Crash => {
                let main = self.main.and_then(|main| main.fields.pid);
                let unseen = self.main.is_none() && self.supervisor.is_none();
                if unseen || fact.fields.pid.is_none() || fact.fields.pid == main {
                    self.ended = true;
                }
            }
            FactKind::Ready => {
                self.listeners.push(fact);
                if self.listeners.len() > 64 {
                    self.listeners.remove(0);
                }
            }
            _ => return,
        }
        if begins(fact) || fact.kind == FactKind::Ready {
            for known in [&mut self.signatures, &mut self.fresh] {
                if !known.contains(&fact.signature) {
                    known.push(fact.signature);
                }
            }
        }
    }
}

/// The host that a line of a startup names: a container keeps its own.
fn host_said_in(fact: &Fact) -> Option<&[u8]> {
    let of_startup = begins(fact) || matches!(fact.kind, FactKind::Ready | FactKind::PoolCreated);
    of_startup.then(|| host_of(fact)).flatten()
}

/// When a line was written: for distances, the time that the application wrote is as good.
fn said_at(fact: &Fact) -> Option<Time> {
    fact.time().or(fact.said_time().map(|said| said.time))
}
