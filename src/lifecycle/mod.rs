//! Events, snapshots and journals become containers and their runs.
//!
//! How a document travels through the files:
//!
//! 1. `history` takes all documents and calls the steps below in their order.
//! 2. `order` sorts the events, and keeps one of several copies that came from different inputs.
//! 3. `engine` reads off the engine's log when the engine went down and came up.
//! 4. `by_id` gives each event and snapshot to its `container`, whether its id is in full or cut
//!    (`ids`).
//! 5. `holes` finds where events of a container are missing, for others contradict each other.
//! 6. `runs` says **what is one run**: from a `start` to a `die` event (`runs/mod.rs`), what ended it
//!    and who asked (`runs/end.rs`), and what a snapshot adds to it (`runs/snapshot.rs`).
//! 7. `coverage` holds the windows in which the events are complete, without the holes.
//!
//! [`identity`] says which service a container belongs to. `correlate` calls it, since logs may add
//! containers.

mod by_id;
mod container;
mod coverage;
mod engine;
mod history;
mod holes;
pub mod identity;
pub(crate) mod ids;
mod order;
mod runs;

pub use container::{Container, End, Run, Sighting, Start, StartSource, Starts};
pub use coverage::Coverage;
pub use engine::{Boot, Engine};
pub use history::{Documents, History};
pub use holes::Hole;
