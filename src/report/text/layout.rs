//! Lines that never get wider than the page and never carry raw text from outside.

use super::TextOptions;
use crate::report::sanitise::sanitise;
use anstyle::Style;
use std::{borrow::Cow, io};
use unicode_width::UnicodeWidthChar;

/// Columns that `text` takes. Never less than a terminal uses: joined characters count one by one.
pub(crate) fn width(text: &str) -> usize {
    // What ASCII shows takes a column each, what it does not show none.
    if text.bytes().all(|b| (b' '..=b'~').contains(&b)) {
        return text.len();
    }
    text.chars().map(|c| c.width().unwrap_or(0)).sum()
}

/// The longest beginning of `text` that takes at most `columns`, and the rest.
fn split_at_width(text: &str, columns: usize) -> (&str, &str) {
    let mut used = 0;
    for (at, c) in text.char_indices() {
        used += c.width().unwrap_or(0);
        if used > columns {
            return text.split_at(at);
        }
    }
    (text, "")
}

/// `text`, or as much of it as fits in `columns` with `…` after it.
pub(crate) fn cut(text: &str, columns: usize) -> Cow<'_, str> {
    if width(text) <= columns {
        return Cow::Borrowed(text);
    }
    let (kept, _) = split_at_width(text, columns.saturating_sub(1));
    Cow::Owned(format!("{}…", kept.trim_end()))
}

/// `text`, or as much of its end as fits in `columns` with `…` before it.
pub(crate) fn cut_left(text: &str, columns: usize) -> Cow<'_, str> {
    let mut excess = width(text).saturating_sub(columns);
    if excess == 0 {
        return Cow::Borrowed(text);
    }
    excess += 1; // for the ellipsis
    let mut rest = text.chars();
    while excess > 0 {
        let Some(c) = rest.next() else { break };
        excess = excess.saturating_sub(c.width().unwrap_or(0));
    }
    Cow::Owned(format!("…{}", rest.as_str()))
}

/// `text` in lines of at most `first` columns for the first and `rest` for the others, broken
/// between words, or within one that is too long.
pub(crate) fn wrap(text: &str, first: usize, rest: usize) -> Vec<String> {
    // A wide character takes two columns, so fewer would never end.
    let room = |lines: &[String]| if lines.is_empty() { first } else { rest }.max(2);
    let mut lines = Vec::new();
    let mut line = String::new();
    for mut word in text.split_whitespace() {
        if !line.is_empty() {
            if width(&line) + 1 + width(word) <= room(&lines) {
                line.push(' ');
                line.push_str(word);
                continue;
            }
            lines.push(std::mem::take(&mut line));
        }
        while width(word) > room(&lines) {
            let (head, tail) = split_at_width(word, room(&lines));
            lines.push(head.to_owned());
            word = tail;
        }
        line.push_str(word);
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}

/// One column of a line.
#[derive(Clone, Debug)]
pub(crate) struct Cell {
    text: String,
    style: Style,
    /// Filled up with blanks to this width when another cell follows on the line.
    pad: usize,
    right: bool,
    /// May be cut to what is left of the line instead of going to the next one.
    flexible: bool,
}

impl Cell {
    /// A cell that shows `text`, sanitised.
    pub(crate) fn new(text: impl AsRef<str>, style: Style) -> Self {
        Self {
            text: sanitise(text.as_ref()).into_owned(),
            style,
            pad: 0,
            right: false,
            flexible: false,
        }
    }

    /// At least `columns` wide.
    pub(crate) fn pad(mut self, columns: usize) -> Self {
        self.pad = columns;
        self
    }

    /// At least `columns` wide, the text at the right.
    pub(crate) fn right(mut self, columns: usize) -> Self {
        self.pad = columns;
        self.right = true;
        self
    }

    /// Takes what is left of the line, and is cut there.
    pub(crate) fn flexible(mut self) -> Self {
        self.flexible = true;
        self
    }

    /// Columns that it takes.
    pub(crate) fn width(&self) -> usize {
        width(&self.text).max(if self.right { self.pad } else { 0 })
    }
}

/// `text` in as many columns, with `~` for an ellipsis and `?` for what ASCII does not have.
fn to_ascii(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    let mut ascii = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            c if c.is_ascii() => ascii.push(c),
            '…' => ascii.push('~'),
            c => ascii.extend(std::iter::repeat_n('?', c.width().unwrap_or(0))),
        }
    }
    Cow::Owned(ascii)
}

