//! How far a log has been read. New lines are asked for by time, and time alone does not say which lines
//! were read: the engine writes two pipes slightly out of order, and lines share a moment.

use super::frames::Frames;
use crate::formats::LogFormat;
use crate::model::Time;
use chrono::TimeDelta;
use std::collections::VecDeque;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

/// How far back lines are asked for again, so that the answer contains the last line that was read.
const OVERLAP: TimeDelta = TimeDelta::seconds(1);
/// How many bytes are searched for that line.
const LOOKED_AT: usize = 8 << 20;

/// What is known of the lines that have been read.
#[derive(Clone, Debug, Default)]
pub(super) struct Tail {
    latest: Option<Time>,
    /// The lines that the next answer begins with, if the engine throws none away.
    lines: VecDeque<(Time, u64)>,
}

/// One answer of the engine, piece by piece.
pub(super) struct Reading {
    frames: Frames,
    /// `None` once the last line that was read has been passed.
    looking: Option<Looking>,
    /// The last line that was read is not in the answer: the engine threw more away than was read.
    pub(super) lost: bool,
}

#[derive(Default)]
struct Looking {
    seen: usize,
    held: Vec<u8>,
}

impl Tail {
    /// From when on to ask; `None` for everything.
    pub(super) fn since(&self) -> Option<Time> {
        self.latest.map(|latest| latest - OVERLAP)
    }

    /// From when on to ask for what follows, when all up to `until` was read.
    pub(super) fn follow_from(&self, until: Time) -> Time {
        self.since().unwrap_or(until - OVERLAP)
    }

    /// Begins to read an answer to that.
    pub(super) fn reading(&self) -> Reading {
        Reading {
            frames: Frames::default(),
            looking: self.lines.back().map(|_| Looking::default()),
            lost: false,
        }
    }

    fn take(&mut self, line: &[u8]) {
        let Some(time) = LogFormat::Timestamped.time(line) else {
            return;
        };
        self.latest = self.latest.max(Some(time));
        let since = self.since();
        while self
            .lines
            .front()
            .is_some_and(|(time, _)| Some(*time) < since)
        {
            self.lines.pop_front();
        }
        self.lines.push_back((time, hash(line)));
    }
}

impl Reading {
    /// Takes the next bytes, and adds the whole lines that are new to `out`.
    pub(super) fn push(&mut self, tail: &mut Tail, piece: &[u8], out: &mut Vec<u8>) {
        let lines = self.frames.push(piece);
        for line in lines.split_inclusive(|byte| *byte == b'\n') {
            self.line(tail, line, out);
        }
    }

    /// Ends the answer. A last line that is not whole is left for the next answer.
    pub(super) fn end(&mut self, tail: &mut Tail, out: &mut Vec<u8>) {
        self.give_up(tail, out);
    }

    fn line(&mut self, tail: &mut Tail, line: &[u8], out: &mut Vec<u8>) {
        let (Some(looking), Some((_, last)), Some(latest)) =
            (&mut self.looking, tail.lines.back(), tail.latest)
        else {
            tail.take(line);
            out.extend_from_slice(line);
            return;
        };
        if *last == hash(line) {
            looking.seen += 1;
            let times = tail.lines.iter().filter(|(_, line)| line == last).count();
            if looking.seen == times {
                self.looking = None;
            }
            return;
        }
        looking.held.extend_from_slice(line);
        let time = LogFormat::Timestamped.time(line);
        if looking.held.len() > LOOKED_AT || time.is_some_and(|time| time > latest + OVERLAP) {
            self.give_up(tail, out);
        }
    }

    /// The last line is not in the answer: whatever is later than all that was read is new.
    fn give_up(&mut self, tail: &mut Tail, out: &mut Vec<u8>) {
        let Some(looking) = self.looking.take() else {
            return;
        };
        self.lost = true;
        let latest = tail.latest;
        for line in looking.held.split_inclusive(|byte| *byte == b'\n') {
            if LogFormat::Timestamped.time(line) > latest {
                tail.take(line);
                out.extend_from_slice(line);
            }
        }
    }
}

fn hash(line: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    line.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads an answer, which comes in pieces of `size`, and gives what is new in it.
    fn read(tail: &mut Tail, answer: &str, size: usize) -> (String, bool) {
        let mut reading = tail.reading();
        let mut out = Vec::new();
        for piece in answer.as_bytes().chunks(size) {
            reading.push(tail, piece, &mut out);
        }
        reading.end(tail, &mut out);
        (String::from_utf8(out).unwrap(), reading.lost)
    }

    fn line(second: &str, text: &str) -> String {
        format!("2026-11-20T09:41:{second}Z {text}\n")
    }

    /// What an engine answers that has `lines`.
    fn asked(tail: &Tail, lines: &[String]) -> String {
        let since = tail.since();
        let time = |line: &String| LogFormat::Timestamped.time(line.as_bytes());
        lines
            .iter()
            .filter(|line| time(line) >= since)
            .cloned()
            .collect()
    }

    #[test]
    fn each_line_is_read_once_whatever_the_answers_share() {
        let mut all = Vec::new();
        for n in 0..40 {
            // Three of each moment, two of them equal; and every fifth a moment too late.
            let second = format!("{:02}.5", n / 3 + 1);
            all.push(line(&second, if n % 3 == 1 { "one" } else { "two" }));
            if n % 5 == 0 {
                all.push(line(&format!("{:02}.4", n / 3 + 1), &format!("late {n}")));
            }
        }
        for step in 1..9 {
            for size in [1, 7, 1000] {
                let mut tail = Tail::default();
                let mut got = String::new();
                for end in (0..=all.len()).step_by(step).chain([all.len(), all.len()]) {
                    let answer = asked(&tail, &all[..end]);
                    let (new, lost) = read(&mut tail, &answer, size);
                    assert!(!lost, "step {step}");
                    got += &new;
                }
                assert_eq!(got, all.concat(), "step {step}");
            }
        }
    }

    #[test]
    fn frames_are_opened_and_a_line_without_its_end_is_read_later() {
        let frame = |text: &str| {
            let mut frame = vec![1, 0, 0, 0, 0, 0, 0, u8::try_from(text.len()).unwrap()];
            frame.extend(text.bytes());
            String::from_utf8(frame).unwrap()
        };
        let mut tail = Tail::default();
        let first = frame(&line("01", "one")) + &frame("2026-11-20T09:41:02Z tw");
        assert_eq!(read(&mut tail, &first, 3), (line("01", "one"), false));
        let second = frame(&line("01", "one")) + &frame(&line("02", "two"));
        assert_eq!(read(&mut tail, &second, 5), (line("02", "two"), false));
    }

    #[test]
    fn what_was_thrown_away_meanwhile_is_said() {
        let mut tail = Tail::default();
        read(&mut tail, &line("01", "one"), 100);
        let later = line("30", "two") + &line("31", "three");
        assert_eq!(read(&mut tail, &later, 100), (later.clone(), true));
        // Nothing new after the last line is nothing lost.
        assert_eq!(
            read(&mut tail, &line("31", "three"), 100),
            (String::new(), false)
        );
        let (new, lost) = read(&mut tail, "", 100);
        assert_eq!((new.as_str(), lost), ("", true));
    }
}
