use super::*;
use crate::model::Cited;

fn parse(text: &str) -> Parsed<JournalRecord> {
    parse_host(InputId(0), text.as_bytes(), &Zone::Utc, Some(2026))
}

fn one(text: &str) -> JournalRecord {
    let parsed = parse(text);
    assert_eq!(parsed.records.len(), 1, "{text}");
    parsed.records.into_iter().next().unwrap().value
}

#[test]
fn actions_in_the_words_of_scripts() {
    use HostAction::{HealRestart, Kill, NetworkConnect, Replace, Restart, Start, Stop};
    for (message, action) in [
        (
            "WARN: pms-backend cannot resolve 'database', connecting pms_net and restarting",
            Restart,
        ),
        ("restarted pms-backend", Restart),
        ("[ERROR] restarting pms-backend", Restart),
        ("scheduled restart of pms-backend", Restart),
        ("ACTION: Restarting pms-backend...", Restart),
        ("SUCCESS: Restarted pms-backend", Restart),
        ("probe failed 3 times, bouncing x", Restart),
        ("restarting x because the probe failed", Restart),
        ("will restart pms-backend now", Restart),
        ("restarting docker container pms-backend", Restart),
        ("cannot reach db and restarting x", Restart),
        ("+ docker restart -t 10 pms-backend", Restart),
        (
            "running: docker --context prod compose -f a.yml restart api",
            Restart,
        ),
        ("{\"event\":\"restart\",\"target\":\"api\"}", Restart),
        (
            "Container /x (b31727093b3f) found to be unhealthy - Restarting container now with 10s timeout",
            HealRestart,
        ),
        ("x is unhealthy, restarting", HealRestart),
        ("stopping pms-worker-api", Stop),
        ("docker stop a && docker start a", Stop),
        ("starting pms-worker-api", Start),
        ("docker kill -s KILL a", Kill),
        ("attached pms-worker-api to pms_net", NetworkConnect),
        (
            "WARN: x cannot resolve 'database', connecting pms_net (no restart)",
            NetworkConnect,
        ),
        ("docker network connect pms_net pms-backend", NetworkConnect),
        ("connecting x to pms_net", NetworkConnect),
        ("Stopping /pms-backend (b31727093b3f) with SIGTERM", Replace),
        ("Creating /pms-backend", Replace),
        ("Found new pms-backend:latest image (0123456789ab)", Replace),
        ("docker rm -f a; docker run -d --name a a:2", Replace),
        ("docker compose up -d", Replace),
        ("docker service update --image a:2 a", Replace),
        ("Recreating pms_backend_1 ... done", Replace),
        ("deploying pms-backend:1.4.1", Replace),
    ] {
        let record = one(&format!("2026-11-20T09:41:25.841Z {message}"));
        assert_eq!(record.kind, JournalKind::Action(action), "{message}");
    }
}

#[test]
fn what_did_not_happen_is_a_note() {
    for message in [
        "OK: pms-backend resolves database",
        "connected",
        "OK: connected to database",
        "not restarting pms-backend",
        "no restart needed",
        "would restart pms-backend",
        "dry-run: would now restart pms-backend",
        "failed to restart pms-backend",
        "error restarting pms-backend",
        "Restarting container b31727093b3f failed",
        "restart of x failed (exit 1)",
        "restart skipped",
        "restart of pms-backend skipped, deploy running",
        "skipping restart of pms-backend",
        "last restart was 3 minutes ago",
        "restarted 5 minutes ago",
        "x restarted 3 times",
        "restart count is 0",
        "will not stop and restart x",
        "x is restarting",
        "x is already stopped",
        "checking if restart is needed",
        "waiting for x to start",
        "restarting docker",
        "systemctl restart docker.service",
        "service docker restart",
        "starting script",
        "started",
        "/usr/local/bin/restart-backend.sh finished",
        "unhealthy-restart: nothing to do",
        "docker ps --filter status=restarting",
        "docker exec x kill -0 1",
        "docker run --rm busybox true",
        "failed: docker network ls",
        "unable to docker restart x",
    ] {
        let record = one(&format!("[2026-11-20 09:41:25 UTC] {message}"));
        assert_eq!(record.kind, JournalKind::Note, "{message}");
    }
}

