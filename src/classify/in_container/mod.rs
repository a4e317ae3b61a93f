//! Startups without a new run: workers, reloads, supervised processes, pools created again. The table of
//! rules, in the order in which they are asked.

mod pool;
mod process;
mod reload;
mod words;
mod worker;

use super::rule::Rule;

/// The rules on startups inside a run.
pub(super) const RULES: &[&Rule] = &[
    &process::UNSHOWN,
    &process::OTHER_PID,
    &worker::OF_MASTER,
    &worker::BESIDE,
    &reload::SEEN,
    &reload::CHILD,
    &process::AFTER_ITS_END,
    &process::SUCCESSOR,
    &process::DUPLICATE,
    &process::STARTED_AGAIN,
    &process::STARTED_ANEW,
    &process::UNCLEAR,
    &pool::RECONNECTED,
    &pool::GENERATION_RISES,
    &pool::OF_UNSEEN_RUN,
    &pool::SECOND,
    &pool::SECOND_IN_LOG,
    &pool::AGAIN,
];
