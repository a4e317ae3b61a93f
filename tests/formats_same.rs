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

/// The paths of a report's inputs, by their number.
type Paths = [String];

/// A format, and how to read from it what it says.
type Format = (&'static str, fn(&str, &Paths) -> Said);

/// All formats that cite.
const FORMATS: [Format; 7] = [
    ("json", |out, _| of_json(out)),
    ("jsonl", |out, _| of_jsonl(out)),
    ("csv", |out, _| of_csv(out)),
    ("junit", |out, _| of_junit(out)),
    ("html", of_html),
    ("markdown", of_markdown),
    ("text", of_text),
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

/// What stands between two words; the rest after it, too.
fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<(&'a str, &'a str)> {
    text.split_once(before)?.1.split_once(after)
}

fn of_html(out: &str, paths: &Paths) -> Said {
    let rows = Regex::new(r#"<tr data-input="(\d+)" data-line="(\d+)">"#).unwrap();
    let mut said = Said::new();
    for section in out.split("<section class=\"service\"").skip(1) {
        let (name, _) = between(section, "<h2 ", "</h2>").unwrap();
        let (_, service) = name.split_once('>').unwrap();
        for card in section.split("<article class=\"startup ").skip(1) {
            let (card, _) = card.split_once("</article>").unwrap();
            let value = |name: &str| between(card, &format!(" {name}=\""), "\"").unwrap().0;
            let places = rows
                .captures_iter(card)
                .map(|row| format!("{}:{}", paths[row[1].parse::<usize>().unwrap()], &row[2]))
                .collect();
            let n = value("data-n").parse().unwrap();
            add(&mut said, service, n, value("data-cause"), places);
        }
    }
    said
}

/// The input whose path a short name stands for, where it stands for one.
fn path_of<'a>(name: &str, paths: &'a Paths) -> Option<&'a str> {
    // A long id in a name is cut.
    let (before, after) = name.split_once('…').unwrap_or((name, ""));
    let mut fitting = paths.iter().filter(|path| {
        path.rfind(before).is_some_and(|at| {
            let (head, tail) = path.split_at(at);
            (head.is_empty() || head.ends_with('/'))
                && if name.contains('…') {
                    tail.ends_with(after)
                } else {
                    tail == before
                }
        })
    });
    let found = fitting.next()?;
    assert_eq!(fitting.next(), None, "{name} could be two inputs");
    Some(found)
}

/// What a report for humans says: lines that begin a service, a startup or advice, and those that cite.
struct Lines {
    service: Regex,
    startup: Regex,
    cited: Regex,
    end: Regex,
}

impl Lines {
    fn read(&self, out: &str, paths: &Paths) -> Said {
        let mut said = Said::new();
        let mut service = String::new();
        let mut startup: Option<(u64, String, Vec<String>)> = None;
        let mut finish = |service: &str, startup: &mut Option<(u64, String, Vec<String>)>| {
            if let Some((n, cause, places)) = startup.take() {
                add(&mut said, service, n, &cause, places);
            }
        };
        for line in out.lines() {
            if let Some(found) = self.service.captures(line) {
                finish(&service, &mut startup);
                found[1].clone_into(&mut service);
            } else if let Some(found) = self.startup.captures(line) {
                finish(&service, &mut startup);
                startup = Some((found[1].parse().unwrap(), found[2].to_owned(), Vec::new()));
            } else if self.end.is_match(line) {
                finish(&service, &mut startup);
            } else if let (Some(found), Some((_, _, places))) =
                (self.cited.captures(line), startup.as_mut())
                && let Some(path) = path_of(&found[1], paths)
            {
                places.push(format!("{path}:{}", &found[2]));
            }
        }
        finish(&service, &mut startup);
        said
    }
}

fn of_markdown(out: &str, paths: &Paths) -> Said {
    let lines = Lines {
        service: Regex::new("^### `(.*)`$").unwrap(),
        startup: Regex::new(r"^\*\*Startup (\d+)\*\*, [^`]*: `([a-z-]+)`").unwrap(),
        cited: Regex::new(r"^  - `(.*?):(\d+)`[,:]").unwrap(),
        end: Regex::new("^####? ").unwrap(),
    };
    lines.read(out, paths)
}

fn of_text(out: &str, paths: &Paths) -> Said {
    let lines = Lines {
        service: Regex::new(r"^(\S+): \d+ startups?\b").unwrap(),
        startup: Regex::new(
            r"^  #(\d+) +(?:\S+ \S+Z|no time known) .*?([a-z]+(?:-[a-z]+)+|unknown)(?: +\([AB]\))?(?: |$)",
        )
        .unwrap(),
        cited: Regex::new(r"^        (\S+):(\d+)(?: |$)").unwrap(),
        end: Regex::new(r"^(  WS\d+ |inputs )").unwrap(),
    };
    lines.read(out, paths)
}

#[test]
fn every_format_says_the_same() {
    let mut cited = 0;
    for case in cases() {
        for mode in [Mode::Full, Mode::LogsOnly] {
            let words = mode.words(&case).unwrap().concat();
            let paths: Vec<String> = items(&common::report(&words)["inputs"])
                .iter()
                .map(|input| text(&input["path"]).to_owned())
                .collect();
            let said = |(name, read): &Format| {
                // The text leaves nothing out when it is asked to, and breaks no line that is short enough.
                let fixed = [
                    "-qv",
                    "--width",
                    "200",
                    "--fail-on",
                    "WS001",
                    "--format",
                    name,
                ];
                let ran = run(fixed.map(str::to_owned).into_iter().chain(words.clone()));
                assert_eq!(ran.err, "");
                read(&ran.out, &paths)
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
