//! Facts are placed in runs (by time; by order where there is none) and joined into startups.

mod align;
mod attribute;
mod directory;
mod order;
mod place;
mod process;
mod startup;
mod untimed;

pub use startup::{Kind, Pool, Startup};

use crate::lifecycle::identity::{Identity, ServiceKey};
use crate::lifecycle::{Coverage, History, Hole, identity};
use crate::model::log::{LastLine, LogFacts};
use crate::model::{Fact, FactKind, InputId, Time};
use std::collections::BTreeMap;
use std::ops::Range;

/// Everything known, joined.
#[derive(Clone, Debug, Default)]
pub struct Correlated {
    /// Containers and runs, with those that only logs show.
    pub history: History,
    /// Of each container (same index): what its logs say.
    pub logs: Vec<ContainerLog>,
    /// Of each container (same index): its service.
    pub identities: Vec<Identity>,
    /// The containers of each service, by first appearance.
    pub members: BTreeMap<ServiceKey, Vec<usize>>,
    /// All startups: those of a service together, by time.
    pub startups: Vec<Startup>,
    /// What had to be assumed or left out, by input.
    pub notes: Vec<Note>,
}

/// All that a container's logs say.
#[derive(Clone, Debug, Default)]
pub struct ContainerLog {
    /// Its recognised lines, in order, each once.
    pub facts: Vec<Fact>,
    /// Of each of the container's runs (same index), its facts: a range, empty where the log holds none.
    pub runs: Vec<Range<usize>>,
    /// What it said near the end of runs, in order.
    pub last_lines: Vec<LastLine>,
    /// The windows that the logs cover; empty when they have no times.
    pub coverage: Coverage,
    /// It has logs at all.
    pub present: bool,
    /// Which container wrote the log could not be known.
    pub unidentified: bool,
}

impl ContainerLog {
    /// The facts of a run (an index into the container's runs), as a range.
    #[must_use]
    pub fn of_run(&self, run: usize) -> Range<usize> {
        self.runs.get(run).cloned().unwrap_or_default()
    }

    /// The line by which a run (an index into the container's runs) began to shut down in order.
    #[must_use]
    pub fn shutdown_of(&self, run: usize) -> Option<&Fact> {
        self.facts[self.of_run(run)]
            .iter()
            .rfind(|fact| fact.kind == FactKind::ShuttingDown)
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

/// Something to say of an input.
pub type Note = (InputId, String);

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

/// What is to be said of inputs whose events contradict each other: the first hole of each, and how many
/// there are.
fn missing_events(history: &History) -> impl Iterator<Item = Note> {
    let mut holes: BTreeMap<InputId, Vec<&Hole>> = BTreeMap::new();
    for hole in history
        .containers
        .iter()
        .flat_map(|container| &container.holes)
    {
        holes
            .entry(hole.shown_by.place.input)
            .or_default()
            .push(hole);
    }
    holes.into_iter().filter_map(|(input, mut holes)| {
        holes.sort_by_key(|hole| (hole.from, hole.to));
        // A hole that two containers share is one.
        holes.dedup_by_key(|hole| (hole.from, hole.to));
        let first = holes.first()?;
        let more = match holes.len() - 1 {
            0 => String::new(),
            1 => "; and another time".to_owned(),
            more => format!("; and {more} more times"),
        };
        let text = format!(
            "line {}: events before it are missing, between {} and {}: {}{more}",
            first.shown_by.place.line,
            first.from.format("%Y-%m-%d %H:%M:%S%.3f"),
            first.to.format("%H:%M:%S%.3fZ"),
            first.missing,
        );
        Some((input, text))
    })
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
    let identities = identity::of_all(&history.containers);
    let mut members: BTreeMap<ServiceKey, Vec<usize>> = BTreeMap::new();
    for (index, identity) in identities.iter().enumerate() {
        members.entry(identity.key.clone()).or_default().push(index);
    }
    let mut startups = Vec::new();
    for (index, (container, log)) in history.containers.iter().zip(&container_logs).enumerate() {
        startup::of(index, container, log, &mut startups);
    }
    let mut service_of = vec![0; identities.len()];
    for (service, containers) in members.values().enumerate() {
        for container in containers {
            service_of[*container] = service;
        }
    }
    startups.sort_by_key(|startup| {
        let runs = &history.containers[startup.container].runs;
        (service_of[startup.container], startup.order(runs))
    });
    notes.extend(missing_events(&history));
    notes.sort();
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
