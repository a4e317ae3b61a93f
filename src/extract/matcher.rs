//! Says what a message means: the rows that its literals point at, tried in order.

use super::fields::{self, Field};
use super::message::Message;
use super::pack::{self, PackError, Sample, Signature, Trust};
use super::pattern::Compiled;
use super::prefilter::Prefilter;
use super::prefix::{self, Heads, Prefix};
use super::shapes::{Asked, Rows, Shapes};
use super::survey::Hit;
use crate::model::fact::{FactKind, Fields};
use crate::model::said;
use crate::model::text::lossy;
use rayon::prelude::*;
use smallvec::SmallVec;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// A recognised message is kept up to this many bytes.
const KEPT: usize = 512;

/// The built-in packs, the most particular first: of two rows that match, the first one counts.
const BUILTIN: &[(&str, &str)] = &[
    ("python-web", include_str!("packs/python-web.toml")),
    ("jvm", include_str!("packs/jvm.toml")),
    ("node", include_str!("packs/node.toml")),
    ("ruby", include_str!("packs/ruby.toml")),
    ("web-servers", include_str!("packs/web-servers.toml")),
    ("databases", include_str!("packs/databases.toml")),
    ("brokers", include_str!("packs/brokers.toml")),
    ("dotnet", include_str!("packs/dotnet.toml")),
    ("rust", include_str!("packs/rust.toml")),
    ("supervisors", include_str!("packs/supervisors.toml")),
    ("generic", include_str!("packs/generic.toml")),
];

/// What one message says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recognised<'m> {
    /// What it says.
    pub kind: FactKind,
    /// The signature that recognised it, as `pack/id`.
    pub signature: &'static str,
    /// The fields that it carries.
    pub fields: Fields,
    /// May appear several times in one normal run.
    pub multi: bool,
    /// The message without logger prefix and colours, at most 512 bytes.
    pub message: Cow<'m, str>,
}

/// A set of signatures, ready to be used from any thread.
#[derive(Debug)]
pub struct Signatures {
    rows: Vec<Signature>,
    prefilter: Prefilter,
    /// The rows behind each of the prefilter's literals.
    rows_of: Vec<Vec<usize>>,
}

impl Signatures {
    /// All built-in packs.
    ///
    /// # Errors
    /// When a pack is broken, which the tests exclude.
    pub fn builtin() -> Result<Self, PackError> {
        Self::of(builtin_rows(|_| true, Trust::Tested)?)
    }

    /// These built-in packs alone.
    ///
    /// # Errors
    /// When there is no pack of that name.
    pub fn only(packs: &[&str]) -> Result<Self, PackError> {
        for name in packs {
            if !BUILTIN.iter().any(|(known, _)| known == name) {
                return Err(whole_file(name, "there is no built-in pack of this name"));
            }
        }
        Self::of(builtin_rows(|name| packs.contains(&name), Trust::Tested)?)
    }

    /// The built-in packs and the user's own, whose rows come first. The user's samples are
    /// checked.
    ///
    /// # Errors
    /// When a file cannot be read, or a row is wrong in itself or against its own samples.
    pub fn with_files(paths: &[PathBuf]) -> Result<Self, PackError> {
        let mut texts = Vec::new();
        for path in paths {
            let file = path.display().to_string();
            let text = std::fs::read_to_string(path)
                .map_err(|error| whole_file(&file, format!("cannot be read: {error}")))?;
            texts.push((file, text));
        }
        Self::with_texts(&texts)
    }

    /// As [`Signatures::with_files`], for packs already read: (file name, text).
    fn with_texts(texts: &[(String, String)]) -> Result<Self, PackError> {
        let mut rows = Vec::new();
        for (file, text) in texts {
            rows.extend(pack::parse(file, text, Trust::Nothing)?);
        }
        let own = rows.len();
        rows.extend(builtin_rows(|_| true, Trust::Tested)?);
        let signatures = Self::of(rows)?;
        for row in 0..own {
            signatures.check(row)?;
        }
        Ok(signatures)
    }

