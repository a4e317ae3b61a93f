//! How far a startup got, and why it failed or is degraded.

use super::Startup;
use crate::correlate::process::Process;
use crate::lifecycle::Run;
use crate::model::{EndedBy, Fact, FactKind, Outcome};
use smallvec::SmallVec;

/// Sets the outcome of a later process.
pub(super) fn judge_process(startup: &mut Startup, process: &Process, facts: &[Fact]) {
    let life: Life = process.facts.iter().map(|index| &facts[*index]).collect();
    judge(startup, &life);
    if startup.outcome == Outcome::Unknown && process.ended.is_some() {
        startup.outcome = Outcome::Exited;
    }
}

/// Sets the outcome of a run.
pub(super) fn judge_run(
    startup: &mut Startup,
    list: &[Process],
    main: Option<usize>,
    run: &Run,
    next: Option<&Run>,
    facts: &[Fact],
) {
    let life: Life = match main {
        Some(_) => startup.facts.iter().map(|index| &facts[*index]).collect(),
        // A master is as ready as its workers.
        None => list
            .iter()
            .flat_map(|process| &process.facts)
            .map(|index| &facts[*index])
            .collect(),
    };
    judge(startup, &life);
    if startup.outcome == Outcome::Unknown {
        let by_itself = run
            .end
            .as_ref()
            .is_some_and(|end| matches!(end.by, EndedBy::Exit | EndedBy::Signal | EndedBy::Oom));
        let over = run.end.is_some() || next.is_some();
        if by_itself
            || over
                && list
                    .iter()
                    .any(|process| process.announced && process.ended.is_some())
        {
            startup.outcome = Outcome::Exited;
        }
    }
}

/// The lines of one life.
type Life<'f> = SmallVec<[&'f Fact; 16]>;

/// Reads the outcome off the lines of one life: what is said first of failed, degraded and ready.
fn judge(startup: &mut Startup, life: &[&Fact]) {
    let mut attempts = 0_u64;
    let mut reason: Option<String> = None;
    let mut ready = false;
    let mut degraded = false;
    for fact in life {
        match fact.kind {
            FactKind::PoolAttemptFailed if !ready => {
                attempts += 1;
                reason = fact
                    .fields
                    .rarer()
                    .reason
                    .as_deref()
                    .map(str::to_owned)
                    .or(reason);
            }
            FactKind::PoolFailed if !degraded && !ready => {
                degraded = true;
                attempts += 1;
                reason = fact
                    .fields
                    .rarer()
                    .reason
                    .as_deref()
                    .filter(|reason| !reason.trim_end_matches([':', ' ']).is_empty())
                    .map(str::to_owned)
                    .or(reason);
            }
            FactKind::Degraded if !ready => degraded = true,
            FactKind::StartFailed if !ready => {
                startup.outcome = Outcome::Failed;
                startup.outcome_reason = reason.as_deref().map(|reason| explain(reason, attempts));
                return;
            }
            FactKind::Ready | FactKind::PoolConfirmed => ready = true,
            _ => {}
        }
    }
    if degraded {
        startup.outcome = Outcome::Degraded;
        startup.outcome_reason = Some(explain(
            reason.as_deref().unwrap_or("no connection"),
            attempts,
        ));
    } else if ready {
        startup.outcome = Outcome::Ready;
    }
}

/// An error text in the words of a report.
fn explain(reason: &str, attempts: u64) -> String {
    let lower = reason.to_ascii_lowercase();
    let what = if lower.contains("name resolution")
        || lower.contains("gaierror")
        || lower.contains("getaddrinfo")
        || lower.contains("name or service not known")
        || lower.contains("could not translate host name")
    {
        "name resolution failed".to_owned()
    } else if lower.contains("refused") {
        "connection refused".to_owned()
    } else if lower.contains("timeout") || lower.contains("timed out") {
        "connecting timed out".to_owned()
    } else {
        let mut text: String = reason
            .trim_end_matches([':', ' '])
            .chars()
            .take(60)
            .collect();
        if text.len() < reason.trim_end_matches([':', ' ']).len() {
            text.push('…');
        }
        text
    };
    match attempts {
        0 | 1 => what,
        n => format!("{what} {n} times"),
    }
}
