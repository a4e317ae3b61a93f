//! Logs and event histories as a busy host writes them: the same seed, the same bytes, and the number
//! of things in them that are to be found.

#![allow(
    dead_code,
    clippy::format_collect,
    reason = "each bench and test uses its part, and speed is not what counts here"
)]

pub(crate) mod many;

use std::io::{self, Write};

/// Lines from one application startup to the next, of a service that restarts a few times a day.
pub(crate) const RARE: u64 = 200_000;
/// The same of a log in which one line in twenty is a signature.
pub(crate) const DENSE: u64 = 120;

/// Marsaglia's xorshift: small, fast, and good enough to vary a log.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }
}

/// What a log holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    /// Lines.
    pub(crate) lines: u64,
    /// `Started server process`; as many pools and ends of starting up.
    pub(crate) starts: u64,
    /// `Shutting down`.
    pub(crate) shutdowns: u64,
}

/// Writes `size` bytes and a few more of a json-file log, with a startup every so many lines; and
/// the same records as `docker logs -t` prints them.
pub(crate) fn log(
    size: u64,
    every: u64,
    json: &mut dyn Write,
    mut timestamped: Option<&mut dyn Write>,
) -> io::Result<Counts> {
    let mut random = Random(0x5eed);
    let mut counts = Counts::default();
    let mut written = 0;
    while written < size {
        let line = counts.lines;
        let message = match line % every {
            12 if line > every => {
                counts.shutdowns += 1;
                "INFO:     Shutting down".to_owned()
            }
            13 if line > every => "INFO:     Finished server process [1]".to_owned(),
            20 => {
                counts.starts += 1;
                "INFO:     Started server process [1]".to_owned()
            }
            21 => "2026-11-20 09:41:14,002 - INFO - app.db - Creating database connection pool \
                   (PID=1, host=database, port=5432, min_size=2, max_size=10)"
                .to_owned(),
            22 => format!(
                "2026-11-20 09:41:14,012 - INFO - app.db - Database connection pool created \
                 successfully (PID=1, host=database, generation=1, attempt=1, elapsed=0.2s, \
                 pool_id={})",
                139_701_801_886_512 + 16 * random.below(1 << 24)
            ),
            23 => "INFO:     Application startup complete.".to_owned(),
            _ => ordinary(&mut random),
        };
        let stream = if line.is_multiple_of(3) {
            "stderr"
        } else {
            "stdout"
        };
        let time = format!(
            "2026-11-{:02}T{:02}:{:02}:{:02}.{:09}Z",
            1 + line / 8_640_000 % 28,
            line / 360_000 % 24,
            line / 6_000 % 60,
            line / 100 % 60,
            line % 100 * 10_000_000 + random.below(9_900_000),
        );
        let record =
            format!("{{\"log\":\"{message}\\n\",\"stream\":\"{stream}\",\"time\":\"{time}\"}}\n");
        json.write_all(record.as_bytes())?;
        written += record.len() as u64;
        if let Some(timestamped) = &mut timestamped {
            writeln!(timestamped, "{time} {}", message.replace("\\\"", "\""))?;
        }
        counts.lines += 1;
    }
    Ok(counts)
}

/// At least `size` bytes of whole lines with few startups in them.
pub(crate) fn json_file_log(size: usize) -> Vec<u8> {
    let mut log_bytes = Vec::with_capacity(size + 1024);
    // Writing to memory cannot fail.
    let _ = log(size as u64, RARE, &mut log_bytes, None);
    log_bytes
}

/// A line that is no startup, in the engine's escapes: access logs, application logs, JSON, a
/// traceback now and then.
fn ordinary(random: &mut Random) -> String {
    let (a, b) = (random.below(1_000_000), random.below(500));
    match random.below(20) {
        0..=10 => format!(
            r#"INFO:     172.18.0.{}:{} - \"GET /api/v1/orders/{a} HTTP/1.1\" 200 OK"#,
            b % 250,
            30_000 + b
        ),
        11..=14 => format!(
            "2026-11-20 09:41:14,{b:03} - INFO - app.services.orders - order {a} priced in {b} ms, trace={:032x}",
            (u128::from(a) << 64) | (u128::from(b) * 0x9e37_79b9)
        ),
        15 => format!("→ mail to “straße {b}” sent in {a} ms"),
        16..=18 => format!(
            r#"{{\"level\":\"info\",\"logger\":\"app.billing\",\"event\":\"invoice sent\",\"id\":{a},\"http\":{{\"method\":\"GET\",\"status\":200,\"user_agent\":\"kube-probe/1.29\"}},\"duration_ms\":{b}}}"#
        ),
        _ => r#"  File \"/usr/local/lib/python3.11/site-packages/starlette/routing.py\", line 66, in app"#
            .to_owned(),
    }
}