/// Columns of the narrowest page; a narrower terminal breaks its lines itself.
const NARROWEST: usize = 40;
/// With less room than this, a flexible cell that does not fit goes to the next line.
const FLEXIBLE_MIN: usize = 44;

/// The page that is written to.
pub(crate) struct Page<'a> {
    out: &'a mut dyn io::Write,
    width: usize,
    colour: bool,
    ascii: bool,
    /// The last line has text, so that a blank one may follow.
    open: bool,
}

impl<'a> Page<'a> {
    /// A page on `out`.
    pub(crate) fn new(out: &'a mut dyn io::Write, options: &TextOptions) -> Self {
        Self {
            out,
            width: options.width.max(NARROWEST),
            colour: options.colour,
            ascii: options.ascii,
            open: false,
        }
    }

    /// Columns of the page.
    pub(crate) fn width(&self) -> usize {
        self.width
    }

    /// Whether only ASCII is written.
    pub(crate) fn ascii(&self) -> bool {
        self.ascii
    }

    /// One empty line after what was written, never two and none at the top.
    pub(crate) fn separate(&mut self) -> io::Result<()> {
        if self.open {
            self.open = false;
            self.out.write_all(b"\n")?;
        }
        Ok(())
    }

    fn end_line(&mut self) -> io::Result<()> {
        self.open = true;
        self.out.write_all(b"\n")
    }

    /// `cells` in one line, `gap` blanks between them; those that do not fit go to further lines at
    /// `hanging`.
    pub(crate) fn row(
        &mut self,
        indent: usize,
        hanging: usize,
        gap: usize,
        cells: &[Cell],
    ) -> io::Result<()> {
        self.spaces(indent)?;
        let mut used = indent; // what is written
        let mut due = 0; // blanks that are owed before the next cell
        let mut first = true;
        for cell in cells {
            if cell.text.is_empty() {
                // An empty column is only owed: nothing may follow it.
                due += if cell.pad > 0 { cell.pad + gap } else { 0 };
                continue;
            }
            let start = used + due;
            let left = self.width.saturating_sub(start);
            let stays =
                start + cell.width() <= self.width || (cell.flexible && left >= FLEXIBLE_MIN);
            if first || stays {
                self.spaces(due)?;
                used = start;
            } else {
                self.end_line()?;
                self.spaces(hanging)?;
                used = hanging;
            }
            let text = cut(&cell.text, self.width.saturating_sub(used));
            let taken = width(&text);
            let before = if cell.right {
                cell.pad.saturating_sub(taken)
            } else {
                0
            };
            self.spaces(before)?;
            self.styled(&text, cell.style)?;
            used += before + taken;
            due = gap
                + if cell.right {
                    0
                } else {
                    cell.pad.saturating_sub(taken)
                };
            first = false;
        }
        self.end_line()
    }

    /// `text` as a paragraph, sanitised, its lines after the first at `hanging`.
    pub(crate) fn paragraph(
        &mut self,
        indent: usize,
        hanging: usize,
        label: &str,
        text: &str,
    ) -> io::Result<()> {
        let clean = sanitise(text);
        let label_width = if label.is_empty() {
            0
        } else {
            width(label) + 1
        };
        let lines = wrap(
            &clean,
            self.width.saturating_sub(indent + label_width),
            self.width.saturating_sub(hanging),
        );
        self.spaces(indent)?;
        if label_width > 0 {
            self.styled(label, super::style::QUIET)?;
        }
        for (n, line) in lines.iter().enumerate() {
            if n > 0 {
                self.end_line()?;
                self.spaces(hanging)?;
            } else if label_width > 0 {
                self.spaces(1)?;
            }
            self.styled(line, super::style::PLAIN)?;
        }
        self.end_line()
    }

