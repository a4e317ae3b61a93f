//! What a line says that its program did, read from its verbs.
//!
//! A verb counts where it is stated. Denied (`not restarting`), failed (`failed to restart`),
//! conditional (`would restart`) and remembered ones (`last restart was`) do not: an action that did
//! not happen must not explain a startup.

use super::commands::{self, Verb};
use crate::model::HostAction;

/// The strongest action that the message states.
pub(super) fn action(message: &str) -> Option<HostAction> {
    if is_watchtower(message) {
        return Some(HostAction::Replace);
    }
    let message = beginning(message);
    let clauses = clauses(message);
    let mut found: Option<HostAction> = None;
    let mut removes = false;
    let mut stronger = |action: HostAction| {
        if found.is_none_or(|found| strength(action) > strength(found)) {
            found = Some(action);
        }
    };
    for clause in &clauses {
        let lower: Vec<String> = clause
            .iter()
            .map(|word| word.to_ascii_lowercase())
            .collect();
        let words: Vec<&str> = lower.iter().map(String::as_str).collect();
        // What stands after a command are its arguments.
        let mut end = words.len();
        if let Some(command) = commands::find(clause) {
            end = command.at;
            if !is_denied_before(&words, command.at) {
                match command.verb {
                    Verb::Does(action) => stronger(action),
                    Verb::Removes => removes = true,
                    Verb::Runs if removes => stronger(HostAction::Replace),
                    Verb::Runs | Verb::Other => {}
                }
            }
        }
        for at in 0..end {
            if let Some(action) = stated(&words, at) {
                stronger(action);
            }
        }
    }
    if found == Some(HostAction::Restart) && message.to_ascii_lowercase().contains("unhealthy") {
        return Some(HostAction::HealRestart);
    }
    found
}

/// The part of a message that is read; nobody states an action after a page of other words.
fn beginning(message: &str) -> &str {
    const MOST_BYTES: usize = 2048;
    let end = (0..=MOST_BYTES.min(message.len()))
        .rev()
        .find(|&at| message.is_char_boundary(at))
        .unwrap_or(0);
    message.get(..end).unwrap_or(message)
}

/// What watchtower says of a container that it replaces (containrrr/watchtower
/// `pkg/container/client.go`).
pub(in crate::formats) fn is_watchtower(message: &str) -> bool {
    (message.contains("Stopping /") && message.contains(" with SIG"))
        || message.starts_with("Creating /")
        || (message.starts_with("Found new ") && message.contains(" image"))
}

/// A line may state several actions; the one that ends a run counts most.
fn strength(action: HostAction) -> u8 {
    match action {
        HostAction::HealRestart => 8,
        HostAction::Restart => 7,
        HostAction::Replace => 6,
        HostAction::Stop => 5,
        HostAction::Kill => 4,
        HostAction::Start => 3,
        HostAction::NetworkConnect => 2,
        HostAction::Upgrade | HostAction::UnitRestart | HostAction::UnitStop => 1,
    }
}

/// Words that begin a new clause.
const CONJUNCTIONS: &[&str] = &[
    "because", "but", "so", "due", "while", "||", "&&", "|", "-", "--", "—", "->", ";",
];

/// The words of each clause, without punctuation. A level in brackets is a clause of its own.
fn clauses(message: &str) -> Vec<Vec<&str>> {
    let mut clauses = vec![Vec::new()];
    for word in message.split_whitespace() {
        if CONJUNCTIONS.contains(&word.to_ascii_lowercase().as_str()) || word.starts_with('(') {
            clauses.push(Vec::new());
        }
        let ends = word.ends_with([',', ';', ':', '.', '!', '?', ')', ']']);
        if let Some(clause) = clauses.last_mut() {
            clause.extend(
                word.split(['=', '"', '(', ')', '{', '}', '`'])
                    .map(|part| {
                        part.trim_matches([
                            '\'', '[', ']', '<', '>', ',', ';', ':', '.', '!', '?', '*',
                        ])
                    })
                    .filter(|part| !part.is_empty()),
            );
        }
        if ends {
            clauses.push(Vec::new());
        }
    }
    clauses
}

