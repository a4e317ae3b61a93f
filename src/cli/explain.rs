//! `whystart explain`: a cause or a finding, as its table tells it, under fixed headings.

use super::{exit::Status, names::Name, output, streams::Streams};
use crate::{
    classify::{causes, findings},
    model::{Case, Cause, Family, Severity},
    report::{
        TextOptions,
        layout::{Cell, Page},
        style,
    },
};
use std::io::{self, Write};

/// Arguments of `explain`.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct ExplainArgs {
    /// A cause (host-automation-restart) or a finding (WS001) [default: list them all]
    #[arg(value_name = "CAUSE|FINDING")]
    topic: Option<String>,
}

/// Explains the topic that is asked for, or lists them all.
pub(super) fn run(args: &ExplainArgs, streams: &Streams) -> anyhow::Result<Status> {
    let topic = args
        .topic
        .as_deref()
        .map(Name::parse)
        .transpose()
        .map_err(anyhow::Error::msg)?;
    let options = streams.text_options();
    output::to_stdout(streams, |out| write(topic, &options, out))?;
    Ok(Status::Clean)
}

/// Writes the explanation of `topic`, or the list of all topics.
fn write(topic: Option<Name>, options: &TextOptions, out: &mut dyn Write) -> io::Result<()> {
    let mut page = Page::new(out, options);
    match topic {
        None => list(&mut page),
        Some(Name::Cause(cause)) => explain_cause(&mut page, cause),
        Some(Name::Finding(row)) => explain_finding(&mut page, row),
    }
}

fn list(page: &mut Page) -> io::Result<()> {
    let widest = Cause::ALL
        .iter()
        .map(|cause| cause.name().len())
        .max()
        .unwrap_or(0);
    heading(page, "Causes")?;
    for cause in Cause::ALL {
        entry(page, cause.name(), widest, causes::row(cause).title)?;
    }
    page.separate()?;
    heading(page, "Findings")?;
    for row in findings::ROWS {
        entry(page, row.id, "WS000".len(), row.title)?;
    }
    Ok(())
}

fn entry(page: &mut Page, name: &str, pad: usize, title: &str) -> io::Result<()> {
    page.row(
        2,
        6,
        2,
        &[
            Cell::new(name, style::STRONG).pad(pad),
            Cell::new(title, style::PLAIN),
        ],
    )
}

fn explain_cause(page: &mut Page, cause: Cause) -> io::Result<()> {
    let row = causes::row(cause);
    let family = match cause.family() {
        Family::External => "external: from outside the container",
        Family::InContainer => "in the container, without a new run",
        Family::None => "no startup",
        Family::Unknown => "not known",
    };
    let which = match cause.case() {
        Some(Case::A) => ", case A",
        Some(Case::B) => ", case B",
        None => "",
    };
    title(page, cause.name(), row.title, &format!("{family}{which}"))?;
    section(page, "What it means", row.means)?;
    section(page, "How it is told", row.told_by)?;
    example(page, row.example)?;
    section(page, "What looks like it and is not", row.near_miss)?;
    section(page, "What to do", row.remedy)
}

fn explain_finding(page: &mut Page, row: &findings::FindingRow) -> io::Result<()> {
    let severity = match row.severity {
        Severity::Info => "note",
        Severity::Warning => "warning",
        Severity::Error => "error",
    };
    title(page, row.id, row.title, severity)?;
    section(page, "What it means", row.rationale)?;
    section(page, "How it is told", row.told_by)?;
    example(page, row.example)?;
    section(page, "What looks like it and is not", row.near_miss)?;
    section(page, "What to do", row.remedy)
}

fn title(page: &mut Page, name: &str, title: &str, kind: &str) -> io::Result<()> {
    page.row(
        0,
        2,
        1,
        &[
            Cell::new(format!("{name}:"), style::STRONG),
            Cell::new(title, style::STRONG),
        ],
    )?;
    page.row(0, 2, 1, &[Cell::new(format!("({kind})"), style::QUIET)])
}

fn heading(page: &mut Page, text: &str) -> io::Result<()> {
    page.row(0, 2, 1, &[Cell::new(text, style::STRONG)])
}

fn section(page: &mut Page, name: &str, text: &str) -> io::Result<()> {
    page.separate()?;
    heading(page, name)?;
    page.paragraph(2, 2, "", text)
}

fn example(page: &mut Page, lines: &str) -> io::Result<()> {
    page.separate()?;
    heading(page, "Example")?;
    for line in lines.lines() {
        page.row(4, 4, 1, &[Cell::new(line, style::PLAIN).flexible()])?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(topic: Option<&str>) -> String {
        let mut out = Vec::new();
        let topic = topic.map(|topic| Name::parse(topic).unwrap());
        write(topic, &TextOptions::default(), &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn everything_can_be_explained_in_80_columns_and_nothing_is_cut() {
        let all = Cause::ALL
            .iter()
            .map(|cause| cause.name())
            .chain(findings::ROWS.iter().map(|row| row.id));
        let list = shown(None);
        for topic in all {
            let text = shown(Some(topic));
            for heading in [
                "What it means",
                "How it is told",
                "Example",
                "What looks like it and is not",
                "What to do",
            ] {
                assert!(text.contains(&format!("\n{heading}\n  ")), "{text}");
            }
            assert!(
                text.lines()
                    .all(|line| line.chars().count() <= 80 && !line.contains('…')),
                "{text}"
            );
            assert!(list.contains(&format!("  {topic} ")), "{topic}");
        }
    }

    #[test]
    fn headings_are_fixed() {
        let text = shown(Some("scale-out"));
        assert!(
            text.starts_with(
                "scale-out: Another replica was started
(external: from outside the container)

What it means
  The service got one more container while the ones it had went on running.

How it is told
"
            ),
            "{text}"
        );
    }
}
