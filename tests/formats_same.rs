//! Every format that cites says the same: the set of (startup, cause, cited line), over all recorded cases.
//! The JSON report is the reference. A format that cites gets a row in [`FORMATS`].

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use common::{Mode, cases, items, run, startups, text};
use quick_xml::{Reader, XmlVersion, events::Event};
use regex::Regex;
use serde_json::Value;
use std::collections::BTreeSet;

/// A service, the number of its startup, the cause, and `PATH:LINE` of a line that is cited for it or against it.
type Said = BTreeSet<(String, u64, String, String)>;

/// A format, and how to read from it what it says.
type Format = (&'static str, fn(&str) -> Said);

/// All formats that cite.
const FORMATS: [Format; 4] = [
    ("json", of_json),
    ("jsonl", of_jsonl),
    ("csv", of_csv),
    ("junit", of_junit),
];

/// What a startup that cites nothing is in the set with.
const NOTHING: &str = "";

fn add(said: &mut Said, service: &str, n: u64, cause: &str, places: Vec<String>) {
    let places = if places.is_empty() {
        vec![NOTHING.to_owned()]
    } else {
        places
    };
    for place in places {
        said.insert((service.to_owned(), n, cause.to_owned(), place));
    }
}

fn of_json(out: &str) -> Said {
    let report: Value = serde_json::from_str(out).unwrap();
    let mut said = Said::new();
    for (service, startup) in startups(&report) {
        let cited = items(&startup["evidence"])
            .iter()
            .chain(items(&startup["against"]));
        let places = cited
            .map(|line| {
                let input = usize::try_from(line["input"].as_u64().unwrap()).unwrap();
                format!(
                    "{}:{}",
                    text(&report["inputs"][input]["path"]),
                    line["line"]
                )
            })
            .collect();
        let n = startup["n"].as_u64().unwrap();
        add(&mut said, service, n, text(&startup["cause"]), places);
    }
    said
}

fn of_jsonl(out: &str) -> Said {
    let mut said = Said::new();
    for line in out.lines() {
        let startup: Value = serde_json::from_str(line).unwrap();
        let cited = items(&startup["evidence"])
            .iter()
            .chain(items(&startup["against"]));
        let places = cited
            .map(|line| format!("{}:{}", text(&line["path"]), line["line"]))
            .collect();
        let n = startup["n"].as_u64().unwrap();
        let service = text(&startup["service"]);
        add(&mut said, service, n, text(&startup["cause"]), places);
    }
    said
}

fn of_csv(out: &str) -> Said {
    let place = Regex::new(r"(?:^|; )(testdata/[^;]*?:\d+) \(").unwrap();
    let mut rows = csv::Reader::from_reader(out.as_bytes());
    let names = rows.headers().unwrap().clone();
    let column = |name| names.iter().position(|other| other == name).unwrap();
    let mut said = Said::new();
    for row in rows.records() {
        let row = row.unwrap();
        let places = ["evidence", "against"]
            .into_iter()
            .flat_map(|name| place.captures_iter(&row[column(name)]))
            .map(|found| found[1].to_owned())
            .collect();
        let n = row[column("startup")].parse().unwrap();
        let (service, cause) = (&row[column("service")], &row[column("cause")]);
        add(&mut said, service, n, cause, places);
    }
    said
}

fn of_junit(out: &str) -> Said {
    let name = Regex::new(r"^startup (\d+) at .*: ([a-z-]+)$").unwrap();
    let place = Regex::new(r"(?m)^(?:evidence|against): (\S+:\d+) \(").unwrap();
    let mut reader = Reader::from_str(out);
    let mut said = Said::new();
    let mut startup = None;
    let mut body = String::new();
    loop {
        match reader.read_event().unwrap() {
            Event::Start(tag) if tag.name().as_ref() == "testcase" => {
                let of = |key: &str| {
                    let found = tag.try_get_attribute(key).unwrap().unwrap();
                    found
                        .normalized_value(XmlVersion::Implicit1_0)
                        .unwrap()
                        .into_owned()
                };
                startup = name.captures(&of("name")).map(|found| {
                    (
                        of("classname"),
                        found[1].parse().unwrap(),
                        found[2].to_owned(),
                    )
                });
                body.clear();
            }
            Event::Text(text) => body.push_str(&text),
            // Only brackets and quotes are written so, and no place has any.
            Event::GeneralRef(_) => body.push('?'),
            Event::End(tag) if tag.name().as_ref() == "testcase" => {
                let places = place.captures_iter(&body).map(|found| found[1].to_owned());
                // A finding is a case as well, and none of a startup.
                if let Some((service, n, cause)) = startup.take() {
                    add(&mut said, &service, n, &cause, places.collect());
                }
            }
            Event::Eof => return said,
            _ => {}
        }
    }
}

#[test]
fn every_format_says_the_same() {
    let mut cited = 0;
    for case in cases() {
        for mode in [Mode::Full, Mode::LogsOnly] {
            let words = mode.words(&case).unwrap().concat();
            let said = |(name, read): &Format| {
                let fixed = ["-q", "--fail-on", "WS001", "--format", name].map(str::to_owned);
                let ran = run(fixed.into_iter().chain(words.clone()));
                assert_eq!(ran.err, "");
                read(&ran.out)
            };
            let reference = said(&FORMATS[0]);
            assert!(!reference.is_empty(), "{} {mode:?}", case.name);
            cited += reference.iter().filter(|row| row.3 != NOTHING).count();
            for format in &FORMATS[1..] {
                let other = said(format);
                assert_eq!(other, reference, "{} {mode:?} {}", case.name, format.0);
            }
        }
    }
    assert!(cited > 500, "only {cited} citations");
}
