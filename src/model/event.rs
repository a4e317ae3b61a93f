//! One entry of the engine's history: what `docker events` (or podman's, or Compose's) says.

use super::Time;
use std::collections::BTreeMap;
use std::num::NonZeroU64;
use std::sync::Arc;

/// Labels or attributes. A busy host repeats them in every event of a container, so that copies are
/// shared.
pub type Labels = Arc<BTreeMap<String, String>>;

/// One event. Sources: moby `api/types/events/events.go`, podman `libpod/events`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// When the engine emitted it (`timeNano`, else `time`).
    pub time: Time,
    /// What happened.
    pub kind: EventKind,
    /// The container it is about (a network event's `container` attribute), when it is about one.
    /// 64 hex digits, or as many as the source gives.
    pub container_id: Option<Arc<str>>,
    /// The container's name at that moment, without a leading slash.
    pub name: Option<Arc<str>>,
    /// The image reference used at create.
    pub image: Option<Arc<str>>,
    /// The container's labels (all attributes that are not the event's own). Empty for `exec_*`
    /// events, which repeat them three times a probe.
    pub labels: Labels,
}

/// The id of an exec instance, which joins the events of one command: 128 bits of it, for nobody reads
/// it and a busy host has millions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ExecId(NonZeroU64, u64);

impl ExecId {
    /// The id that the engine wrote as `text` in an event about `container`.
    #[must_use]
    pub fn new(container: &str, text: &str) -> Self {
        // FNV-1a over words instead of bytes, in two lanes: the ids themselves are random.
        const PRIME: u64 = 0x0000_0100_0000_01b3;
        let (mut a, mut b) = (0xcbf2_9ce4_8422_2325_u64, text.len() as u64);
        let mut add = |word: [u8; 8]| {
            let word = u64::from_le_bytes(word);
            a = (a ^ word).wrapping_mul(PRIME).rotate_left(29);
            b = (b ^ word.rotate_left(32))
                .wrapping_mul(PRIME)
                .rotate_left(31);
        };
        for text in [container, text] {
            let (words, rest) = text.as_bytes().as_chunks();
            for word in words {
                add(*word);
            }
            if !rest.is_empty() {
                let mut word = [0; 8];
                word[..rest.len()].copy_from_slice(rest);
                add(word);
            }
        }
        Self(NonZeroU64::new(a).unwrap_or(NonZeroU64::MIN), b)
    }
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
        exec_id: Option<ExecId>,
        /// The command line, as one string.
        command: Arc<str>,
    },
    /// It was started.
    ExecStart {
        /// Joins the three exec events.
        exec_id: Option<ExecId>,
        /// The command line, as one string.
        command: Arc<str>,
    },
    /// It ended.
    ExecDie {
        /// Joins the three exec events.
        exec_id: Option<ExecId>,
        /// Its exit status.
        exit_code: Option<i64>,
        /// What ended, where the events that announced it were joined to this one.
        command: Option<Command>,
    },
    /// The container was attached to a network.
    NetworkConnect {
        /// The network's id.
        network_id: Arc<str>,
        /// The network's name.
        network: Arc<str>,
    },
    /// The container was detached from a network.
    NetworkDisconnect {
        /// The network's id.
        network_id: Arc<str>,
        /// The network's name.
        network: Arc<str>,
    },
    /// A swarm service was created, updated or removed.
    Service {
        /// `create`, `update` or `remove`.
        action: Arc<str>,
        /// The service's id.
        service_id: Arc<str>,
        /// The service's name.
        service: Option<Arc<str>>,
        /// All attributes: `image.old`, `image.new`, `replicas.*`, `updatestate.new` ...
        attributes: Labels,
    },
    /// The engine came up after a host boot (podman `refresh`).
    EngineRefresh,
    /// Anything else, as `type action`.
    Other(Arc<str>),
}

impl Event {
    /// When what it tells began: a command, with its announcement.
    #[must_use]
    pub fn begins(&self) -> Time {
        match &self.kind {
            EventKind::ExecDie {
                command: Some(command),
                ..
            } => command.announced.min(self.time),
            _ => self.time,
        }
    }
}

impl EventKind {
    /// Whether a run begins or ends with it.
    #[must_use]
    pub fn begins_or_ends_run(&self) -> bool {
        matches!(self, EventKind::Start | EventKind::Die { .. })
    }

    /// Whether it is the same event, read elsewhere: what was joined to it may differ.
    #[must_use]
    pub fn same(&self, other: &Self) -> bool {
        match (self, other) {
            (
                Self::ExecDie {
                    exec_id: a,
                    exit_code: x,
                    ..
                },
                Self::ExecDie {
                    exec_id: b,
                    exit_code: y,
                    ..
                },
            ) => a == b && x == y,
            _ => self == other,
        }
    }

    /// It only announces a command, whose end another event tells. They are two in three of what a
    /// host with health checks says, and nothing cites them: their citations have no text.
    #[must_use]
    pub fn announces_command(&self) -> bool {
        matches!(self, Self::ExecCreate { .. } | Self::ExecStart { .. })
    }
}

/// A command in a container, as the events before its end announced it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// The command line, as one string.
    pub line: Arc<str>,
    /// When it was announced first.
    pub announced: Time,
    /// It was announced by [`EventKind::ExecCreate`], not by its start alone.
    pub created: bool,
}

/// A container's health, as `health_status` events report it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Health {
    /// `health_status: healthy`
    Healthy,
    /// `health_status: unhealthy`
    Unhealthy,
    /// Any other text.
    Other(Arc<str>),
}
