//! Restarts that come at equal intervals are a timer's.

use crate::correlate::{ContainerLog, Correlated};
use crate::lifecycle::{Container, End};
use crate::model::EndedBy;
use crate::model::{Cause, Time};
use chrono::TimeDelta;

/// A stop that is followed by a start within this time was one request: restart, or stop and start.
const BOUNCE: TimeDelta = TimeDelta::seconds(30);
/// A timer that restarts several containers is through with them within this time.
const SAME_TICK: TimeDelta = TimeDelta::seconds(5);
/// A script that stops and starts pauses in between for the same time, give or take this.
const SAME_PAUSE: TimeDelta = TimeDelta::seconds(2);

/// So many intervals say what the next should be.
const LATEST: usize = 32;

/// Restarts of one container at equal intervals.
#[derive(Clone, Debug)]
pub(super) struct Series {
    /// The container, as an index into the history's containers.
    pub(super) container: usize,
    /// Of each restart of the series: the run that it started, as an index into the runs.
    pub(super) runs: Vec<usize>,
    /// The typical interval.
    pub(super) period: TimeDelta,
    /// The largest deviation from it.
    pub(super) deviation: TimeDelta,
    /// The interval is counted from the end of one restart to the request of the next (a loop that
    /// sleeps) and not from request to request (a timer).
    pub(super) sleeps: bool,
    /// Only the log shows (some of) them.
    pub(super) from_log: bool,
}

/// One requested restart.
#[derive(Clone, Copy, Debug)]
struct Bounce {
    run: usize,
    requested: Time,
    started: Time,
    /// Only the log shows that it was asked to stop.
    from_log: bool,
    /// Something else already shows that automation did it.
    anchored: bool,
    /// It was one call (`restart`), not a stop and a start.
    one_call: bool,
    /// From its end to its start: how long whoever did it took.
    pause: TimeDelta,
}

/// All regular series. `cause` is what is said of a run (container, run) without statistics: whether
/// automation restarted it anyway, or something else explains it.
pub(super) fn find(all: &Correlated, cause: &dyn Fn(usize, usize) -> Option<Cause>) -> Vec<Series> {
    let bounces: Vec<Vec<Bounce>> = all
        .history
        .containers
        .iter()
        .enumerate()
        .map(|(index, container)| {
            bounces(container, &all.logs[index])
                .filter_map(|bounce| match cause(index, bounce.run) {
                    Some(Cause::HostAutomationRestart) => Some(Bounce {
                        anchored: true,
                        ..bounce
                    }),
                    Some(Cause::ManualRestart | Cause::Unknown) => Some(bounce),
                    _ => None,
                })
                .collect()
        })
        .collect();
    let mut found = Vec::new();
    for (index, own) in bounces.iter().enumerate() {
        // Restarted each time together with another container.
        let accompanied = |members: &[Bounce]| {
            bounces.iter().enumerate().any(|(other, theirs)| {
                other != index
                    && members.iter().all(|member| {
                        let from = member.requested - SAME_TICK;
                        let next = theirs.partition_point(|their| their.requested < from);
                        theirs
                            .get(next)
                            .is_some_and(|their| their.requested - member.requested <= SAME_TICK)
                    })
            })
        };
        found.extend(regular(index, own, false, &accompanied, &|a, b| {
            b.requested - a.requested
        }));
        found.extend(regular(index, own, true, &accompanied, &|a, b| {
            b.requested - a.started
        }));
    }
    found
}

/// A watcher that restarts an unhealthy container does so at equal intervals, too, when each start
/// becomes unhealthy in the same time: only a container that has no HEALTHCHECK rules it out.
fn no_watcher_possible(container: &Container) -> bool {
    !container.snapshots.is_empty()
        && container
            .snapshots
            .iter()
            .all(|snapshot| snapshot.value.health.is_none() && snapshot.value.healthcheck.is_none())
}

/// The requested restarts of a container. Where no event tells how a run ended, its log may: a line
/// by which it began to shut down in order.
fn bounces<'a>(
    container: &'a Container,
    log: &'a ContainerLog,
) -> impl Iterator<Item = Bounce> + 'a {
    container
        .runs
        .windows(2)
        .enumerate()
        .filter_map(|(n, pair)| {
            let started = pair[1].started_at()?;
            let end = pair[0].end.as_deref();
            let (requested, over, from_log) = match end {
                Some(end) if matches!(end.by, EndedBy::ApiStop | EndedBy::ApiKill) => {
                    let requested = end
                        .requested
                        .as_ref()
                        .map(|request| request.time)
                        .or(end.time)?;
                    (requested, end.time.unwrap_or(requested), false)
                }
                Some(End {
                    by: EndedBy::Unknown,
                    ..
                })
                | None
                    if no_watcher_possible(container) =>
                {
                    let requested = log.shutdown_of(n)?.citation.time?;
                    (requested, requested, true)
                }
                _ => return None,
            };
            let one_call = pair[1]
                .start
                .as_ref()
                .is_some_and(|start| start.restart.is_some());
            (started - over <= BOUNCE).then_some(Bounce {
                run: n + 1,
                requested,
                started,
                anchored: false,
                from_log,
                one_call,
                pause: started - over,
            })
        })
}

