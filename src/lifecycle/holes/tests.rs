use super::*;
use crate::formats::{events, time::Zone};
use crate::lifecycle::{Documents, History};
use crate::model::InputId;
use std::fmt::Write as _;

const NETWORK: &str = "network connect";

/// A history of these events: seconds, container, what happened, further attributes.
fn history(told: &[(u64, &str, &str, &str)]) -> History {
    let mut lines = String::new();
    for (second, name, what, attributes) in told {
        let id = name.repeat(64);
        let nanos = (1_793_491_200 + second) * 1_000_000_000;
        let line = if *what == NETWORK {
            format!(
                r#"{{"Type":"network","Action":"connect","Actor":{{"ID":"n","Attributes":{{"container":"{id}","name":"net","type":"bridge"}}}},"timeNano":{nanos}}}"#
            )
        } else {
            format!(
                r#"{{"Type":"container","Action":"{what}","Actor":{{"ID":"{id}","Attributes":{{"name":"{name}"{attributes}}}}},"timeNano":{nanos}}}"#
            )
        };
        writeln!(lines, "{line}").unwrap();
    }
    let parsed = events::parse(InputId(0), lines.as_bytes(), &Zone::Utc);
    assert!(parsed.problems.is_empty(), "{:?}", parsed.problems);
    History::build(Documents {
        events: parsed.records,
        ..Documents::default()
    })
}

/// The holes of all containers, each once: from and to in seconds, and what is missing.
fn holes(told: &[(u64, &str, &str, &str)]) -> Vec<(i64, i64, &'static str)> {
    let history = history(told);
    let second = |time: Time| time.timestamp() - 1_793_491_200;
    let holes = history
        .containers
        .iter()
        .flat_map(|container| &container.holes);
    let mut found: Vec<_> = holes
        .map(|hole| (second(hole.from), second(hole.to), hole.missing))
        .collect();
    for (from, to, _) in &found {
        let time = |second| Time::from_timestamp(1_793_491_200 + second, 0).unwrap();
        assert!(!history.coverage.covers(time(*from), time(*to)));
    }
    found.sort_unstable();
    found.dedup();
    found
}

const DIE: &str = r#","exitCode":"0""#;
const TERM: &str = r#","signal":"15""#;

#[test]
fn a_whole_story_has_no_hole() {
    let story = [
        (0, "a", "create", ""),
        (0, "a", NETWORK, ""),
        (1, "a", "start", ""),
        (20, "a", "kill", TERM),
        (21, "a", "die", r#","exitCode":"0","execDuration":"19""#),
        (21, "a", "stop", ""),
        (22, "a", "start", ""),
        (22, "a", "restart", ""),
        (40, "a", "die", r#","exitCode":"1","execDuration":"18""#),
        (41, "a", "start", ""),
        // The policy waits; a stop ends that without a signal.
        (42, "a", "die", r#","exitCode":"1","execDuration":"1""#),
        (44, "a", "stop", ""),
        (70, "a", "destroy", ""),
        (71, "a", "create", ""),
        (71, "a", "start", ""),
    ];
    assert_eq!(holes(&story), []);
}

#[test]
fn a_start_or_an_end_that_is_not_told_is_a_hole() {
    let twice_started = [
        (0, "a", "start", ""),
        (30, "a", "health_status: healthy", ""),
        (90, "a", NETWORK, ""),
        (91, "a", "start", ""),
    ];
    assert_eq!(holes(&twice_started), [(30, 91, "the end of a run")]);
    let twice_ended = [
        (0, "a", "start", ""),
        (10, "a", "die", DIE),
        (80, "a", "kill", TERM),
        (81, "a", "die", DIE),
    ];
    assert_eq!(holes(&twice_ended), [(10, 80, "the start of a run")]);
    let never_started = [
        (0, "b", NETWORK, ""),
        (1, "a", "create", ""),
        (50, "a", "kill", TERM),
        (51, "a", "die", DIE),
    ];
    assert_eq!(holes(&never_started), [(1, 50, "the start of a run")]);
    let removed = [(0, "a", "start", ""), (9, "a", "destroy", "")];
    assert_eq!(holes(&removed), [(0, 9, "the end of a run")]);
}

#[test]
fn how_long_a_run_lasted_shows_that_it_is_not_the_one_that_was_told() {
    let both = "the end of a run and the start of the next";
    let short = |seconds: u64| {
        let lasted = format!(r#","exitCode":"1","execDuration":"{seconds}""#);
        holes(&[
            (0, "a", "start", ""),
            (40, "a", "health_status: healthy", ""),
            (100, "a", "die", &lasted),
        ])
    };
    assert_eq!(short(99), []);
    // Rounded down, and the clock is not perfect.
    assert_eq!(short(97), []);
    assert_eq!(short(12), [(40, 88, both)]);
    // It began while others were recorded, and nobody told of it.
    let lasted = r#","exitCode":"1","execDuration":"20""#;
    let unseen = [
        (0, "b", "start", ""),
        (60, "a", "health_status: healthy", ""),
        (70, "a", "die", lasted),
    ];
    assert_eq!(holes(&unseen), [(49, 60, "the start of a run")]);
    let before = [
        (60, "a", "health_status: healthy", ""),
        (70, "a", "die", lasted),
    ];
    assert_eq!(holes(&before), []);
}

#[test]
fn a_stop_that_nobody_asked_for_is_a_hole_where_requests_are_told() {
    let story = |first: &'static str| {
        holes(&[
            (0, "b", first, TERM),
            (1, "a", "start", ""),
            (30, "a", "stop", ""),
            (30, "a", "die", DIE),
        ])
    };
    assert_eq!(story("kill"), [(1, 30, "who stopped it")]);
    // Filtered down to events without it, or podman's, which tells of none.
    assert_eq!(story("start"), []);
    assert_eq!(story("init"), []);
}

#[test]
fn docker_says_restart_right_after_a_start() {
    let story = |other: &'static str| {
        holes(&[
            (0, "b", other, ""),
            (1, "a", "start", ""),
            (2, "a", "restart", ""),
            (60, "a", "restart", ""),
        ])
    };
    let both = "the end of a run and the start of the next";
    assert_eq!(story("start"), [(2, 60, both)]);
    assert_eq!(story("cleanup"), []);
}

#[test]
fn a_name_has_one_owner_at_a_time() {
    let missing = "the removal of the container that had the name before";
    let mut told = vec![
        (0, "c", "destroy", ""),
        (1, "a", "start", ""),
        (5, "a", "die", DIE),
    ];
    told.push((60, "b", "create", r#","name":"a""#));
    assert_eq!(holes(&told), [(5, 60, missing)]);
    told.insert(3, (10, "a", "destroy", ""));
    assert_eq!(holes(&told), []);
}
