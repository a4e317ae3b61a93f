//! What the engine's own log and the host's logs say.

use super::Time;

/// One line of the engine's log or of a host's log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JournalRecord {
    /// When it was written, when it says so. A time without a zone was read with the zone of the run.
    pub time: Option<Time>,
    /// The time has no zone of its own.
    pub assumed_zone: bool,
    /// The container that the line names in a field of its own, as id or name without slash.
    pub container: Option<String>,
    /// The program that wrote it (`dockerd`, a script's or a unit's name), when it says so.
    pub program: Option<String>,
    /// The person who acted, when the line says so (`sudo`).
    pub user: Option<String>,
    /// What it says.
    pub kind: JournalKind,
}

/// What the line says. Sources for the engine's lines: moby `daemon/{monitor,kill,daemon}.go`,
/// `cmd/dockerd`; for autoheal and watchtower their own sources.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JournalKind {
    /// `Processing signal '...'`: the engine was asked to end.
    EngineStopping,
    /// `Daemon shutdown complete`.
    EngineStopped,
    /// `Starting up`: a new engine process.
    EngineStarting,
    /// `Loading containers: start.`: containers with a policy are started from here on.
    EngineLoading,
    /// `Daemon has completed initialization` / `API listen on`: requests are served from here on.
    EngineReady,
    /// `ShouldRestart failed, container will not be restarted`: the engine says why not.
    NotRestarted {
        /// The stop was asked for through the API.
        manually_stopped: bool,
        /// The engine itself was going down.
        shutting_down: bool,
    },
    /// `Restarting container` / `restarting container`.
    Restarting {
        /// Asked for through the API, not by policy.
        manual: bool,
    },
    /// `Container failed to exit within 10s of signal 15 - using the force`.
    KillTimeout,
    /// A shim was started for the container (`starting signal loop`).
    ShimStarted,
    /// Its shim went away (`shim disconnected`).
    ShimGone,
    /// `fatal task error`: a swarm task failed.
    TaskFailed {
        /// `service.id`, as it stands.
        service_id: Option<String>,
        /// `task.id`, as it stands.
        task_id: Option<String>,
    },
    /// `Removing stale sandbox`: what a dead engine left behind.
    StaleSandbox,
    /// The host did something to the container, in the words of the program that did it.
    Action(HostAction),
    /// A host line without a recognised action (`OK: ... resolves`): shows that the program ran.
    Note,
}

/// What a host's program says that it did (or is about to do).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HostAction {
    /// Restarted a container.
    Restart,
    /// Restarted it because it was unhealthy (autoheal).
    HealRestart,
    /// Stopped it.
    Stop,
    /// Started it.
    Start,
    /// Killed it.
    Kill,
    /// Attached it to a network.
    NetworkConnect,
    /// Replaced it by a new container (watchtower, a deploy script, compose).
    Replace,
    /// Upgraded packages (unattended upgrades), which may restart the engine.
    Upgrade,
    /// The service manager starts a unit again whose process ended by itself. The record's program is the
    /// unit's name without `.service`.
    UnitRestart,
    /// The service manager was asked to stop a unit. The record's program is the unit's name.
    UnitStop,
}
