//! What a logger writes before a message, told from prose.
//!
//! A signature counts only where a program says it, not where someone quotes it. So what stands
//! before the matched text must be a run of what loggers write there: times, levels, groups in
//! brackets, numbers, `key=value` pairs, logger names, symbols. Two ordinary words, an opening
//! quote or the name of an exception make it prose.

use super::shapes::are_alike;

/// A longer head is no prefix, whatever it holds.
const LONGEST: usize = 400;
/// More logger names than this in one prefix make it prose.
const MOST_NAMES: usize = 4;

/// One thing that a logger writes before its message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token<'h> {
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

/// What a chunk is, by its spelling.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Chunk {
    Mark,
    /// A date, a time of day.
    Time,
    Number,
    Level,
    /// A month, a weekday, a time zone.
    Calendar,
    /// A logger's name.
    Name,
    /// Any other word.
    Word,
    /// No logger writes this.
    Prose,
}

/// What a prefix says beside being one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Prefix {
    /// The process that wrote the line, when the prefix has a place for it.
    pub(super) pid: Option<u32>,
    /// It holds a time, a level or a group, not only names.
    strong: bool,
}

/// Reads the whole head as a logger's prefix, or says that it is none.
pub(super) fn read(head: &[u8]) -> Option<Prefix> {
    if head.len() > LONGEST || !ends_well(head) {
        return None;
    }
    let mut reader = Reader {
        syslog: head.starts_with(b"<"),
        ..Reader::default()
    };
    let mut rest = head;
    while !rest.is_empty() {
        let (after, token) = token(rest)?;
        if after.len() >= rest.len() {
            return None;
        }
        reader.take(token, after)?;
        rest = after;
    }
    reader.finish(head)
}

/// Heads that are remembered at the most.
const SLOTS: usize = 16;

/// Heads that were read before. A logger writes the same one each time but for its digits, and which
/// digits they are says nothing but the process.
#[derive(Debug, Default)]
pub(super) struct Heads {
    /// Each head has one slot, which the next one for it takes over.
    slots: Vec<Option<Known>>,
}

/// A head, and what it and those that differ from it in digits alone are read as.
#[derive(Debug)]
struct Known {
    head: Vec<u8>,
    read: Option<Prefix>,
}

impl Heads {
    /// As [`read`].
    pub(super) fn read(&mut self, head: &[u8]) -> Option<Prefix> {
        if head.is_empty() || head.len() > LONGEST {
            return read(head);
        }
        self.slots.resize_with(SLOTS, || None);
        let slot = &mut self.slots[head.len() % SLOTS];
        if let Some(known) = slot
            && are_alike(&known.head, head)
        {
            return known.read;
        }
        let read = read(head);
        if read.is_none_or(|prefix| prefix.pid.is_none()) && numbers_are_short(head) {
            let head = head.to_owned();
            *slot = Some(Known { head, read });
        }
        read
    }
}

/// Whether all numbers of the head are short enough for a process's: what is none for its size would be
/// no sign of one with other digits.
fn numbers_are_short(head: &[u8]) -> bool {
    const LONGEST_NUMBER: usize = 9;
    let mut runs = head.chunk_by(|a, b| a.is_ascii_digit() == b.is_ascii_digit());
    runs.all(|run| run.len() <= LONGEST_NUMBER || !run[0].is_ascii_digit())
}

/// Reads a prefix that begins in the middle of a torn line: it must open with a date or a level.
pub(super) fn read_torn(head: &[u8]) -> Option<Prefix> {
    let opens = match token(head)?.1 {
        // `Error:` may be the end of an exception's name; `ERROR:` is a level.
        Token::Chunk(chunk) => match classify(chunk, &[]) {
            Chunk::Time => true,
            Chunk::Level => !chunk.iter().any(u8::is_ascii_lowercase),
            _ => false,
        },
        Token::Group(group) => group.first().is_some_and(u8::is_ascii_digit),
        _ => false,
    };
    if opens { read(head) } else { None }
}

