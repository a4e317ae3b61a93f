//! Small stories of containers: what the engine, the containers and the host would have written
//! about them.
//!
//! A story is told step by step; each step writes what a real engine writes for it, in its order
//! and with its attributes (see `testdata/cases/*/events.jsonl`). Most of it has a default:
//!
//! ```ignore
//! story("a policy starts a crashed container")
//!     .container("web")
//!     .ran("10:00:00")
//!     .crashed("10:05:00", 1)
//!     .started("10:05:01")
//!     .log(
//!         "10:00:01 Started server process [1]
//!          10:05:02 Started server process [1]",
//!     )
//!     .report()
//!     .startup(2, "restart-policy")
//!     .cites("exitCode");
//! ```
//!
//! Steps in the past tense (`stopped`) write everything that belongs to what happened; steps in the
//! engine's own words (`stop`) write that one event. Moments are times of day or seconds after
//! [`BEGIN`], see [`Moment`].
#![allow(
    dead_code,
    unused_imports,
    unreachable_pub,
    missing_docs,
    clippy::format_collect,
    clippy::must_use_candidate,
    clippy::return_self_not_must_use,
    clippy::unwrap_used,
    reason = "each test file uses a part of it, and fails by panicking"
)]

mod event;
mod moment;
mod snapshot;

pub use event::Event;
pub use moment::{BEGIN, Moment, clock, stamp};
pub use snapshot::{State, created, exited, restarting, running};

use chrono::{DateTime, Utc};
use std::{collections::BTreeMap, fmt::Write as _, path::Path};

/// Attributes of an event, or labels.
pub type Attributes<'a> = &'a [(&'a str, &'a str)];

/// How the containers' logs are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Logs {
    /// As `docker logs -t` does.
    #[default]
    Stamped,
    /// As `docker logs` does.
    Plain,
    /// As the `json-file` driver does.
    JsonFile,
}

/// One file of evidence.
pub struct Evidence {
    /// Its path below the story's folder.
    pub path: String,
    /// The option that names it; empty when the program finds out what it is.
    pub option: &'static str,
    pub content: Vec<u8>,
}

/// A container, as the engine knows it.
#[derive(Clone, Default)]
pub struct Container {
    /// What the story calls it. Unlike its name, that never changes.
    handle: String,
    pub id: String,
    pub name: String,
    /// Its labels, and its image as `image`: the attributes of all its events.
    pub labels: BTreeMap<String, String>,
    /// The lines of its log and their times.
    pub log: Vec<(DateTime<Utc>, String)>,
    network: String,
    created: Option<String>,
    is_gone: bool,
    snapshots: usize,
}

/// A story in the making.
#[derive(Default)]
pub struct Story {
    pub(crate) name: String,
    containers: Vec<Container>,
    current: usize,
    events: Vec<Event>,
    files: Vec<Evidence>,
    logs: Logs,
    no_networks: bool,
    in_told_order: bool,
    pub(crate) words: Vec<String>,
    pub(crate) warnings: Vec<String>,
}

/// Begins a story. Its name is in the message of each assertion that fails.
pub fn story(name: &str) -> Story {
    Story {
        name: name.to_owned(),
        ..Story::default()
    }
}

/// Who is in the story, and what they are called.
impl Story {
    /// The next steps are about this container. The first mention brings it into the story; its
    /// name is then the same word, unless [`Story::named`] says otherwise.
    pub fn container(mut self, handle: &str) -> Self {
        let known = self.containers.iter().position(|one| one.handle == handle);
        self.current = known.unwrap_or(self.containers.len());
        if known.is_none() {
            let n = self.current;
            let digit = char::from(b"abcdef123456789"[n % 15]);
            self.containers.push(Container {
                handle: handle.to_owned(),
                id: digit.to_string().repeat(12) + &format!("{:052}", n + 1),
                name: handle.to_owned(),
                labels: BTreeMap::from([("image".to_owned(), "app:1".to_owned())]),
                network: "bridge".to_owned(),
                ..Container::default()
            });
        }
        self
    }

    /// The container's name from the beginning. See [`Story::renamed`] for later.
    pub fn named(mut self, name: &str) -> Self {
        name.clone_into(&mut self.who().name);
        self
    }

