use super::*;

fn kind(text: &str) -> Option<InputKind> {
    recognise_document(text.as_bytes())
}

fn recognised(text: &str) -> Option<&'static str> {
    recognise(text.as_bytes()).map(|row| row.name)
}

#[test]
fn names_differ_and_every_kind_has_samples() {
    let mut names: Vec<&str> = KINDS.iter().map(|row| row.name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), KINDS.len());
    for row in KINDS {
        assert!(!row.samples.is_empty(), "{}", row.name);
        assert!(!row.counter_samples.is_empty(), "{}", row.name);
    }
}

#[test]
fn each_sample_is_recognised_as_its_own_kind() {
    for row in KINDS {
        for text in row.samples {
            assert_eq!(recognised(text), Some(row.name), "{text}");
        }
    }
}

#[test]
fn no_counter_sample_is_recognised_as_its_kind() {
    for row in KINDS {
        for text in row.counter_samples {
            assert_ne!(recognised(text), Some(row.name), "{text}");
        }
    }
}

#[test]
fn each_reader_finds_records_in_its_samples() {
    for row in KINDS {
        for text in row.samples {
            let given = Given {
                input: InputId(0),
                bytes: text.as_bytes(),
                zone: &Zone::Utc,
                year_hint: Some(2026),
                container_id: Some("82"),
            };
            let records = match row.reader {
                Reader::InParts => events::parse(given.input, given.bytes, given.zone).into(),
                Reader::Whole(read) => read(&given),
            };
            assert!(!records.is_empty(), "{}: {text}", row.name);
        }
    }
}

#[test]
fn rows_of_one_kind_are_told_and_read_alike() {
    for row in KINDS {
        let first = row_for(row.kind).unwrap();
        assert_eq!(row.words, first.words, "{}", row.name);
        assert_eq!(row.lacks_year, first.lacks_year, "{}", row.name);
        let in_parts = |row: &DocumentKind| matches!(row.reader, Reader::InParts);
        assert_eq!(in_parts(row), in_parts(first), "{}", row.name);
    }
}

#[test]
fn json_documents() {
    for (text, expected) in [
        (
            r#"{"status":"create","id":"1d","from":"a:1","Type":"container","Action":"create","Actor":{"ID":"1d"},"time":1}"#,
            InputKind::DockerEvents,
        ),
        (
            "\u{1e}{\"Type\":\"network\",\"Action\":\"connect\",\"Actor\":{\"ID\":\"d2",
            InputKind::DockerEvents,
        ),
        (
            "[\n {\n \"Type\": \"container\",\n \"Action\": \"die\"",
            InputKind::DockerEvents,
        ),
        (
            r#"{"status":"die","id":"1d","from":"a","time":1795167671}"#,
            InputKind::DockerEvents,
        ),
        (
            r#"{"ID":"1d","Image":"a","Name":"b","Status":"died","Time":"2026-11-20T09:44:40Z","Type":"container"}"#,
            InputKind::DockerEvents,
        ),
        (
            r#"{"action":"kill","attributes":{},"id":"1d","service":"a","time":"2026-11-20T09:44:40Z","type":"container"}"#,
            InputKind::DockerEvents,
        ),
        (
            r#"{"PODMAN_EVENT":"died","MESSAGE":"x"}"#,
            InputKind::DockerEvents,
        ),
        (
            "[\n    {\n        \"Id\": \"825012d9ba1f\",\n        \"Created\": \"x\",\n        \"Path\": \"python3\",\n        \"Args\": [\n            \"{\\\"a\"",
            InputKind::DockerInspect,
        ),
        (
            r#"[{"Id":"82","State":{"Status":"running"}}]"#,
            InputKind::DockerInspect,
        ),
        (
            r#"{"StreamConfig":{},"State":{"Running":true"#,
            InputKind::ContainerConfig,
        ),
        (
            r#"{"State":{"Running":true},"ID":"82""#,
            InputKind::ContainerConfig,
        ),
        (
            "[\n    {\n        \"Name\": \"bridge\",\n        \"Id\": \"d2\",\n        \"Scope\": \"local\"",
            InputKind::NetworkInspect,
        ),
        (
            r#"[{"name":"podman","id":"2f","driver":"bridge","network_interface":"podman0"}]"#,
            InputKind::NetworkInspect,
        ),
        (
            r#"{"__REALTIME_TIMESTAMP":"1795167685250000","SYSLOG_IDENTIFIER":"dockerd","MESSAGE":"time=\"2026-11-20T09:41:25.2Z\" level=info msg=\"Starting up\""}"#,
            InputKind::DaemonLog,
        ),
        (
            r#"{"level":"info","msg":"Loading containers: start.","time":"2026-11-20T09:41:25.2Z"}"#,
            InputKind::DaemonLog,
        ),
        (
            r#"{"__REALTIME_TIMESTAMP":"1795167685250000","SYSLOG_IDENTIFIER":"netfix","MESSAGE":"docker restart x"}"#,
            InputKind::HostLog,
        ),
    ] {
        assert_eq!(kind(text), Some(expected), "{text}");
    }
}

