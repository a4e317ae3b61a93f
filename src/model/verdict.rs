//! What a judgement is made of: how runs end, how far startups get, who asked, what is cited.

use super::{Cause, Citation, InputId, Text, Time};
use schemars::JsonSchema;
use serde::Serialize;
use std::borrow::Cow;
use std::fmt;

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum EndedBy {
    /// Stopped through the API (stop, restart, compose, automation).
    ApiStop,
    /// Killed through the API (`docker kill`, `docker rm -f`).
    ApiKill,
    /// The main process ended by itself.
    Exit,
    /// The main process was killed by a signal that did not come through the API.
    Signal,
    /// The kernel's OOM killer.
    Oom,
    /// The engine (or the host) went down.
    Engine,
    /// The evidence does not say.
    Unknown,
}

/// How far a startup got.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// It serves.
    Ready,
    /// It serves without its database.
    Degraded,
    /// It said that starting failed.
    Failed,
    /// It ended without having said that it was ready.
    Exited,
    /// The evidence does not say.
    Unknown,
}

/// Who or what asked for a startup.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
pub struct Initiator {
    /// What kind of asker it is.
    pub kind: InitiatorKind,
    /// In a few words: the command, the period, the program.
    pub detail: Cow<'static, str>,
}

/// What kind of person, program or mechanism asked for a startup or an end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum InitiatorKind {
    /// A person at the engine's command line or API.
    Operator,
    /// A deployment: compose, a platform, a CI job.
    Deployment,
    /// A script or program on the host.
    HostScript,
    /// A schedule: cron, a systemd timer.
    Timer,
    /// A program that restarts unhealthy containers.
    HealthWatcher,
    /// A program that replaces containers when their image changes.
    Updater,
    /// A cluster's scheduler: swarm, Nomad, Kubernetes.
    Orchestrator,
    /// A process manager on the host that owns the container: systemd, a quadlet.
    Supervisor,
    /// The container engine.
    Engine,
    /// The host as a whole.
    Host,
    /// The kernel, its OOM killer above all.
    Kernel,
    /// The container's restart policy.
    Policy,
    /// The application itself.
    Application,
    /// A development reloader in the container.
    Reloader,
    /// A program in the container that manages its processes: a server's master, supervisord, s6.
    ProcessManager,
    /// Nothing tells.
    Unknown,
}

impl InitiatorKind {
    /// The word for it in reports and in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Operator => "operator",
            Self::Deployment => "deployment",
            Self::HostScript => "host-script",
            Self::Timer => "timer",
            Self::HealthWatcher => "health-watcher",
            Self::Updater => "updater",
            Self::Orchestrator => "orchestrator",
            Self::Supervisor => "supervisor",
            Self::Engine => "engine",
            Self::Host => "host",
            Self::Kernel => "kernel",
            Self::Policy => "policy",
            Self::Application => "application",
            Self::Reloader => "reloader",
            Self::ProcessManager => "process-manager",
            Self::Unknown => "unknown",
        }
    }
}

impl fmt::Display for InitiatorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// One cited line and what it is cited for.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
pub struct Evidence {
    /// What the line shows, in a few words.
    pub claim: Cow<'static, str>,
    /// The input that holds it.
    pub input: InputId,
    /// Its line, from 1.
    pub line: u64,
    /// The line's first byte in the decoded stream.
    pub offset: u64,
    /// Its time.
    #[serde(serialize_with = "super::report::rfc3339")]
    #[schemars(with = "Option<Time>")]
    pub time: Option<Time>,
    /// The line itself.
    pub text: Text,
}

impl Evidence {
    /// Cites `citation` for `claim`.
    #[must_use]
    pub fn new(claim: impl Into<Cow<'static, str>>, citation: &Citation) -> Self {
        Self {
            claim: claim.into(),
            input: citation.place.input,
            line: citation.place.line,
            offset: citation.place.offset,
            time: citation.time,
            text: citation.text.clone(),
        }
    }
}

/// Another cause that fits.
#[derive(Clone, Copy, Debug, PartialEq, JsonSchema, Serialize)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Candidate {
    pub cause: Cause,
    #[schemars(range(min = 0.0, max = 1.0))]
    pub confidence: f64,
}

/// How urgent a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Severity {
    Info,
    Warning,
    Error,
}
