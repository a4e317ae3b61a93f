//! The container that came before made room for the new one: a deployment.

use super::super::rule::Rule;
use super::deploy;
use super::fate::{fate, fate_words};
use super::known::predecessor;
use crate::model::{Cause, Family};

pub(super) const SHOWN: Rule = Rule {
    id: "replaced",
    says: "A new container of the service started after the one before it had ended, been removed or been renamed, or just before it was.",
    cause: Cause::DeploymentReplacement,
    family: Family::External,
    weight: 0.98,
    others: &[],
    example: "old named web\n\
        new named web\n\
        10:00:00.000 old create\n\
        10:00:00.300 old start\n\
        10:05:00.030 old kill signal=15\n\
        10:05:00.400 old die exitCode=0\n\
        10:05:00.410 old destroy\n\
        10:05:01.000 new create\n\
        10:05:01.300 new start",
    near_miss: "old named web\n\
        new named web-next\n\
        10:00:00.000 old create\n\
        10:00:00.300 old start\n\
        10:05:00.030 old kill signal=15\n\
        10:05:00.400 old die exitCode=0\n\
        10:05:00.410 old destroy\n\
        10:05:01.000 new create\n\
        10:05:01.300 new start",
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
    example: "old named web\n\
        new named web\n\
        10:00:00.000 old create\n\
        10:00:00.300 old start\n\
        10:05:01.000 new create\n\
        10:05:01.300 new start",
    near_miss: "old named web\n\
        new named web\n\
        10:00:00.000 old create\n\
        10:00:00.300 old start\n\
        10:05:00.030 old kill signal=15\n\
        10:05:00.400 old die exitCode=0\n\
        10:05:00.410 old destroy\n\
        10:05:01.000 new create\n\
        10:05:01.300 new start",
    decide: |scene, rule| {
        let before = predecessor(scene)?;
        let shown = fate_words(&fate(scene, before));
        let verdict = deploy::replaced(scene, rule, &scene.all.history.containers[before], &shown)?;
        Some(verdict.capped(scene.first?))
    },
};
