//! The causes and findings that somebody wants to be told of: what `--fail-on` names.

use crate::model::{Cause, report::Report};

/// Causes and findings that make a report one to act on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FailOn {
    /// The causes.
    pub causes: Vec<Cause>,
    /// The ids of the findings.
    pub findings: Vec<&'static str>,
}

impl FailOn {
    /// Whether nothing is named.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.causes.is_empty() && self.findings.is_empty()
    }

    /// Whether `cause` is named.
    #[must_use]
    pub fn has_cause(&self, cause: Cause) -> bool {
        self.causes.contains(&cause)
    }

    /// Whether the finding called `id` is named.
    #[must_use]
    pub fn has_finding(&self, id: &str) -> bool {
        self.findings.contains(&id)
    }

    /// Whether the report has something that is named.
    #[must_use]
    pub fn is_in(&self, report: &Report) -> bool {
        report.services.iter().any(|service| {
            let causes = service.startups.iter().map(|startup| startup.cause);
            let findings = service.findings.iter().map(|finding| finding.id);
            causes.into_iter().any(|cause| self.has_cause(cause))
                || findings.into_iter().any(|id| self.has_finding(id))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;

    #[test]
    fn a_report_is_searched_for_causes_and_findings() {
        let report = fixture::timer_restart();
        let causes = |cause| FailOn {
            causes: vec![cause],
            ..FailOn::default()
        };
        let findings = |id| FailOn {
            findings: vec![id],
            ..FailOn::default()
        };
        assert!(causes(Cause::HostAutomationRestart).is_in(&report));
        assert!(!causes(Cause::OomRestart).is_in(&report));
        assert!(findings("WS001").is_in(&report));
        assert!(!findings("WS004").is_in(&report));
        assert!(FailOn::default().is_empty() && !FailOn::default().is_in(&report));
    }
}
