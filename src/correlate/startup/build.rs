//! The startups of a container, run by run: the run itself, its later processes, its later pools.

use super::{Kind, Pool, Startup, outcome, pools};
use crate::correlate::ContainerLog;
use crate::correlate::process::{self, LastFacts, Process, Processes, Role, STARTS_TOGETHER};
use crate::lifecycle::{Container, Run};
use crate::model::{Fact, FactKind, Outcome, Time};
use rayon::prelude::*;
use smallvec::SmallVec;
use std::sync::Arc;

/// How many runs one task of the thread pool looks at.
const RUNS_PER_TASK: usize = 512;

/// Adds all startups of one container (`index`: its place in the history).
pub(in crate::correlate) fn add_startups_of(
    index: usize,
    container: &Container,
    log: &ContainerLog,
    out: &mut Vec<Startup>,
) {
    let last = LastFacts::new(&log.facts);
    let runs = &container.runs;
    let shows_starts = log.facts.iter().any(process::begins);
    // Runs do not depend on each other, so all threads of the caller's pool share them.
    let pieces: Vec<Vec<Startup>> = (0..runs.len().div_ceil(RUNS_PER_TASK))
        .into_par_iter()
        .map(|piece| {
            let mut built = Vec::with_capacity(RUNS_PER_TASK.min(runs.len()));
            let from = piece * RUNS_PER_TASK;
            for (n, run) in runs.iter().enumerate().skip(from).take(RUNS_PER_TASK) {
                let processes = process::processes_in(&log.facts, &last, log.facts_of_run(n));
                RunStory {
                    container: index,
                    n,
                    run,
                    next: runs.get(n + 1),
                    log,
                    main: processes.main(),
                    starts_in_log: processes.show_a_start(),
                    opens_with_pool: !shows_starts
                        && process::opens_with_pool(&log.facts[log.facts_of_run(n)]),
                    processes: &processes,
                }
                .add_startups(&mut built);
            }
            built
        })
        .collect();
    out.reserve(pieces.iter().map(Vec::len).sum());
    for piece in pieces {
        out.extend(piece);
    }
}

/// One run, and everything its startups are read from.
struct RunStory<'a> {
    /// The container's index in the history.
    container: usize,
    /// The run's index in the container.
    n: usize,
    run: &'a Run,
    /// The run after it.
    next: Option<&'a Run>,
    log: &'a ContainerLog,
    processes: &'a Processes,
    /// The main process, as an index into the list of processes.
    main: Option<usize>,
    /// The log itself shows a start in this run.
    starts_in_log: bool,
    /// The container's log shows no start lines, and this run begins with its first pool.
    opens_with_pool: bool,
}

