//! Signature packs: TOML rows that carry their own samples.

use super::fields::Field;
use super::pattern::Pattern;
use crate::model::fact::FactKind;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fmt;
use toml::Spanned;

/// A literal shorter than this would be hit too often.
const SHORTEST_LITERAL: usize = 5;

/// A pack that cannot be used: `file:line: what is wrong`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: {what}")]
pub struct PackError {
    /// The pack's file.
    pub file: String,
    /// The line, counted from 1; 0 when the file as a whole is meant.
    pub line: usize,
    /// What is wrong.
    pub what: String,
}

/// One row of a pack: how a program says one thing.
#[derive(Debug)]
pub struct Signature {
    /// `pack/id`.
    pub id: &'static str,
    /// What such a line says.
    pub kind: FactKind,
    /// What it means, for people.
    pub title: String,
    /// Where the program's sources write it.
    pub source: Option<String>,
    /// May appear several times in one normal run.
    pub multi: bool,
    /// One of these is in every line that matches.
    pub literals: Vec<String>,
    pub(super) pattern: Pattern,
    pub(super) pairs: bool,
    pub(super) values: Vec<(String, Field)>,
    pub(super) checks: Checks,
}

impl Signature {
    /// Lines that it recognises.
    pub fn samples(&self) -> impl Iterator<Item = &str> {
        self.checks.samples.iter().map(|sample| &*sample.line)
    }

    /// Lines that it does not recognise.
    pub fn counter_samples(&self) -> impl Iterator<Item = &str> {
        self.checks.counter_samples.iter().map(|(_, line)| &**line)
    }
}

/// The row's samples, with the fields they must have and the lines they stand in.
#[derive(Debug, Default)]
pub(super) struct Checks {
    pub(super) file: String,
    pub(super) at: usize,
    pub(super) samples: Vec<Sample>,
    pub(super) counter_samples: Vec<(usize, String)>,
}

#[derive(Debug)]
pub(super) struct Sample {
    pub(super) at: usize,
    pub(super) line: String,
    pub(super) fields: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    pack: Head,
    #[serde(default)]
    signature: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    name: Spanned<String>,
    #[serde(default, rename = "title")]
    _title: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    id: Spanned<String>,
    kind: Spanned<FactKind>,
    title: String,
    literals: Spanned<Vec<Spanned<String>>>,
    pattern: Spanned<String>,
    #[serde(default)]
    samples: Vec<Spanned<SampleRow>>,
    #[serde(default)]
    counter_samples: Vec<Spanned<String>>,
    #[serde(default)]
    multi: bool,
    #[serde(default)]
    pairs: bool,
    #[serde(default)]
    values: BTreeMap<String, Spanned<String>>,
    #[serde(default)]
    source: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum SampleRow {
    Bare(String),
    Asserted {
        line: String,
        #[serde(flatten)]
        fields: BTreeMap<String, Scalar>,
    },
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Scalar {
    Number(i64),
    Text(String),
}

impl fmt::Display for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Text(text) => f.write_str(text),
        }
    }
}

/// A pack's file, to tell in which line an error is.
struct PackFile<'t> {
    file: &'t str,
    /// The offsets of its line ends.
    ends: Vec<usize>,
}

impl<'t> PackFile<'t> {
    fn new(file: &'t str, text: &str) -> Self {
        Self {
            file,
            ends: memchr::memchr_iter(b'\n', text.as_bytes()).collect(),
        }
    }

    /// The line of a byte, counted from 1.
    fn line(&self, offset: usize) -> usize {
        1 + self.ends.partition_point(|end| *end < offset)
    }

    fn error(&self, offset: usize, what: impl Into<String>) -> PackError {
        PackError {
            file: self.file.to_owned(),
            line: self.line(offset),
            what: what.into(),
        }
    }
}

/// How much of a pack is checked when it is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trust {
    /// A built-in pack: the tests have checked its patterns.
    Tested,
    Nothing,
}

