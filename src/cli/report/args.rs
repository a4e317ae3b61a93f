//! The arguments of `report`. Nothing is decided here; see `resolve`.

use crate::cli::engine::EngineArgs;
use crate::report::format::{FORMATS, Format};
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use std::{num::NonZeroUsize, path::PathBuf};

/// Options of the report.
#[derive(Clone, Debug, Default, clap::Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch of its own on the command line"
)]
pub(in crate::cli) struct ReportArgs {
    /// Files, folders or '-' (standard input); each is recognised by its content
    #[arg(value_name = "INPUT")]
    pub(in crate::cli) inputs: Vec<PathBuf>,

    /// A file to read as Docker events; repeatable
    #[arg(long, value_name = "FILE", help_heading = "Inputs")]
    pub(in crate::cli) events: Vec<PathBuf>,
    /// A file to read as the output of docker inspect; repeatable
    #[arg(long, value_name = "FILE", help_heading = "Inputs")]
    pub(in crate::cli) inspect: Vec<PathBuf>,
    /// A file to read as a log of the engine, the host or a script; repeatable
    #[arg(long, value_name = "FILE", help_heading = "Inputs")]
    pub(in crate::cli) journal: Vec<PathBuf>,
    /// Ask a running engine; INPUTs then name containers or services [default: all]
    #[arg(long, help_heading = "Engine")]
    pub(in crate::cli) docker: bool,
    /// Keep running and report each startup as it happens, until Ctrl-C (text and jsonl)
    #[arg(long, requires = "docker", help_heading = "Engine")]
    pub(in crate::cli) follow: bool,
    #[command(flatten)]
    pub(in crate::cli) engine: EngineArgs,
    /// Your own signatures (TOML), in addition to the built-in ones; repeatable
    #[arg(long, value_name = "FILE", help_heading = "Inputs")]
    pub(in crate::cli) signatures: Vec<PathBuf>,

    /// Only this service; repeatable
    #[arg(long, value_name = "NAME", help_heading = "Filters")]
    pub(in crate::cli) service: Vec<String>,
    /// Only this container, by name or id; a log of unknown origin counts as its log; repeatable
    #[arg(long, value_name = "NAME", help_heading = "Filters")]
    pub(in crate::cli) container: Vec<String>,
    /// Only startups at or after this time: 2026-11-20T09:41:00Z, '2026-11-20 09:41', yesterday, or 2h (ago)
    ///
    /// Also 2026-11-20, today, 'yesterday 18:00', 18:00 (of today), now, 1h30m, 7d, and seconds since 1970. Days and times
    /// without a zone are those of --timezone.
    #[arg(
        long,
        value_name = "TIME",
        allow_hyphen_values = true,
        help_heading = "Filters"
    )]
    pub(in crate::cli) since: Option<String>,
    /// Only startups before this time
    #[arg(
        long,
        value_name = "TIME",
        allow_hyphen_values = true,
        help_heading = "Filters"
    )]
    pub(in crate::cli) until: Option<String>,
    /// The zone of times that name none: UTC, local, +01:00, Europe/Berlin [default: UTC]
    #[arg(
        long,
        value_name = "ZONE",
        allow_hyphen_values = true,
        help_heading = "Filters"
    )]
    pub(in crate::cli) timezone: Option<String>,

    /// The report's format [default: by the file extension of -o, else text]
    ///
    /// With one -o, it overrides the extension. With several, it applies to the files without one.
    #[arg(
        long,
        value_name = "FORMAT",
        value_parser = format_parser(),
        help_heading = "Output"
    )]
    pub(in crate::cli) format: Option<&'static Format>,
    /// Write the report to this file, whole or not at all; repeatable
    ///
    /// The file extension decides the format (see --format). {date}, {time} and {host} in the name are filled in; date
    /// and time are those of the call, in the zone of --timezone. Of several files, all are written or none. When
    /// everything goes to files, standard output gets a summary that is short enough for a mail.
    #[arg(short, long, value_name = "FILE", help_heading = "Output")]
    pub(in crate::cli) output: Vec<PathBuf>,
    /// Exit with status 1 when one of these is in the report; comma-separated
    ///
    /// `whystart explain` lists what can be named. `none` names nothing, even if the settings do.
    #[arg(
        long,
        value_name = "CAUSE|FINDING",
        value_delimiter = ',',
        help_heading = "Output"
    )]
    pub(in crate::cli) fail_on: Vec<String>,
    /// Print nothing at all if the report has nothing that --fail-on names
    ///
    /// Without --fail-on: if no startup is a duplicate and no finding is a warning or an error. Files that -o names
    /// are always written, and an input that cannot be read is always an error.
    #[arg(long, help_heading = "Output")]
    pub(in crate::cli) quiet_if_clean: bool,
    /// Accept inputs that are all empty instead of failing
    ///
    /// Without it, the exit status is 2 when nothing comes through a pipe or all files are empty: whatever was to write
    /// them may have failed.
    #[arg(long, help_heading = "Inputs")]
    pub(in crate::cli) allow_empty: bool,
    /// Print errors only: no warnings and no progress
    #[arg(short, long, help_heading = "Output")]
    pub(in crate::cli) quiet: bool,
    /// Leave nothing out of the text report
    #[arg(short, long, help_heading = "Output")]
    pub(in crate::cli) verbose: bool,
    /// Width of the text report [default: the terminal's, at most 120; 80 elsewhere]
    #[arg(long, value_name = "COLUMNS", help_heading = "Output")]
    pub(in crate::cli) width: Option<NonZeroUsize>,
    /// No progress bar
    #[arg(long, help_heading = "Output")]
    pub(in crate::cli) no_progress: bool,

    /// Worker threads [default: one per core]
    #[arg(long, value_name = "N", help_heading = "Inputs")]
    pub(in crate::cli) threads: Option<NonZeroUsize>,
}

/// The names of the formats, each with what it is for.
fn format_parser() -> impl TypedValueParser<Value = &'static Format> {
    let names = FORMATS.iter().map(|format| {
        let endings = format.endings.join(", .");
        PossibleValue::new(format.name).help(format!("{} (.{endings})", format.about))
    });
    PossibleValuesParser::new(names)
        .try_map(|name| Format::named(&name).ok_or("no format has this name"))
}
