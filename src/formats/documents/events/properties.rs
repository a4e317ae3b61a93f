//! What is read fast is the same as what is read thoroughly: a blank before a line keeps the quick reader
//! from it.

use super::*;
use proptest::prelude::*;

fn read(text: &str) -> Parsed<Event> {
    parse(InputId(0), text.as_bytes(), &Zone::Utc)
}

/// What stands between the quotes of a JSON text, right or wrong.
fn inside() -> impl Strategy<Value = String> {
    let known = prop::sample::select(vec![
        "container",
        "network",
        "service",
        "start",
        "die",
        " exec_die ",
        "exec_create: sh -c \\\"a \\u003e b\\\"",
        "exec_start: sh",
        "health_status: unhealthy",
        "connect",
        "",
        "/api",
        "137",
        "é",
        "\\ud83d\\ude00",
        "\\ud83d",
        "\\",
        "\t",
        "\u{1}",
        "\u{7f}",
    ]);
    prop_oneof![4 => known.prop_map(str::to_owned), 1 => "[ -~é]{0,9}"]
}

fn value() -> impl Strategy<Value = String> {
    let other = prop::sample::select(vec![
        "0",
        "-1",
        "01",
        "7",
        "1795167671",
        "1795167671682449089",
        "9223372036854775808",
        "9999999999999999999",
        "20000000000000000000",
        "17951676710000000000000000000000",
        "1.5",
        "1e9",
        "null",
        "true",
        "{}",
        "[]",
        r#"{"ID":"x","ID":"y","Attributes":{"name":"a"},"Attributes":{"name":"b"}}"#,
    ]);
    prop_oneof![
        4 => inside().prop_map(|text| format!("\"{text}\"")),
        3 => other.prop_map(str::to_owned),
    ]
}

/// An object of `members`, with blanks where JSON allows them.
fn object(members: Vec<(String, String)>, blank: &str) -> String {
    let members: Vec<String> = members
        .into_iter()
        .map(|(key, value)| format!("\"{key}\":{blank}{value}"))
        .collect();
    format!("{{{}}}", members.join(&format!(",{blank}")))
}

fn attributes() -> impl Strategy<Value = Vec<(String, String)>> {
    let keys = vec![
        "execID", "exitCode", "image", "name", "signal", "oldName", "com.x", "",
    ];
    let texts = inside().prop_map(|text| format!("\"{text}\""));
    let key = prop_oneof![9 => prop::sample::select(keys).prop_map(str::to_owned), 1 => inside()];
    prop::collection::vec(
        (key, prop_oneof![9 => texts.boxed(), 1 => value().boxed()]),
        0..5,
    )
}

