//! What a log's path says about the container that wrote it.

use std::path::Path;

/// What is known of a container before its log is read.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hint {
    /// Its id: 12 to 64 hex digits.
    pub id: Option<String>,
    /// Its name.
    pub name: Option<String>,
    /// Which rotated piece this is: 0 for the live file, 1 for `.1`, and so on (higher is older).
    pub rotation: u32,
}

/// Reads the hint off `path`: `<id>-json.log[.N][.gz]`, `<name>.<id>.log`, `<name>.<id>.plain.log`,
/// `<id>.log`, a parent folder named by an id (as below `/var/lib/docker/containers`), else
/// `<name>.log`. A bare name is weak: it counts only where a container of that name is known.
#[must_use]
pub fn hint_of(path: &Path) -> Hint {
    let mut hint = Hint::default();
    let Some(file) = path.file_name().and_then(|name| name.to_str()) else {
        return hint;
    };
    let mut stem = file;
    for suffix in [".gz", ".zst"] {
        stem = stem.strip_suffix(suffix).unwrap_or(stem);
    }
    if let Some((front, number)) = stem.rsplit_once('.')
        && let Ok(number) = number.parse::<u32>()
        && number < 10_000
    {
        hint.rotation = number;
        stem = front;
    }
    for suffix in [".log", ".txt", ".json", ".jsonl"] {
        stem = stem.strip_suffix(suffix).unwrap_or(stem);
    }
    for suffix in [".plain", "-json", ".json", ".stdout", ".stderr"] {
        stem = stem.strip_suffix(suffix).unwrap_or(stem);
    }
    let (front, last) = stem.rsplit_once(['.', '_']).unwrap_or(("", stem));
    if is_id(last) {
        hint.id = Some(last.to_owned());
        hint.name = (!front.is_empty()).then(|| front.to_owned());
        return hint;
    }
    let folder = path
        .ancestors()
        .skip(1)
        .take(2)
        .filter_map(|folder| folder.file_name().and_then(|name| name.to_str()))
        .find(|name| name.len() == 64 && is_id(name));
    if let Some(id) = folder {
        hint.id = Some(id.to_owned());
        return hint;
    }
    hint.name = (!stem.is_empty() && stem != "-").then(|| stem.to_owned());
    hint
}

/// A container id as Docker prints it: 12 digits, or all 64.
fn is_id(text: &str) -> bool {
    matches!(text.len(), 12 | 64)
        && text
            .bytes()
            .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hint(path: &str) -> (Option<String>, Option<String>, u32) {
        let Hint { id, name, rotation } = hint_of(Path::new(path));
        (id, name, rotation)
    }

    #[test]
    fn the_usual_names_are_read() {
        let id = "1df37d801ee7ddbba5ab6ad4434afab06e81230114173545a9672f14131cccf0";
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(hint(&format!("x/{id}-json.log")), (some(id), None, 0));
        assert_eq!(hint(&format!("{id}-json.log.2.gz")), (some(id), None, 2));
        assert_eq!(
            hint(&format!(
                "/var/lib/docker/containers/{id}/local-logs/container.log"
            )),
            (some(id), None, 0)
        );
        assert_eq!(
            hint("api.1df37d801ee7.log"),
            (some("1df37d801ee7"), some("api"), 0)
        );
        assert_eq!(
            hint("api.1df37d801ee7.plain.log"),
            (some("1df37d801ee7"), some("api"), 0)
        );
        assert_eq!(
            hint("a.b.1.mmya0lwvdgeuu7es3up35mil5.log"),
            (None, some("a.b.1.mmya0lwvdgeuu7es3up35mil5"), 0)
        );
        assert_eq!(hint("backend.log.1"), (None, some("backend"), 1));
        assert_eq!(hint("-"), (None, None, 0));
    }
}
