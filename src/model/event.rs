//! One entry of the engine's history: what `docker events` (or podman's, or Compose's) says.

use super::Time;
use std::collections::BTreeMap;

/// One event. Sources: moby `api/types/events/events.go`, podman `libpod/events`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// When the engine emitted it (`timeNano`, else `time`).
    pub time: Time,
    /// What happened.
    pub kind: EventKind,
    /// The container it is about (a network event's `container` attribute), when it is about one.
    /// 64 hex digits, or as many as the source gives.
    pub container_id: Option<String>,
    /// The container's name at that moment, without a leading slash.
    pub name: Option<String>,
    /// The image reference used at create.
    pub image: Option<String>,
    /// The container's labels (all attributes that are not the event's own). Empty for `exec_*`
    /// events, which repeat them three times a probe.
    pub labels: BTreeMap<String, String>,
}

/// What happened. Numbers come as text in the source and are parsed here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EventKind {
    /// A container was created.
    Create,
    /// Its main process was started.
    Start,
    /// An API restart is complete (follows `start`).
    Restart,
    /// An API stop is complete.
    Stop,
    /// The main process ended.
    Die {
        /// Its exit status, 128 + n after signal n.
        exit_code: Option<i64>,
        /// Whole seconds that the run lasted (engine 25 and later).
        duration_s: Option<u64>,
    },
    /// A signal was sent through the API.
    Kill {
        /// The signal's number.
        signal: Option<u32>,
    },
    /// The kernel's OOM killer struck in the container.
    Oom,
    /// The container was removed.
    Destroy,
    /// The container was renamed; the event's `name` is the new one.
    Rename {
        /// The name before, without a leading slash.
        old_name: Option<String>,
    },
    /// All processes were frozen.
    Pause,
    /// And went on.
    Unpause,
    /// The health state changed.
    Health(Health),
    /// A command is about to run in the container.
    ExecCreate {
        /// Joins the three exec events.
        exec_id: Option<String>,
        /// The command line, as one string.
        command: String,
    },
    /// It was started.
    ExecStart {
        /// Joins the three exec events.
        exec_id: Option<String>,
        /// The command line, as one string.
        command: String,
    },
    /// It ended.
    ExecDie {
        /// Joins the three exec events.
        exec_id: Option<String>,
        /// Its exit status.
        exit_code: Option<i64>,
    },
    /// The container was attached to a network.
    NetworkConnect {
        /// The network's id.
        network_id: String,
        /// The network's name.
        network: String,
    },
    /// The container was detached from a network.
    NetworkDisconnect {
        /// The network's id.
        network_id: String,
        /// The network's name.
        network: String,
    },
    /// A swarm service was created, updated or removed.
    Service {
        /// `create`, `update` or `remove`.
        action: String,
        /// The service's id.
        service_id: String,
        /// The service's name.
        service: Option<String>,
        /// All attributes: `image.old`, `image.new`, `replicas.*`, `updatestate.new` ...
        attributes: BTreeMap<String, String>,
    },
    /// The engine came up after a host boot (podman `refresh`).
    EngineRefresh,
    /// Anything else, as `type action`.
    Other(String),
}

/// A container's health, as `health_status` events report it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Health {
    /// `health_status: healthy`
    Healthy,
    /// `health_status: unhealthy`
    Unhealthy,
    /// Any other text.
    Other(String),
}
