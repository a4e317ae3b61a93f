//! The record's account of itself: which times it covers. Replaced as a whole each time, so that it is
//! never half written.

use super::disk;
use crate::model::Time;
use crate::model::ledger::{
    EngineName, Gap, Header, LEDGER_SCHEMA, LedgerEntry, Missed, Removed, Skipped, Span,
};
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

/// The ledger's file name.
pub(super) const NAME: &str = "record.jsonl";
const UNFINISHED: &str = ".record.jsonl.tmp";
const DAMAGED: &str = "record.jsonl.damaged";
/// More windows and gaps are not kept: the oldest go, and count as not covered.
const MOST: usize = 10_000;
/// As many identities as an engine keeps events, and some more.
const IDENTITIES: usize = 320;

/// The ledger in memory.
#[derive(Clone, Debug, Default)]
pub(super) struct Ledger {
    pub(super) engine: Option<EngineName>,
    /// By time; the last one grows.
    pub(super) covered: Vec<Span>,
    pub(super) gaps: Vec<Gap>,
    pub(super) removed: Option<Removed>,
    pub(super) skipped: Skipped,
    pub(super) missed: Missed,
    /// Events that the engine had when the newest window began.
    pub(super) heard: Vec<u64>,
}

/// What a ledger's file turned out to be.
#[derive(Debug)]
pub(super) enum Loaded {
    /// There is none.
    None,
    /// A ledger, and the identities of the newest events dealt with.
    Ledger(Ledger, Vec<u64>),
    /// It cannot be understood; it has this name now.
    Damaged(PathBuf),
    /// A later version wrote it.
    Newer(String),
}

impl Ledger {
    /// Reads the ledger of `folder`.
    pub(super) fn load(folder: &Path) -> io::Result<Loaded> {
        let path = folder.join(NAME);
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Loaded::None),
            Err(error) => return Err(error),
        };
        match parse(&bytes) {
            Some(Ok((ledger, seen))) => Ok(Loaded::Ledger(ledger, seen)),
            Some(Err(schema)) => Ok(Loaded::Newer(schema)),
            None => {
                let aside = folder.join(DAMAGED);
                disk::rename(&path, &aside)?;
                Ok(Loaded::Damaged(aside))
            }
        }
    }

    /// Replaces the ledger of `folder`; with `sync`, so that it outlasts a loss of power.
    pub(super) fn save(&self, folder: &Path, seen: &[u64], sync: bool) -> io::Result<()> {
        let mut text = Vec::with_capacity(8 * 1024);
        let mut add = |entry: &LedgerEntry| -> io::Result<()> {
            serde_json::to_writer(&mut text, entry)?;
            text.push(b'\n');
            Ok(())
        };
        add(&LedgerEntry::Record(Header {
            schema: LEDGER_SCHEMA.to_owned(),
            engine: self.engine.clone(),
        }))?;
        if let Some(removed) = self.removed {
            add(&LedgerEntry::Removed(removed))?;
        }
        for span in &self.covered {
            add(&LedgerEntry::Covered(*span))?;
        }
        for gap in &self.gaps {
            add(&LedgerEntry::Gap(*gap))?;
        }
        add(&LedgerEntry::Skipped(self.skipped))?;
        add(&LedgerEntry::Missed(self.missed))?;
        add(&LedgerEntry::Heard(
            self.heard.iter().copied().map(hex).collect(),
        ))?;
        add(&LedgerEntry::Seen(seen.iter().copied().map(hex).collect()))?;
        let unfinished = folder.join(UNFINISHED);
        let mut file = disk::create(&unfinished)?;
        disk::write(&mut file, &text)?;
        if sync {
            disk::sync(&file)?;
        }
        disk::rename(&unfinished, &folder.join(NAME))
    }

    /// The last moment covered.
    pub(super) fn end(&self) -> Option<Time> {
        self.covered.last().map(|span| span.to)
    }

    /// The newest window reaches to `to` now.
    pub(super) fn extend(&mut self, to: Time) {
        if let Some(last) = self.covered.last_mut() {
            last.to = last.to.max(to);
        }
    }

    /// Nothing up to `before` is covered any more.
    pub(super) fn forget(&mut self, before: Time) {
        self.removed = self
            .removed
            .map(|removed| removed.before)
            .max(Some(before))
            .map(|before| Removed { before });
        let last = self.covered.last().copied();
        self.covered.retain(|span| span.to > before);
        for span in &mut self.covered {
            span.from = span.from.max(before);
        }
        if self.covered.is_empty() {
            // It goes on from here.
            self.covered.extend(last.map(|last| Span {
                from: last.to,
                to: last.to,
            }));
        }
        self.gaps.retain(|gap| gap.to > before);
    }

    /// A new window, after `gap`.
    pub(super) fn begin(&mut self, gap: Gap) {
        self.gaps.push(gap);
        self.covered.push(Span {
            from: gap.to,
            to: gap.to,
        });
        if self.covered.len() > MOST {
            let before = self.covered[self.covered.len() - MOST].from;
            self.forget(before);
        }
    }
}

