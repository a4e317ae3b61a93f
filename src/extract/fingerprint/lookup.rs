//! What a machine's tables tell apart, which decides what they let pass.

use super::{CLASSES, WINDOW, WINDOW_OF_HALVES};
use fearless_simd::Level;
use std::array;

/// Byte values that literals have and ordinary text mostly has.
pub(super) const BYTES: usize = 128;

/// A set of them.
pub(super) type Set = u128;

/// How often a byte stands in ordinary logs, per mille; bytes that are not ASCII do not matter.
/// Measured over recorded logs of web services, json-file records and their text.
#[rustfmt::skip]
const FREQUENCY: [u8; BYTES] = [
     0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  8,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,
    //     !  "  #  $  %  &  '  (  )  *  +  ,  -  .  /  0  1  2  3  4  5  6  7  8  9  :  ;  <  =  >  ?
    92,  0, 53,  0,  0,  0,  0,  0,  1,  1,  0,  1, 12, 22, 29, 16, 63, 57, 44, 18, 23, 16, 20, 13, 13, 14, 37,  0,  0,  4,  0,  1,
    //  @  A  B  C  D  E  F  G  H  I  J  K  L  M  N  O  P  Q  R  S  T  U  V  W  X  Y  Z  [  \  ]  ^  _
     0,  0,  0,  3,  2,  5,  5,  6,  4,  6,  0,  3,  3,  1,  5,  9,  6,  1,  1,  1, 18,  3,  0,  0,  0,  0,  5,  4, 20,  2,  1,  3,
    //  `  a  b  c  d  e  f  g  h  i  j  k  l  m  n  o  p  q  r  s  t  u  v  w  x  y  z  {  |  }  ~  
     0, 25,  8, 11, 13, 36,  4,  9,  6, 21,  0,  2, 14, 13, 19, 22, 12,  1, 18, 26, 33, 12,  5,  2,  2,  3,  0,  3,  0,  3,  0,  0,
];

/// The part of ordinary bytes that are each of these.
const SHARE: [f32; BYTES] = {
    let mut share = [0.0; BYTES];
    let mut byte = 0;
    while byte < BYTES {
        let per_mille = if FREQUENCY[byte] == 0 {
            1
        } else {
            FREQUENCY[byte]
        };
        share[byte] = per_mille as f32 / 1000.0;
        byte += 1;
    }
    share
};

/// How bytes are looked up.
#[derive(Clone, Debug)]
pub(in crate::extract) enum Lookup {
    /// By their class, at every place: a machine finds one of 64 at once.
    Classes(Box<Classes>),
    /// By their halves, at every second place: a machine finds one of sixteen at once.
    Halves,
}

/// What passes at one position of a bucket.
pub(super) struct Weights {
    /// The part of ordinary bytes.
    pub(super) passing: f32,
    /// How much more that is if this byte is to pass, too.
    pub(super) more: [f32; BYTES],
}

impl Lookup {
    /// What this machine does best.
    pub(super) fn of(level: Level, literals: &[String]) -> Self {
        #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
        if level.as_avx512().is_some() {
            return Self::by_class(literals);
        }
        let _ = (level, literals);
        Self::Halves
    }

    pub(super) fn by_class(literals: &[String]) -> Self {
        Self::Classes(Box::new(Classes::of(literals)))
    }

    /// Places from one window to the next.
    pub(super) const fn stride(&self) -> usize {
        match self {
            Self::Classes(_) => 1,
            Self::Halves => 2,
        }
    }

    /// Bytes of a window that are compared.
    pub(super) const fn window(&self) -> usize {
        match self {
            Self::Classes(_) => WINDOW,
            Self::Halves => WINDOW_OF_HALVES,
        }
    }