/// The action that the word at `at` states.
fn stated(words: &[&str], at: usize) -> Option<HostAction> {
    let action = verb(words, at)?;
    (!is_denied_before(words, at) && !is_denied_after(words, at)).then_some(action)
}

fn verb(words: &[&str], at: usize) -> Option<HostAction> {
    let object = object(words, at);
    match *words.get(at)? {
        "restart" | "restarts" | "restarted" | "restarting" | "re-starting" | "re-started"
        | "bounce" | "bounced" | "bouncing" | "recycle" | "recycled" | "recycling" => {
            is_container(words, at, object).then_some(HostAction::Restart)
        }
        "recreate" | "recreates" | "recreated" | "recreating" | "redeploy" | "redeployed"
        | "redeploying" | "replace" | "replaced" | "replacing" | "deploying" => {
            Some(HostAction::Replace)
        }
        "deployed" if at == 0 => Some(HostAction::Replace),
        "stop" | "stopped" | "stopping" => is_named(words, at, object).then_some(HostAction::Stop),
        "start" | "started" | "starting" => {
            is_named(words, at, object).then_some(HostAction::Start)
        }
        "kill" | "killed" | "killing" => is_named(words, at, object).then_some(HostAction::Kill),
        "attach" | "attached" | "attaching" => Some(HostAction::NetworkConnect),
        "connect" | "connected" | "connecting" | "reconnecting" => {
            connects(words, at, object).then_some(HostAction::NetworkConnect)
        }
        _ => None,
    }
}

/// The word that the verb is about.
fn object<'a>(words: &[&'a str], at: usize) -> Option<&'a str> {
    words
        .iter()
        .skip(at + 1)
        .copied()
        .find(|word| !["the", "of", "container", "containers", "service"].contains(word))
}

/// What scripts start, stop and restart besides containers.
const NOT_CONTAINERS: &[&str] = &[
    "backup",
    "check",
    "checker",
    "checking",
    "checks",
    "cleanup",
    "daemon",
    "dockerd",
    "engine",
    "health",
    "healthcheck",
    "job",
    "loop",
    "monitor",
    "monitoring",
    "networking",
    "policy",
    "probe",
    "probing",
    "process",
    "run",
    "script",
    "services",
    "session",
    "timer",
    "timers",
    "unattended",
    "update",
    "version",
    "watch",
    "watching",
    "worker",
    "workers",
];

/// Whether it is about a container, as far as one can tell; a bare "restarting" is.
fn is_container(words: &[&str], at: usize, object: Option<&str>) -> bool {
    // `service docker restart`
    let turned = at >= 2 && words.get(at - 2..at) == Some(&["service", "docker"]);
    let other = object.is_some_and(|word| {
        NOT_CONTAINERS.contains(&word)
            || word.strip_suffix(".timer").is_some()
            || word.starts_with("docker.")
            || word.starts_with("containerd")
    });
    // "restarting docker" is not "restarting docker container x".
    let engine = object == Some("docker")
        && !words
            .iter()
            .any(|word| word.starts_with("container") && !word.starts_with("containerd"));
    !turned && !other && !engine
}

/// The same for verbs that say little without an object ("started", "stopped at 3").
fn is_named(words: &[&str], at: usize, object: Option<&str>) -> bool {
    const PREPOSITIONS: &[&str] = &[
        "a", "after", "again", "an", "and", "as", "at", "by", "for", "from", "in", "it", "on",
        "then", "to", "up", "with",
    ];
    is_container(words, at, object) && object.is_some_and(|word| !PREPOSITIONS.contains(&word))
}

