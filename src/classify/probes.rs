//! Commands run in a container from outside (`docker exec`), and network attachments from outside:
//! what automation does before it restarts something.

use crate::lifecycle::Container;
use crate::model::{Cited, Event, EventKind, Time};
use chrono::TimeDelta;
use std::collections::BTreeSet;

/// One command run in the container, to its end.
#[derive(Clone, Copy, Debug)]
pub(super) struct Probe<'a> {
    pub(super) command: &'a str,
    pub(super) ended: &'a Cited<Event>,
    pub(super) exit_code: i64,
}

/// Whether it was somebody's session and no question: a bare shell, or something that a signal ended
/// (left by Ctrl-C, or swept away by the very stop that it would have to explain).
fn is_session(command: &str, exit_code: i64) -> bool {
    let mut words = command.split_whitespace();
    let shell = words.next().is_some_and(|program| {
        matches!(
            program.rsplit('/').next(),
            Some("sh" | "bash" | "ash" | "dash" | "zsh" | "fish")
        )
    });
    let bare = shell && words.all(|word| matches!(word, "-l" | "-i" | "-il" | "-li" | "--login"));
    bare || matches!(exit_code, 129..=131 | 137 | 143)
}

/// The commands that ended in `from..=to`, oldest first, without the HEALTHCHECK's and without
/// sessions.
pub(super) fn probes(container: &Container, from: Time, to: Time) -> Vec<Probe<'_>> {
    // A command may run for a while before it ends.
    let begin = from - TimeDelta::minutes(10);
    container
        .events_between(from, to)
        .filter_map(|event| {
            let EventKind::ExecDie {
                exit_code: Some(exit_code),
                command: Some(command),
                ..
            } = &event.value.kind
            else {
                return None;
            };
            let line = command.line.trim_end();
            (command.announced >= begin
                && !line.is_empty()
                && !container.health_commands.contains(line)
                && !is_session(line, *exit_code))
            .then_some(Probe {
                command: line,
                ended: event,
                exit_code: *exit_code,
            })
        })
        .collect()
}

/// Whether the events begin while the container runs: what happens to its process first is an end.
fn begins_running(container: &Container) -> bool {
    container
        .events
        .iter()
        .find_map(|event| match event.value.kind {
            EventKind::Kill { .. } | EventKind::Die { .. } => Some(true),
            EventKind::Create | EventKind::Start | EventKind::Stop => Some(false),
            _ => None,
        })
        .unwrap_or(false)
}

/// A network attached to a running container.
#[derive(Clone, Copy, Debug)]
pub(super) struct Attached<'a> {
    pub(super) event: &'a Cited<Event>,
    pub(super) network: &'a str,
    /// It had been detached from the running container before.
    pub(super) again: bool,
}

/// Networks that were attached to the running container in `from..=to`: no part of a start or a
/// stop, so somebody's own doing.
pub(super) fn live_connects(container: &Container, from: Time, to: Time) -> Vec<Attached<'_>> {
    let events = &container.events;
    let end = events.partition_point(|event| event.value.time <= to);
    let window = events
        .partition_point(|event| event.value.time < from)
        .min(end);
    // What came before a start has no bearing on what comes after it.
    let start = events[..window]
        .iter()
        .rposition(|event| event.value.kind == EventKind::Start);
    let mut running = start.is_none() && begins_running(container);
    let mut detached: BTreeSet<&str> = BTreeSet::new();
    let mut found = Vec::new();
    for event in &events[start.unwrap_or(0)..end] {
        match &event.value.kind {
            EventKind::Start => {
                running = true;
                detached.clear();
            }
            EventKind::Die { .. } | EventKind::Stop => running = false,
            EventKind::NetworkDisconnect { network, .. } => {
                detached.insert(network);
            }
            EventKind::NetworkConnect { network, .. } if running && event.value.time >= from => {
                found.push(Attached {
                    event,
                    network,
                    again: detached.remove(network.as_ref()),
                });
            }
            _ => {}
        }
    }
    found
}

/// After a start, a script that attaches a network as its next step has done so by then.
const NEXT_STEP: TimeDelta = TimeDelta::seconds(2);

/// Networks that the container has right after its start at `start` but had not when it was stopped
/// at `stopped`: they were attached in between, or as soon as it ran.
pub(super) fn attached_at_start(
    container: &Container,
    stopped: Time,
    start: Time,
) -> Vec<(&Cited<Event>, &str)> {
    let known = container.seen_created.is_some_and(|at| at <= stopped);
    let mut attached: BTreeSet<&str> = container
        .networks_at(stopped)
        .map(|networks| networks.iter().map(AsRef::as_ref).collect())
        .unwrap_or_default();
    // The teardown's disconnects come before or after the stop; all networks it had count.
    for event in container.events_between(stopped - TimeDelta::seconds(10), start) {
        if let EventKind::NetworkDisconnect { network, .. } = &event.value.kind {
            attached.insert(network);
        }
    }
    if !known {
        return Vec::new();
    }
    // Engine 20.10 and 26 connect right after `create` or `start`'s request, 28 just before `start`.
    container
        .events_between(stopped, start + NEXT_STEP)
        .filter_map(|event| match &event.value.kind {
            EventKind::NetworkConnect { network, .. } if !attached.contains(network.as_ref()) => {
                Some((event, network.as_ref()))
            }
            _ => None,
        })
        .collect()
}
