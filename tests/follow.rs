//! `report --docker --follow` against a fake engine whose containers live as a test says.

#![cfg(all(unix, feature = "docker"))]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "common/fake_engine.rs"]
mod fake_engine;

use assert_cmd::cargo::cargo_bin;
use fake_engine::{Answer, FakeEngine, version};
use serde_json::{Value, json};
use std::{
    io::{BufRead as _, BufReader, Lines},
    process::{Child, ChildStdout, Command, Stdio},
    sync::{Arc, Mutex},
};

const OLD: &str = "1df37d801ee7ddbba5ab6ad4434afab06e81230114173545a9672f14131cccf0";
const NEW: &str = "2ea48e912ff8ddbba5ab6ad4434afab06e81230114173545a9672f14131cccf0";
/// 2026-11-21T12:00:00Z
const BEGIN: i64 = 1_795_262_400;

/// What the engine knows. Its clock stands at the last moment that something happened.
#[derive(Default)]
struct World {
    now: i64,
    /// Ids and names.
    containers: Vec<(&'static str, &'static str)>,
    events: Vec<(i64, String)>,
    lines: Vec<(&'static str, i64, String)>,
    live_events: Arc<Mutex<Vec<u8>>>,
    live_logs: Vec<(&'static str, Arc<Mutex<Vec<u8>>>)>,
}

impl World {
    fn event(&mut self, id: &'static str, action: &str, second: i64, more: &Value) {
        let name = self.containers.iter().find(|(known, _)| *known == id);
        let mut attributes = json!({
            "name": name.map_or("gone", |(_, name)| name), "image": "api:1",
            "com.docker.compose.project": "shop", "com.docker.compose.service": "api",
        });
        for (key, value) in more.as_object().into_iter().flatten() {
            attributes[key] = value.clone();
        }
        let event = json!({
            "Type": "container", "Action": action,
            "Actor": {"ID": id, "Attributes": attributes},
            "time": BEGIN + second, "timeNano": (BEGIN + second) * 1_000_000_000,
        });
        let event = format!("{event}\n");
        self.now = self.now.max(second);
        self.live_events.lock().unwrap().extend(event.bytes());
        self.events.push((second, event));
    }

    fn line(&mut self, id: &'static str, second: i64, text: &str) {
        let line = format!(
            "2026-11-21T12:{:02}:{:02}.5Z {text}\n",
            second / 60,
            second % 60
        );
        self.now = self.now.max(second + 1);
        for (container, live) in &self.live_logs {
            if *container == id {
                live.lock().unwrap().extend(frame(&line));
            }
        }
        self.lines.push((id, second, line));
    }

    fn starts(&mut self, id: &'static str, second: i64) {
        self.event(id, "start", second, &Value::Null);
        for text in [
            "INFO:     Started server process [1]",
            "INFO:     Waiting for application startup.",
            "INFO:     Application startup complete.",
        ] {
            self.line(id, second, text);
        }
    }

    fn answer(&mut self, path: &str) -> Answer {
        let (head, query) = path.split_once('?').unwrap_or((path, ""));
        let parameter = |name: &str| {
            let mut all = query.split('&').filter_map(|pair| pair.split_once('='));
            all.find(|(key, _)| *key == name).map(|(_, value)| value)
        };
        let seconds = |name: &str| {
            let value: f64 = parameter(name)?.parse().unwrap();
            Some(if value < 1.0 {
                -1.0
            } else {
                value - 1_795_262_400.0
            })
        };
        #[expect(clippy::cast_precision_loss, reason = "seconds of a test")]
        let wanted = |second: i64, fraction: f64| {
            let at = second as f64 + fraction;
            seconds("since").is_none_or(|since| at >= since)
                && seconds("until").is_none_or(|until| at <= until)
        };
        let inspect = |id: &str| {
            let (_, name) = self.containers.iter().find(|(known, _)| *known == id)?;
            let labels =
                json!({"com.docker.compose.project": "shop", "com.docker.compose.service": "api"});
            Some(json!({
                "Id": id, "Name": format!("/{name}"), "Image": "sha256:1",
                "State": {"Status": "running", "Running": true},
                "Config": {"Tty": false, "Image": "api:1", "Labels": labels}, "HostConfig": {},
            }))
        };
        if head == "/version" {
            return version("1.41");
        } else if head == "/_ping" {
            return Answer::ok("OK");
        } else if head == "/info" {
            let time = format!("2026-11-21T12:{:02}:{:02}Z", self.now / 60, self.now % 60);
            return Answer::ok(json!({ "SystemTime": time }).to_string());
        } else if head == "/networks" {
            return Answer::ok("[]");
        } else if head == "/containers/json" {
            let list = self.containers.iter().map(|(id, name)| {
                json!({"Id": id, "Names": [format!("/{name}")], "State": "running", "Labels": {
                    "com.docker.compose.project": "shop", "com.docker.compose.service": "api"}})
            });
            return Answer::ok(list.collect::<Value>().to_string());
        } else if head == "/events" {
            let events = self
                .events
                .iter()
                .filter(|(second, _)| wanted(*second, 0.0));
            let text: String = events.map(|(_, event)| event.as_str()).collect();
            if parameter("until").is_some() {
                return Answer::ok(text);
            }
            self.live_events = Arc::new(Mutex::new(text.into_bytes()));
            return Answer::Live(Arc::clone(&self.live_events));
        }
        let mut parts = head.trim_start_matches("/containers/").split('/');
        let id = parts.next().unwrap();
        let Some(state) = inspect(id) else {
            return Answer::error(404, "No such container");
        };
        if head.ends_with("/json") {
            return Answer::ok(state.to_string());
        }
        let lines = self.lines.iter();
        let lines = lines.filter(|(of, second, _)| *of == id && wanted(*second, 0.5));
        let frames: Vec<u8> = lines.flat_map(|(_, _, line)| frame(line)).collect();
        if parameter("follow").is_none() {
            return Answer::ok(frames);
        }
        let live = Arc::new(Mutex::new(frames));
        let id = if id == OLD { OLD } else { NEW };
        self.live_logs.push((id, Arc::clone(&live)));
        Answer::Live(live)
    }
}

fn frame(line: &str) -> Vec<u8> {
    let mut frame = vec![1, 0, 0, 0, 0, 0, 0, u8::try_from(line.len()).unwrap()];
    frame.extend(line.bytes());
    frame
}

/// The program, following a world.
struct Followed {
    world: Arc<Mutex<World>>,
    fake: FakeEngine,
    child: Running,
    lines: Lines<BufReader<ChildStdout>>,
}

/// Does not outlive a test that fails.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Followed {
    fn start(world: World, format: &str) -> Self {
        let world = Arc::new(Mutex::new(world));
        let asked = Arc::clone(&world);
        let fake = FakeEngine::start(move |path| asked.lock().unwrap().answer(path));
        let mut child = Command::new(cargo_bin("whystart"))
            .args(["report", "--docker", "--follow", "--format", format])
            .args(["--host", &fake.host(), "api"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self {
            world,
            fake,
            child: Running(child),
            lines,
        }
    }

    fn happens(&self, what: impl FnOnce(&mut World)) {
        what(&mut self.world.lock().unwrap());
    }

    fn next(&mut self) -> Value {
        serde_json::from_str(&self.lines.next().unwrap().unwrap()).unwrap()
    }

    /// Asks it to end, and gives what it wrote besides what was read.
    fn end(mut self) -> Vec<String> {
        let id = self.child.0.id().to_string();
        Command::new("kill").args(["-INT", &id]).status().unwrap();
        assert_eq!(self.child.0.wait().unwrap().code(), Some(0));
        self.lines.map(Result::unwrap).collect()
    }
}

fn one_container() -> World {
    let mut world = World {
        containers: vec![(OLD, "shop-api-1")],
        ..World::default()
    };
    world.event(OLD, "create", 1, &Value::Null);
    world.starts(OLD, 2);
    world
}

/// Somebody restarts it.
fn restart(world: &mut World, second: i64) {
    world.event(OLD, "kill", second, &json!({"signal": "15"}));
    world.line(OLD, second, "INFO:     Shutting down");
    world.event(OLD, "die", second + 1, &json!({"exitCode": "0"}));
    world.event(OLD, "stop", second + 1, &Value::Null);
    world.starts(OLD, second + 2);
    world.event(OLD, "restart", second + 2, &Value::Null);
}

#[test]
fn a_log_is_asked_for_once_and_then_for_what_is_new() {
    let mut followed = Followed::start(one_container(), "jsonl");
    let first = followed.next();
    assert_eq!(first["cause"], "first-start");
    assert_eq!(first["outcome"], "ready");
    for (run, second) in [(2, 60), (3, 133), (4, 300)] {
        followed.happens(|world| restart(world, second));
        let next = followed.next();
        assert_eq!(
            (&next["run"], &next["outcome"]),
            (&json!(run), &json!("ready")),
            "{next:#}"
        );
        // The lines are those of the whole log.
        let cited = next["evidence"].as_array().unwrap().iter();
        let line = cited
            .filter(|cited| cited["path"].as_str().unwrap().starts_with("docker:logs/"))
            .map(|cited| cited["line"].as_u64().unwrap())
            .max();
        assert!(
            line.is_none_or(|line| line <= 3 + 4 * (run - 1)),
            "{next:#}"
        );
    }
    let asked = followed.fake.asked();
    let logs: Vec<&String> = asked
        .iter()
        .filter(|path| path.contains("/logs?"))
        .collect();
    assert_eq!(logs.len(), 2, "{logs:#?}");
    assert!(!logs[0].contains("since"), "{logs:#?}");
    assert!(logs[1].contains("&since=1795262401.500000000"), "{logs:#?}");
    let whole = asked.iter().filter(|path| path.contains("since=0")).count();
    assert_eq!(whole, 1, "all events are asked for once");
    assert_eq!(followed.end(), [""; 0]);
}

fn a_second_one_comes(world: &mut World) {
    world.containers.push((NEW, "shop-api-2"));
    world.event(NEW, "create", 100, &json!({"image": "api:2"}));
    world.starts(NEW, 101);
}

fn the_first_one_goes(world: &mut World) {
    world.event(OLD, "kill", 110, &json!({"signal": "15"}));
    world.event(OLD, "die", 111, &json!({"exitCode": "0"}));
    world.event(OLD, "stop", 111, &Value::Null);
    world.event(OLD, "destroy", 111, &Value::Null);
    world.containers.retain(|(id, _)| *id != OLD);
}

#[test]
fn a_verdict_that_later_evidence_changes_is_told_again_once() {
    let mut followed = Followed::start(one_container(), "jsonl");
    assert_eq!(followed.next()["cause"], "first-start");
    followed.happens(a_second_one_comes);
    let second = followed.next();
    assert_eq!(second["container_id"], NEW);
    assert_eq!(second["cause"], "unknown", "{second:#}");
    assert_eq!(second.get("revises"), None);
    // The other one goes: the new one is no replica but its successor.
    followed.happens(the_first_one_goes);
    let revised = followed.next();
    assert_eq!(revised["container_id"], NEW);
    assert_eq!(revised["cause"], "deployment-replacement", "{revised:#}");
    assert_eq!(revised["revises"]["cause"], "unknown");
    assert_eq!(revised["revises"]["confidence"], second["confidence"]);
    // Nothing is repeated, nor taken back because the log of the other one is gone.
    followed.happens(|world| world.event(NEW, "rename", 130, &Value::Null));
    std::thread::sleep(std::time::Duration::from_secs(4));
    assert_eq!(followed.end(), [""; 0]);
}

#[test]
fn a_revision_is_a_word_in_the_text() {
    let mut followed = Followed::start(one_container(), "text");
    let mut heads = Vec::new();
    let mut head = |followed: &mut Followed| {
        let line = followed
            .lines
            .by_ref()
            .map(Result::unwrap)
            .find(|line| !line.starts_with(' '));
        heads.push(line.unwrap());
    };
    head(&mut followed);
    followed.happens(a_second_one_comes);
    head(&mut followed);
    followed.happens(the_first_one_goes);
    head(&mut followed);
    assert!(heads[0].contains("  api  first-start  "), "{heads:#?}");
    assert!(heads[1].contains("  api  unknown  "), "{heads:#?}");
    assert!(heads[2].starts_with("revised: "), "{heads:#?}");
    assert!(
        heads[2].contains("  api  deployment-replacement "),
        "{heads:#?}"
    );
    assert!(heads[2].contains("  (was unknown  "), "{heads:#?}");
    followed.end();
}

#[test]
fn how_a_startup_went_on_is_told_in_one_line() {
    let mut world = one_container();
    world.lines.truncate(1);
    let mut followed = Followed::start(world, "text");
    let told = followed.lines.next().unwrap().unwrap();
    followed.happens(|world| world.line(OLD, 3, "INFO:     Application startup complete."));
    let mut next = followed.lines.by_ref().map(Result::unwrap);
    let outcome = next.find(|line| !line.starts_with(' ')).unwrap();
    assert!(
        told.starts_with("2026-11-21 12:00:02Z  api  first-start  9"),
        "{told}"
    );
    assert!(!told.contains("ready"), "{told}");
    assert!(
        outcome.starts_with("outcome: 2026-11-21 12:00:02Z  api  first-start  9"),
        "{outcome}"
    );
    assert!(
        outcome.ends_with(" %  ready  container 1df37d801ee7 run 1"),
        "{outcome}"
    );
    assert_eq!(followed.end(), [""; 0]);
}