/// What a token means may depend on the one before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Last {
    #[default]
    Other,
    /// A time, and perhaps its zone.
    Time,
    /// A word or name right after a time, as syslog writes its host and program.
    Host,
    Number(u32),
    Word,
}

#[derive(Default)]
struct Reader {
    prefix: Prefix,
    words: usize,
    names: usize,
    klog: bool,
    /// `<14>1 TIME host program`: two words.
    syslog: bool,
    last: Last,
}

impl Reader {
    fn take(&mut self, token: Token<'_>, after: &[u8]) -> Option<()> {
        self.last = match token {
            Token::Blank => self.last,
            Token::Mark | Token::Pair => Last::Other,
            Token::Close if self.klog => Last::Other,
            Token::Close => return None,
            Token::Group(inside) => self.group(inside),
            Token::Chunk(chunk) => self.chunk(chunk, after)?,
        };
        Some(())
    }

    fn group(&mut self, inside: &[u8]) -> Last {
        self.prefix.strong = true;
        match number(inside) {
            // `[time] [7] [INFO]`, `time UTC [7] LOG:`, `Nov 20 09:42:47 host app[7]:`
            Some(pid) if matches!(self.last, Last::Time | Last::Host) => self.pid(Some(pid)),
            Some(_) => {}
            None => self.pid(group_pid(inside)),
        }
        if looks_timed(inside) {
            Last::Time
        } else {
            Last::Other
        }
    }

    fn chunk(&mut self, chunk: &[u8], after: &[u8]) -> Option<Last> {
        let after_time = self.last == Last::Time;
        Some(match classify(chunk, after) {
            Chunk::Prose => return None,
            Chunk::Mark => {
                // Spring Boot writes ` INFO 1 --- [main]`.
                if let (Last::Number(pid), b"---") = (self.last, chunk) {
                    self.pid(Some(pid));
                }
                Last::Other
            }
            Chunk::Time => {
                self.prefix.strong = true;
                self.klog |= is_klog(chunk);
                self.pid(chunk_pid(chunk));
                Last::Time
            }
            Chunk::Number => {
                self.pid(chunk_pid(chunk));
                number(chunk).map_or(Last::Other, Last::Number)
            }
            Chunk::Level => {
                self.prefix.strong = true;
                Last::Other
            }
            Chunk::Calendar => self.last,
            Chunk::Name => {
                self.names += 1;
                // A plain name after a bare word is prose: `customer said: `.
                let plain = !chunk.iter().any(|b| matches!(b, b'.' | b'/'));
                if self.names > MOST_NAMES || (self.last == Last::Word && plain) {
                    return None;
                }
                if matches!(self.last, Last::Time | Last::Host) {
                    Last::Host
                } else {
                    Last::Other
                }
            }
            Chunk::Word if after_time && looks_like_zone(chunk) => Last::Time,
            Chunk::Word => {
                self.words += 1;
                if self.words > if self.syslog { 2 } else { 1 } {
                    return None;
                }
                if after_time { Last::Host } else { Last::Word }
            }
        })
    }

    /// The first process named is the line's own.
    fn pid(&mut self, pid: Option<u32>) {
        self.prefix.pid = self.prefix.pid.or(pid);
    }

    fn finish(mut self, head: &[u8]) -> Option<Prefix> {
        if self.words > 0 && !self.prefix.strong {
            return None;
        }
        self.pid(paired_pid(head));
        Some(self.prefix)
    }
}

