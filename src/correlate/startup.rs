//! Joins what events and log say of one occurrence into startups.

use super::ContainerLog;
use super::process::{self, LastOf, Process, Processes, Role};
use crate::lifecycle::{Container, Run, StartSource};
use crate::model::{EndedBy, Outcome};
use crate::model::{Fact, FactKind, Time};
use chrono::TimeDelta;
use rayon::prelude::*;
use smallvec::SmallVec;
use std::sync::Arc;

/// A pool that appears this long after the run's start is not part of starting up, when the log
/// does not show the startup itself.
const STARTING: TimeDelta = TimeDelta::seconds(120);

/// Runs that are looked at in one go.
const RUNS: usize = 512;

/// One appearance of the startup signature.
#[derive(Clone, Debug)]
pub struct Startup {
    /// The container, as an index into the history's containers.
    pub container: usize,
    /// The run, as an index into the container's runs; `None` when it cannot be placed.
    pub run: Option<usize>,
    /// When.
    pub at: Option<Time>,
    /// What appeared.
    pub kind: Kind,
    /// Its lines in the container's log, as indices into its facts, in order.
    pub facts: Vec<usize>,
    /// PIDs that it shows.
    pub pids: Arc<[u32]>,
    /// Pool generations that it shows.
    pub generations: Arc<[u64]>,
    /// Pool addresses that it shows.
    pub pool_ids: Arc<[String]>,
    /// How far it got.
    pub outcome: Outcome,
    /// Why it is degraded or failed.
    pub outcome_reason: Option<String>,
}

impl Startup {
    /// Its place among those of a service: by time; what has none comes after what its run has, in the
    /// log's order. `runs` are its container's.
    pub(super) fn order(&self, runs: &[Run]) -> impl Ord + use<> {
        let run = self.run.and_then(|run| runs.get(run));
        let time = self.at.or_else(|| run.and_then(Run::started_at));
        let first = match self.kind {
            Kind::Run => None,
            _ => self.facts.first().copied(),
        };
        (time.is_none(), time, self.container, self.run, first)
    }
}

/// What a startup is an appearance of. Indices point into the container's facts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A run of the container.
    Run,
    /// A worker; with the line that shows the end of the one it replaces, if it is a later one.
    Worker {
        /// The master's own start line.
        master: Option<usize>,
        /// The run started with it.
        initial: bool,
        /// What showed that another one had ended.
        replaces: Option<usize>,
    },
    /// The reloader's child, again.
    Reloaded {
        /// The reloader's start line.
        reloader: Option<usize>,
        /// The line that says what changed.
        reload: Option<usize>,
    },
    /// Started again inside the container after the one before had ended.
    Successor {
        /// The line that shows the end of the one before.
        ended: Option<usize>,
        /// The start line of the one before.
        before: usize,
    },
    /// A second start in the same living process.
    SamePid {
        /// The first start line.
        before: usize,
    },
    /// Another start of which nothing says how it relates to the first.
    Unclear {
        /// The first start line.
        before: usize,
    },
    /// A pool created again in a living process.
    Pool(Box<Pool>),
}

/// A pool created again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pool {
    /// The line that created the one before, when the log shows it.
    pub before: Option<usize>,
    /// Lines since then that say that the connection was missing or is being made again.
    pub reconnect: Vec<usize>,
    /// A line that closed or reset the one before.
    pub closed: Option<usize>,
    /// The new one's generation is higher.
    pub rises: bool,
    /// The module's address differs; `None` when not both are known.
    pub other_module: Option<bool>,
}

/// Adds all startups of one container.
pub(super) fn of(index: usize, container: &Container, log: &ContainerLog, out: &mut Vec<Startup>) {
    let last = LastOf::of(&log.facts);
    let runs = &container.runs;
    // Each run for itself: on as many threads as the caller's pool has.
    let pieces: Vec<Vec<Startup>> = (0..runs.len().div_ceil(RUNS))
        .into_par_iter()
        .map(|piece| {
            let mut built = Vec::with_capacity(RUNS.min(runs.len()));
            for (n, run) in runs.iter().enumerate().skip(piece * RUNS).take(RUNS) {
                of_run((index, n), run, runs.get(n + 1), (log, &last), &mut built);
            }
            built
        })
        .collect();
    out.reserve(pieces.iter().map(Vec::len).sum());
    for piece in pieces {
        out.extend(piece);
    }
}

