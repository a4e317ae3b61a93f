//! The colours of the text report. What they mean is always said in words, too.

use crate::model::report::{Outcome, Severity};
use anstyle::{AnsiColor, Style};

/// Names, headings, causes.
pub(super) const STRONG: Style = Style::new().bold();
/// Places, times, labels: what frames the content.
pub(super) const QUIET: Style = Style::new().dimmed();
/// Ordinary text.
pub(super) const PLAIN: Style = Style::new();
/// Good news.
pub(super) const GOOD: Style = AnsiColor::Green.on_default();
/// Worth a look.
pub(super) const WARN: Style = AnsiColor::Yellow.on_default();
/// Bad news.
pub(super) const BAD: Style = AnsiColor::Red.on_default();

/// The colour of an outcome.
pub(super) fn outcome(outcome: Outcome) -> Style {
    match outcome {
        Outcome::Ready => GOOD,
        Outcome::Degraded => WARN,
        Outcome::Failed | Outcome::Exited => BAD,
        Outcome::Unknown => QUIET,
    }
}

/// The colour of a finding.
pub(super) fn severity(severity: Severity) -> Style {
    match severity {
        Severity::Info => QUIET,
        Severity::Warning => WARN,
        Severity::Error => BAD,
    }
}
