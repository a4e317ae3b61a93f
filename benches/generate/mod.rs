//! A json-file log as a busy web service writes it: the same seed, the same bytes.

use std::fmt::Write as _;

/// One application startup every so many lines: a service that restarts a few times a day.
const STARTUP_EVERY: u64 = 200_000;

/// Marsaglia's xorshift: small, fast, and good enough to vary a log.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }
}

/// At least `size` bytes of whole lines.
pub(crate) fn json_file_log(size: usize) -> Vec<u8> {
    let mut random = Random(0x5eed);
    let mut log = String::with_capacity(size + 1024);
    let mut line = 0_u64;
    while log.len() < size {
        let message = match line % STARTUP_EVERY {
            100 => "INFO:     Started server process [1]".to_owned(),
            101 => "2026-11-20 09:41:14,012 - INFO - app.db - Database connection pool created \
                    successfully (PID=1, generation=1, pool_id=139701801886512)"
                .to_owned(),
            102 => "INFO:     Application startup complete.".to_owned(),
            99_000 => "INFO:     Shutting down".to_owned(),
            99_001 => "INFO:     Finished server process [1]".to_owned(),
            _ => ordinary(&mut random),
        };
        let _ = writeln!(
            log,
            r#"{{"log":"{message}\n","stream":"{}","time":"2026-11-{:02}T{:02}:{:02}:{:02}.{:09}Z"}}"#,
            if line.is_multiple_of(3) {
                "stderr"
            } else {
                "stdout"
            },
            1 + line / 864_000 % 28,
            line / 36_000 % 24,
            line / 600 % 60,
            line / 10 % 60,
            line % 10 * 100_000_000 + random.below(99_000_000),
        );
        line += 1;
    }
    log.into_bytes()
}

/// A line that is no startup: access logs, application logs, JSON, a traceback now and then.
fn ordinary(random: &mut Random) -> String {
    let (a, b) = (random.below(1_000_000), random.below(500));
    match random.below(20) {
        0..=10 => format!(
            r#"INFO:     172.18.0.{}:{} - \"GET /api/v1/orders/{a} HTTP/1.1\" 200 OK"#,
            b % 250,
            30_000 + b
        ),
        11..=15 => format!(
            "2026-11-20 09:41:14,{b:03} - INFO - app.services.orders - order {a} priced in {b} ms"
        ),
        16..=18 => format!(
            r#"{{\"level\":\"info\",\"logger\":\"app.billing\",\"msg\":\"invoice sent\",\"id\":{a}}}"#
        ),
        _ => r#"  File \"/usr/local/lib/python3.11/site-packages/starlette/routing.py\", line 66, in app"#
            .to_owned(),
    }
}
