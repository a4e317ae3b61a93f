//! What is wrong with a line of an input.

use super::limits::LONGEST_LINE;

/// What is wrong with a line, or was assumed to read it: the rest of a sentence that begins with the
/// file and the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LineFault {
    /// Zero bytes, as a file system leaves them behind.
    #[error("holds NUL bytes: a file that was cut by a crash")]
    Nul,
    /// A line of a log is not UTF-8.
    #[error("is not UTF-8; it is read as bytes")]
    NotUtf8,
    /// A line of a log is longer than [`LONGEST_LINE`].
    #[error("is longer than {LONGEST_LINE} bytes, cut there")]
    TooLong,
    /// A line of a log that should be JSON.
    #[error("is not a whole JSON object")]
    NotWholeJson,
    /// A line of a log that should have a time.
    #[error("does not begin with a time")]
    NoTime,
    /// A line that ends within a value.
    #[error("is cut")]
    Cut,
    /// JSON that cannot be parsed.
    #[error("is cut or is no valid JSON")]
    InvalidJson,
    /// JSON that cannot be parsed, but holds an event that can.
    #[error("is cut or is no valid JSON; the rest was read")]
    PartlyInvalidJson,
    /// Something else than JSON.
    #[error("is no JSON")]
    NotJson,
    /// Something else than an event.
    #[error("is no event")]
    NotEvent,
    /// JSON that is something else than an event.
    #[error("is JSON, but no event")]
    OtherJson,
    /// An event in text form that is cut.
    #[error("is a cut event")]
    CutEvent,
    /// An event in text form that is not UTF-8.
    #[error("holds bytes that are not UTF-8")]
    EventNotUtf8,
    /// Something else than inspect output of a container.
    #[error("is no inspected container")]
    NotContainer,
    /// A `hostconfig.json` outside of its container's folder.
    #[error("does not say which container's settings it holds")]
    NoContainerId,
    /// Something else than inspect output of a network.
    #[error("is no inspected network")]
    NotNetwork,
    /// Something else than an entry of a record's ledger.
    #[error("is no line of a record's ledger")]
    NotLedger,
    /// The zone of a time was assumed.
    #[error("has a time without a zone, read with the zone of the run")]
    ZoneAssumed,
    /// The year of a time was assumed.
    #[error("has a time without a year, read with the year of the run")]
    YearAssumed,
}
