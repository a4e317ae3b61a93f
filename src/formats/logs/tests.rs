//! Each row's samples must be parsed and recognised, and its counter-samples must be neither.

use super::*;
use crate::formats::{Guess, recognise_log};

fn repeated(line: &[u8]) -> Vec<u8> {
    [line, b"\n"].concat().repeat(4)
}

/// Every row with each of its samples.
fn samples() -> impl Iterator<Item = (&'static Row, &'static [u8])> {
    FORMATS
        .iter()
        .flat_map(|row| row.samples.iter().map(move |line| (row, *line)))
}

/// Every row with each of its counter-samples.
fn counter_samples() -> impl Iterator<Item = (&'static Row, &'static [u8])> {
    FORMATS
        .iter()
        .flat_map(|row| row.counter_samples.iter().map(move |line| (row, *line)))
}

#[test]
fn names_differ_and_every_format_has_samples() {
    let mut names: Vec<&str> = FORMATS.iter().map(|row| row.name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), FORMATS.len());
    for row in &FORMATS {
        assert!(!row.samples.is_empty(), "{}", row.name);
        let any = row.format == LogFormat::Plain;
        assert_eq!(row.counter_samples.is_empty(), any, "{}", row.name);
    }
}

#[test]
fn each_parser_takes_its_samples_and_their_cheap_time_is_the_same() {
    for (row, line) in samples() {
        let record = row.format.parse(line).unwrap();
        let name = row.name;
        assert_eq!(
            row.format.time(line),
            record.time,
            "{name}: {}",
            line.escape_ascii()
        );
    }
}

#[test]
fn each_parser_rejects_its_counter_samples() {
    for (row, line) in counter_samples() {
        let result = row.format.parse(line);
        assert!(result.is_err(), "{}: {}", row.name, line.escape_ascii());
    }
}

#[test]
fn each_sample_is_recognised_as_its_own_format() {
    for (row, line) in samples() {
        let expected = if row.format == LogFormat::Plain {
            Guess::Unknown
        } else {
            Guess::Log(row.format)
        };
        for head in [repeated(line), line.to_vec()] {
            let guess = recognise_log(&head);
            assert_eq!(guess, expected, "{}: {}", row.name, line.escape_ascii());
        }
    }
}

#[test]
fn no_counter_sample_is_recognised_as_its_format() {
    for (row, line) in counter_samples() {
        let guess = recognise_log(&repeated(line));
        let claimed = Guess::Log(row.format);
        assert_ne!(guess, claimed, "{}: {}", row.name, line.escape_ascii());
    }
}

#[test]
fn what_surrounds_a_line_is_not_the_message() {
    let line =
        b"\0\0\0{\"log\":\"a\\n\",\"stream\":\"stdout\",\"time\":\"2026-01-02T03:04:05Z\"}\r";
    assert_eq!(&*LogFormat::JsonFile.parse(line).unwrap().message, b"a");
    assert_eq!(
        &*LogFormat::Plain.parse(b"text\r").unwrap().message,
        b"text"
    );
    let line = b"\xef\xbb\xbf2026-01-02T03:04:05Z text\r";
    assert_eq!(
        &*LogFormat::Timestamped.parse(line).unwrap().message,
        b"text"
    );
}

#[test]
fn garbage_has_no_vote() {
    let line = "2026-11-20T09:46:40.679207047Z text\n";
    for head in [
        format!("rest of a line\n{line}"),
        format!("\n\n{line}\n\n\n"),
        format!("\0\0\0\0{line}"),
        format!("{line}{line}\u{fffd}garbage\n"),
        format!("{line}2026-11-20T09:4"),
    ] {
        assert_eq!(
            recognise_log(head.as_bytes()),
            Guess::Log(LogFormat::Timestamped),
            "{head:?}"
        );
    }
}

#[test]
fn other_documents_are_left_to_others() {
    for line in [
        "2026-11-20T09:51:57.331267414Z container kill 1df37d801ee7 (image=web, name=web, signal=9)",
        "2026-11-20T09:41:25.841Z pms-backend-netfix: restarting",
        r#"time="2026-11-20T09:41:25.841Z" level=info msg="Starting up""#,
        r#"{"MESSAGE":"Starting up","_SYSTEMD_UNIT":"docker.service","__REALTIME_TIMESTAMP":"1763631674012446"}"#,
        r#"{"Type":"container","Action":"start","time":1763631674,"timeNano":1763631674012446485}"#,
        "INFO     | 2026-11-20 09:41:25 | main:run:3 - ready",
        "2026-01-02 03:04:05.678 | INFO     | mod:fn:1 - msg",
        "| web-1  | up |",
        "[",
    ] {
        assert_eq!(
            recognise_log(&repeated(line.as_bytes())),
            Guess::Unknown,
            "{line}"
        );
    }
    assert_eq!(recognise_log(b""), Guess::Unknown);
    assert_eq!(
        recognise_log(b"alpha  | 1\nbeta   | 2\ngamma  | 3\n"),
        Guess::Unknown
    );
}

#[test]
fn a_program_that_logs_fields_has_no_details() {
    let time = "2026-11-20T09:46:40.679207047Z";
    for line in [
        "level=info msg=x",
        "caller=main.go level=info",
        "app=web text=1",
    ] {
        let head = format!("{time} {line}\n{time} {line}\n");
        assert_eq!(
            recognise_log(head.as_bytes()),
            Guess::Log(LogFormat::Timestamped),
            "{line}"
        );
    }
}

#[test]
fn compose_with_its_status_lines() {
    let head = "Attaching to web-1, db-1\nweb-1  | a\ndb-1   | b\nweb-1 exited with code 0\n";
    assert_eq!(
        recognise_log(head.as_bytes()),
        Guess::Log(LogFormat::Compose)
    );
    assert_eq!(recognise_log(b"Attaching to web-1, db-1\n"), Guess::Unknown);
}

#[test]
fn text_that_nobody_claims() {
    assert_eq!(
        fallback(b"2026-11-20T09:41:25Z ready\n"),
        LogFormat::Timestamped
    );
    assert_eq!(
        fallback(b"ready\n2026-11-20T09:41:25Z ready\nready\nready\n"),
        LogFormat::Plain
    );
    assert_eq!(fallback(b""), LogFormat::Plain);
}

#[test]
fn no_cut_and_no_flip_makes_a_parser_panic() {
    let try_all = |line: &[u8]| {
        for row in &FORMATS {
            let _ = (row.format.parse(line), row.format.time(line));
        }
        let _ = (recognise_log(line), fallback(line));
    };
    for (_, line) in samples().chain(counter_samples()) {
        for at in 0..line.len() {
            try_all(&line[..at]);
            try_all(&line[at..]);
            for mask in [0x01, 0x20, 0x80, 0xff] {
                let mut flipped = line.to_vec();
                flipped[at] ^= mask;
                try_all(&flipped);
            }
        }
    }
}

proptest::proptest! {
    #[test]
    fn no_bytes_make_the_picker_panic(head in proptest::collection::vec(proptest::num::u8::ANY, 0..200)) {
        let _ = (recognise_log(&head), fallback(&head));
        for row in &FORMATS {
            let _ = (row.format.parse(&head), row.format.time(&head));
        }
    }
}