#[test]
fn a_repair_scripts_log() {
    let text = "2026-11-20T09:41:25.841Z pms-backend-netfix: WARN: pms-backend cannot resolve 'database', connecting pms_net and restarting
pms-backend
2026-11-20T09:41:27.194Z pms-backend-netfix: restarted pms-backend
2026-11-20T09:41:35.301Z pms-backend-netfix: OK: pms-backend resolves database
";
    let parsed = parse(text);
    assert_eq!((parsed.problems.len(), parsed.lines), (0, 4));
    let seen: Vec<_> = parsed
        .records
        .iter()
        .map(|record| (record.citation.place.line, record.value.kind.clone()))
        .collect();
    let restart = JournalKind::Action(HostAction::Restart);
    assert_eq!(
        seen,
        [(1, restart.clone()), (3, restart), (4, JournalKind::Note)]
    );
    let record = &parsed.records[1];
    assert_eq!(record.value.program.as_deref(), Some("pms-backend-netfix"));
    assert_eq!(record.value.container, None);
    assert_eq!(record.value.time, record.citation.time);
    assert!(
        record
            .citation
            .text
            .to_lossy()
            .ends_with("restarted pms-backend")
    );
}

#[test]
fn programs_and_containers() {
    for (line, program, container) in [
        (
            "Nov 20 09:43:18 vm pms-worker-api-bounce[27397]: stopping pms-worker-api",
            Some("pms-worker-api-bounce"),
            None,
        ),
        (
            "Nov 20 09:43:18 vm CRON[9]: (root) CMD (docker restart pms-backend)",
            Some("cron"),
            None,
        ),
        (
            "2026-11-20T09:43:18.1+00:00 vm crond[9]: (root) CMD (docker restart pms-backend)",
            Some("cron"),
            None,
        ),
        (
            "Nov 20 09:43:18 vm /usr/local/bin/fix.sh: restarting x",
            Some("fix.sh"),
            None,
        ),
        (
            "20-11-2026 09:44:29 Container /pms-backend (b31727093b3f) found to be unhealthy - Restarting container now with 10s timeout",
            Some("autoheal"),
            Some("b31727093b3f"),
        ),
        (
            "time=\"2026-11-20T09:44:29Z\" level=info msg=\"Stopping /pms-backend (b31727093b3f) with SIGTERM\"",
            Some("watchtower"),
            Some("b31727093b3f"),
        ),
        (
            "time=\"2026-11-20T09:44:29Z\" level=info msg=\"Creating /pms-backend\"",
            Some("watchtower"),
            Some("pms-backend"),
        ),
        (
            "time=\"2026-11-20T09:44:29Z\" level=info msg=\"restarting\" container=/pms-backend",
            None,
            Some("pms-backend"),
        ),
        (
            "2026-11-20 09:44:29 restart container=\"pms-backend\" reason=probe",
            None,
            Some("pms-backend"),
        ),
        (
            " Container pms-backend-1  Recreated",
            None,
            Some("pms-backend-1"),
        ),
        (
            "Nov 20 09:43:18 vm sudo[8]: ops : TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/usr/bin/docker restart x",
            Some("sudo"),
            None,
        ),
        (
            r#"{"__REALTIME_TIMESTAMP":"1795167685250000","SYSLOG_IDENTIFIER":"bash","_SYSTEMD_UNIT":"netfix.service","MESSAGE":"restarting x"}"#,
            Some("netfix"),
            None,
        ),
        (
            r#"{"time":"2026-11-20T09:44:29Z","level":"info","msg":"restarting x","container":"x1"}"#,
            None,
            Some("x1"),
        ),
    ] {
        let record = one(line);
        assert!(
            matches!(record.kind, JournalKind::Action(_)),
            "{line}: {record:?}"
        );
        assert_eq!(record.program.as_deref(), program, "{line}");
        assert_eq!(record.container.as_deref(), container, "{line}");
        assert_eq!(record.time.is_none(), line.starts_with(' '), "{line}");
    }
}

