//! A container's runs, from its events and its snapshots.

use super::container::{Container, End, Run, Sighting, Start, StartSource};
use super::engine::Engine;
use crate::model::EndedBy;
use crate::model::{Citation, Cited, Event, EventKind, Snapshot, Time};
use chrono::TimeDelta;

/// `StartedAt` is before the `start` event by up to 0.46 s (engine 28); this much apart they are
/// still the same start.
const SAME_START: TimeDelta = TimeDelta::milliseconds(1500);
/// `stop` and `die` of one stop come in either order, at most 0.33 s apart where measured.
const STOP_NEAR_DIE: TimeDelta = TimeDelta::seconds(5);
/// From `oom` to the `die` it causes: 30 to 160 ms where measured.
const OOM_TO_DIE: TimeDelta = TimeDelta::seconds(5);
/// From a signal sent with `docker kill` to the end of a process that obeys it.
const KILL_TO_DIE: TimeDelta = TimeDelta::seconds(60);

/// All runs that `container`'s events and snapshots show, oldest first.
pub(super) fn of(container: &Container, engine: &Engine) -> Vec<Run> {
    let mut runs = from_events(&container.events, engine);
    for (index, snapshot) in container.snapshots.iter().enumerate() {
        if let Some(run) = add_snapshot(&mut runs, snapshot) {
            runs[run].snapshots.push(index);
        }
    }
    if let Some(first) = runs.first_mut()
        && first.is_first.is_none()
        && let Some(start) = &first.start
        && container
            .events
            .iter()
            .any(|event| event.value.kind == EventKind::Create)
    {
        // Created inside the history, and no end before this start: nothing can have run before.
        first.is_first = Some(start.source == StartSource::Event);
    }
    for run in runs.iter_mut().skip(1) {
        run.is_first = Some(false);
    }
    runs
}

fn from_events(events: &[Cited<Event>], engine: &Engine) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let mut open = false;
    // When the events begin to tell of a run.
    let begun = events
        .iter()
        .find(|event| matches!(event.value.kind, EventKind::Start | EventKind::Create))
        .map(|event| event.value.time);
    for (index, event) in events.iter().enumerate() {
        match &event.value.kind {
            EventKind::Start => {
                let restart = restart_of(events, index, begun);
                runs.push(Run {
                    start: Some(Start {
                        time: event.value.time,
                        citation: event.citation.clone(),
                        source: StartSource::Event,
                        restart: restart.map(Box::new),
                    }),
                    ..Run::default()
                });
                open = true;
            }
            EventKind::Die { exit_code, .. } => {
                if !open {
                    // The history begins inside this run.
                    runs.push(Run::default());
                }
                let started = runs.last().and_then(Run::started_at);
                let end = end_at(events, index, *exit_code, started, engine);
                if let Some(run) = runs.last_mut() {
                    run.end = Some(Box::new(end));
                }
                open = false;
            }
            _ => {}
        }
    }
    runs
}

/// The `restart` event of the start at `index`: Docker emits it right after, podman before. `begun` is
/// the time of the first event that shows the container created or started.
fn restart_of(events: &[Cited<Event>], index: usize, begun: Option<Time>) -> Option<Citation> {
    let start = events[index].value.time;
    let mut after = events[index + 1..]
        .iter()
        .take_while(|event| event.value.time - start <= SAME_START)
        .take_while(|event| !event.value.kind.begins_or_ends_run());
    // Docker's own `restart` of the run before stands right after that run's start; it is told from
    // podman's by what follows: in podman's order the `die` comes after it.
    let podman = || {
        events[..index]
            .iter()
            .rev()
            .take_while(|event| event.value.kind != EventKind::Start)
            .take_while(|event| start - event.value.time <= TimeDelta::minutes(10))
            .skip_while(|event| !matches!(event.value.kind, EventKind::Die { .. }))
            .find(|event| event.value.kind == EventKind::Restart)
            .filter(|restart| {
                let restarted = restart.value.time;
                // Where the events begin with it, it may be the end of a start that they do not show.
                let is_shown = begun.is_some_and(|begun| begun < restarted);
                let near =
                    events.partition_point(|event| event.value.time < restarted - SAME_START);
                is_shown
                    && !events[near..index]
                        .iter()
                        .take_while(|event| event.value.time <= restarted)
                        .any(|event| event.value.kind == EventKind::Start)
            })
    };
    after
        .find(|event| event.value.kind == EventKind::Restart)
        .or_else(podman)
        .map(|event| event.citation.clone())
}

