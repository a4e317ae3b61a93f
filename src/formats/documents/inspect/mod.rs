//! `docker inspect` of containers, and podman's. Sources: moby `api/types/container`, podman
//! `libpod/define/container_inspect.go`.

use super::lines::{Lines, Problems};
use super::located::{Json, Member};
use super::objects;
use super::{Head, Parsed, config_v2, networks};
use crate::formats::time::{Zone, whole_time};
use crate::model::{Citation, Cited, InputId, LineFault, Snapshot, Time};
use std::collections::BTreeMap;

/// Reads all containers of a document: an array, one object, or several of either one after the
/// other. The engine's own `config.v2.json` is read, too.
#[must_use]
pub fn parse(input: InputId, bytes: &[u8]) -> Parsed<Snapshot> {
    parse_in_folder(input, bytes, None)
}

/// As [`parse`], for a file in the engine's folder of the container `container_id`: a `hostconfig.json`
/// does not name its container.
pub(super) fn parse_in_folder(
    input: InputId,
    bytes: &[u8],
    container_id: Option<&str>,
) -> Parsed<Snapshot> {
    let lines = Lines::new(bytes);
    let mut problems = Problems::default();
    let mut records = Vec::new();
    let mut last = None;
    objects::for_each(bytes, &lines, &mut problems, |json, at| {
        let mut reading = Reading {
            input,
            lines: &lines,
            last: last.take(),
            json,
            snapshot: Snapshot::default(),
        };
        let citation = reading.cite(at, None);
        if config_v2::is_config(json) {
            config_v2::read(&mut reading);
        } else if is_container(json) {
            container(&mut reading);
        } else if config_v2::is_host_config(json) {
            let id = container_id.ok_or(LineFault::NoContainerId)?;
            config_v2::read_host(&mut reading, id);
        } else {
            return Err(LineFault::NotContainer);
        }
        last = reading.last;
        records.push(Cited {
            value: reading.snapshot,
            citation,
        });
        Ok(())
    });
    Parsed {
        records,
        problems: problems.into_list(),
        lines: lines.count(),
    }
}

/// Images, networks and volumes have an id, too, but no state.
fn is_container(json: &Json<'_>) -> bool {
    json.get(&["Id"]).and_then(Json::str).is_some()
        && ["State", "HostConfig", "RestartCount", "NetworkSettings"]
            .iter()
            .any(|key| json.member(&[key]).is_some())
}

/// One container's object, and what was read of it so far.
pub(super) struct Reading<'d, 'a> {
    input: InputId,
    lines: &'d Lines<'a>,
    /// The line that was cited last, and its index: one line may hold many members, even many containers.
    last: Option<(usize, Citation)>,
    pub(super) json: &'d Json<'a>,
    pub(super) snapshot: Snapshot,
}

impl<'d, 'a> Reading<'d, 'a> {
    /// The member at `path`, its line cited under `name`.
    fn cited(
        &mut self,
        name: &'static str,
        path: &[&str],
        time: Option<Time>,
    ) -> Option<&'d Json<'a>> {
        let Member { at, value, .. } = self.json.member(path)?;
        let citation = self.cite(*at, time);
        self.snapshot.lines.insert(name, citation);
        Some(value)
    }

    /// The line that holds the byte at `at`; lines that are cited again share their text.
    fn cite(&mut self, at: usize, time: Option<Time>) -> Citation {
        let index = self.lines.index_at(at);
        let citation = match self.last.take() {
            Some((known, citation)) if known == index => citation,
            _ => self.lines.cite(self.input, index, None),
        };
        self.last = Some((index, citation.clone()));
        Citation { time, ..citation }
    }

    /// Text, when it is there and not empty.
    pub(super) fn text(&mut self, name: &'static str, path: &[&str]) -> Option<String> {
        let text = self.cited(name, path, None)?.str()?;
        (!text.is_empty()).then(|| text.to_owned())
    }

    fn number<N: std::str::FromStr>(&mut self, name: &'static str, path: &[&str]) -> Option<N> {
        self.cited(name, path, None)?.integer()
    }

    pub(super) fn flag(&mut self, name: &'static str, path: &[&str]) -> Option<bool> {
        self.cited(name, path, None)?.bool()
    }

    /// A time. The zero time (`0001-01-01T00:00:00Z`) is cited, but means that there is none.
    fn time(&mut self, name: &'static str, path: &[&str]) -> Option<Time> {
        let time = moment(self.json.get(path)?);
        self.cited(name, path, time);
        time
    }

    /// What `docker inspect` and `config.v2.json` have in common.
    pub(super) fn common(&mut self) {
        self.snapshot.name = self
            .text("Name", &["Name"])
            .map(|name| name.trim_start_matches('/').to_owned());
        self.snapshot.created = self.time("Created", &["Created"]);
        self.snapshot.image = self.text("Image", &["Config", "Image"]);
        self.snapshot.image_id = self
            .json
            .get(&["Image"])
            .and_then(Json::str)
            .map(str::to_owned);
        self.snapshot.labels = labels(self.json.get(&["Config", "Labels"]));
        self.snapshot.restart_count = self.number("RestartCount", &["RestartCount"]);
        self.state();
        self.networks();
        self.snapshot.healthcheck = healthcheck(self.json);
    }

