//! A container's state at one moment: `docker inspect`, or the engine's `config.v2.json`.

use super::{Citation, Time};
use std::collections::BTreeMap;

/// One container in one inspect document. Every field is optional in practice: engines, podman and
/// hand-trimmed files leave some out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// The container's id, 64 hex digits (or as many as there are).
    pub id: String,
    /// Its name, without the leading slash.
    pub name: Option<String>,
    /// When it was created.
    pub created: Option<Time>,
    /// The image reference (`Config.Image`).
    pub image: Option<String>,
    /// The image's id (`Image`, `sha256:...`). Comparable only within one engine's image store.
    pub image_id: Option<String>,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// `State.Status`.
    pub status: Option<String>,
    /// `State.Running`.
    pub running: Option<bool>,
    /// `State.ExitCode`: 0 as soon as it runs again.
    pub exit_code: Option<i64>,
    /// `State.OOMKilled`; what it means depends on the engine's version.
    pub oom_killed: Option<bool>,
    /// `State.StartedAt` of the latest run; `None` when zero or absent.
    pub started_at: Option<Time>,
    /// `State.FinishedAt`, the end of the *previous* run while it runs; `None` when zero or absent.
    pub finished_at: Option<Time>,
    /// `FinishedAt` is there and zero: the container never ended a run.
    pub never_finished: bool,
    /// Restarts by policy since the last API start.
    pub restart_count: Option<u64>,
    /// `HostConfig.RestartPolicy.Name`; the empty name is `no`.
    pub restart_policy: Option<String>,
    /// Names of the networks it is attached to, sorted.
    pub networks: Vec<String>,
    /// `State.Health.Status`.
    pub health: Option<String>,
    /// The HEALTHCHECK's command as events show it (`/bin/sh -c curl ...`).
    pub healthcheck: Option<String>,
    /// `State.Error`, when not empty.
    pub error: Option<String>,
    /// `HasBeenManuallyStopped` (only in `config.v2.json`).
    pub manually_stopped: Option<bool>,
    /// The document shows an engine of version 25 or later (`DNSNames` of a network is there).
    pub modern_engine: bool,
    /// The lines that hold the fields above, by their JSON key (`StartedAt`, `RestartCount` ...;
    /// `Networks` stands for the whole object's first line, `Id` for the container).
    pub lines: BTreeMap<&'static str, Citation>,
}

/// One network in `docker network inspect`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NetworkSnapshot {
    /// The network's id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The ids of the containers attached to it, sorted.
    pub containers: Vec<String>,
}
