//! Why a startup happened. Rules build verdicts from their rows (see `rule`), which ask for evidence.

use crate::model::{Candidate, Cause, Citation, Evidence, Family, Initiator, InitiatorKind, Place};
use std::borrow::Cow;

/// Why a startup happened, as far as the evidence goes.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// The id of the rule that decided.
    pub rule: &'static str,
    /// The cause.
    pub cause: Cause,
    /// Where it lies; for an unknown cause the narrowest that the evidence allows.
    pub family: Family,
    /// Of all verdicts given with this figure, that share is right.
    pub confidence: f64,
    /// Who or what asked for it.
    pub initiator: Option<Box<Initiator>>,
    /// What it rests on.
    pub evidence: Vec<Evidence>,
    /// Where the line stands that it rests on first of all: the others come in the order of time.
    pub lead: Option<Place>,
    /// What speaks against it.
    pub against: Vec<Evidence>,
    /// What was not there and would help or decide.
    pub missing: Vec<Cow<'static, str>>,
    /// Other causes that fit, likeliest first.
    pub candidates: Vec<Candidate>,
    /// One or two sentences: what happened.
    pub summary: Cow<'static, str>,
}

impl Verdict {
    /// The line that it rests on first of all.
    #[must_use]
    pub fn lead(&self) -> Option<&Evidence> {
        let lead = self.lead?;
        self.evidence
            .iter()
            .find(|line| (line.input, line.offset) == (lead.input, lead.offset))
    }

    /// With one more line; a line that is cited already is not cited twice.
    #[must_use]
    pub fn and(mut self, claim: impl Into<Cow<'static, str>>, line: &Citation) -> Self {
        self.cite(claim, line);
        self
    }

    /// Adds one more line; a line that is cited already is not cited twice.
    pub fn cite(&mut self, claim: impl Into<Cow<'static, str>>, line: &Citation) {
        let known = |evidence: &Evidence| {
            evidence.input == line.place.input && evidence.offset == line.place.offset
        };
        if !self.evidence.iter().any(known) {
            self.evidence.push(Evidence::new(claim, line));
        }
    }

    /// With who asked for it.
    #[must_use]
    pub fn by(mut self, kind: InitiatorKind, detail: impl Into<Cow<'static, str>>) -> Self {
        self.initiator = Some(Box::new(Initiator {
            kind,
            detail: detail.into(),
        }));
        self
    }

    /// With a line that speaks against it.
    #[must_use]
    pub fn against(mut self, claim: impl Into<Cow<'static, str>>, line: &Citation) -> Self {
        self.against.push(Evidence::new(claim, line));
        self
    }

    /// With a confidence of at most `limit`.
    #[must_use]
    pub(super) fn capped(mut self, limit: f64) -> Self {
        self.confidence = self.confidence.min(limit);
        self
    }

    /// With something that would help or decide.
    #[must_use]
    pub fn lacking(mut self, what: impl Into<Cow<'static, str>>) -> Self {
        self.missing.push(what.into());
        self
    }
}
