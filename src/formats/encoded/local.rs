//! Docker's `local` driver: `u32 length | protobuf | u32 length`, big endian. Source: moby
//! `daemon/logger/local/`, `api/types/plugins/logdriver/entry.proto`.

use super::{MAX_FRAME, Problems, Transcoder};
use crate::model::Time;
use chrono::SecondsFormat;
use memchr::memmem;
use nom::bytes::complete::take;
use nom::combinator::map_opt;
use nom::multi::length_data;
use nom::number::complete::u8;
use nom::{IResult, Parser};

/// How every entry begins: field 1, six bytes, `stdout` or `stderr`.
const MARK: &[u8] = b"\x0a\x06std";

/// The bytes of a length, before and after an entry.
const LENGTH: usize = 4;

/// Decodes the driver's frames to CRI lines.
#[derive(Default)]
pub(super) struct LocalDriver {
    buffer: Vec<u8>,
    /// Where the buffer begins in the stream.
    at: u64,
    /// Looking for the next entry after damage.
    lost: bool,
    problems: Problems,
}

impl Transcoder for LocalDriver {
    fn push(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        self.buffer.extend_from_slice(bytes);
        self.decode(out, false);
    }

    fn finish(&mut self, out: &mut Vec<u8>) {
        self.decode(out, true);
    }

    fn problems(&self) -> &Problems {
        &self.problems
    }
}

impl LocalDriver {
    fn decode(&mut self, out: &mut Vec<u8>, ended: bool) {
        let mut used = 0;
        while let Some(rest) = self.buffer.get(used..).filter(|rest| !rest.is_empty()) {
            if self.lost {
                let mark = rest.get(LENGTH..).and_then(|rest| memmem::find(rest, MARK));
                self.lost = mark.is_none();
                // The next entry's length and the beginning of its mark may be in the buffer.
                let kept = if ended { 0 } else { LENGTH + MARK.len() - 1 };
                used += mark.unwrap_or(rest.len().saturating_sub(kept));
                if self.lost {
                    break;
                }
                continue;
            }
            let damage = match frame(rest) {
                Ok(Some((length, entry))) => {
                    entry.write(out);
                    used += length;
                    continue;
                }
                Ok(None) if !ended => break,
                // A wrong length may have swallowed whole entries.
                Ok(None) => "the last entry is cut off",
                Err(reason) => reason,
            };
            self.problems.note(damage, self.at + used as u64);
            self.lost = true;
            used += 1;
        }
        self.consume(used);
    }

    fn consume(&mut self, bytes: usize) {
        self.buffer.drain(..bytes.min(self.buffer.len()));
        self.at += bytes as u64;
    }
}

/// Whether the stream holds entries, from its beginning or (a tail) from a later one.
pub(super) fn claims(head: &[u8]) -> bool {
    memmem::find_iter(head, MARK)
        .filter_map(|mark| mark.checked_sub(LENGTH))
        .take(8)
        .any(|start| {
            matches!(head.get(start..).map(frame), Some(Ok(Some(_)))) || start == 0 && is_cut(head)
        })
}

/// An entry that is longer than the head.
fn is_cut(head: &[u8]) -> bool {
    matches!(frame(head), Ok(None))
}

/// The entry at the beginning of `bytes` and the length of its frame; `None` when more bytes are
/// needed to know.
fn frame(bytes: &[u8]) -> Result<Option<(usize, LogEntry<'_>)>, &'static str> {
    let Some((length, rest)) = bytes.split_first_chunk::<LENGTH>() else {
        return Ok(None);
    };
    let size = u32::from_be_bytes(*length) as usize;
    if size == 0 || size > MAX_FRAME {
        return Err("an impossible length");
    }
    let Some((data, rest)) = rest.split_at_checked(size) else {
        return Ok(None);
    };
    match rest.first_chunk::<LENGTH>() {
        None => Ok(None),
        Some(again) if again != length => Err("the lengths before and after an entry differ"),
        Some(_) => entry(data)
            .map(|entry| Some((size + 2 * LENGTH, entry)))
            .ok_or("an entry that is not protobuf"),
    }
}

#[derive(Default)]
struct LogEntry<'a> {
    source: &'a [u8],
    nanos: i64,
    line: &'a [u8],
    /// A piece of a line that is not its last.
    partial: bool,
}

impl LogEntry<'_> {
    fn write(&self, out: &mut Vec<u8>) {
        let time =
            Time::from_timestamp_nanos(self.nanos).to_rfc3339_opts(SecondsFormat::Nanos, true);
        out.extend_from_slice(time.as_bytes());
        let stream: &[u8] = if self.source == b"stderr" {
            b" stderr "
        } else {
            b" stdout "
        };
        out.extend_from_slice(stream);
        out.extend_from_slice(if self.partial { b"P " } else { b"F " });
        // The driver stores lines without their end; one inside would become two lines here.
        out.extend(self.line.iter().map(|&b| if b == b'\n' { b' ' } else { b }));
        out.push(b'\n');
    }
}

