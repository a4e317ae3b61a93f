//! What really happened in a recorded case, and what of a report contradicts it.
#![allow(
    dead_code,
    unreachable_pub,
    missing_docs,
    clippy::must_use_candidate,
    clippy::return_self_not_must_use,
    reason = "each test file uses a part of it"
)]

use super::{Case, items, startups, text};
use chrono::DateTime;
use serde_json::Value;
use std::fmt::{self, Display, Formatter};

/// How far a reported moment may be from the true one, in seconds: a process takes its time to say
/// that it started.
pub const TOLERANCE: f64 = 4.0;

/// The causes that decide nothing.
pub const ABSTAINED: [&str; 2] = ["unknown", "first-seen"];

/// The startups of other containers that the cases hold besides the service in question.
const OTHERS: [&str; 3] = ["database", "postgres", "db"];

/// One startup that really happened.
pub struct True<'a> {
    pub row: &'a Value,
    /// When it happened, as seconds: by the recorder, the log and the event.
    pub moments: Vec<f64>,
    /// The evidence can show it, so it must be reported.
    pub visible: bool,
    /// The evidence may be too little to decide.
    pub may_abstain: bool,
    /// The evidence may show only the run that it belongs to.
    pub may_show_run: bool,
}

impl<'a> True<'a> {
    /// All startups of a case, those inside a process last. Each is visible and can be decided.
    pub fn startups_of(case: &'a Case) -> Vec<Self> {
        items(&case.truth["startups"])
            .iter()
            .chain(items(&case.truth["in_process"]))
            .map(|row| Self {
                row,
                moments: ["at", "app_start_at", "docker_start_event"]
                    .iter()
                    .filter_map(|key| seconds(&row[*key]))
                    .collect(),
                visible: true,
                may_abstain: false,
                may_show_run: false,
            })
            .collect()
    }

    pub fn cause(&self) -> &'a str {
        text(&self.row["cause"])
    }

    fn takes(&self, startup: &Value) -> bool {
        let cause = text(&startup["cause"]);
        cause == self.cause()
            || items(&self.row["also_right"])
                .iter()
                .any(|also| also == cause)
            || (self.may_abstain && ABSTAINED.contains(&cause))
            || (self.may_show_run
                && cause == text(&self.row["run_cause"])
                && !items(&startup["pids"]).contains(&self.row["pid_in_log"]))
    }

    fn distance(&self, at: &Value) -> Option<f64> {
        let at = seconds(at)?;
        let distances = self.moments.iter().map(|moment| (at - moment).abs());
        distances.min_by(f64::total_cmp)
    }

    /// `startup` is this one, which the log does not show, as a snapshot or an event shows it.
    fn is_shown_without_a_line(&self, startup: &Value) -> bool {
        let cause = text(&startup["cause"]);
        !self.visible
            && same_container(&startup["container_id"], &self.row["container_id"])
            && self
                .distance(&startup["at"])
                .is_some_and(|gap| gap <= TOLERANCE)
            && (ABSTAINED.contains(&cause) || cause == self.cause())
    }

    /// `startup` is the run of a master process whose workers are the recorded startups.
    fn is_of_run(&self, startup: &Value) -> bool {
        let cause = text(&startup["cause"]);
        self.row["run_cause"] != self.row["cause"]
            && same_container(&startup["container_id"], &self.row["container_id"])
            && self
                .distance(&startup["at"])
                .is_none_or(|gap| gap <= TOLERANCE + 2.0)
            && (ABSTAINED.contains(&cause) || cause == text(&self.row["run_cause"]))
    }
}

