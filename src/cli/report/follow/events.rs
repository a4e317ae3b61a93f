//! The engine's events: those it had, and those that come. The engine forgets them, so they are kept here.

use crate::{
    cli::{report::docker::EngineEvidence, say::warn},
    engine::{Backoff, Body, Engine, Patience},
    model::Time,
};
use chrono::TimeDelta;
use serde_json::Value;
use std::{
    collections::{BTreeMap, VecDeque},
    thread,
    time::{Duration, Instant},
};

/// How many events are kept, the newest ones.
const MOST: usize = 200_000;
/// How far out of order events of several sources (the stream, and answers) may come.
const JITTER: TimeDelta = TimeDelta::seconds(5);

/// The stream of events, and everything it brought.
pub(super) struct Events {
    history: History,
    begun: Vec<u8>,
    body: Option<Body>,
    pauses: Backoff,
    next: Instant,
}

/// The events themselves, and what they say of each container.
struct History {
    kept: VecDeque<(Time, Vec<u8>)>,
    by_container: BTreeMap<String, Moments>,
    /// Events before this time are no longer complete.
    settled: Option<Time>,
    latest: Time,
}

#[derive(Default)]
struct Moments {
    ends: Vec<Time>,
    start: Option<Time>,
}

impl Events {
    pub(super) fn new(evidence: &EngineEvidence) -> Self {
        let mut events = Self {
            history: History {
                kept: VecDeque::new(),
                by_container: BTreeMap::new(),
                settled: None,
                latest: evidence.until,
            },
            begun: Vec::new(),
            body: None,
            pauses: Backoff::endless(),
            next: Instant::now(),
        };
        events.add(evidence.events());
        events
    }

    /// Waits `step` at most, and says whether something happened that may be a startup. A stream that
    /// broke is opened again from where it broke.
    pub(super) fn wait(&mut self, engine: &Engine, step: Duration) -> anyhow::Result<bool> {
        let Some(body) = &mut self.body else {
            if Instant::now() < self.next {
                thread::sleep(step);
                return Ok(false);
            }
            // Only an answer shows that the engine is back; silence does not.
            return match engine.ping() {
                Ok(()) => {
                    let path = Engine::events_from(self.history.latest);
                    self.body = Some(engine.open(&path, Patience::Endless)?);
                    self.pauses = Backoff::endless();
                    // The logs that are followed may have ended with the engine.
                    Ok(true)
                }
                Err(error) => {
                    self.later(&error.to_string());
                    Ok(false)
                }
            };
        };
        let mut happened = false;
        let mut step = step;
        let ended = loop {
            match body.next(step) {
                Ok(Some(piece)) if piece.is_empty() => return Ok(happened),
                Ok(Some(piece)) => {
                    self.begun.extend_from_slice(&piece);
                    let whole = memchr::memrchr(b'\n', &self.begun).map_or(0, |end| end + 1);
                    let rest = self.begun.split_off(whole);
                    happened |= self.history.add(&std::mem::replace(&mut self.begun, rest));
                    // All that is there: what logs say next was said after it.
                    step = Duration::ZERO;
                }
                Ok(None) => break "the engine ended its stream of events".to_owned(),
                Err(error) => break error.to_string(),
            }
        };
        self.body = None;
        self.begun.clear();
        self.later(&ended);
        Ok(happened)
    }

    fn later(&mut self, why: &str) {
        warn(&format!("{why}; trying again"));
        self.next = Instant::now() + self.pauses.next().unwrap_or_default();
    }

    /// Adds the whole lines that are new.
    pub(super) fn add(&mut self, lines: &[u8]) {
        self.history.add(lines);
    }

    /// All events as JSON Lines.
    pub(super) fn text(&self) -> Vec<u8> {
        let lines = self.history.kept.iter();
        lines.flat_map(|(_, line)| line).copied().collect()
    }

    /// When the container ended, in order.
    pub(super) fn ends(&self, container: &str) -> &[Time] {
        let moments = self.history.by_container.get(container);
        moments.map_or(&[], |moments| &moments.ends)
    }

