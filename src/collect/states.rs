//! Containers' states over time: one at the beginning, one after each change that is seen.

use crate::bundle::Writer;
use crate::engine::{Engine, Error, Listed, Patience};
use crate::model::Time;
use crate::model::limits::{LARGEST_COLLECTED_EVENTS, LARGEST_KEPT_LOG};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeSet;
use std::io::Read as _;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// How often to look whether the time is over, or somebody asked to end.
const STEP: Duration = Duration::from_millis(200);
/// Lines that are asked for of a log that is followed, for its container may be removed with it.
const LAST_LINES: u32 = 1000;

/// The end of a log that is followed.
type Lines = Arc<Mutex<Vec<u8>>>;

/// All containers that were seen, with their states.
#[derive(Default)]
pub(super) struct States {
    /// By when they were seen first, then by title.
    pub(super) all: Vec<Container>,
}

/// A container and its states, oldest first.
pub(super) struct Container {
    pub(super) listed: Listed,
    pub(super) states: Vec<(Time, Vec<u8>)>,
    /// Its last lines, as they come: when it is removed, it is too late to ask.
    pub(super) last_lines: Option<Lines>,
}

/// The parts of an event that matter here.
#[derive(Deserialize)]
struct Happened {
    #[serde(rename = "Type")]
    kind: Option<String>,
    #[serde(rename = "Action")]
    action: String,
    #[serde(rename = "Actor")]
    actor: Actor,
}

#[derive(Deserialize)]
struct Actor {
    #[serde(rename = "ID")]
    id: String,
}

impl States {
    /// Asks for the state of each of `containers`; those that cannot be had are noted once.
    pub(super) fn ask(&mut self, engine: &Engine, containers: &[Listed], writer: &mut Writer) {
        for listed in containers {
            let is_new = self.find(&listed.id).is_none();
            if let Err(error) = self.add(engine, listed)
                && is_new
            {
                writer.missing(format!("state of {}", listed.title()), error.to_string());
            }
        }
    }

    /// All states, for what is learned of them.
    pub(super) fn documents(&self) -> impl Iterator<Item = &Vec<u8>> {
        let states = self.all.iter().flat_map(|container| &container.states);
        states.map(|(_, state)| state)
    }

    fn find(&mut self, id: &str) -> Option<&mut Container> {
        self.all.iter_mut().find(|known| known.listed.id == id)
    }

    /// Asks for a container's state, and keeps it if it is another one than before.
    fn add(&mut self, engine: &Engine, listed: &Listed) -> Result<(), Error> {
        let state = engine.inspect(&listed.id);
        let taken = chrono::Utc::now();
        let container = if let Some(known) = self.all.iter().position(|c| c.listed.id == listed.id)
        {
            &mut self.all[known]
        } else {
            self.all.push(Container {
                listed: listed.clone(),
                states: Vec::new(),
                last_lines: None,
            });
            let last = self.all.len() - 1;
            &mut self.all[last]
        };
        let state = state?;
        let before = container.states.last();
        if before.is_none_or(|(_, before)| essence(before) != essence(&state)) {
            container.states.push((taken, state));
        }
        Ok(())
    }

    /// Listens from `since` on for so long as `goes_on`, and asks for the states that change. Gives the
    /// events, a JSON object a line, and why they are not whole, if they are not.
    pub(super) fn watch(
        &mut self,
        engine: &Engine,
        since: Time,
        length: Duration,
        goes_on: &dyn Fn() -> bool,
    ) -> (Vec<u8>, Option<String>) {
        let began = Instant::now();
        for container in self.all.iter_mut().filter(|known| known.listed.runs()) {
            container.last_lines = follow(engine, &container.listed.id);
        }
        let mut events = Vec::new();
        let mut done = 0;
        let mut body = match engine.open(&Engine::events_from(since), Patience::Endless) {
            Ok(body) => body,
            Err(error) => return (events, Some(error.to_string())),
        };
        while began.elapsed() < length && goes_on() {
            match body.next(STEP.min(length.saturating_sub(began.elapsed()))) {
                Ok(Some(piece)) => events.extend_from_slice(&piece),
                Ok(None) => return (whole(events), Some("the engine ended them".to_owned())),
                Err(error) => return (whole(events), Some(error.to_string())),
            }
            while let Some(end) = memchr::memchr(b'\n', &events[done..]) {
                if let Ok(happened) = serde_json::from_slice(&events[done..done + end]) {
                    self.happened(engine, &happened);
                }
                done += end + 1;
            }
            if events.len() > LARGEST_COLLECTED_EVENTS {
                return (whole(events), Some("there were too many".to_owned()));
            }
        }
        (whole(events), None)
    }

