//! Exit statuses as a type.

use std::process::ExitCode;

/// How the program ends. A later one outweighs an earlier one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Status {
    /// 0: analysed, and nothing that `--fail-on` names.
    Clean,
    /// 1: analysed, and something that `--fail-on` names.
    Found,
    /// 2: the job was not done, or not all of it.
    Incomplete,
}

impl Status {
    /// Both at once: an unfinished job is never taken for an answer.
    pub(super) fn merge(self, other: Self) -> Self {
        self.max(other)
    }
}

impl From<Status> for ExitCode {
    fn from(status: Status) -> Self {
        ExitCode::from(match status {
            Status::Clean => 0,
            Status::Found => 1,
            Status::Incomplete => 2,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Status::{Clean, Found, Incomplete};

    #[test]
    fn the_worst_status_wins_in_any_order() {
        for (a, b, both) in [
            (Clean, Clean, Clean),
            (Clean, Found, Found),
            (Clean, Incomplete, Incomplete),
            (Found, Found, Found),
            (Found, Incomplete, Incomplete),
            (Incomplete, Incomplete, Incomplete),
        ] {
            assert_eq!(a.merge(b), both);
            assert_eq!(b.merge(a), both);
        }
    }
}
