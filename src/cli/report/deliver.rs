//! Delivers the report: all files whole, or none of them.

use super::{outputs::Output, resolve::Job};
use crate::{
    cli::{
        output::{self, Destination, Staged},
        streams::Streams,
    },
    model::report::Report,
    report::{Options, TextOptions, digest::Digest},
};
use anyhow::bail;
use std::{io::Write, path::Path};

/// An output and the file or device that it goes to; standard output has none.
pub(super) type CheckedOutput<'a> = (&'a Output, Option<Destination>);

/// Checks that everything `job` is to write can be written.
///
/// # Errors
/// When it can be seen now that it cannot, or two outputs are one file.
pub(super) fn check_outputs(job: &Job) -> anyhow::Result<Vec<CheckedOutput<'_>>> {
    let mut checked: Vec<CheckedOutput> = Vec::new();
    for output in &job.outputs {
        let destination = output.path.as_deref().map(Destination::check).transpose()?;
        let place = destination.as_ref().map(Destination::place);
        let twice = |(_, other): &&CheckedOutput| other.as_ref().map(Destination::place) == place;
        if let Some((other, _)) = checked.iter().find(twice) {
            match (&other.path, &output.path) {
                (Some(one), Some(other)) => bail!(
                    "-o: {} and {} are one file; name two",
                    one.display(),
                    other.display()
                ),
                _ => bail!("-o: standard output is named twice"),
            }
        }
        checked.push((output, destination));
    }
    Ok(checked)
}

/// Writes the report to all its outputs. When they are all files, standard output gets the digest.
///
/// # Errors
/// When something cannot be written; then no file is there, or the old one still is.
pub(super) fn deliver(
    job: &Job,
    outputs: &[CheckedOutput],
    report: &Report,
    streams: &Streams,
) -> anyhow::Result<()> {
    let digest = digest(job);
    let silent = job.quiet_if_clean && digest.is_clean(report);
    let render = |output: &Output, text: &TextOptions, out: &mut dyn Write| {
        let options = Options {
            text: text.clone(),
            fail_on: job.fail_on.clone(),
        };
        output.format.render(report, &options, out)
    };
    let mut staged = Vec::new();
    // Files first: none of them is visible yet, whatever happens to the others.
    let (files, devices) = outputs
        .iter()
        .filter_map(|(output, destination)| Some((output, destination.as_ref()?)))
        .partition::<Vec<_>, _>(|(_, destination)| destination.is_file());
    for (output, destination) in files {
        staged.push(destination.stage(|out| render(output, &job.text_in_file, out))?);
    }
    for (output, destination) in devices {
        let written = destination.stage(|out| render(output, &job.text_in_file, out));
        unless_closed(written.map(drop).map_err(Into::into))?;
    }
    for (output, _) in outputs.iter().filter(|(output, _)| output.path.is_none()) {
        if !silent {
            let write = |out: &mut dyn Write| render(output, &job.text_on_stdout, out);
            unless_closed(output::to_stdout(streams, write))?;
        }
    }
    let all_files = staged.len() == outputs.len();
    staged.into_iter().try_for_each(Staged::publish)?;
    if all_files && !silent && !job.quiet {
        let write = |out: &mut dyn Write| digest.write(report, &job.text_on_stdout, out);
        unless_closed(output::to_stdout(streams, write))?;
    }
    Ok(())
}

/// Whether `report` has nothing to act on.
pub(super) fn is_clean(job: &Job, report: &Report) -> bool {
    digest(job).is_clean(report)
}

fn digest(job: &Job) -> Digest<'_> {
    let written = job
        .outputs
        .iter()
        .filter_map(|output| output.path.as_deref());
    Digest {
        fail_on: job.fail_on.clone(),
        since: job.config.since,
        until: job.config.until,
        written: written.map(Path::to_string_lossy).collect(),
    }
}

/// Whoever closed a pipe has seen enough; that is no error, and the other outputs are written.
fn unless_closed(written: anyhow::Result<()>) -> anyhow::Result<()> {
    match written {
        Err(error) if output::is_closed_pipe(&error) => Ok(()),
        other => other,
    }
}
