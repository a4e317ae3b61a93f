//! The container that came before made room for the new one: a deployment.

use super::super::rule::Rule;
use super::deploy;
use super::fate::{fate, fate_words};
use super::predecessor;
use crate::model::{Cause, Family};

pub(super) const SHOWN: Rule = Rule {
    id: "replaced",
    says: "A new container of the service started after the one before it had ended, been removed or been renamed, or just before it was.",
    cause: Cause::DeploymentReplacement,
    family: Family::External,
    weight: 0.98,
    others: &[],
    example: "",
    near_miss: "",
    decide: |scene, rule| {
        let before = predecessor(scene)?;
        let shown = fate_words(&fate(scene, before));
        shown.shown?;
        let verdict = deploy::replaced(scene, rule, &scene.all.history.containers[before], &shown)?;
        Some(verdict.capped(scene.first?))
    },
};

pub(super) const NAME_TAKEN: Rule = Rule {
    id: "name-taken-over",
    says: "A new container has the name or the number of the one before, so that one must have gone.",
    cause: Cause::DeploymentReplacement,
    family: Family::External,
    weight: 0.9,
    others: &[],
    example: "",
    near_miss: "",
    decide: |scene, rule| {
        let before = predecessor(scene)?;
        let shown = fate_words(&fate(scene, before));
        let verdict = deploy::replaced(scene, rule, &scene.all.history.containers[before], &shown)?;
        Some(verdict.capped(scene.first?))
    },
};
