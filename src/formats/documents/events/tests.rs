use super::*;
use crate::model::event::ExecId;
use crate::model::{EventKind, Health};
use chrono::FixedOffset;
use serde_json::Value;

const ID: &str = "1df37d801ee7ddbba5ab6ad4434afab06e81230114173545a9672f14131cccf0";
const CREATE: &str = r#"{"status":"create","id":"1df37d801ee7ddbba5ab6ad4434afab06e81230114173545a9672f14131cccf0","from":"pms-backend:1.4.0","Type":"container","Action":"create","Actor":{"ID":"1df37d801ee7ddbba5ab6ad4434afab06e81230114173545a9672f14131cccf0","Attributes":{"image":"pms-backend:1.4.0","name":"pms-backend","org.opencontainers.image.revision":"00a2060","org.opencontainers.image.version":"1.4.0"}},"scope":"local","time":1795167671,"timeNano":1795167671682449089}"#;
const CONNECT: &str = r#"{"Type":"network","Action":"connect","Actor":{"ID":"d2138fd7b9bcde0f7e9d57eefc6caba7ea708447a170070ce0281216afef90cc","Attributes":{"container":"1df37d801ee7ddbba5ab6ad4434afab06e81230114173545a9672f14131cccf0","name":"bridge","type":"bridge"}},"scope":"local","time":1795167671,"timeNano":1795167671802625851}"#;

fn all(text: impl AsRef<[u8]>) -> Parsed<Event> {
    parse(InputId(0), text.as_ref(), &Zone::Utc)
}

fn one(text: &str) -> Event {
    let parsed = all(text);
    assert_eq!(parsed.problems, [], "{text}");
    assert_eq!(parsed.records.len(), 1, "{text}");
    parsed.records.into_iter().next().unwrap().value
}

#[test]
fn a_container_event_of_docker() {
    let event = one(CREATE);
    assert_eq!(event.kind, EventKind::Create);
    assert_eq!(event.container_id.as_deref(), Some(ID));
    assert_eq!(event.name.as_deref(), Some("pms-backend"));
    assert_eq!(event.image.as_deref(), Some("pms-backend:1.4.0"));
    assert_eq!(event.labels.len(), 2);
    assert_eq!(
        event.time.timestamp_nanos_opt(),
        Some(1_795_167_671_682_449_089)
    );
}

