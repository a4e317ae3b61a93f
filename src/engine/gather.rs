//! Pieces of an answer that may wait, gathered, so that their reader is not woken for each of them.
//!
//! Two threads that wake each other for every event cost more than all that is done with it. The
//! thread that talks to the engine is awake anyway, so the gathering is done there.

use super::body::Piece;
use futures_util::future::{Either, select};
use std::mem;
use std::pin::pin;
use std::time::Duration;
use tokio::sync::mpsc::{Receiver, Sender};
use tokio::time::{Instant, sleep};

/// What a reader does not have to know at once.
#[derive(Clone, Copy, Debug)]
pub struct Gathering {
    /// Whether a piece may wait. One that may not is handed on at once, after all that waited.
    pub may_wait: fn(&[u8]) -> bool,
    /// The longest that anything waits.
    pub longest: Duration,
    /// So many pieces wait; with the next one they are handed on.
    pub most: u32,
}

/// Hands on every byte of `pieces`, in order, in fewer pieces.
pub(super) async fn gather(mut pieces: Receiver<Piece>, how: Gathering, out: Sender<Piece>) {
    let mut waiting = Vec::new();
    let mut count = 0;
    let mut due = pin!(sleep(how.longest));
    loop {
        // The request ends when this returns: at once when its reader has gone while nothing waits.
        let idle = count == 0;
        let until = async {
            if idle {
                out.closed().await;
            } else {
                due.as_mut().await;
            }
        };
        let next = match select(pin!(pieces.recv()), pin!(until)).await {
            Either::Left((next, _)) => Some(next),
            Either::Right(_) if idle => return,
            Either::Right(_) => None,
        };
        let ended = match next {
            Some(Some(Ok(piece))) => {
                let goes = !(how.may_wait)(&piece) || count >= how.most;
                if idle {
                    waiting = piece;
                    due.as_mut().reset(Instant::now() + how.longest);
                } else {
                    waiting.extend_from_slice(&piece);
                }
                count += 1;
                if !goes {
                    continue;
                }
                None
            }
            Some(end) => Some(end),
            None => None,
        };
        count = 0;
        let gathered = mem::take(&mut waiting);
        if !gathered.is_empty() && out.send(Ok(gathered)).await.is_err() {
            return;
        }
        if let Some(end) = ended {
            if let Some(error) = end {
                let _ = out.send(error).await;
            }
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Error;
    use tokio::runtime::{Builder, Runtime};
    use tokio::sync::mpsc;
    use tokio::task::yield_now;

    const LONGEST: Duration = Duration::from_secs(3600);

    fn runtime() -> Runtime {
        Builder::new_current_thread().enable_time().build().unwrap()
    }

    fn how(longest: Duration) -> Gathering {
        Gathering {
            may_wait: |piece| piece.starts_with(b"noise"),
            longest,
            most: 3,
        }
    }

    fn start(longest: Duration) -> (Sender<Piece>, Receiver<Piece>) {
        let (sender, pieces) = mpsc::channel(16);
        let (out, gathered) = mpsc::channel(16);
        tokio::spawn(gather(pieces, how(longest), out));
        (sender, gathered)
    }

    async fn send(sender: &Sender<Piece>, pieces: &[&str]) {
        for piece in pieces {
            sender.send(Ok(piece.as_bytes().to_vec())).await.unwrap();
        }
        for _ in 0..8 {
            yield_now().await;
        }
    }

    fn now(gathered: &mut Receiver<Piece>) -> Option<String> {
        let piece = gathered.try_recv().ok()?;
        Some(String::from_utf8(piece.unwrap()).unwrap())
    }

    #[test]
    fn what_matters_comes_at_once_after_all_that_waited() {
        runtime().block_on(async {
            let (sender, mut gathered) = start(LONGEST);
            send(&sender, &["die;"]).await;
            assert_eq!(now(&mut gathered).unwrap(), "die;");
            send(&sender, &["noise1;", "noise2;"]).await;
            assert_eq!(now(&mut gathered), None);
            send(&sender, &["start;"]).await;
            assert_eq!(now(&mut gathered).unwrap(), "noise1;noise2;start;");
        });
    }

    #[test]
    fn nothing_waits_for_long_nor_in_a_crowd() {
        runtime().block_on(async {
            let (sender, mut gathered) = start(Duration::from_millis(20));
            send(&sender, &["noise1;"]).await;
            let piece = gathered.recv().await.unwrap().unwrap();
            assert_eq!(piece, b"noise1;");
            let (sender, mut gathered) = start(LONGEST);
            send(
                &sender,
                &["noise1;", "noise2;", "noise3;", "noise4;", "noise5;"],
            )
            .await;
            assert_eq!(now(&mut gathered).unwrap(), "noise1;noise2;noise3;noise4;");
            assert_eq!(now(&mut gathered), None);
        });
    }

    #[test]
    fn what_waits_comes_before_the_end_and_before_an_error() {
        runtime().block_on(async {
            let (sender, mut gathered) = start(LONGEST);
            send(&sender, &["noise1;"]).await;
            drop(sender);
            assert_eq!(gathered.recv().await.unwrap().unwrap(), b"noise1;");
            assert!(gathered.recv().await.is_none());

            let (sender, mut gathered) = start(LONGEST);
            send(&sender, &["noise1;"]).await;
            let error = Error::Start("gone".to_owned());
            sender.send(Err(error)).await.unwrap();
            assert_eq!(gathered.recv().await.unwrap().unwrap(), b"noise1;");
            assert!(gathered.recv().await.unwrap().is_err());
            assert!(gathered.recv().await.is_none());
        });
    }

    #[test]
    fn a_reader_that_goes_ends_the_request() {
        runtime().block_on(async {
            let (sender, gathered) = start(LONGEST);
            drop(gathered);
            sender.closed().await;
        });
    }
}
