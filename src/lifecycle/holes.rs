//! Events that contradict each other show that others between them are missing: a recording that was
//! interrupted and went on in the same file, or an engine that was asked once a day and keeps but its
//! last 256 events.

use super::Engine;
use crate::model::{Citation, Cited, Event, EventKind, Time};
use chrono::TimeDelta;

/// How exactly `execDuration` says when a run began: it is rounded down to seconds, and the clock may be
/// set meanwhile by a little.
const ROUNDED: TimeDelta = TimeDelta::seconds(3);
/// `stop` and `die` of one stop come in either order, at most 0.33 s apart where measured; `restart`
/// right after `start`.
const AT_ONCE: TimeDelta = TimeDelta::seconds(5);

/// A time in which events of a container are missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hole {
    /// The last event before it.
    pub from: Time,
    /// The first one after it.
    pub to: Time,
    /// The event that shows it: it contradicts what was told before.
    pub shown_by: Citation,
    /// What is missing, for people.
    pub missing: &'static str,
}

/// Whose events they are, and what they would tell.
#[derive(Clone, Copy, Debug)]
pub(super) struct Recorded {
    /// Docker's; podman has another order, and tells less of a stop.
    pub(super) docker: bool,
    /// They were not filtered down to events without `kill`.
    pub(super) kills: bool,
}

impl Recorded {
    /// Reads it off all events.
    pub(super) fn of(events: &[Cited<Event>]) -> Self {
        let any =
            |test: &dyn Fn(&EventKind) -> bool| events.iter().any(|event| test(&event.value.kind));
        Self {
            docker: !any(&is_podmans),
            kills: any(&|kind| {
                matches!(
                    kind,
                    EventKind::Kill { .. }
                        | EventKind::NetworkConnect { .. }
                        | EventKind::NetworkDisconnect { .. }
                )
            }),
        }
    }
}

/// Whether podman alone emits it.
pub(super) fn is_podmans(kind: &EventKind) -> bool {
    matches!(kind, EventKind::Other(what) if what.ends_with("init") || what.ends_with("cleanup"))
}

/// What the events so far say of a container.
#[derive(Clone, Copy)]
enum State {
    Unknown,
    /// It was created then, and not started.
    Created(Time),
    /// It runs since then.
    Running {
        since: Time,
        /// A signal was sent to it through the API.
        killed: bool,
    },
    /// It ended then.
    Ended {
        at: Time,
        /// Its end was asked for, and is not complete.
        stopping: bool,
    },
}

/// The holes that the events of one container show, oldest first.
pub(super) fn of(events: &[Cited<Event>], recorded: Recorded, engine: &Engine) -> Vec<Hole> {
    let mut holes = Vec::new();
    let mut state = State::Unknown;
    for (index, event) in events.iter().enumerate() {
        let found = missing_before(events, index, state, recorded)
            // An engine that was killed says nothing of what ended with it.
            .filter(|_| engine.boot_at(event.value.time).is_none());
        if let Some((from, to, missing)) = found
            // Two of a kind at the same moment are one that was told twice.
            && from < to
        {
            holes.push(Hole {
                from,
                to,
                shown_by: event.citation.clone(),
                missing,
            });
        }
        state = after(state, &event.value);
    }
    holes
}

fn after(state: State, event: &Event) -> State {
    let time = event.time;
    match (&event.kind, state) {
        (EventKind::Create, _) => State::Created(time),
        (EventKind::Start, _) => State::Running {
            since: time,
            killed: false,
        },
        (EventKind::Kill { .. }, State::Running { since, .. }) => State::Running {
            since,
            killed: true,
        },
        (EventKind::Die { .. }, State::Running { killed, .. }) => State::Ended {
            at: time,
            stopping: killed,
        },
        (EventKind::Die { .. }, _) => State::Ended {
            at: time,
            stopping: false,
        },
        (EventKind::Stop, State::Ended { at, .. }) => State::Ended {
            at,
            stopping: false,
        },
        (EventKind::Destroy, _) => State::Unknown,
        // It runs, since nobody knows when.
        (_, State::Created(before) | State::Ended { at: before, .. })
            if needs_a_run(event, before) =>
        {
            State::Unknown
        }
        _ => state,
    }
}

/// Only a container that runs has such an event; not one that was stopped or created at `before` and has
/// not been started since.
fn needs_a_run(event: &Event, before: Time) -> bool {
    match &event.kind {
        EventKind::ExecCreate { .. }
        | EventKind::Restart
        | EventKind::Pause
        | EventKind::Unpause
        | EventKind::Oom => true,
        // Its end may be told after the container's.
        EventKind::ExecDie { .. } => event.begins() > before && event.begins() < event.time,
        _ => false,
    }
}

