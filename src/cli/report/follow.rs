//! `report --docker --follow`: each startup as it happens, until Ctrl-C.
//!
//! Events, and lines that a signature may recognise, say when to look again; what is said then comes
//! from the same analysis as a report's. The engine forgets its events, so they are kept here.

use super::{
    docker::{Evidence, Scope},
    resolve::Job,
};
use crate::{
    cli::{exit::Status, output, say, streams::Streams},
    engine::{Backoff, Engine, Patience},
    extract::Signatures,
    model::{
        Time,
        report::{Report, Service, Startup},
    },
    report::{Options, sanitise::sanitise},
};
use std::{
    collections::{BTreeSet, VecDeque},
    io::{self, Read as _, Write},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

/// How often to look whether something happened.
const STEP: Duration = Duration::from_millis(250);
/// A startup is judged when nothing more happened for so long: what belongs to it comes together.
const QUIET: Duration = Duration::from_secs(2);
/// It is judged after so long even if things go on happening.
const LONGEST: Duration = Duration::from_secs(10);
/// Events that are kept, the newest ones.
const EVENTS: usize = 200_000;

/// Reports what there is, then each startup as it happens.
pub(super) fn run(job: &Job, engine: &Engine, streams: &Streams) -> anyhow::Result<Status> {
    let words = &job.words;
    let interrupts = engine.interrupts();
    let mut evidence = Evidence::of(engine)?;
    let mut scope = Scope::of(words, &evidence)?;
    let first = scope.analyse(job, engine, &evidence, &())?;
    let mut told = BTreeSet::new();
    let mut found = job.fail_on.is_in(&first.report);
    tell(job, streams, &first.report, &mut told)?;

    let mut events = Events::new(&evidence);
    let signatures = Arc::new(Signatures::with_files(&job.config.signatures)?);
    let mut logs = Logs::new(engine, signatures);
    let mut changed: Option<(Instant, Instant)> = None;
    while !interrupts.asked() {
        logs.follow(&scope, &evidence);
        let happened = events.wait(engine)? | logs.happened();
        let now = Instant::now();
        if happened {
            let since = changed.map_or(now, |(since, _)| since);
            changed = Some((since, now));
        }
        let Some((since, last)) = changed else {
            continue;
        };
        if last.elapsed() < QUIET && since.elapsed() < LONGEST {
            continue;
        }
        changed = None;
        let looked = Evidence::of(engine).map(|fresh| fresh.with_events(&events.text()));
        evidence = match looked {
            Ok(fresh) => fresh,
            // The events' stream says when it is back.
            Err(error) => {
                say("warning", &format!("{error:#}"));
                continue;
            }
        };
        // A new container belongs to its service; what was chosen stays so when its names are gone.
        scope = Scope::of(words, &evidence).unwrap_or(scope);
        let analysis = scope.analyse(job, engine, &evidence, &())?;
        found |= job.fail_on.is_in(&analysis.report);
        tell(job, streams, &analysis.report, &mut told)?;
    }
    Ok(if found { Status::Found } else { Status::Clean })
}

/// What tells a startup from others, whatever its number.
type Key = (Option<String>, Option<u32>, Option<Time>, Vec<u32>);

/// Writes the startups that were not told yet.
fn tell(
    job: &Job,
    streams: &Streams,
    report: &Report,
    told: &mut BTreeSet<Key>,
) -> anyhow::Result<()> {
    let mut fresh = report.clone();
    for service in &mut fresh.services {
        service.startups.retain(|startup| {
            told.insert((
                startup.container_id.clone(),
                startup.run,
                startup.at,
                startup.pids.clone(),
            ))
        });
    }
    fresh
        .services
        .retain(|service| !service.startups.is_empty());
    if fresh.services.is_empty() {
        return Ok(());
    }
    output::to_stdout(streams, |out| {
        if let Some(jsonl) = job
            .outputs
            .iter()
            .find(|output| output.format.name == "jsonl")
        {
            return jsonl.format.render(&fresh, &Options::default(), out);
        }
        let mut startups: Vec<(&Service, &Startup)> = fresh
            .services
            .iter()
            .flat_map(|service| {
                service
                    .startups
                    .iter()
                    .map(move |startup| (service, startup))
            })
            .collect();
        startups.sort_by_key(|(service, startup)| (startup.at, &service.name, startup.n));
        for (service, startup) in startups {
            line(&fresh, service, startup, out)?;
        }
        Ok(())
    })
}

/// A startup in a few lines.
fn line(
    report: &Report,
    service: &Service,
    startup: &Startup,
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
    writeln!(
        out,
        "{at}  {}  {}{case}  {:.0} %  container {} run {}",
        sanitise(&service.name),
        startup.cause,
        startup.confidence * 100.0,
        sanitise(id.get(..12).unwrap_or(id)),
        startup
            .run
            .map_or_else(|| "?".to_owned(), |run| run.to_string()),
    )?;
    for evidence in &startup.evidence {
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

/// The engine's events: those it had, and those that come.
struct Events {
    kept: VecDeque<Vec<u8>>,
    begun: Vec<u8>,
    since: Time,
    body: Option<crate::engine::Body>,
    pauses: Backoff,
    next: Instant,
}

impl Events {
    fn new(evidence: &Evidence) -> Self {
        Self {
            kept: evidence
                .events()
                .split_inclusive(|byte| *byte == b'\n')
                .map(<[u8]>::to_vec)
                .collect(),
            begun: Vec::new(),
            since: evidence.until,
            body: None,
            pauses: Backoff::endless(),
            next: Instant::now(),
        }
    }

    /// Waits a step; whether something happened that may be a startup. A broken stream is taken up
    /// again where it broke.
    fn wait(&mut self, engine: &Engine) -> anyhow::Result<bool> {
        let Some(body) = &mut self.body else {
            if Instant::now() < self.next {
                thread::sleep(STEP);
                return Ok(false);
            }
            // Its silence is no sign of life.
            match engine.ping() {
                Ok(()) => {
                    self.body =
                        Some(engine.open(&Engine::events_from(self.since), Patience::Endless)?);
                    self.pauses = Backoff::endless();
                }
                Err(error) => self.later(&error.to_string()),
            }
            return Ok(false);
        };
        let ended = match body.next(STEP) {
            Ok(Some(piece)) => return Ok(self.take(&piece)),
            Ok(None) => "the engine ended its stream of events".to_owned(),
            Err(error) => error.to_string(),
        };
        self.body = None;
        self.begun.clear();
        self.later(&ended);
        Ok(false)
    }

    fn later(&mut self, why: &str) {
        say("warning", &format!("{why}; trying again"));
        self.next = Instant::now() + self.pauses.next().unwrap_or(STEP);
    }

    fn take(&mut self, piece: &[u8]) -> bool {
        let mut happened = false;
        self.begun.extend_from_slice(piece);
        while let Some(end) = memchr::memchr(b'\n', &self.begun) {
            let line: Vec<u8> = self.begun.drain(..=end).collect();
            // After a break the last events come again.
            if self
                .kept
                .iter()
                .rev()
                .take(1000)
                .any(|known| *known == line)
            {
                continue;
            }
            happened |= [
                &b"\"start\""[..],
                b"\"die\"",
                b"\"restart\"",
                b"\"rename\"",
                b"\"destroy\"",
            ]
            .iter()
            .any(|action| memchr::memmem::find(&line, action).is_some());
            self.since = moment(&line).unwrap_or(self.since);
            self.kept.push_back(line);
            if self.kept.len() > EVENTS {
                self.kept.pop_front();
            }
        }
        happened
    }

    fn text(&self) -> Vec<u8> {
        self.kept.iter().flatten().copied().collect()
    }
}

/// When an event happened.
fn moment(line: &[u8]) -> Option<Time> {
    let event: serde_json::Value = serde_json::from_slice(line).ok()?;
    let nanos = event.get("timeNano")?.as_i64()?;
    Some(Time::from_timestamp_nanos(nanos))
}

/// The logs of running containers, each watched for lines that may be a startup.
struct Logs {
    engine: Engine,
    signatures: Arc<Signatures>,
    watched: BTreeSet<String>,
    hits: Arc<AtomicU64>,
    seen: u64,
    ended: Arc<AtomicBool>,
}

impl Logs {
    fn new(engine: &Engine, signatures: Arc<Signatures>) -> Self {
        Self {
            engine: engine.clone(),
            signatures,
            watched: BTreeSet::new(),
            hits: Arc::new(AtomicU64::new(0)),
            seen: 0,
            ended: Arc::new(AtomicBool::new(false)),
        }
    }

    /// Watches the containers that are not watched yet. A log that cannot be followed is none.
    fn follow(&mut self, scope: &Scope, evidence: &Evidence) {
        for container in scope.logs(evidence) {
            if !self.watched.insert(container.id.clone()) {
                continue;
            }
            let (engine, id, since) = (self.engine.clone(), container.id.clone(), evidence.until);
            let (signatures, hits) = (Arc::clone(&self.signatures), Arc::clone(&self.hits));
            let ended = Arc::clone(&self.ended);
            let watch = move || {
                let mut buffer = vec![0; 64 * 1024];
                let mut log = engine.live_log(&id, since);
                while let Ok(got @ 1..) = log.read(&mut buffer) {
                    if ended.load(Ordering::Relaxed) {
                        return;
                    }
                    let hit = !signatures.prefilter().find(&buffer[..got]).is_empty();
                    hits.fetch_add(u64::from(hit), Ordering::Relaxed);
                }
            };
            let watching = thread::Builder::new().name("log".to_owned()).spawn(watch);
            if let Err(error) = watching {
                say("warning", &format!("cannot follow a log: {error}"));
            }
        }
    }

    fn happened(&mut self) -> bool {
        let hits = self.hits.load(Ordering::Relaxed);
        std::mem::replace(&mut self.seen, hits) != hits
    }
}

impl Drop for Logs {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
    }
}
