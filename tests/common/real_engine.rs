//! Stories played with real containers, for tests that ask a real engine about them.
//!
//! All that a test makes has its own unique names and is removed with [`Real`]. Where no engine
//! answers (or there is no static busybox to make an image of) [`Real::new`] says so and gives none.
#![allow(
    dead_code,
    unreachable_pub,
    missing_docs,
    clippy::unwrap_used,
    clippy::print_stderr,
    clippy::unused_self,
    reason = "each test file uses a part of it, fails by panicking, and says why it is skipped"
)]

use std::{
    io::Write as _,
    path::Path,
    process::{Command, Output, Stdio},
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

/// One story at a time: restarts of several containers at once tell another one.
static STAGE: Mutex<()> = Mutex::new(());
static NUMBER: AtomicU32 = AtomicU32::new(0);

/// A service that logs a recognised startup, and ends well when it is told to.
pub const APP: &str = r#"
trap 'echo "INFO:     Shutting down"; exit 0' TERM
echo "INFO:     Started server process [1]"
echo "INFO:     Waiting for application startup."
echo "Database connection pool created successfully (PID=1, pool_id=140137983023888, generation=1)"
echo "INFO:     Application startup complete."
while :; do sleep 0.1; done
"#;

/// One that ends by itself.
pub const CRASHES: &str = r#"
echo "INFO:     Started server process [1]"
sleep 0.3
echo "ERROR:    no database"
exit 3
"#;

/// An engine, and what a test made in it.
pub struct Real {
    /// In all names.
    pub tag: String,
    image: String,
    /// `DOCKER_HOST`, when it is not the usual one.
    host: Option<String>,
    _stage: MutexGuard<'static, ()>,
}

impl Real {
    /// The usual engine.
    pub fn new(test: &str) -> Option<Self> {
        Self::at(test, None)
    }

    /// The engine at `host`.
    pub fn at(test: &str, host: Option<String>) -> Option<Self> {
        let stage = STAGE.lock().unwrap_or_else(PoisonError::into_inner);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let tag = format!("whystart-{test}-{}-{number}", std::process::id());
        let real = Self {
            image: format!("{tag}:1"),
            tag,
            host,
            _stage: stage,
        };
        let skip = |why: &str| {
            eprintln!("skipped: {test} needs {why}");
            None
        };
        if !real.answers() {
            return skip("a Docker engine that answers");
        }
        let busybox = Path::new("/bin/busybox");
        if !busybox.exists() {
            return skip("a static /bin/busybox (Debian: busybox-static)");
        }
        let folder = tempfile::tempdir().unwrap();
        let bin = folder.path().join("bin");
        std::fs::create_dir(&bin).unwrap();
        std::fs::copy(busybox, bin.join("busybox")).unwrap();
        for name in ["sh", "sleep", "nslookup", "cat", "echo"] {
            std::os::unix::fs::symlink("busybox", bin.join(name)).unwrap();
        }
        let packed = Command::new("tar")
            .args(["-C", folder.path().to_str().unwrap(), "-c", "."])
            .output()
            .unwrap();
        let mut import = real
            .command(&["import", "-", &real.image])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        import
            .stdin
            .take()
            .unwrap()
            .write_all(&packed.stdout)
            .unwrap();
        assert!(import.wait().unwrap().success());
        if !real.run("probe", &[], "exit 0").status.success() {
            return skip("an engine that runs containers");
        }
        Some(real)
    }

    fn answers(&self) -> bool {
        let child = self
            .command(&["version", "--format", "{{.Server.Version}}"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        let Ok(mut child) = child else { return false };
        let begun = Instant::now();
        loop {
            match child.try_wait().unwrap() {
                Some(status) => return status.success(),
                None if begun.elapsed() > Duration::from_secs(10) => {
                    let _ = child.kill();
                    let _ = child.wait();
                    return false;
                }
                None => thread::sleep(Duration::from_millis(20)),
            }
        }
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new("docker");
        command.args(words);
        if let Some(host) = &self.host {
            command.env("DOCKER_HOST", host);
        }
        command
    }

    /// Runs `docker`, whatever it says.
    pub fn try_docker(&self, words: &[&str]) -> Output {
        self.command(words).output().unwrap()
    }

    /// Runs `docker`, which must succeed, and gives its output.
    pub fn docker(&self, words: &[&str]) -> String {
        let output = self.try_docker(words);
        assert!(
            output.status.success(),
            "docker {words:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    /// The unique name of what this test calls `short`.
    pub fn name(&self, short: &str) -> String {
        format!("{}-{short}", self.tag)
    }

    /// `docker run -d` with `options`, and `script` as the main process.
    pub fn run(&self, short: &str, options: &[&str], script: &str) -> Output {
        let name = self.name(short);
        let own = format!("whystart.test={}", self.tag);
        let mut words = vec!["run", "-d", "--name", &name, "--label", &own];
        words.extend_from_slice(options);
        words.extend_from_slice(&[&self.image, "/bin/sh", "-c", script]);
        self.try_docker(&words)
    }

    /// As [`Real::run`], which must succeed; gives the id.
    pub fn start(&self, short: &str, options: &[&str], script: &str) -> String {
        let output = self.run(short, options, script);
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    /// Waits until the log of `short` has so many lines with `text`.
    pub fn logged(&self, short: &str, text: &str, times: usize) {
        self.until(|| {
            let output = self.try_docker(&["logs", &self.name(short)]);
            let log = [output.stdout, output.stderr].concat();
            String::from_utf8_lossy(&log).matches(text).count() >= times
        });
    }

    /// Waits for `done`, half a minute at the most.
    pub fn until(&self, mut done: impl FnMut() -> bool) {
        let begun = Instant::now();
        while !done() {
            assert!(
                begun.elapsed() < Duration::from_secs(30),
                "it never happened"
            );
            thread::sleep(Duration::from_millis(50));
        }
    }

    /// A timer's script finds no database from inside, attaches the network and restarts the container.
    pub fn timer_restart(&self, options: &[&str]) -> &'static str {
        let (name, network) = (self.name("api"), self.name("net"));
        self.docker(&["network", "create", "--internal", &network]);
        self.start("api", options, APP);
        self.logged("api", "startup complete", 1);
        let probe = self.try_docker(&["exec", &name, "nslookup", "database.invalid", "127.0.0.1"]);
        assert!(!probe.status.success());
        self.docker(&["network", "connect", &network, &name]);
        self.docker(&["restart", "-t", "3", &name]);
        self.logged("api", "startup complete", 2);
        "api"
    }

    /// A new container takes over the service of a Compose project.
    pub fn replace(&self, options: &[&str]) -> &'static str {
        let (project, service) = (
            format!("com.docker.compose.project={}", self.tag),
            "com.docker.compose.service=web",
        );
        let mut words = vec!["--label", &project, "--label", service];
        words.extend_from_slice(options);
        self.start("web", &words, APP);
        self.logged("web", "startup complete", 1);
        self.docker(&["stop", "-t", "3", &self.name("web")]);
        self.docker(&["rename", &self.name("web"), &self.name("web-before")]);
        self.start("web", &words, APP);
        self.logged("web", "startup complete", 1);
        self.docker(&["rm", &self.name("web-before")]);
        "web"
    }

    /// The process ends three times, and the engine starts it again.
    pub fn crash_loop(&self, options: &[&str]) -> &'static str {
        let mut words = vec!["--restart", "on-failure:2"];
        words.extend_from_slice(options);
        self.start("crash", &words, CRASHES);
        self.logged("crash", "no database", 3);
        self.until(|| {
            let state = self.docker(&["inspect", "-f", "{{.State.Status}}", &self.name("crash")]);
            state == "exited"
        });
        "crash"
    }

    /// Somebody restarts it.
    pub fn manual_restart(&self, options: &[&str]) -> &'static str {
        self.start("manual", options, APP);
        self.logged("manual", "startup complete", 1);
        // Not at once: scripts are quicker than people.
        thread::sleep(Duration::from_secs(1));
        self.docker(&["restart", "-t", "3", &self.name("manual")]);
        self.logged("manual", "startup complete", 2);
        "manual"
    }
}

impl Drop for Real {
    fn drop(&mut self) {
        let own = format!("label=whystart.test={}", self.tag);
        let output = self.try_docker(&["ps", "-aq", "--filter", &own]);
        let ids = String::from_utf8_lossy(&output.stdout).into_owned();
        for id in ids.split_whitespace() {
            self.try_docker(&["rm", "-f", "-v", id]);
        }
        self.try_docker(&["network", "rm", &self.name("net")]);
        self.try_docker(&["rmi", "-f", &self.image]);
    }
}