    /// The container's image.
    pub fn image(self, image: &str) -> Self {
        self.label("image", image)
    }

    /// A label of the container; it is an attribute of all its events.
    pub fn label(mut self, key: &str, value: &str) -> Self {
        self.who().labels.insert(key.to_owned(), value.to_owned());
        self
    }

    /// The labels that Compose gives, and the name that it gives.
    pub fn compose(self, project: &str, service: &str, number: u32) -> Self {
        self.named(&format!("{project}-{service}-{number}"))
            .label("com.docker.compose.project", project)
            .label("com.docker.compose.service", service)
            .label("com.docker.compose.container-number", &number.to_string())
    }

    /// The network that the container joins when it starts, instead of `bridge`.
    pub fn on_network(mut self, name: &str) -> Self {
        name.clone_into(&mut self.who().network);
        self
    }

    /// Somebody filtered the events: networks are not in them.
    pub fn without_networks(mut self) -> Self {
        self.no_networks = true;
        self
    }

    /// The events are written in the order in which they are told. Otherwise they are sorted by time.
    pub fn in_told_order(mut self) -> Self {
        self.in_told_order = true;
        self
    }

    /// The id of a container of this story.
    pub fn id(&self, handle: &str) -> &str {
        let found = self.containers.iter().find(|one| one.handle == handle);
        &found.unwrap().id
    }

    /// The containers that have not been removed.
    pub fn containers(&self) -> impl Iterator<Item = &Container> {
        self.containers.iter().filter(|one| !one.is_gone)
    }

    fn who(&mut self) -> &mut Container {
        &mut self.containers[self.current]
    }
}

/// What happened, with everything that an engine writes about it.
impl Story {
    /// `docker run`.
    pub fn ran(self, at: impl Moment) -> Self {
        let at = at.time();
        self.create(at)
            .joined(moment::after(at, 100))
            .start(moment::after(at, 300))
    }

    /// A start, whoever asked for it; it joins its network shortly before.
    pub fn started(self, at: impl Moment) -> Self {
        let at = at.time();
        self.joined(moment::after(at, -200)).start(at)
    }

    /// `docker stop`, which the process obeys.
    pub fn stopped(self, at: impl Moment) -> Self {
        let at = at.time();
        self.kill(at, 15)
            .die(moment::after(at, 100), 0)
            .left(moment::after(at, 150))
            .stop(moment::after(at, 200))
    }

    /// `docker restart`, which the process obeys. It runs again half a second later.
    pub fn restarted(self, at: impl Moment) -> Self {
        let at = at.time();
        self.stopped(at)
            .joined(moment::after(at, 300))
            .start(moment::after(at, 500))
            .restart(moment::after(at, 501))
    }

    /// The process ended by itself.
    pub fn crashed(self, at: impl Moment, code: i64) -> Self {
        let at = at.time();
        self.die(at, code).left(moment::after(at, 50))
    }

    /// The kernel killed the main process, because its memory was used up.
    pub fn ran_out_of_memory(self, at: impl Moment) -> Self {
        let at = at.time();
        self.oom(at).crashed(moment::after(at, 90), 137)
    }

    /// It has another name from now on.
    pub fn renamed(mut self, at: impl Moment, name: &str) -> Self {
        let old = format!("/{}", self.who().name);
        self = self.named(name);
        self.event(at, "rename", &[("oldName", &old)])
    }

    /// A command was run in the container, and ended at `at`.
    pub fn exec(self, at: impl Moment, command: &str, code: i64) -> Self {
        let at = at.time();
        let begin = moment::after(at, -100);
        let id = format!("{:064x}", at.timestamp_micros());
        self.event(
            begin,
            &format!("exec_create: {command}"),
            &[("execID", &id)],
        )
        .event(begin, &format!("exec_start: {command}"), &[("execID", &id)])
        .event(
            at,
            "exec_die",
            &[("execID", &id), ("exitCode", &code.to_string())],
        )
    }

    /// Something without a meaning happened: the events reach at least this far.
    pub fn goes_on(self, until: impl Moment) -> Self {
        self.event(until, "exec_create: true ", &[])
    }

    /// It joined its own network.
    fn joined(mut self, at: impl Moment) -> Self {
        let network = self.who().network.clone();
        self.network(at, "connect", &network)
    }

