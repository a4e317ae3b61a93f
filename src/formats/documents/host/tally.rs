//! Recognises the logs of engines and hosts by what their lines say.
//!
//! Only what is clear counts: a container's log that is taken for a host's would hide the startups
//! in it.

use super::words::is_watchtower;
use crate::formats::documents::journal::{self, HostLine};
use crate::formats::documents::{Head, daemon};
use crate::formats::time::Zone;
use crate::model::{HostAction, JournalKind};

/// Whether a document is the log of a host or of a program on it.
pub(in super::super) fn claims(head: &Head<'_>) -> bool {
    head.host_tally().is_host_log()
}

/// Only `docker logs -t` always writes nine digits. A journal entry may be a line of a container's
/// log, too.
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

/// What the lines of a head are.
#[derive(Default)]
pub(in super::super) struct HostTally {
    /// The engine wrote some.
    engine: bool,
    /// Other programs wrote some that mean something into a journal.
    others: bool,
    /// Some stand only in a host's log.
    host: bool,
    /// Those of the form `TIME program: text`, by what they say.
    scripts: ScriptLines,
}

#[derive(Default)]
struct ScriptLines {
    count: usize,
    /// Lines that do not fit: without a program, or words without a time.
    strange: usize,
    /// A line speaks of containers and says that something was done to one.
    acts: bool,
    /// How many begin with a state (`OK:`) and name what the script is named after.
    reports: usize,
}

impl HostTally {
    /// Looks at all `lines`. One line of a container decides against the whole.
    pub(in super::super) fn from_lines(lines: &[&[u8]]) -> Self {
        let mut tally = Self::default();
        for line in lines {
            if is_of_a_container(line) {
                return Self::default();
            }
            // Any leap year will do: the times are not used.
            if let Ok(Some(entry)) = journal::entry(line, &Zone::Utc, Some(2024)) {
                tally.look(&entry, line);
            }
        }
        tally
    }

    /// Whether the engine wrote the log, and nobody else.
    pub(in super::super) fn is_engine_log(&self) -> bool {
        self.engine && !self.others
    }

    /// Whether it is the log of a host, of one of its programs or of its engine.
    fn is_host_log(&self) -> bool {
        let scripts = &self.scripts;
        let script = scripts.count > 0
            && scripts.strange == 0
            && (scripts.acts || scripts.reports == scripts.count);
        self.engine || self.others || self.host || script
    }

    fn look(&mut self, entry: &HostLine<'_>, line: &[u8]) {
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
                self.host |= is_watchtower(message);
            }
            return;
        }
        self.host |= message.contains(" found to be unhealthy - Restarting container")
            || message.contains(" found to be unhealthy. Restarting container")
            || message.starts_with("Start-Date: ")
            || (entry.program.is_none() && entry.timed && is_watchtower(message));
        if entry.container().is_some() {
            self.others = true;
            return;
        }
        let Some(record) = super::record(entry) else {
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
        self.scripts.count += 1;
        self.scripts.strange += usize::from(entry.program.is_none() && !is_upper_state(message));
        self.scripts.acts |= acts && (speaks || reports);
        self.scripts.reports += usize::from(reports && entry.program.is_some() && speaks);
    }
}

/// `ACTION: ...`, as scripts without a name begin their lines.
fn is_upper_state(message: &str) -> bool {
    message.split_once(": ").is_some_and(|(state, _)| {
        state.len() >= 2 && state.bytes().all(|byte| byte.is_ascii_uppercase())
    })
}

/// Whether a line names containers, their tools or networks, or what its program is named after.
fn speaks_of_containers(entry: &HostLine<'_>, program: Option<&str>) -> bool {
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
pub(in super::super) const SAMPLES: &[&str] = &[
    "Nov 20 09:48:45 vm dockerd[812]: time=\"2026-11-20T10:48:45.6Z\" level=info msg=\"Processing signal 'terminated'\"\nNov 20 09:48:45 vm CRON[8]: (root) CMD (docker restart x)\n",
    "20-11-2026 09:44:29 Container /pms-backend (b31727093b3f) found to be unhealthy - Restarting container now with 10s timeout\n",
    "2026-11-20T09:58:26.893Z pms-backend-bounce: scheduled restart of pms-backend\npms-backend\n",
    r#"{"__REALTIME_TIMESTAMP":"1795167685250000","SYSLOG_IDENTIFIER":"netfix","MESSAGE":"docker restart x"}"#,
];

#[cfg(test)]
pub(in super::super) const COUNTER_SAMPLES: &[&str] = &[
    "2026-11-20T09:41:25.8Z api-server: starting api\n",
    "2026-11-20T09:41:12.912345678Z pms-backend-netfix: restarting pms-backend\n",
    "#!/bin/sh\n# restarts the container\ndocker restart pms-backend\n",
    "Nov 20 09:48:45 vm systemd[1]: Stopping Docker Application Container Engine...\n",
];
