//! Commands run in containers: the events that announce one are joined to the one that ends it.
//!
//! A host with health checks says little else, and only the ends are evidence of anything.

use crate::model::event::{Command, ExecId};
use crate::model::{Cited, Event, EventKind};
use foldhash::fast::RandomState;
use std::collections::HashMap;
use std::sync::Arc;

/// Joins announcements to the ends that follow them, and leaves them out then.
pub fn join(events: &mut Vec<Cited<Event>>) {
    let mut open: HashMap<ExecId, (Command, Vec<usize>), RandomState> = HashMap::default();
    let mut joined: Vec<usize> = Vec::new();
    // Lists that are empty again, to be used again.
    let mut spare: Vec<Vec<usize>> = Vec::new();
    for (index, Cited { value: event, .. }) in events.iter_mut().enumerate() {
        let created = matches!(event.kind, EventKind::ExecCreate { .. });
        match &mut event.kind {
            EventKind::ExecCreate {
                exec_id: Some(id),
                command: line,
            }
            | EventKind::ExecStart {
                exec_id: Some(id),
                command: line,
            } => {
                let (command, announced_by) = open.entry(*id).or_insert_with(|| {
                    let command = Command {
                        line: Arc::clone(line),
                        announced: event.time,
                        created,
                    };
                    (command, spare.pop().unwrap_or_default())
                });
                command.created |= created;
                announced_by.push(index);
            }
            EventKind::ExecDie {
                exec_id: Some(id),
                command,
                ..
            } => {
                if let Some((mut announced, mut by)) = open.remove(id) {
                    // A part of it may have been joined already.
                    if let Some(known) = command.take() {
                        announced.announced = announced.announced.min(known.announced);
                        announced.created |= known.created;
                    }
                    *command = Some(announced);
                    joined.append(&mut by);
                    spare.push(by);
                }
            }
            _ => {}
        }
    }
    if joined.is_empty() {
        return;
    }
    joined.sort_unstable();
    let mut left_out = joined.into_iter().peekable();
    let mut index = 0;
    events.retain(|_| {
        let out = left_out.next_if_eq(&index).is_some();
        index += 1;
        !out
    });
}
