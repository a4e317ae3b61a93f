//! What the README shows is what the program says.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{env, fmt::Write as _, fs, path::Path, process::Command};
use whystart::{
    classify::{causes, findings},
    model::{Case, Cause, Family, Severity},
    report::format::FORMATS,
};

fn readme() -> String {
    fs::read_to_string("README.md").unwrap()
}

/// The commands of all `console` blocks, each with the output that follows it.
fn shown(readme: &str) -> Vec<(String, String)> {
    let mut commands: Vec<(String, String)> = Vec::new();
    let mut inside = false;
    for line in readme.lines() {
        if line == "```console" {
            inside = true;
        } else if line.starts_with("```") {
            inside = false;
        } else if inside {
            if let Some(command) = line.strip_prefix("$ ") {
                commands.push((command.to_owned(), String::new()));
            } else if let Some((_, output)) = commands.last_mut() {
                output.push_str(line);
                output.push('\n');
            }
        }
    }
    commands
}

/// Standard output of a command line whose `whystart` is the one under test.
fn output_of(command: &str) -> String {
    let program = Path::new(env!("CARGO_BIN_EXE_whystart"));
    let mut path = vec![program.parent().unwrap().to_owned()];
    path.extend(env::split_paths(&env::var_os("PATH").unwrap_or_default()));
    let output = Command::new("sh")
        .args(["-c", command])
        .env("PATH", env::join_paths(path).unwrap())
        .env_remove("CLICOLOR_FORCE")
        .env("XDG_CONFIG_HOME", env!("CARGO_TARGET_TMPDIR"))
        .stdin(std::process::Stdio::null())
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap()
}

#[cfg(unix)]
#[test]
fn every_command_prints_what_is_shown() {
    let commands = shown(&readme());
    assert!(commands.len() >= 2);
    for (command, expected) in commands {
        assert!(command.starts_with("whystart "), "{command}");
        let output = output_of(&command);
        assert!(output == expected, "$ {command}\n{output}");
    }
}

#[test]
fn the_first_command_shows_the_famous_case() {
    let readme = readme();
    let first = readme
        .lines()
        .find_map(|line| line.strip_prefix("cargo run --release -- "))
        .unwrap();
    let (command, output) = &shown(&readme)[0];
    assert_eq!(command.strip_prefix("whystart "), Some(first));
    assert!(output.contains("host-automation-restart (B)"));
}

#[test]
fn the_test_command_is_the_one_that_ci_runs() {
    let readme = readme();
    let commands: Vec<&str> = readme
        .lines()
        .filter(|line| line.starts_with("cargo test"))
        .collect();
    assert_eq!(commands, ["cargo test"]);
    let ci = fs::read_to_string(".ci/run").unwrap();
    assert!(ci.contains("README.md"), "it takes the command from there");
}

/// What stands between `<!-- name: ... -->` and `<!-- /name -->`.
fn between(readme: &str, name: &str) -> String {
    let (_, rest) = readme.split_once(&format!("<!-- {name}: ")).unwrap();
    let (_, rest) = rest.split_once("-->\n").unwrap();
    let (table, _) = rest.split_once(&format!("<!-- /{name} -->")).unwrap();
    table.to_owned()
}

#[test]
fn the_table_of_causes_is_that_of_the_program() {
    let mut table = "| cause | where | what happened |\n| --- | --- | --- |\n".to_owned();
    for cause in Cause::ALL {
        let place = match cause.family() {
            Family::External => "from outside",
            Family::InContainer => "in the container",
            Family::None => "no startup",
            Family::Unknown => "not known",
        };
        let case = match cause.case() {
            Some(Case::A) => " (case A)",
            Some(Case::B) => " (case B)",
            None => "",
        };
        let title = causes::row(cause).title;
        writeln!(table, "| `{}` | {place} | {title}{case} |", cause.name()).unwrap();
    }
    assert!(between(&readme(), "causes") == table, "\n{table}");
}

#[test]
fn the_table_of_findings_is_that_of_the_program() {
    let mut table = "| finding | weight | what it says |\n| --- | --- | --- |\n".to_owned();
    for row in findings::ROWS {
        let severity = match row.severity {
            Severity::Info => "note",
            Severity::Warning => "warning",
            Severity::Error => "error",
        };
        writeln!(table, "| `{}` | {severity} | {} |", row.id, row.title).unwrap();
    }
    assert!(between(&readme(), "findings") == table, "\n{table}");
}

#[test]
fn the_table_of_formats_is_that_of_the_program() {
    let mut table =
        "| format | endings of files | what it is for |\n| --- | --- | --- |\n".to_owned();
    for format in &FORMATS {
        let endings: Vec<String> = format
            .endings
            .iter()
            .map(|ending| format!("`.{ending}`"))
            .collect();
        let endings = endings.join(" ");
        writeln!(
            table,
            "| `{}` | {endings} | {} |",
            format.name, format.about
        )
        .unwrap();
    }
    assert!(between(&readme(), "formats") == table, "\n{table}");
}
