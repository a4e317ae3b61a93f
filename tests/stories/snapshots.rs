//! What `docker inspect` shows, and what it does not.

use super::common::story::{created, exited, restarting, running, story};

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
