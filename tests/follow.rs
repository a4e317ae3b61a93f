//! `report --docker --follow` against a fake engine whose containers live as a test says.

#![cfg(all(unix, feature = "docker"))]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "common/fake_engine.rs"]
mod fake_engine;
#[path = "common/living_engine.rs"]
mod living_engine;
#[path = "common/story/mod.rs"]
mod story;

use assert_cmd::cargo::cargo_bin;
use fake_engine::FakeEngine;
use living_engine::World;
use serde_json::{Value, json};
use std::{
    io::{BufRead as _, BufReader, Lines},
    process::{Child, ChildStdout, Command, Stdio},
    sync::{Arc, Mutex},
};
use story::{Story, story};

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
    fn start(told: Story, format: &str) -> Self {
        let world = Arc::new(Mutex::new(World::new(told)));
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

    fn happens(&self, what: impl FnOnce(Story) -> Story) {
        self.world.lock().unwrap().happens(what);
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

/// A container of the service `api`. Compose gave it no number.
fn shop_api(told: Story, name: &str) -> Story {
    told.container(name)
        .image("api:1")
        .label("com.docker.compose.project", "shop")
        .label("com.docker.compose.service", "api")
}

/// The application starts, and is ready half a second later.
fn starts(told: Story, second: i32) -> Story {
    let said = f64::from(second) + 0.5;
    told.start(second)
        .line(said, "INFO:     Started server process [1]")
        .line(said, "INFO:     Waiting for application startup.")
        .line(said, READY)
}

const READY: &str = "INFO:     Application startup complete.";

fn one_container() -> Story {
    let told = shop_api(story("one container"), "shop-api-1");
    starts(told.create(1), 2)
}

/// Somebody restarts it.
fn restart(told: Story, second: i32) -> Story {
    let told = told
        .kill(second, 15)
        .line(f64::from(second) + 0.5, "INFO:     Shutting down")
        .die(second + 1, 0)
        .stop(second + 1);
    starts(told, second + 2).restart(second + 2)
}

#[test]
fn a_log_is_asked_for_once_and_then_for_what_is_new() {
    let mut followed = Followed::start(one_container(), "jsonl");
    let first = followed.next();
    assert_eq!(first["cause"], "first-start");
    assert_eq!(first["outcome"], "ready");
    for (run, second) in [(2, 60), (3, 133), (4, 300)] {
        followed.happens(|told| restart(told, second));
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
    assert!(logs[1].contains("&since=1795168801.500000007"), "{logs:#?}");
    let whole = asked.iter().filter(|path| path.contains("since=0")).count();
    assert_eq!(whole, 1, "all events are asked for once");
    assert_eq!(followed.end(), [""; 0]);
}

fn a_second_one_comes(told: Story) -> Story {
    let told = shop_api(told, "shop-api-2").image("api:2");
    starts(told.create(100), 101)
}

fn the_first_one_goes(told: Story) -> Story {
    told.container("shop-api-1")
        .kill(110, 15)
        .die(111, 0)
        .stop(111)
        .destroy(111)
}

#[test]
fn a_verdict_that_later_evidence_changes_is_told_again_once() {
    let mut followed = Followed::start(one_container(), "jsonl");
    assert_eq!(followed.next()["cause"], "first-start");
    followed.happens(a_second_one_comes);
    let second = followed.next();
    assert_eq!(second["container_name"], "shop-api-2");
    assert_eq!(second["cause"], "unknown", "{second:#}");
    assert_eq!(second.get("revises"), None);
    // The other one goes: the new one is no replica but its successor.
    followed.happens(the_first_one_goes);
    let revised = followed.next();
    assert_eq!(revised["container_id"], second["container_id"]);
    assert_eq!(revised["cause"], "deployment-replacement", "{revised:#}");
    assert_eq!(revised["revises"]["cause"], "unknown");
    assert_eq!(revised["revises"]["confidence"], second["confidence"]);
    // Nothing is repeated, nor taken back because the log of the other one is gone.
    followed.happens(|told| told.container("shop-api-2").renamed(130, "shop-api-2"));
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
    let told = shop_api(story("it has only begun to start"), "shop-api-1")
        .create(1)
        .start(2)
        .line(2.5, "INFO:     Started server process [1]");
    let mut followed = Followed::start(told, "text");
    let told = followed.lines.next().unwrap().unwrap();
    followed.happens(|told| told.line(3.5, READY));
    let mut next = followed.lines.by_ref().map(Result::unwrap);
    let outcome = next.find(|line| !line.starts_with(' ')).unwrap();
    assert!(
        told.starts_with("2026-11-20 10:00:02Z  api  first-start  9"),
        "{told}"
    );
    assert!(!told.contains("ready"), "{told}");
    assert!(
        outcome.starts_with("outcome: 2026-11-20 10:00:02Z  api  first-start  9"),
        "{outcome}"
    );
    assert!(
        outcome.ends_with(" %  ready  container aaaaaaaaaaaa run 1"),
        "{outcome}"
    );
    assert_eq!(followed.end(), [""; 0]);
}
