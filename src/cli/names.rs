//! The names of causes and findings, as `--fail-on` and `explain` take them.

use super::near::near;
use crate::{
    classify::findings::{self, FindingRow},
    model::Cause,
    report::FailOn,
};

/// A cause or a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Name {
    /// A cause.
    Cause(Cause),
    /// A finding.
    Finding(&'static FindingRow),
}

impl Name {
    /// The cause or finding called `text`, in any case.
    ///
    /// # Errors
    /// When there is none; the message names those that look like it.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let wanted = text.trim().to_ascii_lowercase();
        if let Ok(cause) = wanted.parse() {
            return Ok(Self::Cause(cause));
        }
        if let Some(row) = findings::row(&wanted) {
            return Ok(Self::Finding(row));
        }
        Err(Self::not_found(text, "neither a cause nor a finding", []))
    }

    /// The message that `text` is `what`, with the names that look like it; `more` can be named, too.
    pub(super) fn not_found(
        text: &str,
        what: &str,
        more: impl IntoIterator<Item = &'static str>,
    ) -> String {
        let names = Cause::ALL.into_iter().map(Cause::name);
        let names = names.chain(findings::ROWS.iter().map(|row| row.id));
        let near = near(&text.trim().to_ascii_lowercase(), names.chain(more));
        if near.is_empty() {
            format!("{text:?} is {what}; `whystart explain` lists them")
        } else {
            format!("{text:?} is {what}; did you mean {}?", near.join(" or "))
        }
    }
}

/// What `--fail-on` names.
impl FromIterator<Name> for FailOn {
    fn from_iter<I: IntoIterator<Item = Name>>(names: I) -> Self {
        let mut all = Self::default();
        for name in names {
            match name {
                Name::Cause(cause) => all.causes.push(cause),
                Name::Finding(row) => all.findings.push(row.id),
            }
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_in_any_case() {
        assert_eq!(
            Name::parse("OOM-restart"),
            Ok(Name::Cause(Cause::OomRestart))
        );
        assert_eq!(Name::parse(" ws001"), Ok(Name::Finding(findings::ROWS[0])));
    }

    #[test]
    fn an_unknown_name_is_answered_with_near_ones() {
        let answer = Name::parse("host-automation").unwrap_err();
        assert!(
            answer.contains("did you mean host-automation-restart"),
            "{answer}"
        );
        assert!(Name::parse("reload").unwrap_err().contains("dev-reload"));
        assert!(
            Name::parse("restart-polcy")
                .unwrap_err()
                .contains("did you mean restart-policy")
        );
        assert!(Name::parse("ooom").unwrap_err().contains("oom-restart"));
        assert!(
            Name::parse("zzz")
                .unwrap_err()
                .contains("`whystart explain` lists them")
        );
    }

    #[test]
    fn causes_and_findings_are_told_apart() {
        let names = ["oom-restart", "ws003"].map(|name| Name::parse(name).unwrap());
        assert_eq!(
            FailOn::from_iter(names),
            FailOn {
                causes: vec![Cause::OomRestart],
                findings: vec!["WS003"],
            }
        );
    }
}
