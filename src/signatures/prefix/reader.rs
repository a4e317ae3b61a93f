//! Reads a prefix token by token.

use super::Prefix;
use super::chunk::{Chunk, classify, is_klog, looks_timed};
use super::pid::{chunk_pid, group_pid, number, paired_pid};
use super::token::Token;
use super::words::looks_like_zone;

/// More logger names than this in one prefix make it prose.
const MOST_NAMES: usize = 4;

/// What a token means may depend on the one before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Last {
    #[default]
    Other,
    /// A time, and perhaps its zone.
    Time,
    /// A word or name right after a time, as syslog writes its host and program.
    Host,
    Number(u32),
    Word,
}

/// What the tokens up to here say.
#[derive(Default)]
pub(super) struct Reader {
    prefix: Prefix,
    words: usize,
    names: usize,
    klog: bool,
    /// `<14>1 TIME host program`: two words.
    syslog: bool,
    last: Last,
}

impl Reader {
    pub(super) fn new(head: &[u8]) -> Self {
        Self {
            syslog: head.starts_with(b"<"),
            ..Self::default()
        }
    }

    pub(super) fn take(&mut self, token: Token<'_>, after: &[u8]) -> Option<()> {
        self.last = match token {
            Token::Blank => self.last,
            Token::Mark | Token::Pair => Last::Other,
            Token::Close if self.klog => Last::Other,
            Token::Close => return None,
            Token::Group(inside) => self.group(inside),
            Token::Chunk(chunk) => self.chunk(chunk, after)?,
        };
        Some(())
    }

    fn group(&mut self, inside: &[u8]) -> Last {
        self.prefix.strong = true;
        match number(inside) {
            // `[time] [7] [INFO]`, `time UTC [7] LOG:`, `Nov 20 09:42:47 host app[7]:`
            Some(pid) if matches!(self.last, Last::Time | Last::Host) => self.pid(Some(pid)),
            Some(_) => {}
            None => self.pid(group_pid(inside)),
        }
        if looks_timed(inside) {
            Last::Time
        } else {
            Last::Other
        }
    }

    fn chunk(&mut self, chunk: &[u8], after: &[u8]) -> Option<Last> {
        let after_time = self.last == Last::Time;
        Some(match classify(chunk, after) {
            Chunk::Prose => return None,
            Chunk::Mark => {
                // Spring Boot writes ` INFO 1 --- [main]`.
                if let (Last::Number(pid), b"---") = (self.last, chunk) {
                    self.pid(Some(pid));
                }
                Last::Other
            }
            Chunk::Time => {
                self.prefix.strong = true;
                self.klog |= is_klog(chunk);
                self.pid(chunk_pid(chunk));
                Last::Time
            }
            Chunk::Number => {
                self.pid(chunk_pid(chunk));
                number(chunk).map_or(Last::Other, Last::Number)
            }
            Chunk::Level => {
                self.prefix.strong = true;
                Last::Other
            }
            Chunk::Calendar => self.last,
            Chunk::Name => {
                self.names += 1;
                // A plain name after a bare word is prose: `customer said: `.
                let plain = !chunk.iter().any(|b| matches!(b, b'.' | b'/'));
                if self.names > MOST_NAMES || (self.last == Last::Word && plain) {
                    return None;
                }
                if matches!(self.last, Last::Time | Last::Host) {
                    Last::Host
                } else {
                    Last::Other
                }
            }
            Chunk::Word if after_time && looks_like_zone(chunk) => Last::Time,
            Chunk::Word => {
                self.words += 1;
                if self.words > if self.syslog { 2 } else { 1 } {
                    return None;
                }
                if after_time { Last::Host } else { Last::Word }
            }
        })
    }

    /// The first process named is the line's own.
    fn pid(&mut self, pid: Option<u32>) {
        self.prefix.pid = self.prefix.pid.or(pid);
    }

    pub(super) fn finish(mut self, head: &[u8]) -> Option<Prefix> {
        if self.words > 0 && !self.prefix.strong {
            return None;
        }
        self.pid(paired_pid(head));
        Some(self.prefix)
    }
}
