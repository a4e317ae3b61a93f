//! A real Docker engine: the machine's own, or one that a test starts and may restart.
#![allow(
    dead_code,
    unreachable_pub,
    missing_docs,
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "each test file uses a part of it, and fails by panicking"
)]

use std::{
    fs,
    io::{self, BufRead as _, BufReader, Read as _, Write as _},
    os::unix::net::UnixStream,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicU32, Ordering},
    thread,
    time::{Duration, Instant},
};

/// The program under test.
pub const PROGRAM: &str = env!("CARGO_BIN_EXE_whystart");

/// An engine, and what a test made on it, which is removed with this.
pub struct Live {
    /// For `DOCKER_HOST`.
    pub host: String,
    /// Begins the name of all that the test makes.
    prefix: String,
    made: Vec<Vec<String>>,
}

impl Live {
    /// The machine's engine with an image of its own (busybox alone); `None`, saying so, where there
    /// is none to use.
    pub fn of_machine(test: &str) -> Option<Self> {
        let host = std::env::var("DOCKER_HOST")
            .unwrap_or_else(|_| "unix:///var/run/docker.sock".to_owned());
        Self::at(host, test)
    }

    fn at(host: String, test: &str) -> Option<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let prefix = format!(
            "whystart-{}-{}-{test}",
            std::process::id(),
            COUNT.fetch_add(1, Ordering::Relaxed)
        );
        let mut live = Self {
            host,
            prefix,
            made: Vec::new(),
        };
        if let Err(why) = live.try_docker(&["version"]) {
            eprintln!("skipped: no engine answers: {}", why.trim());
            return None;
        }
        if let Err(why) = live.build() {
            eprintln!("skipped: no image can be built: {why}");
            return None;
        }
        Some(live)
    }

    /// An image with nothing but a static busybox.
    fn build(&mut self) -> Result<(), String> {
        let busybox = ["/bin/busybox", "/usr/bin/busybox"]
            .into_iter()
            .map(Path::new)
            .find(|path| is_static(path))
            .ok_or("there is no static busybox (busybox-static)")?;
        let folder = tempfile::tempdir().unwrap();
        fs::copy(busybox, folder.path().join("busybox")).unwrap();
        fs::write(
            folder.path().join("Dockerfile"),
            "FROM scratch\nCOPY busybox /bin/busybox\nCOPY busybox /bin/sh\n",
        )
        .unwrap();
        let image = self.image();
        self.try_docker(&["build", "-q", "-t", &image, folder.path().to_str().unwrap()])?;
        self.made.push(vec!["rmi".into(), "-f".into(), image]);
        Ok(())
    }

    pub fn image(&self) -> String {
        format!("{}-image", self.prefix)
    }

    /// The full name of the test's container, network ... `name`.
    pub fn name(&self, name: &str) -> String {
        format!("{}-{name}", self.prefix)
    }

    /// `docker run -d --name NAME OPTIONS IMAGE sh -c SCRIPT`.
    pub fn run(&mut self, name: &str, options: &[&str], script: &str) {
        let (name, image) = (self.name(name), self.image());
        let mut words = vec!["run", "-d", "--name", &name];
        words.extend(options);
        words.extend([image.as_str(), "sh", "-c", script]);
        self.made.push(vec!["rm".into(), "-f".into(), name.clone()]);
        self.docker(&words);
    }

    /// `docker network create NAME`.
    pub fn network(&mut self, name: &str) -> String {
        let name = self.name(name);
        self.made
            .push(vec!["network".into(), "rm".into(), name.clone()]);
        self.docker(&["network", "create", &name]);
        name
    }

    /// Runs docker's own client, which has to succeed.
    pub fn docker(&self, words: &[&str]) -> String {
        self.try_docker(words)
            .unwrap_or_else(|why| panic!("docker {words:?}: {why}"))
    }

    pub fn try_docker(&self, words: &[&str]) -> Result<String, String> {
        let output = Command::new("docker")
            .args(words)
            .env("DOCKER_HOST", &self.host)
            .env("DOCKER_BUILDKIT", "0")
            .env_remove("DOCKER_CONTEXT")
            .stdin(Stdio::null())
            .output()
            .map_err(|error| error.to_string())?;
        if output.status.success() {
            Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
        } else {
            Err(String::from_utf8_lossy(&output.stderr).into_owned())
        }
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        for words in self.made.iter().rev() {
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            let _ = self.try_docker(&words);
        }
    }
}

