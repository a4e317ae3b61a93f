//! Nothing passes on no evidence: filters that match nothing, and inputs that hold nothing.

use super::resolve::Job;
use crate::{
    cli::near::near,
    model::{InputKind, Warning, report::Input},
    pipeline::{self, Analysis, Unmatched},
};

/// How many names are listed when none is near.
const NAMES: usize = 5;

/// One message for each filter that names what is nowhere in the evidence.
pub(super) fn unmatched(analysis: &Analysis, job: &Job) -> Vec<String> {
    let unmatched = pipeline::unmatched(&analysis.evidence, &job.config);
    unmatched.iter().map(not_there).collect()
}

fn not_there(unmatched: &Unmatched) -> String {
    let Unmatched {
        option,
        word,
        known,
    } = unmatched;
    let what = option.trim_start_matches('-');
    let names = || known.iter().map(String::as_str);
    let near = near(&word.to_ascii_lowercase(), names());
    let hint = if !near.is_empty() {
        format!("did you mean {}?", near.join(" or "))
    } else if known.is_empty() {
        format!("it names no {what}")
    } else {
        let listed: Vec<&str> = names().take(NAMES).collect();
        let more = match known.len() - listed.len() {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        format!("there are {}{more}", listed.join(", "))
    };
    format!("{option}: no {what} in the evidence is called {word:?}; {hint}")
}

/// The message that no input holds anything to judge by; `None` when one does.
pub(super) fn missing(inputs: &[Input], allow_empty: bool) -> Option<String> {
    let is_empty = |input: &Input| input.kind == InputKind::Empty;
    let mut read = inputs
        .iter()
        .filter(|input| input.kind != InputKind::Bundle)
        .peekable();
    read.peek()?;
    if read.clone().all(is_empty) {
        let names: Vec<&str> = read.clone().take(3).map(name).collect();
        let more = match read.count() - names.len() {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let (are, them) = match names.len() {
            1 => ("is", "it"),
            _ => ("are", "them"),
        };
        return (!allow_empty).then(|| {
            format!(
                "nothing to analyse: {}{more} {are} empty (--allow-empty accepts {them})",
                names.join(", ")
            )
        });
    }
    read.all(holds_nothing).then(|| {
        "nothing to analyse: no input is a log, an event history or anything else of a container"
            .to_owned()
    })
}

fn name(input: &Input) -> &str {
    match input.path.as_str() {
        "-" => "stdin",
        path => path,
    }
}

/// Whether nothing is in an input, or nothing that is known.
fn holds_nothing(input: &Input) -> bool {
    let failed = |warning: &Warning| matches!(warning, Warning::ExportFailed(_));
    matches!(input.kind, InputKind::Empty | InputKind::Unreadable)
        || input.timeless && !input.recognised
        || input.warnings.iter().any(failed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::InputId;

    fn input(kind: InputKind, warnings: Vec<Warning>) -> Input {
        Input {
            warnings,
            ..Input::new(InputId(0), "-", kind)
        }
    }

    #[test]
    fn inputs_that_hold_nothing_are_a_mistake() {
        let empty = input(InputKind::Empty, vec![Warning::Empty]);
        let said = missing(std::slice::from_ref(&empty), false).unwrap();
        assert!(
            said.starts_with("nothing to analyse: stdin is empty"),
            "{said}"
        );
        assert_eq!(missing(std::slice::from_ref(&empty), true), None);
        let failed = input(
            InputKind::PlainLog,
            vec![Warning::ExportFailed("no such container: web".to_owned())],
        );
        assert!(missing(&[failed.clone(), empty.clone()], true).is_some());
        let events = input(InputKind::DockerEvents, vec![]);
        assert_eq!(missing(&[failed, empty, events], false), None);
        let mut log = input(InputKind::PlainLog, vec![Warning::UnknownFormat]);
        assert_eq!(missing(std::slice::from_ref(&log), false), None);
        log.timeless = true;
        assert!(missing(std::slice::from_ref(&log), false).is_some());
        log.recognised = true;
        assert_eq!(missing(&[log], false), None);
    }

    #[test]
    fn a_name_that_is_not_there_is_answered_with_near_ones() {
        let unmatched = |word: &str, known: &[&str]| {
            not_there(&Unmatched {
                option: "--service",
                word: word.to_owned(),
                known: known.iter().map(|name| (*name).to_owned()).collect(),
            })
        };
        assert_eq!(
            unmatched("depot-wbe", &["depot-web", "db"]),
            "--service: no service in the evidence is called \"depot-wbe\"; did you mean depot-web?"
        );
        assert!(unmatched("zzz", &["db", "web"]).ends_with("; there are db, web"));
        assert!(unmatched("zzz", &[]).ends_with("; it names no service"));
    }
}
