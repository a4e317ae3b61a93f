//! A fake engine whose containers live as a story tells, while it is asked.
#![allow(
    dead_code,
    unreachable_pub,
    missing_docs,
    clippy::unwrap_used,
    reason = "each test file uses a part of it, and fails by panicking"
)]

use super::fake_engine::{Answer, version};
use super::story::{Container, Event, Story, stamp};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};

/// What an open answer has said so far, and goes on to say.
type Live = Arc<Mutex<Vec<u8>>>;

/// What the engine knows. Its clock stands at the last moment that something happened.
pub struct World {
    story: Story,
    /// All requests for events that have no end.
    live_events: Vec<Live>,
    /// The same for logs, with the container's id.
    live_logs: Vec<(String, Live)>,
}

impl World {
    pub fn new(story: Story) -> Self {
        Self {
            story: story.in_told_order(),
            live_events: Vec::new(),
            live_logs: Vec::new(),
        }
    }

    /// The story goes on, and open answers with it.
    pub fn happens(&mut self, what: impl FnOnce(Story) -> Story) {
        let events = self.story.event_lines().len();
        let said = |story: &Story, id: &str| {
            let known = story.containers().find(|one| one.id == id);
            known.map_or(0, |one| one.log.len())
        };
        let ids = self.live_logs.iter();
        let before: Vec<usize> = ids.map(|(id, _)| said(&self.story, id)).collect();
        self.story = what(std::mem::take(&mut self.story));
        let fresh = &self.story.event_lines()[events..];
        for live in &self.live_events {
            live.lock().unwrap().extend(fresh.bytes());
        }
        for ((id, live), before) in self.live_logs.iter().zip(before) {
            let known = self.story.containers().find(|one| one.id == *id);
            let lines = known.iter().flat_map(|one| &one.log[before..]);
            let mut live = live.lock().unwrap();
            lines.for_each(|line| live.extend(frame(line)));
        }
    }

    /// The answer to a path with its query.
    pub fn answer(&mut self, path: &str) -> Answer {
        let (head, query) = path.split_once('?').unwrap_or((path, ""));
        let query = Query(query);
        match head {
            "/version" => version("1.41"),
            "/_ping" => Answer::ok("OK"),
            "/info" => Answer::ok(json!({"SystemTime": stamp(self.now())}).to_string()),
            "/networks" => Answer::ok("[]"),
            "/volumes" => Answer::ok(r#"{"Volumes":null}"#),
            "/containers/json" => {
                let list = self.story.containers().map(listed);
                Answer::ok(list.collect::<Value>().to_string())
            }
            "/events" => self.events(query),
            _ => self.container(head, query),
        }
    }

    fn events(&mut self, query: Query<'_>) -> Answer {
        let events = self.story.events();
        let wanted = events.iter().filter(|event| query.wants(event.at));
        let text: String = wanted.map(Event::line).collect();
        if query.get("until").is_some() {
            return Answer::ok(text);
        }
        let live = Live::new(Mutex::new(text.into_bytes()));
        self.live_events.push(Arc::clone(&live));
        Answer::Live(live)
    }

    /// The state of a container, or its log.
    fn container(&mut self, head: &str, query: Query<'_>) -> Answer {
        let Some((id, what)) = head
            .strip_prefix("/containers/")
            .and_then(|rest| rest.split_once('/'))
        else {
            return Answer::error(404, "page not found");
        };
        let Some(known) = self.story.containers().find(|one| one.id == id) else {
            return Answer::error(404, "No such container");
        };
        if what == "json" {
            return Answer::ok(inspected(known).to_string());
        }
        let lines = known.log.iter().filter(|(at, _)| query.wants(*at));
        let frames: Vec<u8> = lines.flat_map(frame).collect();
        if query.get("follow").is_none() {
            return Answer::ok(frames);
        }
        let live = Live::new(Mutex::new(frames));
        self.live_logs.push((id.to_owned(), Arc::clone(&live)));
        Answer::Live(live)
    }

    fn now(&self) -> DateTime<Utc> {
        let events = self.story.events().into_iter().map(|event| event.at);
        let lines = self.story.containers().flat_map(|one| &one.log);
        // A line is never the engine's very last moment.
        let lines = lines.map(|(at, _)| *at + TimeDelta::milliseconds(500));
        events.chain(lines).max().unwrap()
    }
}

/// The parameters of a request.
#[derive(Clone, Copy)]
struct Query<'a>(&'a str);

impl<'a> Query<'a> {
    fn get(self, name: &str) -> Option<&'a str> {
        let mut all = self.0.split('&').filter_map(|pair| pair.split_once('='));
        all.find(|(key, _)| *key == name).map(|(_, value)| value)
    }

    /// Whether what happened at `at` is asked for.
    fn wants(self, at: DateTime<Utc>) -> bool {
        let time = |name| {
            let seconds: f64 = self.get(name)?.parse().unwrap();
            Some(seconds)
        };
        #[expect(clippy::cast_precision_loss, reason = "half seconds are exact")]
        let at = at.timestamp_millis() as f64 / 1000.0;
        time("since").is_none_or(|since| at >= since)
            && time("until").is_none_or(|until| at <= until)
    }
}

/// A line of a log as the engine's stream has it.
pub fn frame((at, text): &(DateTime<Utc>, String)) -> Vec<u8> {
    let line = format!("{} {text}\n", stamp(*at));
    let length = u32::try_from(line.len()).unwrap().to_be_bytes();
    [&[1, 0, 0, 0], &length[..], line.as_bytes()].concat()
}

fn listed(one: &Container) -> Value {
    json!({
        "Id": one.id, "Names": [format!("/{}", one.name)], "State": "running", "Labels": one.labels,
    })
}

fn inspected(one: &Container) -> Value {
    json!({
        "Id": one.id, "Name": format!("/{}", one.name), "Image": "sha256:1",
        "State": {"Status": "running", "Running": true},
        "Config": {"Tty": false, "Image": one.labels["image"], "Labels": one.labels},
        "HostConfig": {},
    })
}
