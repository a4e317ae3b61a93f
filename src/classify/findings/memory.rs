//! Ends for want of memory.

use super::row::FindingRow;
use crate::model::{Cause, Severity};

pub(super) const OUT_OF_MEMORY: FindingRow = FindingRow {
    id: "WS005",
    severity: Severity::Error,
    title: "The container ran out of memory",
    rationale: "The kernel killed the main process without a warning: work in flight is lost, and no line \
        in the log says so.",
    told_by: "A startup of the service has the verdict `oom-restart`: an `oom` event just before the end, or a \
        state with OOMKilled.",
    near_miss: "Exit status 137 without an `oom` event: any SIGKILL gives it, that of `docker kill` and of a stop \
        that took too long as well. A worker that was killed is WS009.",
    remedy: "Raise the memory limit, or lower the need (fewer workers, smaller batches, bounded caches). \
        Alert on memory use before the limit is reached.",
    example: "container oom\ncontainer die exitCode=137",
    condition: |view| view.restarted(Cause::OomRestart, "killed for want of memory and restarted"),
    #[cfg(test)]
    story: super::row::Story {
        shows: "0 docker run\n\
            20 oom\n\
            20.1 die exitCode=137\n\
            20.7 start",
        near_miss: "0 docker run\n\
            20.1 die exitCode=137\n\
            20.7 start",
    },
};
