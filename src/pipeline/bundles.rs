//! Evidence bundles among the inputs: replaces archives by their members, and compares manifests with
//! the files that are there.

use super::inputs::InputLocation;
use crate::bundle::{MANIFEST, Manifest, ManifestEntry, digest};
use crate::ingest::{Archive, Source};
use crate::model::Warning;
use crate::model::limits::LARGEST_MANIFEST;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Where each input is, by its path.
pub(super) type Locations = BTreeMap<PathBuf, InputLocation>;
/// The warnings about inputs that were not read yet, by path.
pub(super) type EarlyWarnings = BTreeMap<PathBuf, Vec<Warning>>;

/// Replaces an archive by its members.
pub(super) fn look_into(
    source: Source,
    locations: &mut Locations,
    warnings: &mut EarlyWarnings,
) -> Result<(), String> {
    let path = source.path.clone();
    let archive = Archive::open(source).map_err(|error| error.to_string())?;
    if archive.members.is_empty() && archive.damage.is_none() {
        return Err(format!(
            "cannot read {}: no logs or events in this archive",
            path.display()
        ));
    }
    for member in archive.members {
        locations
            .entry(member.path.clone())
            .or_insert(InputLocation::Member(member));
    }
    warnings
        .entry(path.clone())
        .or_default()
        .extend(archive.damage);
    locations.insert(path, InputLocation::Bundle);
    Ok(())
}

/// Compares each manifest with its files, and removes the files that are only for people.
pub(super) fn verify(locations: &mut Locations, warnings: &mut EarlyWarnings) {
    let manifests: Vec<(PathBuf, Manifest)> = locations
        .iter()
        .filter(|(path, _)| path.file_name().is_some_and(|name| name == MANIFEST))
        .filter_map(|(path, location)| {
            let mut text = Vec::new();
            let reader = location.reopen(path)?;
            reader.take(LARGEST_MANIFEST).read_to_end(&mut text).ok()?;
            Some((path.clone(), Manifest::parse(&text)?))
        })
        .collect();
    for (path, manifest) in manifests {
        check(&path, &manifest, locations, warnings);
        locations.insert(path, InputLocation::Bundle);
    }
}

/// Compares one manifest with the files of its bundle.
fn check(
    manifest_path: &Path,
    manifest: &Manifest,
    locations: &mut Locations,
    warnings: &mut EarlyWarnings,
) {
    let root = manifest_path.parent().unwrap_or(Path::new(""));
    let mut of_manifest: Vec<Warning> = manifest
        .missing
        .iter()
        .map(|missing| Warning::NotCollected {
            what: missing.what.clone(),
            why: missing.why.clone(),
        })
        .collect();
    let mut listed = Vec::new();
    for entry in &manifest.files {
        let path = root.join(&entry.path);
        if !entry.evidence {
            locations.remove(&path);
        } else if locations.contains_key(&path) {
            listed.push((path, entry));
        } else {
            of_manifest.push(Warning::MissingInBundle(entry.path.clone()));
        }
    }
    let mut warn = |path: &Path, warning| {
        warnings.entry(path.to_owned()).or_default().push(warning);
    };
    for (path, location) in locations.iter() {
        let added = path.starts_with(root)
            && path != manifest_path
            && !root.as_os_str().is_empty()
            && !listed.iter().any(|(known, _)| known == path)
            && !matches!(location, InputLocation::Bundle);
        if added {
            warn(path, Warning::NotInManifest);
        }
    }
    for (path, entry) in &listed {
        let location = locations.get(path);
        if let Some(warning) = location.and_then(|location| edited(location, path, entry)) {
            warn(path, warning);
        }
        if let Some(note) = &entry.note {
            warn(path, Warning::WhenCollected(note.clone()));
        }
    }
    for warning in of_manifest {
        warn(manifest_path, warning);
    }
}

/// How a file differs from its manifest's entry. A file that cannot be read gets its warning when it is
/// read for the report.
fn edited(location: &InputLocation, path: &Path, entry: &ManifestEntry) -> Option<Warning> {
    let (bytes, sha256) = digest(location.reopen(path)?).ok()?;
    if bytes != entry.bytes {
        Some(Warning::OtherSize {
            bytes,
            collected: entry.bytes,
        })
    } else if sha256 != entry.sha256 {
        Some(Warning::OtherChecksum)
    } else {
        None
    }
}

impl InputLocation {
    /// Opens the input once more, at its beginning; `None` for what can be read only once.
    fn reopen(&self, path: &Path) -> Option<Box<dyn Read + Send>> {
        match self {
            Self::File(found) if found.error.is_none() && path != Path::new("-") => {
                let file = File::open(path).ok()?;
                file.metadata().ok()?.is_file().then_some(())?;
                Some(Box::new(file))
            }
            Self::Member(member) => Some(member.reader()),
            _ => None,
        }
    }
}
