//! What an engine knows: its containers, their state and logs, its networks, and its events.

use super::body::Body;
use super::connect::{Engine, Patience};
use super::error::Error;
use super::retry::Backoff;
use super::version::ApiVersion;
use crate::model::Time;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io::{self, Read};
use std::thread;

/// A container, as the engine's list has it.
#[derive(Clone, Debug, Deserialize)]
pub struct Listed {
    /// 64 hex digits.
    #[serde(rename = "Id")]
    pub id: String,
    /// Its names, each with a leading slash; a container that is being removed has none.
    #[serde(rename = "Names", default)]
    names: Option<Vec<String>>,
    /// Its labels.
    #[serde(rename = "Labels", default)]
    labels: Option<BTreeMap<String, String>>,
    /// `running`, `exited` ...
    #[serde(rename = "State", default)]
    state: Option<String>,
}

impl Listed {
    /// Its name, without the slash; links have further slashes in theirs.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.names
            .iter()
            .flatten()
            .map(|name| name.trim_start_matches('/'))
            .find(|name| !name.contains('/'))
    }

    /// The value of a label.
    #[must_use]
    pub fn label(&self, key: &str) -> Option<&str> {
        self.labels.as_ref()?.get(key).map(String::as_str)
    }

    /// Whether it runs, or may run for all that is said.
    #[must_use]
    pub fn runs(&self) -> bool {
        let still = ["created", "exited", "dead", "configured", "stopped"];
        self.state
            .as_deref()
            .is_none_or(|state| !still.contains(&state))
    }

    /// `name.id` with the first 12 digits, which is unique and can be given to `docker`.
    #[must_use]
    pub fn title(&self) -> String {
        let id = self.id.get(..12).unwrap_or(&self.id);
        match self.name() {
            Some(name) => format!("{name}.{id}"),
            None => id.to_owned(),
        }
    }
}

/// The parts of `/info` that matter here.
#[derive(Deserialize)]
struct Info {
    #[serde(rename = "SystemTime", default)]
    system_time: Option<String>,
}

impl Engine {
    /// The engine's clock, by which its events and logs are stamped; this machine's when it does not say.
    #[must_use]
    pub fn now(&self) -> Time {
        self.get("/info")
            .ok()
            .and_then(|info| serde_json::from_slice::<Info>(&info).ok())
            .and_then(|info| info.system_time?.parse().ok())
            .unwrap_or_else(chrono::Utc::now)
    }

    /// All containers, stopped ones too, by name.
    ///
    /// # Errors
    /// When the engine does not list them.
    pub fn containers(&self) -> Result<Vec<Listed>, Error> {
        let path = "/containers/json?all=1";
        let list = self.get(path)?;
        let mut list: Vec<Listed> =
            serde_json::from_slice(&list).map_err(|error| Error::NoEngine {
                address: self.address().to_string(),
                why: format!("its list of containers is {error}"),
            })?;
        list.sort_by_cached_key(|container| (container.title(), container.id.clone()));
        Ok(list)
    }

    /// All events that the engine still has, from `since` (everything) up to `until`, a JSON object a
    /// line: what `docker events --since 0 --until TIME --format '{{json .}}'` shows.
    ///
    /// # Errors
    /// When the engine does not give them.
    pub fn events(&self, since: Option<Time>, until: Time) -> Result<Vec<u8>, Error> {
        let since = since.map_or_else(|| "0".to_owned(), stamp);
        self.get(&format!("/events?since={since}&until={}", stamp(until)))
    }

    /// A container's state, as `docker inspect` shows it.
    ///
    /// # Errors
    /// When the engine does not give it: the container may be gone.
    pub fn inspect(&self, id: &str) -> Result<Vec<u8>, Error> {
        Ok(array(&[self.get(&format!("/containers/{id}/json"))?]))
    }

    /// All networks with the containers on them, as `docker network inspect` shows them; nothing
    /// when there are none.
    ///
    /// # Errors
    /// When the engine does not list them.
    pub fn networks(&self) -> Result<Vec<u8>, Error> {
        #[derive(Deserialize)]
        struct Network {
            #[serde(rename = "Id")]
            id: String,
        }
        let list = self.get("/networks")?;
        let list: Vec<Network> = serde_json::from_slice(&list).unwrap_or_default();
        let mut all = Vec::new();
        for Network { id } in list {
            match self.get(&format!("/networks/{id}")) {
                Ok(network) => all.push(network),
                // Removed since they were listed.
                Err(error) if error.is_not_found() => {}
                Err(error) => return Err(error),
            }
        }
        Ok(if all.is_empty() {
            Vec::new()
        } else {
            array(&all)
        })
    }

