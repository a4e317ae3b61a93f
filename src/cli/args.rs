//! The whole command line: the commands, and the options of them all. Each command declares its own
//! arguments beside its code.

#[cfg(feature = "docker")]
use super::record::{self, RecordArgs};
use super::{
    collect::{self, CollectArgs},
    explain::ExplainArgs,
    global::GlobalArgs,
    man::ManArgs,
    report::ReportArgs,
    schema::SchemaArgs,
    shell::CompletionsArgs,
    signatures::SignaturesCommand,
};
use clap::{Arg, CommandFactory as _, Parser, Subcommand};
use std::ffi::OsString;

/// Help is never wider than this, even on a wider terminal: long lines are hard to read.
const WIDEST: usize = 120;

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

Exit status: 0 analysed; 1 found something that --fail-on names; 2 could not do the whole job.
--help says more, and explains the examples.";

/// A paragraph is one line: clap wraps it at the terminal's width and keeps its indentation.
const LONG_EXAMPLES: &str = "\
Examples:
  whystart evidence/
      Reads a folder with everything you saved (logs, events, inspect output, journals), whatever the files are \
called, and prints each startup with its cause, its proof and what to change.

  docker logs -t api 2>&1 | whystart --events events.jsonl
      Reads a log from a pipe and the engine's history from a file. Most causes can be told only \
with that history. To save it:
      docker events --since 24h --until 0s --format '{{json .}}' > events.jsonl

  whystart --since yesterday --fail-on WS001 --quiet-if-clean -o {date}.json .
      For cron: writes one report a day. If it holds one of the named causes or findings, whystart also prints a \
summary for the mail and exits with status 1. `whystart explain` lists what can be named.

Exit status:
  0  analysed, and nothing found that --fail-on names
  1  analysed, and found something that --fail-on names
  2  the job was not done, or only in part

  The job is not done when an option is wrong, a named input cannot be read or is foreign, all inputs are empty (unless \
--allow-empty is given) or hold nothing that is known, --service or --container names what is nowhere in the evidence, \
or an output cannot be written. A file that is cut, and a foreign one in a folder, are only warnings.

Files and variables:
  Settings for every call go into ~/.config/whystart/config.toml (or the same below $XDG_CONFIG_HOME, where that \
is set):

      timezone = \"Europe/Berlin\"
      fail-on = [\"host-automation-restart\", \"WS004\"]
      signatures = [\"own.toml\"]
      color = \"auto\"

  or into WHYSTART_TIMEZONE, WHYSTART_FAIL_ON, WHYSTART_SIGNATURES and WHYSTART_COLOR. An option overrides a \
variable, and a variable overrides the file. WHYSTART_CONFIG names another file.";

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
    max_term_width = WIDEST,
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

/// The commands.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Say why each startup happened (the default)
    #[command(after_help = EXAMPLES, after_long_help = LONG_EXAMPLES)]
    Report(Box<ReportArgs>),
    /// Save all the evidence of a host in one bundle, secrets redacted
    #[command(long_about = collect::LONG_ABOUT)]
    Collect(CollectArgs),
    /// Explain a cause, a finding or a rule; without a name, list all causes and findings
    Explain(ExplainArgs),
    /// Keep the engine's history for good, in a folder
    #[cfg(feature = "docker")]
    #[command(long_about = record::LONG_ABOUT, after_help = record::EXAMPLES)]
    Record(RecordArgs),
    /// Print the JSON Schema of what --format json and jsonl write
    Schema(SchemaArgs),
    /// List or try the patterns that mark a line as a startup
    #[command(subcommand, disable_help_subcommand = true)]
    Signatures(SignaturesCommand),
    /// Print completions for a shell
    Completions(CompletionsArgs),
    /// Print the man page of the program or of one command
    Man(ManArgs),
}

impl Args {
    /// Reads the process's arguments.
    pub(super) fn of_process() -> clap::error::Result<Self> {
        Self::of_words(std::env::args_os().collect())
    }

    /// An option of every command may stand before the command's name. Clap alone would then take the
    /// name for an input.
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

    /// The command; `report` when none is named.
    pub(super) fn into_command(self) -> Command {
        self.command
            .unwrap_or_else(|| Command::Report(Box::new(self.report)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::global::Colour;
    use std::path::PathBuf;

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
    }

    /// The help of `command` and of all below it, at this width.
    fn helps(mut command: clap::Command, columns: usize) -> Vec<String> {
        let below = command.get_subcommands();
        let below: Vec<String> = below
            .flat_map(|command| helps(command.clone(), columns))
            .collect();
        command = command.term_width(columns);
        [command.render_help(), command.render_long_help()]
            .map(|help| help.to_string())
            .into_iter()
            .chain(below)
            .collect()
    }

    #[test]
    fn help_is_as_wide_as_the_terminal() {
        let mut program = Args::command();
        program.build();
        let lines_at = |columns| -> Vec<usize> {
            let helps = helps(program.clone(), columns);
            for line in helps.iter().flat_map(|help| help.lines()) {
                let width = line.chars().count();
                assert!(width <= columns, "{width} columns: {line}");
            }
            helps.iter().map(|help| help.lines().count()).collect()
        };
        let narrow = lines_at(80);
        let wide = lines_at(120);
        assert!(narrow.len() > 2 * 8);
        assert!(
            narrow
                .iter()
                .zip(&wide)
                .all(|(narrow, wide)| narrow >= wide)
        );
        // No paragraph was broken by hand: what clap does not wrap has no line break.
        for help in helps(program, 10_000) {
            let lines: Vec<&str> = help.lines().collect();
            for pair in lines.windows(2) {
                let [first, second] = [pair[0], pair[1]].map(str::trim_start);
                let indents = [pair[0].len() - first.len(), pair[1].len() - second.len()];
                let ends_in_a_word = first.ends_with(|c: char| c.is_lowercase() || c == ',');
                let goes_on = second.starts_with(|c: char| c.is_lowercase());
                // Commands are listed two columns to the right.
                let is_text = indents[0] == indents[1] && indents[0] != 2;
                assert!(!(is_text && ends_in_a_word && goes_on), "{first}\n{second}");
            }
        }
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
        let command = |words: &[&str]| parse(words).into_command();
        assert!(matches!(command(&["explain"]), Command::Explain(_)));
        assert!(matches!(
            command(&["signatures", "test", "-"]),
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
