//! Waiting longer after each failure.

use std::time::Duration;

/// The pauses between attempts: each twice as long as the one before, up to a limit.
///
/// An iterator, so that the number of attempts is its length: `Backoff::with_attempts(3)` gives two pauses.
#[derive(Clone, Debug)]
pub(crate) struct Backoff {
    next: Duration,
    longest: Duration,
    /// Pauses left; `None` for no end.
    left: Option<u32>,
}

impl Backoff {
    const FIRST: Duration = Duration::from_millis(200);
    const LONGEST: Duration = Duration::from_secs(15);

    /// For `attempts` attempts.
    #[must_use]
    pub(crate) fn with_attempts(attempts: u32) -> Self {
        Self {
            next: Self::FIRST,
            longest: Self::LONGEST,
            left: Some(attempts.saturating_sub(1)),
        }
    }

    /// Without an end.
    #[must_use]
    pub(crate) fn endless() -> Self {
        Self {
            left: None,
            ..Self::with_attempts(1)
        }
    }
}

impl Iterator for Backoff {
    type Item = Duration;

    fn next(&mut self) -> Option<Duration> {
        match &mut self.left {
            Some(0) => return None,
            Some(left) => *left -= 1,
            None => {}
        }
        let pause = self.next;
        self.next = (pause * 2).min(self.longest);
        Some(pause)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_a_limit() {
        let millis: Vec<u128> = Backoff::with_attempts(4)
            .map(|pause| pause.as_millis())
            .collect();
        assert_eq!(millis, [200, 400, 800]);
        assert_eq!(Backoff::with_attempts(1).count(), 0);
        assert_eq!(Backoff::endless().nth(50), Some(Backoff::LONGEST));
    }
}
