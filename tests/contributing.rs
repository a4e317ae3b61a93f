//! What CONTRIBUTING.md and README.md name is there.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{fs, path::Path};

/// The text without its blocks of code, which show other people's files, too.
fn prose(text: &str) -> String {
    let parts = text.split("```").step_by(2);
    parts.collect()
}

/// What stands between backticks.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// Whether `word` is a path of this repository rather than a name or a command.
fn is_path(word: &str) -> bool {
    let begins = ["src/", "tests/", "testdata/", "benches/", ".ci/"];
    let begins = begins.iter().any(|folder| word.starts_with(folder));
    let is_document = Path::new(word).extension().is_some_and(|end| end == "md");
    (begins || is_document) && !word.contains(' ')
}

#[test]
fn every_path_is_there() {
    let text = prose(&fs::read_to_string("CONTRIBUTING.md").unwrap());
    let paths: Vec<&str> = quoted(&text).filter(|word| is_path(word)).collect();
    assert!(paths.len() > 40, "{paths:?}");
    for path in paths {
        assert!(Path::new(path).exists(), "{path}");
    }
}

#[test]
fn every_way_to_add_something_is_told_in_five_lines() {
    let text = fs::read_to_string("CONTRIBUTING.md").unwrap();
    let (_, ways) = text.split_once("\n## How to add ...\n").unwrap();
    let (ways, _) = ways.split_once("\n## ").unwrap();
    let ways: Vec<&str> = ways.split("\n### ").skip(1).collect();
    let names = ways.iter().map(|way| way.lines().next().unwrap());
    assert_eq!(
        names.collect::<Vec<_>>(),
        [
            "A signature",
            "A log format",
            "A document kind",
            "An input kind",
            "A rule",
            "A finding",
            "A renderer",
            "A cause"
        ]
    );
    for way in ways {
        let steps = way
            .lines()
            .filter(|line| line.as_bytes().get(1) == Some(&b'.'));
        assert_eq!(steps.count(), 5, "{way}");
        assert!(quoted(way).any(is_path), "{way}");
    }
}

/// The targets of all links.
fn links(text: &str) -> Vec<&str> {
    let targets = text.split("](").skip(1);
    let targets = targets.filter_map(|rest| rest.split_once(')'));
    targets.map(|(target, _)| target).collect()
}

/// A heading as links call it.
fn anchor(heading: &str) -> String {
    let heading = heading.trim_start_matches('#').trim().to_lowercase();
    heading.replace(' ', "-")
}

#[test]
fn links_lead_somewhere() {
    for name in ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"] {
        let text = prose(&fs::read_to_string(name).unwrap());
        for target in links(&text) {
            let is_there = match target.strip_prefix('#') {
                Some(wanted) => text
                    .lines()
                    .any(|line| line.starts_with('#') && anchor(line) == wanted),
                None => target.starts_with("https://") || Path::new(target).exists(),
            };
            assert!(is_there, "{name}: {target}");
        }
    }
}
