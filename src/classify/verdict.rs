//! A verdict cannot be built without evidence: its constructors ask for it.

use crate::model::{Candidate, Evidence, Initiator, InitiatorKind};
use crate::model::{Cause, Citation, Family, Place};
use std::borrow::Cow;

/// Why a startup happened, as far as the evidence goes.
#[derive(Clone, Debug)]
pub struct Verdict {
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
    /// A cause and the line that shows it first.
    #[must_use]
    pub fn of(
        cause: Cause,
        confidence: f64,
        summary: impl Into<Cow<'static, str>>,
        claim: impl Into<Cow<'static, str>>,
        line: &Citation,
    ) -> Self {
        Self {
            cause,
            family: cause.family(),
            confidence,
            initiator: None,
            lead: Some(line.place),
            evidence: vec![Evidence::new(claim, line)],
            against: Vec::new(),
            missing: Vec::new(),
            candidates: Vec::new(),
            summary: summary.into(),
        }
    }

    /// No cause can be told; `candidates` fit, likeliest first, and `missing` would decide.
    #[must_use]
    pub fn unknown(
        family: Family,
        summary: impl Into<Cow<'static, str>>,
        candidates: &[(Cause, f64)],
        missing: impl IntoIterator<Item: Into<Cow<'static, str>>>,
    ) -> Self {
        Self {
            cause: Cause::Unknown,
            family,
            confidence: 0.0,
            initiator: None,
            lead: None,
            // How the run before ended and how this one began: seldom more.
            evidence: Vec::with_capacity(2),
            against: Vec::new(),
            missing: missing.into_iter().map(Into::into).collect(),
            candidates: candidates
                .iter()
                .map(|(cause, confidence)| Candidate {
                    cause: *cause,
                    confidence: *confidence,
                })
                .collect(),
            summary: summary.into(),
        }
    }

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

    /// With other causes that fit.
    #[must_use]
    pub fn or(mut self, candidates: &[(Cause, f64)]) -> Self {
        self.candidates
            .extend(candidates.iter().map(|(cause, confidence)| Candidate {
                cause: *cause,
                confidence: *confidence,
            }));
        self
    }

    /// With something that would help or decide.
    #[must_use]
    pub fn lacking(mut self, what: impl Into<Cow<'static, str>>) -> Self {
        self.missing.push(what.into());
        self
    }
}