/// How many identities a ledger holds.
pub(super) fn identities() -> usize {
    IDENTITIES
}

fn hex(identity: u64) -> String {
    format!("{identity:016x}")
}

/// `None` when damaged; the schema when it is not ours.
fn parse(bytes: &[u8]) -> Option<Result<(Ledger, Vec<u64>), String>> {
    let mut ledger = Ledger::default();
    let mut seen = Vec::new();
    let mut header = false;
    let identities = |words: &[String]| -> Option<Vec<u64>> {
        words
            .iter()
            .map(|word| u64::from_str_radix(word, 16).ok())
            .collect()
    };
    let text = bytes.strip_suffix(b"\n")?;
    for line in text.split(|&byte| byte == b'\n') {
        match serde_json::from_slice(line) {
            Ok(LedgerEntry::Record(found)) => {
                if found.schema != LEDGER_SCHEMA {
                    return Some(Err(found.schema));
                }
                header = true;
                ledger.engine = found.engine;
            }
            Ok(LedgerEntry::Covered(span)) => ledger.covered.push(span),
            Ok(LedgerEntry::Gap(gap)) => ledger.gaps.push(gap),
            Ok(LedgerEntry::Removed(removed)) => ledger.removed = Some(removed),
            Ok(LedgerEntry::Skipped(skipped)) => ledger.skipped = skipped,
            Ok(LedgerEntry::Missed(missed)) => ledger.missed = missed,
            Ok(LedgerEntry::Heard(words)) => ledger.heard = identities(&words)?,
            Ok(LedgerEntry::Seen(words)) => seen = identities(&words)?,
            Err(_) => return None,
        }
    }
    header.then_some(Ok((ledger, seen)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ledger::{During, Why};

    fn at(second: i64) -> Time {
        Time::from_timestamp(second, 0).unwrap()
    }

    fn gap(from: i64, to: i64) -> Gap {
        Gap {
            from: at(from),
            to: at(to),
            why: Why::Overrun,
            during: During::Stopped,
            away: None,
        }
    }

    fn span(from: i64, to: i64) -> Span {
        Span {
            from: at(from),
            to: at(to),
        }
    }

    #[test]
    fn what_is_saved_is_loaded() {
        let folder = tempfile::tempdir().unwrap();
        assert!(matches!(Ledger::load(folder.path()).unwrap(), Loaded::None));
        let mut ledger = Ledger {
            covered: vec![span(1, 5)],
            heard: vec![7],
            ..Ledger::default()
        };
        ledger.begin(gap(5, 9));
        ledger.extend(at(12));
        ledger.save(folder.path(), &[1, u64::MAX], true).unwrap();
        let Loaded::Ledger(loaded, seen) = Ledger::load(folder.path()).unwrap() else {
            panic!("not loaded");
        };
        assert_eq!(loaded.covered, [span(1, 5), span(9, 12)]);
        assert_eq!(loaded.gaps, [gap(5, 9)]);
        assert_eq!((loaded.heard, seen), (vec![7], vec![1, u64::MAX]));
    }

    #[test]
    fn what_was_removed_is_not_covered() {
        let mut ledger = Ledger {
            covered: vec![span(1, 5)],
            ..Ledger::default()
        };
        ledger.begin(gap(5, 9));
        ledger.extend(at(20));
        ledger.forget(at(12));
        assert_eq!(ledger.covered, [span(12, 20)]);
        assert!(ledger.gaps.is_empty());
        assert_eq!(ledger.removed, Some(Removed { before: at(12) }));
        ledger.forget(at(30));
        assert_eq!(ledger.covered, [span(20, 20)], "it goes on");
    }

    #[test]
    fn a_damaged_ledger_is_moved_aside_and_a_later_one_is_not_touched() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(NAME);
        for text in [
            "",
            "{}\n",
            "{\"record\":{\"schema\":\"whystart.record/1\"}}\n{\"cov",
            "\0\0",
        ] {
            fs::write(&path, text).unwrap();
            assert!(matches!(
                Ledger::load(folder.path()).unwrap(),
                Loaded::Damaged(_)
            ));
            assert!(!path.exists());
            assert_eq!(
                fs::read_to_string(folder.path().join(DAMAGED)).unwrap(),
                text
            );
        }
        fs::write(&path, "{\"record\":{\"schema\":\"whystart.record/2\"}}\n").unwrap();
        assert!(matches!(
            Ledger::load(folder.path()).unwrap(),
            Loaded::Newer(schema) if schema.ends_with("/2")
        ));
        assert!(path.exists());
    }
}
