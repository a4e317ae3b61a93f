//! Evidence with very many of one thing: what takes time with the square of it shows here.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::Path;

/// 2026-11-01T00:00:00Z, in seconds since 1970.
const BEGIN: u64 = 1_793_491_200;

/// A kind of evidence with very many of one thing.
pub(crate) struct Shape {
    /// Of what there are many.
    pub(crate) name: &'static str,
    /// Writes so many of it into a folder and gives back how many startups there are.
    pub(crate) write: fn(&Path, u64) -> io::Result<u64>,
}

/// All of them.
pub(crate) const SHAPES: [Shape; 11] = [
    Shape {
        name: "workers of one master",
        write: workers,
    },
    Shape {
        name: "programs of one supervisor",
        write: programs,
    },
    Shape {
        name: "processes that nobody explains",
        write: processes,
    },
    Shape {
        name: "restarts by a timer",
        write: timer,
    },
    Shape {
        name: "restarts beside a log without times",
        write: untimed,
    },
    Shape {
        name: "restarts by the policy",
        write: crash_loop,
    },
    Shape {
        name: "deployments of one service",
        write: deployments,
    },
    Shape {
        name: "containers of one run each",
        write: jobs,
    },
    Shape {
        name: "starts without an end before",
        write: ends_missing,
    },
    Shape {
        name: "removals without an end before",
        write: removals,
    },
    Shape {
        name: "logs of as many services",
        write: logs,
    },
];

/// `millis` after [`BEGIN`], as `docker logs -t` writes it.
fn stamp(millis: u64) -> String {
    let seconds = millis / 1000;
    let days = seconds / 86_400;
    // Never more than the days of a few years: the date is counted, not looked up.
    let (mut year, mut month, mut day) = (2026, 11, 1 + days);
    loop {
        let leap = year % 4 == 0;
        let length = match month {
            2 => 28 + u64::from(leap),
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        };
        if day <= length {
            break;
        }
        day -= length;
        month += 1;
        if month > 12 {
            (year, month) = (year + 1, 1);
        }
    }
    format!(
        "{year}-{month:02}-{day:02}T{:02}:{:02}:{:02}.{:03}000000Z",
        seconds / 3600 % 24,
        seconds / 60 % 60,
        seconds % 60,
        millis % 1000
    )
}

fn file(folder: &Path, name: &str) -> io::Result<BufWriter<File>> {
    File::create(folder.join(name)).map(BufWriter::new)
}

/// A container's id; the same number, the same id.
fn id(number: u64) -> String {
    let spread = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    format!("{spread:016x}{:016x}{:032x}", !spread, number)
}

/// One event of a container, `millis` after [`BEGIN`].
fn event(
    out: &mut dyn Write,
    millis: u64,
    action: &str,
    container: u64,
    attributes: &str,
) -> io::Result<()> {
    let id = id(container);
    let seconds = BEGIN + millis / 1000;
    let nanos = seconds * 1_000_000_000 + millis % 1000 * 1_000_000;
    writeln!(
        out,
        r#"{{"status":"{action}","id":"{id}","from":"shop:1","Type":"container","Action":"{action}","Actor":{{"ID":"{id}","Attributes":{{"image":"shop:1",{attributes}}}}},"scope":"local","time":{seconds},"timeNano":{nanos}}}"#
    )
}

fn workers(folder: &Path, count: u64) -> io::Result<u64> {
    let mut log = file(folder, "shop.log")?;
    let head = "[2026-11-01 00:00:00 +0000]";
    writeln!(
        log,
        "{} {head} [1] [INFO] Starting gunicorn 21.2.0",
        stamp(0)
    )?;
    for n in 0..count {
        let (begin, end, pid) = (stamp(1000 + n * 2000), stamp(2000 + n * 2000), n + 7);
        writeln!(
            log,
            "{begin} {head} [{pid}] [INFO] Booting worker with pid: {pid}"
        )?;
        writeln!(log, "{begin} INFO:     Started server process [{pid}]")?;
        writeln!(log, "{begin} INFO:     Application startup complete.")?;
        writeln!(log, "{end} INFO:     Application shutdown complete.")?;
        writeln!(
            log,
            "{end} {head} [{pid}] [INFO] Worker exiting (pid: {pid})"
        )?;
    }
    Ok(1 + count)
}

fn programs(folder: &Path, count: u64) -> io::Result<u64> {
    let mut log = file(folder, "shop.log")?;
    let head = "2026-11-01 00:00:00,000 INFO";
    writeln!(log, "{} {head} supervisord started with pid 1", stamp(0))?;
    for n in 0..count {
        let (begin, end, pid) = (stamp(1000 + n * 2000), stamp(2000 + n * 2000), n + 7);
        writeln!(log, "{begin} {head} spawned: 'job{n}' with pid {pid}")?;
        writeln!(
            log,
            "{end} {head} exited: job{n} (exit status 1; not expected)"
        )?;
    }
    // Those that are spawned in the first two minutes belong to the startup of the container.
    Ok(1 + count.saturating_sub(60))
}

fn processes(folder: &Path, count: u64) -> io::Result<u64> {
    let mut log = file(folder, "shop.log")?;
    for n in 0..count {
        let pid = n + 1;
        writeln!(
            log,
            "{} INFO:     Started server process [{pid}]",
            stamp(n * 100)
        )?;
    }
    Ok(count)
}

/// The name of the one container, as an attribute.
const SHOP: &str = r#""name":"shop""#;

