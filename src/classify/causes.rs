//! The table of the causes: what each means, how it is told, and what to do about it.
//!
//! `explain` and the documentation are made from these rows. Paragraphs are one line each and are
//! wrapped where they are shown; an example is shown as it stands.

use crate::model::Cause;

/// What there is to say about one cause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CauseRow {
    /// The cause.
    pub cause: Cause,
    /// The cause in a few words.
    pub title: &'static str,
    /// What happened when this is the cause.
    pub means: &'static str,
    /// What the evidence must show for this verdict.
    pub told_by: &'static str,
    /// Two to four lines of evidence that show it.
    pub example: &'static str,
    /// Something that looks alike and is another cause, and how they differ.
    pub near_miss: &'static str,
    /// What to do.
    pub remedy: &'static str,
}

/// The row of `cause`.
#[must_use]
pub fn row(cause: Cause) -> &'static CauseRow {
    match cause {
        Cause::FirstStart => &FIRST_START,
        Cause::FirstSeen => &FIRST_SEEN,
        Cause::DeploymentReplacement => &DEPLOYMENT_REPLACEMENT,
        Cause::ScaleOut => &SCALE_OUT,
        Cause::HostAutomationRestart => &HOST_AUTOMATION_RESTART,
        Cause::HealthRestart => &HEALTH_RESTART,
        Cause::ManualRestart => &MANUAL_RESTART,
        Cause::RestartPolicy => &RESTART_POLICY,
        Cause::OomRestart => &OOM_RESTART,
        Cause::EngineRestart => &ENGINE_RESTART,
        Cause::WorkerProcess => &WORKER_PROCESS,
        Cause::DevReload => &DEV_RELOAD,
        Cause::SupervisorRestart => &SUPERVISOR_RESTART,
        Cause::InProcessDuplicate => &IN_PROCESS_DUPLICATE,
        Cause::PoolReconnect => &POOL_RECONNECT,
        Cause::DuplicateIngest => &DUPLICATE_INGEST,
        Cause::Unknown => &UNKNOWN,
    }
}

const FIRST_START: CauseRow = CauseRow {
    cause: Cause::FirstStart,
    title: "The service starts for the first time",
    means: "The first run of the first container of the service, as far back as the evidence reaches. \
        It is the startup that the others are counted from, and no duplicate.",
    told_by: "The container was created inside the evidence's window, or its state says that it never \
        ended a run, and no other container of the service is seen before it.",
    example: "10:00:00.120 container create 1df37d801ee7 (name=pms-backend)\n\
        10:00:00.480 container start  1df37d801ee7\n\
        10:00:01.190 INFO:     Started server process [1]",
    near_miss: "deployment-replacement: also the first run of a new container, but an older container of \
        the same service was stopped, removed or renamed around it.",
    remedy: "Nothing. If you know of an earlier start, the evidence begins too late: give older logs or a \
        longer event history.",
};

const FIRST_SEEN: CauseRow = CauseRow {
    cause: Cause::FirstSeen,
    title: "The first startup that the evidence shows",
    means: "The evidence begins with this startup of the container, and nothing in it proves what came before: \
        the container may have run already. It counts neither as a restart nor as a duplicate.",
    told_by: "The first startup of its container in the evidence, which holds neither the container's creation \
        nor a state that says that it never ended a run.",
    example: "10:00:01.190 INFO:     Started server process [1]\n\
        10:00:01.900 INFO:     Application startup complete.\n\
        (the log begins here, and there are no events)",
    near_miss: "first-start: there the evidence proves that nothing ran before (created inside the evidence, \
        FinishedAt zero, or Created just before the first run).",
    remedy: "Nothing, unless the question is why it started: then give Docker's events from before it, or \
        `docker inspect` of the container.",
};

const DEPLOYMENT_REPLACEMENT: CauseRow = CauseRow {
    cause: Cause::DeploymentReplacement,
    title: "A deployment replaced the container",
    means: "A new container, with a new id, took over the service from one that was stopped, removed or \
        renamed. This is what a deployment, an image update or a recreate looks like, and it is expected.",
    told_by: "The first run of a container whose predecessor in the same service went away around it. The \
        image tag, the image id, the config hash, the revision label and the order of the calls say what \
        changed and which tool asked.",
    example: "10:05:00.010 container create  6c9492af9842 (image=pms-backend:1.4.1)\n\
        10:05:00.030 container kill    002ace15542e signal=15\n\
        10:05:00.410 container destroy 002ace15542e (image=pms-backend:1.4.0)\n\
        10:05:01.020 container start   6c9492af9842",
    near_miss: "host-automation-restart: the log shows the same second startup, but the container id stays \
        the same. An equal name proves nothing, because the new container takes the name over.",
    remedy: "Nothing, when a deployment was meant. When it was not, look at what asked: an image watcher, a \
        pipeline that ran twice, or a compose file that changes at every run.",
};

