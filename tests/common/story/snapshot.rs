//! Snapshots as `docker inspect` writes them.

use super::{Moment, stamp};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// How the engine writes that something has not happened.
const NEVER: &str = "0001-01-01T00:00:00Z";

/// A container's state at one moment.
pub struct State {
    status: &'static str,
    created: Option<String>,
    started: String,
    finished: String,
    code: i64,
    oom: bool,
    restarts: u32,
    policy: (&'static str, u32),
}

/// A container that has not been started yet.
pub fn created() -> State {
    State {
        status: "created",
        created: None,
        started: NEVER.to_owned(),
        finished: NEVER.to_owned(),
        code: 0,
        oom: false,
        restarts: 0,
        policy: ("no", 0),
    }
}

/// A container that runs since `started`.
pub fn running(started: impl Moment) -> State {
    State {
        status: "running",
        started: stamp(started),
        ..created()
    }
}

/// A container that ended and is not started again.
pub fn exited(started: impl Moment, finished: impl Moment, code: i64) -> State {
    State {
        status: "exited",
        finished: stamp(finished),
        code,
        ..running(started)
    }
}

/// A container that ended and that the policy is about to start again.
pub fn restarting(started: impl Moment, finished: impl Moment, code: i64) -> State {
    State {
        status: "restarting",
        ..exited(started, finished, code)
    }
}

impl State {
    /// The engine made it at this time. Otherwise it is the time of its `create`, or the story's beginning.
    pub fn created(self, at: impl Moment) -> Self {
        let created = Some(stamp(at));
        Self { created, ..self }
    }

    /// The run before ended at this time.
    pub fn after_an_end(self, at: impl Moment) -> Self {
        let finished = stamp(at);
        Self { finished, ..self }
    }

    /// How often the policy has started it again.
    pub fn restarts(self, restarts: u32) -> Self {
        Self { restarts, ..self }
    }

    /// Its restart policy, and how often that tries; 0 for no limit.
    pub fn policy(self, name: &'static str, most: u32) -> Self {
        let policy = (name, most);
        Self { policy, ..self }
    }

    /// The kernel killed it.
    pub fn out_of_memory(self) -> Self {
        Self { oom: true, ..self }
    }

    pub(super) fn of(
        &self,
        id: &str,
        name: &str,
        created: &str,
        labels: &BTreeMap<String, String>,
    ) -> Value {
        let up = matches!(self.status, "running" | "restarting");
        let mut labels = labels.clone();
        let image = labels.remove("image");
        json!([{
            "Id": id,
            "Created": self.created.as_deref().unwrap_or(created),
            "State": {
                "Status": self.status, "Running": up, "Paused": false,
                "Restarting": self.status == "restarting", "OOMKilled": self.oom, "Dead": false,
                "Pid": 0, "ExitCode": self.code, "Error": "",
                "StartedAt": self.started, "FinishedAt": self.finished,
            },
            "Image": "sha256:1",
            "Name": format!("/{name}"),
            "RestartCount": self.restarts,
            "HostConfig": {
                "RestartPolicy": {"Name": self.policy.0, "MaximumRetryCount": self.policy.1},
            },
            "Config": {"Tty": false, "Image": image, "Labels": labels},
        }])
    }
}
