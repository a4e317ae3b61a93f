use super::*;
use crate::formats::{events, time::Zone};
use crate::lifecycle::{Documents, History};
use crate::model::InputId;
use crate::story::{Story, clock, story};

fn history(told: &Story) -> History {
    let parsed = events::parse(InputId(0), told.event_lines().as_bytes(), &Zone::Utc);
    assert!(parsed.problems.is_empty(), "{:?}", parsed.problems);
    History::build(Documents {
        events: parsed.records,
        ..Documents::default()
    })
}

/// The holes of all containers, each once: from and to in the story's seconds, and what is missing.
fn holes(told: &Story) -> Vec<(i64, i64, &'static str)> {
    let history = history(told);
    let holes = history
        .containers
        .iter()
        .flat_map(|container| &container.holes);
    let second = |time: Time| (time - clock(0)).num_seconds();
    let mut found = Vec::new();
    for hole in holes {
        assert!(!history.coverage.covers(hole.from, hole.to));
        found.push((second(hole.from), second(hole.to), hole.missing));
    }
    found.sort_unstable();
    found.dedup();
    found
}

const BOTH: &str = "the end of a run and the start of the next";

#[test]
fn a_whole_story_has_no_hole() {
    let told = story("restarted, crashed, stopped, removed and made again")
        .container("a")
        .create(0)
        .network(0, "connect", "net")
        .start(1)
        .kill(20, 15)
        .die_after(21, 0, 19)
        .stop(21)
        .start(22)
        .restart(22)
        .die_after(40, 1, 18)
        .start(41)
        // The policy waits; a stop ends that without a signal.
        .die_after(42, 1, 1)
        .stop(44)
        .destroy(70)
        .create(71)
        .start(71);
    assert_eq!(holes(&told), []);
}

#[test]
fn a_start_or_an_end_that_is_not_told_is_a_hole() {
    let twice_started = story("twice started")
        .container("a")
        .start(0)
        .health(30, "healthy")
        .network(90, "connect", "net")
        .start(91);
    assert_eq!(holes(&twice_started), [(30, 91, "the end of a run")]);
    let twice_ended = story("twice ended")
        .container("a")
        .start(0)
        .die(10, 0)
        .kill(80, 15)
        .die(81, 0);
    assert_eq!(holes(&twice_ended), [(10, 80, "the start of a run")]);
    let never_started = story("never started")
        .container("b")
        .network(0, "connect", "net")
        .container("a")
        .create(1)
        .kill(50, 15)
        .die(51, 0);
    assert_eq!(holes(&never_started), [(1, 50, "the start of a run")]);
    let removed = story("removed").container("a").start(0).destroy(9);
    assert_eq!(holes(&removed), [(0, 9, "the end of a run")]);
}

#[test]
fn how_long_a_run_lasted_shows_that_it_is_not_the_one_that_was_told() {
    let lasting = |seconds: u32| {
        let told = story("a run of this length").container("a").start(0);
        holes(&told.health(40, "healthy").die_after(100, 1, seconds))
    };
    assert_eq!(lasting(99), []);
    // Rounded down, and the clock is not perfect.
    assert_eq!(lasting(97), []);
    assert_eq!(lasting(12), [(40, 88, BOTH)]);
    let end = |told: Story| {
        let told = told.container("a").health(60, "healthy");
        holes(&told.die_after(70, 1, 20))
    };
    let unseen = story("it began while others were recorded, and nobody told of it")
        .container("b")
        .start(0);
    assert_eq!(end(unseen), [(49, 60, "the start of a run")]);
    assert_eq!(end(story("it began before anything was recorded")), []);
}

#[test]
fn a_stop_that_nobody_asked_for_is_a_hole_where_requests_are_told() {
    let first = |action: &str| {
        let told = story(action).container("b");
        let told = told.event(0, action, &[("signal", "15")]);
        holes(&told.container("a").start(1).stop(30).die(30, 0))
    };
    assert_eq!(first("kill"), [(1, 30, "who stopped it")]);
    // Filtered down to events without it, or podman's, which tells of none.
    assert_eq!(first("start"), []);
    assert_eq!(first("init"), []);
}

#[test]
fn docker_says_restart_right_after_a_start() {
    let first = |action: &str| {
        let told = story(action).container("b").event(0, action, &[]);
        holes(&told.container("a").start(1).restart(2).restart(60))
    };
    assert_eq!(first("start"), [(2, 60, BOTH)]);
    assert_eq!(first("cleanup"), []);
}

#[test]
fn a_name_has_one_owner_at_a_time() {
    let begin = || {
        let told = story("two of one name").container("c").destroy(0);
        told.container("a").start(1).die(5, 0)
    };
    let end = |told: Story| holes(&told.container("b").named("a").create(60));
    let missing = "the removal of the container that had the name before";
    assert_eq!(end(begin()), [(5, 60, missing)]);
    assert_eq!(end(begin().destroy(10)), []);
}
