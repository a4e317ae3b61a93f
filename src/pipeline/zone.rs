//! Infers the zone of times that name none from the events that their lines speak of.

use crate::lifecycle::Documents;
use crate::model::log::{LogFacts, Origin};
use crate::model::report::Input;
use crate::model::warning::{Anchor, LineWarning};
use crate::model::{
    Cited, Event, EventKind, InputId, JournalKind, JournalRecord, LineFault, Time, Warning,
};
use chrono::TimeDelta;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Zones differ by whole quarters of an hour.
const QUARTER: i64 = 15 * 60;
/// The most easterly and westerly zones, in quarters.
const OFFSETS: std::ops::RangeInclusive<i64> = -48..=56;
/// A line that says what happened to a container comes within this time of its event.
const NEAR_MS: i64 = 5_000;
/// An application's first startup line comes within this time of its container's start.
const START_TO_LINE_MS: i64 = 60_000;
/// A time in whole seconds may lie before the event that it follows.
const WHOLE_SECOND_MS: i64 = 1_000;

/// Shifts the times without a zone in each journal so that they fit the events, and warns about it.
pub(super) fn infer(documents: &mut Documents, inputs: &mut [Input]) {
    let mut records: BTreeMap<InputId, Vec<&mut Cited<JournalRecord>>> = BTreeMap::new();
    for record in &mut documents.journal {
        if record.value.assumed_zone && record.value.time.is_some() {
            let of_input = records.entry(record.citation.place.input).or_default();
            of_input.push(record);
        }
    }
    if records.is_empty() {
        return;
    }
    let known = ContainerTimes::from_events(&documents.events);
    for (id, records) in records {
        let Some(input) = inputs.get_mut(id.0 as usize) else {
            continue;
        };
        let found = best(&known, &records);
        input.warnings.retain(|warning| !is_assumed_zone(warning));
        let Some((quarters, fits)) = found else {
            input.warnings.push(Warning::ZoneUnknown);
            continue;
        };
        input.warnings.push(Warning::ZoneInferred {
            quarters,
            fits,
            what: Anchor::Event,
        });
        let shift = TimeDelta::seconds(quarters * QUARTER);
        for record in records {
            record.value.time = record.value.time.map(|time| time - shift);
            record.citation.time = record.value.time;
        }
        input.from = input.from.map(|from| from - shift);
        input.to = input.to.map(|to| to - shift);
    }
}

/// The offset that most lines fit, in quarters, and how many fit it; `None` when no line fits, or when
/// several offsets fit equally well.
fn best(known: &ContainerTimes, records: &[&mut Cited<JournalRecord>]) -> Option<(i64, usize)> {
    let mut fits: BTreeMap<i64, usize> = BTreeMap::new();
    for record in records {
        let Some(shown) = record.value.time.filter(|_| is_about_containers(record)) else {
            continue;
        };
        let offsets: BTreeSet<i64> = known
            .times_for(record)
            .filter_map(|event| {
                let apart = (shown - event).num_milliseconds();
                let quarters = (apart + QUARTER * 500).div_euclid(QUARTER * 1000);
                let near = (apart - quarters * QUARTER * 1000).abs() <= NEAR_MS;
                (near && OFFSETS.contains(&quarters)).then_some(quarters)
            })
            .collect();
        for offset in offsets {
            *fits.entry(offset).or_default() += 1;
        }
    }
    only_best(fits)
}

/// Shifts the times without a zone that an application wrote into its log so that they fit the starts
/// of its container, and warns about it.
pub(super) fn infer_in_logs(logs: &mut [LogFacts], events: &[Cited<Event>], inputs: &mut [Input]) {
    let starts: Vec<&Event> = events
        .iter()
        .map(|event| &event.value)
        .filter(|event| matches!(event.kind, EventKind::Start))
        .collect();
    if starts.is_empty() {
        return;
    }
    for log in logs {
        let Some(input) = inputs.get_mut(log.input.0 as usize) else {
            continue;
        };
        let Some((quarters, fits)) = offset_of(log, &starts) else {
            continue;
        };
        input.warnings.push(Warning::ZoneInferred {
            quarters,
            fits,
            what: Anchor::Start,
        });
        let shift = TimeDelta::seconds(quarters * QUARTER);
        for said in log
            .facts
            .iter_mut()
            .filter_map(|fact| fact.aside.as_mut()?.said_time.as_mut())
        {
            if said.assumed_zone {
                said.time -= shift;
                said.assumed_zone = false;
            }
        }
    }
}

