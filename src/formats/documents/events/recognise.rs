//! Recognises event histories by their first object or by their lines.

use crate::formats::documents::Head;

/// How many lines of a history in text form are looked at.
const MOST_LINES: usize = 20;

/// Docker's JSON; before API 1.22 it had no types.
pub(in super::super) fn is_docker_history(head: &Head<'_>) -> bool {
    (head.has("Type") && head.has_any(&["Action", "Actor"]))
        || (head.has("status") && head.has("id") && head.has_any(&["time", "timeNano"]))
}

/// `podman events --format json`, or what podman writes into the journal.
pub(in super::super) fn is_podman_history(head: &Head<'_>) -> bool {
    head.has("PODMAN_EVENT") || (head.has("Type") && head.has("Status"))
}

/// `docker compose events --json`.
pub(in super::super) fn is_compose_history(head: &Head<'_>) -> bool {
    head.has("service") && head.has("action") && head.has("type")
}

/// Events as text, or as JSON with a prefix before each.
pub(in super::super) fn is_text_history(head: &Head<'_>) -> bool {
    !head.is_json() && is_mostly_events(head)
}

/// Events inside other JSON objects, such as the entries of a journal. Journals themselves come first.
pub(in super::super) fn is_exported_history(head: &Head<'_>) -> bool {
    head.is_json() && is_mostly_events(head)
}

/// Whether at least half of the first lines are an event each. The others may continue a value.
fn is_mostly_events(head: &Head<'_>) -> bool {
    let lines = head.lines();
    let first = lines.get(..lines.len().min(MOST_LINES)).unwrap_or_default();
    let events = first.iter().filter(|line| super::is_event(line)).count();
    events > 0 && events * 2 >= first.len()
}

#[cfg(test)]
pub(in super::super) mod samples {
    pub(in super::super::super) const DOCKER: &[&str] = &[
        r#"{"status":"create","id":"1d","from":"a:1","Type":"container","Action":"create","Actor":{"ID":"1d"},"time":1}"#,
        "[\n {\n \"Type\": \"container\",\n \"Action\": \"die\",\n \"time\": 1795167671\n}\n]",
        r#"{"status":"die","id":"1d","from":"a","time":1795167671}"#,
    ];
    pub(in super::super::super) const NOT_DOCKER: &[&str] = &[
        r#"{"Type":"container","Id":"1d"}"#,
        r#"{"status":"up","id":"1d"}"#,
        r#"{"Action":"die","time":1795167671}"#,
    ];
    pub(in super::super::super) const PODMAN: &[&str] = &[
        r#"{"ID":"1d","Image":"a","Name":"b","Status":"died","Time":"2026-11-20T09:44:40Z","Type":"container"}"#,
        r#"{"PODMAN_EVENT":"died","MESSAGE":"x","__REALTIME_TIMESTAMP":"1795167685250000"}"#,
    ];
    pub(in super::super::super) const NOT_PODMAN: &[&str] = &[
        r#"{"Id":"1d","Status":"died"}"#,
        r#"{"MESSAGE":"PODMAN_EVENT","__REALTIME_TIMESTAMP":"1795167685250000"}"#,
    ];
    pub(in super::super::super) const COMPOSE: &[&str] = &[
        r#"{"action":"kill","attributes":{},"id":"1d","service":"a","time":"2026-11-20T09:44:40Z","type":"container"}"#,
    ];
    pub(in super::super::super) const NOT_COMPOSE: &[&str] =
        &[r#"{"service":"a","action":"login","user":"b"}"#];
    pub(in super::super::super) const TEXT: &[&str] = &[
        "2026-11-20T09:51:57.331267414Z container kill 1df37d801ee7 (image=a, name=b, signal=9)\n",
        "events-1  | {\"Type\":\"container\",\"Action\":\"die\",\"Actor\":{\"ID\":\"1d\"},\"time\":1795167671}\n",
    ];
    pub(in super::super::super) const NOT_TEXT: &[&str] = &[
        "2026-11-20T09:51:57.331267414Z container web is ready\n",
        "kill 1df37d801ee7 (image=a, name=b, signal=9)\n",
    ];
    pub(in super::super::super) const EXPORTED: &[&str] = &[
        r#"{"__REALTIME_TIMESTAMP":"1795167685250000","SYSLOG_IDENTIFIER":"recorder","MESSAGE":"{\"Type\":\"container\",\"Action\":\"die\",\"Actor\":{\"ID\":\"1d\"},\"time\":1795167671}"}"#,
    ];
    pub(in super::super::super) const NOT_EXPORTED: &[&str] = &[
        r#"{"__REALTIME_TIMESTAMP":"1795167685250000","SYSLOG_IDENTIFIER":"recorder","MESSAGE":"ready"}"#,
    ];
}
