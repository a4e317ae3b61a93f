//! The engine API's multiplexed streams: `[1|2|3, 0, 0, 0, u32 length]` before each piece of standard
//! output, standard error, or the engine's own errors. Source: moby `api/pkg/stdcopy`.

use super::transcode::{MAX_FRAME, Problems, Transcoder};

const HEADER: usize = 8;

/// Takes the frames away. Lines are kept whole: a frame may end inside of one, and the next frame of
/// the other stream must not go on in it.
#[derive(Default)]
pub(super) struct RawFrames {
    /// The header so far.
    header: Vec<u8>,
    /// The stream of the current frame, and how much of it is still to come.
    stream: usize,
    remaining: usize,
    /// The unfinished line of each stream.
    lines: [Vec<u8>; 3],
    /// Bytes taken so far.
    at: u64,
    /// Looking for the next header after damage.
    lost: bool,
    problems: Problems,
}

impl Transcoder for RawFrames {
    fn push(&mut self, mut bytes: &[u8], out: &mut Vec<u8>) {
        while let Some((&first, others)) = bytes.split_first() {
            if let Some((payload, rest)) = bytes
                .split_at_checked(self.remaining)
                .filter(|_| self.remaining > 0)
            {
                self.payload(payload, out);
                bytes = rest;
            } else if self.remaining > 0 {
                self.payload(bytes, out);
                bytes = &[];
            } else {
                self.header(first);
                bytes = others;
            }
        }
    }

    fn finish(&mut self, out: &mut Vec<u8>) {
        if !self.lost && (self.remaining > 0 || !self.header.is_empty()) {
            self.problems.note("the last frame is cut off", self.at);
        }
        for line in self.lines.iter_mut().filter(|line| !line.is_empty()) {
            out.append(line);
            out.push(b'\n');
        }
    }

    fn problems(&self) -> &Problems {
        &self.problems
    }
}

impl RawFrames {
    fn header(&mut self, byte: u8) {
        self.header.push(byte);
        self.at += 1;
        let Ok(header) = <&[u8; HEADER]>::try_from(&*self.header) else {
            return;
        };
        if let Some((stream, length)) = read(*header) {
            (self.stream, self.remaining, self.lost) = (stream, length, false);
            self.header.clear();
            return;
        }
        if !self.lost {
            self.problems
                .note("no frame where one should begin", self.at - HEADER as u64);
            self.lost = true;
        }
        self.header.remove(0);
    }

    fn payload(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        let at = self.at;
        self.at += bytes.len() as u64;
        self.remaining -= bytes.len();
        let Some(line) = self.lines.get_mut(self.stream) else {
            return;
        };
        if line.len() + bytes.len() <= MAX_FRAME {
            let end = memchr::memrchr(b'\n', bytes).map_or(0, |at| at + 1);
            let (whole, begun) = bytes.split_at(end);
            if !whole.is_empty() {
                out.append(line);
                out.extend_from_slice(whole);
            }
            line.extend_from_slice(begun);
            return;
        }
        for (at, &byte) in (at..).zip(bytes) {
            if byte != b'\n' && line.len() == MAX_FRAME {
                self.problems.note("a line of more than 1 MiB was cut", at);
                out.append(line);
                out.push(b'\n');
            }
            line.push(byte);
            if byte == b'\n' {
                out.append(line);
            }
        }
    }
}

/// Whether the stream begins with frames: two of them, or one that is all there is.
pub(super) fn recognise(head: &[u8]) -> bool {
    let mut rest = head;
    for frames in 0.. {
        let Some((header, payload)) = rest.split_first_chunk::<HEADER>() else {
            return frames > 0;
        };
        let Some((_, length)) = read(*header) else {
            return frames > 1;
        };
        match payload.get(length..) {
            Some(next) => rest = next,
            None => return true,
        }
    }
    false
}

/// A header's stream, from 0, and the length of its frame.
fn read(header: [u8; HEADER]) -> Option<(usize, usize)> {
    let [stream @ 1..=3, 0, 0, 0, length @ ..] = header else {
        return None;
    };
    let length = u32::from_be_bytes(length) as usize;
    (1..=MAX_FRAME)
        .contains(&length)
        .then_some((usize::from(stream - 1), length))
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::transcode::{Encoding, decoded};
    use super::*;

    fn framed(stream: u8, payload: &str) -> Vec<u8> {
        [
            &[stream, 0, 0, 0][..],
            &u32::try_from(payload.len()).unwrap().to_be_bytes(),
            payload.as_bytes(),
        ]
        .concat()
    }

    pub(in super::super) fn sample() -> Vec<u8> {
        [
            framed(2, "Started server process [1]\n"),
            framed(1, "one "),
            framed(2, "other\nbegun "),
            framed(1, "line\n"),
            framed(2, "ended\n"),
            framed(1, "without an end"),
        ]
        .concat()
    }

    #[test]
    fn lines_stay_whole() {
        let lines = "Started server process [1]\nother\none line\nbegun ended\nwithout an end\n";
        assert_eq!(
            decoded(Encoding::RawFrames, &sample()),
            (lines.to_owned(), Problems::default())
        );
    }

    #[test]
    fn frames_after_damage_are_found() {
        let bytes = [framed(1, "one\n"), b"garbage".to_vec(), framed(1, "two\n")].concat();
        let (lines, problems) = decoded(Encoding::RawFrames, &bytes);
        assert_eq!(lines, "one\ntwo\n");
        assert_eq!(
            problems,
            Problems {
                count: 1,
                first: Some(("no frame where one should begin", 12))
            }
        );
    }

    #[test]
    fn an_endless_line_is_cut() {
        let piece = framed(1, &"x".repeat(MAX_FRAME));
        let mut transcoder = Encoding::RawFrames.transcoder();
        let mut out = Vec::new();
        for _ in 0..3 {
            transcoder.push(&piece, &mut out);
        }
        transcoder.finish(&mut out);
        assert_eq!(out.len(), 3 * MAX_FRAME + 3);
        assert_eq!(transcoder.problems().count, 2);
    }
}
