//! What programs on the host say that they did to containers: repair scripts, autoheal, watchtower,
//! cron, deploy scripts, package upgrades.
//!
//! Scripts have no common format, so their words are read: a verb that is not denied, doubted or put
//! off. What is no action is still kept as a note, as it shows that the program ran.

mod commands;
mod names;
mod sudo;
mod tally;
mod units;
mod words;

#[cfg(test)]
pub(super) use tally::{COUNTER_SAMPLES, SAMPLES};
pub(super) use tally::{HostTally, claims};

use super::Parsed;
use super::daemon;
use super::journal::{self, HostLine};
use crate::formats::time::{Zone, leading_time};
use crate::model::{Citation, HostAction, InputId, JournalKind, JournalRecord};

/// Reads the lines that mean something, in file order. `year_hint` is the year of syslog times.
///
/// The engine's own lines in a journal of the whole host are read, too.
#[must_use]
pub fn parse_host(
    input: InputId,
    bytes: &[u8],
    zone: &Zone,
    year_hint: Option<i32>,
) -> Parsed<JournalRecord> {
    let mut upgrade_began = None;
    journal::read(input, bytes, zone, year_hint, |entry| {
        if daemon::is_engine(entry) {
            return daemon::record(entry);
        }
        if entry.container().is_some() {
            return None;
        }
        if let Some(date) = entry.message.strip_prefix("Start-Date: ") {
            // apt's history comes in blocks of lines; the first line has the time.
            upgrade_began = leading_time(date.trim().as_bytes(), zone, None);
            return None;
        }
        let mut record = record(entry)?;
        if record.time.is_none()
            && record.kind == JournalKind::Action(HostAction::Upgrade)
            && let Some((stamp, _)) = upgrade_began
        {
            record.time = Some(stamp.time);
            record.assumed_zone = stamp.assumed_zone;
        }
        Some(record)
    })
}

/// Reads one exported entry (a line of `journalctl -o json`) that is not a container's own.
pub(crate) fn parse_exported(line: &[u8]) -> Option<JournalRecord> {
    // It carries its time as a number, so no zone or year is missing.
    let entry = journal::entry(line, &Zone::Utc, None).ok()??;
    if daemon::is_engine(&entry) {
        return daemon::record(&entry);
    }
    record(&entry)
}

/// A line of a journal in text form that a container wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContainerLine {
    /// The line.
    pub citation: Citation,
    /// The container's id, 12 digits.
    pub container_id: String,
    /// What it wrote.
    pub message: String,
}

/// Finds the lines of containers in a journal in text form: with Docker's `journald` driver their
/// identifier is the container's id, unless a tag was set.
pub(super) fn container_lines(
    input: InputId,
    bytes: &[u8],
    zone: &Zone,
    year_hint: Option<i32>,
) -> Vec<ContainerLine> {
    let mut found = Vec::new();
    journal::each(bytes, zone, year_hint, |lines, index, entry| {
        if let Some(id) = entry.container() {
            found.push(ContainerLine {
                citation: lines.cite(input, index, entry.time()),
                container_id: id.to_owned(),
                message: entry.message.clone().into_owned(),
            });
        }
    });
    found
}

/// The record of a line, when it means something.
pub(super) fn record(entry: &HostLine<'_>) -> Option<JournalRecord> {
    let message = entry.message.as_ref();
    let program = program(entry);
    let sudo = matches!(entry.program.as_deref(), Some("sudo"))
        .then(|| sudo::parse(message))
        .flatten();
    let action = match entry.program.as_deref() {
        // The service manager says "Started" of units, not of containers.
        Some("systemd") => units::action(message),
        // What sudo refused was not run.
        Some("sudo") if sudo.as_ref().is_none_or(|asked| asked.refused) => None,
        _ => action(program.as_deref(), message),
    };
    let kind = match action {
        Some(action) => JournalKind::Action(action),
        // The bare output of a command between the lines of a script.
        None if !entry.timed || message.is_empty() => return None,
        None if is_noise(entry) => return None,
        None => JournalKind::Note,
    };
    Some(JournalRecord {
        time: entry.time(),
        assumed_zone: entry.assumed_zone(),
        container: names::container(entry),
        program,
        user: sudo.map(|asked| asked.user.to_owned()),
        kind,
    })
}

/// Who wrote it, or whom the service manager or cron speaks of.
fn program(entry: &HostLine<'_>) -> Option<String> {
    let message = entry.message.as_ref();
    match entry.program.as_deref() {
        Some("systemd") => Some(units::unit(message).unwrap_or("systemd").to_owned()),
        Some(cron) if ["cron", "crond"].contains(&cron.to_ascii_lowercase().as_str()) => {
            Some("cron".to_owned())
        }
        Some(program) => Some(program.to_owned()),
        None if message.contains("found to be unhealthy") => Some("autoheal".to_owned()),
        None if words::is_watchtower(message) => Some("watchtower".to_owned()),
        None if is_package_line(message) => Some("apt".to_owned()),
        None => None,
    }
}

/// What a program with this name says that it did.
fn action(program: Option<&str>, message: &str) -> Option<HostAction> {
    let upgrades = program.is_some_and(|program| {
        [
            "apt",
            "dnf",
            "yum",
            "needrestart",
            "unattended-upgr",
            "dpkg",
        ]
        .iter()
        .any(|known| program.starts_with(known))
    });
    if is_package_line(message) || (upgrades && is_upgrade(message)) {
        return Some(HostAction::Upgrade);
    }
    words::action(message)
}

/// Lines of apt's history, dpkg's log and unattended-upgrades that name what was installed.
fn is_package_line(message: &str) -> bool {
    let message = message.strip_prefix("INFO ").unwrap_or(message);
    [
        "Upgrade: ",
        "Install: ",
        "Reinstall: ",
        "Downgrade: ",
        "Packages that will be upgraded: ",
    ]
    .iter()
    .any(|start| {
        message
            .strip_prefix(start)
            .is_some_and(|rest| !rest.trim().is_empty())
    }) || message.strip_prefix("upgrade ").is_some_and(|rest| {
        rest.split(' ')
            .next()
            .is_some_and(|name| name.contains(':'))
    })
}

fn is_upgrade(message: &str) -> bool {
    let message = message.to_ascii_lowercase();
    ["restart", "upgrading ", "upgraded: ", "installed: "]
        .iter()
        .any(|word| message.contains(word))
        && !message.starts_with("no ")
}

/// Programs of every host that have no business with containers; a journal is full of them.
const NOISE: &[&str] = &[
    "chronyd",
    "containerd",
    "dbus-daemon",
    "dhclient",
    "dockerd",
    "init",
    "kernel",
    "login",
    "networkd-dispatcher",
    "networkmanager",
    "ntpd",
    "polkitd",
    "rsyslogd",
    "snapd",
    "sshd",
    "su",
    "sudo",
    "systemd",
    "wpa_supplicant",
];

fn is_noise(entry: &HostLine<'_>) -> bool {
    let Some(program) = entry.program.as_deref() else {
        return false;
    };
    let program = program.to_ascii_lowercase();
    if program == "systemd" {
        return units::unit(&entry.message).is_none_or(|unit| {
            [
                "systemd-", "user@", "session", "getty", "apt-", "docker.s", "User ",
            ]
            .iter()
            .any(|start| unit.starts_with(start))
                || unit.contains(' ')
                || unit.contains('.')
        });
    }
    NOISE.contains(&program.as_str()) || program.starts_with("systemd-")
}

#[cfg(test)]
mod tests;
