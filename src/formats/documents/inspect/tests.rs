use super::*;

const TWO: &str = r#"[
    {
        "Id": "825012d9ba1f7293f14d653bbf904850b8421f53839ce31bae47bc990004bcb4",
        "Created": "2026-11-20T10:48:36.745025123Z",
        "State": {
            "Status": "running",
            "Running": true,
            "OOMKilled": false,
            "ExitCode": 0,
            "Error": "",
            "StartedAt": "2026-11-20T10:48:50.200577219Z",
            "FinishedAt": "2026-11-20T10:48:49.880130841Z",
            "Health": {
                "Status": "healthy",
                "Log": [
                    {
                        "ExitCode": 1,
                        "Output": "{\"Status\":\"ok\"}"
                    }
                ]
            }
        },
        "Image": "sha256:ef70af4a4a62",
        "Name": "/loyalty",
        "RestartCount": 2,
        "HostConfig": {
            "LogConfig": {"Type": "json-file"},
            "RestartPolicy": {
                "Name": "always",
                "MaximumRetryCount": 0
            }
        },
        "Config": {
            "Image": "loyalty-api:20260301",
            "Healthcheck": {
                "Test": [
                    "CMD-SHELL",
                    "curl -fsS http://127.0.0.1:8000/health || exit 1"
                ]
            },
            "Labels": {"com.docker.compose.project": "p"}
        },
        "NetworkSettings": {
            "Networks": {
                "loyalty_default": {"DNSNames": ["loyalty"]},
                "bridge": {"DNSNames": null}
            }
        }
    },
    {
        "Id": "002ace15542e",
        "State": {"FinishedAt": "0001-01-01T00:00:00Z", "StartedAt": "0001-01-01T00:00:00Z"},
        "Name": "/second"
    }
]
"#;

fn cited(snapshot: &Snapshot, name: &str) -> (u64, String) {
    let citation = &snapshot.lines[name];
    (
        citation.place.line,
        citation.text.to_lossy().trim().to_owned(),
    )
}

