//! Local times without a zone.

use super::common::story::{Story, clock, story};
use chrono::TimeDelta;

#[test]
fn local_times_without_a_zone_are_fitted_to_the_events_or_read_as_told() {
    // An hour east of UTC, the day before the month.
    let line = |at: f64| {
        let local = clock(at) + TimeDelta::hours(1);
        format!(
            "{} Container /web (aaaaaaaaaaaa) found to be unhealthy - Restarting container now with 10s timeout\n",
            local.format("%d-%m-%Y %H:%M:%S")
        )
    };
    let log = line(39.5) + &line(3999.5);
    let told = |name: &str| {
        story(name)
            .container("web")
            .ran(0)
            .restarted(40)
            .restarted(4000)
            .goes_on(9000)
            .file("autoheal.log", &*log)
    };
    let expected = ["first-start", "health-restart", "health-restart"];
    told("the events show the zone")
        .warns("times without a zone are taken as +01:00, which fits 2 events")
        .report()
        .causes(&expected);
    told("the user tells the zone")
        .told(["--timezone", "+01:00"])
        .warns("has a time without a zone, read with the zone of the run")
        .report()
        .causes(&expected);
    story("nothing shows the zone")
        .journal("autoheal.log", &*log)
        .warns("times without a zone are taken as UTC: give --timezone")
        .report();
}

#[test]
fn local_times_in_a_log_without_times_are_fitted_to_the_starts() {
    let line = |(at, text): (f64, &str)| {
        let local = clock(at) - TimeDelta::hours(5);
        format!(
            "{} INFO app: {text}\n",
            local.format("%Y-%m-%d %H:%M:%S,%3f")
        )
    };
    let made = |generation: u32| {
        format!("Database connection pool created successfully (PID=1, generation={generation})")
    };
    let (first, second) = (made(1), made(2));
    let log: String = [
        (2.0, "Started server process [1]"),
        (3.0, &first),
        (1001.5, "Started server process [1]"),
        (1002.0, &first),
        (1500.0, "Background reconnect: attempt 1"),
        (1501.0, &second),
    ]
    .map(line)
    .concat();
    let told = |name: &str| -> Story {
        story(name)
            .container("web")
            .ran(0)
            .restarted(1000)
            .goes_on(9000)
            .warns("its format is not known; it is scanned as plain lines without times")
    };
    told("the starts show the zone")
        .file("web.log", &*log)
        .warns("times without a zone are taken as -05:00, which fits 2 starts")
        .report()
        .causes(&["first-start", "manual-restart", "pool-reconnect"])
        .startup(3, "pool-reconnect")
        .holds("at", &"2026-11-20T10:25:01.000000000Z".into());
    // Where nothing fits, or everything does, the times are left alone.
    let report = told("a log of another year")
        .file("web.log", log.replace("2026-11-20", "2025-01-01"))
        .report();
    let inputs = report.json()["inputs"].to_string();
    assert!(!inputs.contains("taken as"), "{inputs}");
}

#[test]
fn the_hour_that_a_clock_shows_twice_is_told_by_the_order_of_lines() {
    // Clocks in Berlin were put back at 03:00 on 2026-10-25, 01:00 UTC.
    let log: String = ["02:30", "02:50", "02:10", "03:10"]
        .map(|local| format!("2026-10-25 {local}:00 repair: restarting web\n"))
        .concat();
    let told = story("a script ran while the clock was put back")
        .told(["--timezone", "Europe/Berlin"])
        .warns("has a time without a zone, read with the zone of the run")
        .journal("repair.log", log)
        .report();
    let input = &told.json()["inputs"][0];
    assert_eq!(input["from"], "2026-10-25T00:30:00.000000000Z");
    assert_eq!(input["to"], "2026-10-25T02:10:00.000000000Z");
}
