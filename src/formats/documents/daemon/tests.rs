use super::*;
use crate::model::HostAction;

const ID: &str = "2f89823200a52ca5f2b82b90954484209d8c3e704d616c204faae286e93a0380";

fn parse(text: &str) -> Parsed<JournalRecord> {
    parse_daemon(InputId(0), text.as_bytes(), &Zone::Utc, Some(2026))
}

fn one(text: &str) -> JournalRecord {
    let parsed = parse(text);
    assert_eq!(parsed.records.len(), 1, "{text}");
    parsed.records.into_iter().next().unwrap().value
}

#[test]
fn lines_about_a_container() {
    let stopped = JournalKind::NotRestarted {
        manually_stopped: true,
        shutting_down: false,
    };
    let failed = JournalKind::TaskFailed {
        service_id: Some("l2rt".into()),
        task_id: Some("mmya".into()),
    };
    for (rest, kind, named) in [
        (
            r#"level=warning msg="ShouldRestart failed, container will not be restarted" container=ID daemonShuttingDown=false error="restart canceled" execDuration=12.091090241s exitStatus="{0 2026-11-20 10:45:32.808152452 +0000 UTC}" hasBeenManuallyStopped=true restartCount=0"#,
            stopped,
            true,
        ),
        (
            r#"level=debug msg="Restarting container" container=ID exitStatus="{1 2026-11-20 10:47:20.367329373 +0000 UTC}" manualRestart=false restartCount=1"#,
            JournalKind::Restarting { manual: false },
            true,
        ),
        (
            r#"level=info msg="restarting container" container=ID exitCode=0 manualRestart=true restartCount=0 restartPolicy=always"#,
            JournalKind::Restarting { manual: true },
            true,
        ),
        (
            r#"level=info msg="Container failed to exit within 3s of signal 15 - using the force" container=ID"#,
            JournalKind::KillTimeout,
            true,
        ),
        (
            r#"level=info msg="Container ID failed to exit within 10 seconds of signal 15 - using the force""#,
            JournalKind::KillTimeout,
            true,
        ),
        (
            r#"level=info msg="starting signal loop" namespace=moby path=/run/docker/containerd/daemon/io.containerd.runtime.v2.task/moby/ID pid=13991 runtime=io.containerd.runc.v2"#,
            JournalKind::ShimStarted,
            true,
        ),
        (
            r#"level=info msg="connecting to shim ID" address="unix:///run/containerd/s/b5548ec0" namespace=moby protocol=ttrpc version=3"#,
            JournalKind::ShimStarted,
            true,
        ),
        (
            r#"level=info msg="shim disconnected" id=ID namespace=moby"#,
            JournalKind::ShimGone,
            true,
        ),
        (
            r#"level=info msg="Removing stale sandbox 00aa (ID)""#,
            JournalKind::StaleSandbox,
            true,
        ),
        (
            r#"level=error msg="fatal task error" error="task: non-zero exit (137)" module=node/agent/taskmanager service.id=l2rt task.id=mmya"#,
            failed,
            false,
        ),
    ] {
        let line = format!(
            "time=\"2026-11-20T10:45:32.838085747Z\" {}",
            rest.replace("ID", ID)
        );
        let record = one(&line);
        assert_eq!(record.kind, kind, "{line}");
        assert_eq!(record.container.as_deref(), named.then_some(ID), "{line}");
        assert_eq!(record.program.as_deref(), Some("dockerd"));
        assert_eq!(record.time.unwrap().timestamp_subsec_nanos(), 838_085_747);
    }
}

#[test]
fn the_engines_life() {
    let text = r#"time="2026-11-20T09:48:45.678414318Z" level=info msg="Processing signal 'terminated'"
time="2026-11-20T09:48:45.967599752Z" level=info msg="Daemon shutdown complete"
time="2026-11-20T09:48:50.020467565Z" level=info msg="Starting up"
time="2026-11-20T09:48:50.066012493Z" level=info msg="Loading containers: start."
time="2026-11-20T09:48:50.800000000Z" level=info msg="Loading containers: done."
time="2026-11-20T09:48:50.884625843Z" level=info msg="Daemon has completed initialization"
time="2026-11-20T09:48:50.904382153Z" level=info msg="API listen on /run/docker.sock"
"#;
    let parsed = parse(text);
    assert_eq!(parsed.problems, []);
    assert_eq!(parsed.lines, 7);
    let seen: Vec<_> = parsed
        .records
        .iter()
        .map(|record| (record.citation.place.line, record.value.kind.clone()))
        .collect();
    assert_eq!(
        seen,
        [
            (1, JournalKind::EngineStopping),
            (2, JournalKind::EngineStopped),
            (3, JournalKind::EngineStarting),
            (4, JournalKind::EngineLoading),
            (6, JournalKind::EngineReady),
            (7, JournalKind::EngineReady),
        ]
    );
}

