//! How an engine is reached, and what is said when it cannot be: against fakes on Unix sockets.

#![cfg(all(unix, feature = "docker"))]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "common/fake_engine.rs"]
mod fake_engine;
#[path = "common/living_engine.rs"]
mod living_engine;
#[path = "common/story/mod.rs"]
mod story;

use fake_engine::{Answer, FakeEngine, version};
use std::{
    fs,
    io::Read as _,
    sync::atomic::{AtomicUsize, Ordering},
    time::{Duration, Instant},
};
use whystart::engine::{Engine, Environment, Error, Options, Patience};

fn options(fake: &FakeEngine) -> Options {
    Options {
        host: Some(fake.host()),
        context: None,
        timeout: Duration::from_millis(300),
        environment: Environment::default(),
    }
}

fn connect(fake: &FakeEngine) -> Result<Engine, Error> {
    Engine::connect(&options(fake))
}

#[test]
fn an_older_engine_is_asked_in_its_own_version() {
    let fake = FakeEngine::start(|path| match path {
        "/version" => version("1.30"),
        _ => Answer::ok("[]"),
    });
    let engine = connect(&fake).unwrap();
    assert_eq!(engine.get("/containers/json?all=1").unwrap(), b"[]");
    assert_eq!(fake.asked(), ["/version", "/v1.30/containers/json?all=1"]);
    assert!(engine.about().contains("20.10.24"));
}

#[test]
fn a_newer_engine_is_asked_in_the_newest_version_that_is_known_or_wanted() {
    let fake = FakeEngine::start(|path| match path {
        "/version" => version("1.999"),
        _ => Answer::ok("[]"),
    });
    assert_eq!(connect(&fake).unwrap().api_version().to_string(), "1.53");
    let mut wanted = options(&fake);
    wanted.environment.api_version = Some("1.40".to_owned());
    let engine = Engine::connect(&wanted).unwrap();
    assert_eq!(engine.api_version().to_string(), "1.40");
}

#[test]
fn an_engine_that_is_too_old_or_no_engine_is_refused() {
    let old = FakeEngine::start(|_| version("1.18"));
    assert_eq!(
        connect(&old).err().unwrap().to_string(),
        "the engine's API is 1.18; 1.24 or later is needed"
    );
    let other = FakeEngine::start(|_| Answer::ok("<html>"));
    let error = connect(&other).err().unwrap();
    assert!(matches!(error, Error::NoEngine { .. }), "{error}");
}

#[test]
fn an_engine_that_is_silent_is_given_up_after_two_time_outs() {
    let fake = FakeEngine::start(|_| Answer::Silence);
    let began = Instant::now();
    let error = connect(&fake).err().unwrap();
    assert!(
        error
            .to_string()
            .contains("did not answer within 0.3 s (/version)"),
        "{error}"
    );
    assert_eq!(fake.asked().len(), 2);
    assert!(began.elapsed() < Duration::from_secs(10));
}

#[test]
fn an_answer_that_stops_in_its_middle_is_read_that_far() {
    let fake = FakeEngine::start(|path| match path {
        "/version" => version("1.41"),
        "/stuck" => Answer::Stuck(b"one\ntwo\n".to_vec()),
        _ => Answer::Cut(b"three\n".to_vec()),
    });
    let engine = connect(&fake).unwrap();
    let read = |path| {
        let mut got = Vec::new();
        let error = engine
            .open(path, Patience::Due)
            .unwrap()
            .read_to_end(&mut got)
            .unwrap_err();
        (String::from_utf8(got).unwrap(), error.to_string())
    };
    let (got, error) = read("/stuck");
    assert_eq!(got, "one\ntwo\n");
    assert!(
        error.contains("did not answer within 0.3 s (/stuck)"),
        "{error}"
    );
    let (got, error) = read("/cut");
    assert_eq!(got, "three\n");
    assert!(error.contains("broke off its answer (/cut)"), "{error}");
}

