//! The command line's words: what there is to do. Each command declares its own words beside its code.

use super::{explain::ExplainArgs, report::ReportArgs, signatures::SignaturesCommand};
use clap::{Parser, Subcommand, ValueEnum};

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
    #[command(flatten)]
    pub(super) global: GlobalArgs,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Say why each startup happened (the default)
    #[command(after_help = EXAMPLES)]
    Report(Box<ReportArgs>),
    /// Explain a cause or a finding; without a name, list them all
    Explain(ExplainArgs),
    /// The patterns that mark a line as a startup
    #[command(subcommand)]
    Signatures(SignaturesCommand),
}

/// Options of every command.
#[derive(Clone, Debug, Default, PartialEq, Eq, clap::Args)]
pub(super) struct GlobalArgs {
    /// Use colours
    #[arg(long, global = true, value_name = "WHEN", value_enum, default_value_t = Colour::Auto, alias = "colour", help_heading = "Output")]
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

impl Args {
    /// What to do; a report when nothing is said.
    pub(super) fn into_command(self) -> Command {
        self.command
            .unwrap_or_else(|| Command::Report(Box::new(self.report)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;
    use std::path::PathBuf;

    fn parse(words: &[&str]) -> Args {
        Args::try_parse_from(["whystart"].iter().chain(words)).unwrap()
    }

    fn report(words: &[&str]) -> ReportArgs {
        match parse(words).into_command() {
            Command::Report(args) => *args,
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
    fn other_commands_are_told_apart() {
        let of = |words: &[&str]| parse(words).into_command();
        assert!(matches!(of(&["explain"]), Command::Explain(_)));
        assert!(matches!(
            of(&["signatures", "test", "-"]),
            Command::Signatures(SignaturesCommand::Test { .. })
        ));
        assert!(Args::try_parse_from(["whystart", "--threads", "0"]).is_err());
    }

    #[test]
    fn colours_are_an_option_of_every_command() {
        for words in [
            &["--color", "never", "a.log"][..],
            &["report", "--color", "never", "a.log"],
            &["explain", "WS001", "--color", "never"],
            &["signatures", "list", "--color", "never"],
            &["signatures", "--color", "never", "list"],
        ] {
            assert_eq!(parse(words).global.color, Colour::Never, "{words:?}");
        }
    }
}
