//! Text from outside made safe to show: what could steer a terminal, reorder a line or hide in it
//! is shown as what it is.

use std::borrow::Cow;
use std::fmt::Write as _;

/// `text` without anything that a terminal would act on.
///
/// Control characters become their pictures (`␛`, `␀`), other invisible or reordering characters
/// their code (`<U+202E>`), a tab one blank. Complete colour sequences and the marks that choose
/// between two looks of one character are left out: they carry no text. The result is stable:
/// sanitising it again changes nothing.
#[must_use]
pub fn sanitise(text: &str) -> Cow<'_, str> {
    if text.bytes().all(|b| (b' '..=b'~').contains(&b)) {
        return Cow::Borrowed(text);
    }
    if text.chars().all(|c| matches!(verdict(c), Verdict::Show)) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if let Some(after) = colour_sequence(rest) {
            rest = after;
            continue;
        }
        match verdict(c) {
            Verdict::Show => shown.push(c),
            Verdict::Instead(picture) => shown.push(picture),
            Verdict::Code => {
                // Writing to a String cannot fail.
                let _ = write!(shown, "<U+{:04X}>", u32::from(c));
            }
            Verdict::Drop => {}
        }
        rest = &rest[c.len_utf8()..];
    }
    Cow::Owned(shown)
}

/// Whether a terminal shows `c` as itself and does nothing else.
#[must_use]
pub fn is_harmless(c: char) -> bool {
    matches!(verdict(c), Verdict::Show | Verdict::Drop)
}

/// What to do with one character.
enum Verdict {
    Show,
    Instead(char),
    Code,
    Drop,
}

fn verdict(c: char) -> Verdict {
    match c {
        '\t' => Verdict::Instead(' '),
        // Control Pictures mirror the control characters in order.
        '\0'..='\x1f' => Verdict::Instead(char::from_u32(0x2400 + u32::from(c)).unwrap_or('␦')),
        '\x7f' => Verdict::Instead('␡'),
        // C1 controls: a terminal may take U+009B for ESC [.
        '\u{80}'..='\u{9f}'
        // Soft hyphen, and letters that are blank: invisible, with or without a width.
        | '\u{ad}' | '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{3164}' | '\u{ffa0}'
        // Arabic letter mark, Mongolian separators, zero width, bidi marks, embeddings, isolates.
        | '\u{61c}' | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff0}'..='\u{fffb}'
        // Shorthand and musical format controls, tags, further variation selectors.
        | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}' => Verdict::Code,
        '\u{fe00}'..='\u{fe0f}' => Verdict::Drop,
        _ => Verdict::Show,
    }
}

/// What follows a complete colour sequence (`ESC [ digits and separators m`) at the start of `text`.
fn colour_sequence(text: &str) -> Option<&str> {
    let parameters = text.strip_prefix("\x1b[")?;
    let end = parameters.find(|c: char| !matches!(c, '0'..='9' | ';' | ':'))?;
    parameters[end..].strip_prefix('m')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_is_not_copied() {
        assert!(matches!(sanitise("🚀 Bücher, 日本語"), Cow::Borrowed(_)));
    }

    #[test]
    fn what_a_terminal_would_act_on_is_shown() {
        for (given, expected) in [
            ("\x1b[2J\x1b[H gone", "␛[2J␛[H gone"),
            ("\x1b]0;title\x07", "␛]0;title␇"),
            ("\x1b[32mINFO\x1b[0m:\t[\x1b[36m1\x1b[0m]", "INFO: [1]"),
            ("\x1b[8;1mhidden", "hidden"),
            ("\x1b[\x1b[0mm", "␛[m"),
            ("nul\0 cr\r del\x7f lf\n", "nul␀ cr␍ del␡ lf␊"),
            ("\u{9b}2J", "<U+009B>2J"),
            ("user\u{202e}gnp.exe", "user<U+202E>gnp.exe"),
            (
                "\u{2066}a\u{2069} \u{200b}b\u{feff}",
                "<U+2066>a<U+2069> <U+200B>b<U+FEFF>",
            ),
            ("⚠\u{fe0f} degraded", "⚠ degraded"),
            ("tag\u{e0041}", "tag<U+E0041>"),
        ] {
            assert_eq!(sanitise(given), expected, "{given:?}");
            assert_eq!(sanitise(expected), expected, "not stable: {expected:?}");
        }
    }
}
