//! One line per startup, complete in itself: its service, its verdict, and its evidence with paths.

use super::{
    cite,
    json_text::{Inert, Lines},
};
use crate::model::{
    Candidate, Case, Cause, Evidence, Family, Initiator, Outcome, Text, Time,
    report::{self, Input, Report, Revised, Service, Startup},
};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Serializer;
use std::borrow::Cow;
use std::io;

/// The contract's name and version.
pub(super) const SCHEMA: &str = "whystart.startup/1";

/// A startup with all that is needed to read it alone.
#[derive(Debug, JsonSchema, Serialize)]
pub(super) struct StartupLine<'a> {
    /// The contract's name and version.
    #[schemars(extend("const" = SCHEMA))]
    schema: &'static str,
    /// The service's name.
    service: &'a str,
    /// Its number in the service, from 1, by time.
    n: u32,
    /// When, if a time is known.
    #[serde(serialize_with = "report::rfc3339")]
    #[schemars(with = "Option<Time>")]
    at: Option<Time>,
    /// The container's id, as much of it as is known.
    container_id: Option<&'a str>,
    /// Its name at that moment.
    container_name: Option<&'a str>,
    /// The image reference that the container was created from.
    image: Option<&'a str>,
    /// The run's number in the container.
    run: Option<u32>,
    /// The PIDs that it shows, in the container's namespace.
    pids: &'a [u32],
    /// Pool generations that it shows.
    generations: &'a [u64],
    /// Pool addresses that it shows, as text.
    pool_ids: &'a [String],
    /// How far it got.
    outcome: Outcome,
    /// A reader of the log sees the startup signature again.
    duplicate: bool,
    /// Why it happened.
    cause: Cause,
    /// The id of the rule that decided, see `explain --rules`.
    rule: &'static str,
    /// Where the cause lies; known for some `unknown` too.
    family: Family,
    /// A or B, for the two causes that are one.
    case: Option<Case>,
    /// Of all verdicts given with this figure, that share is right. Two decimals.
    #[schemars(range(min = 0.0, max = 1.0))]
    confidence: f64,
    /// Who or what asked for it, where the evidence says.
    initiator: Option<&'a Initiator>,
    /// What the verdict rests on. Never empty unless the cause is `unknown`.
    evidence: Vec<CitedLine<'a>>,
    /// What speaks against it.
    against: Vec<CitedLine<'a>>,
    /// What was not there and would have helped or would decide.
    missing: &'a [Cow<'static, str>],
    /// Other causes that fit, likeliest first.
    candidates: &'a [Candidate],
    /// Only with `--follow`, when this startup was told before: what was said then.
    #[serde(skip_serializing_if = "Option::is_none")]
    revises: Option<Revised>,
}

/// One cited line and what it is cited for.
#[derive(Debug, JsonSchema, Serialize)]
struct CitedLine<'a> {
    /// What the line shows, in a few words.
    claim: &'a str,
    /// The input that holds it, as given (`-` for standard input).
    path: &'a str,
    /// Its line, from 1.
    line: u64,
    /// The line's first byte in the decoded stream.
    offset: u64,
    /// Its time.
    #[serde(serialize_with = "report::rfc3339")]
    #[schemars(with = "Option<Time>")]
    time: Option<Time>,
    /// The line itself.
    text: &'a Text,
}

/// Writes the startups of `report`.
pub(super) fn render(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    for service in &report.services {
        for startup in &service.startups {
            write(report, service, startup, None, out)?;
        }
    }
    Ok(())
}

/// Writes one startup of `report`, with what was written of it before, if anything was.
///
/// # Errors
/// When it cannot be written.
pub(crate) fn write(
    report: &Report,
    service: &Service,
    startup: &Startup,
    revises: Option<Revised>,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let mut serializer = Serializer::with_formatter(&mut *out, Inert::compact());
    let line = StartupLine {
        revises,
        ..line(report, service, startup)
    };
    line.serialize(&mut serializer)?;
    out.end_line()
}

fn line<'a>(report: &'a Report, service: &'a Service, startup: &'a Startup) -> StartupLine<'a> {
    let container = service.container_of(startup);
    let cited = |lines: &'a [Evidence]| {
        lines
            .iter()
            .map(|line| CitedLine::new(line, &report.inputs))
            .collect()
    };
    StartupLine {
        schema: SCHEMA,
        service: &service.name,
        n: startup.n,
        at: startup.at,
        container_id: startup.container_id.as_deref(),
        container_name: startup.container_name.as_deref(),
        image: container.and_then(|container| container.image.as_deref()),
        run: startup.run,
        pids: &startup.pids,
        generations: &startup.generations,
        pool_ids: &startup.pool_ids,
        outcome: startup.outcome,
        duplicate: startup.duplicate,
        cause: startup.cause,
        rule: startup.rule,
        family: startup.family,
        case: startup.case,
        confidence: startup.confidence,
        initiator: startup.initiator.as_deref(),
        evidence: cited(&startup.evidence),
        against: cited(&startup.against),
        missing: &startup.missing,
        candidates: &startup.candidates,
        revises: None,
    }
}

impl<'a> CitedLine<'a> {
    fn new(evidence: &'a Evidence, inputs: &'a [Input]) -> Self {
        Self {
            claim: &evidence.claim,
            path: cite::path(inputs, evidence.input),
            line: evidence.line,
            offset: evidence.offset,
            time: evidence.time,
            text: &evidence.text,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;
    use serde_json::Value;

    fn lines(report: &Report) -> Vec<Value> {
        let mut out = Vec::new();
        render(report, &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(text.is_empty() || text.ends_with('\n'));
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    #[test]
    fn each_line_is_complete_in_itself() {
        let lines = lines(&fixture::timer_restart());
        assert_eq!(lines.len(), 2);
        let second = &lines[1];
        assert_eq!(second["schema"], SCHEMA);
        assert_eq!(second["service"], "pms-backend");
        assert_eq!(second["image"], "pms-backend:1.4.0");
        assert_eq!(second["cause"], "host-automation-restart");
        assert_eq!(second["evidence"][0]["path"], "case/events.jsonl");
        assert_eq!(second["evidence"][0]["line"], 6);
    }

    #[test]
    fn the_fields_of_a_startup_are_those_of_the_report() {
        let report = fixture::timer_restart();
        let mut of_line = lines(&report).remove(1);
        let mut of_report =
            serde_json::to_value(&report).unwrap()["services"][0]["startups"][1].clone();
        let line = of_line.as_object_mut().unwrap();
        for more in ["schema", "service", "image"] {
            line.shift_remove(more).unwrap();
        }
        for value in [&mut of_line, &mut of_report] {
            for evidence in value["evidence"].as_array_mut().unwrap() {
                let evidence = evidence.as_object_mut().unwrap();
                evidence.shift_remove("path");
                evidence.shift_remove("input");
            }
        }
        assert_eq!(of_line, of_report);
    }

    #[test]
    fn no_startups_are_no_lines() {
        let report = fixture::report(Vec::new(), Vec::new());
        assert!(lines(&report).is_empty());
    }
}
