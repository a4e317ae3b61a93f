//! The traps: pictures that look like something else. One test for each, named after it.

#![allow(
    clippy::unwrap_used,
    clippy::format_collect,
    clippy::format_push_string,
    clippy::too_many_lines,
    reason = "a test that cannot go on should say where; its evidence is written out"
)]

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::{Value, json};
use std::io::Write as _;
use std::path::PathBuf;
use whystart::pipeline::{Config, InputSpec, Role, run};

const A: &str = "aaaaaaaaaaaa0000000000000000000000000000000000000000000000000001";
const B: &str = "bbbbbbbbbbbb0000000000000000000000000000000000000000000000000002";
const C: &str = "cccccccccccc0000000000000000000000000000000000000000000000000003";

/// Evidence in a folder of its own.
struct Evidence {
    folder: tempfile::TempDir,
    inputs: Vec<InputSpec>,
    timezone: Option<String>,
}

impl Evidence {
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            inputs: Vec::new(),
            timezone: None,
        }
    }

    fn file(self, name: &str, content: impl AsRef<[u8]>) -> Self {
        self.given(name, content, None)
    }

    fn given(mut self, name: &str, content: impl AsRef<[u8]>, role: Option<Role>) -> Self {
        let path: PathBuf = self.folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, content).unwrap();
        self.inputs.push(InputSpec { path, role });
        self
    }

    fn events(self, events: &[Value]) -> Self {
        let text: String = events.iter().map(|event| format!("{event}\n")).collect();
        self.file("events.jsonl", text)
    }

    fn run(&self) -> Value {
        let config = Config {
            inputs: self.inputs.clone(),
            timezone: self.timezone.clone(),
            threads: Some(1),
            ..Config::default()
        };
        serde_json::to_value(run(&config, &()).unwrap().report).unwrap()
    }

    /// The causes, service by service, in order.
    fn causes(&self) -> Vec<String> {
        causes(&self.run())
    }
}

fn causes(report: &Value) -> Vec<String> {
    startups(report)
        .iter()
        .map(|startup| startup["cause"].as_str().unwrap().to_owned())
        .collect()
}

fn startups(report: &Value) -> Vec<Value> {
    report["services"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|service| service["startups"].as_array().unwrap().clone())
        .collect()
}

fn warnings(report: &Value) -> String {
    report["inputs"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|input| input["warnings"].as_array().unwrap())
        .map(|warning| format!("{}\n", warning.as_str().unwrap()))
        .collect()
}

fn at(millis: i64) -> DateTime<Utc> {
    "2026-11-20T09:00:00.000000007Z"
        .parse::<DateTime<Utc>>()
        .unwrap()
        + TimeDelta::milliseconds(millis)
}

fn stamp(millis: i64) -> String {
    at(millis).to_rfc3339_opts(SecondsFormat::Nanos, true)
}

/// An event of container `id`, called `web`, unless `extra` says otherwise.
fn event(millis: i64, id: &str, action: &str, extra: Value) -> Value {
    let mut attributes = json!({"image": "app:1", "name": "web"});
    let Value::Object(extra) = extra else {
        panic!("attributes are an object")
    };
    attributes.as_object_mut().unwrap().extend(extra);
    let nanos = at(millis).timestamp_nanos_opt().unwrap();
    json!({
        "Type": "container", "Action": action, "time": nanos / 1_000_000_000, "timeNano": nanos,
        "scope": "local", "Actor": {"ID": id, "Attributes": attributes},
    })
}

fn plain(millis: i64, action: &str) -> Value {
    event(millis, A, action, json!({}))
}

fn kill(millis: i64, signal: u32) -> Value {
    event(millis, A, "kill", json!({"signal": signal.to_string()}))
}

fn die(millis: i64, code: i64) -> Value {
    event(millis, A, "die", json!({"exitCode": code.to_string()}))
}

/// `docker run` at second 0.
fn created() -> Vec<Value> {
    vec![plain(0, "create"), attached(100), plain(300, "start")]
}

/// What the engine says of the network at every start.
fn attached(millis: i64) -> Value {
    let nanos = at(millis).timestamp_nanos_opt().unwrap();
    let network = "0123456789ab0000000000000000000000000000000000000000000000000001";
    json!({
        "Type": "network", "Action": "connect", "time": nanos / 1_000_000_000, "timeNano": nanos,
        "scope": "local",
        "Actor": {"ID": network, "Attributes": {"container": A, "name": "bridge", "type": "bridge"}},
    })
}

fn restarted(begin: i64) -> Vec<Value> {
    vec![
        kill(begin, 15),
        die(begin + 300, 0),
        plain(begin + 320, "stop"),
        plain(begin + 700, "start"),
        plain(begin + 701, "restart"),
    ]
}

/// Shows that the history goes on.
fn later(millis: i64) -> Value {
    plain(millis, "exec_create: true ")
}

/// Lines of `docker logs -t`.
fn stamped(lines: &[(i64, &str)]) -> String {
    lines
        .iter()
        .map(|(millis, text)| format!("{} {text}\n", stamp(*millis)))
        .collect()
}

