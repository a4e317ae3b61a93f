//! The page in a real browser: it opens without an error, its filters work, its contrast holds, and
//! without a script nothing is missing. Skipped, saying so, where there is no Chromium.

#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test fails by panicking, and says so when it is skipped"
)]

mod common;

use common::{Mode, case, items, report, run, text};
use serde_json::Value;
use std::{
    collections::BTreeSet,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// The page that looks at another one, and writes down what it finds.
const CHECK: &str = include_str!("browser/check.html");

fn chromium() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let found = std::env::split_paths(&path).find_map(|folder| {
        ["chromium", "chromium-browser", "google-chrome"]
            .iter()
            .map(|name| folder.join(name))
            .find(|program| program.is_file())
    });
    if found.is_none() {
        eprintln!("skipped: no chromium, chromium-browser or google-chrome on the path");
    }
    found
}

/// Opens a file: the document in the end, and what was written to the console.
fn open(browser: &Path, file: &Path, dark: bool) -> (String, Vec<String>) {
    let profile = tempfile::tempdir().unwrap();
    let output = Command::new(browser)
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--no-first-run",
        ])
        // The checking page may look into the frame that holds the other one.
        .args([
            "--allow-file-access-from-files",
            "--virtual-time-budget=60000",
        ])
        .args(["--enable-logging=stderr", "--dump-dom"])
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .arg(format!(
            "--blink-settings=preferredColorScheme={}",
            i32::from(!dark)
        ))
        .arg(format!("file://{}", file.display()))
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let console = String::from_utf8_lossy(&output.stderr)
        .lines()
        .filter(|line| line.contains("CONSOLE"))
        .map(str::to_owned)
        .collect();
    (
        String::from_utf8_lossy(&output.stdout).into_owned(),
        console,
    )
}

/// What the checking page finds of the page that `words` give.
fn checked(browser: &Path, words: &[String], dark: bool) -> Value {
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("report.html");
    let mut all = vec!["-q", "--format", "html", "-o", page.to_str().unwrap()];
    all.extend(words.iter().map(String::as_str));
    let ran = run(&all);
    assert_eq!(ran.status, 0, "{}", ran.err);
    let (_, console) = open(browser, &page, dark);
    assert_eq!(console, [""; 0], "the console is silent");
    let check = folder.path().join("check.html");
    fs::write(&check, CHECK).unwrap();
    let (document, _) = open(browser, &check, dark);
    let (_, rest) = document.split_once("<pre id=\"result\">").unwrap();
    let (found, _) = rest.split_once("</pre>").unwrap();
    let found = found
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&");
    let found: Value = serde_json::from_str(&found).unwrap();
    assert_eq!(found["error"], Value::Null, "{found}");
    found
}

/// The ids of a report's startups on the page, all or those that `keep` chooses.
fn ids(report: &Value, keep: impl Fn(usize, &Value) -> bool) -> Vec<String> {
    let mut ids = Vec::new();
    for (index, service) in items(&report["services"]).iter().enumerate() {
        for startup in items(&service["startups"]) {
            if keep(index, startup) {
                ids.push(format!("s{index}-{}", startup["n"]));
            }
        }
    }
    ids
}

fn strings(value: &Value) -> Vec<String> {
    items(value)
        .iter()
        .map(|item| text(item).to_owned())
        .collect()
}

/// All that has to hold of any page.
fn assert_works(found: &Value, report: &Value) {
    let all = ids(report, |_, _| true);
    let timed = ids(report, |_, startup| !startup["at"].is_null());
    assert_eq!(strings(&found["startups"]), all);
    let in_order = |ids: Vec<String>| ids.into_iter().collect::<BTreeSet<_>>();
    assert_eq!(in_order(strings(&found["marks"])), in_order(timed));
    assert_eq!(
        found["beyond"],
        serde_json::json!([0, 0]),
        "nothing is wider than the window"
    );
    assert_eq!(found["contrast"]["found"], serde_json::json!([]));
    assert!(found["contrast"]["read"].as_u64() > Some(50));
    assert_eq!(strings(&found["afterReset"]), all);
    for (filter, shown) in found["filters"].as_object().unwrap() {
        let (kind, value) = filter.split_once(' ').unwrap();
        let expected = ids(report, |index, startup| match kind {
            "cause" => text(&startup["cause"]) == value,
            _ => index.to_string() == value,
        });
        assert_eq!(strings(&shown["startups"]), expected, "{filter}");
        assert!(strings(&shown["marks"]).len() <= expected.len(), "{filter}");
        let says = format!("{} of {} startups shown", expected.len(), all.len());
        assert_eq!(text(&shown["says"]), says);
    }
    assert_eq!(found["unfolded"], true);
    let still = &found["still"];
    assert_eq!(strings(&still["startups"]), all, "without a script");
    assert_eq!(still["marks"], items(&found["marks"]).len());
    assert_eq!(still["useless"], 0, "no control that does nothing");
}

#[test]
fn the_page_works_in_light_and_in_dark() {
    let Some(browser) = chromium() else { return };
    let words = Mode::Full.words(&case("20-")).unwrap().concat();
    let report = report(&words);
    for dark in [false, true] {
        let found = checked(&browser, &words, dark);
        assert_eq!(found["dark"], dark);
        assert_works(&found, &report);
        let filters = found["filters"].as_object().unwrap();
        assert!(filters.contains_key("cause oom-restart") && filters.contains_key("service 1"));
        assert_eq!(found["zoom"], 2);
        let keyboard = &found["keyboard"];
        assert_eq!(keyboard["moved"], true);
        assert!(
            text(&keyboard["said"]).starts_with("#1 first-start"),
            "{keyboard}"
        );
        assert!(
            text(&keyboard["then"]).starts_with("#2 manual-restart"),
            "{keyboard}"
        );
        assert_eq!(keyboard["then"], keyboard["label"]);
    }
}

#[test]
fn a_thousand_startups_are_shown_and_filtered() {
    let Some(browser) = chromium() else { return };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("events.jsonl");
    let mut events = String::new();
    let id = "ab".repeat(32);
    for n in 0..1000_i64 {
        let start = 1_790_000_000 + n * 60;
        for (action, time, code) in [
            ("start", start, ""),
            ("die", start + 50, r#","exitCode":"1""#),
        ] {
            writeln!(
                events,
                r#"{{"Type":"container","Action":"{action}","Actor":{{"ID":"{id}","Attributes":{{"name":"api","image":"api:1"{code}}}}},"time":{time},"timeNano":{time}000000000}}"#
            )
            .unwrap();
        }
    }
    fs::write(&path, events).unwrap();
    let words = [path.to_str().unwrap().to_owned()];
    let report = report(&words);
    assert_eq!(report["summary"]["startups"], 1000);
    assert_works(&checked(&browser, &words, false), &report);
}

#[test]
fn an_error_on_the_console_would_be_seen() {
    let Some(browser) = chromium() else { return };
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("wrong.html");
    fs::write(&page, "<!DOCTYPE html><script>missing()</script>").unwrap();
    let (_, console) = open(&browser, &page, false);
    assert!(
        console
            .iter()
            .any(|line| line.contains("missing is not defined")),
        "{console:?}"
    );
}
