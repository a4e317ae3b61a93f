//! Why a container that ran before runs again: the table of rules, in order of strength.
//!
//! A direct record stands first, then the shape of the events, then state, then statistics, then log
//! text alone. The first rule that decides does.

mod automation;
mod engine;
mod policy;
mod record;
mod request;
mod undecided;

use super::rule::Rule;
use super::scene::Scene;
use super::verdict::Verdict;

pub(super) use undecided::first_seen;

/// All rules on restarts, strongest first. The last one always decides.
pub(super) const RULES: &[&Rule] = &[
    &engine::RECORDED_BOOT,
    &engine::ORDERLY_BOOT,
    &engine::CRASH_BOOT,
    &record::BY_PERSON,
    &record::BY_HEALTH_WATCHER,
    &record::BY_PROGRAM,
    // The process ended without a request.
    &policy::OUT_OF_MEMORY,
    &policy::RESTART_CUT_OFF,
    &policy::REQUEST_CUT_OFF,
    &policy::KILLED_UNSEEN,
    &policy::STAYED_DOWN,
    &policy::COUNT_REFUTES,
    &policy::POLICY_PROVED,
    &policy::POLICY_PROMPT,
    &policy::POLICY_LATE,
    &policy::COUNTED_AFTER_EXIT,
    &policy::RESTARTED_AFTER_EXIT,
    &policy::STARTED_AFTER_EXIT,
    &policy::LATER_THAN_BACKOFF,
    &record::ENGINE_RESTARTS,
    &record::ENGINE_STOPPED,
    // It was stopped through the API.
    &engine::PARALLEL_START,
    &engine::ALL_STOPPED,
    &automation::PROBE_AND_NETWORK,
    &automation::EXEC_AND_NETWORK,
    &automation::NETWORK_REPAIR,
    &automation::UNHEALTHY,
    &automation::UNHEALTHY_FOR_MINUTES,
    &automation::FAILED_PROBE,
    &automation::ATTACHED_WHILE_STOPPED,
    &automation::PERIODIC,
    &automation::PERIODIC_THREE,
    &automation::PERIODIC_IN_LOG,
    &automation::NETWORK_REPAIR_ONCE,
    &request::BLIND,
    &request::AFTER_SIGNS,
    &request::AMID_ACTIVITY,
    &request::REQUESTED,
    &request::REQUESTED_UNWATCHED,
    // No event shows how the run before ended.
    &engine::CAME_BACK_TOGETHER,
    &engine::RESTARTED_WITHOUT_END,
    &engine::STARTED_WITHOUT_END,
    &policy::OOM_FLAG,
    &policy::COUNTED_OOM_OPEN,
    &policy::COUNTED,
    &policy::FAILED_IN_LOG,
    &undecided::NOTHING_BEFORE,
    &undecided::SIGNAL_FROM_INSIDE,
    &undecided::ORDERLY_SHUTDOWN,
    &undecided::UNDECIDED,
];

/// The verdict where no rule decides.
pub(super) fn undecided(scene: &Scene<'_>) -> Verdict {
    undecided::undecided(scene, &undecided::UNDECIDED)
}
