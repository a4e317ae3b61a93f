//! The command line's words. Nothing is decided here; see `resolve`.

use clap::{Parser, Subcommand, ValueEnum};
use std::{num::NonZeroUsize, path::PathBuf};

const LONG_ABOUT: &str = "\
Why did that container start again?

Reads container logs and Docker's own history, finds every application startup, and says for each one what \
caused it, with the lines that prove it.

Inputs are files, folders or '-' for standard input: logs (json-file, docker logs -t, compose, plain), docker \
events (JSON lines or text), docker inspect, the engine's and the host's journals. Each is recognised by its \
content. A log that is piped in is read as well.";

const EXAMPLES: &str = "\
Examples:
  whystart evidence/                                        a folder with all you have
  docker logs -t api 2>&1 | whystart --events events.jsonl  a log, and the engine's history
  docker inspect api > api.json; whystart api.log api.json
  whystart -q --since 24h --fail-on in-process-duplicate,WS001 /var/log/evidence
  whystart --format json -o report.json evidence/
  whystart explain host-automation-restart

Exit status: 0 analysed; 1 something that --fail-on names; 2 could not do the whole job.";

/// Why did that container start again?
#[derive(Debug, Parser)]
#[command(
    name = "whystart",
    version,
    about,
    long_about = LONG_ABOUT,
    after_help = EXAMPLES,
    args_conflicts_with_subcommands = true,
    disable_help_subcommand = true
)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    report: ReportArgs,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Say why each startup happened (the default)
    #[command(after_help = EXAMPLES)]
    Report(Box<ReportArgs>),
    /// Explain a cause or a finding; without a name, list them all
    Explain {
        /// A cause (host-automation-restart) or a finding (WS001)
        #[arg(value_name = "CAUSE|FINDING")]
        topic: Option<String>,
        #[command(flatten)]
        colour: ColourArgs,
    },
    /// The patterns that mark a line as a startup
    Signatures {
        #[command(subcommand)]
        action: SignaturesCommand,
    },
}

#[derive(Debug, Subcommand)]
enum SignaturesCommand {
    /// List all signatures
    List(SignaturesArgs),
    /// Show what a line is recognised as
    Test {
        /// The line; '-' or nothing for lines from standard input
        #[arg(value_name = "LINE|-", allow_hyphen_values = true)]
        line: Option<String>,
        #[command(flatten)]
        args: SignaturesArgs,
    },
}

/// Options of the signature commands.
#[derive(Clone, Debug, Default, PartialEq, Eq, clap::Args)]
pub(super) struct SignaturesArgs {
    /// Your own signatures (TOML), beside the built-in ones; repeatable
    #[arg(long = "signatures", value_name = "FILE")]
    pub(super) packs: Vec<PathBuf>,
    #[command(flatten)]
    pub(super) colour: ColourArgs,
}

/// Whether to use colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::Args)]
pub(super) struct ColourArgs {
    /// Use colours
    #[arg(long, value_name = "WHEN", value_enum, default_value_t = Colour::Auto, alias = "colour", help_heading = "Output")]
    pub(super) color: Colour,
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

/// How the report is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum FormatName {
    /// For humans
    #[default]
    Text,
    /// For programs
    Json,
}

/// Options of the report.
#[derive(Clone, Debug, Default, clap::Args)]
pub(super) struct ReportArgs {
    /// Files, folders or '-' (standard input); each is recognised by its content
    #[arg(value_name = "INPUT")]
    pub(super) inputs: Vec<PathBuf>,

    /// Docker events, said explicitly; repeatable
    #[arg(long, value_name = "FILE", help_heading = "Inputs")]
    pub(super) events: Vec<PathBuf>,
    /// Output of docker inspect, said explicitly; repeatable
    #[arg(long, value_name = "FILE", help_heading = "Inputs")]
    pub(super) inspect: Vec<PathBuf>,
    /// The log of the engine, of the host or of a script; repeatable
    #[arg(long, value_name = "FILE", help_heading = "Inputs")]
    pub(super) journal: Vec<PathBuf>,
    /// Your own signatures (TOML), beside the built-in ones; repeatable
    #[arg(long, value_name = "FILE", help_heading = "Inputs")]
    pub(super) signatures: Vec<PathBuf>,

