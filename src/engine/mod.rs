//! A running engine: how it is found, how it is asked, and how its answers are read as they come.
//!
//! Everything async stays in this folder. Outside of it, an answer is bytes ([`Engine::get`]) or a
//! reader ([`Engine::open`]), just as the engine sent them: nothing that an older or newer engine
//! says is lost in types.

mod address;
mod body;
mod connect;
mod context;
mod error;
mod evidence;
mod gather;
mod interrupt;
mod retry;
mod ssh;
mod version;

pub use address::{Address, Environment, Tls};
pub use body::Body;
pub use connect::{Engine, Options, Patience};
pub use error::Error;
pub use evidence::{Listed, LogReader};
pub use gather::Gathering;
pub use interrupt::Interrupts;
pub use retry::Backoff;
pub use version::ApiVersion;
