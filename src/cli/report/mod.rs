//! `whystart report`, the main job: read, judge, report, and turn what was found into an exit status.

mod args;
mod deliver;
#[cfg(feature = "docker")]
pub(super) mod docker;
mod evidence;
#[cfg(feature = "docker")]
mod follow;
mod outputs;
mod placeholders;
mod progress;
mod resolve;

pub(super) use args::ReportArgs;

use super::{
    exit::Status,
    say::{say, warn},
    settings::Settings,
    streams::Streams,
};
use crate::{
    model::{Warning, report::Report},
    pipeline::{self, Analysis, Progress},
    report::FailOn,
};
use resolve::{Job, Refusal};
use std::io::{self, Write};

/// How many warnings standard error gets at most.
const WARNINGS: usize = 20;

/// Analyses what the arguments name and reports it.
pub(super) fn run(
    args: &ReportArgs,
    settings: &Settings,
    streams: &Streams,
    program: fn() -> clap::Command,
) -> anyhow::Result<Status> {
    let job = match resolve::resolve(args, settings, streams, chrono::Utc::now()) {
        Ok(job) => job,
        Err(Refusal::NothingToRead) => {
            writeln!(io::stderr(), "{}", short_usage(program()))?;
            return Ok(Status::Incomplete);
        }
        Err(refusal) => return Err(refusal.into()),
    };
    #[cfg(feature = "docker")]
    if args.follow {
        return follow::run(&job, &args.engine.connect()?, streams);
    }
    let destinations = deliver::check_outputs(&job)?;
    let analysis = if job.progress {
        let bar = progress::Bar::new();
        let analysis = analyse(args, &job, &bar);
        bar.finish();
        analysis?
    } else {
        analyse(args, &job, &())?
    };
    for message in &analysis.unreadable {
        say("error", message);
    }
    let unmatched = evidence::unmatched(&analysis, &job);
    if !unmatched.is_empty() {
        for message in &unmatched {
            say("error", message);
        }
        return Ok(Status::Incomplete);
    }
    let mut status = status_of(&analysis.report, &analysis.unreadable, &job.fail_on);
    if !args.docker
        && analysis.unreadable.is_empty()
        && let Some(message) = evidence::missing(&analysis.report.inputs, job.allow_empty)
    {
        say("error", &message);
        status = Status::Incomplete;
    }
    let clean = status == Status::Clean && deliver::is_clean(&job, &analysis.report);
    if !(job.quiet || job.quiet_if_clean && clean) {
        print_warnings(&analysis, &job);
    }
    let delivered = deliver::deliver(&job, &destinations, &analysis.report, streams);
    // The process is about to end: the system takes millions of objects back faster than one by one.
    std::mem::forget(analysis);
    delivered.map(|()| status)
}

/// Reads and judges: files, or what an engine says.
fn analyse(args: &ReportArgs, job: &Job, progress: &dyn Progress) -> anyhow::Result<Analysis> {
    if !args.docker {
        return Ok(pipeline::run(&job.config, progress)?);
    }
    #[cfg(feature = "docker")]
    return docker::analyse(job, &args.engine, progress);
    #[cfg(not(feature = "docker"))]
    Err(super::engine::not_built("--docker"))
}

/// What an analysis means for the exit status.
fn status_of(report: &Report, unreadable: &[String], fail_on: &FailOn) -> Status {
    let unread = if unreadable.is_empty() {
        Status::Clean
    } else {
        Status::Incomplete
    };
    let found = if fail_on.is_in(report) {
        Status::Found
    } else {
        Status::Clean
    };
    unread.merge(found)
}

/// Warns of what was wrong with the inputs, apart from what was reported as an error already.
fn print_warnings(analysis: &Analysis, job: &Job) {
    let warnings: Vec<String> = analysis
        .report
        .inputs
        .iter()
        .filter(|input| !(job.implicit_stdin && input.path == "-" && input.bytes == 0))
        .flat_map(|input| {
            let name = if input.path == "-" {
                "stdin"
            } else {
                input.path.as_str()
            };
            input
                .warnings
                .iter()
                .filter(|warning| !is_error(warning, &analysis.unreadable))
                .map(move |warning| located(name, warning))
        })
        .collect();
    for warning in warnings.iter().take(WARNINGS) {
        warn(warning);
    }
    let rest = warnings.len().saturating_sub(WARNINGS);
    if rest > 0 {
        warn(&format!("{rest} more warnings; the report has them all"));
    }
}

/// Whether a warning was already written as one of the errors.
fn is_error(warning: &Warning, errors: &[String]) -> bool {
    matches!(warning, Warning::Unreadable(said) if errors.contains(said))
}

/// A warning behind its file, and behind its line where it is about one: `file:3: what`.
fn located(name: &str, warning: &Warning) -> String {
    match warning {
        Warning::Line { line, what } => format!("{name}:{line}: {what}"),
        _ => format!("{name}: {warning}"),
    }
}

fn short_usage(mut program: clap::Command) -> String {
    format!(
        "{}\n\nNothing to read: name logs, events or a folder with them, or pipe a log in:\n  \
         docker logs -t CONTAINER 2>&1 | whystart --events events.jsonl\n\nFor more, try 'whystart --help'.",
        program.render_usage()
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        cli::{args::Args, names::Name},
        model::{LineFault, warning::LineWarning},
        report::fixture,
    };
    use clap::CommandFactory as _;

    #[test]
    fn the_status_says_what_was_found_unless_something_is_missing() {
        let report = fixture::timer_restart();
        let named = |name| FailOn::from_iter([Name::parse(name).unwrap()]);
        let (ws001, oom) = (named("WS001"), named("oom-restart"));
        let status = |fail_on: &FailOn| status_of(&report, &[], fail_on);
        assert_eq!(status(&FailOn::default()), Status::Clean);
        assert_eq!(status(&oom), Status::Clean);
        assert_eq!(status(&ws001), Status::Found);
        let unreadable = ["a.log: permission denied".to_owned()];
        assert_eq!(status_of(&report, &unreadable, &ws001), Status::Incomplete);
    }

    #[test]
    fn a_warning_names_its_file_and_line() {
        let odd = Warning::Line {
            line: 3,
            what: LineWarning::Odd {
                fault: LineFault::Cut,
                count: 2,
            },
        };
        assert_eq!(located("a.log", &odd), "a.log:3: is cut (2 such lines)");
        assert_eq!(located("a.log", &Warning::Empty), "a.log: it is empty");
    }

    #[test]
    fn what_was_said_as_an_error_is_no_warning() {
        let errors = ["cannot open a.log: not found".to_owned()];
        let unreadable = |said: &str| Warning::Unreadable(said.to_owned());
        assert!(is_error(
            &unreadable("cannot open a.log: not found"),
            &errors
        ));
        assert!(!is_error(
            &unreadable("cannot open b.log: not found"),
            &errors
        ));
        assert!(!is_error(&Warning::Empty, &errors));
    }

    #[test]
    fn the_short_usage_is_short() {
        let usage = short_usage(Args::command());
        assert!(usage.lines().count() < 12, "{usage}");
    }
}
