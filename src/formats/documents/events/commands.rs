//! Commands run in containers: the events that announce one are joined to the one that ends it.
//!
//! A host with health checks says little else, and only the ends are evidence of anything.

use crate::model::event::{Command, ExecId};
use crate::model::{Cited, Event, EventKind};
use foldhash::fast::RandomState;
use std::collections::HashMap;
use std::sync::Arc;

/// Commands that were announced and did not end yet, each with the places `P` that announced it.
pub(super) struct Commands<P> {
    open: HashMap<ExecId, (Command, Vec<P>), RandomState>,
    /// Lists that are empty again, to be used again.
    spare: Vec<Vec<P>>,
}

impl<P> Default for Commands<P> {
    fn default() -> Self {
        Self {
            open: HashMap::default(),
            spare: Vec::new(),
        }
    }
}

impl<P> Commands<P> {
    /// The command was announced at `place`, at first as `command` says.
    pub(super) fn announce(
        &mut self,
        id: ExecId,
        created: bool,
        place: P,
        command: impl FnOnce() -> Command,
    ) {
        let (command, announced_by) = self
            .open
            .entry(id)
            .or_insert_with(|| (command(), self.spare.pop().unwrap_or_default()));
        command.created |= created;
        announced_by.push(place);
    }

    /// The command ended: joins what announced it to `command` of its end, place by place.
    pub(super) fn end(&mut self, id: ExecId, command: &mut Option<Command>, joined: impl FnMut(P)) {
        let Some((mut announced, mut by)) = self.open.remove(&id) else {
            return;
        };
        // A part of it may have been joined already.
        if let Some(known) = command.take() {
            announced.announced = announced.announced.min(known.announced);
            announced.created |= known.created;
        }
        *command = Some(announced);
        by.drain(..).for_each(joined);
        self.spare.push(by);
    }

    /// Forgets the commands that did not end, and gives back what announced them, in any order.
    pub(super) fn rest(&mut self) -> Vec<P> {
        // Not drained: that takes as long as the map once was large.
        let open = std::mem::take(&mut self.open);
        open.into_values().flat_map(|(_, by)| by).collect()
    }
}

/// Joins announcements to the ends that follow them, and leaves them out then.
pub fn join(events: &mut Vec<Cited<Event>>) {
    let mut commands = Commands::default();
    let mut joined: Vec<usize> = Vec::new();
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
            } => commands.announce(*id, created, index, || Command {
                line: Arc::clone(line),
                announced: event.time,
                created,
            }),
            EventKind::ExecDie {
                exec_id: Some(id),
                command,
                ..
            } => commands.end(*id, command, |index| joined.push(index)),
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
