//! `report --docker`: straight from a running engine, in two steps. What it remembers says which
//! containers make up a service; then the logs of those that are asked for are streamed.

use super::resolve::Job;
use crate::{
    cli::engine::EngineArgs,
    engine::{Engine, Error, Listed},
    model::{
        Time,
        report::{Report, Service},
    },
    pipeline::{self, Analysis, Config, KeptLogs, Named, Progress, Role},
};
use anyhow::{Context as _, anyhow};
use chrono::TimeDelta;
use std::{
    collections::BTreeSet,
    io::{Cursor, Read},
    sync::Arc,
};

/// Reports on the containers and services that `job` names, or on all.
pub(super) fn analyse(
    job: &Job,
    engine: &EngineArgs,
    progress: &dyn Progress,
) -> anyhow::Result<Analysis> {
    let engine = engine.connect()?;
    let evidence = Evidence::of(&engine)?;
    Scope::of(&job.words, &evidence)?.analyse(job, &engine, &evidence, progress)
}

/// All containers, and the ids of those that `words` mean with their whole services; `None` for all.
pub(in crate::cli) fn chosen(
    engine: &Engine,
    words: &[String],
) -> anyhow::Result<(Vec<Listed>, Option<BTreeSet<String>>)> {
    if words.is_empty() {
        let containers = engine.containers().context("cannot list the containers")?;
        return Ok((containers, None));
    }
    let evidence = Evidence::of(engine)?;
    let scope = Scope::of(words, &evidence)?;
    Ok((evidence.containers, scope.0.map(|chosen| chosen.containers)))
}

/// What a report is on: the containers of the chosen services, or all.
pub(super) struct Scope(Option<Chosen>);

impl Scope {
    /// What `words` stand for, by what the engine remembers.
    pub(super) fn of(words: &[String], evidence: &Evidence) -> anyhow::Result<Self> {
        if words.is_empty() {
            return Ok(Self(None));
        }
        let known = pipeline::run_with(&Config::default(), evidence.documents(), &())?;
        choose(words, &known.report, &evidence.containers).map(|chosen| Self(Some(chosen)))
    }

    /// The containers whose logs are read.
    pub(super) fn logs<'a>(&'a self, evidence: &'a Evidence) -> impl Iterator<Item = &'a Listed> {
        evidence.containers.iter().filter(|listed| {
            let chosen = self.0.as_ref();
            chosen.is_none_or(|chosen| chosen.containers.contains(&listed.id))
        })
    }

    /// Reads the logs, and judges.
    fn analyse(
        &self,
        job: &Job,
        engine: &Engine,
        evidence: &Evidence,
        progress: &dyn Progress,
    ) -> anyhow::Result<Analysis> {
        let mut named = evidence.documents();
        named.extend(
            self.logs(evidence)
                .map(|listed| evidence.log(engine, listed)),
        );
        Ok(pipeline::run_with(&self.config(job), named, progress)?)
    }

    /// Judges by logs that were read already.
    pub(super) fn judge(
        &self,
        job: &Job,
        evidence: &Evidence,
        logs: &KeptLogs,
    ) -> anyhow::Result<Analysis> {
        let config = self.config(job);
        Ok(pipeline::run_beside(
            &config,
            evidence.documents(),
            logs,
            &(),
        )?)
    }

    fn config(&self, job: &Job) -> Config {
        let mut config = job.config.clone();
        if let Some(chosen) = &self.0 {
            config.services.extend(chosen.services.iter().cloned());
            if config.services.is_empty() {
                // Containers without a startup belong to no service; nothing is to be said of others.
                config.containers.extend(chosen.containers.iter().cloned());
            }
        }
        config
    }
}

/// Name, role, content.
type Document = (String, Role, Result<Arc<[u8]>, Error>);

/// The name of the input with the events.
const EVENTS: &str = "docker:events";
/// Removed containers whose state is still known.
const GONE: usize = 500;
/// Events are asked for again that far back.
const OVERLAP: TimeDelta = TimeDelta::seconds(2);

