//! What `docker inspect` shows, and what it does not.

use super::common::story::{Story, created, exited, restarting, running, story};
use super::common::text;

#[test]
fn restart_count_0_and_exit_code_0_of_a_running_container_say_nothing_of_the_run_before() {
    let told = story("a container that somebody started again")
        .container("web")
        .inspect(
            &running("10:01:00")
                .created("09:50:00")
                .after_an_end("10:00:59")
                .policy("always", 0),
        )
        .boots("10:00:01", 1)
        .boots("10:01:00.7", 2)
        .report()
        .last("unknown")
        .family("external");
    let candidates = &told.current()["candidates"];
    assert_ne!(candidates.as_array().unwrap().len(), 0);
}

#[test]
fn a_snapshot_alone_gives_a_report() {
    story("it has run since it was made")
        .container("web")
        .inspect(&running(0.3))
        .report()
        .causes(&["first-start"]);
}

#[test]
fn snapshots_of_a_crash_loop_show_each_run_however_near_they_are() {
    let policy = "on-failure";
    story("five looks at a container that crashes twice")
        .container("api")
        .inspect(&created().policy(policy, 2))
        .inspect(&running(1).policy(policy, 2))
        .inspect(&restarting(1, 2.038, 1).restarts(1).policy(policy, 2))
        .inspect(
            &running(2.439)
                .after_an_end(2.038)
                .restarts(1)
                .policy(policy, 2),
        )
        .inspect(&exited(2.439, 3.466, 1).restarts(1).policy(policy, 2))
        .line(1.005, "INFO:     Started server process [1]")
        .line(2.441, "INFO:     Started server process [1]")
        .report()
        .causes(&["first-start", "restart-policy"]);
}

#[test]
fn a_start_right_after_the_creation_is_the_first() {
    let alone = |state| story("inspect alone").container("web").inspect(&state);
    alone(exited("10:00:05", "10:09:00", 1).created("10:00:00"))
        .report()
        .causes(&["first-start"]);
    // Created long before, and it had ended before.
    alone(
        running("10:09:00")
            .created("10:00:00")
            .after_an_end("10:08:57"),
    )
    .report()
    .causes(&["unknown"])
    .run_count(2);
    // The policy has started it before.
    let told = alone(
        exited("10:00:05", "10:00:06", 1)
            .created("10:00:00")
            .restarts(3),
    )
    .report();
    assert_ne!(told.current()["cause"], "first-start");
}

#[test]
fn a_snapshot_adds_no_run_to_those_that_events_tell_of() {
    // StartedAt is up to half a second before the event, and then nearer to the start before.
    story("a fast crash loop")
        .container("web")
        .create(0)
        .start(0.5)
        .die(0.55, 1)
        .start(0.95)
        .die(1.0, 1)
        .start(1.4)
        .goes_on(60)
        .inspect(&running(0.6).created(0).after_an_end(0.54).restarts(1))
        .report()
        .run_count(3);
    story("the event came late")
        .container("web")
        .ran(0)
        .crashed(20, 1)
        .started(24)
        .goes_on(60)
        .inspect(&running(21).after_an_end(20).restarts(1))
        .report()
        .run_count(2);
}

#[test]
fn restarts_that_are_counted_and_not_shown_are_told() {
    let notes = |story: Story| -> Vec<String> {
        let told = story.report();
        let inputs = told.json()["inputs"].as_array().unwrap().iter();
        let notes = inputs.filter_map(|input| input["notes"].as_array());
        notes.flatten().map(|note| text(note).to_owned()).collect()
    };
    let crashes = |restarts| {
        story("a crash loop")
            .container("web")
            .start(0)
            .crashed(9, 4)
            .started(9.5)
            .crashed(30, 4)
            .started(30.5)
            .goes_on(60)
            .inspect(
                &running(30.4)
                    .after_an_end(29.9)
                    .restarts(restarts)
                    .policy("always", 0),
            )
    };
    assert_eq!(
        notes(crashes(14)),
        ["RestartCount of web is 14: 12 more runs are not in the evidence"]
    );
    assert_eq!(
        notes(crashes(3)),
        ["RestartCount of web is 3: 1 more run is not in the evidence"]
    );
    assert!(notes(crashes(2)).is_empty());
    // Whoever started it since set the count to zero.
    assert!(notes(crashes(1)).is_empty());
    // The log holds starts that nobody recognises.
    let silent = crashes(14).line(-600, "here we go");
    assert!(notes(silent).is_empty());
}

#[test]
fn a_count_reaches_back_over_the_starts_that_events_tell_of() {
    let told = |restarts, first: f64| {
        story(&format!("RestartCount {restarts}, first pause {first}"))
            .container("web")
            .start(0)
            .die(9, 4)
            .start(9.0 + first)
            .die(30, 4)
            .start(36.9)
            .goes_on(60)
            .inspect(
                &running(36.8)
                    .after_an_end(29.9)
                    .restarts(restarts)
                    .policy("always", 0),
            )
            .report()
    };
    told(14, 3.4)
        .startup(2, "restart-policy")
        .cites("RestartCount 14");
    // It counts the last start alone.
    told(1, 3.4).startup(2, "unknown");
}
