//! A development reloader starts its child again.

use super::super::rule::Rule;
use super::super::scene::Scene;
use super::super::verdict::Verdict;
use super::words::{process_line, process_words, said};
use crate::correlate::Kind;
use crate::model::{Cause, Family, InitiatorKind};

pub(super) const SEEN: Rule = Rule {
    id: "reload-seen",
    says: "The reloader says that it saw a change, and its child started again.",
    cause: Cause::DevReload,
    family: Family::InContainer,
    weight: 0.97,
    others: &[],
    example: "10:00:00 web log: INFO:     Started reloader process [1] using WatchFiles\n\
        10:00:01 web log: INFO:     Started server process [8]\n\
        10:05:00 web log: WARNING:  Detected changes in 'main.py'. Reloading...\n\
        10:05:01 web log: INFO:     Started server process [21]",
    near_miss: "10:00:00 web log: INFO:     Started reloader process [1] using WatchFiles\n\
        10:00:01 web log: INFO:     Started server process [8]\n\
        10:05:01 web log: INFO:     Started server process [21]",
    decide: |scene, rule| {
        let Kind::Reloaded {
            reloader,
            reload: Some(reload),
        } = scene.startup.kind
        else {
            return None;
        };
        let start = process_line(scene)?;
        let line = scene.fact(reload);
        let reason = line.fields.rarer().reason.as_deref();
        let what = reason.map_or_else(String::new, |what| format!(" ({what})"));
        let summary = format!(
            "The reloader saw a change{what} and started its child again as {}; the container did not restart.",
            process_words(start)
        );
        let verdict = rule
            .verdict(summary, "the reloader saw a change", &line.citation)
            .by(InitiatorKind::Reloader, format!("change{what}"));
        Some(under_reloader(scene, verdict, reloader).and(said(start), &start.citation))
    },
};

pub(super) const CHILD: Rule = Rule {
    id: "reloaders-child",
    says: "A child of the run's reloader started again.",
    cause: Cause::DevReload,
    family: Family::InContainer,
    weight: 0.85,
    others: &[],
    example: "10:00:00 web log: INFO:     Started reloader process [1] using WatchFiles\n\
        10:00:01 web log: INFO:     Started server process [8]\n\
        10:05:01 web log: INFO:     Started server process [21]",
    near_miss: "10:00:00 web log: INFO:     Started parent process [1]\n\
        10:00:01 web log: INFO:     Started server process [8]\n\
        10:05:01 web log: INFO:     Started server process [21]",
    decide: |scene, rule| {
        let Kind::Reloaded { reloader, .. } = scene.startup.kind else {
            return None;
        };
        let start = process_line(scene)?;
        let summary = format!(
            "The reloader started its child again as {}; the container did not restart.",
            process_words(start)
        );
        let verdict = rule
            .verdict(summary, said(start), &start.citation)
            .by(InitiatorKind::Reloader, "child started again");
        Some(under_reloader(scene, verdict, reloader))
    },
};

/// The verdict with the line that shows the reloader.
fn under_reloader(scene: &Scene<'_>, mut verdict: Verdict, reloader: Option<usize>) -> Verdict {
    if let Some(reloader) = reloader {
        let line = &scene.fact(reloader).citation;
        verdict.cite("a reloader supervises this run", line);
    }
    verdict
}
