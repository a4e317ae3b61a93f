//! The causes of a startup, each with its row of facts. The texts that explain them are in
//! `classify::causes`.

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
    FirstSeen,
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

/// How bad a cause is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Concern {
    /// Work is lost, or the application has a bug.
    Damage,
    /// It should not happen, or nobody knows why it happened.
    Trouble,
    /// Somebody meant it, or it is how the service should behave.
    Expected,
}

/// How a startup of a cause counts among those of its service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Counted {
    /// The one that the others are counted from.
    First,
    /// One more beside those before it.
    Beside,
    /// The same startup again: a duplicate to a reader of the log.
    Again,
}

/// All that is known of a cause besides the texts that explain it.
struct Row {
    name: &'static str,
    family: Family,
    case: Option<Case>,
    /// Bugs and lost work come first, then what can be prevented, then what is not known, then what
    /// somebody meant to do.
    urgency: u8,
    concern: Concern,
    counted: Counted,
    by_policy: bool,
    ordinary: bool,
}

impl Cause {
    /// All causes, in the order of the report's tables.
    pub const ALL: [Cause; 17] = [
        Cause::FirstStart,
        Cause::FirstSeen,
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

    /// The cause's row. Of a cause without one the compiler says so.
    #[expect(clippy::too_many_lines, reason = "a table")]
    const fn row(self) -> Row {
        match self {
            Cause::FirstStart => Row {
                name: "first-start",
                family: Family::External,
                case: None,
                urgency: 14,
                concern: Concern::Expected,
                counted: Counted::First,
                by_policy: false,
                ordinary: true,
            },
            Cause::FirstSeen => Row {
                name: "first-seen",
                family: Family::External,
                case: None,
                urgency: 15,
                concern: Concern::Expected,
                counted: Counted::First,
                by_policy: false,
                ordinary: true,
            },
            Cause::DeploymentReplacement => Row {
                name: "deployment-replacement",
                family: Family::External,
                case: Some(Case::A),
                urgency: 12,
                concern: Concern::Expected,
                counted: Counted::Again,
                by_policy: false,
                ordinary: false,
            },
            Cause::ScaleOut => Row {
                name: "scale-out",
                family: Family::External,
                case: None,
                urgency: 13,
                concern: Concern::Expected,
                counted: Counted::Beside,
                by_policy: false,
                ordinary: false,
            },
            Cause::HostAutomationRestart => Row {
                name: "host-automation-restart",
                family: Family::External,
                case: Some(Case::B),
                urgency: 2,
                concern: Concern::Trouble,
                counted: Counted::Again,
                by_policy: false,
                ordinary: false,
            },
            Cause::HealthRestart => Row {
                name: "health-restart",
                family: Family::External,
                case: None,
                urgency: 3,
                concern: Concern::Trouble,
                counted: Counted::Again,
                by_policy: false,
                ordinary: false,
            },
            Cause::ManualRestart => Row {
                name: "manual-restart",
                family: Family::External,
                case: None,
                urgency: 8,
                concern: Concern::Expected,
                counted: Counted::Again,
                by_policy: false,
                ordinary: false,
            },
            Cause::RestartPolicy => Row {
                name: "restart-policy",
                family: Family::External,
                case: None,
                urgency: 4,
                concern: Concern::Trouble,
                counted: Counted::Again,
                by_policy: true,
                ordinary: false,
            },
            Cause::OomRestart => Row {
                name: "oom-restart",
                family: Family::External,
                case: None,
                urgency: 1,
                concern: Concern::Damage,
                counted: Counted::Again,
                by_policy: true,
                ordinary: false,
            },
            Cause::EngineRestart => Row {
                name: "engine-restart",
                family: Family::External,
                case: None,
                urgency: 6,
                concern: Concern::Trouble,
                counted: Counted::Again,
                by_policy: false,
                ordinary: false,
            },
            Cause::WorkerProcess => Row {
                name: "worker-process",
                family: Family::InContainer,
                case: None,
                urgency: 10,
                concern: Concern::Trouble,
                counted: Counted::Again,
                by_policy: false,
                ordinary: true,
            },
            Cause::DevReload => Row {
                name: "dev-reload",
                family: Family::InContainer,
                case: None,
                urgency: 11,
                concern: Concern::Trouble,
                counted: Counted::Again,
                by_policy: false,
                ordinary: false,
            },
            Cause::SupervisorRestart => Row {
                name: "supervisor-restart",
                family: Family::InContainer,
                case: None,
                urgency: 5,
                concern: Concern::Trouble,
                counted: Counted::Again,
                by_policy: false,
                ordinary: false,
            },
            Cause::InProcessDuplicate => Row {
                name: "in-process-duplicate",
                family: Family::InContainer,
                case: None,
                urgency: 0,
                concern: Concern::Damage,
                counted: Counted::Again,
                by_policy: false,
                ordinary: false,
            },
            Cause::PoolReconnect => Row {
                name: "pool-reconnect",
                family: Family::InContainer,
                case: None,
                urgency: 9,
                concern: Concern::Expected,
                counted: Counted::Again,
                by_policy: false,
                ordinary: false,
            },
            Cause::DuplicateIngest => Row {
                name: "duplicate-ingest",
                family: Family::None,
                case: None,
                urgency: 16,
                concern: Concern::Expected,
                counted: Counted::Again,
                by_policy: false,
                ordinary: false,
            },
            Cause::Unknown => Row {
                name: "unknown",
                family: Family::Unknown,
                case: None,
                urgency: 7,
                concern: Concern::Trouble,
                counted: Counted::Again,
                by_policy: false,
                ordinary: false,
            },
        }
    }

    /// Whether it says why a startup happened: `unknown` and `first-seen` do not, and carry no confidence.
    #[must_use]
    pub const fn is_told(self) -> bool {
        !matches!(self, Self::Unknown | Self::FirstSeen)
    }

    /// The cause's name on the command line, in JSON and in text.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.row().name
    }

    /// The family that the cause belongs to; `unknown` may be narrowed by its verdict.
    #[must_use]
    pub const fn family(self) -> Family {
        self.row().family
    }

    /// The case that the cause is, for the two that are one.
    #[must_use]
    pub const fn case(self) -> Option<Case> {
        self.row().case
    }

    /// The cause's place in the order in which reports list causes, from 0, the most urgent.
    pub(crate) const fn urgency(self) -> u8 {
        self.row().urgency
    }

    /// How bad it is.
    pub(crate) const fn concern(self) -> Concern {
        self.row().concern
    }

    /// How its startups count.
    pub(crate) const fn counted(self) -> Counted {
        self.row().counted
    }

    /// The restart policy started the process again.
    pub(crate) const fn is_by_policy(self) -> bool {
        self.row().by_policy
    }

    /// Belongs to the start of a service: nobody asks why, unless it is a duplicate.
    pub(crate) const fn is_ordinary(self) -> bool {
        self.row().ordinary
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

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn all_causes_are_listed_by_the_name_that_json_gives_them() {
        let schema = schemars::schema_for!(Cause);
        let names: Vec<&str> = Cause::ALL.into_iter().map(Cause::name).collect();
        assert_eq!(schema.get("enum"), Some(&json!(names)));
    }

    #[test]
    fn no_two_causes_are_equally_urgent() {
        let mut order = Cause::ALL.map(Cause::urgency);
        order.sort_unstable();
        assert_eq!(order.to_vec(), (0..17).collect::<Vec<u8>>());
    }
}
