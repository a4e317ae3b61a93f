//! An engine that answers as a test says, on a Unix socket of its own.
#![allow(
    dead_code,
    unreachable_pub,
    missing_docs,
    clippy::unwrap_used,
    reason = "each test file uses a part of it, and fails by panicking"
)]

use std::{
    io::{BufRead as _, BufReader, Write as _},
    os::unix::net::{UnixListener, UnixStream},
    path::PathBuf,
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

/// What the fake does with a request.
#[derive(Clone, Debug)]
pub enum Answer {
    /// A status and a whole body.
    Whole(u16, Vec<u8>),
    /// The body begins, and nothing follows: the connection stays open.
    Stuck(Vec<u8>),
    /// Less of the body comes than was announced.
    Cut(Vec<u8>),
    /// The body goes on as long as it is asked for, with what is added to it.
    Live(Arc<Mutex<Vec<u8>>>),
    /// Not even a status.
    Silence,
}

impl Answer {
    /// 200 with this text.
    pub fn ok(text: impl Into<Vec<u8>>) -> Self {
        Self::Whole(200, text.into())
    }

    /// An error as the engine words it.
    pub fn error(status: u16, message: &str) -> Self {
        let body = serde_json::json!({ "message": message }).to_string();
        Self::Whole(status, body.into_bytes())
    }
}

/// A running fake. Its threads end with the test's process.
pub struct FakeEngine {
    folder: tempfile::TempDir,
    asked: Arc<Mutex<Vec<String>>>,
}

/// The version that an engine with this API says it has.
pub fn version(api: &str) -> Answer {
    Answer::ok(format!(
        r#"{{"Version":"20.10.24","ApiVersion":"{api}","MinAPIVersion":"1.12","Os":"linux","Arch":"amd64"}}"#
    ))
}

impl FakeEngine {
    /// Answers each path (with its query, without the version in front) as `answer` says.
    pub fn start(answer: impl Fn(&str) -> Answer + Send + Sync + 'static) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let listener = UnixListener::bind(folder.path().join("engine.sock")).unwrap();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&asked);
        let answer = Arc::new(answer);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (answer, seen) = (Arc::clone(&answer), Arc::clone(&seen));
                let stream = stream.unwrap();
                thread::spawn(move || serve(stream, &*answer, &seen));
            }
        });
        Self { folder, asked }
    }

    pub fn socket(&self) -> PathBuf {
        self.folder.path().join("engine.sock")
    }

    /// For `--host`.
    pub fn host(&self) -> String {
        format!("unix://{}", self.socket().display())
    }

    /// All targets asked for so far, just as they were.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

fn serve(stream: UnixStream, answer: &dyn Fn(&str) -> Answer, asked: &Mutex<Vec<String>>) {
    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
    let Some(Ok(first)) = lines.next() else {
        return;
    };
    for line in lines.by_ref() {
        if line.is_ok_and(|line| line.is_empty()) {
            break;
        }
    }
    let target = first.split(' ').nth(1).unwrap_or_default().to_owned();
    asked.lock().unwrap().push(target.clone());
    let path = target
        .strip_prefix("/v")
        .and_then(|rest| rest.find('/').map(|at| &rest[at..]))
        .filter(|_| target.starts_with("/v1."))
        .unwrap_or(&target);
    let mut out = stream;
    // A client that has gone away is no concern of the fake's.
    let _ = match answer(path) {
        Answer::Silence => {
            thread::sleep(Duration::from_secs(60));
            Ok(())
        }
        Answer::Live(body) => live(&mut out, &body),
        Answer::Whole(status, body) => write!(
            out,
            "HTTP/1.1 {status} Said\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
            body.len()
        )
        .and_then(|()| out.write_all(&body)),
        Answer::Cut(body) => write!(
            out,
            "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
            body.len() + 100
        )
        .and_then(|()| out.write_all(&body)),
        Answer::Stuck(body) => {
            let sent = write!(
                out,
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{:x}\r\n",
                body.len()
            )
            .and_then(|()| out.write_all(&body))
            .and_then(|()| out.write_all(b"\r\n"));
            thread::sleep(Duration::from_secs(60));
            sent
        }
    };
}

fn live(out: &mut UnixStream, body: &Mutex<Vec<u8>>) -> std::io::Result<()> {
    write!(out, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")?;
    let mut sent = 0;
    loop {
        let fresh = body.lock().unwrap()[sent..].to_vec();
        if !fresh.is_empty() {
            sent += fresh.len();
            write!(out, "{:x}\r\n", fresh.len())?;
            out.write_all(&fresh)?;
            out.write_all(b"\r\n")?;
        }
        thread::sleep(Duration::from_millis(20));
    }
}