/// What is missing before the event at `index`, if anything: between which moments, and what.
fn missing_before(
    events: &[Cited<Event>],
    index: usize,
    state: State,
    recorded: Recorded,
) -> Option<(Time, Time, &'static str)> {
    const END: &str = "the end of a run";
    const START: &str = "the start of a run";
    let event = &events[index].value;
    let time = event.time;
    match (&event.kind, state) {
        (EventKind::Start, State::Running { since, .. }) if time - since > ROUNDED => {
            let last = last_before(events, index, |kind| {
                // A start begins with them.
                !matches!(kind, EventKind::NetworkConnect { .. })
            });
            Some((last.unwrap_or(since), time, END))
        }
        (EventKind::Destroy, State::Running { since, .. }) => {
            let last = last_before(events, index, |_| true);
            Some((last.unwrap_or(since), time, END))
        }
        (EventKind::Die { duration_s, .. }, _) => {
            let lasted = duration_s.and_then(|seconds| i64::try_from(seconds).ok());
            let began = lasted
                .and_then(TimeDelta::try_seconds)
                .and_then(|lasted| time.checked_sub_signed(lasted));
            match state {
                State::Running { since, killed } => match began {
                    Some(began) if began - since > ROUNDED => {
                        let earlier = events[..index].iter().rev();
                        let mut earlier = earlier.map(|event| event.value.time);
                        let last = earlier.find(|time| *time <= began - TimeDelta::seconds(1));
                        let both = "the end of a run and the start of the next";
                        Some((last.unwrap_or(since), began, both))
                    }
                    _ if recorded.docker && recorded.kills && !killed => {
                        stop_without_request(events, index, since)
                    }
                    _ => None,
                },
                State::Ended { at: before, .. } | State::Created(before) => {
                    let behind = first_since(events, index, before);
                    let to = began.filter(|began| *began > before).unwrap_or(behind);
                    Some((before, to, START))
                }
                State::Unknown => None,
            }
        }
        // The policy's own pause ends with a `stop` that nothing comes before.
        (EventKind::Stop, State::Ended { at, stopping: true })
            if recorded.docker && time - at > AT_ONCE =>
        {
            Some((at, time, "a start and the end of that run"))
        }
        (kind, State::Ended { at: before, .. } | State::Created(before))
            if needs_a_run(event, before) && (recorded.docker || *kind != EventKind::Restart) =>
        {
            Some((before, first_since(events, index, before), START))
        }
        _ => None,
    }
}

/// Docker sends a signal, which it tells, before it says that it stopped a container.
fn stop_without_request(
    events: &[Cited<Event>],
    die: usize,
    since: Time,
) -> Option<(Time, Time, &'static str)> {
    let time = events[die].value.time;
    let is_stop = |event: &&Cited<Event>| event.value.kind == EventKind::Stop;
    let before = events[..die]
        .iter()
        .rev()
        .take_while(|event| event.value.time >= since && time - event.value.time <= AT_ONCE);
    let behind = events[die + 1..]
        .iter()
        .take_while(|event| event.value.time - time <= AT_ONCE)
        .take_while(|event| event.value.kind != EventKind::Start);
    before.chain(behind).find(is_stop)?;
    let last = last_before(events, die, |kind| {
        // They belong to the stop.
        !matches!(kind, EventKind::NetworkDisconnect { .. } | EventKind::Stop)
    });
    Some((last.unwrap_or(since), time, "who stopped it"))
}

/// The time of the last event before the one at `index` that `counts`.
fn last_before(
    events: &[Cited<Event>],
    index: usize,
    counts: impl Fn(&EventKind) -> bool,
) -> Option<Time> {
    events[..index]
        .iter()
        .rev()
        .find(|event| counts(&event.value.kind))
        .map(|event| event.value.time)
}

/// The time of the first event after `before` that does not belong to what ended or was created then;
/// the one at `index` at the latest.
fn first_since(events: &[Cited<Event>], index: usize, before: Time) -> Time {
    let is_of_it = |kind: &EventKind| {
        matches!(
            kind,
            EventKind::NetworkConnect { .. }
                | EventKind::NetworkDisconnect { .. }
                | EventKind::Stop
        )
    };
    events[..=index]
        .iter()
        .rev()
        .take_while(|event| event.value.time > before)
        .filter(|event| !is_of_it(&event.value.kind))
        .last()
        .map_or(events[index].value.time, |event| event.value.time)
}
