use super::*;
use chrono::FixedOffset;

fn read(text: &str) -> Option<(String, bool, usize)> {
    let zone = Zone::Fixed(FixedOffset::east_opt(3600).unwrap());
    let (stamp, used) = leading_time(text.as_bytes(), &zone, Some(2026))?;
    let shown = stamp
        .time
        .to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true);
    Some((shown, stamp.assumed_zone, used))
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn times_as_programs_write_them() {
    // text, what it means where the run's zone is +01:00, whether the zone was assumed, what is left
    for (text, time, assumed, rest) in [
        (
            "2026-11-20T09:41:25.841Z netfix: OK",
            "2026-11-20T09:41:25.841Z",
            false,
            " netfix: OK",
        ),
        (
            "2026-11-20T10:41:25.0000000017+01:00 x",
            "2026-11-20T09:41:25.000000001Z",
            false,
            " x",
        ),
        ("2026-11-20T10:41:25 x", "2026-11-20T09:41:25Z", true, " x"),
        (
            "2026-11-20T09:41:26+0000 vm x",
            "2026-11-20T09:41:26Z",
            false,
            " vm x",
        ),
        (
            "2026-01-02 03:04:05,250 INFO x",
            "2026-01-02T02:04:05.250Z",
            true,
            " INFO x",
        ),
        (
            "2026-01-02 03:04:05 +0000 x",
            "2026-01-02T03:04:05Z",
            false,
            " x",
        ),
        (
            "2026-01-02 03:04:05 +0000 INFO x",
            "2026-01-02T03:04:05Z",
            false,
            " INFO x",
        ),
        (
            "2026-01-02 03:04:05.5+00 x",
            "2026-01-02T03:04:05.500Z",
            false,
            " x",
        ),
        (
            "2026-01-02  03:04:05 UTC",
            "2026-01-02T03:04:05Z",
            false,
            "",
        ),
        (
            "2026/01/02 03:04:05 [notice]",
            "2026-01-02T02:04:05Z",
            true,
            " [notice]",
        ),
        (
            "[2025-12-29 14:32:01 UTC] ACTION: x",
            "2025-12-29T14:32:01Z",
            false,
            " ACTION: x",
        ),
        (
            "[2026-11-20 09:42:47 +0000] [7] x",
            "2026-11-20T09:42:47Z",
            false,
            " [7] x",
        ),
        (
            "20-11-2026 09:44:29 Container /x",
            "2026-11-20T08:44:29Z",
            true,
            " Container /x",
        ),
        ("20/11/2026 09:44:29 x", "2026-11-20T08:44:29Z", true, " x"),
        ("11/20/2026 09:44:29 x", "2026-11-20T08:44:29Z", true, " x"),
        (
            "[20/Nov/2026:09:44:29 +0000] x",
            "2026-11-20T09:44:29Z",
            false,
            " x",
        ),
        (
            "20-Nov-2026 09:44:29] x",
            "2026-11-20T08:44:29Z",
            true,
            "] x",
        ),
        (
            "Nov 20 09:43:18 vm prog[1]: x",
            "2026-11-20T08:43:18Z",
            true,
            " vm prog[1]: x",
        ),
        ("Nov  2 09:43:18 vm", "2026-11-02T08:43:18Z", true, " vm"),
        (
            "Nov 20 09:43:18.123456 vm",
            "2026-11-20T08:43:18.123456Z",
            true,
            " vm",
        ),
        ("Thu Nov 20 09:41:25 2025", "2025-11-20T08:41:25Z", true, ""),
        (
            "Fri Nov 20 09:41:25 UTC 2026 x",
            "2026-11-20T09:41:25Z",
            false,
            " x",
        ),
        (
            "Fri Nov 20 09:41:25 AM CET 2026: x",
            "2026-11-20T08:41:25Z",
            false,
            ": x",
        ),
        (
            "Fri 20 Nov 2026 09:41:25 PM UTC: x",
            "2026-11-20T21:41:25Z",
            false,
            ": x",
        ),
        (
            "Fri, 20 Nov 2026 09:41:25 +0000 x",
            "2026-11-20T09:41:25Z",
            false,
            " x",
        ),
        (
            "Fri 2026-11-20 09:41:26 UTC vm x",
            "2026-11-20T09:41:26Z",
            false,
            " vm x",
        ),
        (
            "I1120 09:41:25.123456    7 a.go:1] x",
            "2026-11-20T08:41:25.123456Z",
            true,
            "    7 a.go:1] x",
        ),
        (
            "2019-03-02 10:33:42.312377447 -0600 CST container create",
            "2019-03-02T16:33:42.312377447Z",
            false,
            " container create",
        ),
        (
            "2026-11-20 09:44:40.06 +0000 UTC container",
            "2026-11-20T09:44:40.060Z",
            false,
            " container",
        ),
        (
            "2026-11-20 09:44:40 -0300 -03 container",
            "2026-11-20T12:44:40Z",
            false,
            " container",
        ),
        (
            "1795167685.25 vm x",
            "2026-11-20T09:41:25.250Z",
            false,
            " vm x",
        ),
        (
            "2026-11-20T09:41:60Z leap",
            "2026-11-20T09:41:59Z",
            false,
            " leap",
        ),
    ] {
        let expected = Some((time.to_owned(), assumed, text.len() - rest.len()));
        assert_eq!(read(text), expected, "{text}");
    }
}

