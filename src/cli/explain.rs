//! `whystart explain`: a cause or a finding, as its table tells it, under fixed headings.

use super::{
    article::{heading, lines, section, title},
    exit::Status,
    names::Name,
    output, rules,
    streams::Streams,
};
use crate::{
    classify::{Rule, causes, findings},
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
    /// A cause (host-automation-restart), a finding (WS001) or a rule (network-repair) [default: list all causes and findings]
    #[arg(value_name = "CAUSE|FINDING|RULE")]
    topic: Option<String>,

    /// List all rules, in the order in which they are asked
    #[arg(long, conflicts_with = "topic")]
    rules: bool,
}

/// What to explain.
#[derive(Clone, Copy)]
enum Topic {
    /// What can be named: all causes and findings.
    Names,
    /// All rules.
    Rules,
    /// A cause or a finding.
    Name(Name),
    /// A rule.
    Rule(&'static Rule),
    /// A cause, and the rule of the same name.
    Both(Name, &'static Rule),
}

impl Topic {
    fn parse(text: &str) -> Result<Self, String> {
        match (Name::parse(text), rules::rule(text)) {
            (Ok(name), None) => Ok(Self::Name(name)),
            (Ok(name), Some(rule)) => Ok(Self::Both(name, rule)),
            (Err(_), Some(rule)) => Ok(Self::Rule(rule)),
            (Err(_), None) => Err(Name::not_found(
                text,
                "no cause, finding or rule",
                rules::all().map(|rule| rule.id),
            )),
        }
    }
}

/// Explains the topic that is asked for, or lists them all.
pub(super) fn run(args: &ExplainArgs, streams: &Streams) -> anyhow::Result<Status> {
    let topic = match &args.topic {
        Some(topic) => Topic::parse(topic).map_err(anyhow::Error::msg)?,
        None if args.rules => Topic::Rules,
        None => Topic::Names,
    };
    let options = streams.text_options();
    output::to_stdout(streams, |out| write(topic, &options, out))?;
    Ok(Status::Clean)
}

/// Writes the explanation of `topic`, or the list of all topics.
fn write(topic: Topic, options: &TextOptions, out: &mut dyn Write) -> io::Result<()> {
    let page = &mut Page::new(out, options);
    match topic {
        Topic::Names => list(page),
        Topic::Rules => rules::list(page),
        Topic::Name(name) => explain_name(page, name),
        Topic::Rule(rule) => rules::explain(page, rule),
        Topic::Both(name, rule) => {
            explain_name(page, name)?;
            page.separate()?;
            rules::explain(page, rule)
        }
    }
}

fn explain_name(page: &mut Page, name: Name) -> io::Result<()> {
    match name {
        Name::Cause(cause) => explain_cause(page, cause),
        Name::Finding(row) => explain_finding(page, row),
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

fn example(page: &mut Page, text: &str) -> io::Result<()> {
    lines(page, "Example", text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(topic: Topic) -> String {
        let mut out = Vec::new();
        write(topic, &TextOptions::default(), &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    fn shown(topic: &str) -> String {
        written(Topic::parse(topic).unwrap())
    }

    #[track_caller]
    fn assert_fits(text: &str) {
        assert!(
            text.lines()
                .all(|line| line.chars().count() <= 80 && !line.contains('…')),
            "{text}"
        );
    }

    #[test]
    fn everything_can_be_explained_in_80_columns_and_nothing_is_cut() {
        let all = Cause::ALL
            .iter()
            .map(|cause| cause.name())
            .chain(findings::ROWS.iter().map(|row| row.id));
        let list = written(Topic::Names);
        for topic in all {
            let text = shown(topic);
            for heading in [
                "What it means",
                "How it is told",
                "Example",
                "What looks like it and is not",
                "What to do",
            ] {
                assert!(text.contains(&format!("\n{heading}\n  ")), "{text}");
            }
            assert_fits(&text);
            assert!(list.contains(&format!("  {topic} ")), "{topic}");
        }
        assert_fits(&list);
    }

    #[test]
    fn every_rule_is_listed_and_explained_as_its_row_has_it() {
        let list = written(Topic::Rules);
        assert_fits(&list);
        for rule in rules::all() {
            assert!(
                list.contains(&format!("\n  {}  {}", rule.id, rule.cause)),
                "{}",
                rule.id
            );
            let text = shown(rule.id);
            assert_fits(&text);
            for (heading, story) in rules::stories(rule) {
                let lines: Vec<String> = story.lines().map(|line| format!("    {line}")).collect();
                let shown = format!("\n{heading}\n{}\n", lines.join("\n"));
                assert!(text.contains(&shown), "{heading} of {}: {text}", rule.id);
            }
        }
    }

    #[test]
    fn a_cause_comes_before_the_rule_of_the_same_name() {
        let text = shown("first-start");
        let (cause, rule) = text
            .split_once("\nfirst-start: first-start, 98 %\n")
            .unwrap();
        assert!(cause.starts_with("first-start: The service starts for the first time\n"));
        assert!(
            rule.starts_with("(rule on first runs)\n\nHow it is told\n"),
            "{rule}"
        );
    }

    #[test]
    fn headings_are_fixed() {
        let text = shown("scale-out");
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
