//! Shapes of events and what they mean, each from a recording on a real engine, in a few lines.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use assert_cmd::Command;
use serde_json::{Value, json};
use std::fmt::Write;

/// A history in the making: events of containers that are known by a digit.
#[derive(Default)]
struct History(String);

impl History {
    /// Adds a container's event, `at` seconds after noon.
    fn event(mut self, at: f64, id: char, action: &str, extra: &Value) -> Self {
        let id = id.to_string().repeat(64);
        let mut attributes = json!({"image": "api:1", "name": format!("api-{}", &id[..1])});
        for (key, value) in extra.as_object().into_iter().flatten() {
            attributes[key] = value.clone();
        }
        let actor = json!({"ID": id, "Attributes": attributes});
        self.line(at, "container", action, &actor);
        self
    }

    fn network(mut self, at: f64, id: char, action: &str, name: &str) -> Self {
        let container = id.to_string().repeat(64);
        let attributes = json!({"container": container, "name": name, "type": "bridge"});
        let actor = json!({"ID": "f".repeat(64), "Attributes": attributes});
        self.line(at, "network", action, &actor);
        self
    }

    fn line(&mut self, at: f64, kind: &str, action: &str, actor: &Value) {
        #[expect(clippy::cast_possible_truncation, reason = "a few hundred seconds")]
        let nano = 1_795_176_000_000_000_000 + (at * 1e6).round() as i64 * 1000;
        let event = json!({"Type": kind, "Action": action, "Actor": actor, "scope": "local",
            "time": nano / 1_000_000_000, "timeNano": nano});
        writeln!(self.0, "{event}").unwrap();
    }

    fn first(self, at: f64, id: char) -> Self {
        self.labelled(at, id, &json!({}))
    }

    fn labelled(self, at: f64, id: char, labels: &Value) -> Self {
        self.event(at, id, "create", labels)
            .network(at + 0.1, id, "connect", "net")
            .event(at + 0.4, id, "start", labels)
    }

    fn end(self, at: f64, id: char, labels: &Value) -> Self {
        let mut die = labels.clone();
        die["exitCode"] = json!("0");
        let mut kill = labels.clone();
        kill["signal"] = json!("15");
        self.event(at, id, "kill", &kill)
            .event(at + 0.1, id, "die", &die)
            .network(at + 0.15, id, "disconnect", "net")
            .event(at + 0.2, id, "stop", labels)
    }

    fn restart(self, at: f64, id: char) -> Self {
        self.end(at, id, &json!({}))
            .network(at + 0.3, id, "connect", "net")
            .event(at + 0.5, id, "start", &json!({}))
            .event(at + 0.501, id, "restart", &json!({}))
    }

    /// A command run in the container, which ends at `at`.
    fn exec(self, at: f64, id: char, command: &str, code: &str) -> Self {
        let run = json!({"execID": format!("{at}")});
        let done = json!({"execID": format!("{at}"), "exitCode": code});
        self.event(at - 0.1, id, &format!("exec_create: {command}"), &run)
            .event(at - 0.1, id, &format!("exec_start: {command}"), &run)
            .event(at, id, "exec_die", &done)
    }

    /// The causes of all startups, by service and time.
    #[track_caller]
    fn causes(self, expected: &[&str]) {
        let output = Command::cargo_bin("whystart")
            .unwrap()
            .args(["report", "--format", "json", "-"])
            .write_stdin(self.0)
            .output()
            .unwrap();
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        let services = report["services"].as_array().unwrap();
        let startups = services
            .iter()
            .flat_map(|service| service["startups"].as_array().unwrap());
        let causes: Vec<&str> = startups
            .map(|startup| startup["cause"].as_str().unwrap())
            .collect();
        assert_eq!(causes, expected);
    }
}

const TIMER: &str = "host-automation-restart";

#[test]
fn a_repair_is_answered_by_its_own_restart() {
    let history = History::default()
        .first(0.0, 'a')
        .exec(6.0, 'a', "getent hosts db", "2")
        .network(6.1, 'a', "connect", "db_net")
        .restart(6.2, 'a')
        .restart(20.0, 'a');
    history.causes(&["first-start", TIMER, "manual-restart"]);
}

#[test]
fn a_session_is_no_probe() {
    // Swept away by the restart, in the same instant.
    let swept = History::default()
        .first(0.0, 'a')
        .exec(9.999, 'a', "tail -f /var/log/app", "137")
        .restart(10.0, 'a');
    swept.causes(&["first-start", "manual-restart"]);
    let left = History::default()
        .first(0.0, 'a')
        .exec(9.0, 'a', "/bin/bash", "1")
        .restart(10.0, 'a');
    left.causes(&["first-start", "manual-restart"]);
}

