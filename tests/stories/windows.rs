//! A part of the history that was asked about.

use super::common::story::{Story, story};

/// Out of memory once, restarted by hand much later.
fn asked_about(words: &[&str]) -> Story {
    story(&words.join(" "))
        .told(words.iter().copied())
        .container("web")
        .ran("10:00:00")
        .ran_out_of_memory("10:00:20")
        .started("10:00:20.4")
        .restarted("11:06:40")
        .goes_on("12:30:00")
}

#[test]
fn findings_are_about_the_window_that_was_asked_about() {
    let middle = "2026-11-20T10:01:40Z";
    asked_about(&[]).report().finding("WS005");
    asked_about(&["--until", middle]).report().finding("WS005");
    asked_about(&["--since", middle])
        .report()
        .no_finding("WS005");
}
