//! What the evidence itself lacks.

use super::row::FindingRow;
use super::view::{Seen, View};
use crate::classify::last_lines::{self, Last};
use crate::classify::overview::Overview;
use crate::classify::scene::Scene;
use crate::correlate::{Kind, Startup};
use crate::model::words::{count, times};
use crate::model::{Evidence, Severity};

pub(super) const SILENT_RUN: FindingRow = FindingRow {
    id: "WS006",
    severity: Severity::Warning,
    title: "A run ended without a line in its log",
    rationale: "A process that ends before it logs leaves only the engine's record, so a search of the log \
        finds nothing.",
    told_by: "A log covers the whole run, and holds not one line of it, although the run ended.",
    near_miss: "A log that begins later or was rotated away: then nothing is known of what the run wrote, and \
        nothing is said.",
    remedy: "Log the first thing the program does, do not buffer output (`PYTHONUNBUFFERED=1`), and let \
        the entrypoint say what failed before it exits.",
    example: "container start\ncontainer die exitCode=1\n(no line between them)",
    condition: silent_run,
    #[cfg(test)]
    story: super::row::Story {
        shows: "0 docker run\n\
            1 log INFO:     Started server process [1]\n\
            20 die exitCode=1\n\
            20.7 start\n\
            25 die exitCode=1\n\
            26.2 start\n\
            27 log INFO:     Started server process [1]",
        near_miss: "0 start\n\
            20 die exitCode=1\n\
            20.7 start\n\
            25 die exitCode=1\n\
            26.2 start\n\
            27 log INFO:     Started server process [1]",
    },
};

fn silent_run(view: &View<'_>) -> Option<Seen> {
    let overview = Overview::new(view.all);
    let runs = view.startups().filter(|startup| startup.kind == Kind::Run);
    let silent = runs.filter_map(|startup| {
        let scene = Scene::new(view.all, startup, &overview);
        let (index, run) = scene.run?;
        if !matches!(last_lines::last_words(&scene, index), Last::Silent) {
            return None;
        }
        let (claim, line) = run.end.as_ref()?.shown_by.last()?;
        Some(Evidence::new(claim.clone(), line))
    });
    let evidence: Vec<Evidence> = silent.collect();
    let ended = times(evidence.len());
    Seen::unless_empty(
        format!("A run ended {ended} without having printed anything."),
        evidence,
    )
}

pub(super) const SHORT_HISTORY: FindingRow = FindingRow {
    id: "WS007",
    severity: Severity::Info,
    title: "The event history is shorter than the logs",
    rationale: "The engine keeps 256 events in memory and forgets them when it restarts; each health check \
        or `docker exec` takes three. Startups before its window cannot be explained.",
    told_by: "Log lines of the service show a startup from before the first event that was read.",
    near_miss: "A history that was recorded all the time and begins when the host was set up: no startup is older \
        than that.",
    remedy: "Record events all the time, for example as a service on the host: `docker events --format \
        '{{json .}}' >> events.jsonl`.",
    example: "app.log      from 2026-01-04 08:00:00Z\n\
        events.jsonl from 2026-01-04 09:55:12Z (256 events)",
    condition: short_history,
    #[cfg(test)]
    story: super::row::Story {
        shows: "0 log INFO:     Started server process [1]\n\
            600 docker restart\n\
            601 log INFO:     Started server process [1]",
        near_miss: "0 docker run\n\
            1 log INFO:     Started server process [1]\n\
            600 docker restart\n\
            601 log INFO:     Started server process [1]",
    },
};

fn short_history(view: &View<'_>) -> Option<Seen> {
    let from = view.all.history.coverage.start()?;
    let is_earlier = |startup: &&Startup| startup.at.is_some_and(|at| at < from);
    let earlier: Vec<&Startup> = view.startups().filter(is_earlier).collect();
    let evidence = earlier.iter().filter_map(|startup| {
        let fact = view.fact(startup, *startup.facts.first()?);
        Some(Evidence::new(
            "a startup from before the first event",
            &fact.citation,
        ))
    });
    (!earlier.is_empty()).then(|| Seen {
        detail: format!(
            "{} came before the first event, at {}.",
            count(earlier.len(), "startup"),
            from.format("%Y-%m-%d %H:%M:%SZ")
        ),
        evidence: evidence.collect(),
    })
}
