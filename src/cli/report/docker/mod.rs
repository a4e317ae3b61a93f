//! `report --docker`: straight from a running engine, in two steps. What it remembers says which
//! containers make up a service; then the logs of those that are asked for are streamed.

mod evidence;
mod scope;

pub(super) use evidence::EngineEvidence;
pub(super) use scope::Scope;

use super::resolve::Job;
use crate::{
    cli::engine::EngineArgs,
    engine::{Engine, Listed},
    pipeline::{Analysis, Progress},
};
use anyhow::Context as _;
use std::collections::BTreeSet;

/// Reports on the containers and services that `job` names, or on all.
pub(super) fn analyse(
    job: &Job,
    engine: &EngineArgs,
    progress: &dyn Progress,
) -> anyhow::Result<Analysis> {
    let engine = engine.connect()?;
    let evidence = EngineEvidence::ask(&engine)?;
    Scope::choose(&job.words, &evidence)?.analyse(job, &engine, &evidence, progress)
}

/// All containers, and the ids of those that `words` name, with their whole services; `None` for all.
pub(in crate::cli) fn chosen(
    engine: &Engine,
    words: &[String],
) -> anyhow::Result<(Vec<Listed>, Option<BTreeSet<String>>)> {
    if words.is_empty() {
        let containers = engine.containers().context("cannot list the containers")?;
        return Ok((containers, None));
    }
    let evidence = EngineEvidence::ask(engine)?;
    let scope = Scope::choose(words, &evidence)?;
    Ok((evidence.into_containers(), scope.into_containers()))
}
