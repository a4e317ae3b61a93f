//! Why did that container start again?
//!
//! `whystart` reads container logs and the engine's own history, finds every application startup,
//! and says for each one what caused it, with the lines that prove it.
//!
//! One pipeline, read top to bottom; each stage imports only from those above it:
//! [`model`] (the words as types), [`ingest`] (bytes become blocks of whole lines), [`formats`]
//! (a line becomes a record), [`signatures`] (what a message means), [`scan`] (a block of lines becomes
//! its facts, found by their [`literals`]),
//! [`lifecycle`] (events and inspect become containers and runs), [`correlate`] (facts are placed
//! in runs and joined into startups), [`classify`] (verdicts, by table), [`report`] (says it),
//! and [`pipeline`], which wires them.
//!
//! Beside it stands what reaches a running engine: `engine` (asks it; the only place that knows of
//! async), `collect` (its evidence as one `bundle`, secrets taken out by `redact`) and `record`
//! (its history, kept while it happens). What they bring goes through the same pipeline.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

#[cfg_attr(
    not(feature = "docker"),
    allow(
        dead_code,
        unused_imports,
        reason = "without an engine they are only read"
    )
)]
pub(crate) mod bundle;
pub mod classify;
pub mod cli;
#[cfg(feature = "docker")]
pub(crate) mod collect;
pub mod correlate;
#[cfg(feature = "docker")]
pub mod engine;
pub mod formats;
pub mod ingest;
pub mod lifecycle;
pub mod literals;
pub mod model;
pub mod pipeline;
#[cfg_attr(
    not(feature = "docker"),
    allow(
        dead_code,
        unused_imports,
        reason = "without an engine they are only read"
    )
)]
pub(crate) mod record;
#[cfg(feature = "docker")]
pub(crate) mod redact;
pub mod report;
pub mod scan;
pub mod signatures;

#[cfg(test)]
#[path = "../tests/common/story/mod.rs"]
mod story;
