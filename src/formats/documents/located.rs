//! JSON that knows where its keys stand, so that a field can be cited, even in a document that is one
//! long line.

use nom::{
    IResult, Parser,
    branch::alt,
    bytes::complete::{tag, take_while},
    character::complete::{char, multispace0},
    combinator::{map, value},
    error::{Error, ErrorKind},
    number::complete::recognize_float,
    sequence::{delimited, preceded},
};
use std::borrow::Cow;

/// A JSON value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Json<'a> {
    Null,
    Bool(bool),
    /// As it is written.
    Number(&'a str),
    /// Decoded; bytes that are not UTF-8 are replaced.
    String(Cow<'a, str>),
    Array(Vec<Json<'a>>),
    Object(Vec<Member<'a>>),
}

/// One member of an object.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Member<'a> {
    pub(crate) key: Cow<'a, str>,
    /// Where the key stands in the document.
    pub(crate) at: usize,
    pub(crate) value: Json<'a>,
}

impl<'a> Json<'a> {
    /// The members of an object; none of anything else.
    pub(crate) fn members(&self) -> &[Member<'a>] {
        match self {
            Json::Object(members) => members,
            _ => &[],
        }
    }

    /// The elements of an array; none of anything else.
    pub(crate) fn elements(&self) -> &[Json<'a>] {
        match self {
            Json::Array(elements) => elements,
            _ => &[],
        }
    }

    /// The member at the end of a path of keys. Of equal keys the last one counts, as in Go.
    pub(crate) fn member(&self, path: &[&str]) -> Option<&Member<'a>> {
        let (key, rest) = path.split_first()?;
        let member = self.members().iter().rev().find(|m| m.key == *key)?;
        if rest.is_empty() {
            Some(member)
        } else {
            member.value.member(rest)
        }
    }

    /// The value at the end of a path of keys.
    pub(crate) fn get(&self, path: &[&str]) -> Option<&Json<'a>> {
        self.member(path).map(|member| &member.value)
    }

    /// The text of a string.
    pub(crate) fn str(&self) -> Option<&str> {
        match self {
            Json::String(text) => Some(text),
            _ => None,
        }
    }

    /// The value of `true` and `false`.
    pub(crate) fn bool(&self) -> Option<bool> {
        match self {
            Json::Bool(flag) => Some(*flag),
            _ => None,
        }
    }

    /// A whole number.
    pub(crate) fn integer<N: std::str::FromStr>(&self) -> Option<N> {
        match self {
            Json::Number(text) => text.parse().ok(),
            _ => None,
        }
    }
}

/// Deeper nesting than this is not read: it would need as much stack.
const MOST_DEPTH: usize = 128;

/// The value that stands at `at` in `document`, and where it ends.
pub(crate) fn value_at(document: &[u8], at: usize) -> Option<(Json<'_>, usize)> {
    let rest = document.get(at..)?;
    let (rest, json) = json(document.len(), MOST_DEPTH)(rest).ok()?;
    Some((json, document.len() - rest.len()))
}

/// A value of a document of `total` bytes. All places are counted back from its end.
fn json<'a>(total: usize, depth: usize) -> impl Fn(&'a [u8]) -> IResult<&'a [u8], Json<'a>> {
    move |input| match input.first() {
        Some(b'{') if depth > 0 => object(total, depth - 1, input),
        Some(b'[') if depth > 0 => array(total, depth - 1, input),
        Some(b'"') => map(string, Json::String).parse(input),
        _ => alt((
            value(Json::Null, tag("null")),
            value(Json::Bool(true), tag("true")),
            value(Json::Bool(false), tag("false")),
            map(recognize_float, |digits: &[u8]| {
                Json::Number(std::str::from_utf8(digits).unwrap_or_default())
            }),
        ))
        .parse(input),
    }
}

fn object<'a>(total: usize, depth: usize, input: &'a [u8]) -> IResult<&'a [u8], Json<'a>> {
    let member = |input: &'a [u8]| {
        let (input, _) = multispace0(input)?;
        let at = total - input.len();
        let (input, key) = string(input)?;
        let (input, _) = delimited(multispace0, char(':'), multispace0).parse(input)?;
        let (input, value) = json(total, depth)(input)?;
        Ok((input, Member { key, at, value }))
    };
    let (rest, members) = sequence('{', '}', member, input)?;
    Ok((rest, Json::Object(members)))
}

