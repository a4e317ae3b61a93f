//! Logs without events: which runs and startups they show by themselves.

use super::common::story::{Logs, story};
use super::common::text;
use super::common::told::Told;

/// What is told of a log alone.
fn told(name: &str, log: &str) -> Told {
    story(name).container("web").log(log).report()
}

/// The times of day of the startups whose cause is not `except`.
fn times(told: &Told, except: &str) -> Vec<String> {
    let startups = told.startups();
    let others = startups.iter().filter(|startup| startup["cause"] != except);
    others
        .map(|startup| text(&startup["at"])[11..19].to_owned())
        .collect()
}

/// The lines that startups cite as the start.
fn started(told: &Told) -> Vec<String> {
    let startups = told.startups();
    let cited = startups
        .iter()
        .flat_map(|startup| startup["evidence"].as_array().unwrap());
    cited
        .filter(|line| line["claim"] == "started")
        .map(|line| text(&line["text"]).to_owned())
        .collect()
}

#[test]
fn a_stop_at_the_beginning_is_of_the_run_before() {
    let logs = [
        "10:00:00 2026/11/20 10:00:00 [notice] 1#1: signal 3 (SIGQUIT) received, shutting down
         10:00:01 2026/11/20 10:00:01 [notice] 1#1: worker process 31 exited with code 0
         10:00:02 2026/11/20 10:00:02 [notice] 1#1: exit
         12:00:00 2026/11/20 12:00:00 [notice] 1#1: nginx/1.28.0
         12:00:00.1 2026/11/20 12:00:00 [notice] 1#1: start worker processes
         12:00:00.2 2026/11/20 12:00:00 [notice] 1#1: start worker process 22",
        "10:00:00 [2026-11-20 10:00:00 +0000] [1] [INFO] Handling signal: term
         10:00:01 [2026-11-20 10:00:01 +0000] [9] [INFO] Worker exiting (pid: 9)
         12:00:00 [2026-11-20 12:00:00 +0000] [1] [INFO] Starting gunicorn 23.0.0
         12:00:00.1 [2026-11-20 12:00:00 +0000] [9] [INFO] Booting worker with pid: 9",
        "10:00:00 SIGTERM received, shutting down
         10:00:00.1 INFO:     Shutting down
         12:00:00 Example app listening on port 3000",
    ];
    for log in logs {
        let told = told("a log begins with a stop", log).run_count(2);
        assert_eq!(times(&told, "worker-process"), ["12:00:00"]);
        let told = told.startup(1, "unknown");
        assert!(!started(&told).iter().any(|line| line.contains("10:00:0")));
    }
}

#[test]
fn a_start_line_again_is_a_new_run() {
    let logs = [
        "10:00:00 2026-11-20 10:00:00.000 UTC [1] LOG:  starting PostgreSQL 16.6 on x86_64
         11:00:00 2026-11-20 11:00:00.000 UTC [27] LOG:  database system is shut down
         12:00:00 2026-11-20 12:00:00.000 UTC [1] LOG:  starting PostgreSQL 16.6 on x86_64",
        "10:00:00  * Serving Flask app 'shop'
         10:00:00.9  * Running on http://127.0.0.1:5000
         12:00:00  * Serving Flask app 'shop'
         12:00:00.9  * Running on http://127.0.0.1:5000",
        "10:00:00 [Fri Nov 20 10:00:00.110100 2026] [mpm_event:notice] [pid 1:tid 1] AH00489: Apache/2.4.63 (Unix) configured -- resuming normal operations
         12:00:00 [Fri Nov 20 12:00:00.110100 2026] [mpm_event:notice] [pid 1:tid 1] AH00489: Apache/2.4.63 (Unix) configured -- resuming normal operations",
        "10:00:00 Example app listening on port 3000
         12:00:00 Example app listening on port 3000",
    ];
    for log in logs {
        let told = told("a start line comes again", log).run_count(2);
        assert_eq!(times(&told, ""), ["10:00:00", "12:00:00"]);
        told.startup(2, "unknown");
    }
}

#[test]
fn a_reload_or_another_listener_starts_nothing() {
    let logs = [
        "10:00:00 [Fri Nov 20 10:00:00.110100 2026] [mpm_event:notice] [pid 1:tid 1] AH00489: Apache/2.4.63 (Unix) configured -- resuming normal operations
         12:00:00 [Fri Nov 20 12:00:00.000100 2026] [mpm_event:notice] [pid 1:tid 1] AH00493: SIGUSR1 received.  Doing graceful restart
         12:00:00.2 [Fri Nov 20 12:00:00.110100 2026] [mpm_event:notice] [pid 1:tid 1] AH00489: Apache/2.4.63 (Unix) configured -- resuming normal operations",
        "10:00:00 Server listening on http://0.0.0.0:8080
         10:00:10 Server listening on http://0.0.0.0:8443",
        // The workers of a cluster.
        "10:00:00 Server listening on http://0.0.0.0:8080
         10:00:00.2 Server listening on http://0.0.0.0:8080",
    ];
    for log in logs {
        let told = told("it goes on", log).run_count(1);
        assert_eq!(times(&told, ""), ["10:00:00"]);
    }
}

