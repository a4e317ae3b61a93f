//! The line that Docker itself writes, read in one pass and without building a tree: what nearly every
//! line of a long history is. Whatever else a line may be is left to the readers beside this one.

use super::json::since_1970;
use super::meaning::Words;
use crate::model::Time;
use serde::de::{self, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use std::borrow::Cow;
use std::fmt;

/// An attribute's key and value.
pub(super) type Pair<'t> = (Cow<'t, str>, Cow<'t, str>);

/// What such a line says; its attributes stand beside it.
#[derive(Default)]
pub(super) struct Line<'t> {
    object: Option<Cow<'t, str>>,
    action: Option<Cow<'t, str>>,
    id: Option<Cow<'t, str>>,
    from: Option<Cow<'t, str>>,
    time: Option<i64>,
    nanos: Option<i64>,
}

/// Reads `line` (one whole line), puts its attributes into `attributes`, and gives back the rest.
/// `None` where anything is not exactly as the engine writes it.
pub(super) fn read<'t>(line: &'t str, attributes: &mut Vec<Pair<'t>>) -> Option<Line<'t>> {
    attributes.clear();
    // What may stand behind an object in an array or a file from elsewhere.
    let line = line.trim_end_matches([' ', '\t', '\r', ',']);
    let mut json = serde_json::Deserializer::from_str(line);
    let read = Object(attributes).deserialize(&mut json).ok()?;
    json.end().ok()?;
    Some(read)
}

impl Line<'_> {
    /// The same as the other readers give it.
    pub(super) fn words<'w>(&'w self, attributes: &'w [Pair<'w>]) -> Option<Words<'w>> {
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
        let since = |number: Option<i64>| since_1970(number?).map(|stamp| stamp.time);
        since(self.nanos).or_else(|| since(self.time))
    }
}

/// A text, borrowed where nothing in it is escaped.
struct Text;

impl<'t> DeserializeSeed<'t> for Text {
    type Value = Cow<'t, str>;
    fn deserialize<D: Deserializer<'t>>(self, from: D) -> Result<Self::Value, D::Error> {
        from.deserialize_str(self)
    }
}

impl<'t> Visitor<'t> for Text {
    type Value = Cow<'t, str>;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text")
    }
    fn visit_borrowed_str<E>(self, text: &'t str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(text))
    }
    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(text.to_owned()))
    }
}

struct Object<'a, 't>(&'a mut Vec<Pair<'t>>);

impl<'t> DeserializeSeed<'t> for Object<'_, 't> {
    type Value = Line<'t>;
    fn deserialize<D: Deserializer<'t>>(self, from: D) -> Result<Self::Value, D::Error> {
        from.deserialize_map(self)
    }
}

impl<'t> Visitor<'t> for Object<'_, 't> {
    type Value = Line<'t>;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an event")
    }
    fn visit_map<A: MapAccess<'t>>(self, mut map: A) -> Result<Line<'t>, A::Error> {
        let mut line = Line::default();
        let mut actor = false;
        while let Some(key) = map.next_key_seed(Text)? {
            let twice = match key.as_ref() {
                "Type" => line.object.replace(map.next_value_seed(Text)?).is_some(),
                "Action" => line.action.replace(map.next_value_seed(Text)?).is_some(),
                "from" => line.from.replace(map.next_value_seed(Text)?).is_some(),
                "time" => line.time.replace(map.next_value()?).is_some(),
                "timeNano" => line.nanos.replace(map.next_value()?).is_some(),
                "Actor" => {
                    let id = map.next_value_seed(Actor(&mut *self.0))?;
                    line.id = Some(id);
                    std::mem::replace(&mut actor, true)
                }
                // They repeat what the others say; nobody asks for the scope.
                "status" | "id" | "scope" => {
                    map.next_value_seed(Text)?;
                    false
                }
                _ => return Err(de::Error::custom("another key")),
            };
            if twice {
                return Err(de::Error::custom("a key twice"));
            }
        }
        Ok(line)
    }
}

struct Actor<'a, 't>(&'a mut Vec<Pair<'t>>);

impl<'t> DeserializeSeed<'t> for Actor<'_, 't> {
    type Value = Cow<'t, str>;
    fn deserialize<D: Deserializer<'t>>(self, from: D) -> Result<Self::Value, D::Error> {
        from.deserialize_map(self)
    }
}

impl<'t> Visitor<'t> for Actor<'_, 't> {
    type Value = Cow<'t, str>;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an actor")
    }
    fn visit_map<A: MapAccess<'t>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut id = None;
        let mut attributes = false;
        while let Some(key) = map.next_key_seed(Text)? {
            let twice = match key.as_ref() {
                "ID" => id.replace(map.next_value_seed(Text)?).is_some(),
                "Attributes" => {
                    map.next_value_seed(Attributes(&mut *self.0))?;
                    std::mem::replace(&mut attributes, true)
                }
                _ => {
                    map.next_value::<IgnoredAny>()?;
                    false
                }
            };
            if twice {
                return Err(de::Error::custom("a key twice"));
            }
        }
        id.ok_or_else(|| de::Error::custom("no id"))
    }
}

struct Attributes<'a, 't>(&'a mut Vec<Pair<'t>>);

impl<'t> DeserializeSeed<'t> for Attributes<'_, 't> {
    type Value = ();
    fn deserialize<D: Deserializer<'t>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_map(self)
    }
}

impl<'t> Visitor<'t> for Attributes<'_, 't> {
    type Value = ();
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("attributes")
    }
    fn visit_map<A: MapAccess<'t>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key_seed(Text)? {
            let value = map.next_value_seed(Text)?;
            self.0.push((key, value));
        }
        Ok(())
    }
}
