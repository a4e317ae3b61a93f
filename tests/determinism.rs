//! Same evidence, same report, byte for byte: whatever the number of threads or the order of words.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use common::{Mode, cases, run};
use std::fmt::Write as _;

/// The report on `words`, each with its option, as text or JSON.
fn said(words: &[Vec<String>], threads: &str, format: &str) -> String {
    let fixed = ["-q", "--threads", threads, "--format", format].map(str::to_owned);
    let ran = run(fixed.into_iter().chain(words.concat()));
    assert_eq!((ran.status, ran.err.as_str()), (0, ""), "{words:?}");
    ran.out
}

#[test]
fn threads_and_order_change_nothing() {
    for case in cases() {
        for mode in [Mode::Full, Mode::Raw] {
            let words = mode.words(&case).unwrap();
            let mut reversed = words.clone();
            reversed.reverse();
            let mut turned = words.clone();
            turned.rotate_left(words.len() / 2);
            for format in ["json", "text"] {
                let expected = said(&words, "1", format);
                for (order, threads) in [(&words, "8"), (&reversed, "2"), (&turned, "8")] {
                    let other = said(order, threads, format);
                    assert!(
                        other == expected,
                        "{} {mode:?} {format} with {threads} threads, in the order {order:?}",
                        case.name
                    );
                }
            }
        }
    }
}

#[test]
fn a_log_of_many_blocks_is_put_together_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let mut words = Vec::new();
    for (number, id) in ["1df37d801ee7", "9c1185a5c5e9"].iter().enumerate() {
        let mut log = String::new();
        for line in 0..40_000_u32 {
            let time = format!(
                "2026-11-20T{:02}:{:02}:{:02}.{number:09}Z",
                line / 3600,
                line / 60 % 60,
                line % 60
            );
            let message = match line % 5000 {
                700 => "INFO:     Started server process [1]",
                701 => "INFO:     Application startup complete.",
                4000 => "INFO:     Shutting down",
                4001 => "INFO:     Finished server process [1]",
                _ => r#"INFO:     172.18.0.5:40312 - "GET /health HTTP/1.1" 200 OK"#,
            };
            writeln!(log, "{time} {message}").unwrap();
        }
        let path = folder.path().join(format!("api.{id}.log"));
        std::fs::write(&path, log).unwrap();
        words.push(vec![path.to_str().unwrap().to_owned()]);
    }
    let expected = said(&words, "1", "json");
    let report: serde_json::Value = serde_json::from_str(&expected).unwrap();
    assert_eq!(report["summary"]["startups"], 16);
    words.reverse();
    for threads in ["1", "2", "8"] {
        assert!(
            said(&words, threads, "json") == expected,
            "{threads} threads"
        );
    }
}
