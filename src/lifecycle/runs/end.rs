//! What ended a run, and who asked for it.

use super::SAME_START;
use crate::lifecycle::Engine;
use crate::lifecycle::container::{End, Sighting};
use crate::model::{Citation, Cited, EndedBy, Event, EventKind, Time};
use chrono::TimeDelta;

/// `stop` and `die` of one stop come in either order, at most 0.33 s apart where measured.
const STOP_NEAR_DIE: TimeDelta = TimeDelta::seconds(5);
/// From `oom` to the `die` it causes: 30 to 160 ms where measured.
const OOM_TO_DIE: TimeDelta = TimeDelta::seconds(5);
/// From a signal sent with `docker kill` to the end of a process that obeys it.
const KILL_TO_DIE: TimeDelta = TimeDelta::seconds(60);

/// The end that the `die` event at index `die` shows. `started` is the start of its run.
pub(super) fn end_at(
    events: &[Cited<Event>],
    die: usize,
    exit_code: Option<i64>,
    started: Option<Time>,
    engine: &Engine,
) -> End {
    let time = events[die].value.time;
    let near = NearEnd::gather(events, die, started);
    // The surest reason first.
    let Reason {
        by,
        mut shown_by,
        requested,
        forced_by,
    } = near
        .killed(engine)
        .or_else(|| near.restarted())
        .or_else(|| near.out_of_memory(exit_code))
        .or_else(|| podman_restarted(&events[..die], started, time))
        .unwrap_or_else(|| near.by_status(exit_code, engine));
    let status = exit_code.map_or_else(String::new, |code| format!(" exitCode={code}"));
    shown_by.push((format!("die{status}"), events[die].citation.clone()));
    if let Some(stop) = near.stop {
        shown_by.push(("stop".to_owned(), stop.citation.clone()));
    }
    shown_by.sort_by_key(|(_, citation)| (citation.time, citation.place));
    End {
        time: Some(time),
        exit_code,
        by,
        shown_by,
        requested,
        forced_by,
    }
}

/// The reason for an end, with the lines that show it.
struct Reason {
    by: EndedBy,
    shown_by: Vec<(String, Citation)>,
    requested: Option<Sighting>,
    /// The SIGKILL that enforced the request, if one had to.
    forced_by: Option<Box<Citation>>,
}

impl Reason {
    fn new(by: EndedBy) -> Self {
        Self {
            by,
            shown_by: Vec::new(),
            requested: None,
            forced_by: None,
        }
    }

    /// A stop that `request` asked for.
    fn requested(claim: &str, request: &Cited<Event>) -> Self {
        Self {
            shown_by: vec![(claim.to_owned(), request.citation.clone())],
            requested: Some(sighting(request)),
            ..Self::new(EndedBy::ApiStop)
        }
    }
}

fn sighting(event: &Cited<Event>) -> Sighting {
    Sighting {
        time: event.value.time,
        citation: event.citation.clone(),
    }
}

/// The events around a `die` that can tell what ended the run.
struct NearEnd<'e> {
    /// When it ended.
    time: Time,
    /// Oldest first.
    kills: Vec<&'e Cited<Event>>,
    oom: Option<&'e Cited<Event>>,
    stop: Option<&'e Cited<Event>>,
    restart: Option<&'e Cited<Event>>,
}

impl<'e> NearEnd<'e> {
    fn gather(events: &'e [Cited<Event>], die: usize, started: Option<Time>) -> Self {
        let time = events[die].value.time;
        let mut near = Self {
            time,
            kills: Vec::new(),
            oom: None,
            stop: None,
            restart: None,
        };
        let in_run = events[..die]
            .iter()
            .rev()
            .take_while(|event| started.is_none_or(|started| event.value.time >= started))
            .take_while(|event| !event.value.kind.begins_or_ends_run());
        for event in in_run {
            match event.value.kind {
                EventKind::Kill { .. } => near.kills.push(event),
                EventKind::Oom if near.oom.is_none() && time - event.value.time <= OOM_TO_DIE => {
                    near.oom = Some(event);
                }
                EventKind::Restart if is_podmans_restart(event, started) => {
                    near.restart = Some(event);
                }
                EventKind::Stop if time - event.value.time <= STOP_NEAR_DIE => {
                    near.stop = Some(event);
                }
                _ => {}
            }
        }
        near.stop = near.stop.or_else(|| {
            events[die + 1..]
                .iter()
                .take_while(|event| event.value.time - time <= STOP_NEAR_DIE)
                .take_while(|event| event.value.kind != EventKind::Start)
                .find(|event| event.value.kind == EventKind::Stop)
        });
        near.kills.reverse();
        near
    }

