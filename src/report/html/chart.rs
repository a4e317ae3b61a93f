//! The chart: swimlanes on one time axis, with positions in percent of its width.

use crate::model::{
    Time,
    id::short_id,
    report::{Report, Service, Startup},
};
use crate::report::{
    answer, marks,
    timeline::{self, Axis, Bar, Lane},
    words,
};
use chrono::{DurationRound as _, TimeDelta};
use std::fmt;

/// How many ticks fit beside each other on a small page without touching.
const TICKS: i64 = 6;

/// The whole chart.
pub(super) struct Chart<'a> {
    /// Its start and end in milliseconds since 1970, for the script that zooms.
    pub(super) from: i64,
    pub(super) to: i64,
    pub(super) span: String,
    pub(super) ticks: Vec<Tick>,
    pub(super) groups: Vec<Group<'a>>,
    /// How many startups have no time, and so no place on it.
    pub(super) untimed: usize,
    /// Whether any lane has a window that no source covers.
    pub(super) has_unseen: bool,
    pub(super) has_stopped: bool,
    pub(super) has_died: bool,
}

/// A moment on the axis.
pub(super) struct Tick {
    pub(super) x: Percent,
    pub(super) clock: String,
    /// The day, where it differs from the day of the tick before.
    pub(super) day: String,
    /// How its text is aligned, so that no edge cuts it.
    pub(super) class: &'static str,
}

/// The lanes of one service.
pub(super) struct Group<'a> {
    pub(super) index: usize,
    pub(super) name: &'a str,
    pub(super) lanes: Vec<Swimlane<'a>>,
}

/// One container.
pub(super) struct Swimlane<'a> {
    pub(super) id: &'a str,
    pub(super) name: &'a str,
    pub(super) says: String,
    pub(super) unseen: Vec<Stretch>,
    pub(super) runs: Vec<Stretch>,
    pub(super) ends: Vec<End>,
    pub(super) marks: Vec<Mark<'a>>,
}

/// A window of time, and what it is.
pub(super) struct Stretch {
    pub(super) x: Percent,
    pub(super) width: Percent,
    pub(super) says: String,
}

/// The end of a run.
pub(super) struct End {
    pub(super) x: Percent,
    pub(super) died: bool,
}

/// A startup.
pub(super) struct Mark<'a> {
    pub(super) x: Percent,
    pub(super) startup: &'a Startup,
    pub(super) title: String,
    pub(super) when: String,
}

/// A share of the chart's width.
#[derive(Clone, Copy)]
pub(super) struct Percent(f64);

impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.4}%", self.0 * 100.0)
    }
}

impl<'a> Chart<'a> {
    /// The chart of all services; `None` when no startup has a time.
    pub(super) fn new(report: &'a Report) -> Option<Self> {
        let axis = Axis::spanning(&report.services)?;
        let mut groups: Vec<Group> = report
            .services
            .iter()
            .enumerate()
            .map(|(index, service)| group(index, service, &axis))
            .collect();
        groups.retain(|group| !group.lanes.is_empty());
        let untimed = report
            .services
            .iter()
            .flat_map(|service| &service.startups)
            .filter(|startup| startup.at.is_none())
            .count();
        let lanes = || groups.iter().flat_map(|group| &group.lanes);
        let has_unseen = lanes().any(|lane| !lane.unseen.is_empty());
        let has = |died| {
            lanes()
                .flat_map(|lane| &lane.ends)
                .any(|end| end.died == died)
        };
        let (has_stopped, has_died) = (has(false), has(true));
        Some(Self {
            from: axis.from.timestamp_millis(),
            to: axis.to.timestamp_millis(),
            span: words::window(axis.from, axis.to),
            ticks: ticks(&axis),
            untimed,
            has_unseen,
            has_stopped,
            has_died,
            groups,
        })
    }
}

fn group<'a>(index: usize, service: &'a Service, axis: &Axis) -> Group<'a> {
    Group {
        index,
        name: &service.name,
        lanes: timeline::lanes(service, axis)
            .into_iter()
            .map(|lane| swimlane(lane, axis))
            .collect(),
    }
}

