//! What an application said in a line, without keeping twice what the cited line holds already.

use super::Text;
use std::borrow::Cow;
use std::ops::Range;

/// An application's words: most often a part of the cited line, just as it stands there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said(Words);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Words {
    /// Where they stand in the citation's text.
    Cited { begin: u16, len: u16 },
    /// They were decoded, joined or cleaned.
    Own(Box<str>),
}

impl Said {
    /// Keeps `words`; where they were borrowed from `line`, which the citation keeps, only their place.
    #[must_use]
    pub fn new(words: Cow<'_, str>, line: &[u8]) -> Self {
        let cited = place(words.as_bytes(), line).and_then(|place| {
            Some(Words::Cited {
                begin: u16::try_from(place.start).ok()?,
                len: u16::try_from(place.len()).ok()?,
            })
        });
        Self(cited.unwrap_or_else(|| Words::Own(words.into())))
    }

    /// The words, as UTF-8. `line` is the text of the citation that they came with.
    #[must_use]
    pub fn as_bytes<'a>(&'a self, line: &'a Text) -> &'a [u8] {
        match &self.0 {
            Words::Cited { begin, len } => {
                let begin = usize::from(*begin);
                let cited = line.as_bytes().get(begin..begin + usize::from(*len));
                cited.unwrap_or_default()
            }
            Words::Own(words) => words.as_bytes(),
        }
    }

    /// The words. `line` is the text of the citation that they came with.
    #[must_use]
    pub fn as_str<'a>(&'a self, line: &'a Text) -> &'a str {
        match &self.0 {
            Words::Own(words) => words,
            Words::Cited { .. } => std::str::from_utf8(self.as_bytes(line)).unwrap_or_default(),
        }
    }
}

/// Where `part` stands in `whole`, if it is a part of it and not merely alike.
fn place(part: &[u8], whole: &[u8]) -> Option<Range<usize>> {
    let begin = part.as_ptr().addr().checked_sub(whole.as_ptr().addr())?;
    let end = begin.checked_add(part.len())?;
    let there = whole.get(begin..end)?;
    std::ptr::eq(there, part).then_some(begin..end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn borrowed_words_are_a_place_and_others_are_kept() {
        let line = "INFO: é Shutting down";
        let text = Text::from(line);
        let borrowed = Said::new(Cow::Borrowed(&line[6..]), line.as_bytes());
        assert_eq!(borrowed.0, Words::Cited { begin: 6, len: 16 });
        assert_eq!(borrowed.as_str(&text), "é Shutting down");
        let owned = Said::new(Cow::Owned("Shutting down".to_owned()), line.as_bytes());
        assert_eq!(owned.0, Words::Own("Shutting down".into()));
        assert_eq!(owned.as_str(&text), "Shutting down");
        // More than the citation keeps, or from elsewhere.
        assert!(matches!(
            Said::new(Cow::Borrowed(line), &line.as_bytes()[..6]).0,
            Words::Own(_)
        ));
        // With the text of another line there may be nothing.
        assert_eq!(borrowed.as_str(&Text::from("x")), "");
    }
}
