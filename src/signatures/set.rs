//! A set of signatures: the rows of packs and the literals that point at them.

use super::builtin;
use super::pack::{self, PackError, Signature, Trust};
use crate::literals::LiteralSet;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// A set of signatures, ready to be used from any thread.
#[derive(Debug)]
pub struct Signatures {
    pub(super) rows: Vec<Signature>,
    pub(super) prefilter: LiteralSet,
    /// The rows of each of the prefilter's literals.
    pub(super) rows_by_literal: Vec<Vec<usize>>,
}

impl Signatures {
    /// All built-in packs.
    ///
    /// # Errors
    /// When a pack is broken, which the tests exclude.
    pub fn builtin() -> Result<Self, PackError> {
        Self::from_rows(builtin::rows(|_| true, Trust::Tested)?)
    }

    /// These built-in packs alone.
    ///
    /// # Errors
    /// When there is no pack of that name.
    pub fn only(packs: &[&str]) -> Result<Self, PackError> {
        for name in packs {
            if !builtin::is_known(name) {
                return Err(whole_file(name, "there is no built-in pack of this name"));
            }
        }
        Self::from_rows(builtin::rows(|name| packs.contains(&name), Trust::Tested)?)
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
        rows.extend(builtin::rows(|_| true, Trust::Tested)?);
        let signatures = Self::from_rows(rows)?;
        for row in 0..own {
            signatures.check(row)?;
        }
        Ok(signatures)
    }

    fn from_rows(rows: Vec<Signature>) -> Result<Self, PackError> {
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
        let prefilter = LiteralSet::new(by_literal.keys().copied());
        let rows_by_literal = by_literal.into_values().collect();
        Ok(Self {
            rows,
            prefilter,
            rows_by_literal,
        })
    }

    /// The literals of all rows: a line without one of them says nothing.
    #[must_use]
    pub fn prefilter(&self) -> &LiteralSet {
        &self.prefilter
    }

    /// The literals of all rows and these; `None` if there are no others.
    #[must_use]
    pub fn prefilter_with(&self, others: &[&str]) -> Option<LiteralSet> {
        if others.is_empty() {
            return None;
        }
        let own = self.rows.iter().flat_map(|row| &row.literals);
        let mut all: BTreeSet<&str> = own.map(String::as_str).collect();
        all.extend(others);
        Some(LiteralSet::new(all))
    }

    /// The rows, in the order in which they are tried.
    pub fn list(&self) -> impl Iterator<Item = &Signature> {
        self.rows.iter()
    }

    /// The built-in packs with every pattern checked, as a user's would be.
    #[cfg(test)]
    pub(super) fn builtin_checked() -> Result<Self, PackError> {
        Self::from_rows(builtin::rows(|_| true, Trust::Nothing)?)
    }
}

fn whole_file(file: &str, what: impl Into<String>) -> PackError {
    PackError {
        file: file.to_owned(),
        line: 0,
        what: what.into(),
    }
}
