//! What was printed about each startup, so that a verdict is printed once, and again when it changes.

use crate::model::{
    Case, Cause, Outcome, Time,
    report::{Report, Revised, Startup},
};
use chrono::TimeDelta;
use std::sync::Arc;

/// A change of the confidence that is worth printing.
const NOTABLE: f64 = 0.095;

/// Whether the confidence has changed enough to print the verdict again.
pub(super) fn is_notable(told: f64, now: f64) -> bool {
    (told - now).abs() >= NOTABLE
}

/// How far apart the log and an event may place the same startup.
const NEAR: TimeDelta = TimeDelta::seconds(10);

/// The startups that were printed.
#[derive(Default)]
pub(super) struct Told(Vec<ToldStartup>);

/// Whose startup: service, container, run.
type Whose = (String, Option<String>, Option<u32>);

/// A startup as it was last printed.
struct ToldStartup {
    whose: Whose,
    at: Option<Time>,
    pids: Arc<[u32]>,
    cause: Cause,
    case: Option<Case>,
    outcome: Outcome,
    confidence: f64,
}

/// A startup to print: the indexes of its service and of the startup in it, and what was printed before.
pub(super) struct News {
    pub(super) service: usize,
    pub(super) startup: usize,
    pub(super) before: Option<Revised>,
}

impl Told {
    /// What is new in `report`, which then counts as printed. Whatever happened before `settled` stays as
    /// it was printed, because its evidence is no longer complete.
    pub(super) fn news(&mut self, report: &Report, settled: Option<Time>) -> Vec<News> {
        let mut earlier: Vec<Option<ToldStartup>> = self.0.drain(..).map(Some).collect();
        let all: Vec<(usize, usize, Whose, &Startup)> = report
            .services
            .iter()
            .enumerate()
            .flat_map(|(number, service)| {
                service
                    .startups
                    .iter()
                    .enumerate()
                    .map(move |(index, startup)| {
                        let id = startup.container_id.clone();
                        // A service may get a better name when more of its containers are known.
                        let name = if id.is_some() {
                            String::new()
                        } else {
                            service.name.clone()
                        };
                        (number, index, (name, id, startup.run), startup)
                    })
            })
            .collect();
        let mut matches: Vec<Option<ToldStartup>> = all.iter().map(|_| None).collect();
        for closely in [true, false] {
            for ((_, _, whose, startup), found) in all.iter().zip(&mut matches) {
                if found.is_some() {
                    continue;
                }
                let fitting = earlier.iter_mut().filter(|known| {
                    known
                        .as_ref()
                        .is_some_and(|known| known.whose == *whose && known.is(startup, closely))
                });
                *found = fitting
                    .min_by_key(|known| known.as_ref().and_then(|known| known.distance(startup)))
                    .and_then(Option::take);
            }
        }
        let mut news = Vec::new();
        for ((service, index, whose, startup), before) in all.into_iter().zip(matches) {
            let is_settled = startup.at < settled && startup.at.is_some();
            let before = match before {
                Some(known) if is_settled || known.stands(startup) => {
                    self.0.push(ToldStartup {
                        at: startup.at,
                        pids: Arc::clone(&startup.pids),
                        ..known
                    });
                    continue;
                }
                None if is_settled => continue,
                before => before,
            };
            self.0.push(ToldStartup {
                whose,
                at: startup.at,
                pids: Arc::clone(&startup.pids),
                cause: startup.cause,
                case: startup.case,
                outcome: startup.outcome,
                confidence: startup.confidence,
            });
            news.push(News {
                service,
                startup: index,
                before: before.map(|known| Revised {
                    cause: known.cause,
                    confidence: known.confidence,
                    outcome: known.outcome,
                }),
            });
        }
        news
    }
}

impl ToldStartup {
    /// Whether it is the same startup: at the same time (`closely`), or near it.
    fn is(&self, startup: &Startup, closely: bool) -> bool {
        if closely {
            return self.at == startup.at && (self.at.is_some() || self.pids == startup.pids);
        }
        let same_pids = self.pids.is_empty()
            || startup.pids.is_empty()
            || self.pids.iter().any(|pid| startup.pids.contains(pid));
        same_pids
            && self
                .distance(startup)
                .is_none_or(|distance| distance <= NEAR)
    }

    fn distance(&self, startup: &Startup) -> Option<TimeDelta> {
        Some((self.at? - startup.at?).abs())
    }

    /// Whether what was printed still holds.
    fn stands(&self, startup: &Startup) -> bool {
        // Evidence that is lost later (a log with its container) takes nothing back.
        let outcome = [self.outcome, Outcome::Unknown].contains(&startup.outcome);
        self.cause == startup.cause
            && self.case == startup.case
            && outcome
            && !is_notable(self.confidence, startup.confidence)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;

    /// Of each startup that is told, its number and the cause that was told before.
    fn news(told: &mut Told, report: &Report) -> Vec<(usize, Option<Cause>)> {
        let news = told.news(report, None);
        news.into_iter()
            .map(|news| (news.startup, news.before.map(|before| before.cause)))
            .collect()
    }

    #[test]
    fn a_verdict_is_told_once_and_again_when_it_has_changed() {
        let mut told = Told::default();
        let mut report = fixture::timer_restart();
        assert_eq!(news(&mut told, &report), [(0, None), (1, None)]);
        assert_eq!(news(&mut told, &report), []);
        let second = |report: &mut Report, change: fn(&mut Startup)| {
            change(&mut report.services[0].startups[1]);
        };
        second(&mut report, |startup| startup.confidence -= 0.05);
        assert_eq!(news(&mut told, &report), [], "a little less sure");
        second(&mut report, |startup| startup.confidence -= 0.05);
        let was = Some(Cause::HostAutomationRestart);
        assert_eq!(news(&mut told, &report), [(1, was)], "steps add up");
        second(&mut report, |startup| startup.cause = Cause::ManualRestart);
        assert_eq!(news(&mut told, &report), [(1, was)]);
        second(&mut report, |startup| startup.outcome = Outcome::Failed);
        assert_eq!(news(&mut told, &report), [(1, Some(Cause::ManualRestart))]);
        second(&mut report, |startup| startup.outcome = Outcome::Unknown);
        assert_eq!(news(&mut told, &report), [], "its log is gone");
    }

    #[test]
    fn a_startup_that_the_log_places_better_is_no_other_one() {
        let mut told = Told::default();
        let mut report = fixture::timer_restart();
        let log = report.services[0].startups[1].clone();
        let event = &mut report.services[0].startups[1];
        event.pids = Arc::default();
        event.at = event.at.map(|at| at - TimeDelta::seconds(2));
        news(&mut told, &report);
        report.services[0].startups[1] = log.clone();
        assert_eq!(news(&mut told, &report), []);
        // A worker of the same run is another one.
        let mut worker = log;
        worker.pids = [77].into();
        report.services[0].startups.push(worker);
        assert_eq!(news(&mut told, &report), [(2, None)]);
    }

    #[test]
    fn what_lost_its_evidence_is_settled() {
        let mut told = Told::default();
        let mut report = fixture::timer_restart();
        news(&mut told, &report);
        let second = &mut report.services[0].startups[1];
        second.cause = Cause::Unknown;
        let after = second.at.map(|at| at + TimeDelta::seconds(1));
        assert_eq!(told.news(&report, after).len(), 0);
        assert_eq!(
            news(&mut told, &report),
            [(1, Some(Cause::HostAutomationRestart))]
        );
    }
}
