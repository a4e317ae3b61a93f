//! Stops that go wrong.

use super::row::FindingRow;
use super::view::{Seen, View};
use crate::model::words::times;
use crate::model::{EndedBy, Evidence, Severity};

pub(super) const STOP_TIMED_OUT: FindingRow = FindingRow {
    id: "WS008",
    severity: Severity::Warning,
    title: "The container was killed because it did not stop in time",
    rationale: "The process did not react to the stop signal, so every stop takes the whole timeout and \
        ends without a shutdown: requests and transactions are cut off.",
    told_by: "In one stop, SIGTERM is followed by SIGKILL before the process ends.",
    near_miss: "`docker kill` and `docker rm -f`, which send SIGKILL at once, and the kernel's OOM killer, which \
        leaves no `kill` event.",
    remedy: "Start the program as PID 1 (exec form of CMD, or `exec` in the entrypoint script), use an init \
        (`--init`), handle SIGTERM, or allow more time (`stop_grace_period`).",
    example: "container kill signal=15\n\
        container kill signal=9, 10 s later\n\
        container die exitCode=137",
    condition: stop_timed_out,
    #[cfg(test)]
    story: super::row::Story {
        shows: "0 docker run\n\
            20 kill signal=15\n\
            30 kill signal=9\n\
            30.1 die exitCode=137\n\
            30.2 stop\n\
            30.7 start\n\
            30.7 restart",
        near_miss: "0 docker run\n\
            30 kill signal=9\n\
            30.1 die exitCode=137\n\
            40 start",
    },
};

fn stop_timed_out(view: &View<'_>) -> Option<Seen> {
    let stops = view.ends().filter(|end| end.by == EndedBy::ApiStop);
    let evidence: Vec<Evidence> = stops
        .filter_map(|end| end.forced_by.as_deref())
        .map(|kill| Evidence::new("kill signal=9", kill))
        .collect();
    let forced = times(evidence.len());
    Seen::unless_empty(
        format!("A stop had to be enforced with SIGKILL {forced}."),
        evidence,
    )
}
