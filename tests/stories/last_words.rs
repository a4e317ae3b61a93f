//! What a container said last before it started again.

use super::common::story::{Story, story};

const STARTED: &str = "INFO:     Started server process [1]";

/// The log goes on: its very last lines are kept whatever they say.
fn and_more(told: Story) -> Story {
    (0..20).fold(told, |told, _| told.line("10:01:00", "GET / 200"))
}

#[test]
fn the_last_word_before_a_start_is_found_by_the_log_alone() {
    for (before, says) in [
        ("FATAL: no space left on device", true),
        ("thread 'main' panicked at src/main.rs:7:5", true),
        ("asyncpg.exceptions.InvalidPasswordError: denied", true),
        ("worker: all is well", false),
    ] {
        // A blank line is none; one in between is the last one.
        for (after, is_last) in [("", true), (" ", true), ("and so on", false)] {
            let told = story(&format!("{before:?}, then {after:?}"))
                .container("api")
                .line(0, STARTED)
                .line(5, before)
                .line(5.1, after)
                .line(6, STARTED);
            let told = and_more(told).report();
            if says && is_last {
                told.startup(2, "restart-policy").cites_lines(&[2, 4]);
            } else {
                told.startup(2, "unknown");
            }
        }
    }
}

#[test]
fn what_was_said_before_an_earlier_start_is_not_said_twice() {
    let told = story("the second start is the third one's, too")
        .container("api")
        .line(0, STARTED)
        .line(5, "FATAL: no space left on device")
        .line(6, STARTED)
        .line(7, "Creating database connection pool (PID=1)")
        .line(7.004, STARTED);
    let told = and_more(told)
        .report()
        .startup(2, "restart-policy")
        .cites_lines(&[2, 3]);
    let third = told.startups()[2];
    assert_ne!(third["cause"], "restart-policy", "{third:#}");
}
