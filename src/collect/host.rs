//! The host's own records of what touches containers: journals, timers, cron jobs and scripts.

use super::lines::LineWriter;
use crate::bundle::Writer;
use crate::model::limits::{LARGEST_HOST_JOURNAL, LARGEST_SCRIPT, MOST_SCRIPTS};
use crate::redact::Redactor;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// How long a command may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// The journals: file in the bundle, and what `journalctl` is asked for.
const JOURNALS: [(&str, &[&str]); 2] = [
    (
        "host/engine.log",
        &[
            "-u",
            "docker.service",
            "-u",
            "containerd.service",
            "-u",
            "podman.service",
        ],
    ),
    // Who runs jobs, and who says so: service managers, cron, sudo, and what scripts log.
    (
        "host/jobs.log",
        &[
            "-t", "systemd", "-t", "CRON", "-t", "cron", "-t", "crond", "-t", "anacron", "-t",
            "sudo", "-t", "logger",
        ],
    ),
];

/// Logs of hosts without a journal, of which the lines about containers and jobs are taken.
const FILES: [&str; 5] = [
    "/var/log/syslog",
    "/var/log/messages",
    "/var/log/cron",
    "/var/log/cron.log",
    "/var/log/docker.log",
];

/// Where units, cron jobs and scripts are, and how deep.
const SCRIPTS: [(&str, usize); 13] = [
    ("/etc/systemd/system", 2),
    ("/run/systemd/system", 2),
    ("/etc/crontab", 0),
    ("/etc/cron.d", 1),
    ("/etc/cron.hourly", 1),
    ("/etc/cron.daily", 1),
    ("/etc/cron.weekly", 1),
    ("/etc/cron.monthly", 1),
    ("/var/spool/cron", 2),
    ("/usr/local/bin", 1),
    ("/usr/local/sbin", 1),
    ("/root/bin", 1),
    ("/opt", 3),
];

/// What makes a record one of containers.
const MENTIONS: [&[u8]; 4] = [b"docker", b"podman", b"containerd", b"compose"];

/// Collects what can be read; the rest is noted as missing.
pub(super) fn collect(writer: &mut Writer, redactor: Option<&Redactor>) -> io::Result<()> {
    for (path, words) in JOURNALS {
        journal(writer, redactor, path, words)?;
    }
    for path in FILES {
        log(writer, redactor, Path::new(path))?;
    }
    for (place, depth) in SCRIPTS {
        let mut found = Vec::new();
        search(Path::new(place), depth, &mut found, writer);
        found.sort();
        for path in found {
            script(writer, redactor, &path)?;
        }
    }
    Ok(())
}

fn journal(
    writer: &mut Writer,
    redactor: Option<&Redactor>,
    path: &str,
    words: &[&str],
) -> io::Result<()> {
    let mut words = words.to_vec();
    words.extend(["--no-pager", "-q", "-o", "short-iso-precise"]);
    let source = format!("journalctl {}", words.join(" "));
    let mut child = match Command::new("journalctl")
        .args(&words)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
    {
        Ok(child) => child,
        Err(error) => {
            writer.missing(path, format!("journalctl cannot be run: {error}"));
            return Ok(());
        }
    };
    let Some(stdout) = child.stdout.take() else {
        return Ok(());
    };
    // A journal that hangs (a broken disk) must not hang the whole.
    let (finished, guard) = std::sync::mpsc::channel::<()>();
    let watched = thread::spawn(move || {
        let ended = guard.recv_timeout(PATIENCE) != Err(std::sync::mpsc::RecvTimeoutError::Timeout);
        if !ended {
            let _ = child.kill();
        }
        let said = child.stderr.take().map(|stderr| {
            let mut said = String::new();
            let _ = stderr.take(4096).read_to_string(&mut said);
            said
        });
        let _ = child.wait();
        (ended, said.unwrap_or_default())
    });
    let mut first = BufReader::new(stdout.take(LARGEST_HOST_JOURNAL));
    let is_empty = first.fill_buf().is_ok_and(<[u8]>::is_empty);
    let mut file = None;
    if !is_empty {
        let mut out = writer.file(path)?;
        copy(&mut first, redactor, &mut out)?;
        file = Some(out);
    }
    drop(finished);
    let (ended, said) = watched.join().unwrap_or_default();
    let note = (!ended).then(|| {
        format!(
            "it is not whole: journalctl took more than {} s",
            PATIENCE.as_secs()
        )
    });
    let Some(file) = file else {
        let said = said
            .lines()
            .next()
            .unwrap_or("the journal has nothing of it");
        writer.missing(path, note.unwrap_or_else(|| said.to_owned()));
        return Ok(());
    };
    writer.end(file, &source, true, chrono::Utc::now(), note)
}

