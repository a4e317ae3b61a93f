//! One service: its headline, its startups with their proof, its findings.

use super::{
    Cell, Context, Page,
    collapse::{self, Group, Part},
    columns::{Columns, Shown},
    evidence::{self, Proof},
    findings, style, timeline,
};
use crate::model::{
    Cause, Counted, Outcome,
    id::short_id,
    report::{Service, Startup},
};
use crate::report::words;
use std::{
    collections::{BTreeMap, BTreeSet},
    io,
};

/// Where the lines under a startup begin.
const DETAIL: usize = 6;

/// Writes a service.
pub(super) fn write(page: &mut Page, service: &Service, context: &Context) -> io::Result<()> {
    if is_one_line(service, context)
        && let Some(only) = service.startups.first()
    {
        return one_line(page, service, only);
    }
    headline(page, service)?;
    timeline::write(page, service, context)?;
    let groups = if context.verbose {
        collapse::singles(&service.startups)
    } else {
        collapse::groups(&service.startups)
    };
    let compact = groups.len() < service.startups.len() || groups.len() > collapse::MANY;
    let kind = |startup: &Startup| (startup.cause, startup.outcome);
    let parts = if context.verbose {
        collapse::all(&groups)
    } else {
        collapse::parts(&groups, kind)
    };
    let columns = Columns::fitting(service, &parts, page.width());
    let mut proven = BTreeSet::new();
    let mut said = "";
    for part in &parts {
        let group = match part {
            Part::Shown(group) => group,
            Part::LeftOut(groups) => {
                left_out(page, groups)?;
                continue;
            }
        };
        let [startup] = group.startups else {
            columns.group_line(page, group)?;
            group_details(page, group, context)?;
            proven.extend(group.startups.first().map(kind));
            continue;
        };
        let shown = columns.line(page, startup)?;
        // With very many startups, one proof for each kind of verdict is enough.
        if proven.insert(kind(startup)) || !compact || context.verbose {
            let summary = if startup.summary == said {
                ""
            } else {
                &startup.summary
            };
            details(page, startup, shown, summary, context)?;
            said = &startup.summary;
        }
    }
    findings::write(page, &service.findings, context)
}

/// A service that started only once, and well, needs no proof.
pub(super) fn is_one_line(service: &Service, context: &Context) -> bool {
    matches!(service.startups.as_slice(), [only]
        if only.cause.counted() == Counted::First && only.outcome == Outcome::Ready)
        && service.findings.is_empty()
        && !context.verbose
}

/// A service that nobody asks about: it started once, nothing says that it failed, and it has no findings.
pub(super) fn started_once(service: &Service) -> bool {
    matches!(service.startups.as_slice(), [only]
        if only.cause.counted() == Counted::First
            && matches!(only.outcome, Outcome::Ready | Outcome::Exited | Outcome::Unknown))
        && service.findings.is_empty()
}

fn one_line(page: &mut Page, service: &Service, startup: &Startup) -> io::Result<()> {
    let tail = format!(
        "1 startup, {}, ready, {}",
        startup.cause,
        words::second_or_unknown(startup.at)
    );
    page.row(
        0,
        2,
        1,
        &[
            Cell::new(format!("{}:", service.name), style::STRONG),
            Cell::new(tail, style::PLAIN),
        ],
    )
}

fn headline(page: &mut Page, service: &Service) -> io::Result<()> {
    let tail = words::figures(service);
    page.row(
        0,
        2,
        1,
        &[
            Cell::new(format!("{}:", service.name), style::STRONG),
            Cell::new(tail, style::STRONG),
        ],
    )?;
    if let [container] = service.containers.as_slice() {
        let mut cells = vec![Cell::new("container", style::QUIET)];
        if let Some(id) = &container.id {
            cells.push(Cell::new(short_id(id), style::QUIET));
        }
        if let Some(name) = &container.name {
            cells.push(Cell::new(name, style::QUIET));
        }
        if let Some(image) = &container.image {
            cells.push(Cell::new(format!("image {image}"), style::QUIET).flexible());
        }
        if cells.len() > 1 {
            page.row(2, 4, 1, &cells)?;
        }
    }
    page.separate()
}

