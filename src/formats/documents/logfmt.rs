//! logfmt as Go programs write it: `time="..." level=info msg="a \"b\"" key=value`.
//! Source: logrus `text_formatter.go` (values are quoted with Go's `%q` when they need it).

use nom::{
    IResult, Parser,
    bytes::complete::{take_while, take_while1},
    character::complete::{char, multispace0},
    combinator::opt,
    sequence::{preceded, terminated},
};
use std::borrow::Cow;

/// The pairs of one line, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Pairs<'a> {
    pairs: Vec<(Cow<'a, str>, Cow<'a, str>)>,
    /// The line ends inside a value, or holds something else than pairs.
    pub(crate) cut: bool,
}

impl<'a> Pairs<'a> {
    /// The value of the first pair with that key.
    pub(crate) fn get(&self, key: &str) -> Option<&str> {
        self.pairs
            .iter()
            .find_map(|(known, value)| (known == key).then_some(value.as_ref()))
    }

    /// The same, independent of the line.
    pub(crate) fn into_owned(self) -> Pairs<'static> {
        let own = |text: Cow<'_, str>| Cow::Owned(text.into_owned());
        Pairs {
            pairs: self
                .pairs
                .into_iter()
                .map(|(key, value)| (own(key), own(value)))
                .collect(),
            cut: self.cut,
        }
    }

    /// Adds a pair that was written in another way.
    pub(crate) fn push(&mut self, key: impl Into<Cow<'a, str>>, value: impl Into<Cow<'a, str>>) {
        self.pairs.push((key.into(), value.into()));
    }
}

/// Reads a line; `None` when it does not begin with a pair.
pub(crate) fn parse(line: &str) -> Option<Pairs<'_>> {
    let mut pairs = Pairs::default();
    let mut rest = line;
    while let Ok((after, (key, value))) = pair(rest) {
        pairs.push(key, value);
        rest = after;
    }
    pairs.cut = !rest.trim().is_empty();
    (!pairs.pairs.is_empty()).then_some(pairs)
}

fn pair(input: &str) -> IResult<&str, (&str, Cow<'_, str>)> {
    let key = take_while1(|c: char| !c.is_whitespace() && !"=\"".contains(c));
    let (input, key) = terminated(preceded(multispace0, key), char('=')).parse(input)?;
    let (input, quoted) = opt(quoted).parse(input)?;
    if let Some(value) = quoted {
        return Ok((input, (key, value)));
    }
    let mut bare = take_while(|c: char| !c.is_whitespace() && c != '"');
    let (input, value) = bare.parse(input)?;
    Ok((input, (key, Cow::Borrowed(value))))
}

/// A value in quotes, with the escapes of Go's `%q` undone.
fn quoted(input: &str) -> IResult<&str, Cow<'_, str>> {
    let (mut rest, _) = char('"')(input)?;
    let mut text = Cow::Borrowed("");
    loop {
        let (after, plain) = take_while(|c| c != '"' && c != '\\')(rest)?;
        if text.is_empty() {
            text = Cow::Borrowed(plain);
        } else {
            text.to_mut().push_str(plain);
        }
        let mut chars = after.chars();
        match chars.next() {
            Some('"') => return Ok((chars.as_str(), text)),
            Some('\\') => {
                let (after, escaped) = escape(chars.as_str());
                text.to_mut().extend(escaped);
                rest = after;
            }
            _ => return char('"')(after).map(|(rest, _)| (rest, text)),
        }
    }
}

/// What follows a backslash, decoded. An unknown escape stands for its own letter.
fn escape(rest: &str) -> (&str, Option<char>) {
    let mut chars = rest.chars();
    let Some(letter) = chars.next() else {
        return (rest, None);
    };
    let after = chars.as_str();
    let digits = match letter {
        'x' => 2,
        'u' => 4,
        'U' => 8,
        _ => 0,
    };
    if digits > 0
        && let Some(hex) = after.get(..digits)
        && let Ok(number) = u32::from_str_radix(hex, 16)
    {
        let decoded = char::from_u32(number).unwrap_or(char::REPLACEMENT_CHARACTER);
        return (after.get(digits..).unwrap_or_default(), Some(decoded));
    }
    let decoded = match letter {
        'n' => '\n',
        't' => '\t',
        'r' => '\r',
        other => other,
    };
    (after, Some(decoded))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_bare_and_quoted() {
        let line = r#"time="2026-11-20T10:45:32.838085747Z" level=warning msg="a \"b\"\n\u00e9" empty= error="restart canceled" exitStatus="{0 2026-11-20 10:45:32 +0000 UTC}" n=0"#;
        let pairs = parse(line).unwrap();
        assert!(!pairs.cut);
        assert_eq!(pairs.get("level"), Some("warning"));
        assert_eq!(pairs.get("msg"), Some("a \"b\"\né"));
        assert_eq!(pairs.get("empty"), Some(""));
        assert_eq!(
            pairs.get("exitStatus"),
            Some("{0 2026-11-20 10:45:32 +0000 UTC}")
        );
        assert_eq!(pairs.get("n"), Some("0"));
        assert_eq!(pairs.get("none"), None);
    }

    #[test]
    fn the_first_of_equal_keys_counts() {
        assert_eq!(parse("id=1 id=2").unwrap().get("id"), Some("1"));
    }

    #[test]
    fn lines_that_are_cut_or_no_pairs() {
        assert!(parse(r#"level=info msg="cut"#).unwrap().cut);
        assert!(parse(r#"level=info msg="cut\"#).unwrap().cut);
        assert!(parse("level=info and words").unwrap().cut);
        assert_eq!(parse("only words"), None);
        assert_eq!(parse("\"a\"=1"), None);
        assert_eq!(parse(""), None);
        assert_eq!(parse(r#"a="\xé\u12""#).unwrap().get("a"), Some("xéu12"));
    }
}
