//! The report in a few lines, for a mail: what to act on, what was read, and where the whole report is.

use super::{
    FailOn, TextOptions,
    layout::{Cell, Page},
    sanitise::sanitise,
    style,
    words::{count, len, second},
};
use crate::model::{
    Cause, Severity, Time,
    report::{Finding, Report, Service, Startup},
};
use std::{borrow::Cow, collections::BTreeMap, fmt::Write as _, io};

/// How many services are listed at most, and how many startups of each.
const SERVICES: usize = 8;
const STARTUPS: usize = 3;

/// What the digest says besides the report.
#[derive(Clone, Debug, Default)]
pub(crate) struct Digest<'a> {
    /// What somebody wants to be told of; if empty, every duplicate and every warning or error.
    pub(crate) fail_on: FailOn,
    /// The start of the window that was asked for.
    pub(crate) since: Option<Time>,
    /// Its end.
    pub(crate) until: Option<Time>,
    /// The files with the whole report.
    pub(crate) written: Vec<Cow<'a, str>>,
}

impl Digest<'_> {
    /// Whether there is nothing to act on.
    #[must_use]
    pub(crate) fn is_clean(&self, report: &Report) -> bool {
        report.services.iter().all(|service| {
            self.startups(service).next().is_none() && self.findings(service).next().is_none()
        })
    }

    /// Writes the digest.
    ///
    /// # Errors
    /// Those of `out`.
    pub(crate) fn write(
        &self,
        report: &Report,
        options: &TextOptions,
        out: &mut dyn io::Write,
    ) -> io::Result<()> {
        let mut page = Page::new(out, options);
        page.paragraph(0, 2, "whystart:", &self.answer(report))?;
        page.paragraph(0, 2, "", &self.window(report))?;
        let told: Vec<&Service> = report
            .services
            .iter()
            .filter(|service| {
                self.startups(service).next().is_some() || self.findings(service).next().is_some()
            })
            .collect();
        for service in told.iter().take(SERVICES) {
            page.separate()?;
            self.service(&mut page, service)?;
        }
        page.separate()?;
        let rest = told.len().saturating_sub(SERVICES);
        if rest > 0 {
            page.paragraph(
                0,
                2,
                "",
                &format!("and {}", count(len(rest), "more service")),
            )?;
        }
        let quiet = report.services.len() - told.len();
        if quiet > 0 && !told.is_empty() {
            let text = format!(
                "nothing to act on in {}",
                count(len(quiet), "other service")
            );
            page.paragraph(0, 2, "", &text)?;
        }
        page.paragraph(0, 2, "read:", &inputs(report))?;
        for path in &self.written {
            // On one line, so that it can be copied.
            writeln!(out, "written: {}", sanitise(path))?;
        }
        Ok(())
    }

    /// The first line, which may be all that is read.
    fn answer(&self, report: &Report) -> String {
        let all = format!(
            "{} in {}",
            count(report.summary.startups, "startup"),
            count(len(report.services.len()), "service")
        );
        let mut causes: BTreeMap<Cause, usize> = BTreeMap::new();
        let mut findings: BTreeMap<&str, usize> = BTreeMap::new();
        for service in &report.services {
            for startup in self.startups(service) {
                *causes.entry(startup.cause).or_default() += 1;
            }
            for finding in self.findings(service) {
                *findings.entry(finding.id).or_default() += 1;
            }
        }
        let causes = causes.iter().map(|(cause, n)| format!("{cause} {n}"));
        let findings = findings.iter().map(|(id, n)| format!("{id} {n}"));
        let found: Vec<String> = causes.chain(findings).collect();
        if found.is_empty() {
            format!("nothing to act on; {all}")
        } else {
            format!("{}; {all}", found.join(", "))
        }
    }

    /// The time that the report is about: the window that was asked for, else what the inputs cover.
    fn window(&self, report: &Report) -> String {
        let from = report.inputs.iter().filter_map(|input| input.from).min();
        let to = report.inputs.iter().filter_map(|input| input.to).max();
        match (self.since.or(from), self.until.or(to)) {
            (Some(from), Some(to)) if from <= to => {
                format!("from {} to {}; times are UTC", second(from), second(to))
            }
            (Some(from), _) => format!("from {}; times are UTC", second(from)),
            (None, Some(to)) => format!("to {}; times are UTC", second(to)),
            (None, None) => "no time is known".to_owned(),
        }
    }

    fn service(&self, page: &mut Page, service: &Service) -> io::Result<()> {
        let head = format!(
            "{}: {}",
            service.name,
            count(len(service.startups.len()), "startup")
        );
        page.row(0, 2, 1, &[Cell::new(head, style::STRONG)])?;
        let told: Vec<&Startup> = self.startups(service).collect();
        let skipped = told.len().saturating_sub(STARTUPS);
        if skipped > 0 {
            let text = format!("{} before these:", count(len(skipped), "such startup"));
            page.paragraph(2, 4, "", &text)?;
        }
        for startup in &told[skipped..] {
            let at = startup
                .at
                .map_or_else(|| "no time known".to_owned(), second);
            let case = startup
                .case
                .map_or_else(String::new, |case| format!(" ({case:?})"));
            let text = format!(
                "{at} {}{case} {:.0} %: {}",
                startup.cause,
                startup.confidence * 100.0,
                startup.summary
            );
            page.paragraph(
                2,
                4,
                &format!("#{}", startup.n),
                text.trim_end_matches([':', ' ']),
            )?;
        }
        for finding in self.findings(service) {
            page.paragraph(2, 4, finding.id, finding.title)?;
        }
        Ok(())
    }

    /// The startups of `service` that the digest lists.
    fn startups<'s>(&'s self, service: &'s Service) -> impl Iterator<Item = &'s Startup> {
        service.startups.iter().filter(|startup| {
            if self.fail_on.is_empty() {
                startup.duplicate
            } else {
                self.fail_on.has_cause(startup.cause)
            }
        })
    }

    /// The findings of `service` that the digest lists.
    fn findings<'s>(&'s self, service: &'s Service) -> impl Iterator<Item = &'s Finding> {
        service.findings.iter().filter(|finding| {
            if self.fail_on.is_empty() {
                finding.severity != Severity::Info
            } else {
                self.fail_on.has_finding(finding.id)
            }
        })
    }
}

