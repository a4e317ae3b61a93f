//! Facts are placed in runs and joined into startups.
//!
//! How a fact travels through the files:
//!
//! 1. `attribute` decides **which container wrote a log**. It finds containers in the `directory`, by
//!    id, by name, or by the times at which they started.
//! 2. `order` sorts the facts of each container and drops what was read twice; `untimed` does so for
//!    logs without times.
//! 3. `place` decides **which fact belongs to which run**, and adds the runs that only the log shows:
//!    by time, or with `align` by order where the log has no times. `process/split.rs` cuts a stretch
//!    of a log into the runs that it shows by itself.
//! 4. `process` gives the facts of a run to its processes (`process/reader.rs`), and says what each
//!    process is to the run (`process/role.rs`): main process, worker, successor ...
//! 5. `startup` decides **what is one startup** (`startup/build.rs`): the run, each later process, and
//!    each later pool (`startup/pools.rs`). `startup/outcome.rs` says how far each of them got.
//! 6. `gaps` notes the inputs whose events contradict each other, and `restarts` the snapshots that count
//!    more restarts than there are runs.
//!
//! [`correlate`] calls these steps in this order.

mod align;
mod attribute;
mod directory;
mod gaps;
mod order;
mod place;
mod process;
mod restarts;
mod startup;
mod untimed;

pub(crate) use restarts::unseen_runs;
pub use startup::{Kind, Pool, Startup};

use crate::lifecycle::identity::{Identity, ServiceKey};
use crate::lifecycle::{Coverage, History, identity};
use crate::model::log::{LastLine, LogFacts};
use crate::model::{Fact, FactKind, InputId, Time, Warning};
use std::collections::BTreeMap;
use std::ops::Range;

/// Everything known, joined.
#[derive(Clone, Debug, Default)]
pub struct Correlated {
    /// Containers and runs, with those that only logs show.
    pub history: History,
    /// What the logs of each container say, by its index in the history.
    pub logs: Vec<ContainerLog>,
    /// The service of each container, by its index in the history.
    pub identities: Vec<Identity>,
    /// The containers of each service, by first appearance.
    pub members: BTreeMap<ServiceKey, Vec<usize>>,
    /// All startups: those of a service together, by time.
    pub startups: Vec<Startup>,
    /// What had to be assumed or left out, by input.
    pub notes: Vec<InputWarning>,
}

/// All that a container's logs say.
#[derive(Clone, Debug, Default)]
pub struct ContainerLog {
    /// Its recognised lines, in order, each once.
    pub facts: Vec<Fact>,
    /// The facts of each run, by its index in the container: a range, empty where the log holds none.
    pub runs: Vec<Range<usize>>,
    /// What it said near the end of runs, in order.
    pub last_lines: Vec<LastLine>,
    /// The windows that the logs cover; empty when they have no times.
    pub coverage: Coverage,
    /// Whether there is any log of it.
    pub present: bool,
    /// Whether it could not be known which container wrote the log.
    pub unidentified: bool,
}

impl ContainerLog {
    /// The facts of a run (an index into the container's runs), as a range.
    #[must_use]
    pub fn facts_of_run(&self, run: usize) -> Range<usize> {
        self.runs.get(run).cloned().unwrap_or_default()
    }

    /// The line by which a run (an index into the container's runs) began to shut down in order.
    #[must_use]
    pub fn shutdown_of(&self, run: usize) -> Option<&Fact> {
        let facts = &self.facts[self.facts_of_run(run)];
        let shutdown = facts
            .iter()
            .rfind(|fact| fact.kind == FactKind::ShuttingDown);
        shutdown.or_else(|| {
            // Some programs tell of the signal, then that the main process ended.
            let of_main = |fact: &Fact| fact.fields.pid.is_none_or(|pid| pid == 1);
            let end = facts
                .iter()
                .rposition(|fact| fact.kind == FactKind::ProcessEnd && of_main(fact))?;
            let signal = facts[..end]
                .iter()
                .rfind(|fact| fact.kind == FactKind::Signal && of_main(fact));
            Some(signal.unwrap_or(&facts[end]))
        })
    }

    /// What was said last before `fact` in the same input.
    #[must_use]
    pub fn last_line_before(&self, fact: &Fact) -> Option<&LastLine> {
        let key = (fact.time(), fact.citation.place);
        let before = self
            .last_lines
            .partition_point(|line| (line.citation.time, line.citation.place) < key);
        self.last_lines[..before]
            .iter()
            .rev()
            .take(64)
            .find(|line| {
                line.citation.place.input == fact.citation.place.input
                    && line.citation.place.line < fact.citation.place.line
            })
    }

    /// What was said last in a window of time.
    #[must_use]
    pub fn last_lines_between(&self, from: Time, to: Time) -> &[LastLine] {
        let begin = self
            .last_lines
            .partition_point(|line| line.citation.time < Some(from));
        let end = self
            .last_lines
            .partition_point(|line| line.citation.time <= Some(to));
        &self.last_lines[begin..end.max(begin)]
    }
}

/// A warning, and the input that it is about.
pub type InputWarning = (InputId, Warning);

/// What is known of the inputs beside their content.
struct Inputs<'a> {
    paths: &'a [String],
    rotations: BTreeMap<InputId, u64>,
}

impl Inputs<'_> {
    fn path(&self, input: InputId) -> &str {
        self.paths
            .get(input.0 as usize)
            .map_or("another input", String::as_str)
    }

    fn rotation(&self, input: InputId) -> u64 {
        self.rotations.get(&input).copied().unwrap_or(0)
    }
}

/// Joins `logs` with `history`. `only_container` is the one container that the user named, if one;
/// `paths` are those of the inputs, by their number.
#[must_use]
pub fn correlate(
    history: History,
    logs: Vec<LogFacts>,
    only_container: Option<&str>,
    paths: &[String],
) -> Correlated {
    let inputs = Inputs {
        paths,
        rotations: logs.iter().map(|log| (log.input, log.rotation)).collect(),
    };
    let mut history = history;
    let mut notes = Vec::new();
    let mut container_logs = attribute::attribute(&mut history, logs, only_container, &mut notes);
    for (container, log) in history.containers.iter_mut().zip(&mut container_logs) {
        order::settle(log, &inputs, &mut notes);
        place::place(container, log, &history.coverage);
    }
    let identities = identity::identify_all(&history.containers);
    let mut members: BTreeMap<ServiceKey, Vec<usize>> = BTreeMap::new();
    for (index, identity) in identities.iter().enumerate() {
        members.entry(identity.key.clone()).or_default().push(index);
    }
    let startups = startups_by_service(&history, &container_logs, &members);
    notes.extend(gaps::missing_events(&history));
    notes.sort_by_cached_key(|(input, warning)| (*input, warning.to_string()));
    notes.dedup();
    Correlated {
        history,
        logs: container_logs,
        identities,
        members,
        startups,
        notes,
    }
}

/// The startups of all containers: those of a service together, by time.
fn startups_by_service(
    history: &History,
    logs: &[ContainerLog],
    members: &BTreeMap<ServiceKey, Vec<usize>>,
) -> Vec<Startup> {
    let mut startups = Vec::new();
    for (index, (container, log)) in history.containers.iter().zip(logs).enumerate() {
        startup::add_startups_of(index, container, log, &mut startups);
    }
    let mut service_of = vec![0; history.containers.len()];
    for (service, containers) in members.values().enumerate() {
        for container in containers {
            service_of[*container] = service;
        }
    }
    startups.sort_by_key(|startup| {
        let runs = &history.containers[startup.container].runs;
        (service_of[startup.container], startup.order(runs))
    });
    startups
}