/// The begin of a history in which one container is created and started.
fn started_once(folder: &Path) -> io::Result<BufWriter<File>> {
    let mut events = file(folder, "events.jsonl")?;
    event(&mut events, 0, "create", 0, SHOP)?;
    event(&mut events, 100, "start", 0, SHOP)?;
    Ok(events)
}

/// Restarts at equal intervals: the events of them.
fn restarts(folder: &Path, count: u64) -> io::Result<u64> {
    let mut events = started_once(folder)?;
    let (out, name) = (&mut events, SHOP);
    for n in 0..count {
        let at = (n + 1) * 10_000;
        event(out, at, "kill", 0, &format!(r#"{name},"signal":"15""#))?;
        event(
            out,
            at + 300,
            "die",
            0,
            &format!(r#"{name},"exitCode":"0""#),
        )?;
        event(out, at + 300, "stop", 0, name)?;
        event(out, at + 400, "start", 0, name)?;
        event(out, at + 500, "restart", 0, name)?;
    }
    Ok(1 + count)
}

fn timer(folder: &Path, count: u64) -> io::Result<u64> {
    let startups = restarts(folder, count)?;
    let mut log = file(folder, "shop.log")?;
    for n in 0..=count {
        let begin = n * 10_000 + if n == 0 { 150 } else { 450 };
        writeln!(log, "{} INFO:     Started server process [1]", stamp(begin))?;
        writeln!(
            log,
            "{} INFO:     Application startup complete.",
            stamp(begin + 100)
        )?;
        if n < count {
            writeln!(
                log,
                "{} INFO:     Shutting down",
                stamp((n + 1) * 10_000 + 100)
            )?;
        }
    }
    Ok(startups)
}

/// One of the runs left no line, so which of them the lines belong to has to be found out.
fn untimed(folder: &Path, count: u64) -> io::Result<u64> {
    let startups = restarts(folder, count)?;
    let mut log = file(folder, "shop.log")?;
    for n in 0..count {
        writeln!(log, "INFO:     Started server process [1]")?;
        writeln!(log, "INFO:     Application startup complete.")?;
        if n + 1 < count {
            writeln!(log, "INFO:     Shutting down")?;
            writeln!(log, "INFO:     Finished server process [1]")?;
        }
    }
    Ok(startups)
}

fn crash_loop(folder: &Path, count: u64) -> io::Result<u64> {
    let mut events = started_once(folder)?;
    let (out, name) = (&mut events, SHOP);
    for n in 0..count {
        let at = (n + 1) * 10_000;
        event(out, at, "die", 0, &format!(r#"{name},"exitCode":"1""#))?;
        event(out, at + 100, "start", 0, name)?;
    }
    Ok(1 + count)
}

fn deployments(folder: &Path, count: u64) -> io::Result<u64> {
    let mut events = file(folder, "events.jsonl")?;
    let out = &mut events;
    let attributes = |n: u64| {
        format!(
            r#""name":"shop-api-1","com.docker.compose.project":"shop","com.docker.compose.service":"api","com.docker.compose.container-number":"1","com.docker.compose.config-hash":"{n:064x}""#
        )
    };
    for n in 0..count {
        let at = (n + 1) * 20_000;
        if let Some(before) = n.checked_sub(1) {
            let old = attributes(before);
            event(out, at, "kill", before, &format!(r#"{old},"signal":"15""#))?;
            event(
                out,
                at + 100,
                "die",
                before,
                &format!(r#"{old},"exitCode":"0""#),
            )?;
            event(out, at + 110, "stop", before, &old)?;
            event(out, at + 200, "destroy", before, &old)?;
        }
        event(out, at + 300, "create", n, &attributes(n))?;
        event(out, at + 500, "start", n, &attributes(n))?;
    }
    Ok(count)
}

fn jobs(folder: &Path, count: u64) -> io::Result<u64> {
    let mut events = file(folder, "events.jsonl")?;
    let out = &mut events;
    for n in 0..count {
        let name = format!(r#""name":"job-{n}""#);
        event(out, n * 500, "create", n, &name)?;
        event(out, n * 500 + 100, "start", n, &name)?;
        event(
            out,
            n * 500 + 300,
            "die",
            n,
            &format!(r#"{name},"exitCode":"1""#),
        )?;
        event(out, n * 500 + 350, "destroy", n, &name)?;
    }
    Ok(count)
}

/// Events that were lost each time, in one container.
fn ends_missing(folder: &Path, count: u64) -> io::Result<u64> {
    let mut events = started_once(folder)?;
    for n in 0..count {
        event(&mut events, (n + 1) * 10_000, "start", 0, SHOP)?;
    }
    Ok(1 + count)
}

/// Events that were lost each time, each time in another container.
fn removals(folder: &Path, count: u64) -> io::Result<u64> {
    let mut events = file(folder, "events.jsonl")?;
    let out = &mut events;
    for n in 0..count {
        let name = format!(r#""name":"job-{n}""#);
        event(out, n * 9000, "create", n, &name)?;
        event(out, n * 9000 + 100, "start", n, &name)?;
        event(out, n * 9000 + 8000, "destroy", n, &name)?;
    }
    Ok(count)
}

/// A tenth of `count`: each is a file.
fn logs(folder: &Path, count: u64) -> io::Result<u64> {
    let count = count / 10;
    for n in 0..count {
        let begin = stamp(n * 1000);
        let text = format!(
            "{begin} INFO:     Started server process [1]\n{begin} INFO:     Application startup complete.\n"
        );
        fs::write(folder.join(format!("shop{n}-1.log")), text)?;
    }
    Ok(count)
}