fn swimlane<'a>(lane: Lane<'a>, axis: &Axis) -> Swimlane<'a> {
    let at = |time: Time| Percent(axis.place(time).clamp(0.0, 1.0));
    let stretch = |from, to, says| {
        let (x, end) = (at(from), at(to));
        Stretch {
            x,
            width: Percent(end.0 - x.0),
            says,
        }
    };
    let seen = lane.container.map_or(&[][..], |container| &container.seen);
    let unseen = axis
        .unseen(seen)
        .into_iter()
        .map(|(from, to)| {
            let says = format!("No source covers {}", words::window(from, to));
            stretch(from, to, says)
        })
        .collect();
    let ended = lane.bars.iter().filter_map(|bar| {
        let end = bar.run.ended_at?;
        (end <= axis.to).then(|| End {
            x: at(end),
            died: bar.died(),
        })
    });
    let name = |text: Option<&'a String>| text.map_or("", String::as_str);
    let id = name(lane.container.and_then(|container| container.id.as_ref()));
    Swimlane {
        id: short_id(id),
        name: match lane.container {
            Some(container) => name(container.name.as_ref()),
            None => "container not known",
        },
        says: format!(
            "{}, {}",
            words::count(words::len(lane.bars.len()), "run"),
            words::count(words::len(lane.startups.len()), "startup")
        ),
        unseen,
        ends: ended.collect(),
        runs: lane
            .bars
            .iter()
            .map(|bar| stretch(bar.from, bar.to, run(bar)))
            .collect(),
        marks: lane
            .startups
            .into_iter()
            .filter_map(|startup| {
                Some(Mark {
                    x: at(startup.at?),
                    startup,
                    title: title(startup),
                    when: words::second_or_unknown(startup.at),
                })
            })
            .collect(),
    }
}

/// `#2 host-automation-restart (B), 97 %, ready`.
fn title(startup: &Startup) -> String {
    let cause = answer::with_case(startup.cause);
    let mut title = format!("#{} {cause}", startup.n);
    if startup.cause.is_told() {
        title.push_str(", ");
        title.push_str(&words::percent(startup.confidence));
    }
    let outcome = words::outcome(startup.outcome);
    if !outcome.is_empty() {
        title.push_str(", ");
        title.push_str(outcome);
    }
    title
}

fn run(bar: &Bar) -> String {
    let run = bar.run;
    let from = run
        .started_at
        .map_or_else(|| "before the evidence".to_owned(), words::second);
    format!("Run {}: from {from}, {}", run.n, words::end_of_run(run))
}

/// Round moments, as many as fit.
fn ticks(axis: &Axis) -> Vec<Tick> {
    const STEPS: [i64; 22] = [
        1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200,
        86_400, 172_800, 604_800, 2_592_000, 31_536_000,
    ];
    let length = axis.length().num_seconds();
    let step = STEPS
        .into_iter()
        .find(|step| length / step <= TICKS)
        .unwrap_or(length / TICKS + 1);
    let step = TimeDelta::seconds(step);
    let clock = if step < TimeDelta::minutes(1) {
        "%H:%M:%S"
    } else {
        "%H:%M"
    };
    let Ok(first) = axis.from.duration_trunc(step) else {
        return Vec::new();
    };
    let mut ticks = Vec::new();
    let mut day = None;
    let mut at = first;
    while at <= axis.to {
        if at >= axis.from {
            let date = at.date_naive();
            ticks.push(Tick {
                x: Percent(axis.place(at)),
                clock: at.format(clock).to_string(),
                class: match axis.place(at) {
                    x if x < 0.05 => "first",
                    x if x > 0.95 => "last",
                    _ => "middle",
                },
                day: if day.replace(date) == Some(date) {
                    String::new()
                } else {
                    date.to_string()
                },
            });
        }
        let Some(next) = at.checked_add_signed(step) else {
            break;
        };
        at = next;
    }
    ticks
}

/// The shape and the colours of every cause, for the definitions at the page's top.
pub(super) fn shapes() -> Vec<(&'static str, marks::Mark)> {
    crate::model::Cause::ALL
        .into_iter()
        .map(|cause| (cause.name(), marks::mark_for(cause)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture::at;

    #[test]
    fn ticks_are_round_and_few() {
        let shown = |from: &str, to: &str| {
            let axis = Axis {
                from: at(from),
                to: at(to),
            };
            let ticks = ticks(&axis);
            ticks
                .iter()
                .map(|tick| format!("{} {}", tick.day, tick.clock).trim().to_owned())
                .collect::<Vec<_>>()
                .join(" ")
        };
        assert_eq!(
            shown("09:41:11", "09:41:47"),
            "2026-11-20 09:41:20 09:41:30 09:41:40"
        );
        assert_eq!(
            shown("00:10:00", "23:50:00"),
            "2026-11-20 06:00 12:00 18:00"
        );
        let years = Axis {
            from: "1970-01-01T00:00:00Z".parse().unwrap(),
            to: "2026-01-01T00:00:00Z".parse().unwrap(),
        };
        assert!((1..=7).contains(&ticks(&years).len()));
    }
}
