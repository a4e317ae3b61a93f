//! Brings the events of all inputs into order.

use crate::model::{Cited, Event};

/// Sorts events by time, then by place, and keeps one of several copies of the same event.
pub(super) fn sort_without_copies(mut events: Vec<Cited<Event>>) -> Vec<Cited<Event>> {
    events.sort_by_key(|a| (a.value.time, a.citation.place));
    let mut inputs = events.iter().map(|event| event.citation.place.input);
    let first = inputs.next();
    if inputs.all(|input| Some(input) == first) {
        // A copy comes from another input.
        return events;
    }
    // Copies have the same nanosecond, so they are near each other, but a replayed stream may put other
    // events of that nanosecond between them.
    let mut kept: Vec<Cited<Event>> = Vec::with_capacity(events.len());
    for event in events {
        let copy = kept
            .iter()
            .rev()
            .take_while(|earlier| earlier.value.time == event.value.time)
            .any(|earlier| {
                earlier.citation.place.input != event.citation.place.input
                    && earlier.value.container_id == event.value.container_id
                    && earlier.value.kind.same(&event.value.kind)
            });
        if !copy {
            kept.push(event);
        }
    }
    kept
}
