//! Takes secrets out of evidence and leaves the rest as it was.
//!
//! A secret becomes `[redacted:…]` with the first digits of a keyed hash of it. The key is random
//! and is not kept: equal secrets stay equal within one bundle, and nobody can try out guesses.
//! What is a secret is told by its name, its shape, or by having been found under such a name
//! elsewhere. When in doubt it is one.

mod command;
mod json;
mod names;
mod shapes;
mod text;

pub(crate) use text::Stream;

use aho_corasick::{AhoCorasick, MatchKind};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// Digits of the hash that are shown: enough to tell some millions apart.
const DIGITS: usize = 12;
/// How a redacted value begins.
const MARK: &str = "[redacted:";

/// Knows what secrets look like, and those that it has met.
pub(crate) struct Redactor {
    key: Hmac<Sha256>,
    hints: AhoCorasick,
    commands: command::Commands,
    met: BTreeSet<Vec<u8>>,
    /// The secrets met, sought wherever they stand.
    known: Option<AhoCorasick>,
}

/// Why no redactor could be made.
#[derive(Debug, thiserror::Error)]
#[error("cannot prepare the redaction of secrets: {0}")]
pub(crate) struct Unready(String);

impl Redactor {
    /// With a fresh random key.
    ///
    /// # Errors
    /// When the system has no random numbers.
    pub(crate) fn new() -> Result<Self, Unready> {
        let mut key = [0; 32];
        getrandom::fill(&mut key).map_err(|error| Unready(error.to_string()))?;
        Self::with_key(&key)
    }

    fn with_key(key: &[u8]) -> Result<Self, Unready> {
        Ok(Self {
            key: Hmac::new_from_slice(key).map_err(|error| Unready(error.to_string()))?,
            hints: text::hints().map_err(|error| Unready(error.to_string()))?,
            commands: command::Commands::new().map_err(|error| Unready(error.to_string()))?,
            met: BTreeSet::new(),
            known: None,
        })
    }

    /// Remembers the secrets in a document, so that they are found where nothing names them.
    pub(crate) fn learn(&mut self, document: &[u8]) {
        let mut met = Vec::new();
        self.document_with(document, &mut Vec::new(), &mut |secret| {
            met.push(secret.to_vec());
        });
        self.met
            .extend(met.into_iter().filter(|secret| is_telling(secret)));
        self.known = (!self.met.is_empty())
            .then(|| {
                AhoCorasick::builder()
                    .match_kind(MatchKind::LeftmostLongest)
                    .build(&self.met)
                    .ok()
            })
            .flatten();
    }

    /// What stands in the place of `secret`.
    fn mask(&self, secret: &[u8]) -> String {
        let mut hash = self.key.clone();
        hash.update(secret);
        let mut mask = MARK.to_owned();
        for byte in hash.finalize().into_bytes().iter().take(DIGITS / 2) {
            // Writing to a string cannot fail.
            let _ = write!(mask, "{byte:02x}");
        }
        mask.push(']');
        mask
    }
}

/// Whether a value is no ordinary word, so that its copies elsewhere are copies of the secret: it
/// is long enough, and has two kinds of characters or is longer than words are.
fn is_telling(secret: &[u8]) -> bool {
    let kinds = [
        secret.iter().any(u8::is_ascii_lowercase),
        secret.iter().any(u8::is_ascii_uppercase),
        secret.iter().any(u8::is_ascii_digit),
        secret.iter().any(|byte| !byte.is_ascii_alphanumeric()),
    ];
    let kinds = kinds.into_iter().filter(|kind| *kind).count();
    secret.len() >= 20 || secret.len() >= 8 && kinds >= 2
}

#[cfg(test)]
mod tests;
