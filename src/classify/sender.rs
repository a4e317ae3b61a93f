//! What the run before says of its own end: that it shut down in order, and who sent the signal.

use super::scene::Scene;
use crate::model::Citation;
use std::fmt;

/// The line by which the run before began to shut down in order.
pub(super) fn orderly_end<'a>(scene: &Scene<'a>) -> Option<&'a Citation> {
    let (run, _) = scene.run?;
    scene
        .log
        .shutdown_of(run.checked_sub(1)?)
        .map(|fact| &fact.citation)
}

/// Who sent a process its signal, as the process itself says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sender {
    /// A process outside the container's PID namespace, for which the kernel reports PID 0: the engine,
    /// or something on the host.
    Outside,
    /// A process in the container. An init that passes on what the engine sent is one, unless the
    /// signal went to the main process.
    Inside {
        /// Its PID there.
        pid: u32,
        /// The container's main process received the signal.
        to_main: bool,
    },
}

impl fmt::Display for Sender {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Outside => {
                out.write_str("it names the sender of its signal: outside the container")
            }
            Self::Inside { pid, .. } => {
                write!(
                    out,
                    "it names the sender of its signal: PID {pid}, inside the container"
                )
            }
        }
    }
}

/// The line in which the program of the run before names who sent its signal.
pub(super) fn sender<'a>(scene: &Scene<'a>) -> Option<(Sender, &'a Citation)> {
    let (run, _) = scene.run?;
    let facts = &scene.log.facts[scene.log.facts_of_run(run.checked_sub(1)?)];
    let fact = facts
        .iter()
        .rfind(|fact| fact.fields.rarer().sender_pid.is_some())?;
    let sender = match fact.fields.rarer().sender_pid? {
        0 => Sender::Outside,
        pid => Sender::Inside {
            pid,
            to_main: fact.fields.pid == Some(1),
        },
    };
    Some((sender, &fact.citation))
}
