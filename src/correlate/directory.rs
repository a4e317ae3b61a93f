//! Finds containers by what logs call them, without a look at each: a host may have had a hundred
//! thousand.

use crate::lifecycle::identity::undecorated;
use crate::lifecycle::ids::{Ids, is_hex};
use crate::lifecycle::{Container, History, Run};
use crate::model::Time;
use foldhash::fast::RandomState;
use std::cell::OnceCell;
use std::collections::HashMap;

type ByName = HashMap<String, Vec<usize>, RandomState>;

/// The history's containers, and where to find them.
pub(super) struct Directory<'a> {
    history: &'a mut History,
    /// Every id by which a container was ever known.
    ids: Ids,
    /// Every name that a container had, with and without decoration.
    names: ByName,
    /// What is left of a name without its project.
    endings: ByName,
    /// Containers of which no id is known, by their last name.
    without_id: HashMap<Option<String>, usize, RandomState>,
    /// All starts, by time; no log adds to them.
    starts: OnceCell<Vec<(Time, usize)>>,
    /// Whether any container has a run; no log adds to them.
    any_runs: OnceCell<bool>,
}

impl<'a> Directory<'a> {
    pub(super) fn new(history: &'a mut History) -> Self {
        let count = history.containers.len();
        let mut directory = Self {
            history,
            ids: Ids::default(),
            names: HashMap::default(),
            endings: HashMap::default(),
            without_id: HashMap::default(),
            starts: OnceCell::new(),
            any_runs: OnceCell::new(),
        };
        for index in 0..count {
            directory.enter(index);
        }
        directory
    }

    pub(super) fn containers(&self) -> &[Container] {
        &self.history.containers
    }

    /// The container with this id, given in full or cut.
    pub(super) fn by_id(&self, id: &str) -> Option<usize> {
        self.ids.find(id)
    }

    /// Containers that had `name` at some time; else those whose name ends in it after a project.
    pub(super) fn by_name(&self, name: &str) -> &[usize] {
        // `docker compose logs` leaves the project out: `backend_1` for `pms_backend_1`.
        let found = self.names.get(name).or_else(|| self.endings.get(name));
        found.map_or(&[], Vec::as_slice)
    }

    /// Containers that the user's word names: by id or by name.
    pub(super) fn by_word(&self, word: &str) -> Vec<usize> {
        let mut by_id: Vec<usize> = if word.len() >= 4 && is_hex(word) {
            self.ids.beginning_with(word).collect()
        } else {
            Vec::new()
        };
        if by_id.is_empty() {
            return self.by_name(word).to_vec();
        }
        by_id.sort_unstable();
        by_id.dedup();
        by_id
    }

    /// Whether any run of any container is known.
    pub(super) fn any_runs(&self) -> bool {
        *self.any_runs.get_or_init(|| {
            let has_runs = |container: &Container| !container.runs.is_empty();
            self.containers().iter().any(has_runs)
        })
    }

    /// The one container that is known to have started.
    pub(super) fn only_started(&self) -> Option<usize> {
        let (_, first) = self.starts().first()?;
        let only = self.starts().iter().all(|(_, other)| other == first);
        only.then_some(*first)
    }

    /// Containers that started in `from..=to`, each once, in order.
    pub(super) fn started_between(&self, from: Time, to: Time) -> Vec<usize> {
        let starts = self.starts();
        let begin = starts.partition_point(|(start, _)| *start < from);
        let end = starts.partition_point(|(start, _)| *start <= to);
        let mut found: Vec<usize> = starts[begin..end.max(begin)]
            .iter()
            .map(|(_, index)| *index)
            .collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    /// The container with this id, or with this name where no id is known. It is added when it is new.
    pub(super) fn add(&mut self, id: String, name: Option<String>) -> usize {
        if id.is_empty()
            && let Some(same) = self.without_id.get(&name)
        {
            return *same;
        }
        let mut container = Container::new(id);
        container.names.extend(name.map(|name| (None, name)));
        self.history.containers.push(container);
        let index = self.history.containers.len() - 1;
        self.enter(index);
        index
    }

    /// Adds an id or a name to a container: two files of one container may each know a part of what it is
    /// called.
    pub(super) fn learn(&mut self, index: usize, id: &str, name: Option<String>) {
        let container = &mut self.history.containers[index];
        if container.names.is_empty() {
            container.names.extend(name.map(|name| (None, name)));
        }
        if container.id.len() < id.len() {
            id.clone_into(&mut container.id);
        }
        self.enter(index);
    }

    fn starts(&self) -> &[(Time, usize)] {
        self.starts.get_or_init(|| {
            let mut starts: Vec<(Time, usize)> = Vec::new();
            for (index, container) in self.containers().iter().enumerate() {
                let own = container.runs.iter().filter_map(Run::started_at);
                starts.extend(own.map(|start| (start, index)));
            }
            starts.sort_unstable();
            starts
        })
    }

    fn enter(&mut self, index: usize) {
        let container = &self.history.containers[index];
        if container.id.is_empty() {
            let name = container.name().map(str::to_owned);
            self.without_id.entry(name).or_insert(index);
        } else {
            self.ids.insert(container.id.as_str().into(), index);
        }
        for (_, name) in &container.names {
            note(&mut self.names, name, index);
            note(&mut self.names, undecorated(name), index);
            for (mark, _) in name.match_indices(['_', '-']).filter(|(mark, _)| *mark > 0) {
                note(&mut self.endings, &name[mark + 1..], index);
            }
        }
    }
}

/// Enters a container under a name, once and in order.
fn note(names: &mut ByName, name: &str, index: usize) {
    let Some(known) = names.get_mut(name) else {
        names.insert(name.to_owned(), vec![index]);
        return;
    };
    if let Err(at) = known.binary_search(&index) {
        known.insert(at, index);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "1df37d801ee7c4a1b2f0e9d8c7b6a5948372615040f1e2d3c4b5a69788796a5b";

    #[test]
    fn containers_are_found_by_names_with_and_without_project_and_by_ids_in_full_or_cut() {
        let mut history = History::default();
        let mut directory = Directory::new(&mut history);
        let api = directory.add(ID.to_owned(), Some("shop_api_1".to_owned()));
        let other = directory.add(String::new(), Some("002ace15542e_api_1".to_owned()));
        assert_eq!(directory.by_id(ID), Some(api));
        assert_eq!(directory.by_id(&ID[..12]), Some(api));
        assert_eq!(directory.by_id(&format!("{}0", &ID[..12])), None);
        assert_eq!(directory.by_word(&ID[..6]), [api]);
        assert_eq!(directory.by_name("shop_api_1"), [api]);
        // A name itself goes before what is left of one.
        assert_eq!(directory.by_name("api_1"), [other]);
        assert_eq!(directory.by_name("1"), [api, other]);
        assert!(directory.by_name("shop").is_empty());
        // Of one that has no id but a name there is one.
        assert_eq!(directory.add(String::new(), Some("x".to_owned())), 2);
        assert_eq!(directory.add(String::new(), Some("x".to_owned())), 2);
    }

    #[test]
    fn a_cut_id_and_the_full_one_are_one_container() {
        let mut history = History::default();
        let mut directory = Directory::new(&mut history);
        let cut = directory.add(ID[..12].to_owned(), None);
        assert_eq!(directory.by_id(ID), Some(cut));
        directory.learn(cut, ID, Some("shop".to_owned()));
        assert_eq!(directory.containers()[cut].id, ID);
        assert_eq!(directory.by_id(&ID[..20]), Some(cut));
        assert_eq!(directory.by_name("shop"), [cut]);
    }
}
