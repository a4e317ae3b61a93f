//! `JUnit` XML for CI: a service is a suite, a startup a case that fails when `--fail-on` names its cause.
//!
//! There is no standard; this keeps to what Jenkins, GitLab and GitHub's actions read
//! (<https://github.com/testmoapp/junitxml>).

use super::{cite, fail_on::FailOn, sanitise::sanitise};
use crate::model::{
    Evidence,
    report::{Finding, Report, Service, Startup},
};
use quick_xml::{
    Writer,
    events::{BytesDecl, BytesText, Event},
};
use std::{fmt::Write as _, io};

/// One case of a suite.
struct TestCase {
    name: String,
    /// What the failure is called, when it is one.
    fails: Option<String>,
    message: String,
    details: String,
}

/// Writes `report`; what `fail_on` names fails.
pub(super) fn render(report: &Report, fail_on: &FailOn, out: &mut dyn io::Write) -> io::Result<()> {
    let suites: Vec<(&Service, Vec<TestCase>)> = report
        .services
        .iter()
        .map(|service| (service, cases(report, service, fail_on)))
        .collect();
    let mut xml = Writer::new_with_indent(out, b' ', 2);
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let all = suites.iter().flat_map(|(_, cases)| cases);
    let [tests, failures] = counts(all);
    let root = xml
        .create_element("testsuites")
        .with_attribute(("name", report.tool.name))
        .with_attribute(("tests", tests.as_str()))
        .with_attribute(("failures", failures.as_str()));
    if suites.is_empty() {
        root.write_empty()?;
    } else {
        root.write_inner_content(|xml| {
            suites
                .iter()
                .try_for_each(|(service, cases)| suite(xml, service, cases))
        })?;
    }
    xml.into_inner().write_all(b"\n")
}

/// How many cases there are, and how many of them fail.
fn counts<'a>(cases: impl IntoIterator<Item = &'a TestCase>) -> [String; 2] {
    let (mut tests, mut failures) = (0_usize, 0_usize);
    for case in cases {
        tests += 1;
        failures += usize::from(case.fails.is_some());
    }
    [tests.to_string(), failures.to_string()]
}

fn suite<W: io::Write>(
    xml: &mut Writer<W>,
    service: &Service,
    cases: &[TestCase],
) -> io::Result<()> {
    let [tests, failures] = counts(cases);
    let name = safe(&service.name);
    let mut suite = xml
        .create_element("testsuite")
        .with_attribute(("name", name.as_str()))
        .with_attribute(("tests", tests.as_str()))
        .with_attribute(("failures", failures.as_str()))
        .with_attribute(("errors", "0"))
        .with_attribute(("skipped", "0"))
        .with_attribute(("time", "0"));
    let first = service.startups.iter().find_map(|startup| startup.at);
    let first = first.map(|at| at.format("%Y-%m-%dT%H:%M:%SZ").to_string());
    if let Some(first) = &first {
        suite = suite.with_attribute(("timestamp", first.as_str()));
    }
    if cases.is_empty() {
        suite.write_empty()?;
        return Ok(());
    }
    suite.write_inner_content(|xml| cases.iter().try_for_each(|one| case(xml, &name, one)))?;
    Ok(())
}

fn case<W: io::Write>(xml: &mut Writer<W>, suite: &str, case: &TestCase) -> io::Result<()> {
    xml.create_element("testcase")
        .with_attribute(("classname", suite))
        .with_attribute(("name", case.name.as_str()))
        .with_attribute(("time", "0"))
        .write_inner_content(|xml| {
            let details = BytesText::new(&case.details);
            if let Some(kind) = &case.fails {
                xml.create_element("failure")
                    .with_attribute(("type", kind.as_str()))
                    .with_attribute(("message", case.message.as_str()))
                    .write_text_content(details)?;
            } else {
                xml.create_element("system-out")
                    .write_text_content(details)?;
            }
            Ok(())
        })?;
    Ok(())
}

/// A case for each startup, and one for each finding that `fail_on` names.
fn cases(report: &Report, service: &Service, fail_on: &FailOn) -> Vec<TestCase> {
    let startups = service
        .startups
        .iter()
        .map(|startup| of_startup(report, startup, fail_on));
    let findings = service
        .findings
        .iter()
        .filter(|finding| fail_on.has_finding(finding.id))
        .map(|finding| of_finding(report, finding));
    startups.chain(findings).collect()
}