    /// Only this service; repeatable
    #[arg(long, value_name = "NAME", help_heading = "Filters")]
    pub(super) service: Vec<String>,
    /// Only this container, by name or id; a log of unknown origin belongs to it; repeatable
    #[arg(long, value_name = "NAME", help_heading = "Filters")]
    pub(super) container: Vec<String>,
    /// Only startups at or after this time: 2026-11-20T09:41:00Z, '2026-11-20 09:41', or 2h (ago)
    #[arg(
        long,
        value_name = "TIME",
        allow_hyphen_values = true,
        help_heading = "Filters"
    )]
    pub(super) since: Option<String>,
    /// Only startups before this time
    #[arg(
        long,
        value_name = "TIME",
        allow_hyphen_values = true,
        help_heading = "Filters"
    )]
    pub(super) until: Option<String>,
    /// Zone of times without one: UTC, local, +01:00, Europe/Berlin [default: UTC]
    #[arg(
        long,
        value_name = "ZONE",
        allow_hyphen_values = true,
        help_heading = "Filters"
    )]
    pub(super) timezone: Option<String>,

    /// How the report is written
    #[arg(
        long,
        value_name = "FORMAT",
        value_enum,
        default_value_t,
        help_heading = "Output"
    )]
    pub(super) format: FormatName,
    /// Write the report to this file, whole or not at all
    #[arg(short, long, value_name = "FILE", help_heading = "Output")]
    pub(super) output: Option<PathBuf>,
    /// Exit with status 1 when one of these is in the report; comma-separated
    #[arg(
        long,
        value_name = "CAUSE|FINDING",
        value_delimiter = ',',
        help_heading = "Output"
    )]
    pub(super) fail_on: Vec<String>,
    /// No warnings and no progress; errors only
    #[arg(short, long, help_heading = "Output")]
    pub(super) quiet: bool,
    /// Leave nothing out of the text report
    #[arg(short, long, help_heading = "Output")]
    pub(super) verbose: bool,
    /// No progress bar
    #[arg(long, help_heading = "Output")]
    pub(super) no_progress: bool,
    #[command(flatten)]
    pub(super) colour: ColourArgs,

    /// Worker threads [default: one a core]
    #[arg(long, value_name = "N", help_heading = "Inputs")]
    pub(super) threads: Option<NonZeroUsize>,
}

/// What to do.
#[derive(Debug)]
pub(super) enum Mode {
    /// Analyse and report.
    Report(Box<ReportArgs>),
    /// Explain a cause or a finding, or list them.
    Explain(Option<String>),
    /// List or try signatures.
    Signatures(SignaturesAction),
}

/// What to do with signatures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum SignaturesAction {
    /// List them.
    List(SignaturesArgs),
    /// Try them on a line, or on standard input.
    Test {
        /// The line; `None` for standard input.
        line: Option<String>,
        /// The packs.
        args: SignaturesArgs,
    },
}

impl Args {
    /// When to use colours.
    pub(super) fn colour(&self) -> Colour {
        match &self.command {
            None => self.report.colour.color,
            Some(Command::Report(args)) => args.colour.color,
            Some(Command::Explain { colour, .. }) => colour.color,
            Some(Command::Signatures {
                action: SignaturesCommand::List(args) | SignaturesCommand::Test { args, .. },
            }) => args.colour.color,
        }
    }

    /// What to do; a report when nothing is said.
    pub(super) fn mode(self) -> Mode {
        match self.command {
            None => Mode::Report(Box::new(self.report)),
            Some(Command::Report(args)) => Mode::Report(args),
            Some(Command::Explain { topic, .. }) => Mode::Explain(topic),
            Some(Command::Signatures {
                action: SignaturesCommand::List(args),
            }) => Mode::Signatures(SignaturesAction::List(args)),
            Some(Command::Signatures {
                action: SignaturesCommand::Test { line, args },
            }) => Mode::Signatures(SignaturesAction::Test {
                line: line.filter(|line| line != "-"),
                args,
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    fn mode(words: &[&str]) -> Mode {
        Args::try_parse_from(["whystart"].iter().chain(words))
            .unwrap()
            .mode()
    }

    fn report(words: &[&str]) -> ReportArgs {
        match mode(words) {
            Mode::Report(args) => *args,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_declarations_are_consistent() {
        Args::command().debug_assert();
    }

    #[test]
    fn a_report_needs_no_subcommand() {
        assert_eq!(
            report(&["app.log", "-"]).inputs,
            report(&["report", "app.log", "-"]).inputs
        );
        let args = report(&[
            "--events",
            "e",
            "--since",
            "-2h",
            "--fail-on",
            "WS001,oom-restart",
            "a",
        ]);
        assert_eq!(args.events, [PathBuf::from("e")]);
        assert_eq!(args.since.as_deref(), Some("-2h"));
        assert_eq!(args.fail_on, ["WS001", "oom-restart"]);
        assert_eq!(
            report(&["app.log", "explain"]).inputs.len(),
            2,
            "a word after an input is an input"
        );
    }

    #[test]
    fn other_modes_are_told_apart() {
        assert!(matches!(mode(&["explain"]), Mode::Explain(None)));
        assert!(matches!(
            mode(&["explain", "WS001", "--color", "never"]),
            Mode::Explain(Some(_))
        ));
        assert!(matches!(
            mode(&["signatures", "test", "-"]),
            Mode::Signatures(SignaturesAction::Test { line: None, .. })
        ));
        assert!(Args::try_parse_from(["whystart", "--threads", "0"]).is_err());
    }
}
