//! Asks the engine for snapshots and last lines while the events go on.

use super::recorder::{Want, WantKind};
use crate::engine::{Engine, Error, Patience};
use crate::formats::Encoding;
use crate::model::Time;
use std::io::Read as _;
use std::sync::mpsc::{self, Receiver, SyncSender, TrySendError};
use std::sync::{Arc, Mutex};
use std::thread;

/// So many requests at once: a container that is removed leaves little time.
const WORKERS: usize = 4;
/// So many wait for a worker; beyond, they are given up.
const WAITING: usize = 512;
/// The most that is kept of one log: its end.
const LONGEST_LOG: usize = 256 * 1024;

/// What the engine answered.
#[derive(Debug)]
pub(super) enum Answer {
    /// An inspected container, as JSON.
    Snapshot(Vec<u8>),
    /// Last lines, as `docker logs -t` prints them, and whether the log has more before them.
    Log {
        want: Want,
        text: Vec<u8>,
        cut: bool,
    },
    /// It could not be had.
    Missed(WantKind),
}

/// A request on its way.
struct Request {
    engine: Engine,
    want: Want,
    /// Lines at or before this are known.
    since: Option<Time>,
    lines: u32,
}

/// A few threads that ask.
pub(super) struct Asker {
    requests: SyncSender<Request>,
    answers: Receiver<Answer>,
}

impl Asker {
    pub(super) fn start() -> std::io::Result<Self> {
        let (requests, waiting) = mpsc::sync_channel::<Request>(WAITING);
        let (answered, answers) = mpsc::sync_channel(WAITING);
        let waiting = Arc::new(Mutex::new(waiting));
        for _ in 0..WORKERS {
            let (waiting, answered) = (Arc::clone(&waiting), answered.clone());
            thread::Builder::new()
                .name("ask".to_owned())
                .stack_size(512 * 1024)
                .spawn(move || {
                    loop {
                        let Ok(next) = waiting.lock().map(|waiting| waiting.recv()) else {
                            return;
                        };
                        let Ok(request) = next else { return };
                        for answer in request.ask() {
                            if answered.send(answer).is_err() {
                                return;
                            }
                        }
                    }
                })?;
        }
        Ok(Self { requests, answers })
    }

    /// Asks for what is wanted; `false` when too much is wanted already.
    pub(super) fn ask(&self, engine: &Engine, want: Want, since: Option<Time>, lines: u32) -> bool {
        let request = Request {
            engine: engine.clone(),
            want,
            since,
            lines,
        };
        !matches!(self.requests.try_send(request), Err(TrySendError::Full(_)))
    }

    /// The next answer that has come.
    pub(super) fn answer(&self) -> Option<Answer> {
        self.answers.try_recv().ok()
    }
}

impl Request {
    fn ask(self) -> Vec<Answer> {
        let mut answers = Vec::with_capacity(2);
        // The log first: it is what goes first.
        if self.want.kind != WantKind::Snapshot && self.lines > 0 {
            answers.push(match self.log() {
                Ok((text, cut)) => Answer::Log {
                    want: self.want.clone(),
                    text,
                    cut,
                },
                Err(_) => Answer::Missed(WantKind::Log),
            });
        }
        if self.want.kind == WantKind::Log {
            return answers;
        }
        let path = format!("/containers/{}/json", self.want.id);
        answers.push(
            self.engine
                .get(&path)
                .map_or(Answer::Missed(WantKind::Snapshot), Answer::Snapshot),
        );
        answers
    }

    /// The last lines of the log, and whether there are more before them.
    fn log(&self) -> Result<(Vec<u8>, bool), Error> {
        let since = self
            .since
            .map(|since| format!("&since={}", since.format("%s%.9f")))
            .unwrap_or_default();
        let path = format!(
            "/containers/{}/logs?stdout=1&stderr=1&timestamps=1&tail={}{since}",
            self.want.id, self.lines
        );
        let mut body = self.engine.open(&path, Patience::Due)?;
        let mut text = Tail::default();
        let mut frames = None;
        let mut piece = vec![0; 16 * 1024];
        // An answer that breaks off is kept as far as it came.
        while let Ok(got @ 1..) = body.read(&mut piece) {
            let bytes = &piece[..got];
            // Without a terminal, a header stands before each piece: its first byte is the stream's
            // number. With one, the first line's time comes first.
            let frames = frames
                .get_or_insert_with(|| (bytes[0] <= 3).then(|| Encoding::RawFrames.transcoder()));
            match frames {
                Some(frames) => frames.push(bytes, &mut text.bytes),
                None => text.bytes.extend_from_slice(bytes),
            }
            text.trim();
        }
        if let Some(Some(frames)) = &mut frames {
            frames.finish(&mut text.bytes);
            text.trim();
        }
        let lines = memchr::memchr_iter(b'\n', &text.bytes).count();
        let cut = text.trimmed || lines >= self.lines as usize;
        Ok((text.bytes, cut))
    }
}

/// The end of a text, in whole lines.
#[derive(Default)]
struct Tail {
    bytes: Vec<u8>,
    trimmed: bool,
}

impl Tail {
    fn trim(&mut self) {
        if self.bytes.len() <= LONGEST_LOG * 2 {
            return;
        }
        let from = self.bytes.len() - LONGEST_LOG;
        let from = memchr::memchr(b'\n', &self.bytes[from..]).map_or(from, |at| from + at + 1);
        self.bytes.drain(..from);
        self.trimmed = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_long_log_is_kept_in_whole_lines() {
        let mut tail = Tail::default();
        for n in 0..200_000 {
            tail.bytes
                .extend_from_slice(format!("line {n}\n").as_bytes());
            tail.trim();
        }
        assert!(tail.trimmed && tail.bytes.len() <= LONGEST_LOG * 2);
        assert!(tail.bytes.starts_with(b"line ") && tail.bytes.ends_with(b"line 199999\n"));
    }
}
