//! The report as a section to paste into a postmortem; it renders well on GitHub and on GitLab.

mod inert;

#[cfg(test)]
mod tests;

use super::{answer, empty, places::Places, quote, timeline::Axis, words};
use crate::{
    classify::causes,
    model::{
        Case, Cause, Evidence, InputKind, Note, Time, Warning,
        id::short_id,
        report::{Input, Report, Service, Startup},
    },
};
use inert::{cell, code, prose};
use std::io::{self, Write};

/// What the parts need to know apart from what they show.
struct Context<'a> {
    report: &'a Report,
    places: Places,
}

/// Writes `report` as Markdown.
pub(super) fn render(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let context = Context {
        report,
        places: Places::new(&report.inputs),
    };
    summary(&context, out)?;
    for service in &report.services {
        write_service(service, &context, out)?;
    }
    inputs(&context, out)
}

fn summary(context: &Context, out: &mut dyn Write) -> io::Result<()> {
    let report = context.report;
    match report.services.as_slice() {
        [only] => writeln!(out, "## Why {} started", code(&only.name))?,
        _ => writeln!(out, "## Why the containers started")?,
    }
    writeln!(out)?;
    if report.summary.startups == 0 {
        let mut sentence = empty::sentence(report, &context.places);
        if let Some(first) = sentence.get_mut(..1) {
            first.make_ascii_uppercase();
        }
        writeln!(out, "**Summary.** {}\n", prose(&sentence))?;
        for (what, command) in empty::steps(&report.inputs) {
            writeln!(out, "- {} {}", prose(what), code(command))?;
        }
        return Ok(());
    }
    let answers = answer::answers(report);
    match answers.as_slice() {
        [] => {
            let finding = answer::worst_finding(report).unwrap_or_default();
            let text = format!("{} {finding}", answer::nothing(report));
            writeln!(out, "**Summary.** {}", prose(text.trim()))?;
        }
        [only] => {
            let text = format!("{}. {}", only.headline(), only.explanation());
            writeln!(out, "**Summary.** {}", prose(text.trim()))?;
        }
        several => {
            writeln!(out, "**Summary.**\n")?;
            for answer in several {
                writeln!(out, "- {}.", prose(&answer.headline()))?;
            }
        }
    }
    let covered = window_of(&report.inputs).map_or_else(String::new, |window| {
        format!(" The evidence covers {window}.")
    });
    writeln!(
        out,
        "\nAll times are UTC.{covered} Docker does not record who asked for a restart: each verdict is an inference, \
        with its confidence and the lines that it rests on. Made by {} {}.",
        report.tool.name, report.tool.version
    )
}

fn window_of(inputs: &[Input]) -> Option<String> {
    let from = inputs.iter().filter_map(|input| input.from).min()?;
    let to = inputs.iter().filter_map(|input| input.to).max()?;
    Some(words::window(from, to))
}

fn write_service(service: &Service, context: &Context, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "\n### {}\n", code(&service.name))?;
    writeln!(out, "{}.", words::figures(service))?;
    writeln!(out, "\n#### Timeline\n")?;
    writeln!(out, "| time | container | what | how it came |")?;
    writeln!(out, "| --- | --- | --- | --- |")?;
    for row in moments(service) {
        row.write(out)?;
    }
    writeln!(out, "\n#### Causes and evidence")?;
    for startup in &service.startups {
        write_startup(startup, context, out)?;
    }
    let unknown = not_known(service);
    if !unknown.is_empty() {
        writeln!(out, "\n#### What is not known\n")?;
        for line in unknown {
            writeln!(out, "- {line}")?;
        }
    }
    if service.findings.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n#### What to do\n")?;
    for finding in &service.findings {
        writeln!(
            out,
            "- **{} {}: {}.** {} {}",
            finding.id,
            words::severity(finding.severity),
            finding.title,
            prose(&finding.detail),
            prose(finding.remedy)
        )?;
        citations("Seen at", &finding.evidence, context, "  ", out)?;
    }
    Ok(())
}

/// One line of the timeline.
struct Moment<'a> {
    at: Option<Time>,
    container: &'a str,
    what: String,
    how: String,
}

/// Startups and ends of runs, in order; those without a time come last.
fn moments(service: &Service) -> Vec<Moment<'_>> {
    let mut moments: Vec<Moment> = service
        .startups
        .iter()
        .map(|startup| Moment {
            at: startup.at,
            container: container_label(
                startup.container_id.as_deref(),
                startup.container_name.as_deref(),
            ),
            what: format!("**startup {}**", startup.n),
            how: verdict(startup),
        })
        .collect();
    for container in &service.containers {
        for run in &container.runs {
            let Some(by) = run.ended_by else { continue };
            let status = run
                .exit_code
                .map_or_else(String::new, |code| format!(", exit status {code}"));
            moments.push(Moment {
                at: run.ended_at,
                container: container_label(container.id.as_deref(), container.name.as_deref()),
                what: format!("run {} ended", run.n),
                how: format!("{}{status}", words::ended_by(by)),
            });
        }
    }
    // Stable, so that entries of the same moment stay in this order.
    moments.sort_by_key(|moment| (moment.at.is_none(), moment.at));
    moments
}

impl Moment<'_> {
    fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(
            out,
            "| {} | {} | {} | {} |",
            words::second_or_unknown(self.at),
            cell(self.container),
            self.what,
            self.how
        )
    }
}

fn container_label<'a>(id: Option<&'a str>, name: Option<&'a str>) -> &'a str {
    match (id, name) {
        (Some(id), _) => short_id(id),
        (None, Some(name)) => name,
        (None, None) => "unknown",
    }
}