#[test]
fn a_host_and_a_program_without_a_pid() {
    let sudo = "mara : TTY=pts/0 ; PWD=/home/mara ; USER=root ; COMMAND=/usr/bin/docker restart x";
    for start in [
        // rsyslog's files: the old form and the ISO form; the user's name is padded.
        "Oct  6 11:30:40 app7 sudo:     ",
        "2026-10-06T11:30:40.023456+00:00 app7 sudo:      ",
        // journalctl: short, short-precise, short-full, short-iso and short-iso-precise.
        "Oct 06 11:30:40 app7 sudo[812]: ",
        "Oct 06 11:30:40.023456 app7 sudo: ",
        "Tue 2026-10-06 11:30:40 UTC app7 sudo: ",
        "2026-10-06T11:30:40+0000 app7 sudo: ",
        "2026-10-06T11:30:40+02:00 app7.example.org sudo[812]: ",
        "2026-10-06T11:30:40.023456+0000 app7 sudo: ",
        // A file of another shape.
        "2026-10-06 11:30:40 app7 sudo: ",
    ] {
        let record = one(&format!("{start}{sudo}"));
        assert_eq!(record.program.as_deref(), Some("sudo"), "{start}");
        assert_eq!(record.user.as_deref(), Some("mara"), "{start}");
        let restart = JournalKind::Action(HostAction::Restart);
        assert_eq!(record.kind, restart, "{start}");
    }
    for (line, program) in [
        (
            "2026-10-06T11:30:02.023456+00:00 app7 CRON[4711]: (root) CMD (/usr/local/bin/backup.sh)",
            Some("cron"),
        ),
        (
            "2026-10-06T11:30:02+00:00 app7 netfix: restarting x",
            Some("netfix"),
        ),
        (
            "2026-10-06T11:30:02+00:00 netfix: restarting x",
            Some("netfix"),
        ),
        // Neither a level nor what a script does is a host.
        ("2026-10-06T11:30:02+00:00 WARN x: restarting", None),
        ("2026-10-06T11:30:02+00:00 restarting x: probe failed", None),
        ("2026-10-06T11:30:02+00:00 Container x: restarted", None),
        ("2026-10-06T11:30:02.841Z main x: restarting", None),
    ] {
        let record = one(line);
        assert_eq!(record.program.as_deref(), program, "{line}");
        let acts = matches!(record.kind, JournalKind::Action(_));
        assert_eq!(acts, !line.contains("CMD"), "{line}");
    }
}

#[test]
fn what_sudo_refused_was_not_done() {
    for message in [
        "mara : command not allowed ; TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/usr/bin/docker restart x",
        "mara : 3 incorrect password attempts ; TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/usr/bin/docker restart x",
        "mara : user NOT in sudoers ; TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/usr/bin/docker restart x",
    ] {
        let parsed = parse(&format!("Oct  6 11:30:40 app7 sudo: {message}"));
        let acts =
            |record: &Cited<JournalRecord>| matches!(record.value.kind, JournalKind::Action(_));
        assert!(!parsed.records.iter().any(acts), "{message}");
    }
}

#[test]
fn what_the_service_manager_does_to_a_unit() {
    for (message, kind) in [
        (
            "vaultd.service: Scheduled restart job, restart counter is at 4.",
            JournalKind::Action(HostAction::UnitRestart),
        ),
        (
            "vaultd.service: Service hold-off time over, scheduling restart.",
            JournalKind::Action(HostAction::UnitRestart),
        ),
        (
            "Stopping vaultd.service - Vault agent in a container...",
            JournalKind::Action(HostAction::UnitStop),
        ),
        (
            "Stopping vaultd.service...",
            JournalKind::Action(HostAction::UnitStop),
        ),
        (
            "vaultd.service: Main process exited, code=exited, status=2/INVALIDARGUMENT",
            JournalKind::Note,
        ),
        (
            "Started vaultd.service - Vault agent in a container.",
            JournalKind::Note,
        ),
    ] {
        let record = one(&format!(
            "2026-09-08T06:45:35+0000 node7 systemd[1]: {message}"
        ));
        assert_eq!(record.kind, kind, "{message}");
        assert_eq!(record.program.as_deref(), Some("vaultd"), "{message}");
    }
}

