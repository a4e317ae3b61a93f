//! What is wrong with an input, or was assumed to read it.

use super::Time;
use super::ledger::{Gap, Removed};
use super::line_fault::LineFault;
use serde::{Serialize, Serializer};

/// What is wrong with an input, or was assumed to read it. The words at each variant are what the user
/// reads; in JSON a warning is that sentence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Warning {
    /// It cannot be read at all. The words name the input.
    #[error("{0}")]
    Unreadable(String),
    /// A part of the file cannot be read.
    #[error("cannot be read: {0}")]
    PartUnreadable(String),
    /// Reading broke off.
    #[error("damaged after {read} bytes: {error}; what came before was read")]
    BrokeOff {
        /// The bytes that were read.
        read: u64,
        /// The system's answer.
        error: String,
    },
    /// Decompressing broke off. The decompressor's words say where and why.
    #[error("{0}")]
    NotDecompressed(String),
    /// An archive is damaged.
    #[error("the archive is damaged or cut: {0}; what came before was read")]
    ArchiveDamaged(String),
    /// An archive ends within one of its files.
    #[error(
        "the archive is cut in {name}: {here} of its {size} bytes are there; what came before was read"
    )]
    ArchiveCut {
        /// The file's name in the archive.
        name: String,
        /// The bytes that are there.
        here: u64,
        /// The bytes that the archive promises.
        size: u64,
    },
    /// The binary format around a log is damaged.
    #[error("damaged in {}, the first at byte {at}: {what}", super::words::count(*places, "place"))]
    FramesDamaged {
        /// The number of damaged places.
        places: u64,
        /// Where the first is in the encoded stream.
        at: u64,
        /// What is wrong with the first.
        what: &'static str,
    },
    /// A document is larger than [`LARGEST_DOCUMENT`](super::limits::LARGEST_DOCUMENT).
    #[error("only its first {read} bytes were read")]
    TooLarge {
        /// The bytes that were read.
        read: u64,
    },
    /// A stream of events without line ends is too large.
    #[error("only its first {read} bytes were read: it has no line ends")]
    NoLineEnds {
        /// The bytes that were read.
        read: u64,
    },
    /// The file changed while it was read.
    #[error("changed while it was read: {0}")]
    Changed(FileChange),
    /// There is not one byte in it.
    #[error("it is empty")]
    Empty,
    /// The tool that was to export it failed, and this is what it said.
    #[error("the export failed: {0}")]
    ExportFailed(String),
    /// No format fits.
    #[error("its format is not known; it is scanned as plain lines without times")]
    UnknownFormat,
    /// The user said that it is something else.
    #[error("given as {given}, but it holds {holds}: read as that")]
    OtherKind {
        /// What the user said, in words.
        given: &'static str,
        /// What it holds, in words.
        holds: &'static str,
    },
    /// A document was understood, and is of no use.
    #[error("nothing in it says anything about containers")]
    NothingAboutContainers,
    /// Something about a line.
    #[error("line {line}: {what}")]
    Line {
        /// The line, from 1.
        line: u64,
        /// What there is to say of it.
        what: LineWarning,
    },
    /// More lines are odd than are described.
    #[error("{0} more lines are odd in other ways")]
    MoreOddLines(u64),
    /// The zone of its times is nowhere to be seen.
    #[error("times without a zone are taken as UTC: give --timezone if they are not")]
    ZoneUnknown,
    /// The zone of its times was inferred.
    #[error(
        "times without a zone are taken as {}, which fits {fits} {what}{}",
        offset(*quarters),
        if *fits == 1 { "" } else { "s" }
    )]
    ZoneInferred {
        /// The offset from UTC, in quarters of an hour.
        quarters: i64,
        /// How many times fit it.
        fits: usize,
        /// What they fit.
        what: Anchor,
    },
    /// The engine threw lines away before they were read.
    #[error("lines are missing: the engine threw them away before they were read")]
    LinesLost,
    /// All logs together hold too many startup lines.
    #[error(
        "its first {dropped} startup lines of {found} were left out: the logs hold more than {most} together"
    )]
    TooManyStartupLines {
        /// The lines that were dropped.
        dropped: u64,
        /// The lines that were found.
        found: u64,
        /// The lines that all logs may keep together.
        most: u64,
    },
    /// Startup lines stand in it twice.
    #[error(
        "duplicate-ingest: {0} startup lines stand in it twice with the same time (a replay) and are counted once"
    )]
    Replay(u64),
    /// Startup lines of a log without times stand in it again, in the same order.
    #[error(
        "duplicate-ingest: {0} startup lines stand in it again in the same order (copies) and are counted once"
    )]
    Repeated(u64),
    /// Startup lines are copies of another input's.
    #[error(
        "duplicate-ingest: {}{count} startup lines were read from {original} already and are counted once",
        if *all { "all " } else { "" }
    )]
    Copy {
        /// The copied lines.
        count: u64,
        /// Whether these are all its startup lines.
        all: bool,
        /// The path of the input that has them, too.
        original: String,
    },
    /// All its startup lines, which have no times, are copies of lines with times.
    #[error(
        "duplicate-ingest: its {0} startup lines are in a log with times already and are counted once"
    )]
    UntimedCopy(u64),
    /// Its startup lines have no times, and lines of another log of the container have some.
    #[error(
        "{0} startup lines without a time were left out: another log of the same container has times"
    )]
    UntimedLeftOut(u64),
    /// The container was told by the times of its starts alone.
    #[error(
        "the log does not say whose it is; the times of its startups fit container {id} ({name})"
    )]
    ContainerGuessed {
        /// The container's id, cut short.
        id: String,
        /// Its name.
        name: String,
    },
    /// Nothing tells which container wrote a log.
    #[error("which container wrote this log cannot be known from it: name it with --container")]
    ContainerUnknown,
    /// A record does not cover some time.
    #[error("{0}")]
    NotRecorded(Gap),
    /// The oldest part of a record was removed.
    #[error("{0}")]
    RemovedFromRecord(Removed),
    /// Something could not be collected into a bundle.
    #[error("not collected: {what}: {why}")]
    NotCollected {
        /// What is missing.
        what: String,
        /// Why.
        why: String,
    },
    /// A bundle lacks a file that its manifest lists.
    #[error("{0} is in the manifest, but not in the bundle")]
    MissingInBundle(String),
    /// A bundle holds a file that its manifest does not list.
    #[error("it is not in the bundle's manifest: it was put there later")]
    NotInManifest,
    /// A bundle's file has another size than its manifest says.
    #[error("it has {bytes} bytes, not the {collected} that were collected: it was edited or cut")]
    OtherSize {
        /// The bytes that it has.
        bytes: u64,
        /// The bytes that the manifest says.
        collected: u64,
    },
    /// A bundle's file has another checksum than its manifest says.
    #[error("its checksum is not that of the manifest: it was edited")]
    OtherChecksum,
    /// What a bundle's manifest notes about a file.
    #[error("when it was collected: {0}")]
    WhenCollected(String),
}