const SCALE_OUT: CauseRow = CauseRow {
    cause: Cause::ScaleOut,
    title: "Another replica was started",
    means: "The service got one more container while the ones it had went on running.",
    told_by: "The first run of a new container of the service, with no sibling stopped, removed or renamed \
        around it; a higher container number or task slot supports it.",
    example: "10:10:00.100 container create gw-2 (com.docker.compose.container-number=2)\n\
        10:10:00.700 container start  gw-2\n\
        gw-1: running since 10:00:00.480, no die event",
    near_miss: "deployment-replacement that starts the new container before it stops the old one: the old \
        one ends soon after the new one is up, so it was handed over and not scaled.",
    remedy: "Nothing. Size connection pools for the sum over all replicas.",
};

const HOST_AUTOMATION_RESTART: CauseRow = CauseRow {
    cause: Cause::HostAutomationRestart,
    title: "Automation on the host restarted the container",
    means: "A script or a timer on the host stopped and started the same container through the engine's API. \
        The application was not at fault, and the engine's RestartCount stays 0.",
    told_by: "The same container id, stopped through the API and started again, and evidence of automation: \
        a command run in the container that failed just before, a network attached while it ran, a strict \
        period, or a line in a script's log or the host's journal that names it.",
    example: "10:00:30.800 container exec_die exitCode=2 (getent hosts database)\n\
        10:00:31.100 network connect pms_net, with no disconnect before it\n\
        10:00:31.140 container kill signal=15\n\
        10:00:31.900 container restart",
    near_miss: "manual-restart: the same stop and start, but nothing that points at automation. A `network \
        connect` right after a `disconnect` is the engine's own work at any restart and proves nothing.",
    remedy: "Attach every network when the container is created, and let the script attach only: a network \
        can be attached to a running container without a restart.",
};

const HEALTH_RESTART: CauseRow = CauseRow {
    cause: Cause::HealthRestart,
    title: "A watcher restarted the unhealthy container",
    means: "The container's health check failed, and something that watches for it restarted the container \
        through the API. The engine itself never restarts a container for being unhealthy.",
    told_by: "`health_status: unhealthy` of this container, then a stop through the API and a start of the \
        same container, with no `healthy` in between.",
    example: "10:20:11.000 container health_status: unhealthy\n\
        10:20:14.200 container kill signal=15\n\
        10:20:15.900 container restart",
    near_miss: "restart-policy: an unhealthy application that ends by itself is started again by the engine; \
        there is a `die` and no `kill` through the API.",
    remedy: "Find out why the check failed: its output is in the state's health log. Give a slow start a \
        start period, and keep the check free of dependencies that a restart cannot repair.",
};

const MANUAL_RESTART: CauseRow = CauseRow {
    cause: Cause::ManualRestart,
    title: "Somebody restarted the container",
    means: "The same container was stopped or killed through the API and started again, and nothing shows \
        that automation did it. Docker does not record who asked.",
    told_by: "`kill`, `die` and `start` of the same container (with `restart` after `docker restart`), no \
        failed probe before it, no network attached, no period, no unhealthy state, and no other container \
        going down with it.",
    example: "10:30:02.300 container kill signal=15\n\
        10:30:02.710 container die exitCode=0\n\
        10:30:03.200 container start\n\
        10:30:03.201 container restart",
    near_miss: "host-automation-restart: a failed probe, a network attached while it ran, or a fixed period \
        would have to be there. A probe that succeeded before the restart does not count.",
    remedy: "Ask the team, or look for sudo and shell records of that minute on the host. If nobody did it, \
        give the host's journal to the next report.",
};

