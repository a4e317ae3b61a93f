//! Stories in plain text, as the rules tell them: a line for each thing that the evidence shows.
//!
//! ```text
//! 10:00:00.000 web create
//! 10:00:00.400 web start
//! 10:00:01.200 web log: INFO:     Started server process [1]
//! 10:10:00.000 web exec_die exitCode=2 (getent hosts db)
//! 10:10:00.200 web network connect net1
//! 10:10:00.300 web kill signal=15
//! 10:10:00.100 engine: Processing signal 'terminated'
//! 10:10:00.150 engine: restarting container (web, manualRestart=false)
//! 10:10:00.250 host netfix[812]: docker restart web
//! 10:10:00.260 service update shop_web
//! recorder: engine away from 10:10:01 to 10:10:05
//! web log: Started without a time
//! web image app:2
//! web named shop-web-1
//! web label com.docker.compose.config-hash=2b
//! web compose: project shop, service web, number 1
//! web swarm: service shop_web, slot 1
//! web inspect: StartedAt 10:10:01, FinishedAt 10:10:00, RestartCount 2
//! web inspect: RestartPolicy unless-stopped, OOMKilled
//! ```
//!
//! There is no evidence but what the story tells: without a line of events, there are no events.
#![allow(
    dead_code,
    unreachable_pub,
    missing_docs,
    clippy::must_use_candidate,
    clippy::unwrap_used,
    reason = "each test file uses a part of it, and fails by panicking"
)]

use super::story::{self, Event, Moment, State, Story, clock, stamp, story};
use super::{items, startups, text, whystart};
use chrono::NaiveTime;
use serde_json::{Value, json};
use std::{collections::BTreeMap, fmt::Write as _};

/// The ids of the rules that decide the startups of a story, in the report's order.
///
/// # Panics
/// When a line of the story says nothing, or the program fails.
#[track_caller]
pub fn rules_of(story: &str) -> Vec<String> {
    let report = report_on(story);
    let rules = startups(&report).into_iter();
    rules
        .map(|(_, startup)| text(&startup["rule"]).to_owned())
        .collect()
}

/// The program's report on a story.
#[track_caller]
pub fn report_on(story: &str) -> Value {
    let folder = tempfile::tempdir().unwrap();
    let mut words: Vec<String> = ["report", "--format", "json", "--threads", "1"]
        .map(str::to_owned)
        .to_vec();
    words.extend(played(story).write(folder.path()));
    let ran = whystart(words).current_dir(folder.path()).output().unwrap();
    assert!(
        ran.status.success(),
        "{story}\n{}",
        String::from_utf8_lossy(&ran.stderr)
    );
    let report: Value = serde_json::from_slice(&ran.stdout).unwrap();
    for input in items(&report["inputs"]) {
        assert_eq!(input["skipped"], 0, "{story}\n{input}");
    }
    report
}

/// The evidence of a story in plain text.
#[track_caller]
pub fn played(text: &str) -> Story {
    let mut player = Player {
        story: story(text),
        ..Player::default()
    };
    for line in text.lines() {
        let (first, rest) = line.split_once(' ').unwrap_or((line, ""));
        let is_known = if first.parse::<NaiveTime>().is_ok() {
            player.timed(first, rest.trim_start())
        } else {
            player.untimed(line)
        };
        assert!(is_known.is_some(), "{line:?} says nothing, in\n{text}");
    }
    player.finish()
}

/// The fields of a snapshot.
type Fields = BTreeMap<String, String>;

/// A story that is being read.
#[derive(Default)]
struct Player {
    story: Story,
    /// Lines of the engine's own log: their times and texts.
    engine: Vec<(String, String)>,
    /// Lines of the host's journal.
    host: String,
    /// Events of swarm services.
    services: String,
    /// Logs without times, by container.
    untimed: BTreeMap<String, String>,
    /// Snapshots: the container, and what they say.
    snapshots: Vec<(String, Fields)>,
    /// When the recorder saw the engine go away and come back.
    away: Option<(String, String)>,
}

