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
pub(crate) use body::Body;
pub use connect::{Engine, Options, Patience};
pub use error::Error;
pub(crate) use evidence::Listed;
pub(crate) use gather::Gathering;
pub(crate) use interrupt::Interrupts;
pub(crate) use retry::Backoff;
