//! Limits on what is read, kept and said, so that no input can take unbounded time or memory.

/// Startup lines that all logs together keep. A startup has about ten, and nobody reads more.
pub const MOST_STARTUP_LINES: u64 = 1 << 19;

/// Bytes after which a log line is cut. The engine itself cuts at 16 KiB; only joined lines are longer.
pub const LONGEST_LINE: usize = 1024 * 1024;

/// Bytes that are read of a document: events without line ends, inspect output, a journal.
pub const LARGEST_DOCUMENT: u64 = 2 << 30;

/// Bytes after which an event that goes on counts as cut.
pub const LONGEST_EVENT: usize = 64 << 20;

/// Bytes that are read of a bundle's manifest: enough for a hundred thousand files.
pub const LARGEST_MANIFEST: u64 = 32 << 20;

/// Different things that are said of one input's odd lines; what goes beyond is only counted.
pub const MOST_ODDITIES: usize = 8;

/// Levels of folders that are searched. Evidence bundles and Docker's own tree need four.
pub const DEEPEST_FOLDER: usize = 12;

/// Bytes that a compressed stream may decode to.
pub const MOST_DECOMPRESSED: u64 = 16 << 30;

/// Decoded bytes for each compressed one beyond which a stream counts as an archive bomb ...
pub const HIGHEST_RATIO: u64 = 1000;

/// ... once it has decoded to so many bytes. No log compresses so well.
pub const RATIO_COUNTS_FROM: u64 = 256 << 20;

/// Bytes of an engine's answer that is read whole. An inspected container with much in it has 20 kB.
pub const LARGEST_ANSWER: u64 = 64 << 20;

/// Bytes that are collected of each of the host's journals.
pub const LARGEST_HOST_JOURNAL: u64 = 256 << 20;

/// Bytes of a script or a unit that is collected.
pub const LARGEST_SCRIPT: u64 = 256 << 10;

/// Files in a folder that are looked through for scripts. A folder of scripts has fewer.
pub const MOST_SCRIPTS: usize = 5000;

/// Bytes of events that are kept while evidence is collected, besides those that the engine keeps.
pub const LARGEST_COLLECTED_EVENTS: usize = 256 << 20;

/// Bytes that are kept of the end of a log while evidence is collected.
pub const LARGEST_KEPT_LOG: usize = 4 << 20;

/// Bytes after which a line is written, with its secrets taken out, before its end was read.
pub const LONGEST_REDACTED_LINE: usize = 8 << 20;
