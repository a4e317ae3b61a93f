//! The forms in which events reach the program.

use super::common::story::{Event, Story, clock, story};
use chrono::TimeDelta;
use serde_json::Value;

fn restarted_once() -> Story {
    story("").container("web").ran(0).restarted(40).goes_on(90)
}

#[test]
fn events_come_in_every_framing() {
    let told = restarted_once();
    let one_a_line = told.event_lines();
    let values: Vec<Value> = told.events().into_iter().map(|event| event.value).collect();
    // A value may hold what separates values.
    let as_text = |event: &Event| {
        let text = event.text();
        text.replace(")\n", ", zz.note=one, two (and three))\n")
    };
    let each = |form: &dyn Fn(&Event) -> String| told.events().iter().map(form).collect();
    let framings: [(&str, String); 7] = [
        ("one a line", one_a_line.clone()),
        ("an array", Value::from(values.clone()).to_string()),
        (
            "an indented array",
            serde_json::to_string_pretty(&values).unwrap(),
        ),
        ("nothing in between", one_a_line.replace('\n', "")),
        (
            "a text sequence",
            each(&|event| format!("\u{1e}{}", event.line())),
        ),
        (
            "a syslog",
            each(&|event| format!("Nov 20 10:00:00 host recorder[1]: {}", event.line())),
        ),
        ("plain text", each(&as_text)),
    ];
    for (name, framing) in framings {
        story(name)
            .file("events", framing)
            .report()
            .causes(&["first-start", "manual-restart"]);
    }
}

#[test]
fn podman_has_its_own_words_and_writes_the_zone_twice() {
    let id = restarted_once().id("web").to_owned();
    let line = |(at, status): (f64, &str)| {
        let local = clock(at) - TimeDelta::hours(6);
        let local = local.format("%Y-%m-%d %H:%M:%S%.9f");
        format!(
            "{local} -0600 CST container {status} {id} (image=docker.io/library/app:1, name=web)\n"
        )
    };
    let events: String = [
        (0.0, "create"),
        (0.2, "init"),
        (0.3, "start"),
        (40.0, "restart"),
        (40.01, "died"),
        (40.02, "cleanup"),
        (40.03, "init"),
        (40.3, "start"),
        (90.0, "exec_died"),
    ]
    .map(line)
    .concat();
    story("podman's events")
        .file("events.txt", events)
        .report()
        .causes(&["first-start", "manual-restart"])
        .startup(2, "manual-restart")
        .at(40.3);
}
