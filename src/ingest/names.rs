//! What a log's path says about the container that wrote it.

use std::path::Path;

/// What is known of a container before its log is read.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Hint {
    /// Its id: 12 to 64 hex digits.
    pub id: Option<String>,
    /// Its name.
    pub name: Option<String>,
    /// Which rotated piece this is: 0 for the live file, 1 for `.1`, and so on. Dated pieces have
    /// large numbers, the older the larger.
    pub rotation: u64,
}

/// Reads the hint off `path`: `<id>-json.log[.N][.gz]`, `<name>.<id>.log`, `<name>.<id>.plain.log`,
/// `<id>.log`, a parent folder named by an id (as below `/var/lib/docker/containers`), else
/// `<name>.log`. A bare name is weak: it counts only where a container of that name is known.
#[must_use]
pub(crate) fn hint_of(path: &Path) -> Hint {
    let mut hint = Hint::default();
    let Some(file) = path.file_name().and_then(|name| name.to_str()) else {
        return hint;
    };
    let (mut stem, rotation) = rotated(uncompressed(file));
    hint.rotation = rotation;
    for suffix in [".log", ".txt", ".json", ".jsonl"] {
        stem = stem.strip_suffix(suffix).unwrap_or(stem);
    }
    // `app-20261120.log`: the date before the extension.
    if hint.rotation == 0 {
        (stem, hint.rotation) = dated(stem);
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

/// `name` without the endings of compression.
pub(super) fn uncompressed(name: &str) -> &str {
    [".gz", ".zst", ".zstd"]
        .into_iter()
        .find_map(|suffix| name.strip_suffix(suffix))
        .unwrap_or(name)
}

/// `name` without its rotation, and the number of that: `app.log.2`, or a date as logrotate's
/// `dateext` and others write it (`app.log-20261120`, `app.log.2026-11-20`, `app.log-2026112013`).
pub(super) fn rotated(name: &str) -> (&str, u64) {
    if let Some((front, number)) = name.rsplit_once('.')
        && number.len() <= 4
        && let Ok(number) = number.parse::<u16>()
    {
        return (front, u64::from(number));
    }
    dated(name)
}

/// Numbers of dated pieces: above all that are counted.
const NEWEST_DATE: u64 = 1_000_000_000_000_000;

/// `name` without the date that it ends in.
fn dated(name: &str) -> (&str, u64) {
    let written = |byte: u8| byte.is_ascii_digit() || byte == b'-';
    let begin = name.len() - name.bytes().rev().take_while(|byte| written(*byte)).count();
    // The first `-` may be what separates name and date.
    let (begin, date) = match name.get(begin..) {
        Some(date) if date.starts_with('-') => (begin, date.get(1..).unwrap_or_default()),
        Some(date) if name[..begin].ends_with(['.', '_']) => (begin - 1, date),
        _ => return (name, 0),
    };
    let digits: String = date.chars().filter(char::is_ascii_digit).collect();
    let plausible = matches!(digits.len(), 8 | 10 | 12 | 14)
        && (digits.starts_with("19") || digits.starts_with("20"))
        && digits
            .get(4..6)
            .is_some_and(|month| ("01"..="12").contains(&month))
        && digits
            .get(6..8)
            .is_some_and(|day| ("01"..="31").contains(&day))
        && !date.ends_with('-');
    let moment = format!("{digits:0<14}").parse::<u64>().ok();
    match moment.filter(|_| plausible && begin > 0) {
        Some(moment) => (name.get(..begin).unwrap_or(name), NEWEST_DATE - moment),
        None => (name, 0),
    }
}

/// A container id as Docker prints it: 12 digits, or all 64.
pub(super) fn is_id(text: &str) -> bool {
    matches!(text.len(), 12 | 64)
        && text
            .bytes()
            .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hint(path: &str) -> (Option<String>, Option<String>, u64) {
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

    #[test]
    fn dated_pieces_are_in_order_and_other_numbers_are_no_dates() {
        let older = hint("app.log-20261119.gz");
        let newer = hint("app.log-20261120.zst");
        assert_eq!(older.1.as_deref(), Some("app"));
        assert_eq!(newer.1.as_deref(), Some("app"));
        assert!(older.2 > newer.2 && newer.2 > 9999);
        for same in [
            "app.log.2026-11-20",
            "app.log-2026-11-20",
            "app-20261120.log",
            "app_20261120.log",
            "app.20261120.log.gz",
        ] {
            assert_eq!(hint(same), newer, "{same}");
        }
        assert!(hint("app.log-2026112013").2 < newer.2);
        for other in [
            "app-1.log",
            "app-12345678.log",
            "app-20269920.log",
            "20261120",
        ] {
            assert_eq!(hint(other).2, 0, "{other}");
        }
        assert_eq!(hint("web-2.log").1.as_deref(), Some("web-2"));
    }
}
