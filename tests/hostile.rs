//! Hostile names and commands are shown as what they are in every format: no terminal, browser or spreadsheet acts on them.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use common::{case, run};
use std::{fs, path::PathBuf};
use whystart::report::{format::FORMATS, sanitise::is_harmless};

/// Acts on a spreadsheet, a browser, a terminal, a line's order, a table, a line's end, an attribute, a label.
const HOSTILE: &str = "=cmd|' /C calc'!A0<script>alert(1)</script>\u{1b}[2J\u{1b}]0;owned\u{7}\u{9b}2J\u{202e}gnp\u{200b}\
    \r\n# HELP x\n| x | [a](javascript:alert(1)) `\"&\\]]>--!> \u{fffe}\u{7f}\u{0}";

/// Formats in which a tag would be one. In Markdown it stands in code, as the renderer's own tests say.
const MARKUP: [&str; 2] = ["html", "junit"];

/// The events and the log of a restart by a timer, with the container, its network and the probe named so.
fn evidence(folder: &tempfile::TempDir) -> [PathBuf; 2] {
    let case = case("01-");
    let inside = serde_json::to_string(HOSTILE).unwrap();
    let inside = inside.trim_matches('"');
    let events = fs::read_to_string(case.folder.join("events.jsonl")).unwrap();
    let mut hostile = events.clone();
    for (plain, kept) in [
        (r#""name":"pms-backend""#, r#""name":""#),
        (r#""name":"pms_net""#, r#""name":"pms_net"#),
        ("getent hosts database", "getent hosts database "),
    ] {
        assert!(hostile.contains(plain), "{plain}");
        let end = if plain.ends_with('"') { "\"" } else { "" };
        hostile = hostile.replace(plain, &format!("{kept}{inside}{end}"));
    }
    let log = fs::read_to_string(case.folder.join("logs/pms-backend.1df37d801ee7.log")).unwrap();
    let log = log.replace('\n', &format!(" {}\n", HOSTILE.replace(['\r', '\n'], " ")));
    let paths = [
        "events.jsonl",
        "=1+1;<script>alert(2)\u{1b}[2J.1df37d801ee7.log",
    ]
    .map(|name| folder.path().join(name));
    fs::write(&paths[0], hostile).unwrap();
    fs::write(&paths[1], log).unwrap();
    paths
}

#[test]
fn hostile_text_is_inert_in_every_format() {
    let folder = tempfile::tempdir().unwrap();
    let paths = evidence(&folder);
    for format in &FORMATS {
        for verbose in ["-q", "-qv"] {
            let words = [
                verbose,
                "--fail-on",
                "WS001,host-automation-restart",
                "--format",
            ];
            let words = words.into_iter().chain([format.name]).map(Into::into);
            let ran = run(words.chain(paths.iter().cloned().map(PathBuf::into_os_string)));
            assert_eq!((ran.err.as_str(), ran.status), ("", 1), "{}", format.name);
            assert!(ran.out.contains("host-automation-restart"), "{}", ran.out);
            let text = ran.out.replace("\r\n", "\n");
            let acts = text.chars().find(|c| *c != '\n' && !is_harmless(*c));
            assert_eq!(acts, None, "{}: {text}", format.name);
            if MARKUP.contains(&format.name) {
                assert!(!text.contains("<script>alert("), "{}: {text}", format.name);
            }
        }
    }
}

#[test]
fn hostile_text_makes_no_formula_of_a_cell() {
    let folder = tempfile::tempdir().unwrap();
    let paths = evidence(&folder).map(PathBuf::into_os_string);
    let ran = run(["-q", "--format", "csv"]
        .map(Into::into)
        .into_iter()
        .chain(paths));
    let rows: Vec<csv::StringRecord> = csv::Reader::from_reader(ran.out.as_bytes())
        .records()
        .map(Result::unwrap)
        .collect();
    assert_eq!(rows.len(), 2);
    assert!(rows[0][0].starts_with("'=cmd|"), "{}", &rows[0][0]);
    for cell in rows.iter().flatten() {
        assert!(
            !cell.starts_with(['=', '+', '-', '@', '\t', '\r']),
            "{cell}"
        );
    }
}

#[test]
fn hostile_text_makes_no_line_of_metrics() {
    let folder = tempfile::tempdir().unwrap();
    let paths = evidence(&folder).map(PathBuf::into_os_string);
    let words = ["-q", "--format", "prometheus"].map(Into::into);
    let ran = run(words.into_iter().chain(paths));
    let series = regex::Regex::new(
        r#"^whystart_[a-z_]+(\{[a-z]+="([^"\\]|\\[\\"n])*"(,[a-z]+="([^"\\]|\\[\\"n])*")*\})? [0-9.e+]+$"#,
    )
    .unwrap();
    for line in ran.out.lines() {
        let comment = line.starts_with("# HELP whystart_") || line.starts_with("# TYPE whystart_");
        assert!(comment || series.is_match(line), "{line}");
    }
}