/// The lines of one start of a uvicorn application with a pool.
fn boot(millis: i64, pool: u64) -> Vec<(i64, String)> {
    vec![
        (millis, "INFO:     Started server process [1]".to_owned()),
        (
            millis + 1,
            "INFO:     Waiting for application startup.".to_owned(),
        ),
        (
            millis + 50,
            format!(
                "Database connection pool created successfully (PID=1, host=db, generation=1, attempt=1, elapsed=0.1s, pool_id={pool})"
            ),
        ),
        (
            millis + 60,
            "INFO:     Application startup complete.".to_owned(),
        ),
    ]
}

fn lines(boots: &[Vec<(i64, String)>]) -> String {
    let flat: Vec<(i64, &str)> = boots
        .iter()
        .flatten()
        .map(|(millis, text)| (*millis, text.as_str()))
        .collect();
    stamped(&flat)
}

const LOG: &str = "web.aaaaaaaaaaaa.log";

#[test]
fn trap_01_die_and_stop_come_in_either_order_and_at_the_same_nanosecond() {
    for (dies, stops) in [(10_300, 10_320), (10_320, 10_300), (10_300, 10_300)] {
        for swapped in [false, true] {
            let mut end = vec![die(dies, 0), plain(stops, "stop")];
            if swapped {
                end.reverse();
            }
            let mut events = created();
            events.push(kill(10_000, 15));
            events.extend(end);
            events.extend([
                plain(10_700, "start"),
                plain(10_701, "restart"),
                later(60_000),
            ]);
            assert_eq!(
                Evidence::new().events(&events).causes(),
                ["first-start", "manual-restart"]
            );
        }
    }
}

#[test]
fn trap_02_docker_restart_ends_with_restart_and_the_policy_emits_neither_stop_nor_restart() {
    let mut events = created();
    events.extend([die(20_000, 1), plain(20_600, "start")]);
    events.extend(restarted(40_000));
    events.push(later(90_000));
    assert_eq!(
        Evidence::new().events(&events).causes(),
        ["first-start", "restart-policy", "manual-restart"]
    );
}

#[test]
fn trap_03_watchtower_replaces_without_a_stop_event_and_keeps_the_config_hash() {
    let labels = json!({
        "com.docker.compose.project": "shop", "com.docker.compose.service": "web",
        "com.docker.compose.container-number": "1", "com.docker.compose.config-hash": "h1",
        "image": "app:latest",
    });
    let both = |extra: Value| {
        let mut all = labels.clone();
        let Value::Object(extra) = extra else {
            panic!()
        };
        all.as_object_mut().unwrap().extend(extra);
        all
    };
    let events = [
        event(0, A, "create", labels.clone()),
        event(300, A, "start", labels.clone()),
        event(60_000, A, "kill", both(json!({"signal": "15"}))),
        event(60_400, A, "die", both(json!({"exitCode": "0"}))),
        event(60_500, A, "destroy", labels.clone()),
        event(60_700, B, "create", labels.clone()),
        event(61_000, B, "start", labels.clone()),
        event(90_000, B, "exec_create: true ", labels.clone()),
    ];
    assert_eq!(
        Evidence::new().events(&events).causes(),
        ["first-start", "deployment-replacement"]
    );
}

#[test]
fn trap_04_compose_decorates_the_new_container_or_the_old_one() {
    let labels = |name: &str| {
        json!({
            "com.docker.compose.project": "shop", "com.docker.compose.service": "web",
            "com.docker.compose.container-number": "1", "name": name,
        })
    };
    let with = |name: &str, key: &str, value: &str| {
        let mut all = labels(name);
        all[key] = json!(value);
        all
    };
    let new = [
        event(0, A, "create", labels("shop-web-1")),
        event(300, A, "start", labels("shop-web-1")),
        event(60_000, B, "create", labels("aaaaaaaaaaaa_shop-web-1")),
        event(60_020, A, "kill", with("shop-web-1", "signal", "15")),
        event(60_400, A, "stop", labels("shop-web-1")),
        event(60_410, A, "die", with("shop-web-1", "exitCode", "0")),
        event(60_420, A, "destroy", labels("shop-web-1")),
        event(
            60_430,
            B,
            "rename",
            with("shop-web-1", "oldName", "/aaaaaaaaaaaa_shop-web-1"),
        ),
        event(60_900, B, "start", labels("shop-web-1")),
        event(90_000, B, "exec_create: true ", labels("shop-web-1")),
    ];
    let old = [
        event(0, A, "create", labels("shop_web_1")),
        event(300, A, "start", labels("shop_web_1")),
        event(60_020, A, "kill", with("shop_web_1", "signal", "15")),
        event(60_410, A, "die", with("shop_web_1", "exitCode", "0")),
        event(60_420, A, "stop", labels("shop_web_1")),
        event(
            60_430,
            A,
            "rename",
            with("aaaaaaaaaaaa_shop_web_1", "oldName", "/shop_web_1"),
        ),
        event(60_500, B, "create", labels("shop_web_1")),
        event(60_900, B, "start", labels("shop_web_1")),
        event(61_000, A, "destroy", labels("aaaaaaaaaaaa_shop_web_1")),
        event(90_000, B, "exec_create: true ", labels("shop_web_1")),
    ];
    for events in [&new[..], &old[..]] {
        let report = Evidence::new().events(events).run();
        assert_eq!(causes(&report), ["first-start", "deployment-replacement"]);
        assert_eq!(report["services"].as_array().unwrap().len(), 1);
        assert_eq!(report["services"][0]["name"], "web");
    }
}

