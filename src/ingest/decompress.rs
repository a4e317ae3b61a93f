//! Compressed streams, read from front to back: several members or frames after each other, cut or
//! damaged ones as far as they go, and none without end.

use crate::model::limits::{HIGHEST_RATIO, MOST_DECOMPRESSED, RATIO_COUNTS_FROM};
use flate2::bufread::MultiGzDecoder;
use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};
use std::io::{self, BufRead, BufReader, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// What a stream is compressed with, by its first bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Compression {
    Gzip,
    Zstd,
}

impl Compression {
    /// The compression that `magic`, the first four bytes, shows.
    pub(super) fn from_magic(magic: &[u8]) -> Option<Self> {
        match magic {
            [0x1f, 0x8b, ..] => Some(Self::Gzip),
            // A frame, or a skippable one, which tools put first.
            [0x28, 0xb5, 0x2f, 0xfd] | [0x50..=0x5f, 0x2a, 0x4d, 0x18] => Some(Self::Zstd),
            _ => None,
        }
    }
}

/// Where decompressing stops: no log compresses so well, an archive bomb does.
#[derive(Clone, Copy, Debug)]
struct Limits {
    /// Decoded bytes in all.
    bytes: u64,
    /// Decoded bytes for one that is compressed ...
    ratio: u64,
    /// ... which counts beyond so many decoded bytes.
    ratio_from: u64,
}

const LIMITS: Limits = Limits {
    bytes: MOST_DECOMPRESSED,
    ratio: HIGHEST_RATIO,
    ratio_from: RATIO_COUNTS_FROM,
};

/// Why a compressed stream ends before its end. What was decoded until then is sound.
#[derive(Debug, thiserror::Error)]
pub enum Stopped {
    /// It is damaged or cut off.
    #[error("damaged after {at} decompressed bytes: {why}; what came before was read")]
    Damaged {
        /// Decoded bytes.
        at: u64,
        /// What the decoder says.
        why: String,
    },
    /// It decodes to far more than any log.
    #[error("stopped after {at} decompressed bytes: {why}; what came before was read")]
    Bomb {
        /// Decoded bytes.
        at: u64,
        /// The limit.
        why: String,
    },
}

/// A compressed stream, decoded. After an error it gives the same error again.
pub(super) struct Decompressed {
    inner: Box<dyn Read + Send>,
    limits: Limits,
    consumed: Arc<AtomicU64>,
    produced: u64,
    stopped: Option<(bool, String)>,
}

impl Decompressed {
    pub(super) fn new(raw: impl Read + Send + 'static, compression: Compression) -> Self {
        Self::limited(raw, compression, LIMITS)
    }

    fn limited(raw: impl Read + Send + 'static, compression: Compression, limits: Limits) -> Self {
        let consumed = Arc::new(AtomicU64::new(0));
        let counted = BufReader::with_capacity(
            super::source::HEAD,
            Counted {
                inner: raw,
                count: Arc::clone(&consumed),
            },
        );
        let inner: Box<dyn Read + Send> = match compression {
            Compression::Gzip => Box::new(MultiGzDecoder::new(counted)),
            Compression::Zstd => Box::new(Frames::new(counted)),
        };
        Self {
            inner,
            limits,
            consumed,
            produced: 0,
            stopped: None,
        }
    }

    fn stop(&mut self, bomb: bool, why: String) -> io::Error {
        let stopped = if bomb {
            Stopped::Bomb {
                at: self.produced,
                why: why.clone(),
            }
        } else {
            Stopped::Damaged {
                at: self.produced,
                why: why.clone(),
            }
        };
        self.stopped = Some((bomb, why));
        io::Error::new(io::ErrorKind::InvalidData, stopped)
    }

