//! Cuts a log of which no runs are known into the runs that it shows by itself.

use super::{BANNER, PIPE_JITTER, begins};
use crate::model::{Fact, FactKind};
use std::ops::Range;

/// The runs that a log shows by itself, as ranges of its facts.
///
/// A run ends where the main process starts again: with the PID that it had, with a lower one, or
/// with a master that starts again. A higher PID in the same place is a child.
pub(in crate::correlate) fn split_runs(facts: &[Fact]) -> Vec<Range<usize>> {
    let mut parts: Vec<Range<usize>> = Vec::new();
    let mut begin = 0;
    let mut run = RunSoFar::default();
    for (index, fact) in facts.iter().enumerate() {
        if run.ends_before(fact) {
            let at = back_over_jitter(facts, begin, index);
            if at > begin {
                parts.push(begin..at);
                begin = at;
            }
            run = RunSoFar::default();
        }
        run.add(fact);
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

/// What the log has shown of the run so far.
#[derive(Default)]
struct RunSoFar<'a> {
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

impl<'a> RunSoFar<'a> {
    fn ends_before(&self, fact: &Fact) -> bool {
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

    fn add(&mut self, fact: &'a Fact) {
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
