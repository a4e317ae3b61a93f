//! Every finding applies to the story in its row, and not to the near miss.

use super::*;
use crate::model::Time;
use crate::pipeline::{self, Config, Named, Role};
use chrono::SecondsFormat;
use serde_json::json;
use std::collections::BTreeMap;
use std::time::Duration;

/// Files by name, as they are written while a story goes on.
#[derive(Default)]
struct Files(BTreeMap<String, String>);

impl Files {
    /// The files that `story` leaves behind.
    fn left_by(story: &str) -> Self {
        let mut files = Self::default();
        let mut last = 0.0;
        for line in story.lines() {
            let (seconds, mut what) = line.split_once(' ').unwrap();
            let at: f64 = seconds.parse().unwrap();
            let mut name = "web";
            if let Some(rest) = what.strip_prefix('@') {
                (name, what) = rest.split_once(' ').unwrap();
            }
            files.tell(at, name, what);
            last = at;
        }
        // The events go on, so nothing else happened.
        files.event(last + 60.0, "web", "exec_create: true execID=z");
        files
    }

    fn tell(&mut self, at: f64, name: &str, what: &str) {
        let stamp = moment(at).to_rfc3339_opts(SecondsFormat::Nanos, true);
        if let Some(text) = what.strip_prefix("log ") {
            self.write(&format!("{name}.log"), &format!("{stamp} {text}"));
        } else if let Some(text) = what.strip_prefix("dockerd ") {
            let line = format!("time=\"{stamp}\" level=info msg=\"{text}\"");
            self.write("dockerd.log", &line);
        } else {
            let steps: &[(f64, &str)] = match what {
                "docker run" => &[(0.0, "create"), (0.1, "network connect"), (0.3, "start")],
                "docker restart" => &[
                    (0.0, "kill signal=15"),
                    (0.3, "die exitCode=0"),
                    (0.32, "stop"),
                    (0.7, "start"),
                    (0.701, "restart"),
                ],
                one => &[(0.0, one)],
            };
            for (later, event) in steps {
                self.event(at + later, name, event);
            }
        }
    }

    fn event(&mut self, at: f64, name: &str, what: &str) {
        // Hexadecimal, and another for each name.
        let number: u128 = name
            .bytes()
            .fold(1, |number, byte| number << 8 | u128::from(byte));
        let id = format!("{number:0>64x}");
        let mut attributes = json!({"image": "app:1", "name": name});
        let is_network = what == "network connect";
        if is_network {
            attributes = json!({"container": id, "name": "pms_net", "type": "bridge"});
        }
        let mut words = Vec::new();
        for word in what.split(' ') {
            match word.split_once('=') {
                Some((key, value)) => attributes[key] = json!(value),
                None => words.push(word),
            }
        }
        let time = moment(at);
        let event = json!({
            "Type": if is_network { "network" } else { "container" },
            "Action": if is_network { "connect".to_owned() } else { words.join(" ") },
            "Actor": {
                "ID": if is_network { "9".repeat(64) } else { id },
                "Attributes": attributes,
            },
            "time": time.timestamp(),
            "timeNano": time.timestamp_nanos_opt(),
        });
        self.write("events.jsonl", &event.to_string());
    }

    fn write(&mut self, file: &str, line: &str) {
        let text = self.0.entry(file.to_owned()).or_default();
        text.push_str(line);
        text.push('\n');
    }

    /// The ids of the findings of a report on them.
    fn findings(self) -> Vec<&'static str> {
        let named = self.0.into_iter().map(|(name, text)| Named {
            role: (name == "dockerd.log").then_some(Role::Journal),
            path: name.into(),
            open: Box::new(|| Ok(Box::new(std::io::Cursor::new(text)))),
        });
        let config = Config::default();
        let analysis = pipeline::run_with(&config, named.collect(), &()).unwrap();
        let services = analysis.report.services.iter();
        services
            .flat_map(|service| service.findings.iter().map(|finding| finding.id))
            .collect()
    }
}

fn moment(seconds: f64) -> Time {
    let begin: Time = "2026-11-20T09:00:00.000000007Z".parse().unwrap();
    begin + Duration::from_secs_f64(seconds)
}

#[test]
fn each_finding_applies_to_its_story_and_not_to_its_near_miss() {
    let mut wrong = Vec::new();
    for row in ROWS {
        let stories = [(row.story.shows, true), (row.story.near_miss, false)];
        for (story, expected) in stories {
            let found = Files::left_by(story).findings();
            if found.contains(&row.id) != expected {
                wrong.push(format!("{}: {found:?} in\n{story}\n", row.id));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn ids_are_in_order_and_rows_say_everything() {
    for (n, row) in ROWS.into_iter().enumerate() {
        assert_eq!(row.id, format!("WS{:03}", n + 1));
        for text in [
            row.title,
            row.rationale,
            row.told_by,
            row.near_miss,
            row.remedy,
        ] {
            assert!(
                !text.is_empty() && !text.contains('\n') && !text.contains("  "),
                "{text}"
            );
        }
        let mut lines = row.example.lines();
        assert!(lines.all(|line| line.len() <= 76), "{}", row.id);
    }
}

#[test]
fn an_id_is_found_in_any_case() {
    assert_eq!(row("ws004").unwrap().id, "WS004");
    assert!(row("WS999").is_none());
}