fn end_at(
    events: &[Cited<Event>],
    die: usize,
    exit_code: Option<i64>,
    started: Option<Time>,
    engine: &Engine,
) -> End {
    let time = events[die].value.time;
    let in_run = events[..die]
        .iter()
        .rev()
        .take_while(|event| started.is_none_or(|started| event.value.time >= started))
        .take_while(|event| !event.value.kind.begins_or_ends_run());
    let mut kills: Vec<&Cited<Event>> = Vec::new();
    let mut oom = None;
    let mut stop = None;
    let mut restart = None;
    for event in in_run {
        match event.value.kind {
            EventKind::Kill { .. } => kills.push(event),
            EventKind::Oom if oom.is_none() && time - event.value.time <= OOM_TO_DIE => {
                oom = Some(event);
            }
            // podman says first that it restarts; Docker's own comes right after a start. Where that
            // start is not shown, they cannot be told apart.
            EventKind::Restart
                if started.is_some_and(|started| event.value.time - started > SAME_START) =>
            {
                restart = Some(event);
            }
            EventKind::Stop if time - event.value.time <= STOP_NEAR_DIE => stop = Some(event),
            _ => {}
        }
    }
    stop = stop.or_else(|| {
        events[die + 1..]
            .iter()
            .take_while(|event| event.value.time - time <= STOP_NEAR_DIE)
            .take_while(|event| event.value.kind != EventKind::Start)
            .find(|event| event.value.kind == EventKind::Stop)
    });
    kills.reverse();

    let mut shown_by = Vec::new();
    let mut requested = None;
    let mut forced_by = None;
    let fatal_kill = last_request(&kills, time, stop.is_some());
    let by = if let Some(first) = fatal_kill {
        let request = kills[first];
        requested = Some(Sighting {
            time: request.value.time,
            citation: request.citation.clone(),
        });
        forced_by = enforced_by(&kills[first..]);
        for kill in &kills[first..] {
            if let EventKind::Kill { signal } = kill.value.kind {
                shown_by.push((describe_kill(signal), kill.citation.clone()));
            }
        }
        if engine
            .down_at(request.value.time)
            .is_some_and(|boot| request.value.time <= boot.settled())
        {
            EndedBy::Engine
        } else if stop.is_some() {
            EndedBy::ApiStop
        } else {
            EndedBy::ApiKill
        }
    } else if let Some(request) = restart.filter(|event| time - event.value.time <= KILL_TO_DIE) {
        requested = Some(Sighting {
            time: request.value.time,
            citation: request.citation.clone(),
        });
        shown_by.push(("restart".to_owned(), request.citation.clone()));
        EndedBy::ApiStop
    } else if let Some(oom) = oom.filter(|_| matches!(exit_code, Some(137) | None)) {
        shown_by.push(("out of memory".to_owned(), oom.citation.clone()));
        EndedBy::Oom
    } else if let Some(request) = podman_restart(&events[..die], started, time) {
        requested = Some(Sighting {
            time: request.value.time,
            citation: request.citation.clone(),
        });
        shown_by.push(("restart requested".to_owned(), request.citation.clone()));
        EndedBy::ApiStop
    } else if stop.is_some() {
        // podman and a stop during the policy's back-off emit no `kill`.
        EndedBy::ApiStop
    } else {
        match exit_code {
            Some(code) if code >= 128 && code != 255 => EndedBy::Signal,
            Some(_) => EndedBy::Exit,
            None => EndedBy::Unknown,
        }
    };
    let status = exit_code.map_or_else(String::new, |code| format!(" exitCode={code}"));
    shown_by.push((format!("die{status}"), events[die].citation.clone()));
    if let Some(stop) = stop {
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

/// The SIGKILL that enforced a request of which `kills` are the signals, if one had to.
fn enforced_by(kills: &[&Cited<Event>]) -> Option<Box<Citation>> {
    let is_forced = |kill: &&&Cited<Event>| kill.value.kind == EventKind::Kill { signal: Some(9) };
    // One alone is the request itself.
    let kill = kills.iter().find(is_forced).filter(|_| kills.len() > 1)?;
    Some(Box::new(kill.citation.clone()))
}

/// podman says `restart` before it ends the process, and nothing of a signal. Docker's own `restart`
/// stands right after the start of the run.
fn podman_restart(
    before: &[Cited<Event>],
    started: Option<Time>,
    die: Time,
) -> Option<&Cited<Event>> {
    before
        .iter()
        .rev()
        .take_while(|event| {
            event.value.kind != EventKind::Start && die - event.value.time <= KILL_TO_DIE
        })
        .find(|event| event.value.kind == EventKind::Restart)
        // Where that start is not shown, it cannot be told from Docker's.
        .filter(|event| started.is_some_and(|started| event.value.time - started > SAME_START))
}

/// The first `kill` of the request that ended the run, as an index into `kills` (oldest first).
///
/// A signal that the process survives (`HUP`, `WINCH`) is no request to end, however recent.
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

/// Adds what a snapshot knows: the latest start, and the end of the run before it. Gives back the
/// run that the snapshot shows.
fn add_snapshot(runs: &mut Vec<Run>, snapshot: &Cited<Snapshot>) -> Option<usize> {
    let state = &snapshot.value;
    let line = |key| {
        state
            .lines
            .get(key)
            .cloned()
            .unwrap_or_else(|| snapshot.citation.clone())
    };
    let started_at = state.started_at?;
    // In a crash loop several starts are near: the nearest is meant. Two snapshots of one run say the
    // very same time.
    let from = started_at - SAME_START - TimeDelta::nanoseconds(1);
    let near = after(runs, from)..after(runs, started_at + SAME_START);
    let nearest = near
        .filter_map(|index| {
            let start = runs[index].start.as_ref()?;
            let most = match start.source {
                StartSource::Inspect => TimeDelta::zero(),
                _ => SAME_START,
            };
            let apart = (start.time - started_at).abs();
            (apart <= most).then_some((apart, index))
        })
        .min();
    let mut index = match nearest {
        Some((_, index)) => index,
        None => insert_start(runs, started_at, line("StartedAt")),
    };
    if state.never_finished {
        runs[index].is_first = Some(true);
        return Some(index);
    }
    let Some(finished_at) = state.finished_at else {
        return Some(index);
    };
    let end = |exit_code| End {
        time: Some(finished_at),
        exit_code,
        by: EndedBy::Unknown,
        shown_by: vec![("FinishedAt".to_owned(), line("FinishedAt"))],
        requested: None,
        forced_by: None,
    };
    if finished_at > started_at {
        // Not running: this is the end of this very run.
        let this = runs[index]
            .end
            .get_or_insert_with(|| Box::new(end(state.exit_code)));
        if state.manually_stopped == Some(true) && this.by == EndedBy::Unknown {
            // Set by a stop or kill through the API, and cleared at the next start.
            this.by = EndedBy::ApiStop;
            let claim = "HasBeenManuallyStopped=true".to_owned();
            this.shown_by.push((claim, line("HasBeenManuallyStopped")));
        }
        return Some(index);
    }
    runs[index].is_first = Some(false);
    if let Some(before) = index.checked_sub(1) {
        let before = &mut runs[before];
        let fits = before.started_at().is_none_or(|start| start <= finished_at);
        if before.end.is_none() && fits {
            before.end = Some(Box::new(end(None)));
        }
    } else {
        runs.insert(
            0,
            Run {
                end: Some(Box::new(end(None))),
                ..Run::default()
            },
        );
        index = 1;
    }
    Some(index)
}

/// The first run that began (or, where no start is known, ended) after `time`, as an index.
fn after(runs: &[Run], time: Time) -> usize {
    runs.partition_point(|run| {
        run.started_at()
            .or(run.ended_at())
            .is_none_or(|known| known <= time)
    })
}

/// Puts a start that only a snapshot shows in its place; gives back its index.
fn insert_start(runs: &mut Vec<Run>, time: Time, citation: crate::model::Citation) -> usize {
    let start = Some(Start {
        time,
        citation,
        source: StartSource::Inspect,
        restart: None,
    });
    let later = after(runs, time);
    // A run of which only the end is known, and which ended after this start, is this run.
    match runs.get_mut(later) {
        Some(run) if run.start.is_none() && run.ended_at().is_some_and(|end| end > time) => {
            run.start = start;
        }
        _ => runs.insert(
            later,
            Run {
                start,
                ..Run::default()
            },
        ),
    }
    later
}