#[test]
fn text_documents() {
    for (text, expected) in [
        (
            "2026-11-20T09:51:57.331267414Z container kill 1df37d801ee7 (image=a, name=b, signal=9)\n",
            InputKind::DockerEvents,
        ),
        (
            "events-1  | {\"Type\":\"container\",\"Action\":\"die\",\"Actor\":{\"ID\":\"1d\"},\"time\":1795167671}\n",
            InputKind::DockerEvents,
        ),
        (
            "time=\"2026-11-20T10:50:40.45Z\" level=info msg=\"connecting to shim 82\" address=x namespace=moby protocol=ttrpc version=3\n",
            InputKind::DaemonLog,
        ),
        (
            "Nov 20 09:48:45 vm systemd[1]: Stopping Docker Application Container Engine...\nNov 20 09:48:45 vm dockerd[812]: time=\"2026-11-20T10:48:45.6Z\" level=info msg=\"Processing signal 'terminated'\"\n",
            InputKind::DaemonLog,
        ),
        (
            "Nov 20 09:48:45 vm dockerd[812]: time=\"2026-11-20T10:48:45.6Z\" level=info msg=\"Processing signal 'terminated'\"\nNov 20 09:48:45 vm CRON[8]: (root) CMD (docker restart x)\n",
            InputKind::HostLog,
        ),
        (
            "20-11-2026 09:44:29 Container /pms-backend (b31727093b3f) found to be unhealthy - Restarting container now with 10s timeout\nb31727093b3f\n",
            InputKind::HostLog,
        ),
        (
            "time=\"2026-11-20T09:44:29Z\" level=info msg=\"Found new a:1 image (0123)\"\n",
            InputKind::HostLog,
        ),
        (
            "2026-11-20T09:41:25.841Z pms-backend-netfix: WARN: pms-backend cannot resolve 'database', connecting pms_net and restarting\npms-backend\n2026-11-20T09:41:27.194Z pms-backend-netfix: restarted pms-backend\n",
            InputKind::HostLog,
        ),
        (
            "2026-11-20T09:59:37.381Z pms-backend-netfix: OK: pms-backend resolves database\n",
            InputKind::HostLog,
        ),
        (
            "2026-11-20T09:58:26.893Z pms-backend-bounce: scheduled restart of pms-backend\npms-backend\n",
            InputKind::HostLog,
        ),
        (
            "Nov 20 09:43:18 vm pms-worker-api-bounce[27397]: attached pms-worker-api to pms_net\n",
            InputKind::HostLog,
        ),
        (
            "Nov 20 09:43:18 vm systemd[1]: Started pms-netfix.service - Repairs the network.\n",
            InputKind::HostLog,
        ),
        (
            "[2025-12-29 14:32:01 UTC] ACTION: Restarting pms-backend...\n[2025-12-29 14:32:03 UTC] SUCCESS: Restarted pms-backend\n",
            InputKind::HostLog,
        ),
        (
            "\nStart-Date: 2026-11-20  06:12:01\nCommandline: /usr/bin/unattended-upgrade\nUpgrade: a:amd64 (1, 2)\n",
            InputKind::HostLog,
        ),
    ] {
        assert_eq!(kind(text), Some(expected), "{text}");
    }
}

#[test]
fn logs_of_containers_are_left_alone() {
    for text in [
        "",
        "\n\n",
        r#"{"log":"INFO:     Started server process [1]\n","stream":"stderr","time":"2026-11-20T09:41:12.9Z"}"#,
        r#"{"CONTAINER_NAME":"a","CONTAINER_ID":"1d","MESSAGE":"restarting x","__REALTIME_TIMESTAMP":"1795167685250000"}"#,
        r#"{"level":"info","msg":"server started","time":"2026-11-20T09:41:25.2Z"}"#,
        "2026-11-20T09:41:12.912345678Z INFO:     Started server process [1]\n",
        "2026-11-20T09:41:12.912345678Z pms-backend-netfix: restarting pms-backend\n",
        "INFO:     Started server process [1]\nINFO:     Waiting for application startup.\n",
        "[2026-11-20 09:42:47 +0000] [1] [INFO] Starting gunicorn 21.2.0\n[2026-11-20 09:42:47 +0000] [7] [INFO] Booting worker with pid: 7\n",
        "2026-11-20 09:42:47.123 UTC [1] LOG:  starting PostgreSQL 16.1\n",
        "2026-11-20 09:42:47,123 INFO supervisord started with pid 1\n2026-11-20 09:42:48,123 INFO spawned: 'api' with pid 9\n",
        "backend-1  | INFO:     Started server process [1]\n",
        "2026-11-20T09:41:25.8Z api-server: starting api\n",
        "2026/11/20 09:42:47 [notice] 1#1: start worker processes\n",
        "time=\"2026-11-20T10:50:40Z\" level=info msg=\"Configuration loaded from flags.\"\n",
        "#!/bin/sh\n# restarts the container\ndocker restart pms-backend\n",
        "#!/bin/sh\necho \"$d Container $n found to be unhealthy - Restarting container now\"\n",
        "2026-11-20T09:41:25.8Z stdout F restarting container x\n",
    ] {
        assert_eq!(kind(text), None, "{text}");
    }
}

#[test]
fn no_bytes_make_it_fail() {
    let text =
        "[{\"Id\":\"8\\\"2\",\"State\":{}}]\n2026-11-20T09:41:25.841Z x-netfix: restarting x\n";
    for at in 0..text.len() {
        let _ = recognise_document(&text.as_bytes()[..at]);
        let _ = recognise_document(&text.as_bytes()[at..]);
        for flip in [0x01, 0x20, 0x80] {
            let mut bytes = text.as_bytes().to_vec();
            bytes[at] ^= flip;
            let _ = recognise_document(&bytes);
        }
    }
}
