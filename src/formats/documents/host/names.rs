//! The container that a line names in a form of its own. Names in plain words are left to those who
//! know which names there are.

use crate::formats::documents::journal::HostLine;

/// The container's id, else its name.
pub(super) fn container(entry: &HostLine<'_>) -> Option<String> {
    ["container", "container_id", "container_name"]
        .into_iter()
        .find_map(|key| entry.field(key).and_then(named))
        .or_else(|| after_slash(&entry.message))
        .or_else(|| assigned(&entry.message))
        .or_else(|| of_compose(&entry.message))
}

/// `/name (825012d9ba1f)` of autoheal and watchtower, or a name after one of their words.
fn after_slash(message: &str) -> Option<String> {
    let mut before = "";
    let mut words = message.split_whitespace().peekable();
    while let Some(word) = words.next() {
        if let Some(name) = word.strip_prefix('/').and_then(named) {
            let id = words
                .peek()
                .and_then(|next| next.strip_prefix('(')?.split_once(')'))
                .map(|(id, _)| id)
                .filter(|id| id.len() >= 12 && id.bytes().all(|byte| byte.is_ascii_hexdigit()));
            if let Some(id) = id {
                return Some(id.to_owned());
            }
            let spoken = [
                "container",
                "creating",
                "removing",
                "restarting",
                "starting",
                "stopping",
            ];
            if spoken.contains(&before.to_ascii_lowercase().as_str()) {
                return Some(name);
            }
        }
        before = word;
    }
    None
}

/// `container=name`, quoted or not.
fn assigned(message: &str) -> Option<String> {
    let (before, rest) = message.split_once("container=")?;
    if before
        .chars()
        .next_back()
        .is_some_and(char::is_alphanumeric)
    {
        return None;
    }
    let value = rest.trim_start_matches(['"', '\'']);
    let end = value
        .find(|c: char| c.is_whitespace() || "\"',;)".contains(c))
        .unwrap_or(value.len());
    named(value.get(..end)?)
}

/// Compose 2: ` Container pms-backend-1  Recreated`.
fn of_compose(message: &str) -> Option<String> {
    let (name, state) = message
        .trim_start()
        .strip_prefix("Container ")?
        .split_once("  ")?;
    (!state.trim().is_empty()).then(|| named(name)).flatten()
}

/// A container's name or id without slash and trailing punctuation; `None` when it cannot be one.
fn named(text: &str) -> Option<String> {
    let name = text
        .trim_start_matches('/')
        .trim_end_matches(['.', ',', ':', ';']);
    let plausible = name.len() >= 2
        && name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte));
    plausible.then(|| name.to_owned())
}