    fn of(rows: Vec<Signature>) -> Result<Self, PackError> {
        let mut seen = BTreeMap::new();
        for row in &rows {
            if let Some(first) = seen.insert(row.id, &row.checks.file) {
                let line = row.checks.at;
                let what = format!("`{}` is declared twice (also in {first})", row.id);
                return Err(PackError {
                    file: row.checks.file.clone(),
                    line,
                    what,
                });
            }
        }
        let mut by_literal: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (index, row) in rows.iter().enumerate() {
            for literal in &row.literals {
                by_literal.entry(literal).or_default().push(index);
            }
        }
        let prefilter = Prefilter::new(by_literal.keys().copied());
        let rows_of = by_literal.into_values().collect();
        Ok(Self {
            rows,
            prefilter,
            rows_of,
        })
    }

    /// Finds the lines worth decoding in raw bytes. A caller that looks for more (the marks of a
    /// format) builds its own from [`Prefilter::literals`] and those.
    #[must_use]
    pub fn prefilter(&self) -> &Prefilter {
        &self.prefilter
    }

    /// The rows, in the order in which they are tried.
    pub fn list(&self) -> impl Iterator<Item = &Signature> {
        self.rows.iter()
    }

    /// Appends what the message says: most often nothing or one thing, more when the lines of
    /// several processes are torn into one.
    pub fn recognise<'m>(&self, message: &'m [u8], out: &mut Vec<Recognised<'m>>) {
        self.each(message, None, &mut Others::default(), |found| {
            out.push(found);
        });
    }

    /// As [`Signatures::recognise`], one by one. `seen` are the literals in the message, where they are
    /// known.
    pub(super) fn each<'m>(
        &self,
        raw: &'m [u8],
        seen: Option<Seen<'_>>,
        others: &mut Others,
        mut take: impl FnMut(Recognised<'m>),
    ) {
        let Some(message) = Message::of(raw) else {
            return;
        };
        let seen = seen.and_then(|seen| {
            let begin = said::place(&message.text, raw)?.start;
            let at = seen.at + begin;
            Some(Seen { at, ..seen })
        });
        let mut found = self.places(&message.text, seen, others);
        found.sort_by_key(|place| place.start);
        for (index, place) in found.iter().enumerate() {
            let next = found.get(index + 1);
            let end = next.map_or(message.text.len(), |next| next.start);
            if let Some(found) = self.recognised(&message, place, end) {
                take(found);
            }
        }
    }

    /// Where which row matches: one row at the message's own start, and one at each torn edge.
    fn places(
        &self,
        text: &[u8],
        seen: Option<Seen<'_>>,
        others: &mut Others,
    ) -> SmallVec<[Place; 2]> {
        let mut asked = Asked {
            rows: Rows::new(),
            last_hit: 0,
        };
        let mut take = |begin: usize, literal: usize| {
            asked.last_hit = asked.last_hit.max(begin);
            asked
                .rows
                .extend(self.rows_of.get(literal).into_iter().flatten().copied());
        };
        match seen {
            Some(seen) => seen.within(text.len(), self.prefilter.literals(), &mut take),
            None => self.prefilter.each(text, take),
        }
        asked.rows.sort_unstable();
        asked.rows.dedup();
        let mut found: SmallVec<[Place; 2]> = SmallVec::new();
        let Others { heads, shapes } = others;
        if let Some(place) = shapes.get(text, &asked)
            && let Some(prefix) = heads.read(text.get(..place.start).unwrap_or_default())
        {
            found.push(Place { prefix, ..place });
            return found;
        }
        let mut headed = false;
        let (mut hits, mut digits_matter) = (0, false);
        'rows: for &index in &asked.rows {
            let row = self.rows.get(index);
            let Some(pattern) = row.and_then(|row| row.pattern.compiled()) else {
                continue;
            };
            digits_matter |= pattern.names_digits();
            for hit in pattern.find_iter(text) {
                hits += 1;
                let head = text.get(..hit.start).unwrap_or_default();
                let place = |prefix, torn| Place {
                    row: index,
                    start: hit.start,
                    end: hit.end,
                    prefix,
                    torn,
                };
                if let Some(prefix) = heads.read(head) {
                    if !headed {
                        headed = true;
                        found.push(place(prefix, false));
                    }
                } else if let Some(prefix) = torn(head, text.get(hit.clone()).unwrap_or_default()) {
                    let place = place(prefix, true);
                    if !found.iter().any(|other| other.overlaps(&place)) {
                        found.push(place);
                    }
                }
                if hit.end > asked.last_hit {
                    // No literal is left that another match would need.
                    if headed {
                        break 'rows;
                    }
                    break;
                }
            }
        }
        if let ([place], 1, false) = (&found[..], hits, digits_matter)
            && headed
        {
            shapes.put(text, asked, *place);
        }
        // A torn edge inside the line's own match is part of that match.
        let own = found
            .iter()
            .find(|place| !place.torn)
            .map(|place| (place.start, place.end));
        found.retain(|place| {
            !place.torn || own.is_none_or(|(start, end)| place.start >= end || place.end <= start)
        });
        found
    }

    fn recognised<'m>(
        &self,
        message: &Message<'m>,
        place: &Place,
        end: usize,
    ) -> Option<Recognised<'m>> {
        let row = self.rows.get(place.row)?;
        let text = message
            .text
            .get(..end.max(place.end))
            .unwrap_or(&message.text);
        let range = place.start..end.max(place.end);
        let own = message.text.get(range.clone()).unwrap_or_default();
        let said = match message.text {
            Cow::Borrowed(text) => kept(text.get(range).unwrap_or_default()),
            Cow::Owned(_) => Cow::Owned(kept(own).into_owned()),
        };
        let mut fields = Fields::default();
        if row.pattern.captures()
            && let Some(pattern) = row.pattern.compiled()
        {
            pattern.captured(text, place.start, |field, text| {
                fields::set(&mut fields, field, &lossy(text));
            });
        }
        if row.pairs {
            fields::paired(&mut fields, own);
        }
        fields::given(&mut fields, &message.values, &row.values);
        fields.pid = fields.pid.or(place.prefix.pid);
        Some(Recognised {
            kind: row.kind,
            signature: row.id,
            fields,
            multi: row.multi,
            message: said,
        })
    }

    /// The built-in packs with every pattern checked, as a user's would be.
    #[cfg(test)]
    pub(super) fn builtin_checked() -> Result<Self, PackError> {
        Self::of(builtin_rows(|_| true, Trust::Nothing)?)
    }

    /// Every row that its own samples prove wrong.
    #[cfg(test)]
    pub(super) fn broken_samples(&self) -> Vec<String> {
        let checks = (0..self.rows.len()).map(|row| self.check(row));
        checks
            .filter_map(Result::err)
            .map(|error| error.to_string())
            .collect()
    }

    /// Checks a row against its own samples.
    fn check(&self, index: usize) -> Result<(), PackError> {
        let Some(row) = self.rows.get(index) else {
            return Ok(());
        };
        let error = |line, what| PackError {
            file: row.checks.file.clone(),
            line,
            what,
        };
        for sample in &row.checks.samples {
            let mut out = Vec::new();
            self.recognise(sample.line.as_bytes(), &mut out);
            if let Some(what) = wrong(row, sample, out.first()) {
                return Err(error(sample.at, what));
            }
        }
        for (at, line) in &row.checks.counter_samples {
            let mut out = Vec::new();
            self.recognise(line.as_bytes(), &mut out);
            if out.iter().any(|found| found.signature == row.id) {
                return Err(error(
                    *at,
                    format!("`{}` recognises its counter-sample", row.id),
                ));
            }
        }
        Ok(())
    }
}

