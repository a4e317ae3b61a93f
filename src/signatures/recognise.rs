//! Says what a message means: the rows that its literals point at, tried in order.

use super::Signatures;
use super::fields;
use super::message::Message;
use super::prefix::{self, Prefix};
use super::torn::prefix_behind_tear;
use crate::model::fact::{FactKind, Fields};
use crate::model::text::lossy;
use smallvec::SmallVec;
use std::borrow::Cow;
use std::ops::Range;

/// A recognised message is kept up to this many bytes.
const KEPT: usize = 512;

/// What one message says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recognised<'m> {
    /// What it says.
    pub kind: FactKind,
    /// The signature that recognised it, as `pack/id`.
    pub signature: &'static str,
    /// The fields that it carries.
    pub fields: Fields,
    /// May appear several times in one normal run.
    pub multi: bool,
    /// The message without logger prefix and colours, at most 512 bytes.
    pub message: Cow<'m, str>,
}

/// Where a row matches in a message.
#[derive(Clone, Debug)]
struct RowMatch {
    row: usize,
    at: Range<usize>,
    prefix: Prefix,
    /// It begins behind the end of another process's line.
    torn: bool,
}

impl RowMatch {
    /// The match at `at`, or `None` if it quotes a line: neither a logger's prefix nor a tear is before it.
    fn in_text(text: &[u8], row: usize, at: Range<usize>) -> Option<Self> {
        let head = text.get(..at.start)?;
        let own = prefix::read(head);
        let torn = own.is_none();
        let prefix = own.or_else(|| prefix_behind_tear(head, text.get(at.clone())?))?;
        Some(Self {
            row,
            at,
            prefix,
            torn,
        })
    }

    fn overlaps(&self, other: &Self) -> bool {
        self.at.start < other.at.end && other.at.start < self.at.end
    }
}

/// The rows to try for a message.
#[derive(Default)]
struct Candidates {
    /// In the order in which they are tried.
    rows: SmallVec<[usize; 16]>,
    /// Where the last of their literals begins: no match ends before a literal that it needs.
    last_literal: usize,
}

impl Signatures {
    /// Appends what the message says: most often nothing or one thing, more when the lines of
    /// several processes are torn into one.
    pub fn recognise<'m>(&self, message: &'m [u8], out: &mut Vec<Recognised<'m>>) {
        let Some(message) = Message::in_line(message) else {
            return;
        };
        let mut found = self.matches(&message.text);
        found.sort_by_key(|found| found.at.start);
        for (index, one) in found.iter().enumerate() {
            let next = found.get(index + 1);
            let end = next.map_or(message.text.len(), |next| next.at.start);
            out.extend(self.recognised(&message, one, end));
        }
    }

    /// The rows that the literals of a text point at.
    fn candidates(&self, text: &[u8]) -> Candidates {
        let mut found = Candidates::default();
        self.prefilter.visit(text, |begin, literal| {
            found.last_literal = found.last_literal.max(begin);
            let rows = self.rows_by_literal.get(literal).into_iter().flatten();
            found.rows.extend(rows.copied());
        });
        found.rows.sort_unstable();
        found.rows.dedup();
        found
    }

    /// Where which row matches: one row at the message's own start, and one at each torn edge.
    fn matches(&self, text: &[u8]) -> SmallVec<[RowMatch; 2]> {
        let candidates = self.candidates(text);
        let mut found: SmallVec<[RowMatch; 2]> = SmallVec::new();
        let mut own: Option<RowMatch> = None;
        'rows: for &row in &candidates.rows {
            let row_of = self.rows.get(row);
            let Some(pattern) = row_of.and_then(|row| row.pattern.compiled()) else {
                continue;
            };
            for at in pattern.find_iter(text) {
                let end = at.end;
                if let Some(one) = RowMatch::in_text(text, row, at) {
                    let counts = if one.torn {
                        !found.iter().any(|other| other.overlaps(&one))
                    } else {
                        own.is_none()
                    };
                    if counts {
                        if !one.torn {
                            own = Some(one.clone());
                        }
                        found.push(one);
                    }
                }
                if end > candidates.last_literal {
                    // No literal is left that another match would need.
                    if own.is_some() {
                        break 'rows;
                    }
                    break;
                }
            }
        }
        // A torn edge inside the line's own match is part of that match.
        if let Some(own) = own {
            found.retain(|one| !one.torn || !one.overlaps(&own));
        }
        found
    }

    /// What a match says, in a message that belongs to it up to `end`.
    fn recognised<'m>(
        &self,
        message: &Message<'m>,
        found: &RowMatch,
        end: usize,
    ) -> Option<Recognised<'m>> {
        let row = self.rows.get(found.row)?;
        let end = end.max(found.at.end);
        let text = message.text.get(..end).unwrap_or(&message.text);
        let range = found.at.start..end;
        let own = message.text.get(range.clone()).unwrap_or_default();
        let said = match message.text {
            Cow::Borrowed(text) => kept(text.get(range).unwrap_or_default()),
            Cow::Owned(_) => Cow::Owned(kept(own).into_owned()),
        };
        let mut fields = Fields::default();
        if row.pattern.captures()
            && let Some(pattern) = row.pattern.compiled()
        {
            pattern.captured(text, found.at.start, |field, text| {
                fields::set(&mut fields, field, &lossy(text));
            });
        }
        if row.pairs {
            fields::paired(&mut fields, own);
        }
        fields::given(&mut fields, &message.values, &row.values);
        fields.pid = fields.pid.or(found.prefix.pid);
        Some(Recognised {
            kind: row.kind,
            signature: row.id,
            fields,
            multi: row.multi,
            message: said,
        })
    }
}

/// The message as text, cut to its bound between two characters.
fn kept(text: &[u8]) -> Cow<'_, str> {
    let text = lossy(text.trim_ascii());
    let mut end = KEPT.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.get(..end).unwrap_or(text)),
        Cow::Owned(mut text) => {
            text.truncate(end);
            Cow::Owned(text)
        }
    }
}
