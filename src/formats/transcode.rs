//! Logs inside of something that is not lines: decoded piece by piece, in bounded memory, before
//! anything else looks at them.

use super::{frames, journal_export, local};
use crate::model::InputKind;

/// The most that one frame, field or unfinished line may hold. The engine's pieces are 16 KiB; what
/// claims to be larger than this is damage.
pub const MAX_FRAME: usize = 1024 * 1024;

/// What a log can be wrapped in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Encoding {
    /// Docker's `local` driver: length-prefixed protobuf. Becomes [`LogFormat::Cri`](super::LogFormat).
    LocalDriver,
    /// The engine API's multiplexed streams. Becomes the text inside, timestamped or plain.
    RawFrames,
    /// `journalctl -o export`. Becomes what `-o json` would have printed, without the limit on the
    /// length of a value.
    JournalExport,
}

impl Encoding {
    /// What an input in this encoding is called.
    #[must_use]
    pub fn kind(self) -> InputKind {
        match self {
            Self::LocalDriver => InputKind::LocalLog,
            Self::RawFrames => InputKind::RawStreamLog,
            Self::JournalExport => InputKind::JournaldLog,
        }
    }

    /// A decoder at the beginning of its stream.
    #[must_use]
    pub fn transcoder(self) -> Box<dyn Transcoder + Send> {
        match self {
            Self::LocalDriver => Box::<local::LocalDriver>::default(),
            Self::RawFrames => Box::<frames::RawFrames>::default(),
            Self::JournalExport => Box::<journal_export::JournalExport>::default(),
        }
    }

    /// The encoding that `head` is in.
    #[must_use]
    pub(super) fn recognise(head: &[u8]) -> Option<Self> {
        if local::recognise(head) {
            Some(Self::LocalDriver)
        } else if frames::recognise(head) {
            Some(Self::RawFrames)
        } else if journal_export::recognise(head) {
            Some(Self::JournalExport)
        } else {
            None
        }
    }
}

/// Turns a stream of bytes, given in pieces of any size, into whole lines. Total: damage is passed
/// over and counted. The lines do not depend on where the pieces were cut.
pub trait Transcoder {
    /// Takes the next bytes and appends the lines that are complete to `out`.
    fn push(&mut self, bytes: &[u8], out: &mut Vec<u8>);

    /// The stream has ended: appends what is left as lines.
    fn finish(&mut self, out: &mut Vec<u8>);

    /// What was wrong so far.
    fn problems(&self) -> &Problems;
}

/// Damage in an encoded stream: how much, and the first of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problems {
    /// How many places were damaged.
    pub count: u64,
    /// What is wrong at the first, and where in the encoded stream.
    pub first: Option<(&'static str, u64)>,
}

impl Problems {
    pub(super) fn note(&mut self, what: &'static str, at: u64) {
        self.count += 1;
        self.first.get_or_insert((what, at));
    }
}

/// Decodes `bytes` at once and again in every other size of pieces; the lines must be the same.
#[cfg(test)]
pub(super) fn decoded(encoding: Encoding, bytes: &[u8]) -> (String, Problems) {
    let run = |size: usize| {
        let mut transcoder = encoding.transcoder();
        let mut out = Vec::new();
        for piece in bytes.chunks(size) {
            transcoder.push(piece, &mut out);
        }
        transcoder.finish(&mut out);
        (
            out.escape_ascii()
                .to_string()
                .replace("\\n", "\n")
                .replace("\\\"", "\""),
            transcoder.problems().clone(),
        )
    };
    let whole = run(bytes.len().max(1));
    for size in [1, 2, 3, 7, 64] {
        assert_eq!(run(size), whole, "in pieces of {size}");
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENCODINGS: [Encoding; 3] = [
        Encoding::LocalDriver,
        Encoding::RawFrames,
        Encoding::JournalExport,
    ];

    fn samples() -> [(Encoding, Vec<u8>); 3] {
        [
            (Encoding::LocalDriver, local::tests::sample()),
            (Encoding::RawFrames, frames::tests::sample()),
            (Encoding::JournalExport, journal_export::tests::sample()),
        ]
    }

    #[test]
    fn each_is_recognised_and_no_other() {
        for (encoding, bytes) in samples() {
            assert_eq!(Encoding::recognise(&bytes), Some(encoding));
            // As the beginning of a longer stream.
            assert_eq!(
                Encoding::recognise(&bytes[..bytes.len() - 3]),
                Some(encoding)
            );
        }
        for bytes in [
            &b""[..],
            &[0; 64],
            b"\x01",
            b"text\n",
            b"{\"a\":1}\n",
            b"\xff\xfe\x41\0\x42\0",
        ] {
            assert_eq!(Encoding::recognise(bytes), None, "{}", bytes.escape_ascii());
        }
    }

    #[test]
    fn what_is_cut_or_flipped_is_a_problem_and_no_panic() {
        for (encoding, bytes) in samples() {
            assert_eq!(decoded(encoding, &bytes).1, Problems::default());
            for at in 0..bytes.len() {
                decoded(encoding, &bytes[..at]);
                decoded(encoding, &bytes[at..]);
                let mut flipped = bytes.clone();
                flipped[at] ^= 0xff;
                decoded(encoding, &flipped);
            }
        }
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_a_decoder_panic(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..200)) {
            for encoding in ENCODINGS {
                decoded(encoding, &bytes);
            }
        }
    }
}
