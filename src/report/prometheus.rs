//! Figures for Prometheus, as a text file for the textfile collector of `node_exporter`.
//!
//! All are gauges: they say what is in this report, and a later report may hold less. Labels are of
//! few values (inputs are counted by kind, not by path), so that the series stay the same from day to day.
//! Format: <https://prometheus.io/docs/instrumenting/exposition_formats/>.

use super::{json_text::name, sanitise::sanitise};
use crate::model::{Time, report::Report};
use std::{
    collections::BTreeMap,
    io::{self, Write},
};

/// The labels of a series, in their order, with their values made safe to show.
type Labels = Vec<(&'static str, String)>;

/// One metric and its series.
struct Metric {
    name: &'static str,
    help: &'static str,
    series: BTreeMap<Labels, f64>,
}

impl Metric {
    fn new(name: &'static str, help: &'static str) -> Self {
        Self {
            name,
            help,
            series: BTreeMap::new(),
        }
    }

    /// Puts `value` and what the series has together.
    fn put(&mut self, labels: &[(&'static str, &str)], value: f64, both: fn(f64, f64) -> f64) {
        let labels = labels
            .iter()
            .map(|(name, value)| (*name, sanitise(value).into_owned()))
            .collect();
        self.series
            .entry(labels)
            .and_modify(|old| *old = both(*old, value))
            .or_insert(value);
    }

    fn add(&mut self, labels: &[(&'static str, &str)], value: u64) {
        // Exact up to 2^53, and a count of lines stays far below.
        #[expect(clippy::cast_precision_loss, reason = "Prometheus knows floats only")]
        self.put(labels, value as f64, |a, b| a + b);
    }

    fn latest(&mut self, labels: &[(&'static str, &str)], time: Time) {
        self.put(labels, seconds(time), f64::max);
    }

    fn earliest(&mut self, labels: &[(&'static str, &str)], time: Time) {
        self.put(labels, seconds(time), f64::min);
    }

    fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let Self { name, help, series } = self;
        writeln!(out, "# HELP {name} {help}")?;
        writeln!(out, "# TYPE {name} gauge")?;
        for (labels, value) in series {
            let labels: Vec<String> = labels
                .iter()
                .map(|(name, value)| format!("{name}=\"{}\"", escaped(value)))
                .collect();
            if labels.is_empty() {
                writeln!(out, "{name} {value}")?;
            } else {
                writeln!(out, "{name}{{{}}} {value}", labels.join(","))?;
            }
        }
        Ok(())
    }
}

/// Writes the figures of `report`.
pub(super) fn render(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    for metric in of_startups(report).iter().chain(&of_inputs(report)) {
        metric.write(out)?;
    }
    Ok(())
}

fn of_startups(report: &Report) -> [Metric; 5] {
    let mut info = Metric::new(
        "whystart_build_info",
        "The program that made this, always 1.",
    );
    let mut startups = Metric::new(
        "whystart_startups",
        "Startups in the report, by service and cause.",
    );
    let mut duplicates = Metric::new(
        "whystart_duplicate_startups",
        "Startups that a reader of the log takes for a second one, by service.",
    );
    let mut last = Metric::new(
        "whystart_last_startup_timestamp_seconds",
        "Unix time of the last startup, by service and cause.",
    );
    let mut findings = Metric::new(
        "whystart_findings",
        "Findings in the report, by service, id and severity.",
    );
    info.add(&[("version", report.tool.version)], 1);
    for service in &report.services {
        let of_service = ("service", service.name.as_str());
        duplicates.add(&[of_service], 0);
        for startup in &service.startups {
            let labels = [of_service, ("cause", startup.cause.name())];
            startups.add(&labels, 1);
            duplicates.add(&[of_service], u64::from(startup.duplicate));
            if let Some(at) = startup.at {
                last.latest(&labels, at);
            }
        }
        for finding in &service.findings {
            let severity = name(&finding.severity);
            let labels = [of_service, ("finding", finding.id), ("severity", &severity)];
            findings.add(&labels, 1);
        }
    }
    [info, startups, duplicates, last, findings]
}

fn of_inputs(report: &Report) -> [Metric; 5] {
    let mut inputs = Metric::new("whystart_inputs", "Inputs that were read, by kind.");
    let mut lines = Metric::new(
        "whystart_input_lines",
        "Lines or records in the inputs, by kind.",
    );
    let mut skipped = Metric::new(
        "whystart_skipped_lines",
        "Lines or records that could not be understood and were left out, by kind of input.",
    );
    let mut from = Metric::new(
        "whystart_coverage_start_timestamp_seconds",
        "Unix time of the first line with a time, by kind of input.",
    );
    let mut to = Metric::new(
        "whystart_coverage_end_timestamp_seconds",
        "Unix time of the last line with a time, by kind of input.",
    );
    for input in &report.inputs {
        let kind = name(&input.kind);
        let labels = [("kind", kind.as_str())];
        inputs.add(&labels, 1);
        lines.add(&labels, input.lines);
        skipped.add(&labels, input.skipped);
        if let Some(time) = input.from {
            from.earliest(&labels, time);
        }
        if let Some(time) = input.to {
            to.latest(&labels, time);
        }
    }
    [inputs, lines, skipped, from, to]
}

/// Unix time in seconds, to the millisecond: what a float of this size can hold.
fn seconds(time: Time) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "milliseconds since 1970 fit")]
    let milliseconds = time.timestamp_millis() as f64;
    milliseconds / 1000.0
}

/// A label's value between its quotes.
fn escaped(value: &str) -> String {
    value
        .replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{model::Cause, report::fixture};

    fn text(report: &Report) -> String {
        let mut out = Vec::new();
        render(report, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn startups_are_counted_by_service_and_cause() {
        let text = text(&fixture::timer_restart());
        for line in [
            "# TYPE whystart_startups gauge",
            r#"whystart_startups{service="pms-backend",cause="first-start"} 1"#,
            r#"whystart_duplicate_startups{service="pms-backend"} 1"#,
            r#"whystart_last_startup_timestamp_seconds{service="pms-backend",cause="first-start"} 1795167672"#,
            r#"whystart_findings{service="pms-backend",finding="WS001",severity="warning"} 1"#,
            r#"whystart_skipped_lines{kind="docker-events"} 0"#,
            r#"whystart_coverage_start_timestamp_seconds{kind="docker-events"} 1795167671"#,
        ] {
            assert!(text.lines().any(|found| found == line), "{line}\n{text}");
        }
    }

    #[test]
    fn names_are_escaped_and_no_series_is_written_twice() {
        let service =
            |name: &str| fixture::service(name, vec![fixture::startup(1, Cause::Unknown)]);
        let services = vec![service("a\"\\\n\u{1b}[2J"), service("a\"\\\u{240a}␛[2J")];
        let text = text(&fixture::report(Vec::new(), services));
        let series: Vec<&str> = text
            .lines()
            .filter(|line| line.starts_with("whystart_startups{"))
            .collect();
        assert_eq!(
            series,
            [r#"whystart_startups{service="a\"\\␊␛[2J",cause="unknown"} 2"#]
        );
    }
}
