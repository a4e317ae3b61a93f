//! Reads a line that Docker itself wrote, in one pass and without building a tree. Nearly every line of a
//! long history is one; any other is left to the other readers.

use super::json::since_1970;
use super::meaning::Words;
use super::podman;
use crate::model::Time;
use std::borrow::Cow;

/// An attribute's key and value.
pub(super) type Pair<'t> = (Cow<'t, str>, Cow<'t, str>);

/// What such a line says; its attributes stand beside it.
#[derive(Default)]
pub(super) struct EngineLine<'t> {
    object: Option<Cow<'t, str>>,
    action: Option<Cow<'t, str>>,
    id: Option<Cow<'t, str>>,
    from: Option<Cow<'t, str>>,
    time: Option<u64>,
    nanos: Option<u64>,
}

/// Reads `line` (one whole line), puts its attributes into `attributes`, and gives back the rest.
/// `None` where anything is not exactly as the engine writes it.
pub(super) fn read<'t>(line: &'t [u8], attributes: &mut Vec<Pair<'t>>) -> Option<EngineLine<'t>> {
    attributes.clear();
    let line = simdutf8::basic::from_utf8(line).ok()?;
    // What may stand behind an object in an array or a file from elsewhere.
    let line = line.trim_end_matches([' ', '\t', '\r', ',']);
    // JSON has none of these in a text, and the engine none between texts. Looking at every byte lets
    // the compiler take many at once.
    if line.bytes().fold(u8::MAX, u8::min) < b' ' {
        return None;
    }
    let mut json = Json(line);
    let read = object(&mut json, attributes)?;
    json.0.is_empty().then_some(read)
}

impl EngineLine<'_> {
    /// The same as the other readers give it; `None` for podman's words, which are read there.
    pub(super) fn words<'w>(&'w self, attributes: &'w [Pair<'w>]) -> Option<Words<'w>> {
        if podman::is_api(self.action.as_deref()?) {
            return None;
        }
        Some(Words {
            time: self.moment()?,
            object: self.object.as_deref()?,
            action: self.action.as_deref()?,
            id: self.id.as_deref()?,
            from: self.from.as_deref(),
            attributes,
        })
    }

    fn moment(&self) -> Option<Time> {
        let since = |number: Option<u64>| Some(since_1970(number?.try_into().ok()?)?.time);
        since(self.nanos).or_else(|| since(self.time))
    }
}

/// As everywhere, the last of a key that comes twice counts.
fn object<'t>(json: &mut Json<'t>, attributes: &mut Vec<Pair<'t>>) -> Option<EngineLine<'t>> {
    let mut line = EngineLine::default();
    json.mark(b'{')?;
    loop {
        if json.key(b"\"Type\":") {
            line.object = Some(json.text()?);
        } else if json.key(b"\"Action\":") {
            line.action = Some(json.text()?);
        } else if line.id.is_none() && json.key(b"\"Actor\":") {
            line.id = Some(actor(json, attributes)?);
        } else if json.key(b"\"time\":") {
            line.time = Some(json.number()?);
        } else if json.key(b"\"timeNano\":") {
            line.nanos = Some(json.number()?);
        } else if json.key(b"\"from\":") {
            line.from = Some(json.text()?);
        } else if json.key(b"\"scope\":") || json.key(b"\"status\":") || json.key(b"\"id\":") {
            // The last two repeat what the others say; nobody asks for the scope.
            json.text()?;
        } else {
            return None;
        }
        if !json.goes_on()? {
            return Some(line);
        }
    }
}

/// Gives back the actor's id.
fn actor<'t>(json: &mut Json<'t>, attributes: &mut Vec<Pair<'t>>) -> Option<Cow<'t, str>> {
    let mut id = None;
    json.mark(b'{')?;
    loop {
        if json.key(b"\"ID\":") {
            id = Some(json.text()?);
        } else if json.key(b"\"Attributes\":") {
            attributes.clear();
            pairs(json, attributes)?;
        } else {
            return None;
        }
        if !json.goes_on()? {
            return id;
        }
    }
}

/// Keys that stand in nearly every event, as JSON has them: to find the end of any other takes longer.
const KEYS: [(&[u8], &str); 4] = [
    (b"\"execID\":", "execID"),
    (b"\"exitCode\":", "exitCode"),
    (b"\"image\":", "image"),
    (b"\"name\":", "name"),
];

fn pairs<'t>(json: &mut Json<'t>, pairs: &mut Vec<Pair<'t>>) -> Option<()> {
    json.mark(b'{')?;
    if json.mark(b'}').is_some() {
        return Some(());
    }
    loop {
        let key = if let Some((_, key)) = KEYS.iter().find(|(key, _)| json.key(key)) {
            Cow::Borrowed(*key)
        } else {
            let key = json.text()?;
            json.mark(b':')?;
            key
        };
        pairs.push((key, json.text()?));
        if !json.goes_on()? {
            return Some(());
        }
    }
}

/// What is left of a line without control characters. Each method takes what it reads away from it, with
/// the blanks behind, and gives `None` (or `false`) where something else stands.
struct Json<'t>(&'t str);

impl<'t> Json<'t> {
    fn mark(&mut self, mark: u8) -> Option<()> {
        if self.0.as_bytes().first() != Some(&mark) {
            return None;
        }
        self.0 = &self.0[1..];
        self.blanks();
        Some(())
    }

    fn blanks(&mut self) {
        while self.0.as_bytes().first() == Some(&b' ') {
            self.0 = &self.0[1..];
        }
    }

    /// A key that is known, in its quotes and with the colon.
    fn key(&mut self, key: &[u8]) -> bool {
        let found = self.0.as_bytes().starts_with(key);
        if found {
            self.0 = &self.0[key.len()..];
            self.blanks();
        }
        found
    }

    /// Whether another value follows in an object. It does not where the object ends.
    fn goes_on(&mut self) -> Option<bool> {
        if self.mark(b',').is_some() {
            return Some(true);
        }
        self.mark(b'}').map(|()| false)
    }

    /// A text; borrowed where nothing in it is escaped.
    fn text(&mut self) -> Option<Cow<'t, str>> {
        let [b'"', text @ ..] = self.0.as_bytes() else {
            return None;
        };
        let end = memchr::memchr2(b'"', b'\\', text)?;
        let read = if text[end] == b'"' {
            let read = &self.0[1..=end];
            self.0 = &self.0[end + 2..];
            Cow::Borrowed(read)
        } else {
            let mut texts = serde_json::Deserializer::from_str(self.0).into_iter::<String>();
            let read = texts.next()?.ok()?;
            self.0 = &self.0[texts.byte_offset()..];
            Cow::Owned(read)
        };
        self.blanks();
        Some(read)
    }

    /// A number above zero.
    fn number(&mut self) -> Option<u64> {
        let mut number = 0_u64;
        let mut digits = 0;
        for byte in self.0.bytes() {
            let digit = byte.wrapping_sub(b'0');
            if digit > 9 {
                break;
            }
            number = number.wrapping_mul(10).wrapping_add(digit.into());
            digits += 1;
        }
        // A longer one is no time, and may be no number; here it would not be what it says.
        if !(1..=19).contains(&digits) || self.0.as_bytes()[0] == b'0' {
            return None;
        }
        self.0 = &self.0[digits..];
        self.blanks();
        Some(number)
    }
}
