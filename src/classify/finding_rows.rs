//! The table of findings: advice that follows from verdicts. An id is never used again for
//! something else, not even after its finding is gone.

use crate::model::Severity;

/// What there is to say about one finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FindingRow {
    /// Its id.
    pub id: &'static str,
    /// How urgent it is.
    pub severity: Severity,
    /// What is wrong, in a few words.
    pub title: &'static str,
    /// Why it matters.
    pub rationale: &'static str,
    /// What the evidence must show.
    pub told_by: &'static str,
    /// What looks alike and is something else.
    pub near_miss: &'static str,
    /// What to change.
    pub remedy: &'static str,
    /// Lines that show it.
    pub example: &'static str,
}

/// The row with this id, written in any case.
#[must_use]
pub fn row(id: &str) -> Option<&'static FindingRow> {
    ROWS.iter().find(|row| row.id.eq_ignore_ascii_case(id))
}

/// All findings, by id.
pub const ROWS: [FindingRow; 12] = [
    FindingRow {
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
    },
    FindingRow {
        id: "WS002",
        severity: Severity::Warning,
        title: "The application started without its database",
        rationale: "A degraded start answers health checks and fails requests, so nothing alarms and \
            automation may begin to repair.",
        told_by: "The outcome of a startup is degraded: its own lines say that its pool failed or that it runs \
            without its database.",
        near_miss: "A database that goes away later: the startup itself was ready, and the pool that is created again \
            is a `pool-reconnect`.",
        remedy: "Make the database reachable before the start: attach its network at create time, wait for \
            its health (`depends_on` with `condition: service_healthy`), or let readiness fail while it is \
            missing.",
        example: "Database connection pool initialization FAILED (host=database, attempts=3)\n\
            App will start in DEGRADED MODE (DB unavailable).",
    },
    FindingRow {
        id: "WS003",
        severity: Severity::Error,
        title: "One process creates its pool twice",
        rationale: "The first pool keeps its connections until the process ends, so the database sees twice \
            as many, and code that holds the first pool goes on using it.",
        told_by: "A startup of the service has the verdict `in-process-duplicate`: two pools, one process, and \
            nothing that took the first one away.",
        near_miss: "Several workers, each with its own pool: their process ids differ, even where the pools' addresses \
            are equal.",
        remedy: "Create the pool in one place, behind a lock that is checked again once it is held. Where \
            module ids differ, the module is imported under two names: import it under one.",
        example: "pool created (PID=1, pool_id=140137983023888, generation=1)\n\
            pool created (PID=1, pool_id=140137983511040, generation=1)",
    },
    FindingRow {
        id: "WS004",
        severity: Severity::Error,
        title: "The container is in a crash loop",
        rationale: "The restart policy starts a process again that fails each time; the pauses hide it, and \
            the service is down or flapping meanwhile.",
        told_by: "The restart policy started one container three times or more in a row, after exits or kills for \
            memory, with no other cause in between.",
        near_miss: "Restarts that somebody asked for, however many: a stop through the API comes before each. A single \
            crash is no loop.",
        remedy: "Fix what the last lines of the failed runs say. Bound the loop with `on-failure:N`, and let \
            the process wait for what it depends on.",
        example: "container die exitCode=1, start 0.7 s later\n\
            container die exitCode=1, start 1.2 s later\n\
            container die exitCode=1, start 1.9 s later",
    },
    FindingRow {
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
    },
    FindingRow {
        id: "WS006",
        severity: Severity::Warning,
        title: "A run ended without a line in its log",
        rationale: "A process that ends before it logs leaves only the engine's record, so a search of the log \
            finds nothing.",
        told_by: "A log covers the whole run, and holds not one line of it, although the run ended.",
        near_miss: "A log that begins later or was rotated away: then nothing is known of what the run wrote, and \
            nothing is said.",
        remedy: "Log the first thing the program does, do not buffer output (`PYTHONUNBUFFERED=1`), and let \
            the entrypoint say what failed before it exits.",
        example: "container start\ncontainer die exitCode=1\n(no line between them)",
    },
    FindingRow {
        id: "WS007",
        severity: Severity::Info,
        title: "The event history is shorter than the logs",
        rationale: "The engine keeps 256 events in memory and forgets them when it restarts; each health check \
            or `docker exec` takes three. Startups before its window cannot be explained.",
        told_by: "Log lines of the service show a startup from before the first event that was read.",
        near_miss: "A history that was recorded all the time and begins when the host was set up: no startup is older \
            than that.",
        remedy: "Record events all the time, for example as a service on the host: `docker events --format \
            '{{json .}}' >> events.jsonl`.",
        example: "app.log      from 2026-01-04 08:00:00Z\n\
            events.jsonl from 2026-01-04 09:55:12Z (256 events)",
    },
    FindingRow {
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
    },
    FindingRow {
        id: "WS009",
        severity: Severity::Warning,
        title: "A worker was started again after it had been killed",
        rationale: "The parent replaces a killed worker, so the container looks fine while requests of that \
            worker are lost. Memory is the most common reason.",
        told_by: "The parent's log says that a worker ended by a signal, for want of memory or for not answering, \
            and boots another.",
        near_miss: "Workers that are replaced in order, after a number of requests, by SIGHUP or by SIGTERM: their \
            parent meant to.",
        remedy: "Raise the memory limit or run fewer workers, and let workers be replaced before they grow too \
            large (`--max-requests`).",
        example: "container oom, with no die after it\n\
            [1] [ERROR] Worker (pid:7) was sent SIGKILL! Perhaps out of memory?\n\
            [1] [INFO] Booting worker with pid: 12",
    },
    FindingRow {
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
    },
    FindingRow {
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
    },
    FindingRow {
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
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_in_order_and_rows_say_everything() {
        for (n, row) in ROWS.iter().enumerate() {
            assert_eq!(row.id, format!("WS{:03}", n + 1));
            for text in [
                row.title,
                row.rationale,
                row.told_by,
                row.near_miss,
                row.remedy,
            ] {
                assert!(
                    !text.is_empty() && !text.contains('\n') && !text.contains("  "),
                    "{text}"
                );
            }
            assert!(
                row.example.lines().all(|line| line.len() <= 76),
                "{}",
                row.id
            );
        }
    }

    #[test]
    fn an_id_is_found_in_any_case() {
        assert_eq!(row("ws004").unwrap().id, "WS004");
        assert!(row("WS999").is_none());
    }
}