#[test]
fn trap_05_a_failed_swarm_task_is_a_new_container_but_no_deployment() {
    let task = |id: &str, extra: (&str, &str)| {
        let mut all = json!({
            "com.docker.swarm.service.name": "web", "com.docker.swarm.service.id": "s1",
            "com.docker.swarm.task.name": format!("web.1.{id}"), "name": format!("web.1.{id}"),
        });
        all[extra.0] = json!(extra.1);
        all
    };
    let (old, new) = ("mmya0lwvdgeuu7es3up35mil5", "x1ya0lwvdgeuu7es3up35mil5");
    let none = ("com.docker.swarm.task", "");
    let events = [
        event(0, A, "create", task(old, none)),
        event(300, A, "start", task(old, none)),
        event(60_000, A, "die", task(old, ("exitCode", "137"))),
        event(60_200, B, "create", task(new, none)),
        event(65_300, B, "start", task(new, none)),
        event(90_000, B, "exec_create: true ", task(new, none)),
    ];
    assert_eq!(
        Evidence::new().events(&events).causes(),
        ["first-start", "restart-policy"]
    );
}

#[test]
fn trap_06_oom_needs_the_main_process_and_137_alone_is_no_oom() {
    let mut child = created();
    child.extend([plain(20_000, "oom"), later(90_000)]);
    assert_eq!(Evidence::new().events(&child).causes(), ["first-start"]);

    let mut exec = created();
    exec.push(event(
        20_000,
        A,
        "exec_die",
        json!({"exitCode": "137", "execID": "e"}),
    ));
    exec.push(later(90_000));
    assert_eq!(Evidence::new().events(&exec).causes(), ["first-start"]);

    let mut outside = created();
    outside.extend([die(20_000, 137), plain(20_600, "start"), later(90_000)]);
    assert_eq!(
        Evidence::new().events(&outside).causes(),
        ["first-start", "restart-policy"]
    );

    let mut forced = created();
    forced.extend([
        kill(20_000, 15),
        kill(30_000, 9),
        die(30_050, 137),
        plain(30_060, "stop"),
        plain(30_500, "start"),
        plain(30_501, "restart"),
        later(90_000),
    ]);
    assert_eq!(
        Evidence::new().events(&forced).causes(),
        ["first-start", "manual-restart"]
    );

    let mut oom = created();
    oom.extend([
        plain(20_000, "oom"),
        die(20_090, 137),
        plain(20_700, "start"),
        later(90_000),
    ]);
    assert_eq!(
        Evidence::new().events(&oom).causes(),
        ["first-start", "oom-restart"]
    );
}

#[test]
fn trap_07_after_an_engine_restart_there_are_only_starts() {
    let named = |millis: i64, id: &str, name: &str, action: &str| {
        event(millis, id, action, json!({"name": name}))
    };
    let mut events = Vec::new();
    for (n, (id, name)) in [(A, "web"), (B, "db"), (C, "cache")]
        .into_iter()
        .enumerate()
    {
        let n = i64::try_from(n).unwrap();
        events.push(named(n * 100, id, name, "create"));
        events.push(named(300 + n * 100, id, name, "start"));
    }
    for (n, (id, name)) in [(A, "web"), (B, "db"), (C, "cache")]
        .into_iter()
        .enumerate()
    {
        events.push(named(
            600_000 + 80 * i64::try_from(n).unwrap(),
            id,
            name,
            "start",
        ));
    }
    events.push(named(700_000, A, "web", "exec_create: true "));
    let daemon = [
        format!(
            "time=\"{}\" level=info msg=\"Starting up\"\n",
            stamp(598_000)
        ),
        format!(
            "time=\"{}\" level=info msg=\"Loading containers: start.\"\n",
            stamp(599_000)
        ),
        format!(
            "time=\"{}\" level=info msg=\"Daemon has completed initialization\"\n",
            stamp(601_000)
        ),
    ]
    .concat();
    let report = Evidence::new()
        .events(&events)
        .given("dockerd.log", daemon, Some(Role::Journal))
        .run();
    let mut found = causes(&report);
    found.sort();
    assert_eq!(
        found[..3],
        ["engine-restart", "engine-restart", "engine-restart"]
    );
}

#[test]
fn trap_08_restart_count_0_and_exit_code_0_of_a_running_container_say_nothing_of_the_run_before() {
    let inspect = json!([{
        "Id": A, "Name": "/web", "Created": stamp(-600_000), "RestartCount": 0, "Image": "sha256:1",
        "State": {"Status": "running", "Running": true, "ExitCode": 0, "OOMKilled": false,
                  "StartedAt": stamp(60_000), "FinishedAt": stamp(59_000)},
        "HostConfig": {"RestartPolicy": {"Name": "always"}}, "Config": {"Image": "app:1", "Labels": {}},
    }]);
    let log = lines(&[boot(1000, 1), boot(60_700, 2)]);
    let report = Evidence::new()
        .file("inspect.json", inspect.to_string())
        .file(LOG, log)
        .run();
    let last = startups(&report).pop().unwrap();
    assert_eq!(last["cause"], "unknown");
    assert_eq!(last["family"], "external");
    assert!(!last["candidates"].as_array().unwrap().is_empty());
}

