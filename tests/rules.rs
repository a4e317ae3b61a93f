//! The tables of rules: what each row says of itself, and that its stories turn out as it says.

mod common;

use common::played::rules_of;
use std::collections::BTreeSet;
use whystart::classify::{Rule, TABLES};
use whystart::model::Cause;

/// Rules for startups of which no line of evidence is known. There is none without one, so they have
/// no stories.
const UNREACHED: [&str; 2] = ["first-run-unshown", "process-unshown"];

fn rules() -> impl Iterator<Item = &'static Rule> {
    TABLES
        .into_iter()
        .flat_map(|(_, rules)| rules.iter().copied())
}

#[test]
fn an_id_is_one_rule() {
    let mut seen = BTreeSet::new();
    for rule in rules() {
        assert!(seen.insert(rule.id), "{}", rule.id);
        let is_word = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase());
        assert!(rule.id.split('-').all(is_word), "{}", rule.id);
    }
}

#[test]
fn a_rule_says_when_it_decides_in_one_sentence() {
    for rule in rules() {
        let says = rule.says;
        assert!(says.ends_with('.'), "{}: {says}", rule.id);
        assert!(
            !says.contains(". ") && !says.contains('\n'),
            "{}: {says}",
            rule.id
        );
        assert!(
            says.starts_with(|c: char| c.is_uppercase()),
            "{}: {says}",
            rule.id
        );
    }
}

#[test]
fn weights_are_shares_of_one() {
    for rule in rules() {
        let id = rule.id;
        assert!((0.0..=1.0).contains(&rule.weight), "{id}");
        assert_eq!(rule.weight > 0.0, rule.cause.is_told(), "{id}");
        let others: Vec<f64> = rule.others.iter().map(|(_, weight)| *weight).collect();
        assert!(others.is_sorted_by(|a, b| a >= b), "{id}: {others:?}");
        assert!(others.iter().all(|weight| *weight > 0.0), "{id}");
        let sum = rule.weight + others.iter().sum::<f64>();
        assert!(sum <= 1.0 + 1e-9, "{id}: {sum}");
        let causes: BTreeSet<Cause> = rule.others.iter().map(|(cause, _)| *cause).collect();
        assert_eq!(causes.len(), others.len(), "{id}");
        assert!(
            !causes.contains(&rule.cause) && !causes.contains(&Cause::Unknown),
            "{id}"
        );
    }
}

fn rules_with_stories() -> impl Iterator<Item = &'static Rule> {
    rules().filter(|rule| !UNREACHED.contains(&rule.id))
}

#[test]
fn stories_are_short_and_fit_the_page() {
    for rule in rules_with_stories() {
        for story in [rule.example, rule.near_miss] {
            let id = rule.id;
            assert!((2..=16).contains(&story.lines().count()), "{id}:\n{story}");
            assert!(
                story.lines().all(|line| line.chars().count() <= 76),
                "{id}:\n{story}"
            );
            assert_eq!(story, story.trim(), "{id}");
        }
    }
}

#[test]
fn examples_are_decided_by_their_rule_and_near_misses_are_not() {
    let mut wrong = Vec::new();
    for rule in rules_with_stories() {
        let decided = rules_of(rule.example);
        if !decided.iter().any(|id| id == rule.id) {
            wrong.push(format!("{}: its example gives {decided:?}", rule.id));
        }
        let decided = rules_of(rule.near_miss);
        if decided.is_empty() || decided.iter().any(|id| id == rule.id) {
            wrong.push(format!("{}: its near miss gives {decided:?}", rule.id));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