/// A field of a message: its number and value.
enum Value<'a> {
    Number(u64),
    Bytes(&'a [u8]),
}

fn entry(mut data: &[u8]) -> Option<LogEntry<'_>> {
    let mut entry = LogEntry::default();
    let mut last = false;
    while !data.is_empty() {
        let (rest, (number, value)) = field(data).ok()?;
        data = rest;
        match (number, value) {
            (1, Value::Bytes(source)) => entry.source = source,
            (2, Value::Number(nanos)) => entry.nanos = nanos.cast_signed(),
            (3, Value::Bytes(line)) => entry.line = line,
            (4, Value::Number(partial)) => entry.partial = partial != 0,
            (5, Value::Bytes(metadata)) => last = is_last(metadata)?,
            _ => {}
        }
    }
    entry.partial &= !last;
    Some(entry)
}

/// Field 1 of a partial entry's metadata.
fn is_last(mut data: &[u8]) -> Option<bool> {
    let mut last = false;
    while !data.is_empty() {
        let (rest, (number, value)) = field(data).ok()?;
        data = rest;
        if let (1, Value::Number(value)) = (number, value) {
            last = value != 0;
        }
    }
    Some(last)
}

fn field(input: &[u8]) -> IResult<&[u8], (u64, Value<'_>), ()> {
    let (input, key) = varint(input)?;
    let (input, value) = match key & 0b111 {
        0 => varint.map(Value::Number).parse(input)?,
        1 => take(8usize).map(Value::Bytes).parse(input)?,
        2 => length_data(map_opt(varint, |length| usize::try_from(length).ok()))
            .map(Value::Bytes)
            .parse(input)?,
        5 => take(4usize).map(Value::Bytes).parse(input)?,
        _ => return Err(nom::Err::Error(())),
    };
    Ok((input, (key >> 3, value)))
}

fn varint(mut input: &[u8]) -> IResult<&[u8], u64, ()> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let (rest, byte) = u8(input)?;
        input = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Ok((input, value));
        }
    }
    Err(nom::Err::Error(()))
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::{Encoding, decoded};
    use super::*;

    const NANOS: u64 = 1_763_631_674_012_446_485;

    fn number(value: u64) -> Vec<u8> {
        let low = u8::try_from(value & 0x7f).unwrap();
        if value < 0x80 {
            vec![low]
        } else {
            [vec![low | 0x80], number(value >> 7)].concat()
        }
    }

    fn framed(source: &str, line: &[u8], more: &[u8]) -> Vec<u8> {
        let mut entry = [b"\x0a", &number(source.len() as u64)[..], source.as_bytes()].concat();
        entry.extend([b"\x10", &number(NANOS)[..]].concat());
        entry.extend([b"\x1a", &number(line.len() as u64)[..], line].concat());
        entry.extend(more);
        let length = u32::try_from(entry.len()).unwrap().to_be_bytes();
        [&length[..], &entry, &length].concat()
    }

    pub(in super::super) fn sample() -> Vec<u8> {
        [
            framed("stderr", b"Started server process [1]", b""),
            framed("stdout", b"piece ", b"\x20\x01\x2a\x04\x12\x02ab"),
            framed("stdout", b"end caf\xe9", b"\x20\x01\x2a\x02\x08\x01"),
            framed("stdout", b"later field", b"\x32\x06\x0a\x01a\x12\x01b"),
        ]
        .concat()
    }

    const LINES: &str = "2025-11-20T09:41:14.012446485Z stderr F Started server process [1]\n\
        2025-11-20T09:41:14.012446485Z stdout P piece \n\
        2025-11-20T09:41:14.012446485Z stdout F end caf\\xe9\n\
        2025-11-20T09:41:14.012446485Z stdout F later field\n";

    #[test]
    fn entries_become_cri_lines() {
        assert_eq!(
            decoded(Encoding::LocalDriver, &sample()),
            (LINES.to_owned(), Problems::default())
        );
    }

    #[test]
    fn entries_after_damage_are_found() {
        let mut bytes = sample();
        bytes[2] = 0x7f;
        let (lines, problems) = decoded(Encoding::LocalDriver, &bytes);
        assert_eq!(lines.lines().count(), 3);
        assert_eq!(problems.count, 1);
        let (lines, problems) = decoded(Encoding::LocalDriver, &sample()[9..]);
        assert_eq!((lines.lines().count(), problems.count), (3, 1));
    }

    #[test]
    fn a_cut_end_is_said() {
        let bytes = sample();
        let (lines, problems) = decoded(Encoding::LocalDriver, &bytes[..bytes.len() - 1]);
        assert_eq!(lines.lines().count(), 3);
        assert_eq!(
            problems.first.map(|(what, _)| what),
            Some("the last entry is cut off")
        );
    }
}
