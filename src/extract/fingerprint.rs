//! Eight bytes of each literal, dealt to eight buckets so that ordinary text passes few of them.
//!
//! The block's one pass compares eight consecutive bytes, a window, with all literals at once: for
//! each of the eight positions a table says, for a class of bytes, which buckets hold a literal with
//! such a byte there, as a bit each. Text passes where one bucket's bit survives all positions; only
//! there the literals themselves are compared, those whose window has the same hash. A bucket also
//! lets mixtures of its literals through, so those that share letters at the same positions belong
//! together, and each literal may put any eight of its bytes forward. The dealing is a search for
//! little text that passes.

/// Bytes of a literal that are compared at once; those of a shorter one count as alike beyond its end.
pub(super) const WINDOW: usize = 8;
/// Of those the bytes that are hashed: the literals of packs have as many at least.
const HASHED: usize = 5;
/// What they are hashed to: so many numbers.
const HASHES: usize = 1 << HASH_BITS;
/// Their bits.
const HASH_BITS: u32 = 12;
/// Buckets: a bit each of a byte.
const BUCKETS: usize = 8;
/// Classes of bytes: as many as a machine that looks up among 128 of them can look up among in one go.
pub(super) const CLASSES: usize = 64;
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
    /// The class of each byte value.
    pub(super) class: [u8; 128],
    /// For each position and class, the buckets that have a byte of it there.
    pub(super) by_class: [[u8; CLASSES]; WINDOW],
    /// The same for a byte's low four bits, for machines that can look up sixteen values at once.
    pub(super) low: [[u8; 16]; WINDOW],
    /// And for its high four bits.
    pub(super) high: [[u8; 16]; WINDOW],
    /// The literals, in the order of their hashes.
    literals: Vec<Literal>,
    /// For each hash, the first of the literals that has it or a later one.
    by_hash: Vec<usize>,
    /// A bit for each hash that some literal has: all that most text is asked.
    known: [u64; HASHES / 64],
}

#[derive(Clone, Debug)]
struct Literal {
    bytes: Box<[u8]>,
    /// Where in it the eight bytes stand.
    offset: usize,
    /// Its place among the literals that were dealt.
    number: usize,
}

impl Fingerprints {
    /// Deals out these literals, none of them empty.
    pub(super) fn of(literals: &[String]) -> Self {
        let classes = Classes::of(literals);
        let mut made = Self {
            class: classes.of,
            by_class: [[0; CLASSES]; WINDOW],
            low: [[0; 16]; WINDOW],
            high: [[0; 16]; WINDOW],
            literals: Vec::with_capacity(literals.len()),
            by_hash: vec![0; HASHES + 1],
            known: [0; HASHES / 64],
        };
        for (number, (literal, hand)) in literals.iter().zip(deal(literals, &classes)).enumerate() {
            made.put(literal.as_bytes(), hand);
            made.literals.push(Literal {
                bytes: literal.as_bytes().into(),
                offset: hand.offset,
                number,
            });
        }
        made.index();
        made
    }

    /// Sets a literal's bits in the tables.
    fn put(&mut self, literal: &[u8], hand: Hand) {
        let bit = 1 << hand.bucket;
        for (position, byte) in window(literal, hand.offset).into_iter().enumerate() {
            if let Some(byte) = byte {
                let class = self.class[usize::from(byte & 127)];
                self.by_class[position][usize::from(class)] |= bit;
                self.low[position][usize::from(byte & 15)] |= bit;
                self.high[position][usize::from(byte >> 4)] |= bit;
            } else {
                self.by_class[position]
                    .iter_mut()
                    .for_each(|set| *set |= bit);
                self.low[position].iter_mut().for_each(|set| *set |= bit);
                self.high[position].iter_mut().for_each(|set| *set |= bit);
            }
        }
    }

    /// Sorts the literals by their hashes, those that have none last.
    fn index(&mut self) {
        let hash = |literal: &Literal| literal.hash().unwrap_or(HASHES);
        self.literals.sort_by_key(hash);
        let hashes: Vec<usize> = self.literals.iter().map(hash).collect();
        for (number, begin) in self.by_hash.iter_mut().enumerate() {
            *begin = hashes.partition_point(|hash| *hash < number);
        }
        for hash in hashes {
            if hash == HASHES {
                self.known = [u64::MAX; HASHES / 64];
            } else {
                self.known[hash / 64] |= 1 << (hash % 64);
            }
        }
    }

    /// Whether a literal's window may begin at `at`. The tables let many through that mix those of
    /// several; this costs next to nothing and leaves one in twenty of them.
    #[inline]
    pub(super) fn may_be(&self, text: &[u8], at: usize) -> bool {
        let hash = hash(text, at);
        self.known[hash / 64] & (1 << (hash % 64)) != 0
    }

