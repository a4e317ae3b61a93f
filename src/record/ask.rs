//! Asks the engine for snapshots and last lines while the events go on.
//!
//! When a container is removed by force (`docker rm -f`), the engine gives out its log no more, not even
//! before it kills it. So a log is read as it comes in the first moments after each start: what lives
//! shortly is had whole. Of a container that is removed by force later the last words are lost: to
//! read all logs all the time would cost as much as the containers write, and a connection for each.

use super::recorder::{Want, WantKind};
use crate::engine::{Engine, Error, Patience};
use crate::formats::{Encoding, Transcoder};
use crate::model::Time;
use std::io::Read as _;
use std::sync::mpsc::{self, Receiver, SyncSender, TrySendError};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// So many requests at once: a container that is removed leaves little time.
const WORKERS: usize = 4;
/// So many wait for a worker; beyond, they are given up.
const WAITING: usize = 512;
/// So many logs are followed at once; a container that starts beyond is not.
const FOLLOWED: usize = 16;
/// For so long. Longer, and a busy log costs more than its first words are worth.
const FIRST_MOMENTS: Duration = Duration::from_secs(3);
/// The most that is kept of one log: its end.
const LONGEST_LOG: usize = 256 * 1024;

/// What the engine answered.
#[derive(Debug)]
pub(super) enum Answer {
    /// An inspected container, as JSON.
    Snapshot(Vec<u8>),
    /// Last lines, as `docker logs -t` prints them.
    Log {
        want: Want,
        text: Vec<u8>,
        /// It has more before them.
        cut: bool,
        /// It was read until it ended.
        ended: bool,
    },
    /// A snapshot could not be had.
    NoSnapshot,
    /// The log of this container could not be had.
    NoLog(String),
}

/// A request on its way.
#[derive(Clone)]
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
    answered: SyncSender<Answer>,
    /// One for each log that is followed, and this one.
    followed: Arc<()>,
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
        Ok(Self {
            requests,
            answers,
            answered,
            followed: Arc::new(()),
        })
    }

    /// Asks for what is wanted; `false` when too much is wanted already.
    pub(super) fn ask(&self, engine: &Engine, want: Want, since: Option<Time>, lines: u32) -> bool {
        let request = Request {
            engine: engine.clone(),
            want,
            since,
            lines,
        };
        if request.want.kind == WantKind::SnapshotAndFirstLines && lines > 0 {
            self.follow(request.clone());
        }
        !matches!(self.requests.try_send(request), Err(TrySendError::Full(_)))
    }

    /// Reads a log from here on for the first moments. Without it, the lines are asked for later, when
    /// the container dies.
    fn follow(&self, request: Request) {
        if Arc::strong_count(&self.followed) > FOLLOWED {
            return;
        }
        let (answered, followed) = (self.answered.clone(), Arc::clone(&self.followed));
        let _ = thread::Builder::new()
            .name("follow".to_owned())
            .stack_size(512 * 1024)
            .spawn(move || {
                if let Some(answer) = request.first_lines() {
                    let _ = answered.send(answer);
                }
                drop(followed);
            });
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
        let is_log = matches!(self.want.kind, WantKind::Log | WantKind::LogAndSnapshot);
        if is_log && self.lines > 0 {
            answers.push(match self.log() {
                Ok((text, cut)) => Answer::Log {
                    want: self.want.clone(),
                    text,
                    cut,
                    ended: false,
                },
                Err(_) => Answer::NoLog(self.want.id.clone()),
            });
        }
        if self.want.kind == WantKind::Log {
            return answers;
        }
        let path = format!("/containers/{}/json", self.want.id);
        answers.push(
            self.engine
                .get(&path)
                .map_or(Answer::NoSnapshot, Answer::Snapshot),
        );
        answers
    }

    /// The last lines of the log, and whether there are more before them.
    fn log(&self) -> Result<(Vec<u8>, bool), Error> {
        let mut body = self.engine.open(&self.path_of_log(), Patience::Due)?;
        let mut text = Text::default();
        let mut piece = vec![0; 16 * 1024];
        // An answer that breaks off is kept as far as it came.
        while let Ok(got @ 1..) = body.read(&mut piece) {
            text.push(&piece[..got]);
        }
        Ok(text.last(self.lines))
    }

    /// What the log says until the first moments are over or the container dies, after the last lines
    /// that it had; `None` when it cannot be read.
    fn first_lines(self) -> Option<Answer> {
        let due = Instant::now() + FIRST_MOMENTS;
        let path = self.path_of_log() + "&follow=1";
        let mut body = self.engine.open(&path, Patience::Endless).ok()?;
        let mut text = Text::default();
        let ended = loop {
            match body.next(due.saturating_duration_since(Instant::now())) {
                Ok(Some(piece)) if !piece.is_empty() && Instant::now() < due => text.push(&piece),
                Ok(Some(_)) => break false,
                Ok(None) => break true,
                Err(_) => return None,
            }
        };
        let (mut text, cut) = text.last(self.lines);
        if !ended {
            // The rest of a line that is not whole comes later, with all of it.
            text.truncate(memchr::memrchr(b'\n', &text).map_or(0, |end| end + 1));
        }
        Some(Answer::Log {
            want: self.want,
            text,
            cut,
            ended,
        })
    }

    fn path_of_log(&self) -> String {
        let since = self
            .since
            .map(|since| format!("&since={}", since.format("%s%.9f")))
            .unwrap_or_default();
        format!(
            "/containers/{}/logs?stdout=1&stderr=1&timestamps=1&tail={}{since}",
            self.want.id, self.lines
        )
    }
}