const RESTART_POLICY: CauseRow = CauseRow {
    cause: Cause::RestartPolicy,
    title: "The process ended and the engine started it again",
    means: "The main process ended by itself, or was killed from outside the engine, and the restart policy \
        (or the orchestrator, for a failed task) started it again.",
    told_by: "`die` without a `kill` before it, then `start` with no `restart` after it; RestartCount rises, \
        and the pause before each start grows in a crash loop. For a failed swarm task: a new container \
        with no service update.",
    example: "10:40:00.120 container die exitCode=1\n\
        10:40:00.520 container start\n\
        RestartCount: 1",
    near_miss: "oom-restart: also ends without a `kill`, but an `oom` event comes just before the `die`. Exit \
        status 137 alone is not out of memory: any SIGKILL gives it.",
    remedy: "The last lines of the run say why it ended; a traceback, a refused connection or an exit status \
        is cited where there is one. Make the process wait for what it needs, with a limit.",
};

const OOM_RESTART: CauseRow = CauseRow {
    cause: Cause::OomRestart,
    title: "The kernel killed the process for its memory",
    means: "The main process needed more memory than its limit, the kernel killed it, and the restart policy \
        started it again.",
    told_by: "An `oom` event just before a `die` with exit status 137, or a state with OOMKilled set for the \
        run that ended.",
    example: "10:50:09.310 container oom\n\
        10:50:09.400 container die exitCode=137\n\
        10:50:09.820 container start",
    near_miss: "worker-process: an `oom` event without a `die` is a child that was killed. The container goes \
        on running, and its parent starts another worker.",
    remedy: "Raise the memory limit or lower the need: fewer workers, smaller batches, a bound on caches. \
        Look for growth over the run before choosing.",
};

const ENGINE_RESTART: CauseRow = CauseRow {
    cause: Cause::EngineRestart,
    title: "The engine or the host went down and came back",
    means: "Docker itself, or the machine, stopped and started, and brought its containers back.",
    told_by: "Many containers end or start at the same moment, the events have a gap, there is a start \
        without a `restart`, exit status 255 with equal end times, or the engine's own log says that it \
        started.",
    example: "dockerd: Processing signal 'terminated'\n\
        11:00:00.400 container die 1df37d801ee7, die ced9f54372b3\n\
        dockerd: Starting up\n\
        11:00:04.900 container start ced9f54372b3, start 1df37d801ee7",
    near_miss: "manual-restart of a whole project: all of its containers restart together, but the engine goes \
        on and containers of other projects are not touched.",
    remedy: "Plan engine updates, and use live-restore to keep containers running over them. Check the host's \
        journal for a crash, a kernel update or a lack of memory.",
};

const WORKER_PROCESS: CauseRow = CauseRow {
    cause: Cause::WorkerProcess,
    title: "Another worker process of the same run",
    means: "The server runs several processes, and each one logs its own startup and opens its own pool. A \
        worker that replaces a lost one counts here too.",
    told_by: "Another process id in the same run while the first one lives on; a line of the parent that says \
        it boots a worker supports it.",
    example: "[1] [INFO] Starting gunicorn\n\
        [1] [INFO] Booting worker with pid: 7\n\
        [1] [INFO] Booting worker with pid: 8\n\
        pool created (PID=8, generation=1)",
    near_miss: "in-process-duplicate: the pools must be in one process. Forked workers share their address \
        layout, so two workers can print the same pool address.",
    remedy: "Nothing. Size each pool for its share: the database sees pool size times workers. If a worker was \
        replaced after it had been killed, look at its memory.",
};

const DEV_RELOAD: CauseRow = CauseRow {
    cause: Cause::DevReload,
    title: "A development reloader restarted the application",
    means: "A reloader noticed a changed file and replaced the application's process within the same run.",
    told_by: "Another process id in the same run after a reloader's line that announces it.",
    example: "INFO:     Started reloader process [1] using WatchFiles\n\
        WARNING:  WatchFiles detected changes in 'app/main.py'. Reloading...\n\
        INFO:     Started server process [21]",
    near_miss: "worker-process: gunicorn replaces its workers on SIGHUP; the lines are the parent's and no \
        file change is announced.",
    remedy: "Do not run a reloader in production: start the server without its reload option.",
};

const SUPERVISOR_RESTART: CauseRow = CauseRow {
    cause: Cause::SupervisorRestart,
    title: "A supervisor in the container restarted the process",
    means: "The application ended, and a supervisor in the container (supervisord, s6, a shell loop) started it \
        again. The container itself went on running, so the engine saw nothing.",
    told_by: "Another process id in the same run after the previous process had ended, with no `die` and \
        `start` between them.",
    example: "INFO:     Started server process [7]\n\
        INFO exited: api (exit status 1; not expected)\n\
        INFO spawned: 'api' with pid 19\n\
        INFO:     Started server process [19]",
    near_miss: "restart-policy: the main process itself ends, so the engine records `die` and `start`, and the \
        new process usually has the old one's id.",
    remedy: "Look at why the process ended. Prefer one process a container: then the engine counts the \
        restarts and the reason is in its history.",
};

