//! Names for inputs, as short as still tells them apart.

use crate::{
    model::{InputId, id::short_id, report::Input},
    report::sanitise::sanitise,
};
use std::collections::BTreeMap;

/// The short names of a report's inputs.
pub(crate) struct Places(Vec<String>);

impl Places {
    /// Chooses the shortest end of each path that no other input has.
    pub(crate) fn new(inputs: &[Input]) -> Self {
        let mut names: Vec<Option<String>> = vec![None; inputs.len()];
        let parts: Vec<Vec<&str>> = inputs
            .iter()
            .map(|input| {
                // What an engine sent is no file: its name says what it is.
                if input.path.starts_with("docker:") {
                    return vec![input.path.as_str()];
                }
                input
                    .path
                    .split(['/', '\\'])
                    .filter(|part| !part.is_empty())
                    .collect()
            })
            .collect();
        let deepest = parts.iter().map(Vec::len).max().unwrap_or(0);
        for depth in 1..=deepest {
            let ends: Vec<String> = parts
                .iter()
                .map(|parts| parts[parts.len().saturating_sub(depth)..].join("/"))
                .collect();
            let mut seen = BTreeMap::new();
            for end in &ends {
                *seen.entry(end.as_str()).or_insert(0_usize) += 1;
            }
            for (name, end) in names.iter_mut().zip(&ends) {
                if name.is_none() && seen.get(end.as_str()) == Some(&1) {
                    *name = Some(abbreviated(end));
                }
            }
        }
        Self(
            names
                .into_iter()
                .zip(inputs)
                .map(|(name, input)| match name {
                    _ if input.path == "-" => "stdin".to_owned(),
                    Some(name) => sanitise(&name).into_owned(),
                    None => sanitise(&input.path).into_owned(),
                })
                .collect(),
        )
    }

    /// The name of an input.
    pub(crate) fn name(&self, id: InputId) -> String {
        usize::try_from(id.0)
            .ok()
            .and_then(|n| self.0.get(n))
            .cloned()
            .unwrap_or_else(|| format!("input {}", id.0))
    }
}

/// `name`, with the full container id that Docker begins a log's name with cut to its first twelve digits.
fn abbreviated(name: &str) -> String {
    let digits = name.bytes().take_while(u8::is_ascii_hexdigit).count();
    if digits == 64 {
        format!("{}…{}", short_id(name), &name[64..])
    } else {
        name.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;

    fn names(paths: &[&str]) -> Vec<String> {
        let inputs: Vec<_> = paths.iter().map(|path| fixture::input(0, path)).collect();
        Places::new(&inputs).0
    }

    #[test]
    fn names_are_short_and_distinct() {
        assert_eq!(
            names(&["/var/a/events.jsonl", "-"]),
            ["events.jsonl", "stdin"]
        );
        assert_eq!(
            names(&["x/a/app.log", "x/b/app.log", "db.log"]),
            ["a/app.log", "b/app.log", "db.log"]
        );
        assert_eq!(names(&["app.log", "app.log"]), ["app.log", "app.log"]);
        let id = "1df37d801ee7".repeat(6);
        assert_eq!(
            names(&[&format!("c/{}-json.log", &id[..64])]),
            ["1df37d801ee7…-json.log"]
        );
        assert_eq!(
            names(&["docker:inspect/web.1df37d801ee7", "docker:logs/db.2"]),
            ["docker:inspect/web.1df37d801ee7", "docker:logs/db.2"]
        );
    }
}
