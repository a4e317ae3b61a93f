//! Events that contradict each other show that others between them are missing: a recording that was
//! interrupted and went on in the same file, or an engine that was asked once a day and keeps but its
//! last 256 events.

use super::{Container, Engine};
use crate::model::{Citation, Cited, Event, EventKind, Time};
use chrono::TimeDelta;
use std::collections::BTreeMap;

/// How exactly `execDuration` says when a run began: it is rounded down to seconds, and the clock may be
/// set meanwhile by a little.
const ROUNDED: TimeDelta = TimeDelta::seconds(3);
/// `restart` comes right after `start`, and `stop` after `die`, however busy the engine is.
const AT_ONCE: TimeDelta = TimeDelta::seconds(5);
/// `stop` and `die` of one stop come in either order, at most 0.33 s apart where measured; further apart
/// the `stop` may be that of the policy's pause, before which no signal is sent.
const ONE_STOP: TimeDelta = TimeDelta::milliseconds(1500);

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
    /// When they begin.
    from: Option<Time>,
    /// Docker's; podman has another order, and tells less of a stop.
    docker: bool,
    /// They were not filtered down to events without `kill`.
    kills: bool,
    /// They tell of removals.
    removals: bool,
}

impl Recorded {
    /// Reads it off all events, which come by time.
    pub(super) fn of(events: &[Cited<Event>]) -> Self {
        let any =
            |test: &dyn Fn(&EventKind) -> bool| events.iter().any(|event| test(&event.value.kind));
        Self {
            from: events.first().map(|event| event.value.begins()),
            docker: !any(&is_podmans),
            removals: any(&|kind| *kind == EventKind::Destroy),
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
    const BOTH: &str = "the end of a run and the start of the next";
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
        (EventKind::Restart, State::Running { since, .. })
            if recorded.docker && time - since > AT_ONCE =>
        {
            let last = last_before(events, index, |_| true);
            Some((last.unwrap_or(since), time, BOTH))
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
                        Some((last.unwrap_or(since), began, BOTH))
                    }
                    _ if !killed && is_unasked_stop(events, index, recorded) => {
                        // The container's networks are taken away as it stops.
                        let last = last_before(events, index, |kind| {
                            !matches!(kind, EventKind::NetworkDisconnect { .. } | EventKind::Stop)
                        });
                        Some((last.unwrap_or(since), time, "who stopped it"))
                    }
                    _ => None,
                },
                State::Ended { at: before, .. } | State::Created(before) => {
                    let killed = events[..index]
                        .iter()
                        .rev()
                        .take_while(|event| event.value.time > before)
                        .any(|event| matches!(event.value.kind, EventKind::Kill { .. }));
                    let to = if !killed && is_unasked_stop(events, index, recorded) {
                        time
                    } else {
                        let behind = first_since(events, index, before);
                        began.filter(|began| *began > before).unwrap_or(behind)
                    };
                    Some((before, to, START))
                }
                // The first that is told of it, and it began while events were recorded.
                State::Unknown => {
                    let began = began?;
                    let first = events.first()?.value.begins();
                    let unseen = recorded.from.is_some_and(|from| began - from > ROUNDED);
                    (unseen && first - began > ROUNDED && !had_a_life(&events[..index]))
                        .then(|| (began - TimeDelta::seconds(1), first, START))
                }
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

/// Whether the end at `die` is that of a stop: Docker tells first of the signal that it sends.
fn is_unasked_stop(events: &[Cited<Event>], die: usize, recorded: Recorded) -> bool {
    let time = events[die].value.time;
    let before = events[..die]
        .iter()
        .rev()
        .take_while(|event| time - event.value.time <= ONE_STOP)
        .take_while(|event| !event.value.kind.begins_or_ends_run());
    let behind = events[die + 1..]
        .iter()
        .take_while(|event| event.value.time - time <= ONE_STOP)
        .take_while(|event| !event.value.kind.begins_or_ends_run());
    recorded.docker
        && recorded.kills
        && before
            .chain(behind)
            .any(|event| event.value.kind == EventKind::Stop)
}

/// Whether a run of it was told of.
fn had_a_life(events: &[Cited<Event>]) -> bool {
    events
        .iter()
        .any(|event| event.value.kind.begins_or_ends_run() || event.value.kind == EventKind::Create)
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

/// Where one container has the name of another before that one was renamed or removed: the removal is
/// missing. `containers` come by when they were first seen.
pub(super) fn of_names(containers: &mut [Container], recorded: Recorded) {
    if !recorded.removals {
        return;
    }
    let mut owners: BTreeMap<String, usize> = BTreeMap::new();
    for index in 0..containers.len() {
        let Some(first) = containers[index].events.first() else {
            continue;
        };
        let (Some(name), to) = (first.value.name.as_deref(), first.value.begins()) else {
            continue;
        };
        let shown_by = first.citation.clone();
        let Some(before) = owners.insert(name.to_owned(), index) else {
            continue;
        };
        let owner = &containers[before];
        let last = owner.events.last().map(|event| event.value.time);
        let Some(from) = last.filter(|last| *last < to) else {
            continue;
        };
        if owner.removed.is_some() || owner.name() != Some(name) {
            continue;
        }
        let hole = Hole {
            from,
            to,
            shown_by,
            missing: "the removal of the container that had the name before",
        };
        containers[before].holes.push(hole.clone());
        containers[index].holes.insert(0, hole);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::{events, time::Zone};
    use crate::lifecycle::{Documents, History};
    use crate::model::InputId;
    use std::fmt::Write as _;

    const NETWORK: &str = "network connect";

    /// A history of these events: seconds, container, what happened, further attributes.
    fn history(told: &[(u64, &str, &str, &str)]) -> History {
        let mut lines = String::new();
        for (second, name, what, attributes) in told {
            let id = name.repeat(64);
            let nanos = (1_793_491_200 + second) * 1_000_000_000;
            let line = if *what == NETWORK {
                format!(
                    r#"{{"Type":"network","Action":"connect","Actor":{{"ID":"n","Attributes":{{"container":"{id}","name":"net","type":"bridge"}}}},"timeNano":{nanos}}}"#
                )
            } else {
                format!(
                    r#"{{"Type":"container","Action":"{what}","Actor":{{"ID":"{id}","Attributes":{{"name":"{name}"{attributes}}}}},"timeNano":{nanos}}}"#
                )
            };
            writeln!(lines, "{line}").unwrap();
        }
        let parsed = events::parse(InputId(0), lines.as_bytes(), &Zone::Utc);
        assert!(parsed.problems.is_empty(), "{:?}", parsed.problems);
        History::build(Documents {
            events: parsed.records,
            ..Documents::default()
        })
    }

    /// The holes of all containers, each once: from and to in seconds, and what is missing.
    fn holes(told: &[(u64, &str, &str, &str)]) -> Vec<(i64, i64, &'static str)> {
        let history = history(told);
        let second = |time: Time| time.timestamp() - 1_793_491_200;
        let holes = history
            .containers
            .iter()
            .flat_map(|container| &container.holes);
        let mut found: Vec<_> = holes
            .map(|hole| (second(hole.from), second(hole.to), hole.missing))
            .collect();
        for (from, to, _) in &found {
            let time = |second| Time::from_timestamp(1_793_491_200 + second, 0).unwrap();
            assert!(!history.coverage.covers(time(*from), time(*to)));
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    const DIE: &str = r#","exitCode":"0""#;
    const TERM: &str = r#","signal":"15""#;

    #[test]
    fn a_whole_story_has_no_hole() {
        let story = [
            (0, "a", "create", ""),
            (0, "a", NETWORK, ""),
            (1, "a", "start", ""),
            (20, "a", "kill", TERM),
            (21, "a", "die", r#","exitCode":"0","execDuration":"19""#),
            (21, "a", "stop", ""),
            (22, "a", "start", ""),
            (22, "a", "restart", ""),
            (40, "a", "die", r#","exitCode":"1","execDuration":"18""#),
            (41, "a", "start", ""),
            // The policy waits; a stop ends that without a signal.
            (42, "a", "die", r#","exitCode":"1","execDuration":"1""#),
            (44, "a", "stop", ""),
            (70, "a", "destroy", ""),
            (71, "a", "create", ""),
            (71, "a", "start", ""),
        ];
        assert_eq!(holes(&story), []);
    }

    #[test]
    fn a_start_or_an_end_that_is_not_told_is_a_hole() {
        let twice_started = [
            (0, "a", "start", ""),
            (30, "a", "health_status: healthy", ""),
            (90, "a", NETWORK, ""),
            (91, "a", "start", ""),
        ];
        assert_eq!(holes(&twice_started), [(30, 91, "the end of a run")]);
        let twice_ended = [
            (0, "a", "start", ""),
            (10, "a", "die", DIE),
            (80, "a", "kill", TERM),
            (81, "a", "die", DIE),
        ];
        assert_eq!(holes(&twice_ended), [(10, 80, "the start of a run")]);
        let never_started = [
            (0, "b", NETWORK, ""),
            (1, "a", "create", ""),
            (50, "a", "kill", TERM),
            (51, "a", "die", DIE),
        ];
        assert_eq!(holes(&never_started), [(1, 50, "the start of a run")]);
        let removed = [(0, "a", "start", ""), (9, "a", "destroy", "")];
        assert_eq!(holes(&removed), [(0, 9, "the end of a run")]);
    }

    #[test]
    fn how_long_a_run_lasted_shows_that_it_is_not_the_one_that_was_told() {
        let both = "the end of a run and the start of the next";
        let short = |seconds: u64| {
            let lasted = format!(r#","exitCode":"1","execDuration":"{seconds}""#);
            holes(&[
                (0, "a", "start", ""),
                (40, "a", "health_status: healthy", ""),
                (100, "a", "die", &lasted),
            ])
        };
        assert_eq!(short(99), []);
        // Rounded down, and the clock is not perfect.
        assert_eq!(short(97), []);
        assert_eq!(short(12), [(40, 88, both)]);
        // It began while others were recorded, and nobody told of it.
        let lasted = r#","exitCode":"1","execDuration":"20""#;
        let unseen = [
            (0, "b", "start", ""),
            (60, "a", "health_status: healthy", ""),
            (70, "a", "die", lasted),
        ];
        assert_eq!(holes(&unseen), [(49, 60, "the start of a run")]);
        let before = [
            (60, "a", "health_status: healthy", ""),
            (70, "a", "die", lasted),
        ];
        assert_eq!(holes(&before), []);
    }

    #[test]
    fn a_stop_that_nobody_asked_for_is_a_hole_where_requests_are_told() {
        let story = |first: &'static str| {
            holes(&[
                (0, "b", first, TERM),
                (1, "a", "start", ""),
                (30, "a", "stop", ""),
                (30, "a", "die", DIE),
            ])
        };
        assert_eq!(story("kill"), [(1, 30, "who stopped it")]);
        // Filtered down to events without it, or podman's, which tells of none.
        assert_eq!(story("start"), []);
        assert_eq!(story("init"), []);
    }

    #[test]
    fn docker_says_restart_right_after_a_start() {
        let story = |other: &'static str| {
            holes(&[
                (0, "b", other, ""),
                (1, "a", "start", ""),
                (2, "a", "restart", ""),
                (60, "a", "restart", ""),
            ])
        };
        let both = "the end of a run and the start of the next";
        assert_eq!(story("start"), [(2, 60, both)]);
        assert_eq!(story("cleanup"), []);
    }

    #[test]
    fn a_name_has_one_owner_at_a_time() {
        let missing = "the removal of the container that had the name before";
        let mut told = vec![
            (0, "c", "destroy", ""),
            (1, "a", "start", ""),
            (5, "a", "die", DIE),
        ];
        told.push((60, "b", "create", r#","name":"a""#));
        assert_eq!(holes(&told), [(5, 60, missing)]);
        told.insert(3, (10, "a", "destroy", ""));
        assert_eq!(holes(&told), []);
    }
}