    /// Calls `take` with the begin and the number of each literal whose window begins at `at`.
    pub(super) fn literals(&self, text: &[u8], at: usize, mut take: impl FnMut(usize, usize)) {
        let hash = hash(text, at);
        let alike = &self.literals[self.by_hash[hash]..self.by_hash[hash + 1]];
        let short = &self.literals[self.by_hash[HASHES]..];
        for literal in alike.iter().chain(short) {
            // Those of one subject mostly have the same window, and differ in how they end.
            if let Some(begin) = at.checked_sub(literal.offset)
                && text.get(begin + literal.bytes.len() - 1) == literal.bytes.last()
                && text[begin..].starts_with(&literal.bytes)
            {
                take(begin, literal.number);
            }
        }
    }
}

impl Literal {
    /// What the window hashes to; a literal that is shorter than what is hashed has none.
    fn hash(&self) -> Option<usize> {
        (self.bytes.len() >= HASHED).then(|| hash(&self.bytes, self.offset))
    }
}

/// Spreads the first bytes of a window over [`HASHES`] numbers. Beyond the end of the text they are 0.
#[inline]
fn hash(text: &[u8], at: usize) -> usize {
    // 2^64 divided by the golden ratio; shifted, it leaves the bytes behind those out of the product.
    const FACTOR: u64 = 0x9E37_79B9_7F4A_7C15 << (64 - 8 * HASHED);
    let rest = text.get(at..).unwrap_or_default();
    let bytes = rest.first_chunk().copied().unwrap_or_else(|| {
        let mut bytes = [0; 8];
        bytes[..rest.len()].copy_from_slice(rest);
        bytes
    });
    (u64::from_le_bytes(bytes).wrapping_mul(FACTOR) >> (64 - HASH_BITS)) as usize
}

/// Where a literal went: the bucket, and the offset of its window.
#[derive(Clone, Copy, Debug)]
struct Hand {
    bucket: usize,
    offset: usize,
}

/// The window of a literal from `offset` on; `None` beyond its end.
fn window(literal: &[u8], offset: usize) -> [Option<u8>; WINDOW] {
    std::array::from_fn(|position| literal.get(offset + position).copied())
}

/// Sorts of bytes that are alike to the tables.
#[derive(Clone, Debug)]
struct Classes {
    /// The class of each byte.
    of: [u8; 128],
    /// The part of ordinary bytes that are of each class.
    share: [f32; CLASSES],
}

impl Classes {
    /// The bytes of no literal are class 0, the others each their own, as far as the classes go; beyond
    /// that those share one that let least text through for each other.
    fn of(literals: &[String]) -> Self {
        let mut used = [0.0; 128];
        for literal in literals {
            let mut bytes: Vec<u8> = literal.bytes().map(|byte| byte & 127).collect();
            bytes.sort_unstable();
            bytes.dedup();
            for byte in bytes {
                used[usize::from(byte)] += 1.0;
            }
        }
        let mut sorts: Vec<Sort> = (0..128)
            .filter(|byte| used[usize::from(*byte)] > 0.0)
            .map(|byte| Sort {
                bytes: vec![byte],
                used: used[usize::from(byte)],
                share: frequency(byte),
            })
            .collect();
        while sorts.len() >= CLASSES {
            let pairs = (1..sorts.len()).flat_map(|b| (0..b).map(move |a| (a, b)));
            let cost = |(a, b): (usize, usize)| sorts[a].cost_with(&sorts[b]);
            let Some((a, b)) = pairs.min_by(|x, y| cost(*x).total_cmp(&cost(*y))) else {
                break;
            };
            let other = sorts.swap_remove(b);
            sorts[a].join(other);
        }
        let mut made = Self {
            of: [0; 128],
            share: [0.0; CLASSES],
        };
        for (class, sort) in (1..).zip(sorts) {
            made.share[usize::from(class)] = sort.share;
            for byte in sort.bytes {
                made.of[usize::from(byte)] = class;
            }
        }
        made
    }

    /// The classes of a literal's bytes.
    fn spell(&self, literal: &str) -> Vec<u8> {
        literal
            .bytes()
            .map(|byte| self.of[usize::from(byte & 127)])
            .collect()
    }
}

/// A class in the making.
#[derive(Clone, Debug)]
struct Sort {
    bytes: Vec<u8>,
    /// How many literals hold each of its bytes, in sum.
    used: f32,
    /// The part of ordinary bytes that are of it.
    share: f32,
}

impl Sort {
    /// How much more of ordinary text would pass if both were one class.
    fn cost_with(&self, other: &Self) -> f32 {
        self.used * other.share + other.used * self.share
    }