/// What there is to say of a line.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LineWarning {
    /// It is odd, and perhaps others are odd in the same way.
    #[error("{fault}{}", such_lines(*count))]
    Odd {
        /// What is odd about it.
        fault: LineFault,
        /// The number of such lines, of which this is the first.
        count: u64,
    },
    /// The event in it contradicts those before it, so that others must be missing in between.
    #[error(
        "events before it are missing, between {} and {}: {missing}{}",
        from.format("%Y-%m-%d %H:%M:%S%.3f"),
        to.format("%H:%M:%S%.3fZ"),
        more_times(*more)
    )]
    EventsMissing {
        /// The time of the last event before.
        from: Time,
        /// The time of the first event after.
        to: Time,
        /// What is missing.
        missing: &'static str,
        /// How many more holes the input has.
        more: usize,
    },
}

/// What times without a zone are compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Anchor {
    /// The events that the lines speak of.
    #[error("event")]
    Event,
    /// The starts of the containers that wrote the lines.
    #[error("start")]
    Start,
}

/// How a file changed while it was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FileChange {
    /// It was removed before it was read.
    #[error("it was removed")]
    Removed,
    /// It was removed or renamed once it was open.
    #[error("it was removed or renamed; all of it was read")]
    RemovedOrRenamed,
    /// Another file has its name.
    #[error("another file took its place; the first one was read")]
    Replaced,
    /// It became shorter.
    #[error("it was cut from {from} to {to} bytes")]
    Cut {
        /// Its size before.
        from: u64,
        /// Its size after.
        to: u64,
    },
    /// It became longer.
    #[error("{0} bytes came behind what was read")]
    Grew(u64),
    /// It has the same size, and was modified.
    #[error("it was written to")]
    Written,
}

impl Serialize for Warning {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

fn such_lines(count: u64) -> String {
    match count {
        1 => String::new(),
        count => format!(" ({count} such lines)"),
    }
}

fn more_times(more: usize) -> String {
    match more {
        0 => String::new(),
        1 => "; and another time".to_owned(),
        more => format!("; and {more} more times"),
    }
}

/// `+01:00` for four quarters of an hour.
fn offset(quarters: i64) -> String {
    let minutes = quarters.abs() * 15;
    let sign = if quarters < 0 { '-' } else { '+' };
    format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_warning_is_its_sentence_in_json() {
        let odd = |count| Warning::Line {
            line: 3,
            what: LineWarning::Odd {
                fault: LineFault::Cut,
                count,
            },
        };
        let json = serde_json::to_string(&[odd(1), odd(7)]).unwrap();
        assert_eq!(
            json,
            r#"["line 3: is cut","line 3: is cut (7 such lines)"]"#
        );
    }

    #[test]
    fn an_offset_has_a_sign_and_minutes() {
        assert_eq!(offset(4), "+01:00");
        assert_eq!(offset(-14), "-03:30");
        assert_eq!(offset(0), "+00:00");
    }
}
