//! Filters that name what is nowhere in the evidence: a mistake, and no clean report.

use super::Config;
use super::assemble::{is_id_of, is_service};
use crate::correlate::Correlated;
use std::collections::BTreeSet;

/// A word of a filter that matches nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unmatched {
    /// The option: `--service` or `--container`.
    pub option: &'static str,
    /// The word.
    pub word: String,
    /// The names that the evidence has.
    pub known: BTreeSet<String>,
}

/// The services and containers that `config` asks for and that are nowhere in the evidence.
#[must_use]
pub fn unmatched(evidence: &Correlated, config: &Config) -> Vec<Unmatched> {
    let services: BTreeSet<String> = evidence
        .identities
        .iter()
        .flat_map(|identity| {
            let scope = identity.key.scope.rsplit('/').next().unwrap_or_default();
            [
                identity.service.clone(),
                format!("{scope}/{}", identity.service),
            ]
        })
        .collect();
    let containers = &evidence.history.containers;
    let names = || {
        let names = containers.iter().flat_map(|container| &container.names);
        names.map(|(_, name)| name)
    };
    let is_known_service = |word: &str| services.iter().any(|name| is_service(word, name));
    let is_known_container = |word: &str| {
        names().any(|name| name == word)
            || containers
                .iter()
                .any(|container| is_id_of(word, &container.id))
    };
    let plain = || {
        let identities = evidence.identities.iter();
        identities.map(|identity| identity.service.clone())
    };
    let of_services = config
        .services
        .iter()
        .filter(|word| !is_known_service(word))
        .map(|word| Unmatched {
            option: "--service",
            word: word.clone(),
            known: plain().collect(),
        });
    let of_containers = config
        .containers
        .iter()
        .filter(|word| !is_known_container(word))
        .map(|word| Unmatched {
            option: "--container",
            word: word.clone(),
            known: names().cloned().collect(),
        });
    of_services.chain(of_containers).collect()
}
