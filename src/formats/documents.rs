//! Recognises documents (events, inspect, journals) by their content.
//!
//! Only what is clear is recognised: a container's log that is taken for a host's would hide the
//! startups in it.

use super::daemon;
use super::events;
use super::host;
use super::journal::{self, Entry};
use super::time::Zone;
use crate::model::{HostAction, InputKind, JournalKind};

/// The most lines of a document's head that are looked at.
const MOST_LINES: usize = 200;

/// What a document that begins with `head` is; `None` when it is none, or not clearly one.
#[must_use]
pub fn recognise_document(head: &[u8]) -> Option<InputKind> {
    let start = head
        .iter()
        .position(|byte| !byte.is_ascii_whitespace() && !b"\x1e\0\xef\xbb\xbf".contains(byte))?;
    let rest = head.get(start..)?;
    if rest.starts_with(b"#!") {
        // A script holds the words of its log, but did nothing yet.
        return None;
    }
    let lines = whole_lines(rest);
    if rest.starts_with(b"{") || is_array(rest) {
        return of_object(&top_keys(rest), rest)
            .or_else(|| of_entries(&lines))
            .or_else(|| mostly_events(&lines));
    }
    mostly_events(&lines).or_else(|| of_entries(&lines))
}

/// `[` with an object or nothing in it; `[2026-...]` is a time.
fn is_array(rest: &[u8]) -> bool {
    rest.strip_prefix(b"[").is_some_and(|inside| {
        let first = inside.trim_ascii_start().first();
        first.is_none_or(|byte| b"{]".contains(byte))
    })
}

/// The lines that are not cut by the end of the head, without empty ones.
fn whole_lines(head: &[u8]) -> Vec<&[u8]> {
    let mut lines: Vec<&[u8]> = head
        .split(|&byte| byte == b'\n')
        .take(MOST_LINES + 1)
        .collect();
    if lines.len() > 1 {
        lines.pop();
    }
    lines.retain(|line| !line.trim_ascii().is_empty());
    lines
}

/// The keys of the first object in `text`, which may be cut.
fn top_keys(text: &[u8]) -> Vec<&[u8]> {
    let mut keys = Vec::new();
    // Brackets before the first object do not count.
    let mut depth = 0_usize;
    let mut at = memchr::memchr(b'{', text).unwrap_or(text.len());
    while let Some(&byte) = text.get(at) {
        at += 1;
        match byte {
            b'{' | b'[' => depth += 1,
            b'}' | b']' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    break;
                }
            }
            b'"' => {
                let rest = text.get(at..).unwrap_or_default();
                let Some(length) = string_length(rest) else {
                    break;
                };
                let after = rest.get(length + 1..).unwrap_or_default();
                if depth == 1 && after.trim_ascii_start().first() == Some(&b':') {
                    keys.extend(rest.get(..length));
                }
                at += length + 1;
            }
            _ => {}
        }
    }
    keys
}

/// How many bytes stand before the quote that ends a string.
fn string_length(text: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        at += memchr::memchr2(b'"', b'\\', text.get(at..)?)?;
        if text.get(at) == Some(&b'"') {
            return Some(at);
        }
        at += 2;
    }
}

/// What the first object's keys say.
fn of_object(keys: &[&[u8]], text: &[u8]) -> Option<InputKind> {
    let has = |key: &str| keys.contains(&key.as_bytes());
    let any = |names: &[&str]| names.iter().any(|name| has(name));
    if has("record") && memchr::memmem::find(text, b"\"whystart.record/").is_some() {
        Some(InputKind::RecordLedger)
    } else if has("PODMAN_EVENT")
        || (has("Type") && any(&["Action", "Actor", "Status"]))
        || (has("status") && has("id") && any(&["time", "timeNano"]))
        || (has("service") && has("action") && has("type"))
    {
        Some(InputKind::DockerEvents)
    } else if (has("ID") && has("State"))
        || (has("StreamConfig") && has("State"))
        || (has("RestartPolicy") && has("NetworkMode") && !has("Id"))
    {
        Some(InputKind::ContainerConfig)
    } else if has("Id") && (has("State") || (has("Path") && has("Args"))) {
        Some(InputKind::DockerInspect)
    } else if (has("Name") && has("Id") && any(&["IPAM", "Containers", "Scope", "Driver"]))
        || (has("name") && has("id") && any(&["subnets", "network_interface", "ipam_options"]))
    {
        // `docker inspect` mixes networks with containers when it is asked to.
        let mixed = memchr::memmem::find(text, b"\"StartedAt\"").is_some();
        Some(if mixed {
            InputKind::DockerInspect
        } else {
            InputKind::NetworkInspect
        })
    } else {
        None
    }
}

/// Lines that are events each, with a prefix or in text form; a value may go on over some lines.
fn mostly_events(lines: &[&[u8]]) -> Option<InputKind> {
    let looked_at = lines.get(..lines.len().min(20))?;
    let events = looked_at
        .iter()
        .filter(|line| events::is_event(line))
        .count();
    (events > 0 && events * 2 >= looked_at.len()).then_some(InputKind::DockerEvents)
}

/// Logs of the engine and of the host.
fn of_entries(lines: &[&[u8]]) -> Option<InputKind> {
    let mut seen = Seen::default();
    for line in lines {
        if is_of_a_container(line) {
            return None;
        }
        // Any leap year will do: the times are not used.
        if let Ok(Some(entry)) = journal::entry(line, &Zone::Utc, Some(2024)) {
            seen.look(&entry, line);
        }
    }
    seen.verdict()
}

