//! Very many of one thing: every startup is found, and what is said of each stays short. Where the work
//! grew with the square of them, this would take minutes.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../benches/generate/mod.rs"]
mod generate;

use std::path::Path;
use whystart::model::report::{Report, Startup};
use whystart::pipeline::{self, Config, InputSpec};
use whystart::report::{Format, Options};

const MANY: u64 = 20_000;

fn report(path: &Path) -> Report {
    let config = Config {
        inputs: vec![InputSpec {
            path: path.to_owned(),
            role: None,
        }],
        ..Config::default()
    };
    let analysis = pipeline::run(&config, &()).unwrap();
    assert!(analysis.unreadable.is_empty());
    analysis.report
}

fn startups(report: &Report) -> impl Iterator<Item = &Startup> {
    report.services.iter().flat_map(|service| &service.startups)
}

#[test]
fn every_startup_is_judged_and_cites_a_few_lines() {
    for shape in generate::many::SHAPES {
        let folder = tempfile::tempdir().unwrap();
        let wanted = (shape.write)(folder.path(), MANY).unwrap();
        let report = report(folder.path());
        assert_eq!(report.summary.startups, wanted, "{}", shape.name);
        let most = startups(&report)
            .map(|startup| startup.evidence.len())
            .max();
        assert!(
            (1..=24).contains(&most.unwrap()),
            "{}: {most:?}",
            shape.name
        );
        // Whatever it is, its report can be read.
        let mut text = Vec::new();
        let format = Format::named("text").unwrap();
        format
            .render(&report, &Options::default(), &mut text)
            .unwrap();
        let lines = String::from_utf8(text).unwrap().lines().count() as u64;
        assert!(lines < 1000, "{}: {lines} lines", shape.name);
    }
}

#[test]
fn a_restart_of_a_long_series_cites_those_around_it() {
    let folder = tempfile::tempdir().unwrap();
    let shape = generate::many::SHAPES
        .iter()
        .find(|shape| shape.name == "restarts by a timer")
        .unwrap();
    (shape.write)(folder.path(), 100).unwrap();
    let report = report(folder.path());
    for at in [1, 50, 100] {
        let startup = startups(&report).nth(at).unwrap();
        assert_eq!(startup.cause.name(), "host-automation-restart");
        assert!(startup.summary.contains("One of 100 restarts"));
        let same = startup
            .evidence
            .iter()
            .filter(|line| line.claim == "the same at its interval");
        let times: Vec<_> = same.filter_map(|line| line.time).collect();
        assert_eq!(times.len(), 11);
        let own = startup.at.unwrap();
        let farthest = times.iter().map(|time| (*time - own).abs()).max().unwrap();
        // Six before it and five behind, or eleven on one side.
        let most = if at == 50 { 61 } else { 111 };
        assert!(farthest.num_seconds() <= most, "{at}: {farthest}");
    }
}
