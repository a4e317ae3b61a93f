//! Which event does not fit what came before it, and what is missing between them.

use super::Recorded;
use super::state::{State, needs_a_run};
use crate::model::{Cited, Event, EventKind, Time};
use chrono::TimeDelta;

/// How exactly `execDuration` tells when a run began: it is rounded down to seconds, and the clock may
/// have been adjusted a little meanwhile.
const ROUNDED: TimeDelta = TimeDelta::seconds(3);
/// `restart` comes right after `start`, and `stop` after `die`, however busy the engine is.
const AT_ONCE: TimeDelta = TimeDelta::seconds(5);
/// `stop` and `die` of one stop come in either order, at most 0.33 s apart where measured. A later `stop`
/// may end the restart policy's pause, and no signal comes before that one.
const ONE_STOP: TimeDelta = TimeDelta::milliseconds(1500);

const END: &str = "the end of a run";
const START: &str = "the start of a run";
const END_AND_START: &str = "the end of a run and the start of the next";

/// What is missing, and between which moments.
#[derive(Clone, Copy)]
pub(super) struct Missing {
    pub(super) from: Time,
    pub(super) to: Time,
    pub(super) what: &'static str,
}

impl Missing {
    fn new(from: Time, to: Time, what: &'static str) -> Self {
        Self { from, to, what }
    }
}

/// What is missing before the event at `index`, if anything.
pub(super) fn missing_before(
    events: &[Cited<Event>],
    index: usize,
    state: State,
    recorded: Recorded,
) -> Option<Missing> {
    let event = &events[index].value;
    let time = event.time;
    let told_until = |since: Time, counts: fn(&EventKind) -> bool| {
        last_before(events, index, counts).unwrap_or(since)
    };
    match (&event.kind, state) {
        (EventKind::Start, State::Running { since, .. }) if time - since > ROUNDED => {
            // A start begins with network connections.
            let from = told_until(since, |kind| {
                !matches!(kind, EventKind::NetworkConnect { .. })
            });
            Some(Missing::new(from, time, END))
        }
        (EventKind::Restart, State::Running { since, .. })
            if recorded.docker && time - since > AT_ONCE =>
        {
            let from = told_until(since, |_| true);
            Some(Missing::new(from, time, END_AND_START))
        }
        (EventKind::Destroy, State::Running { since, .. }) => {
            let from = told_until(since, |_| true);
            Some(Missing::new(from, time, END))
        }
        (EventKind::Die { duration_s, .. }, _) => {
            let die = DieEvent {
                events,
                index,
                recorded,
                began: began_before(time, *duration_s),
            };
            match state {
                State::Running { since, killed } => die.missing_in_run(since, killed),
                State::Ended { at: before, .. } | State::Created(before) => {
                    Some(die.missing_start(before))
                }
                State::Unknown => die.missing_first_start(),
            }
        }
        // The restart policy's pause, too, ends with a `stop` that no signal comes before.
        (EventKind::Stop, State::Ended { at, stopping: true })
            if recorded.docker && time - at > AT_ONCE =>
        {
            let what = "a start and the end of that run";
            Some(Missing::new(at, time, what))
        }
        (kind, State::Ended { at: before, .. } | State::Created(before))
            if needs_a_run(event, before) && (recorded.docker || *kind != EventKind::Restart) =>
        {
            let to = first_since(events, index, before);
            Some(Missing::new(before, to, START))
        }
        _ => None,
    }
}

/// When a run began that ended at `end` after so many seconds.
fn began_before(end: Time, duration_s: Option<u64>) -> Option<Time> {
    let lasted = duration_s.and_then(|seconds| i64::try_from(seconds).ok());
    lasted
        .and_then(TimeDelta::try_seconds)
        .and_then(|lasted| end.checked_sub_signed(lasted))
}

/// A `die` event, and what it is compared with.
struct DieEvent<'a> {
    events: &'a [Cited<Event>],
    index: usize,
    recorded: Recorded,
    /// When the run began that ends here, by its duration.
    began: Option<Time>,
}

impl DieEvent<'_> {
    fn time(&self) -> Time {
        self.events[self.index].value.time
    }

    /// It ends the run that began at `since`, unless that run is too long for it.
    fn missing_in_run(&self, since: Time, killed: bool) -> Option<Missing> {
        if let Some(began) = self.began.filter(|began| *began - since > ROUNDED) {
            let earlier = self.events[..self.index].iter().rev();
            let mut earlier = earlier.map(|event| event.value.time);
            let last = earlier.find(|time| *time <= began - TimeDelta::seconds(1));
            return Some(Missing::new(last.unwrap_or(since), began, END_AND_START));
        }
        if killed || !is_unasked_stop(self.events, self.index, self.recorded) {
            return None;
        }
        // The container's networks are taken away as it stops.
        let last = last_before(self.events, self.index, |kind| {
            !matches!(kind, EventKind::NetworkDisconnect { .. } | EventKind::Stop)
        });
        let from = last.unwrap_or(since);
        Some(Missing::new(from, self.time(), "who stopped it"))
    }

    /// The container was created or had ended at `before`, and must have been started since.
    fn missing_start(&self, before: Time) -> Missing {
        let killed = self.events[..self.index]
            .iter()
            .rev()
            .take_while(|event| event.value.time > before)
            .any(|event| matches!(event.value.kind, EventKind::Kill { .. }));
        let to = if !killed && is_unasked_stop(self.events, self.index, self.recorded) {
            self.time()
        } else {
            let behind = first_since(self.events, self.index, before);
            self.began.filter(|began| *began > before).unwrap_or(behind)
        };
        Missing::new(before, to, START)
    }

    /// Nothing was told of the container before, although its run began while events were recorded.
    fn missing_first_start(&self) -> Option<Missing> {
        let began = self.began?;
        let first = self.events.first()?.value.begins();
        let unseen = self
            .recorded
            .from
            .is_some_and(|from| began - from > ROUNDED);
        (unseen && first - began > ROUNDED && !had_a_life(&self.events[..self.index]))
            .then(|| Missing::new(began - TimeDelta::seconds(1), first, START))
    }
}

/// Whether the end at `die` is that of a stop whose signal no event shows: Docker emits the signal first.
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

/// Whether the events show a run or the creation.
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

/// The time of the first event after `before` that does not belong to what ended or was created then:
/// at the latest the event at `index`.
fn first_since(events: &[Cited<Event>], index: usize, before: Time) -> Time {
    let belongs = |kind: &EventKind| {
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
        .filter(|event| !belongs(&event.value.kind))
        .last()
        .map_or(events[index].value.time, |event| event.value.time)
}
