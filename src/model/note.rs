//! What there is to know of an input though nothing is wrong with it.

use super::Time;
use serde::{Serialize, Serializer};
use std::fmt;

/// What there is to know of an input though nothing is wrong with it. In JSON a note is its sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Note {
    /// A record left out events that say nothing.
    LeftOut {
        /// How many.
        events: u64,
        /// Which ones.
        noise: Noise,
        /// When.
        when: Recorded,
    },
    /// A line of a log that shows no start says something.
    Says {
        /// Its number in the input.
        line: u64,
        /// When it was written.
        time: Option<Time>,
        /// What it says.
        words: String,
    },
    /// A recorder could not read something. This is no warning: when a container is removed by force,
    /// its lines may have been read a moment before.
    NotRead {
        /// How many times.
        times: u64,
        /// What it could not read.
        what: Unread,
        /// When.
        when: Recorded,
    },
    /// A container restarted more often than the evidence shows.
    RunsUnseen {
        /// The container's name.
        container: String,
        /// Its `RestartCount`.
        restarts: u64,
        /// How many of the runs that this proves are not shown.
        unseen: u64,
    },
}

/// Events that say nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Noise {
    /// Of commands that ended with status 0.
    Commands,
    /// Of containers that were healthy before and still are.
    Health,
}

/// What a recorder could not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unread {
    /// The last lines of a container's log.
    LastLines,
    /// A container's state.
    State,
}

/// The time in which a record counted something, as far as it is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Recorded {
    pub from: Option<Time>,
    pub to: Option<Time>,
}

impl fmt::Display for Note {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LeftOut {
                events,
                noise,
                when,
            } => write!(
                out,
                "left out as noise {when}: {events} event{} {noise}",
                plural(*events)
            ),
            Self::Says { line, time, words } => {
                write!(out, "line {line}")?;
                if let Some(time) = time {
                    write!(out, " at {}", time.format("%Y-%m-%dT%H:%M:%SZ"))?;
                }
                write!(out, " says: {words}")
            }
            Self::NotRead { times, what, when } => write!(
                out,
                "could not be read {when}: {times} time{} {what}",
                plural(*times)
            ),
            Self::RunsUnseen {
                container,
                restarts,
                unseen,
            } => write!(
                out,
                "RestartCount of {container} is {restarts}: {unseen} more run{} not in the evidence",
                if *unseen == 1 { " is" } else { "s are" }
            ),
        }
    }
}

impl fmt::Display for Noise {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Commands => "of commands in containers that ended well, such as healthy probes",
            Self::Health => "of containers that were healthy and stayed so",
        })
    }
}

impl fmt::Display for Unread {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::LastLines => {
                "the last lines of a container's log (it was gone, or its log driver cannot be read)"
            }
            Self::State => "the state of a container (it was gone, or the engine did not answer)",
        })
    }
}

impl fmt::Display for Recorded {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let second = |time: Time| time.format("%Y-%m-%d %H:%M:%SZ");
        match (self.from, self.to) {
            (Some(from), Some(to)) => write!(out, "between {} and {}", second(from), second(to)),
            (None, Some(to)) => write!(out, "until {}", second(to)),
            (_, None) => out.write_str("so far"),
        }
    }
}

impl Serialize for Note {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

fn plural(count: u64) -> &'static str {
    if count == 1 { "" } else { "s" }
}
