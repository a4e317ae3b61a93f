//! Evidence bundles among the inputs: archives are looked into, and manifests are compared with what
//! is there.

use super::inputs::Place;
use crate::bundle::{MANIFEST, Manifest, digest};
use crate::ingest::{Archive, Source};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Longest manifest: a hundred thousand files.
const LONGEST: u64 = 32 << 20;

/// What is known of paths before they are read: what is wrong with them.
pub(super) type Notes = BTreeMap<PathBuf, Vec<String>>;

/// Puts the members of an archive in the place of what they lie in.
pub(super) fn look_into(
    source: Source,
    places: &mut BTreeMap<PathBuf, Place>,
    notes: &mut Notes,
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
        places
            .entry(member.path.clone())
            .or_insert(Place::Member(member));
    }
    notes
        .entry(path.clone())
        .or_default()
        .extend(archive.damage);
    places.insert(path, Place::Bundle);
    Ok(())
}

/// Compares each manifest with its files, and takes what is for people only off the list.
pub(super) fn verify(places: &mut BTreeMap<PathBuf, Place>, notes: &mut Notes) {
    let manifests: Vec<(PathBuf, Manifest)> = places
        .iter()
        .filter(|(path, _)| path.file_name().is_some_and(|name| name == MANIFEST))
        .filter_map(|(path, place)| {
            let mut text = Vec::new();
            let reader = place.reopen(path)?;
            reader.take(LONGEST).read_to_end(&mut text).ok()?;
            Some((path.clone(), Manifest::parse(&text)?))
        })
        .collect();
    for (path, manifest) in manifests {
        let of_manifest = check(&path, &manifest, places, notes);
        notes.entry(path.clone()).or_default().extend(of_manifest);
        places.insert(path, Place::Bundle);
    }
}

/// What is to be said of the manifest itself.
fn check(
    path: &Path,
    manifest: &Manifest,
    places: &mut BTreeMap<PathBuf, Place>,
    notes: &mut Notes,
) -> Vec<String> {
    let root = path.parent().unwrap_or(Path::new(""));
    let mut said: Vec<String> = manifest
        .missing
        .iter()
        .map(|missing| format!("not collected: {}: {}", missing.what, missing.why))
        .collect();
    let mut listed = Vec::new();
    for entry in &manifest.files {
        let place = root.join(&entry.path);
        if !entry.evidence {
            places.remove(&place);
        } else if places.contains_key(&place) {
            listed.push((place, entry));
        } else {
            said.push(format!(
                "{} is in the manifest, but not in the bundle",
                entry.path
            ));
        }
    }
    let added: Vec<PathBuf> = places
        .keys()
        .filter(|place| place.starts_with(root) && *place != path && !root.as_os_str().is_empty())
        .filter(|place| !listed.iter().any(|(known, _)| known == *place))
        .filter(|place| !matches!(places.get(*place), Some(Place::Bundle)))
        .cloned()
        .collect();
    for place in added {
        let note = "it is not in the bundle's manifest: it was put there later";
        notes.entry(place).or_default().push(note.to_owned());
    }
    let wrong: Vec<(PathBuf, String)> = listed
        .iter()
        .filter_map(|(place, entry)| {
            let reader = places.get(place)?.reopen(place)?;
            let what = match digest(reader) {
                Ok((bytes, _)) if bytes != entry.bytes => format!(
                    "it has {bytes} bytes, not the {} that were collected: it was edited or cut",
                    entry.bytes
                ),
                Ok((_, sha256)) if sha256 != entry.sha256 => {
                    "its checksum is not that of the manifest: it was edited".to_owned()
                }
                // Reading it for the report says it, and how far it goes.
                Ok(_) | Err(_) => return None,
            };
            Some((place.clone(), what))
        })
        .collect();
    for (place, what) in wrong {
        notes.entry(place).or_default().push(what);
    }
    for (place, entry) in listed {
        if let Some(note) = &entry.note {
            let note = format!("when it was collected: {note}");
            notes.entry(place).or_default().push(note);
        }
    }
    said
}

impl Place {
    /// Reads it from its beginning, beside the reading for the report; `None` for what can be read once.
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
