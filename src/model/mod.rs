//! The vocabulary as types: what is read (facts, events, snapshots, journal records), where it
//! stands, and what is said about it in the end. No I/O and no policy live here.

pub mod cause;
pub mod event;
pub mod fact;
pub mod id;
pub mod input;
pub mod journal;
pub mod ledger;
pub mod limits;
pub mod line_fault;
pub mod log;
pub mod note;
pub mod place;
pub mod report;
pub mod said;
pub mod snapshot;
pub mod text;
pub mod verdict;
pub mod warning;
pub mod window;
pub(crate) mod words;

/// A moment in time, to the nanosecond, always UTC.
pub type Time = chrono::DateTime<chrono::Utc>;

pub use cause::{Case, Cause, Family};
pub(crate) use cause::{Concern, Counted};
pub use event::{Event, EventKind, Health};
pub use fact::{Fact, FactKind};
pub use input::{InputId, InputKind};
pub use journal::{HostAction, JournalKind, JournalRecord};
pub use line_fault::LineFault;
pub use note::Note;
pub use place::{Citation, Cited, Place};
pub use said::Said;
pub use snapshot::{NetworkSnapshot, Snapshot};
pub use text::Text;
pub use verdict::{Candidate, EndedBy, Evidence, Initiator, InitiatorKind, Outcome, Severity};
pub use warning::Warning;
pub use window::Window;
