//! What applications write when they start, and what only looks like a start.

use super::common::story::{Story, stamp, story};
use super::common::text;
use serde_json::json;

/// One container, which is started once.
fn web(name: &str) -> Story {
    story(name).container("web").ran(0).goes_on(90)
}

#[test]
fn a_database_image_starts_twice_in_its_first_run() {
    let told = web("postgres makes its files, then serves")
        .log(
            "10:00:01 The files belonging to this database system will be owned by user \"postgres\".
             10:00:02 2026-11-20 10:00:02.000 UTC [48] LOG:  starting PostgreSQL 16.1 on x86_64-pc-linux-musl
             10:00:02.1 2026-11-20 10:00:02.100 UTC [48] LOG:  database system is ready to accept connections
             10:00:03 2026-11-20 10:00:03.000 UTC [48] LOG:  received fast shutdown request
             10:00:03.1 2026-11-20 10:00:03.100 UTC [48] LOG:  database system is shut down
             10:00:03.2 PostgreSQL init process complete; ready for start up.
             10:00:03.3 2026-11-20 10:00:03.300 UTC [1] LOG:  starting PostgreSQL 16.1 on x86_64-pc-linux-musl
             10:00:03.4 2026-11-20 10:00:03.400 UTC [1] LOG:  database system is ready to accept connections",
        )
        .report()
        .duplicates(0);
    told.startup(1, "first-start");
}

#[test]
fn many_worker_pids_are_one_run_and_a_respawn_is_no_new_master() {
    web("gunicorn replaces a worker")
        .log(
            "10:00:00.8 [2026-11-20 10:00:00 +0000] [1] [INFO] Starting gunicorn 22.0.0
             10:00:00.81 [2026-11-20 10:00:00 +0000] [1] [INFO] Listening at: http://0.0.0.0:8000 (1)
             10:00:00.82 [2026-11-20 10:00:00 +0000] [7] [INFO] Booting worker with pid: 7
             10:00:00.83 [2026-11-20 10:00:00 +0000] [8] [INFO] Booting worker with pid: 8
             10:00:40 [2026-11-20 10:00:40 +0000] [1] [CRITICAL] WORKER TIMEOUT (pid:7)
             10:00:40.1 [2026-11-20 10:00:40 +0000] [1] [ERROR] Worker (pid:7) was sent SIGKILL! Perhaps out of memory?
             10:00:40.2 [2026-11-20 10:00:40 +0000] [9] [INFO] Booting worker with pid: 9",
        )
        .report()
        .causes(&["first-start", "worker-process", "worker-process", "worker-process"])
        .run_count(1);
}

#[test]
fn a_reloader_has_two_pids_by_design() {
    web("a developer changes a file")
        .log(
            "10:00:00.8 INFO:     Started reloader process [1] using WatchFiles
             10:00:01.2 INFO:     Started server process [8]
             10:00:01.3 INFO:     Application startup complete.
             10:00:40 WARNING:  WatchFiles detected changes in 'app/main.py'. Reloading...
             10:00:40.1 INFO:     Shutting down
             10:00:40.2 INFO:     Finished server process [8]
             10:00:40.9 INFO:     Started server process [12]
             10:00:41 INFO:     Application startup complete.",
        )
        .report()
        .causes(&["first-start", "dev-reload"]);
}

#[test]
fn the_same_process_that_starts_twice_is_the_real_duplicate() {
    let told = web("the application is loaded twice")
        .boots(0.9, 1)
        .boots(1.4, 2)
        .report()
        .startup(1, "first-start");
    let later: Vec<&str> = told.each("cause").skip(1).map(text).collect();
    assert!(later.contains(&"in-process-duplicate"), "{later:?}");
    assert!(!later.contains(&"manual-restart"), "{later:?}");
}

#[test]
fn a_second_pool_in_one_jvm_is_no_new_run() {
    let told = web("Spring with two pools")
        .log(
            "10:00:00.9 2026-11-20T10:00:00.900Z  INFO 1 --- [main] App : Starting App v1 using Java 21.0.1 with PID 1 (/app.jar started by root in /)
             10:00:02 2026-11-20T10:00:02.000Z  INFO 1 --- [main] com.zaxxer.hikari.HikariDataSource : HikariPool-1 - Starting...
             10:00:02.1 2026-11-20T10:00:02.100Z  INFO 1 --- [main] com.zaxxer.hikari.HikariDataSource : HikariPool-1 - Start completed.
             10:00:02.2 2026-11-20T10:00:02.200Z  INFO 1 --- [main] com.zaxxer.hikari.HikariDataSource : HikariPool-2 - Starting...
             10:00:02.3 2026-11-20T10:00:02.300Z  INFO 1 --- [main] com.zaxxer.hikari.HikariDataSource : HikariPool-2 - Start completed.
             10:00:03 2026-11-20T10:00:03.000Z  INFO 1 --- [main] App : Started App in 2.1 seconds (process running for 2.9)",
        )
        .report()
        .startup(1, "first-start");
    for family in told.each("family").skip(1) {
        assert_ne!(family, "external");
    }
}

#[test]
fn a_rising_generation_in_one_module_is_a_reconnect() {
    web("the database goes away and comes back")
        .boots(0.9, 1)
        .log(
            "10:00:30 Database connection lost, running in degraded mode
             10:00:40 Database connection pool created successfully (PID=1, host=db, generation=2, attempt=1, elapsed=0.1s, pool_id=2)",
        )
        .report()
        .causes(&["first-start", "pool-reconnect"]);
}

#[test]
fn an_equal_pool_id_and_pid_1_do_not_merge_two_runs() {
    let told = story("two runs whose pools have the same id")
        .container("web")
        .ran(0)
        .restarted(40)
        .goes_on(90)
        .boots(0.9, 140_137)
        .boots(41.4, 140_137)
        .report()
        .causes(&["first-start", "manual-restart"]);
    let pools: Vec<_> = told.each("pool_ids").collect();
    assert_eq!(pools[0], pools[1]);
}

#[test]
fn colours_and_erased_lines_hide_no_pid_and_no_prefix() {
    let log = format!(
        "\x1b[2K\x1b[36mweb-1  | \x1b[0m{} \x1b[32mINFO\x1b[0m:     Started server process [\x1b[36m17\x1b[0m]\r\n\
         \x1b[2Kweb-1  | {} INFO:     Application startup complete.\n",
        stamp(0.9),
        stamp(0.95)
    );
    let told = story("Compose writes to a terminal")
        .file("compose.log", log)
        .report();
    assert_eq!(told.startups().len(), 1);
    told.outcome("ready")
        .holds("pids", &json!([17]))
        .holds("container_name", &json!("web-1"));
}
