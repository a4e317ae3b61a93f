//! The command line's words: what there is to do. Each command declares its own words beside its code.

#[cfg(feature = "docker")]
use super::record::{self, RecordArgs};
use super::{
    collect::{self, CollectArgs},
    explain::ExplainArgs,
    report::ReportArgs,
    schema::SchemaArgs,
    shell::{CompletionsArgs, ManArgs},
    signatures::SignaturesCommand,
};
use clap::{Arg, CommandFactory as _, Parser, Subcommand, ValueEnum};
use std::{ffi::OsString, path::PathBuf};

const LONG_ABOUT: &str = "\
Why did that container start again?

Reads container logs and Docker's own history, finds every application startup, and says for each one what \
caused it, with the lines that prove it.

Inputs are files, folders or '-' for standard input: logs (json-file, docker logs -t, compose, plain), docker \
events (JSON lines or text), docker inspect, the engine's and the host's journals. Each is recognised by its \
content. A log that is piped in is read as well.";

const EXAMPLES: &str = "\
Examples:
  whystart evidence/
  docker logs -t api 2>&1 | whystart --events events.jsonl
  whystart --since yesterday --fail-on WS001 --quiet-if-clean -o {date}.json .

Exit status: 0 analysed; 1 something that --fail-on names; 2 could not do the whole job.
--help says more, and explains the examples.";

/// Lines of at most 80 columns, so that no usual terminal breaks them.
const LONG_EXAMPLES: &str = "\
Examples:
  whystart evidence/
      Reads a folder with all that you saved (logs, events, inspect output,
      journals), whatever the files are called, and prints each startup with
      its cause, its proof and what to change.

  docker logs -t api 2>&1 | whystart --events events.jsonl
      Reads a log from a pipe and the engine's history from a file. With that
      history most causes can be told, without it few. To save it:
      docker events --since 24h --until 0s --format '{{json .}}' > events.jsonl

  whystart --since yesterday --fail-on WS001 --quiet-if-clean -o {date}.json .
      For cron: writes a report a day. Only when one of the named causes or
      findings is in it, a summary for the mail is printed and the exit status
      is 1. `whystart explain` lists what can be named.

Exit status:
  0  analysed, and nothing that --fail-on names
  1  analysed, and something that --fail-on names
  2  the job was not done, or not all of it: wrong use, an input that cannot
     be read, an output that cannot be written

Files and variables:
  What is set once goes to ~/.config/whystart/config.toml (to the same below
  $XDG_CONFIG_HOME, where that is set):

      timezone = \"Europe/Berlin\"
      fail-on = [\"host-automation-restart\", \"WS004\"]
      signatures = [\"own.toml\"]
      color = \"auto\"

  or to WHYSTART_TIMEZONE, WHYSTART_FAIL_ON, WHYSTART_SIGNATURES and
  WHYSTART_COLOR. An option outweighs a variable, and a variable the file.
  WHYSTART_CONFIG names another file.";

/// Why did that container start again?
#[derive(Debug, Parser)]
#[command(
    name = "whystart",
    version,
    about,
    long_about = LONG_ABOUT,
    after_help = EXAMPLES,
    after_long_help = LONG_EXAMPLES,
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
    #[command(after_help = EXAMPLES, after_long_help = LONG_EXAMPLES)]
    Report(Box<ReportArgs>),
    /// Save all the evidence of a host in one bundle, secrets redacted
    #[command(long_about = collect::LONG_ABOUT)]
    Collect(CollectArgs),
    /// Explain a cause or a finding; without a name, list them all
    Explain(ExplainArgs),
    /// Keep the engine's history for good
    #[cfg(feature = "docker")]
    #[command(after_help = record::EXAMPLES)]
    Record(RecordArgs),
    /// Print the JSON Schema of what --format json and jsonl write
    Schema(SchemaArgs),
    /// The patterns that mark a line as a startup
    #[command(subcommand)]
    Signatures(SignaturesCommand),
    /// Print completions for a shell
    Completions(CompletionsArgs),
    /// Print the page for man
    Man(ManArgs),
}

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
    /// Read what is set once from this file [default: ~/.config/whystart/config.toml]
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        conflicts_with = "no_config",
        help_heading = "Settings"
    )]
    pub(super) config: Option<PathBuf>,
    /// Read no such file
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

impl Args {
    /// Reads the process's words.
    pub(super) fn of_process() -> clap::error::Result<Self> {
        Self::of_words(std::env::args_os().collect())
    }

    /// An option of every command may stand before a command's name; without this, the name is taken
    /// for an input then.
    fn of_words(mut words: Vec<OsString>) -> clap::error::Result<Self> {
        let command = Self::command();
        let mut at = 1;
        while let Some(option) = words.get(at).and_then(|word| word.to_str()) {
            let Some(name) = option.strip_prefix("--") else {
                break;
            };
            let (name, has_value) = match name.split_once('=') {
                Some((name, _)) => (name, true),
                None => (name, false),
            };
            let is_meant = |arg: &&Arg| {
                let aliases = arg.get_all_aliases().unwrap_or_default();
                arg.is_global_set() && (arg.get_long() == Some(name) || aliases.contains(&name))
            };
            let Some(arg) = command.get_arguments().find(is_meant) else {
                break;
            };
            let takes_next = !has_value && arg.get_action().takes_values();
            at += 1 + usize::from(takes_next);
        }
        let name = words.get(at).filter(|_| at > 1);
        if name.is_some_and(|name| command.find_subcommand(name).is_some()) {
            words[1..=at].rotate_right(1);
        }
        Self::try_parse_from(words)
    }

    /// What to do; a report when nothing is said.
    pub(super) fn into_command(self) -> Command {
        self.command
            .unwrap_or_else(|| Command::Report(Box::new(self.report)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(words: &[&str]) -> Args {
        let words = ["whystart"].iter().chain(words);
        Args::of_words(words.map(OsString::from).collect()).unwrap()
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
    fn the_help_teaches_with_three_examples() {
        for text in [EXAMPLES, LONG_EXAMPLES] {
            let (examples, _) = text.split_once("\nExit status:").unwrap();
            let commands = examples
                .lines()
                .filter(|line| line.starts_with("  ") && !line.starts_with("   "));
            assert_eq!(commands.count(), 3, "{text}");
        }
        assert!(LONG_EXAMPLES.lines().all(|line| line.len() <= 80));
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
            &["--color=never", "--no-config", "signatures", "list"],
        ] {
            assert_eq!(parse(words).global.color, Some(Colour::Never), "{words:?}");
        }
    }

    #[test]
    fn an_option_of_every_command_may_stand_before_its_name() {
        for words in [
            &["--color", "never", "explain", "WS001"][..],
            &["--colour=never", "--no-config", "explain", "WS001"],
            &["--config", "schema", "explain"],
        ] {
            let command = parse(words).into_command();
            assert!(matches!(command, Command::Explain(_)), "{words:?}");
        }
        // A value is no command, and neither is what follows another option.
        assert_eq!(report(&["--config", "explain", "a.log"]).inputs.len(), 1);
        assert_eq!(
            report(&["--color", "never", "a.log", "explain"])
                .inputs
                .len(),
            2
        );
        assert_eq!(report(&["--since", "2h", "explain"]).inputs.len(), 1);
    }
}
