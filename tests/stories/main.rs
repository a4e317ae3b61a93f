//! Small stories of containers, and what the program must say of each. Add one for every shape of
//! evidence that can be misread: `common/story/mod.rs` tells how.

#![allow(
    clippy::format_collect,
    clippy::unwrap_used,
    reason = "a test that cannot go on should say where"
)]

#[path = "../common/mod.rs"]
mod common;

mod application_logs;
mod clocks;
mod events;
mod framings;
mod last_words;
mod log_files;
mod logs_alone;
mod realism;
mod replacements;
mod requests;
mod snapshots;
mod windows;
