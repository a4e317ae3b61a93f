//! What the engine does to all of its containers.

use super::row::FindingRow;
use crate::model::{Cause, Severity};

pub(super) const ENGINE_RESTARTED: FindingRow = FindingRow {
    id: "WS012",
    severity: Severity::Info,
    title: "The engine restarted",
    rationale: "All containers of the host went down together and came back in no promised order, and the \
        event history before it is gone.",
    told_by: "A startup of the service has the verdict `engine-restart`.",
    near_miss: "A project that is restarted as a whole: other containers of the host go on running, and the \
        engine's log has no new start.",
    remedy: "Plan engine updates, set `live-restore`, and make each service wait for what it needs instead of \
        relying on the order.",
    example: "dockerd: Processing signal 'terminated'\ndockerd: Starting up",
    condition: |view| view.restarted(Cause::EngineRestart, "started again because the engine was"),
    #[cfg(test)]
    story: super::row::Story {
        shows: "0 docker run\n\
            1 @db docker run\n\
            64 dockerd Starting up\n\
            64.5 dockerd Loading containers: start.\n\
            64.9 @db start\n\
            65 start\n\
            66 dockerd Daemon has completed initialization",
        near_miss: "0 docker run\n\
            1 @db docker run\n\
            2 @other docker run\n\
            60 docker restart\n\
            60.1 @db docker restart",
    },
};
