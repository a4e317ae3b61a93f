//! The builder writes what real engines wrote when they were recorded.

use super::common::case;
use super::common::story::{Story, story};
use serde_json::Value;

/// The kinds of these events, in their order, and the keys that each has.
fn shapes(events: impl IntoIterator<Item = Value>) -> Vec<String> {
    let keys = |value: &Value| {
        let all: Vec<&String> = value.as_object().unwrap().keys().collect();
        // An image brings labels of its own.
        let ours = all.into_iter().filter(|key| !key.starts_with("org."));
        ours.map(|key| format!(" {key}")).collect::<String>()
    };
    let shape = |event: Value| {
        let attributes = keys(&event["Actor"]["Attributes"]);
        let action = &event["Action"];
        format!("{action}:{}, with{attributes}", keys(&event))
    };
    events.into_iter().map(shape).collect()
}

/// The first events of a recording.
fn recorded(name: &str, most: usize) -> Vec<String> {
    let lines = std::fs::read_to_string(case(name).folder.join("events.jsonl")).unwrap();
    let lines = lines.lines().take(most);
    shapes(lines.map(|line| serde_json::from_str(line).unwrap()))
}

#[track_caller]
fn is_as_recorded(told: &Story, name: &str) {
    let told = shapes(told.events().into_iter().map(|event| event.value));
    assert_eq!(told, recorded(name, told.len()));
}

#[test]
fn a_restart_is_told_as_an_engine_writes_it() {
    let told = story("").container("web").ran(0).restarted(7);
    is_as_recorded(&told, "13-manual-restart");
}

#[test]
fn running_out_of_memory_is_told_as_an_engine_writes_it() {
    let told = story("").container("web").ran(0);
    let told = told.ran_out_of_memory(8).started(9);
    is_as_recorded(&told, "06-oom");
}

#[test]
fn a_command_is_told_as_an_engine_writes_it() {
    let told = story("").container("web").ran(0);
    is_as_recorded(
        &told.exec(5, "getent hosts database", 2),
        "01-timer-restart",
    );
}