#[test]
fn trap_09_a_database_image_starts_twice_in_its_first_run() {
    let log = stamped(&[
        (
            1000,
            "The files belonging to this database system will be owned by user \"postgres\".",
        ),
        (
            2000,
            "2026-11-20 09:00:02.000 UTC [48] LOG:  starting PostgreSQL 16.1 on x86_64-pc-linux-musl",
        ),
        (
            2100,
            "2026-11-20 09:00:02.100 UTC [48] LOG:  database system is ready to accept connections",
        ),
        (
            3000,
            "2026-11-20 09:00:03.000 UTC [48] LOG:  received fast shutdown request",
        ),
        (
            3100,
            "2026-11-20 09:00:03.100 UTC [48] LOG:  database system is shut down",
        ),
        (
            3200,
            "PostgreSQL init process complete; ready for start up.",
        ),
        (
            3300,
            "2026-11-20 09:00:03.300 UTC [1] LOG:  starting PostgreSQL 16.1 on x86_64-pc-linux-musl",
        ),
        (
            3400,
            "2026-11-20 09:00:03.400 UTC [1] LOG:  database system is ready to accept connections",
        ),
    ]);
    let mut events = created();
    events.push(later(90_000));
    let report = Evidence::new().events(&events).file(LOG, log).run();
    assert_eq!(report["summary"]["duplicates"], 0, "{:?}", causes(&report));
    assert_eq!(causes(&report)[0], "first-start");
}

