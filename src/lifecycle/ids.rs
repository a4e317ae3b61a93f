//! Container ids, which one source gives in full and another cuts to 12 digits.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

/// How many digits of an id Docker shows, also in a decorated name.
pub(crate) const SHORT_ID: usize = 12;

/// Whether `text` is hex digits in lower case, as Docker writes ids.
pub(crate) fn is_hex(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

/// Containers (as indices into a list of them) by every form of their ids that was met.
#[derive(Debug, Default)]
pub(crate) struct Ids {
    /// In order, so that a cut id stands right before the full ones that it begins.
    known: BTreeMap<Arc<str>, usize>,
}

impl Ids {
    /// The container with this id, given in full or cut.
    pub(crate) fn find(&self, id: &str) -> Option<usize> {
        self.beginning_with(id).min().or_else(|| {
            let before = (Bound::Unbounded, Bound::Excluded(id));
            let (cut, index) = self.known.range::<str, _>(before).next_back()?;
            (cut.len() >= SHORT_ID && id.starts_with(cut.as_ref())).then_some(*index)
        })
    }

    /// The containers whose ids begin with `part`.
    pub(crate) fn beginning_with<'s>(&'s self, part: &'s str) -> impl Iterator<Item = usize> + 's {
        self.known
            .range::<str, _>((Bound::Included(part), Bound::Unbounded))
            .take_while(move |(id, _)| id.starts_with(part))
            .map(|(_, index)| *index)
    }

    /// Adds a form of a container's id. The first container that has it keeps it.
    pub(crate) fn insert(&mut self, id: Arc<str>, index: usize) {
        self.known.entry(id).or_insert(index);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FULL: &str = "1df37d801ee7c4a1b2f0e9d8c7b6a5948372615040f1e2d3c4b5a69788796a5b";

    #[test]
    fn a_full_id_is_found_by_its_cut_form_and_the_other_way_round() {
        let mut ids = Ids::default();
        ids.insert(FULL.into(), 3);
        assert_eq!(ids.find(&FULL[..12]), Some(3));
        assert_eq!(ids.find(&FULL[..4]), Some(3));
        assert_eq!(ids.find(&format!("{}0", &FULL[..12])), None);

        let mut ids = Ids::default();
        ids.insert(FULL[..12].into(), 5);
        assert_eq!(ids.find(FULL), Some(5));
    }

    #[test]
    fn fewer_than_12_digits_do_not_stand_for_a_longer_id() {
        let mut ids = Ids::default();
        ids.insert(FULL[..8].into(), 0);
        assert_eq!(ids.find(FULL), None);
    }
}
