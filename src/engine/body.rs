//! An answer of the engine, read as it comes.

use super::connect::Alive;
use super::error::Error;
use super::gather::{Gathering, gather};
use std::io::{self, Read};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;

/// Gathered pieces that wait for their reader.
const GATHERED: usize = 4;

/// A piece of an answer.
pub(super) type Piece = Result<Vec<u8>, Error>;

/// An answer that is read as it comes, with at most a few pieces of it in memory. Dropping it ends
/// the request.
pub struct Body {
    /// Keeps the connection's thread going.
    alive: Arc<Alive>,
    pieces: mpsc::Receiver<Piece>,
    /// What was taken off `pieces` and not read yet.
    rest: Vec<u8>,
    at: usize,
    /// Why it ended early, told again whenever more is asked for: a reader may have passed over it.
    error: Option<Error>,
}

impl Body {
    pub(super) fn new(alive: Arc<Alive>, pieces: mpsc::Receiver<Piece>) -> Self {
        Self {
            alive,
            pieces,
            rest: Vec::new(),
            at: 0,
            error: None,
        }
    }

    /// Waits for the first piece, so that an answer that is an error is known.
    pub(super) fn begin(mut self) -> Result<Self, Error> {
        if let Some(first) = self.pieces.blocking_recv() {
            self.rest = first?;
        }
        Ok(self)
    }

    /// The same answer, in fewer pieces: those that may wait come together.
    #[must_use]
    pub fn gathered(mut self, how: Gathering) -> Self {
        let (out, gathered) = mpsc::channel(GATHERED);
        let pieces = std::mem::replace(&mut self.pieces, gathered);
        self.alive.handle.spawn(gather(pieces, how, out));
        self
    }

    /// The next piece: empty when `wait` passed without one, `None` at the end.
    ///
    /// # Errors
    /// What the engine or the connection says.
    pub fn next(&mut self, wait: Duration) -> Result<Option<Vec<u8>>, Error> {
        if self.at < self.rest.len() {
            let piece = self.rest.split_off(self.at);
            self.rest.clear();
            self.at = 0;
            return Ok(Some(piece));
        }
        let pieces = &mut self.pieces;
        let got = self
            .alive
            .handle
            .block_on(async { tokio::time::timeout(wait, pieces.recv()).await });
        match got {
            Err(_) => Ok(Some(Vec::new())),
            Ok(piece) => piece.transpose(),
        }
    }
}

impl Read for Body {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.at == self.rest.len() {
            match self.pieces.blocking_recv() {
                None => return self.error.clone().map_or(Ok(0), |error| Err(error.into())),
                Some(Ok(piece)) => {
                    self.rest = piece;
                    self.at = 0;
                }
                Some(Err(error)) => self.error = Some(error),
            }
        }
        let got = buffer.len().min(self.rest.len() - self.at);
        buffer[..got].copy_from_slice(&self.rest[self.at..self.at + got]);
        self.at += got;
        Ok(got)
    }
}
