//! What the user asked to see, and the counts over it.

use super::Config;
use crate::model::Cause;
use crate::model::report::{Service, Startup, Summary};

/// Keeps the services, containers and times that `config` asks for. Startups keep their numbers.
pub(super) fn apply(services: Vec<Service>, config: &Config) -> Vec<Service> {
    services
        .into_iter()
        .filter(|service| {
            config.services.is_empty()
                || config.services.iter().any(|name| {
                    *name == service.name || service.name.rsplit('/').next() == Some(name)
                })
        })
        .filter_map(|mut service| {
            let whole = service.startups.len();
            service.startups.retain(|startup| {
                config.window().holds(startup.at) && of_container(startup, config)
            });
            if service.startups.is_empty() && whole > 0 {
                return None;
            }
            if !config.containers.is_empty() {
                service.containers.retain(|container| {
                    config.containers.iter().any(|word| {
                        matches(word, container.id.as_deref(), container.name.as_deref())
                    }) || service
                        .startups
                        .iter()
                        .any(|startup| startup.container_id == container.id)
                });
            }
            Some(service)
        })
        .collect()
}

fn of_container(startup: &Startup, config: &Config) -> bool {
    config.containers.is_empty()
        || config.containers.iter().any(|word| {
            matches(
                word,
                startup.container_id.as_deref(),
                startup.container_name.as_deref(),
            )
        })
}

fn matches(word: &str, id: Option<&str>, name: Option<&str>) -> bool {
    let is_id = word.len() >= 4 && word.bytes().all(|b| b.is_ascii_hexdigit());
    name == Some(word) || is_id && id.is_some_and(|id| id.starts_with(word))
}

/// Counts over `services`.
pub(super) fn summary(services: &[Service]) -> Summary {
    let mut summary = Summary::default();
    for startup in services.iter().flat_map(|service| &service.startups) {
        summary.startups += 1;
        summary.duplicates += u64::from(startup.duplicate);
        *summary.by_cause.entry(startup.cause).or_default() += 1;
    }
    debug_assert!(
        summary
            .by_cause
            .keys()
            .all(|cause| Cause::ALL.contains(cause))
    );
    summary
}
