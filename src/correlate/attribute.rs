//! Decides which container wrote a log.

use super::directory::Directory;
use super::{ContainerLog, InputWarning};
use crate::lifecycle::ids::{SHORT_ID, is_hex};
use crate::lifecycle::{Container, History, Run};
use crate::model::log::{LastLine, LogFacts, Origin};
use crate::model::{Fact, FactKind, InputId, Time, Warning};
use chrono::TimeDelta;

/// From a container's start to its application's first startup line, at the most.
const START_TO_LINE: TimeDelta = TimeDelta::seconds(120);
/// An application's first line may carry a time this much before the `start` event.
const LINE_BEFORE_START: TimeDelta = TimeDelta::milliseconds(200);

/// An application's clock may be this far from the engine's.
const SLACK: TimeDelta = TimeDelta::hours(1);
/// The zone that is furthest from UTC.
const FURTHEST_ZONE: TimeDelta = TimeDelta::hours(14);

/// Hands the facts of each log to its container; containers that only logs show are added.
pub(super) fn attribute(
    history: &mut History,
    mut logs: Vec<LogFacts>,
    only_container: Option<&str>,
    notes: &mut Vec<InputWarning>,
) -> Vec<ContainerLog> {
    // Older rotated pieces first, then by input, so that facts come in order.
    logs.sort_by_key(|log| (std::cmp::Reverse(log.rotation), log.input));
    let mut parts: Vec<Part> = Vec::new();
    for log in logs {
        parts.extend(split(log));
    }
    // Logs that say whose they are come first: they may add containers that others only name.
    parts.sort_by_key(|part| {
        (
            strength(&part.origin),
            std::cmp::Reverse(part.rotation),
            part.input,
        )
    });
    let mut result: Vec<ContainerLog> = Vec::new();
    let mut directory = Directory::new(history);
    for part in parts {
        let targets = target(&mut directory, &part, only_container, notes);
        result.resize_with(directory.containers().len(), ContainerLog::default);
        hand_over(part, &targets, directory.containers(), &mut result);
    }
    result.resize_with(history.containers.len(), ContainerLog::default);
    result
}

/// The lines of one origin in one log.
struct Part {
    input: InputId,
    rotation: u64,
    origin: Origin,
    facts: Vec<Fact>,
    last_lines: Vec<LastLine>,
    window: Option<(Time, Time)>,
}

fn split(mut log: LogFacts) -> Vec<Part> {
    let window = log.from.zip(log.to);
    if log.origins.len() == 1
        && let Some(origin) = log.origins.pop()
    {
        return vec![Part {
            input: log.input,
            rotation: log.rotation,
            origin,
            facts: log.facts,
            last_lines: log.last_lines,
            window,
        }];
    }
    let mut parts: Vec<Part> = log
        .origins
        .into_iter()
        .map(|origin| Part {
            input: log.input,
            rotation: log.rotation,
            origin,
            facts: Vec::new(),
            last_lines: Vec::new(),
            window,
        })
        .collect();
    for fact in log.facts {
        if let Some(part) = parts.get_mut(fact.origin as usize) {
            part.facts.push(fact);
        }
    }
    for line in log.last_lines {
        if let Some(part) = parts.get_mut(line.origin as usize) {
            part.last_lines.push(line);
        }
    }
    // Origins that differ in the epoch alone are one container's.
    parts.sort_by(|a, b| a.origin.cmp(&b.origin));
    let mut joined: Vec<Part> = Vec::new();
    for part in parts {
        match joined.last_mut() {
            Some(last)
                if last.origin.container_id == part.origin.container_id
                    && last.origin.name == part.origin.name =>
            {
                last.facts.extend(part.facts);
                last.last_lines.extend(part.last_lines);
                last.facts.sort_by_key(|fact| fact.citation.place);
                last.last_lines.sort_by_key(|line| line.citation.place);
            }
            _ => joined.push(part),
        }
    }
    joined
}

/// 0: names an id; 1: names a name; 2: guesses a name; 3: says nothing.
fn strength(origin: &Origin) -> u8 {
    match (&origin.container_id, &origin.name) {
        (Some(_), _) => 0,
        (None, Some(_)) if !origin.guessed => 1,
        (None, Some(_)) => 2,
        (None, None) => 3,
    }
}

/// The containers that a part's lines may belong to; more than one when a name was passed on.
fn target(
    directory: &mut Directory<'_>,
    part: &Part,
    only_container: Option<&str>,
    notes: &mut Vec<InputWarning>,
) -> Vec<usize> {
    if let Some(id) = &part.origin.container_id {
        let name = part.origin.name.clone();
        let index = match directory.by_id(id) {
            None => directory.add(id.clone(), name),
            Some(index) => {
                directory.learn(index, id, name);
                index
            }
        };
        return vec![index];
    }
    if let Some(name) = &part.origin.name {
        let known = directory.by_name(name);
        if !known.is_empty() {
            return known.to_vec();
        }
        if !part.origin.guessed {
            return vec![directory.add(String::new(), Some(name.clone()))];
        }
    }
    if let Some(word) = only_container {
        let known = directory.by_word(word);
        if !known.is_empty() {
            return known;
        }
        let is_id = word.len() >= SHORT_ID && is_hex(word);
        let (id, name) = if is_id {
            (word.to_owned(), None)
        } else {
            (String::new(), Some(word.to_owned()))
        };
        return vec![directory.add(id, name)];
    }
    if part.facts.is_empty() {
        // Nothing in it needs an owner.
        return Vec::new();
    }
    if let Some(index) = by_times(directory, &part.facts) {
        let container = &directory.containers()[index];
        notes.push((
            part.input,
            Warning::ContainerGuessed {
                id: container.short_id().to_owned(),
                name: container.name().unwrap_or("no name").to_owned(),
            },
        ));
        return vec![index];
    }
    // A file's name is better than nothing where no events could contradict it.
    let name = part.origin.name.clone();
    if name.is_none() || directory.any_runs() {
        notes.push((part.input, Warning::ContainerUnknown));
    }
    vec![directory.add(String::new(), name)]
}

