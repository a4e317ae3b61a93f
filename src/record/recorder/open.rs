//! Takes over a record's folder.

use super::save::{LIMIT_EVERY, SAVE_EVERY};
use super::{CAPACITY, Options, Recorder};
use crate::model::Time;
use crate::model::ledger::{During, Gap, Span, Why};
use crate::record::event::{Event, identity};
use crate::record::ledger::{self, Ledger, Loaded};
use crate::record::lock::{Lock, Refused};
use crate::record::logs::Logs;
use crate::record::recent::RecentEvents;
use crate::record::segment::{self, Kind};
use crate::record::sift::{Sift, Skipped};
use crate::record::stream::{self, Stream};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Why a folder cannot be recorded into.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OpenError {
    /// Another recorder is at work.
    #[error("another recorder{} is at work in {}", pid.map(|pid| format!(" (process {pid})")).unwrap_or_default(), folder.display())]
    Locked {
        /// Where.
        folder: PathBuf,
        /// Its process id, if it says so.
        pid: Option<u32>,
    },
    /// A later version's.
    #[error("{} is a record of a later version ({schema}); this one does not touch it", folder.display())]
    Newer {
        /// Where.
        folder: PathBuf,
        /// What it calls itself.
        schema: String,
    },
    /// The folder cannot be used.
    #[error("cannot record in {}: {cause}", folder.display())]
    Folder {
        /// Where.
        folder: PathBuf,
        /// The system's answer.
        cause: io::Error,
    },
}

impl Recorder {
    /// Takes over `folder`, creates it where it is missing, and puts in order what a killed recorder left
    /// there. Also returns what had to be repaired.
    ///
    /// # Errors
    /// When another recorder is at work there, a later version was, or the folder cannot be used.
    pub(crate) fn open(
        folder: &Path,
        options: Options,
        now: Time,
    ) -> Result<(Self, Vec<String>), OpenError> {
        let fail = |cause| OpenError::Folder {
            folder: folder.to_owned(),
            cause,
        };
        make(folder).map_err(fail)?;
        let lock = Lock::take(folder).map_err(|refused| match refused {
            Refused::Held(pid) => OpenError::Locked {
                folder: folder.to_owned(),
                pid,
            },
            Refused::Failed(cause) => fail(cause),
        })?;
        let mut warnings = Vec::new();
        let loaded = Ledger::load(folder).map_err(fail)?;
        let rotation = options.rotation;
        let mut stream = |kind| Stream::open(folder, kind, rotation, &mut warnings).map_err(fail);
        let events = stream(Kind::Events)?;
        let inspect = stream(Kind::Inspect)?;
        let mut seen = RecentEvents::default();
        let ledger = match loaded {
            Loaded::Ledger(ledger, identities) => {
                for identity in identities {
                    seen.insert(identity);
                }
                ledger
            }
            Loaded::None => rebuilt(folder).map_err(fail)?,
            Loaded::Damaged(aside) => {
                warnings.push(format!(
                    "{} was damaged and is {} now; what is covered was worked out from the events",
                    folder.join(ledger::NAME).display(),
                    aside.display()
                ));
                rebuilt(folder).map_err(fail)?
            }
            Loaded::Newer(schema) => {
                return Err(OpenError::Newer {
                    folder: folder.to_owned(),
                    schema,
                });
            }
        };
        let mut recorder = Self {
            folder: folder.to_owned(),
            options,
            _lock: lock,
            events,
            inspect,
            logs: Logs::new(folder),
            sift: Sift::new(
                options.all,
                Skipped {
                    execs: ledger.skipped.exec_events,
                    health: ledger.skipped.health_events,
                },
            ),
            ledger,
            seen,
            announce: None,
            comparable: false,
            absence: During::Stopped,
            unsaved: 0,
            heard_to: None,
            saved: now - SAVE_EVERY,
            limited: now - LIMIT_EVERY,
        };
        recorder.remember().map_err(fail)?;
        Ok((recorder, warnings))
    }

    /// Marks the events on the disk as dealt with, whatever the ledger knows of them.
    fn remember(&mut self) -> io::Result<()> {
        let (seen, ledger) = (&mut self.seen, &mut self.ledger);
        let mut comparable = !seen.is_empty() || !ledger.heard.is_empty();
        let begin = ledger.covered.last().map(|span| span.from);
        self.events.last_lines(CAPACITY * 2, |line| {
            seen.insert(identity(line));
            if let Some(event) = Event::read(line).filter(|event| Some(event.time) >= begin) {
                // It was written after that window had begun.
                ledger.extend(event.time);
                comparable = true;
            }
        })?;
        self.comparable = comparable;
        Ok(())
    }
}

/// Builds a ledger from the events: each segment is one window, and what lies between two is not known.
fn rebuilt(folder: &Path) -> io::Result<Ledger> {
    let mut ledger = Ledger::default();
    for name in segment::list(folder, Kind::Events)? {
        let mut window: Option<Span> = None;
        stream::for_each(folder, &name, |line| {
            if let Some(Event { time, .. }) = Event::read(line) {
                window = Some(window.map_or(
                    Span {
                        from: time,
                        to: time,
                    },
                    |span| Span {
                        from: span.from.min(time),
                        to: span.to.max(time),
                    },
                ));
            }
        });
        let Some(window) = window else { continue };
        match ledger.end() {
            None => ledger.covered.push(window),
            // A compressed copy of the segment before, or a command that took long.
            Some(end) if window.from <= end => ledger.extend(window.to),
            Some(end) => {
                ledger.begin(Gap {
                    from: end,
                    to: window.from,
                    why: Why::Unknown,
                    during: During::Stopped,
                    away: None,
                });
                ledger.extend(window.to);
            }
        }
    }
    Ok(ledger)
}

/// Creates the folder for its owner alone, since it will hold environments and logs.
fn make(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt as _;
        builder.mode(0o700);
    }
    builder.create(folder)
}
