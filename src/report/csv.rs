//! One row per startup (RFC 4180), for spreadsheets and databases. No cell is a formula.

use super::{cite, json_text::name, sanitise::sanitise};
use crate::model::{
    Evidence, Initiator, Time,
    report::{Report, Service, Startup},
};
use csv::{Terminator, WriterBuilder};
use std::io;

/// What separates the entries of one cell.
const BETWEEN: &str = "; ";

/// A column: its name, and its value for a startup.
type Column = (&'static str, fn(&Report, &Service, &Startup) -> String);

/// All columns. New ones are added at the end, because readers may count.
const COLUMNS: [Column; 22] = [
    ("service", |_, service, _| service.name.clone()),
    ("startup", |_, _, startup| startup.n.to_string()),
    ("at", |_, _, startup| {
        startup.at.map_or_else(String::new, rfc3339)
    }),
    ("cause", |_, _, startup| startup.cause.name().to_owned()),
    ("case", |_, _, startup| name(&startup.case)),
    ("family", |_, _, startup| name(&startup.family)),
    ("confidence", |_, _, startup| {
        format!("{:.2}", startup.confidence)
    }),
    ("outcome", |_, _, startup| name(&startup.outcome)),
    ("duplicate", |_, _, startup| startup.duplicate.to_string()),
    ("container_id", |_, _, startup| {
        known(startup.container_id.as_ref())
    }),
    ("container_name", |_, _, startup| {
        known(startup.container_name.as_ref())
    }),
    ("image", |_, service, startup| image(service, startup)),
    ("run", |_, _, startup| known(startup.run)),
    ("pids", |_, _, startup| list(&startup.pids)),
    ("generations", |_, _, startup| list(&startup.generations)),
    ("pool_ids", |_, _, startup| list(&startup.pool_ids)),
    ("initiator", |_, _, startup| {
        initiator(startup.initiator.as_deref())
    }),
    ("summary", |_, _, startup| startup.summary.to_string()),
    ("evidence", |report, _, startup| {
        cited(report, &startup.evidence)
    }),
    ("against", |report, _, startup| {
        cited(report, &startup.against)
    }),
    ("missing", |_, _, startup| startup.missing.join(BETWEEN)),
    ("candidates", |_, _, startup| {
        let each = startup.candidates.iter();
        let each = each.map(|one| format!("{} {:.2}", one.cause, one.confidence));
        each.collect::<Vec<_>>().join(BETWEEN)
    }),
];

/// Writes the startups of `report`.
pub(super) fn render(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    let mut rows = WriterBuilder::new()
        .terminator(Terminator::CRLF)
        .from_writer(out);
    rows.write_record(COLUMNS.map(|(name, _)| name))?;
    for service in &report.services {
        for startup in &service.startups {
            rows.write_record(COLUMNS.map(|(_, value)| inert(&value(report, service, startup))))?;
        }
    }
    rows.flush()
}

/// `cell` without anything that acts on a terminal, and with a `'` before what a spreadsheet would calculate.
/// See OWASP, "CSV injection": a cell that begins with one of these is a formula to some program.
fn inert(cell: &str) -> String {
    const FORMULA: [char; 10] = ['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠'];
    let shown = sanitise(cell);
    if cell.starts_with(FORMULA) || shown.trim_start().starts_with(FORMULA) {
        format!("'{shown}")
    } else {
        shown.into_owned()
    }
}

/// RFC 3339 in UTC, as in JSON.
fn rfc3339(time: Time) -> String {
    time.format("%Y-%m-%dT%H:%M:%S%.9fZ").to_string()
}

fn known(value: Option<impl ToString>) -> String {
    value.map_or_else(String::new, |value| value.to_string())
}

fn list(values: &[impl ToString]) -> String {
    let each: Vec<String> = values.iter().map(ToString::to_string).collect();
    each.join(BETWEEN)
}

fn initiator(initiator: Option<&Initiator>) -> String {
    initiator.map_or_else(String::new, |who| format!("{}: {}", who.kind, who.detail))
}

fn image(service: &Service, startup: &Startup) -> String {
    let container = service.container_of(startup);
    known(container.and_then(|container| container.image.as_ref()))
}

/// `PATH:LINE (claim)` of each line.
fn cited(report: &Report, lines: &[Evidence]) -> String {
    let each: Vec<String> = lines
        .iter()
        .map(|line| format!("{} ({})", cite::place(&report.inputs, line), line.claim))
        .collect();
    each.join(BETWEEN)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{model::Cause, report::fixture};

    fn rows(report: &Report) -> (String, Vec<Vec<String>>) {
        let mut out = Vec::new();
        render(report, &mut out).unwrap();
        let rows = csv::ReaderBuilder::new()
            .has_headers(false)
            .from_reader(&out[..])
            .records()
            .map(|row| row.unwrap().iter().map(str::to_owned).collect())
            .collect();
        (String::from_utf8(out).unwrap(), rows)
    }

    #[test]
    fn a_startup_is_a_row_below_the_names() {
        let (text, rows) = rows(&fixture::timer_restart());
        assert_eq!(text.matches("\r\n").count(), 3);
        assert_eq!(rows[0][..4], ["service", "startup", "at", "cause"]);
        let second = &rows[2];
        assert_eq!(second[3..6], ["host-automation-restart", "B", "external"]);
        assert_eq!(second[11], "pms-backend:1.4.0");
        assert!(
            second[18].starts_with("case/events.jsonl:6 (exec_die exitCode=2 (getent"),
            "{}",
            second[18]
        );
    }

    #[test]
    fn no_cell_is_a_formula() {
        for (name, shown) in [
            ("=HYPERLINK(\"http://x\")", "'=HYPERLINK(\"http://x\")"),
            ("+1", "'+1"),
            ("-2+3", "'-2+3"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\t=1", "' =1"),
            ("\r=1", "'␍=1"),
            (" =1", "' =1"),
            ("＝1", "'＝1"),
            ("a=1", "a=1"),
            ("two\nlines, \"quoted\"", "two␊lines, \"quoted\""),
            ("\u{1b}[2J\u{202e}x", "␛[2J<U+202E>x"),
        ] {
            let service = fixture::service(name, vec![fixture::startup(1, Cause::Unknown)]);
            let (_, rows) = rows(&fixture::report(Vec::new(), vec![service]));
            assert_eq!(rows[1][0], shown);
        }
    }
}
