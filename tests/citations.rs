//! Every citation is true: at `offset` of `path`, on line `line`, stands `text`.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use base64::Engine as _;
use common::{Mode, cases, items, report, startups};
use serde_json::Value;
use std::{collections::HashMap, fs};

/// Most bytes of a line that a citation repeats.
const LONGEST: usize = 2048;

/// The files that were read, by path.
type Files = HashMap<String, Vec<u8>>;

fn cited_text(text: &Value) -> Vec<u8> {
    match text {
        Value::String(text) => text.clone().into_bytes(),
        other => base64::engine::general_purpose::STANDARD
            .decode(other["bytes"].as_str().unwrap())
            .unwrap(),
    }
}

/// Opens what a citation names and compares.
fn check(report: &Value, citation: &Value, files: &mut Files) -> Result<(), String> {
    let input = usize::try_from(citation["input"].as_u64().ok_or("no input")?).unwrap();
    let path = report["inputs"][input]["path"].as_str().ok_or("no path")?;
    let bytes = files
        .entry(path.to_owned())
        .or_insert_with(|| fs::read(path).unwrap());
    let offset = usize::try_from(citation["offset"].as_u64().ok_or("no offset")?).unwrap();
    let line = citation["line"].as_u64().ok_or("no line")?;
    let (before, rest) = bytes.split_at_checked(offset).ok_or("beyond the end")?;
    if !(before.is_empty() || before.ends_with(b"\n")) {
        return Err("not at the beginning of a line".to_owned());
    }
    let ends = memchr::memchr_iter(b'\n', before).count() as u64;
    if ends + 1 != line {
        return Err(format!("it is line {}", ends + 1));
    }
    let end = rest
        .iter()
        .position(|byte| *byte == b'\n')
        .unwrap_or(rest.len());
    let there = rest[..end].strip_suffix(b"\r").unwrap_or(&rest[..end]);
    let text = cited_text(&citation["text"]);
    let same = if there.len() > LONGEST {
        // Cut between two characters: at most three bytes short.
        (LONGEST - 3..=LONGEST).contains(&text.len()) && there.starts_with(&text)
    } else {
        there == text
    };
    if same {
        Ok(())
    } else {
        Err(format!("there stands {}", there.escape_ascii()))
    }
}

/// Everything that a report cites.
fn citations(report: &Value) -> Vec<&Value> {
    let of_startups = startups(report)
        .into_iter()
        .flat_map(|(_, startup)| [&startup["evidence"], &startup["against"]]);
    let of_findings = items(&report["services"])
        .iter()
        .flat_map(|service| items(&service["findings"]))
        .map(|finding| &finding["evidence"]);
    of_startups.chain(of_findings).flat_map(items).collect()
}

#[test]
fn every_citation_stands_where_it_says() {
    let mut files = Files::new();
    let mut checked = 0;
    for case in cases() {
        for mode in Mode::ALL {
            let Some(words) = mode.words(&case) else {
                continue;
            };
            let report = report(words.concat());
            for citation in citations(&report) {
                checked += 1;
                let right = check(&report, citation, &mut files);
                assert_eq!(right, Ok(()), "{} {mode:?}: {citation}", case.name);
            }
        }
    }
    assert!(checked > 2000, "only {checked} citations");
}

#[test]
fn compose_logs_are_cited_as_well() {
    let mut files = Files::new();
    let case = common::case("15-");
    let log = case.folder.join("compose-logs/compose.log");
    let report = report([log]);
    let all = citations(&report);
    assert!(!all.is_empty());
    for citation in all {
        assert_eq!(check(&report, citation, &mut files), Ok(()), "{citation}");
    }
}

#[test]
fn the_check_sees_a_wrong_line_offset_and_text() {
    let case = common::case("01-");
    let report = report(Mode::NoInspect.words(&case).unwrap().concat());
    let all = citations(&report);
    let citation = all.iter().find(|citation| citation["line"] != 1).unwrap();
    let mut files = Files::new();
    let mut wrong = |key: &str, value: Value| {
        let mut citation = (*citation).clone();
        citation[key] = value;
        check(&report, &citation, &mut files).unwrap_err()
    };
    assert!(wrong("line", 1.into()).starts_with("it is line "));
    assert_eq!(wrong("offset", 1.into()), "not at the beginning of a line");
    assert!(wrong("text", "other".into()).starts_with("there stands "));
}
