//! Eight bytes of each literal, dealt to eight buckets so that ordinary text passes few of them.
//!
//! The block's one pass compares eight consecutive bytes with all literals at once: for each of the
//! eight positions a table says, for a byte value, which buckets hold a literal with that byte there,
//! as a bit each. Text passes where one bucket's bit survives all positions; only there the
//! literals themselves are compared. A bucket also lets mixtures of its literals through, so those
//! that share letters at the same positions belong together, and each literal may put any eight of
//! its bytes forward. The dealing is a search for little text that passes.

use std::ops::ControlFlow;

/// Bytes of a literal that are compared at once; those of a shorter one count as alike beyond its end.
pub(super) const WINDOW: usize = 8;
/// Of those the bytes that are hashed: the literals of packs have as many at least.
const HASHED: usize = 5;
/// Buckets: a bit each of a byte.
const BUCKETS: usize = 8;
/// How often the dealing is gone over again.
const SWEEPS: usize = 3;

/// How often a byte stands in ordinary logs, per mille; bytes that are not ASCII do not matter.
/// Measured over recorded logs of web services, json-file records and their text.
#[rustfmt::skip]
const FREQUENCY: [u8; 128] = [
     0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  8,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,
    //     !  "  #  $  %  &  '  (  )  *  +  ,  -  .  /  0  1  2  3  4  5  6  7  8  9  :  ;  <  =  >  ?
    92,  0, 53,  0,  0,  0,  0,  0,  1,  1,  0,  1, 12, 22, 29, 16, 63, 57, 44, 18, 23, 16, 20, 13, 13, 14, 37,  0,  0,  4,  0,  1,
    //  @  A  B  C  D  E  F  G  H  I  J  K  L  M  N  O  P  Q  R  S  T  U  V  W  X  Y  Z  [  \  ]  ^  _
     0,  0,  0,  3,  2,  5,  5,  6,  4,  6,  0,  3,  3,  1,  5,  9,  6,  1,  1,  1, 18,  3,  0,  0,  0,  0,  5,  4, 20,  2,  1,  3,
    //  `  a  b  c  d  e  f  g  h  i  j  k  l  m  n  o  p  q  r  s  t  u  v  w  x  y  z  {  |  }  ~  
     0, 25,  8, 11, 13, 36,  4,  9,  6, 21,  0,  2, 14, 13, 19, 22, 12,  1, 18, 26, 33, 12,  5,  2,  2,  3,  0,  3,  0,  3,  0,  0,
];

/// The tables of the pass, and what each bucket's bit stands for.
#[derive(Clone, Debug)]
pub(super) struct Fingerprints {
    /// For each position and byte value, the buckets that have it there.
    pub(super) exact: [[u8; 128]; WINDOW],
    /// The same for the byte's low four bits, for machines that can look up sixteen values at once.
    pub(super) low: [[u8; 16]; WINDOW],
    /// And for its high four bits.
    pub(super) high: [[u8; 16]; WINDOW],
    buckets: [Held; BUCKETS],
    /// A bit for each value that the first bytes of some literal's eight may hash to.
    known: [u64; 64],
}

/// The literals of one bucket.
#[derive(Clone, Debug, Default)]
struct Held {
    /// Of each literal its eight bytes, and which of them there are.
    windows: Vec<(u64, u64)>,
    literals: Vec<Literal>,
}

#[derive(Clone, Debug)]
struct Literal {
    bytes: Box<[u8]>,
    /// Where in it the eight bytes stand.
    offset: usize,
    /// Its place among the literals that were dealt.
    number: usize,
}

impl Held {
    fn push(&mut self, literal: &[u8], offset: usize, number: usize) {
        let mask = window(literal, offset).map(|byte| if byte.is_some() { u8::MAX } else { 0 });
        self.windows
            .push((eight(literal, offset), u64::from_le_bytes(mask)));
        self.literals.push(Literal {
            bytes: literal.into(),
            offset,
            number,
        });
    }

