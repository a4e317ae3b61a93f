//! The other causes that a verdict leaves open.

use super::policy::{counts_no_restart, policy_allows};
use super::scene::Scene;
use super::sender::orderly_end;
use super::verdict::Verdict;
use crate::lifecycle::{Run, StartSource};
use crate::model::{Candidate, Cause};

/// The verdict's candidates, likeliest first, without those that the evidence refutes. With the
/// verdict's own confidence they add up to at most 1.
pub(super) fn open(verdict: &Verdict, scene: &Scene<'_>) -> Vec<Candidate> {
    let mut open: Vec<Candidate> = verdict
        .candidates
        .iter()
        .copied()
        .filter(|candidate| candidate.cause != verdict.cause)
        .filter(|candidate| !is_refuted(candidate.cause, scene))
        .collect();
    open.sort_by(|a, b| b.confidence.total_cmp(&a.confidence));
    let sum: f64 = open.iter().map(|candidate| candidate.confidence).sum();
    let left = 1.0 - verdict.confidence;
    let scale = if sum > left { left / sum } else { 1.0 };
    for candidate in &mut open {
        // Rounded down, so that the sum stays.
        candidate.confidence = (candidate.confidence * scale * 100.0 + 1e-6).floor() / 100.0;
    }
    open.retain(|candidate| candidate.confidence > 0.0);
    open
}

/// Whether the evidence shows that a start had another cause than `cause`.
fn is_refuted(cause: Cause, scene: &Scene<'_>) -> bool {
    if scene.previous().is_none() {
        return false;
    }
    let end = scene.previous_end();
    match cause {
        Cause::RestartPolicy => !policy_allows(scene) || counts_no_restart(scene).is_some(),
        // A process that says how it ends was not killed by the kernel.
        Cause::OomRestart => {
            orderly_end(scene).is_some()
                || end.is_some_and(|end| end.exit_code.is_some_and(|code| code != 137))
        }
        Cause::EngineRestart => is_engine_up(scene),
        _ => false,
    }
}

/// Whether the engine is known to have been up when the container started, and for longer than a boot
/// takes.
fn is_engine_up(scene: &Scene<'_>) -> bool {
    let Some(start) = scene.at() else {
        return false;
    };
    let from = scene.previous().and_then(Run::ended_at).unwrap_or(start);
    let logged = scene.all.history.engine.known_up(from, start);
    let by_event = scene
        .start()
        .is_some_and(|start| start.source == StartSource::Event);
    let up = by_event
        .then(|| scene.overview.engine_up_before(start))
        .flatten();
    logged || up.is_some_and(|up| scene.events_cover(up, start))
}
