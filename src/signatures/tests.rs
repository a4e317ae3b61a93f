//! The packs against their own samples, and what must never be taken for a startup.

mod needed;

use super::*;
use crate::literals::Beside;
use crate::model::fact::FactKind;
use proptest::prelude::*;
use std::io::Write;
use std::sync::LazyLock;

static SIGNATURES: LazyLock<Signatures> = LazyLock::new(|| Signatures::builtin().unwrap());

fn recognised<L: AsRef<[u8]> + ?Sized>(line: &L) -> Vec<Recognised<'_>> {
    let mut out = Vec::new();
    SIGNATURES.recognise(line.as_ref(), &mut out);
    out
}

fn one(line: &str) -> Recognised<'_> {
    let mut found = recognised(line);
    assert_eq!(found.len(), 1, "{line}\n{found:?}");
    found.remove(0)
}

fn is_hit(signatures: &Signatures, line: &[u8]) -> bool {
    let scan = signatures.prefilter().scan(line, Beside::Anything);
    !scan.hits.is_empty()
}

fn kinds(line: &str) -> Vec<FactKind> {
    recognised(line)
        .into_iter()
        .map(|found| found.kind)
        .collect()
}

#[test]
fn every_built_in_sample_is_recognised_as_its_own_row_and_no_counter_sample_is() {
    let wrong = Signatures::builtin_checked().unwrap().broken_samples();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn each_pack_works_alone() {
    for name in ["python-web", "jvm", "databases", "generic"] {
        let signatures = Signatures::only(&[name]).unwrap();
        let wrong = signatures.broken_samples();
        assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
        assert!(signatures.list().all(|row| row.id.starts_with(name)));
    }
    let error = Signatures::only(&["perl"]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "perl:0: there is no built-in pack of this name"
    );
}

#[test]
fn a_quoted_startup_line_is_a_lookalike() {
    let lines = [
        "log-shipper: replaying 2 buffered lines from 2026-01-04: INFO:     Started server process [1] | INFO:     Waiting for application startup.",
        "WARNING customer said: Application startup complete.",
        "log-shipper: replaying 1 buffered line from 2026-01-04: INFO:     Started server process [1]",
        "WARNING support.ticket 4711: customer pasted: \"INFO:     Application startup complete.\" and asks what it means",
        "WARNING support.ticket 4711: customer pasted: \"INFO:     Application startup complete.",
        "RuntimeError: unparsed line: 'Database connection pool created successfully (PID=1, host=database, generation=1, attempt=1, elapsed=0.1s, pool_id=140000000000001, module_id=140000000000002, module_file=/app/app/core/database.py)'",
        "    raise RuntimeError(\"unparsed line: 'Database connection pool created successfully (PID=1, host=database, generation=1, attempt=1, \"",
        "RuntimeError: Database connection pool created (PID=1)",
        "app.errors.PoolError: Closing database connection pool",
        "{\"timestamp\": \"2026-11-20T09:46:03Z\", \"level\": \"INFO\", \"event\": \"chat_message\", \"user\": \"ops@hotel.example\", \"body\": \"saw 'Started server process [1]' twice yesterday, why?\"}",
        "{\"event\": \"chat\", \"text\": \"Started server process [1]\"}",
        "{\"message\": \"he said: Started server process [1] again\"}",
        "{\"message\": \"cut \", \"body\": \"Started server process [1]",
        "INFO:     127.0.0.1:54614 - \"GET /api/v1/debug/pools?pool_id=1&generation=1&msg=Started%20server%20process%20[1] HTTP/1.1\" 404 Not Found",
        "INFO:     127.0.0.1:54040 - \"GET /bookings?q=Application%20startup%20complete. HTTP/1.1\" 200 OK",
        "INFO:     Waiting for application startup of plugin 'channel-manager' (this is not a server start)",
        "INFO:     Waiting for application startup.",
        "User report: \"Application startup is slow\" (ticket 4411)",
        "Shutting down idle keep-alive connection from 10.0.3.7",
        "Degraded mode banner hidden for user 8812",
        "db pool stats: size=10 checked_in=7 overflow=0 pool_id=n/a",
        "msg='Started server process [1]'",
        "“Started server process [1]",
        "> he wrote Started server process [1]",
        "Not Shutting down",
        "\u{1b}[32mquoted: \"\u{1b}[0mStarted server process [\u{1b}[36m1\u{1b}[0m]",
    ];
    for line in lines {
        assert!(
            recognised(line).is_empty(),
            "{line}\n{:?}",
            recognised(line)
        );
    }
}

#[test]
fn every_logger_style_is_a_prefix() {
    let styles = [
        "",
        "   ",
        "INFO:     ",
        "INFO:root:",
        "INFO ",
        "[INFO] ",
        "info: ",
        "[info     ] ",
        "2026-11-20 09:43:22,915 INFO app.core.database: ",
        "2026-11-20 09:43:22,915 - app.core.database - INFO - ",
        "[2026-11-20 09:42:47 +0000] [7] [INFO] ",
        "[2026-11-20 09:42:47,123: INFO/MainProcess] ",
        "[2026-11-20 09:42:47,123: WARNING/ForkPoolWorker-1] ",
        "2026-11-20T09:42:47.123456Z ",
        "2026-11-20T09:42:47.123+01:00 INFO  [main] com.example.App - ",
        "2026-11-20T09:42:47.123Z  INFO 1 --- [app] [           main] c.e.demo.DemoApplication                  : ",
        "2026-11-20 09:42:47.123 | INFO     | app.main:lifespan:42 - ",
        "2026/11/20 09:42:47 [notice] 1#1: ",
        "2026/11/20 09:42:47 main.go:12: ",
        "2026-11-20T09:42:47Z INF ",
        "9:42AM INF ",
        "INFO[0000] ",
        "I1120 09:42:47.123456       1 main.go:12] ",
        "Nov 20 09:42:47 host app[123]: ",
        "Fri Nov 20 09:42:47 2026 ",
        "<14>1 2026-11-20T09:42:47Z host app 1 - - ",
        "1:M 20 Nov 2026 09:42:47.123 * ",
        "2026-11-20 09:42:47.123 UTC [1] LOG:  ",
        "2026-11-20 09:42:47.123 UTC [45] pms@pms FATAL:  ",
        "2026-11-20T09:42:47.123456Z 0 [System] [MY-010931] [Server] ",
        "2026-11-20  9:42:47 0 [Note] ",
        "2026-11-20T09:42:47.123+0000 I CONTROL  [initandlisten] ",
        "[Fri Nov 20 09:42:47.123456 2026] [mpm_event:notice] [pid 1:tid 140] ",
        "[20-Nov-2026 09:42:47] NOTICE: ",
        "I, [2026-11-20T09:42:47.123456 #7]  INFO -- : ",
        "2026-11-20T09:42:47.123Z pid=7 tid=abc INFO: ",
        "[Nest] 1  - 11/20/2026, 9:42:47 AM     LOG [NestFactory] ",
        "[2026-11-20T09:42:47Z INFO  actix_server::builder] ",
        "2026-11-20T09:42:47.123456Z  INFO actix_server::builder: ",
        "2026-11-20T09:42:47.123Z\tINFO\tserver/main.go:33\t",
        "✅ ",
        "🚀 ",
        "— ",
        "INFO:     ⚠️ ",
        "backend_1  | ",
        "web-1  | INFO:     ",
        "time=2026-11-20T09:42:47Z level=info pid=7 ",
        "(main) ",
        " * ",
    ];
    for style in styles {
        let line = format!("{style}Started server process [9]");
        let found = one(&line);
        assert_eq!(found.kind, FactKind::ProcessStart, "{line}");
        assert_eq!(found.fields.pid, Some(9));
        assert_eq!(found.message, "Started server process [9]");
        assert_eq!(
            kinds(&format!("{style}\"Started server process [9]")),
            [],
            "{line}"
        );
        assert_eq!(
            kinds(&format!("{style}he said that Started server process [9]")),
            [],
            "{line}"
        );
    }
}

#[test]
fn the_prefix_gives_the_pid_that_the_text_lacks() {
    let styles = [
        "[2026-11-20 09:42:47 +0000] [7] [INFO] ",
        "2026-11-20 09:42:47.123 UTC [7] LOG:  ",
        "2026/11/20 09:42:47 [notice] 7#7: ",
        "7:M 20 Nov 2026 09:42:47.123 * ",
        "[Fri Nov 20 09:42:47.123456 2026] [mpm_event:notice] [pid 7:tid 140] ",
        "I, [2026-11-20T09:42:47.123456 #7]  INFO -- : ",
        "2026-11-20T09:42:47.123Z pid=7 tid=abc INFO: ",
        "2026-11-20T09:42:47.123Z  INFO 7 --- [           main] c.e.d.DemoApplication                  : ",
        "Nov 20 09:42:47 host app[7]: ",
    ];
    for style in styles {
        let line = format!("{style}Application startup complete.");
        assert_eq!(one(&line).fields.pid, Some(7), "{line}");
    }
    assert_eq!(
        one("[4711] Application startup complete.").fields.pid,
        None,
        "could be anything"
    );
}

#[test]
fn json_messages_are_found_under_every_key_and_bring_their_fields() {
    for key in [
        "message", "msg", "event", "MESSAGE", "@message", "Message", "log",
    ] {
        let line = format!(
            "{{\"level\":\"info\",\"{key}\":\"Database connection pool created successfully\",\"pid\":8,\"gen\":2,\"pool_id\":139820955624448,\"module_id\":\"0x7f\"}}"
        );
        let fields = one(&line).fields;
        assert_eq!(fields.pid, Some(8), "{key}");
        assert_eq!(fields.generation, Some(2), "{key}");
        assert_eq!(fields.pool_id.as_deref(), Some("139820955624448"), "{key}");
        assert_eq!(fields.rarer().module_id.as_deref(), Some("0x7f"), "{key}");
    }
    for key in ["body", "text", "payload", "content", "comment"] {
        assert_eq!(
            kinds(&format!("{{\"{key}\":\"Started server process [1]\"}}")),
            []
        );
    }
}

#[test]
fn colours_go_wherever_they_stand() {
    let found = one(
        "\u{1b}[2K\u{1b}]0;title\u{7}\u{1b}[32mINFO\u{1b}[0m:     Started server process [\u{1b}[36m12\u{1b}[0m]\r\n",
    );
    assert_eq!(found.fields.pid, Some(12));
    assert_eq!(found.message, "Started server process [12]");
    assert_eq!(
        kinds("{\"message\":\"\\u001b[32mStarted server process [\\u001b[36m1\\u001b[0m]\"}"),
        [FactKind::ProcessStart]
    );
}

#[test]
fn torn_lines_give_each_of_their_facts() {
    use FactKind::{PoolClosed, PoolCreated, PoolCreating};
    let closed = recognised(
        "Closing database connection pool (PID=8, generation=1, pool_id=139853693987872)Closing database connection pool (PID=7, generation=1, pool_id=140713059363872)",
    );
    let pids: Vec<_> = closed.iter().map(|found| found.fields.pid).collect();
    assert_eq!(pids, [Some(8), Some(7)]);
    assert_eq!(closed[0].fields.pool_id.as_deref(), Some("139853693987872"));
    assert_eq!(
        closed[0].message,
        "Closing database connection pool (PID=8, generation=1, pool_id=139853693987872)"
    );

    let lines: [(&str, &[FactKind]); 5] = [
        (
            "🛑 Rate Engine shutdown completeClosing database connection pool (PID=9, generation=1, pool_id=140146459421936)",
            &[PoolClosed],
        ),
        (
            "[DB_POOL_DEBUG] ensure_pool entry: PID=8, gen=0, pool_exists=False, callsite=main.py:143/lifespan[DB_POOL_DEBUG] ensure_pool entry: PID=9, gen=0, pool_exists=False, callsite=main.py:143/lifespan",
            &[],
        ),
        (
            "[DB_POOL_DEBUG] ensure_pool entry: PID=8, callsite=main.py:143/lifespanCreating database connection pool (PID=9, host=database)...",
            &[PoolCreating],
        ),
        (
            "Creating database connection pool (PID=8, max_wait=3s)...Database connection pool created successfully (PID=9, generation=1, pool_id=5)",
            &[PoolCreating, PoolCreated],
        ),
        (
            "🛑 Rate Engine shutdown complete2026-11-20 09:46:32,263 INFO app.core.database: Closing database connection pool (PID=9, generation=1, pool_id=1)",
            &[PoolClosed],
        ),
    ];
    for (line, wanted) in lines {
        assert_eq!(kinds(line), wanted, "{line}");
    }
    let torn = recognised(
        "Creating database connection pool (PID=8, max_wait=3s)...Database connection pool created successfully (PID=9, generation=1, pool_id=5)",
    );
    assert_eq!((torn[0].fields.pid, torn[1].fields.pid), (Some(8), Some(9)));
    assert_eq!(
        torn[0].fields.generation, None,
        "it belongs to the other half"
    );
}

#[test]
fn pool_fields_are_read_in_any_order_and_spelling() {
    for list in [
        "PID=7, generation=2, pool_id=9",
        "pool_id=9, gen=2, pid=7",
        "pid: 7, Gen: 2, pool-id: 9",
        "Pid=7 GENERATION=2 poolId=9",
    ] {
        let fields = one(&format!(
            "Database connection pool created successfully ({list})"
        ))
        .fields;
        assert_eq!(
            (fields.pid, fields.generation, fields.pool_id.as_deref()),
            (Some(7), Some(2), Some("9")),
            "{list}"
        );
    }
}

#[test]
fn a_field_that_does_not_fit_is_left_out() {
    let fields = one("Started server process [99999999999]").fields;
    assert_eq!(fields.pid, None);
    let fields = one("Database connection pool created (PID=x, generation=-1)").fields;
    assert_eq!((fields.pid, fields.generation), (None, None));
}

#[test]
fn a_message_is_kept_up_to_512_bytes_between_characters() {
    let line = format!(
        "Creating database connection pool (host={})",
        "ü".repeat(600)
    );
    let message = one(&line).message;
    assert!(
        message.len() == 511 || message.len() == 512,
        "{}",
        message.len()
    );
    assert!(line.starts_with(&*message));
}

fn refused(pack: &str) -> String {
    let mut file = tempfile::Builder::new().suffix(".toml").tempfile().unwrap();
    file.write_all(pack.as_bytes()).unwrap();
    let error = Signatures::with_files(&[file.path().to_owned()]).unwrap_err();
    let text = error.to_string();
    let name = file.path().display().to_string();
    text.strip_prefix(&format!("{name}:"))
        .expect("the file's name first")
        .to_owned()
}

const OWN: &str = r#"[pack]
name = "shop"

[[signature]]
id = "started"
kind = "process-start"
title = "The shop started"
literals = ["shop opened"]
pattern = 'shop opened \(pid (?P<pid>\d+)\)$'
samples = [
  { line = "INFO shop opened (pid 7)", pid = 7 },
]
counter_samples = ["the shop opened (pid 7) they say"]
"#;

#[test]
fn a_users_pack_is_added_before_the_built_in_ones() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(OWN.as_bytes()).unwrap();
    let signatures = Signatures::with_files(&[file.path().to_owned()]).unwrap();
    assert_eq!(signatures.list().next().unwrap().id, "shop/started");
    let mut out = Vec::new();
    signatures.recognise(
        b"2026-11-20 09:42:47,123 INFO shop opened (pid 9)",
        &mut out,
    );
    assert_eq!(
        (out[0].signature, out[0].fields.pid),
        ("shop/started", Some(9))
    );
    assert!(is_hit(&signatures, b"xx shop opened"));
    assert!(is_hit(&signatures, b"Started server process [1]"));
}

