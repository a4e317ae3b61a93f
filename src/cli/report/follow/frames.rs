//! The frames of a live answer. Each is taken apart as soon as it is whole; the reader of a file waits
//! for the next frame before it trusts one.

/// Before each frame: the stream's number, three zeros, the length.
const HEADER: usize = 8;
/// How much is kept of a line that does not end.
const LONGEST: usize = 8 << 20;

/// Removes the frames, and keeps the lines of the two streams apart.
#[derive(Default)]
pub(super) struct Frames {
    /// Lines come as they are: the container has a terminal.
    plain: Option<bool>,
    buffer: Vec<u8>,
    begun: [Vec<u8>; 4],
}

impl Frames {
    /// Takes the next bytes and returns the lines that are whole now.
    pub(super) fn push(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        let Some(first) = bytes.first() else {
            return out;
        };
        // Lines begin with a time.
        if *self.plain.get_or_insert(*first >= b' ') {
            add(&mut self.begun[0], bytes, &mut out);
            return out;
        }
        self.buffer.extend_from_slice(bytes);
        let mut rest = self.buffer.as_slice();
        while let Some((header, more)) = rest.split_first_chunk::<HEADER>() {
            let [stream, _, _, _, length @ ..] = *header;
            let length = usize::try_from(u32::from_be_bytes(length)).unwrap_or(usize::MAX);
            let Some((payload, more)) = more.split_at_checked(length) else {
                break;
            };
            add(&mut self.begun[usize::from(stream % 4)], payload, &mut out);
            rest = more;
        }
        let used = self.buffer.len() - rest.len();
        self.buffer.drain(..used);
        out
    }
}

/// Adds `bytes` to an unfinished line; whole lines go to `out`.
fn add(begun: &mut Vec<u8>, bytes: &[u8], out: &mut Vec<u8>) {
    let end = memchr::memrchr(b'\n', bytes).map_or(0, |end| end + 1);
    let (whole, rest) = bytes.split_at(end);
    if !whole.is_empty() {
        out.append(begun);
        out.extend_from_slice(whole);
    }
    let room = LONGEST.saturating_sub(begun.len());
    begun.extend_from_slice(&rest[..rest.len().min(room)]);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(stream: u8, text: &str) -> Vec<u8> {
        let mut frame = vec![stream, 0, 0, 0, 0, 0, 0, u8::try_from(text.len()).unwrap()];
        frame.extend(text.bytes());
        frame
    }

    #[test]
    fn whole_lines_are_there_at_once_and_streams_stay_apart() {
        let frames = [
            frame(1, "one\n"),
            frame(1, "be"),
            frame(2, "two\n"),
            frame(1, "gun\nre"),
        ]
        .concat();
        for size in 1..frames.len() {
            let mut all = Frames::default();
            let lines: Vec<u8> = frames
                .chunks(size)
                .flat_map(|piece| all.push(piece))
                .collect();
            assert_eq!(String::from_utf8(lines).unwrap(), "one\ntwo\nbegun\n");
        }
        let mut all = Frames::default();
        assert_eq!(
            all.push(&frame(1, "one\n")),
            b"one\n",
            "before the next comes"
        );
    }

    #[test]
    fn a_terminal_has_no_frames() {
        let mut all = Frames::default();
        assert_eq!(all.push(b"2026 one\n2026 tw"), b"2026 one\n");
        assert_eq!(all.push(b"o\n"), b"2026 two\n");
    }
}