/// `docker logs -t` writes nine digits always, and nothing else does; a journal entry may be a line of
/// a container's log.
fn is_of_a_container(line: &[u8]) -> bool {
    let stamped = line.get(10) == Some(&b'T')
        && line.get(19) == Some(&b'.')
        && line
            .get(20..29)
            .is_some_and(|digits| digits.iter().all(u8::is_ascii_digit))
        && line.get(29).is_some_and(|byte| b"Z+-".contains(byte));
    let exported = line.starts_with(b"{")
        && (memchr::memmem::find(line, b"\"CONTAINER_NAME\"").is_some()
            || memchr::memmem::find(line, b"\"CONTAINER_ID").is_some());
    stamped || exported
}

/// What only the engine and its runtime write into logfmt.
const ENGINE_MARKS: &[&[u8]] = &[
    b"module=libcontainerd",
    b"namespace=moby",
    b"ns=moby",
    b"runtime=io.containerd",
    b"storage-driver=",
    b"daemonShuttingDown=",
    b"manualRestart=",
    b"msg=\"API listen on ",
    b"msg=\"Calling GET /",
    b"msg=\"Calling HEAD /",
    b"msg=\"Calling POST /",
    b"msg=\"Daemon has completed initialization",
    b"msg=\"Daemon shutdown complete",
    b"msg=\"Loading containers: ",
    b"msg=\"shim disconnected",
    b"\"msg\":\"API listen on ",
    b"\"msg\":\"Daemon has completed initialization",
    b"\"msg\":\"Loading containers: ",
];

/// What the lines looked at so far were.
#[derive(Default)]
struct Seen {
    /// The engine's.
    engine: bool,
    /// Other programs' in a journal that mean something.
    others: bool,
    /// A line that only a host's log has.
    host: bool,
    /// Lines of `TIME program: text`, by what they say.
    scripts: Scripts,
}

#[derive(Default)]
struct Scripts {
    lines: usize,
    /// Lines that do not fit: no program, or words without a time.
    strange: usize,
    /// A line speaks of containers and says that something was done to one.
    acts: bool,
    /// All lines so far begin with a state (`OK:`) and name what the script is named after.
    reports: usize,
}

impl Seen {
    fn look(&mut self, entry: &Entry<'_>, line: &[u8]) {
        let message = entry.message.as_ref();
        if daemon::is_engine(entry) {
            self.engine = true;
            return;
        }
        if entry.program.is_none() && entry.fields.is_some() {
            let marked = ENGINE_MARKS
                .iter()
                .any(|mark| memchr::memmem::find(line, mark).is_some());
            self.engine |= marked;
            if !marked {
                self.host |= host::is_watchtower(message);
            }
            return;
        }
        self.host |= message.contains(" found to be unhealthy - Restarting container")
            || message.contains(" found to be unhealthy. Restarting container")
            || message.starts_with("Start-Date: ")
            || (entry.program.is_none() && entry.timed && host::is_watchtower(message));
        if entry.container().is_some() {
            self.others = true;
            return;
        }
        let Some(record) = host::record(entry) else {
            let words = message.split_whitespace().count();
            self.scripts.strange += usize::from(!entry.timed && words > 1);
            return;
        };
        let acts = match record.kind {
            JournalKind::Action(HostAction::Start) | JournalKind::Note => false,
            JournalKind::Action(_) => true,
            _ => return,
        };
        let speaks = speaks_of_containers(entry, record.program.as_deref());
        if entry.journal {
            let cron = record.program.as_deref() == Some("cron");
            let unit = entry.program.as_deref() == Some("systemd");
            self.others |= unit || cron || (acts && speaks);
            return;
        }
        if !entry.timed {
            self.scripts.strange += 1;
            return;
        }
        let reports = ["OK:", "SUCCESS:", "ACTION:"]
            .iter()
            .any(|state| message.starts_with(state));
        self.scripts.lines += 1;
        self.scripts.strange += usize::from(entry.program.is_none() && !is_upper_state(message));
        self.scripts.acts |= acts && (speaks || reports);
        self.scripts.reports += usize::from(reports && entry.program.is_some() && speaks);
    }

    fn verdict(&self) -> Option<InputKind> {
        let scripts = &self.scripts;
        let script = scripts.lines > 0
            && scripts.strange == 0
            && (scripts.acts || scripts.reports == scripts.lines);
        if self.engine && !self.others {
            Some(InputKind::DaemonLog)
        } else if self.engine || self.others || self.host || script {
            Some(InputKind::HostLog)
        } else {
            None
        }
    }
}

/// `ACTION: ...`, as scripts without a name begin their lines.
fn is_upper_state(message: &str) -> bool {
    message.split_once(": ").is_some_and(|(state, _)| {
        state.len() >= 2 && state.bytes().all(|byte| byte.is_ascii_uppercase())
    })
}

/// Whether a line names containers, their tools or networks, or what its program is named after.
fn speaks_of_containers(entry: &Entry<'_>, program: Option<&str>) -> bool {
    let message = entry.message.to_ascii_lowercase();
    message
        .split(|c: char| c.is_whitespace() || "'\"(),:;=/".contains(c))
        .any(|word| {
            let tool = [
                "container",
                "containers",
                "docker",
                "docker-compose",
                "podman",
            ];
            let network = word
                .split(['-', '_'])
                .any(|part| part == "net" || part == "network");
            let namesake = word.len() >= 3
                && program.is_some_and(|program| {
                    program
                        .strip_prefix(word)
                        .is_some_and(|rest| rest.starts_with(['-', '_', '.']))
                });
            tool.contains(&word) || network || namesake
        })
}

#[cfg(test)]
mod tests;
