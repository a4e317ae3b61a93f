//! What the events so far say of a container.

use crate::model::{Event, EventKind, Time};

/// What the events so far say of a container.
#[derive(Clone, Copy)]
pub(super) enum State {
    Unknown,
    /// It was created then, and has not been started.
    Created(Time),
    /// It has been running since then.
    Running {
        since: Time,
        /// A signal was sent to it through the API.
        killed: bool,
    },
    /// It ended then.
    Ended {
        at: Time,
        /// Its end was asked for, and is not complete.
        stopping: bool,
    },
}

impl State {
    /// The state after `event`.
    pub(super) fn after(self, event: &Event) -> Self {
        let time = event.time;
        match (&event.kind, self) {
            (EventKind::Create, _) => State::Created(time),
            (EventKind::Start, _) => State::Running {
                since: time,
                killed: false,
            },
            (EventKind::Kill { .. }, State::Running { since, .. }) => State::Running {
                since,
                killed: true,
            },
            (EventKind::Die { .. }, State::Running { killed, .. }) => State::Ended {
                at: time,
                stopping: killed,
            },
            (EventKind::Die { .. }, _) => State::Ended {
                at: time,
                stopping: false,
            },
            (EventKind::Stop, State::Ended { at, .. }) => State::Ended {
                at,
                stopping: false,
            },
            (EventKind::Destroy, _) => State::Unknown,
            // It runs, and nobody knows since when.
            (_, State::Created(before) | State::Ended { at: before, .. })
                if needs_a_run(event, before) =>
            {
                State::Unknown
            }
            _ => self,
        }
    }
}

/// Whether only a running container has such an event, and so not one that was stopped or created at
/// `before` and has not been started since.
pub(super) fn needs_a_run(event: &Event, before: Time) -> bool {
    match &event.kind {
        EventKind::ExecCreate { .. }
        | EventKind::Restart
        | EventKind::Pause
        | EventKind::Unpause
        | EventKind::Oom => true,
        // A command's end may be told after the container's.
        EventKind::ExecDie { .. } => event.begins() > before && event.begins() < event.time,
        _ => false,
    }
}
