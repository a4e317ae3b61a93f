//! Text from outside as Markdown that is shown and does nothing: no markup, no link, no mention, no
//! reference, no emoji, on GitHub and on GitLab.

use crate::report::sanitise::sanitise;
use std::fmt::Write as _;

/// `text` as code, which no renderer looks into.
pub(super) fn code(text: &str) -> String {
    let clean = sanitise(text);
    let text = clean.trim();
    if text.is_empty() {
        return "(empty)".to_owned();
    }
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    // A quote beside the fence would be taken for a part of it.
    let gap = if text.starts_with('`') || text.ends_with('`') {
        " "
    } else {
        ""
    };
    format!("{fence}{gap}{text}{gap}{fence}")
}

/// `text` as code in a table, where a bar would end its cell, even in code.
pub(super) fn cell(text: &str) -> String {
    if !text.contains('|') {
        return code(text);
    }
    let mut html = "<code>".to_owned();
    for c in sanitise(text).trim().chars() {
        if c.is_ascii_punctuation() {
            // Writing to a String cannot fail.
            let _ = write!(html, "&#{};", u32::from(c));
        } else {
            html.push(c);
        }
    }
    html.push_str("</code>");
    html
}

/// Sentences: words that could mean something to a renderer are code, and so is what is `quoted`.
pub(super) fn prose(text: &str) -> String {
    let clean = sanitise(text);
    let mut parts: Vec<&str> = clean.split('`').collect();
    // A last quote without its end quotes nothing.
    let rest = (parts.len().is_multiple_of(2))
        .then(|| parts.pop())
        .flatten();
    let mut shown = String::new();
    for (n, part) in parts.iter().enumerate() {
        if n % 2 == 1 {
            push_code(part, &mut shown);
        } else {
            words(part, &mut shown);
        }
    }
    if let Some(rest) = rest {
        words(rest, &mut shown);
    }
    shown
}

/// `text` as code, apart from code before it: two fences that touch would be one.
fn push_code(text: &str, shown: &mut String) {
    if text.trim().is_empty() {
        return;
    }
    if shown.ends_with('`') {
        shown.push(' ');
    }
    shown.push_str(&code(text));
}

fn words(text: &str, shown: &mut String) {
    for word in text.split_inclusive(' ') {
        let (word, blank) = match word.strip_suffix(' ') {
            Some(word) => (word, " "),
            None => (word, ""),
        };
        let core = word.trim_start_matches('(');
        let (before, _) = word.split_at(word.len() - core.len());
        let core = core.trim_end_matches([',', '.', ';', ':', ')']);
        let (_, after) = word[before.len()..].split_at(core.len());
        shown.push_str(before);
        if is_plain(core) {
            shown.push_str(core);
        } else {
            push_code(core, shown);
        }
        shown.push_str(after);
        shown.push_str(blank);
    }
}

/// Whether nobody would take `word` for anything but a word.
fn is_plain(word: &str) -> bool {
    let sign = |c: char| matches!(c, '-' | '\'' | '%' | ',' | ';' | '(' | ')' | '.');
    // A milestone of GitLab begins with its sign; a commit is seven and more hex digits.
    let refers = word.len() > 1 && word.starts_with('%')
        || word.len() >= 7 && word.bytes().all(|b| b.is_ascii_hexdigit());
    // A full stop within letters makes a host name.
    let host = word.contains('.') && word.contains(char::is_alphabetic);
    !refers && !host && word.chars().all(|c| c.is_alphanumeric() || sign(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_holds_whatever_is_in_it() {
        for (given, expected) in [
            ("a|b", "`a|b`"),
            ("a `b` ``c``", "``` a `b` ``c`` ```"),
            ("`", "`` ` ``"),
            ("  ", "(empty)"),
            ("\x1b[31mred\x1b[0m\n# head", "`red␊# head`"),
            ("<b> @all #1 ![x](y)", "`<b> @all #1 ![x](y)`"),
        ] {
            assert_eq!(code(given), expected);
        }
    }

    #[test]
    fn a_cell_ends_where_it_should() {
        assert_eq!(cell("a b"), "`a b`");
        assert_eq!(cell("a|`<b>"), "<code>a&#124;&#96;&#60;b&#62;</code>");
        assert!(!cell("x | y \\| @all").contains(['|', '@', '\\']));
    }

    #[test]
    fn sentences_stay_sentences_and_nothing_in_them_acts() {
        for plain in [
            "Stopped through the API 0.3 s after a probe failed, with a network (new) attached.",
            "It's 97 % sure; nothing else.",
        ] {
            assert_eq!(prose(plain), plain);
        }
        for (given, expected) in [
            ("by @all, see #12 and !3", "by `@all`, see `#12` and `!3`"),
            ("run `getent hosts`.", "run `getent hosts`."),
            ("see (https://evil.test).", "see (`https://evil.test`)."),
            (
                "www.evil.test or evil.test",
                "`www.evil.test` or `evil.test`",
            ),
            ("at deadbeef by %1", "at `deadbeef` by `%1`"),
            ("<img src=x> [a](b)", "`<img` `src=x>` `[a](b`)"),
            ("a | b *c* _d_ ~e~ $f$", "a `|` b `*c*` `_d_` `~e~` `$f$`"),
            ("x#`y``z`w#", "`x#` `y` `z` `w#`"),
            ("no `` quote", "no  quote"),
            ("broken ` quote @all", "broken  quote `@all`"),
            ("took /close :smile: x", "took `/close` `:smile`: x"),
        ] {
            assert_eq!(prose(given), expected);
        }
    }
}
