//! What is set once, and what shells and `man` are told: by the program as its users run it.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use common::{Ran, case, run, whystart};
use std::{fs, path::Path};

fn events() -> String {
    let path = case("01-").folder.join("events.jsonl");
    path.to_str().unwrap().to_owned()
}

/// Runs with this configuration below `home`, and these variables.
fn run_with(home: &Path, variables: &[(&str, &str)], words: &[&str]) -> Ran {
    whystart(words)
        .env("XDG_CONFIG_HOME", home)
        .envs(variables.iter().copied())
        .output()
        .unwrap()
        .into()
}

fn configured(text: &str) -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    fs::create_dir(home.path().join("whystart")).unwrap();
    fs::write(home.path().join("whystart/config.toml"), text).unwrap();
    home
}

#[test]
fn options_outweigh_variables_and_variables_the_file() {
    let home = configured("fail-on = [\"WS001\"]\ncolor = \"always\"\n");
    let events = events();
    let with = |variables: &[(&str, &str)], words: &[&str]| {
        run_with(home.path(), variables, &[words, &["-q", &events]].concat())
    };
    let by_file = with(&[], &[]);
    assert_eq!(by_file.status, 1);
    assert!(by_file.out.contains('\x1b'), "colours");
    let variables = [
        ("WHYSTART_FAIL_ON", "oom-restart"),
        ("WHYSTART_COLOR", "never"),
    ];
    let by_variable = with(&variables, &[]);
    assert_eq!(by_variable.status, 0);
    assert!(!by_variable.out.contains('\x1b'), "no colours");
    assert_eq!(with(&variables, &["--fail-on", "WS001"]).status, 1);
    assert_eq!(with(&[], &["--fail-on", "none"]).status, 0);
    assert_eq!(with(&[], &["--no-config"]).status, 0);
    let other = home.path().join("other.toml");
    fs::write(&other, "fail-on = \"oom-restart\"").unwrap();
    let other = other.to_str().unwrap();
    assert_eq!(with(&[], &["--config", other]).status, 0);
    assert_eq!(with(&[("WHYSTART_CONFIG", other)], &[]).status, 0);
}

#[test]
fn signatures_are_found_beside_the_file_that_names_them() {
    let home = configured("signatures = [\"own.toml\"]\n");
    let missing = run_with(home.path(), &[], &["signatures", "list"]);
    assert_eq!(missing.status, 2);
    assert!(missing.err.contains("whystart/own.toml"), "{}", missing.err);
    let line = "frobnicator 7 is up";
    let pack = format!(
        "[pack]\nname = \"own\"\ntitle = \"Own\"\n\n[[signature]]\nid = \"own-up\"\nkind = \"ready\"\n\
         title = \"It is up\"\nliterals = [\"is up\"]\npattern = 'frobnicator \\d+ is up$'\nsamples = [\"{line}\"]\n"
    );
    fs::write(home.path().join("whystart/own.toml"), pack).unwrap();
    let known = run_with(home.path(), &[], &["signatures", "test", line]);
    assert_eq!((known.err.as_str(), known.status), ("", 0));
    assert!(known.out.contains("own-up"), "{}", known.out);
    assert_eq!(run(["signatures", "test", line]).status, 1);
}

#[test]
fn what_is_wrong_in_them_is_an_error_with_its_place() {
    for (text, message) in [
        (
            "failon = []",
            "config.toml: there is no setting \"failon\"; did you mean fail-on?",
        ),
        ("timezone = ", "config.toml:1: "),
        (
            "timezone = \"Mars\"",
            "config.toml: timezone: unknown time zone \"Mars\"",
        ),
        (
            "fail-on = [\"oom-restrat\"]",
            "config.toml: fail-on: \"oom-restrat\" is neither",
        ),
    ] {
        let home = configured(text);
        let ran = run_with(home.path(), &[], &[&events()]);
        assert_eq!((ran.status, ran.out.as_str()), (2, ""), "{text}");
        assert!(ran.err.starts_with("whystart: error: "), "{}", ran.err);
        assert!(ran.err.contains(message), "{}", ran.err);
        assert_eq!(ran.err.lines().count(), 1, "{}", ran.err);
    }
    let ran = run(["--config", "no-such.toml", &events()]);
    assert_eq!((ran.status, ran.out.as_str()), (2, ""));
    assert!(
        ran.err
            .contains("cannot read the configuration no-such.toml: "),
        "{}",
        ran.err
    );
}

#[test]
fn every_shell_gets_completions_with_the_names_of_causes() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let ran = run(["completions", shell]);
        assert_eq!((ran.err.as_str(), ran.status), ("", 0), "{shell}");
        assert!(ran.out.contains("quiet-if-clean"), "{shell}");
        // Those of the others know no values.
        if matches!(shell, "bash" | "zsh" | "fish") {
            for word in ["host-automation-restart", "WS004", "jsonl"] {
                assert!(ran.out.contains(word), "{shell}: {word}");
            }
        }
    }
    let wrong = run(["completions", "bahs"]);
    assert_eq!(wrong.status, 2);
    assert!(wrong.err.contains("bash"), "{}", wrong.err);
}

#[cfg(unix)]
#[test]
fn bash_takes_its_completions() {
    let script = run(["completions", "bash"]).out;
    let script = format!(
        "{script}\nCOMP_WORDS=(whystart explain host)\nCOMP_CWORD=2\n_whystart whystart host explain\n\
         printf '%s\\n' \"${{COMPREPLY[@]}}\"\n"
    );
    let output = std::process::Command::new("bash")
        .args(["-c", &script])
        .output();
    // A machine may do without bash.
    if let Ok(output) = output {
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!(said, "host-automation-restart\n", "{output:?}");
    }
}

#[test]
fn there_is_a_page_for_man_of_each_command() {
    let page = run(["man"]).out;
    for heading in [
        ".TH whystart 1",
        ".SH OPTIONS",
        ".SH EXAMPLES",
        ".SH \"EXIT STATUS\"",
    ] {
        assert!(page.contains(heading), "{heading} in {page}");
    }
    assert!(page.contains("WHYSTART_TIMEZONE"));
    let page = run(["man", "explain"]).out;
    assert!(page.contains(".TH whystart-explain 1"), "{page}");
    let wrong = run(["man", "no-such"]);
    assert_eq!((wrong.status, wrong.out.as_str()), (2, ""));
    assert!(wrong.err.contains("known are report, "), "{}", wrong.err);
}