    fn happened(&mut self, engine: &Engine, happened: &Happened) {
        if happened
            .kind
            .as_deref()
            .is_some_and(|kind| kind != "container")
        {
            return;
        }
        let action = happened.action.split(':').next().unwrap_or_default();
        let changes = [
            "create",
            "start",
            "restart",
            "kill",
            "die",
            "died",
            "stop",
            "oom",
            "pause",
            "unpause",
            "rename",
            "update",
            "health_status",
        ];
        if !changes.contains(&action) {
            return;
        }
        let id = &happened.actor.id;
        if self.find(id).is_none() {
            let Ok(listed) = engine.containers() else {
                return;
            };
            for new in listed.iter().filter(|listed| listed.id == *id) {
                let _ = self.add(engine, new);
            }
        } else if let Some(listed) = self.find(id).map(|container| container.listed.clone()) {
            // One that is gone has no state any more; what was seen of it stays.
            let _ = self.add(engine, &listed);
        }
        if action == "start"
            && let Some(container) = self.find(id)
        {
            container.last_lines = follow(engine, id);
        }
    }
}

/// Goes on reading a log, as long as the container runs.
fn follow(engine: &Engine, id: &str) -> Option<Lines> {
    let lines = Lines::default();
    let kept = Arc::clone(&lines);
    let mut log = engine.last_lines(id, LAST_LINES);
    let read = move || {
        let mut piece = vec![0; 64 * 1024];
        while let Ok(got @ 1..) = log.read(&mut piece) {
            let Ok(mut kept) = kept.lock() else { return };
            kept.extend_from_slice(&piece[..got]);
            let most = kept.len().saturating_sub(LARGEST_KEPT_LOG);
            kept.drain(..most);
        }
    };
    let reading = thread::Builder::new().name("log".to_owned()).spawn(read);
    reading.is_ok().then_some(lines)
}

/// Without a last line that is not whole.
fn whole(mut events: Vec<u8>) -> Vec<u8> {
    events.truncate(memchr::memrchr(b'\n', &events).map_or(0, |end| end + 1));
    events
}

/// `first`, and those lines of `more` that are not in it.
pub(super) fn joined(first: Vec<u8>, more: &[u8]) -> Vec<u8> {
    let lines = first.split_inclusive(|byte| *byte == b'\n');
    let mut known: BTreeSet<Vec<u8>> = lines.map(<[u8]>::to_vec).collect();
    let mut all = first;
    for line in more.split_inclusive(|byte| *byte == b'\n') {
        if known.insert(line.to_vec()) {
            all.extend_from_slice(line);
        }
    }
    all
}

/// What of a state is worth another snapshot: each health check that goes as before changes only the
/// health's own log.
fn essence(state: &[u8]) -> Option<Vec<Value>> {
    let mut all: Vec<Value> = serde_json::from_slice(state).ok()?;
    for container in &mut all {
        let health = container.pointer_mut("/State/Health");
        if let Some(health) = health.and_then(Value::as_object_mut) {
            health.retain(|key, _| key == "Status");
        }
    }
    Some(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_health_check_that_goes_as_before_is_no_change() {
        let state = |status: &str, log: &str| {
            let state =
                format!(r#"[{{"State":{{"Health":{{"Status":"{status}","Log":["{log}"]}}}}}}]"#);
            essence(state.as_bytes())
        };
        assert_eq!(state("healthy", "1"), state("healthy", "2"));
        assert_ne!(state("healthy", "1"), state("unhealthy", "1"));
    }

    #[test]
    fn events_that_came_twice_are_there_once() {
        let all = joined(b"one\ntwo\n".to_vec(), b"two\nthree\n");
        assert_eq!(String::from_utf8(all).unwrap(), "one\ntwo\nthree\n");
        assert_eq!(whole(b"one\ntw".to_vec()), b"one\n");
    }
}