#[test]
fn recovery_refutes_a_first_start() {
    let told = told(
        "a database finds its files",
        "10:00:00 2026-11-20 10:00:00.000 UTC [1] LOG:  starting PostgreSQL 14.17 on x86_64
         10:00:01 2026-11-20 10:00:01.000 UTC [24] LOG:  database system was not properly shut down; automatic recovery in progress
         10:00:02 2026-11-20 10:00:02.000 UTC [1] LOG:  database system is ready to accept connections",
    );
    assert!(!told.json().to_string().contains("\"first-start\""));
    assert!(told.json().to_string().contains("not properly shut down"));
}

#[test]
fn pools_show_the_startups_of_a_program_without_start_lines() {
    let pool = |at: &str, id: u32| {
        format!(
            "{at} Database connection pool created successfully (PID=1, pool_id={id})
             {at}.1 Database connection pool initialized (PID=1, pool_id={id}, generation=1)\n"
        )
    };
    let once = told("one pool", &pool("10:00:00", 71)).run_count(1);
    assert_eq!(times(&once, ""), ["10:00:00"]);
    let twice = pool("10:00:00", 71) + &pool("12:00:00", 83);
    let again = told("generation 1 again", &twice).run_count(2);
    assert_eq!(times(&again, ""), ["10:00:00", "12:00:00"]);
    again.startup(2, "unknown");
    // With a start line in the log, the second pool is one of the same process.
    let lines = "09:59:59 INFO:     Started server process [1]\n".to_owned() + &twice;
    told("a second pool", &lines).run_count(1);
}

#[test]
fn a_worker_without_its_master_is_no_startup_of_the_container() {
    let log = "10:00:05 [2026-11-20 10:00:05 +0000] [1] [CRITICAL] WORKER TIMEOUT (pid:40)
         10:00:06 [2026-11-20 10:00:06 +0000] [44] [INFO] Booting worker with pid: 44";
    let told = told("a log begins in a run", log).run_count(1);
    assert_eq!(times(&told, ""), ["10:00:06"]);
    told.startup(1, "worker-process");
}

#[test]
fn a_worker_that_boots_late_did_not_start_with_the_run() {
    let log = "10:00:00 [2026-11-20 10:00:00 +0000] [1] [INFO] Starting gunicorn 23.0.0
         10:00:00.1 [2026-11-20 10:00:00 +0000] [7] [INFO] Booting worker with pid: 7
         10:30:00 [2026-11-20 10:30:00 +0000] [15] [INFO] Booting worker with pid: 15";
    told("a worker half an hour later", log)
        .startup(2, "worker-process")
        .holds("duplicate", &false.into())
        .last("worker-process")
        .holds("duplicate", &true.into());
}

#[test]
fn programs_of_a_supervisor_are_part_of_its_startup() {
    let log = "10:00:00 2026-11-20 10:00:00,120 INFO supervisord started with pid 1
         10:00:01 2026-11-20 10:00:01,123 INFO spawned: 'caddy' with pid 11
         10:00:01.1 2026-11-20 10:00:01,125 INFO spawned: 'php' with pid 12";
    let both = told("two programs", log).run_count(1);
    assert_eq!(times(&both, ""), ["10:00:00"]);
    let log = "10:00:04 2026-11-20 10:00:04,100 INFO exited: indexer (exit status 1; not expected)
         10:00:05 2026-11-20 10:00:05,105 INFO spawned: 'indexer' with pid 77";
    let again = told("a program ends", log).run_count(1);
    assert_eq!(times(&again, ""), ["10:00:05"]);
    again.startup(1, "supervisor-restart");
}

#[test]
fn a_log_that_only_ends_is_told() {
    let log = "10:00:00 [Fri Nov 20 10:00:00.120045 2026] [mpm_event:notice] [pid 1:tid 1] AH00492: caught SIGWINCH, shutting down gracefully";
    let told = told("only a stop", log);
    assert!(told.startups().is_empty());
    let notes = told.json()["inputs"][0]["notes"].to_string();
    assert!(
        notes.contains("SIGWINCH") && notes.contains("10:00:00"),
        "{notes}"
    );
}

#[test]
fn copies_in_a_log_without_times_are_counted_once() {
    let log = "10:00:00 INFO:     Started server process [1]
         10:00:00.1 Database pool created (PID=1, pool_id=7101, generation=1)
         10:05:01 INFO:     Started server process [1]
         10:05:01.1 Database pool created (PID=1, pool_id=8302, generation=1)";
    let twice = format!("{log}\n{log}");
    let told = story("a log was copied into itself")
        .container("web")
        .ran("09:59:59")
        .crashed("10:05:00", 1)
        .started("10:05:00.5")
        .logs(Logs::Plain)
        .in_told_order()
        .log(&twice)
        .warns("duplicate-ingest")
        .warns("its format is not known")
        .report();
    told.causes(&["first-start", "restart-policy"]);
}
