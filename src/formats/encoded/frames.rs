//! The engine API's multiplexed streams: `[1|2|3, 0, 0, 0, u32 length]` before each piece of standard
//! output, standard error, or the engine's own errors. Source: moby `api/pkg/stdcopy`.

use super::{MAX_FRAME, Problems, Transcoder};

const HEADER: usize = 8;

/// Removes the frames. Lines stay whole: a frame may end inside a line, and the next frame of the other
/// stream must not continue it.
#[derive(Default)]
pub(super) struct RawFrames {
    /// What was not decoded yet: a frame counts only when the next one follows it.
    buffer: Vec<u8>,
    /// Where the buffer begins in the stream.
    at: u64,
    /// The unfinished line of each stream.
    lines: [Vec<u8>; 3],
    /// Looking for the next header after damage.
    lost: bool,
    problems: Problems,
}

impl Transcoder for RawFrames {
    fn push(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        self.buffer.extend_from_slice(bytes);
        self.decode(out, false);
    }

    fn finish(&mut self, out: &mut Vec<u8>) {
        self.decode(out, true);
        for line in self.lines.iter_mut().filter(|line| !line.is_empty()) {
            out.append(line);
            out.push(b'\n');
        }
    }

    fn problems(&self) -> &Problems {
        &self.problems
    }
}

/// What stands at a place in the stream.
enum Found {
    /// A frame: its stream, and the end of its payload.
    Frame(usize, usize),
    /// A frame that the end of the stream cut.
    Cut(usize),
    /// Something else; the next header may begin this many bytes later.
    Nothing(usize),
    /// More bytes are needed to know.
    Wait,
}

impl RawFrames {
    fn decode(&mut self, out: &mut Vec<u8>, ended: bool) {
        let buffer = std::mem::take(&mut self.buffer);
        let mut used = 0;
        while let Some(rest) = buffer.get(used..).filter(|rest| !rest.is_empty()) {
            let at = self.at + used as u64;
            match look(rest, ended) {
                Found::Wait => break,
                Found::Frame(stream, end) => {
                    self.lost = false;
                    self.payload(stream, rest.get(HEADER..end).unwrap_or_default(), at, out);
                    used += end;
                }
                Found::Cut(stream) => {
                    if !self.lost {
                        self.problems
                            .note("the last frame is cut off", at + rest.len() as u64);
                        let payload = rest.get(HEADER..).unwrap_or_default();
                        self.payload(stream, payload, at, out);
                    }
                    used += rest.len();
                }
                Found::Nothing(skip) => {
                    if !self.lost {
                        self.problems.note("no frame where one should begin", at);
                        self.lost = true;
                    }
                    used += skip;
                }
            }
        }
        self.at += used as u64;
        self.buffer = buffer;
        self.buffer.drain(..used.min(self.buffer.len()));
    }

    fn payload(&mut self, stream: usize, bytes: &[u8], at: u64, out: &mut Vec<u8>) {
        let Some(line) = self.lines.get_mut(stream) else {
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

/// Looks at what stands at the beginning of `rest`.
fn look(rest: &[u8], ended: bool) -> Found {
    let Some((header, payload)) = rest.split_first_chunk::<HEADER>() else {
        return if ended {
            Found::Cut(usize::MAX)
        } else {
            Found::Wait
        };
    };
    let Some((stream, length)) = read(*header) else {
        return Found::Nothing(1);
    };
    if payload.len() < length + HEADER && !ended {
        return Found::Wait;
    }
    let follows = payload
        .get(length..)
        .and_then(<[u8]>::first_chunk)
        .is_some_and(|next| read(*next).is_some());
    if follows || payload.len() == length {
        return Found::Frame(stream, HEADER + length);
    }
    // Either the next frame is damaged, or this length is wrong and swallows others.
    let inside = payload.get(..length).unwrap_or(payload);
    if let Some(other) = (0..inside.len()).find(|at| begins_frames(&payload[*at..], ended)) {
        return Found::Nothing(HEADER + other);
    }
    if payload.len() < length {
        Found::Cut(stream)
    } else {
        Found::Frame(stream, HEADER + length)
    }
}

/// Whether a frame stands here that is followed by another one or by the end.
fn begins_frames(bytes: &[u8], ended: bool) -> bool {
    bytes
        .split_first_chunk::<HEADER>()
        .and_then(|(header, payload)| payload.get(read(*header)?.1..))
        .is_some_and(|next| match next.first_chunk() {
            Some(header) => read(*header).is_some(),
            None => ended && next.is_empty(),
        })
}

/// Whether the stream begins with frames: two of them, or one that is all there is.
pub(super) fn claims(head: &[u8]) -> bool {
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
    use super::super::{Encoding, decoded};
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