    /// The bytes that pass where these are to.
    pub(super) fn reach(&self, held: Set) -> Set {
        match self {
            Self::Classes(classes) => {
                let mut rest = held;
                let mut reach = 0;
                while rest != 0 {
                    let alike =
                        classes.members[usize::from(classes.of[rest.trailing_zeros() as usize])];
                    reach |= alike;
                    rest &= !alike;
                }
                reach
            }
            Self::Halves => {
                let rows = rows(held);
                let low = rows.iter().fold(0, |low, row| low | row);
                let reach = rows.map(|row| if row == 0 { 0 } else { low });
                reach
                    .iter()
                    .rev()
                    .fold(0, |reach, row| reach << 16 | Set::from(*row))
            }
        }
    }

    /// How much of ordinary bytes that is, and would be.
    pub(super) fn weigh(&self, reach: Set) -> Weights {
        match self {
            Self::Classes(classes) => classes.weigh(reach),
            Self::Halves => weigh_halves(reach),
        }
    }
}

/// Sums of products and no conditions: this is what takes the time of the dealing.
fn weigh_halves(reach: Set) -> Weights {
    let rows = rows(reach);
    let low = rows.iter().fold(0, |low, row| low | row);
    let is_low: [f32; 16] = array::from_fn(|at| f32::from(low >> at & 1));
    let is_high = rows.map(|row| if row == 0 { 0.0 } else { 1.0 });
    let mut passing = 0.0;
    // What passes of the bytes of a high half if it is to, and of those of each low half.
    let mut row = [0.0; 8];
    let mut column = [0.0; 16];
    for high in 0..8 {
        let share = &SHARE[16 * high..][..16];
        for low in 0..16 {
            column[low] += is_high[high] * share[low];
        }
        row[high] = is_low
            .iter()
            .zip(share)
            .map(|(low, share)| low * share)
            .sum();
        passing += is_high[high] * row[high];
    }
    let mut more = [0.0; BYTES];
    for high in 0..8 {
        let (more, share) = (&mut more[16 * high..][..16], &SHARE[16 * high..][..16]);
        let new_row = 1.0 - is_high[high];
        for low in 0..16 {
            let new_column = 1.0 - is_low[low];
            more[low] = new_row * (row[high] + new_column * share[low]) + new_column * column[low];
        }
    }
    Weights { passing, more }
}

/// A set by its bytes' high halves: a bit for each low one.
fn rows(set: Set) -> [u16; 8] {
    let bytes = set.to_le_bytes();
    array::from_fn(|high| u16::from_le_bytes([bytes[2 * high], bytes[2 * high + 1]]))
}

/// Sorts of bytes that are alike to the tables.
#[derive(Clone, Debug)]
pub(in crate::extract) struct Classes {
    /// The class of each byte.
    pub(super) of: [u8; BYTES],
    /// The bytes of each class.
    members: [Set; CLASSES],
    /// The part of ordinary bytes that are of each class.
    share: [f32; CLASSES],
}

impl Classes {
    /// The bytes of no literal are class 0, the others each their own, as far as the classes go; beyond
    /// that those share one that let least text through for each other.
    fn of(literals: &[String]) -> Self {
        let mut used = [0.0; BYTES];
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
                share: SHARE[usize::from(byte)],
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
            of: [0; BYTES],
            members: [Set::MAX; CLASSES],
            share: [0.0; CLASSES],
        };
        for (class, sort) in (1..).zip(sorts) {
            made.share[usize::from(class)] = sort.share;
            made.members[usize::from(class)] = 0;
            for byte in sort.bytes {
                made.of[usize::from(byte)] = class;
                made.members[usize::from(class)] |= 1 << byte;
                made.members[0] &= !(1 << byte);
            }
        }
        made
    }

    fn weigh(&self, reach: Set) -> Weights {
        let has = |byte: usize| reach >> byte & 1 != 0;
        let share = |byte: usize| self.share[usize::from(self.of[byte])];
        Weights {
            passing: (0..BYTES)
                .filter(|byte| has(*byte))
                .map(|byte| SHARE[byte])
                .sum(),
            more: array::from_fn(|byte| if has(byte) { 0.0 } else { share(byte) }),
        }
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
