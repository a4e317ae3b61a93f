//! The sixteen causes of a startup. Texts that explain them live in `classify`.

use schemars::JsonSchema;
use serde::Serialize;

/// Why a startup happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[expect(
    missing_docs,
    reason = "each is explained by its row in `classify::causes`"
)]
pub enum Cause {
    FirstStart,
    DeploymentReplacement,
    ScaleOut,
    HostAutomationRestart,
    HealthRestart,
    ManualRestart,
    RestartPolicy,
    OomRestart,
    EngineRestart,
    WorkerProcess,
    DevReload,
    SupervisorRestart,
    InProcessDuplicate,
    PoolReconnect,
    DuplicateIngest,
    Unknown,
}

/// Where a cause lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Family {
    /// Outside the container: the engine, an operator, a deployment, automation.
    External,
    /// Inside the container, without a new run.
    InContainer,
    /// No startup at all (the same lines read twice).
    None,
    /// Not known.
    Unknown,
}

/// The two cases that look alike in a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, JsonSchema, Serialize)]
pub enum Case {
    /// A deployment replaced the container. Expected.
    A,
    /// Automation on the host restarted the same container. Preventable.
    B,
}

impl Cause {
    /// All causes, in the order of the report's tables.
    pub const ALL: [Cause; 16] = [
        Cause::FirstStart,
        Cause::DeploymentReplacement,
        Cause::ScaleOut,
        Cause::HostAutomationRestart,
        Cause::HealthRestart,
        Cause::ManualRestart,
        Cause::RestartPolicy,
        Cause::OomRestart,
        Cause::EngineRestart,
        Cause::WorkerProcess,
        Cause::DevReload,
        Cause::SupervisorRestart,
        Cause::InProcessDuplicate,
        Cause::PoolReconnect,
        Cause::DuplicateIngest,
        Cause::Unknown,
    ];

    /// The cause's name on the command line, in JSON and in text.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Cause::FirstStart => "first-start",
            Cause::DeploymentReplacement => "deployment-replacement",
            Cause::ScaleOut => "scale-out",
            Cause::HostAutomationRestart => "host-automation-restart",
            Cause::HealthRestart => "health-restart",
            Cause::ManualRestart => "manual-restart",
            Cause::RestartPolicy => "restart-policy",
            Cause::OomRestart => "oom-restart",
            Cause::EngineRestart => "engine-restart",
            Cause::WorkerProcess => "worker-process",
            Cause::DevReload => "dev-reload",
            Cause::SupervisorRestart => "supervisor-restart",
            Cause::InProcessDuplicate => "in-process-duplicate",
            Cause::PoolReconnect => "pool-reconnect",
            Cause::DuplicateIngest => "duplicate-ingest",
            Cause::Unknown => "unknown",
        }
    }

    /// The family that the cause belongs to; `unknown` may be narrowed by its verdict.
    #[must_use]
    pub fn family(self) -> Family {
        match self {
            Cause::FirstStart
            | Cause::DeploymentReplacement
            | Cause::ScaleOut
            | Cause::HostAutomationRestart
            | Cause::HealthRestart
            | Cause::ManualRestart
            | Cause::RestartPolicy
            | Cause::OomRestart
            | Cause::EngineRestart => Family::External,
            Cause::WorkerProcess
            | Cause::DevReload
            | Cause::SupervisorRestart
            | Cause::InProcessDuplicate
            | Cause::PoolReconnect => Family::InContainer,
            Cause::DuplicateIngest => Family::None,
            Cause::Unknown => Family::Unknown,
        }
    }

    /// The case that the cause is, for the two that are one.
    #[must_use]
    pub fn case(self) -> Option<Case> {
        match self {
            Cause::DeploymentReplacement => Some(Case::A),
            Cause::HostAutomationRestart => Some(Case::B),
            _ => None,
        }
    }
}

impl std::fmt::Display for Cause {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.name())
    }
}

impl std::str::FromStr for Cause {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Cause::ALL
            .into_iter()
            .find(|cause| cause.name() == text)
            .ok_or_else(|| format!("no cause is named {text:?}"))
    }
}
