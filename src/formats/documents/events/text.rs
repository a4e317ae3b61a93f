//! Events as lines of text. Values are neither quoted nor escaped there, so they are told apart by
//! what must be true of the whole: known keys, and Docker's sorted order.

use super::json::legacy_type;
use super::meaning::Raw;
use super::podman;
use crate::formats::documents::lines::Lines;
use crate::formats::time::{Stamp, Zone, leading_time};
use crate::model::LineFault;
use std::collections::BTreeMap;

/// What a line turned out to be.
pub(super) enum Reading {
    /// An event, and how many lines it takes.
    Event(Raw, usize),
    /// A text event that was cut.
    Broken(LineFault),
    /// No event in text form.
    Other,
}

/// The engine's object types (moby `api/types/events/events.go`) and podman's.
const TYPES: &[&str] = &[
    "builder",
    "config",
    "container",
    "daemon",
    "image",
    "network",
    "node",
    "plugin",
    "pod",
    "secret",
    "service",
    "system",
    "volume",
];

/// A label's value may hold line ends; more lines than these are a cut event and something else.
pub(super) const MOST_LINES: usize = 64;

/// Reads the event at `at`, which is in line `index`.
pub(super) fn read(lines: &Lines<'_>, index: usize, at: usize, zone: &Zone) -> Reading {
    let skip = at.saturating_sub(lines.start(index));
    let first = lines.text(index).get(skip..).unwrap_or_default();
    let Some((stamp, used)) = leading_time(first, zone, None) else {
        return Reading::Other;
    };
    // Only Docker writes RFC 3339 with a `T`, and only Docker sorts its keys.
    let sorted = first.get(10) == Some(&b'T');
    let Ok(head) = std::str::from_utf8(first.get(used..).unwrap_or_default()) else {
        return if starts_with_type(first.get(used..).unwrap_or_default()) {
            Reading::Broken(LineFault::EventNotUtf8)
        } else {
            Reading::Other
        };
    };
    let head = head.trim_start();
    if let Some(raw) = before_types(head, stamp) {
        return Reading::Event(raw, 1);
    }
    let Some((object, rest)) = head
        .split_once(' ')
        .filter(|(word, _)| TYPES.contains(word))
    else {
        return Reading::Other;
    };
    let (whole, taken) = with_continuation(lines, index, rest, zone);
    let Some(parts) = split(&whole, object) else {
        return Reading::Broken(LineFault::CutEvent);
    };
    let mut raw = Raw {
        time: stamp.time,
        assumed_zone: stamp.assumed_zone,
        object: object.to_owned(),
        action: parts.action.to_owned(),
        id: parts.id.to_owned(),
        from: None,
        attributes: attributes(parts.attributes, sorted),
    };
    if !sorted {
        in_podmans_words(&mut raw);
    }
    Reading::Event(raw, taken)
}

fn starts_with_type(rest: &[u8]) -> bool {
    let word = rest
        .trim_ascii_start()
        .split(|&byte| byte == b' ')
        .next()
        .unwrap_or_default();
    TYPES.iter().any(|known| known.as_bytes() == word)
}

/// Docker 1.9 and older: `TIME ID: (from IMAGE) ACTION`.
fn before_types(head: &str, stamp: Stamp) -> Option<Raw> {
    let (id, rest) = head.split_once(": ")?;
    if id.len() < 12 || !id.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let (from, action) = match rest.strip_prefix("(from ") {
        Some(rest) => {
            let (from, action) = rest.split_once(") ")?;
            (Some(from.to_owned()), action)
        }
        None => (None, rest),
    };
    Some(Raw {
        time: stamp.time,
        assumed_zone: stamp.assumed_zone,
        object: legacy_type(action).to_owned(),
        action: action.trim().to_owned(),
        id: id.to_owned(),
        from,
        attributes: BTreeMap::new(),
    })
}

/// The event's text with the lines that a value in it continues on.
fn with_continuation(lines: &Lines<'_>, index: usize, rest: &str, zone: &Zone) -> (String, usize) {
    let whole = rest.trim_end().to_owned();
    if whole.ends_with(')') || !whole.contains(" (") {
        return (whole, 1);
    }
    let mut longer = rest.to_owned();
    for more in 1..MOST_LINES {
        let line = lines.text(index + more);
        if index + more >= lines.len()
            || line.first() == Some(&b'{')
            || leading_time(line, zone, None).is_some()
        {
            break;
        }
        longer.push('\n');
        longer.push_str(&String::from_utf8_lossy(line));
        if longer.trim_end().ends_with(')') {
            return (longer.trim_end().to_owned(), more + 1);
        }
    }
    (whole, 1)
}