/// `host-automation-restart` (case B), 97 %, degraded.
fn verdict(startup: &Startup) -> String {
    let mut text = code(startup.cause.name());
    if let Some(case) = startup.case {
        text.push_str(match case {
            Case::A => " (case A)",
            Case::B => " (case B)",
        });
    }
    if startup.cause.is_told() {
        text.push_str(", ");
        text.push_str(&words::percent(startup.confidence));
    }
    let outcome = words::outcome(startup.outcome);
    if !outcome.is_empty() {
        text.push_str(", ");
        text.push_str(outcome);
    }
    text
}

fn write_startup(startup: &Startup, context: &Context, out: &mut dyn Write) -> io::Result<()> {
    writeln!(
        out,
        "\n**Startup {}**, {}: {}. {}.{}{}\n",
        startup.n,
        words::second_or_unknown(startup.at),
        verdict(startup),
        causes::row(startup.cause).title,
        if startup.summary.is_empty() { "" } else { " " },
        prose(&startup.summary),
    )?;
    if let Some(initiator) = &startup.initiator {
        let by = format!("{}, {}", initiator.kind, initiator.detail);
        writeln!(out, "- Initiator: {}", prose(&by))?;
    }
    if let Some(reason) = &startup.outcome_reason {
        writeln!(out, "- Outcome: {}", prose(reason))?;
    }
    citations("Evidence", &startup.evidence, context, "", out)?;
    citations("What speaks against it", &startup.against, context, "", out)
}

/// A list of cited lines, each with its place.
fn citations(
    label: &str,
    evidence: &[Evidence],
    context: &Context,
    indent: &str,
    out: &mut dyn Write,
) -> io::Result<()> {
    if evidence.is_empty() {
        return Ok(());
    }
    writeln!(out, "{indent}- {label}:")?;
    for line in evidence {
        let place = format!("{}:{}", context.places.name(line.input), line.line);
        let time = line
            .time
            .map_or_else(String::new, |time| format!(", {}", words::milli(time)));
        let kind = usize::try_from(line.input.0)
            .ok()
            .and_then(|n| context.report.inputs.get(n))
            .map(|input| input.kind);
        let text = line.text.to_lossy();
        // A program's words are quoted; for a document, the claim says it better.
        let quoted = match kind {
            Some(kind) if kind.is_log() => Some(quote::message(kind, &text)),
            Some(InputKind::HostLog) => Some(quote::message(InputKind::TimestampedLog, &text)),
            _ if line.claim.trim().is_empty() => Some(text.clone()),
            _ => None,
        };
        let claim = prose(line.claim.trim());
        let shown = match quoted {
            None => claim,
            Some(quoted) if claim.is_empty() => code(&quoted),
            Some(quoted) => format!("{claim}: {}", code(&quoted)),
        };
        writeln!(out, "{indent}  - {}{time}: {shown}", code(&place))?;
    }
    Ok(())
}

/// What the evidence leaves open, startup by startup, and where it has gaps.
fn not_known(service: &Service) -> Vec<String> {
    let mut lines = Vec::new();
    for startup in &service.startups {
        let n = startup.n;
        if startup.cause == Cause::Unknown {
            let candidates = words::candidates(startup);
            let could = if candidates.is_empty() {
                String::new()
            } else {
                format!(" It could be: {candidates}.")
            };
            lines.push(format!("Startup {n}: its cause.{could}"));
        }
        for missing in &startup.missing {
            lines.push(format!("Startup {n}, missing: {}", prose(missing)));
        }
    }
    let times = service.startups.iter().filter_map(|startup| startup.at);
    if let (Some(from), Some(to)) = (times.clone().min(), times.max()) {
        let axis = Axis { from, to };
        for container in service.containers.iter().filter(|_| from < to) {
            let name = container_label(container.id.as_deref(), container.name.as_deref());
            for (from, to) in axis.unseen(&container.seen) {
                let window = words::window(from, to);
                lines.push(format!(
                    "What happened to {}: no source covers {window}.",
                    code(name)
                ));
            }
        }
    }
    lines
}

fn inputs(context: &Context, out: &mut dyn Write) -> io::Result<()> {
    let inputs = &context.report.inputs;
    if inputs.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n### What was read\n")?;
    writeln!(out, "| input | kind | covers | lines | skipped |")?;
    writeln!(out, "| --- | --- | --- | ---: | ---: |")?;
    for input in inputs {
        let window = match (input.from, input.to) {
            (Some(from), Some(to)) => words::window(from, to),
            (Some(only), None) | (None, Some(only)) => words::second(only),
            (None, None) => "no times".to_owned(),
        };
        writeln!(
            out,
            "| {} | {} | {window} | {} | {} |",
            cell(if input.path == "-" {
                "stdin"
            } else {
                &input.path
            }),
            input.kind.name(),
            input.lines,
            input.skipped
        )?;
    }
    let warnings: Vec<String> = inputs
        .iter()
        .flat_map(|input| {
            let name = context.places.name(input.id);
            let warnings = input.warnings.iter().map(Warning::to_string);
            let sentences = warnings.chain(input.notes.iter().map(Note::to_string));
            sentences.map(move |sentence| format!("- {}: {}", code(&name), prose(&sentence)))
        })
        .collect();
    if !warnings.is_empty() {
        writeln!(out)?;
        for warning in warnings {
            writeln!(out, "{warning}")?;
        }
    }
    Ok(())
}
