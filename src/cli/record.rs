//! `record`: keeps the engine's history for good.

use super::{
    engine::EngineArgs,
    exit::Status,
    say::{note, warn},
    when,
};
use crate::record::{self, Limit, Notice, Options, Rotation, Watch};
use chrono::TimeDelta;
use std::path::PathBuf;

/// What `record` keeps, for `--help`.
pub(super) const LONG_ABOUT: &str = "\
Keep the engine's history for good, in a folder.

The folder holds events-*.jsonl (as docker events --format '{{json .}}' prints them), inspect-*.jsonl, logs/ and \
record.jsonl, which says what is covered. 'whystart report FOLDER' reads it, even while it is being written.

Commands in containers that succeed (mostly health checks) and repeated 'healthy' states are only counted. A \
recorder that was stopped catches up on what the engine still remembers, which is its last 256 events. Whatever it \
missed beyond that is recorded as a gap, and reports show that time as not covered.";

/// What the help ends with.
pub(super) const EXAMPLES: &str = "\
Examples:
  whystart record -o /var/lib/whystart
  whystart record -o /var/lib/whystart --max-size 5G --max-age 90d
  whystart record -o /srv/record --host ssh://root@example.org

Exit status:
  0  asked to stop (Ctrl-C, SIGTERM)
  2  could not record";

/// Options of `record`.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct RecordArgs {
    /// The folder to record into; created if it is missing
    #[arg(short, long, value_name = "FOLDER")]
    output: PathBuf,
    #[command(flatten)]
    engine: EngineArgs,

    /// Keep everything, even commands that succeed and repeated 'healthy' states
    #[arg(short, long, help_heading = "What is kept")]
    all: bool,
    /// How many of a log's last lines to keep when its container ends; 0 for none
    #[arg(
        long,
        value_name = "N",
        default_value_t = 200,
        help_heading = "What is kept"
    )]
    log_lines: u32,
    /// The most that all files may take together: 500M, 5G; the oldest are removed first
    #[arg(long, value_name = "SIZE", default_value = "1G", value_parser = size, help_heading = "What is kept")]
    max_size: u64,
    /// Remove what is older than this: 12h, 90d [default: no limit]
    #[arg(long, value_name = "AGE", value_parser = age, help_heading = "What is kept")]
    max_age: Option<TimeDelta>,
    /// Close and compress a file at this size
    #[arg(long, value_name = "SIZE", default_value = "4M", value_parser = size, help_heading = "What is kept")]
    rotate_size: u64,
    /// Close and compress a file at this age
    #[arg(long, value_name = "AGE", default_value = "1d", value_parser = age, help_heading = "What is kept")]
    rotate_age: TimeDelta,

    /// Print errors only
    #[arg(short, long, help_heading = "Output")]
    quiet: bool,
}

/// Records until it is asked to stop.
pub(super) fn run(args: &RecordArgs) -> anyhow::Result<Status> {
    let watch = Watch {
        folder: args.output.clone(),
        options: Options {
            all: args.all,
            rotation: Rotation {
                bytes: args.rotate_size,
                age: args.rotate_age,
            },
            limit: Limit {
                bytes: args.max_size,
                age: args.max_age,
            },
        },
        engine: args.engine.options(),
        log_lines: args.log_lines,
    };
    let folder = args.output.display().to_string();
    record::watch(&watch, &mut |notice| {
        if !args.quiet {
            tell(&folder, &notice);
        }
    })?;
    Ok(Status::Clean)
}

fn tell(folder: &str, notice: &Notice) {
    match notice {
        Notice::Connected(engine) => note(&format!(
            "recording {} ({}) in {folder}",
            if engine.name.is_empty() {
                "the engine"
            } else {
                &engine.name
            },
            engine.version
        )),
        Notice::Lost(why) => warn(&format!("waiting for the engine: {why}")),
        Notice::Gap(gap) => warn(&gap.to_string()),
        Notice::Warning(what) => warn(what),
    }
}

/// `4M`: bytes, with K, M, G or T for powers of 1024, as in Docker's `max-size`.
fn size(text: &str) -> Result<u64, String> {
    let wrong = || format!("{text:?} is no size such as 500M or 5G");
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = text[digits.len()..].to_ascii_uppercase();
    let shift = match unit.trim_end_matches('B').trim_end_matches('I') {
        "" => 0,
        "K" => 10,
        "M" => 20,
        "G" => 30,
        "T" => 40,
        _ => return Err(wrong()),
    };
    let number: u64 = digits.parse().map_err(|_| wrong())?;
    number
        .checked_mul(1 << shift)
        .filter(|bytes| *bytes > 0)
        .ok_or_else(wrong)
}

/// `90d`: how old something may get.
fn age(text: &str) -> Result<TimeDelta, String> {
    when::length(text)
        .filter(|age| *age > TimeDelta::zero())
        .ok_or_else(|| format!("{text:?} is no age such as 12h or 90d"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_ages_are_read_and_others_refused() {
        assert_eq!(size("512"), Ok(512));
        assert_eq!(size("4M"), Ok(4 << 20));
        assert_eq!(size("2gb"), Ok(2 << 30));
        assert_eq!(size("1GiB"), Ok(1 << 30));
        for wrong in ["", "M", "0", "-1", "4X", "4.5M", "99999999999T", "4 M"] {
            assert!(size(wrong).is_err(), "{wrong}");
        }
        assert_eq!(age("90d"), Ok(TimeDelta::days(90)));
        assert_eq!(age("30m"), Ok(TimeDelta::minutes(30)));
        for wrong in ["", "90", "d", "0s", "-1d", "1y", "99999999999999999w"] {
            assert!(age(wrong).is_err(), "{wrong}");
        }
    }
}
