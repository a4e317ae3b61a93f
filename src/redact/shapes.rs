//! Secrets that show by their shape, whatever stands before them.

/// A token's first characters, and how many of its own follow at least. Sources: the issuers' own
/// documentation, as secret scanners list it.
const TOKENS: [(&str, usize); 24] = [
    ("ghp_", 20),
    ("gho_", 20),
    ("ghu_", 20),
    ("ghs_", 20),
    ("ghr_", 20),
    ("github_pat_", 20),
    ("glpat-", 15),
    ("xoxb-", 10),
    ("xoxp-", 10),
    ("xoxa-", 10),
    ("xoxs-", 10),
    ("AKIA", 16),
    ("ASIA", 16),
    ("sk-", 20),
    ("sk_live_", 10),
    ("sk_test_", 10),
    ("rk_live_", 10),
    ("AIza", 30),
    ("npm_", 30),
    ("SG.", 30),
    ("hvs.", 20),
    ("dckr_pat_", 20),
    ("pypi-", 30),
    // A JSON Web Token: {" in base64.
    ("eyJ", 30),
];

/// What a line must hold for [`token`] to be asked.
pub(super) fn hints() -> impl Iterator<Item = &'static str> {
    TOKENS.iter().map(|(begin, _)| *begin)
}

/// The end of the token that begins at `at`.
pub(super) fn token(text: &[u8], at: usize) -> Option<usize> {
    if at > 0 && (text[at - 1].is_ascii_alphanumeric() || text[at - 1] == b'_') {
        return None;
    }
    let rest = text.get(at..)?;
    let length = rest
        .iter()
        .take_while(|byte| {
            byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'=')
        })
        .count();
    TOKENS
        .iter()
        .any(|(begin, more)| rest.starts_with(begin.as_bytes()) && length >= begin.len() + more)
        .then_some(at + length)
}

/// The secret part of the URL whose `://` stands at `at`.
pub(super) fn credentials(text: &[u8], at: usize) -> Option<(usize, usize)> {
    let begin = at + 3;
    let rest = text.get(begin..)?;
    let end = rest
        .iter()
        .position(|byte| {
            byte.is_ascii_whitespace() || matches!(byte, b'"' | b'\'' | b'`' | b'<' | b'>')
        })
        .unwrap_or(rest.len());
    let rest = &rest[..end];
    let path = rest
        .iter()
        .position(|byte| matches!(byte, b'/' | b'?' | b'#'));
    let colon = rest.iter().position(|byte| *byte == b':');
    // A password may hold a slash that should have been escaped; a port may not.
    let is_port = |until: usize| {
        colon.is_some_and(|colon| {
            colon < until && rest[colon + 1..until].iter().all(u8::is_ascii_digit)
        })
    };
    let limit = match path {
        Some(path) if colon.is_none_or(|colon| path < colon) || is_port(path) => path,
        _ => rest.len(),
    };
    let sign = rest[..limit].iter().rposition(|byte| *byte == b'@')?;
    match colon.filter(|colon| *colon < sign) {
        Some(colon) if colon + 1 < sign => Some((begin + colon + 1, begin + sign)),
        Some(_) => None,
        // A name alone is none, but some services take a token there.
        None => (sign >= 16).then_some((begin, begin + sign)),
    }
}

/// The credentials behind `Bearer` or `Basic`, which ends at `at`.
pub(super) fn behind_scheme(text: &[u8], scheme: &[u8], at: usize) -> Option<(usize, usize)> {
    let begin = at
        + text
            .get(at..)?
            .iter()
            .take_while(|byte| **byte == b' ')
            .count();
    let length = text
        .get(begin..)?
        .iter()
        .take_while(|byte| {
            byte.is_ascii_alphanumeric()
                || matches!(byte, b'.' | b'_' | b'~' | b'+' | b'/' | b'=' | b'-')
        })
        .count();
    let value = &text[begin..begin + length];
    let is_bearer = scheme.eq_ignore_ascii_case(b"bearer");
    // "Basic authentication" is prose.
    let looks = value
        .iter()
        .any(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase() || *byte == b'=');
    let enough = if is_bearer { 4 } else { 6 };
    (begin > at && length >= enough && (is_bearer || looks)).then_some((begin, begin + length))
}
