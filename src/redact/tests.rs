use super::*;

fn redactor() -> Redactor {
    Redactor::with_key(&[7; 32]).unwrap()
}

fn line(redactor: &Redactor, text: &str) -> String {
    let mut out = Vec::new();
    Stream::new(redactor).line(text.as_bytes(), 0, &mut out);
    String::from_utf8(out).unwrap()
}

/// `text` with `…` where a mask stands.
fn seen(text: &str) -> String {
    let mut rest = line(&redactor(), text);
    while let Some(at) = rest.find(MARK) {
        rest.replace_range(at..=at + MARK.len() + DIGITS, "…");
    }
    rest
}

#[test]
fn values_go_and_the_rest_stays() {
    for (text, expected) in [
        ("DB_PASSWORD=hunter2 next", "DB_PASSWORD=… next"),
        (
            "password: \"two words\", user: me",
            "password: \"…\", user: me",
        ),
        (r#"{"api_key":"abc","n":1}"#, r#"{"api_key":"…","n":1}"#),
        (r#"{"pin":1234,"n":1}"#, r#"{"pin":"…","n":1}"#),
        (
            r#"{"tokens": ["a","b"],"n":1}"#,
            r#"{"tokens": ["…"],"n":1}"#,
        ),
        (
            r#"msg="{\"token\":\"a\\\"b\",\"n\":1}""#,
            r#"msg="{\"token\":\"…\",\"n\":1}""#,
        ),
        ("level=info token=abc user=me", "level=info token=… user=me"),
        (
            "run --password hunter2 --verbose",
            "run --password … --verbose",
        ),
        ("run --api-key=abc -v", "run --api-key=… -v"),
        (
            "docker run -e MY_SECRET='a b' img",
            "docker run -e MY_SECRET='…' img",
        ),
        (
            "postgres://app:s3c@ret@db:5432/x",
            "postgres://app:…@db:5432/x",
        ),
        ("redis://:pw@cache/0 ok", "redis://:…@cache/0 ok"),
        ("amqp://u:p/w@mq:1/ ok", "amqp://u:…@mq:1/ ok"),
        ("http://api:8080/a@b?x=1", "http://api:8080/a@b?x=1"),
        ("ssh://me@host:22", "ssh://me@host:22"),
        ("https://ghost_0123456789abcdef@git/x", "https://…@git/x"),
        (
            "GET /x?token=abc&user=me HTTP/1.1",
            "GET /x?token=…&user=me HTTP/1.1",
        ),
        ("Authorization: Bearer abc.def", "Authorization: …"),
        ("sent bearer abcdef to it", "sent bearer … to it"),
        (
            "curl -H 'X: Basic dXNlcjpwYXNz' u",
            "curl -H 'X: Basic …' u",
        ),
        ("Basic authentication is on", "Basic authentication is on"),
        ("Set-Cookie: a=b; Path=/", "Set-Cookie: …"),
        ("curl -u me:pw http://a", "curl -u me:… http://a"),
        ("mysql -u root -phunter2 db", "mysql -u root -p… db"),
        ("got ghp_abcdefghijklmnopqrstuvwxyz01 there", "got … there"),
        (
            "key eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln end",
            "key … end",
        ),
        (
            "-----BEGIN X KEY-----\\nabc\\n-----END X KEY----- end",
            "… end",
        ),
        ("secret => 'x'", "secret => '…'"),
        ("password=", "password="),
        ("token: null", "token: null"),
        ("Invalid password", "Invalid password"),
    ] {
        assert_eq!(seen(text), expected);
    }
}

#[test]
fn lines_that_decide_stay_as_they_are() {
    for text in [
        "INFO:     Started server process [1]",
        "Database connection pool created successfully (PID=1, pool_id=140137983023888, generation=1)",
        "[2026-11-21 08:00:00 +0000] [7] [INFO] Booting worker with pid: 7",
        "Database connection pool initialization FAILED (PID=1, host=database)",
        "PWD=/app PATH=/bin",
        "GET http://127.0.0.1:8000/health 200",
    ] {
        assert_eq!(line(&redactor(), text), text);
    }
}

#[test]
fn equal_secrets_are_equal_and_others_are_not() {
    let redactor = redactor();
    let one = line(&redactor, "password=abc");
    assert_eq!(
        line(&redactor, "DB_PASSWORD=abc"),
        format!("DB_{}", one.replace("password", "PASSWORD"))
    );
    assert_ne!(line(&redactor, "password=abd"), one);
    let other = Redactor::with_key(&[8; 32]).unwrap();
    assert_ne!(
        line(&other, "password=abc"),
        one,
        "another bundle, another key"
    );
    assert_eq!(line(&redactor, &one), one, "what is redacted stays");
}

#[test]
fn a_pem_block_goes_line_by_line_and_others_between_stay() {
    let redactor = redactor();
    let mut stream = Stream::new(&redactor);
    let mut seen = Vec::new();
    for text in [
        "1 key is -----BEGIN RSA PRIVATE KEY-----",
        "2 MIIEpAIBAAKCAQEA7",
        "3 INFO: other line",
        "4 c2VjcmV0",
        "5 -----END RSA PRIVATE KEY-----",
        "6 after",
    ] {
        let mut out = Vec::new();
        stream.line(text.as_bytes(), 2, &mut out);
        seen.push(String::from_utf8(out).unwrap());
    }
    assert!(seen[0].starts_with("1 key is [redacted:"));
    assert!(seen[1].starts_with("2 [redacted:") && seen[3].starts_with("4 [redacted:"));
    assert_eq!(seen[2], "3 INFO: other line");
    assert!(seen[4].starts_with("5 [redacted:"));
    assert_eq!(seen[5], "6 after");
}

#[test]
fn what_is_secret_in_one_place_is_so_in_all() {
    let mut redactor = redactor();
    redactor
        .learn(br#"[{"Config":{"Env":["DB_PASSWORD=Tr0ub4dor&3 x","USER_PASSWORD=postgres"]}}]"#);
    let text = line(&redactor, "connecting with Tr0ub4dor&3 x to postgres");
    assert!(text.starts_with("connecting with [redacted:"), "{text}");
    assert!(
        text.ends_with("] to postgres"),
        "an ordinary word is no proof: {text}"
    );
}

#[test]
fn documents_keep_their_shape() {
    let redactor = redactor();
    let json = concat!(
        "[\n    {\n        \"Cmd\": [\n            \"run\",\n            \"--password\",\n            \"x y\"\n        ],\n",
        "        \"Labels\": {\n            \"my.token\": \"abc\",\n            \"other\": \"kept\"\n        }\n    }\n]\n"
    );
    let mut out = Vec::new();
    redactor.document(json.as_bytes(), &mut out);
    let out = String::from_utf8(out).unwrap();
    assert_eq!(out.lines().count(), json.lines().count());
    assert!(
        !out.contains("x y") && !out.contains("abc") && out.contains("kept"),
        "{out}"
    );
    let lines = b"{\"Action\":\"exec_create: sh -c PGPASSWORD=abc psql\"}\nnot JSON token=abc\n";
    let mut out = Vec::new();
    redactor.document(lines, &mut out);
    let out = String::from_utf8(out).unwrap();
    assert!(
        out.starts_with("{\"Action\":\"exec_create: sh -c PGPASSWORD=[redacted:"),
        "{out}"
    );
    assert!(
        out.contains("\nnot JSON token=[redacted:") && out.ends_with("]\n"),
        "{out}"
    );
}