#[test]
fn what_lasts_is_waited_for_in_small_steps() {
    let fake = FakeEngine::start(|path| match path {
        "/version" => version("1.41"),
        _ => Answer::Stuck(b"event\n".to_vec()),
    });
    let mut body = connect(&fake)
        .unwrap()
        .open("/events", Patience::Endless)
        .unwrap();
    let wait = Duration::from_millis(500);
    assert_eq!(body.next(wait).unwrap(), Some(b"event\n".to_vec()));
    assert_eq!(body.next(wait).unwrap(), Some(Vec::new()));
}

#[test]
fn what_may_pass_is_tried_again_and_what_may_not_is_not() {
    static BUSY: AtomicUsize = AtomicUsize::new(0);
    let fake = FakeEngine::start(|path| match path {
        "/version" => version("1.41"),
        "/busy" if BUSY.fetch_add(1, Ordering::Relaxed) < 2 => Answer::error(503, "later"),
        "/busy" => Answer::ok("done"),
        "/forbidden" => Answer::error(403, "authorization denied by plugin"),
        "/gone" => Answer::error(404, "No such container: x"),
        _ => Answer::Whole(500, b"plain words\n".to_vec()),
    });
    let engine = connect(&fake).unwrap();
    assert_eq!(engine.get("/busy").unwrap(), b"done");
    let said = |path| engine.get(path).unwrap_err().to_string();
    assert_eq!(
        said("/forbidden"),
        "authorization denied by plugin (the engine's status 403 to /forbidden)"
    );
    assert_eq!(
        said("/broken"),
        "plain words (the engine's status 500 to /broken)"
    );
    assert!(engine.get("/gone").unwrap_err().is_not_found());
    let times = |path: &str| {
        let all = fake.asked();
        all.iter().filter(|asked| asked.ends_with(path)).count()
    };
    assert_eq!(
        (times("/busy"), times("/forbidden"), times("/gone")),
        (3, 1, 1)
    );
}

#[test]
fn a_socket_that_is_not_there_or_that_nobody_serves_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| Options {
        host: Some(folder.path().join(name).display().to_string()),
        context: None,
        timeout: Duration::from_millis(300),
        environment: Environment::default(),
    };
    let error = Engine::connect(&at("none.sock")).err().unwrap().to_string();
    assert!(
        error.ends_with("none.sock: there is no such socket"),
        "{error}"
    );
    // A socket that its engine left behind.
    drop(std::os::unix::net::UnixListener::bind(folder.path().join("left.sock")).unwrap());
    let error = Engine::connect(&at("left.sock")).err().unwrap().to_string();
    assert!(
        error.contains("left.sock") && error.contains("Connection refused"),
        "{error}"
    );
}

#[test]
fn certificates_that_are_not_there_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let mut options = Options {
        host: Some("tcp://127.0.0.1:1".to_owned()),
        context: None,
        timeout: Duration::from_millis(300),
        environment: Environment {
            tls: true,
            cert_path: Some(folder.path().to_owned()),
            ..Environment::default()
        },
    };
    let said = |options: &Options| Engine::connect(options).err().unwrap().to_string();
    assert!(
        said(&options).contains("ca.pem, which TLS needs"),
        "{}",
        said(&options)
    );
    for name in ["ca.pem", "cert.pem", "key.pem"] {
        fs::write(folder.path().join(name), "not PEM").unwrap();
    }
    let error = said(&options);
    assert!(!error.is_empty());
    options.environment.tls = false;
    let error = said(&options);
    assert!(
        error.contains("cannot reach the engine at tcp://127.0.0.1:1"),
        "{error}"
    );
}

mod program {
    //! What the program says of engines that do not behave.

    use super::fake_engine::{Answer, FakeEngine, version};
    use super::living_engine::{World, frame};
    use super::story::{Story, clock, story};
    use assert_cmd::cargo::cargo_bin;
    use std::process::{Command, Output, Stdio};
    use std::sync::Mutex;

    const STARTED: &str = "INFO:     Started server process [1]";

    fn whystart(fake: &FakeEngine, words: &[&str]) -> Output {
        Command::new(cargo_bin("whystart"))
            .args(words)
            .args(["--host", &fake.host(), "--engine-timeout", "0.5"])
            .stdin(Stdio::null())
            .output()
            .unwrap()
    }

