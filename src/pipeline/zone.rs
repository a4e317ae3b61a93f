//! The zone of journal times that name none, inferred from the events that the lines speak of.

use crate::lifecycle::Documents;
use crate::model::report::Input;
use crate::model::{Cited, Event, EventKind, InputId, JournalKind, JournalRecord, Time};
use chrono::TimeDelta;
use std::collections::{BTreeMap, BTreeSet};

/// Zones differ by whole quarters of an hour.
const QUARTER: i64 = 15 * 60;
/// The most easterly and westerly zones, in quarters.
const OFFSETS: std::ops::RangeInclusive<i64> = -48..=56;
/// A line that says what happened to a container comes within this time of its event.
const NEAR_MS: i64 = 5_000;
/// How the parsers warn of such times.
const WARNING: &str = crate::formats::ASSUMED_ZONE;

/// Moves the journal times without a zone to where they fit the events, input by input, and says so.
pub(super) fn infer(documents: &mut Documents, inputs: &mut [Input]) {
    let known = Known::of(&documents.events);
    let mut records: BTreeMap<InputId, Vec<&mut Cited<JournalRecord>>> = BTreeMap::new();
    for record in &mut documents.journal {
        if record.value.assumed_zone && record.value.time.is_some() {
            let of_input = records.entry(record.citation.place.input).or_default();
            of_input.push(record);
        }
    }
    for (id, records) in records {
        let Some(input) = inputs.get_mut(id.0 as usize) else {
            continue;
        };
        let found = best(&known, &records);
        input.warnings.retain(|warning| !warning.ends_with(WARNING));
        let Some((quarters, fits)) = found else {
            input.warnings.push(
                "times without a zone are taken as UTC: give --timezone if they are not".to_owned(),
            );
            continue;
        };
        let minutes = quarters.abs() * 15;
        let sign = if quarters < 0 { '-' } else { '+' };
        input.warnings.push(format!(
            "times without a zone are taken as {sign}{:02}:{:02}, which fits {fits} event{}",
            minutes / 60,
            minutes % 60,
            if fits == 1 { "" } else { "s" },
        ));
        let shift = TimeDelta::seconds(quarters * QUARTER);
        for record in records {
            record.value.time = record.value.time.map(|time| time - shift);
            record.citation.time = record.value.time;
        }
        input.from = input.from.map(|from| from - shift);
        input.to = input.to.map(|to| to - shift);
    }
}

/// The offset that most lines fit, in quarters, and how many do; `None` when no line fits any, or
/// several offsets fit equally well.
fn best(known: &Known, records: &[&mut Cited<JournalRecord>]) -> Option<(i64, usize)> {
    let mut fits: BTreeMap<i64, usize> = BTreeMap::new();
    for record in records {
        let Some(shown) = record.value.time.filter(|_| is_about_containers(record)) else {
            continue;
        };
        let offsets: BTreeSet<i64> = known
            .events_of(record)
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

/// When something happened to each container, by all that a line may call it.
struct Known {
    names: BTreeMap<String, BTreeSet<String>>,
    events: BTreeMap<String, Vec<Time>>,
}

impl Known {
    fn of(events: &[Cited<Event>]) -> Self {
        let mut known = Self {
            names: BTreeMap::new(),
            events: BTreeMap::new(),
        };
        for Cited { value: event, .. } in events {
            let Some(id) = &event.container_id else {
                continue;
            };
            if let Some(name) = &event.name {
                let ids = known.names.entry(name.clone()).or_default();
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

    fn events_of(&self, record: &Cited<JournalRecord>) -> impl Iterator<Item = Time> {
        let text = record.citation.text.to_lossy();
        let mut ids: BTreeSet<&String> = BTreeSet::new();
        let words = text.split(|c: char| c.is_whitespace() || "'\"(),:;=/[]".contains(c));
        for word in words.chain(record.value.container.as_deref()) {
            let word = word.trim_end_matches('.');
            ids.extend(self.names.get(word).into_iter().flatten());
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
