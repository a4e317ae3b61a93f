//! A progress bar with bytes and rate, for work that takes a while.

use crate::pipeline::Progress;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::{
    sync::Once,
    time::{Duration, Instant},
};

/// Work that is done sooner shows no bar.
const PATIENCE: Duration = Duration::from_millis(500);

/// A bar on standard error that appears when the work takes a while.
pub(super) struct Bar {
    line: ProgressBar,
    began: Instant,
    shown: Once,
}

impl Bar {
    /// A bar that is not visible yet.
    pub(super) fn new() -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
        bar.set_style(style("{spinner} {bytes} read, {bytes_per_sec}"));
        Self {
            line: bar,
            began: Instant::now(),
            shown: Once::new(),
        }
    }

    /// Takes the bar off the terminal.
    pub(super) fn finish(&self) {
        self.line.finish_and_clear();
    }
}

impl Progress for Bar {
    fn advance(&self, bytes: u64) {
        self.line.inc(bytes);
        if self.began.elapsed() >= PATIENCE {
            self.shown
                .call_once(|| self.line.set_draw_target(ProgressDrawTarget::stderr()));
        }
    }

    fn expect(&self, bytes: u64) {
        if bytes > 0 {
            self.line.set_style(style(
                "[{bar:30}] {bytes} of {total_bytes}, {bytes_per_sec}, {eta} left",
            ));
            self.line.set_length(bytes);
        }
    }
}

/// The style of `template`, or the default one if the template is wrong.
fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template)
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .progress_chars("=> ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_are_right_and_bytes_are_counted() {
        for template in [
            "{spinner} {bytes} read, {bytes_per_sec}",
            "[{bar:30}] {total_bytes} {eta}",
        ] {
            assert!(ProgressStyle::with_template(template).is_ok());
        }
        let bar = Bar::new();
        bar.expect(10);
        bar.advance(4);
        assert_eq!((bar.line.position(), bar.line.length()), (4, Some(10)));
        bar.finish();
    }
}