/// The offset at which most of the log's startups follow a start of its container, in quarters, and
/// how many do.
fn offset_of(log: &LogFacts, starts: &[&Event]) -> Option<(i64, usize)> {
    let mut fits: BTreeMap<i64, usize> = BTreeMap::new();
    for fact in log.facts.iter().filter(|fact| fact.kind.begins_run()) {
        let Some(said) = fact.said_time().filter(|said| said.assumed_zone) else {
            continue;
        };
        let origin = log.origins.get(fact.origin as usize);
        let offsets: BTreeSet<i64> = starts
            .iter()
            .filter(|start| may_be_of(start, origin))
            .filter_map(|start| {
                let apart = (said.time - start.time).num_milliseconds() + WHOLE_SECOND_MS;
                let quarters = apart.div_euclid(QUARTER * 1000);
                let after = apart - quarters * QUARTER * 1000;
                (after <= START_TO_LINE_MS && OFFSETS.contains(&quarters)).then_some(quarters)
            })
            .collect();
        for offset in offsets {
            *fits.entry(offset).or_default() += 1;
        }
    }
    only_best(fits)
}

/// Whether the event may be of the container that wrote the lines, as far as the log says whose they are.
fn may_be_of(event: &Event, origin: Option<&Origin>) -> bool {
    let Some(origin) = origin else {
        return true;
    };
    if let (Some(id), Some(known)) = (&event.container_id, &origin.container_id) {
        return id.starts_with(known.as_str()) || known.starts_with(&**id);
    }
    match (&event.name, &origin.name) {
        (Some(name), Some(known)) if !origin.guessed => **name == **known,
        _ => true,
    }
}

fn is_assumed_zone(warning: &Warning) -> bool {
    matches!(
        warning,
        Warning::Line {
            what: LineWarning::Odd {
                fault: LineFault::ZoneAssumed,
                ..
            },
            ..
        }
    )
}

/// The offset that fits most often and how often, unless several do.
fn only_best(fits: BTreeMap<i64, usize>) -> Option<(i64, usize)> {
    let most = *fits.values().max()?;
    let mut offsets = fits.into_iter().filter(|(_, count)| *count == most);
    let first = offsets.next()?;
    offsets.next().is_none().then_some(first)
}

fn is_about_containers(record: &Cited<JournalRecord>) -> bool {
    matches!(
        record.value.kind,
        JournalKind::Action(_)
            | JournalKind::NotRestarted { .. }
            | JournalKind::Restarting { .. }
            | JournalKind::KillTimeout
            | JournalKind::ShimStarted
            | JournalKind::ShimGone
    )
}

/// When something happened to each container, to be found by the names and ids in a line.
struct ContainerTimes {
    /// The ids of the containers that had each name.
    ids: BTreeMap<Arc<str>, BTreeSet<Arc<str>>>,
    /// The times of the events, by container id.
    events: BTreeMap<Arc<str>, Vec<Time>>,
}

impl ContainerTimes {
    fn from_events(events: &[Cited<Event>]) -> Self {
        let mut known = Self {
            ids: BTreeMap::new(),
            events: BTreeMap::new(),
        };
        for Cited { value: event, .. } in events {
            let Some(id) = &event.container_id else {
                continue;
            };
            if let Some(name) = &event.name {
                let ids = known.ids.entry(name.clone()).or_default();
                ids.insert(id.clone());
            }
            if matches!(
                event.kind,
                EventKind::Create
                    | EventKind::Start
                    | EventKind::Restart
                    | EventKind::Stop
                    | EventKind::Die { .. }
                    | EventKind::Kill { .. }
                    | EventKind::Destroy
                    | EventKind::NetworkConnect { .. }
            ) {
                known.events.entry(id.clone()).or_default().push(event.time);
            }
        }
        known
    }

    /// The times of the events of the containers that `record` names.
    fn times_for(&self, record: &Cited<JournalRecord>) -> impl Iterator<Item = Time> {
        let text = record.citation.text.to_lossy();
        let mut ids: BTreeSet<&Arc<str>> = BTreeSet::new();
        let words = text.split(|c: char| c.is_whitespace() || "'\"(),:;=/[]".contains(c));
        for word in words.chain(record.value.container.as_deref()) {
            let word = word.trim_end_matches('.');
            ids.extend(self.ids.get(word).into_iter().flatten());
            if word.len() >= 12 && word.bytes().all(|b| b.is_ascii_hexdigit()) {
                ids.extend(self.events.keys().filter(|id| id.starts_with(word)));
            }
        }
        let times: Vec<Time> = ids
            .into_iter()
            .filter_map(|id| self.events.get(id))
            .flatten()
            .copied()
            .collect();
        times.into_iter()
    }
}