    /// It left its own network.
    fn left(mut self, at: impl Moment) -> Self {
        let network = self.who().network.clone();
        self.network(at, "disconnect", &network)
    }
}

/// Single events, in the engine's words.
impl Story {
    pub fn create(mut self, at: impl Moment) -> Self {
        self.who().created = Some(stamp(at.time()));
        self.event(at, "create", &[])
    }

    pub fn start(self, at: impl Moment) -> Self {
        self.event(at, "start", &[])
    }

    pub fn kill(self, at: impl Moment, signal: u32) -> Self {
        self.event(at, "kill", &[("signal", &signal.to_string())])
    }

    pub fn die(self, at: impl Moment, code: i64) -> Self {
        self.event(at, "die", &[("exitCode", &code.to_string())])
    }

    /// As newer engines write it: with the seconds that the run lasted.
    pub fn die_after(self, at: impl Moment, code: i64, lasted: u32) -> Self {
        let (code, lasted) = (code.to_string(), lasted.to_string());
        self.event(at, "die", &[("exitCode", &code), ("execDuration", &lasted)])
    }

    pub fn stop(self, at: impl Moment) -> Self {
        self.event(at, "stop", &[])
    }

    pub fn restart(self, at: impl Moment) -> Self {
        self.event(at, "restart", &[])
    }

    pub fn oom(self, at: impl Moment) -> Self {
        self.event(at, "oom", &[])
    }

    pub fn destroy(mut self, at: impl Moment) -> Self {
        self.who().is_gone = true;
        self.event(at, "destroy", &[])
    }

    /// `status` is `healthy` or `unhealthy`.
    pub fn health(self, at: impl Moment, status: &str) -> Self {
        self.event(at, &format!("health_status: {status}"), &[])
    }

    /// Any event of the container. `more` are its attributes besides name, image and labels.
    pub fn event(mut self, at: impl Moment, action: &str, more: Attributes<'_>) -> Self {
        let Container {
            id, name, labels, ..
        } = self.who();
        let event = Event::of_container(at.time(), id, name, labels, action, more);
        self.events.push(event);
        self
    }

    /// `action` is `connect` or `disconnect`.
    pub fn network(mut self, at: impl Moment, action: &str, network: &str) -> Self {
        if !self.no_networks {
            let event = Event::of_network(at.time(), &self.who().id, action, network);
            self.events.push(event);
        }
        self
    }

    /// All events, in the order in which the engine writes them.
    pub fn events(&self) -> Vec<Event> {
        let mut events = self.events.clone();
        if !self.in_told_order {
            events.sort_by_key(|event| event.at);
        }
        events
    }

    /// All events as `docker events --format json` writes them.
    pub fn event_lines(&self) -> String {
        self.events().iter().map(Event::line).collect()
    }
}

/// What the containers, the engine and the host said.
impl Story {
    /// How the logs of this story are written; `docker logs -t` when nothing is said.
    pub fn logs(mut self, logs: Logs) -> Self {
        self.logs = logs;
        self
    }

    /// Lines of the container's log, each with its time of day in front: `10:00:01.2 Started`.
    pub fn log(mut self, block: &str) -> Self {
        for (at, text) in timed_lines(block) {
            self = self.line(at, text);
        }
        self
    }

    /// One line of the container's log.
    pub fn line(mut self, at: impl Moment, text: &str) -> Self {
        self.who().log.push((at.time(), text.to_owned()));
        self
    }

    /// What uvicorn says when an application with a database pool starts.
    pub fn boots(self, at: impl Moment, pool: u64) -> Self {
        let at = at.time();
        let made = format!(
            "Database connection pool created successfully (PID=1, host=db, generation=1, attempt=1, elapsed=0.1s, pool_id={pool})"
        );
        self.line(at, "INFO:     Started server process [1]")
            .line(
                moment::after(at, 1),
                "INFO:     Waiting for application startup.",
            )
            .line(moment::after(at, 50), &made)
            .line(
                moment::after(at, 60),
                "INFO:     Application startup complete.",
            )
    }

    /// Lines of the engine's own log, each with its time of day in front.
    pub fn engine_log(self, block: &str) -> Self {
        let lines: String = timed_lines(block)
            .map(|(at, text)| format!("time=\"{}\" level=info msg={text:?}\n", stamp(at)))
            .collect();
        self.journal("dockerd.log", lines)
    }

