//! What a message says that was read before, word for word.
//!
//! A program that starts again says most of it again: `Started server process [1]` is the same line each
//! time. Recognising it costs much more than comparing it.

use super::matcher::{Others, Seen};
use super::{Recognised, Signatures};
use crate::model::fact::{FactKind, Fields};
use crate::model::said;
use std::borrow::Cow;
use std::ops::Range;

/// Messages that are remembered at the most.
const SLOTS: usize = 64;

/// Messages of one block and what they say.
#[derive(Default)]
pub(super) struct Again<'b> {
    /// Each message has one slot, which the next one for it takes over.
    slots: Vec<Option<Known<'b>>>,
    others: Others,
}

struct Known<'b> {
    message: &'b [u8],
    says: Vec<Says>,
}

struct Says {
    kind: FactKind,
    signature: &'static str,
    multi: bool,
    fields: Fields,
    /// Its part of the message.
    said: Range<usize>,
}

impl<'b> Again<'b> {
    /// As [`Signatures::each`]. `lasting` is the message where it stands in the block itself, with the
    /// literals in it where they are known.
    pub(super) fn each<'m>(
        &mut self,
        signatures: &Signatures,
        message: &'m [u8],
        lasting: Option<(&'b [u8], Option<Seen<'_>>)>,
        mut take: impl FnMut(Recognised<'m>),
    ) {
        let Some((lasting, seen)) = lasting else {
            return signatures.each(message, None, &mut self.others, take);
        };
        if self.slots.is_empty() {
            self.slots.resize_with(SLOTS, || None);
        }
        let Some(slot) = self.slots.get_mut(slot_of(message)) else {
            return signatures.each(message, seen, &mut self.others, take);
        };
        if let Some(known) = slot
            && known.message == message
        {
            for says in &known.says {
                take(says.in_message(message));
            }
            return;
        }
        let mut says = Some(Vec::new());
        signatures.each(message, seen, &mut self.others, |found| {
            says = says
                .take()
                .zip(Says::of(&found, message))
                .map(|(mut all, one)| {
                    all.push(one);
                    all
                });
            take(found);
        });
        if let Some(says) = says {
            *slot = Some(Known {
                message: lasting,
                says,
            });
        }
    }
}

impl Says {
    /// `None` for what is not worth remembering: addresses and reasons seldom come again.
    fn of(found: &Recognised<'_>, message: &[u8]) -> Option<Self> {
        if !found.fields.are_plain() {
            return None;
        }
        Some(Self {
            kind: found.kind,
            signature: found.signature,
            multi: found.multi,
            fields: found.fields.clone(),
            said: said::place(found.message.as_bytes(), message)?,
        })
    }

    fn in_message<'m>(&self, message: &'m [u8]) -> Recognised<'m> {
        let said = message.get(self.said.clone()).unwrap_or_default();
        Recognised {
            kind: self.kind,
            signature: self.signature,
            fields: self.fields.clone(),
            multi: self.multi,
            message: Cow::Borrowed(std::str::from_utf8(said).unwrap_or_default()),
        }
    }
}

/// By the length and the last bytes: the first ones are often a prefix that all have.
fn slot_of(message: &[u8]) -> usize {
    let last = message.last_chunk().copied().unwrap_or([0; 8]);
    let mixed =
        (u64::from_le_bytes(last) ^ message.len() as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    usize::try_from(mixed >> 32).unwrap_or_default() % SLOTS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_that_comes_again_says_the_same_with_its_own_words() {
        let signatures = Signatures::builtin().unwrap();
        let block = "INFO:     Started server process [7]\nINFO:     Started server process [7]\n\
            app: pool created successfully (PID=7, pool_id=139)\nINFO:     GET /\nINFO:     GET /\n\
            INFO:     Started server process [8]\nINFO:     Started server process [7]";
        let mut again = Again::default();
        for line in block.split('\n').map(str::as_bytes) {
            let mut expected = Vec::new();
            signatures.recognise(line, &mut expected);
            let mut found = Vec::new();
            again.each(&signatures, line, Some((line, None)), |one| found.push(one));
            assert_eq!(found, expected);
            for (found, expected) in found.iter().zip(&expected) {
                assert_eq!(found.message.as_ptr(), expected.message.as_ptr());
            }
        }
    }
}
