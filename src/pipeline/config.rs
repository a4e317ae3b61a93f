//! What the pipeline is asked to do: what to read, what to report on, and whom to tell how far it is.

use crate::model::{Time, Window};
use std::path::PathBuf;

/// What to analyse. Every setting of the command line is resolved here.
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// What to read, in any order; the report does not depend on it.
    pub inputs: Vec<InputSpec>,
    /// Report only startups at or after this time.
    pub since: Option<Time>,
    /// Report only startups before this time.
    pub until: Option<Time>,
    /// Report only these services (exact names), when not empty.
    pub services: Vec<String>,
    /// Report only these containers (names, or ids of at least 4 hex digits), when not empty. With
    /// one of them, a log whose container is not known otherwise belongs to it.
    pub containers: Vec<String>,
    /// The zone of times without one, as the user named it (`UTC`, `+01:00`, `Europe/Berlin`, `local`).
    pub timezone: Option<String>,
    /// The user's own signature packs.
    pub signatures: Vec<PathBuf>,
    /// Worker threads; `None` for one per core.
    pub threads: Option<usize>,
}

impl Config {
    pub(super) fn window(&self) -> Window {
        Window {
            since: self.since,
            until: self.until,
        }
    }
}

/// A word of the command line that names something to read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct InputSpec {
    /// A file or folder; `-` is standard input.
    pub path: PathBuf,
    /// What the user said it is; `None` to recognise it by content.
    pub role: Option<Role>,
}

/// What the user may say that an input is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Role {
    Events,
    Inspect,
    Journal,
}

/// An input that is no file on this machine: an answer of the engine.
pub struct Named {
    /// What the report and its citations show as its path.
    pub path: PathBuf,
    /// What it is; `None` to recognise it by content.
    pub role: Option<Role>,
    /// Begins to read it. An error becomes a warning of the input.
    pub open: Box<dyn FnOnce() -> std::io::Result<Box<dyn std::io::Read + Send>>>,
}

/// Is told how far the reading is. The pipeline never prints.
pub trait Progress: Sync {
    /// `bytes` more bytes were read.
    fn advance(&self, bytes: u64);
    /// All inputs whose size is known have `bytes` together.
    fn expect(&self, bytes: u64);
}

/// Ignores the progress.
impl Progress for () {
    fn advance(&self, _: u64) {}
    fn expect(&self, _: u64) {}
}
