//! The colours of the text report. What they mean is always said in words, too.

use crate::model::{Outcome, Severity};
use anstyle::{AnsiColor, Style};

/// Names, headings, causes.
pub(crate) const STRONG: Style = Style::new().bold();
/// Places, times, labels: what frames the content.
pub(crate) const QUIET: Style = Style::new().dimmed();
/// Ordinary text.
pub(crate) const PLAIN: Style = Style::new();
/// Good news.
pub(crate) const GOOD: Style = AnsiColor::Green.on_default();
/// Worth a look.
pub(crate) const WARN: Style = AnsiColor::Yellow.on_default();
/// Bad news.
pub(crate) const BAD: Style = AnsiColor::Red.on_default();

/// The colour of an outcome.
pub(crate) fn outcome(outcome: Outcome) -> Style {
    match outcome {
        Outcome::Ready => GOOD,
        Outcome::Degraded => WARN,
        Outcome::Failed | Outcome::Exited => BAD,
        Outcome::Unknown => QUIET,
    }
}

/// The colour of a finding.
pub(crate) fn severity(severity: Severity) -> Style {
    match severity {
        Severity::Info => QUIET,
        Severity::Warning => WARN,
        Severity::Error => BAD,
    }
}
