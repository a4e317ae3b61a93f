//! What a whole host has: the engine's own tree, and journals that mix everybody's lines.

#![allow(
    clippy::unwrap_used,
    clippy::format_collect,
    clippy::format_push_string,
    clippy::too_many_lines,
    reason = "a test that cannot go on should say where; its evidence is written out"
)]

use serde_json::{Value, json};
use std::path::Path;
use whystart::pipeline::{Config, InputSpec, run};

const ID: &str = "1df37d801ee7ddbba5ab6ad4434afab06e81230114173545a9672f14131cccf0";

fn analyse(folder: &Path) -> Value {
    let config = Config {
        inputs: vec![InputSpec {
            path: folder.to_owned(),
            role: None,
        }],
        threads: Some(1),
        ..Config::default()
    };
    serde_json::to_value(run(&config, &()).unwrap().report).unwrap()
}

fn boot(second: u32) -> String {
    [
        "INFO:     Started server process [1]\n",
        "INFO:     Application startup complete.\n",
    ]
    .iter()
    .map(|log| {
        let time = format!("2026-11-20T09:{second:02}:01.123456789Z");
        format!(
            "{}\n",
            json!({"log": log, "stream": "stderr", "time": time})
        )
    })
    .collect()
}

fn startups(report: &Value) -> Vec<Value> {
    report["services"][0]["startups"]
        .as_array()
        .unwrap()
        .clone()
}

#[test]
fn the_engines_tree_is_read_as_it_stands() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("containers").join(ID);
    std::fs::create_dir_all(folder.join("mounts/shm")).unwrap();
    std::fs::create_dir_all(folder.join("checkpoints")).unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.join(name), text).unwrap();
    write(&format!("{ID}-json.log"), &boot(30));
    write(&format!("{ID}-json.log.1"), &boot(10));
    write("hostname", "1df37d801ee7\n");
    write("hosts", "127.0.0.1 localhost\n");
    write("resolv.conf", "nameserver 127.0.0.11\n");
    write("resolv.conf.hash", "0123\n");
    write("mounts/shm/left.log", "Started server process [9]\n");
    write(
        "config.v2.json",
        &json!({
            "ID": ID, "Name": "/web", "Created": "2026-11-20T09:09:59Z", "RestartCount": 0,
            "HasBeenManuallyStopped": true, "HasBeenStartedBefore": true,
            "Config": {"Image": "app:1", "Labels": {"com.docker.compose.project": "shop", "com.docker.compose.service": "web"}},
            "State": {"Running": false, "ExitCode": 143, "StartedAt": "2026-11-20T09:30:00.5Z", "FinishedAt": "2026-11-20T09:40:00Z"},
        })
        .to_string(),
    );
    write(
        "hostconfig.json",
        &json!({"Binds": null, "NetworkMode": "bridge", "RestartPolicy": {"Name": "unless-stopped", "MaximumRetryCount": 0}}).to_string(),
    );
    let report = analyse(root.path());
    let kinds: Vec<&str> = report["inputs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|input| input["kind"].as_str().unwrap())
        .collect();
    assert_eq!(
        kinds,
        [
            "json-file-log",
            "json-file-log",
            "container-config",
            "container-config"
        ]
    );
    assert!(
        report["inputs"]
            .as_array()
            .unwrap()
            .iter()
            .all(|input| input["warnings"] == json!([]))
    );
    assert_eq!(report["services"].as_array().unwrap().len(), 1);
    assert_eq!(report["services"][0]["name"], "web");
    assert_eq!(startups(&report).len(), 2);
    let runs = report["services"][0]["containers"][0]["runs"]
        .as_array()
        .unwrap()
        .clone();
    assert_eq!(runs.len(), 2);
    assert_eq!(runs[1]["ended_by"], "api-stop");
}

fn entry(fields: &Value) -> String {
    format!("{fields}\n")
}

