//! Where the report goes, and in which format: the answer to `-o` and `--format`.

use super::placeholders::Values;
use crate::{
    cli::near::near,
    report::format::{FORMATS, Format, TEXT},
};
use std::path::{Path, PathBuf};

/// A file that the report goes to, or standard output.
#[derive(Clone, Debug)]
pub(super) struct Output {
    /// The file; `None` for standard output.
    pub(super) path: Option<PathBuf>,
    /// Its format.
    pub(super) format: &'static Format,
}

/// The outputs that `-o` names (standard output when it names none). A file's ending says its
/// format; `format`, if given, is for what has no ending, and for a single output in any case.
///
/// # Errors
/// When a placeholder or an ending means nothing.
pub(super) fn resolve(
    paths: &[PathBuf],
    format: Option<&'static Format>,
    values: &Values,
) -> Result<Vec<Output>, String> {
    let is_stdout = |path: &Path| path == Path::new("-");
    match paths {
        [] => Ok(vec![Output {
            path: None,
            format: format.unwrap_or(TEXT),
        }]),
        paths => paths
            .iter()
            .map(|path| {
                let forced = format.filter(|_| paths.len() == 1);
                let format = match forced {
                    Some(format) => format,
                    None => by_ending(path)?.or(format).unwrap_or(TEXT),
                };
                let path = Some(path).filter(|path| !is_stdout(path));
                let path = path.map(|path| filled(path, values)).transpose()?;
                Ok(Output { path, format })
            })
            .collect(),
    }
}

/// `path` with its placeholders filled in. A name that is not UTF-8 has none.
fn filled(path: &Path, values: &Values) -> Result<PathBuf, String> {
    if path.as_os_str().is_empty() {
        return Err("the file name is empty".to_owned());
    }
    match path.to_str() {
        Some(text) => values.fill(text).map(PathBuf::from),
        None => Ok(path.to_owned()),
    }
}

/// The format that the ending of `path` means; `None` when it has no ending.
fn by_ending(path: &Path) -> Result<Option<&'static Format>, String> {
    let Some(ending) = path.extension().map(|ending| ending.to_string_lossy()) else {
        return Ok(None);
    };
    // The host's name may have dots, so what a placeholder brings is no ending.
    if ending.ends_with('}') {
        return Ok(None);
    }
    let ending = ending.to_ascii_lowercase();
    if let Some(format) = FORMATS
        .iter()
        .find(|format| format.endings.contains(&ending.as_str()))
    {
        return Ok(Some(format));
    }
    let endings = || FORMATS.iter().flat_map(|format| format.endings);
    let near = near(&ending, endings().copied());
    let hint = near
        .first()
        .map_or_else(known_endings, |likest| format!("did you mean .{likest}?"));
    Err(format!(
        "{}: no format has the ending .{ending}; {hint} (or say it with --format)",
        path.display()
    ))
}

/// The usual ending of each format.
fn known_endings() -> String {
    let known: Vec<String> = FORMATS
        .iter()
        .filter_map(|format| format.endings.first())
        .map(|ending| format!(".{ending}"))
        .collect();
    format!("known are {}", known.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::time::Zone;

    fn resolved(
        paths: &[&str],
        format: Option<&str>,
    ) -> Result<Vec<(String, &'static str)>, String> {
        let values = Values::new(&Zone::Utc, "2026-11-20T12:00:00Z".parse().unwrap());
        let paths: Vec<PathBuf> = paths.iter().map(PathBuf::from).collect();
        let format = format.map(|name| Format::named(name).unwrap());
        let outputs = resolve(&paths, format, &values)?;
        Ok(outputs
            .into_iter()
            .map(|output| {
                let path = output
                    .path
                    .map_or("-".to_owned(), |path| path.display().to_string());
                (path, output.format.name)
            })
            .collect())
    }

    #[test]
    fn the_ending_says_the_format() {
        for (path, format) in [
            ("r.json", "json"),
            ("r.JSON", "json"),
            ("d.json/r.csv", "csv"),
            ("r.prom", "prometheus"),
            ("r.xml", "junit"),
            ("r.txt", "text"),
            ("r", "text"),
            (".whystart", "text"),
            ("/dev/stdout", "text"),
            ("-", "text"),
        ] {
            assert_eq!(
                resolved(&[path], None).unwrap(),
                [(path.to_owned(), format)]
            );
        }
        assert_eq!(resolved(&["r.{date}"], None).unwrap()[0].1, "text");
        assert_eq!(
            resolved(&["{date}.jsonl"], None).unwrap(),
            [("2026-11-20.jsonl".to_owned(), "jsonl")]
        );
    }

    #[test]
    fn format_is_for_standard_output_and_for_a_single_file() {
        let formats = |paths: &[&str], format| -> Vec<&str> {
            let outputs = resolved(paths, Some(format)).unwrap();
            outputs.into_iter().map(|(_, format)| format).collect()
        };
        assert_eq!(formats(&[], "csv"), ["csv"]);
        assert_eq!(formats(&["r.json"], "csv"), ["csv"]);
        assert_eq!(formats(&["r.yaml"], "csv"), ["csv"]);
        assert_eq!(
            formats(&["r.json", "-", "r"], "csv"),
            ["json", "csv", "csv"]
        );
    }

    #[test]
    fn an_unknown_ending_is_refused_with_the_nearest() {
        let error = resolved(&["r.jsno"], None).unwrap_err();
        assert!(error.contains("did you mean .json?"), "{error}");
        let error = resolved(&["r.pdf", "r.json"], None).unwrap_err();
        assert!(error.contains("known are .txt .html .md .json"), "{error}");
        assert!(resolved(&[""], None).is_err());
    }
}
