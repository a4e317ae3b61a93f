//! Waits for an engine that does not answer, and knows how long it was away.

use super::{HELD_UP, Notice};
use crate::engine::{Backoff, Engine, Error, Options};
use crate::model::Time;
use crate::model::ledger::Span;
use chrono::{TimeDelta, Utc};
use std::thread;
use std::time::{Duration, Instant};

/// How often an engine that went away is asked at first: it matters who is first when it is back.
pub(super) const POLL: Duration = Duration::from_millis(200);
/// How long it is asked that often.
const POLL_FOR: Duration = Duration::from_secs(600);
/// How long a new connection may take to see that the engine is there.
const CONNECTING: TimeDelta = TimeDelta::milliseconds(800);

/// An engine that does not answer and is asked all the time.
pub(super) struct Away {
    from: Time,
    begun: Instant,
    asked: Time,
    /// It was asked often enough to know when it was back.
    often: bool,
    pauses: Backoff,
}

impl Away {
    pub(super) fn since(from: Time) -> Self {
        Self {
            from,
            begun: Instant::now(),
            asked: from,
            often: true,
            pauses: Backoff::endless(),
        }
    }

    /// How long to wait before it is asked again.
    pub(super) fn pause(&mut self) -> Duration {
        let now = Utc::now();
        // After a sleep, nobody knows when it came back.
        self.often &= (now - self.asked).abs() < HELD_UP;
        self.asked = now;
        if self.begun.elapsed() < POLL_FOR {
            POLL
        } else {
            self.often = false;
            self.pauses.next().unwrap_or(POLL)
        }
    }

    /// How long it was away, if it was asked often enough to know.
    pub(super) fn until(self, to: Time) -> Option<Span> {
        let often = self.often && (to - self.asked).abs() < HELD_UP && self.from < to;
        often.then_some(Span {
            from: self.from,
            to,
        })
    }
}

/// Connects, and waits for the engine unless waiting cannot help. Says how long it was away, if it was.
pub(super) fn first_connection(
    options: &Options,
    tell: &mut dyn FnMut(Notice),
) -> Result<(Engine, Option<Span>), Error> {
    let mut away = Away::since(Utc::now());
    let mut told = false;
    loop {
        match Engine::connect(options) {
            // It asks several times itself, with pauses: it may have been there a little before.
            Ok(engine) if told => return Ok((engine, away.until(Utc::now() - CONNECTING))),
            Ok(engine) => return Ok((engine, None)),
            Err(error) if !error.is_transient() => return Err(error),
            Err(error) => {
                if !told {
                    told = true;
                    away = Away::since(Utc::now());
                    tell(Notice::Lost(error.to_string()));
                }
            }
        }
        thread::sleep(away.pause());
    }
}
