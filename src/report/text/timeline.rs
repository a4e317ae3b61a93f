//! The timeline of a service: one lane per container, runs as bars, startups as the marks of their
//! causes, and shading where no source covers the time.

use super::{Cell, Context, Page, columns::cause_style, layout::cut, style};
use crate::model::{
    Time,
    report::{Service, Startup},
};
use crate::report::{
    answer, marks,
    sanitise::sanitise,
    timeline::{self, Axis, Lane},
    words,
};
use anstyle::Style;
use std::{collections::BTreeSet, io};

/// How many lanes a service has at most, unless everything is asked for.
const LANES: usize = 12;
/// The width of a lane's name.
const NAME: usize = 12;
/// Blanks before a lane.
const INDENT: usize = 2;

/// The signs of a timeline apart from the causes' marks.
struct Signs {
    run: char,
    stopped: char,
    died: char,
    goes_on: char,
    unseen: char,
}

const UNICODE: Signs = Signs {
    run: '━',
    stopped: '┤',
    died: '╳',
    goes_on: '→',
    unseen: '░',
};

const ASCII: Signs = Signs {
    run: '=',
    stopped: '|',
    died: 'x',
    goes_on: '>',
    unseen: ':',
};

/// What one column of a lane shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Point {
    Nothing,
    Unseen,
    Run,
    GoesOn,
    Stopped,
    Died,
    Startup(usize),
}

/// Writes the timeline of `service`, when there is something to compare on it.
pub(super) fn write(page: &mut Page, service: &Service, context: &Context) -> io::Result<()> {
    let Some(axis) = Axis::spanning(std::slice::from_ref(service)) else {
        return Ok(());
    };
    let all = timeline::lanes(service, &axis);
    let startups: usize = all.iter().map(|lane| lane.startups.len()).sum();
    if startups < 2 {
        return Ok(());
    }
    let hidden = if context.verbose {
        0
    } else {
        all.len().saturating_sub(LANES)
    };
    let lanes = &all[hidden..];
    let name = if all.len() > 1 { NAME + 1 } else { 0 };
    let columns = page.width().saturating_sub(INDENT + name).max(8);
    let signs = if page.ascii() { &ASCII } else { &UNICODE };
    let drawn: Vec<Vec<Point>> = lanes
        .iter()
        .map(|lane| points(lane, &axis, columns))
        .collect();
    ends_of_axis(page, &axis, name, columns)?;
    for (lane, points) in lanes.iter().zip(&drawn) {
        let mut cells = Vec::new();
        if name > 0 {
            cells.push(Cell::new(label(lane), style::QUIET).pad(name));
        }
        cells.extend(stretches(points, lane, signs, page.ascii()));
        page.row(INDENT, INDENT, 0, &cells)?;
    }
    if hidden > 0 {
        let note = format!("{hidden} earlier containers are not drawn (--verbose)");
        page.row(
            INDENT,
            INDENT,
            1,
            &[Cell::new(note, style::QUIET).flexible()],
        )?;
    }
    legend(page, lanes, &drawn, signs)?;
    page.separate()
}

/// The line above the lanes: where they begin and end.
fn ends_of_axis(page: &mut Page, axis: &Axis, name: usize, columns: usize) -> io::Result<()> {
    let same_day = axis.from.date_naive() == axis.to.date_naive();
    let clock = |time: Time| time.format("%H:%M:%SZ").to_string();
    let (mut from, mut to) = (
        words::second(axis.from),
        if same_day {
            clock(axis.to)
        } else {
            words::second(axis.to)
        },
    );
    if from.len() + to.len() >= columns {
        let short = if same_day { "%H:%M:%S" } else { "%m-%d %H:%M" };
        from = axis.from.format(short).to_string();
        to = axis.to.format(short).to_string();
    }
    let gap = columns.saturating_sub(from.len() + to.len()).max(1);
    page.row(
        INDENT + name,
        INDENT,
        gap,
        &[Cell::new(from, style::QUIET), Cell::new(to, style::QUIET)],
    )
}

/// A lane's container as the lines of startups name it.
fn label(lane: &Lane) -> String {
    let Some(container) = lane.container else {
        return "?".to_owned();
    };
    match (container.id.as_deref(), container.name.as_deref()) {
        (Some(id), _) if !id.is_empty() => id.get(..NAME).unwrap_or(id).to_owned(),
        (_, Some(name)) => cut(&sanitise(name), NAME).into_owned(),
        _ => "?".to_owned(),
    }
}

