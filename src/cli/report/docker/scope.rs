//! What the user's names stand for: services, containers, or all that the engine has.

use super::evidence::EngineEvidence;
use crate::{
    cli::{near::near, report::resolve::Job},
    engine::{Engine, Listed},
    model::report::{Report, Service},
    pipeline::{self, Analysis, Config, KeptLogs, Progress},
};
use anyhow::anyhow;
use std::collections::BTreeSet;

/// What a report is about: the containers of the chosen services, or all.
pub(in crate::cli::report) struct Scope(Option<Chosen>);

impl Scope {
    /// What `words` stand for, as far as the engine remembers.
    pub(in crate::cli::report) fn choose(
        words: &[String],
        evidence: &EngineEvidence,
    ) -> anyhow::Result<Self> {
        if words.is_empty() {
            return Ok(Self(None));
        }
        let known = pipeline::run_with(&Config::default(), evidence.documents(), &())?;
        choose(words, &known.report, evidence.containers()).map(|chosen| Self(Some(chosen)))
    }

    /// The containers whose logs are read.
    pub(in crate::cli::report) fn logs<'a>(
        &'a self,
        evidence: &'a EngineEvidence,
    ) -> impl Iterator<Item = &'a Listed> {
        evidence.containers().iter().filter(|listed| {
            let chosen = self.0.as_ref();
            chosen.is_none_or(|chosen| chosen.containers.contains(&listed.id))
        })
    }

    /// Reads the logs and judges.
    pub(super) fn analyse(
        &self,
        job: &Job,
        engine: &Engine,
        evidence: &EngineEvidence,
        progress: &dyn Progress,
    ) -> anyhow::Result<Analysis> {
        let mut named = evidence.documents();
        named.extend(
            self.logs(evidence)
                .map(|listed| evidence.log(engine, listed)),
        );
        Ok(pipeline::run_with(&self.config(job), named, progress)?)
    }

    /// Judges from logs that were read already.
    pub(in crate::cli::report) fn judge(
        &self,
        job: &Job,
        evidence: &EngineEvidence,
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

    /// The ids of the chosen containers; `None` for all.
    pub(super) fn into_containers(self) -> Option<BTreeSet<String>> {
        self.0.map(|chosen| chosen.containers)
    }

    fn config(&self, job: &Job) -> Config {
        let mut config = job.config.clone();
        if let Some(chosen) = &self.0 {
            config.services.extend(chosen.services.iter().cloned());
            if config.services.is_empty() {
                // A container without a startup belongs to no service, and the report is to be about no other.
                config.containers.extend(chosen.containers.iter().cloned());
            }
        }
        config
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

/// Finds what `words` name: services, containers (even removed ones that events know), or ids. A container stands for its whole service.
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

/// Whether `word` is the container's name, its id, or its name in Compose or a swarm.
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
    let near = near(&word.to_lowercase(), names.iter().copied());
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
