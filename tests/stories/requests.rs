//! Who asked for a restart: a person, or something that watches. Each shape comes from a recording
//! of a real engine.

use super::common::story::{Story, clock, stamp, story};
use super::common::told::Told;
use serde_json::json;

const TIMER: &str = "host-automation-restart";
const MANUAL: &str = "manual-restart";

fn api(name: &str) -> Story {
    story(name).container("api").on_network("net").ran(0)
}

#[test]
fn a_repair_is_answered_by_its_own_restart() {
    api("a script finds no database, joins its network and restarts")
        .exec(6, "getent hosts db", 2)
        .network(6.1, "connect", "db_net")
        .restarted(6.2)
        .restarted(20)
        .report()
        .causes(&["first-start", TIMER, MANUAL]);
}

#[test]
fn a_session_is_no_probe() {
    api("the restart swept the session away in the same instant")
        .exec(9.999, "tail -f /var/log/app", 137)
        .restarted(10)
        .report()
        .causes(&["first-start", MANUAL]);
    api("somebody left the session")
        .exec(9, "/bin/bash", 1)
        .restarted(10)
        .report()
        .causes(&["first-start", MANUAL]);
}

#[test]
fn a_network_repair_comes_in_any_order() {
    api("the network is taken away and given back first, twice")
        .network(9, "disconnect", "net")
        .network(9.1, "connect", "net")
        .restarted(9.2)
        .network(700, "disconnect", "net")
        .network(700.1, "connect", "net")
        .restarted(700.2)
        .report()
        .causes(&["first-start", TIMER, TIMER]);
    api("once it may have been pasted")
        .network(9, "disconnect", "net")
        .network(9.1, "connect", "net")
        .restarted(9.2)
        .report()
        .causes(&["first-start", "unknown"]);
    api("another network is joined afterwards")
        .restarted(9)
        .network(9.9, "connect", "db_net")
        .report()
        .causes(&["first-start", TIMER]);
    api("a person takes the network away, gives it back, looks, and restarts")
        .network(20, "disconnect", "net")
        .network(22, "connect", "net")
        .restarted(33)
        .report()
        .causes(&["first-start", MANUAL]);
}

/// Somebody or something restarts it at these seconds.
fn restarts(name: &str, at: &[f64]) -> Told {
    let told = at.iter().fold(api(name), |told, at| told.restarted(*at));
    told.report()
}

#[test]
fn a_coarse_timer_is_a_timer() {
    restarts("a timer of about 15 s", &[15.0, 30.6, 44.8, 60.5]).causes(&[
        "first-start",
        TIMER,
        TIMER,
        TIMER,
        TIMER,
    ]);
    restarts("a person", &[8.0, 20.0, 27.0, 42.0]).causes(&[
        "first-start",
        MANUAL,
        MANUAL,
        MANUAL,
        MANUAL,
    ]);
}

#[test]
fn a_restart_by_hand_does_not_hide_the_timer() {
    restarts(
        "every ten seconds, and once by hand",
        &[10.0, 20.0, 30.0, 34.5, 40.0, 50.0],
    )
    .causes(&["first-start", TIMER, TIMER, TIMER, MANUAL, TIMER, TIMER]);
}

#[test]
fn stops_of_unlike_length_are_no_timer() {
    let mut told = api("asked for every ten seconds by chance, and down for 2, 6 and 9 s");
    for (at, pause) in [(10.0, 2.2), (20.0, 6.2), (30.0, 9.2)] {
        told = told.stopped(at).started(at + pause);
    }
    told.report()
        .causes(&["first-start", MANUAL, MANUAL, MANUAL]);
}

#[test]
fn what_the_events_no_longer_hold_is_not_made_up() {
    story("the engine forgot the kill")
        .container("api")
        .die(10, 0)
        .started(10.4)
        .restart(10.401)
        .report()
        .causes(&["unknown"]);
    story("the engine forgot the start before this restart; the crash is another matter")
        .container("api")
        .restart(10)
        .die(30, 1)
        .started(30.5)
        .report()
        .causes(&["restart-policy"]);
}

/// A log of nginx alone, which tells that it received a signal.
fn nginx(name: &str, pid: u32, sender: &str) -> Told {
    let line = |told: Story, at: f64, text: &str| {
        let local = &stamp(at)[..19].replace('-', "/").replace('T', " ");
        told.line(at, &format!("{local} [notice] {pid}#{pid}: {text}"))
    };
    let told = line(story(name).container("web"), 0.0, "nginx/1.27.2");
    let told = line(told, 0.01, "start worker processes");
    let told = line(
        told,
        60.0,
        &format!("signal 15 (SIGTERM) received{sender}, exiting"),
    );
    let told = line(told, 61.0, "nginx/1.27.2");
    line(told, 61.01, "start worker processes").report()
}

#[test]
fn a_signal_from_inside_or_outside_is_evidence_of_who_asked() {
    let inside = nginx("a process of the container sent it", 1, " from 31")
        .startup(2, "unknown")
        .first_candidate("restart-policy")
        .cites("PID 31, inside the container");
    let passed_on = nginx("an init passes on what the engine sent", 7, " from 1");
    // That says nothing about who asked.
    assert_ne!(
        passed_on.startups()[1]["candidates"][0]["confidence"],
        inside.current()["candidates"][0]["confidence"]
    );
}

#[test]
fn who_uses_sudo_is_a_person_with_a_name() {
    let time = clock(59.9);
    for start in [
        // rsyslog's files, and journalctl -o short-iso.
        format!(
            "{} app7 sudo:      ",
            time.format("%Y-%m-%dT%H:%M:%S%.6f+00:00")
        ),
        format!("{} app7 sudo: ", time.format("%Y-%m-%dT%H:%M:%S%.6f+0000")),
    ] {
        let line = |what: &str| {
            format!(
                "{start}mara : {what}TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/usr/bin/docker restart api\n"
            )
        };
        api("a person restarts it")
            .restarted(60)
            .file("syslog", line(""))
            .report()
            .no_finding("WS001")
            .startup(2, MANUAL)
            .cites("mara")
            .holds(
                "initiator",
                &json!({"kind": "operator", "detail": "sudo, mara"}),
            );
    }
}