/// What each column of `lane` shows. Later steps draw over earlier ones: a startup is never hidden,
/// except by one of a column that matters more.
fn points(lane: &Lane, axis: &Axis, columns: usize) -> Vec<Point> {
    let mut points = vec![Point::Nothing; columns];
    let last = columns - 1;
    let column = |time: Time| {
        let place = axis.place(time).clamp(0.0, 1.0);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "a column between 0 and the last"
        )]
        let at = (place * columns as f64) as usize;
        at.min(last)
    };
    let seen = lane.container.map_or(&[][..], |container| &container.seen);
    for (from, to) in axis.unseen(seen) {
        // Only columns that lie in it entirely, so that no moment that was seen is called unseen.
        let begin = if from == axis.from {
            0
        } else {
            column(from) + 1
        };
        let end = if to == axis.to { columns } else { column(to) };
        for point in points.iter_mut().take(end).skip(begin) {
            *point = Point::Unseen;
        }
    }
    for bar in &lane.bars {
        let (from, to) = (column(bar.from), column(bar.to));
        points[from..=to].fill(Point::Run);
        points[to] = match bar.run.ended_at {
            Some(end) if end <= axis.to && bar.died() => Point::Died,
            Some(end) if end <= axis.to => Point::Stopped,
            _ if bar.to > axis.to => Point::GoesOn,
            _ => Point::Run,
        };
    }
    for (index, startup) in lane.startups.iter().enumerate() {
        let Some(at) = startup.at else { continue };
        let point = &mut points[column(at)];
        let matters_more = match *point {
            Point::Startup(other) => startup.cause.urgency() < lane.startups[other].cause.urgency(),
            _ => true,
        };
        if matters_more {
            *point = Point::Startup(index);
        }
    }
    points
}

/// Neighbours that look the same as one cell.
fn stretches(points: &[Point], lane: &Lane, signs: &Signs, ascii: bool) -> Vec<Cell> {
    let shown = points
        .iter()
        .rposition(|point| *point != Point::Nothing)
        .map_or(0, |last| last + 1);
    points[..shown]
        .chunk_by(|a, b| a == b)
        .map(|same| {
            let (sign, style) = match same[0] {
                Point::Nothing => (' ', style::PLAIN),
                Point::Unseen => (signs.unseen, style::QUIET),
                Point::Run => (signs.run, style::QUIET),
                Point::GoesOn => (signs.goes_on, style::QUIET),
                Point::Stopped => (signs.stopped, style::PLAIN),
                Point::Died => (signs.died, style::BAD),
                Point::Startup(index) => mark(lane.startups[index], ascii),
            };
            Cell::new(sign.to_string().repeat(same.len()), style)
        })
        .collect()
}

fn mark(startup: &Startup, ascii: bool) -> (char, Style) {
    let mark = marks::mark_for(startup.cause);
    let sign = if ascii { mark.ascii } else { mark.glyph };
    (sign, cause_style(startup).bold())
}

/// What the signs mean, as far as they were used.
fn legend(page: &mut Page, lanes: &[Lane], drawn: &[Vec<Point>], signs: &Signs) -> io::Result<()> {
    let ascii = page.ascii();
    let shown: BTreeSet<Point> = drawn
        .iter()
        .flatten()
        .map(|point| match point {
            Point::Startup(_) => Point::Startup(0),
            other => *other,
        })
        .collect();
    let mut startups: Vec<&Startup> = lanes
        .iter()
        .flat_map(|lane| lane.startups.clone())
        .collect();
    startups.sort_by_key(|startup| startup.cause);
    startups.dedup_by_key(|startup| startup.cause);
    let mut cells: Vec<Cell> = startups
        .into_iter()
        .map(|startup| {
            let (sign, style) = mark(startup, ascii);
            Cell::new(
                format!("{sign} {}", answer::with_case(startup.cause)),
                style,
            )
        })
        .collect();
    for (point, sign, meaning) in [
        (Point::Stopped, signs.stopped, "stopped"),
        (Point::Died, signs.died, "died"),
        (Point::GoesOn, signs.goes_on, "goes on"),
        (Point::Unseen, signs.unseen, "no evidence"),
    ] {
        if shown.contains(&point) {
            cells.push(Cell::new(format!("{sign} {meaning}"), style::QUIET));
        }
    }
    page.row(INDENT, INDENT, 2, &cells)
}

