//! The first lines of a stream, which vote on its format.

/// The lines of a head that have a vote: those that are complete and not blank.
pub(super) struct Sample<'a> {
    head: &'a [u8],
    /// No line is complete: a line may fill the whole head, and how it begins has to do.
    is_cut: bool,
    lines: Vec<&'a [u8]>,
}

impl<'a> Sample<'a> {
    /// The lines of `head`; the whole of it when no line is complete.
    pub(super) fn from_head(head: &'a [u8]) -> Self {
        let end = memchr::memrchr(b'\n', head);
        let complete = end.and_then(|end| head.get(..end)).unwrap_or(head);
        let lines = complete.split(|&b| b == b'\n').map(super::bare);
        Self {
            head,
            is_cut: end.is_none(),
            lines: lines.filter(|line| !line.trim_ascii().is_empty()).collect(),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    pub(super) fn lines(&self) -> &[&'a [u8]] {
        &self.lines
    }

    /// Whether the head is one line that goes on behind it and begins with `beginning`.
    pub(super) fn is_cut_line(&self, beginning: &[u8]) -> bool {
        self.is_cut && self.head.starts_with(beginning)
    }

    pub(super) fn any(&self, test: impl Fn(&[u8]) -> bool) -> bool {
        self.lines.iter().any(|line| test(line))
    }

    /// Whether more than half pass. The first line may lack its beginning: its vote counts only when
    /// it passes.
    pub(super) fn most(&self, test: impl Fn(&[u8]) -> bool) -> bool {
        let Some((first, others)) = self.lines.split_first() else {
            return false;
        };
        let passed = others.iter().filter(|line| test(line)).count();
        if test(first) {
            (passed + 1) * 2 > self.lines.len()
        } else {
            passed * 2 > others.len()
        }
    }
}