fn of_startup(report: &Report, startup: &Startup, fail_on: &FailOn) -> TestCase {
    let when = startup.at.map_or_else(
        || "no time known".to_owned(),
        |at| at.format("%Y-%m-%d %H:%M:%SZ").to_string(),
    );
    let mut details = String::new();
    for (name, value) in [
        (
            "summary",
            Some(startup.summary.to_string()).filter(|text| !text.is_empty()),
        ),
        ("container", startup.container_id.clone()),
        ("run", startup.run.map(|run| run.to_string())),
        ("confidence", Some(format!("{:.2}", startup.confidence))),
        (
            "initiator",
            startup
                .initiator
                .as_ref()
                .map(|who| format!("{}: {}", who.kind, who.detail)),
        ),
    ] {
        if let Some(value) = value {
            line(&mut details, &format!("{name}: {value}"));
        }
    }
    cited(&mut details, "evidence", report, &startup.evidence);
    cited(&mut details, "against", report, &startup.against);
    for missing in &startup.missing {
        line(&mut details, &format!("missing: {missing}"));
    }
    let cause = startup.cause.name();
    TestCase {
        name: format!("startup {} at {when}: {cause}", startup.n),
        fails: fail_on.has_cause(startup.cause).then(|| cause.to_owned()),
        message: safe(if startup.summary.is_empty() {
            cause
        } else {
            &startup.summary
        }),
        details,
    }
}

fn of_finding(report: &Report, finding: &Finding) -> TestCase {
    let mut details = String::new();
    line(&mut details, &finding.detail);
    cited(&mut details, "evidence", report, &finding.evidence);
    line(&mut details, &format!("fix: {}", finding.remedy));
    TestCase {
        name: format!("finding {}: {}", finding.id, finding.title),
        fails: Some(finding.id.to_owned()),
        message: safe(&finding.detail),
        details,
    }
}

/// `NAME: PATH:LINE (claim)` for each cited line.
fn cited(details: &mut String, name: &str, report: &Report, lines: &[Evidence]) {
    for one in lines {
        let place = cite::place(&report.inputs, one);
        line(details, &format!("{name}: {place} ({})", one.claim));
    }
}

/// Adds one line; a line end inside of it is shown, not made.
fn line(details: &mut String, text: &str) {
    // Writing to a String cannot fail.
    let _ = writeln!(details, "{}", safe(text));
}

/// `text` without what XML 1.0 cannot hold (its production 2, `Char`) or a terminal would act on.
fn safe(text: &str) -> String {
    sanitise(text)
        .chars()
        .map(|c| match c {
            '\u{fffe}' | '\u{ffff}' => char::REPLACEMENT_CHARACTER,
            c => c,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{model::Cause, report::fixture};
    use quick_xml::{Reader, events::Event};

    fn xml(report: &Report, fail_on: &FailOn) -> String {
        let mut out = Vec::new();
        render(report, fail_on, &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        let mut reader = Reader::from_str(&text);
        reader.config_mut().check_end_names = true;
        while reader.read_event().unwrap() != Event::Eof {}
        text
    }

    #[test]
    fn what_fail_on_names_fails() {
        let report = fixture::timer_restart();
        let passing = xml(&report, &FailOn::default());
        assert!(
            passing.contains(r#"<testsuite name="pms-backend" tests="2" failures="0""#),
            "{passing}"
        );
        assert!(!passing.contains("<failure"), "{passing}");
        let failing = xml(
            &report,
            &FailOn {
                causes: vec![Cause::HostAutomationRestart],
                findings: vec!["WS001"],
            },
        );
        assert!(
            failing.contains(r#"<testsuites name="whystart" tests="3" failures="2">"#),
            "{failing}"
        );
        assert!(
            failing.contains(r#"<failure type="host-automation-restart" message="Stopped through"#),
            "{failing}"
        );
        assert!(
            failing.contains("evidence: case/events.jsonl:6 (exec_die"),
            "{failing}"
        );
    }

    #[test]
    fn hostile_names_stay_inside_of_their_attribute() {
        let name = "\"/><script>&\u{0}\u{b}\u{fffe}\u{ffff}\u{1b}[2J\u{202e}]]>\nx";
        let mut startup = fixture::startup(1, Cause::Unknown);
        startup.summary = name.to_owned().into();
        let service = fixture::service(name, vec![startup]);
        let text = xml(
            &fixture::report(Vec::new(), vec![service]),
            &FailOn {
                causes: vec![Cause::Unknown],
                findings: Vec::new(),
            },
        );
        assert!(!text.contains("<script"), "{text}");
        assert!(!text.contains("]]>"), "{text}");
        let odd = |c: char| c != '\n' && !super::super::sanitise::is_harmless(c);
        assert!(!text.contains(odd), "{text:?}");
        assert!(!text.contains(['\u{fffe}', '\u{ffff}']), "{text:?}");
    }

    #[test]
    fn no_services_are_no_suites() {
        let text = xml(&fixture::report(Vec::new(), Vec::new()), &FailOn::default());
        assert!(
            text.ends_with("<testsuites name=\"whystart\" tests=\"0\" failures=\"0\"/>\n"),
            "{text}"
        );
    }
}
