//! Commands of the container tools inside a line: `CMD (docker restart x)`.

use crate::model::HostAction;

/// A command found among the words of a clause.
pub(super) struct Command {
    /// The index of the tool's word.
    pub(super) at: usize,
    pub(super) verb: Verb,
}

/// What a command does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verb {
    Does(HostAction),
    /// Removes a container: half of a replacement.
    Removes,
    /// Runs a new one: the other half.
    Runs,
    /// Looks at something, or does nothing to a container.
    Other,
}

/// Options before the subcommand that take a value as the next word.
const WITH_VALUE: &[&str] = &[
    "-H",
    "-c",
    "-f",
    "-p",
    "--config",
    "--context",
    "--env-file",
    "--file",
    "--host",
    "--log-level",
    "--profile",
    "--project-directory",
    "--project-name",
];

/// The first command in `words`.
pub(super) fn find(words: &[&str]) -> Option<Command> {
    words.iter().enumerate().find_map(|(at, word)| {
        let tool = word.rsplit('/').next().unwrap_or(word);
        let rest = words.get(at + 1..)?;
        // `service docker restart` is about the engine.
        if at.checked_sub(1).and_then(|before| words.get(before)) == Some(&"service") {
            return None;
        }
        let verb = match tool {
            "docker" | "podman" => engine(rest)?,
            "docker-compose" | "podman-compose" => compose(rest)?,
            _ => return None,
        };
        Some(Command { at, verb })
    })
}

/// The words from the subcommand on.
fn subcommand<'w, 'a>(words: &'w [&'a str]) -> Option<(&'a str, &'w [&'a str])> {
    let (first, rest) = words.split_first()?;
    if WITH_VALUE.contains(first) {
        subcommand(rest.get(1..)?)
    } else if first.starts_with('-') {
        subcommand(rest)
    } else {
        Some((first, rest))
    }
}

/// `None` when no command follows, as in "restarting docker container x".
fn engine(words: &[&str]) -> Option<Verb> {
    let (name, rest) = subcommand(words)?;
    Some(match name {
        "container" => match subcommand(rest) {
            Some(("restart" | "stop" | "start" | "kill" | "rm" | "run", _)) => engine(rest)?,
            _ => return None,
        },
        "restart" => Verb::Does(HostAction::Restart),
        "stop" => Verb::Does(HostAction::Stop),
        "start" => Verb::Does(HostAction::Start),
        "kill" => Verb::Does(HostAction::Kill),
        "rm" => Verb::Removes,
        "run" => Verb::Runs,
        "compose" => compose(rest)?,
        "network" if subcommand(rest).is_some_and(|(name, _)| name == "connect") => {
            Verb::Does(HostAction::NetworkConnect)
        }
        "service" if subcommand(rest).is_some_and(|(name, _)| name == "update") => {
            Verb::Does(HostAction::Replace)
        }
        "stack" if subcommand(rest).is_some_and(|(name, _)| name == "deploy") => {
            Verb::Does(HostAction::Replace)
        }
        "build" | "cp" | "diff" | "events" | "exec" | "image" | "images" | "info" | "inspect"
        | "login" | "logs" | "network" | "port" | "ps" | "pull" | "push" | "stats" | "system"
        | "tag" | "top" | "version" | "volume" | "wait" => Verb::Other,
        _ => return None,
    })
}

fn compose(words: &[&str]) -> Option<Verb> {
    let (name, _) = subcommand(words)?;
    Some(match name {
        "restart" => Verb::Does(HostAction::Restart),
        "stop" => Verb::Does(HostAction::Stop),
        "start" => Verb::Does(HostAction::Start),
        "kill" => Verb::Does(HostAction::Kill),
        "up" => Verb::Does(HostAction::Replace),
        "down" | "rm" => Verb::Removes,
        "build" | "config" | "exec" | "images" | "logs" | "ps" | "pull" | "push" | "run" => {
            Verb::Other
        }
        _ => return None,
    })
}
