//! Writes Zstandard.

use ruzstd::encoding::{CompressionLevel, compress_to_vec};
use std::io::{self, Write};

/// Bytes of one frame before it is compressed. Each piece is a frame of its own, which every decoder
/// reads as one stream; so memory is bounded, and a cut file is sound up to its last whole frame.
const FRAME: usize = 4 << 20;

/// Compresses what is written to it.
pub(crate) struct ZstdWriter<W: Write> {
    inner: W,
    piece: Vec<u8>,
}

impl<W: Write> ZstdWriter<W> {
    /// Writes to `inner`.
    pub(crate) fn new(inner: W) -> Self {
        Self {
            inner,
            piece: Vec::new(),
        }
    }

    /// Writes what is left and gives back what was written to.
    ///
    /// # Errors
    /// When that cannot be written to.
    pub(crate) fn finish(mut self) -> io::Result<W> {
        self.frame()?;
        self.inner.flush()?;
        Ok(self.inner)
    }

    fn frame(&mut self) -> io::Result<()> {
        if !self.piece.is_empty() {
            let frame = compress_to_vec(&self.piece[..], CompressionLevel::Fastest);
            self.inner.write_all(&frame)?;
            self.piece.clear();
        }
        Ok(())
    }
}

impl<W: Write> Write for ZstdWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = bytes.len().min(FRAME - self.piece.len());
        self.piece.extend_from_slice(&bytes[..taken]);
        if self.piece.len() == FRAME {
            self.frame()?;
        }
        Ok(taken)
    }

    /// Does not end a frame: small ones compress badly.
    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}
