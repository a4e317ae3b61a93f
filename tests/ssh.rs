//! An engine that is reached by `ssh`: with a script in its place, and with a real server.

#![cfg(all(unix, feature = "docker"))]
#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test fails by panicking, and says why it is skipped"
)]

#[path = "common/fake_engine.rs"]
mod fake_engine;

use assert_cmd::cargo::cargo_bin;
use fake_engine::{Answer, FakeEngine, version};
use std::{
    collections::BTreeSet,
    fs::{self, File},
    io,
    os::unix::{fs::PermissionsExt as _, net::UnixStream},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    thread,
    time::Duration,
};

const EVENT: &str = r#"{"Type":"container","Action":"start","Actor":{"ID":"1df37d801ee7","Attributes":{"name":"api"}},"timeNano":1795262400000000000}
"#;

/// A fake engine and a folder with programs that lead to it.
struct Far {
    fake: FakeEngine,
    folder: tempfile::TempDir,
}

impl Far {
    fn new() -> Self {
        let fake = FakeEngine::start(|path| match path.split('?').next().unwrap() {
            "/version" => version("1.41"),
            "/info" => Answer::ok(r#"{"SystemTime":"2026-11-21T12:00:00.5Z"}"#),
            "/containers/json" | "/networks" => Answer::ok("[]"),
            "/events" => Answer::ok(EVENT),
            _ => Answer::error(404, "page not found"),
        });
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("bin")).unwrap();
        fs::create_dir(folder.path().join("calls")).unwrap();
        let far = Self { fake, folder };
        program(&far.path("dial"), &far.dial());
        relay(far.path("calls"), far.fake.socket());
        far
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A script in the place of `docker system dial-stdio`: its two streams become pipes with names.
    fn dial(&self) -> String {
        let calls = self.path("calls");
        let calls = calls.display();
        format!(
            "mkfifo {calls}/$$.in {calls}/$$.out && : > {calls}/$$.call\n\
             cat {calls}/$$.out <&- & exec cat > {calls}/$$.in"
        )
    }

    /// Asks the engine at `host`, with the folder's programs before all others.
    fn ask(&self, host: &str) -> Output {
        let path = std::env::var("PATH").unwrap();
        ask(host, &format!("{}:{path}", self.path("bin").display()))
    }

    /// What is said when it cannot be asked.
    fn refused(&self, host: &str) -> String {
        let output = self.ask(host);
        assert_eq!(output.status.code(), Some(2));
        String::from_utf8(output.stderr).unwrap()
    }
}

/// Makes a program.
fn program(path: &Path, script: &str) {
    fs::write(path, format!("#!/bin/sh\n{script}\n")).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

fn ask(host: &str, path: &str) -> Output {
    Command::new(cargo_bin("whystart"))
        .args(["report", "--docker", "--host", host])
        .env("PATH", path)
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

/// Connects each call of the script with the engine's socket.
fn relay(calls: PathBuf, socket: PathBuf) {
    thread::spawn(move || {
        let mut known = BTreeSet::new();
        while let Ok(entries) = fs::read_dir(&calls) {
            for path in entries.flatten().map(|entry| entry.path()) {
                if path.extension().is_some_and(|end| end == "call") && known.insert(path.clone()) {
                    let socket = socket.clone();
                    thread::spawn(move || {
                        let mut asked = File::open(path.with_extension("in")).unwrap();
                        let out = File::options().write(true).open(path.with_extension("out"));
                        let mut out = out.unwrap();
                        let engine = UnixStream::connect(socket).unwrap();
                        let mut answers = engine.try_clone().unwrap();
                        thread::spawn(move || io::copy(&mut asked, &mut &engine));
                        let _ = io::copy(&mut answers, &mut out);
                    });
                }
            }
            thread::sleep(Duration::from_millis(5));
        }
    });
}

#[test]
fn ssh_is_given_the_words_that_docker_gives_it() {
    let far = Far::new();
    let (words, dial) = (far.path("words"), far.path("dial"));
    program(
        &far.path("bin/ssh"),
        &format!(
            "echo \"$@\" >> {}; exec {}",
            words.display(),
            dial.display()
        ),
    );
    let output = far.ask("ssh://ops@web1:2222");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert_eq!(output.status.code(), Some(0));
    assert!(far.fake.asked().len() > 3);
    let words = fs::read_to_string(words).unwrap();
    assert_eq!(
        words.lines().next(),
        Some("-l ops -p 2222 -o ConnectTimeout=30 -T -- web1 docker system dial-stdio")
    );
}

#[test]
fn what_stands_in_the_way_is_said() {
    let far = Far::new();
    let none = ask("ssh://web1", "/nowhere");
    let said = String::from_utf8_lossy(&none.stderr).into_owned();
    assert!(
        said.contains("cannot reach the engine at ssh://web1: there is no program `ssh` here"),
        "{said}"
    );
    for (script, words, times) in [
        (
            "echo 'Warning: Permanently added it.' >&2; echo 'ops@web1: Permission denied (publickey).' >&2; exit 255",
            "ssh: ops@web1: Permission denied (publickey).",
            1,
        ),
        (
            "echo 'No key is known for web1.' >&2; echo 'Host key verification failed.' >&2; exit 255",
            "ssh: Host key verification failed.",
            1,
        ),
        (
            "echo 'ssh: connect to host web1 port 22: Connection refused' >&2; exit 255",
            "web1 port 22: Connection refused",
            4,
        ),
        (
            "echo 'sh: 1: docker: not found' >&2; exit 127",
            "no `docker` can be run on that host (sh: 1: docker: not found)",
            1,
        ),
        (
            "echo 'permission denied while trying to connect to the docker API' >&2; exit 1",
            "the user on that host may not use its engine (permission denied while",
            1,
        ),
        (
            "exit 1",
            "`docker system dial-stdio` on that host ended: it said nothing",
            4,
        ),
    ] {
        let count = far.path("count");
        let _ = fs::remove_file(&count);
        let script = format!("echo >> {}\n{script}", count.display());
        program(&far.path("bin/ssh"), &script);
        let said = far.refused("ssh://web1");
        assert!(
            said.contains("ssh://web1") && said.contains(words),
            "{words}: {said}"
        );
        // Who is asked for a password is not asked for it four times.
        assert_eq!(
            fs::read_to_string(&count).unwrap().lines().count(),
            times,
            "{words}"
        );
    }
}

/// A server of the test's own, which leads to the fake engine whatever is asked of it.
struct Server {
    process: Child,
    port: u16,
}

impl Server {
    fn start(far: &Far) -> Option<Self> {
        let skip = |why: &str| {
            eprintln!("skipped: {why}");
            None
        };
        let sshd = ["/usr/sbin/sshd", "/usr/bin/sshd", "/sbin/sshd"];
        let Some(sshd) = sshd.into_iter().find(|path| Path::new(path).exists()) else {
            return skip("there is no sshd (openssh-server)");
        };
        for name in ["host", "user"] {
            let made = Command::new("ssh-keygen")
                .args(["-q", "-t", "ed25519", "-N", "", "-f"])
                .arg(far.path(name))
                .status();
            if !made.is_ok_and(|status| status.success()) {
                return skip("ssh-keygen makes no keys");
            }
        }
        fs::copy(far.path("user.pub"), far.path("authorized")).unwrap();
        // Below those that the system gives to connections: one to a port that nobody serves yet may
        // get that very port.
        let port = 20_000 + u16::try_from(std::process::id() % 10_000).unwrap();
        let config = format!(
            "Port {port}\nListenAddress 127.0.0.1\nHostKey {}\nAuthorizedKeysFile {}\nPidFile none\n\
             UsePAM no\nStrictModes no\nPasswordAuthentication no\nPermitRootLogin yes\nForceCommand {}\n",
            far.path("host").display(),
            far.path("authorized").display(),
            far.path("dial").display()
        );
        fs::write(far.path("sshd_config"), config).unwrap();
        let process = Command::new(sshd)
            .args(["-D", "-e", "-f"])
            .arg(far.path("sshd_config"))
            .stderr(File::create(far.path("sshd.log")).unwrap())
            .spawn()
            .unwrap();
        let mut server = Self { process, port };
        for _ in 0..100 {
            let log = fs::read_to_string(far.path("sshd.log")).unwrap_or_default();
            if log.contains("listening on 127.0.0.1") {
                return Some(server);
            }
            if server.process.try_wait().unwrap().is_some() {
                break;
            }
            thread::sleep(Duration::from_millis(50));
        }
        let log = fs::read_to_string(far.path("sshd.log")).unwrap_or_default();
        skip(&format!("no sshd comes up here: {}", log.trim()))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn the_users_own_configuration_holds() {
    let far = Far::new();
    let Some(server) = Server::start(&far) else {
        return;
    };
    let real = ["/usr/bin/ssh", "/bin/ssh", "/usr/local/bin/ssh"];
    let real = real
        .into_iter()
        .find(|path| Path::new(path).exists())
        .unwrap();
    let (config, known) = (far.path("config"), far.path("known"));
    // What ~/.ssh/config is for the user.
    program(
        &far.path("bin/ssh"),
        &format!("exec {real} -F {} \"$@\"", config.display()),
    );
    fs::write(
        &config,
        format!(
            "Host far\n  HostName 127.0.0.1\n  Port {}\nHost *\n  IdentityFile {}\n  IdentitiesOnly yes\n  \
             IdentityAgent none\n  StrictHostKeyChecking yes\n  UserKnownHostsFile {}\n  GlobalKnownHostsFile none\n",
            server.port,
            far.path("user").display(),
            known.display()
        ),
    )
    .unwrap();
    let hosts = [
        "ssh://far".to_owned(),
        format!("ssh://127.0.0.1:{}", server.port),
    ];
    for host in &hosts {
        let said = far.refused(host);
        assert!(
            said.contains("ssh: Host key verification failed."),
            "{said}"
        );
    }
    let key = fs::read_to_string(far.path("host.pub")).unwrap();
    fs::write(&known, format!("[127.0.0.1]:{} {key}", server.port)).unwrap();
    for host in &hosts {
        let output = far.ask(host);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(
            (said.as_ref(), output.status.code()),
            ("", Some(0)),
            "{host}"
        );
    }
    fs::write(far.path("authorized"), "").unwrap();
    let said = far.refused("ssh://far");
    assert!(
        said.contains("ssh: ") && said.contains("Permission denied (publickey"),
        "{said}"
    );
}
