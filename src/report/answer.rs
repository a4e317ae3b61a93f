//! The answer in a sentence: what happened to which service, how often, and the cause that matters.

use super::words;
use crate::{
    classify::causes,
    model::{
        Case, Cause, Family, Severity,
        report::{Report, Service, Startup},
    },
};
use std::collections::BTreeMap;

/// The answer for one service that started again.
#[derive(Clone, Debug)]
pub(crate) struct Answer<'a> {
    /// The service.
    pub(crate) service: &'a Service,
    /// The causes of its startups after the first, most urgent first.
    pub(crate) causes: Vec<(Cause, u64)>,
    /// The last startup of the cause that matters most.
    pub(crate) decisive: &'a Startup,
}

/// The services that started again, most urgent first.
pub(crate) fn answers(report: &Report) -> Vec<Answer<'_>> {
    let mut answers: Vec<Answer> = report.services.iter().filter_map(answer_for).collect();
    let most = |answer: &Answer| answer.causes.iter().map(|(_, count)| *count).sum::<u64>();
    answers.sort_by(|a, b| {
        a.decisive
            .cause
            .urgency()
            .cmp(&b.decisive.cause.urgency())
            .then_with(|| most(b).cmp(&most(a)))
    });
    answers
}

fn answer_for(service: &Service) -> Option<Answer<'_>> {
    let again = service.startups.iter().filter(|startup| startup.duplicate);
    let decisive = again
        .clone()
        .min_by_key(|startup| (startup.cause.urgency(), std::cmp::Reverse(startup.n)))?;
    let mut counts: BTreeMap<Cause, u64> = BTreeMap::new();
    for startup in again {
        *counts.entry(startup.cause).or_default() += 1;
    }
    let mut causes: Vec<(Cause, u64)> = counts.into_iter().collect();
    causes.sort_by_key(|(cause, _)| cause.urgency());
    Some(Answer {
        service,
        causes,
        decisive,
    })
}

impl Answer<'_> {
    /// `api started again twice: oom-restart, manual-restart`, without a full stop.
    pub(crate) fn headline(&self) -> String {
        let again: u64 = self.causes.iter().map(|(_, count)| *count).sum();
        let mut families = self
            .service
            .startups
            .iter()
            .filter(|startup| startup.duplicate)
            .map(|startup| startup.family);
        let what = if families.clone().all(|family| family == Family::InContainer) {
            format!(
                "logged its startup again {} without a new run",
                words::times(again)
            )
        } else if families.any(|family| family == Family::External) {
            format!("started again {}", words::times(again))
        } else {
            format!("logged its startup again {}", words::times(again))
        };
        let causes = match self.causes.as_slice() {
            [(Cause::Unknown, _)] => "cause unknown".to_owned(),
            [(only, 1)] => {
                let sure = words::percent(self.decisive.confidence);
                format!("{}, {sure}", with_case(*only))
            }
            [(only, _)] => with_case(*only),
            several => several
                .iter()
                .map(|(cause, count)| match count {
                    1 => with_case(*cause),
                    n => format!("{} {n}", with_case(*cause)),
                })
                .collect::<Vec<_>>()
                .join(", "),
        };
        format!("{} {what}: {causes}", self.service.name)
    }

    /// The cause that matters and how it showed, in whole sentences.
    pub(crate) fn explanation(&self) -> String {
        let decisive = self.decisive;
        let mut text = String::new();
        if decisive.cause != Cause::Unknown {
            text.push_str(causes::row(decisive.cause).title);
            if self.causes.len() > 1 || self.causes.iter().any(|(_, count)| *count > 1) {
                text.push_str(" (#");
                text.push_str(&decisive.n.to_string());
                text.push(')');
            }
            text.push('.');
        }
        if !decisive.summary.is_empty() {
            text.push(' ');
            text.push_str(&decisive.summary);
        }
        if decisive.cause == Cause::Unknown && !decisive.candidates.is_empty() {
            text.push_str(" It could be: ");
            text.push_str(&words::candidates(decisive));
            text.push('.');
        }
        text.trim_start().to_owned()
    }
}

