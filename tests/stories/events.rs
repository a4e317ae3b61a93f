//! What the engine's events mean, and what they do not.

use super::common::story::{Story, story};

#[test]
fn die_and_stop_mean_the_same_in_either_order_and_at_the_same_nanosecond() {
    for (dies, stops) in [(10.3, 10.32), (10.32, 10.3), (10.3, 10.3)] {
        for swapped in [false, true] {
            let begin = story(&format!("die {dies}, stop {stops}, swapped: {swapped}"))
                .in_told_order()
                .container("web")
                .ran(0)
                .kill(10, 15);
            let end = if swapped {
                begin.stop(stops).die(dies, 0)
            } else {
                begin.die(dies, 0).stop(stops)
            };
            end.start(10.7)
                .restart(10.701)
                .goes_on(60)
                .report()
                .causes(&["first-start", "manual-restart"]);
        }
    }
}

#[test]
fn docker_restart_ends_with_restart_and_the_policy_emits_neither_stop_nor_restart() {
    story("the policy starts it, then somebody restarts it")
        .container("web")
        .ran("10:00:00")
        .crashed("10:00:20", 1)
        .started("10:00:20.6")
        .restarted("10:00:40")
        .goes_on("10:01:30")
        .report()
        .causes(&["first-start", "restart-policy", "manual-restart"])
        .ends(&["exit", "api-stop", "-"]);
}

#[test]
fn an_end_without_an_exit_code_is_an_end() {
    // Compose's events, podman's text, and Docker before 1.11 have no code.
    story("it ended, and its policy started it")
        .container("web")
        .ran(0)
        .event(1865, "die", &[])
        .started(1866.1)
        .goes_on(1900)
        .report()
        .causes(&["first-start", "restart-policy"])
        .ends(&["exit", "-"]);
    story("somebody stopped it, and started it again")
        .container("web")
        .ran(0)
        .kill(600, 15)
        .event(600.1, "die", &[])
        .stop(600.2)
        .started(610)
        .goes_on(700)
        .report()
        .causes(&["first-start", "manual-restart"])
        .ends(&["api-stop", "-"]);
    story("the engine went down, and nothing tells what it did to the container")
        .container("web")
        .ran(0)
        .event(600.1, "die", &[])
        .started(605)
        .goes_on(700)
        .engine_log(
            "10:10:00 Processing signal 'terminated'
             10:10:02 Daemon shutdown complete
             10:10:03 Starting up
             10:10:06 Daemon has completed initialization",
        )
        .report()
        .causes(&["first-start", "engine-restart"])
        .ends(&["unknown", "-"]);
}

#[test]
fn memory_that_ran_out_in_a_child_or_a_command_is_no_restart() {
    story("a child ran out of memory")
        .container("web")
        .ran(0)
        .oom(20)
        .goes_on(90)
        .report()
        .causes(&["first-start"]);
    story("a command was killed")
        .container("web")
        .ran(0)
        .event(20, "exec_die", &[("exitCode", "137"), ("execID", "e")])
        .goes_on(90)
        .report()
        .causes(&["first-start"]);
}

#[test]
fn exit_code_137_alone_does_not_mean_out_of_memory() {
    story("somebody on the host killed the process")
        .container("web")
        .ran(0)
        .crashed(20, 137)
        .started(20.6)
        .goes_on(90)
        .report()
        .causes(&["first-start", "restart-policy"]);
    story("it did not obey, so the engine killed it after ten seconds")
        .container("web")
        .ran(0)
        .kill(20, 15)
        .kill(30, 9)
        .die(30.05, 137)
        .stop(30.06)
        .start(30.5)
        .restart(30.501)
        .goes_on(90)
        .report()
        .causes(&["first-start", "manual-restart"]);
    story("it did run out of memory")
        .container("web")
        .ran(0)
        .ran_out_of_memory(20)
        .started(20.7)
        .goes_on(90)
        .report()
        .causes(&["first-start", "oom-restart"])
        .ends(&["oom", "-"]);
}

