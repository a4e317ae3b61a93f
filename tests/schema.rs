//! The published JSON Schemas describe what is written: every recorded report is valid, with nothing left undescribed.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use common::{Mode, cases, run};
use serde_json::{Value, json};
use std::fs;

/// The contracts, the format that each describes, and its copy for those who only look.
const CONTRACTS: [(&str, &str, &str); 2] = [
    ("report", "json", "testdata/schema/whystart.report-1.json"),
    (
        "startup",
        "jsonl",
        "testdata/schema/whystart.startup-1.json",
    ),
];

fn schema(name: &str) -> Value {
    let ran = run(["schema", name]);
    assert_eq!((ran.err.as_str(), ran.status), ("", 0));
    serde_json::from_str(&ran.out).unwrap()
}

/// The schema as it is, but a field that it does not describe is an error.
fn closed(mut schema: Value) -> Value {
    fn close(value: &mut Value) {
        match value {
            Value::Object(object) => {
                object.values_mut().for_each(close);
                if object.get("properties").is_some_and(Value::is_object) {
                    object.insert("additionalProperties".to_owned(), json!(false));
                }
            }
            Value::Array(all) => all.iter_mut().for_each(close),
            _ => {}
        }
    }
    close(&mut schema);
    schema
}

#[test]
fn every_recorded_report_is_valid() {
    let all = CONTRACTS.map(|(name, format, _)| {
        let schema = schema(name);
        jsonschema::draft202012::meta::validate(&schema).unwrap();
        let validator = jsonschema::draft202012::options()
            .should_validate_formats(true)
            .build(&closed(schema))
            .unwrap();
        (format, validator)
    });
    let mut checked = 0;
    for case in cases() {
        for mode in [Mode::Full, Mode::LogsOnly, Mode::Host] {
            let Some(words) = mode.words(&case) else {
                continue;
            };
            for (format, validator) in &all {
                let fixed = ["-q", "--format", format].map(str::to_owned);
                let ran = run(fixed.into_iter().chain(words.concat()));
                let values = serde_json::Deserializer::from_str(&ran.out).into_iter::<Value>();
                for value in values {
                    let value = value.unwrap();
                    let errors: Vec<String> = validator
                        .iter_errors(&value)
                        .map(|error| format!("{}: {error}", error.instance_path()))
                        .collect();
                    assert!(errors.is_empty(), "{} {mode:?}: {errors:#?}", case.name);
                    checked += 1;
                }
            }
        }
    }
    assert!(checked > 200, "only {checked} documents");
}

#[test]
fn bytes_that_are_not_utf8_are_valid() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("api.log");
    let line = b"2026-11-20T09:41:53.000000000Z INFO:     Started server process [1]\xff\xfe\n";
    fs::write(&log, line).unwrap();
    let ran = run(["-q", "--format", "json", log.to_str().unwrap()]);
    let report: Value = serde_json::from_str(&ran.out).unwrap();
    let validator = jsonschema::draft202012::new(&closed(schema("report"))).unwrap();
    validator.validate(&report).unwrap();
}

#[test]
fn what_is_wrong_is_not_valid() {
    let case = common::case("01-");
    let report = common::report(Mode::Full.words(&case).unwrap().concat());
    let schema = schema("report");
    let validator = jsonschema::draft202012::options()
        .should_validate_formats(true)
        .build(&schema)
        .unwrap();
    validator.validate(&report).unwrap();
    for (pointer, wrong) in [
        ("/schema", json!("whystart.report/2")),
        ("/services/0/startups/0/cause", json!("no-such-cause")),
        ("/services/0/startups/0/confidence", json!(1.5)),
        ("/services/0/startups/0/at", json!("yesterday")),
        ("/services/0/startups/0/evidence/0/line", json!("12")),
        (
            "/services/0/startups/0/evidence/0/text",
            json!({"base64": ""}),
        ),
        ("/inputs/0/kind", Value::Null),
    ] {
        let mut other = report.clone();
        *other.pointer_mut(pointer).unwrap() = wrong;
        assert!(!validator.is_valid(&other), "{pointer}");
    }
    let mut other = report.clone();
    other["services"][0]["startups"][0]
        .as_object_mut()
        .unwrap()
        .shift_remove("missing");
    assert!(!validator.is_valid(&other), "a field is missing");
    let mut newer = report;
    newer["services"][0]["startups"][0]["invented_later"] = json!(1);
    assert!(
        validator.is_valid(&newer),
        "readers ignore what they do not know"
    );
}

#[test]
fn the_copies_are_what_the_program_prints() {
    for (name, _, copy) in CONTRACTS {
        let printed = run(["schema", name]).out;
        if std::env::var_os("WHYSTART_WRITE_SCHEMA").is_some() {
            fs::write(copy, &printed).unwrap();
        }
        let kept = fs::read_to_string(copy).unwrap_or_default();
        assert!(
            kept == printed,
            "{copy}: `whystart schema {name}` prints something else"
        );
    }
}
