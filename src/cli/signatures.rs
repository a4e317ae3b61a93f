//! `signatures list` and `signatures test`: the only part of the command line that knows packs.

use super::{
    exit::Status,
    output,
    settings::{Setting, Settings},
    streams::Streams,
};
use crate::{
    formats::{self, Guess},
    model::FactKind,
    report::{
        TextOptions,
        layout::{Cell, Page},
        style,
    },
    signatures::{Recognised, Signatures},
};
use std::{
    borrow::Cow,
    io::{self, BufRead, Write},
    path::PathBuf,
};

/// The commands below `signatures`.
#[derive(Clone, Debug, clap::Subcommand)]
pub(super) enum SignaturesCommand {
    /// List all signatures
    List(SignaturesArgs),
    /// Show what signatures recognise in a line
    Test {
        /// The line; '-' or nothing to read lines from standard input
        #[arg(value_name = "LINE|-", allow_hyphen_values = true)]
        line: Option<String>,
        #[command(flatten)]
        args: SignaturesArgs,
    },
}

/// Options of the signature commands.
#[derive(Clone, Debug, Default, clap::Args)]
pub(super) struct SignaturesArgs {
    /// Your own signatures (TOML), in addition to the built-in ones; repeatable
    #[arg(long = "signatures", value_name = "FILE")]
    packs: Vec<PathBuf>,
}

impl SignaturesArgs {
    fn packs(&self, settings: &Settings) -> Vec<PathBuf> {
        let given = Some(self.packs.clone()).filter(|packs| !packs.is_empty());
        Setting::or("--signatures", given, settings.signatures.as_ref())
            .map_or_else(Vec::new, |packs| packs.value)
    }
}

/// Lists the signatures, or shows what they recognise in lines. A line in which nothing is recognised
/// makes the status 1, so that a script can ask.
pub(super) fn run(
    command: &SignaturesCommand,
    settings: &Settings,
    streams: &Streams,
) -> anyhow::Result<Status> {
    let options = streams.text_options();
    match command {
        SignaturesCommand::List(args) => {
            let signatures = Signatures::with_files(&args.packs(settings))?;
            output::to_stdout(streams, |out| list(&signatures, &options, out))?;
            Ok(Status::Clean)
        }
        SignaturesCommand::Test { line, args } => {
            let signatures = Signatures::with_files(&args.packs(settings))?;
            let mut status = Status::Clean;
            output::to_stdout(streams, |out| {
                let mut given;
                let mut typed;
                let lines: &mut dyn BufRead = match line.as_deref() {
                    Some(line) if line != "-" => {
                        given = line.as_bytes();
                        &mut given
                    }
                    _ => {
                        typed = io::stdin().lock();
                        &mut typed
                    }
                };
                status = test(&signatures, lines, &options, out)?;
                Ok(())
            })?;
            Ok(status)
        }
    }
}

/// Writes all signatures, in the order in which they are tried.
fn list(signatures: &Signatures, options: &TextOptions, out: &mut dyn Write) -> io::Result<()> {
    let mut page = Page::new(out, options);
    for row in signatures.list() {
        let cells = [
            Cell::new(row.id, style::STRONG),
            Cell::new(format!("({})", kind_name(row.kind)), style::QUIET),
        ];
        page.row(0, 4, 1, &cells)?;
        page.paragraph(2, 2, "", &row.title)?;
    }
    Ok(())
}

/// Writes what is recognised in each line.
fn test(
    signatures: &Signatures,
    lines: &mut dyn BufRead,
    options: &TextOptions,
    out: &mut dyn Write,
) -> io::Result<Status> {
    let mut status = Status::Clean;
    for line in lines.split(b'\n') {
        let line = line?;
        let mut found = Vec::new();
        let message = message(&line);
        signatures.recognise(&message, &mut found);
        if found.is_empty() {
            status = status.merge(Status::Found);
        }
        // A fresh page for each line: what is typed is answered at once.
        let mut page = Page::new(out, options);
        answer(&mut page, &line, &found)?;
        out.flush()?;
    }
    Ok(status)
}

