//! A rule is a row: what it says, how sure it is, and the condition under which it decides.

use super::scene::Scene;
use super::verdict::Verdict;
use crate::model::{Candidate, Cause, Citation, Family};
use std::borrow::Cow;

/// The condition of a rule: the verdict where the rule decides, `None` where it does not apply.
pub(super) type Decide = fn(&Scene<'_>, &Rule) -> Option<Verdict>;

/// One row of a table of rules.
pub struct Rule {
    /// Its name in JSON (`rule`) and in `explain`. Never used again for something else.
    pub id: &'static str,
    /// When it decides, in one sentence.
    pub says: &'static str,
    /// What it decides.
    pub cause: Cause,
    /// Where the cause lies. Differs from the cause's own family only for `unknown`.
    pub family: Family,
    /// The confidence of its verdicts, from 0 to 1: of all verdicts with this figure that share is right.
    pub weight: f64,
    /// Other causes that fit, likeliest first, with their confidence.
    pub others: &'static [(Cause, f64)],
    /// A story on which it decides, as the tests play it.
    pub example: &'static str,
    /// A story that looks alike and on which it does not decide.
    pub near_miss: &'static str,
    pub(super) decide: Decide,
}

impl Rule {
    /// The rule's verdict, resting on `line` first of all.
    pub(super) fn verdict(
        &self,
        summary: impl Into<Cow<'static, str>>,
        claim: impl Into<Cow<'static, str>>,
        line: &Citation,
    ) -> Verdict {
        Verdict {
            lead: Some(line.place),
            ..self.bare(summary.into())
        }
        .and(claim, line)
    }

    /// The verdict of a rule that cannot tell the cause; `missing` would decide.
    pub(super) fn unknown(
        &self,
        summary: impl Into<Cow<'static, str>>,
        missing: impl IntoIterator<Item: Into<Cow<'static, str>>>,
    ) -> Verdict {
        Verdict {
            missing: missing.into_iter().map(Into::into).collect(),
            // How the run before ended and how this one began: seldom more.
            evidence: Vec::with_capacity(2),
            ..self.bare(summary.into())
        }
    }

    fn bare(&self, summary: Cow<'static, str>) -> Verdict {
        let candidates = self.others.iter().map(|(cause, confidence)| Candidate {
            cause: *cause,
            confidence: *confidence,
        });
        Verdict {
            rule: self.id,
            cause: self.cause,
            family: self.family,
            confidence: self.weight,
            initiator: None,
            lead: None,
            evidence: Vec::new(),
            against: Vec::new(),
            missing: Vec::new(),
            candidates: candidates.collect(),
            summary,
        }
    }
}

/// The verdict of the first rule that decides.
pub(super) fn first_verdict(rules: &[&Rule], scene: &Scene<'_>) -> Option<Verdict> {
    rules.iter().find_map(|rule| (rule.decide)(scene, rule))
}