/// Reads one pack, and refuses it if a row is wrong in itself.
pub(super) fn parse(file: &str, text: &str, trust: Trust) -> Result<Vec<Signature>, PackError> {
    let source = PackFile::new(file, text);
    let parsed: File = toml::from_str(text).map_err(|error| {
        source.error(error.span().map_or(0, |span| span.start), error.message())
    })?;
    let name = parsed.pack.name.get_ref();
    if !is_id(name) {
        return Err(source.error(
            parsed.pack.name.span().start,
            format!("bad pack name `{name}`"),
        ));
    }
    parsed
        .signature
        .into_iter()
        .map(|row| signature(&source, name, row, trust))
        .collect()
}

fn signature(
    source: &PackFile<'_>,
    pack: &str,
    row: Row,
    trust: Trust,
) -> Result<Signature, PackError> {
    let id_at = row.id.span().start;
    let id = row.id.into_inner();
    if !is_id(&id) {
        return Err(source.error(
            id_at,
            format!("bad id `{id}`: letters, digits and `-` only"),
        ));
    }
    let literals = literals(source, row.literals)?;
    let pattern_at = row.pattern.span().start;
    let pattern = row.pattern.into_inner();
    let pattern = match trust {
        Trust::Tested => Pattern::tested(pattern),
        Trust::Nothing => {
            Pattern::checked(pattern).map_err(|what| source.error(pattern_at, what))?
        }
    };
    let mut values = Vec::new();
    for (key, field) in row.values {
        let at = field.span().start;
        let field = Field::of_group(field.get_ref())
            .ok_or_else(|| source.error(at, format!("unknown field `{}`", field.get_ref())))?;
        values.push((key, field));
    }
    if row.samples.is_empty() {
        return Err(source.error(id_at, format!("`{id}` has no sample")));
    }
    let checks = Checks {
        file: source.file.to_owned(),
        at: source.line(id_at),
        samples: row
            .samples
            .into_iter()
            .map(|line| sample(source, line))
            .collect(),
        counter_samples: row
            .counter_samples
            .into_iter()
            .map(|line| (source.line(line.span().start), line.into_inner()))
            .collect(),
    };
    Ok(Signature {
        // Signatures live as long as the program: a fact names its own by reference.
        id: Box::leak(format!("{pack}/{id}").into_boxed_str()),
        kind: row.kind.into_inner(),
        title: row.title,
        source: row.source,
        multi: row.multi,
        literals,
        pattern,
        pairs: row.pairs,
        values,
        checks,
    })
}

fn sample(source: &PackFile<'_>, line: Spanned<SampleRow>) -> Sample {
    let at = source.line(line.span().start);
    match line.into_inner() {
        SampleRow::Bare(line) => Sample {
            at,
            line,
            fields: BTreeMap::new(),
        },
        SampleRow::Asserted { line, fields } => {
            let fields = fields
                .into_iter()
                .map(|(name, value)| (name, value.to_string()));
            Sample {
                at,
                line,
                fields: fields.collect(),
            }
        }
    }
}

/// Literals must be findable in raw bytes, whatever JSON did to the line around them.
fn literals(
    source: &PackFile<'_>,
    literals: Spanned<Vec<Spanned<String>>>,
) -> Result<Vec<String>, PackError> {
    let at = literals.span().start;
    let mut found = Vec::new();
    for literal in literals.into_inner() {
        let at = literal.span().start;
        let literal = literal.into_inner();
        if literal.len() < SHORTEST_LITERAL {
            let what = format!("literal `{literal}` is shorter than {SHORTEST_LITERAL} bytes");
            return Err(source.error(at, what));
        }
        let escaped = |b: u8| !(0x20..0x7f).contains(&b) || b"\"\\<>&".contains(&b);
        if literal.bytes().any(escaped) {
            let what = format!(
                "literal `{literal}` may be escaped in JSON: use printable ASCII without \" \\ < > &"
            );
            return Err(source.error(at, what));
        }
        found.push(literal);
    }
    if found.is_empty() {
        return Err(source.error(at, "at least one literal is needed"));
    }
    Ok(found)
}

fn is_id(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}
