//! Stories played on a real engine: what `report --docker` and a bundle say of them is what was done.

#![cfg(all(unix, feature = "docker"))]
#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    clippy::too_many_lines,
    clippy::format_push_string,
    reason = "a test fails by panicking, says why it is skipped, and tells its story in one piece"
)]

#[path = "common/real_engine.rs"]
mod real_engine;

use assert_cmd::cargo::cargo_bin;
use real_engine::{APP, Real};
use serde_json::Value;
use std::{
    ffi::OsStr,
    path::Path,
    process::{Command, Output, Stdio},
    thread,
    time::Duration,
};

fn whystart<S: AsRef<OsStr>>(words: &[S]) -> Output {
    Command::new(cargo_bin("whystart"))
        .args(words)
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

fn report<S: AsRef<OsStr>>(words: &[S]) -> Value {
    let mut all: Vec<&OsStr> = ["report", "--format", "json"].map(OsStr::new).to_vec();
    all.extend(words.iter().map(AsRef::as_ref));
    let output = whystart(&all);
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Cause, outcome and container of each startup of the service that has `container`.
fn verdicts(report: &Value, container: &str) -> Vec<[String; 3]> {
    let services = report["services"].as_array().unwrap();
    let service = services
        .iter()
        .find(|service| {
            let containers = service["containers"].as_array().unwrap();
            containers.iter().any(|one| one["name"] == container)
        })
        .unwrap_or_else(|| panic!("{container} is not in {report:#}"));
    let startups = service["startups"].as_array().unwrap();
    startups
        .iter()
        .map(|startup| {
            ["cause", "outcome", "container_id"]
                .map(|key| startup[key].as_str().unwrap().to_owned())
        })
        .collect()
}

fn causes(verdicts: &[[String; 3]]) -> Vec<&str> {
    verdicts.iter().map(|[cause, ..]| cause.as_str()).collect()
}

/// What `--docker` says, which bundles of each form must repeat.
fn everywhere(real: &Real, short: &str) -> Vec<[String; 3]> {
    let name = real.name(short);
    let live = verdicts(&report(&["--docker", &name]), &name);
    let folder = tempfile::tempdir().unwrap();
    for form in ["bundle", "bundle.tar", "bundle.tar.gz", "bundle.tar.zst"] {
        let bundle = folder.path().join(form);
        let bundle = bundle.to_str().unwrap();
        let output = whystart(&["collect", "--no-host", "-o", bundle, &name]);
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        assert_eq!(verdicts(&report(&[bundle]), &name), live, "{form}");
    }
    live
}

#[test]
fn a_timer_restart_is_one() {
    let Some(real) = Real::new("timer") else {
        return;
    };
    let short = real.timer_restart(&[]);
    let seen = everywhere(&real, short);
    assert_eq!(causes(&seen), ["first-start", "host-automation-restart"]);
    assert!(
        seen.iter().all(|[_, outcome, _]| outcome == "ready"),
        "{seen:?}"
    );
}

#[test]
fn a_replacement_is_one() {
    let Some(real) = Real::new("replace") else {
        return;
    };
    let short = real.replace(&[]);
    let seen = everywhere(&real, short);
    assert_eq!(causes(&seen), ["first-start", "deployment-replacement"]);
    assert_ne!(seen[0][2], seen[1][2]);
    // Compose's own words for the service, and the container that is no more.
    let by_project = report(&["--docker", &format!("{}-web", real.tag)]);
    assert_eq!(verdicts(&by_project, &real.name(short)), seen);
    let by_removed = report(&["--docker", &real.name("web-before")]);
    assert_eq!(verdicts(&by_removed, &real.name(short)), seen);
}

#[test]
fn a_crash_loop_is_one() {
    let Some(real) = Real::new("crash") else {
        return;
    };
    let short = real.crash_loop(&[]);
    let seen = everywhere(&real, short);
    assert_eq!(
        causes(&seen),
        ["first-start", "restart-policy", "restart-policy"]
    );
}

#[test]
fn a_manual_restart_is_one() {
    let Some(real) = Real::new("manual") else {
        return;
    };
    let short = real.manual_restart(&[]);
    let seen = everywhere(&real, short);
    assert_eq!(causes(&seen), ["first-start", "manual-restart"]);
}

#[test]
fn what_the_engine_cannot_give_is_a_note_and_no_error() {
    let Some(real) = Real::new("mute") else {
        return;
    };
    real.start("mute", &["--log-driver", "none"], APP);
    real.start("tty", &["-t"], APP);
    real.logged("tty", "startup complete", 1);
    let name = real.name("mute");
    let seen = report(&["--docker", &name, &real.name("tty")]);
    let inputs = seen["inputs"].as_array().unwrap();
    let of = |short: &str| {
        let begin = format!("docker:logs/{}.", real.name(short));
        let input = inputs
            .iter()
            .find(|input| input["path"].as_str().unwrap().starts_with(&begin));
        input.unwrap().clone()
    };
    assert_eq!(of("mute")["kind"], "unreadable");
    let warning = of("mute")["warnings"][0].as_str().unwrap().to_owned();
    assert!(warning.contains("does not support reading"), "{warning}");
    assert_eq!(of("tty")["kind"], "timestamped-log");
    assert_eq!(of("tty")["warnings"].as_array().unwrap().len(), 0);
    let wrong = whystart(&["report", "--docker", &name[..name.len() - 1]]);
    assert_eq!(wrong.status.code(), Some(2));
    let said = String::from_utf8_lossy(&wrong.stderr).into_owned();
    assert!(said.contains(&format!("did you mean {name}")), "{said}");
}

/// A private engine in namespaces of its own, which a test may restart.
struct Private {
    folder: tempfile::TempDir,
    engine: Option<std::process::Child>,
}

impl Private {
    fn new() -> Option<Self> {
        let is_root = Command::new("id").arg("-u").output().unwrap().stdout == b"0\n";
        let has_engine = Command::new("dockerd").arg("--version").output().is_ok();
        if !is_root || !has_engine {
            eprintln!("skipped: an engine restart needs root and dockerd");
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let mut private = Self {
            folder,
            engine: None,
        };
        private.start().then_some(private)
    }

    fn host(&self) -> String {
        format!(
            "unix://{}",
            self.folder.path().join("docker.sock").display()
        )
    }

    fn start(&mut self) -> bool {
        let at = |name: &str| self.folder.path().join(name).display().to_string();
        let log = std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(at("dockerd.log"))
            .unwrap();
        // The host's own settings are not for this one.
        std::fs::write(at("daemon.json"), "{}").unwrap();
        let engine = Command::new("unshare")
            .args([
                "-n",
                "-m",
                "dockerd",
                "--iptables=false",
                "--ip6tables=false",
                "--bridge=none",
            ])
            .args([
                "--storage-driver=vfs",
                "--data-root",
                &at("data"),
                "--exec-root",
                &at("exec"),
            ])
            .args([
                "--config-file",
                &at("daemon.json"),
                "--pidfile",
                &at("pid"),
                "-H",
                &self.host(),
            ])
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        self.engine = Some(engine);
        for _ in 0..150 {
            thread::sleep(Duration::from_millis(200));
            let answer = Command::new("docker")
                .args(["-H", &self.host(), "version"])
                .output()
                .unwrap();
            if answer.status.success() {
                return true;
            }
        }
        let log = std::fs::read_to_string(self.folder.path().join("dockerd.log")).unwrap();
        eprintln!(
            "skipped: no private engine starts here: {}",
            log.lines().last().unwrap_or("")
        );
        false
    }

    fn stop(&mut self) {
        let Some(mut engine) = self.engine.take() else {
            return;
        };
        if let Ok(pid) = std::fs::read_to_string(self.folder.path().join("pid")) {
            let _ = Command::new("kill").args(["-TERM", pid.trim()]).status();
        }
        for _ in 0..100 {
            if engine.try_wait().unwrap().is_some() {
                return;
            }
            thread::sleep(Duration::from_millis(100));
        }
        let _ = engine.kill();
        let _ = engine.wait();
    }
}

impl Drop for Private {
    fn drop(&mut self) {
        self.stop();
    }
}

#[test]
fn an_engine_restart_is_one() {
    let Some(mut private) = Private::new() else {
        return;
    };
    let host = private.host();
    {
        let Some(real) = Real::at("reboot", Some(host.clone())) else {
            return;
        };
        real.start("api", &["--restart", "always", "--network", "none"], APP);
        real.logged("api", "startup complete", 1);
        private.stop();
        assert!(private.start());
        real.logged("api", "startup complete", 2);
        let name = real.name("api");
        let log = private.folder.path().join("dockerd.log");
        let seen = report(&[
            "--docker",
            "--host",
            &host,
            &name,
            "--journal",
            log.to_str().unwrap(),
        ]);
        let seen = verdicts(&seen, &name);
        // The events of the first start went with the engine that saw it.
        assert_eq!(causes(&seen), ["unknown", "engine-restart"]);
    }
}

/// Forty secrets, each somewhere else, and where.
struct Planted(Vec<String>);

impl Planted {
    fn new() -> Self {
        Self(Vec::new())
    }

    /// A new one: hard to take for anything else.
    fn next(&mut self) -> String {
        let secret = format!(
            "Xq{:02}zW{:08x}",
            self.0.len(),
            0x5eed_u32.wrapping_mul(u32::try_from(self.0.len()).unwrap() + 77)
        );
        self.0.push(secret.clone());
        secret
    }
}

/// All that is found of `secrets` in the bytes of `path` and of everything below it.
fn found(path: &Path, secrets: &[String]) -> Vec<String> {
    if path.is_dir() {
        let entries = std::fs::read_dir(path).unwrap();
        return entries
            .flat_map(|entry| found(&entry.unwrap().path(), secrets))
            .collect();
    }
    let bytes = std::fs::read(path).unwrap();
    secrets
        .iter()
        .filter(|secret| {
            bytes
                .windows(secret.len())
                .any(|window| window == secret.as_bytes())
        })
        .map(|secret| format!("{secret} in {}", path.display()))
        .collect()
}

#[test]
fn forty_secrets_in_every_place_are_in_no_file_of_a_bundle() {
    let Some(real) = Real::new("secrets") else {
        return;
    };
    let mut planted = Planted::new();
    let mut options: Vec<String> = Vec::new();
    let mut option = |name: &str, value: String| options.extend([name.to_owned(), value]);
    // Environment.
    for name in [
        "DB_PASSWORD",
        "API_TOKEN",
        "AWS_SECRET_ACCESS_KEY",
        "SIGNING_KEY",
        "MYSQL_PWD",
        "APP_CREDENTIALS",
        "SENTRY_DSN",
    ] {
        option("-e", format!("{name}={}", planted.next()));
    }
    option(
        "-e",
        format!("SPACED_SECRET={} and {}", planted.next(), planted.next()),
    );
    option(
        "-e",
        format!("DATABASE_URL=postgres://app:{}@db:5432/app", planted.next()),
    );
    option(
        "-e",
        format!(
            "JSON_CONFIG={{\"redis\":{{\"password\":\"{}\"}}}}",
            planted.next()
        ),
    );
    option(
        "-e",
        format!(
            "PEM=-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----",
            planted.next()
        ),
    );
    // Labels.
    option("--label", format!("my.api-key={}", planted.next()));
    option(
        "--label",
        format!("deploy.hook=https://x:{}@hooks.example/h", planted.next()),
    );
    option("--label", format!("note=token={}", planted.next()));
    option(
        "--label",
        format!("auth.basicauth.users=admin:{}", planted.next()),
    );
    // Health check.
    option(
        "--health-cmd",
        format!("echo --password {} >/dev/null", planted.next()),
    );
    option("--health-interval", "1h".to_owned());
    // Log lines: one that is known by its name elsewhere, and many that are not.
    let known = planted.0[0].clone();
    let lines = [
        format!("trying {known} without a name"),
        format!("password={}", planted.next()),
        format!("PASSWORD: '{}'", planted.next()),
        format!(
            "{{\"level\":\"info\",\"access_token\":\"{}\",\"n\":1}}",
            planted.next()
        ),
        format!("msg=\"{{\\\"secret\\\":\\\"{}\\\"}}\"", planted.next()),
        format!("level=info client_secret={} user=me", planted.next()),
        format!("Authorization: Bearer {}", planted.next()),
        format!("authorization=Basic {}==", planted.next()),
        format!("> Cookie: session={}; theme=dark", planted.next()),
        format!("GET /callback?code=1&token={}&x=1 HTTP/1.1", planted.next()),
        format!("connect amqp://guest:{}@mq:5672/vhost", planted.next()),
        format!("clone https://oauth2:{}@git.example/x.git", planted.next()),
        format!("exec: mysqldump -u root -p{} app", planted.next()),
        format!("exec: curl -u admin:{} http://x", planted.next()),
        format!("run --api-key={} --verbose", planted.next()),
        format!("run --auth-token {} --verbose", planted.next()),
        format!("X-Api-Key: {}", planted.next()),
        format!("ghp_{}abcdefghijklmnopqr", planted.next()),
        format!(
            "one line -----BEGIN EC PRIVATE KEY-----\\n{}\\n-----END EC PRIVATE KEY-----",
            planted.next()
        ),
        "-----BEGIN RSA PRIVATE KEY-----".to_owned(),
        planted.next(),
        format!("{}==", planted.next()),
        "-----END RSA PRIVATE KEY-----".to_owned(),
    ];
    // The script itself is in the container's command.
    let mut script = String::from("cat <<'TEXT'\n");
    for line in &lines {
        script.push_str(line);
        script.push('\n');
    }
    script.push_str("TEXT\n");
    script.push_str(&format!("export LATE_PASSWORD={}\n", planted.next()));
    script.push_str(APP);
    let words: Vec<&str> = options.iter().map(String::as_str).collect();
    real.start("api", &words, &script);
    real.logged("api", "startup complete", 1);
    // Commands in events.
    let name = real.name("api");
    let in_exec = [
        format!("PGPASSWORD={} sleep 0", planted.next()),
        format!("echo --token {}", planted.next()),
        format!("echo redis://:{}@cache/0", planted.next()),
    ];
    for command in &in_exec {
        real.docker(&["exec", &name, "sh", "-c", command]);
    }
    real.docker(&[
        "exec",
        "-e",
        &format!("EXEC_SECRET={}", planted.next()),
        &name,
        "echo",
    ]);
    real.docker(&["restart", "-t", "3", &name]);
    real.logged("api", "startup complete", 2);
    assert!(planted.0.len() >= 40, "{}", planted.0.len());

    let live = verdicts(&report(&["--docker", &name]), &name);
    assert_eq!(causes(&live), ["first-start", "manual-restart"]);
    let folder = tempfile::tempdir().unwrap();
    for (form, redact) in [("safe", true), ("open", false)] {
        let bundle = folder.path().join(form);
        let mut words = vec!["collect", "--no-host", "-o", bundle.to_str().unwrap()];
        if !redact {
            words.push("--no-redact");
        }
        words.push(&name);
        let output = whystart(&words);
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        let found = found(&bundle, &planted.0);
        if redact {
            assert_eq!(found, Vec::<String>::new());
        } else {
            assert!(
                found.len() >= 40,
                "the secrets are not where they were planted: {found:?}"
            );
        }
        assert_eq!(
            verdicts(&report(&[bundle.to_str().unwrap()]), &name),
            live,
            "{form}"
        );
    }
    // Lines keep their places and times, and equal secrets are equal.
    let log = |form: &str| {
        let logs = folder.path().join(form).join("logs");
        let entry = std::fs::read_dir(logs).unwrap().next().unwrap().unwrap();
        std::fs::read_to_string(entry.path()).unwrap()
    };
    let (safe, open) = (log("safe"), log("open"));
    assert_eq!(safe.lines().count(), open.lines().count());
    for (safe, open) in safe.lines().zip(open.lines()) {
        assert_eq!(safe.split(' ').next(), open.split(' ').next());
        assert!(safe == open || safe.contains("[redacted:"), "{safe}");
    }
    let masks: Vec<&str> = safe
        .lines()
        .filter_map(|line| line.split_once("password=[redacted:"))
        .map(|(_, rest)| &rest[..12])
        .collect();
    assert_eq!(masks.len(), 2);
    assert_eq!(masks[0], masks[1]);
}

/// The snapshots of a container in a bundle, in the order in which they were taken.
fn snapshots(bundle: &Path, name: &str) -> Vec<Value> {
    let manifest = std::fs::read(bundle.join("manifest.json")).unwrap();
    let manifest: Value = serde_json::from_slice(&manifest).unwrap();
    let files = manifest["files"].as_array().unwrap().iter();
    let mut taken: Vec<(String, Value)> = files
        .filter(|file| {
            let begin = format!("inspect/{name}.");
            file["path"].as_str().unwrap().starts_with(&begin)
        })
        .map(|file| {
            let state = std::fs::read(bundle.join(file["path"].as_str().unwrap())).unwrap();
            let state: Value = serde_json::from_slice(&state).unwrap();
            let taken = file["taken"].as_str().unwrap().to_owned();
            (taken, state[0].clone())
        })
        .collect();
    taken.sort_by(|a, b| a.0.cmp(&b.0));
    taken.into_iter().map(|(_, state)| state).collect()
}

#[test]
fn what_happens_while_a_bundle_is_collected_is_in_it() {
    let Some(real) = Real::new("listen") else {
        return;
    };
    let mut planted = Planted::new();
    let secrets = ["A_PASSWORD", "B_TOKEN"].map(|name| format!("{name}={}", planted.next()));
    real.start("api", &["-e", &secrets[0]], APP);
    real.logged("api", "startup complete", 1);
    let name = real.name("api");
    let folder = tempfile::tempdir().unwrap();
    let bundle = folder.path().join("bundle");
    let child = Command::new(cargo_bin("whystart"))
        .args(["collect", "--no-host", "--for", "1h", "-o"])
        .arg(&bundle)
        .args([&name, &real.name("new")])
        .args(["--quiet"])
        .stdin(Stdio::null())
        .spawn();
    // A name that nobody has yet is refused, as everywhere.
    assert_eq!(child.unwrap().wait().unwrap().code(), Some(2));
    let mut child = Command::new(cargo_bin("whystart"))
        .args(["collect", "--no-host", "--for", "1h", "-o"])
        .arg(&bundle)
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    thread::sleep(Duration::from_secs(3));
    // A restart, and a container whose whole life is in that time.
    real.docker(&["restart", "-t", "3", &name]);
    real.logged("api", "startup complete", 2);
    let says = format!("echo password={}\n{APP}", planted.next());
    real.start("new", &["-e", &secrets[1]], &says);
    real.logged("new", "startup complete", 1);
    thread::sleep(Duration::from_secs(1));
    real.docker(&["rm", "-f", &real.name("new")]);
    thread::sleep(Duration::from_secs(2));
    Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status()
        .unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0));

    let seen = report(&[&bundle]);
    let of_api = verdicts(&seen, &name);
    assert_eq!(causes(&of_api), ["first-start", "manual-restart"]);
    assert!(of_api.iter().all(|[_, outcome, _]| outcome == "ready"));
    // Its log went with it, but what it said last is there.
    let of_new = verdicts(&seen, &real.name("new"));
    assert_eq!(causes(&of_new), ["first-start"]);
    assert_eq!(of_new[0][1], "ready");
    let states = snapshots(&bundle, &name);
    assert!(states.len() >= 2, "{}", states.len());
    let started: Vec<&Value> = states
        .iter()
        .map(|state| &state["State"]["StartedAt"])
        .collect();
    assert_ne!(started.first(), started.last());
    assert!(!snapshots(&bundle, &real.name("new")).is_empty());
    assert_eq!(found(&bundle, &planted.0), Vec::<String>::new());
}

#[test]
fn an_edited_or_cut_bundle_says_so_and_loses_nothing_else() {
    let Some(real) = Real::new("cut") else { return };
    let short = real.manual_restart(&[]);
    let name = real.name(short);
    let folder = tempfile::tempdir().unwrap();
    let bundle = folder.path().join("bundle");
    let tar = folder.path().join("bundle.tar");
    for target in [&bundle, &tar] {
        let output = whystart(&[
            "collect",
            "--no-host",
            "-o",
            target.to_str().unwrap(),
            &name,
        ]);
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    // Another bundle does not take the place of this one.
    let again = whystart(&["collect", "-o", bundle.to_str().unwrap(), &name]);
    assert_eq!(again.status.code(), Some(2));
    let warnings = |report: &Value| -> Vec<String> {
        let inputs = report["inputs"].as_array().unwrap();
        inputs
            .iter()
            .flat_map(|input| {
                input["warnings"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|warning| format!("{}: {warning}", input["path"]))
            })
            .collect()
    };
    assert_eq!(warnings(&report(&[&tar])), Vec::<String>::new());
    let expected = verdicts(&report(&[&tar]), &name);

    let log = std::fs::read_dir(bundle.join("logs"))
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    let text = std::fs::read_to_string(&log).unwrap();
    std::fs::write(&log, text.replace("Waiting for", "Waiting f0r")).unwrap();
    std::fs::remove_file(bundle.join("networks.json")).unwrap();
    std::fs::write(bundle.join("more.log"), "2026-11-21T08:00:00Z a line\n").unwrap();
    let edited = report(&[&bundle]);
    assert_eq!(verdicts(&edited, &name), expected);
    let said = warnings(&edited).join("\n");
    for words in [
        "its checksum is not that of the manifest",
        "networks.json is in the manifest, but not in the bundle",
        "more.log\": \"it is not in the bundle's manifest",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }

    // Cut in the last file, the log: what is there is read.
    let bytes = std::fs::read(&tar).unwrap();
    let end = bytes.iter().rposition(|byte| *byte != 0).unwrap();
    let cut = folder.path().join("cut.tar");
    std::fs::write(&cut, &bytes[..end.next_multiple_of(512) - 600]).unwrap();
    let seen = report(&[&cut]);
    let said = warnings(&seen).join("\n");
    assert!(said.contains("the archive is cut in"), "{said}");
    assert_eq!(causes(&verdicts(&seen, &name)), causes(&expected));
}

#[test]
fn what_is_followed_is_told_as_it_happens() {
    use std::io::{BufRead as _, BufReader};
    let Some(real) = Real::new("follow") else {
        return;
    };
    let id = real.start("api", &[], APP);
    real.logged("api", "startup complete", 1);
    let name = real.name("api");
    let mut child = Command::new(cargo_bin("whystart"))
        .args(["report", "--docker", "--follow", "--format", "jsonl", &name])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut next = || -> Value { serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap() };
    assert_eq!(next()["cause"], "first-start");
    real.docker(&["restart", "-t", "3", &name]);
    let second = next();
    assert_eq!(second["cause"], "manual-restart");
    assert_eq!(second["container_id"], id.as_str());
    real.docker(&["restart", "-t", "3", &name]);
    assert_eq!(next()["run"], 3);
    Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status()
        .unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert!(lines.next().is_none());
}

#[test]
fn what_is_told_is_revised_when_more_is_known() {
    use std::io::{BufRead as _, BufReader};
    let Some(real) = Real::new("revise") else {
        return;
    };
    let project = format!("com.docker.compose.project={}", real.tag);
    let labels = [
        "--label",
        &project,
        "--label",
        "com.docker.compose.service=web",
    ];
    real.start("old", &labels, APP);
    real.logged("old", "startup complete", 1);
    let mut child = Command::new(cargo_bin("whystart"))
        .args(["report", "--docker", "--follow", "--format", "jsonl"])
        .arg(real.name("old"))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut next = || -> Value { serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap() };
    assert_eq!(next()["cause"], "first-start");
    let id = real.start("new", &labels, APP);
    let second = next();
    assert_eq!(second["container_id"], id.as_str());
    assert_eq!(second["cause"], "unknown", "{second:#}");
    real.docker(&["rm", "-f", &real.name("old")]);
    let revised = next();
    assert_eq!(revised["container_id"], id.as_str());
    assert_eq!(revised["cause"], "deployment-replacement", "{revised:#}");
    assert_eq!(revised["revises"]["cause"], "unknown");
    Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status()
        .unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert!(lines.next().is_none());
}
