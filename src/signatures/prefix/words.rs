//! The words that loggers use.

/// Whether it names a level.
pub(super) fn is_level(text: &[u8]) -> bool {
    const ANY_CASE: [&[u8]; 31] = [
        b"trace",
        b"debug",
        b"info",
        b"information",
        b"notice",
        b"warn",
        b"warning",
        b"err",
        b"error",
        b"fatal",
        b"critical",
        b"crit",
        b"emerg",
        b"emergency",
        b"alert",
        b"panic",
        b"severe",
        b"verbose",
        b"inf",
        b"wrn",
        b"dbg",
        b"ftl",
        b"trc",
        b"vrb",
        b"erro",
        b"debu",
        b"fata",
        b"finest",
        b"finer",
        b"success",
        b"informational",
    ];
    const UPPER: [&[u8]; 13] = [
        b"LOG", b"NOTE", b"SYSTEM", b"CONFIG", b"FINE", b"DETAIL", b"HINT", b"I", b"W", b"E", b"D",
        b"F", b"N",
    ];
    // Most that is asked for is a logger's name, with dots or underscores in it.
    if text.len() > 13 || !text.iter().all(u8::is_ascii_alphabetic) {
        return false;
    }
    UPPER.contains(&text)
        || text == b"System"
        || text == b"Note"
        || ANY_CASE
            .iter()
            .any(|level| level.eq_ignore_ascii_case(text))
}

/// Whether it is part of a date or of a time.
pub(super) fn is_calendar(text: &[u8]) -> bool {
    const WORDS: [&[u8]; 23] = [
        b"Mon", b"Tue", b"Wed", b"Thu", b"Fri", b"Sat", b"Sun", b"Jan", b"Feb", b"Mar", b"Apr",
        b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec", b"AM", b"PM", b"UTC",
        b"GMT",
    ];
    matches!(text.len(), 2 | 3) && WORDS.contains(&text)
}

/// Whether it may name a time zone.
pub(super) fn looks_like_zone(chunk: &[u8]) -> bool {
    (1..=5).contains(&chunk.len()) && chunk.iter().all(u8::is_ascii_uppercase)
}

/// `RuntimeError:` opens the report of an exception, whose text may quote anything.
pub(super) fn is_exception(stem: &[u8]) -> bool {
    ["Error", "Exception", "Traceback", "Warning", "Failure"]
        .iter()
        .any(|end| stem.len() > end.len() && stem.ends_with(end.as_bytes()))
}