#[test]
fn trap_10_many_worker_pids_are_one_run_and_a_respawn_is_no_new_master() {
    let log = stamped(&[
        (
            800,
            "[2026-11-20 09:00:00 +0000] [1] [INFO] Starting gunicorn 22.0.0",
        ),
        (
            810,
            "[2026-11-20 09:00:00 +0000] [1] [INFO] Listening at: http://0.0.0.0:8000 (1)",
        ),
        (
            820,
            "[2026-11-20 09:00:00 +0000] [7] [INFO] Booting worker with pid: 7",
        ),
        (
            830,
            "[2026-11-20 09:00:00 +0000] [8] [INFO] Booting worker with pid: 8",
        ),
        (
            40_000,
            "[2026-11-20 09:00:40 +0000] [1] [CRITICAL] WORKER TIMEOUT (pid:7)",
        ),
        (
            40_100,
            "[2026-11-20 09:00:40 +0000] [1] [ERROR] Worker (pid:7) was sent SIGKILL! Perhaps out of memory?",
        ),
        (
            40_200,
            "[2026-11-20 09:00:40 +0000] [9] [INFO] Booting worker with pid: 9",
        ),
    ]);
    let mut events = created();
    events.push(later(90_000));
    let report = Evidence::new().events(&events).file(LOG, log).run();
    assert_eq!(
        causes(&report),
        [
            "first-start",
            "worker-process",
            "worker-process",
            "worker-process"
        ]
    );
    assert_eq!(
        report["services"][0]["containers"][0]["runs"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

#[test]
fn trap_11_a_reloader_has_two_pids_by_design() {
    let log = stamped(&[
        (
            800,
            "INFO:     Started reloader process [1] using WatchFiles",
        ),
        (1200, "INFO:     Started server process [8]"),
        (1300, "INFO:     Application startup complete."),
        (
            40_000,
            "WARNING:  WatchFiles detected changes in 'app/main.py'. Reloading...",
        ),
        (40_100, "INFO:     Shutting down"),
        (40_200, "INFO:     Finished server process [8]"),
        (40_900, "INFO:     Started server process [12]"),
        (41_000, "INFO:     Application startup complete."),
    ]);
    let mut events = created();
    events.push(later(90_000));
    assert_eq!(
        Evidence::new().events(&events).file(LOG, log).causes(),
        ["first-start", "dev-reload"]
    );
}

#[test]
fn trap_12_the_same_process_that_starts_twice_is_the_real_duplicate() {
    let mut twice = boot(900, 1);
    twice.extend(boot(1400, 2));
    let mut events = created();
    events.push(later(90_000));
    let found = Evidence::new()
        .events(&events)
        .file(LOG, lines(&[twice]))
        .causes();
    assert_eq!(found[0], "first-start");
    assert!(
        found[1..].contains(&"in-process-duplicate".to_owned()),
        "{found:?}"
    );
    assert!(!found.contains(&"manual-restart".to_owned()), "{found:?}");
}

#[test]
fn trap_13_a_second_pool_in_one_jvm_is_no_new_run() {
    let log = stamped(&[
        (
            900,
            "2026-11-20T09:00:00.900Z  INFO 1 --- [main] App : Starting App v1 using Java 21.0.1 with PID 1 (/app.jar started by root in /)",
        ),
        (
            2000,
            "2026-11-20T09:00:02.000Z  INFO 1 --- [main] com.zaxxer.hikari.HikariDataSource : HikariPool-1 - Starting...",
        ),
        (
            2100,
            "2026-11-20T09:00:02.100Z  INFO 1 --- [main] com.zaxxer.hikari.HikariDataSource : HikariPool-1 - Start completed.",
        ),
        (
            2200,
            "2026-11-20T09:00:02.200Z  INFO 1 --- [main] com.zaxxer.hikari.HikariDataSource : HikariPool-2 - Starting...",
        ),
        (
            2300,
            "2026-11-20T09:00:02.300Z  INFO 1 --- [main] com.zaxxer.hikari.HikariDataSource : HikariPool-2 - Start completed.",
        ),
        (
            3000,
            "2026-11-20T09:00:03.000Z  INFO 1 --- [main] App : Started App in 2.1 seconds (process running for 2.9)",
        ),
    ]);
    let mut events = created();
    events.push(later(90_000));
    let report = Evidence::new().events(&events).file(LOG, log).run();
    let found = causes(&report);
    assert_eq!(found[0], "first-start");
    let family = |startup: &Value| startup["family"].as_str().unwrap().to_owned();
    assert!(
        startups(&report)[1..]
            .iter()
            .all(|s| family(s) != "external"),
        "{found:?}"
    );
}

#[test]
fn trap_14_a_rising_generation_in_one_module_is_a_reconnect() {
    let mut log = boot(900, 1);
    log.push((
        30_000,
        "Database connection lost, running in degraded mode".to_owned(),
    ));
    log.push((40_000, "Database connection pool created successfully (PID=1, host=db, generation=2, attempt=1, elapsed=0.1s, pool_id=2)".to_owned()));
    let mut events = created();
    events.push(later(90_000));
    assert_eq!(
        Evidence::new()
            .events(&events)
            .file(LOG, lines(&[log]))
            .causes(),
        ["first-start", "pool-reconnect"]
    );
}

#[test]
fn trap_15_an_equal_pool_id_and_pid_1_do_not_merge_two_runs() {
    let mut events = created();
    events.extend(restarted(40_000));
    events.push(later(90_000));
    let report = Evidence::new()
        .events(&events)
        .file(LOG, lines(&[boot(900, 140_137), boot(41_400, 140_137)]))
        .run();
    assert_eq!(causes(&report), ["first-start", "manual-restart"]);
    let both = startups(&report);
    assert_eq!(both[0]["pool_ids"], both[1]["pool_ids"]);
}

#[test]
fn trap_16_compose_v1_replays_old_lines_which_are_no_new_start() {
    let line = |text: &str| format!("web_1  | {text}");
    let first: String = lines(&[boot(900, 1)])
        .lines()
        .map(|text| line(text) + "\n")
        .collect();
    let between = line(&format!("{} GET /\n", stamp(30_000)));
    let log = format!(
        "Attaching to shop_web_1\n{first}{between}shop_web_1 exited with code 0\n{first}{between}"
    );
    let report = Evidence::new().file("compose.log", log).run();
    assert_eq!(startups(&report).len(), 1, "{:?}", causes(&report));
    assert!(warnings(&report).contains("duplicate-ingest: "));
    assert!(warnings(&report).contains("a replay"));
}

#[test]
fn trap_17_json_file_pieces_odd_lines_and_a_cut_end_lose_nothing_else() {
    let record = |log: &str, stream: &str, millis: i64| {
        json!({"log": log, "stream": stream, "time": stamp(millis)}).to_string() + "\n"
    };
    let filler = "x".repeat(16_384);
    let mut log: Vec<u8> = Vec::new();
    log.extend(record("INFO:     Started server process [1]\n", "stderr", 900).bytes());
    log.extend(record(&filler, "stdout", 950).bytes());
    log.extend(
        record(
            "INFO:     Waiting for application startup.\r\n",
            "stderr",
            960,
        )
        .bytes(),
    );
    // The end of a long line is not a line of its own, whatever it says.
    log.extend(record("INFO:     Started server process [1]\n", "stdout", 950).bytes());
    log.extend(format!("{{\"stream\":\"stdout\",\"time\":\"{}\"}}\r\n", stamp(970)).bytes());
    log.extend([0; 64]);
    log.extend(record("INFO:     Application startup complete.\n", "stderr", 980).bytes());
    log.extend(b"{\"log\":\"caf\xe9 \\u0000\\n\",\"stream\":\"stdout\",\"time\":\"2026-11-20T09:00:01Z\"}\n");
    let cut = record("INFO:     Shutting down\n", "stderr", 60_000);
    log.extend(&cut.as_bytes()[..30]);
    let report = Evidence::new().file(&format!("{A}-json.log"), log).run();
    let found = startups(&report);
    assert_eq!(found.len(), 1, "{:?}", causes(&report));
    assert_eq!(found[0]["outcome"], "ready");
    assert_eq!(report["inputs"][0]["skipped"], 1);
}

#[test]
fn trap_18_rotated_pieces_come_in_any_order_twice_and_cut() {
    let pack = |text: &str| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(text.as_bytes()).unwrap();
        encoder.finish().unwrap()
    };
    let (old, middle, new) = (
        lines(&[boot(900, 1)]),
        lines(&[boot(60_900, 2)]),
        lines(&[boot(120_900, 3)]),
    );
    let packed = pack(&old);
    let report = Evidence::new()
        .file("web.aaaaaaaaaaaa.log", &new)
        .file("web.aaaaaaaaaaaa.log.2.gz", &packed[..packed.len() - 9])
        .file("web.aaaaaaaaaaaa.log.1.gz", pack(&middle))
        .file("web.aaaaaaaaaaaa.log.1", &middle)
        .run();
    let pools: Vec<Value> = startups(&report)
        .iter()
        .map(|s| s["pool_ids"][0].clone())
        .collect();
    assert_eq!(pools, ["1", "2", "3"]);
    assert!(warnings(&report).contains("decompressed bytes: it is cut off"));
    assert!(warnings(&report).contains("duplicate-ingest: "));
    // Without times their names alone say the order.
    let untimed = |text: &str| -> String {
        text.lines()
            .map(|line| format!("{}\n", line.split_once(' ').unwrap().1))
            .collect()
    };
    let report = Evidence::new()
        .file("web.log", untimed(&new))
        .file("web.log.2.gz", pack(&untimed(&old)))
        .file("web.log.1.gz", pack(&untimed(&middle)))
        .file("web.log.1", untimed(&middle))
        .run();
    let pools: Vec<Value> = startups(&report)
        .iter()
        .map(|s| s["pool_ids"][0].clone())
        .collect();
    assert_eq!(pools, ["1", "2", "3"]);
    assert!(warnings(&report).contains("duplicate-ingest: all "));
}

#[test]
fn trap_19_events_come_in_every_framing() {
    let mut events = created();
    events.extend(restarted(40_000));
    events.push(later(90_000));
    let one_a_line: String = events.iter().map(|event| format!("{event}\n")).collect();
    let text: String = events
        .iter()
        .map(|event| {
            let attributes: Vec<String> = event["Actor"]["Attributes"]
                .as_object()
                .unwrap()
                .iter()
                .map(|(key, value)| format!("{key}={}", value.as_str().unwrap()))
                .chain(["zz.note=one, two (and three)".to_owned()])
                .collect();
            let time = DateTime::from_timestamp_nanos(event["timeNano"].as_i64().unwrap());
            format!(
                "{} {} {} {} ({})\n",
                time.to_rfc3339_opts(SecondsFormat::Nanos, true),
                event["Type"].as_str().unwrap(),
                event["Action"].as_str().unwrap(),
                event["Actor"]["ID"].as_str().unwrap(),
                attributes.join(", ")
            )
        })
        .collect();
    let framings = [
        one_a_line.clone(),
        json!(events).to_string(),
        serde_json::to_string_pretty(&events).unwrap(),
        one_a_line.replace('\n', ""),
        events
            .iter()
            .map(|event| format!("\u{1e}{event}\n"))
            .collect(),
        events
            .iter()
            .map(|event| format!("Nov 20 09:00:00 host recorder[1]: {event}\n"))
            .collect(),
        text,
    ];
    for framing in framings {
        assert_eq!(
            Evidence::new().file("events", &framing).causes(),
            ["first-start", "manual-restart"],
            "{framing}"
        );
    }
}

#[test]
fn trap_20_local_times_without_a_zone_are_fitted_to_the_events_or_read_as_told() {
    let mut events = created();
    events.extend(restarted(40_000));
    events.extend(restarted(4_000_000));
    events.push(later(9_000_000));
    // An hour east of UTC, the day before the month.
    let line = |millis: i64| {
        let local = at(millis) + TimeDelta::hours(1);
        format!(
            "{} Container /web (aaaaaaaaaaaa) found to be unhealthy - Restarting container now with 10s timeout\n",
            local.format("%d-%m-%Y %H:%M:%S")
        )
    };
    let log = line(39_500) + &line(3_999_500);
    let report = Evidence::new()
        .events(&events)
        .file("autoheal.log", &log)
        .run();
    assert!(
        warnings(&report).contains("times without a zone are taken as +01:00, which fits 2 events"),
        "{}",
        warnings(&report)
    );
    assert_eq!(
        causes(&report),
        ["first-start", "health-restart", "health-restart"]
    );
    let mut told = Evidence::new().events(&events).file("autoheal.log", &log);
    told.timezone = Some("+01:00".to_owned());
    assert_eq!(
        told.causes(),
        ["first-start", "health-restart", "health-restart"]
    );
    let alone = Evidence::new()
        .given("autoheal.log", &log, Some(Role::Journal))
        .run();
    assert!(warnings(&alone).contains("times without a zone are taken as UTC: give --timezone"));
}

#[test]
fn trap_20_local_times_in_a_log_without_times_are_fitted_to_the_starts() {
    let mut events = created();
    events.extend(restarted(1_000_000));
    events.push(later(9_000_000));
    let line = |millis: i64, text: &str| {
        let local = at(millis) - TimeDelta::hours(5);
        format!(
            "{} INFO app: {text}\n",
            local.format("%Y-%m-%d %H:%M:%S,%3f")
        )
    };
    let log = line(2_000, "Started server process [1]")
        + &line(
            3_000,
            "Database connection pool created successfully (PID=1, generation=1)",
        )
        + &line(1_001_500, "Started server process [1]")
        + &line(
            1_002_000,
            "Database connection pool created successfully (PID=1, generation=1)",
        )
        + &line(1_500_000, "Background reconnect: attempt 1")
        + &line(
            1_501_000,
            "Database connection pool created successfully (PID=1, generation=2)",
        );
    let report = Evidence::new().events(&events).file("web.log", &log).run();
    assert!(
        warnings(&report).contains("times without a zone are taken as -05:00, which fits 2 starts"),
        "{}",
        warnings(&report)
    );
    let startups = startups(&report);
    assert_eq!(
        causes(&report),
        ["first-start", "manual-restart", "pool-reconnect"]
    );
    let again: DateTime<Utc> = startups[2]["at"].as_str().unwrap().parse().unwrap();
    assert_eq!(again.timestamp(), at(1_501_000).timestamp());
    // Where nothing fits, or everything does, the times are left alone.
    let elsewhere = log.replace("2026-11-20", "2025-01-01");
    let report = Evidence::new()
        .events(&events)
        .file("web.log", &elsewhere)
        .run();
    assert!(
        !warnings(&report).contains("taken as"),
        "{}",
        warnings(&report)
    );
}

#[test]
fn findings_are_about_the_window_that_was_asked_about() {
    // Out of memory once, restarted by hand much later.
    let mut events = created();
    events.extend([
        plain(20_000, "oom"),
        die(20_100, 137),
        plain(20_400, "start"),
    ]);
    events.extend(restarted(4_000_000));
    events.push(later(9_000_000));
    let evidence = Evidence::new().events(&events);
    let found = |since: Option<i64>, until: Option<i64>| -> Vec<String> {
        let config = Config {
            inputs: evidence.inputs.clone(),
            since: since.map(at),
            until: until.map(at),
            ..Config::default()
        };
        let report = serde_json::to_value(run(&config, &()).unwrap().report).unwrap();
        let findings = report["services"][0]["findings"].as_array().unwrap();
        findings
            .iter()
            .map(|finding| finding["id"].as_str().unwrap().to_owned())
            .filter(|id| id == "WS005")
            .collect()
    };
    assert_eq!(found(None, None), ["WS005"]);
    assert_eq!(found(None, Some(100_000)), ["WS005"]);
    assert_eq!(found(Some(100_000), None), [""; 0]);
}

#[test]
fn a_signal_from_inside_or_outside_is_evidence_of_who_asked() {
    let nginx = |receiver: u32, sender: &str| -> Value {
        let line = |millis: i64, pid: u32, text: &str| {
            let local = at(millis).format("%Y/%m/%d %H:%M:%S");
            format!("{} {local} [notice] {pid}#{pid}: {text}\n", stamp(millis))
        };
        let log = line(0, receiver, "nginx/1.27.2")
            + &line(10, receiver, "start worker processes")
            + &line(
                60_000,
                receiver,
                &format!("signal 15 (SIGTERM) received{sender}, exiting"),
            )
            + &line(61_000, receiver, "nginx/1.27.2")
            + &line(61_010, receiver, "start worker processes");
        Evidence::new().file("web.log", log).run()
    };
    let second = |report: &Value| startups(report)[1].clone();
    let inside = second(&nginx(1, " from 31"));
    assert_eq!(inside["cause"], "unknown");
    assert_eq!(inside["candidates"][0]["cause"], "restart-policy");
    assert!(
        inside["evidence"]
            .to_string()
            .contains("PID 31, inside the container")
    );
    // An init passes on what the engine sent: that says nothing about who asked.
    let passed_on = second(&nginx(7, " from 1"));
    assert_ne!(
        passed_on["candidates"][0]["confidence"],
        inside["candidates"][0]["confidence"]
    );
}

#[test]
fn trap_20_the_hour_that_a_clock_shows_twice_is_told_by_the_order_of_lines() {
    // Clocks in Berlin were put back at 03:00 on 2026-10-25, 01:00 UTC.
    let log = "2026-10-25 02:30:00 repair: restarting web\n2026-10-25 02:50:00 repair: restarting web\n2026-10-25 02:10:00 repair: restarting web\n2026-10-25 03:10:00 repair: restarting web\n";
    let mut evidence = Evidence::new().given("repair.log", log, Some(Role::Journal));
    evidence.timezone = Some("Europe/Berlin".to_owned());
    let report = evidence.run();
    assert_eq!(
        report["inputs"][0]["from"],
        "2026-10-25T00:30:00.000000000Z"
    );
    assert_eq!(report["inputs"][0]["to"], "2026-10-25T02:10:00.000000000Z");
}

#[test]
fn trap_21_names_are_attributes_that_change_and_are_used_again() {
    // Renamed while it runs.
    let mut events = created();
    events.push(event(
        20_000,
        A,
        "rename",
        json!({"name": "web-old", "oldName": "/web"}),
    ));
    events.extend([
        event(20_100, B, "create", json!({})),
        event(20_400, B, "start", json!({})),
        event(
            25_000,
            A,
            "kill",
            json!({"name": "web-old", "signal": "15"}),
        ),
        event(
            25_400,
            A,
            "die",
            json!({"name": "web-old", "exitCode": "0"}),
        ),
        event(25_410, A, "stop", json!({"name": "web-old"})),
        event(25_500, A, "destroy", json!({"name": "web-old"})),
        event(90_000, B, "exec_create: true ", json!({})),
    ]);
    let report = Evidence::new().events(&events).run();
    assert_eq!(causes(&report), ["first-start", "deployment-replacement"]);
    // Two containers with one name one after the other: each has its own log lines.
    let log = stamped(&[
        (900, "INFO:     Started server process [1]"),
        (21_000, "INFO:     Started server process [1]"),
    ]);
    let report = Evidence::new().events(&events).file("web.log", log).run();
    assert_eq!(causes(&report), ["first-start", "deployment-replacement"]);
    assert_eq!(startups(&report)[1]["container_id"], B);
}

#[test]
fn trap_22_health_probes_push_the_history_out_and_nothing_is_said_of_what_they_hid() {
    let mut events = Vec::new();
    for n in 0..84 {
        for (step, action) in [
            "exec_create: curl -f localhost",
            "exec_start: curl -f localhost",
            "exec_die",
        ]
        .into_iter()
        .enumerate()
        {
            let millis = 1_000_000 + n * 10_000 + i64::try_from(step).unwrap();
            events.push(event(
                millis,
                A,
                action,
                json!({"execID": format!("e{n}"), "exitCode": "0"}),
            ));
        }
    }
    let report = Evidence::new()
        .events(&events)
        .file(LOG, lines(&[boot(1000, 1), boot(500_000, 2)]))
        .run();
    for startup in startups(&report) {
        assert!(
            ["unknown", "first-start"].contains(&startup["cause"].as_str().unwrap()),
            "{startup}"
        );
    }
    let last = startups(&report).pop().unwrap();
    assert_eq!(last["cause"], "unknown");
    assert!(!last["missing"].as_array().unwrap().is_empty());
}

#[test]
fn trap_23_colours_and_erased_lines_hide_no_pid_and_no_prefix() {
    let log = format!(
        "\x1b[2K\x1b[36mweb-1  | \x1b[0m{} \x1b[32mINFO\x1b[0m:     Started server process [\x1b[36m17\x1b[0m]\r\n\
         \x1b[2Kweb-1  | {} INFO:     Application startup complete.\n",
        stamp(900),
        stamp(950)
    );
    let report = Evidence::new().file("compose.log", log).run();
    let found = startups(&report);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0]["pids"], json!([17]));
    assert_eq!(found[0]["outcome"], "ready");
    assert_eq!(found[0]["container_name"], "web-1");
}

