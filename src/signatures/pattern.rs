//! A row's regular expression, compiled when a line first asks for it.
//!
//! Compiling all of them would take longer than reading a small log, and most programs meet the
//! words of three or four.

use super::fields::Field;
use regex_automata::meta::{BuildError, Regex};
use regex_automata::util::primitives::NonMaxUsize;
use regex_automata::{Anchored, Input, PatternID};
use regex_syntax::ParserBuilder;
use smallvec::SmallVec;
use std::ops::Range;
use std::sync::OnceLock;

/// Bytes that a compiled pattern may take; as much as `regex` allows.
const LARGEST: usize = 10 << 20;

/// A pattern that was checked, or that comes from a tested pack.
#[derive(Debug)]
pub(super) struct Pattern {
    text: String,
    /// It has named groups.
    captures: bool,
    compiled: OnceLock<Option<Compiled>>,
}

impl Pattern {
    /// Compiles and checks a pattern now.
    pub(super) fn checked(text: String) -> Result<Self, String> {
        let compiled = Compiled::new(&text).map_err(|error| format!("bad pattern: {error}"))?;
        for group in compiled.names() {
            if Field::of_group(group).is_none() {
                return Err(format!("unknown field `{group}` in the pattern"));
            }
        }
        if compiled.is_match(b"") {
            return Err("the pattern matches an empty line".to_owned());
        }
        Ok(Self {
            captures: captures(&text),
            text,
            compiled: OnceLock::from(Some(compiled)),
        })
    }

    /// Leaves compiling to the first use: for built-in packs, which the tests check.
    pub(super) fn tested(text: String) -> Self {
        Self {
            captures: captures(&text),
            text,
            compiled: OnceLock::new(),
        }
    }

    /// The compiled pattern; never `None` for one that was checked.
    pub(super) fn compiled(&self) -> Option<&Compiled> {
        self.compiled
            .get_or_init(|| Compiled::new(&self.text).ok())
            .as_ref()
    }

    /// As it was written.
    #[cfg(test)]
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Whether it has named groups.
    pub(super) fn captures(&self) -> bool {
        self.captures
    }
}

fn captures(text: &str) -> bool {
    text.contains("(?P<")
}

/// A pattern ready to be searched for.
///
/// It has no prefilter of its own: a message is searched only if it holds one of the row's literals, and
/// to extract literals from the pattern took more than half the time of compiling.
#[derive(Debug)]
pub(super) struct Compiled {
    regex: Regex,
    /// The groups that capture a field, by number.
    fields: Vec<(usize, Field)>,
}

impl Compiled {
    /// Compiles for bytes: a log need not be UTF-8, and what programs say is ASCII.
    fn new(text: &str) -> Result<Self, String> {
        let mut parser = ParserBuilder::new().unicode(false).utf8(false).build();
        let hir = parser.parse(text).map_err(|error| error.to_string())?;
        let config = Regex::config()
            .auto_prefilter(false)
            .utf8_empty(false)
            .nfa_size_limit(Some(LARGEST));
        let regex = Regex::builder()
            .configure(config)
            .build_from_hir(&hir)
            .map_err(|error| explain(&error))?;
        let groups = regex.group_info().pattern_names(PatternID::ZERO);
        let fields = groups
            .enumerate()
            .filter_map(|(group, name)| Some((group, Field::of_group(name?)?)))
            .collect();
        Ok(Self { regex, fields })
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        self.regex
            .group_info()
            .pattern_names(PatternID::ZERO)
            .flatten()
    }

    /// Whether it matches somewhere in `text`.
    pub(super) fn is_match(&self, text: &[u8]) -> bool {
        self.regex.is_match(text)
    }

    /// Where it matches in `text`.
    pub(super) fn find_iter<'t>(
        &self,
        text: &'t [u8],
    ) -> impl Iterator<Item = Range<usize>> + use<'_, 't> {
        self.regex.find_iter(text).map(|found| found.range())
    }

    /// Calls `take` with the fields that it captures where it matches at `start` of `text`.
    pub(super) fn captured(&self, text: &[u8], start: usize, mut take: impl FnMut(Field, &[u8])) {
        let mut slots: SmallVec<[Option<NonMaxUsize>; 16]> = SmallVec::new();
        slots.resize(self.regex.group_info().slot_len(), None);
        let input = Input::new(text).range(start..).anchored(Anchored::Yes);
        self.regex.search_slots(&input, &mut slots);
        for (group, field) in &self.fields {
            if let Some([Some(begin), Some(end)]) = slots.get(2 * group..2 * group + 2)
                && let Some(text) = text.get(begin.get()..end.get())
            {
                take(*field, text);
            }
        }
    }
}

/// What is wrong with a pattern: the error's own text does not name the limit.
fn explain(error: &BuildError) -> String {
    match error.size_limit() {
        Some(limit) => format!("it takes more than {limit} bytes when it is compiled"),
        None => error.to_string(),
    }
}
