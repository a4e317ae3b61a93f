//! Words to a configuration, a report to an exit status. A command is a file of its own: its words
//! beside its code.

mod args;
mod collect;
mod engine;
mod exit;
mod explain;
mod names;
mod near;
mod output;
#[cfg(feature = "docker")]
mod record;
mod report;
mod schema;
mod settings;
mod shell;
mod signatures;
mod streams;
mod when;

use crate::report::sanitise::sanitise;
use args::{Args, Command};
use exit::Status;
use settings::Settings;
use std::{
    io::{self, Write},
    process::ExitCode,
};
use streams::Streams;

/// Runs the program with the process's own words and streams.
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
            say("error", &format!("{error:#}"));
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
        Command::Report(args) => report::run(args, &settings, streams),
        Command::Collect(args) => collect::run(args, streams),
        Command::Explain(args) => explain::run(args, streams),
        #[cfg(feature = "docker")]
        Command::Record(args) => record::run(args),
        Command::Schema(args) => schema::run(args, streams),
        Command::Signatures(command) => signatures::run(command, &settings, streams),
        Command::Completions(args) => shell::completions(args, streams),
        Command::Man(args) => shell::man(args, streams),
    }
}

/// One line on standard error. Nothing can be done when that fails. The stream is not held, so that
/// a progress bar in another thread can go on.
fn say(kind: &str, message: &str) {
    let _ = writeln!(io::stderr(), "whystart: {kind}: {}", sanitise(message));
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
