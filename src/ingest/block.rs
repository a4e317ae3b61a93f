//! Blocks of whole lines: of a file in any order, of a stream one after another.
//!
//! A chunk owns the lines that *begin* in it, so neighbouring chunks never share or lose one. Each
//! block also carries some bytes before its own lines, for whoever needs to look back.

use crate::model::limits::LONGEST_LINE;
use std::fs::File;
use std::io::{self, Read};
use std::ops::Range;

/// Bytes that a chunk of a file spans. Level in speed from 64 KiB to 1 MiB; past the L2 cache slower.
pub const CHUNK: u64 = 512 * 1024;
/// Bytes before a block's own lines that it carries along.
pub const CONTEXT: usize = 8 * 1024;

/// What a chunk's place in memory is a multiple of. An allocator gives a large buffer at 16 bytes behind
/// the begin of a page, and copying a page there takes a third longer than to any other place.
const ALIGNED: usize = 64;

/// Some whole lines and where they stand.
#[derive(Clone, Debug)]
pub struct Block<'a> {
    /// The context, then the lines.
    pub bytes: &'a [u8],
    /// The block's own lines within `bytes`; the last one may lack its line end.
    pub own: Range<usize>,
    /// The offset in the decoded stream of the first own byte.
    pub offset: u64,
    /// A line longer than [`LONGEST_LINE`] ends this block and was cut.
    pub cut: bool,
    /// Nothing comes after it.
    pub last: bool,
}

/// The chunks of one file.
#[derive(Clone, Copy, Debug)]
pub struct FileChunks<'a> {
    file: &'a File,
    size: u64,
}

impl<'a> FileChunks<'a> {
    pub(super) fn new(file: &'a File, size: u64) -> Self {
        Self { file, size }
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.size.div_ceil(CHUNK)
    }

    /// Reads chunk `index` into `buffer` and finds its lines. A file that shrank meanwhile gives an
    /// empty block.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn read<'b>(&self, index: u64, buffer: &'b mut Vec<u8>) -> io::Result<Block<'b>> {
        let begin = index * CHUNK;
        let end = (begin + CHUNK).min(self.size);
        let from = begin.saturating_sub(CONTEXT as u64);
        let wanted = usize::try_from(end - from).unwrap_or(usize::MAX);
        // The buffer keeps its length from chunk to chunk, so that it is not zeroed each time.
        if buffer.len() < wanted + ALIGNED {
            buffer.resize(wanted + ALIGNED, 0);
        }
        let start = buffer.as_ptr().align_offset(ALIGNED).min(ALIGNED);
        let got = read_at_full(self.file, &mut buffer[start..start + wanted], from)?;
        let mut filled = start + got;
        let context = usize::try_from(begin - from).unwrap_or(0).min(got);

        // Own lines begin after the line end at or after the byte before the chunk.
        let first = if begin == 0 {
            start
        } else {
            let look = start + context.saturating_sub(1);
            match memchr::memchr(b'\n', &buffer[look..filled]) {
                Some(at) => look + at + 1,
                None => filled,
            }
        };
        let mut cut = false;
        if first < filled && buffer[filled - 1] != b'\n' && got == wanted {
            cut = !self.finish_line(buffer, &mut filled, end)?;
        }
        Ok(Block {
            own: first - start..filled - start,
            offset: from + (first - start) as u64,
            bytes: &buffer[start..filled],
            cut,
            last: index + 1 >= self.count(),
        })
    }

    /// Reads on until the line end; `false` when the line is too long and was cut.
    fn finish_line(
        &self,
        buffer: &mut Vec<u8>,
        filled: &mut usize,
        mut at: u64,
    ) -> io::Result<bool> {
        const STEP: usize = 32 * 1024;
        let limit = *filled + LONGEST_LINE;
        while *filled < limit {
            let old = *filled;
            if buffer.len() < old + STEP {
                buffer.resize(old + STEP, 0);
            }
            let got = read_at_full(self.file, &mut buffer[old..old + STEP], at)?;
            if let Some(end) = memchr::memchr(b'\n', &buffer[old..old + got]) {
                *filled = old + end + 1;
                return Ok(true);
            }
            *filled = old + got;
            if got < STEP {
                return Ok(true);
            }
            at += got as u64;
        }
        Ok(false)
    }
}

/// Fills `buffer` from `offset` on, as far as the file goes, without moving any shared position.
fn read_at_full(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match read_at(file, &mut buffer[filled..], offset + filled as u64) {
            Ok(0) => break,
            Ok(got) => filled += got,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

#[cfg(unix)]
fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, buffer, offset)
}