#[test]
fn a_users_pack_that_is_wrong_is_refused_with_file_and_line() {
    let change = |from: &str, to: &str| {
        assert!(OWN.contains(from), "{from}");
        refused(&OWN.replace(from, to))
    };
    assert_eq!(
        change("(pid 7)\", pid = 7", "(pid 7)\", pid = 8"),
        "11: `shop/started` captures pid = 7, not 8"
    );
    assert_eq!(
        change("(pid 7)\", pid = 7", "(pid 7)\", colour = 8"),
        "11: there is no field `colour`"
    );
    assert_eq!(
        change("INFO shop opened (pid 7)", "INFO shop opened (pid x)"),
        "11: the pattern of `shop/started` does not match this sample"
    );
    assert_eq!(
        change(
            "INFO shop opened (pid 7)",
            "They say that the shop opened (pid 7)"
        ),
        "11: `shop/started` does not recognise this sample"
    );
    assert_eq!(
        change("[\"shop opened\"]", "[\"store opened\"]"),
        "11: the sample of `shop/started` holds none of its literals"
    );
    assert_eq!(
        change("the shop opened (pid 7) they say", "shop opened (pid 7)"),
        "13: `shop/started` recognises its counter-sample"
    );
    assert_eq!(
        change("[\"shop opened\"]", "[\"shop\"]"),
        "8: literal `shop` is shorter than 5 bytes"
    );
    assert_eq!(
        change("[\"shop opened\"]", "[\"shop & opened\"]"),
        "8: literal `shop & opened` may be escaped in JSON: use printable ASCII without \" \\ < > &"
    );
    assert_eq!(
        change("[\"shop opened\"]", "[]"),
        "8: at least one literal is needed"
    );
    assert_eq!(
        change("(?P<pid>", "(?P<size>"),
        "9: unknown field `size` in the pattern"
    );
    assert!(change("(?P<pid>", "(?P<pid>(").starts_with("9: bad pattern: "));
    assert!(
        change("process-start", "process-birth").starts_with("6: unknown variant `process-birth`")
    );
}