impl RunStory<'_> {
    fn add_startups(&self, out: &mut Vec<Startup>) {
        if let Some(startup) = self.run_itself() {
            add(startup, out);
        }
        for process in self.processes.list.iter() {
            if let Some(startup) = self.later_process(process) {
                add(startup, out);
            }
            self.add_later_pools(process, out);
        }
    }

    /// The startup that the run itself is. A run without a start in the evidence and without a start
    /// line is none: the history merely begins in the middle of it.
    fn run_itself(&self) -> Option<Startup> {
        let is_startup = self.run.start.is_some() || self.starts_in_log || self.opens_with_pool;
        if !is_startup {
            return None;
        }
        let facts = &self.log.facts;
        let mut members = Vec::with_capacity(self.log.facts_of_run(self.n).len());
        members.extend_from_slice(&self.processes.common);
        if let Some(main) = self.main {
            add_first_life(&self.processes.list[main], facts, &mut members);
        }
        members.sort_unstable();
        if self.run.start.is_none() {
            // What ends something starts nothing.
            let ends = |fact: &usize| process::ends(&facts[*fact]);
            let before = members.iter().take_while(|fact| ends(fact)).count();
            members.drain(..before);
        }
        let at = self
            .run
            .started_at()
            .or_else(|| members.iter().find_map(|fact| facts[*fact].best_time()));
        let mut startup = self.startup(Kind::Run, at, members, Some(self.own_pids()));
        outcome::judge_run(
            &mut startup,
            &self.processes.list,
            self.main,
            self.run,
            self.next,
            facts,
        );
        Some(startup)
    }

    /// The PIDs of the run's own process: its first serving process, else its master.
    fn own_pids(&self) -> Arc<[u32]> {
        let main = self.main.and_then(|main| self.processes.list[main].pid);
        let supervisor = self.processes.supervisor;
        let supervisor = supervisor
            .and_then(|index| self.log.facts[index].fields.pid)
            .filter(|_| main.is_none());
        main.or(supervisor).into_iter().collect()
    }

    /// The startup of a process that is not the run's main one.
    fn later_process(&self, process: &Process) -> Option<Startup> {
        let kind = self.kind_of(process)?;
        let facts = &self.log.facts;
        let mut members = Vec::with_capacity(process.facts.len());
        add_first_life(process, facts, &mut members);
        // The line of the serving process itself is the best witness of when a worker started.
        let at = members
            .iter()
            .find(|fact| facts[**fact].kind == FactKind::ProcessStart)
            .and_then(|fact| facts[*fact].best_time())
            .or(facts[process.facts[0]].best_time())
            // In a log without times, the workers that a run starts with start with it.
            .or_else(|| {
                let started = self.run.started_at();
                started.filter(|_| process.role == Role::Worker)
            });
        let mut startup = self.startup(kind, at, members, None);
        outcome::judge_process(&mut startup, process, facts);
        Some(startup)
    }

    /// What a process's start is an appearance of; nothing for the main process, which is the run's own.
    fn kind_of(&self, process: &Process) -> Option<Kind> {
        let log = self.log;
        let supervisor = self.processes.supervisor;
        let first_start = self.main.map_or(supervisor, |main| {
            self.processes.list[main].facts.first().copied()
        });
        let before = first_start.unwrap_or(process.facts[0]);
        Some(match process.role {
            Role::Main => return None,
            Role::Worker => Kind::Worker {
                master: supervisor,
                initial: true,
                replaces: None,
            },
            Role::Respawn(replaces) => Kind::Worker {
                master: supervisor,
                initial: false,
                replaces,
            },
            // A supervisor's programs are part of its startup.
            Role::Beside if self.is_program(process) => return None,
            Role::Beside => Kind::Worker {
                master: None,
                initial: false,
                replaces: None,
            },
            Role::Reloaded(reload) => Kind::Reloaded {
                reloader: supervisor,
                reload,
            },
            Role::Successor(ended) => Kind::Successor { ended, before },
            Role::SamePid => {
                let master = log.facts[process.facts[0]].kind.begins_supervision();
                let before = supervisor.filter(|_| master).unwrap_or(before);
                Kind::SamePid { before }
            }
            Role::Unclear => Kind::Unclear { before },
        })
    }

    /// Whether a process is one of the programs that a supervisor starts when it starts itself.
    fn is_program(&self, process: &Process) -> bool {
        let facts = &self.log.facts;
        self.processes.supervisor.is_some_and(|supervisor| {
            let late = facts[supervisor]
                .best_time()
                .zip(facts[process.facts[0]].best_time())
                .is_some_and(|(start, program)| program - start > STARTS_TOGETHER);
            facts[supervisor].kind == FactKind::SupervisorStart && !late
        })
    }

    /// Adds the pools that a process created after its first one.
    fn add_later_pools(&self, process: &Process, out: &mut Vec<Startup>) {
        let facts = &self.log.facts;
        let owner = pools::Owner {
            process,
            run: self.run,
            starts_in_log: self.starts_in_log,
        };
        pools::find_later(
            &owner,
            facts,
            &self.processes.common,
            &mut |pool: Pool, member| {
                let kind = Kind::Pool(Box::new(pool));
                let mut startup = self.startup(kind, facts[member].best_time(), vec![member], None);
                startup.outcome = Outcome::Ready;
                add(startup, out);
            },
        );
    }

    /// A startup with these facts. Without `pids`, they are those that the facts show.
    fn startup(
        &self,
        kind: Kind,
        at: Option<Time>,
        mut members: Vec<usize>,
        pids: Option<Arc<[u32]>>,
    ) -> Startup {
        members.sort_unstable();
        let own = || members.iter().map(|index| &self.log.facts[*index]);
        let pools = || {
            own()
                .filter(|fact| matches!(fact.kind, FactKind::PoolCreated | FactKind::PoolConfirmed))
        };
        let mut pool_ids: Vec<String> = Vec::new();
        for id in pools().filter_map(|fact| fact.fields.pool_id.as_deref()) {
            if !pool_ids.iter().any(|known| known == id) {
                pool_ids.push(id.to_owned());
            }
        }
        Startup {
            container: self.container,
            run: Some(self.n),
            at,
            kind,
            pids: pids.unwrap_or_else(|| distinct(own().filter_map(|fact| fact.fields.pid))),
            generations: distinct(pools().filter_map(|fact| fact.fields.generation)),
            pool_ids: pool_ids.into(),
            facts: members,
            outcome: Outcome::Unknown,
            outcome_reason: None,
        }
    }
}

/// Adds a startup. It shares with the one before what the two have in common, as most do.
fn add(mut startup: Startup, out: &mut Vec<Startup>) {
    if let Some(before) = out.last() {
        if startup.pids == before.pids {
            startup.pids = Arc::clone(&before.pids);
        }
        if startup.generations == before.generations {
            startup.generations = Arc::clone(&before.generations);
        }
        if startup.pool_ids == before.pool_ids {
            startup.pool_ids = Arc::clone(&before.pool_ids);
        }
    }
    out.push(startup);
}

/// Adds the facts of a process's startup to `members`: later pools are startups of their own.
fn add_first_life(process: &Process, facts: &[Fact], members: &mut Vec<usize>) {
    let mut pool = false;
    let mut given_up = false;
    for &index in &process.facts {
        match facts[index].kind {
            FactKind::PoolCreated if pool || given_up => continue,
            FactKind::PoolCreated => pool = true,
            FactKind::PoolFailed | FactKind::Degraded => given_up = true,
            _ => {}
        }
        members.push(index);
    }
}

/// Each value once, in order.
fn distinct<T: Copy + Ord>(all: impl Iterator<Item = T>) -> Arc<[T]> {
    let mut all: SmallVec<[T; 16]> = all.collect();
    all.sort_unstable();
    all.dedup();
    Arc::from(&*all)
}
