//! What the engine itself says: its events, its networks and the state of each container.

use crate::{
    engine::{Engine, Error, Listed},
    model::Time,
    pipeline::{Named, Role},
};
use anyhow::Context as _;
use chrono::TimeDelta;
use std::{
    io::{Cursor, Read},
    sync::Arc,
};

/// Name, role, content.
type Document = (String, Role, Result<Arc<[u8]>, Error>);

/// The name of the input with the events.
const EVENTS: &str = "docker:events";
/// How many removed containers are remembered.
const GONE: usize = 500;
/// How far back events are asked for again.
const OVERLAP: TimeDelta = TimeDelta::seconds(2);

/// The name of the input with a container's state.
fn inspect(container: &Listed) -> String {
    format!("docker:inspect/{}", container.title())
}

/// What the engine says of its containers apart from their logs: small, and read whole.
pub(in crate::cli::report) struct EngineEvidence {
    /// Whatever came later is left out, so that events and logs end together.
    pub(in crate::cli::report) until: Time,
    containers: Vec<Listed>,
    /// Containers that were there before, in the order in which they went.
    gone: Vec<Listed>,
    documents: Vec<Document>,
}

impl EngineEvidence {
    /// Asks the engine for all of it.
    pub(in crate::cli::report) fn ask(engine: &Engine) -> anyhow::Result<Self> {
        Self::since(engine, None)
    }

    /// Asks for it, with the events since `since`, or all of them.
    fn since(engine: &Engine, since: Option<Time>) -> anyhow::Result<Self> {
        let until = engine.now();
        let containers = engine.containers().context("cannot list the containers")?;
        let mut documents = vec![
            (EVENTS.to_owned(), Role::Events, engine.events(since, until)),
            (
                "docker:networks".to_owned(),
                Role::Inspect,
                engine.networks(),
            ),
        ];
        for container in &containers {
            documents.push((
                inspect(container),
                Role::Inspect,
                engine.inspect(&container.id),
            ));
        }
        Ok(Self {
            until,
            containers,
            gone: Vec::new(),
            documents: documents
                .into_iter()
                .map(|(name, role, content)| (name, role, content.map(Arc::from)))
                .collect(),
        })
    }

    /// The events as JSON Lines.
    pub(in crate::cli::report) fn events(&self) -> &[u8] {
        let events = self.documents.iter().find(|(name, ..)| name == EVENTS);
        events
            .and_then(|(_, _, content)| content.as_deref().ok())
            .unwrap_or_default()
    }

    /// Asks for what is new, and keeps what is known of containers that were removed.
    pub(in crate::cli::report) fn again(&self, engine: &Engine) -> anyhow::Result<Self> {
        let mut fresh = Self::since(engine, Some(self.until - OVERLAP))?;
        for container in self.gone.iter().chain(&self.containers) {
            let name = inspect(container);
            let Some(known) = self.documents.iter().find(|(other, ..)| *other == name) else {
                continue;
            };
            if fresh
                .containers
                .iter()
                .all(|other| other.id != container.id)
            {
                fresh.gone.push(container.clone());
                fresh.documents.push(known.clone());
            } else if let Some((_, _, content @ Err(_))) = fresh
                .documents
                .iter_mut()
                .find(|(other, ..)| *other == name)
            {
                // It was removed between being listed and being inspected.
                content.clone_from(&known.2);
            }
        }
        let forgotten = fresh.gone.len().saturating_sub(GONE);
        for container in fresh.gone.drain(..forgotten).collect::<Vec<_>>() {
            let name = inspect(&container);
            fresh.documents.retain(|(other, ..)| *other != name);
        }
        Ok(fresh)
    }

    /// Whether the container is there, or was until not long ago.
    pub(in crate::cli::report) fn knows(&self, id: &str) -> bool {
        let mut known = self.containers.iter().chain(&self.gone);
        known.any(|container| container.id == id)
    }

    /// With the events that were kept in place of those that the engine still has.
    pub(in crate::cli::report) fn with_events(mut self, events: &[u8]) -> Self {
        for (name, _, content) in &mut self.documents {
            if name == EVENTS {
                *content = Ok(Arc::from(events));
            }
        }
        self
    }

    /// The containers that are there now.
    pub(super) fn containers(&self) -> &[Listed] {
        &self.containers
    }

    /// The containers that are there now, without the rest.
    pub(super) fn into_containers(self) -> Vec<Listed> {
        self.containers
    }

    /// Everything as inputs of the pipeline.
    pub(super) fn documents(&self) -> Vec<Named> {
        self.documents
            .iter()
            // An engine without events says so; other lists may well be empty.
            .filter(|(name, _, content)| {
                name == EVENTS || !content.as_ref().is_ok_and(|content| content.is_empty())
            })
            .map(|(name, role, content)| {
                let content = content.clone();
                Named {
                    path: name.into(),
                    role: Some(*role),
                    open: Box::new(move || {
                        let reader: Box<dyn Read + Send> = Box::new(Cursor::new(content?));
                        Ok(reader)
                    }),
                }
            })
            .collect()
    }

    /// The log of `container`, streamed, as an input of the pipeline.
    pub(super) fn log(&self, engine: &Engine, container: &Listed) -> Named {
        let reader = engine.log(&container.id, None, Some(self.until));
        Named {
            path: format!("docker:logs/{}", container.title()).into(),
            role: None,
            open: Box::new(move || Ok(Box::new(reader))),
        }
    }
}