#[test]
fn an_unreadable_pack_is_refused_by_name() {
    let error = Signatures::with_files(&["/nonexistent/pack.toml".into()]).unwrap_err();
    assert_eq!(
        (error.file.as_str(), error.line),
        ("/nonexistent/pack.toml", 0)
    );
    assert!(
        error
            .to_string()
            .starts_with("/nonexistent/pack.toml:0: cannot be read: ")
    );
}

#[test]
fn a_row_without_samples_or_declared_twice_is_refused() {
    let sample = "samples = [\n  { line = \"INFO shop opened (pid 7)\", pid = 7 },\n]\n";
    assert_eq!(
        refused(&OWN.replace(sample, "")),
        "5: `started` has no sample"
    );
    let (_, row) = OWN.split_once("\n\n").unwrap();
    let twice = refused(&format!("{OWN}\n{row}"));
    assert!(
        twice.starts_with("16: `shop/started` is declared twice"),
        "{twice}"
    );
    assert!(
        refused("[pack]\nname = \"x\"\nnonsense = 1\n").starts_with("3: unknown field `nonsense`")
    );
    assert!(refused("[pack]\nname = \"A b\"\n").starts_with("2: bad pack name"));
}

/// Lines that exercise every branch, to be cut and mixed.
fn seeds() -> Vec<String> {
    SIGNATURES
        .list()
        .flat_map(|row| row.samples().chain(row.counter_samples()))
        .map(str::to_owned)
        .collect()
}

