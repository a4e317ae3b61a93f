//! Restarts of unhealthy containers.

use super::row::FindingRow;
use crate::model::{Cause, Severity};

pub(super) const HEALTH_WATCHER: FindingRow = FindingRow {
    id: "WS011",
    severity: Severity::Warning,
    title: "A watcher restarts the container for being unhealthy",
    rationale: "The engine itself does not restart an unhealthy container; a watcher does. If the check fails \
        for a reason that a restart cannot repair, it goes on for ever.",
    told_by: "A startup of the service has the verdict `health-restart`.",
    near_miss: "A container that is unhealthy and goes on running, or one that ends by itself while it is \
        unhealthy: nobody restarted it for that.",
    remedy: "Let the health check test the process only, give it a start period and enough retries, and limit \
        the watcher.",
    example: "container health_status: unhealthy\n\
        container kill signal=15, then restart",
    condition: |view| view.restarted(Cause::HealthRestart, "restarted for being unhealthy"),
    #[cfg(test)]
    story: super::row::Story {
        shows: "0 docker run\n\
            30 health_status: unhealthy\n\
            33 docker restart",
        near_miss: "0 docker run\n\
            30 health_status: unhealthy\n\
            60 die exitCode=1\n\
            60.7 start",
    },
};