#[test]
fn a_network_repair_comes_in_any_order() {
    let flapped = History::default()
        .first(0.0, 'a')
        .network(9.0, 'a', "disconnect", "net")
        .network(9.1, 'a', "connect", "net")
        .restart(9.2, 'a');
    flapped.causes(&["first-start", TIMER]);
    let afterwards = History::default()
        .first(0.0, 'a')
        .restart(9.0, 'a')
        .network(9.9, 'a', "connect", "db_net");
    afterwards.causes(&["first-start", TIMER]);
    // A person who flaps a network, looks, and restarts.
    let slowly = History::default()
        .first(0.0, 'a')
        .network(20.0, 'a', "disconnect", "net")
        .network(22.0, 'a', "connect", "net")
        .restart(33.0, 'a');
    slowly.causes(&["first-start", "manual-restart"]);
}

fn replica(number: u32) -> Value {
    json!({"name": format!("shop_api_{number}"), "com.docker.compose.project": "shop",
        "com.docker.compose.service": "api", "com.docker.compose.config-hash": "c0ffee",
        "com.docker.compose.container-number": number.to_string()})
}

#[test]
fn scaling_up_and_down_and_up_replaces_nothing() {
    let history = History::default()
        .labelled(0.0, 'a', &replica(1))
        .labelled(9.0, 'b', &replica(2))
        .labelled(9.1, 'c', &replica(3))
        .end(20.0, 'b', &replica(2))
        .end(20.1, 'c', &replica(3))
        .event(20.5, 'b', "destroy", &replica(2))
        .event(20.6, 'c', "destroy", &replica(3))
        .labelled(30.0, 'd', &replica(2));
    history.causes(&["first-start", "scale-out", "scale-out", "scale-out"]);
}

#[test]
fn a_name_taken_over_is_a_replacement() {
    let named = |name: &str| json!({ "name": name });
    let history = History::default()
        .labelled(0.0, 'a', &named("api"))
        .labelled(9.0, 'b', &named("api-new"))
        .end(15.0, 'a', &named("api"))
        .event(15.5, 'a', "destroy", &named("api"))
        .event(
            15.7,
            'b',
            "rename",
            &json!({"name": "api", "oldName": "/api-new"}),
        );
    history.causes(&["first-start", "deployment-replacement"]);
}

#[test]
fn a_coarse_timer_is_a_timer() {
    let coarse = History::default()
        .first(0.0, 'a')
        .restart(15.0, 'a')
        .restart(30.6, 'a')
        .restart(44.8, 'a')
        .restart(60.5, 'a');
    coarse.causes(&["first-start", TIMER, TIMER, TIMER, TIMER]);
    let person = History::default()
        .first(0.0, 'a')
        .restart(8.0, 'a')
        .restart(20.0, 'a')
        .restart(27.0, 'a')
        .restart(42.0, 'a');
    person.causes(&[
        "first-start",
        "manual-restart",
        "manual-restart",
        "manual-restart",
        "manual-restart",
    ]);
}

#[test]
fn a_restart_by_hand_does_not_hide_the_timer() {
    let history = History::default()
        .first(0.0, 'a')
        .restart(10.0, 'a')
        .restart(20.0, 'a')
        .restart(30.0, 'a')
        .restart(34.5, 'a')
        .restart(40.0, 'a')
        .restart(50.0, 'a');
    history.causes(&[
        "first-start",
        TIMER,
        TIMER,
        TIMER,
        "manual-restart",
        TIMER,
        TIMER,
    ]);
}

#[test]
fn stops_of_unlike_length_are_no_timer() {
    let nothing = json!({});
    let mut history = History::default().first(0.0, 'a');
    // Asked for every ten seconds by chance, and down for 2, 6 and 9 s.
    for (at, pause) in [(10.0, 2.0), (20.0, 6.0), (30.0, 9.0)] {
        history = history
            .end(at, 'a', &nothing)
            .network(at + pause, 'a', "connect", "net")
            .event(at + pause + 0.2, 'a', "start", &nothing);
    }
    history.causes(&[
        "first-start",
        "manual-restart",
        "manual-restart",
        "manual-restart",
    ]);
}

#[test]
fn what_the_events_no_longer_hold_is_not_made_up() {
    let die = json!({"exitCode": "0"});
    // The engine forgot the `kill`.
    let history = History::default()
        .event(10.0, 'a', "die", &die)
        .network(10.1, 'a', "connect", "net")
        .event(10.4, 'a', "start", &json!({}))
        .event(10.401, 'a', "restart", &json!({}));
    history.causes(&["unknown"]);
    // The engine forgot the `start` that this `restart` belongs to; the crash is another matter.
    let history = History::default()
        .event(10.0, 'a', "restart", &json!({}))
        .event(30.0, 'a', "die", &json!({"exitCode": "1"}))
        .network(30.3, 'a', "connect", "net")
        .event(30.5, 'a', "start", &json!({}));
    history.causes(&["restart-policy"]);
}