/// What was read, and how much of it was not understood.
fn inputs(report: &Report) -> String {
    let lines: u64 = report.inputs.iter().map(|input| input.lines).sum();
    let skipped: u64 = report.inputs.iter().map(|input| input.skipped).sum();
    let warnings: usize = report.inputs.iter().map(|input| input.warnings.len()).sum();
    let mut text = format!(
        "{} of {}",
        count(lines, "line"),
        count(len(report.inputs.len()), "input")
    );
    if skipped > 0 {
        // Writing to a String cannot fail.
        let _ = write!(text, ", {skipped} not understood");
    }
    if warnings > 0 {
        let _ = write!(text, ", {}", count(len(warnings), "warning"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;

    fn written(digest: &Digest, report: &Report) -> String {
        let mut out = Vec::new();
        digest
            .write(report, &TextOptions::default(), &mut out)
            .unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn the_answer_comes_first_and_the_files_last() {
        let report = fixture::timer_restart();
        let digest = Digest {
            fail_on: FailOn {
                causes: vec![Cause::HostAutomationRestart],
                findings: Vec::new(),
            },
            since: Some(fixture::at("00:00:00")),
            written: vec!["/var/log/whystart/2026-11-21.html".into()],
            ..Digest::default()
        };
        assert!(!digest.is_clean(&report));
        assert_eq!(
            written(&digest, &report),
            "whystart: host-automation-restart 1; 2 startups in 1 service
from 2026-11-20 00:00:00Z to 2026-11-20 09:45:01Z; times are UTC

pms-backend: 2 startups
  #2 2026-11-20 09:41:27Z host-automation-restart (B) 97 %: Stopped through the
    API 0.3 s after a probe failed in the container, with a network attached to
    it in between.

read: 240 lines of 2 inputs
written: /var/log/whystart/2026-11-21.html
"
        );
    }

    #[test]
    fn clean_means_nothing_named_or_else_nothing_odd() {
        let report = fixture::timer_restart();
        let named = |cause| Digest {
            fail_on: FailOn {
                causes: vec![cause],
                findings: Vec::new(),
            },
            ..Digest::default()
        };
        assert!(named(Cause::OomRestart).is_clean(&report));
        assert!(!named(Cause::HostAutomationRestart).is_clean(&report));
        assert!(!Digest::default().is_clean(&report));
        let first = fixture::service("db", vec![fixture::startup(1, Cause::FirstStart)]);
        let calm = fixture::report(Vec::new(), vec![first]);
        assert!(Digest::default().is_clean(&calm));
        assert_eq!(
            written(&Digest::default(), &calm),
            "whystart: nothing to act on; 1 startup in 1 service\nno time is known\n\nread: 0 lines of 0 inputs\n"
        );
    }

    #[test]
    fn a_mail_is_short_whatever_happened() {
        let startups = |_| (1..400).map(|n| fixture::startup(n, Cause::RestartPolicy));
        let services = (0..50)
            .map(|n| fixture::service(&format!("s{n}"), startups(n).collect()))
            .collect();
        let text = written(&Digest::default(), &fixture::report(Vec::new(), services));
        assert!(text.lines().count() < 70, "{text}");
        assert!(text.contains("396 such startups before these:"), "{text}");
        assert!(text.contains("and 42 more services"), "{text}");
    }
}