const IN_PROCESS_DUPLICATE: CauseRow = CauseRow {
    cause: Cause::InProcessDuplicate,
    title: "One process created its pool twice",
    means: "The same process of the same run created a second pool, and nothing had taken the first one away. \
        This is the bug in the application that the others are mistaken for.",
    told_by: "Two pools created in one run by one process id, with no degraded mode, lost connection or closed \
        pool between them. A different module id means that the module was imported twice; an equal one \
        means a reset or a race.",
    example: "pool created (PID=1, pool_id=140137983023888, generation=1)\n\
        pool created (PID=1, pool_id=140137983511040, generation=1)\n\
        one start event, no die",
    near_miss: "host-automation-restart and deployment-replacement: a new process counts its generation from 1 \
        again, and PID 1 and even the pool's address can repeat. Two pools with a new process between them \
        are no duplicate.",
    remedy: "Create the pool in one place, guarded by a lock and a check. For a module imported twice, run it \
        under one name (not as a script and as a module).",
};

const POOL_RECONNECT: CauseRow = CauseRow {
    cause: Cause::PoolReconnect,
    title: "The process connected to its database again",
    means: "The same process created a pool later, because the first attempt had failed or the connection was \
        lost. That is how it should recover.",
    told_by: "Same run, same process id, and a higher generation after degraded mode, a failed pool or a lost \
        connection.",
    example: "Database connection pool initialization FAILED (PID=1). Degraded mode.\n\
        Background reconnection: attempting to create DB pool...\n\
        pool created (PID=1, generation=2)",
    near_miss: "in-process-duplicate: a second pool with nothing before it that explains it, most often with \
        the same generation.",
    remedy: "Nothing for the reconnect. Look at why the database was not there: a network attached too late, \
        or a start order without a health condition.",
};

const DUPLICATE_INGEST: CauseRow = CauseRow {
    cause: Cause::DuplicateIngest,
    title: "The same lines were read twice",
    means: "No startup: a copy of lines that were read elsewhere. The startup is reported once, and the copy is \
        a note.",
    told_by: "The same time to the nanosecond, the same process id and the same pool address in two places.",
    example: "a.log:4    2026-01-04T10:00:01.190244871Z Started server process [1]\n\
        b.log:917  2026-01-04T10:00:01.190244871Z Started server process [1]",
    near_miss: "A crash loop writes the same lines again, but each has its own time.",
    remedy: "Give each log once. If a log collector wrote both copies, two of its sources read the same file.",
};

const UNKNOWN: CauseRow = CauseRow {
    cause: Cause::Unknown,
    title: "The evidence does not decide",
    means: "A startup is certain, its cause is not. A wrong cause would be worse than none, so the report names \
        the candidates, and what would decide between them.",
    told_by: "What was read fits several causes, or the sources do not cover the moment.",
    example: "app.log:412  INFO:     Started server process [1]\n\
        missing: docker events around 10:00:31\n\
        could be: manual-restart 45 %, host-automation-restart 40 %",
    near_miss: "A verdict with a low confidence: there one cause is likelier than the others and something \
        direct speaks for it.",
    remedy: "Give what is listed as missing. The engine keeps only its last 256 events, so record them \
        all the time: `docker events --format '{{json .}}' >> events.jsonl`.",
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_cause_has_its_own_row_and_says_everything() {
        for cause in Cause::ALL {
            let row = row(cause);
            assert_eq!(row.cause, cause);
            for text in [row.title, row.means, row.told_by, row.near_miss, row.remedy] {
                assert!(!text.is_empty(), "{cause}");
                assert!(
                    !text.contains('\n') && !text.contains("  "),
                    "{cause}: {text}"
                );
            }
            assert!(row.title.len() <= 53, "{cause}: a title is a few words");
            let lines = row.example.lines().count();
            assert!((2..=4).contains(&lines), "{cause}: {lines} lines");
            assert!(row.example.lines().all(|line| line.len() <= 76), "{cause}");
        }
    }
}