struct Parts<'a> {
    action: &'a str,
    id: &'a str,
    attributes: &'a str,
}

/// Splits `ACTION ID (k=v, ...)`. The action may be a command with anything in it, so the id is
/// looked for: it stands before the parenthesis.
fn split<'a>(text: &'a str, object: &str) -> Option<Parts<'a>> {
    let containers = object == "container";
    let is_id = |id: &str| {
        !containers || (id.len() >= 12 && id.bytes().all(|byte| byte.is_ascii_hexdigit()))
    };
    for (open, _) in text.match_indices(" (") {
        let (before, after) = text.split_at(open);
        if let Some((action, id)) = before.rsplit_once(' ').filter(|(_, id)| is_id(id)) {
            let attributes = after.strip_prefix(" (")?.strip_suffix(')')?;
            return Some(Parts {
                action: action.trim(),
                id,
                attributes,
            });
        }
    }
    if containers && text.contains(" (") {
        return None;
    }
    // Objects without any attribute; a container's id must be whole, for the line may be cut.
    let (action, id) = text.rsplit_once(' ').unwrap_or((text, ""));
    (!containers || (id.len() == 64 && is_id(id))).then(|| Parts {
        action: action.trim(),
        id,
        attributes: "",
    })
}

/// The most `, key=` places that are weighed against each other.
const MOST_KEYS: usize = 1024;

/// Keys that are the event's own; a split there is worth more than one at a label.
const KNOWN: &[&str] = &[
    "container",
    "execDuration",
    "execID",
    "exitCode",
    "image",
    "name",
    "oldName",
    "signal",
    "type",
];

/// Splits `k=v, k=v` where a value may hold `, ` and `=` itself.
fn attributes(text: &str, sorted: bool) -> BTreeMap<String, String> {
    let places = key_places(text);
    let chosen = if sorted { best_chain(&places) } else { places };
    let mut map = BTreeMap::new();
    for (number, place) in chosen.iter().enumerate() {
        let end = chosen
            .get(number + 1)
            .map_or(text.len(), |next| next.start.saturating_sub(2));
        let value = text
            .get(place.start + place.key.len() + 1..end)
            .unwrap_or_default();
        map.entry(place.key.to_owned())
            .or_insert_with(|| value.to_owned());
    }
    map
}

#[derive(Clone, Copy)]
struct KeyPlace<'a> {
    start: usize,
    key: &'a str,
}

/// All places where a key can begin: at the start, and after each `, `.
fn key_places(text: &str) -> Vec<KeyPlace<'_>> {
    std::iter::once(0)
        .chain(text.match_indices(", ").map(|(at, _)| at + 2))
        .filter_map(|start| {
            let (key, _) = text.get(start..)?.split_once('=')?;
            let plausible = !key.is_empty()
                && key
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || b"._-/:".contains(&byte));
            plausible.then_some(KeyPlace { start, key })
        })
        .take(MOST_KEYS)
        .collect()
}

/// The keys are sorted and differ, so the right places are a rising chain; among those it is the one
/// with the most known keys, then the most keys, then the one furthest right.
fn best_chain<'a>(places: &[KeyPlace<'a>]) -> Vec<KeyPlace<'a>> {
    let mut best: Vec<(usize, Option<usize>)> = Vec::with_capacity(places.len());
    for (number, place) in places.iter().enumerate() {
        let worth = if KNOWN.contains(&place.key) { 1000 } else { 1 };
        let before = places
            .iter()
            .zip(&best)
            .take(number)
            .enumerate()
            .filter(|(_, (earlier, _))| earlier.key < place.key)
            .max_by_key(|(_, (_, (sum, _)))| *sum)
            .map(|(index, (_, (sum, _)))| (*sum, index));
        best.push(match before {
            Some((sum, index)) => (sum + worth, Some(index)),
            None => (worth, None),
        });
    }
    let mut at = (0..best.len()).max_by_key(|&index| best.get(index).map(|(sum, _)| *sum));
    let mut chain = Vec::new();
    while let Some(index) = at {
        chain.extend(places.get(index));
        at = best.get(index).and_then(|(_, before)| *before);
    }
    chain.reverse();
    chain
}

/// podman's text has other words for some actions; Compose's has the same as Docker's.
fn in_podmans_words(raw: &mut Raw) {
    if raw.object == "network" && raw.attributes.get("container") == Some(&raw.id) {
        // podman repeats the container's id in the place of the network's.
        raw.id.clear();
    }
    let exit_code = raw.attributes.get("exitCode").cloned();
    podman::translate(raw, exit_code, None, None);
}
