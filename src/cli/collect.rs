//! `whystart collect`: all the evidence of a host in one bundle.

use super::{engine::EngineArgs, exit::Status, streams::Streams};
use std::{path::PathBuf, time::Duration};

/// What `collect` takes and what it leaves out, for `--help`.
pub(super) const LONG_ABOUT: &str = "\
Save all the evidence of a host in one bundle, to analyse elsewhere or later.

The bundle has the engine's events as far back as it has them, the state of all containers, the networks, the \
names of the volumes, the logs (of the containers and services that are named, or of all), and what the host \
itself recorded: the journals of the engine, of timers and of cron, and units and scripts that mention containers. \
manifest.json says what each file is, with times, sizes and checksums, and what could not be collected and why.

Secrets are taken out of environment, labels, commands, scripts and log lines: values of names like PASSWORD, \
SECRET, TOKEN, KEY and CREDENTIAL, credentials in URLs and headers, well-known tokens, PEM blocks, and wherever \
else such a value appears again. Each becomes [redacted:...] with a keyed hash in it, which shows that two values within \
the bundle are equal, and nothing else. Look through a bundle before you give it away: no rule knows every secret.";

/// Arguments of `collect`.
#[derive(Clone, Debug, clap::Args)]
#[cfg_attr(
    not(feature = "docker"),
    allow(dead_code, reason = "they say what another build can do")
)]
pub(super) struct CollectArgs {
    /// Containers or services whose logs are collected [default: all]
    #[arg(value_name = "CONTAINER|SERVICE")]
    pub(super) words: Vec<String>,
    /// The bundle: a new folder, or a file that ends in .tar, .tar.gz or .tar.zst
    #[arg(short, long, value_name = "BUNDLE")]
    pub(super) output: PathBuf,
    /// Keep listening for this long: 90s, 2m, 1h30m; Ctrl-C stops earlier and writes the bundle
    ///
    /// The bundle then has the events and log lines of that time, and a snapshot of each container whenever it is
    /// created, starts, ends, or its health changes.
    #[arg(long = "for", value_name = "DURATION", value_parser = length)]
    pub(super) length: Option<Duration>,
    /// Leave passwords, keys and tokens in: whoever has the bundle can use them
    #[arg(long)]
    pub(super) no_redact: bool,
    /// Leave out the host's own journals, units and scripts
    #[arg(long)]
    pub(super) no_host: bool,
    /// Print errors only: no warnings and no summary
    #[arg(short, long)]
    pub(super) quiet: bool,
    #[command(flatten)]
    pub(super) engine: EngineArgs,
}

fn length(text: &str) -> Result<Duration, String> {
    super::when::length(text)
        .and_then(|length| length.to_std().ok())
        .filter(|length| !length.is_zero())
        .ok_or_else(|| format!("{text:?} is no duration such as 90s, 2m or 1h30m"))
}

#[cfg(not(feature = "docker"))]
pub(super) fn run(_: &CollectArgs, _: &Streams) -> anyhow::Result<Status> {
    Err(super::engine::not_built("collect"))
}

/// Collects, then says what is in the bundle and what is missing.
#[cfg(feature = "docker")]
pub(super) fn run(args: &CollectArgs, streams: &Streams) -> anyhow::Result<Status> {
    use super::{
        report::docker,
        say::{say, warn},
    };
    use crate::{collect::Collection, redact::Redactor};

    if args.output.as_os_str().is_empty() || args.output == std::path::Path::new("-") {
        anyhow::bail!("-o: a bundle is a folder or a file; it cannot go to standard output");
    }
    let engine = args.engine.connect()?;
    let (containers, chosen) = docker::chosen(&engine, &args.words)?;
    let redactor = (!args.no_redact).then(Redactor::new).transpose()?;
    let shows = streams.stderr_terminal && !args.quiet;
    let progress = |what: &str| {
        if shows {
            say("collecting", what);
        }
    };
    let manifest = Collection {
        engine: &engine,
        target: &args.output,
        redactor,
        host: !args.no_host,
        selected: args.words.clone(),
        progress: &progress,
        length: args.length,
        wanted: &|| {
            let mut wanted = chosen.clone()?;
            // Containers that came meanwhile belong to their services, too.
            if args.length.is_some()
                && let Ok((_, Some(now))) = docker::chosen(&engine, &args.words)
            {
                wanted.extend(now);
            }
            Some(wanted)
        },
    }
    .run(&containers)?;
    if !args.quiet {
        for missing in &manifest.missing {
            warn(&format!("not collected: {}: {}", missing.what, missing.why));
        }
        let bytes: u64 = manifest.files.iter().map(|file| file.bytes).sum();
        let secrets = if manifest.redacted {
            "secrets redacted"
        } else {
            "WITH ALL SECRETS"
        };
        say(
            "collected",
            &format!(
                "{}: {} files, {bytes} bytes, {secrets}",
                args.output.display(),
                manifest.files.len()
            ),
        );
    }
    Ok(Status::Clean)
}
