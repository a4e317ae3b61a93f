//! Startups, runs and coverage on a time axis, which both the terminal and the page draw.

use crate::model::{
    EndedBy, Time,
    report::{Container, Run, Service, Startup},
};
use chrono::TimeDelta;
use std::collections::HashMap;

/// How far the axis may reach beyond startups that lie close together.
const LEAST_MARGIN: TimeDelta = TimeDelta::seconds(20);

/// The stretch of time that is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Axis {
    /// Its start.
    pub(crate) from: Time,
    /// Its end, later than its start.
    pub(crate) to: Time,
}

/// One container: its runs, its startups, and where nothing would have been seen.
#[derive(Clone, Debug)]
pub(crate) struct Lane<'a> {
    /// The container; `None` for startups whose container is not known.
    pub(crate) container: Option<&'a Container>,
    /// Its runs that have a place in time.
    pub(crate) bars: Vec<Bar<'a>>,
    /// Its startups that have a time.
    pub(crate) startups: Vec<&'a Startup>,
}

/// One run in time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bar<'a> {
    /// The run.
    pub(crate) run: &'a Run,
    /// Where it starts, or where its evidence starts.
    pub(crate) from: Time,
    /// Where it ends, or where its evidence ends.
    pub(crate) to: Time,
}

impl Bar<'_> {
    /// Whether the run failed or was killed.
    pub(crate) fn died(&self) -> bool {
        match self.run.ended_by {
            Some(EndedBy::ApiStop | EndedBy::Engine) => false,
            Some(EndedBy::ApiKill | EndedBy::Signal | EndedBy::Oom) => true,
            Some(EndedBy::Exit | EndedBy::Unknown) | None => {
                self.run.exit_code.is_some_and(|code| code != 0)
            }
        }
    }
}

impl Axis {
    /// An axis with all startups of `services`, and with what was around them as long as that does not
    /// squeeze the startups together. `None` when no startup has a time.
    pub(crate) fn spanning(services: &[Service]) -> Option<Self> {
        let startups = services.iter().flat_map(|service| &service.startups);
        let times = startups.filter_map(|startup| startup.at);
        let first = times.clone().min()?;
        let last = times.max()?;
        let margin = (last.signed_duration_since(first) / 2).max(LEAST_MARGIN);
        let around = services
            .iter()
            .flat_map(|service| &service.containers)
            .flat_map(|container| {
                let runs = container.runs.iter();
                let runs = runs.flat_map(|run| [run.started_at, run.ended_at]);
                let seen = container.seen.iter();
                let seen = seen.flat_map(|(from, to)| [Some(*from), Some(*to)]);
                let life = [container.created_at, container.removed_at];
                runs.chain(seen).chain(life)
            })
            .flatten();
        let begin = around.clone().min().map_or(first, |time| time.min(first));
        let end = around.max().map_or(last, |time| time.max(last));
        let axis = Self {
            from: begin.max(earlier(first, margin)),
            to: end.min(later(last, margin)),
        };
        // A mark right at the edge would be cut in half.
        let edge = (axis.length() / 50).max(TimeDelta::milliseconds(500));
        Some(Self {
            from: axis.from.min(earlier(first, edge)),
            to: axis.to.max(later(last, edge)),
        })
    }

    /// How long it is.
    pub(crate) fn length(&self) -> TimeDelta {
        self.to - self.from
    }

    /// Where `time` lies on the axis: 0 at its start, 1 at its end, less or more outside of it.
    #[expect(clippy::cast_precision_loss, reason = "a place on a page is coarse")]
    pub(crate) fn place(&self, time: Time) -> f64 {
        let millis = |length: TimeDelta| length.num_milliseconds() as f64;
        millis(time - self.from) / millis(self.length()).max(1.0)
    }

    /// The windows of the axis that `seen` (sorted) leaves out.
    pub(crate) fn unseen(&self, seen: &[(Time, Time)]) -> Vec<(Time, Time)> {
        let mut unseen = Vec::new();
        let mut at = self.from;
        for (from, to) in seen {
            if *from > at {
                unseen.push((at, (*from).min(self.to)));
            }
            at = at.max(*to);
            if at >= self.to {
                return unseen;
            }
        }
        unseen.push((at, self.to));
        unseen
    }
}

fn earlier(time: Time, by: TimeDelta) -> Time {
    time.checked_sub_signed(by).unwrap_or(time)
}

fn later(time: Time, by: TimeDelta) -> Time {
    time.checked_add_signed(by).unwrap_or(time)
}

/// One lane for each container that has something to show, in the service's order.
pub(crate) fn lanes<'a>(service: &'a Service, axis: &Axis) -> Vec<Lane<'a>> {
    // By its id; by its name where no id is known.
    let key = |id: Option<&'a str>, name: Option<&'a str>| (id, name.filter(|_| id.is_none()));
    let mut lane_of: HashMap<_, usize> = HashMap::with_capacity(service.containers.len());
    for (lane, container) in service.containers.iter().enumerate() {
        let key = key(container.id.as_deref(), container.name.as_deref());
        lane_of.entry(key).or_insert(lane);
    }
    let owner = |startup: &'a Startup| {
        let key = key(
            startup.container_id.as_deref(),
            startup.container_name.as_deref(),
        );
        lane_of.get(&key).copied()
    };
    let mut of_container: Vec<Vec<&Startup>> = vec![Vec::new(); service.containers.len() + 1];
    for startup in service
        .startups
        .iter()
        .filter(|startup| startup.at.is_some())
    {
        let lane = owner(startup).unwrap_or(service.containers.len());
        of_container[lane].push(startup);
    }
    let containers = service.containers.iter().map(Some).chain([None]);
    containers
        .zip(of_container)
        .map(|(container, startups)| Lane {
            container,
            bars: container.map_or_else(Vec::new, |container| bars(container, axis)),
            startups,
        })
        .filter(|lane| !lane.bars.is_empty() || !lane.startups.is_empty())
        .collect()
}