/// The name of the input with a container's state.
fn inspect(container: &Listed) -> String {
    format!("docker:inspect/{}", container.title())
}

/// What is small and read whole.
pub(super) struct Evidence {
    /// What came later is left out, so that events and logs end together.
    pub(super) until: Time,
    containers: Vec<Listed>,
    /// Containers that were there before, those that went first before the others.
    gone: Vec<Listed>,
    documents: Vec<Document>,
}

impl Evidence {
    /// Asks for it.
    pub(super) fn of(engine: &Engine) -> anyhow::Result<Self> {
        Self::since(engine, None)
    }

    /// Asks for it, with events from `since` (everything) on.
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
    pub(super) fn events(&self) -> &[u8] {
        let events = self.documents.iter().find(|(name, ..)| name == EVENTS);
        events
            .and_then(|(_, _, content)| content.as_deref().ok())
            .unwrap_or_default()
    }

    /// Asks for what is new, and goes on knowing the containers that are no more.
    pub(super) fn again(&self, engine: &Engine) -> anyhow::Result<Self> {
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
                // It went between being listed and being asked for.
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
    pub(super) fn knows(&self, id: &str) -> bool {
        let mut known = self.containers.iter().chain(&self.gone);
        known.any(|container| container.id == id)
    }

    /// With events that were kept, in the place of those that the engine still has.
    pub(super) fn with_events(mut self, events: &[u8]) -> Self {
        for (name, _, content) in &mut self.documents {
            if name == EVENTS {
                *content = Ok(Arc::from(events));
            }
        }
        self
    }

    fn documents(&self) -> Vec<Named> {
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
                    warnings: Vec::new(),
                }
            })
            .collect()
    }

    fn log(&self, engine: &Engine, container: &Listed) -> Named {
        let reader = engine.log(&container.id, None, Some(self.until));
        Named {
            path: format!("docker:logs/{}", container.title()).into(),
            role: None,
            open: Box::new(move || Ok(Box::new(reader))),
            warnings: Vec::new(),
        }
    }
}

/// What the user's words stand for.
#[derive(Debug, Default, PartialEq, Eq)]
struct Chosen {
    /// Names of services.
    services: BTreeSet<String>,
    /// Ids of containers.
    containers: BTreeSet<String>,
}

/// Finds what `words` name: services, containers (removed ones, too, as far as events know them), or
/// ids. A container stands for its whole service.
fn choose(words: &[String], known: &Report, listed: &[Listed]) -> anyhow::Result<Chosen> {
    let mut chosen = Chosen::default();
    for word in words {
        let direct: BTreeSet<&str> = listed
            .iter()
            .filter(|container| is_listed_as(container, word))
            .map(|container| container.id.as_str())
            .collect();
        let services: Vec<&Service> = known
            .services
            .iter()
            .filter(|service| stands_for(service, word, &direct))
            .collect();
        if services.is_empty() && direct.is_empty() {
            return Err(no_such(word, known, listed));
        }
        chosen
            .containers
            .extend(direct.into_iter().map(str::to_owned));
        for service in services {
            chosen.services.insert(service.name.clone());
            let ids = service.containers.iter();
            chosen
                .containers
                .extend(ids.filter_map(|container| container.id.clone()));
        }
    }
    Ok(chosen)
}

fn stands_for(service: &Service, word: &str, direct: &BTreeSet<&str>) -> bool {
    service.name == word
        || service.name.rsplit('/').next() == Some(word)
        || service.containers.iter().any(|container| {
            container.name.as_deref() == Some(word)
                || container
                    .id
                    .as_deref()
                    .is_some_and(|id| is_id(word, id) || direct.contains(id))
        })
}

fn is_id(word: &str, id: &str) -> bool {
    word.len() >= 4 && word.bytes().all(|byte| byte.is_ascii_hexdigit()) && id.starts_with(word)
}