    fn join(&mut self, other: Self) {
        self.bytes.extend(other.bytes);
        self.used += other.used;
        self.share += other.share;
    }
}

/// Deals literals to buckets: each where it adds least, then each again, now that the others are there.
fn deal(literals: &[String], classes: &Classes) -> Vec<Hand> {
    let mut table = Table::new(&classes.share);
    let spelled: Vec<Vec<u8>> = literals
        .iter()
        .map(|literal| classes.spell(literal))
        .collect();
    let mut hands: Vec<Option<Hand>> = vec![None; literals.len()];
    for _ in 0..SWEEPS {
        for (literal, hand) in spelled.iter().zip(&mut hands) {
            if let Some(old) = *hand {
                table.change(Change::Take, old.bucket, window(literal, old.offset));
            }
            let new = table.best(literal);
            table.change(Change::Put, new.bucket, window(literal, new.offset));
            *hand = Some(new);
        }
    }
    hands.into_iter().flatten().collect()
}

/// What is in the buckets, while literals are dealt. Literals are spelled in classes.
struct Table<'c> {
    /// The part of ordinary bytes that are of each class.
    share: &'c [f32; CLASSES],
    buckets: [Bucket; BUCKETS],
    /// For each position the part of ordinary bytes that each bucket lets pass there: side by side, as
    /// they are compared.
    passing: [[f32; BUCKETS]; WINDOW],
    /// For each position and class, how much more that is once a bucket holds a literal with that class
    /// there.
    more: [[[f32; BUCKETS]; CLASSES]; WINDOW],
}

/// What is in one bucket.
#[derive(Clone, Debug)]
struct Bucket {
    /// How many literals have this class at this position.
    count: [[u32; CLASSES]; WINDOW],
    /// How many have no byte at this position.
    open: [u32; WINDOW],
    /// The part of ordinary bytes that pass at each position.
    passing: [f32; WINDOW],
}

impl<'c> Table<'c> {
    fn new(share: &'c [f32; CLASSES]) -> Self {
        let bucket = Bucket {
            count: [[0; CLASSES]; WINDOW],
            open: [0; WINDOW],
            passing: [0.0; WINDOW],
        };
        Self {
            share,
            buckets: std::array::from_fn(|_| bucket.clone()),
            passing: [[0.0; BUCKETS]; WINDOW],
            more: [share.map(|share| [share; BUCKETS]); WINDOW],
        }
    }

    /// Where a literal lets least more of ordinary text pass.
    fn best(&self, literal: &[u8]) -> Hand {
        let before = self.buckets.each_ref().map(Bucket::passing);
        let mut least = f32::INFINITY;
        let mut best = Hand {
            bucket: 0,
            offset: 0,
        };
        for offset in 0..=literal.len().saturating_sub(WINDOW) {
            let mut after = [1.0; BUCKETS];
            for (position, class) in window(literal, offset).into_iter().enumerate() {
                if let Some(class) = class {
                    let passing = &self.passing[position];
                    let more = &self.more[position][usize::from(class)];
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

    /// Puts a literal into a bucket, or takes it out again.
    fn change(&mut self, change: Change, bucket: usize, window: [Option<u8>; WINDOW]) {
        for (position, class) in window.into_iter().enumerate() {
            let held = &mut self.buckets[bucket];
            let count = match class {
                None => &mut held.open[position],
                Some(class) => &mut held.count[position][usize::from(class)],
            };
            let before = *count;
            *count = match change {
                Change::Put => before + 1,
                Change::Take => before - 1,
            };
            if let Some(class) = class.map(usize::from)
                && (before == 0 || *count == 0)
            {
                let share = self.share[class];
                let more = &mut self.more[position][class][bucket];
                if before == 0 {
                    held.passing[position] += share;
                    *more = 0.0;
                } else {
                    held.passing[position] -= share;
                    *more = share;
                }
            }
            self.passing[position][bucket] = held.passing_at(position);
        }
    }
}

/// What is done with a literal.
#[derive(Clone, Copy, Debug)]
enum Change {
    Put,
    Take,
}

impl Bucket {
    /// The part of ordinary text that passes.
    fn passing(&self) -> f32 {
        (0..WINDOW)
            .map(|position| self.passing_at(position))
            .product()
    }

    fn passing_at(&self, position: usize) -> f32 {
        if self.open[position] > 0 {
            1.0
        } else {
            self.passing[position]
        }
    }
}

/// The part of ordinary bytes that are this one.
fn frequency(byte: u8) -> f32 {
    f32::from(FREQUENCY[usize::from(byte & 127)].max(1)) / 1000.0
}
