//! What `record` costs on a busy host: `cargo bench --bench record`.
//!
//! The program itself listens to an engine that is played here, which emits a hundred events a second:
//! health checks of twenty containers, of which one restarts each second. Its processor time and its
//! largest memory are read from `/proc`, so only Linux tells.
#![allow(
    clippy::unwrap_used,
    clippy::format_collect,
    clippy::print_stdout,
    reason = "a bench fails by panicking, and prints"
)]

#[cfg(all(target_os = "linux", feature = "docker"))]
fn main() {
    played::run();
}

#[cfg(not(all(target_os = "linux", feature = "docker")))]
fn main() {
    println!("only Linux tells what a process costs");
}

#[cfg(all(target_os = "linux", feature = "docker"))]
mod played {
    use std::{
        fs,
        io::{BufRead as _, BufReader, Write as _},
        os::unix::net::{UnixListener, UnixStream},
        process::{Child, Command, Stdio},
        thread,
        time::{Duration, Instant, SystemTime, UNIX_EPOCH},
    };

    const EVENTS_A_SECOND: u32 = 100;
    const CONTAINERS: u32 = 20;
    const SECONDS: u64 = 30;
    const INSPECT: &str = "testdata/cases/01-timer-restart/inspect/01-pms-backend.json";

    pub(super) fn run() {
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("engine.sock");
        let listener = UnixListener::bind(&socket).unwrap();
        thread::spawn(move || {
            for stream in listener.incoming() {
                thread::spawn(move || serve(&stream.unwrap()));
            }
        });
        let mut recorder = Command::new(env!("CARGO_BIN_EXE_whystart"))
            .args(["record", "-q", "--host"])
            .arg(format!("unix://{}", socket.display()))
            .arg("-o")
            .arg(folder.path().join("record"))
            .stdin(Stdio::null())
            .spawn()
            .unwrap();
        // Coming up is paid once.
        thread::sleep(Duration::from_secs(2));
        let (begun, before) = (Instant::now(), ticks(&recorder));
        thread::sleep(Duration::from_secs(SECONDS));
        let used = (ticks(&recorder) - before) * 10;
        let elapsed = begun.elapsed().as_millis();
        println!(
            "{EVENTS_A_SECOND} events a second for {SECONDS} s: {used} ms of processor time ({}.{:02} % of a core), at most {} KiB of memory",
            u128::from(used) * 100 / elapsed,
            u128::from(used) * 10_000 / elapsed % 100,
            largest(&recorder)
        );
        recorder.kill().unwrap();
        recorder.wait().unwrap();
    }

    /// Hundredths of a second of processor time, in the program and in the system for it.
    fn ticks(process: &Child) -> u64 {
        let stat = fs::read_to_string(format!("/proc/{}/stat", process.id())).unwrap();
        // The name in parentheses may hold blanks.
        let fields: Vec<&str> = stat.rsplit_once(')').unwrap().1.split(' ').collect();
        fields[12].parse::<u64>().unwrap() + fields[13].parse::<u64>().unwrap()
    }

    /// The largest resident memory, in KiB.
    fn largest(process: &Child) -> String {
        let status = fs::read_to_string(format!("/proc/{}/status", process.id())).unwrap();
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("VmHWM:"))
            .unwrap();
        line.trim().trim_end_matches(" kB").to_owned()
    }

    /// Answers the requests of one connection.
    fn serve(stream: &UnixStream) {
        let mut lines = BufReader::new(stream).lines();
        while let Some(Ok(first)) = lines.next() {
            for line in lines.by_ref() {
                if line.is_ok_and(|line| line.is_empty()) {
                    break;
                }
            }
            let path = first.split(' ').nth(1).unwrap();
            let answered = if path.contains("/events") && !path.contains("until") {
                emit(stream)
            } else {
                answer(stream, path)
            };
            if answered.is_err() {
                return;
            }
        }
    }

    fn answer(mut stream: &UnixStream, path: &str) -> std::io::Result<()> {
        let body = if path.ends_with("/version") {
            r#"{"Version":"28.5.2","ApiVersion":"1.51"}"#.to_owned()
        } else if path.ends_with("/info") {
            r#"{"ID":"played","Name":"busy","ServerVersion":"28.5.2"}"#.to_owned()
        } else if path.contains("/logs") {
            (0..200)
                .map(|n| format!("2026-11-21T08:00:00.{n:09}Z GET /health 200\n"))
                .collect()
        } else if path.ends_with("/json") {
            let whole = fs::read_to_string(INSPECT).unwrap();
            whole
                .trim()
                .trim_start_matches('[')
                .trim_end_matches(']')
                .to_owned()
        } else {
            String::new()
        };
        write!(
            stream,
            "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
    }

    /// A hundred events a second, each in a piece of its own, as an engine sends them.
    fn emit(mut stream: &UnixStream) -> std::io::Result<()> {
        write!(
            stream,
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        )?;
        let begun = Instant::now();
        for n in 0_u32.. {
            let due = Duration::from_secs(1) * n / EVENTS_A_SECOND;
            thread::sleep(due.saturating_sub(begun.elapsed()));
            let line = event(n);
            write!(stream, "{:x}\r\n{line}\r\n", line.len())?;
        }
        Ok(())
    }

    /// Of each hundred events four are a restart, and the others probes, three events each.
    fn event(n: u32) -> String {
        let of_second = n % EVENTS_A_SECOND;
        let probe = n / 3;
        let (action, own, container) = match of_second {
            0 => ("kill", r#""signal":"15","#.to_owned(), 0),
            1 => ("die", r#""exitCode":"0","#.to_owned(), 0),
            2 => ("stop", String::new(), 0),
            3 => ("start", String::new(), 0),
            _ => {
                let action = [
                    "exec_create: sh -c 'curl -fs localhost'",
                    "exec_start: sh -c 'curl -fs localhost'",
                    "exec_die",
                ][(n % 3) as usize];
                let code = if n % 3 == 2 { r#""exitCode":"0","# } else { "" };
                (
                    action,
                    format!(r#""execID":"{probe:064x}",{code}"#),
                    probe % CONTAINERS,
                )
            }
        };
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        let labels: String = (0..12)
            .map(|label| {
                format!(r#""com.example.application.label-{label}":"value of the label {label}","#)
            })
            .collect();
        let id = format!("{container:064x}");
        format!(
            "{{\"status\":\"{action}\",\"id\":\"{id}\",\"from\":\"app:1\",\"Type\":\"container\",\"Action\":\"{action}\",\"Actor\":{{\"ID\":\"{id}\",\"Attributes\":{{{labels}{own}\"image\":\"app:1\",\"name\":\"app-{container}\"}}}},\"scope\":\"local\",\"time\":{},\"timeNano\":{}}}\n",
            now.as_secs(),
            now.as_nanos()
        )
    }
}
