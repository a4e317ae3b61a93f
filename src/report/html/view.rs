//! The report's parts as the templates show them: all words chosen, nothing left to compute.

use super::{Page, palette};
use crate::{
    classify::{causes, findings},
    model::{
        Cause, Evidence, Family, Severity,
        id::short_id,
        report::{self, Container, Report, Run, Startup},
    },
    report::{answer, empty, places::Places, words},
};
use std::borrow::Cow;

/// With more startups than this, each is folded to one line.
const UNFOLDED: u64 = 40;
/// A line longer than this is folded away where the claim says what it shows.
const LONG_LINE: usize = 160;
/// How many services the page's first words name at most.
const HEADLINES: usize = 5;

/// How often a cause was found.
pub(super) struct Total {
    pub(super) cause: Cause,
    pub(super) label: String,
    pub(super) title: &'static str,
    pub(super) family: &'static str,
    pub(super) count: u64,
}

/// A cause and its explanation.
pub(super) struct CauseText {
    pub(super) label: String,
    pub(super) row: &'static causes::CauseRow,
    pub(super) example: Vec<&'static str>,
}

/// A service with all that was found.
pub(super) struct Service<'a> {
    pub(super) index: usize,
    pub(super) name: &'a str,
    pub(super) figures: String,
    pub(super) findings: Vec<Finding<'a>>,
    pub(super) startups: Vec<Card<'a>>,
    pub(super) runs: Vec<RunRow<'a>>,
}

/// A finding with its evidence.
pub(super) struct Finding<'a> {
    pub(super) what: &'a report::Finding,
    pub(super) severity: &'static str,
    pub(super) rationale: &'static str,
    pub(super) evidence: Vec<CitedRow<'a>>,
}

/// A startup with its verdict and proof.
pub(super) struct Card<'a> {
    pub(super) startup: &'a Startup,
    pub(super) label: String,
    pub(super) title: &'static str,
    pub(super) when: String,
    pub(super) datetime: String,
    pub(super) confidence: String,
    pub(super) outcome: &'static str,
    pub(super) about: Vec<(&'static str, String)>,
    pub(super) evidence: Vec<CitedRow<'a>>,
    pub(super) against: Vec<CitedRow<'a>>,
    pub(super) candidates: String,
    pub(super) unfolded: bool,
}

/// A cited line.
pub(super) struct CitedRow<'a> {
    pub(super) at: &'a Evidence,
    pub(super) place: String,
    pub(super) path: &'a str,
    pub(super) when: String,
    pub(super) datetime: String,
    pub(super) text: Cow<'a, str>,
    /// The claim says what it shows, and the line is long.
    pub(super) folded: bool,
}

/// A run, or a container without one.
pub(super) struct RunRow<'a> {
    pub(super) id: &'a str,
    pub(super) name: &'a str,
    pub(super) image: &'a str,
    pub(super) life: String,
    pub(super) n: String,
    pub(super) started: String,
    pub(super) ended: String,
}

/// An input with its coverage.
pub(super) struct Input<'a> {
    pub(super) read: &'a report::Input,
    pub(super) name: &'a str,
    pub(super) kind: &'static str,
    pub(super) window: String,
}

/// Everything on the page except its chart and its style.
pub(super) fn page(report: &Report) -> Page<'_> {
    let places = Places::new(&report.inputs);
    let unfolded = report.summary.startups <= UNFOLDED;
    let (headlines, explanation) = answer(report, &places);
    let startups = report.summary.startups;
    let steps = if startups == 0 {
        empty::steps(&report.inputs)
    } else {
        Vec::new()
    };
    Page {
        title: match report.services.as_slice() {
            [only] => format!("whystart: {}", only.name),
            services => format!(
                "whystart: {}",
                words::count(words::len(services.len()), "service")
            ),
        },
        headlines: headlines.iter().map(|line| unbroken(line)).collect(),
        explanation: unbroken(&explanation),
        steps,
        tool: &report.tool,
        covered: covered(report),
        totals: totals(report),
        causes: report.summary.by_cause.iter().map(total).collect(),
        chart: None,
        services: report
            .services
            .iter()
            .enumerate()
            .map(|(index, service)| self::service(index, service, report, &places, unfolded))
            .collect(),
        inputs: report.inputs.iter().map(input).collect(),
        texts: report
            .summary
            .by_cause
            .keys()
            .map(|cause| text(*cause))
            .collect(),
        shapes: Vec::new(),
        colours: &[] as &[palette::Colour],
        style: "",
        script: "",
        script_hash: "",
    }
}

