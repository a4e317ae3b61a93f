//! When the engine went down and came up, by its own log.

use crate::model::ledger::{LedgerEntry, Why};
use crate::model::{Citation, Cited, JournalKind, JournalRecord, Time};
use chrono::TimeDelta;

/// The longest that an engine is taken to need from `Starting up` to serving requests, where its
/// log does not say.
const LONGEST_BOOT: TimeDelta = TimeDelta::seconds(90);

/// How late a recorder may see that an engine is back: it asks every 0.2 s.
const POLL: TimeDelta = TimeDelta::milliseconds(250);

/// The engine's comings and goings.
#[derive(Clone, Debug, Default)]
pub struct Engine {
    /// By time.
    pub boots: Vec<Boot>,
    /// The window that the engine's log covers, when it was given.
    pub window: Option<(Time, Time)>,
}

/// One time that the engine came up.
#[derive(Clone, Debug)]
pub struct Boot {
    /// `Processing signal 'terminated'` of the engine before; `None` when it ended without a word
    /// (crash, power loss) or before the log begins.
    pub stopping: Option<(Time, Citation)>,
    /// `Daemon shutdown complete` of the engine before.
    pub stopped: Option<(Time, Citation)>,
    /// `Starting up`; in a record, when the engine before did not answer any more.
    pub starting: (Time, Citation),
    /// `Daemon has completed initialization`: from here on others can ask for anything.
    pub ready: Option<(Time, Citation)>,
    /// It is known from a recorder that was listening, not from the engine's log.
    pub recorded: bool,
}

impl Boot {
    /// The last moment at which a container start is the engine's own doing.
    #[must_use]
    pub fn settled(&self) -> Time {
        self.ready
            .as_ref()
            .map_or(self.starting.0 + LONGEST_BOOT, |ready| {
                ready.0 + TimeDelta::milliseconds(500)
            })
    }
}

impl Engine {
    /// Reads the engine's history off its own log (`journal` sorted by time).
    #[must_use]
    pub fn from_journal(journal: &[Cited<JournalRecord>]) -> Self {
        let mut boots: Vec<Boot> = Vec::new();
        let (mut stopping, mut stopped) = (None, None);
        let mut window: Option<(Time, Time)> = None;
        for record in journal {
            let Some(time) = record.value.time else {
                continue;
            };
            let cited = (time, record.citation.clone());
            match record.value.kind {
                JournalKind::Action(_) | JournalKind::Note => continue,
                JournalKind::EngineStopping => stopping = stopping.or(Some(cited)),
                JournalKind::EngineStopped => stopped = Some(cited),
                JournalKind::EngineStarting | JournalKind::EngineLoading => {
                    let going_on = boots.last().is_some_and(|boot| {
                        boot.ready.is_none() && time - boot.starting.0 < LONGEST_BOOT
                    });
                    if !going_on || stopping.is_some() {
                        boots.push(Boot {
                            stopping: stopping.take(),
                            stopped: stopped.take(),
                            starting: cited,
                            ready: None,
                            recorded: false,
                        });
                    }
                }
                JournalKind::EngineReady => {
                    if let Some(boot) = boots.last_mut().filter(|boot| boot.ready.is_none()) {
                        boot.ready = Some(cited);
                    }
                }
                _ => {}
            }
            window = Some(window.map_or((time, time), |(from, to)| (from.min(time), to.max(time))));
        }
        Self { boots, window }
    }

    /// With the restarts that recorders saw: the engine was gone, came back, and had forgotten its
    /// events. Where its own log tells of the same boot, that stands.
    #[must_use]
    pub fn with_gaps(mut self, ledgers: &[Cited<LedgerEntry>]) -> Self {
        let logged = self.boots.len();
        for entry in ledgers {
            let LedgerEntry::Gap(gap) = &entry.value else {
                continue;
            };
            let Some(away) = gap.away.filter(|_| gap.why == Why::EngineRestart) else {
                continue;
            };
            let known = self.boots[..logged]
                .iter()
                .any(|boot| gap.from <= boot.starting.0 && boot.starting.0 <= away.to);
            if known {
                continue;
            }
            self.boots.push(Boot {
                stopping: None,
                stopped: None,
                starting: (away.from, entry.citation.clone()),
                ready: Some((away.to - POLL, entry.citation.clone())),
                recorded: true,
            });
        }
        self.boots.sort_by_key(|boot| boot.starting.0);
        self
    }

    /// The boot in which a container that started at `time` was started, if it was in one: before
    /// the engine serves requests, nobody but the engine itself can start anything.
    #[must_use]
    pub fn boot_at(&self, time: Time) -> Option<&Boot> {
        self.boots
            .iter()
            .rev()
            .find(|boot| boot.starting.0 <= time && time <= boot.settled())
    }

    /// The engine's going down that `time` falls into: from the signal to the next boot's end.
    #[must_use]
    pub fn down_at(&self, time: Time) -> Option<&Boot> {
        self.boots.iter().find(|boot| {
            boot.stopping
                .as_ref()
                .is_some_and(|stopping| stopping.0 - TimeDelta::milliseconds(50) <= time)
                && time <= boot.settled()
        })
    }

    /// Whether the engine's log covers `from..=to` and shows neither a stop nor a boot in it.
    #[must_use]
    pub fn known_up(&self, from: Time, to: Time) -> bool {
        self.window.is_some_and(|window| window.0 <= to)
            && !self
                .boots
                .iter()
                .any(|boot| from <= boot.settled() && boot.starting.0 <= to)
    }
}