    /// The limit that is passed, if one is.
    fn passed(&self) -> Option<String> {
        let Limits {
            bytes,
            ratio,
            ratio_from,
        } = self.limits;
        let consumed = self.consumed.load(Ordering::Relaxed);
        if self.produced >= bytes {
            Some(format!(
                "no archive is decompressed beyond {bytes} bytes (an archive bomb?)"
            ))
        } else if self.produced > ratio_from && self.produced / ratio > consumed {
            Some(format!(
                "its {consumed} compressed bytes became more than {ratio} times as many (an archive bomb?)"
            ))
        } else {
            None
        }
    }
}

impl Read for Decompressed {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if let Some((bomb, why)) = self.stopped.clone() {
            return Err(self.stop(bomb, why));
        }
        if let Some(why) = self.passed() {
            return Err(self.stop(true, why));
        }
        let left = usize::try_from(self.limits.bytes - self.produced).unwrap_or(usize::MAX);
        let space = buffer.len().min(left);
        match self.inner.read(&mut buffer[..space]) {
            Ok(got) => {
                self.produced += got as u64;
                Ok(got)
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Err(error),
            Err(error) => {
                let why = if error.kind() == io::ErrorKind::UnexpectedEof {
                    "it is cut off".to_owned()
                } else {
                    error.to_string()
                };
                Err(self.stop(false, why))
            }
        }
    }
}

/// Counts what is read through it.
struct Counted<R> {
    inner: R,
    count: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let got = self.inner.read(buffer)?;
        self.count.fetch_add(got as u64, Ordering::Relaxed);
        Ok(got)
    }
}

/// Zstandard frames after each other (RFC 8878), skippable ones among them.
struct Frames<R> {
    source: R,
    decoder: FrameDecoder,
    in_frame: bool,
    failed: Option<io::Error>,
}

impl<R: BufRead> Frames<R> {
    fn new(source: R) -> Self {
        Self {
            source,
            decoder: FrameDecoder::new(),
            in_frame: false,
            failed: None,
        }
    }

    /// Begins the next frame; `false` at the end of the stream.
    fn begin(&mut self) -> io::Result<bool> {
        if self.source.fill_buf()?.is_empty() {
            return Ok(false);
        }
        match self.decoder.reset(&mut self.source) {
            Ok(()) => self.in_frame = true,
            Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame {
                length,
                ..
            })) => {
                let mut skipped = (&mut self.source).take(u64::from(length));
                if io::copy(&mut skipped, &mut io::sink())? < u64::from(length) {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
            }
            Err(error) => return Err(io::Error::other(error)),
        }
        Ok(true)
    }

    /// Whether the frame that was given out whole is the one that was compressed. The decoder sums up
    /// what it gives out, so this is known only then.
    fn is_sound(&self) -> bool {
        let written = self.decoder.get_checksum_from_data();
        written.is_none() || written == self.decoder.get_calculated_checksum()
    }

    fn decode(&mut self) -> io::Result<()> {
        // An empty last block and a checksum: makes the decoder give out what it holds back.
        const END: [u8; 7] = [1, 0, 0, 0, 0, 0, 0];
        let step = BlockDecodingStrategy::UptoBlocks(1);
        if let Err(error) = self.decoder.decode_blocks(&mut self.source, step) {
            self.failed = Some(plain(error));
            let all = BlockDecodingStrategy::All;
            self.decoder
                .decode_blocks(&mut &END[..], all)
                .map_err(io::Error::other)?;
        }
        Ok(())
    }
}

/// What a reader needs to know of a decoder's error.
fn plain(error: FrameDecoderError) -> io::Error {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(&error);
    while let Some(at) = cause {
        let cut = at
            .downcast_ref::<io::Error>()
            .is_some_and(|error| error.kind() == io::ErrorKind::UnexpectedEof);
        if cut {
            return io::ErrorKind::UnexpectedEof.into();
        }
        cause = at.source();
    }
    io::Error::other(error)
}

