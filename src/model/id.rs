//! How an id is shown.

/// The first twelve characters of a container's id, as Docker's own lists show it.
#[must_use]
pub fn short_id(id: &str) -> &str {
    id.get(..12).unwrap_or(id)
}

#[cfg(test)]
mod tests {
    use super::short_id;

    #[test]
    fn an_id_is_cut_and_what_is_shorter_or_no_id_stays() {
        assert_eq!(short_id(&"0123456789abcdef".repeat(4)), "0123456789ab");
        assert_eq!(short_id("0123"), "0123");
        assert_eq!(short_id("12345678901ö"), "12345678901ö");
    }
}
