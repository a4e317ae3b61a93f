//! `report --docker --follow`: each startup as it happens, until Ctrl-C.
//!
//! Events and recognised lines say when to judge again, and the verdicts come from the same analysis as
//! a report's. The engine forgets its events, and containers are removed with their logs, so this module
//! keeps the events and the recognised lines.

mod events;
mod frames;
mod logs;
mod tail;
mod told;

use super::{
    docker::{EngineEvidence, Scope},
    resolve::Job,
};
use crate::{
    cli::{exit::Status, output, say::warn, streams::Streams},
    engine::Engine,
    model::{
        Outcome,
        id::short_id,
        report::{Report, Revised, Service, Startup},
    },
    report::{jsonl, sanitise::sanitise},
};
use events::Events;
use logs::Logs;
use std::{
    io::{self, Write},
    time::{Duration, Instant},
};
use told::{News, Told, is_notable};

/// How often to look whether something happened.
const STEP: Duration = Duration::from_millis(250);
/// A startup is judged when nothing more has happened for this long: what belongs to it comes together.
const QUIET: Duration = Duration::from_secs(2);
/// It is judged after this long even if more keeps happening.
const LONGEST: Duration = Duration::from_secs(10);

/// Reports what there is, then each startup as it happens.
pub(super) fn run(job: &Job, engine: &Engine, streams: &Streams) -> anyhow::Result<Status> {
    let words = &job.words;
    let interrupts = engine.interrupts();
    let mut evidence = EngineEvidence::ask(engine)?;
    let mut scope = Scope::choose(words, &evidence)?;
    let mut events = Events::new(&evidence);
    let mut logs = Logs::new(engine, &job.config)?;
    let mut told = Told::default();
    let mut found = false;
    loop {
        logs.read(&scope, &evidence, &events);
        let report = scope.judge(job, &evidence, logs.kept())?.report;
        found |= job.fail_on.is_in(&report);
        let news = told.news(&report, events.settled());
        tell(job, streams, &report, news)?;

        let mut changed: Option<(Instant, Instant)> = None;
        evidence = loop {
            if interrupts.asked() {
                return Ok(if found { Status::Found } else { Status::Clean });
            }
            if events.wait(engine, STEP)? | logs.take(&events) {
                let now = Instant::now();
                changed = Some((changed.map_or(now, |(since, _)| since), now));
            }
            let is_due = changed
                .is_some_and(|(since, last)| last.elapsed() >= QUIET || since.elapsed() >= LONGEST);
            if !is_due {
                continue;
            }
            match evidence.again(engine) {
                Ok(fresh) => break fresh,
                // The stream of events says when the engine is back.
                Err(error) => warn(&format!("{error:#}")),
            }
            changed = None;
        };
        events.add(evidence.events());
        evidence = evidence.with_events(&events.text());
        // New containers belong to their services. When none of the names exists any more, the choice stays.
        scope = Scope::choose(words, &evidence).unwrap_or(scope);
    }
}

/// Writes what is new.
fn tell(job: &Job, streams: &Streams, report: &Report, news: Vec<News>) -> anyhow::Result<()> {
    if news.is_empty() {
        return Ok(());
    }
    let outputs = &mut job.outputs.iter();
    let as_json = outputs.any(|output| output.format.name == "jsonl");
    let mut startups: Vec<(&Service, &Startup, Option<Revised>)> = news
        .into_iter()
        .filter_map(|news| {
            let service = report.services.get(news.service)?;
            Some((service, service.startups.get(news.startup)?, news.before))
        })
        .collect();
    startups.sort_by_key(|(service, startup, _)| (startup.at, &service.name, startup.n));
    output::to_stdout(streams, |out| {
        for (service, startup, before) in startups {
            if as_json {
                jsonl::write(report, service, startup, before, out)?;
            } else {
                lines(report, service, startup, before, out)?;
            }
        }
        Ok(())
    })
}

/// A startup in a few lines.
fn lines(
    report: &Report,
    service: &Service,
    startup: &Startup,
    before: Option<Revised>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let at = startup.at.map_or_else(
        || "no time".to_owned(),
        |at| at.format("%Y-%m-%d %H:%M:%SZ").to_string(),
    );
    let case = startup
        .case
        .map_or_else(String::new, |case| format!(" ({case:?})"));
    let id = startup.container_id.as_deref().unwrap_or("?");
    // Printed again only for its outcome: the proof is the same as before.
    let same = before.is_some_and(|before| {
        before.cause == startup.cause && !is_notable(before.confidence, startup.confidence)
    });
    write!(
        out,
        "{}{at}  {}  {}{case}  {:.0} %{}  container {} run {}",
        match before {
            None => "",
            Some(_) if same => "outcome: ",
            Some(_) => "revised: ",
        },
        sanitise(&service.name),
        startup.cause,
        startup.confidence * 100.0,
        outcome(startup.outcome),
        sanitise(short_id(id)),
        startup
            .run
            .map_or_else(|| "?".to_owned(), |run| run.to_string()),
    )?;
    if let Some(before) = before.filter(|_| !same) {
        let confidence = before.confidence * 100.0;
        write!(
            out,
            "  (was {}  {confidence:.0} %{})",
            before.cause,
            outcome(before.outcome)
        )?;
    }
    writeln!(out)?;
    for evidence in startup.evidence.iter().filter(|_| !same) {
        let path = report
            .inputs
            .get(evidence.input.0 as usize)
            .map_or("?", |input| input.path.as_str());
        writeln!(
            out,
            "    {}:{}  {}",
            sanitise(path),
            evidence.line,
            sanitise(&evidence.claim)
        )?;
    }
    Ok(())
}

fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Ready => "  ready",
        Outcome::Degraded => "  degraded",
        Outcome::Failed => "  failed",
        Outcome::Exited => "  exited",
        Outcome::Unknown => "",
    }
}