#[test]
fn after_an_engine_restart_there_are_only_starts() {
    let names = ["web", "db", "cache"];
    let mut told = story("the engine restarts, and starts all containers");
    for (name, at) in names.into_iter().zip([0.0, 0.1, 0.2]) {
        told = told.container(name).create(at).start(at + 0.3);
    }
    for (name, at) in names.into_iter().zip([600.0, 600.08, 600.16]) {
        told = told.container(name).start(at);
    }
    let told = told
        .container("web")
        .goes_on(700)
        .engine_log(
            "10:09:58 Starting up
             10:09:59 Loading containers: start.
             10:10:01 Daemon has completed initialization",
        )
        .report();
    let mut causes: Vec<_> = told.each("cause").collect();
    causes.sort_by_key(ToString::to_string);
    assert_eq!(causes[..3], ["engine-restart"; 3]);
}

/// Somebody runs a container, and restarts it later.
fn restarted_once() -> Story {
    story("somebody restarts it")
        .container("web")
        .ran(0)
        .restarted(40)
        .goes_on(90)
}

#[test]
fn events_recorded_without_networks_cannot_rule_automation_out() {
    restarted_once()
        .report()
        .causes(&["first-start", "manual-restart"]);
    story("the same without networks")
        .without_networks()
        .container("web")
        .ran(0)
        .restarted(40)
        .goes_on(90)
        .report()
        .causes(&["first-start", "unknown"]);
}

#[test]
fn names_change_and_are_used_again() {
    let told = || {
        story("the old container makes room for the new one")
            .container("old")
            .named("web")
            .ran(0)
            .renamed(20, "web-old")
            .container("new")
            .named("web")
            .create(20.1)
            .start(20.4)
            .container("old")
            .kill(25, 15)
            .die(25.4, 0)
            .stop(25.41)
            .destroy(25.5)
            .container("new")
            .goes_on(90)
    };
    told()
        .report()
        .causes(&["first-start", "deployment-replacement"]);
    // Two containers with one name, one after the other: each has its own lines of the log.
    let both = story("")
        .container("web")
        .line(0.9, "INFO:     Started server process [1]")
        .line(21, "INFO:     Started server process [1]")
        .log_text("web");
    let new = told().id("new").to_owned();
    told()
        .file("web.log", both)
        .report()
        .causes(&["first-start", "deployment-replacement"])
        .last("deployment-replacement")
        .holds("container_id", &new.into());
}

#[test]
fn nothing_is_said_of_what_health_probes_pushed_out_of_the_history() {
    let mut told = story("only probes are left of the history").container("web");
    for n in 0..84 {
        let at = f64::from(1000 + n * 10);
        let run = format!("e{n}");
        let run = [("execID", &*run), ("exitCode", "0")];
        told = told
            .event(at, "exec_create: curl -f localhost", &run)
            .event(at + 0.001, "exec_start: curl -f localhost", &run)
            .event(at + 0.002, "exec_die", &run);
    }
    let told = told.boots(1, 1).boots(500, 2).report();
    for cause in told.each("cause") {
        assert!(cause == "unknown" || cause == "first-seen", "{cause}");
    }
    told.last("unknown").misses_something();
}

#[test]
fn the_simplest_evidence_gives_a_report() {
    let empty = story("an empty log")
        .file("empty.log", "")
        .warns("it is empty")
        .warns("nothing to analyse")
        .exits(2);
    assert_eq!(empty.json()["summary"]["startups"], 0);
    story("nothing but events")
        .container("web")
        .ran(0)
        .goes_on(90)
        .report()
        .causes(&["first-start"]);
    story("nothing but a log")
        .container("web")
        .boots(0.9, 1)
        .boots(60, 2)
        .report()
        .last("unknown")
        .family("external")
        .misses_something();
}