#[test]
fn trap_24_podman_has_its_own_words_and_writes_the_zone_twice() {
    let line = |millis: i64, status: &str| {
        let local = at(millis) - TimeDelta::hours(6);
        format!(
            "{} -0600 CST container {status} {A} (image=docker.io/library/app:1, name=web)\n",
            local.format("%Y-%m-%d %H:%M:%S%.9f")
        )
    };
    let text: String = [
        (0, "create"),
        (200, "init"),
        (300, "start"),
        (40_000, "restart"),
        (40_010, "died"),
        (40_020, "cleanup"),
        (40_030, "init"),
        (40_300, "start"),
        (90_000, "exec_died"),
    ]
    .into_iter()
    .map(|(millis, status)| line(millis, status))
    .collect();
    let report = Evidence::new().file("events.txt", text).run();
    assert_eq!(causes(&report), ["first-start", "manual-restart"]);
    assert_eq!(startups(&report)[1]["at"], stamp(40_300).as_str());
}

#[test]
fn trap_25_whatever_is_missing_there_is_a_report() {
    assert_eq!(
        Evidence::new().file("empty.log", "").run()["summary"]["startups"],
        0
    );
    let mut events = created();
    events.push(later(90_000));
    assert_eq!(Evidence::new().events(&events).causes(), ["first-start"]);
    let inspect = json!([{
        "Id": A, "Name": "/web", "Created": stamp(0), "RestartCount": 0,
        "State": {"Status": "running", "Running": true, "StartedAt": stamp(300), "FinishedAt": "0001-01-01T00:00:00Z"},
    }]);
    let only_inspect = Evidence::new()
        .file("inspect.json", inspect.to_string())
        .run();
    assert_eq!(causes(&only_inspect), ["first-start"]);
    let only_log = Evidence::new()
        .file(LOG, lines(&[boot(900, 1), boot(60_000, 2)]))
        .run();
    let last = startups(&only_log).pop().unwrap();
    assert_eq!(last["cause"], "unknown");
    assert_eq!(last["family"], "external");
    assert!(!last["missing"].as_array().unwrap().is_empty());
}

