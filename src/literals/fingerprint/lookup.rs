//! Which bytes a machine's tables tell apart, and so how much text they let pass.

use super::{WINDOW_OF_CLASSES, WINDOW_OF_HALVES};
use fearless_simd::Level;
use std::array;

/// ASCII bytes: literals and ordinary text have few others.
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

/// The share of each byte in ordinary text.
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
#[derive(Clone, Copy, Debug)]
pub(super) enum Lookup {
    /// By their class, one of 64: AVX-512.
    Classes,
    /// By their halves, one of sixteen each.
    Halves,
}

/// How much text passes at one position of a bucket.
pub(super) struct Weights {
    /// The share of ordinary bytes that pass.
    pub(super) passing: f32,
    /// By how much each byte would raise that share if it passed, too.
    pub(super) more: [f32; BYTES],
}

impl Lookup {
    /// The fastest look-up of a machine.
    pub(super) fn fastest(level: Level) -> Self {
        #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
        if level.as_avx512().is_some() {
            return Self::Classes;
        }
        let _ = level;
        Self::Halves
    }

    /// Bytes of a window that are compared.
    pub(super) const fn window(self) -> usize {
        match self {
            Self::Classes => WINDOW_OF_CLASSES,
            Self::Halves => WINDOW_OF_HALVES,
        }
    }

    /// The bytes that pass if these are to.
    pub(super) fn reach(self, held: Set) -> Set {
        match self {
            Self::Classes => held | others_of_class(held),
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

    /// The share of ordinary bytes that they are.
    pub(super) fn weigh(self, reach: Set) -> Weights {
        match self {
            Self::Classes => weigh_classes(reach),
            Self::Halves => weigh_halves(reach),
        }
    }
}

/// The class of an ASCII byte. A small letter shares its class with a control character, a capital with
/// a digit or mark: ordinary text has few of either. Three instructions find a class, beside the look-ups.
pub(super) const fn class_of(byte: u8) -> u8 {
    (byte ^ (byte >> 1 & 0x20)) & 0x3F
}

/// The other bytes of the same classes: those with the same low five bits.
const fn others_of_class(set: Set) -> Set {
    const EVERY_OTHER_WORD: Set = u32::MAX as Set | (u32::MAX as Set) << 64;
    let halves = set.rotate_right(64);
    (halves & EVERY_OTHER_WORD) << 32 | halves >> 32 & EVERY_OTHER_WORD
}

/// The share of each byte's class in ordinary text.
const SHARE_OF_CLASS: [f32; BYTES] = {
    let mut share = SHARE;
    let mut byte = 0;
    while byte < BYTES {
        let other = others_of_class(1 << byte).trailing_zeros() as usize;
        share[byte] += SHARE[other];
        byte += 1;
    }
    share
};

fn weigh_classes(reach: Set) -> Weights {
    let rows = rows(reach);
    let has: [f32; BYTES] = array::from_fn(|byte| f32::from(rows[byte / 16] >> (byte % 16) & 1));
    Weights {
        passing: has.iter().zip(SHARE).map(|(has, share)| has * share).sum(),
        more: array::from_fn(|byte| (1.0 - has[byte]) * SHARE_OF_CLASS[byte]),
    }
}

/// Sums of products without branches: the dealing spends its time here.
fn weigh_halves(reach: Set) -> Weights {
    let rows = rows(reach);
    let low = rows.iter().fold(0, |low, row| low | row);
    let is_low: [f32; 16] = array::from_fn(|at| f32::from(low >> at & 1));
    let is_high = rows.map(|row| if row == 0 { 0.0 } else { 1.0 });
    let mut passing = 0.0;
    // The share that each high half adds if it passes, and each low half.
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

/// A set by high halves of bytes: one bit for each low half.
fn rows(set: Set) -> [u16; 8] {
    let bytes = set.to_le_bytes();
    array::from_fn(|high| u16::from_le_bytes([bytes[2 * high], bytes[2 * high + 1]]))
}
