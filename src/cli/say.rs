//! What goes to standard error. Nothing can be done when that fails. The stream is not locked, so that
//! a progress bar in another thread can go on drawing.

use crate::report::sanitise::sanitise;
use std::io::{self, Write as _};

/// Writes one line of a kind: `whystart: error: ...`.
pub(super) fn say(kind: &str, message: &str) {
    note(&format!("{kind}: {message}"));
}

/// Writes a warning.
pub(super) fn warn(message: &str) {
    say("warning", message);
}

/// Writes one line: `whystart: ...`.
pub(super) fn note(message: &str) {
    let _ = writeln!(io::stderr(), "whystart: {}", sanitise(message));
}