#[test]
fn a_line_cut_at_any_byte_never_panics() {
    for line in seeds() {
        for cut in 0..line.len() {
            recognised(&line.as_bytes()[..cut]);
            recognised(&line.as_bytes()[cut..]);
        }
    }
}

#[test]
fn what_is_recognised_was_hit_by_the_prefilter() {
    for line in seeds() {
        assert!(
            is_hit(&SIGNATURES, line.as_bytes()) || recognised(&line).is_empty(),
            "{line}"
        );
    }
}

proptest! {
    #[test]
    fn any_bytes_are_total(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        recognised(&bytes);
    }

    #[test]
    fn any_text_around_a_startup_line_is_total(head in ".{0,40}", tail in ".{0,40}", colour in any::<bool>()) {
        let esc = if colour { "\u{1b}[" } else { "" };
        for found in recognised(&format!("{head}{esc}Started server process [1]{tail}")) {
            prop_assert!(found.message.len() <= 512);
        }
    }

    #[test]
    fn a_quote_before_a_startup_line_makes_it_a_quotation(head in "[a-zA-Z0-9 :.-]{0,40}", quote in "[\"'`“‘«]") {
        let line = format!("{head}{quote}Started server process [1]");
        prop_assert!(recognised(&line).is_empty(), "{}", line);
    }
}