#[test]
fn snapshots_of_a_crash_loop_show_each_run_however_near_they_are() {
    let never = "0001-01-01T00:00:00Z";
    let state = |status: &str, started: &str, finished: &str, count: u32| {
        json!([{
            "Id": A, "Name": "/api", "Created": stamp(0), "RestartCount": count,
            "State": { "Status": status, "Running": status == "running", "ExitCode": 1, "OOMKilled": false,
                "StartedAt": started, "FinishedAt": finished },
            "HostConfig": { "RestartPolicy": { "Name": "on-failure", "MaximumRetryCount": 2 } },
        }])
        .to_string()
    };
    let [first, second] = [stamp(1000), stamp(2439)];
    let [first_end, second_end] = [stamp(2038), stamp(3466)];
    let report = Evidence::new()
        .file("api.1.json", state("created", never, never, 0))
        .file("api.2.json", state("running", &first, never, 0))
        .file("api.3.json", state("restarting", &first, &first_end, 1))
        .file("api.4.json", state("running", &second, &first_end, 1))
        .file("api.5.json", state("exited", &second, &second_end, 1))
        .file(
            "api.log",
            stamped(&[
                (1005, "INFO:     Started server process [1]"),
                (2441, "INFO:     Started server process [1]"),
            ]),
        )
        .run();
    assert_eq!(causes(&report), ["first-start", "restart-policy"]);
}

#[test]
fn events_recorded_without_networks_cannot_rule_automation_out() {
    let mut events = created();
    events.extend(restarted(40_000));
    events.push(later(90_000));
    assert_eq!(
        Evidence::new().events(&events).causes(),
        ["first-start", "manual-restart"]
    );
    events.retain(|event| event["Type"] == "container");
    assert_eq!(
        Evidence::new().events(&events).causes(),
        ["first-start", "unknown"]
    );
}