/// By name, id, or the names that Compose and swarms know it by.
fn is_listed_as(container: &Listed, word: &str) -> bool {
    let compose = container.label("com.docker.compose.service");
    let project = container.label("com.docker.compose.project");
    let joined = |mark: &str| Some(format!("{}{mark}{}", project?, compose?));
    container.name() == Some(word)
        || is_id(word, &container.id)
        || compose == Some(word)
        || container.label("com.docker.swarm.service.name") == Some(word)
        || ["/", "-", "_"]
            .into_iter()
            .any(|mark| joined(mark).as_deref() == Some(word))
}

fn no_such(word: &str, known: &Report, listed: &[Listed]) -> anyhow::Error {
    let services = known.services.iter();
    let names: BTreeSet<&str> = services
        .flat_map(|service| {
            let containers = service.containers.iter();
            containers
                .filter_map(|container| container.name.as_deref())
                .chain([service.name.as_str()])
        })
        .chain(listed.iter().filter_map(Listed::name))
        .collect();
    let near = nearest(word, &names);
    if names.is_empty() {
        anyhow!("no container or service is called {word:?}: the engine has none at all")
    } else if near.is_empty() {
        anyhow!("no container or service is called {word:?}; `docker ps -a` lists what there is")
    } else {
        anyhow!(
            "no container or service is called {word:?}; did you mean {}?",
            near.join(" or ")
        )
    }
}

/// At most three names that look like `word` or hold it, the likest first.
fn nearest<'a>(word: &str, names: &BTreeSet<&'a str>) -> Vec<&'a str> {
    let likeness = |name: &str| {
        if name.contains(word) || word.contains(name) {
            return 1.0;
        }
        strsim::jaro_winkler(&name.to_lowercase(), &word.to_lowercase())
    };
    let mut near: Vec<(f64, &str)> = names
        .iter()
        .map(|name| (likeness(name), *name))
        .filter(|(likeness, _)| *likeness >= 0.8)
        .collect();
    near.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
    near.into_iter().take(3).map(|(_, name)| name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;

    fn words(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    fn listed() -> Vec<Listed> {
        serde_json::from_str(
            r#"[{"Id":"aaaa00000000","Names":["/shop-web-1"],
                 "Labels":{"com.docker.compose.project":"shop","com.docker.compose.service":"web"}},
                {"Id":"bbbb00000000","Names":["/idle"],"Labels":{}}]"#,
        )
        .unwrap()
    }

    #[test]
    fn a_container_stands_for_its_service_by_any_of_its_names() {
        let report = fixture::timer_restart();
        let container = report.services[0].containers[0].clone();
        let name = container.name.unwrap();
        let id = container.id.unwrap();
        for word in [&report.services[0].name, &name, &id[..6].to_owned()] {
            let chosen = choose(&words(&[word]), &report, &listed()).unwrap();
            assert!(chosen.services.contains(&report.services[0].name), "{word}");
            assert!(chosen.containers.contains(&id), "{word}");
        }
        for word in [
            "shop-web-1",
            "web",
            "shop/web",
            "shop-web",
            "shop_web",
            "aaaa",
        ] {
            let chosen = choose(&words(&[word]), &report, &listed()).unwrap();
            assert!(chosen.containers.contains("aaaa00000000"), "{word}");
        }
    }

    #[test]
    fn a_name_that_nobody_has_brings_the_nearest() {
        let report = fixture::timer_restart();
        let said = |word| {
            choose(&words(&[word]), &report, &listed())
                .unwrap_err()
                .to_string()
        };
        assert!(
            said("pms-backed").ends_with("did you mean pms-backend?"),
            "{}",
            said("pms-backed")
        );
        assert!(
            said("shop").contains("did you mean shop-web-1?"),
            "{}",
            said("shop")
        );
        assert!(said("zzz").contains("docker ps -a"), "{}", said("zzz"));
    }
}
