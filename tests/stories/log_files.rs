//! Files of logs as drivers, Compose and rotation leave them.

use super::common::story::{Logs, stamp, story};
use super::common::told::Told;
use serde_json::{Value, json};
use std::io::Write as _;

/// A start at this second, as `docker logs -t` shows it.
fn boot(at: f64, pool: u64) -> String {
    story("").container("web").boots(at, pool).log_text("web")
}

#[test]
fn compose_v1_replays_old_lines_which_are_no_new_start() {
    let prefixed = |text: &str| -> String {
        let lines = text.lines().map(|line| format!("web_1  | {line}\n"));
        lines.collect()
    };
    let first = prefixed(&boot(0.9, 1));
    let between = prefixed(&format!("{} GET /", stamp(30)));
    let log = format!(
        "Attaching to shop_web_1\n{first}{between}shop_web_1 exited with code 0\n{first}{between}"
    );
    let told = story("Compose 1 attaches again")
        .file("compose.log", log)
        .warns("duplicate-ingest: ")
        .warns("a replay")
        .report();
    assert_eq!(told.startups().len(), 1);
}

#[test]
fn json_file_pieces_odd_lines_and_a_cut_end_lose_nothing_else() {
    let record = |log: &str, stream: &str, at: f64| {
        json!({"log": log, "stream": stream, "time": stamp(at)}).to_string() + "\n"
    };
    let id = story("").container("web").id("web").to_owned();
    let started = "INFO:     Started server process [1]\n";
    let cut = record("INFO:     Shutting down\n", "stderr", 60.0);
    let log = [
        record(started, "stderr", 0.9).into_bytes(),
        record(&"x".repeat(16_384), "stdout", 0.95).into_bytes(),
        record("INFO:     Waiting for application startup.\r\n", "stderr", 0.96).into_bytes(),
        // The end of a long line is not a line of its own, whatever it says.
        record(started, "stdout", 0.95).into_bytes(),
        format!("{{\"stream\":\"stdout\",\"time\":\"{}\"}}\r\n", stamp(0.97)).into_bytes(),
        vec![0; 64],
        record("INFO:     Application startup complete.\n", "stderr", 0.98).into_bytes(),
        b"{\"log\":\"caf\xe9 \\u0000\\n\",\"stream\":\"stdout\",\"time\":\"2026-11-20T10:00:01Z\"}\n"
            .to_vec(),
        cut.as_bytes()[..30].to_vec(),
    ]
    .concat();
    let told = story("a json-file that saw a crash of the host")
        .file(&format!("{id}-json.log"), log)
        .warns("holds NUL bytes: a file that was cut by a crash")
        .warns("is not UTF-8; it is read as bytes")
        .warns("is not a whole JSON object")
        .report();
    assert_eq!(told.startups().len(), 1);
    assert_eq!(told.json()["inputs"][0]["skipped"], 1);
    told.outcome("ready");
}

/// As a rotation packs it.
fn packed(text: &str) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

/// The first pool of each startup.
fn pools(told: &Told) -> Vec<&Value> {
    told.each("pool_ids").map(|pools| &pools[0]).collect()
}

#[test]
fn rotated_pieces_come_in_any_order_twice_and_cut() {
    let [old, middle, new] = [(0.9, 1), (60.9, 2), (120.9, 3)].map(|(at, pool)| boot(at, pool));
    let cut = packed(&old);
    let told = story("one piece is there packed and unpacked, one is cut")
        .file("web.aaaaaaaaaaaa.log", &*new)
        .file("web.aaaaaaaaaaaa.log.2.gz", &cut[..cut.len() - 9])
        .file("web.aaaaaaaaaaaa.log.1.gz", packed(&middle))
        .file("web.aaaaaaaaaaaa.log.1", &*middle)
        .warns("decompressed bytes: it is cut off")
        .warns("duplicate-ingest: ")
        .report();
    assert_eq!(pools(&told), ["1", "2", "3"]);
}

#[test]
fn without_times_the_names_of_rotated_pieces_say_their_order() {
    let untimed = |at: f64, pool: u64| -> String {
        let log = boot(at, pool);
        let lines = log.lines().map(|line| line.split_once(' ').unwrap().1);
        lines.map(|line| format!("{line}\n")).collect()
    };
    let [old, middle, new] = [(0.9, 1), (60.9, 2), (120.9, 3)].map(|(at, pool)| untimed(at, pool));
    let told = story("pieces of a log without times")
        .file("web.log", new)
        .file("web.log.2.gz", packed(&old))
        .file("web.log.1.gz", packed(&middle))
        .file("web.log.1", middle)
        .warns("duplicate-ingest: all ")
        .warns("its format is not known; it is scanned as plain lines without times")
        .report();
    assert_eq!(pools(&told), ["1", "2", "3"]);
}

#[test]
fn a_log_of_another_time_is_another_containers() {
    let told = |day: &str| {
        story(&format!("a log without the engine's times, written on {day}"))
            .warns("its format is not known")
            .logs(Logs::Plain)
            .container("web")
            .ran(0)
            .restarted("10:30:00")
            .goes_on("11:00:00")
            .file(
                "db.log",
                format!(
                    "{day} 10:00:01.526 UTC [7755] LOG:  starting PostgreSQL 14.9 on x86_64-pc-linux-gnu\n\
                     {day} 10:29:59.330 UTC [7755] LOG:  database system is shut down\n\
                     {day} 10:30:02.493 UTC [9130] LOG:  starting PostgreSQL 14.9 on x86_64-pc-linux-gnu\n"
                ),
            )
    };
    let same = told("2026-11-20").warns("fit container").report();
    assert_eq!(same.json()["services"].as_array().unwrap().len(), 1);
    for day in ["2026-10-19", "2026-12-21"] {
        let other = told(day)
            .warns("which container wrote this log cannot be known")
            .report();
        let services = other.json()["services"].as_array().unwrap();
        let web = services.iter().find(|service| service["name"] == "web");
        let startups = web.unwrap()["startups"].as_array().unwrap();
        let causes: Vec<_> = startups.iter().map(|startup| &startup["cause"]).collect();
        assert_eq!(causes, ["first-start", "manual-restart"], "{day}");
    }
}