#[cfg(test)]
mod tests {
    use crate::model::{
        Cause, EndedBy,
        report::{Container, Report, Run},
    };
    use crate::report::{
        TextOptions,
        fixture::{self, at, report, service, startup},
        text::render,
    };

    fn run(n: u32, from: &str, to: Option<&str>, by: EndedBy, code: i64) -> Run {
        Run {
            n,
            started_at: Some(at(from)),
            ended_at: to.map(at),
            exit_code: to.map(|_| code),
            ended_by: to.map(|_| by),
        }
    }

    /// A crash, a restart by hand, and a replacement that is only partly seen.
    fn story() -> Report {
        let moment = |n, clock, cause| {
            let mut one = startup(n, cause);
            one.at = Some(at(clock));
            one
        };
        let mut last = moment(4, "10:03:00", Cause::DeploymentReplacement);
        last.container_id = Some("ced9f54372b3".repeat(5));
        let mut whole = service(
            "api",
            vec![
                moment(1, "10:00:00", Cause::FirstStart),
                moment(2, "10:01:00", Cause::RestartPolicy),
                moment(3, "10:02:00", Cause::ManualRestart),
                last,
            ],
        );
        let seen = vec![(at("09:59:00"), at("10:04:00"))];
        whole.containers[0].seen.clone_from(&seen);
        whole.containers[0].runs = vec![
            run(1, "10:00:00", Some("10:00:50"), EndedBy::Exit, 1),
            run(2, "10:01:00", Some("10:01:50"), EndedBy::ApiStop, 143),
            run(3, "10:02:00", Some("10:03:10"), EndedBy::ApiStop, 0),
        ];
        whole.containers.push(Container {
            id: Some("ced9f54372b3".repeat(5)),
            runs: vec![run(1, "10:03:00", None, EndedBy::Unknown, 0)],
            seen: vec![(at("10:02:30"), at("11:00:00"))],
            ..whole.containers[0].clone()
        });
        report(vec![], vec![whole])
    }

    fn drawn(report: &Report, options: &TextOptions) -> String {
        let mut out = Vec::new();
        render(report, options, &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        text.split("\n\n").nth(2).unwrap().to_owned()
    }

    #[test]
    fn a_lane_a_container_with_runs_ends_marks_and_what_was_not_seen() {
        let shown = drawn(&story(), &TextOptions::default());
        assert_eq!(
            shown,
            "               2026-11-20 09:58:30Z                                    10:04:30Z
  1df37d801ee7 ░░░░░           ○━━━━━━━━╳ ▼━━━━━━━━┤●━━━━━━━━━━━━┤         ░░░░░
  ced9f54372b3 ░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░     ■━━━━━━━━━━━━━━━→
  ○ first-start  ■ deployment-replacement (A)  ● manual-restart
  ▼ restart-policy  ┤ stopped  ╳ died  → goes on  ░ no evidence"
        );
    }

    #[test]
    fn ascii_says_the_same_where_nothing_else_can_be_shown() {
        let options = TextOptions {
            ascii: true,
            width: 60,
            ..TextOptions::default()
        };
        let shown = drawn(&story(), &options);
        assert_eq!(
            shown,
            "               2026-11-20 09:58:30Z                10:04:30Z
  1df37d801ee7 :::        o=====xr======|m========|      :::
  ced9f54372b3 ::::::::::::::::::::::::::::::   A==========>
  o first-start  A deployment-replacement (A)
  m manual-restart  r restart-policy  | stopped  x died
  > goes on  : no evidence"
        );
    }

    #[test]
    fn one_startup_or_none_with_a_time_is_no_line_of_time() {
        let mut report = fixture::timer_restart();
        let marks = |report: &Report| {
            let mut out = Vec::new();
            render(report, &TextOptions::default(), &mut out).unwrap();
            String::from_utf8(out).unwrap().contains('▲')
        };
        assert!(marks(&report));
        report.services[0].startups[0].at = None;
        assert!(!marks(&report));
    }
}