/// The first words: a line for each service that matters, and the reason behind the first.
fn answer(report: &Report, places: &Places) -> (Vec<String>, String) {
    if report.summary.startups == 0 {
        let mut sentence = empty::sentence(report, places);
        if let Some(first) = sentence.get_mut(..1) {
            first.make_ascii_uppercase();
        }
        return (vec![sentence], String::new());
    }
    let answers = answer::answers(report);
    let mut lines: Vec<String> = answers
        .iter()
        .take(HEADLINES)
        .map(answer::Answer::headline)
        .collect();
    let rest = words::len(answers.len().saturating_sub(HEADLINES));
    if rest > 0 {
        lines.push(format!(
            "{} more started again",
            words::count(rest, "service")
        ));
    }
    match answers.as_slice() {
        [] => (
            vec![answer::nothing(report)],
            answer::worst_finding(report).unwrap_or_default(),
        ),
        [only] => (lines, only.explanation()),
        _ => (lines, String::new()),
    }
}

/// `97 %` on one line.
fn unbroken(text: &str) -> String {
    text.replace(" %", "\u{a0}%")
}

/// The window that all inputs cover together.
fn covered(report: &Report) -> Option<String> {
    let from = report.inputs.iter().filter_map(|input| input.from).min()?;
    let to = report.inputs.iter().filter_map(|input| input.to).max()?;
    Some(words::window(from, to))
}

fn totals(report: &Report) -> Vec<(String, &'static str)> {
    let services = words::len(report.services.len());
    let containers = report
        .services
        .iter()
        .map(|service| service.containers.len());
    let findings = report.services.iter().map(|service| service.findings.len());
    let noun = |n: u64, one: &'static str, many: &'static str| if n == 1 { one } else { many };
    let figure = |n: u64, one, many| (n.to_string(), noun(n, one, many));
    vec![
        figure(report.summary.startups, "startup", "startups"),
        figure(report.summary.duplicates, "duplicate", "duplicates"),
        figure(services, "service", "services"),
        figure(words::len(containers.sum()), "container", "containers"),
        figure(words::len(findings.sum()), "finding", "findings"),
    ]
}

fn total((cause, count): (&Cause, &u64)) -> Total {
    Total {
        cause: *cause,
        label: answer::with_case(*cause),
        title: causes::row(*cause).title,
        family: match cause.family() {
            Family::External => "from outside",
            Family::InContainer => "in the container",
            Family::None => "no startup",
            Family::Unknown => "not known",
        },
        count: *count,
    }
}

fn text(cause: Cause) -> CauseText {
    let row = causes::row(cause);
    CauseText {
        label: answer::with_case(cause),
        row,
        example: row.example.lines().collect(),
    }
}

fn service<'a>(
    index: usize,
    service: &'a report::Service,
    report: &'a Report,
    places: &Places,
    unfolded: bool,
) -> Service<'a> {
    let lines = |cited: &'a [Evidence]| cited.iter().map(|at| line(at, report, places)).collect();
    Service {
        index,
        name: &service.name,
        figures: words::figures(service),
        findings: service
            .findings
            .iter()
            .map(|finding| Finding {
                what: finding,
                severity: words::severity(finding.severity),
                rationale: findings::row(finding.id).map_or("", |row| row.rationale),
                evidence: lines(&finding.evidence),
            })
            .collect(),
        startups: service
            .startups
            .iter()
            .map(|startup| Card {
                unfolded: unfolded && (startup.duplicate || startup.cause == Cause::Unknown),
                evidence: lines(&startup.evidence),
                against: lines(&startup.against),
                ..card(startup)
            })
            .collect(),
        runs: service.containers.iter().flat_map(runs).collect(),
    }
}

