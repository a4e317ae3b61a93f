//! `whystart completions`: what a shell completes, made from the same declarations as `--help`.

use super::{exit::Status, output, streams::Streams};
use crate::{classify::findings, model::Cause};
use clap::{Command, builder::PossibleValuesParser};
use clap_complete::Shell;

/// Arguments of `completions`.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct CompletionsArgs {
    /// The shell
    #[arg(value_name = "SHELL", value_enum)]
    shell: Shell,
}

/// Prints the completions of `program` for a shell.
pub(super) fn run(
    args: &CompletionsArgs,
    program: Command,
    streams: &Streams,
) -> anyhow::Result<Status> {
    // Not to the stream itself: the generator panics when that fails.
    let mut script = Vec::new();
    let mut program = with_names(program);
    clap_complete::generate(args.shell, &mut program, "whystart", &mut script);
    output::to_stdout(streams, |out| out.write_all(&script))?;
    Ok(Status::Clean)
}

/// `program`, with the names of causes and findings where they go.
fn with_names(program: Command) -> Command {
    let names = || {
        let causes = Cause::ALL.into_iter().map(Cause::name);
        let findings = findings::ROWS.iter().map(|row| row.id);
        PossibleValuesParser::new(causes.chain(findings))
    };
    program
        .mut_arg("fail_on", |arg| arg.value_parser(names()))
        .mut_subcommand("report", |command| {
            command.mut_arg("fail_on", |arg| arg.value_parser(names()))
        })
        .mut_subcommand("explain", |command| {
            command.mut_arg("topic", |arg| arg.value_parser(names()))
        })
}