fn answer(page: &mut Page, line: &[u8], found: &[Recognised<'_>]) -> io::Result<()> {
    let text = String::from_utf8_lossy(line);
    if found.is_empty() {
        let cells = [
            Cell::new("nothing:", style::WARN),
            Cell::new(text.trim_end(), style::PLAIN).flexible(),
        ];
        return page.row(0, 2, 1, &cells);
    }
    for one in found {
        let cells = [
            Cell::new(format!("{}:", kind_name(one.kind)), style::GOOD),
            Cell::new(&one.message, style::PLAIN).flexible(),
        ];
        page.row(0, 2, 1, &cells)?;
        page.paragraph(2, 4, "by", one.signature)?;
        let fields = fields(one);
        if !fields.is_empty() {
            page.paragraph(2, 4, "with", &fields)?;
        }
    }
    Ok(())
}

/// The captured fields, as `pid=1 generation=2`.
fn fields(one: &Recognised<'_>) -> String {
    let fields = &one.fields;
    let rarer = fields.rarer();
    let number = |value: Option<u64>| value.map(|value| value.to_string());
    let text = |value: &Option<Box<str>>| value.as_ref().map(ToString::to_string);
    [
        ("pid", number(fields.pid.map(u64::from))),
        ("ppid", number(rarer.ppid.map(u64::from))),
        ("generation", number(fields.generation)),
        ("pool_id", text(&fields.pool_id)),
        ("module_id", text(&rarer.module_id)),
        ("exit_code", rarer.exit_code.map(|code| code.to_string())),
        ("signal", text(&rarer.signal)),
        ("sender_pid", number(rarer.sender_pid.map(u64::from))),
        ("version", text(&rarer.version)),
        ("name", text(&rarer.name)),
        ("reason", text(&rarer.reason)),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some(format!("{name}={}", value?)))
    .collect::<Vec<_>>()
    .join(" ")
}

/// The program's own words in a line as a log file has it.
fn message(line: &[u8]) -> Cow<'_, [u8]> {
    let format = match formats::recognise_log(line) {
        Guess::Log(format) => format,
        Guess::Encoded(_) | Guess::Unknown => formats::fallback(line),
    };
    format
        .parse(line)
        .map_or(Cow::Borrowed(line), |record| record.message)
}

/// The kind as signature packs write it.
fn kind_name(kind: FactKind) -> String {
    serde_json::to_value(kind)
        .ok()
        .and_then(|value| value.as_str().map(str::to_owned))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tested(lines: &str) -> (Status, String) {
        let mut out = Vec::new();
        let signatures = Signatures::builtin().unwrap();
        let options = TextOptions::default();
        let status = test(&signatures, &mut lines.as_bytes(), &options, &mut out).unwrap();
        (status, String::from_utf8(out).unwrap())
    }

    #[test]
    fn a_line_is_recognised_with_or_without_its_driver() {
        for line in [
            "INFO:     Started server process [7]",
            "2026-11-20T09:41:14.012446485Z INFO:     Started server process [7]",
            r#"{"log":"INFO:     Started server process [7]\n","stream":"stderr","time":"2026-11-20T09:41:14.012446485Z"}"#,
        ] {
            let (status, text) = tested(line);
            assert_eq!(status, Status::Clean, "{text}");
            assert!(text.starts_with("process-start: "), "{text}");
            assert!(text.contains("\n  with pid=7\n"), "{text}");
        }
    }

    #[test]
    fn a_line_that_nothing_recognises_makes_the_status_1() {
        let (status, text) =
            tested("GET /health\x1b[2J 200\nINFO:     Started server process [7]\n");
        assert_eq!(status, Status::Found);
        assert!(
            text.starts_with("nothing: GET /health␛[2J 200\nprocess-start: "),
            "{text}"
        );
    }

    #[test]
    fn the_list_names_every_signature() {
        let signatures = Signatures::builtin().unwrap();
        let mut out = Vec::new();
        list(&signatures, &TextOptions::default(), &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(signatures.list().all(|row| text.contains(row.id)));
    }
}