#[test]
fn units_and_noise_of_a_journal() {
    let text = "Nov 20 09:43:18 vm systemd[1]: Started pms-netfix.service - Repairs the network.
Nov 20 09:43:18 vm systemd[1]: pms-netfix.service: Deactivated successfully.
Nov 20 09:43:18 vm systemd[1]: Started Session 12 of user root.
Nov 20 09:43:18 vm systemd[1]: Starting systemd-tmpfiles-clean.service - Cleanup...
Nov 20 09:43:18 vm kernel: eth0: link up
Nov 20 09:43:18 vm sshd[3]: Accepted publickey for ops
Nov 20 09:43:19 vm systemd[1]: Stopping docker.service - Docker Application Container Engine...
Nov 20 09:43:18 vm CRON[9]: (root) CMD (/usr/local/bin/fix.sh)
";
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
            (1, "pms-netfix", JournalKind::Note),
            (2, "pms-netfix", JournalKind::Note),
            (7, "systemd", JournalKind::EngineStopping),
            (8, "cron", JournalKind::Note),
        ]
    );
}

#[test]
fn package_upgrades() {
    let text = "Start-Date: 2026-11-20  06:12:01
Commandline: /usr/bin/unattended-upgrade
Upgrade: docker-ce:amd64 (5:28.5.1, 5:28.5.2)
End-Date: 2026-11-20  06:12:31
";
    let record = one(text);
    assert_eq!(record.kind, JournalKind::Action(HostAction::Upgrade));
    assert_eq!(record.program.as_deref(), Some("apt"));
    assert_eq!(
        record.time.unwrap().to_rfc3339(),
        "2026-11-20T06:12:01+00:00"
    );
    for line in [
        "2026-11-20 06:12:01 upgrade docker-ce:amd64 5:28.5.1 5:28.5.2",
        "2026-11-20 06:12:01,123 INFO Packages that will be upgraded: docker-ce",
        "Nov 20 06:12:30 vm needrestart[7]: restarting services",
    ] {
        assert_eq!(
            one(line).kind,
            JournalKind::Action(HostAction::Upgrade),
            "{line}"
        );
    }
    let quiet = "2026-11-20 06:12:01,123 INFO No packages found that can be upgraded unattended";
    assert_eq!(one(quiet).kind, JournalKind::Note);
}

#[test]
fn a_time_without_a_year_and_without_a_hint() {
    let line = "Nov 20 09:43:18 vm fix[27397]: stopping pms-worker-api";
    let parsed = parse_host(InputId(0), line.as_bytes(), &Zone::Utc, None);
    assert_eq!(parsed.records[0].value.time, None);
    assert_eq!(parsed.records[0].value.program.as_deref(), Some("fix"));
}

#[test]
fn no_bytes_make_it_fail() {
    let text = "20-11-2026 09:44:29 Container /pms-backend (b31727093b3f) found to be unhealthy - Restarting container now with 10s timeout
2026-11-20T09:41:25.841Z é-netfix: WARN: cannot resolve, docker compose -f a up (no restart) && docker run
time=\"2026-11-20T09:44:29Z\" level=info msg=\"Creating /pms-backend\"
";
    for at in 0..text.len() {
        let _ = parse_host(InputId(0), &text.as_bytes()[..at], &Zone::Utc, None);
        for flip in [0x01, 0x20, 0x80] {
            let mut bytes = text.as_bytes().to_vec();
            bytes[at] ^= flip;
            let _ = parse_host(InputId(0), &bytes, &Zone::Utc, None);
        }
    }
}
