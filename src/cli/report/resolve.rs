//! The arguments with all questions answered: what to read, and how to report it.

use super::{
    args::ReportArgs,
    outputs::{self, Output},
    placeholders::Values,
};
use crate::cli::{
    global::Colour,
    names::Name,
    settings::{Setting, Settings},
    streams::{Stdin, Streams},
    when,
};
use crate::{
    formats::time::Zone,
    model::Time,
    pipeline::{self, Config, InputSpec, Role},
    report::{FailOn, TextOptions},
};
use std::path::Path;

/// A report to make.
#[derive(Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "they answer questions that have nothing to do with each other"
)]
pub(super) struct Job {
    /// What to analyse.
    pub(super) config: Config,
    /// The containers and services to ask an engine for.
    #[cfg_attr(
        not(feature = "docker"),
        expect(dead_code, reason = "a build without it refuses them")
    )]
    pub(super) words: Vec<String>,
    /// Where the report goes; never empty.
    pub(super) outputs: Vec<Output>,
    /// How text looks on standard output.
    pub(super) text_on_stdout: TextOptions,
    /// How text looks in a file.
    pub(super) text_in_file: TextOptions,
    /// What makes the exit status 1.
    pub(super) fail_on: FailOn,
    /// Print nothing when there is nothing to act on.
    pub(super) quiet_if_clean: bool,
    /// Inputs may be empty, all of them.
    pub(super) allow_empty: bool,
    /// No warnings.
    pub(super) quiet: bool,
    /// Show a progress bar.
    pub(super) progress: bool,
    /// Standard input is read although nobody named it, so it may be empty.
    pub(super) implicit_stdin: bool,
}

/// Why there is nothing to do.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Refusal {
    /// No input was named, and somebody types on standard input.
    #[error("nothing to read")]
    NothingToRead,
    /// An option's value makes no sense.
    #[error("{0}")]
    Usage(String),
}

/// Answers all questions that the arguments leave open.
///
/// # Errors
/// When the arguments contradict each other or name something that does not exist.
pub(super) fn resolve(
    args: &ReportArgs,
    settings: &Settings,
    streams: &Streams,
    now: Time,
) -> Result<Job, Refusal> {
    if args.engine.is_given() && !args.docker {
        return Err(Refusal::Usage(
            "--host, --context and --engine-timeout need --docker".into(),
        ));
    }
    let (inputs, implicit_stdin) = inputs(args, streams.stdin)?;
    let words = words(args)?;
    let timezone = Setting::or(
        "--timezone",
        args.timezone.clone(),
        settings.timezone.as_ref(),
    );
    let zone = zone(timezone.as_ref())?;
    let (since, until) = window(args, &zone, now)?;
    let fail_on = Setting::or("--fail-on", given(&args.fail_on), settings.fail_on.as_ref());
    let fail_on = fail_on.map_or_else(|| Ok(FailOn::default()), |names| self::fail_on(&names))?;
    let signatures = Setting::or(
        "--signatures",
        given(&args.signatures),
        settings.signatures.as_ref(),
    );
    let values = Values::new(&zone, now);
    let outputs = outputs::resolve(&args.output, args.format, &values)
        .map_err(|problem| usage("-o", &problem))?;
    if args.follow {
        check_follow(&outputs)?;
    }
    let text = |text: TextOptions| TextOptions {
        verbose: args.verbose,
        width: args.width.map_or(text.width, Into::into),
        ..text
    };
    Ok(Job {
        config: Config {
            inputs,
            since,
            until,
            services: args.service.clone(),
            containers: args.container.clone(),
            timezone: timezone.map(|zone| zone.value),
            signatures: signatures.map_or_else(Vec::new, |packs| packs.value),
            threads: args.threads.map(Into::into),
        },
        words,
        outputs,
        text_on_stdout: text(streams.text_options()),
        // A file has no terminal: no width is known, and colours must be asked for.
        text_in_file: text(TextOptions {
            colour: streams.colour == Colour::Always,
            ..TextOptions::default()
        }),
        fail_on,
        quiet_if_clean: args.quiet_if_clean,
        allow_empty: args.allow_empty,
        quiet: args.quiet,
        progress: streams.stderr_terminal && !args.quiet && !args.no_progress,
        implicit_stdin,
    })
}

/// With `--follow`, the report is written line by line.
fn check_follow(outputs: &[Output]) -> Result<(), Refusal> {
    match outputs {
        [output] if output.path.is_none() && matches!(output.format.name, "text" | "jsonl") => {
            Ok(())
        }
        [output] if output.path.is_none() => Err(usage(
            "--follow",
            "only text and jsonl can be written as things happen",
        )),
        _ => Err(usage(
            "--follow",
            "-o writes a whole report; use the shell's > to keep what --follow prints",
        )),
    }
}