/// The runs of `container` that lie on the axis. A run whose start or end is not known reaches as far
/// as its container is seen without a gap, but not into its neighbours.
fn bars<'a>(container: &'a Container, axis: &Axis) -> Vec<Bar<'a>> {
    let mut bars: Vec<Bar> = Vec::new();
    for (n, run) in container.runs.iter().enumerate() {
        let Some(known) = run.started_at.or(run.ended_at) else {
            continue;
        };
        let begun = container.seen.partition_point(|(from, _)| *from <= known);
        let window = container.seen[..begun]
            .last()
            .filter(|(_, to)| known <= *to);
        let (seen_from, seen_to) = window.copied().unwrap_or((known, known));
        let before = bars.last().map(|bar: &Bar| bar.to);
        let after = container.runs[n + 1..]
            .iter()
            .find_map(|run| run.started_at.or(run.ended_at))
            .or(container.removed_at);
        let from = run
            .started_at
            .unwrap_or_else(|| before.map_or(seen_from, |before| before.max(seen_from)));
        let to = run
            .ended_at
            .unwrap_or_else(|| after.map_or(seen_to, |after| after.min(seen_to)));
        let to = to.max(from);
        if from <= axis.to && to >= axis.from {
            bars.push(Bar { run, from, to });
        }
    }
    bars
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Cause;
    use crate::report::fixture::{at, service, startup};

    fn run(n: u32, from: Option<&str>, to: Option<&str>) -> Run {
        Run {
            n,
            started_at: from.map(at),
            ended_at: to.map(at),
            exit_code: to.map(|_| 0),
            ended_by: to.map(|_| EndedBy::ApiStop),
        }
    }

    fn clocks(windows: &[(Time, Time)]) -> Vec<String> {
        windows
            .iter()
            .map(|(from, to)| format!("{}-{}", from.format("%H:%M:%S"), to.format("%H:%M:%S")))
            .collect()
    }

    #[test]
    fn the_axis_keeps_startups_apart_and_shows_what_is_near() {
        let mut one = startup(1, Cause::FirstStart);
        let mut two = startup(2, Cause::ManualRestart);
        (one.at, two.at) = (Some(at("10:00:00")), Some(at("10:10:00")));
        let mut whole = service("api", vec![one, two]);
        whole.containers[0].created_at = Some(at("09:59:58"));
        whole.containers[0].seen = vec![(at("08:00:00"), at("18:00:00"))];
        let axis = Axis::spanning(std::slice::from_ref(&whole)).unwrap();
        assert_eq!(clocks(&[(axis.from, axis.to)]), ["09:55:00-10:15:00"]);
        assert!((axis.place(at("10:00:00")) - 0.25).abs() < 1e-9);
        // One startup is enough for an axis; none is not.
        whole.startups.pop();
        let axis = Axis::spanning(std::slice::from_ref(&whole)).unwrap();
        assert_eq!(axis.length(), LEAST_MARGIN * 2);
        whole.startups[0].at = None;
        assert_eq!(Axis::spanning(std::slice::from_ref(&whole)), None);
    }

    #[test]
    fn what_no_source_covers_is_the_rest_of_the_axis() {
        let axis = Axis {
            from: at("10:00:00"),
            to: at("11:00:00"),
        };
        let windows = [
            (at("09:00:00"), at("10:10:00")),
            (at("10:20:00"), at("10:30:00")),
        ];
        assert_eq!(
            clocks(&axis.unseen(&windows)),
            ["10:10:00-10:20:00", "10:30:00-11:00:00"]
        );
        assert_eq!(clocks(&axis.unseen(&[])), ["10:00:00-11:00:00"]);
        assert!(axis.unseen(&[(axis.from, axis.to)]).is_empty());
        assert_eq!(
            clocks(&axis.unseen(&[(at("12:00:00"), at("13:00:00"))])),
            ["10:00:00-11:00:00"]
        );
    }

    #[test]
    fn open_runs_reach_to_their_neighbours_and_no_further() {
        let mut whole = service("api", vec![startup(1, Cause::Unknown)]);
        whole.containers[0].runs = vec![
            run(1, None, Some("09:41:20")),
            run(2, Some("09:41:21"), None),
            run(3, Some("09:41:27"), None),
            run(4, None, None),
        ];
        let axis = Axis::spanning(std::slice::from_ref(&whole)).unwrap();
        let lanes = lanes(&whole, &axis);
        assert_eq!(lanes.len(), 1);
        let shown: Vec<_> = lanes[0].bars.iter().map(|bar| (bar.from, bar.to)).collect();
        assert_eq!(
            clocks(&shown),
            [
                "09:41:11-09:41:20",
                "09:41:21-09:41:27",
                "09:41:27-09:45:01"
            ]
        );
    }

    #[test]
    fn a_startup_of_an_unknown_container_has_a_lane() {
        let mut stray = startup(2, Cause::Unknown);
        stray.container_id = Some("feed".to_owned());
        let whole = service("api", vec![stray]);
        let axis = Axis::spanning(std::slice::from_ref(&whole)).unwrap();
        let lanes = lanes(&whole, &axis);
        assert_eq!(lanes.len(), 1);
        assert!(lanes[0].container.is_none() && lanes[0].startups.len() == 1);
    }
}
