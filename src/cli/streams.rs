//! The process's streams: what they are, and what follows for colours and width.

use super::global::Colour;
use crate::report::TextOptions;
use anstream::{AutoStream, ColorChoice};
use std::io::{self, IsTerminal as _};

/// Text is never wider than this, even on a wider terminal: long lines are hard to read.
const WIDEST: usize = 120;

/// What standard input is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stdin {
    /// A terminal, where somebody may type.
    Terminal,
    /// A pipe, or a file with something in it: read even when other inputs are named by option.
    Data,
    /// `/dev/null`, a socket, what a service manager hands down.
    Other,
}

/// What is known of the streams.
#[derive(Clone, Copy, Debug)]
pub(super) struct Streams {
    /// What standard input is.
    pub(super) stdin: Stdin,
    /// Columns of the terminal that standard output is.
    pub(super) columns: Option<usize>,
    /// What was asked for.
    pub(super) colour: Colour,
    /// Standard output takes colours, all considered.
    pub(super) stdout_colour: bool,
    /// Standard output is a terminal whose locale has ASCII only.
    pub(super) ascii: bool,
    /// Standard error is a terminal.
    pub(super) stderr_terminal: bool,
}

impl Streams {
    /// The process's own.
    pub(super) fn of_process(colour: Colour) -> Self {
        let stdout = io::stdout();
        let stdout_colour = match colour {
            Colour::Always => true,
            Colour::Never => false,
            // Knows NO_COLOR, CLICOLOR, CLICOLOR_FORCE and TERM=dumb.
            Colour::Auto => AutoStream::choice(&stdout) != ColorChoice::Never,
        };
        Self {
            stdin: stdin_kind(),
            columns: terminal_size::terminal_size_of(&stdout)
                .map(|(width, _)| usize::from(width.0)),
            colour,
            stdout_colour,
            ascii: stdout.is_terminal() && has_ascii_only(|name| std::env::var(name).ok()),
            stderr_terminal: io::stderr().is_terminal(),
        }
    }

    /// Standard output, with or without colours.
    pub(super) fn stdout(&self) -> AutoStream<io::Stdout> {
        let choice = if self.stdout_colour {
            ColorChoice::Always
        } else {
            ColorChoice::Never
        };
        AutoStream::new(io::stdout(), choice)
    }

    /// How text on standard output looks.
    pub(super) fn text_options(&self) -> TextOptions {
        TextOptions {
            width: self.columns.map_or(80, |columns| columns.min(WIDEST)),
            colour: self.stdout_colour,
            ascii: self.ascii,
            verbose: false,
        }
    }
}

/// Whether the locale allows ASCII only. The first variable that is set decides; without any, the
/// terminal is taken to show more.
fn has_ascii_only(variable: impl Fn(&str) -> Option<String>) -> bool {
    ["LC_ALL", "LC_CTYPE", "LANG"]
        .into_iter()
        .filter_map(variable)
        .find(|locale| !locale.is_empty())
        .is_some_and(|locale| {
            let locale = locale.to_ascii_lowercase();
            !(locale.contains("utf-8") || locale.contains("utf8"))
        })
}

#[cfg(unix)]
fn stdin_kind() -> Stdin {
    use std::{
        fs::File,
        os::{fd::AsFd as _, unix::fs::FileTypeExt as _},
    };
    let stdin = io::stdin();
    if stdin.is_terminal() {
        return Stdin::Terminal;
    }
    let about = stdin
        .as_fd()
        .try_clone_to_owned()
        .and_then(|fd| File::from(fd).metadata());
    match about {
        Ok(about) if about.file_type().is_fifo() || (about.is_file() && about.len() > 0) => {
            Stdin::Data
        }
        _ => Stdin::Other,
    }
}

#[cfg(not(unix))]
fn stdin_kind() -> Stdin {
    if io::stdin().is_terminal() {
        Stdin::Terminal
    } else {
        Stdin::Data
    }
}

#[cfg(test)]
mod tests {
    use super::has_ascii_only;

    #[test]
    fn the_first_locale_that_is_set_decides() {
        let locale = |pairs: &[(&str, &str)]| {
            has_ascii_only(|name| {
                pairs
                    .iter()
                    .find(|pair| pair.0 == name)
                    .map(|pair| pair.1.to_owned())
            })
        };
        assert!(!locale(&[]));
        assert!(!locale(&[("LANG", "C.UTF-8")]));
        assert!(!locale(&[("LC_ALL", ""), ("LANG", "de_DE.utf8")]));
        assert!(locale(&[("LANG", "C")]));
        assert!(locale(&[("LC_ALL", "POSIX"), ("LANG", "en_US.UTF-8")]));
    }
}
