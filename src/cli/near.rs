//! The names that a mistyped one may have meant.

/// At most three of `names` that look like `wanted` (in lower case), the likest first.
pub(super) fn near<'a>(wanted: &str, names: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let mut near: Vec<(f64, &str)> = names
        .into_iter()
        .map(|name| {
            let lower = name.to_ascii_lowercase();
            // `reload` and `ooom` look like a part of a name, not like the whole.
            let parts = lower.split('-').filter(|part| part.len() > 2);
            let alike = parts
                .chain([lower.as_str()])
                .map(|part| strsim::jaro_winkler(wanted, part))
                .fold(0.0, f64::max);
            let inside = wanted.len() >= 3 && lower.contains(wanted);
            (if inside { 1.0 } else { alike }, name)
        })
        .filter(|(alike, _)| *alike > 0.85)
        .collect();
    near.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
    near.into_iter().take(3).map(|(_, name)| name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_likest_comes_first_and_what_is_unlike_is_not_there() {
        let names = ["timezone", "fail-on", "color"];
        assert_eq!(near("timezon", names), ["timezone"]);
        assert_eq!(near("failon", names), ["fail-on"]);
        assert_eq!(near("colour", names), ["color"]);
        assert!(near("zzz", names).is_empty());
        assert!(near("", names).is_empty());
    }
}