    /// When it was started last.
    pub(super) fn last_start(&self, container: &str) -> Option<Time> {
        self.history.by_container.get(container)?.start
    }

    /// Events before this time are no longer complete.
    pub(super) fn settled(&self) -> Option<Time> {
        self.history.settled
    }
}

impl History {
    /// Adds whole lines, each once, and says whether one of them may be a startup.
    fn add(&mut self, lines: &[u8]) -> bool {
        let mut happened = false;
        for line in lines.split_inclusive(|byte| *byte == b'\n') {
            let Ok(event) = serde_json::from_slice::<Value>(line) else {
                continue;
            };
            let time = event["timeNano"]
                .as_i64()
                .map_or(self.latest, Time::from_timestamp_nanos);
            let mut near = self.kept.iter().rev();
            if near
                .by_ref()
                .take_while(|(known, _)| *known + JITTER >= time)
                .any(|(_, known)| known == line)
            {
                continue;
            }
            self.latest = self.latest.max(time);
            self.kept.push_back((time, line.to_vec()));
            happened |= self.note(&event, time);
            if self.kept.len() > MOST {
                self.forget_first();
            }
        }
        happened
    }

    /// Notes what an event says of its container, and says whether it may be a startup.
    fn note(&mut self, event: &Value, time: Time) -> bool {
        let action = event["Action"].as_str().or(event["status"].as_str());
        let Some(id) = event["Actor"]["ID"].as_str().or(event["id"].as_str()) else {
            return false;
        };
        match action {
            Some("die" | "died") => {
                let ends = &mut self.by_container.entry(id.to_owned()).or_default().ends;
                let at = ends.partition_point(|end| *end <= time);
                ends.insert(at, time);
                true
            }
            Some("start") => {
                let start = &mut self.by_container.entry(id.to_owned()).or_default().start;
                *start = (*start).max(Some(time));
                true
            }
            Some("restart" | "rename" | "destroy" | "remove") => true,
            _ => false,
        }
    }

    fn forget_first(&mut self) {
        let Some((time, line)) = self.kept.pop_front() else {
            return;
        };
        self.settled = self.settled.max(Some(time));
        let Ok(event) = serde_json::from_slice::<Value>(&line) else {
            return;
        };
        let id = event["Actor"]["ID"].as_str().or(event["id"].as_str());
        if let Some((id, moments)) =
            id.and_then(|id| self.by_container.get_mut(id).map(|moments| (id, moments)))
        {
            moments.ends.retain(|end| *end > time);
            if moments.ends.is_empty() && moments.start <= Some(time) {
                self.by_container.remove(id);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(action: &str, second: u32) -> String {
        format!(
            "{{\"Type\":\"container\",\"Action\":\"{action}\",\"Actor\":{{\"ID\":\"abc\"}},\"timeNano\":{second}000000000}}\n"
        )
    }

    fn history() -> History {
        History {
            kept: VecDeque::new(),
            by_container: BTreeMap::new(),
            settled: None,
            latest: Time::UNIX_EPOCH,
        }
    }

    #[test]
    fn what_comes_twice_is_there_once() {
        let mut history = history();
        let lines = event("start", 10) + &event("die", 12) + &event("attach", 14);
        assert!(history.add(lines.as_bytes()));
        assert!(!history.add(lines.as_bytes()), "nothing new happened");
        assert!(!history.add(event("attach", 15).as_bytes()));
        assert_eq!(history.kept.len(), 4);
        let moments = &history.by_container["abc"];
        assert_eq!(moments.ends.len(), 1);
        assert_eq!(moments.start.unwrap().timestamp(), 10);
        assert_eq!(history.latest.timestamp(), 15);
    }

    #[test]
    fn the_oldest_go_and_what_was_before_is_settled() {
        let mut history = history();
        let count = u32::try_from(MOST).unwrap() + 2;
        for second in 1..=count {
            history.add(event("exec_start", second).as_bytes());
        }
        assert_eq!(history.kept.len(), MOST);
        assert_eq!(history.settled.unwrap().timestamp(), 2);
    }
}