#[test]
fn the_same_event_without_the_old_keys_or_nanoseconds() {
    let new = CREATE
        .split_once(r#""Type""#)
        .map(|(_, rest)| format!(r#"{{"Type"{rest}"#))
        .unwrap();
    assert_eq!(one(&new), one(CREATE));
    let coarse = new.replace(r#","timeNano":1795167671682449089"#, "");
    assert_eq!(one(&coarse).time.timestamp_millis(), 1_795_167_671_000);
}

#[test]
fn a_network_event_is_about_its_container() {
    let event = one(CONNECT);
    assert_eq!(event.container_id.as_deref(), Some(ID));
    let EventKind::NetworkConnect {
        network_id,
        network,
    } = event.kind
    else {
        panic!("{:?}", event.kind);
    };
    assert!(network_id.starts_with("d2138fd7"));
    assert_eq!(&*network, "bridge");
}

#[test]
fn every_framing_gives_the_same_events() {
    let expected: Vec<Event> = all(format!("{CREATE}\n{CONNECT}\n"))
        .records
        .into_iter()
        .map(|record| record.value)
        .collect();
    assert_eq!(expected.len(), 2);
    let pretty = |text: &str| {
        serde_json::to_string_pretty(&serde_json::from_str::<Value>(text).unwrap()).unwrap()
    };
    for text in [
        format!("{CREATE}{CONNECT}"),
        format!("{CREATE}\r\n\r\n{CONNECT}"),
        format!("[{CREATE},{CONNECT}]"),
        format!("[\n  {},\n  {}\n]\n", pretty(CREATE), pretty(CONNECT)),
        format!("{}\n{}", pretty(CREATE), pretty(CONNECT)),
        format!("\x1e{CREATE}\n\x1e{CONNECT}\n"),
        format!("\u{feff}{CREATE}\n{CONNECT}"),
        format!("events-1  | {CREATE}\nevents-1  | {CONNECT}"),
        format!("2026-11-20T09:41:11.9Z {CREATE}\nNov 20 09:41:12 vm docker[9]: {CONNECT}"),
        format!("\0\0\0\0{CREATE}\n{CONNECT}"),
        [CREATE, CONNECT]
            .map(|text| serde_json::json!({"MESSAGE": text, "_COMM": "docker"}).to_string())
            .join("\n"),
    ] {
        let parsed = all(&text);
        assert_eq!(parsed.problems, [], "{text}");
        let events: Vec<Event> = parsed.records.into_iter().map(|r| r.value).collect();
        assert_eq!(events, expected, "{text}");
    }
}

#[test]
fn citations_name_line_and_offset() {
    let parsed = all(format!("\n{CREATE}\r\n{CONNECT}"));
    let places: Vec<(u64, u64)> = parsed
        .records
        .iter()
        .map(|record| (record.citation.place.line, record.citation.place.offset))
        .collect();
    assert_eq!(places, [(2, 1), (3, CREATE.len() as u64 + 3)]);
    assert_eq!(
        parsed.records[0].citation.text.as_bytes(),
        CREATE.as_bytes()
    );
    assert_eq!(
        parsed.records[0].citation.time,
        Some(parsed.records[0].value.time)
    );
    assert_eq!(parsed.lines, 3);
}

fn container(action: &str, attributes: &str) -> Event {
    one(&format!(
        r#"{{"Type":"container","Action":"{action}","Actor":{{"ID":"{ID}","Attributes":{{{attributes}}}}},"timeNano":1795167671802625851}}"#
    ))
}

#[test]
fn actions_with_values() {
    assert_eq!(
        container("die", r#""exitCode":"137","execDuration":"12","name":"x""#).kind,
        EventKind::Die {
            exit_code: Some(137),
            duration_s: Some(12)
        }
    );
    // A label called exitCode hides the event's own value.
    assert_eq!(
        container("die", r#""exitCode":"unknown""#).kind,
        EventKind::Die {
            exit_code: None,
            duration_s: None
        }
    );
    assert_eq!(
        container("kill", r#""signal":"15""#).kind,
        EventKind::Kill { signal: Some(15) }
    );
    assert_eq!(
        container("kill", r#""signal":"SIGHUP""#).kind,
        EventKind::Kill { signal: Some(1) }
    );
    let renamed = container("rename", r#""oldName":"/a","name":"b""#);
    assert_eq!(
        renamed.kind,
        EventKind::Rename {
            old_name: Some("a".into())
        }
    );
    assert_eq!(renamed.name.as_deref(), Some("b"));
    assert_eq!(
        container("health_status: unhealthy", "").kind,
        EventKind::Health(Health::Unhealthy)
    );
    assert_eq!(
        container("health_status: running", "").kind,
        EventKind::Health(Health::Other("running".into()))
    );
    let exec = container("exec_create: getent hosts a:b ", r#""execID":"e1","x":"y""#);
    assert_eq!(
        exec.kind,
        EventKind::ExecCreate {
            exec_id: Some(ExecId::new(ID, "e1")),
            command: "getent hosts a:b".into()
        }
    );
    assert!(exec.labels.is_empty());
    assert_eq!(
        container("exec_die", r#""execID":"e1","exitCode":"2""#).kind,
        EventKind::ExecDie {
            exec_id: Some(ExecId::new(ID, "e1")),
            exit_code: Some(2),
            command: None,
        }
    );
    assert_eq!(
        container("resize", "").kind,
        EventKind::Other("container resize".into())
    );
}

#[test]
fn a_label_called_image_does_not_hide_the_image() {
    let event = one(&CREATE.replace(r#""image":"pms-backend:1.4.0""#, r#""image":"a label""#));
    assert_eq!(event.image.as_deref(), Some("pms-backend:1.4.0"));
}

#[test]
fn services_and_images() {
    let event = one(
        r#"{"Type":"service","Action":"update","Actor":{"ID":"l2rtdpv7615m9ea4lpzuatmxc","Attributes":{"image.new":"checkin:5.2.0","image.old":"checkin:5.1.0","name":"frontdesk_checkin"}},"scope":"swarm","time":1795171531,"timeNano":1795171531690921247}"#,
    );
    let EventKind::Service {
        action,
        service_id,
        service,
        attributes,
    } = event.kind
    else {
        panic!("{:?}", event.kind);
    };
    assert_eq!(
        (&*action, service.as_deref()),
        ("update", Some("frontdesk_checkin"))
    );
    assert_eq!(&*service_id, "l2rtdpv7615m9ea4lpzuatmxc");
    assert_eq!(attributes["image.old"], "checkin:5.1.0");
    assert_eq!(event.container_id, None);
    let event = one(
        r#"{"status":"tag","id":"sha256:12","Type":"image","Action":"tag","Actor":{"ID":"sha256:12","Attributes":{"name":"a:1"}},"time":1795171531}"#,
    );
    assert_eq!(event.kind, EventKind::Other("image tag".into()));
    assert_eq!(event.container_id, None);
}

#[test]
fn events_from_before_types() {
    let text =
        format!(r#"{{"status":"die","id":"{ID}","from":"busybox:latest","time":1795167671}}"#);
    let event = one(&text);
    assert_eq!(
        event.kind,
        EventKind::Die {
            exit_code: None,
            duration_s: None
        }
    );
    assert_eq!(event.image.as_deref(), Some("busybox:latest"));
    let line = format!("2015-12-28T19:52:03.000000000+01:00 {ID}: (from busybox:latest) die");
    let event = one(&line);
    assert_eq!(
        event.kind,
        EventKind::Die {
            exit_code: None,
            duration_s: None
        }
    );
    assert_eq!(event.image.as_deref(), Some("busybox:latest"));
    assert_eq!(event.container_id.as_deref(), Some(ID));
}

#[test]
fn events_of_compose() {
    let json = format!(
        r#"{{"time":"2026-11-20T10:41:11.25+01:00","type":"container","service":"api","id":"{ID}","action":"kill","attributes":{{"signal":"15","name":"p-api-1","image":"api:1"}}}}"#
    );
    let event = one(&json);
    assert_eq!(event.kind, EventKind::Kill { signal: Some(15) });
    assert_eq!(event.labels["com.docker.compose.service"], "api");
    let text = format!(
        "2026-11-20 10:41:11.250000 container kill {ID} (signal=15, name=p-api-1, image=api:1)\n"
    );
    let zone = Zone::Fixed(FixedOffset::east_opt(3600).unwrap());
    let parsed = parse(InputId(0), text.as_bytes(), &zone);
    assert_eq!(parsed.records[0].value.time, event.time);
    assert_eq!(parsed.records[0].value.kind, event.kind);
    assert_eq!(parsed.records[0].value.name.as_deref(), Some("p-api-1"));
    // The zone had to be assumed, which is said once.
    assert_eq!((parsed.problems.len(), parsed.problems[0].skipped), (1, 0));
}

#[test]
fn events_of_podman() {
    let json = |status: &str, more: &str| {
        one(&format!(
            r#"{{"ID":"{ID}","Image":"localhost/api:1","Name":"api","Status":"{status}","Time":"2026-11-20T09:44:40.061921679+00:00","Type":"container","Attributes":{{"app":"api"}}{more}}}"#
        ))
    };
    let died = json("died", r#","ContainerExitCode":137"#);
    assert_eq!(
        died.kind,
        EventKind::Die {
            exit_code: Some(137),
            duration_s: None
        }
    );
    assert_eq!(died.name.as_deref(), Some("api"));
    assert_eq!(died.labels["app"], "api");
    assert_eq!(
        json("died", "").kind,
        EventKind::Die {
            exit_code: Some(0),
            duration_s: None
        }
    );
    assert_eq!(json("remove", "").kind, EventKind::Destroy);
    assert_eq!(json("restart", "").kind, EventKind::Restart);
    assert_eq!(
        json("exec_died", "").kind,
        EventKind::ExecDie {
            exec_id: None,
            command: None,
            exit_code: None
        }
    );
    assert_eq!(
        json("cleanup", "").kind,
        EventKind::Other("container cleanup".into())
    );
    assert_eq!(
        json("health_status", r#","HealthStatus":"healthy""#).kind,
        EventKind::Health(Health::Healthy)
    );
    let refresh = one(
        r#"{"Name":"","Status":"refresh","Time":"2026-11-20T09:44:40Z","Type":"system","Attributes":null}"#,
    );
    assert_eq!(refresh.kind, EventKind::EngineRefresh);
    let text = "2019-03-02 10:33:42.312377447 -0600 CST container died 34503c192940 (image=docker.io/library/alpine:latest, name=friendly_allen, health_status=, PODMAN_SYSTEMD_UNIT=a.service)";
    let event = one(text);
    assert_eq!(
        event.kind,
        EventKind::Die {
            exit_code: None,
            duration_s: None
        }
    );
    assert_eq!(event.container_id.as_deref(), Some("34503c192940"));
    assert_eq!(
        event.time.to_rfc3339(),
        "2019-03-02T16:33:42.312377447+00:00"
    );
    let entry = format!(
        r#"{{"MESSAGE":"container died","PODMAN_EVENT":"died","PODMAN_TYPE":"container","PODMAN_TIME":"2026-11-20T09:44:40Z","PODMAN_ID":"{ID}","PODMAN_NAME":"api","PODMAN_IMAGE":"api:1","PODMAN_EXIT_CODE":"1"}}"#
    );
    assert_eq!(
        one(&entry).kind,
        EventKind::Die {
            exit_code: Some(1),
            duration_s: None
        }
    );
    let without_code = entry.replace(r#","PODMAN_EXIT_CODE":"1""#, "");
    assert_eq!(
        one(&without_code).kind,
        EventKind::Die {
            exit_code: None,
            duration_s: None
        }
    );
}

#[test]
fn events_of_podmans_own_api() {
    let event = |action: &str, code: u8| {
        one(&format!(
            r#"{{"status":"{action}","id":"{ID}","from":"python:3","Type":"container","Action":"{action}","Actor":{{"ID":"{ID}","Attributes":{{"containerExitCode":"{code}","image":"python:3","name":"calm","podId":""}}}},"scope":"local","time":1747066199,"timeNano":1747066199800000000}}"#
        ))
    };
    for code in [0, 42] {
        assert_eq!(
            event("died", code).kind,
            EventKind::Die {
                exit_code: Some(code.into()),
                duration_s: None
            }
        );
    }
    assert_eq!(event("remove", 0).kind, EventKind::Destroy);
    assert_eq!(event("start", 0).kind, EventKind::Start);
    // The code of another event says nothing, and neither is a label.
    assert_eq!(
        event("exec_died", 0).kind,
        EventKind::ExecDie {
            exec_id: None,
            command: None,
            exit_code: None
        }
    );
    assert!(event("start", 0).labels.is_empty());
}

#[test]
fn text_lines() {
    let event = one(&format!(
        "2026-11-20T10:41:11.682449089+01:00 container create {ID} (image=pms-backend:1.4.0, name=pms-backend, org.opencontainers.image.revision=00a2060, org.opencontainers.image.version=1.4.0)"
    ));
    assert_eq!(event, one(CREATE));
    let event = one(&format!(
        "2026-11-20T10:48:39.994650797Z container exec_create: /bin/sh -c curl (a, b) http://127.0.0.1:8000/health || exit 1 {ID} (execID=b963, image=a:1, name=a)"
    ));
    let EventKind::ExecCreate { exec_id, command } = event.kind else {
        panic!("{:?}", event.kind);
    };
    assert_eq!(exec_id, Some(ExecId::new(ID, "b963")));
    assert_eq!(
        &*command,
        "/bin/sh -c curl (a, b) http://127.0.0.1:8000/health || exit 1"
    );
    let event = one(
        "2026-11-20T10:45:20.720Z service create l2rtdpv7615m9ea4lpzuatmxc (name=frontdesk_checkin)",
    );
    assert!(matches!(event.kind, EventKind::Service { .. }));
}

#[test]
fn text_values_may_hold_separators() {
    let event = one(&format!(
        "2026-11-20T09:41:25Z container die {ID} (description=x, name=evil (y), exitCode=7, zz=1, execDuration=12, exitCode=1, image=a:1, maintainer=A, B <a=b>, name=real, org.x=a=b, c, org.y=)"
    ));
    assert_eq!(
        event.kind,
        EventKind::Die {
            exit_code: Some(1),
            duration_s: Some(12)
        }
    );
    assert_eq!(event.name.as_deref(), Some("real"));
    assert_eq!(event.image.as_deref(), Some("a:1"));
    assert_eq!(event.labels["maintainer"], "A, B <a=b>");
    assert_eq!(event.labels["org.x"], "a=b, c");
    assert_eq!(event.labels["org.y"], "");
}

#[test]
fn a_text_value_may_span_lines() {
    let text = format!(
        "2026-11-20T09:41:25Z container stop {ID} (image=a:1, license=line one\nline two, name=a)\n2026-11-20T09:41:26Z container start {ID} (image=a:1, name=a)\n"
    );
    let parsed = all(&text);
    assert_eq!(parsed.problems, []);
    assert_eq!(parsed.records.len(), 2);
    assert_eq!(
        parsed.records[0].value.labels["license"],
        "line one\nline two"
    );
    assert_eq!(parsed.records[1].citation.place.line, 3);
}

#[test]
fn broken_lines_are_said_once_a_run_and_do_not_stop_the_rest() {
    let cut = &CREATE[..200];
    let text = format!("{cut}\nnot an event\n\0\0\0\n{CONNECT}\n{{\"a\":1}}\n{CREATE}\n{cut}");
    let parsed = all(&text);
    assert_eq!(parsed.records.len(), 2);
    let seen: Vec<(u64, u64)> = parsed
        .problems
        .iter()
        .map(|p| (p.line, p.skipped))
        .collect();
    assert_eq!(seen, [(1, 3), (5, 1), (7, 1)]);
    // A record that was cut by the next one on the same line.
    let parsed = all(format!("{cut}{CONNECT}\n{CREATE}\n"));
    assert_eq!((parsed.records.len(), parsed.problems.len()), (2, 1));
    // Text that was cut.
    let line = format!("2026-11-20T09:41:25Z container die {ID} (exitCode=13");
    let parsed = all(format!("{line}\n{CREATE}\n{line}"));
    assert_eq!((parsed.records.len(), parsed.problems.len()), (1, 2));
    // Bytes that are not text.
    let mut bytes = format!("{CREATE}\n{CONNECT}\n").into_bytes();
    bytes[130] = 0xff;
    let parsed = all(&bytes);
    assert_eq!((parsed.records.len(), parsed.problems.len()), (1, 1));
    assert_eq!(all("").lines, 0);
}

#[test]
fn no_bytes_make_it_fail() {
    let text = format!(
        "{CREATE}\n[{CONNECT}]\n2026-11-20T09:41:25Z container die {ID} (exitCode=1, image=a, name=b)\n2026-11-20 10:41:11.25 container kill {ID} (signal=15, name=é)\n"
    );
    for at in 0..text.len() {
        all(&text.as_bytes()[..at]);
        all(&text.as_bytes()[at..]);
        for flip in [0x01, 0x20, 0x80, 0xff] {
            let mut bytes = text.clone().into_bytes();
            bytes[at] ^= flip;
            all(&bytes);
        }
    }
}

/// Reads a document in parts that end at these line ends, as a reader of files does.
fn in_parts(text: &[u8], ends: &[usize]) -> Parsed<Event> {
    let mut whole = Whole::default();
    let mut open: Vec<u8> = Vec::new();
    let mut begin = 0;
    for &end in ends {
        open.extend_from_slice(&text[begin..end]);
        let part = part(InputId(0), &open, &Zone::Utc, end == text.len());
        open.drain(..part.used());
        whole.add(part);
        begin = end;
    }
    assert_eq!(open, b"");
    whole.into_parsed()
}

#[test]
fn a_document_in_parts_holds_what_the_whole_one_does() {
    let pretty =
        serde_json::to_string_pretty(&serde_json::from_str::<Value>(CREATE).unwrap()).unwrap();
    let exec = "2026-11-20T10:45:20.1Z container exec_create: sh -c 'a\nb' 1df37d801ee7 (execID=e1, image=x, name=y)";
    let lines = [
        CREATE,
        CONNECT,
        &CREATE[..200],
        "",
        "what is this?",
        "nor this",
        &pretty,
        exec,
        CONNECT,
        "[",
        &format!("{CREATE},{CONNECT},"),
        &format!("  {CREATE}"),
        "]",
        "{\"a\":1}",
        &format!("Nov 20 09:41:12 vm docker[9]: {CONNECT}"),
        "2026-11-20T10:45:21 container start x (image=y",
        CREATE,
    ];
    let text = lines.repeat(3).join("\n");
    let expected = all(&text);
    assert!(expected.records.len() > 20, "{}", expected.records.len());
    assert!(expected.problems.len() > 3);
    let text = text.as_bytes();
    let all_ends: Vec<usize> = memchr::memchr_iter(b'\n', text)
        .map(|end| end + 1)
        .chain([text.len()])
        .collect();
    assert_eq!(in_parts(text, &all_ends), expected);
    for end in &all_ends[..all_ends.len() - 1] {
        assert_eq!(
            in_parts(text, &[*end, text.len()]),
            expected,
            "cut at {end}"
        );
    }
}

#[test]
fn the_quick_reader_says_what_the_thorough_one_does() {
    let exec = CREATE
        .replace(
            "\"Action\":\"create\"",
            "\"Action\":\"exec_create: sh -c \\\"a \\u003e b\\\"\"",
        )
        .replace("\"name\":", "\"execID\":\"e1\",\"name\":");
    let twice = CREATE.replace("\"name\":\"pms-backend\"", "\"name\":\"a\",\"name\":\"b\"");
    let odd = [
        CREATE.replace("\"scope\":\"local\"", "\"scope\":7"),
        CREATE.replace("\"time\":1795167671", "\"time\":\"1795167671\""),
        CREATE.replace("\"timeNano\":1795167671682449089", "\"timeNano\":0"),
        CREATE.replace("\"Type\":\"container\",", ""),
        CREATE.replace("1.4.0\",\"name", "1.4.0\",\"n\":null,\"name"),
    ];
    let lines = [CREATE, CONNECT, &exec, &twice];
    for line in lines.into_iter().chain(odd.iter().map(String::as_str)) {
        let (quick, thorough) = (all(line), all(format!(" {line}")));
        assert_eq!(quick.problems, thorough.problems);
        let value = |parsed: Parsed<Event>| parsed.records.into_iter().next().map(|r| r.value);
        let (quick, thorough) = (value(quick), value(thorough));
        assert!(quick.is_some());
        assert_eq!(quick, thorough, "{line}");
    }
}