    /// Lines of a script on the host, each with its time of day in front.
    pub fn host_log(self, path: &str, block: &str) -> Self {
        let lines: String = timed_lines(block)
            .map(|(at, text)| format!("{} {text}\n", stamp(at)))
            .collect();
        self.journal(path, lines)
    }

    /// What `docker inspect` says of the container. Several times in one story: several snapshots.
    pub fn inspect(mut self, state: &State) -> Self {
        let who = self.who();
        who.snapshots += 1;
        let path = format!("{}.{}.json", who.handle, who.snapshots);
        let created = who.created.clone().unwrap_or_else(|| stamp(0));
        let text = state
            .of(&who.id, &who.name, &created, &who.labels)
            .to_string();
        self.file(&path, text)
    }

    /// Any file; the program finds out what it is.
    pub fn file(self, path: &str, content: impl Into<Vec<u8>>) -> Self {
        self.evidence(path, "", content.into())
    }

    /// Any file that the program is told to read as a journal.
    pub fn journal(self, path: &str, content: impl Into<Vec<u8>>) -> Self {
        self.evidence(path, "--journal", content.into())
    }

    fn evidence(mut self, path: &str, option: &'static str, content: Vec<u8>) -> Self {
        self.files.push(Evidence {
            path: path.to_owned(),
            option,
            content,
        });
        self
    }

    /// The container's log as the story has it so far, in the story's format.
    pub fn log_text(&self, handle: &str) -> String {
        let who = self.containers.iter().find(|one| one.handle == handle);
        who.unwrap().log_text(self.logs)
    }

    /// All evidence. What the story does not tell of has no file.
    pub fn evidence_files(self) -> Vec<Evidence> {
        let mut all = Vec::new();
        let mut add = |path: String, content: String| {
            if !content.is_empty() {
                all.push(Evidence {
                    path,
                    option: "",
                    content: content.into_bytes(),
                });
            }
        };
        add("events.jsonl".to_owned(), self.event_lines());
        for one in &self.containers {
            add(one.log_path(self.logs), one.log_text(self.logs));
        }
        all.extend(self.files);
        all
    }

    /// Writes all evidence below `folder`, and gives the words that show it to the program there.
    pub fn write(self, folder: &Path) -> Vec<String> {
        let mut words = Vec::new();
        for file in self.evidence_files() {
            let path = folder.join(&file.path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, file.content).unwrap();
            words.extend((!file.option.is_empty()).then(|| file.option.to_owned()));
            words.push(file.path);
        }
        words
    }
}

/// What the program is told, and what it may say besides its report.
impl Story {
    /// More words of the command line.
    pub fn told<'a>(mut self, words: impl IntoIterator<Item = &'a str>) -> Self {
        self.words.extend(words.into_iter().map(str::to_owned));
        self
    }

    /// The program warns with these words. A warning that no story expects fails its test.
    pub fn warns(mut self, words: &str) -> Self {
        self.warnings.push(words.to_owned());
        self
    }
}

impl Container {
    fn log_path(&self, logs: Logs) -> String {
        let (handle, id) = (&self.handle, &self.id);
        match logs {
            Logs::Stamped => format!("{handle}.{}.log", &id[..12]),
            Logs::Plain => format!("{handle}.log"),
            Logs::JsonFile => format!("{id}-json.log"),
        }
    }

    fn log_text(&self, logs: Logs) -> String {
        let mut lines = String::new();
        for (at, text) in &self.log {
            let time = stamp(*at);
            match logs {
                Logs::Stamped => writeln!(lines, "{time} {text}"),
                Logs::Plain => writeln!(lines, "{text}"),
                Logs::JsonFile => writeln!(
                    lines,
                    "{}",
                    serde_json::json!({"log": format!("{text}\n"), "stream": "stderr", "time": time})
                ),
            }
            .unwrap();
        }
        lines
    }
}

/// The lines of `block`: a moment and a text each. How far they are indented means nothing.
fn timed_lines(block: &str) -> impl Iterator<Item = (&str, &str)> {
    let lines = block.lines().map(str::trim_start);
    lines
        .filter(|line| !line.is_empty())
        .map(|line| line.split_once(' ').unwrap_or((line, "")))
}
