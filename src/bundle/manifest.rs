//! The manifest of a bundle.

use crate::model::Time;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::io::{self, Read};

/// The file's name in the bundle.
pub(crate) const MANIFEST: &str = "manifest.json";
/// The contract's name and version.
pub(crate) const SCHEMA: &str = "whystart.bundle/1";

/// What a bundle holds and what it does not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Manifest {
    /// [`SCHEMA`].
    pub schema: String,
    /// The program that collected it, with its version.
    pub tool: String,
    /// When collecting began.
    pub began: Time,
    /// When it ended.
    pub ended: Time,
    /// The engine's address.
    pub engine: String,
    /// The version of the API that was spoken.
    pub api: String,
    /// Whether secrets were taken out.
    pub redacted: bool,
    /// The containers and services that were asked for; empty for all.
    pub selected: Vec<String>,
    /// The files.
    pub files: Vec<ManifestEntry>,
    /// What could not be had.
    pub missing: Vec<Missing>,
}

/// A file of a bundle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ManifestEntry {
    /// Its path in the bundle, with slashes.
    pub path: String,
    /// Where it comes from: the command that shows the same, or a path on the host.
    pub source: String,
    /// Whether a report reads it. The rest is for people.
    pub evidence: bool,
    /// When it was taken.
    pub taken: Time,
    /// Its size.
    pub bytes: u64,
    /// Its SHA-256 in hex.
    pub sha256: String,
    /// What is wrong with it, when something is.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub note: Option<String>,
}

/// Something that is not in the bundle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Missing {
    /// What it would have been.
    pub what: String,
    /// Why it is not there.
    pub why: String,
}

impl Manifest {
    /// Reads a manifest; `None` when `bytes` are something else.
    #[must_use]
    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes)
            .ok()
            .filter(|manifest: &Self| manifest.schema == SCHEMA)
    }
}

/// The size and the SHA-256 (in hex) of what `reader` gives.
///
/// # Errors
/// When it cannot be read to its end.
pub(crate) fn digest(mut reader: impl Read) -> io::Result<(u64, String)> {
    let mut hash = Sha256::new();
    let mut bytes = 0;
    let mut buffer = vec![0; 64 * 1024];
    loop {
        match reader.read(&mut buffer) {
            Ok(0) => return Ok((bytes, hex(&hash.finalize()))),
            Ok(got) => {
                hash.update(&buffer[..got]);
                bytes += got as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

pub(super) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_manifest_is_one() {
        assert_eq!(Manifest::parse(b"{}"), None);
        assert_eq!(Manifest::parse(b"[1, 2"), None);
        let (bytes, sha256) = digest(&b"abc"[..]).unwrap();
        assert_eq!(bytes, 3);
        assert!(sha256.starts_with("ba7816bf8f01cfea414140de5dae2223"));
    }
}
