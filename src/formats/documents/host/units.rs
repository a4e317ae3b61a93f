//! What the service manager says of its units.

use crate::model::HostAction;

/// The unit of `Started X.service - Description.` or `X.service: Deactivated successfully.`
pub(super) fn unit(message: &str) -> Option<&str> {
    let (first, rest) = message.split_once(' ')?;
    if let Some(unit) = first.strip_suffix(".service:") {
        return Some(unit);
    }
    if !["Starting", "Started", "Finished", "Stopping", "Stopped"].contains(&first) {
        return None;
    }
    let name = rest.split(" - ").next().unwrap_or(rest);
    let name = name.trim_end_matches('.').trim();
    Some(name.strip_suffix(".service").unwrap_or(name)).filter(|name| !name.is_empty())
}

/// What the service manager does to a unit that may run a container.
pub(super) fn action(message: &str) -> Option<HostAction> {
    let (first, rest) = message.split_once(' ')?;
    if first.ends_with(".service:") {
        // The second form is systemd's before 237.
        let again = rest.starts_with("Scheduled restart job")
            || rest == "Service hold-off time over, scheduling restart.";
        return again.then_some(HostAction::UnitRestart);
    }
    let name = rest.split(' ').next().unwrap_or(rest);
    let stops = first == "Stopping" && name.trim_end_matches('.').ends_with(".service");
    stops.then_some(HostAction::UnitStop)
}
