//! Cuts a prefix into tokens.

/// One thing that a logger writes before its message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token<'h> {
    Blank,
    /// `-`, `|`, `---`, an emoji.
    Mark,
    /// `[main]`, `(app)`.
    Group(&'h [u8]),
    /// `pid=1`.
    Pair,
    /// A run without blanks, to be told by its spelling.
    Chunk(&'h [u8]),
    /// `]` without its `[`, as klog ends its prefix.
    Close,
}

/// The token that `input` begins with, and what follows it.
///
/// By hand, because it is asked several times for each recognised line: its first byte tells what a
/// token can be.
pub(super) fn token(input: &[u8]) -> Option<(&[u8], Token<'_>)> {
    let first = *input.first()?;
    let (len, token) = match first {
        b' ' | b'\t' => (run(input, is_blank), Token::Blank),
        b'[' | b'(' | b'<' => {
            let inside = group(input)?;
            (inside.len() + 2, Token::Group(inside))
        }
        b'|' => (1, Token::Mark),
        b']' => (1, Token::Close),
        _ if is_chunk(first) => {
            if let Some(len) = key_value(input) {
                (len, Token::Pair)
            } else {
                let len = run(input, is_chunk);
                (len, Token::Chunk(input.get(..len)?))
            }
        }
        _ => (symbol(input)?, Token::Mark),
    };
    Some((input.get(len..)?, token))
}

/// How many bytes `text` begins with that are `wanted`.
pub(super) fn run(text: &[u8], wanted: impl Fn(u8) -> bool) -> usize {
    text.iter().take_while(|b| wanted(**b)).count()
}

/// What stands in `[...]`, one level of nesting, or `(...)`, `<14>`.
fn group(input: &[u8]) -> Option<&[u8]> {
    let (open, rest) = input.split_first()?;
    let quotes = |b: u8| matches!(b, b'"' | b'\'' | b'`' | b'\\' | b'\n');
    let flat = |b: u8| !matches!(b, b'[' | b']') && !quotes(b);
    let (len, close) = match open {
        b'[' => {
            let mut len = run(rest, flat);
            if let Some([b'[', inner @ ..]) = rest.get(len..) {
                let nested = run(inner, flat);
                let after = inner.get(nested..)?.strip_prefix(b"]")?;
                len += nested + 2 + run(after, flat);
            }
            (len, b']')
        }
        b'(' => (run(rest, |b| !matches!(b, b'(' | b')') && !quotes(b)), b')'),
        _ => (run(rest, |b| b.is_ascii_digit() || b == b'.'), b'>'),
    };
    let closed = rest.get(len) == Some(&close) && (*open != b'<' || len > 0);
    if closed { rest.get(..len) } else { None }
}

/// The length of `key=value`, `key="a value"`.
fn key_value(input: &[u8]) -> Option<usize> {
    let first = input.first()?;
    let key = run(input, is_key);
    if !(first.is_ascii_alphabetic() || matches!(first, b'@' | b'_')) {
        return None;
    }
    let value = input.get(key..)?.strip_prefix(b"=")?;
    if let Some(quoted) = value.strip_prefix(b"\"") {
        let len = run(quoted, |b| b != b'"' && b != b'\\');
        // What has no end is no bare value either: that holds no quotes.
        return (quoted.get(len) == Some(&b'"')).then_some(key + len + 3);
    }
    let bare = run(value, |b| !is_blank(b) && !matches!(b, b'"' | b'\'' | b'`'));
    (bare > 0).then_some(key + 1 + bare)
}

/// The length of a character outside ASCII that is neither a letter nor a quote.
fn symbol(input: &[u8]) -> Option<usize> {
    let text = input.utf8_chunks().next().map_or("", |chunk| chunk.valid());
    let c = text.chars().next()?;
    (!c.is_ascii() && !c.is_alphanumeric() && !is_quote(c)).then(|| c.len_utf8())
}

fn is_quote(c: char) -> bool {
    matches!(
        c,
        '\u{2018}'..='\u{201f}' | '«' | '»' | '‹' | '›' | '「' | '」' | '『' | '』'
    )
}

pub(super) fn is_blank(b: u8) -> bool {
    matches!(b, b' ' | b'\t')
}

/// Whether the key of a pair may hold the byte.
pub(in crate::signatures) fn is_key(b: u8) -> bool {
    KEY[usize::from(b)]
}

fn is_chunk(b: u8) -> bool {
    CHUNK[usize::from(b)]
}

/// What a key is made of, by byte.
static KEY: [bool; 256] = ascii_and(b"_.-@");
/// What a chunk is made of, by byte.
static CHUNK: [bool; 256] = ascii_and(b"_.$/@#-:*+~%,=>;!");

/// ASCII letters, digits and `others`, by byte.
const fn ascii_and(others: &[u8]) -> [bool; 256] {
    let mut table = [false; 256];
    let mut byte = 0_u8;
    while byte < 128 {
        table[byte as usize] = byte.is_ascii_alphanumeric();
        byte += 1;
    }
    let mut at = 0;
    while at < others.len() {
        table[others[at] as usize] = true;
        at += 1;
    }
    table
}