fn card(startup: &Startup) -> Card<'_> {
    let known = startup.cause.is_told();
    Card {
        startup,
        label: answer::with_case(startup.cause),
        title: causes::row(startup.cause).title,
        when: startup
            .at
            .map_or_else(|| "no time known".to_owned(), words::milli),
        datetime: startup.at.map_or_else(String::new, words::rfc3339),
        confidence: if known {
            words::percent(startup.confidence)
        } else {
            String::new()
        },
        outcome: words::outcome(startup.outcome),
        about: about(startup),
        evidence: Vec::new(),
        against: Vec::new(),
        candidates: words::candidates(startup),
        unfolded: false,
    }
}

/// What identifies a startup, and who asked for it.
fn about(startup: &Startup) -> Vec<(&'static str, String)> {
    let join = |parts: Vec<String>| (!parts.is_empty()).then(|| parts.join(", "));
    let numbers = |numbers: &[u64]| join(numbers.iter().map(u64::to_string).collect());
    let pids: Vec<u64> = startup.pids.iter().map(|pid| u64::from(*pid)).collect();
    let container = match (
        startup.container_id.as_deref(),
        startup.container_name.as_deref(),
    ) {
        (Some(id), Some(name)) => Some(format!("{} {name}", short_id(id))),
        (Some(one), None) | (None, Some(one)) => Some(one.to_owned()),
        (None, None) => None,
    };
    let initiator = startup.initiator.as_ref();
    let pools = &startup.pool_ids;
    [
        (
            "Initiator",
            initiator.map(|by| format!("{}, {}", by.kind, by.detail)),
        ),
        ("Outcome", startup.outcome_reason.clone()),
        ("Container", container),
        ("Run", startup.run.map(|run| run.to_string())),
        (if pids.len() == 1 { "PID" } else { "PIDs" }, numbers(&pids)),
        ("Generation", numbers(&startup.generations)),
        (
            if pools.len() == 1 { "Pool" } else { "Pools" },
            join(pools.to_vec()),
        ),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some((name, value?)))
    .collect()
}

fn line<'a>(at: &'a Evidence, report: &'a Report, places: &Places) -> CitedRow<'a> {
    let input = usize::try_from(at.input.0)
        .ok()
        .and_then(|n| report.inputs.get(n));
    let text = at.text.to_lossy();
    let is_log = input.is_some_and(|input| input.kind.is_log());
    CitedRow {
        at,
        place: format!("{}:{}", places.name(at.input), at.line),
        path: input.map_or("", |input| &input.path),
        when: at.time.map_or_else(String::new, words::milli),
        datetime: at.time.map_or_else(String::new, words::rfc3339),
        folded: !is_log && !at.claim.trim().is_empty() && text.len() > LONG_LINE,
        text,
    }
}

fn runs(container: &Container) -> Vec<RunRow<'_>> {
    let row = |run: Option<&Run>| RunRow {
        id: container.id.as_deref().map_or("", short_id),
        name: container.name.as_deref().unwrap_or(""),
        image: container.image.as_deref().unwrap_or(""),
        life: [
            ("created", container.created_at),
            ("removed", container.removed_at),
        ]
        .into_iter()
        .filter_map(|(what, time)| Some(format!("{what} {}", words::second(time?))))
        .collect::<Vec<_>>()
        .join(", "),
        n: run.map_or_else(|| "none seen".to_owned(), |run| run.n.to_string()),
        started: run
            .and_then(|run| run.started_at)
            .map_or_else(|| "not seen".to_owned(), words::second),
        ended: run.map_or_else(|| "not seen".to_owned(), words::end_of_run),
    };
    if container.runs.is_empty() {
        return vec![row(None)];
    }
    container.runs.iter().map(|run| row(Some(run))).collect()
}

fn input(input: &report::Input) -> Input<'_> {
    Input {
        read: input,
        name: if input.path == "-" {
            "stdin"
        } else {
            &input.path
        },
        kind: input.kind.name(),
        window: match (input.from, input.to) {
            (Some(from), Some(to)) => words::window(from, to),
            (Some(only), None) | (None, Some(only)) => words::second(only),
            (None, None) => "no times".to_owned(),
        },
    }
}

impl Finding<'_> {
    /// Its class: how loud it is.
    pub(super) fn class(&self) -> &'static str {
        match self.what.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Info => "note",
        }
    }
}
