//! Lines as the application wrote them: no time, no stream, no origin.

use super::Record;
use std::borrow::Cow;

/// Takes the whole line for the message.
pub(super) fn parse(line: &[u8]) -> Record<'_> {
    Record {
        message: Cow::Borrowed(line),
        ..Record::default()
    }
}

#[cfg(test)]
pub(super) const VALID: &[&[u8]] = &[
    b"INFO:     Started server process [1]",
    b"\x1b[32mINFO\x1b[0m:     Started server process [\x1b[36m1\x1b[0m]",
    b"2026-01-02 03:04:05.678 UTC [1] LOG:  database system is ready to accept connections",
    b"[2026-01-02 03:04:05 +0000] [7] [INFO] Booting worker with pid: 7",
    b"caf\xe9 \xff\xfe",
];