/// What is wrong with a report.
#[derive(Clone, Copy, Debug)]
pub enum Problem<'a> {
    /// This happened and is not reported.
    Missed(&'a Value),
    /// This happened for another cause than the second value, a reported startup, says.
    Wrong(&'a Value, &'a Value),
    /// This reported startup never happened.
    Spurious(&'a Value),
    /// This verdict rests on nothing.
    Uncited(&'a Value),
}

impl Display for Problem<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missed(row) => write!(f, "missed {} at {}", text(&row["cause"]), row["at"]),
            Self::Wrong(row, startup) => write!(
                f,
                "said {}, true is {} at {}",
                text(&startup["cause"]),
                text(&row["cause"]),
                row["at"]
            ),
            Self::Spurious(startup) => {
                write!(
                    f,
                    "spurious {} at {}",
                    text(&startup["cause"]),
                    startup["at"]
                )
            }
            Self::Uncited(startup) => {
                write!(
                    f,
                    "uncited {} at {}",
                    text(&startup["cause"]),
                    startup["at"]
                )
            }
        }
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "milliseconds since 1970 fit well"
)]
pub fn seconds(time: &Value) -> Option<f64> {
    let time = DateTime::parse_from_rfc3339(time.as_str()?).ok()?;
    Some(time.timestamp_millis() as f64 / 1000.0)
}

/// Two container ids, or beginnings of them, may be the same container's. An empty one fits all.
pub fn same_container(a: &Value, b: &Value) -> bool {
    let (a, b) = (text(a), text(b));
    let short = |id: &str| id.get(..12).unwrap_or(id).to_owned();
    a.is_empty() || b.is_empty() || a.starts_with(&short(b)) || b.starts_with(&short(a))
}

/// What is wrong with a report on what really happened.
pub fn judge<'a>(all: &[True<'a>], report: &'a Value) -> Vec<Problem<'a>> {
    let said: Vec<&Value> = startups(report)
        .into_iter()
        .filter(|(service, startup)| {
            let name = startup["container_name"].as_str().unwrap_or(service);
            !OTHERS.iter().any(|other| name.contains(other))
                && all
                    .iter()
                    .any(|row| same_container(&startup["container_id"], &row.row["container_id"]))
        })
        .map(|(_, startup)| startup)
        .collect();
    let taken = pair(all, &said);
    let mut wrong = Vec::new();
    for (w, wanted) in all.iter().enumerate().filter(|(_, row)| row.visible) {
        match taken.iter().find(|(taken, _)| *taken == w) {
            None => wrong.push(Problem::Missed(wanted.row)),
            Some((_, s)) if !wanted.takes(said[*s]) => {
                wrong.push(Problem::Wrong(wanted.row, said[*s]));
            }
            Some(_) => {}
        }
    }
    for (s, startup) in said.into_iter().enumerate() {
        let is_taken = taken.iter().any(|(_, taken)| *taken == s);
        let is_known = |wanted: &True<'_>| {
            wanted.is_of_run(startup) || wanted.is_shown_without_a_line(startup)
        };
        if !is_taken && !all.iter().any(is_known) {
            wrong.push(Problem::Spurious(startup));
        }
        if !ABSTAINED.contains(&text(&startup["cause"])) && items(&startup["evidence"]).is_empty() {
            wrong.push(Problem::Uncited(startup));
        }
    }
    wrong
}

/// Which true startup is which reported one, as their indexes.
fn pair(all: &[True<'_>], said: &[&Value]) -> Vec<(usize, usize)> {
    // The nearest pairs first; a wrong PID or cause makes a pair less likely, not impossible.
    let mut pairs = Vec::new();
    for (w, wanted) in all.iter().enumerate().filter(|(_, row)| row.visible) {
        for (s, startup) in said.iter().enumerate() {
            if !same_container(&startup["container_id"], &wanted.row["container_id"]) {
                continue;
            }
            let gap = wanted.distance(&startup["at"]).unwrap_or(TOLERANCE);
            let pids = items(&startup["pids"]);
            let pid = &wanted.row["pid_in_log"];
            let strange_pid = !pid.is_null() && !pids.is_empty() && !pids.contains(pid);
            let other_cause = text(&startup["cause"]) != wanted.cause();
            if gap <= TOLERANCE {
                let penalty = f64::from(strange_pid) + 0.5 * f64::from(other_cause);
                pairs.push((gap + penalty, w, s));
            }
        }
    }
    pairs.sort_by(|a, b| a.0.total_cmp(&b.0).then((a.1, a.2).cmp(&(b.1, b.2))));
    let mut taken: Vec<(usize, usize)> = Vec::new();
    for (_, w, s) in pairs {
        if !taken
            .iter()
            .any(|(other_w, other_s)| *other_w == w || *other_s == s)
        {
            taken.push((w, s));
        }
    }
    taken
}