/// A cause, with its case where it is one: `host-automation-restart (B)`.
pub(crate) fn with_case(cause: Cause) -> String {
    match cause.case() {
        Some(Case::A) => format!("{cause} (A)"),
        Some(Case::B) => format!("{cause} (B)"),
        None => cause.name().to_owned(),
    }
}

/// What to say when no service started again.
pub(crate) fn nothing(report: &Report) -> String {
    let startups = report.summary.startups;
    if startups == 0 {
        return "No startups were found.".to_owned();
    }
    let services = u64::try_from(report.services.len()).unwrap_or(u64::MAX);
    format!(
        "No service started again: {} in {}.",
        words::count(startups, "startup"),
        words::count(services, "service")
    )
}

/// The most urgent finding, where one is more than a note.
pub(crate) fn worst_finding(report: &Report) -> Option<String> {
    let findings = report.services.iter().flat_map(|service| {
        service
            .findings
            .iter()
            .map(move |finding| (service, finding))
    });
    let (service, finding) = findings
        .filter(|(_, finding)| finding.severity > Severity::Info)
        .min_by_key(|(_, finding)| std::cmp::Reverse(finding.severity))?;
    Some(format!(
        "{} in {}: {}.",
        finding.id, service.name, finding.title
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Candidate;
    use crate::report::fixture::{self, report, service, startup};

    fn headlines(services: Vec<Service>) -> Vec<String> {
        let report = report(vec![], services);
        answers(&report).iter().map(Answer::headline).collect()
    }

    #[test]
    fn the_answer_names_the_service_how_often_and_the_cause() {
        let report = fixture::timer_restart();
        let answers = answers(&report);
        assert_eq!(
            answers[0].headline(),
            "pms-backend started again once: host-automation-restart (B), 97 %"
        );
        assert!(
            answers[0].explanation().starts_with(
                "Automation on the host restarted the container. Stopped through the API 0.3 s after"
            ),
            "{}",
            answers[0].explanation()
        );
    }

    #[test]
    fn what_needs_somebody_comes_first() {
        let again = |n, cause| startup(n, cause);
        let first = || startup(1, Cause::FirstStart);
        let shown = headlines(vec![
            service("a", vec![first(), again(2, Cause::DeploymentReplacement)]),
            service("b", vec![first()]),
            service(
                "c",
                vec![
                    first(),
                    again(2, Cause::ManualRestart),
                    again(3, Cause::OomRestart),
                    again(4, Cause::ManualRestart),
                ],
            ),
            service("d", vec![first(), again(2, Cause::InProcessDuplicate)]),
        ]);
        assert_eq!(
            shown,
            [
                "d logged its startup again once without a new run: in-process-duplicate, 97 %",
                "c started again 3 times: oom-restart, manual-restart 2",
                "a started again once: deployment-replacement (A), 97 %",
            ]
        );
    }

    #[test]
    fn an_unknown_cause_is_said_to_be_unknown() {
        let mut unknown = startup(2, Cause::Unknown);
        unknown.summary = "The process started again.".into();
        unknown.candidates = vec![Candidate {
            cause: Cause::ManualRestart,
            confidence: 0.45,
        }];
        let report = report(
            vec![],
            vec![service("api", vec![startup(1, Cause::FirstStart), unknown])],
        );
        let answers = answers(&report);
        assert_eq!(
            answers[0].headline(),
            "api logged its startup again once: cause unknown"
        );
        assert_eq!(
            answers[0].explanation(),
            "The process started again. It could be: manual-restart 45 %."
        );
    }

    #[test]
    fn nothing_again_is_said_too() {
        let quiet = report(
            vec![],
            vec![service("db", vec![startup(1, Cause::FirstStart)])],
        );
        assert!(answers(&quiet).is_empty());
        assert_eq!(
            nothing(&quiet),
            "No service started again: 1 startup in 1 service."
        );
        assert_eq!(worst_finding(&quiet), None);
        assert_eq!(
            worst_finding(&fixture::timer_restart()).unwrap(),
            "WS001 in pms-backend: Automation on the host restarts the container."
        );
    }
}