#[test]
fn a_container_and_the_lines_of_its_fields() {
    let parsed = parse(InputId(0), TWO.as_bytes());
    assert_eq!(parsed.problems, []);
    assert_eq!(parsed.records.len(), 2);
    let snapshot = &parsed.records[0].value;
    assert_eq!(parsed.records[0].citation.place.line, 2);
    assert!(snapshot.id.starts_with("825012d9"));
    assert_eq!(snapshot.name.as_deref(), Some("loyalty"));
    assert_eq!(snapshot.image.as_deref(), Some("loyalty-api:20260301"));
    assert_eq!(snapshot.image_id.as_deref(), Some("sha256:ef70af4a4a62"));
    assert_eq!(snapshot.status.as_deref(), Some("running"));
    assert_eq!(snapshot.running, Some(true));
    assert_eq!(snapshot.exit_code, Some(0));
    assert_eq!(snapshot.oom_killed, Some(false));
    assert_eq!(snapshot.restart_count, Some(2));
    assert_eq!(snapshot.restart_policy.as_deref(), Some("always"));
    assert_eq!(snapshot.networks, ["bridge", "loyalty_default"]);
    assert_eq!(snapshot.health.as_deref(), Some("healthy"));
    assert_eq!(
        snapshot.healthcheck.as_deref(),
        Some("/bin/sh -c curl -fsS http://127.0.0.1:8000/health || exit 1")
    );
    assert_eq!(snapshot.labels["com.docker.compose.project"], "p");
    assert_eq!(snapshot.error, None);
    assert!(snapshot.modern_engine);
    assert!(!snapshot.never_finished);
    assert_eq!(snapshot.manually_stopped, None);
    assert!(snapshot.started_at > snapshot.finished_at);
    for (name, line, text) in [
        (
            "Id",
            3,
            r#""Id": "825012d9ba1f7293f14d653bbf904850b8421f53839ce31bae47bc990004bcb4","#,
        ),
        (
            "Created",
            4,
            r#""Created": "2026-11-20T10:48:36.745025123Z","#,
        ),
        ("Status", 6, r#""Status": "running","#),
        ("OOMKilled", 8, r#""OOMKilled": false,"#),
        ("ExitCode", 9, r#""ExitCode": 0,"#),
        (
            "StartedAt",
            11,
            r#""StartedAt": "2026-11-20T10:48:50.200577219Z","#,
        ),
        (
            "FinishedAt",
            12,
            r#""FinishedAt": "2026-11-20T10:48:49.880130841Z","#,
        ),
        ("Health", 14, r#""Status": "healthy","#),
        ("Name", 24, r#""Name": "/loyalty","#),
        ("RestartCount", 25, r#""RestartCount": 2,"#),
        ("RestartPolicy", 29, r#""Name": "always","#),
        ("Image", 34, r#""Image": "loyalty-api:20260301","#),
        ("Networks", 44, r#""Networks": {"#),
    ] {
        assert_eq!(cited(snapshot, name), (line, text.to_owned()), "{name}");
    }
    assert!(!snapshot.lines.contains_key("Error"));
    let place = snapshot.lines["StartedAt"].place;
    assert!(TWO[usize::try_from(place.offset).unwrap()..].starts_with("            \"StartedAt\""));
    assert_eq!(snapshot.lines["StartedAt"].time, snapshot.started_at);
}

#[test]
fn a_container_that_never_ran() {
    let parsed = parse(InputId(0), TWO.as_bytes());
    let snapshot = &parsed.records[1].value;
    assert!(snapshot.never_finished);
    assert_eq!((snapshot.started_at, snapshot.finished_at), (None, None));
    assert_eq!(cited(snapshot, "Name").0, 53);
    assert_eq!(snapshot.restart_count, None);
    assert_eq!(snapshot.networks, [""; 0]);
}

#[test]
fn a_document_on_one_line_or_in_several_pieces() {
    let expected: Vec<String> = ids(&parse(InputId(0), TWO.as_bytes()));
    let flat = TWO.replace('\n', "").replace("    ", "");
    let parsed = parse(InputId(0), flat.as_bytes());
    assert_eq!(ids(&parsed), expected);
    assert_eq!(parsed.records[1].value.lines["Name"].place.line, 1);
    let twice = format!("{TWO}{flat}\n$ docker inspect x\nError: No such object: x\n{flat}");
    let parsed = parse(InputId(0), twice.as_bytes());
    assert_eq!(parsed.records.len(), 6);
    assert_eq!((parsed.problems.len(), parsed.problems[0].skipped), (1, 2));
}

fn ids(parsed: &Parsed<Snapshot>) -> Vec<String> {
    parsed
        .records
        .iter()
        .map(|record| record.value.id.clone())
        .collect()
}

#[test]
fn the_engines_own_file() {
    let text = br#"{"StreamConfig":{},"State":{"Running":false,"Paused":false,"Restarting":false,"OOMKilled":false,"RemovalInProgress":false,"Dead":false,"Pid":0,"ExitCode":143,"Error":"","StartedAt":"2026-11-20T10:48:50.2Z","FinishedAt":"2026-11-20T10:49:50.2Z","Health":null},"ID":"825012d9ba1f","Created":"2026-11-20T10:48:36.7Z","Managed":false,"Config":{"Image":"loyalty-api:1","Labels":{"a":"b"}},"Image":"sha256:ef70","NetworkSettings":{"Networks":{"bridge":{}}},"Name":"/loyalty","HasBeenManuallyStopped":true,"HasBeenStartedBefore":true,"RestartCount":0}"#;
    let parsed = parse(InputId(0), text);
    assert_eq!(parsed.problems, []);
    let snapshot = &parsed.records[0].value;
    assert_eq!(snapshot.id, "825012d9ba1f");
    assert_eq!(snapshot.manually_stopped, Some(true));
    assert_eq!(snapshot.status.as_deref(), Some("exited"));
    assert_eq!(snapshot.exit_code, Some(143));
    assert_eq!(snapshot.restart_policy, None);
    assert!(snapshot.lines.contains_key("HasBeenManuallyStopped"));
    assert!(!snapshot.modern_engine);
}

#[test]
fn podmans_spelling() {
    let text = br#"[{"Id":"825012d9ba1f","Created":"2026-11-20T10:48:36.7+01:00","State":{"Status":"running","Healthcheck":{"Status":"starting"}},"ImageName":"localhost/a:1","Name":"loyalty","HostConfig":{"RestartPolicy":{"Name":""}},"Config":{"Healthcheck":{"Test":["CMD","true","x"]}}}]"#;
    let parsed = parse(InputId(0), text);
    let snapshot = &parsed.records[0].value;
    assert_eq!(snapshot.image.as_deref(), Some("localhost/a:1"));
    assert_eq!(snapshot.health.as_deref(), Some("starting"));
    assert_eq!(snapshot.restart_policy.as_deref(), Some("no"));
    assert_eq!(snapshot.healthcheck.as_deref(), Some("true x"));
}

#[test]
fn other_objects_and_cut_documents_are_problems() {
    let parsed = parse(InputId(0), br#"[{"Id":"sha256:1","RepoTags":[]}]"#);
    assert_eq!((parsed.records.len(), parsed.problems.len()), (0, 1));
    // The first container is whole, the second one is not.
    let parsed = parse(InputId(0), &TWO.as_bytes()[..TWO.len() - 40]);
    assert_eq!((parsed.records.len(), parsed.problems.len()), (1, 1));
    // The first one is broken, the second one is not.
    let parsed = parse(
        InputId(0),
        TWO.replace("\"ExitCode\": 0", "\"ExitCode\": ").as_bytes(),
    );
    assert_eq!((parsed.records.len(), parsed.problems.len()), (1, 1));
    assert_eq!(parsed.problems[0].line, 2);
}

#[test]
fn no_bytes_make_it_fail() {
    for at in 0..TWO.len() {
        let _ = parse(InputId(0), &TWO.as_bytes()[..at]);
        let _ = parse(InputId(0), &TWO.as_bytes()[at..]);
        for flip in [0x01, 0x20, 0x80] {
            let mut bytes = TWO.as_bytes().to_vec();
            bytes[at] ^= flip;
            let _ = parse(InputId(0), &bytes);
        }
    }
}
