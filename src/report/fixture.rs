//! Hand-built reports that the renderers' tests share.

use crate::model::{
    Candidate, Case, Cause, Evidence, Initiator, InitiatorKind, InputId, InputKind, Outcome,
    Severity, Text, Time,
    report::{Container, Finding, Input, LeftOut, Report, SCHEMA, Service, Startup, Summary, Tool},
};

/// The container of most fixtures.
pub(crate) const ID: &str = "1df37d801ee7aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

/// A moment on the day of the recordings.
pub(crate) fn at(clock: &str) -> Time {
    format!("2026-11-20T{clock}Z").parse().unwrap()
}

/// A json-file log or an event history, by its name.
pub(crate) fn input(id: u32, path: &str) -> Input {
    Input {
        id: InputId(id),
        path: path.to_owned(),
        kind: if path.contains("events") {
            InputKind::DockerEvents
        } else {
            InputKind::TimestampedLog
        },
        lines: 120,
        bytes: 48_211,
        skipped: 0,
        from: Some(at("09:41:11")),
        to: Some(at("09:45:01")),
        warnings: Vec::new(),
        notes: Vec::new(),
        recognised: false,
        timeless: false,
    }
}

/// A cited line.
pub(crate) fn evidence(input: u32, line: u64, clock: &str, claim: &str, text: &str) -> Evidence {
    Evidence {
        claim: claim.to_owned().into(),
        input: InputId(input),
        line,
        offset: 0,
        time: Some(at(clock)),
        text: Text::from(text),
    }
}

/// A startup of the usual container with nothing but its verdict.
pub(crate) fn startup(n: u32, cause: Cause) -> Startup {
    Startup {
        n,
        at: Some(at("09:41:27")),
        container_id: Some(ID.to_owned()),
        container_name: Some("pms-backend".into()),
        run: Some(n),
        pids: [1].into(),
        generations: [1].into(),
        pool_ids: ["140137983023888".to_owned()].into(),
        outcome: Outcome::Ready,
        duplicate: !matches!(cause, Cause::FirstStart | Cause::ScaleOut),
        cause,
        rule: "requested",
        family: cause.family(),
        case: cause.case(),
        confidence: 0.97,
        initiator: None,
        evidence: Vec::new(),
        against: Vec::new(),
        missing: Vec::new(),
        candidates: Vec::new(),
        summary: "".into(),
        outcome_reason: None,
    }
}

/// A service in one container.
pub(crate) fn service(name: &str, startups: Vec<Startup>) -> Service {
    Service {
        name: name.to_owned(),
        containers: vec![Container {
            id: Some(ID.to_owned()),
            name: Some("pms-backend".to_owned()),
            image: Some("pms-backend:1.4.0".to_owned()),
            created_at: Some(at("09:41:11")),
            removed_at: None,
            runs: Vec::new(),
            seen: vec![(at("09:41:11"), at("09:45:01"))],
        }],
        startups,
        findings: Vec::new(),
    }
}

/// A report on `services`, with its counts.
pub(crate) fn report(inputs: Vec<Input>, services: Vec<Service>) -> Report {
    let mut summary = Summary::default();
    for startup in services.iter().flat_map(|service| &service.startups) {
        summary.startups += 1;
        summary.duplicates += u64::from(startup.duplicate);
        *summary.by_cause.entry(startup.cause).or_default() += 1;
    }
    Report {
        schema: SCHEMA,
        tool: Tool {
            name: "whystart",
            version: "0.1.0",
        },
        inputs,
        services,
        summary,
        left_out: LeftOut::default(),
    }
}

/// Case B as it was recorded: a degraded first start, then a timer's restart.
pub(crate) fn timer_restart() -> Report {
    let mut first = startup(1, Cause::FirstStart);
    first.at = Some(at("09:41:12"));
    first.outcome = Outcome::Degraded;
    first.outcome_reason = Some("name resolution failed 3 times".to_owned());
    first.confidence = 0.99;
    let mut second = startup(2, Cause::HostAutomationRestart);
    second.case = Some(Case::B);
    second.summary =
        "Stopped through the API 0.3 s after a probe failed in the container, with a network \
        attached to it in between."
            .into();
    second.initiator = Some(Box::new(Initiator {
        kind: InitiatorKind::Timer,
        detail: "every 30.0 s (n=12)".into(),
    }));
    second.evidence = vec![
        evidence(
            1,
            6,
            "09:41:25.812",
            "exec_die exitCode=2 (getent hosts database)",
            "{}",
        ),
        evidence(
            1,
            7,
            "09:41:26.100",
            "network connect pms_net, while running",
            "{}",
        ),
        evidence(
            0,
            42,
            "09:41:27.912",
            "process start",
            "2026-11-20T09:41:27.912446485Z \x1b[32mINFO\x1b[0m:     Started server process [1]",
        ),
    ];
    second.candidates = vec![Candidate {
        cause: Cause::ManualRestart,
        confidence: 0.02,
    }];
    let mut service = service("pms-backend", vec![first, second]);
    service.findings = vec![Finding {
        id: "WS001",
        severity: Severity::Warning,
        title: "Automation on the host restarts the container",
        detail: "1 of 2 startups.".to_owned(),
        remedy: "Attach the network when the container is created.",
        evidence: Vec::new(),
    }];
    report(
        vec![
            input(0, "case/logs/pms-backend.1df37d801ee7.log"),
            input(1, "case/events.jsonl"),
        ],
        vec![service],
    )
}
