//! Anything readable becomes bounded blocks of whole lines that know where they stand.

mod archive;
mod block;
mod decompress;
mod names;
mod pipe;
mod source;
mod walk;
mod watch;

pub(crate) use archive::{Archive, Member, is_archive};
pub use block::{Block, BlockReader, CHUNK, CONTEXT, FileChunks};
pub use decompress::Stopped;
pub(crate) use names::hint_of;
pub use source::{Source, SourceError};
pub(crate) use walk::{Found, find};
pub use watch::Watch;