impl Player {
    /// Reads a line with a time. `None` when it says nothing.
    fn timed(&mut self, at: &str, what: &str) -> Option<()> {
        let (who, what) = what.split_once(' ')?;
        match who {
            "engine:" => self.engine.push((at.to_owned(), what.to_owned())),
            "host" => {
                let time = clock(at).format("%Y-%m-%dT%H:%M:%S%.6f+00:00");
                writeln!(self.host, "{time} host {what}").unwrap();
            }
            "service" => {
                let (action, name) = what.split_once(' ')?;
                self.services += &service_event(at, action, name).line();
            }
            _ => {
                let story = std::mem::take(&mut self.story).container(who);
                self.story = happened(story, at, what)?;
            }
        }
        Some(())
    }

    /// Reads a line without a time.
    fn untimed(&mut self, line: &str) -> Option<()> {
        if let Some(away) = line.strip_prefix("recorder: engine away from ") {
            let (from, to) = away.split_once(" to ")?;
            self.away = Some((from.to_owned(), to.to_owned()));
            return Some(());
        }
        let (who, what) = line.split_once(' ')?;
        if let Some(text) = what.strip_prefix("log: ") {
            let log = self.untimed.entry(who.to_owned()).or_default();
            writeln!(log, "{text}").unwrap();
            return Some(());
        }
        let story = std::mem::take(&mut self.story).container(who);
        self.story = match what.strip_prefix("inspect: ") {
            Some(fields) => {
                self.inspected(who, fields);
                story
            }
            None => described(story, what)?,
        };
        Some(())
    }

    /// Takes in fields of a snapshot. Each `StartedAt` begins another one.
    fn inspected(&mut self, who: &str, fields: &str) {
        for field in fields.split(", ") {
            let (name, value) = field.split_once(' ').unwrap_or((field, ""));
            let known = self.snapshots.iter_mut().rfind(|(of, _)| of == who);
            let (name, value) = (name.to_owned(), value.to_owned());
            match known.filter(|_| name != "StartedAt") {
                Some((_, fields)) => _ = fields.insert(name, value),
                None => self
                    .snapshots
                    .push((who.to_owned(), Fields::from([(name, value)]))),
            }
        }
    }

    fn finish(self) -> Story {
        let engine: String = self
            .engine
            .iter()
            .map(|(at, text)| engine_line(&self.story, at, text))
            .collect();
        let events = self.story.events();
        let mut story = self.story;
        if let (Some((from, to)), Some(first), Some(last)) =
            (self.away, events.first(), events.last())
        {
            story = story.file(
                "record.jsonl",
                ledger((first, last), &clock(&*from), &clock(&*to)),
            );
        }
        for (who, fields) in &self.snapshots {
            let state = state(fields).unwrap_or_else(|| panic!("{who} inspect: {fields:?}"));
            story = story.container(who).inspect(&state);
        }
        for (who, log) in self.untimed {
            story = story.file(&format!("{who}.log"), log);
        }
        for (path, content) in [("dockerd.log", engine), ("host.log", self.host)] {
            if !content.is_empty() {
                story = story.journal(path, content);
            }
        }
        if !self.services.is_empty() {
            story = story.file("services.jsonl", self.services);
        }
        story
    }
}

/// What a container did, or what was done to it.
fn happened(story: Story, at: &str, what: &str) -> Option<Story> {
    if let Some(text) = what.strip_prefix("log: ") {
        return Some(story.line(at, text));
    }
    if what.starts_with("health_status: ") {
        return Some(story.event(at, what, &[]));
    }
    let (action, rest) = what.split_once(' ').unwrap_or((what, ""));
    Some(match action {
        "create" if rest.is_empty() => story.create(at),
        "destroy" if rest.is_empty() => story.destroy(at),
        "start" | "stop" | "restart" | "oom" if rest.is_empty() => story.event(at, action, &[]),
        "kill" => story.kill(at, rest.strip_prefix("signal=")?.parse().ok()?),
        "die" => story.die(at, rest.strip_prefix("exitCode=")?.parse().ok()?),
        "exec_die" => {
            let rest = rest.strip_prefix("exitCode=")?;
            match rest.split_once(" (") {
                Some((code, command)) => {
                    story.exec(at, command.strip_suffix(')')?, code.parse().ok()?)
                }
                // Nothing announced the command: podman never says which it was.
                None => story.event(at, "exec_die", &[("exitCode", rest)]),
            }
        }
        "network" => {
            let (action, network) = rest.split_once(' ')?;
            story.network(at, action, network)
        }
        "rename" => story.renamed(at, rest),
        _ => return None,
    })
}