fn array<'a>(total: usize, depth: usize, input: &'a [u8]) -> IResult<&'a [u8], Json<'a>> {
    let element = |input: &'a [u8]| {
        let (input, _) = multispace0(input)?;
        json(total, depth)(input)
    };
    let (rest, elements) = sequence('[', ']', element, input)?;
    Ok((rest, Json::Array(elements)))
}

/// Items between brackets, separated by commas.
fn sequence<'a, T>(
    open: char,
    close: char,
    item: impl Fn(&'a [u8]) -> IResult<&'a [u8], T>,
    input: &'a [u8],
) -> IResult<&'a [u8], Vec<T>> {
    let (mut rest, _) = char(open)(input)?;
    let mut items = Vec::new();
    let empty: IResult<&[u8], char> = preceded(multispace0, char(close)).parse(rest);
    if let Ok((after, _)) = empty {
        return Ok((after, items));
    }
    loop {
        let (after, found) = item(rest)?;
        items.push(found);
        let (after, found) = preceded(multispace0, alt((char(','), char(close)))).parse(after)?;
        rest = after;
        if found == close {
            return Ok((rest, items));
        }
    }
}

/// A string with its quotes. Control characters are refused, line ends above all: a string that was
/// cut must not swallow what follows.
fn string(input: &[u8]) -> IResult<&[u8], Cow<'_, str>> {
    let (mut rest, _) = char('"')(input)?;
    loop {
        let (after, _) =
            take_while(|byte: u8| byte != b'"' && byte != b'\\' && byte >= b' ')(rest)?;
        match after {
            [b'"', end @ ..] => {
                let quoted = input.get(..input.len() - end.len()).unwrap_or_default();
                return Ok((end, decoded(quoted)));
            }
            [b'\\', escaped, end @ ..] if *escaped >= b' ' => rest = end,
            _ => {
                return Err(nom::Err::Error(Error::new(after, ErrorKind::Char)));
            }
        }
    }
}

/// The text of a quoted string.
fn decoded(quoted: &[u8]) -> Cow<'_, str> {
    let inside = quoted
        .get(1..quoted.len().saturating_sub(1))
        .unwrap_or_default();
    if !inside.contains(&b'\\') {
        return String::from_utf8_lossy(inside);
    }
    let text = String::from_utf8_lossy(quoted);
    match serde_json::from_str::<String>(&text) {
        Ok(text) => Cow::Owned(text),
        // A lone surrogate or an unknown escape: better as written than lost.
        Err(_) => String::from_utf8_lossy(inside),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_know_their_places() {
        let text = br#"[{"a": {"b": [1, {"b": -2.5e3}], "c" : null}, "b":"x\n\u00e9"}]"#;
        let (json, end) = value_at(text, 0).unwrap();
        assert_eq!(end, text.len());
        let object = &json.elements()[0];
        assert_eq!(object.member(&["a", "b"]).unwrap().at, 8);
        assert_eq!(object.member(&["a", "c"]).unwrap().at, 33);
        assert_eq!(object.get(&["b"]).unwrap().str(), Some("x\né"));
        assert_eq!(object.get(&["a", "c"]), Some(&Json::Null));
        let inner = object.get(&["a", "b"]).unwrap().elements();
        assert_eq!(inner[0].integer::<i64>(), Some(1));
        assert_eq!(inner[1].get(&["b"]), Some(&Json::Number("-2.5e3")));
        let (json, end) = value_at(text, 1).unwrap();
        assert_eq!((end, json.members().len()), (text.len() - 1, 2));
    }

    #[test]
    fn the_last_of_equal_keys_counts() {
        let (json, _) = value_at(br#"{"a":1,"a":2}"#, 0).unwrap();
        assert_eq!(json.get(&["a"]).unwrap().integer::<u8>(), Some(2));
    }

    #[test]
    fn odd_strings_are_kept() {
        let (json, _) = value_at(b"\"\xff\"", 0).unwrap();
        assert_eq!(json.str(), Some("\u{fffd}"));
        let (json, _) = value_at(br#""\ud800\q""#, 0).unwrap();
        assert_eq!(json.str(), Some(r"\ud800\q"));
    }

    #[test]
    fn what_is_no_json() {
        for text in [
            "",
            "{",
            "[",
            "[1,]",
            "{\"a\"}",
            "{\"a\":}",
            "{a:1}",
            "\"a",
            "\"a\nb\"",
            "nul",
            "[1 2]",
            "{\"a\":1,}",
        ] {
            assert_eq!(value_at(text.as_bytes(), 0), None, "{text}");
        }
        assert_eq!(value_at("[".repeat(100_000).as_bytes(), 0), None);
        assert_eq!(value_at(b"[]", 7), None);
    }
}
