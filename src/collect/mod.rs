//! Saves all the evidence of a host as a bundle: what the engine knows, and what the host has
//! recorded, secrets taken out.

mod host;
mod lines;
mod states;

use crate::bundle::{Manifest, SCHEMA, Writer};
use crate::engine::{Address, Engine, Error, Listed};
use crate::formats::Encoding;
use crate::model::Time;
use crate::redact::Redactor;
use lines::LineWriter;
use serde::Deserialize;
use states::{Container, States};
use std::collections::BTreeSet;
use std::io::{self, Read};
use std::path::Path;
use std::time::Duration;

/// What to collect, and where to.
pub(crate) struct Collection<'a> {
    /// The engine.
    pub engine: &'a Engine,
    /// The bundle: a folder, or a `.tar`, `.tar.gz` or `.tar.zst`.
    pub target: &'a Path,
    /// Takes secrets out; `None` leaves them in.
    pub redactor: Option<Redactor>,
    /// Whether to look for the host's own records.
    pub host: bool,
    /// The words by which `logs` were chosen.
    pub selected: Vec<String>,
    /// Told what is being done.
    pub progress: &'a dyn Fn(&str),
    /// How long to go on listening, if at all.
    pub length: Option<Duration>,
    /// The ids of those whose logs are wanted by now; `None` for all.
    pub wanted: &'a dyn Fn() -> Option<BTreeSet<String>>,
}

/// Why there is no bundle.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failed {
    /// The engine does not even list its containers.
    #[error(transparent)]
    Engine(#[from] Error),
    /// The bundle cannot be written.
    #[error("cannot write {target}: {cause}")]
    Write {
        /// The bundle.
        target: String,
        /// The system's answer.
        cause: io::Error,
    },
}

/// A volume's name is all that is taken of it.
#[derive(Deserialize)]
struct Volumes {
    #[serde(rename = "Volumes", default)]
    volumes: Option<Vec<Volume>>,
}

#[derive(Deserialize)]
struct Volume {
    #[serde(rename = "Name")]
    name: String,
}

/// The part of an inspected container that says how its log comes.
#[derive(Deserialize)]
struct Inspected {
    #[serde(rename = "Config")]
    config: Option<InspectedConfig>,
}

#[derive(Deserialize)]
struct InspectedConfig {
    #[serde(rename = "Tty", default)]
    tty: bool,
}

