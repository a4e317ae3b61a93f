//! Every parser's valid lines must be recognised, and none of its invalid ones.

use super::*;
use crate::formats::plain;

/// Each format's own valid lines.
pub(crate) const SAMPLES: &[(LogFormat, &[&[u8]])] = &[
    (LogFormat::JsonFile, json_file::VALID),
    (LogFormat::Timestamped, timestamped::VALID),
    (LogFormat::TimestampedDetails, timestamped::VALID_DETAILS),
    (LogFormat::Compose, compose::VALID),
    (LogFormat::Cri, cri::VALID),
    (LogFormat::Journald, journald::VALID),
    (LogFormat::Plain, plain::VALID),
];

const REFUSED: &[(LogFormat, &[&[u8]])] = &[
    (LogFormat::JsonFile, json_file::INVALID),
    (LogFormat::Timestamped, timestamped::INVALID),
    (LogFormat::Compose, compose::INVALID),
    (LogFormat::Cri, cri::INVALID),
    (LogFormat::Journald, journald::INVALID),
];

fn repeated(line: &[u8]) -> Vec<u8> {
    [line, b"\n"].concat().repeat(4)
}

#[test]
fn each_formats_lines_are_recognised() {
    for (format, lines) in SAMPLES {
        for line in *lines {
            let expected = if *format == LogFormat::Plain {
                Guess::Unknown
            } else {
                Guess::Log(*format)
            };
            assert_eq!(
                recognise_log(&repeated(line)),
                expected,
                "{}",
                line.escape_ascii()
            );
            assert_eq!(recognise_log(line), expected, "{}", line.escape_ascii());
        }
    }
}

#[test]
fn what_a_parser_refuses_is_not_claimed_for_it() {
    for (format, lines) in REFUSED {
        for line in *lines {
            assert_ne!(
                recognise_log(&repeated(line)),
                Guess::Log(*format),
                "{}",
                line.escape_ascii()
            );
        }
    }
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
    let formats = || SAMPLES.iter().map(|(format, _)| *format);
    let try_all = |line: &[u8]| {
        for format in formats() {
            let _ = (format.parse(line), format.time(line));
        }
        let _ = (recognise_log(line), fallback(line));
    };
    for line in SAMPLES
        .iter()
        .chain(REFUSED)
        .flat_map(|(_, lines)| lines.iter())
    {
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
        for (format, _) in SAMPLES {
            let _ = (format.parse(&head), format.time(&head));
        }
    }
}