    /// A container's log with times, from `since` (its beginning) up to `until`, as the engine streams
    /// it: frames, or plain lines when the container has a terminal. Asks when it is first read.
    #[must_use]
    pub fn log(&self, id: &str, since: Option<Time>, until: Option<Time>) -> LogReader {
        // Older engines ignore what they do not know; some refuse it.
        let until = until.filter(|_| self.api_version() >= ApiVersion::new(1, 35));
        let bound = |name: &str, time: Option<Time>| {
            time.map_or_else(String::new, |time| format!("&{name}={}", stamp(time)))
        };
        LogReader {
            engine: self.clone(),
            path: format!(
                "/containers/{id}/logs?stdout=1&stderr=1&timestamps=1{}{}",
                bound("since", since),
                bound("until", until)
            ),
            patience: Patience::Due,
            body: None,
        }
    }

    /// So many last lines of a container's log, and what it logs then, until it ends.
    #[must_use]
    pub fn last_lines(&self, id: &str, lines: u32) -> LogReader {
        LogReader {
            engine: self.clone(),
            path: format!(
                "/containers/{id}/logs?follow=1&stdout=1&stderr=1&timestamps=1&tail={lines}"
            ),
            patience: Patience::Endless,
            body: None,
        }
    }

    /// What a container logs from `since` on, as it does, until it ends.
    #[must_use]
    pub fn live_log(&self, id: &str, since: Time) -> LogReader {
        LogReader {
            engine: self.clone(),
            path: format!(
                "/containers/{id}/logs?follow=1&stdout=1&stderr=1&timestamps=1&since={}",
                stamp(since)
            ),
            patience: Patience::Endless,
            body: None,
        }
    }

    /// The path to ask for events from `since` on, without an end.
    #[must_use]
    pub fn events_from(since: Time) -> String {
        format!("/events?since={}", stamp(since))
    }
}

/// A log that is asked for when it is first read.
pub struct LogReader {
    engine: Engine,
    path: String,
    patience: Patience,
    body: Option<Body>,
}

impl Read for LogReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.body.is_none() {
            let mut pauses = Backoff::with_attempts(3);
            self.body = Some(loop {
                match self.engine.open(&self.path, self.patience) {
                    Ok(body) => break body,
                    Err(error) => match pauses.next().filter(|_| error.is_transient()) {
                        Some(pause) => thread::sleep(pause),
                        None => return Err(error.into()),
                    },
                }
            });
        }
        self.body.as_mut().map_or(Ok(0), |body| body.read(buffer))
    }
}

/// A time as the API takes it: seconds with nine decimals.
fn stamp(time: Time) -> String {
    format!("{}.{:09}", time.timestamp(), time.timestamp_subsec_nanos())
}

/// JSON objects as `docker inspect` lays them out: an array, indented by four blanks. What is no
/// JSON stays as it is, to be reported where it is read.
fn array(objects: &[Vec<u8>]) -> Vec<u8> {
    let values: Result<Vec<serde_json::Value>, _> = objects
        .iter()
        .map(|object| serde_json::from_slice(object))
        .collect();
    let Ok(values) = values else {
        return objects.join(&b'\n');
    };
    let mut out = Vec::new();
    let formatter = serde_json::ser::PrettyFormatter::with_indent(b"    ");
    let mut serializer = serde_json::Serializer::with_formatter(&mut out, formatter);
    match values.serialize(&mut serializer) {
        Ok(()) => out.push(b'\n'),
        Err(_) => return objects.join(&b'\n'),
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inspect_is_laid_out_as_by_docker() {
        let text = array(&[br#"{"Id":"a","State":{"Pid":1}}"#.to_vec()]);
        let expected = "[\n    {\n        \"Id\": \"a\",\n        \"State\": {\n            \"Pid\": 1\n        }\n    }\n]\n";
        assert_eq!(String::from_utf8(text).unwrap(), expected);
        assert_eq!(array(&[b"oops".to_vec()]), b"oops");
        assert_eq!(array(&[]), b"[]\n");
    }

    #[test]
    fn a_container_is_titled_by_its_own_name() {
        let listed: Listed = serde_json::from_str(
            r#"{"Id":"1df37d801ee7ddbba5ab","Names":["/web/db","/db"],"Labels":null}"#,
        )
        .unwrap();
        assert_eq!(listed.title(), "db.1df37d801ee7");
        let unnamed: Listed =
            serde_json::from_str(r#"{"Id":"1df37d801ee7ddbba5ab","Names":null}"#).unwrap();
        assert_eq!(unnamed.title(), "1df37d801ee7");
    }
}