/// What is known of other messages, that need not be found out again.
#[derive(Debug, Default)]
pub(super) struct Others {
    heads: Heads,
    shapes: Shapes<Place>,
}

/// Literals that were found already in the block that a message stands in, with those around it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen<'h> {
    /// They.
    pub(super) hits: &'h [Hit],
    /// Where the message begins, counted as they are.
    pub(super) at: usize,
}

impl Seen<'_> {
    /// Takes those of the message, which has so many bytes.
    fn within(&self, len: usize, literals: &[String], take: &mut impl FnMut(usize, usize)) {
        for hit in self.hits {
            if let Some(begin) = hit.begin.checked_sub(self.at)
                && let Some(literal) = literals.get(hit.literal)
                && begin + literal.len() <= len
            {
                take(begin, hit.literal);
            }
        }
    }
}

/// Where a row matches in a message.
#[derive(Clone, Copy, Debug)]
struct Place {
    row: usize,
    start: usize,
    end: usize,
    prefix: Prefix,
    torn: bool,
}

impl Place {
    fn overlaps(&self, other: &Self) -> bool {
        self.start < other.end && other.start < self.end
    }
}

/// What is wrong with a sample, if anything.
fn wrong(row: &Signature, sample: &Sample, found: Option<&Recognised<'_>>) -> Option<String> {
    if !row
        .literals
        .iter()
        .any(|literal| sample.line.contains(literal.as_str()))
    {
        return Some(format!(
            "the sample of `{}` holds none of its literals",
            row.id
        ));
    }
    let matches = |pattern: &Compiled| pattern.is_match(sample.line.as_bytes());
    if !row.pattern.compiled().is_some_and(matches) && !sample.line.contains(['{', '=', '\u{1b}']) {
        return Some(format!(
            "the pattern of `{}` does not match this sample",
            row.id
        ));
    }
    let Some(found) = found else {
        return Some(format!("`{}` does not recognise this sample", row.id));
    };
    if found.signature != row.id {
        return Some(format!(
            "`{}` recognises this sample of `{}`",
            found.signature, row.id
        ));
    }
    for (name, wanted) in &sample.fields {
        let Some(field) = Field::of_group(name) else {
            return Some(format!("there is no field `{name}`"));
        };
        let got = fields::text(&found.fields, field);
        if got.as_deref() != Some(wanted) {
            let got = got.as_deref().unwrap_or("nothing");
            return Some(format!(
                "`{}` captures {name} = {got}, not {wanted}",
                row.id
            ));
        }
    }
    None
}