/// What an event history holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct EventCounts {
    /// Events.
    pub(crate) events: u64,
    /// Starts of containers, so startups.
    pub(crate) starts: u64,
}

/// Writes so many events of 40 containers and a few more, as `docker events --format '{{json .}}'`
/// does. Of a thousand turns, `noise` are health checks (three events each); the others are changes
/// of health, restarts and deployments.
pub(crate) fn events(count: u64, noise: u64, out: &mut dyn Write) -> io::Result<EventCounts> {
    let mut history = History {
        out,
        random: Random(0xe7e7),
        nanos: 1_795_167_671_000_000_000,
        counts: EventCounts::default(),
    };
    let mut containers: Vec<(String, String)> = (0..40)
        .map(|n| (history.id(), format!("shop-service{n:02}-1")))
        .collect();
    for container in &containers {
        history.deploy(container)?;
    }
    while history.counts.events < count {
        let chosen = usize::try_from(history.random.below(40)).unwrap_or(0);
        let container = containers[chosen].clone();
        if history.random.below(1000) < noise {
            history.health_check(&container)?;
            continue;
        }
        match history.random.below(10) {
            0..=5 => history.one(&container, "health_status: healthy", &[])?,
            6..=8 => {
                history.stop(&container)?;
                history.network(&container, "connect")?;
                history.one(&container, "start", &[])?;
                history.one(&container, "restart", &[])?;
            }
            _ => {
                history.stop(&container)?;
                history.one(&container, "destroy", &[])?;
                containers[chosen].0 = history.id();
                history.deploy(&containers[chosen])?;
            }
        }
    }
    Ok(history.counts)
}

struct History<'o> {
    out: &'o mut dyn Write,
    random: Random,
    nanos: u64,
    counts: EventCounts,
}

impl History<'_> {
    fn id(&mut self) -> String {
        (0..4)
            .map(|_| format!("{:016x}", self.random.below(u64::MAX)))
            .collect()
    }

    fn written(&mut self, begin: &str) -> io::Result<()> {
        self.nanos += 1_000_000 + self.random.below(400_000_000);
        self.counts.events += 1;
        let seconds = self.nanos / 1_000_000_000;
        writeln!(
            self.out,
            "{begin},\"scope\":\"local\",\"time\":{seconds},\"timeNano\":{}}}",
            self.nanos
        )
    }

    fn one(
        &mut self,
        (id, name): &(String, String),
        action: &str,
        own: &[(&str, &str)],
    ) -> io::Result<()> {
        self.counts.starts += u64::from(action == "start");
        let own: String = own
            .iter()
            .map(|(key, value)| format!("\"{key}\":\"{value}\","))
            .collect();
        self.written(&format!(
            "{{\"Type\":\"container\",\"Action\":\"{action}\",\"Actor\":{{\"ID\":\"{id}\",\"Attributes\":{{{own}\"image\":\"registry.example/shop:1.4\",\"name\":\"{name}\"}}}}"
        ))
    }

    fn network(&mut self, (id, _): &(String, String), action: &str) -> io::Result<()> {
        let network = "d2138fd7b9bcde0f7e9d57eefc6caba7ea708447a170070ce0281216afef90cc";
        self.written(&format!(
            "{{\"Type\":\"network\",\"Action\":\"{action}\",\"Actor\":{{\"ID\":\"{network}\",\"Attributes\":{{\"container\":\"{id}\",\"name\":\"shop_default\",\"type\":\"bridge\"}}}}"
        ))
    }

    fn deploy(&mut self, container: &(String, String)) -> io::Result<()> {
        self.one(container, "create", &[])?;
        self.network(container, "connect")?;
        self.one(container, "start", &[])
    }

    fn stop(&mut self, container: &(String, String)) -> io::Result<()> {
        self.one(container, "kill", &[("signal", "15")])?;
        self.one(container, "die", &[("exitCode", "0")])?;
        self.network(container, "disconnect")?;
        self.one(container, "stop", &[])
    }

    fn health_check(&mut self, container: &(String, String)) -> io::Result<()> {
        let id = self.id();
        let command = "/bin/sh -c curl -fsS http://localhost:8000/health || exit 1";
        let exec = ("execID", id.as_str());
        self.one(container, &format!("exec_create: {command}"), &[exec])?;
        self.one(container, &format!("exec_start: {command}"), &[exec])?;
        self.one(container, "exec_die", &[exec, ("exitCode", "0")])
    }
}
