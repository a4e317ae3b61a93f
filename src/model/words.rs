//! Counts as words, composed alike in every text.

use std::fmt::Display;

/// `once`, `twice`, `3 times`.
pub(crate) fn times<N: Copy + Display + PartialEq + From<u8>>(n: N) -> String {
    if n == N::from(1) {
        "once".to_owned()
    } else if n == N::from(2) {
        "twice".to_owned()
    } else {
        format!("{n} times")
    }
}

/// `1 startup`, `2 startups`.
pub(crate) fn count<N: Copy + Display + PartialEq + From<u8>>(n: N, noun: &str) -> String {
    format!("{n} {}", plural(n, noun))
}

/// `startup` for one of them, else `startups`.
pub(crate) fn plural<N: Copy + PartialEq + From<u8>>(n: N, noun: &str) -> String {
    let ending = if n == N::from(1) { "" } else { "s" };
    format!("{noun}{ending}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_singular_and_none_is_plural() {
        assert_eq!(
            [0, 1, 2].map(|n: u64| count(n, "startup")),
            ["0 startups", "1 startup", "2 startups"]
        );
        assert_eq!(
            [1, 2, 3].map(|n: usize| times(n)),
            ["once", "twice", "3 times"]
        );
    }
}