fn of_run(
    (container, n): (usize, usize),
    run: &Run,
    next: Option<&Run>,
    (log, last): (&ContainerLog, &LastOf<'_>),
    out: &mut Vec<Startup>,
) {
    let facts = &log.facts;
    let own = log.of_run(n);
    let Processes {
        list,
        supervisor,
        common,
    } = process::of_run(facts, last, own.clone());
    let main = list.iter().position(|process| process.role == Role::Main);
    let starts_in_log = supervisor.is_some() || list.iter().any(|process| process.announced);
    // Without `pids` they are those that the members show.
    let build = |kind: Kind, at: Option<Time>, mut members: Vec<usize>, pids| {
        members.sort_unstable();
        shape((container, n), kind, at, members, pids, facts)
    };

    // The run itself. Without a start in the evidence and without a start line there is none: the
    // history merely begins in the middle of it.
    if run.start.is_some() && !only_a_state(run, log, starts_in_log) || starts_in_log {
        let mut members = Vec::with_capacity(own.len());
        members.extend_from_slice(&common);
        if let Some(main) = main {
            first_life(&list[main], facts, &mut members);
        }
        let at = run
            .started_at()
            .or_else(|| members.iter().find_map(|fact| facts[*fact].best_time()));
        let pids = run_pids(&list, main, supervisor, facts);
        let mut startup = build(Kind::Run, at, members, Some(pids));
        outcome_of_run(&mut startup, &list, main, run, next, facts);
        add(startup, out);
    }

    let first_start = main.map_or(supervisor, |main| list[main].facts.first().copied());
    for process in list.iter() {
        let start = process.facts[0];
        let at = facts[start].best_time();
        let before = first_start.unwrap_or(start);
        let kind = match process.role {
            Role::Main => None,
            Role::Worker => Some(Kind::Worker {
                master: supervisor,
                initial: true,
                replaces: None,
            }),
            Role::Respawn(replaces) => Some(Kind::Worker {
                master: supervisor,
                initial: false,
                replaces,
            }),
            Role::Beside => Some(Kind::Worker {
                master: None,
                initial: false,
                replaces: None,
            }),
            Role::Reloaded(reload) => Some(Kind::Reloaded {
                reloader: supervisor,
                reload,
            }),
            Role::Successor(ended) => Some(Kind::Successor { ended, before }),
            Role::SamePid => Some(Kind::SamePid { before }),
            Role::Unclear => Some(Kind::Unclear { before }),
        };
        if let Some(kind) = kind {
            let mut members = Vec::with_capacity(process.facts.len());
            first_life(process, facts, &mut members);
            // Its serving process's own line says best when a worker started.
            let at = members
                .iter()
                .find(|fact| facts[**fact].kind == FactKind::ProcessStart)
                .and_then(|fact| facts[*fact].best_time())
                .or(at)
                // In a log without times: the workers that a run starts with start with it.
                .or_else(|| run.started_at().filter(|_| process.role == Role::Worker));
            let mut startup = build(kind, at, members, None);
            outcome_of_process(&mut startup, process, facts);
            add(startup, out);
        }
        pools(
            process,
            process.role == Role::Main,
            run,
            starts_in_log,
            facts,
            &common,
            &mut |pool, member| {
                let mut startup = build(
                    Kind::Pool(Box::new(pool)),
                    facts[member].best_time(),
                    vec![member],
                    None,
                );
                startup.outcome = Outcome::Ready;
                add(startup, out);
            },
        );
    }
}

/// Adds a startup. What it has in common with the one before, as most have, it shares with it.
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

/// A start that only a snapshot tells of, while the container's log, which shows others, does not
/// show it: a run, but no appearance of the startup signature.
fn only_a_state(run: &Run, log: &ContainerLog, starts_in_log: bool) -> bool {
    run.start
        .as_ref()
        .is_some_and(|start| start.source == StartSource::Inspect)
        && !starts_in_log
        && !log.facts.is_empty()
}

/// Adds the facts of a process up to the end of its starting up: later pools are startups of their own.
fn first_life(process: &Process, facts: &[Fact], members: &mut Vec<usize>) {
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

/// Pools of a process after its first.
fn pools(
    process: &Process,
    is_main: bool,
    run: &Run,
    starts_in_log: bool,
    facts: &[Fact],
    common: &[usize],
    found: &mut dyn FnMut(Pool, usize),
) {
    let mut before: Option<usize> = None;
    let mut reconnect: Vec<usize> = Vec::new();
    let mut closed = None;
    // Lines without a PID may concern this process too, when it is the run's only serving one.
    let mut members = process.facts.clone();
    if is_main {
        members.extend(
            common
                .iter()
                .copied()
                .filter(|fact| concerns_pool(facts[*fact].kind)),
        );
        members.sort_unstable();
    }
    for index in members {
        let fact = &facts[index];
        match fact.kind {
            FactKind::PoolFailed
            | FactKind::Degraded
            | FactKind::ConnectionLost
            | FactKind::Reconnecting => {
                reconnect.push(index);
            }
            FactKind::PoolClosed | FactKind::PoolReset => closed = Some(index),
            FactKind::PoolCreated => {
                let same = before.is_some_and(|before: usize| logged_twice(&facts[before], fact));
                if same {
                    continue;
                }
                let generation = fact.fields.generation;
                let known = before.map(|before| &facts[before].fields);
                let rises = generation
                    .zip(known.and_then(|known| known.generation))
                    .is_some_and(|(new, old)| new > old);
                let first = before.is_none() && reconnect.is_empty();
                let part_of_start = first && {
                    let late = run
                        .started_at()
                        .zip(fact.time())
                        .is_some_and(|(start, time)| time - start > STARTING);
                    starts_in_log && process.announced
                        || !late && generation.is_none_or(|generation| generation <= 1)
                };
                if !part_of_start {
                    let modules = (
                        fact.fields.rarer().module_id.as_deref(),
                        known.and_then(|known| known.rarer().module_id.as_deref()),
                    );
                    found(
                        Pool {
                            before,
                            reconnect: std::mem::take(&mut reconnect),
                            closed,
                            rises: rises || before.is_none() && generation > Some(1),
                            other_module: match modules {
                                (Some(new), Some(old)) => Some(new != old),
                                _ => None,
                            },
                        },
                        index,
                    );
                }
                before = Some(index);
                reconnect.clear();
                closed = None;
            }
            _ => {}
        }
    }
}

fn concerns_pool(kind: FactKind) -> bool {
    matches!(
        kind,
        FactKind::PoolFailed
            | FactKind::Degraded
            | FactKind::ConnectionLost
            | FactKind::Reconnecting
            | FactKind::PoolReset
    )
}

/// Two log handlers print each line: the same pool, a moment apart.
fn logged_twice(a: &Fact, b: &Fact) -> bool {
    a.fields.pool_id.is_some()
        && a.fields.pool_id == b.fields.pool_id
        && a.fields.generation == b.fields.generation
        && match (a.time(), b.time()) {
            (Some(a), Some(b)) => (b - a).abs() <= TimeDelta::milliseconds(50),
            _ => a.citation.place.line + 1 == b.citation.place.line,
        }
}

/// Each of them once, in order.
fn distinct<T: Copy + Ord>(all: impl Iterator<Item = T>) -> Arc<[T]> {
    let mut all: SmallVec<[T; 16]> = all.collect();
    all.sort_unstable();
    all.dedup();
    Arc::from(&*all)
}

fn shape(
    (container, run): (usize, usize),
    kind: Kind,
    at: Option<Time>,
    members: Vec<usize>,
    pids: Option<Arc<[u32]>>,
    facts: &[Fact],
) -> Startup {
    let of_members = || members.iter().map(|index| &facts[*index]);
    let mut pool_ids: Vec<String> = Vec::new();
    for fact in of_members() {
        if matches!(fact.kind, FactKind::PoolCreated | FactKind::PoolConfirmed)
            && let Some(id) = fact.fields.pool_id.as_deref()
            && !pool_ids.iter().any(|known| known == id)
        {
            pool_ids.push(id.to_owned());
        }
    }
    let created =
        |fact: &Fact| matches!(fact.kind, FactKind::PoolCreated | FactKind::PoolConfirmed);
    Startup {
        container,
        run: Some(run),
        at,
        kind,
        pids: pids.unwrap_or_else(|| distinct(of_members().filter_map(|fact| fact.fields.pid))),
        generations: distinct(
            of_members()
                .filter(|fact| created(fact))
                .filter_map(|fact| fact.fields.generation),
        ),
        pool_ids: pool_ids.into(),
        facts: members,
        outcome: Outcome::Unknown,
        outcome_reason: None,
    }
}

/// The PIDs of the run's own process: its master, and its first serving process.
fn run_pids(
    list: &[Process],
    main: Option<usize>,
    supervisor: Option<usize>,
    facts: &[Fact],
) -> Arc<[u32]> {
    let main = main.and_then(|main| list[main].pid);
    let supervisor = supervisor
        .and_then(|index| facts[index].fields.pid)
        .filter(|_| main.is_none());
    main.or(supervisor).into_iter().collect()
}

fn outcome_of_process(startup: &mut Startup, process: &Process, facts: &[Fact]) {
    let life: Life = process.facts.iter().map(|index| &facts[*index]).collect();
    judge(startup, &life);
    if startup.outcome == Outcome::Unknown && process.ended.is_some() {
        startup.outcome = Outcome::Exited;
    }
}

fn outcome_of_run(
    startup: &mut Startup,
    list: &[Process],
    main: Option<usize>,
    run: &Run,
    next: Option<&Run>,
    facts: &[Fact],
) {
    let life: Life = match main {
        Some(_) => startup.facts.iter().map(|index| &facts[*index]).collect(),
        // A master is as ready as its workers.
        None => list
            .iter()
            .flat_map(|process| &process.facts)
            .map(|index| &facts[*index])
            .collect(),
    };
    judge(startup, &life);
    if startup.outcome == Outcome::Unknown {
        let by_itself = run
            .end
            .as_ref()
            .is_some_and(|end| matches!(end.by, EndedBy::Exit | EndedBy::Signal | EndedBy::Oom));
        let over = run.end.is_some() || next.is_some();
        if by_itself
            || over
                && list
                    .iter()
                    .any(|process| process.announced && process.ended.is_some())
        {
            startup.outcome = Outcome::Exited;
        }
    }
}

/// The lines of one life.
type Life<'f> = SmallVec<[&'f Fact; 16]>;

/// Reads the outcome off the lines of one life: what is said first of failed, degraded and ready.
fn judge(startup: &mut Startup, life: &[&Fact]) {
    let mut attempts = 0_u64;
    let mut reason: Option<String> = None;
    let mut ready = false;
    let mut degraded = false;
    for fact in life {
        match fact.kind {
            FactKind::PoolAttemptFailed if !ready => {
                attempts += 1;
                reason = fact
                    .fields
                    .rarer()
                    .reason
                    .as_deref()
                    .map(str::to_owned)
                    .or(reason);
            }
            FactKind::PoolFailed if !degraded && !ready => {
                degraded = true;
                attempts += 1;
                reason = fact
                    .fields
                    .rarer()
                    .reason
                    .as_deref()
                    .filter(|reason| !reason.trim_end_matches([':', ' ']).is_empty())
                    .map(str::to_owned)
                    .or(reason);
            }
            FactKind::Degraded if !ready => degraded = true,
            FactKind::StartFailed if !ready => {
                startup.outcome = Outcome::Failed;
                startup.outcome_reason = reason.as_deref().map(|reason| explain(reason, attempts));
                return;
            }
            FactKind::Ready | FactKind::PoolConfirmed => ready = true,
            _ => {}
        }
    }
    if degraded {
        startup.outcome = Outcome::Degraded;
        startup.outcome_reason = Some(explain(
            reason.as_deref().unwrap_or("no connection"),
            attempts,
        ));
    } else if ready {
        startup.outcome = Outcome::Ready;
    }
}

/// An error text in the words of a report.
fn explain(reason: &str, attempts: u64) -> String {
    let lower = reason.to_ascii_lowercase();
    let what = if lower.contains("name resolution")
        || lower.contains("gaierror")
        || lower.contains("getaddrinfo")
        || lower.contains("name or service not known")
        || lower.contains("could not translate host name")
    {
        "name resolution failed".to_owned()
    } else if lower.contains("refused") {
        "connection refused".to_owned()
    } else if lower.contains("timeout") || lower.contains("timed out") {
        "connecting timed out".to_owned()
    } else {
        let mut text: String = reason
            .trim_end_matches([':', ' '])
            .chars()
            .take(60)
            .collect();
        if text.len() < reason.trim_end_matches([':', ' ']).len() {
            text.push('…');
        }
        text
    };
    match attempts {
        0 | 1 => what,
        n => format!("{what} {n} times"),
    }
}