    fn one_container() -> Story {
        story("one container")
            .container("api")
            .image("api:1")
            .create(1)
            .start(2)
            .line(2.5, STARTED)
    }

    /// An engine with one container, whose answers to some paths are others.
    fn engine(other: impl Fn(&str) -> Option<Answer> + Send + Sync + 'static) -> FakeEngine {
        let world = Mutex::new(World::new(one_container()));
        FakeEngine::start(move |path| {
            let head = path.split('?').next().unwrap_or(path);
            other(head).unwrap_or_else(|| world.lock().unwrap().answer(path))
        })
    }

    fn report(fake: &FakeEngine, words: &[&str]) -> (serde_json::Value, String) {
        let mut all = vec!["report", "--docker", "--format", "json"];
        all.extend_from_slice(words);
        let output = whystart(fake, &all);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(0), "{said}");
        (serde_json::from_slice(&output.stdout).unwrap(), said)
    }

    #[test]
    fn logs_and_events_are_one_report() {
        let fake = engine(|_| None);
        let (report, said) = report(&fake, &["api"]);
        assert_eq!(said, "");
        assert_eq!(report["services"][0]["startups"][0]["cause"], "first-start");
        assert_eq!(report["services"][0]["startups"][0]["pids"][0], 1);
        let logs = fake
            .asked()
            .into_iter()
            .find(|path| path.contains("/logs?"))
            .unwrap();
        assert!(
            logs.starts_with("/v1.41/") && logs.ends_with("&until=1795168803.000000007"),
            "{logs}"
        );
    }

    #[test]
    fn an_older_api_is_not_asked_for_what_it_does_not_know() {
        let fake = engine(|path| (path == "/version").then(|| version("1.30")));
        report(&fake, &[]);
        let asked = fake.asked();
        let logs = asked.iter().find(|path| path.contains("/logs?")).unwrap();
        assert!(
            logs.starts_with("/v1.30/") && !logs.contains("until"),
            "{logs}"
        );
    }

    #[test]
    fn a_log_that_cannot_be_had_is_a_note_and_the_rest_is_reported() {
        for (answer, words) in [
            (
                Answer::error(501, "configured logging driver does not support reading"),
                "does not support reading",
            ),
            (
                Answer::error(403, "authorization denied"),
                "authorization denied",
            ),
            (
                Answer::error(404, "No such container: api"),
                "No such container",
            ),
            (Answer::error(500, "broken disk"), "broken disk"),
            (Answer::Silence, "did not answer within 0.5 s"),
        ] {
            let fake = engine(move |path| path.ends_with("/logs").then(|| answer.clone()));
            let (report, said) = report(&fake, &[]);
            assert!(said.contains(words), "{words}: {said}");
            assert_eq!(report["services"][0]["startups"][0]["cause"], "first-start");
        }
    }

    #[test]
    fn a_log_that_stops_in_its_middle_is_read_that_far() {
        let frame = frame(&(clock(2.5), STARTED.to_owned()));
        let fake = engine(move |path| {
            path.ends_with("/logs")
                .then(|| Answer::Stuck(frame.clone()))
        });
        let (seen, said) = report(&fake, &[]);
        assert_eq!(seen["services"][0]["startups"][0]["pids"][0], 1);
        assert!(said.contains("did not answer within 0.5 s"), "{said}");
        let folder = tempfile::tempdir().unwrap();
        let bundle = folder.path().join("bundle");
        let bundle = bundle.to_str().unwrap();
        let output = whystart(&fake, &["collect", "--no-host", "-o", bundle]);
        assert_eq!(output.status.code(), Some(0));
        let manifest = std::fs::read_to_string(format!("{bundle}/manifest.json")).unwrap();
        assert!(manifest.contains("it is not whole"), "{manifest}");
    }

    #[test]
    fn an_engine_without_an_answer_gives_no_report_and_no_bundle() {
        let fake = FakeEngine::start(|path| match path {
            "/version" => version("1.41"),
            _ => Answer::error(500, "no"),
        });
        let folder = tempfile::tempdir().unwrap();
        let bundle = folder.path().join("b.tar");
        for words in [
            &["report", "--docker"][..],
            &["collect", "-o", bundle.to_str().unwrap()],
        ] {
            let output = whystart(&fake, words);
            assert_eq!(output.status.code(), Some(2));
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(said.contains("cannot list the containers"), "{said}");
        }
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn what_is_not_collected_is_in_the_manifest() {
        let fake = engine(|path| match path {
            "/events" | "/networks" => Some(Answer::error(403, "denied")),
            path if path.ends_with("/logs") => Some(Answer::error(501, "no reading")),
            _ => None,
        });
        let folder = tempfile::tempdir().unwrap();
        let bundle = folder.path().join("b.tar.zst");
        let bundle = bundle.to_str().unwrap();
        let output = whystart(&fake, &["collect", "--no-host", "-o", bundle]);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(0), "{said}");
        let seen = Command::new(cargo_bin("whystart"))
            .args(["--format", "json", bundle])
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let again = String::from_utf8_lossy(&seen.stderr).into_owned();
        for what in [
            "events.jsonl: denied",
            "networks.json: denied",
            "log of api.aaaaaaaaaaaa: no reading",
        ] {
            assert!(said.contains(what), "{what}: {said}");
            assert!(
                again.contains(&format!("not collected: {what}")),
                "{what}: {again}"
            );
        }
        assert_eq!(
            std::fs::read_dir(folder.path()).unwrap().count(),
            1,
            "nothing is left beside it"
        );
    }

    #[test]
    fn a_state_that_changes_while_a_bundle_is_collected_is_taken_again() {
        use std::sync::atomic::{AtomicUsize, Ordering};
        for (changes, files) in [(true, 2), (false, 1)] {
            let asked = AtomicUsize::new(0);
            let id = one_container().id("api").to_owned();
            let fake = engine(move |path| {
                if !path.starts_with("/containers/") || !path.ends_with(&format!("{id}/json")) {
                    return None;
                }
                let time = asked.fetch_add(1, Ordering::Relaxed);
                let restarts = if changes { time } else { 0 };
                // The log of health checks is another one each time.
                Some(Answer::ok(format!(
                    r#"{{"Id":"{id}","Name":"/api","RestartCount":{restarts},"State":{{"Status":"running","Running":true,"Health":{{"Status":"healthy","Log":[{time}]}}}},"Config":{{"Tty":false,"Env":["A_PASSWORD=planted-{restarts}-secret"]}},"HostConfig":{{}}}}"#
                )))
            });
            let folder = tempfile::tempdir().unwrap();
            let bundle = folder.path().join("bundle");
            let words = ["collect", "--no-host", "-o", bundle.to_str().unwrap()];
            assert_eq!(whystart(&fake, &words).status.code(), Some(0));
            let mut states: Vec<_> = std::fs::read_dir(bundle.join("inspect"))
                .unwrap()
                .map(|entry| entry.unwrap().path())
                .collect();
            states.sort();
            assert_eq!(states.len(), files, "{states:?}");
            let text = Command::new(cargo_bin("whystart")).arg(&bundle).output();
            let text = String::from_utf8(text.unwrap().stdout).unwrap();
            let manifest = text.lines().find(|line| line.contains("manifest.json"));
            // The events and the log beside the states.
            let expected = format!(" {} files", files + 2);
            assert!(manifest.unwrap().ends_with(&expected), "{text}");
            for state in states {
                let text = std::fs::read_to_string(state).unwrap();
                assert!(!text.contains("planted-"), "{text}");
            }
        }
    }

    #[test]
    fn a_duration_is_one() {
        let fake = engine(|_| None);
        for wrong in ["0s", "2", "soon"] {
            let output = whystart(&fake, &["collect", "--for", wrong, "-o", "/nowhere/x"]);
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            assert_eq!(output.status.code(), Some(2));
            assert!(
                said.contains("no duration such as 90s, 2m or 1h30m"),
                "{said}"
            );
        }
    }
}
