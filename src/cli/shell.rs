//! What a shell and `man` know of the program: made from the same words as `--help`.

use super::{args::Args, exit::Status, output, streams::Streams};
use crate::{classify::findings, model::Cause};
use anyhow::anyhow;
use clap::{Command, CommandFactory as _, builder::PossibleValuesParser};
use clap_complete::Shell;
use clap_mangen::{
    Man,
    roff::{Roff, roman},
};

/// The words of `completions`.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct CompletionsArgs {
    /// The shell
    #[arg(value_name = "SHELL", value_enum)]
    shell: Shell,
}

/// The words of `man`.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct ManArgs {
    /// The page of this command [default: that of the program]
    #[arg(value_name = "COMMAND")]
    command: Option<String>,
}

/// Prints the completions for a shell.
pub(super) fn completions(args: &CompletionsArgs, streams: &Streams) -> anyhow::Result<Status> {
    // Not to the stream itself: the generator panics when that fails.
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut with_names(), "whystart", &mut script);
    output::to_stdout(streams, |out| out.write_all(&script))?;
    Ok(Status::Clean)
}

/// Prints a page for `man`.
pub(super) fn man(args: &ManArgs, streams: &Streams) -> anyhow::Result<Status> {
    let mut command = Args::command();
    command.build();
    if let Some(name) = &args.command {
        command = command.find_subcommand(name).cloned().ok_or_else(|| {
            let known: Vec<&str> = command.get_subcommands().map(Command::get_name).collect();
            anyhow!(
                "there is no command {name:?}; known are {}",
                known.join(", ")
            )
        })?;
    }
    // What follows the options is laid out already, and stays as it is.
    let after = command
        .get_after_long_help()
        .or(command.get_after_help())
        .map(ToString::to_string);
    let page = Man::new(command);
    output::to_stdout(streams, |out| {
        page.render_title(out)?;
        page.render_name_section(out)?;
        page.render_synopsis_section(out)?;
        page.render_description_section(out)?;
        page.render_options_section(out)?;
        page.render_subcommands_section(out)?;
        if let Some(after) = &after {
            as_it_is(after).to_writer(out)?;
        }
        page.render_version_section(out)
    })?;
    Ok(Status::Clean)
}

/// Blocks of text, each a heading that ends with a colon and lines that keep their shape.
fn as_it_is(text: &str) -> Roff {
    let mut roff = Roff::new();
    for line in text.lines() {
        if let Some(heading) = line.strip_suffix(':').filter(|line| !line.starts_with(' ')) {
            roff.control("fi", []);
            roff.control("SH", [heading.to_uppercase().as_str()]);
            roff.control("nf", []);
        } else {
            roff.text([roman(line)]);
        }
    }
    roff.control("fi", []);
    roff
}

/// The words, with the names of causes and findings where they go.
fn with_names() -> Command {
    let names = || {
        let causes = Cause::ALL.into_iter().map(Cause::name);
        let findings = findings::ROWS.iter().map(|row| row.id);
        PossibleValuesParser::new(causes.chain(findings))
    };
    Args::command()
        .mut_arg("fail_on", |arg| arg.value_parser(names()))
        .mut_subcommand("report", |command| {
            command.mut_arg("fail_on", |arg| arg.value_parser(names()))
        })
        .mut_subcommand("explain", |command| {
            command.mut_arg("topic", |arg| arg.value_parser(names()))
        })
}
