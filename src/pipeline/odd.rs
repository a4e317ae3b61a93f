//! What is wrong with the lines of one input: each thing is said once, however many lines it concerns.

/// Different things that are said about one input; what comes after them is counted.
const DESCRIBED: usize = 8;

/// Odd lines of one input, gathered by what is odd about them.
#[derive(Clone, Debug, Default)]
pub(super) struct OddLines {
    kinds: Vec<Kind>,
    others: u64,
}

#[derive(Clone, Debug)]
struct Kind {
    what: String,
    first: u64,
    count: u64,
}

impl OddLines {
    /// `count` lines, of which `line` is the first, are odd in the way that `what` says.
    pub(super) fn add(&mut self, line: u64, what: &str, count: u64) {
        if let Some(kind) = self.kinds.iter_mut().find(|kind| kind.what == what) {
            kind.first = kind.first.min(line);
            kind.count += count;
        } else if self.kinds.len() < DESCRIBED {
            self.kinds.push(Kind {
                what: what.to_owned(),
                first: line,
                count,
            });
        } else {
            self.others += count;
        }
    }

    /// One warning for each thing, by line.
    pub(super) fn warnings(&self) -> Vec<String> {
        let mut kinds: Vec<&Kind> = self.kinds.iter().collect();
        kinds.sort_by_key(|kind| kind.first);
        let mut warnings: Vec<String> = kinds
            .into_iter()
            .map(|kind| match kind.count {
                1 => format!("line {}: {}", kind.first, kind.what),
                count => format!("line {}: {} ({count} such lines)", kind.first, kind.what),
            })
            .collect();
        if self.others > 0 {
            warnings.push(format!("{} more lines are odd in other ways", self.others));
        }
        warnings
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thing_is_said_once_with_its_first_line_and_their_number() {
        let mut odd = OddLines::default();
        odd.add(9, "is cut", 1);
        odd.add(6, "is no event", 2);
        odd.add(3, "is no event", 5);
        assert_eq!(
            odd.warnings(),
            ["line 3: is no event (7 such lines)", "line 9: is cut"]
        );
    }

    #[test]
    fn the_number_of_warnings_is_bounded() {
        let mut odd = OddLines::default();
        for line in 1..1000 {
            odd.add(line, &format!("odd in way {line}"), 1);
        }
        let warnings = odd.warnings();
        assert_eq!(warnings.len(), DESCRIBED + 1);
        assert_eq!(warnings[DESCRIBED], "991 more lines are odd in other ways");
    }
}
