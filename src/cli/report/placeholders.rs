//! `{date}`, `{time}` and `{host}` in the names of output files.

use crate::{cli::near::near, formats::time::Zone, model::Time};

/// What each placeholder stands for.
#[derive(Clone, Debug)]
pub(super) struct Values([(&'static str, String); 3]);

impl Values {
    /// The values for a report that is made `now` on this machine, in `zone`.
    pub(super) fn new(zone: &Zone, now: Time) -> Self {
        let shown = zone.shown_at(now);
        let host = gethostname::gethostname().to_string_lossy().into_owned();
        Self([
            ("date", shown.format("%Y-%m-%d").to_string()),
            // Without colons, which some file systems and `scp` do not take.
            ("time", shown.format("%H-%M-%S").to_string()),
            ("host", host.replace(['/', '\\'], "_")),
        ])
    }

    /// `template` with its placeholders filled in; `{{` and `}}` stand for braces.
    ///
    /// # Errors
    /// When it has an unknown placeholder or a single brace.
    pub(super) fn fill(&self, template: &str) -> Result<String, String> {
        let mut filled = String::new();
        let mut rest = template;
        while let Some(at) = rest.find(['{', '}']) {
            filled.push_str(&rest[..at]);
            let brace = &rest[at..=at];
            rest = &rest[at + 1..];
            if let Some(after) = rest.strip_prefix(brace) {
                filled.push_str(brace);
                rest = after;
                continue;
            }
            let name = match rest.split_once('}') {
                Some((name, after)) if brace == "{" => {
                    rest = after;
                    name
                }
                _ => {
                    return Err(format!(
                        "{template:?} has a {brace} alone; write {brace}{brace} for the character itself"
                    ));
                }
            };
            filled.push_str(self.value(name)?);
        }
        filled.push_str(rest);
        Ok(filled)
    }

    fn value(&self, name: &str) -> Result<&str, String> {
        let found = self.0.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| value.as_str()).ok_or_else(|| {
            let known = self.0.iter().map(|(known, _)| *known);
            let hint = match near(&name.to_ascii_lowercase(), known)[..] {
                [likest, ..] => format!("; did you mean {{{likest}}}?"),
                [] => {
                    ": known are {date}, {time} and {host}; write {{ for a brace itself".to_owned()
                }
            };
            format!("there is no placeholder {{{name}}}{hint}")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fill(template: &str) -> Result<String, String> {
        let now = "2026-11-20T23:41:27Z".parse().unwrap();
        let mut values = Values::new(&Zone::parse("Europe/Berlin").unwrap(), now);
        values.0[2].1 = "web1".to_owned();
        values.fill(template)
    }

    #[test]
    fn placeholders_are_those_of_the_zone() {
        for (template, expected) in [
            ("DIR/{date}.html", "DIR/2026-11-21.html"),
            ("{host}-{date}_{time}.json", "web1-2026-11-21_00-41-27.json"),
            ("plain.txt", "plain.txt"),
            ("{{date}}.{{{date}}}", "{date}.{2026-11-21}"),
        ] {
            assert_eq!(fill(template).unwrap(), expected);
        }
    }

    #[test]
    fn what_is_no_placeholder_is_refused() {
        for (template, message) in [
            ("{data}.html", "did you mean {date}?"),
            ("{}.html", "there is no placeholder {}"),
            ("{week}.html", "known are {date}, {time} and {host}"),
            ("{date.html", "has a { alone; write {{"),
            ("date}.html", "has a } alone; write }}"),
        ] {
            let error = fill(template).unwrap_err();
            assert!(error.contains(message), "{error}");
        }
    }
}
