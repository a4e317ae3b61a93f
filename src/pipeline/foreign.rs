//! Named inputs of a foreign kind: a picture, a page, somebody's configuration.

use crate::model::report::Input;
use crate::model::{InputId, Warning};
use serde_json::value::RawValue;

/// Whether a file that begins like this is no log in lines, unless something in it is recognised.
pub(super) fn looks_foreign(head: &[u8]) -> bool {
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    let text = text.trim_ascii_start();
    is_binary(head) || is_markup(text) || text.starts_with(b"#!") || is_json(text)
}

/// Whether a clock (`09:41`) or a Unix time shows anywhere in the text.
pub(super) fn shows_time(head: &[u8]) -> bool {
    let digits = |part: &[u8]| part.iter().all(u8::is_ascii_digit);
    head.windows(5)
        .any(|part| part[2] == b':' && digits(&part[..2]) && digits(&part[3..]))
        || head.windows(10).any(digits)
}

/// More control characters and broken text than a log has.
fn is_binary(head: &[u8]) -> bool {
    let broken: usize = head
        .utf8_chunks()
        .map(|chunk| {
            let controls = chunk.valid().chars().filter(|c| {
                c.is_control() && !matches!(c, '\n' | '\r' | '\t' | '\u{8}' | '\u{c}' | '\u{1b}')
            });
            controls.count() + chunk.invalid().len()
        })
        .sum();
    broken * 20 > head.len()
}

/// A page or XML; `<34>` is the priority of a syslog line.
fn is_markup(text: &[u8]) -> bool {
    let second = text.strip_prefix(b"<").and_then(|rest| rest.first());
    second.is_some_and(|byte| byte.is_ascii_alphabetic() || b"!?/".contains(byte))
}

/// Whether it is one JSON object or array. One that is cut may be anything, and several are a log.
fn is_json(text: &[u8]) -> bool {
    text.first().is_some_and(|first| b"{[".contains(first))
        && serde_json::from_slice::<&RawValue>(text).is_ok()
}

/// Says of each suspect in which nothing was recognised that it is foreign; gives the messages.
pub(super) fn refused(suspects: &[InputId], inputs: &mut [Input]) -> Vec<String> {
    let mut messages = Vec::new();
    for suspect in suspects {
        let Some(input) = inputs.get_mut(suspect.0 as usize) else {
            continue;
        };
        let is_odd = input.kind.is_log() && input.warnings.contains(&Warning::UnknownFormat)
            || input.skipped > 0;
        if input.recognised || !is_odd {
            continue;
        }
        let name = match input.path.as_str() {
            "-" => "stdin",
            path => path,
        };
        let message = format!(
            "{name} is neither a log nor anything else that can be read: nothing in it is known"
        );
        input
            .warnings
            .retain(|warning| *warning != Warning::UnknownFormat);
        input.warnings.push(Warning::Unreadable(message.clone()));
        messages.push(message);
    }
    messages
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_shows_as_a_clock_or_in_seconds() {
        assert!(shows_time(b"[12/Jun/2026:08:00:01 +0000] GET /"));
        assert!(shows_time(b"{\"time\":1791286240210}"));
        assert!(!shows_time(
            b"version = \"0.1.0\"\nlisten = \"0.0.0.0:80\"\n"
        ));
    }

    #[test]
    fn what_is_foreign_is_told_from_logs() {
        for foreign in [
            &b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x02\x80"[..],
            b"<!DOCTYPE html>\n<html>",
            b"#!/bin/sh\ndocker restart web\n",
            b"{\"name\": \"web\", \"version\": 2}\n",
            b"[1, 2]\n",
        ] {
            assert!(looks_foreign(foreign), "{foreign:?}");
        }
        for log in [
            &b"<34>Oct  6 11:30:40 app7 sudo: x\n"[..],
            b"starting api\n",
            b"\x1b[32mINFO\x1b[0m starting\n",
            b"[2026-11-20 09:41:25] starting\n",
            b"[1] starting\n",
            b"{\"status\": \"sta",
            b"{\"msg\": \"starting\"}\n{\"msg\": \"ready\"}\n",
            b"caf\xe9 is open, and the rest of the line is long enough\n",
        ] {
            assert!(!looks_foreign(log), "{log:?}");
        }
    }
}
