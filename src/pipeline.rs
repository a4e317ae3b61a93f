//! Wires the stages.

use crate::model::{Time, report::Report};
use std::path::PathBuf;

/// What to analyse, resolved: the command line's words with all questions answered.
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
    /// Worker threads; `None` for one a core.
    pub threads: Option<usize>,
}

/// One word of the command line that names something to read.
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

/// Where progress and warnings go. The pipeline never prints.
pub trait Progress: Sync {
    /// `bytes` more bytes were read.
    fn advance(&self, bytes: u64);
    /// The inputs known so far sum up to `bytes`.
    fn expect(&self, bytes: u64);
}

/// Takes no notice.
impl Progress for () {
    fn advance(&self, _: u64) {}
    fn expect(&self, _: u64) {}
}

/// A report, and whether every named input could be read.
#[derive(Clone, Debug)]
pub struct Analysis {
    /// The report.
    pub report: Report,
    /// Named inputs that could not be read at all, each as an error message. Not empty: exit status 2.
    pub unreadable: Vec<String>,
}

/// Something that makes the whole analysis impossible.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A signature pack is wrong.
    #[error("{0}")]
    Signatures(String),
    /// A zone that nobody knows.
    #[error(
        "unknown time zone {0:?}: give UTC, local, an offset such as +01:00, or a name such as Europe/Berlin"
    )]
    Zone(String),
    /// The threads could not be started.
    #[error("cannot start the worker threads: {0}")]
    Threads(String),
}

/// Reads everything that `config` names and says why each startup happened.
///
/// # Errors
/// Only for what makes the whole analysis impossible; an input that cannot be read is reported in
/// [`Analysis::unreadable`] and as a warning of its input.
pub fn run(_config: &Config, _progress: &dyn Progress) -> Result<Analysis, Error> {
    Err(Error::Threads("not wired yet".into()))
}