/// The token that `input` begins with, and what follows it.
///
/// By hand, because it is asked several times for each recognised line: its first byte tells what a
/// token can be.
fn token(input: &[u8]) -> Option<(&[u8], Token<'_>)> {
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
fn run(text: &[u8], wanted: impl Fn(u8) -> bool) -> usize {
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

fn is_blank(b: u8) -> bool {
    matches!(b, b' ' | b'\t')
}

/// Whether the key of a pair may hold the byte.
pub(super) fn is_key(b: u8) -> bool {
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

/// A prefix ends where a word cannot run on into the message.
fn ends_well(head: &[u8]) -> bool {
    head.last().is_none_or(|b| {
        is_blank(*b) || matches!(b, b']' | b')' | b':' | b'|' | b'>' | b'-' | b'*') || !b.is_ascii()
    })
}

/// Tells a chunk by its spelling and by what follows it. It is ASCII.
fn classify(chunk: &[u8], after: &[u8]) -> Chunk {
    let closing = chunk
        .iter()
        .rev()
        .take_while(|b| matches!(b, b':' | b',' | b';' | b'!'));
    let stem = &chunk[..chunk.len() - closing.count()];
    if !stem.iter().any(u8::is_ascii_alphanumeric) {
        return Chunk::Mark;
    }
    let opening = run(stem, |b| {
        matches!(
            b,
            b'-' | b'+' | b'#' | b'*' | b'@' | b'=' | b'>' | b'~' | b'.'
        )
    });
    if stem.get(opening).is_some_and(u8::is_ascii_digit) {
        return if looks_timed(stem) {
            Chunk::Time
        } else {
            Chunk::Number
        };
    }
    if is_klog(chunk) {
        return Chunk::Time;
    }
    if is_level(&stem[..run(stem, |b| !matches!(b, b':' | b'/'))]) {
        return Chunk::Level;
    }
    if is_calendar(stem) {
        return Chunk::Calendar;
    }
    let colon = chunk.len() > stem.len() && chunk.ends_with(b":");
    if colon && is_exception(stem) {
        return Chunk::Prose;
    }
    let dotted = stem.iter().any(|b| matches!(b, b'.' | b'/' | b':')) && !stem.ends_with(b".");
    let closed = after.first().is_some_and(|b| matches!(b, b'[' | b'|'));
    if colon || dotted || closed || separated(after) {
        Chunk::Name
    } else {
        Chunk::Word
    }
}

/// A blank run and then `-`, `:` or `|` that stands alone.
fn separated(after: &[u8]) -> bool {
    let rest = after.trim_ascii_start();
    let mark = rest
        .iter()
        .take_while(|b| matches!(b, b'-' | b':' | b'|'))
        .count();
    after.len() > rest.len() && mark > 0 && rest.get(mark).is_none_or(|b| is_blank(*b))
}

/// A time of day or a date: digits with `:`, or with two `-` or `/`.
fn looks_timed(text: &[u8]) -> bool {
    // Too short to prepare a search.
    let count = |wanted: u8| -> usize { text.iter().map(|b| usize::from(*b == wanted)).sum() };
    text.iter().any(u8::is_ascii_digit) && (count(b':') > 0 || count(b'-') > 1 || count(b'/') > 1)
}

/// `I1120` opens a line of klog.
fn is_klog(chunk: &[u8]) -> bool {
    matches!(chunk, [b'I' | b'W' | b'E' | b'F', digits @ ..]
        if digits.len() == 4 && digits.iter().all(u8::is_ascii_digit))
}

fn is_level(text: &[u8]) -> bool {
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

fn is_calendar(text: &[u8]) -> bool {
    const WORDS: [&[u8]; 23] = [
        b"Mon", b"Tue", b"Wed", b"Thu", b"Fri", b"Sat", b"Sun", b"Jan", b"Feb", b"Mar", b"Apr",
        b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec", b"AM", b"PM", b"UTC",
        b"GMT",
    ];
    matches!(text.len(), 2 | 3) && WORDS.contains(&text)
}

fn looks_like_zone(chunk: &[u8]) -> bool {
    (1..=5).contains(&chunk.len()) && chunk.iter().all(u8::is_ascii_uppercase)
}

/// `RuntimeError:` opens the report of an exception, whose text may quote anything.
fn is_exception(stem: &[u8]) -> bool {
    ["Error", "Exception", "Traceback", "Warning", "Failure"]
        .iter()
        .any(|end| stem.len() > end.len() && stem.ends_with(end.as_bytes()))
}

fn number(text: &[u8]) -> Option<u32> {
    let text = std::str::from_utf8(text).ok()?.trim();
    if text.bytes().all(|b| b.is_ascii_digit()) {
        text.parse().ok()
    } else {
        None
    }
}

/// `1#1:` (nginx), `1:M` (Redis).
fn chunk_pid(chunk: &[u8]) -> Option<u32> {
    let digits = chunk.iter().take_while(|b| b.is_ascii_digit()).count();
    let (pid, rest) = chunk.split_at_checked(digits)?;
    match rest {
        [b':', b'A'..=b'Z'] | [b'#', b'0'..=b'9', ..] => number(pid),
        _ => None,
    }
}

/// `pid 7:tid 139` (Apache), `2026-11-20T09:42:47.123456 #7` (Ruby).
fn group_pid(inside: &[u8]) -> Option<u32> {
    let text = std::str::from_utf8(inside).ok()?;
    let after = match text
        .strip_prefix("pid ")
        .or_else(|| text.strip_prefix("pid:"))
    {
        Some(after) => after.split(':').next()?,
        None => text.split_once(" #")?.1,
    };
    number(after.as_bytes())
}

/// `pid=7` anywhere in the prefix.
fn paired_pid(head: &[u8]) -> Option<u32> {
    let after = memchr::memchr_iter(b'=', head)
        .map(|equals| head.split_at(equals + 1))
        .find_map(|(before, after)| {
            let before = before.strip_suffix(b"pid=")?;
            let begins = before.last().is_none_or(|b| !b.is_ascii_alphanumeric());
            begins.then_some(after)
        })?;
    number(after.get(..run(after, |b| b.is_ascii_digit()))?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn numbers_of_a_known_head_are_read_anew() {
        let mut heads = Heads::default();
        let mut pid = |head: &[u8]| heads.read(head).and_then(|prefix| prefix.pid);
        assert_eq!(pid(b"09:41:27 UTC [7] LOG:  "), Some(7));
        assert_eq!(pid(b"09:41:28 UTC [8] LOG:  "), Some(8));
        assert_eq!(pid(b"2026-11-20T09:41:27Z [9999999999] INFO "), None);
        assert_eq!(
            pid(b"2026-11-20T09:41:27Z [1234567890] INFO "),
            Some(1_234_567_890)
        );
    }

    /// What heads are made of, with numbers to be filled in.
    fn piece() -> impl Strategy<Value = &'static str> {
        prop::sample::select(vec![
            "#-#-#T#:#:#.#Z ",
            "#:#:# ",
            "[#] ",
            "[pid #] ",
            "pid=# ",
            "INFO ",
            "INFO: ",
            "app.db: ",
            "- ",
            "#:M ",
            "#1##: ",
            "(main) ",
            "I# ",
            "# --- ",
            "UTC ",
            "word ",
            "<#>",
            "'",
            "key=\"#\" ",
            "\t",
            "é ",
        ])
    }

    proptest! {
        #[test]
        fn a_head_that_comes_again_is_read_as_the_first_time(
            pieces in prop::collection::vec(piece(), 0..6),
            fillings in prop::collection::vec(prop::collection::vec(0..20_000_000_000_u64, 16), 2..5),
        ) {
            let text = pieces.concat();
            let mut heads = Heads::default();
            for numbers in fillings {
                // As many digits each time, so that only the numbers differ.
                let mut head = String::new();
                for (part, number) in text.split('#').zip(numbers.iter().cycle()) {
                    head.push_str(part);
                    head.push_str(&format!("{number:0>11}")[..(part.len() * 5) % 12]);
                }
                prop_assert_eq!(heads.read(head.as_bytes()), read(head.as_bytes()));
            }
        }
    }
}