/// What a container is.
fn described(story: Story, what: &str) -> Option<Story> {
    let (what, rest) = what.split_once(' ')?;
    let field = |name: &str| rest.split(", ").find_map(|one| one.strip_prefix(name));
    Some(match what {
        "image" => story.image(rest),
        "named" => story.named(rest),
        "label" => {
            let (key, value) = rest.split_once('=')?;
            story.label(key, value)
        }
        "compose:" => story
            .label("com.docker.compose.project", field("project ")?)
            .label("com.docker.compose.service", field("service ")?)
            .label("com.docker.compose.container-number", field("number ")?),
        "swarm:" => {
            let (service, slot) = (field("service ")?, field("slot ")?);
            story
                .label("com.docker.swarm.service.name", service)
                .label("com.docker.swarm.task.name", &format!("{service}.{slot}.x"))
        }
        _ => return None,
    })
}

/// What `inspect` says of a container, as its fields: `StartedAt 10:00:00, RestartCount 2`. It runs
/// unless it finished after it started.
fn state(fields: &Fields) -> Option<State> {
    let field = |name: &str| fields.get(name).map(String::as_str);
    let started = field("StartedAt")?;
    let finished = field("FinishedAt");
    let mut state = match finished.filter(|at| clock(*at) > clock(started)) {
        Some(at) => story::exited(started, at, field("ExitCode").unwrap_or("0").parse().ok()?),
        None => story::running(started),
    };
    for (name, value) in fields {
        state = match &**name {
            "StartedAt" | "ExitCode" => state,
            "FinishedAt" => state.after_an_end(&**value),
            "RestartCount" => state.restarts(value.parse().ok()?),
            "RestartPolicy" => {
                let names = ["no", "always", "on-failure", "unless-stopped"];
                state.policy(names.into_iter().find(|known| known == value)?, 0)
            }
            "OOMKilled" => state.out_of_memory(),
            _ => return None,
        };
    }
    Some(state)
}

/// A line of the engine's log. Its fields stand behind it in brackets, the container first.
fn engine_line(story: &Story, at: &str, text: &str) -> String {
    let (message, fields) = match text
        .strip_suffix(')')
        .and_then(|text| text.split_once(" ("))
    {
        Some((message, fields)) if fields.contains('=') => (message, fields),
        _ => (text, ""),
    };
    let mut line = format!("time=\"{}\" level=info msg={message:?}", stamp(at));
    for field in fields.split(", ").filter(|field| !field.is_empty()) {
        if field.contains('=') {
            write!(line, " {field}").unwrap();
        } else {
            write!(line, " container={}", story.id(field)).unwrap();
        }
    }
    line + "\n"
}

/// An event of a swarm's service.
fn service_event(at: &str, action: &str, name: &str) -> Event {
    let at = at.time();
    let value = json!({
        "Type": "service", "Action": action,
        "Actor": {"ID": "service1", "Attributes": {"name": name}},
        "scope": "swarm", "time": at.timestamp(), "timeNano": at.timestamp_nanos_opt(),
    });
    Event { at, value }
}

/// What a recorder writes down that saw the engine go away and come back.
fn ledger((first, last): (&Event, &Event), from: &impl Moment, to: &impl Moment) -> String {
    let (from, to) = (stamp(from.time()), stamp(to.time()));
    let lines = [
        json!({"record": {"schema": "whystart.record/1"}}),
        json!({"covered": {"from": stamp(first.at), "to": &from}}),
        json!({"covered": {"from": &to, "to": stamp(last.at)}}),
        json!({"gap": {
            "from": &from, "to": &to, "why": "engine-restart", "during": "disconnected",
            "away": {"from": &from, "to": &to},
        }}),
    ];
    lines.map(|line| format!("{line}\n")).concat()
}