fn builtin_rows(wanted: impl Fn(&str) -> bool, trust: Trust) -> Result<Vec<Signature>, PackError> {
    let packs: Vec<_> = BUILTIN.iter().filter(|(name, _)| wanted(name)).collect();
    let rows = |(name, text): &&(&str, &str)| pack::parse(&format!("{name}.toml"), text, trust);
    // Side by side where the caller has a pool: for this alone it is not worth starting one.
    let rows: Result<Vec<_>, _> = if rayon::current_thread_index().is_some() {
        packs.par_iter().with_max_len(1).map(rows).collect()
    } else {
        packs.iter().map(rows).collect()
    };
    rows.map(|rows| rows.into_iter().flatten().collect())
}

fn whole_file(file: &str, what: impl Into<String>) -> PackError {
    PackError {
        file: file.to_owned(),
        line: 0,
        what: what.into(),
    }
}

/// The processes of one container write to one pipe, and `print` writes a text and its newline
/// apart, so a line can begin right behind another one's last letter. Says whether this match
/// does: it begins like a sentence, glued to the end of another, outside any quotation.
fn torn(head: &[u8], hit: &[u8]) -> Option<Prefix> {
    const REACH: usize = 120;
    let odd = |quote: u8| memchr::memchr_iter(quote, head).count() % 2 == 1;
    if odd(b'"') || odd(b'\'') || odd(b'`') {
        return None;
    }
    if head.last().copied().is_some_and(glues) {
        let opens = hit
            .first()
            .is_some_and(|b| b.is_ascii_uppercase() || *b == b'[');
        return opens.then(Prefix::default);
    }
    // The other line may have a prefix of its own, itself glued.
    let from = head.len().saturating_sub(REACH);
    (from.max(1)..head.len()).find_map(|at| {
        let glued = head
            .get(at - 1)
            .is_some_and(|b| glues(*b) && !b.is_ascii_digit());
        if glued {
            prefix::read_torn(head.get(at..)?)
        } else {
            None
        }
    })
}

/// The last byte of a line that another may be glued to.
fn glues(b: u8) -> bool {
    b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b')' | b']' | b'.' | b'!')
}

/// The message as text, cut to its bound between two characters.
fn kept(text: &[u8]) -> Cow<'_, str> {
    let text = lossy(text.trim_ascii());
    let mut end = KEPT.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.get(..end).unwrap_or(text)),
        Cow::Owned(mut text) => {
            text.truncate(end);
            Cow::Owned(text)
        }
    }
}