    /// It was killed through the API.
    fn killed(&self, engine: &Engine) -> Option<Reason> {
        let first = last_request(&self.kills, self.time, self.stop.is_some())?;
        let request = self.kills[first];
        let asked = request.value.time;
        let by_engine = engine
            .down_at(asked)
            .is_some_and(|boot| asked <= boot.settled());
        let mut reason = Reason::new(if by_engine {
            EndedBy::Engine
        } else if self.stop.is_some() {
            EndedBy::ApiStop
        } else {
            EndedBy::ApiKill
        });
        reason.requested = Some(sighting(request));
        reason.forced_by = enforced_by(&self.kills[first..]);
        for kill in &self.kills[first..] {
            if let EventKind::Kill { signal } = kill.value.kind {
                let claim = describe_kill(signal);
                reason.shown_by.push((claim, kill.citation.clone()));
            }
        }
        Some(reason)
    }

    /// podman restarted it, and the events show when its run began.
    fn restarted(&self) -> Option<Reason> {
        let request = self.restart?;
        let is_near = self.time - request.value.time <= KILL_TO_DIE;
        is_near.then(|| Reason::requested("restart", request))
    }

    fn out_of_memory(&self, exit_code: Option<i64>) -> Option<Reason> {
        let oom = self.oom.filter(|_| matches!(exit_code, Some(137) | None))?;
        Some(Reason {
            shown_by: vec![("out of memory".to_owned(), oom.citation.clone())],
            ..Reason::new(EndedBy::Oom)
        })
    }

    /// What the exit code and a `stop` alone say.
    fn by_status(&self, exit_code: Option<i64>, engine: &Engine) -> Reason {
        Reason::new(match exit_code {
            // podman, and a stop during the policy's back-off, emit no `kill`.
            _ if self.stop.is_some() => EndedBy::ApiStop,
            Some(code) if code >= 128 && code != 255 => EndedBy::Signal,
            // The engine may have taken it along, and without a code nothing tells.
            None if engine.down_at(self.time).is_some() => EndedBy::Unknown,
            // Many sources give no code; what nobody asked for happened by itself all the same.
            Some(_) | None => EndedBy::Exit,
        })
    }
}

/// The SIGKILL that enforced a request of which `kills` are the signals, if one had to.
fn enforced_by(kills: &[&Cited<Event>]) -> Option<Box<Citation>> {
    let is_forced = |kill: &&&Cited<Event>| kill.value.kind == EventKind::Kill { signal: Some(9) };
    // One alone is the request itself.
    let kill = kills.iter().find(is_forced).filter(|_| kills.len() > 1)?;
    Some(Box::new(kill.citation.clone()))
}

/// podman emits `restart` before it ends the process. Docker's own comes right after the start of the
/// run; where that start is not shown, the two cannot be told apart.
fn is_podmans_restart(restart: &Cited<Event>, started: Option<Time>) -> bool {
    started.is_some_and(|started| restart.value.time - started > SAME_START)
}

/// podman emits `restart` before it ends the process, and nothing of a signal.
fn podman_restarted(before: &[Cited<Event>], started: Option<Time>, die: Time) -> Option<Reason> {
    let request = before
        .iter()
        .rev()
        .take_while(|event| {
            event.value.kind != EventKind::Start && die - event.value.time <= KILL_TO_DIE
        })
        .find(|event| event.value.kind == EventKind::Restart)
        .filter(|event| is_podmans_restart(event, started))?;
    Some(Reason::requested("restart requested", request))
}

/// The first `kill` of the request that ended the run, as an index into `kills` (oldest first).
///
/// A signal that the process survives (`HUP`, `WINCH`) is no request to end, however recent it is.
fn last_request(kills: &[&Cited<Event>], die: Time, stopped: bool) -> Option<usize> {
    let last = kills.last()?;
    let signal = |event: &Cited<Event>| match event.value.kind {
        EventKind::Kill { signal } => signal,
        _ => None,
    };
    // HUP, USR1, USR2, CHLD, CONT, WINCH: reload, reopen logs, resize.
    let harmless = |number| matches!(number, Some(1 | 10 | 12 | 17 | 18 | 28));
    if !stopped && (die - last.value.time > KILL_TO_DIE || harmless(signal(last))) {
        return None;
    }
    let mut first = kills.len() - 1;
    // The stop's own signal comes before the SIGKILL that enforces it.
    while first > 0 && signal(kills[first]) == Some(9) && signal(kills[first - 1]) != Some(9) {
        if harmless(signal(kills[first - 1])) && !stopped {
            break;
        }
        first -= 1;
    }
    Some(first)
}

fn describe_kill(signal: Option<u32>) -> String {
    signal.map_or_else(
        || "kill".to_owned(),
        |number| format!("kill signal={number}"),
    )
}