#[test]
fn what_is_no_time() {
    for text in [
        "",
        "pms-backend",
        "2026-13-20T09:41:25Z",
        "2026-02-30 09:41:25",
        "2026-11-20",
        "2026-11-20T09:41",
        "2026-11-20T25:41:25Z",
        "2026-11-20T09:41:25Zulu",
        "2026-11-20T09:41:257",
        "[2026-11-20T09:41:25Z",
        "12345678901 x",
        "Foo 20 09:43:18",
        "I9920 09:41:25",
        "31/31/2026 00:00:00",
    ] {
        assert_eq!(read(text), None, "{text}");
    }
}

#[test]
fn a_time_without_a_year_needs_a_hint() {
    let line = b"Nov 20 09:43:18 vm x";
    assert_eq!(leading_time(line, &Zone::Utc, None), None);
    assert_eq!(leading_stamp(line, &Zone::Utc, None), Some((None, 15)));
    let (stamp, _) = leading_time(line, &Zone::Utc, Some(2024)).unwrap();
    assert!(stamp.assumed_year);
    assert_eq!(stamp.time.year(), 2024);
    // No such day in that year.
    assert_eq!(
        leading_time(b"Feb 29 01:02:03 x", &Zone::Utc, Some(2023)),
        None
    );
}

#[test]
fn zones_by_name_and_number() {
    assert_eq!(Zone::parse("UTC"), Some(Zone::Utc));
    assert_eq!(Zone::parse("local"), Some(Zone::Local));
    let fixed = |seconds| FixedOffset::east_opt(seconds).map(Zone::Fixed);
    assert_eq!(Zone::parse("+01:00"), fixed(3600));
    assert_eq!(Zone::parse("-0530"), fixed(-19800));
    assert_eq!(Zone::parse("+02"), fixed(7200));
    assert_eq!(
        Zone::parse("europe/berlin"),
        Some(Zone::Named(chrono_tz::Europe::Berlin))
    );
    assert_eq!(Zone::parse("Europe/Atlantis"), None);
    assert_eq!(Zone::parse("+99:00"), None);
    assert_eq!(Zone::parse(""), None);
}

#[test]
fn the_hours_of_daylight_saving() {
    let berlin = Zone::Named(chrono_tz::Europe::Berlin);
    let read = |text: &str| {
        let (stamp, _) = leading_time(text.as_bytes(), &berlin, None).unwrap();
        stamp
            .time
            .to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
    };
    // 02:30 happened twice on this night: the first one, still in summer time.
    assert_eq!(read("2026-10-25 02:30:00"), "2026-10-25T00:30:00Z");
    // And never on this one: half an hour after the jump from 02:00 to 03:00.
    assert_eq!(read("2026-03-29 02:30:00"), "2026-03-29T01:30:00Z");
    assert_eq!(read("2026-07-01 12:00:00"), "2026-07-01T10:00:00Z");
}

#[test]
fn a_whole_text_may_be_the_zero_time() {
    assert!(whole_time("2026-11-20T10:48:50.200577219Z", &Zone::Utc).is_some());
    assert_eq!(whole_time("0001-01-01T00:00:00Z", &Zone::Utc), None);
    assert_eq!(
        whole_time("2026-11-20T10:48:50Z and more", &Zone::Utc),
        None
    );
    assert_eq!(whole_time("", &Zone::Utc), None);
}