#[cfg(windows)]
fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, buffer, offset)
}

/// Bytes asked of a stream at once. What came is given out as it is: to wait for more costs speed.
const READ: usize = 256 * 1024;
/// Bytes of the buffer behind which it is used from the front again.
const ROOM: usize = 4 * READ;

/// A stream in blocks, front to back, with bounded memory.
pub struct BlockReader {
    reader: Box<dyn Read + Send>,
    buffer: Vec<u8>,
    /// The block given out last; it stays in the buffer until more was read.
    given: Range<usize>,
    given_offset: u64,
    given_cut: bool,
    /// Begin of the bytes not yet given out.
    start: usize,
    /// End of the bytes read.
    filled: usize,
    /// Offset in the stream of `buffer[start]`.
    offset: u64,
    /// Bytes up to the next line end belong to a line that was cut already.
    skipping: bool,
    done: bool,
}

impl BlockReader {
    /// Gives the lines of `reader`.
    #[must_use]
    pub fn new(reader: Box<dyn Read + Send>) -> Self {
        Self {
            reader,
            buffer: Vec::new(),
            given: 0..0,
            given_offset: 0,
            given_cut: false,
            start: 0,
            filled: 0,
            offset: 0,
            skipping: false,
            done: false,
        }
    }

    /// The next lines, or `None` at the end.
    ///
    /// # Errors
    /// When the stream cannot be read on; lines before the damage were given out already.
    pub fn next_block(&mut self) -> io::Result<Option<Block<'_>>> {
        loop {
            if self.done {
                if self.start == self.filled {
                    return Ok(None);
                }
                let end = self.filled;
                return Ok(Some(self.give(end, false)));
            }
            self.make_room();
            let fresh = self.filled;
            let got = match self.reader.read(&mut self.buffer[fresh..fresh + READ]) {
                Ok(got) => got,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => {
                    self.done = true;
                    return Err(error);
                }
            };
            if got == 0 {
                self.done = true;
                continue;
            }
            self.filled += got;
            if self.skipping && !self.skip(fresh) {
                continue;
            }
            let from = self.start.max(fresh);
            if let Some(at) = memchr::memrchr(b'\n', &self.buffer[from..self.filled]) {
                return Ok(Some(self.give(from + at + 1, false)));
            }
            if self.filled - self.start >= LONGEST_LINE {
                let end = self.filled;
                self.skipping = true;
                return Ok(Some(self.give(end, true)));
            }
        }
    }

    /// The block given out last, once more: that it was the last shows only after it. `None` when
    /// there was none.
    #[must_use]
    pub fn last_block(&self) -> Option<Block<'_>> {
        (!self.given.is_empty())
            .then(|| self.block(self.given.clone(), self.given_offset, self.given_cut))
    }

    /// Makes sure that there is space for one more read. The block given out last, its context and
    /// an unfinished line stay.
    fn make_room(&mut self) {
        let keep = self.given.start.saturating_sub(CONTEXT);
        if self.filled + READ > ROOM && keep > 0 {
            self.buffer.copy_within(keep..self.filled, 0);
            self.start -= keep;
            self.filled -= keep;
            self.given = self.given.start - keep..self.given.end - keep;
        }
        if self.buffer.len() < self.filled + READ {
            self.buffer.resize(self.filled + READ, 0);
        }
    }

    /// Leaves out the rest of a line that was cut, as far as it was read; `false` while it goes on.
    /// Only the context of what follows is kept of it.
    fn skip(&mut self, fresh: usize) -> bool {
        if let Some(at) = memchr::memchr(b'\n', &self.buffer[fresh..self.filled]) {
            self.offset += (fresh + at + 1 - self.start) as u64;
            self.start = fresh + at + 1;
            self.skipping = false;
            return true;
        }
        self.offset += (self.filled - self.start) as u64;
        let begin = self.given.end;
        let keep = begin.max(self.filled.saturating_sub(CONTEXT));
        self.buffer.copy_within(keep..self.filled, begin);
        self.filled -= keep - begin;
        self.start = self.filled;
        false
    }

    fn give(&mut self, end: usize, cut: bool) -> Block<'_> {
        let own = self.start..end;
        let offset = self.offset;
        self.offset += own.len() as u64;
        self.start = end;
        self.given = own.clone();
        self.given_offset = offset;
        self.given_cut = cut;
        self.block(own, offset, cut)
    }

    fn block(&self, own: Range<usize>, offset: u64, cut: bool) -> Block<'_> {
        let context = own.start.saturating_sub(CONTEXT);
        Block {
            bytes: &self.buffer[context..own.end],
            own: own.start - context..own.end - context,
            offset,
            cut,
            last: self.done,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    /// Lines of uneven length that straddle chunk borders, the last without a line end.
    fn sample(size: usize) -> Vec<u8> {
        let mut text = Vec::new();
        let mut number = 0_usize;
        while text.len() < size {
            text.extend_from_slice(
                format!("{number} {}\n", "x".repeat(number * 37 % 4000)).as_bytes(),
            );
            number += 1;
        }
        text.extend_from_slice(b"the end");
        text
    }

    #[test]
    fn chunks_own_every_line_once_and_know_its_offset() {
        let text = sample(3 * usize::try_from(CHUNK).unwrap());
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&text).unwrap();
        let chunks = FileChunks::new(&file, text.len() as u64);
        let mut joined = Vec::new();
        let mut buffer = Vec::new();
        for index in 0..chunks.count() {
            let block = chunks.read(index, &mut buffer).unwrap();
            assert_eq!(block.offset, joined.len() as u64);
            joined.extend_from_slice(&block.bytes[block.own.clone()]);
        }
        assert!(joined == text);
    }

    /// Gives its bytes a few at a time.
    struct Dribble(Vec<u8>, usize);
    impl Read for Dribble {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let got = (self.0.len() - self.1).min(buffer.len()).min(7919);
            buffer[..got].copy_from_slice(&self.0[self.1..self.1 + got]);
            self.1 += got;
            Ok(got)
        }
    }

    #[test]
    fn a_stream_gives_the_same_lines_however_it_is_read() {
        let text = sample(700_000);
        let mut reader = BlockReader::new(Box::new(Dribble(text.clone(), 0)));
        let mut joined = Vec::new();
        while let Some(block) = reader.next_block().unwrap() {
            assert_eq!(block.offset, joined.len() as u64);
            let own = &block.bytes[block.own.clone()];
            assert!(own.ends_with(b"\n") || block.last);
            assert!(joined.ends_with(&block.bytes[..block.own.start]));
            joined.extend_from_slice(own);
        }
        assert!(joined == text);
        let last = reader.last_block().unwrap();
        assert_eq!(last.bytes[last.own.clone()], *b"the end");
        assert_eq!(last.offset, text.len() as u64 - 7);
        assert_eq!(last.own.start, CONTEXT);
        assert!(text.ends_with(last.bytes));
    }

    #[test]
    fn a_line_of_two_gibibytes_is_survived_in_little_memory() {
        let line = io::repeat(b'x').take(2 << 30);
        let text = io::Cursor::new(b"first\n")
            .chain(line)
            .chain(&b"\nlast\n"[..]);
        let mut reader = BlockReader::new(Box::new(text));
        let mut seen = Vec::new();
        while let Some(block) = reader.next_block().unwrap() {
            let own = &block.bytes[block.own.clone()];
            seen.push((block.offset, own.len(), block.cut));
        }
        let [(0, 6, false), (6, _, true), (offset, 5, false)] = seen[..] else {
            panic!("{seen:?}");
        };
        assert_eq!(offset, 6 + (2 << 30) + 1);
        assert!(reader.buffer.len() <= ROOM + LONGEST_LINE + READ);
    }

    #[test]
    fn an_endless_line_is_cut_and_the_next_one_found() {
        let mut text = vec![b'x'; 3 * LONGEST_LINE];
        text.extend_from_slice(b"\nnext\n");
        let mut reader = BlockReader::new(Box::new(io::Cursor::new(text.clone())));
        let first = reader.next_block().unwrap().unwrap();
        assert!(first.cut);
        let next = reader.next_block().unwrap().unwrap();
        assert_eq!(&next.bytes[next.own.clone()], b"next\n");
        assert_eq!(next.offset, 3 * LONGEST_LINE as u64 + 1);
        assert!(reader.next_block().unwrap().is_none());
        // A file: the chunk in which the line begins cuts it, the others own nothing of it.
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&text).unwrap();
        let chunks = FileChunks::new(&file, text.len() as u64);
        let mut buffer = Vec::new();
        let mut lines = Vec::new();
        for index in 0..chunks.count() {
            let block = chunks.read(index, &mut buffer).unwrap();
            if !block.own.is_empty() {
                lines.push((block.cut, block.bytes[block.own.clone()].len()));
            }
        }
        assert!(lines[0].0);
        assert_eq!(lines[1..], [(false, 5)]);
    }
}
