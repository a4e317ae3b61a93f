//! The command line: arguments become a configuration, and a report becomes an exit status. Each
//! command is a file of its own, with its arguments beside its code.

mod args;
mod article;
mod collect;
mod engine;
mod exit;
mod explain;
mod global;
mod man;
mod names;
mod near;
mod output;
#[cfg(feature = "docker")]
mod record;
mod report;
mod rules;
mod say;
mod schema;
mod settings;
mod shell;
mod signatures;
mod streams;
mod when;

use args::{Args, Command};
use clap::CommandFactory as _;
use exit::Status;
use settings::Settings;
use std::{
    io::{self, Write as _},
    process::ExitCode,
};
use streams::Streams;

/// Runs the program with the process's own arguments and streams.
#[must_use]
pub fn main() -> ExitCode {
    let args = match Args::of_process() {
        Ok(args) => args,
        Err(answer) => return answer_of_clap(&answer).into(),
    };
    let status = match run(args) {
        Ok(status) => status,
        // Whoever read us has seen enough.
        Err(error) if output::is_closed_pipe(&error) => Status::Clean,
        Err(error) => {
            say::say("error", &format!("{error:#}"));
            Status::Incomplete
        }
    };
    status.into()
}

fn run(args: Args) -> anyhow::Result<Status> {
    let settings = Settings::load(&args.global).map_err(anyhow::Error::msg)?;
    let set = settings.color.as_ref().map(|color| color.value);
    let streams = &Streams::of_process(args.global.color.or(set).unwrap_or_default());
    match &args.into_command() {
        Command::Report(args) => report::run(args, &settings, streams, Args::command),
        Command::Collect(args) => collect::run(args, streams),
        Command::Explain(args) => explain::run(args, streams),
        #[cfg(feature = "docker")]
        Command::Record(args) => record::run(args),
        Command::Schema(args) => schema::run(args, streams),
        Command::Signatures(command) => signatures::run(command, &settings, streams),
        Command::Completions(args) => shell::run(args, Args::command(), streams),
        Command::Man(args) => man::run(args, Args::command(), streams),
    }
}

/// Help and version are answers; everything else is a wrong use.
fn answer_of_clap(answer: &clap::Error) -> Status {
    if answer.use_stderr() {
        let mut stderr = anstream::AutoStream::auto(io::stderr());
        let _ = write!(stderr, "whystart: {}", answer.render().ansi());
        Status::Incomplete
    } else {
        let _ = answer.print();
        Status::Clean
    }
}
