//! Why the first run of a container began: a first start, a deployment that replaced another container,
//! one more replica. The table of rules, in the order in which they are asked.

mod again;
mod alone;
mod beside;
mod deploy;
mod fate;
mod known;
mod replaced;
mod task;

pub(super) use known::certainty;

use super::rule::Rule;

/// The rules on first runs. One of the last two decides where no other does.
pub(super) const RULES: &[&Rule] = &[
    &alone::UNSHOWN,
    // No container of the service came before.
    &alone::REPLACES_UNSEEN,
    &alone::UNPLACED,
    &alone::FIRST_START,
    &alone::FIRST_IN_LOG,
    // One did.
    &task::UPDATED,
    &task::UNHEALTHY,
    &task::OUT_OF_MEMORY,
    &task::FAILED,
    &task::REMOVED,
    &again::OUT_OF_MEMORY,
    &again::BY_UNIT,
    &again::REPEATED,
    &again::ONCE,
    &again::UNCLEAR,
    &beside::REPLICA,
    &beside::SCALED_OUT,
    &beside::SAID_TO_REPLACE,
    &beside::UNCLEAR,
    &task::REPLACED,
    &replaced::SHOWN,
    &replaced::NAME_TAKEN,
];