/// With `--docker`, the inputs are names.
fn words(args: &ReportArgs) -> Result<Vec<String>, Refusal> {
    let names = args.inputs.iter().filter(|_| args.docker);
    names
        .map(|name| match name.to_str() {
            Some(name) if !name.is_empty() => Ok(name.to_owned()),
            _ => Err(usage("--docker", "this is no name of a container")),
        })
        .collect()
}

/// What to read, and whether standard input is among it without having been named.
fn inputs(args: &ReportArgs, stdin: Stdin) -> Result<(Vec<InputSpec>, bool), Refusal> {
    let files = if args.docker { &[][..] } else { &args.inputs };
    let named = [
        (files, None),
        (&args.events, Some(Role::Events)),
        (&args.inspect, Some(Role::Inspect)),
        (&args.journal, Some(Role::Journal)),
    ];
    let mut inputs: Vec<InputSpec> = named
        .into_iter()
        .flat_map(|(paths, role)| {
            paths.iter().map(move |path| InputSpec {
                path: path.clone(),
                role,
            })
        })
        .collect();
    if let Some(empty) = inputs
        .iter()
        .find(|input| input.path.as_os_str().is_empty())
    {
        let option = empty.role.map_or("INPUT", option_name);
        return Err(usage(option, "the file name is empty"));
    }
    let is_stdin = |input: &&InputSpec| input.path == Path::new("-");
    match inputs.iter().filter(is_stdin).count() {
        0 => {}
        1 => return Ok((inputs, false)),
        _ => {
            return Err(Refusal::Usage(
                "'-' is named twice, but standard input can be read only once".into(),
            ));
        }
    }
    let implicit = match stdin {
        _ if args.docker || !args.inputs.is_empty() => false,
        Stdin::Data => true,
        Stdin::Terminal if inputs.is_empty() => return Err(Refusal::NothingToRead),
        Stdin::Other => inputs.is_empty(),
        Stdin::Terminal => false,
    };
    let beside_others = implicit && !inputs.is_empty();
    if implicit {
        inputs.push(InputSpec {
            path: "-".into(),
            role: None,
        });
    }
    Ok((inputs, beside_others))
}

fn option_name(role: Role) -> &'static str {
    match role {
        Role::Events => "--events",
        Role::Inspect => "--inspect",
        Role::Journal => "--journal",
    }
}

/// The values of a repeatable option, if there are any.
fn given<T: Clone>(values: &[T]) -> Option<Vec<T>> {
    (!values.is_empty()).then(|| values.to_vec())
}

/// The causes and findings that are named; `none` alone names none of them, whatever the settings say.
fn fail_on(names: &Setting<Vec<String>>) -> Result<FailOn, Refusal> {
    if names.value == ["none"] {
        return Ok(FailOn::default());
    }
    names
        .value
        .iter()
        .map(|name| Name::parse(name).map_err(|problem| usage(&names.from, &problem)))
        .collect()
}

/// The time zone of times that name none.
fn zone(name: Option<&Setting<String>>) -> Result<Zone, Refusal> {
    let Some(Setting { value, from }) = name else {
        return Ok(Zone::Utc);
    };
    Zone::parse(value).ok_or_else(|| usage(from, &pipeline::Error::Zone(value.clone()).to_string()))
}

fn window(
    args: &ReportArgs,
    zone: &Zone,
    now: Time,
) -> Result<(Option<Time>, Option<Time>), Refusal> {
    let moment = |option, text: &Option<String>| {
        text.as_deref()
            .map(|text| when::parse(text, zone, now).map_err(|problem| usage(option, &problem)))
            .transpose()
    };
    let since = moment("--since", &args.since)?;
    let until = moment("--until", &args.until)?;
    match (since, until) {
        (Some(since), Some(until)) if since >= until => {
            let shown = |time: Time| time.format("%Y-%m-%d %H:%M:%SZ");
            Err(Refusal::Usage(format!(
                "--since ({}) is not before --until ({}), so no startup can be between them; \
                 are they the wrong way round?",
                shown(since),
                shown(until)
            )))
        }
        window => Ok(window),
    }
}