/// A log as the engine sends it.
#[derive(Default)]
struct Text {
    begun: bool,
    /// Known when it has begun.
    frames: Option<Box<dyn Transcoder + Send>>,
    tail: Tail,
}

impl Text {
    fn push(&mut self, bytes: &[u8]) {
        // Without a terminal, a header stands before each piece: its first byte is the stream's
        // number. With one, the first line's time comes first.
        if !self.begun && !bytes.is_empty() {
            self.begun = true;
            self.frames = (bytes[0] <= 3).then(|| Encoding::RawFrames.transcoder());
        }
        match &mut self.frames {
            Some(frames) => frames.push(bytes, &mut self.tail.bytes),
            None => self.tail.bytes.extend_from_slice(bytes),
        }
        self.tail.trim();
    }

    /// The last `most` lines, and whether there may be more before them.
    fn last(mut self, most: u32) -> (Vec<u8>, bool) {
        if let Some(frames) = &mut self.frames {
            frames.finish(&mut self.tail.bytes);
        }
        self.tail.trim();
        let bytes = &mut self.tail.bytes;
        let most = most as usize;
        let ends: Vec<usize> = memchr::memchr_iter(b'\n', bytes).collect();
        let cut = self.tail.trimmed || ends.len() >= most;
        if ends.len() > most {
            bytes.drain(..=ends[ends.len() - most - 1]);
        }
        (self.tail.bytes, cut)
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
    fn the_last_lines_are_kept_with_and_without_frames() {
        let frame = |text: &str| {
            let length = u32::try_from(text.len()).unwrap().to_be_bytes();
            [&[1, 0, 0, 0][..], &length, text.as_bytes()].concat()
        };
        let last = |pieces: &[Vec<u8>], most| {
            let mut text = Text::default();
            for piece in pieces {
                text.push(piece);
            }
            let (bytes, cut) = text.last(most);
            (String::from_utf8(bytes).unwrap(), cut)
        };
        let plain = [b"T one\nT t".to_vec(), b"wo\nT three\n".to_vec()];
        let framed = [frame("T one\n"), frame("T two\n"), frame("T three\n")];
        for pieces in [&plain[..], &framed[..]] {
            assert_eq!(
                last(pieces, 4),
                ("T one\nT two\nT three\n".to_owned(), false)
            );
            assert!(last(pieces, 3).1, "there may be more");
            assert_eq!(last(pieces, 2), ("T two\nT three\n".to_owned(), true));
        }
        assert_eq!(last(&[], 2), (String::new(), false));
    }

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