/// `connecting NET`, `connected x to NET`, but not "connected to database".
fn connects(words: &[&str], at: usize, object: Option<&str>) -> bool {
    let network = |word: &&str| {
        word.split(['_', '-', '.'])
            .any(|part| ["net", "network", "bridge"].contains(&part))
    };
    match object {
        Some("to" | "with" | "from" | "via") => words.iter().skip(at + 1).any(network),
        Some("and" | "or" | "again" | "clients") | None => false,
        Some(_) => true,
    }
}

/// Words that deny the verb they stand before, with at most fillers between.
const DENIALS: &[&str] = &[
    "after",
    "already",
    "are",
    "avoid",
    "avoided",
    "avoiding",
    "aren't",
    "before",
    "can't",
    "cannot",
    "couldn't",
    "detected",
    "didn't",
    "doesn't",
    "don't",
    "during",
    "error",
    "fail",
    "failed",
    "failing",
    "fails",
    "found",
    "ignore",
    "ignored",
    "ignoring",
    "is",
    "isn't",
    "last",
    "max",
    "never",
    "next",
    "no",
    "not",
    "noticed",
    "observed",
    "previous",
    "previously",
    "recent",
    "refused",
    "refusing",
    "saw",
    "since",
    "skip",
    "skipped",
    "skipping",
    "still",
    "unable",
    "until",
    "wait",
    "waiting",
    "when",
    "without",
    "wont",
    "won't",
];

/// Words between a denial and its verb.
const FILLERS: &[&str] = &[
    "a",
    "an",
    "and",
    "any",
    "automatic",
    "be",
    "been",
    "being",
    "container",
    "docker",
    "exec",
    "executing",
    "for",
    "further",
    "going",
    "have",
    "its",
    "manual",
    "more",
    "need",
    "needed",
    "of",
    "on",
    "our",
    "policy",
    "run",
    "running",
    "scheduled",
    "stop",
    "the",
    "to",
    "while",
];

/// Words that make what follows in the clause a mere possibility.
const POSSIBILITIES: &[&str] = &[
    "could", "dry-run", "if", "may", "maybe", "might", "must", "need", "needs", "should", "unless",
    "whether", "would",
];

fn is_denied_before(words: &[&str], at: usize) -> bool {
    let verb = words.get(at).copied().unwrap_or_default();
    let inflected = verb.ends_with("ing") || verb.ends_with("ed");
    for (distance, word) in words.iter().take(at).rev().enumerate() {
        if DENIALS.contains(word) || (distance < 4 && POSSIBILITIES.contains(word)) {
            return true;
        }
        // "cannot resolve and restarting": only what is joined in the same form is denied, too.
        let joined = ["and", "then"].contains(word) && inflected;
        if joined || !(FILLERS.contains(word) || distance < 4 && possible(words, at - distance)) {
            return false;
        }
    }
    false
}

/// Whether a possibility stands within reach before `at`.
fn possible(words: &[&str], at: usize) -> bool {
    words
        .iter()
        .take(at)
        .rev()
        .take(4)
        .any(|word| POSSIBILITIES.contains(word))
}

fn is_denied_after(words: &[&str], at: usize) -> bool {
    let after = words.get(at + 1..).unwrap_or_default();
    let noun = after.first().is_some_and(|next| {
        [
            "attempts",
            "count",
            "counter",
            "counts",
            "cycle",
            "limit",
            "loop",
            "loops",
            "policies",
            "policy",
            "threshold",
        ]
        .contains(next)
    });
    let put_off = after.iter().any(|word| {
        [
            "aborted",
            "ago",
            "canceled",
            "cancelled",
            "deferred",
            "disabled",
            "needed",
            "pending",
            "postponed",
            "required",
            "skipped",
            "suppressed",
            "times",
            "unnecessary",
        ]
        .contains(word)
    });
    let failed = after.iter().enumerate().any(|(index, word)| {
        ["failed", "fails", "failure"].contains(word)
            && after
                .get(index + 1)
                .is_none_or(|next| ["after", "because", "due", "for", "on", "with"].contains(next))
    });
    noun || put_off || failed
}