    /// Calls `take` with the begin and the number of each literal whose eight bytes are `here`, those
    /// at `at`, until it wants no more.
    #[inline]
    fn at(
        &self,
        text: &[u8],
        at: usize,
        here: u64,
        take: &mut impl FnMut(usize, usize) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        for ((window, mask), literal) in self.windows.iter().zip(&self.literals) {
            if here & mask == *window
                && let Some(begin) = at.checked_sub(literal.offset)
                && text[begin..].starts_with(&literal.bytes)
            {
                take(begin, literal.number)?;
            }
        }
        ControlFlow::Continue(())
    }
}

impl Fingerprints {
    /// Deals out these literals, none of them empty.
    pub(super) fn of(literals: &[String]) -> Self {
        let mut made = Self {
            exact: [[0; 128]; WINDOW],
            low: [[0; 16]; WINDOW],
            high: [[0; 16]; WINDOW],
            buckets: Default::default(),
            known: [0; 64],
        };
        for (number, (literal, hand)) in literals.iter().zip(deal(literals)).enumerate() {
            made.put(literal.as_bytes(), number, hand);
        }
        made
    }

    fn put(&mut self, literal: &[u8], number: usize, hand: Hand) {
        let bit = 1 << hand.bucket;
        for (position, byte) in window(literal, hand.offset).into_iter().enumerate() {
            if let Some(byte) = byte {
                self.exact[position][usize::from(byte & 127)] |= bit;
                self.low[position][usize::from(byte & 15)] |= bit;
                self.high[position][usize::from(byte >> 4)] |= bit;
            } else {
                self.exact[position].iter_mut().for_each(|set| *set |= bit);
                self.low[position].iter_mut().for_each(|set| *set |= bit);
                self.high[position].iter_mut().for_each(|set| *set |= bit);
            }
        }
        if literal.len() < HASHED {
            self.known = [u64::MAX; 64];
        } else {
            let (word, bit) = hash(eight(literal, hand.offset));
            self.known[word] |= 1 << bit;
        }
        self.buckets[hand.bucket].push(literal, hand.offset, number);
    }

    /// Whether the eight bytes at `at` can be those of a literal. The tables let many through that mix
    /// those of several; this costs next to nothing and leaves one in twenty of them.
    #[inline]
    pub(super) fn may_be(&self, text: &[u8], at: usize) -> bool {
        let (word, bit) = hash(eight(text, at));
        self.known[word] & (1 << bit) != 0
    }

    /// Where a literal begins whose eight bytes stand at `at`, if there is one. `buckets` are the bits
    /// that survived there.
    pub(super) fn verify(&self, text: &[u8], at: usize, buckets: u8) -> Option<usize> {
        let mut found = None;
        let _ = self.literals(text, at, buckets, |begin, _| {
            found = Some(begin);
            ControlFlow::Break(())
        });
        found
    }

    /// Calls `take` with the begin and the number of each literal whose eight bytes stand at `at`,
    /// until it wants no more.
    pub(super) fn literals(
        &self,
        text: &[u8],
        at: usize,
        buckets: u8,
        mut take: impl FnMut(usize, usize) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let here = eight(text, at);
        let mut bits = buckets;
        while bits != 0 {
            let bucket = bits.trailing_zeros() as usize;
            bits &= bits - 1;
            self.buckets[bucket].at(text, at, here, &mut take)?;
        }
        ControlFlow::Continue(())
    }
}

/// Spreads the first bytes of eight over the bits of [`Fingerprints::known`]: a word and a bit of it.
#[inline]
fn hash(here: u64) -> (usize, u32) {
    // 2^64 divided by the golden ratio; shifted, it leaves the other bytes out of the product.
    const FACTOR: u64 = 0x9E37_79B9_7F4A_7C15 << (8 * (WINDOW - HASHED));
    let hash = here.wrapping_mul(FACTOR);
    ((hash >> 58) as usize, (hash >> 52) as u32 & 63)
}

/// The eight bytes at `at`; beyond the end of the text they are 0.
fn eight(text: &[u8], at: usize) -> u64 {
    let rest = text.get(at..).unwrap_or_default();
    let bytes = rest.first_chunk().copied().unwrap_or_else(|| {
        let mut bytes = [0; WINDOW];
        bytes[..rest.len()].copy_from_slice(rest);
        bytes
    });
    u64::from_le_bytes(bytes)
}