/// Members by key: each is there once, mostly as the engine writes it, unless something is odd.
fn line() -> impl Strategy<Value = String> {
    let usual = |text: &'static str, odd: u32| prop_oneof![20 - odd => Just(text.to_owned()), odd => value().boxed()];
    let text = inside().prop_map(|text| format!("\"{text}\""));
    let blank = prop::sample::select(vec!["", "", " ", "  ", "\t"]);
    let id = "\"1df37d801ee7ddbba5ab6ad4434afab06e81230114173545a9672f14131cccf0\"";
    let members = (
        usual("\"container\"", 4),
        prop_oneof![9 => text.boxed(), 1 => value().boxed()],
        (usual(id, 2), attributes(), any::<[bool; 2]>()),
        usual("\"local\"", 1),
        usual("1795167671", 4),
        usual("1795167671682449089", 4),
        value(),
    );
    let odd = prop::collection::vec((0..12_usize, value(), 0..12_usize), 0..3);
    let end = prop::sample::select(vec!["", "", "", ",", "\r", " ", "}", "x"]);
    (members, blank, odd, any::<bool>(), end).prop_map(
        |(
            (object_type, action, (id, attributes, has), scope, time, nanos, old),
            blank,
            odd,
            legacy,
            end,
        )| {
            let attributes = object(attributes, blank);
            let mut actor = Vec::new();
            if has[0] || has[1] {
                actor.push(("ID".to_owned(), id));
            }
            actor.push(("Attributes".to_owned(), attributes));
            let mut members: Vec<(String, String)> = [
                ("Type", object_type),
                ("Action", action),
                ("Actor", object(actor, blank)),
                ("scope", scope),
                ("time", time),
                ("timeNano", nanos),
            ]
            .map(|(key, value)| (key.to_owned(), value))
            .into();
            if legacy {
                let old = ["status", "id", "from"].map(|key| (key.to_owned(), old.clone()));
                members.splice(0..0, old);
            }
            let keys = [
                "Type",
                "Action",
                "Actor",
                "scope",
                "time",
                "timeNano",
                "Time",
                "from",
                "id",
                "MESSAGE",
                "service",
                "Act\\u0069on",
            ];
            for (key, value, at) in odd {
                let len = members.len();
                let at = at % len;
                match at % 3 {
                    0 => drop(members.remove(at)),
                    1 => members.insert(at, (keys[key].to_owned(), value)),
                    _ => members.swap(at, key % len),
                }
            }
            object(members, blank) + end
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4096, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_line_says_the_same_to_both_readers(line in line(), cut in prop::option::weighted(0.1, 0..400_usize)) {
        let line: String = line.chars().take(cut.unwrap_or(usize::MAX)).collect();
        let (quick, thorough) = (read(&line), read(&format!(" {line}")));
        prop_assert_eq!(quick.problems.len(), thorough.problems.len());
        let values = |parsed: Parsed<Event>| parsed.records.into_iter().map(|record| record.value);
        prop_assert!(values(quick).eq(values(thorough)));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whether announcements are joined as they are read or afterwards.
    #[test]
    fn commands_are_joined_the_same_however_their_lines_are_read(
        lines in prop::collection::vec((0..4_usize, 0..4_usize, 0..8_usize), 0..40),
    ) {
        let lines: Vec<String> = lines
            .into_iter()
            .enumerate()
            .map(|(n, (verb, exec, odd))| {
                let verb = ["exec_create: a", "exec_start: b", "exec_die", "start"][verb];
                let blank = if odd == 0 { " " } else { "" };
                format!(
                    r#"{blank}{{"Type":"container","Action":"{verb}","Actor":{{"ID":"1df37d801ee7","Attributes":{{"execID":"e{exec}","exitCode":"0"}}}},"timeNano":{}}}"#,
                    1_795_167_671_000_000_000_u64 + n as u64
                )
            })
            .collect();
        let mut expected = Vec::new();
        let mut offset = 0;
        for (line, n) in lines.iter().zip(1..) {
            for mut record in read(line).records {
                record.citation.place.line = n;
                record.citation.place.offset = offset;
                expected.push(record);
            }
            offset += line.len() as u64 + 1;
        }
        join(&mut expected);
        prop_assert_eq!(read(&lines.join("\n")).records, expected);
    }
}

#[test]
fn what_the_engine_writes_is_read_quickly() {
    let line = r#"{"status":"exec_die","id":"1df37d801ee7","from":"api:1","Type":"container","Action":"exec_die","Actor":{"ID":"1df37d801ee7","Attributes":{"com.x":"a \u003e \"b\"","execID":"e1","exitCode":"0","image":"api:1","name":"api"}},"scope":"local","time":1795167671,"timeNano":1795167671682449089}"#;
    let spaced = line.replace("\":", "\": ").replace(",\"", ", \"");
    for line in [
        line,
        &spaced,
        &line.replace("},\"scope", "},  \"scope"),
        &format!("{line},\r"),
    ] {
        let mut attributes = Vec::new();
        let read = quick::read(line.as_bytes(), &mut attributes).unwrap();
        assert!(read.words(&attributes).is_some(), "{line}");
        assert_eq!(attributes[0].1, "a > \"b\"");
    }
}