fn usage(option: &str, problem: &str) -> Refusal {
    Refusal::Usage(format!("{option}: {problem}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const STREAMS: Streams = Streams {
        stdin: Stdin::Other,
        columns: Some(100),
        colour: Colour::Auto,
        stdout_colour: true,
        ascii: false,
        stderr_terminal: true,
    };

    fn resolved(args: &ReportArgs, stdin: Stdin) -> Result<Job, Refusal> {
        resolve(
            args,
            &Settings::default(),
            &Streams { stdin, ..STREAMS },
            "2026-11-20T12:00:00Z".parse().unwrap(),
        )
    }

    fn paths(args: &ReportArgs, stdin: Stdin) -> Vec<String> {
        let job = resolved(args, stdin).unwrap();
        job.config
            .inputs
            .iter()
            .map(|input| input.path.display().to_string())
            .collect()
    }

    #[test]
    fn standard_input_is_read_when_it_brings_something() {
        let none = ReportArgs::default();
        let events = ReportArgs {
            events: vec!["e".into()],
            ..ReportArgs::default()
        };
        let log = ReportArgs {
            inputs: vec!["a.log".into()],
            ..ReportArgs::default()
        };
        assert_eq!(paths(&none, Stdin::Data), ["-"]);
        assert_eq!(paths(&none, Stdin::Other), ["-"]);
        assert_eq!(
            resolved(&none, Stdin::Terminal).unwrap_err(),
            Refusal::NothingToRead
        );
        assert_eq!(paths(&events, Stdin::Data), ["e", "-"]);
        assert_eq!(paths(&events, Stdin::Other), ["e"]);
        assert_eq!(paths(&events, Stdin::Terminal), ["e"]);
        assert_eq!(paths(&log, Stdin::Data), ["a.log"]);
        assert!(resolved(&events, Stdin::Data).unwrap().implicit_stdin);
        assert!(!resolved(&none, Stdin::Data).unwrap().implicit_stdin);
    }

    #[test]
    fn standard_input_cannot_be_read_twice() {
        let twice = ReportArgs {
            inputs: vec!["-".into()],
            events: vec!["-".into()],
            ..ReportArgs::default()
        };
        assert!(
            resolved(&twice, Stdin::Data)
                .unwrap_err()
                .to_string()
                .contains("only once")
        );
    }

    #[test]
    fn a_file_gets_no_colours_unless_asked_for() {
        let job = resolved(&ReportArgs::default(), Stdin::Data).unwrap();
        let looks = |text: &TextOptions| (text.colour, text.width);
        assert_eq!(looks(&job.text_in_file), (false, 80));
        assert_eq!(looks(&job.text_on_stdout), (true, 100));
    }

    #[test]
    fn a_width_is_taken_as_given() {
        let args = ReportArgs {
            width: std::num::NonZeroUsize::new(160),
            ..ReportArgs::default()
        };
        let job = resolved(&args, Stdin::Data).unwrap();
        assert_eq!(
            (job.text_in_file.width, job.text_on_stdout.width),
            (160, 160)
        );
    }

    #[test]
    fn an_option_outweighs_what_is_set() {
        let set = |value: &str| Setting {
            value: value.to_owned(),
            from: "WHYSTART_TIMEZONE".to_owned(),
        };
        let mut settings = Settings {
            timezone: Some(set("Europe/Berlin")),
            fail_on: Some(Setting {
                value: vec!["WS001".to_owned()],
                from: "WHYSTART_FAIL_ON".to_owned(),
            }),
            ..Settings::default()
        };
        let now = "2026-11-20T12:00:00Z".parse().unwrap();
        let job = |args: &ReportArgs, settings: &Settings| resolve(args, settings, &STREAMS, now);
        let mut args = ReportArgs::default();
        let by_setting = job(&args, &settings).unwrap();
        assert_eq!(by_setting.config.timezone.as_deref(), Some("Europe/Berlin"));
        assert_eq!(by_setting.fail_on.findings, ["WS001"]);
        args.timezone = Some("UTC".to_owned());
        args.fail_on = vec!["none".to_owned()];
        let by_option = job(&args, &settings).unwrap();
        assert_eq!(by_option.config.timezone.as_deref(), Some("UTC"));
        assert!(by_option.fail_on.is_empty());
        settings.timezone = Some(set("Mars"));
        let error = job(&ReportArgs::default(), &settings).unwrap_err();
        let message = error.to_string();
        assert!(
            message.starts_with("WHYSTART_TIMEZONE: unknown time zone"),
            "{message}"
        );
    }

    #[test]
    fn wrong_words_are_refused_by_option() {
        let wrong = |args: ReportArgs| resolved(&args, Stdin::Data).unwrap_err().to_string();
        let default = ReportArgs::default;
        let message = wrong(ReportArgs {
            since: Some("soon".into()),
            ..default()
        });
        assert!(
            message.starts_with("--since: \"soon\" is not a time"),
            "{message}"
        );
        let message = wrong(ReportArgs {
            fail_on: vec!["oom".into()],
            ..default()
        });
        assert!(
            message.starts_with("--fail-on: ") && message.contains("oom-restart"),
            "{message}"
        );
        let message = wrong(ReportArgs {
            timezone: Some("Mars".into()),
            ..default()
        });
        assert!(
            message.starts_with("--timezone: unknown time zone"),
            "{message}"
        );
        let message = wrong(ReportArgs {
            since: Some("1h".into()),
            until: Some("2h".into()),
            ..default()
        });
        assert!(message.contains("is not before --until"), "{message}");
    }
}