fn container_entry(second: u32, epoch: &str, message: &str) -> String {
    entry(&json!({
        "__REALTIME_TIMESTAMP": format!("17636316{second:02}123456"), "CONTAINER_ID": &ID[..12],
        "CONTAINER_ID_FULL": ID, "CONTAINER_NAME": "web", "CONTAINER_LOG_EPOCH": epoch, "PRIORITY": "3",
        "SYSLOG_IDENTIFIER": &ID[..12], "_COMM": "dockerd", "MESSAGE": message,
    }))
}

fn host_entry(second: u32, program: &str, message: &str) -> String {
    entry(&json!({
        "__REALTIME_TIMESTAMP": format!("17636316{second:02}123456"), "SYSLOG_IDENTIFIER": program,
        "MESSAGE": message,
    }))
}

#[test]
fn an_exported_journal_is_the_containers_log_and_the_hosts_evidence() {
    let root = tempfile::tempdir().unwrap();
    let journal = [
        container_entry(10, "e1", "INFO:     Started server process [1]"),
        container_entry(11, "e1", "INFO:     Application startup complete."),
        host_entry(40, "net-repair", "restarting container web"),
        host_entry(41, "dockerd", "time=\"2025-11-20T09:40:41Z\" level=warning msg=\"ShouldRestart failed, container will not be restarted\" container=1df37d801ee7ddbba5ab6ad4434afab06e81230114173545a9672f14131cccf0 daemonShuttingDown=false hasBeenManuallyStopped=true"),
        container_entry(43, "e2", "INFO:     Started server process [1]"),
        container_entry(44, "e2", "INFO:     Application startup complete."),
    ]
    .concat();
    std::fs::write(root.path().join("journal.json"), journal).unwrap();
    let report = analyse(root.path());
    assert_eq!(report["inputs"].as_array().unwrap().len(), 1);
    let found = startups(&report);
    assert_eq!(found.len(), 2);
    assert_eq!(found[1]["cause"], "host-automation-restart", "{}", found[1]);
    let cited: Vec<u64> = found[1]["evidence"]
        .as_array()
        .unwrap()
        .iter()
        .map(|evidence| evidence["line"].as_u64().unwrap())
        .collect();
    assert!(cited.contains(&3), "{}", found[1]);
}

#[test]
fn the_log_drivers_epoch_delimits_runs_and_nothing_else_does() {
    let root = tempfile::tempdir().unwrap();
    let message = "INFO:     Started server process [1]";
    let one = container_entry(10, "e1", message) + &container_entry(20, "e1", message);
    std::fs::write(root.path().join("journal.json"), &one).unwrap();
    let runs = |report: &Value| {
        report["services"][0]["containers"][0]["runs"]
            .as_array()
            .unwrap()
            .len()
    };
    assert_eq!(runs(&analyse(root.path())), 1);
    // A program that says less: nothing but the epoch shows the second run.
    let two = container_entry(10, "e1", message)
        + &container_entry(20, "e2", "INFO:     Started server process [8]");
    std::fs::write(root.path().join("journal.json"), two).unwrap();
    assert_eq!(runs(&analyse(root.path())), 2);
}

#[test]
fn a_journal_in_text_form_feeds_both() {
    let root = tempfile::tempdir().unwrap();
    let journal = "\
2026-11-20T09:00:10.123456+0000 host 1df37d801ee7[812]: INFO:     Started server process [1]
2026-11-20T09:00:11.123456+0000 host 1df37d801ee7[812]: INFO:     Application startup complete.
2026-11-20T09:00:40.123456+0000 host net-repair[77]: restarting container 1df37d801ee7
2026-11-20T09:00:43.123456+0000 host 1df37d801ee7[812]: INFO:     Started server process [1]
";
    std::fs::write(root.path().join("journal.log"), journal).unwrap();
    let report = analyse(root.path());
    let found = startups(&report);
    assert_eq!(found.len(), 2, "{report}");
    assert_eq!(found[0]["container_id"], &ID[..12]);
    assert_eq!(found[1]["cause"], "host-automation-restart", "{}", found[1]);
}