/// The longest stretches of equal intervals.
fn regular(
    container: usize,
    bounces: &[Bounce],
    sleeps: bool,
    accompanied: &dyn Fn(&[Bounce]) -> bool,
    gap: &dyn Fn(&Bounce, &Bounce) -> TimeDelta,
) -> Vec<Series> {
    let gap = |a: usize, b: usize| gap(&bounces[a], &bounces[b]).num_milliseconds();
    let mut found = Vec::new();
    let mut begin = 0;
    while begin + 1 < bounces.len() {
        let mut chosen = vec![begin, begin + 1];
        let mut gaps = vec![gap(begin, begin + 1)];
        let mut last = begin + 1;
        while let Some(next) = [last + 1, last + 2].into_iter().find(|&next| {
            // Something else may have restarted it once in between.
            let skips = next > last + 1;
            next < bounces.len()
                && (!skips || chosen.len() > 2)
                && alike(&bounces[last], &bounces[next])
                && fits(&gaps, gap(last, next), skips)
        }) {
            gaps.push(gap(last, next));
            chosen.push(next);
            last = next;
        }
        let members: Vec<Bounce> = chosen.iter().map(|index| bounces[*index]).collect();
        if alike(&members[0], &members[1]) && enough(&gaps, &members, accompanied) {
            found.push(Series {
                container,
                runs: members.iter().map(|bounce| bounce.run).collect(),
                period: TimeDelta::milliseconds(median(&gaps)),
                deviation: TimeDelta::milliseconds(deviation(&gaps)),
                sleeps,
                from_log: members.iter().any(|bounce| bounce.from_log),
            });
            begin = last;
        } else {
            // The next interval may begin a series that this one does not fit.
            begin += 1;
        }
    }
    found
}

/// Whether one more interval goes with the latest of those before it.
fn fits(gaps: &[i64], gap: i64, strictly: bool) -> bool {
    let mut latest = gaps[gaps.len().saturating_sub(LATEST)..].to_vec();
    latest.push(gap);
    let limit = if strictly {
        close(&latest)
    } else {
        tolerance(&latest)
    };
    deviation(&latest) <= limit
}

/// Whether two restarts were done in the same way: a program does not do now this, now that.
fn alike(a: &Bounce, b: &Bounce) -> bool {
    a.from_log
        || b.from_log
        || a.one_call == b.one_call && (a.one_call || (a.pause - b.pause).abs() <= SAME_PAUSE)
}

/// Whether equal intervals are too many, or too equal, to be chance.
fn enough(gaps: &[i64], members: &[Bounce], accompanied: &dyn Fn(&[Bounce]) -> bool) -> bool {
    let spread = deviation(gaps);
    match gaps.len() {
        0 | 1 => false,
        // Log text alone is weaker still.
        2 if members.iter().any(|bounce| bounce.from_log) => false,
        // Two intervals agree by chance now and then: they must agree closely, follow restarts that
        // are automation's for another reason, come with another container's, or sit on the minute.
        2 => {
            spread <= 100.max(median(gaps) / 200)
                || spread <= close(gaps)
                    && (members.iter().any(|bounce| bounce.anchored)
                        || accompanied(members)
                        || on_the_minute(members))
        }
        _ => true,
    }
}

/// Every request in the first two seconds of a minute: cron.
fn on_the_minute(members: &[Bounce]) -> bool {
    members
        .iter()
        .all(|bounce| bounce.requested.timestamp().rem_euclid(60) < 2)
}

/// Three in a hundred, at least 0.3 s and at most 5 s.
fn close(gaps: &[i64]) -> i64 {
    (median(gaps) * 3 / 100).clamp(300, 5000)
}

/// How far three and more intervals may lie apart and still be a timer's: that many are hardly
/// chance, and a timer may be coarse (systemd's `AccuracySec`, a random delay).
fn tolerance(gaps: &[i64]) -> i64 {
    (median(gaps) / 10).clamp(600, 30_000)
}

fn deviation(gaps: &[i64]) -> i64 {
    let middle = median(gaps);
    gaps.iter()
        .map(|gap| (gap - middle).abs())
        .max()
        .unwrap_or(0)
}

fn median(gaps: &[i64]) -> i64 {
    let mut sorted = gaps.to_vec();
    sorted.sort_unstable();
    match sorted.len() {
        0 => 0,
        n if n % 2 == 1 => sorted[n / 2],
        n => i64::midpoint(sorted[n / 2 - 1], sorted[n / 2]),
    }
}