impl<R: BufRead> Read for Frames<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        loop {
            if self.in_frame && self.decoder.can_collect() > 0 {
                return self.decoder.read(buffer);
            }
            if let Some(error) = self.failed.take() {
                return Err(error);
            }
            if self.in_frame && !self.decoder.is_finished() {
                self.decode()?;
            } else {
                if std::mem::take(&mut self.in_frame) && !self.is_sound() {
                    return Err(io::Error::other("its checksum is wrong"));
                }
                if !self.begin()? {
                    return Ok(0);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::write::GzEncoder;
    use ruzstd::encoding::{CompressionLevel, compress_to_vec};
    use std::io::Write as _;

    fn gz(text: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    fn zst(text: &[u8]) -> Vec<u8> {
        compress_to_vec(text, CompressionLevel::Fastest)
    }

    fn read(bytes: &[u8], limits: Limits) -> (Vec<u8>, Option<String>) {
        let compression = Compression::from_magic(&bytes[..4]).unwrap();
        let mut reader =
            Decompressed::limited(io::Cursor::new(bytes.to_vec()), compression, limits);
        let mut decoded = Vec::new();
        let error = reader.read_to_end(&mut decoded).err();
        if let Some(error) = &error {
            let again = reader.read(&mut [0; 9]).unwrap_err();
            assert_eq!(again.to_string(), error.to_string());
        }
        (decoded, error.map(|error| error.to_string()))
    }

    fn sample() -> Vec<u8> {
        (0..40_000_u64)
            .flat_map(|n| format!("line {n} {}\n", n.wrapping_mul(0x9e37_79b9)).into_bytes())
            .collect()
    }

    #[test]
    fn members_and_frames_follow_each_other() {
        let text = sample();
        let (front, back) = text.split_at(text.len() / 3);
        let skippable = [0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 9, 9, 9];
        for whole in [
            [gz(front), gz(back)].concat(),
            [zst(front), zst(back)].concat(),
            [zst(front), skippable.to_vec(), zst(back)].concat(),
            [skippable.to_vec(), zst(&text)].concat(),
        ] {
            let (decoded, error) = read(&whole, LIMITS);
            assert_eq!(error, None);
            assert_eq!(decoded.len(), text.len());
            assert!(decoded == text);
        }
    }

    #[test]
    fn what_comes_before_a_cut_is_read() {
        let text = sample();
        for whole in [gz(&text), zst(&text)] {
            let (decoded, error) = read(&whole[..whole.len() * 2 / 3], LIMITS);
            assert!(text.starts_with(&decoded));
            assert!(decoded.len() > text.len() / 3, "{}", decoded.len());
            let at = decoded.len();
            assert_eq!(
                error.unwrap(),
                format!(
                    "damaged after {at} decompressed bytes: it is cut off; what came before was read"
                )
            );
        }
    }

    #[test]
    fn what_comes_before_damage_is_read_and_bytes_after_the_end_are_told() {
        let text = sample();
        for whole in [gz(&text), zst(&text)] {
            let (decoded, error) = read(&[&whole[..], b"and more"].concat(), LIMITS);
            assert_eq!(decoded, text);
            assert!(error.is_some());
            for at in (10..whole.len()).step_by(whole.len() / 40) {
                let mut damaged = whole.clone();
                damaged[at] ^= 0x55;
                let (decoded, error) = read(&damaged, LIMITS);
                assert!(error.is_some() || decoded == text, "byte {at}");
            }
        }
    }

    #[test]
    fn a_bomb_stops_at_its_limit() {
        let text = vec![b'a'; 3 << 20];
        let limits = Limits {
            bytes: 1 << 20,
            ..LIMITS
        };
        let (decoded, error) = read(&gz(&text), limits);
        assert_eq!(decoded.len(), 1 << 20);
        assert!(
            error
                .unwrap()
                .starts_with("stopped after 1048576 decompressed bytes: ")
        );
        let limits = Limits {
            ratio: 100,
            ratio_from: 1 << 20,
            ..LIMITS
        };
        for bomb in [gz(&text), zst(&text)] {
            let (decoded, error) = read(&bomb, limits);
            assert!(decoded.len() < text.len());
            assert!(error.unwrap().contains("100 times as many"));
        }
    }
}