/// The lines of a system log that are about containers or jobs.
fn log(writer: &mut Writer, redactor: Option<&Redactor>, path: &Path) -> io::Result<()> {
    let file = match File::open(path) {
        Ok(file) => file,
        // Not every host has every log.
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => {
            writer.missing(path.display().to_string(), error.to_string());
            return Ok(());
        }
    };
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let name = name.strip_suffix(".log").unwrap_or(&name);
    let mut out = writer.file(&format!("host/{name}.log"))?;
    let mut lines = LineWriter::new(redactor, &mut out);
    let mut reader = BufReader::new(file.take(LARGEST_HOST_JOURNAL));
    let mut line = Vec::new();
    let begun = Instant::now();
    while begun.elapsed() < PATIENCE {
        line.clear();
        if reader.read_until(b'\n', &mut line)? == 0 {
            break;
        }
        let is_job = [&b"CRON["[..], b"cron", b"systemd[", b"sudo", b"dockerd"]
            .iter()
            .any(|word| memchr::memmem::find(&line, word).is_some());
        if is_job || mentions(&line) {
            lines.push(&line)?;
        }
    }
    lines.finish()?;
    let source = format!("{} (lines about containers and jobs)", path.display());
    writer.end(out, &source, true, chrono::Utc::now(), None)
}

fn copy(
    reader: &mut impl BufRead,
    redactor: Option<&Redactor>,
    out: &mut impl io::Write,
) -> io::Result<()> {
    let mut lines = LineWriter::new(redactor, out);
    loop {
        let piece = match reader.fill_buf() {
            Ok([]) => break,
            Ok(piece) => piece,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(_) => break,
        };
        lines.push(piece)?;
        let used = piece.len();
        reader.consume(used);
    }
    lines.finish()
}

/// Files at or below `place` that mention containers.
fn search(place: &Path, depth: usize, found: &mut Vec<PathBuf>, writer: &mut Writer) {
    let Ok(meta) = fs::symlink_metadata(place) else {
        return;
    };
    if meta.is_file() && meta.len() <= LARGEST_SCRIPT {
        match fs::read(place) {
            Ok(text) if mentions(&text) && !text.contains(&0) => found.push(place.to_owned()),
            Ok(_) => {}
            Err(error) => writer.missing(place.display().to_string(), error.to_string()),
        }
    } else if meta.is_dir() && depth > 0 {
        match fs::read_dir(place) {
            Ok(entries) => {
                for entry in entries.flatten().take(MOST_SCRIPTS) {
                    search(&entry.path(), depth - 1, found, writer);
                }
            }
            Err(error) => writer.missing(place.display().to_string(), error.to_string()),
        }
    }
}

fn mentions(text: &[u8]) -> bool {
    MENTIONS
        .iter()
        .any(|word| memchr::memmem::find(text, word).is_some())
}

/// A copy under a name that no report takes for a log.
fn script(writer: &mut Writer, redactor: Option<&Redactor>, path: &Path) -> io::Result<()> {
    let Ok(text) = fs::read(path) else {
        return Ok(());
    };
    let inside = path.to_string_lossy();
    let mut out = writer.file(&format!("host/files{inside}.copy"))?;
    copy(&mut text.as_slice(), redactor, &mut out)?;
    writer.end(out, &inside, false, chrono::Utc::now(), None)
}
