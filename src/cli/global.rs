//! The options that every command takes.

use clap::ValueEnum;
use std::path::PathBuf;

/// Options of every command.
#[derive(Clone, Debug, Default, PartialEq, Eq, clap::Args)]
pub(super) struct GlobalArgs {
    /// Use colours [default: auto]
    #[arg(
        long,
        global = true,
        value_name = "WHEN",
        value_enum,
        alias = "colour",
        help_heading = "Settings"
    )]
    pub(super) color: Option<Colour>,
    /// Read the settings from this file [default: ~/.config/whystart/config.toml]
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        conflicts_with = "no_config",
        help_heading = "Settings"
    )]
    pub(super) config: Option<PathBuf>,
    /// Read no settings file
    #[arg(long, global = true, help_heading = "Settings")]
    pub(super) no_config: bool,
}

/// When to use colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Colour {
    /// On a terminal, unless `NO_COLOR` is set
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}
