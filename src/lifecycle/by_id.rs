//! Collects containers by the ids that events and snapshots give.

use super::Container;
use super::ids::Ids;
use std::collections::HashMap;
use std::sync::Arc;

/// The containers that the documents name so far.
#[derive(Default)]
pub(super) struct ById {
    pub(super) containers: Vec<Container>,
    ids: Ids,
    /// The container of each id that was met: most events name one that is known.
    met: HashMap<Arc<str>, usize, foldhash::fast::RandomState>,
}

impl ById {
    /// The container with this id, which is added when it is new.
    pub(super) fn container(&mut self, id: &Arc<str>) -> &mut Container {
        let index = match self.met.get(id) {
            Some(index) => *index,
            None => self.meet(id),
        };
        &mut self.containers[index]
    }

    fn meet(&mut self, id: &Arc<str>) -> usize {
        let index = self.ids.find(id).unwrap_or_else(|| {
            self.containers.push(Container::new(id.to_string()));
            self.containers.len() - 1
        });
        let container = &mut self.containers[index];
        if id.len() > container.id.len() {
            container.id = id.to_string();
        }
        self.ids.insert(Arc::clone(id), index);
        self.met.insert(Arc::clone(id), index);
        index
    }
}