fn is_static(path: &Path) -> bool {
    // What names a loader needs libraries, which an image from scratch does not have.
    fs::read(path).is_ok_and(|bytes| {
        let head = &bytes[..bytes.len().min(4096)];
        !head
            .windows(7)
            .any(|window| window == b"/lib64/" || window == b"/lib/ld")
    })
}

/// An engine of the test's own, in its own network and mount namespace.
pub struct PrivateEngine {
    folder: tempfile::TempDir,
    process: Option<Child>,
}

impl PrivateEngine {
    /// `None`, saying so, where it cannot be started.
    pub fn start() -> Option<Self> {
        let is_root = Command::new("id")
            .arg("-u")
            .output()
            .is_ok_and(|output| output.stdout == b"0\n");
        let has = |program: &str| {
            Command::new(program)
                .arg("--version")
                .output()
                .is_ok_and(|output| output.status.success())
        };
        if !is_root || !has("dockerd") || !has("unshare") {
            eprintln!("skipped: only root can start an engine of its own (dockerd, unshare)");
            return None;
        }
        let mut engine = Self {
            folder: tempfile::tempdir().unwrap(),
            process: None,
        };
        if engine.up() {
            return Some(engine);
        }
        let log = fs::read_to_string(engine.path("log")).unwrap_or_default();
        let last: Vec<&str> = log.lines().rev().take(3).collect();
        eprintln!("skipped: an engine of its own does not come up: {last:?}");
        None
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn socket(&self) -> PathBuf {
        self.path("docker.sock")
    }

    /// Starts the engine and waits until it answers.
    pub fn up(&mut self) -> bool {
        fs::write(self.path("daemon.json"), "{}").unwrap();
        let log = fs::File::options()
            .append(true)
            .create(true)
            .open(self.path("log"))
            .unwrap();
        let option = |name: &str, file: &str| format!("--{name}={}", self.path(file).display());
        let child = Command::new("unshare")
            .args(["-n", "-m", "--propagation", "private", "dockerd"])
            .args([
                option("data-root", "data"),
                option("exec-root", "exec"),
                option("pidfile", "pid"),
                // The machine's settings are for the machine's engine.
                option("config-file", "daemon.json"),
                format!("--host=unix://{}", self.socket().display()),
            ])
            .args(["--iptables=false", "--bridge=none", "--storage-driver=vfs"])
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn();
        let Ok(child) = child else { return false };
        self.process = Some(child);
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_secs(30) {
            if self.get("/_ping").is_ok_and(|answer| answer == "OK") {
                return true;
            }
            let process = self.process.as_mut().unwrap();
            if process.try_wait().is_ok_and(|ended| ended.is_some()) {
                return false;
            }
            thread::sleep(Duration::from_millis(50));
        }
        false
    }

    /// Asks the engine to end, and waits for that.
    pub fn down(&mut self) {
        let Some(mut process) = self.process.take() else {
            return;
        };
        if !process.try_wait().is_ok_and(|ended| ended.is_some()) {
            signal(&process, "TERM");
        }
        for _ in 0..300 {
            if process.try_wait().is_ok_and(|ended| ended.is_some()) {
                return;
            }
            thread::sleep(Duration::from_millis(50));
        }
        let _ = process.kill();
        let _ = process.wait();
    }

    /// The test's own things on it.
    pub fn live(&self, test: &str) -> Option<Live> {
        Live::at(format!("unix://{}", self.socket().display()), test)
    }

    /// The body of the answer to a GET.
    pub fn get(&self, path: &str) -> io::Result<String> {
        let mut answer = String::new();
        open(&self.socket(), "GET", path)?.read_to_string(&mut answer)?;
        Ok(answer)
    }
}

impl Drop for PrivateEngine {
    fn drop(&mut self) {
        self.down();
    }
}

/// Sends a request by HTTP/1.0, which has answers end with the connection, and reads past the header.
pub fn open(socket: &Path, method: &str, path: &str) -> io::Result<BufReader<UnixStream>> {
    let mut stream = UnixStream::connect(socket)?;
    write!(
        stream,
        "{method} {path} HTTP/1.0\r\nHost: d\r\nContent-Length: 0\r\n\r\n"
    )?;
    let mut answer = BufReader::new(stream);
    loop {
        let mut line = String::new();
        if answer.read_line(&mut line)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if line.trim().is_empty() {
            return Ok(answer);
        }
    }
}

/// Sends a signal to a child of the test.
pub fn signal(process: &Child, name: &str) {
    let _ = Command::new("kill")
        .args([format!("-{name}"), process.id().to_string()])
        .status();
}
