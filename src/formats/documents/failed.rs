//! What is left of an export that failed: `docker inspect web > web.json 2>&1` and the like, where the
//! tool said why, or found nothing.

use crate::model::InputKind;

/// An export that failed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct FailedExport {
    /// What it was to become, as far as one can tell.
    pub(crate) kind: InputKind,
    /// Why it failed.
    pub(crate) says: String,
    /// Its lines.
    pub(crate) lines: u64,
}

/// No tool says more than this when it fails.
const MOST_BYTES: usize = 4096;

/// What docker and podman say instead of an export, in lower case.
const ERRORS: &[&str] = &[
    "error response from daemon: ",
    "error: no such ",
    "error: no container with name or id ",
    "error: no container found ",
    "error: inspecting object: ",
    "error: error inspecting object: ",
    "error: cannot connect to podman",
    "error during connect: ",
    "cannot connect to the docker daemon",
    "cannot connect to podman",
    "permission denied while trying to connect to the docker",
    "got permission denied while trying to connect to the docker",
    "no such service: ",
];

/// Recognises an input that holds nothing but an error of a container tool, or an empty list.
pub(crate) fn failed_export(head: &[u8]) -> Option<FailedExport> {
    if head.len() > MOST_BYTES {
        return None;
    }
    let text = std::str::from_utf8(head)
        .ok()?
        .trim_start_matches('\u{feff}');
    let mut kind = InputKind::PlainLog;
    let mut says = None;
    let mut found = false;
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        found = true;
        if line == "[]" {
            kind = InputKind::DockerInspect;
            continue;
        }
        let bare = line.strip_prefix("docker: ").unwrap_or(line);
        let lower = bare.to_ascii_lowercase();
        if !ERRORS.iter().any(|start| lower.starts_with(start)) {
            return None;
        }
        if lower.contains("no such object") || lower.contains("inspecting object") {
            kind = InputKind::DockerInspect;
        }
        says.get_or_insert_with(|| reason(bare));
    }
    found.then(|| FailedExport {
        kind,
        says: says.unwrap_or_else(|| "it is an empty list and holds no container".to_owned()),
        lines: text.lines().count() as u64,
    })
}

/// The error without the words that all errors have.
fn reason(line: &str) -> String {
    let reason = ["Error response from daemon: ", "Error: ", "error: "]
        .iter()
        .find_map(|start| line.strip_prefix(start))
        .unwrap_or(line);
    match reason.strip_prefix("No such ") {
        Some(rest) => format!("no such {rest}"),
        None => reason.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_of_the_tools_are_told_from_logs() {
        for (text, kind, says) in [
            (
                "[]\nError: No such object: web\n",
                InputKind::DockerInspect,
                "no such object: web",
            ),
            (
                "[]\n",
                InputKind::DockerInspect,
                "it is an empty list and holds no container",
            ),
            (
                "Error response from daemon: No such container: web\n",
                InputKind::PlainLog,
                "no such container: web",
            ),
            (
                "error: no such object: web\n",
                InputKind::DockerInspect,
                "no such object: web",
            ),
            (
                "Error: no container with name or ID \"web\" found: no such container\n",
                InputKind::PlainLog,
                "no container with name or ID \"web\" found: no such container",
            ),
        ] {
            let failed = failed_export(text.as_bytes()).unwrap();
            assert_eq!((failed.kind, failed.says.as_str()), (kind, says), "{text}");
        }
        for text in [
            "",
            "\n",
            "[{}]\n",
            "Error: no such table: users\nstarting\n",
            "starting\nError response from daemon: No such container: web\n",
        ] {
            assert_eq!(failed_export(text.as_bytes()), None, "{text}");
        }
    }
}
