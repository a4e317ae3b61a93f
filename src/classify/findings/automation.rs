//! Restarts that something on the host asks for again and again.

use super::row::FindingRow;
use super::view::{Seen, View};
use crate::classify::verdict::Verdict;
use crate::model::{Cause, InitiatorKind, Severity};

pub(super) const HOST_AUTOMATION: FindingRow = FindingRow {
    id: "WS001",
    severity: Severity::Warning,
    title: "Automation on the host restarts the container",
    rationale: "A script repairs the container's network and then restarts it, so each repair costs a \
        startup, drops requests in flight, and looks like a fault of the application.",
    told_by: "A startup of the service has the verdict `host-automation-restart`.",
    near_miss: "A restart by hand, `manual-restart`: the same stop and start, with no failed probe, no network \
        attached, no period and no line of a script.",
    remedy: "Attach the network when the container is created (compose `networks:` or `docker run \
        --network`), and make the script attach-only: a running container needs no restart to use a \
        network that is attached to it.",
    example: "container exec_die exitCode=2 (getent hosts database)\n\
        network connect pms_net, while running\n\
        container kill signal=15, then restart",
    condition: |view| {
        view.restarted(
            Cause::HostAutomationRestart,
            "restarted by automation on the host",
        )
    },
    #[cfg(test)]
    story: super::row::Story {
        shows: "0 docker run\n\
            20 exec_create: getent hosts database execID=e\n\
            20.1 exec_die exitCode=2 execID=e\n\
            20.4 network connect\n\
            20.5 docker restart",
        near_miss: "0 docker run\n\
            20.5 docker restart",
    },
};

pub(super) const PERIODIC: FindingRow = FindingRow {
    id: "WS010",
    severity: Severity::Warning,
    title: "The restarts are periodic",
    rationale: "People and crashes are irregular; a fixed period is a timer, whether or not it left any other \
        trace.",
    told_by: "Several restarts of the container follow each other at equal intervals, and no other cause \
        explains them.",
    near_miss: "A crash loop: its pauses grow by the engine's own rule, and each end is the process's own.",
    remedy: "Look for a timer or cron entry with this period on the host and in the deployment platform \
        (`systemctl list-timers`, `crontab -l`).",
    example: "container restart 10:00:00\n\
        container restart 10:10:00\n\
        container restart 10:20:00",
    condition: periodic,
    #[cfg(test)]
    story: super::row::Story {
        shows: "0 docker run\n\
            600 docker restart\n\
            1200 docker restart\n\
            1800 docker restart\n\
            2400 docker restart",
        near_miss: "0 docker run\n\
            600 die exitCode=1\n\
            600.7 start\n\
            602 die exitCode=1\n\
            603.2 start\n\
            604 die exitCode=1\n\
            605.9 start",
    },
};

fn periodic(view: &View<'_>) -> Option<Seen> {
    let of_timer = |verdict: &&Verdict| {
        let by = verdict.initiator.as_ref();
        by.is_some_and(|by| by.kind == InitiatorKind::Timer)
    };
    let found: Vec<&Verdict> = view.verdicts().filter(of_timer).collect();
    let timer = found.first()?.initiator.as_ref()?;
    let what = match found.len() {
        1 => "1 restart is one of several".to_owned(),
        n => format!("{n} restarts come"),
    };
    Some(Seen {
        detail: format!("{what} at equal intervals: {}.", timer.detail),
        evidence: View::leads(found),
    })
}