/// Where a literal went: the bucket, and the offset of its eight bytes.
#[derive(Clone, Copy, Debug)]
struct Hand {
    bucket: usize,
    offset: usize,
}

/// The eight bytes of a literal from `offset` on; `None` beyond its end.
fn window(literal: &[u8], offset: usize) -> [Option<u8>; WINDOW] {
    std::array::from_fn(|position| literal.get(offset + position).copied())
}

/// Deals literals to buckets: each where it adds least, then each again, now that the others are there.
fn deal(literals: &[String]) -> Vec<Hand> {
    let mut table: [Bucket; BUCKETS] = std::array::from_fn(|_| Bucket::default());
    let mut hands: Vec<Option<Hand>> = vec![None; literals.len()];
    for _ in 0..SWEEPS {
        for (literal, hand) in literals.iter().zip(&mut hands) {
            let literal = literal.as_bytes();
            if let Some(old) = *hand {
                table[old.bucket].remove(literal, old.offset);
            }
            let best = (0..=literal.len().saturating_sub(WINDOW))
                .flat_map(|offset| (0..BUCKETS).map(move |bucket| Hand { bucket, offset }))
                .map(|hand| (table[hand.bucket].cost_with(literal, hand.offset), hand))
                .min_by(|a, b| a.0.total_cmp(&b.0));
            let (_, new) = best.unwrap_or((
                0.0,
                Hand {
                    bucket: 0,
                    offset: 0,
                },
            ));
            table[new.bucket].add(literal, new.offset);
            *hand = Some(new);
        }
    }
    hands.into_iter().flatten().collect()
}

/// What is in one bucket, while literals are dealt.
#[derive(Clone, Debug)]
struct Bucket {
    /// How many literals have this byte at this position.
    count: [[u8; 128]; WINDOW],
    /// How many have no byte at this position.
    open: [usize; WINDOW],
    /// The part of ordinary bytes that pass at each position.
    passing: [f32; WINDOW],
}

impl Default for Bucket {
    fn default() -> Self {
        Self {
            count: [[0; 128]; WINDOW],
            open: [0; WINDOW],
            passing: [0.0; WINDOW],
        }
    }
}

impl Bucket {
    /// How much more of ordinary text would pass with this literal.
    fn cost_with(&self, literal: &[u8], offset: usize) -> f32 {
        let (mut before, mut after) = (1.0, 1.0);
        for (position, byte) in window(literal, offset).into_iter().enumerate() {
            let passing = self.passing(position);
            before *= passing;
            after *= match byte {
                None => 1.0,
                Some(_) if self.open[position] > 0 => 1.0,
                Some(byte) if self.count[position][usize::from(byte & 127)] > 0 => passing,
                Some(byte) => passing + frequency(byte),
            };
        }
        after - before
    }

    fn passing(&self, position: usize) -> f32 {
        if self.open[position] > 0 {
            1.0
        } else {
            self.passing[position]
        }
    }

    fn add(&mut self, literal: &[u8], offset: usize) {
        for (position, byte) in window(literal, offset).into_iter().enumerate() {
            match byte {
                None => self.open[position] += 1,
                Some(byte) => {
                    let count = &mut self.count[position][usize::from(byte & 127)];
                    if *count == 0 {
                        self.passing[position] += frequency(byte);
                    }
                    *count = count.saturating_add(1);
                }
            }
        }
    }

    fn remove(&mut self, literal: &[u8], offset: usize) {
        for (position, byte) in window(literal, offset).into_iter().enumerate() {
            match byte {
                None => self.open[position] -= 1,
                Some(byte) => {
                    let count = &mut self.count[position][usize::from(byte & 127)];
                    *count -= 1;
                    if *count == 0 {
                        self.passing[position] -= frequency(byte);
                    }
                }
            }
        }
    }
}

/// The part of ordinary bytes that are this one.
fn frequency(byte: u8) -> f32 {
    f32::from(FREQUENCY[usize::from(byte & 127)].max(1)) / 1000.0
}
