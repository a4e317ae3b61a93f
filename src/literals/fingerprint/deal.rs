//! Chooses the windows that each literal puts forward, and their buckets.

use super::lookup::{BYTES, Lookup, Set};
use super::{BUCKETS, STRIDE, WINDOW};
use std::array;

/// How often each window is dealt.
const SWEEPS: usize = 3;

/// Where a window was dealt: its bucket, and its offset in the literal.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hand {
    pub(super) bucket: usize,
    pub(super) offset: usize,
}

/// One of the windows that a literal needs: at an offset with this remainder modulo the stride.
#[derive(Clone, Copy, Debug)]
struct Need<'l> {
    literal: &'l [u8],
    rest: usize,
}

impl Need<'_> {
    /// The offsets at which the window may begin. It ends with the literal, if that is long enough.
    fn offsets(self, window: usize) -> impl Iterator<Item = usize> {
        let last = self.literal.len().saturating_sub(window).max(self.rest);
        (self.rest..=last).step_by(STRIDE)
    }
}

/// The bytes of a window at `offset`; `None` beyond the end of the literal.
pub(super) fn window(literal: &[u8], offset: usize) -> [Option<u8>; WINDOW] {
    array::from_fn(|position| literal.get(offset + position).copied())
}

/// Deals the windows of the literals: each to the bucket where it lets least more text pass, then
/// each again, now that the others are there. The result has [`STRIDE`] windows for each literal, in order.
pub(super) fn deal(literals: &[String], lookup: Lookup) -> Vec<Hand> {
    let needs: Vec<Need> = literals
        .iter()
        .flat_map(|literal| {
            let literal = literal.as_bytes();
            (0..STRIDE).map(move |rest| Need { literal, rest })
        })
        .collect();
    let mut table = Table::new(literals, lookup);
    let mut hands: Vec<Option<Hand>> = vec![None; needs.len()];
    for _ in 0..SWEEPS {
        for (need, hand) in needs.iter().zip(&mut hands) {
            if let Some(old) = *hand {
                table.change(Change::Take, need.literal, old);
            }
            let new = table.best(*need);
            table.change(Change::Put, need.literal, new);
            *hand = Some(new);
        }
    }
    hands.into_iter().flatten().collect()
}

/// The buckets while windows are dealt.
struct Table {
    lookup: Lookup,
    /// The bytes that the literals have.
    used: Vec<u8>,
    buckets: [Bucket; BUCKETS],
    /// For each position the share of ordinary bytes that each bucket lets pass, side by side for speed.
    passing: [[f32; BUCKETS]; WINDOW],
    /// For each position and byte, by how much a window with that byte would raise the share.
    more: Vec<[[f32; BUCKETS]; BYTES]>,
}

/// One bucket.
#[derive(Clone, Debug)]
struct Bucket {
    /// How many windows have each byte at each position.
    count: [[u16; BYTES]; WINDOW],
    /// The bytes that some window has.
    held: [Set; WINDOW],
    /// The bytes that pass at each position, not counting windows that end before it.
    reach: [Set; WINDOW],
    /// How many windows end before the position, and so let every byte pass.
    open: [u16; WINDOW],
    /// The share of ordinary bytes in `reach`.
    passing: [f32; WINDOW],
}

impl Table {
    fn new(literals: &[String], lookup: Lookup) -> Self {
        let all = literals.iter().flat_map(|literal| literal.bytes());
        let set = all.fold(0, |set: Set, byte| set | 1 << (byte & 127));
        let used: Vec<u8> = (0..128).filter(|byte| set & (1 << byte) != 0).collect();
        let bucket = Bucket {
            count: [[0; BYTES]; WINDOW],
            held: [0; WINDOW],
            reach: [0; WINDOW],
            open: [0; WINDOW],
            passing: [0.0; WINDOW],
        };
        let more = lookup.weigh(0).more.map(|more| [more; BUCKETS]);
        Self {
            lookup,
            used,
            buckets: array::from_fn(|_| bucket.clone()),
            passing: [[0.0; BUCKETS]; WINDOW],
            more: vec![more; WINDOW],
        }
    }

    /// The bucket and offset with which a window lets least more text pass.
    fn best(&self, need: Need<'_>) -> Hand {
        let positions = self.lookup.window();
        let before: [f32; BUCKETS] = array::from_fn(|bucket| {
            let passing = self.passing[..positions].iter();
            passing.map(|passing| passing[bucket]).product()
        });
        let mut least = f32::INFINITY;
        let mut best = Hand {
            bucket: 0,
            offset: 0,
        };
        for offset in need.offsets(positions) {
            let mut after = [1.0; BUCKETS];
            let bytes = window(need.literal, offset).into_iter().take(positions);
            for (position, byte) in bytes.enumerate() {
                if let Some(byte) = byte {
                    let passing = &self.passing[position];
                    let more = &self.more[position][usize::from(byte & 127)];
                    for (all, (passing, more)) in after.iter_mut().zip(passing.iter().zip(more)) {
                        *all *= (passing + more).min(1.0);
                    }
                }
            }
            for (bucket, (after, before)) in after.iter().zip(before).enumerate() {
                if after - before < least {
                    least = after - before;
                    best = Hand { bucket, offset };
                }
            }
        }
        best
    }

    /// Puts a window into a bucket, or takes it out again.
    fn change(&mut self, change: Change, literal: &[u8], hand: Hand) {
        let bytes = window(literal, hand.offset).into_iter();
        for (position, byte) in bytes.take(self.lookup.window()).enumerate() {
            let bucket = &mut self.buckets[hand.bucket];
            let count = match byte {
                None => &mut bucket.open[position],
                Some(byte) => &mut bucket.count[position][usize::from(byte & 127)],
            };
            let before = *count;
            *count = match change {
                Change::Put => before + 1,
                Change::Take => before - 1,
            };
            if let Some(byte) = byte
                && (before == 0 || *count == 0)
            {
                bucket.held[position] ^= 1 << (byte & 127);
                let reach = self.lookup.reach(bucket.held[position]);
                if bucket.reach[position] != reach {
                    bucket.reach[position] = reach;
                    let weights = self.lookup.weigh(reach);
                    bucket.passing[position] = weights.passing;
                    for byte in &self.used {
                        let byte = usize::from(*byte);
                        self.more[position][byte][hand.bucket] = weights.more[byte];
                    }
                }
            }
            self.passing[position][hand.bucket] = bucket.passing_at(position);
        }
    }
}

/// What is done with a window.
#[derive(Clone, Copy, Debug)]
enum Change {
    Put,
    Take,
}

impl Bucket {
    /// The share of ordinary bytes that pass at a position.
    fn passing_at(&self, position: usize) -> f32 {
        if self.open[position] > 0 {
            1.0
        } else {
            self.passing[position]
        }
    }
}
