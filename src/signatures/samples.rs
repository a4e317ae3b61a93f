//! Checks rows against their own samples.

use super::fields::{self, Field};
use super::pack::{PackError, Sample, Signature};
use super::pattern::Compiled;
use super::{Recognised, Signatures};

impl Signatures {
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
    pub(super) fn check(&self, index: usize) -> Result<(), PackError> {
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