/// The one container whose starts explain every process start of the log.
fn by_times(directory: &Directory<'_>, facts: &[Fact]) -> Option<usize> {
    let containers = directory.containers();
    let starts: Vec<Time> = facts
        .iter()
        .filter(|fact| is_main_start(fact.kind))
        .filter_map(Fact::time)
        .collect();
    let Some(first) = starts.first() else {
        let untimed = facts.iter().all(|fact| fact.time().is_none());
        return directory
            .only_started()
            .filter(|index| untimed && !is_of_another_time(&containers[*index], facts));
    };
    // How far the log's starts are behind the container's, summed; all must be explained.
    let distance = |container: &Container| -> Option<TimeDelta> {
        let mut runs: Vec<Time> = container.runs.iter().filter_map(Run::started_at).collect();
        runs.sort_unstable();
        starts.iter().try_fold(TimeDelta::zero(), |sum, start| {
            let from = runs.partition_point(|run| *run < *start - START_TO_LINE);
            runs[from..]
                .iter()
                .map(|run| *start - *run)
                .take_while(|lag| -LINE_BEFORE_START <= *lag)
                .map(|lag| lag.abs())
                .min()
                .map(|lag| sum + lag)
        })
    };
    let mut fitting: Vec<(TimeDelta, usize)> = directory
        .started_between(*first - START_TO_LINE, *first + LINE_BEFORE_START)
        .into_iter()
        .filter_map(|index| distance(&containers[index]).map(|lag| (lag, index)))
        .collect();
    fitting.sort();
    match fitting[..] {
        [(_, only)] => Some(only),
        // Two that started at the same moments cannot be told apart by time.
        [(best, index), (second, _), ..] if second > best * 3 + TimeDelta::seconds(2) => {
            Some(index)
        }
        _ => None,
    }
}

/// Whether the lines have no times but those that the application wrote into them, and these all lie
/// outside the time in which the container is known.
fn is_of_another_time(container: &Container, facts: &[Fact]) -> bool {
    let Some(from) = container.first_seen() else {
        return false;
    };
    let runs_on = container.runs.last().is_some_and(|run| run.end.is_none());
    let removed = container.removed.as_ref().map(|removed| removed.time);
    let until = removed.or_else(|| {
        // What still runs may say anything later, but it does not start once more.
        let starts = facts.iter().any(|fact| is_main_start(fact.kind));
        let event = container.events.last().map(|event| event.value.time);
        let runs = container
            .runs
            .iter()
            .map(|run| run.ended_at().max(run.started_at()))
            .max()
            .flatten();
        event.max(runs).filter(|_| starts || !runs_on)
    });
    let mut said = facts.iter().filter_map(Fact::said_time).peekable();
    said.peek().is_some()
        && said.all(|said| {
            let slack = if said.assumed_zone {
                SLACK + FURTHEST_ZONE
            } else {
                SLACK
            };
            said.time + slack < from || until.is_some_and(|until| said.time - slack > until)
        })
}

fn is_main_start(kind: FactKind) -> bool {
    matches!(
        kind,
        FactKind::ProcessStart | FactKind::MasterStart | FactKind::ReloaderStart
    )
}

/// Gives each line to its container: the one that had the name when the line was written.
fn hand_over(part: Part, targets: &[usize], containers: &[Container], result: &mut [ContainerLog]) {
    let owner = |time: Option<Time>| -> Option<usize> {
        match (targets, time) {
            ([only], _) => Some(*only),
            (_, None) => targets.last().copied(),
            (_, Some(time)) => targets
                .iter()
                .copied()
                .rfind(|index| {
                    containers[*index]
                        .first_seen()
                        .is_none_or(|seen| seen <= time + LINE_BEFORE_START)
                })
                .or(targets.first().copied()),
        }
    };
    for index in targets {
        let log = &mut result[*index];
        log.present = true;
        log.unidentified = containers[*index].id.is_empty() && strength(&part.origin) >= 2;
        if let Some(window) = part.window {
            let old = std::mem::take(&mut log.coverage);
            log.coverage = old.and([window]);
        }
    }
    if let [only] = targets
        && result[*only].facts.is_empty()
        && result[*only].last_lines.is_empty()
    {
        result[*only].facts = part.facts;
        result[*only].last_lines = part.last_lines;
        return;
    }
    for fact in part.facts {
        if let Some(index) = owner(fact.time()) {
            result[index].facts.push(fact);
        }
    }
    for line in part.last_lines {
        if let Some(index) = owner(line.citation.time) {
            result[index].last_lines.push(line);
        }
    }
}