    fn spaces(&mut self, count: usize) -> io::Result<()> {
        const BLANKS: &[u8] = &[b' '; 128];
        let mut left = count;
        while left > 0 {
            let blanks = BLANKS.get(..left).unwrap_or(BLANKS);
            self.out.write_all(blanks)?;
            left -= blanks.len();
        }
        Ok(())
    }

    fn styled(&mut self, text: &str, style: Style) -> io::Result<()> {
        let text = &*if self.ascii {
            to_ascii(text)
        } else {
            Cow::Borrowed(text)
        };
        if self.colour && style != Style::new() {
            write!(self.out, "{style}{text}{style:#}")
        } else {
            self.out.write_all(text.as_bytes())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_of_no_width_does_not_stand_beyond_the_page() {
        let shown = page(40, |page| {
            let cells = [
                Cell::new("x".repeat(40), super::super::style::PLAIN),
                Cell::new("\u{1cf30}", super::super::style::PLAIN),
            ];
            page.row(0, 4, 1, &cells)
        });
        assert!(shown.lines().all(|line| width(line) <= 40), "{shown:?}");
    }

    #[test]
    fn cutting_counts_columns_not_bytes() {
        assert_eq!(cut("日本語", 6), "日本語");
        assert_eq!(cut("日本語", 5), "日本…");
        assert_eq!(cut("日本語", 4), "日…");
        assert_eq!(cut("abc", 0), "…");
        assert_eq!(cut_left("a/long/name.log:12", 12), "…name.log:12");
        assert_eq!(cut_left("日本語:1", 6), "…語:1");
    }

    #[test]
    fn wrapping_breaks_between_words_and_long_words() {
        assert_eq!(wrap("one two  three", 7, 5), ["one two", "three"]);
        assert_eq!(wrap("a 123456789", 4, 4), ["a", "1234", "5678", "9"]);
        assert!(wrap(" ", 4, 4).is_empty());
    }

    fn page(width: usize, write: impl Fn(&mut Page) -> io::Result<()>) -> String {
        let mut out = Vec::new();
        let options = TextOptions {
            width,
            ..TextOptions::default()
        };
        write(&mut Page::new(&mut out, &options)).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn cells_line_up_and_go_to_the_next_line() {
        let cells = [
            Cell::new("#1", Style::new()).right(4),
            Cell::new("name", Style::new()).pad(8),
            Cell::new("x".repeat(30), Style::new()),
        ];
        let text = page(40, |page| page.row(2, 6, 2, &cells));
        assert_eq!(text, format!("    #1  name\n      {}\n", "x".repeat(30)));
        let text = page(60, |page| page.row(2, 6, 2, &cells));
        assert_eq!(text, format!("    #1  name      {}\n", "x".repeat(30)));
    }

    #[test]
    fn a_flexible_cell_is_cut_at_the_edge() {
        let cells = [
            Cell::new("file:1", Style::new()),
            Cell::new("y".repeat(100), Style::new()).flexible(),
        ];
        let text = page(40, |page| page.row(2, 6, 2, &cells));
        assert_eq!(text, format!("  file:1\n      {}…\n", "y".repeat(33)));
        let text = page(60, |page| page.row(2, 6, 2, &cells));
        assert_eq!(text, format!("  file:1  {}…\n", "y".repeat(49)));
    }

    #[test]
    fn a_paragraph_hangs_under_its_label() {
        let text = page(40, |page| {
            page.paragraph(
                2,
                4,
                "missing:",
                "docker events around that time, and the journal",
            )
        });
        assert_eq!(
            text,
            "  missing: docker events around that\n    time, and the journal\n"
        );
    }
}
