//! Evidence bundles: a folder or an archive with all that was collected of a host, and a manifest
//! that says what it is, how much of it there is, and what could not be had.

mod manifest;
mod write;
mod zstd;

pub(crate) use manifest::{MANIFEST, Manifest, ManifestEntry, SCHEMA, digest};
pub(crate) use write::Writer;