impl Collection<'_> {
    /// Collects: first what there is, then, if it listens, what happens.
    ///
    /// # Errors
    /// When the bundle cannot be written. What the engine or the host does not give is noted in it.
    pub(crate) fn run(mut self, containers: &[Listed]) -> Result<Manifest, Failed> {
        let began = chrono::Utc::now();
        let target = self.target;
        let failed = |cause| Failed::Write {
            target: target.display().to_string(),
            cause,
        };
        let mut writer = Writer::create(target).map_err(failed)?;
        self.collect(&mut writer, containers)
            .and_then(|()| {
                writer.finish(Manifest {
                    schema: SCHEMA.to_owned(),
                    tool: concat!(env!("CARGO_PKG_NAME"), " ", env!("CARGO_PKG_VERSION"))
                        .to_owned(),
                    began,
                    ended: chrono::Utc::now(),
                    engine: self.engine.address().to_string(),
                    api: self.engine.api_version().to_string(),
                    redacted: self.redactor.is_some(),
                    selected: self.selected.clone(),
                    files: Vec::new(),
                    missing: Vec::new(),
                })
            })
            .map_err(failed)
    }

    fn collect(&mut self, writer: &mut Writer, containers: &[Listed]) -> io::Result<()> {
        (self.progress)("state of the containers");
        let mut until = self.engine.now();
        let mut states = States::default();
        states.ask(self.engine, containers, writer);
        (self.progress)("events");
        let mut events = self.engine.events(None, until);
        if let Some(length) = self.length {
            (self.progress)("what happens");
            let interrupts = self.engine.interrupts();
            let goes_on = || !interrupts.asked();
            let (more, broken) = states.watch(self.engine, until, length, &goes_on);
            if let Some(why) = broken {
                writer.missing("some events of the time of listening", why);
            }
            events = events.map(|events| states::joined(events, &more));
            until = self.engine.now();
        }
        // Secrets that have a name here are recognised where they have none.
        self.learn(states.documents().chain(events.as_ref().ok()));
        let wanted = (self.wanted)();
        for container in &states.all {
            let id = &container.listed.id;
            if wanted.as_ref().is_none_or(|wanted| wanted.contains(id)) {
                (self.progress)(&format!("log of {}", container.listed.title()));
                self.log(writer, container, until)?;
            }
        }
        // What changed while all that was read: a state is not later than the events that explain it.
        let now = self.engine.containers().unwrap_or_default();
        states.ask(self.engine, &now, writer);
        let last = self.engine.events(Some(until), self.engine.now());
        if let (Ok(events), Ok(last)) = (&mut events, last) {
            *events = states::joined(std::mem::take(events), &last);
        }
        self.learn(states.documents().chain(events.as_ref().ok()));
        self.states(writer, &states)?;
        self.document(
            writer,
            "events.jsonl",
            "docker events --since 0 --until NOW --format '{{json .}}'",
            true,
            events,
        )?;
        self.document(
            writer,
            "networks.json",
            "docker network inspect $(docker network ls -q)",
            true,
            self.engine.networks(),
        )?;
        self.about(writer)?;
        if self.host {
            (self.progress)("records of the host");
            match self.engine.address() {
                Address::Unix(_) | Address::Pipe(_) => {
                    host::collect(writer, self.redactor.as_ref())?;
                }
                _ => writer.missing(
                    "records of the host",
                    "the engine runs on another host; collect there to have them",
                ),
            }
        }
        Ok(())
    }

    fn learn<'d>(&mut self, documents: impl Iterator<Item = &'d Vec<u8>>) {
        if let Some(redactor) = &mut self.redactor {
            for document in documents {
                redactor.learn(document);
            }
        }
    }

    /// Each state in a file of its own, so that the manifest says when it was taken.
    fn states(&self, writer: &mut Writer, states: &States) -> io::Result<()> {
        for container in &states.all {
            let id = short(&container.listed);
            for (n, (taken, state)) in container.states.iter().enumerate() {
                let number = match n {
                    0 => String::new(),
                    _ => format!(".{}", n + 1),
                };
                let path = format!("inspect/{}{number}.json", title(&container.listed));
                let mut file = writer.file(&path)?;
                self.write(&mut file, state)?;
                writer.end(file, &format!("docker inspect {id}"), true, *taken, None)?;
            }
        }
        Ok(())
    }

    /// Writes a document without its secrets.
    fn write(&self, file: &mut impl io::Write, content: &[u8]) -> io::Result<()> {
        match &self.redactor {
            None => file.write_all(content),
            Some(redactor) => {
                let mut redacted = Vec::with_capacity(content.len());
                redactor.document(content, &mut redacted);
                file.write_all(&redacted)
            }
        }
    }

    /// What the engine says of itself.
    fn about(&self, writer: &mut Writer) -> io::Result<()> {
        let volumes = self.engine.get("/volumes").map(|volumes| {
            let volumes: Volumes =
                serde_json::from_slice(&volumes).unwrap_or(Volumes { volumes: None });
            let mut names: Vec<String> = volumes
                .volumes
                .into_iter()
                .flatten()
                .map(|volume| volume.name + "\n")
                .collect();
            names.sort();
            names.concat().into_bytes()
        });
        let version = Ok(self.engine.about().as_bytes().to_vec());
        for (path, source, content) in [
            ("engine/info.json", "docker info", self.engine.get("/info")),
            ("engine/version.json", "docker version", version),
            ("engine/volumes.names", "docker volume ls -q", volumes),
        ] {
            self.document(writer, path, source, false, content)?;
        }
        Ok(())
    }

    fn document(
        &self,
        writer: &mut Writer,
        path: &str,
        source: &str,
        evidence: bool,
        content: Result<Vec<u8>, Error>,
    ) -> io::Result<()> {
        let content = match content {
            // An engine without events says so; other lists may well be empty.
            Ok(content) if content.is_empty() && !path.starts_with("events") => return Ok(()),
            Ok(content) => content,
            Err(error) => {
                writer.missing(path, error.to_string());
                return Ok(());
            }
        };
        let mut file = writer.file(path)?;
        self.write(&mut file, &content)?;
        writer.end(file, source, evidence, chrono::Utc::now(), None)
    }

    /// A log as `docker logs -t` shows it, as it comes; of a container that is gone, what it said last.
    fn log(&self, writer: &mut Writer, container: &Container, until: Time) -> io::Result<()> {
        let states = &container.states;
        let has_terminal = states.last().is_some_and(|(_, state)| has_terminal(state));
        let listed = &container.listed;
        let mut reader: Box<dyn Read> = Box::new(self.engine.log(&listed.id, None, Some(until)));
        let mut is_gone = false;
        let mut buffer = vec![0; 64 * 1024];
        let mut got = reader.read(&mut buffer);
        if let Err(error) = &got {
            let lines = container.last_lines.as_ref();
            let lines = lines.and_then(|lines| lines.lock().ok().map(|lines| lines.clone()));
            let Some(lines) = lines.filter(|lines| !lines.is_empty()) else {
                writer.missing(format!("log of {}", listed.title()), error.to_string());
                return Ok(());
            };
            is_gone = true;
            reader = Box::new(io::Cursor::new(lines));
            got = reader.read(&mut buffer);
        }
        let path = format!("logs/{}.log", title(listed));
        let mut file = writer.file(&path)?;
        let mut lines = LineWriter::new(self.redactor.as_ref(), &mut file);
        let mut frames = (!has_terminal).then(|| Encoding::RawFrames.transcoder());
        let mut text = Vec::new();
        let broken = loop {
            text.clear();
            let piece = match &got {
                Ok(0) => break None,
                Ok(got) => &buffer[..*got],
                Err(error) => break Some(error.to_string()),
            };
            match &mut frames {
                Some(frames) => frames.push(piece, &mut text),
                None => text.extend_from_slice(piece),
            }
            lines.push(&text)?;
            got = reader.read(&mut buffer);
        };
        if let Some(frames) = &mut frames {
            text.clear();
            frames.finish(&mut text);
            lines.push(&text)?;
        }
        lines.finish()?;
        let damaged = frames
            .as_ref()
            .and_then(|frames| frames.problems().first)
            .map(|(what, at)| format!("damaged at byte {at} of the engine's stream: {what}"));
        let note = broken
            .map(|why| format!("it is not whole: {why}"))
            .or(damaged)
            .or(is_gone.then(|| "only its last lines: the container was removed".to_owned()));
        writer.end(
            file,
            &format!("docker logs -t {}", short(listed)),
            true,
            chrono::Utc::now(),
            note,
        )
    }
}

fn short(container: &Listed) -> &str {
    container.id.get(..12).unwrap_or(&container.id)
}

/// A container's title as a file name: engines allow nothing else in names, but who knows.
fn title(container: &Listed) -> String {
    container
        .title()
        .chars()
        .map(|c| match c {
            c if c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-') => c,
            _ => '_',
        })
        .collect()
}

fn has_terminal(state: &[u8]) -> bool {
    serde_json::from_slice::<Vec<Inspected>>(state)
        .ok()
        .and_then(|containers| containers.into_iter().next()?.config)
        .is_some_and(|config| config.tty)
}