    /// The restart policy's name at `path`.
    pub(super) fn policy(&mut self, path: &[&str]) {
        self.snapshot.restart_policy = self
            .cited("RestartPolicy", path, None)
            .and_then(Json::str)
            // Some engines leave the name empty where no policy was given.
            .map(|name| if name.is_empty() { "no" } else { name }.to_owned());
    }

    fn state(&mut self) {
        self.snapshot.status = self.text("Status", &["State", "Status"]);
        self.snapshot.running = self.json.get(&["State", "Running"]).and_then(Json::bool);
        self.snapshot.exit_code = self.number("ExitCode", &["State", "ExitCode"]);
        self.snapshot.oom_killed = self.flag("OOMKilled", &["State", "OOMKilled"]);
        self.snapshot.started_at = self.time("StartedAt", &["State", "StartedAt"]);
        self.snapshot.finished_at = self.time("FinishedAt", &["State", "FinishedAt"]);
        self.snapshot.never_finished = self
            .json
            .get(&["State", "FinishedAt"])
            .and_then(Json::str)
            .is_some_and(|text| text.starts_with("0001-"));
        self.snapshot.error = self.text("Error", &["State", "Error"]);
        if self.snapshot.error.is_none() {
            self.snapshot.lines.remove("Error");
        }
        // podman up to 4 calls it `Healthcheck`.
        self.snapshot.health = self
            .text("Health", &["State", "Health", "Status"])
            .or_else(|| self.text("Health", &["State", "Healthcheck", "Status"]));
    }

    fn networks(&mut self) {
        let Some(networks) = self.cited("Networks", &["NetworkSettings", "Networks"], None) else {
            return;
        };
        let mut names: Vec<String> = Vec::new();
        for network in networks.members() {
            names.push(network.key.clone().into_owned());
            // moby 25 added it to every endpoint, empty or not (API 1.44).
            self.snapshot.modern_engine |= network.value.member(&["DNSNames"]).is_some();
        }
        names.sort_unstable();
        names.dedup();
        self.snapshot.networks = names;
    }
}

fn container(reading: &mut Reading<'_, '_>) {
    reading.snapshot.id = reading.text("Id", &["Id"]).unwrap_or_default();
    reading.common();
    if reading.snapshot.image.is_none() {
        // podman keeps the reference here, too.
        reading.snapshot.image = reading.text("Image", &["ImageName"]);
    }
    reading.policy(&["HostConfig", "RestartPolicy", "Name"]);
}

fn moment(json: &Json<'_>) -> Option<Time> {
    whole_time(json.str()?, &Zone::Utc).map(|stamp| stamp.time)
}

fn labels(json: Option<&Json<'_>>) -> BTreeMap<String, String> {
    json.into_iter()
        .flat_map(Json::members)
        .filter_map(|label| {
            let text = label.value.str()?;
            Some((label.key.clone().into_owned(), text.to_owned()))
        })
        .collect()
}

/// The probe's command as its `exec_create` event shows it (moby `daemon/health.go`: the arguments
/// joined by blanks, after the image's shell for `CMD-SHELL`).
fn healthcheck(json: &Json<'_>) -> Option<String> {
    let test = json.get(&["Config", "Healthcheck", "Test"])?.elements();
    let words = |elements: &[Json<'_>]| -> Vec<String> {
        elements
            .iter()
            .filter_map(|word| Some(word.str()?.to_owned()))
            .collect()
    };
    let (kind, arguments) = test.split_first()?;
    let mut command = match kind.str()? {
        "CMD" => Vec::new(),
        "CMD-SHELL" => {
            let shell = json
                .get(&["Config", "Shell"])
                .map(|shell| words(shell.elements()))
                .unwrap_or_default();
            if shell.is_empty() {
                vec!["/bin/sh".to_owned(), "-c".to_owned()]
            } else {
                shell
            }
        }
        _ => return None,
    };
    command.extend(words(arguments));
    (!command.is_empty()).then(|| command.join(" "))
}

/// Whether a document is `docker inspect` output. It mixes networks with containers when it is asked
/// for both.
pub(super) fn claims(head: &Head<'_>) -> bool {
    let container = head.has("Id") && (head.has("State") || (head.has("Path") && head.has("Args")));
    container || (networks::claims(head) && head.holds("\"StartedAt\""))
}

#[cfg(test)]
pub(super) const SAMPLES: &[&str] = &[
    r#"[{"Id":"82","State":{"Status":"running"}}]"#,
    r#"[{"Id":"82","Created":"x","Path":"python3","Args":[],"RestartCount":0}]"#,
    r#"[{"Name":"bridge","Id":"d2","Scope":"local"},{"Id":"82","State":{"StartedAt":"2026-11-20T09:41:25.2Z"}}]"#,
];

#[cfg(test)]
pub(super) const COUNTER_SAMPLES: &[&str] = &[
    r#"[{"Id":"82","RepoTags":["a:1"]}]"#,
    r#"[{"Name":"bridge","Id":"d2","Scope":"local"}]"#,
];

#[cfg(test)]
mod tests;
