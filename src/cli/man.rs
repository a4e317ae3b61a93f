//! `whystart man`: a page for the program or for one of its commands, made from the same declarations
//! as `--help`.

use super::{exit::Status, near::near, output, streams::Streams};
use anyhow::anyhow;
use clap::Command;
use clap_mangen::{
    Man,
    roff::{Roff, roman},
};
use std::io::{self, Write};

/// Arguments of `man`.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct ManArgs {
    /// The command to describe: record, signatures list [default: the whole program]
    #[arg(value_name = "COMMAND")]
    command: Vec<String>,
}

/// Prints the page that is asked for.
pub(super) fn run(
    args: &ManArgs,
    mut program: Command,
    streams: &Streams,
) -> anyhow::Result<Status> {
    program.build();
    let command = find(&program, &args.command)?;
    output::to_stdout(streams, |out| write_page(command, out))?;
    Ok(Status::Clean)
}

/// The command that `names` lead to, one below the other, with the program's version.
///
/// # Errors
/// When there is no such command; the message names the nearest.
fn find(program: &Command, names: &[String]) -> anyhow::Result<Command> {
    let mut found = program;
    for name in names {
        found = found
            .find_subcommand(name)
            .ok_or_else(|| unknown(found, name))?;
    }
    Ok(found.clone().version(env!("CARGO_PKG_VERSION")))
}

fn unknown(parent: &Command, name: &str) -> anyhow::Error {
    let parents = parent.get_bin_name().unwrap_or("whystart");
    let known: Vec<&str> = parent.get_subcommands().map(Command::get_name).collect();
    let hint = match near(&name.to_ascii_lowercase(), known.iter().copied()).first() {
        Some(likest) => format!("; did you mean {likest}?"),
        None if known.is_empty() => String::new(),
        None => format!("; known are {}", known.join(", ")),
    };
    anyhow!("{parents} has no command {name:?}{hint}")
}

/// Writes the page of `command`.
fn write_page(command: Command, out: &mut dyn Write) -> io::Result<()> {
    let after = command
        .get_after_long_help()
        .or(command.get_after_help())
        .map(ToString::to_string);
    let has_commands = command.has_subcommands();
    let source = format!("whystart {}", command.get_version().unwrap_or_default());
    let page = Man::new(command).source(source);
    page.render_title(out)?;
    page.render_name_section(out)?;
    page.render_synopsis_section(out)?;
    page.render_description_section(out)?;
    page.render_options_section(out)?;
    if has_commands {
        page.render_subcommands_section(out)?;
    }
    if let Some(after) = &after {
        sections(after).to_writer(out)?;
    }
    page.render_version_section(out)
}

/// What follows the options in the help. A line that ends with a colon and is not indented heads a
/// section; every other line is a paragraph, as far indented as it is in the help.
fn sections(text: &str) -> Roff {
    let mut roff = Roff::new();
    let mut headed = false;
    let mut after_blank = false;
    for line in text.lines() {
        let unindented = line.trim_start();
        if unindented.is_empty() {
            after_blank = true;
            continue;
        }
        let indent = line.len() - unindented.len();
        if let Some(heading) = line.strip_suffix(':').filter(|_| indent == 0) {
            roff.control("SH", [heading.to_uppercase().as_str()]);
            headed = true;
        } else {
            if !headed {
                roff.control("SH", ["NOTES"]);
                headed = true;
            } else if after_blank {
                roff.control("sp", []);
            }
            roff.control("RS", [format!("{indent}n").as_str()]);
            roff.text([roman(unindented)]);
            roff.control("RE", []);
        }
        after_blank = false;
    }
    roff
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::args::Args;
    use clap::CommandFactory as _;

    fn program() -> Command {
        let mut program = Args::command();
        program.build();
        program
    }

    fn page(names: &[&str]) -> String {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let command = find(&program(), &names).unwrap();
        let mut out = Vec::new();
        write_page(command, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    /// Every command below `parent`, with those below it.
    fn all(parent: &Command) -> Vec<Vec<&str>> {
        let mut paths = Vec::new();
        for command in parent.get_subcommands() {
            let name = command.get_name();
            paths.push(vec![name]);
            paths.extend(
                all(command)
                    .into_iter()
                    .map(|below| [&[name], &below[..]].concat()),
            );
        }
        paths
    }

    #[test]
    fn every_command_and_every_command_below_it_has_a_page() {
        let program = program();
        let paths = all(&program);
        assert!(paths.contains(&vec!["man"]));
        assert!(paths.contains(&vec!["signatures", "list"]));
        for path in paths.iter().chain([&vec![]]) {
            let page = page(path);
            let name = [&["whystart"], &path[..]].concat();
            let (dashed, spaced) = (name.join("-"), name.join(" "));
            for part in [
                format!(".TH {dashed} 1 "),
                format!("\n.SH NAME\n{} \\- ", dashed.replace('-', "\\-")),
                format!("\n.SH SYNOPSIS\n\\fB{spaced}\\fR "),
                "\n.SH DESCRIPTION\n".to_owned(),
                "\n.SH OPTIONS\n".to_owned(),
                format!("\n.SH VERSION\nv{}\n", env!("CARGO_PKG_VERSION")),
            ] {
                assert!(page.contains(&part), "{part} is not in\n{page}");
            }
        }
    }

    #[test]
    fn an_unknown_command_is_answered_with_the_nearest() {
        let said = |names: &[&str]| {
            let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
            find(&program(), &names).unwrap_err().to_string()
        };
        assert_eq!(
            said(&["Recrod"]),
            "whystart has no command \"Recrod\"; did you mean record?"
        );
        assert_eq!(
            said(&["signatures", "lst"]),
            "whystart signatures has no command \"lst\"; did you mean list?"
        );
        assert!(said(&["zzz"]).contains("; known are report, collect, "));
        assert_eq!(said(&["man", "zzz"]), "whystart man has no command \"zzz\"");
    }

    #[test]
    fn what_follows_the_options_becomes_sections_and_keeps_its_indentation() {
        assert_eq!(
            sections("Examples:\n  one\n      It does -x.\n\n  two").to_roff(),
            ".SH EXAMPLES\n.RS 2n\none\n.RE\n.RS 6n\nIt does \\-x.\n.RE\n.sp\n.RS 2n\ntwo\n.RE\n"
        );
    }
}