#[test]
fn the_same_in_a_journal() {
    let text = r#"Nov 20 09:48:45 vm systemd[1]: Stopping docker.service - Docker Application Container Engine...
Nov 20 09:48:45 vm dockerd[812]: time="2026-11-20T10:48:45.678414318+01:00" level=info msg="Processing signal 'terminated'"
Nov 20 09:48:46 vm systemd[1]: docker.service: Deactivated successfully.
Nov 20 09:48:50 vm systemd[1]: Started Session 12 of user root.
Nov 20 09:48:51 vm systemd[1]: Started Docker Application Container Engine.
Nov 20 09:49:00 vm pms-backend-netfix[99]: OK: pms-backend resolves database
Nov 20 09:49:09 vm pms-backend-netfix[99]: restarting pms-backend
{"__REALTIME_TIMESTAMP":"1795167685250000","SYSLOG_IDENTIFIER":"dockerd","_SYSTEMD_UNIT":"docker.service","MESSAGE":"time=\"2026-11-20T09:41:25.2Z\" level=info msg=\"Starting up\""}
{"__REALTIME_TIMESTAMP":"1795167686250000","SYSLOG_IDENTIFIER":"systemd","UNIT":"docker.service","MESSAGE":"Started Docker Application Container Engine."}
{"__REALTIME_TIMESTAMP":"1795167686250000","CONTAINER_NAME":"a","MESSAGE":"Starting up"}
{"level":"info","msg":"Daemon shutdown complete","time":"2026-11-20T09:41:27.000000000Z"}
"#;
    let parsed = parse(text);
    let seen: Vec<_> = parsed
        .records
        .iter()
        .map(|record| {
            let value = &record.value;
            (
                record.citation.place.line,
                value.program.as_deref().unwrap(),
                value.kind.clone(),
            )
        })
        .collect();
    assert_eq!(
        seen,
        [
            (1, "systemd", JournalKind::EngineStopping),
            (2, "dockerd", JournalKind::EngineStopping),
            (3, "systemd", JournalKind::EngineStopped),
            (5, "systemd", JournalKind::EngineReady),
            (
                7,
                "pms-backend-netfix",
                JournalKind::Action(HostAction::Restart)
            ),
            (8, "dockerd", JournalKind::EngineStarting),
            (9, "systemd", JournalKind::EngineReady),
            (11, "dockerd", JournalKind::EngineStopped),
        ]
    );
    // The engine's own time is finer than the journal's and has a zone.
    let time = parsed.records[1].value.time.unwrap();
    assert_eq!(time.timestamp_subsec_nanos(), 678_414_318);
    assert_eq!(time, parsed.records[1].citation.time.unwrap());
    assert_eq!(
        parsed.records[5]
            .value
            .time
            .unwrap()
            .timestamp_subsec_millis(),
        200
    );
    assert!(parsed.problems.iter().all(|problem| problem.skipped == 0));
    // A zone and a year had to be assumed.
    assert_eq!(parsed.problems.len(), 2);
}

#[test]
fn lines_that_only_quote_a_message() {
    let text = r#"time="2026-11-20T09:41:38.776Z" level=warning msg="cleanup warnings time=\"2026-11-20T09:41:38Z\" level=info msg=\"starting signal loop\" namespace=moby pid=16387\n"
time="2026-11-20T09:41:26.99Z" level=warning msg="cleaning up after shim disconnected" id=002ace15542e namespace=moby
time="2026-11-20T09:41:26.99Z" level=debug msg="Calling POST /v1.41/containers/pms-backend/restart"
time="2026-11-20T09:41:38Z" level=info msg="starting signal loop" namespace=moby pid=16387
goroutine 1 [running]:
"#;
    let parsed = parse(text);
    assert_eq!(parsed.records, []);
    assert_eq!(parsed.problems, []);
}

#[test]
fn broken_lines() {
    let parsed = parse("time=\"2026-11-20T09:41:38Z\" level=info ms\n{\"MESSAGE\":\n\0\0\n\nok");
    assert_eq!((parsed.records.len(), parsed.lines), (0, 5));
    assert_eq!((parsed.problems.len(), parsed.problems[0].skipped), (1, 3));
}

#[test]
fn no_bytes_make_it_fail() {
    let text = format!(
        "time=\"2026-11-20T10:45:32Z\" level=info msg=\"shim \\\"disconnected\" id={ID}\nNov 20 09:48:45 vm systemd[1]: Stopping Docker Application Container Engine\n{{\"MESSAGE\":[65,66],\"__REALTIME_TIMESTAMP\":\"17\"}}\n"
    );
    for at in 0..text.len() {
        let _ = parse_daemon(InputId(0), &text.as_bytes()[..at], &Zone::Utc, None);
        for flip in [0x01, 0x20, 0x80] {
            let mut bytes = text.clone().into_bytes();
            bytes[at] ^= flip;
            let _ = parse_daemon(InputId(0), &bytes, &Zone::Utc, None);
        }
    }
}