/// Writes what stands under a startup. `shown` says how much of the outcome its line had room for;
/// `summary` is the startup's, or empty when the one before it says the same.
fn details(
    page: &mut Page,
    startup: &Startup,
    shown: Shown,
    summary: &str,
    context: &Context,
) -> io::Result<()> {
    let plain = startup.cause.counted() == Counted::First && startup.outcome == Outcome::Ready;
    let mut text = if plain {
        String::new()
    } else {
        shown.rest_of_outcome(startup)
    };
    // A plain first start needs no explanation.
    if startup.cause.counted() != Counted::First || context.verbose {
        text.push_str(summary);
    }
    if !text.trim().is_empty() {
        page.paragraph(DETAIL, DETAIL, "", &text)?;
    }
    if let Some(initiator) = &startup.initiator
        && (!is_ordinary(startup) || context.verbose)
    {
        page.paragraph(
            DETAIL,
            DETAIL + 2,
            "initiator:",
            &format!("{}, {}", initiator.kind, initiator.detail),
        )?;
    }
    if context.verbose {
        page.paragraph(DETAIL, DETAIL + 2, "rule:", startup.rule)?;
    }
    let limit = proof_limit(startup, context);
    let proof = Proof {
        day_of: startup.at,
        indent: DETAIL + 2,
        limit,
    };
    evidence::write(page, &startup.evidence, &proof, context)?;
    if !startup.against.is_empty() {
        page.row(DETAIL, DETAIL, 1, &[Cell::new("against:", style::QUIET)])?;
        evidence::write(
            page,
            &startup.against,
            &Proof {
                limit: limit.max(4),
                ..proof
            },
            context,
        )?;
    }
    if !startup.missing.is_empty() && (limit > 0 || startup.confidence < 0.9) {
        page.paragraph(DETAIL, DETAIL + 2, "missing:", &startup.missing.join("; "))?;
    }
    if !startup.candidates.is_empty() && (startup.cause == Cause::Unknown || context.verbose) {
        let label = if startup.cause == Cause::Unknown {
            "could be:"
        } else {
            "less likely:"
        };
        page.paragraph(DETAIL, DETAIL + 2, label, &words::candidates(startup))?;
    }
    Ok(())
}

/// Nobody asks why: a first start, or a worker that its run starts with.
fn is_ordinary(startup: &Startup) -> bool {
    startup.cause.is_ordinary() && !startup.duplicate
}

/// How many lines prove a startup: none for what nobody asks about.
fn proof_limit(startup: &Startup, context: &Context) -> usize {
    match startup.outcome {
        _ if context.verbose => usize::MAX,
        _ if !is_ordinary(startup) => 8,
        Outcome::Ready | Outcome::Unknown => 0,
        Outcome::Degraded | Outcome::Failed | Outcome::Exited => 3,
    }
}

/// Counts what is not shown.
fn left_out(page: &mut Page, groups: &[Group]) -> io::Result<()> {
    let startups = || groups.iter().flat_map(|group| group.startups);
    let mut by_cause: BTreeMap<Cause, u64> = BTreeMap::new();
    for startup in startups() {
        *by_cause.entry(startup.cause).or_default() += 1;
    }
    let until = startups()
        .last()
        .map_or_else(String::new, |last| words::second_or_unknown(last.at));
    let text = format!(
        "and {} more until {until}: {} (--verbose shows all)",
        words::count(by_cause.values().sum::<u64>(), "startup"),
        words::causes(&by_cause),
    );
    page.paragraph(2, DETAIL, "", &text)
}

/// Under a collapsed group stands the proof of its first startup.
fn group_details(page: &mut Page, group: &Group, context: &Context) -> io::Result<()> {
    let Some(first) = group.startups.first() else {
        return Ok(());
    };
    if !first.summary.is_empty() {
        page.paragraph(DETAIL, DETAIL, "", &format!("The first: {}", first.summary))?;
    }
    let proof = Proof {
        day_of: first.at,
        indent: DETAIL + 2,
        limit: 4,
    };
    evidence::write(page, &first.evidence, &proof, context)
}
