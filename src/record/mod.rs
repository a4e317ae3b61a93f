//! Keeps the engine's history for good: the engine itself keeps 256 events, in memory.
//!
//! A record is a folder. `events-*.jsonl` holds the engine's events as `docker events --format
//! '{{json .}}'` prints them, `inspect-*.jsonl` snapshots of containers, `logs/` the last lines of
//! their logs, and `record.jsonl` says which times are covered. Segments are append-only, closed by
//! size and age, and compressed then. No segment of events has a gap in it: where events may have
//! been lost, another one begins.
//!
//! What was written is on the disk at the latest ten seconds later. A recorder that is killed loses
//! nothing that it wrote; one whose host loses power may lose those ten seconds, and so does the engine
//! everything that it remembered.
//!
//! [`Recorder`] decides and writes, and knows no network; `watch` listens to an engine and feeds it.

#[cfg(feature = "docker")]
mod ask;
mod disk;
#[cfg(feature = "docker")]
mod ends;
mod event;
mod ledger;
mod limit;
mod lock;
mod logs;
mod recent;
mod recorder;
mod segment;
mod sift;
mod stream;
#[cfg(feature = "docker")]
mod watch;

pub(crate) use limit::Limit;
pub(crate) use lock::is_live;
pub(crate) use recorder::Options;
pub(crate) use segment::may_change;
pub(crate) use stream::Rotation;
#[cfg(feature = "docker")]
pub(crate) use watch::{Notice, Watch, watch};
