//! Logs inside something that is not lines. They are decoded piece by piece, in bounded memory, before
//! anything else looks at them.
//!
//! To add an encoding, write its file and its row of [`ENCODINGS`] (with its variant of [`Encoding`],
//! at the same place).

mod frames;
mod journal_export;
mod local;

use crate::model::InputKind;

/// The most that one frame, field or unfinished line may hold. The engine's pieces are 16 KiB; what
/// claims to be larger than this is damage.
const MAX_FRAME: usize = 1024 * 1024;

/// What a log can be wrapped in. In the order of `ENCODINGS`.
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

/// Everything about one encoding.
struct Row {
    encoding: Encoding,
    name: &'static str,
    /// What an input in this encoding is.
    kind: InputKind,
    /// What reports call it.
    words: &'static str,
    /// Whether a stream that begins with these bytes is in this encoding, when no row above claims it.
    claims: fn(&[u8]) -> bool,
    /// A decoder at the beginning of its stream.
    decoder: fn() -> Box<dyn Transcoder + Send>,
    /// A whole stream.
    #[cfg(test)]
    sample: fn() -> Vec<u8>,
}

/// All encodings, in the order in which they are recognised.
static ENCODINGS: [Row; Encoding::JournalExport as usize + 1] = [
    Row {
        encoding: Encoding::LocalDriver,
        name: "local",
        kind: InputKind::LocalLog,
        words: "a log of the local driver",
        claims: local::claims,
        decoder: || Box::<local::LocalDriver>::default(),
        #[cfg(test)]
        sample: local::tests::sample,
    },
    Row {
        encoding: Encoding::RawFrames,
        name: "raw-stream",
        kind: InputKind::RawStreamLog,
        words: "a raw log stream of the engine",
        claims: frames::claims,
        decoder: || Box::<frames::RawFrames>::default(),
        #[cfg(test)]
        sample: frames::tests::sample,
    },
    Row {
        encoding: Encoding::JournalExport,
        name: "journal-export",
        kind: InputKind::JournaldLog,
        words: "a container's log from the journal",
        claims: journal_export::claims,
        decoder: || Box::<journal_export::JournalExport>::default(),
        #[cfg(test)]
        sample: journal_export::tests::sample,
    },
];

/// Every encoding's row is at the encoding's own number.
const _: () = {
    let mut number = 0;
    while number < ENCODINGS.len() {
        assert!(ENCODINGS[number].encoding as usize == number);
        number += 1;
    }
};

impl Encoding {
    fn row(self) -> &'static Row {
        &ENCODINGS[self as usize]
    }

    /// The encoding's name.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.row().name
    }

    /// What an input in this encoding is.
    #[must_use]
    pub fn kind(self) -> InputKind {
        self.row().kind
    }

    /// What reports call an input of this kind, when it is encoded.
    pub(super) fn words_for(kind: InputKind) -> Option<&'static str> {
        let row = ENCODINGS.iter().find(|row| row.kind == kind)?;
        Some(row.words)
    }

    /// A decoder at the beginning of its stream.
    #[must_use]
    pub fn transcoder(self) -> Box<dyn Transcoder + Send> {
        (self.row().decoder)()
    }

    /// The encoding that `head` is in.
    pub(super) fn recognise(head: &[u8]) -> Option<Self> {
        let row = ENCODINGS.iter().find(|row| (row.claims)(head))?;
        Some(row.encoding)
    }
}

/// Turns a stream of bytes, given in pieces of any size, into whole lines. It never fails: damage is
/// passed over and counted. The lines do not depend on where the pieces were cut.
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
fn decoded(encoding: Encoding, bytes: &[u8]) -> (String, Problems) {
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

    #[test]
    fn each_is_recognised_and_no_other() {
        for row in &ENCODINGS {
            let bytes = (row.sample)();
            let expected = Some(row.encoding);
            assert_eq!(Encoding::recognise(&bytes), expected, "{}", row.name);
            // As the beginning of a longer stream.
            let head = &bytes[..bytes.len() - 3];
            assert_eq!(Encoding::recognise(head), expected, "{}", row.name);
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
        for row in &ENCODINGS {
            let (encoding, bytes) = (row.encoding, (row.sample)());
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
            for row in &ENCODINGS {
                decoded(row.encoding, &bytes);
            }
        }
    }
}
