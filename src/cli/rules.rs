//! The rules that decide why a startup happened, for `explain`.

use super::article::{heading, lines, section, title};
use crate::{
    classify::{Rule, TABLES},
    report::{
        layout::{Cell, Page},
        style,
    },
};
use std::io;

/// The rule with this id, in any case.
pub(super) fn rule(id: &str) -> Option<&'static Rule> {
    let wanted = id.trim().to_ascii_lowercase();
    all().find(|rule| rule.id == wanted)
}

/// All rules, in the order in which they are asked.
pub(super) fn all() -> impl Iterator<Item = &'static Rule> {
    TABLES
        .into_iter()
        .flat_map(|(_, rules)| rules.iter().copied())
}

/// Lists all rules, table by table.
pub(super) fn list(page: &mut Page) -> io::Result<()> {
    for (name, rules) in TABLES {
        page.separate()?;
        heading(page, &format!("Rules on {name}"))?;
        for rule in rules {
            page.row(
                2,
                6,
                2,
                &[
                    Cell::new(rule.id, style::STRONG),
                    Cell::new(decides(rule), style::PLAIN),
                ],
            )?;
            page.paragraph(6, 6, "", rule.says)?;
        }
    }
    Ok(())
}

/// Explains one rule, with the stories that its tests play.
pub(super) fn explain(page: &mut Page, rule: &Rule) -> io::Result<()> {
    let table = TABLES
        .into_iter()
        .find(|(_, rules)| rules.iter().any(|other| other.id == rule.id));
    let table = table.map_or("", |(name, _)| name);
    title(page, rule.id, &decides(rule), &format!("rule on {table}"))?;
    section(page, "How it is told", rule.says)?;
    if !rule.others.is_empty() {
        let others = rule.others.iter();
        let others: Vec<String> = others
            .map(|(cause, confidence)| format!("{cause} {}", percent(*confidence)))
            .collect();
        section(page, "What else it could be", &others.join(", "))?;
    }
    for (name, story) in stories(rule) {
        lines(page, name, story)?;
    }
    Ok(())
}

/// The stories of a rule, each with its heading. A rule that no evidence reaches has none.
pub(super) fn stories(rule: &Rule) -> impl Iterator<Item = (&'static str, &'static str)> {
    let stories = [
        ("Example", rule.example),
        ("What looks like it and is not", rule.near_miss),
    ];
    stories.into_iter().filter(|(_, story)| !story.is_empty())
}

/// The cause that a rule decides on, and how sure it is.
fn decides(rule: &Rule) -> String {
    if rule.weight > 0.0 {
        format!("{}, {}", rule.cause, percent(rule.weight))
    } else {
        rule.cause.to_string()
    }
}

fn percent(share: f64) -> String {
    format!("{:.0} %", share * 100.0)
}
